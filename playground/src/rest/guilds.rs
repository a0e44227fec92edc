//! `/guilds/{id}`: the one guild, its channels, roles and members.

use serde_json::json;

use super::{Desk, Handled, Refusal, Reply, channels, events, roles, threads};
use crate::{id::Id, world::Channel};

pub fn route(desk: &mut Desk, guild: &str, rest: &[&str]) -> Handled {
    if guild.parse::<Id>() != Ok(desk.change.guild.id) {
        return Err(Refusal::UNKNOWN_GUILD);
    }
    match (desk.call.method.as_str(), rest) {
        (_, ["roles", rest @ ..]) => return roles::route(desk, rest),
        (_, ["scheduled-events", rest @ ..]) => return events::route(desk, rest),
        (_, ["members", user, "roles", role]) => return roles::give_or_take(desk, user, role),
        ("PATCH", ["members", user]) => return roles::edit_member(desk, user),
        ("POST", ["channels"]) => return channels::create(desk),
        ("GET", _) => {}
        _ => return Err(Refusal::MISSING_PERMISSIONS),
    }
    let world = &desk.change;
    let app = world.guild.app;
    match rest {
        [] | ["preview"] => Ok(Reply::json(world.guild_json())),
        ["channels"] => {
            let all = world.channels.values().filter(|it| it.kind.is_guild());
            Ok(Reply::json(
                all.map(|channel| world.channel_json(channel)).collect(),
            ))
        }
        // The whole list needs the members intent, which a bot here does not have.
        ["members"] => Err(Refusal::MISSING_ACCESS),
        ["members", "search"] => {
            let wanted = desk.call.param("query").unwrap_or_default().to_lowercase();
            let found = world
                .users
                .values()
                .filter(|user| user.name.to_lowercase().starts_with(&wanted));
            Ok(Reply::json(
                found.map(|user| world.member_json(user.id)).collect(),
            ))
        }
        ["members", user] => {
            let id =
                if *user == "@me" { Ok(app) } else { user.parse() }.map_err(|_| Refusal::UNKNOWN_USER)?;
            if world.members.contains_key(&id) {
                Ok(Reply::json(world.member_json(id)))
            } else {
                Err(Refusal::UNKNOWN_MEMBER)
            }
        }
        ["threads", "active"] => {
            let open = |it: &&Channel| {
                it.thread.as_ref().is_some_and(|thread| !thread.archived) && world.sees(app, it)
            };
            let open: Vec<&Channel> = world.channels.values().filter(open).collect();
            Ok(Reply::json(threads::thread_list(desk, &open, None)))
        }
        ["emojis" | "stickers" | "invites" | "webhooks" | "bans"] | ["auto-moderation", "rules"] => {
            Ok(Reply::json(json!([])))
        }
        ["soundboard-sounds"] => Ok(Reply::json(json!({"items": []}))),
        _ => Err(Refusal::NOT_FOUND),
    }
}
