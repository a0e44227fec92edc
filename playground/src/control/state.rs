//! `GET /api/state`: the whole world at a glance.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Map, Value, json};

use crate::{
    shared::Shared,
    world::{Role, World, permission},
};

pub async fn state(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    let people = world.users.values().filter(|user| !user.bot);
    let users: Vec<Value> = people.map(|user| person(&world, user)).collect();
    let roles_of = |user| world.members.get(&user).map(|member| member.roles.clone());
    let messages: Map<String, Value> = world
        .messages
        .iter()
        .map(|(channel, all)| {
            (
                channel.to_string(),
                all.values().map(|it| world.shown_message_json(it)).collect(),
            )
        })
        .collect();
    let mut channels: Vec<_> = world.channels.values().collect();
    channels.sort_by_key(|channel| {
        (
            channel.thread.is_some(),
            channel.recipient,
            channel.position,
            channel.id,
        )
    });
    let roles = world.roles.values().filter(|role| role.id != world.guild.id);
    Json(json!({
        "users": users,
        "channels": channels.iter().map(|channel| world.shown_channel_json(channel)).collect::<Vec<_>>(),
        "messages": messages,
        "commands": world.commands.values().map(|command| world.command_json(command)).collect::<Vec<_>>(),
        "roles": roles.map(role_json).collect::<Vec<_>>(),
        "events": world.events.values().map(|event| world.event_json(event)).collect::<Vec<_>>(),
        "clock": world.now(),
        "next_due": shared.followers.next_due().and_then(rfc3339),
        "guild": {"id": world.guild.id, "name": world.guild.name},
        "bot": {"id": world.guild.app, "connected": shared.hub.has_bot(), "roles": roles_of(world.guild.app)},
    }))
}

fn rfc3339(ms: i64) -> Option<String> {
    chrono::DateTime::from_timestamp_millis(ms).map(|moment| moment.to_rfc3339())
}

fn person(world: &World, user: &crate::world::User) -> Value {
    let moderator = world.guild_permissions(user.id) & permission::MANAGE_GUILD != 0;
    let roles = world.members.get(&user.id).map(|member| &member.roles);
    json!({"id": user.id, "name": user.name, "moderator": moderator, "roles": roles})
}

fn role_json(role: &Role) -> Value {
    json!({"id": role.id, "name": role.name, "color": role.color, "position": role.position})
}
