//! The things the playground's Discord consists of, as they are kept and stored. How they look on
//! the wire is in `view`; what happens to them is in `change`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::Id;

/// A person or the bot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct User {
    pub id: Id,
    pub name: String,
    pub bot: bool,
    /// Whether they take no direct messages.
    #[serde(default)]
    pub closed: bool,
}

/// A user's place in the guild.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Member {
    pub user: Id,
    pub roles: Vec<Id>,
    pub joined_at: String,
    #[serde(default)]
    pub nick: Option<String>,
    /// Until when they may only read.
    #[serde(default)]
    pub timeout_until: Option<String>,
}

/// A role; the one whose id is the guild's is `@everyone`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Role {
    pub id: Id,
    pub name: String,
    pub permissions: u64,
    pub position: u32,
    pub color: u32,
    pub managed: bool,
    pub mentionable: bool,
}

/// The one guild.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Guild {
    pub id: Id,
    pub name: String,
    pub owner: Id,
    pub created_at: String,
    /// The application, which is also the bot's user id.
    pub app: Id,
    /// The application's flags, which permit privileged intents.
    #[serde(default)]
    pub app_flags: u64,
}

/// A channel's exception to the guild's permissions, for a role or one member.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Overwrite {
    pub id: Id,
    /// 0 = role, 1 = member, as Discord numbers them.
    pub kind: u8,
    pub allow: u64,
    pub deny: u64,
}

/// The kinds of channel the playground has, with Discord's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    Text,
    Dm,
    Voice,
    Category,
    Announcement,
    PublicThread,
    PrivateThread,
    Forum,
}

impl ChannelKind {
    /// Discord's number.
    pub fn number(self) -> u8 {
        match self {
            Self::Text => 0,
            Self::Dm => 1,
            Self::Voice => 2,
            Self::Category => 4,
            Self::Announcement => 5,
            Self::PublicThread => 11,
            Self::PrivateThread => 12,
            Self::Forum => 15,
        }
    }

    /// The kind of a channel to be made in the guild, by Discord's number.
    pub fn of_guild(number: u64) -> Option<Self> {
        [
            Self::Text,
            Self::Voice,
            Self::Category,
            Self::Announcement,
            Self::Forum,
        ]
        .into_iter()
        .find(|kind| u64::from(kind.number()) == number)
    }

    /// Whether it stands in the guild's list of channels: neither a thread nor a conversation.
    pub fn is_guild(self) -> bool {
        !matches!(self, Self::Dm | Self::PublicThread | Self::PrivateThread)
    }

    /// Whether messages can be sent to it.
    pub fn holds_messages(self) -> bool {
        !matches!(self, Self::Category | Self::Forum)
    }

    /// The word `GET /api/state` uses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Dm => "dm",
            Self::Voice => "voice",
            Self::Category => "category",
            Self::Announcement => "announcement",
            Self::Forum => "forum",
            Self::PublicThread => "public_thread",
            Self::PrivateThread => "private_thread",
        }
    }
}

/// A text channel, a thread or a direct conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Channel {
    pub id: Id,
    pub kind: ChannelKind,
    pub name: String,
    pub topic: Option<String>,
    pub position: u32,
    pub parent: Option<Id>,
    pub overwrites: Vec<Overwrite>,
    /// The person the bot talks to, in a direct conversation.
    pub recipient: Option<Id>,
    pub last_message: Option<Id>,
    pub thread: Option<Thread>,
    /// What is kept as the bot said it: slow mode, a forum's tags, a post's tags and so on.
    #[serde(default)]
    pub details: Map<String, Value>,
}

impl Channel {
    /// Takes over the details among `names` that a request gives; null is as if it had never been said.
    pub fn describe(&mut self, body: &Value, names: &[&str]) {
        self.details.extend(super::picked(body, names));
        self.details.retain(|_, value| !value.is_null());
    }
}

/// What a thread has beyond a channel.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Thread {
    pub owner: Id,
    pub archived: bool,
    pub locked: bool,
    pub invitable: bool,
    /// Minutes without a message after which the thread is archived.
    pub auto_archive: u32,
    pub archive_changed_at: String,
    pub created_at: String,
    /// Who has joined, and when.
    pub members: BTreeMap<Id, String>,
    pub message_count: u32,
    pub total_sent: u32,
}

/// A file on a message; its bytes are in the store alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attachment {
    pub id: Id,
    pub filename: String,
    pub description: Option<String>,
    pub content_type: String,
    pub size: usize,
    pub width: Option<u32>,
    pub height: Option<u32>,
}

/// The interaction a message answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cause {
    pub interaction: Id,
    pub kind: u8,
    pub name: String,
    pub user: Id,
    /// The message whose component or modal it was.
    #[serde(default)]
    pub source: Option<Id>,
}

/// People who reacted with one emoji.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reaction {
    pub emoji: String,
    pub users: Vec<Id>,
}

/// A message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Message {
    pub id: Id,
    pub channel: Id,
    pub author: Id,
    /// Discord's message type: 0 plain, 19 reply, 20 answer to a slash command.
    pub kind: u8,
    pub content: String,
    pub embeds: Vec<Value>,
    pub components: Vec<Value>,
    pub attachments: Vec<Attachment>,
    pub flags: u64,
    pub sent_at: String,
    pub edited_at: Option<String>,
    pub nonce: Option<Value>,
    pub mentions: Vec<Id>,
    pub mention_roles: Vec<Id>,
    pub mention_everyone: bool,
    pub reference: Option<Id>,
    pub cause: Option<Cause>,
    /// The only person who sees it.
    pub ephemeral_to: Option<Id>,
    pub reactions: Vec<Reaction>,
    pub pinned: bool,
    #[serde(default)]
    pub poll: Option<Poll>,
}

/// A question to all, on a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Poll {
    pub question: Value,
    /// As the bot said them, each with its `answer_id`.
    pub answers: Vec<Value>,
    pub expiry: String,
    pub multiselect: bool,
    /// Ended before its time.
    pub ended: bool,
    /// Who voted for which answer.
    pub votes: BTreeMap<u64, Vec<Id>>,
}

/// An event in the guild's calendar.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScheduledEvent {
    pub id: Id,
    pub creator: Id,
    /// 1 scheduled, 2 active, 3 completed, 4 cancelled, as Discord numbers them.
    pub status: u64,
    /// What else the bot said of it.
    pub body: Map<String, Value>,
}

impl Message {
    /// Flag: has a thread started from it.
    pub const HAS_THREAD: u64 = 1 << 5;
    /// Flag: only one person sees it.
    pub const EPHEMERAL: u64 = 1 << 6;
    /// Flag: "thinking…", the placeholder of a deferred answer.
    pub const LOADING: u64 = 1 << 7;
    /// Flags a bot may set itself: no embeds, ephemeral, silent.
    pub const SETTABLE: u64 = (1 << 2) | Self::EPHEMERAL | (1 << 12);

    /// Whether this is still the placeholder of a deferred answer.
    pub fn is_loading(&self) -> bool {
        self.flags & Self::LOADING != 0
    }
}

/// What the bot has said to an interaction so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    None,
    Message,
    Deferred,
    DeferredUpdate,
    Update,
    Modal,
    Choices,
}

/// One interaction sent to the bot, as far as its token still matters.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Interaction {
    pub id: Id,
    pub token: String,
    /// 2 command, 3 component, 4 autocomplete, 5 modal.
    pub kind: u8,
    pub user: Id,
    pub channel: Id,
    /// The command's name; empty for components and modals.
    pub name: String,
    pub answer: Answer,
    /// The message whose component or modal this is.
    pub source: Option<Id>,
    /// The message that `@original` names.
    pub original: Option<Id>,
    /// The modal that was sent in with it.
    pub modal: Option<Id>,
}

/// A form the bot showed to somebody.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Modal {
    pub id: Id,
    pub user: Id,
    pub channel: Id,
    /// The message whose button opened it, if one did.
    pub source: Option<Id>,
    pub custom_id: String,
    pub title: String,
    pub components: Vec<Value>,
    /// The bot has acknowledged it: it is closed.
    pub closed: bool,
}

/// A registered application command, as the bot described it and with the ids Discord adds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Command {
    pub id: Id,
    /// The guild it is for; everywhere if none.
    pub guild: Option<Id>,
    pub body: Value,
}

impl Command {
    /// The permissions a member needs to see it, where any are asked for. A bot may write the bits as
    /// text or as a number.
    pub fn needed_permissions(&self) -> Option<u64> {
        super::permission::read(&self.body["default_member_permissions"])
    }
}
