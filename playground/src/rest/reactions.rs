//! Reactions with ordinary emoji.

use serde_json::json;

use super::{Desk, Handled, Refusal, Reply, decoded, messages};
use crate::{
    gateway::intent,
    id::Id,
    world::{Message, Reaction, permission},
};

pub fn route(desk: &mut Desk, channel: Id, message: &str, rest: &[&str]) -> Handled {
    let home = desk.change.channel_of_bot(channel)?.clone();
    let message = messages::find(desk, channel, message)?;
    if home.thread.as_ref().is_some_and(|thread| thread.archived) && desk.call.method != "GET" {
        return Err(Refusal::THREAD_ARCHIVED);
    }
    let manage = permission::MANAGE_MESSAGES;
    match (desk.call.method.as_str(), rest) {
        ("PUT", [emoji, "@me"]) => {
            desk.change.bot_needs(
                &home,
                permission::ADD_REACTIONS | permission::READ_MESSAGE_HISTORY,
            )?;
            let me = desk.change.guild.app;
            Ok(add(desk, message, &decoded(emoji), me))
        }
        ("DELETE", [emoji, user]) => {
            let me = desk.change.guild.app;
            let user = if *user == "@me" {
                me
            } else {
                user.parse().map_err(|_| Refusal::UNKNOWN_USER)?
            };
            if user != me {
                desk.change.bot_needs(&home, manage)?;
            }
            Ok(remove(desk, message, |it, emoji_of| {
                emoji_of == decoded(emoji) && *it == user
            }))
        }
        ("DELETE", [emoji]) => {
            desk.change.bot_needs(&home, manage)?;
            Ok(remove(desk, message, |_, emoji_of| emoji_of == decoded(emoji)))
        }
        ("DELETE", []) => {
            desk.change.bot_needs(&home, manage)?;
            Ok(remove(desk, message, |_, _| true))
        }
        ("GET", [emoji]) => {
            let emoji = decoded(emoji);
            let users = message
                .reactions
                .iter()
                .filter(|it| it.emoji == emoji)
                .flat_map(|it| &it.users);
            Ok(Reply::json(
                users.map(|user| desk.change.user_json(*user)).collect(),
            ))
        }
        _ => Err(Refusal::NOT_FOUND),
    }
}

fn add(desk: &mut Desk, mut message: Message, emoji: &str, user: Id) -> Reply {
    match message.reactions.iter_mut().find(|it| it.emoji == emoji) {
        Some(reaction) if reaction.users.contains(&user) => return Reply::nothing(),
        Some(reaction) => reaction.users.push(user),
        None => message.reactions.push(Reaction {
            emoji: emoji.to_owned(),
            users: vec![user],
        }),
    }
    let data = json!({
        "user_id": user, "channel_id": message.channel, "message_id": message.id, "guild_id": desk.change.guild.id,
        "member": desk.change.member_json(user), "emoji": {"id": null, "name": emoji},
        "message_author_id": message.author, "burst": false, "burst_colors": [], "type": 0,
    });
    desk.change.note_message(&message);
    desk.change
        .tell_bot("MESSAGE_REACTION_ADD", data, intent::GUILD_MESSAGE_REACTIONS);
    Reply::nothing()
}

fn remove(desk: &mut Desk, mut message: Message, gone: impl Fn(&Id, &str) -> bool) -> Reply {
    let mut removed = Vec::new();
    for Reaction { emoji, users } in &mut message.reactions {
        removed.extend(
            users
                .iter()
                .filter(|user| gone(user, emoji))
                .map(|user| (*user, emoji.clone())),
        );
        users.retain(|user| !gone(user, emoji));
    }
    message.reactions.retain(|reaction| !reaction.users.is_empty());
    let (channel, id) = (message.channel, message.id);
    desk.change.note_message(&message);
    for (user, emoji) in removed {
        let data = json!({
            "user_id": user, "channel_id": channel, "message_id": id, "guild_id": desk.change.guild.id,
            "emoji": {"id": null, "name": emoji}, "burst": false, "type": 0,
        });
        desk.change
            .tell_bot("MESSAGE_REACTION_REMOVE", data, intent::GUILD_MESSAGE_REACTIONS);
    }
    Reply::nothing()
}
