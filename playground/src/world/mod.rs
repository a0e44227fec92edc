//! The playground's Discord as one value in memory: people, channels, messages, commands and open
//! interactions. Changing it goes through [`Change`], which also says what to store and whom to tell.

pub mod change;
mod channel;
pub mod demo;
mod guild;
mod message;
mod model;
pub mod permission;
mod poll;
mod reaction;
mod thread;
mod view;
mod view_guild;

use std::collections::BTreeMap;

pub use change::{Change, Effect, Happening};
pub use guild::picked;
pub use message::{Draft, numbered};
pub use model::*;
pub use thread::NewThread;
pub use view::thread_member_json;

use crate::{
    id::{Id, Mint, real_ms},
    store::Row,
};

/// Real time after which an interaction's token is dead.
pub const TOKEN_LIFE_MS: i64 = 15 * 60 * 1000;

/// Everything there is.
#[derive(Debug, Clone)]
pub struct World {
    /// Where the playground is served, for links to attachments: `http://127.0.0.1:8080`.
    pub base: String,
    /// How far the playground's clock is ahead of real time, in milliseconds.
    pub offset_ms: i64,
    pub mint: Mint,
    pub guild: Guild,
    pub users: BTreeMap<Id, User>,
    pub members: BTreeMap<Id, Member>,
    pub roles: BTreeMap<Id, Role>,
    pub channels: BTreeMap<Id, Channel>,
    /// By channel, then by id, which is the order of sending.
    pub messages: BTreeMap<Id, BTreeMap<Id, Message>>,
    pub commands: BTreeMap<Id, Command>,
    pub interactions: BTreeMap<Id, Interaction>,
    pub modals: BTreeMap<Id, Modal>,
    pub events: BTreeMap<Id, ScheduledEvent>,
}

impl World {
    /// The playground's time in Unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        real_ms() + self.offset_ms
    }

    /// The playground's time as Discord writes stamps.
    pub fn now(&self) -> String {
        stamp(self.now_ms())
    }

    pub fn message(&self, channel: Id, id: Id) -> Option<&Message> {
        self.messages.get(&channel)?.get(&id)
    }

    /// A message by its id alone.
    pub fn find_message(&self, id: Id) -> Option<&Message> {
        self.messages.values().find_map(|channel| channel.get(&id))
    }

    pub fn user_named(&self, name: &str) -> Option<&User> {
        let name = bare(name);
        self.users
            .values()
            .find(|user| user.name == name || user.id.to_string() == name)
    }

    pub fn role_named(&self, name: &str) -> Option<&Role> {
        let name = bare(name);
        self.roles
            .values()
            .find(|role| role.name.eq_ignore_ascii_case(name) || role.id.to_string() == name)
    }

    /// A channel or thread that `viewer` sees, by id or name. Of two with one name the younger wins,
    /// since a name in use again is usually the thread just opened.
    pub fn channel_named(&self, name: &str, viewer: Id) -> Option<&Channel> {
        let name = bare(name);
        let by_id = name.parse().ok().and_then(|id| self.channels.get(&id));
        by_id.filter(|channel| self.sees(viewer, channel)).or_else(|| {
            self.channels
                .values()
                .rev()
                .find(|channel| channel.name == name && self.sees(viewer, channel))
        })
    }

    /// The interaction a token belongs to, dead or alive; a token begins with its interaction's id.
    pub fn interaction_by_token(&self, token: &str) -> Option<&Interaction> {
        let (id, _) = token.split_once('.')?;
        self.interactions
            .get(&id.parse().ok()?)
            .filter(|interaction| interaction.token == token)
    }

    /// Rebuilds the world from its stored rows; none where they hold no guild.
    pub fn load(rows: Vec<Row>) -> Result<Option<Self>, serde_json::Error> {
        let mut last = Id(0);
        let mut guild = None;
        let mut offset_ms = 0;
        let mut world = Parts::default();
        for row in rows {
            last = last.max(row.id);
            match row.kind.as_str() {
                "guild" => guild = Some(serde_json::from_str(&row.body)?),
                "clock" => offset_ms = serde_json::from_str(&row.body)?,
                kind => world.take(kind, row.id, &row.body)?,
            }
        }
        Ok(guild.map(|guild| Self {
            base: String::new(),
            offset_ms,
            mint: Mint::after(last),
            guild,
            users: world.users,
            members: world.members,
            roles: world.roles,
            channels: world.channels,
            messages: world.messages,
            commands: world.commands,
            interactions: world.interactions,
            modals: world.modals,
            events: world.events,
        }))
    }
}

/// The maps of a world being loaded.
#[derive(Default)]
struct Parts {
    users: BTreeMap<Id, User>,
    members: BTreeMap<Id, Member>,
    roles: BTreeMap<Id, Role>,
    channels: BTreeMap<Id, Channel>,
    messages: BTreeMap<Id, BTreeMap<Id, Message>>,
    commands: BTreeMap<Id, Command>,
    interactions: BTreeMap<Id, Interaction>,
    modals: BTreeMap<Id, Modal>,
    events: BTreeMap<Id, ScheduledEvent>,
}

impl Parts {
    fn take(&mut self, kind: &str, id: Id, body: &str) -> Result<(), serde_json::Error> {
        match kind {
            "user" => drop(self.users.insert(id, serde_json::from_str(body)?)),
            "member" => drop(self.members.insert(id, serde_json::from_str(body)?)),
            "role" => drop(self.roles.insert(id, serde_json::from_str(body)?)),
            "channel" => drop(self.channels.insert(id, serde_json::from_str(body)?)),
            "command" => drop(self.commands.insert(id, serde_json::from_str(body)?)),
            "interaction" => drop(self.interactions.insert(id, serde_json::from_str(body)?)),
            "event" => drop(self.events.insert(id, serde_json::from_str(body)?)),
            "modal" => drop(self.modals.insert(id, serde_json::from_str(body)?)),
            _ => {
                let message: Message = serde_json::from_str(body)?;
                self.messages
                    .entry(message.channel)
                    .or_default()
                    .insert(id, message);
            }
        }
        Ok(())
    }
}

/// A moment as Discord writes it.
pub fn stamp(unix_ms: i64) -> String {
    let moment = chrono::DateTime::from_timestamp_millis(unix_ms).unwrap_or_default();
    moment.to_rfc3339_opts(chrono::SecondsFormat::Micros, false)
}

/// A name or id without `#`, `@` or the brackets of a mention.
pub fn bare(name: &str) -> &str {
    let inner = name
        .strip_prefix('<')
        .and_then(|name| name.strip_suffix('>'))
        .unwrap_or(name);
    inner.trim_start_matches(['#', '@', '&', '!'])
}
