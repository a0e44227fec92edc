//! Reactions with ordinary emoji, and whom they are told to.

use serde_json::{Value, json};

use super::{Change, ChannelKind, Message, Reaction};
use crate::{gateway::intent, id::Id};

impl Change<'_> {
    /// Adds somebody's reaction. Nothing happens where it is there already.
    pub fn react(&mut self, mut message: Message, emoji: &str, user: Id) {
        match message.reactions.iter_mut().find(|it| it.emoji == emoji) {
            Some(reaction) if reaction.users.contains(&user) => return,
            Some(reaction) => reaction.users.push(user),
            None => message.reactions.push(Reaction {
                emoji: emoji.to_owned(),
                users: vec![user],
            }),
        }
        self.note_message(&message);
        let data = json!({
            "user_id": user, "emoji": {"id": null, "name": emoji}, "message_author_id": message.author,
            "member": self.member_json(user), "burst": false, "burst_colors": [], "type": 0,
        });
        self.tell_of_reaction("MESSAGE_REACTION_ADD", &message, data);
    }

    /// Takes somebody's reaction away.
    pub fn take_reaction(&mut self, mut message: Message, emoji: &str, user: Id) {
        for reaction in message.reactions.iter_mut().filter(|it| it.emoji == emoji) {
            reaction.users.retain(|it| *it != user);
        }
        message.reactions.retain(|reaction| !reaction.users.is_empty());
        self.note_message(&message);
        let data = json!({"user_id": user, "emoji": {"id": null, "name": emoji}, "burst": false, "type": 0});
        self.tell_of_reaction("MESSAGE_REACTION_REMOVE", &message, data);
    }

    /// Takes everybody's reactions away, with one emoji or with all.
    pub fn clear_reactions(&mut self, mut message: Message, emoji: Option<&str>) {
        message
            .reactions
            .retain(|it| emoji.is_some_and(|emoji| it.emoji != emoji));
        self.note_message(&message);
        match emoji {
            Some(emoji) => {
                let data = json!({"emoji": {"id": null, "name": emoji}});
                self.tell_of_reaction("MESSAGE_REACTION_REMOVE_EMOJI", &message, data);
            }
            None => self.tell_of_reaction("MESSAGE_REACTION_REMOVE_ALL", &message, json!({})),
        }
    }

    fn tell_of_reaction(&mut self, name: &'static str, message: &Message, mut data: Value) {
        data["channel_id"] = json!(message.channel);
        data["message_id"] = json!(message.id);
        let home = self.channels.get(&message.channel);
        let intents = if home.is_some_and(|home| home.kind == ChannelKind::Dm) {
            if let Some(data) = data.as_object_mut() {
                data.remove("member");
            }
            intent::DIRECT_MESSAGE_REACTIONS
        } else {
            data["guild_id"] = json!(self.guild.id);
            intent::GUILD_MESSAGE_REACTIONS
        };
        self.tell_bot(name, data, intents);
    }
}
