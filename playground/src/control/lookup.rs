//! What a person can name and use: channels, messages, people, roles, commands and files.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::{
    id::Id,
    slash::Resolve,
    world::{Channel, ChannelKind, Command, Message, World, permission},
};

/// Why an act is not accepted, in words for the person or script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

impl From<crate::store::StoreError> for Refused {
    fn from(error: crate::store::StoreError) -> Self {
        Self(error.to_string())
    }
}

pub fn refuse<T>(why: impl Into<String>) -> Result<T, Refused> {
    Err(Refused(why.into()))
}

impl World {
    /// A channel that this person sees.
    pub fn channel_for(&self, name: &str, person: Id) -> Result<Channel, Refused> {
        self.channel_named(name, person)
            .cloned()
            .ok_or_else(|| Refused(format!("There is no channel `{name}` that you can see.")))
    }

    /// A message that this person sees, with its channel.
    pub fn message_for(&self, id: Id, person: Id) -> Result<(Message, Channel), Refused> {
        let message = self
            .find_message(id)
            .filter(|it| it.ephemeral_to.is_none_or(|only| only == person));
        let found = message.and_then(|message| {
            let channel = self
                .channels
                .get(&message.channel)
                .filter(|channel| self.sees(person, channel))?;
            Some((message.clone(), channel.clone()))
        });
        found.ok_or_else(|| Refused(format!("There is no message {id} that you can see.")))
    }

    /// The commands of a type that this person can use in this channel, the guild's own first.
    pub fn commands_for(&self, kind: u64, person: Id, channel: &Channel) -> Vec<Value> {
        let bits = self.permissions(person, channel);
        let direct = channel.kind == ChannelKind::Dm;
        let usable = |command: &&Command| {
            let body = &command.body;
            let needed = command.needed_permissions();
            let allowed = direct
                || needed.is_none_or(|needed| {
                    if needed == 0 {
                        bits & permission::ADMINISTRATOR != 0
                    } else {
                        bits & needed == needed
                    }
                });
            let context = u8::from(direct);
            let here = body["contexts"].as_array().map_or_else(
                || !direct || body["dm_permission"] != false,
                |contexts| contexts.iter().any(|it| it == context),
            );
            body["type"].as_u64().unwrap_or(1) == kind
                && allowed
                && here
                && !(direct && command.guild.is_some())
        };
        let mut all: Vec<&Command> = self.commands.values().filter(usable).collect();
        all.sort_by_key(|command| command.guild.is_none());
        all.into_iter()
            .map(|command| self.command_json(command))
            .collect()
    }

    /// A user with their membership, as `resolved` holds them.
    pub fn resolved_user(&self, user: Id, channel: &Channel) -> (Value, Value) {
        let member = self
            .members
            .contains_key(&user)
            .then(|| self.member_in_json(user, channel));
        (self.user_json(user), member.unwrap_or(Value::Null))
    }
}

/// The names a person may use in a slash command.
pub struct Names<'w> {
    pub world: &'w World,
    pub person: Id,
    pub channel: &'w Channel,
    /// Attachment objects of the files that came along, by file name.
    pub files: &'w HashMap<String, Value>,
}

impl Resolve for Names<'_> {
    fn user(&self, name: &str) -> Option<Value> {
        let user = self.world.user_named(name)?;
        let (user, member) = self.world.resolved_user(user.id, self.channel);
        Some(json!({"user": user, "member": member}))
    }

    fn channel(&self, name: &str) -> Option<Value> {
        let channel = self.world.channel_named(name, self.person)?;
        Some(self.world.partial_channel_json(channel, self.person))
    }

    fn role(&self, name: &str) -> Option<Value> {
        self.world.role_named(name).map(|role| self.world.role_json(role))
    }

    fn attachment(&self, name: &str) -> Option<Value> {
        self.files.get(name).cloned()
    }
}
