//! The world a playground starts with: the guild "Demo", its people and its channels. What the bot
//! keeps about them (the cohort, who is enrolled) is the bot's.

use std::collections::BTreeMap;

use super::{
    Channel, ChannelKind, Guild, Member, Overwrite, Role, User, World,
    permission::{self, MANAGE_GUILD, VIEW_CHANNEL},
    stamp,
};
use crate::id::{Id, Mint, real_ms};

/// Makes the demo world.
pub fn world() -> World {
    let mut mint = Mint::default();
    let created_at = stamp(real_ms());
    // The owner is nobody in the demo: an owner may do everything, which would hide permission mistakes.
    let (id, app, owner) = (mint.next(), mint.next(), mint.next());
    let (moderators, bot_role) = (mint.next(), mint.next());
    let mut world = World {
        base: String::new(),
        offset_ms: 0,
        guild: Guild {
            id,
            name: "Demo".to_owned(),
            owner,
            created_at,
            app,
            app_flags: 0,
        },
        users: BTreeMap::new(),
        members: BTreeMap::new(),
        roles: BTreeMap::new(),
        channels: BTreeMap::new(),
        messages: BTreeMap::new(),
        commands: BTreeMap::new(),
        interactions: BTreeMap::new(),
        modals: BTreeMap::new(),
        events: BTreeMap::new(),
        mint,
    };
    world.add_role(id, "@everyone", permission::EVERYONE, 0);
    world.add_role(bot_role, "Tributary", permission::BOT, 1);
    world.add_role(moderators, "Moderators", permission::EVERYONE | MANAGE_GUILD, 2);
    world.add_member(app, "Tributary", vec![bot_role]);
    for name in ["ana", "ben", "chloe"] {
        let id = world.mint.next();
        world.add_member(id, name, Vec::new());
    }
    let id = world.mint.next();
    world.add_member(id, "mod", vec![moderators]);
    world.add_text_channel("lessons", "A lesson a day, and the talk about it", Vec::new());
    world.add_text_channel("lab", "Hands on: your own streams", Vec::new());
    world.add_text_channel("general", "Everything else", Vec::new());
    let only = |id, allow, deny| Overwrite {
        id,
        kind: 0,
        allow,
        deny,
    };
    let everyone = only(world.guild.id, 0, VIEW_CHANNEL);
    let hidden = vec![
        everyone,
        only(moderators, VIEW_CHANNEL, 0),
        only(bot_role, VIEW_CHANNEL, 0),
    ];
    world.add_text_channel("moderators", "For moderators", hidden);
    world
}

impl World {
    fn add_role(&mut self, id: Id, name: &str, permissions: u64, position: u32) {
        let managed = permissions == permission::BOT;
        let color = if permissions & MANAGE_GUILD == 0 {
            0
        } else {
            0x2e_86_ab
        };
        let name = name.to_owned();
        self.roles.insert(
            id,
            Role {
                id,
                name,
                permissions,
                position,
                color,
                managed,
                mentionable: false,
            },
        );
    }

    fn add_member(&mut self, id: Id, name: &str, roles: Vec<Id>) {
        let bot = id == self.guild.app;
        self.users.insert(
            id,
            User {
                id,
                name: name.to_owned(),
                bot,
                closed: false,
            },
        );
        self.members.insert(
            id,
            Member {
                user: id,
                roles,
                joined_at: self.guild.created_at.clone(),
                nick: None,
                timeout_until: None,
            },
        );
    }

    fn add_text_channel(&mut self, name: &str, topic: &str, overwrites: Vec<Overwrite>) {
        let id = self.mint.next();
        let channel = Channel {
            id,
            kind: ChannelKind::Text,
            name: name.to_owned(),
            topic: Some(topic.to_owned()),
            position: self.channels.len() as u32,
            parent: None,
            overwrites,
            recipient: None,
            last_message: None,
            thread: None,
            details: serde_json::Map::new(),
        };
        self.channels.insert(id, channel);
    }
}
