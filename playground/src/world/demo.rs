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
    let (guild, app, moderators, bot_role) = (mint.next(), mint.next(), mint.next(), mint.next());
    let role = |id, name: &str, permissions, position, color, managed| Role {
        id,
        name: name.to_owned(),
        permissions,
        position,
        color,
        managed,
        mentionable: false,
    };
    let roles = [
        role(guild, "@everyone", permission::EVERYONE, 0, 0, false),
        role(bot_role, "Tributary", permission::BOT, 1, 0, true),
        role(
            moderators,
            "Moderators",
            permission::EVERYONE | MANAGE_GUILD,
            2,
            0x2e_86_ab,
            false,
        ),
    ];
    let people: [(&str, Vec<Id>); 4] = [
        ("ana", vec![]),
        ("ben", vec![]),
        ("chloe", vec![]),
        ("mod", vec![moderators]),
    ];
    let mut users = BTreeMap::from([(
        app,
        User {
            id: app,
            name: "Tributary".to_owned(),
            bot: true,
        },
    )]);
    let mut members = BTreeMap::from([(
        app,
        Member {
            user: app,
            roles: vec![bot_role],
            joined_at: created_at.clone(),
        },
    )]);
    for (name, roles) in people {
        let id = mint.next();
        users.insert(
            id,
            User {
                id,
                name: name.to_owned(),
                bot: false,
            },
        );
        members.insert(
            id,
            Member {
                user: id,
                roles,
                joined_at: created_at.clone(),
            },
        );
    }
    // Nobody in the demo owns the guild: an owner may do everything, which would hide permission mistakes.
    let owner = mint.next();
    let hidden = vec![
        Overwrite {
            id: guild,
            kind: 0,
            allow: 0,
            deny: VIEW_CHANNEL,
        },
        Overwrite {
            id: moderators,
            kind: 0,
            allow: VIEW_CHANNEL,
            deny: 0,
        },
        Overwrite {
            id: bot_role,
            kind: 0,
            allow: VIEW_CHANNEL,
            deny: 0,
        },
    ];
    let channels = [
        ("lessons", "A lesson a day, and the talk about it", Vec::new()),
        ("lab", "Hands on: your own streams", Vec::new()),
        ("general", "Everything else", Vec::new()),
        ("moderators", "For moderators", hidden),
    ];
    let channels = channels
        .into_iter()
        .zip(0..)
        .map(|((name, topic, overwrites), position)| {
            let id = mint.next();
            let channel = Channel {
                id,
                kind: ChannelKind::Text,
                name: name.to_owned(),
                topic: Some(topic.to_owned()),
                position,
                parent: None,
                overwrites,
                recipient: None,
                last_message: None,
                thread: None,
            };
            (id, channel)
        });
    let channels = channels.collect();
    World {
        base: String::new(),
        offset_ms: 0,
        mint,
        guild: Guild {
            id: guild,
            name: "Demo".to_owned(),
            owner,
            created_at,
            app,
        },
        users,
        members,
        roles: roles.into_iter().map(|role| (role.id, role)).collect(),
        channels,
        messages: BTreeMap::new(),
        commands: BTreeMap::new(),
        interactions: BTreeMap::new(),
        modals: BTreeMap::new(),
    }
}
