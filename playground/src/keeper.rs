//! The keeper of a playground: changes what neither a bot nor a person can over the wire, such as who
//! is there and what a channel allows. For programs that set up a scene; the page has no use for it.

use std::sync::Arc;

use crate::{
    shared::Shared,
    store::StoreError,
    world::{Member, Overwrite, User},
};

/// Why a scene cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    /// It could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A name is unknown, or taken.
    #[error("there is no {what} `{name}`, or it is taken")]
    Name {
        /// What was named.
        what: &'static str,
        /// The name.
        name: String,
    },
}

fn unknown(what: &'static str, name: &str) -> KeeperError {
    KeeperError::Name {
        what,
        name: name.to_owned(),
    }
}

/// See the module.
#[derive(Clone)]
pub struct Keeper {
    shared: Arc<Shared>,
}

impl Keeper {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Adds a member with the given roles, by name, and returns their id.
    pub async fn add_person(&self, name: &str, roles: &[&str]) -> Result<u64, KeeperError> {
        self.shared
            .change(|change| {
                if change.user_named(name).is_some() {
                    return Err(unknown("free name", name));
                }
                let find = |role: &&str| {
                    change
                        .role_named(role)
                        .map(|it| it.id)
                        .ok_or_else(|| unknown("role", role))
                };
                let roles = roles.iter().map(find).collect::<Result<_, _>>()?;
                let id = change.next_id();
                let member = Member {
                    user: id,
                    roles,
                    joined_at: change.now(),
                    nick: None,
                    timeout_until: None,
                };
                change.add_person(
                    User {
                        id,
                        name: name.to_owned(),
                        bot: false,
                        closed: false,
                    },
                    member,
                );
                Ok(id.0)
            })
            .await
    }

    /// Lets a person take direct messages, or not.
    pub async fn take_direct_messages(&self, name: &str, open: bool) -> Result<(), KeeperError> {
        self.shared
            .change(|change| {
                let user = change.user_named(name).filter(|user| !user.bot);
                let mut user = user.cloned().ok_or_else(|| unknown("person", name))?;
                user.closed = !open;
                change.put_user(user);
                Ok(())
            })
            .await
    }

    /// Allows and denies permission bits in a channel, for a role or a user by name; both zero takes the
    /// exception away.
    pub async fn set_overwrite(
        &self,
        channel: &str,
        whom: &str,
        allow: u64,
        deny: u64,
    ) -> Result<(), KeeperError> {
        self.shared
            .change(|change| {
                let role = change.role_named(whom).map(|role| (role.id, 0));
                let target = role.or_else(|| change.user_named(whom).map(|user| (user.id, 1)));
                let (id, kind) = target.ok_or_else(|| unknown("role or user", whom))?;
                let found = change
                    .channels
                    .values()
                    .find(|it| it.name == channel)
                    .map(|it| it.id);
                let channel = found.ok_or_else(|| unknown("channel", channel))?;
                change.edit_channel(channel, |channel| {
                    channel.overwrites.retain(|it| it.id != id);
                    if allow != 0 || deny != 0 {
                        channel.overwrites.push(Overwrite {
                            id,
                            kind,
                            allow,
                            deny,
                        });
                    }
                });
                Ok(())
            })
            .await
    }
}
