//! `/channels/{id}` and what has no file of its own below it: typing, pins, permission overwrites.

use serde_json::{Value, json};

use super::{Desk, Handled, Refusal, Reply, messages, reactions, threads};
use crate::{
    gateway::intent,
    id::Id,
    limits::{Findings, thread_name},
    world::{ChannelKind, Overwrite, permission},
};

pub fn route(desk: &mut Desk, channel: Id, rest: &[&str]) -> Handled {
    match (desk.call.method.as_str(), rest) {
        ("GET", []) => {
            let found = desk.change.channel_of_bot(channel)?;
            Ok(Reply::json(desk.change.channel_json(found)))
        }
        ("PATCH", []) => patch(desk, channel),
        ("DELETE", []) => delete(desk, channel),
        ("POST", ["typing"]) => typing(desk, channel),
        ("GET", ["pins"]) => pins(desk, channel),
        ("PUT" | "DELETE", ["pins", message] | ["messages", "pins", message]) => pin(desk, channel, message),
        ("PUT" | "DELETE", ["permissions", whom]) => overwrite(desk, channel, whom),
        (_, ["messages", message, "reactions", rest @ ..]) => reactions::route(desk, channel, message, rest),
        ("POST", ["messages", message, "threads"]) => threads::from_message(desk, channel, message),
        (_, ["messages", rest @ ..]) => messages::route(desk, channel, rest),
        (_, ["threads" | "thread-members" | "users", ..]) => threads::route(desk, channel, rest),
        _ => Err(Refusal::NOT_FOUND),
    }
}

fn patch(desk: &mut Desk, id: Id) -> Handled {
    let channel = desk.change.channel_of_bot(id)?.clone();
    if channel.thread.is_some() {
        return threads::patch(desk, &channel);
    }
    if channel.kind == ChannelKind::Dm {
        return Err(Refusal::WRONG_CHANNEL_TYPE);
    }
    let body = &desk.call.body;
    let overwrites = body["permission_overwrites"].as_array();
    let needs = permission::MANAGE_CHANNELS
        | if overwrites.is_some() {
            permission::MANAGE_ROLES
        } else {
            0
        };
    desk.change.bot_needs(&channel, needs)?;
    let mut findings = Findings::default();
    if !body["name"].is_null() {
        thread_name(&mut findings, body);
    }
    findings.check()?;
    let edited = desk.change.edit_channel(id, |channel| {
        if let Some(name) = body["name"].as_str() {
            name.clone_into(&mut channel.name);
        }
        if let Some(topic) = body.get("topic") {
            channel.topic = topic.as_str().map(str::to_owned);
        }
        if let Some(overwrites) = overwrites {
            channel.overwrites = overwrites.iter().filter_map(read_overwrite).collect();
        }
    });
    let edited = edited.ok_or(Refusal::UNKNOWN_CHANNEL)?;
    Ok(Reply::json(desk.change.channel_json(&edited)))
}

fn delete(desk: &mut Desk, id: Id) -> Handled {
    let channel = desk.change.channel_of_bot(id)?.clone();
    let json = desk.change.channel_json(&channel);
    match (channel.kind, &channel.thread) {
        // Closing a direct conversation hides it; the messages stay.
        (ChannelKind::Dm, _) => return Ok(Reply::json(json)),
        (_, Some(_)) => desk.change.bot_needs(&channel, permission::MANAGE_THREADS)?,
        _ => desk.change.bot_needs(&channel, permission::MANAGE_CHANNELS)?,
    }
    desk.change.remove_channel(id);
    Ok(Reply::json(json))
}

fn typing(desk: &mut Desk, id: Id) -> Handled {
    let channel = desk.change.channel_of_bot(id)?.clone();
    messages::may_send(desk, &channel)?;
    let app = desk.change.guild.app;
    desk.change.notice(json!({"type": "typing", "channel_id": id}));
    let stamp = desk.change.now_ms() / 1000;
    let data =
        json!({"channel_id": id, "guild_id": desk.change.guild.id, "user_id": app, "timestamp": stamp});
    desk.change
        .tell_bot("TYPING_START", data, intent::GUILD_MESSAGE_TYPING);
    Ok(Reply::nothing())
}

fn pins(desk: &mut Desk, id: Id) -> Handled {
    desk.change.channel_of_bot(id)?;
    let all = desk
        .change
        .messages
        .get(&id)
        .into_iter()
        .flatten()
        .map(|(_, message)| message);
    let pinned = all.filter(|message| message.pinned && message.ephemeral_to.is_none());
    Ok(Reply::json(
        pinned.map(|message| desk.change.message_json(message)).collect(),
    ))
}

fn pin(desk: &mut Desk, id: Id, message: &str) -> Handled {
    let channel = desk.change.channel_of_bot(id)?.clone();
    if channel.kind != ChannelKind::Dm {
        desk.change.bot_needs(&channel, permission::MANAGE_MESSAGES)?;
    }
    let mut message = messages::find(desk, id, message)?;
    message.pinned = desk.call.method == "PUT";
    desk.change.put_message(&message, None);
    Ok(Reply::nothing())
}

fn overwrite(desk: &mut Desk, id: Id, whom: &str) -> Handled {
    let channel = desk.change.channel_of_bot(id)?.clone();
    desk.change.bot_needs(&channel, permission::MANAGE_ROLES)?;
    let whom: Id = whom.parse().map_err(|_| Refusal::UNKNOWN_ROLE)?;
    let mut body = desk.call.body.clone();
    body["id"] = json!(whom);
    let new = (desk.call.method == "PUT")
        .then(|| read_overwrite(&body))
        .flatten();
    desk.change.edit_channel(id, |channel| {
        channel.overwrites.retain(|it| it.id != whom);
        channel.overwrites.extend(new);
    });
    Ok(Reply::nothing())
}

fn read_overwrite(value: &Value) -> Option<Overwrite> {
    let bits = |field: &str| {
        value[field]
            .as_str()
            .and_then(|bits| bits.parse().ok())
            .unwrap_or(0)
    };
    let kind = value["type"].as_u64().unwrap_or(0) as u8;
    Some(Overwrite {
        id: Id::read(&value["id"])?,
        kind,
        allow: bits("allow"),
        deny: bits("deny"),
    })
}
