//! One change of the world: what is different in memory, what must be stored, and whom to tell. Rules
//! about who may do it are the caller's; a change that has begun is always carried through.

use std::ops::Deref;

use serde_json::{Value, json};

use super::{Answer, ChannelKind, Command, Interaction, Message, Modal, TOKEN_LIFE_MS, World};
use crate::{
    gateway::intent,
    id::{Id, real_ms},
    store::Write,
};

/// News of a change, told once it is stored.
#[derive(Debug, Clone)]
pub enum Happening {
    /// An event for the bot's sessions that asked for one of `intents` (0: always sent).
    Gateway {
        name: &'static str,
        data: Value,
        intents: u64,
        content: Content,
    },
    /// A notice for pages.
    Notice(Value),
    /// Something that people waiting for the bot want to know.
    Effect(Effect),
}

/// Whether an event's text is hidden from sessions without the message content intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Open,
    Privileged,
}

/// What the bot did, as far as somebody may be waiting for it.
#[derive(Debug, Clone)]
pub enum Effect {
    /// It acknowledged an interaction.
    Acked {
        interaction: Id,
        answer: Answer,
        modal: Option<Id>,
        choices: Option<Value>,
    },
    /// It sent or edited a message, through an interaction's token or by itself.
    Message {
        channel: Id,
        id: Id,
        interaction: Option<Id>,
    },
    /// It removed a message.
    Removed { id: Id, interaction: Option<Id> },
    /// It opened, changed or entered a thread, or changed who is in it.
    Thread { id: Id },
}

impl Effect {
    /// The interaction this was done with, if its token was used.
    pub fn interaction(&self) -> Option<Id> {
        match self {
            Self::Acked { interaction, .. } => Some(*interaction),
            Self::Message { interaction, .. } | Self::Removed { interaction, .. } => *interaction,
            Self::Thread { .. } => None,
        }
    }
}

/// A world being changed.
pub struct Change<'a> {
    pub(super) world: &'a mut World,
    pub writes: Vec<Write>,
    pub news: Vec<Happening>,
}

impl Deref for Change<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        self.world
    }
}

impl<'a> Change<'a> {
    pub fn new(world: &'a mut World) -> Self {
        Self {
            world,
            writes: Vec::new(),
            news: Vec::new(),
        }
    }

    pub fn next_id(&mut self) -> Id {
        self.world.mint.next()
    }

    pub(super) fn put(&mut self, kind: &'static str, id: Id, thing: &impl serde::Serialize) {
        // Only maps with keys that are no strings fail to serialise; an id is written as a string.
        match serde_json::to_string(thing) {
            Ok(body) => self.writes.push(Write::Put { kind, id, body }),
            Err(why) => tracing::error!("a {kind} cannot be stored: {why}"),
        }
    }

    pub fn effect(&mut self, effect: Effect) {
        self.news.push(Happening::Effect(effect));
    }

    pub fn notice(&mut self, notice: Value) {
        self.news.push(Happening::Notice(notice));
    }

    pub fn tell_bot(&mut self, name: &'static str, data: Value, intents: u64) {
        self.news.push(Happening::Gateway {
            name,
            data,
            intents,
            content: Content::Open,
        });
    }

    /// Stores the whole world, as when it is made.
    pub fn store_everything(&mut self) {
        let world = self.world.clone();
        self.put("guild", world.guild.id, &world.guild);
        world.users.iter().for_each(|(id, it)| self.put("user", *id, it));
        world
            .members
            .iter()
            .for_each(|(id, it)| self.put("member", *id, it));
        world.roles.iter().for_each(|(id, it)| self.put("role", *id, it));
        world
            .channels
            .iter()
            .for_each(|(id, it)| self.put("channel", *id, it));
    }

    /// Begins anew: all that was stored goes, and this world takes its place.
    pub fn start_over(&mut self, fresh: World) {
        let base = std::mem::take(&mut self.world.base);
        *self.world = fresh;
        self.world.base = base;
        self.writes.push(Write::DeleteEverything);
        self.store_everything();
        self.notice(json!({"type": "state"}));
    }

    pub fn set_offset(&mut self, offset_ms: i64) {
        self.world.offset_ms = offset_ms;
        self.put("clock", Id(0), &offset_ms);
        let clock = self.now();
        self.notice(json!({"type": "clock", "clock": clock}));
    }

    // Files

    pub fn keep_file(&mut self, id: Id, bytes: bytes::Bytes) {
        self.writes.push(Write::File { id, bytes });
    }

    // Messages

    /// Adds a message, or replaces it, and tells the bot, the pages and whoever waits. `via` is the
    /// interaction whose token was used.
    pub fn put_message(&mut self, message: &Message, via: Option<Id>) {
        let (channel, id) = (message.channel, message.id);
        let created = self.message(channel, id).is_none();
        self.put("message", id, message);
        self.world
            .messages
            .entry(channel)
            .or_default()
            .insert(id, message.clone());
        if created {
            self.count_message(channel, id);
        }
        let shown = self.shown_message_json(message);
        self.notice(json!({"type": "message", "channel_id": channel, "message": shown}));
        if message.ephemeral_to.is_none() {
            let data = self.message_event_json(message);
            let name = if created {
                "MESSAGE_CREATE"
            } else {
                "MESSAGE_UPDATE"
            };
            self.tell_about_message(name, data, message);
        }
        if message.author == self.guild.app {
            self.effect(Effect::Message {
                channel,
                id,
                interaction: via,
            });
        }
    }

    /// Keeps a message with a small difference that is no edit, such as a reaction.
    pub fn note_message(&mut self, message: &Message) {
        self.put("message", message.id, message);
        let shown = self.shown_message_json(message);
        self.notice(json!({"type": "message", "channel_id": message.channel, "message": shown}));
        self.world
            .messages
            .entry(message.channel)
            .or_default()
            .insert(message.id, message.clone());
    }

    /// Takes note that a channel has one message more.
    fn count_message(&mut self, id: Id, message: Id) {
        let Some(channel) = self.world.channels.get_mut(&id) else {
            return;
        };
        channel.last_message = Some(message);
        if let Some(thread) = &mut channel.thread {
            thread.message_count += 1;
            thread.total_sent += 1;
        }
        let channel = channel.clone();
        self.put("channel", id, &channel);
    }

    fn tell_about_message(&mut self, name: &'static str, data: Value, message: &Message) {
        let app = self.guild.app;
        if !self
            .channels
            .get(&message.channel)
            .is_some_and(|channel| self.sees(app, channel))
        {
            return;
        }
        let direct = self.is_direct(message.channel);
        let mine = message.author == self.guild.app || message.mentions.contains(&self.guild.app);
        let intents = if direct {
            intent::DIRECT_MESSAGES
        } else {
            intent::GUILD_MESSAGES
        };
        let content = if direct || mine {
            Content::Open
        } else {
            Content::Privileged
        };
        self.news.push(Happening::Gateway {
            name,
            data,
            intents,
            content,
        });
    }

    fn is_direct(&self, channel: Id) -> bool {
        self.channels
            .get(&channel)
            .is_some_and(|channel| channel.kind == ChannelKind::Dm)
    }

    pub fn remove_message(&mut self, channel: Id, id: Id, via: Option<Id>) {
        let Some(gone) = self
            .world
            .messages
            .get_mut(&channel)
            .and_then(|all| all.remove(&id))
        else {
            return;
        };
        self.writes.push(Write::Delete { kind: "message", id });
        let files = gone
            .attachments
            .iter()
            .map(|file| Write::DeleteFile { id: file.id });
        self.writes.extend(files);
        if let Some(thread) = self
            .world
            .channels
            .get_mut(&channel)
            .and_then(|it| it.thread.as_mut())
        {
            thread.message_count = thread.message_count.saturating_sub(1);
        }
        self.store_channel(channel);
        self.notice(json!({"type": "message_delete", "channel_id": channel, "id": id}));
        if gone.ephemeral_to.is_none() {
            let direct = self.is_direct(channel);
            let mut data = json!({"id": id, "channel_id": channel});
            if !direct {
                data["guild_id"] = json!(self.guild.id);
            }
            let intents = if direct {
                intent::DIRECT_MESSAGES
            } else {
                intent::GUILD_MESSAGES
            };
            self.tell_bot("MESSAGE_DELETE", data, intents);
        }
        self.effect(Effect::Removed { id, interaction: via });
    }

    /// Removes several messages at one stroke.
    pub fn remove_messages(&mut self, channel: Id, ids: &[Id]) {
        let before = self.news.len();
        let known: Vec<Id> = ids
            .iter()
            .filter(|id| self.message(channel, **id).is_some())
            .copied()
            .collect();
        for id in &known {
            self.remove_message(channel, *id, None);
        }
        // One event for all of them, in place of one each.
        let is_single =
            |news: &Happening| matches!(news, Happening::Gateway { name, .. } if *name == "MESSAGE_DELETE");
        let later = self.news.split_off(before);
        self.news
            .extend(later.into_iter().filter(|news| !is_single(news)));
        let data = json!({"ids": known, "channel_id": channel, "guild_id": self.guild.id});
        self.tell_bot("MESSAGE_DELETE_BULK", data, intent::GUILD_MESSAGES);
    }

    pub(super) fn store_channel(&mut self, id: Id) {
        if let Some(channel) = self.world.channels.get(&id).cloned() {
            self.put("channel", id, &channel);
        }
    }

    // People

    /// Adds a person to the guild, or changes who they are.
    pub fn add_person(&mut self, user: super::User, member: super::Member) {
        let id = user.id;
        self.put("user", id, &user);
        self.put("member", id, &member);
        self.world.users.insert(id, user);
        self.world.members.insert(id, member);
        let mut data = self.member_json(id);
        data["guild_id"] = json!(self.guild.id);
        self.tell_bot("GUILD_MEMBER_ADD", data, intent::GUILD_MEMBERS);
        self.notice(json!({"type": "users"}));
    }

    /// Keeps what is new about a user.
    pub fn put_user(&mut self, user: super::User) {
        self.put("user", user.id, &user);
        self.world.users.insert(user.id, user);
    }

    // Commands

    /// Registers a command, or replaces it.
    pub fn put_command(&mut self, command: Command) {
        self.put("command", command.id, &command);
        self.world.commands.insert(command.id, command);
    }

    pub fn remove_command(&mut self, id: Id) {
        self.world.commands.remove(&id);
        self.writes.push(Write::Delete { kind: "command", id });
    }

    // Interactions

    /// Keeps an interaction, and forgets those whose tokens are dead.
    pub fn put_interaction(&mut self, interaction: Interaction) {
        let oldest = Id::at_ms(real_ms() - TOKEN_LIFE_MS);
        while let Some((&id, _)) = self
            .world
            .interactions
            .first_key_value()
            .filter(|(id, _)| **id < oldest)
        {
            self.world.interactions.remove(&id);
            self.writes.push(Write::Delete {
                kind: "interaction",
                id,
            });
        }
        self.put("interaction", interaction.id, &interaction);
        self.world.interactions.insert(interaction.id, interaction);
    }

    /// Keeps a modal, and forgets those nobody can still have open.
    pub fn put_modal(&mut self, modal: Modal) {
        const OPEN_AT_MOST_MS: i64 = 24 * 60 * 60 * 1000;
        let oldest = Id::at_ms(real_ms() - OPEN_AT_MOST_MS);
        while let Some((&id, _)) = self
            .world
            .modals
            .first_key_value()
            .filter(|(id, _)| **id < oldest)
        {
            self.world.modals.remove(&id);
            self.writes.push(Write::Delete { kind: "modal", id });
        }
        self.put("modal", modal.id, &modal);
        self.world.modals.insert(modal.id, modal);
    }
}
