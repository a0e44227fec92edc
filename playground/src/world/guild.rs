//! What changes about the guild itself: its roles, its members, its calendar, and what the bot was invited with.

use serde_json::{Map, Value, json};

use super::{Change, Member, Role, ScheduledEvent, World};
use crate::{gateway::intent, id::Id, store::Write};

impl World {
    /// The highest of a member's roles, by position; who stands above all others for the owner.
    pub fn top_position(&self, user: Id) -> u32 {
        if self.guild.owner == user {
            return u32::MAX;
        }
        let roles = self.members.get(&user).map_or(&[][..], |member| &member.roles);
        let positions = roles.iter().filter_map(|role| self.roles.get(role));
        positions.map(|role| role.position).max().unwrap_or(0)
    }

    /// The bot's own role, which came with its invitation.
    pub fn bot_role(&self) -> Option<&Role> {
        self.roles.values().find(|role| role.managed)
    }

    pub fn event_json(&self, event: &ScheduledEvent) -> Value {
        let mut json = json!({
            "channel_id": null, "description": null, "scheduled_end_time": null, "entity_id": null,
            "entity_metadata": null, "image": null, "recurrence_rule": null,
        });
        for (field, value) in &event.body {
            json[field] = value.clone();
        }
        for (field, value) in [
            ("id", json!(event.id)),
            ("guild_id", json!(self.guild.id)),
            ("creator_id", json!(event.creator)),
            ("creator", self.user_json(event.creator)),
            ("status", json!(event.status)),
            ("user_count", json!(0)),
        ] {
            json[field] = value;
        }
        json
    }
}

impl Change<'_> {
    fn store_guild(&mut self) {
        let guild = self.guild.clone();
        self.put("guild", guild.id, &guild);
    }

    pub fn set_app_flags(&mut self, flags: u64) {
        self.world.guild.app_flags = flags;
        self.store_guild();
    }

    /// Invites the bot anew, with these permissions: its own role has them from now on.
    pub fn invite_again(&mut self, permissions: u64) {
        if let Some(mut role) = self.bot_role().cloned() {
            role.permissions = permissions;
            self.put_role(&role);
        }
    }

    /// Adds a role, or changes it.
    pub fn put_role(&mut self, role: &Role) {
        let name = if self.roles.contains_key(&role.id) {
            "GUILD_ROLE_UPDATE"
        } else {
            "GUILD_ROLE_CREATE"
        };
        self.put("role", role.id, role);
        self.world.roles.insert(role.id, role.clone());
        let data = json!({"guild_id": self.guild.id, "role": self.role_json(role)});
        self.tell_bot(name, data, intent::GUILDS);
        self.notice(json!({"type": "users"}));
    }

    /// Makes room for a new role at the bottom, above everyone.
    pub fn lift_roles(&mut self) {
        let everyone = self.guild.id;
        let lifted: Vec<Role> = self
            .roles
            .values()
            .filter(|role| role.id != everyone)
            .cloned()
            .collect();
        for mut role in lifted {
            role.position += 1;
            self.put_role(&role);
        }
    }

    /// Removes a role, also from those who have it.
    pub fn remove_role(&mut self, id: Id) {
        self.world.roles.remove(&id);
        self.writes.push(Write::Delete { kind: "role", id });
        let having: Vec<Member> = self
            .members
            .values()
            .filter(|member| member.roles.contains(&id))
            .cloned()
            .collect();
        for mut member in having {
            member.roles.retain(|role| *role != id);
            self.put_member(&member);
        }
        let data = json!({"guild_id": self.guild.id, "role_id": id});
        self.tell_bot("GUILD_ROLE_DELETE", data, intent::GUILDS);
        self.notice(json!({"type": "users"}));
    }

    /// Keeps what is new about a member.
    pub fn put_member(&mut self, member: &Member) {
        self.put("member", member.user, member);
        self.world.members.insert(member.user, member.clone());
        let mut data = self.member_json(member.user);
        data["guild_id"] = json!(self.guild.id);
        // Of itself a bot hears without the members intent.
        let intents = if member.user == self.guild.app {
            intent::GUILDS
        } else {
            intent::GUILD_MEMBERS
        };
        self.tell_bot("GUILD_MEMBER_UPDATE", data, intents);
        self.notice(json!({"type": "users"}));
    }

    /// Adds an event to the calendar, or changes it.
    pub fn put_event(&mut self, event: &ScheduledEvent) {
        let name = if self.events.contains_key(&event.id) {
            "GUILD_SCHEDULED_EVENT_UPDATE"
        } else {
            "GUILD_SCHEDULED_EVENT_CREATE"
        };
        self.put("event", event.id, event);
        self.world.events.insert(event.id, event.clone());
        self.tell_of_event(name, event);
    }

    pub fn remove_event(&mut self, id: Id) {
        if let Some(gone) = self.world.events.remove(&id) {
            self.writes.push(Write::Delete { kind: "event", id });
            self.tell_of_event("GUILD_SCHEDULED_EVENT_DELETE", &gone);
        }
    }

    fn tell_of_event(&mut self, name: &'static str, event: &ScheduledEvent) {
        let data = self.event_json(event);
        self.tell_bot(name, data, intent::GUILD_SCHEDULED_EVENTS);
    }
}

/// The fields of `body` among `names`.
pub fn picked(body: &Value, names: &[&str]) -> Map<String, Value> {
    let fields = body.as_object().into_iter().flatten();
    fields
        .filter(|(field, _)| names.contains(&field.as_str()))
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect()
}
