//! Channels as they come, change and go, with who is in a thread. What a thread is for is in `thread`.

use serde_json::{Value, json};

use super::{Change, Channel, Effect, thread_member_json};
use crate::{gateway::intent, id::Id, store::Write};

impl Change<'_> {
    /// Adds a channel that nobody has seen before.
    pub fn add_channel(&mut self, channel: &Channel) {
        let id = channel.id;
        self.put("channel", id, channel);
        self.world.channels.insert(id, channel.clone());
        self.notice_channel(channel);
        if channel.thread.is_some() {
            let mut data = self.channel_json(channel);
            data["newly_created"] = json!(true);
            self.tell_bot("THREAD_CREATE", data, intent::GUILDS);
            self.effect(Effect::Thread { id });
        } else if channel.kind.is_guild() {
            let data = self.channel_json(channel);
            self.tell_bot("CHANNEL_CREATE", data, intent::GUILDS);
        }
    }

    /// Changes a channel in place and tells everybody. None where there is no such channel.
    pub fn edit_channel(&mut self, id: Id, edit: impl FnOnce(&mut Channel)) -> Option<Channel> {
        let channel = self.world.channels.get_mut(&id)?;
        edit(channel);
        let channel = channel.clone();
        self.put("channel", id, &channel);
        self.notice_channel(&channel);
        let data = self.channel_json(&channel);
        if channel.thread.is_some() {
            self.tell_bot("THREAD_UPDATE", data, intent::GUILDS);
            self.effect(Effect::Thread { id });
        } else if channel.kind.is_guild() {
            self.tell_bot("CHANNEL_UPDATE", data, intent::GUILDS);
        }
        Some(channel)
    }

    fn notice_channel(&mut self, channel: &Channel) {
        let channel = self.shown_channel_json(channel);
        self.notice(json!({"type": "channel", "channel": channel}));
    }

    /// Lets a user into a thread, or out of it. Nothing happens where that is so already.
    pub fn set_thread_member(&mut self, id: Id, user: Id, inside: bool) {
        let now = self.now();
        let Some(thread) = self.world.channels.get_mut(&id).and_then(|it| it.thread.as_mut()) else {
            return;
        };
        let changed = if inside {
            (!thread.members.contains_key(&user))
                .then(|| thread.members.insert(user, now))
                .is_some()
        } else {
            thread.members.remove(&user).is_some()
        };
        let Some(channel) = self.channels.get(&id).filter(|_| changed).cloned() else {
            return;
        };
        self.put("channel", id, &channel);
        self.notice_channel(&channel);
        let (added, removed) = if inside {
            let mut member = thread_member_json(&channel, user);
            member["member"] = self.member_json(user);
            member["presence"] = Value::Null;
            (vec![member], Vec::new())
        } else {
            (Vec::new(), vec![user])
        };
        let count = channel
            .thread
            .as_ref()
            .map_or(0, |thread| thread.members.len().min(50));
        let data = json!({
            "id": id, "guild_id": self.guild.id, "member_count": count,
            "added_members": added, "removed_member_ids": removed,
        });
        // Without the members intent Discord tells a bot only of itself.
        let intents = if user == self.guild.app {
            intent::GUILDS
        } else {
            intent::GUILD_MEMBERS
        };
        self.tell_bot("THREAD_MEMBERS_UPDATE", data, intents);
        self.effect(Effect::Thread { id });
    }

    pub fn remove_channel(&mut self, id: Id) {
        let Some(gone) = self.world.channels.remove(&id) else {
            return;
        };
        self.writes.push(Write::Delete { kind: "channel", id });
        for message in self.world.messages.remove(&id).unwrap_or_default().into_keys() {
            self.writes.push(Write::Delete {
                kind: "message",
                id: message,
            });
        }
        let threads: Vec<Id> = self
            .channels
            .values()
            .filter(|it| it.parent == Some(id) && it.thread.is_some())
            .map(|it| it.id)
            .collect();
        for thread in threads {
            self.remove_channel(thread);
        }
        let inside: Vec<Id> = self
            .channels
            .values()
            .filter(|it| it.parent == Some(id))
            .map(|it| it.id)
            .collect();
        for channel in inside {
            self.edit_channel(channel, |channel| channel.parent = None);
        }
        self.notice(json!({"type": "channel_delete", "channel_id": id}));
        let (name, data) = if gone.thread.is_some() {
            let data = json!({"id": id, "guild_id": self.guild.id, "parent_id": gone.parent, "type": gone.kind.number()});
            ("THREAD_DELETE", data)
        } else {
            ("CHANNEL_DELETE", self.channel_json(&gone))
        };
        self.tell_bot(name, data, intent::GUILDS);
    }
}
