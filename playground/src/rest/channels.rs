//! Making channels, `/channels/{id}`, and what has no file of its own below it: typing, pins, permission overwrites.

use serde_json::{Map, Value, json};

use super::{Desk, Handled, Refusal, Reply, messages, polls, reactions, threads};
use crate::{
    gateway::intent,
    id::Id,
    limits::{Findings, thread_name},
    world::{Channel, ChannelKind, Overwrite, permission},
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
        ("GET", ["messages", "pins"]) => pins_with_dates(desk, channel),
        (_, ["polls", message, rest @ ..]) => polls::route(desk, channel, message, rest),
        (_, ["messages", message, "reactions", rest @ ..]) => reactions::route(desk, channel, message, rest),
        ("POST", ["messages", message, "threads"]) => threads::from_message(desk, channel, message),
        (_, ["messages", rest @ ..]) => messages::route(desk, channel, rest),
        (_, ["threads" | "thread-members" | "users", ..]) => threads::route(desk, channel, rest),
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// What a channel can be told beside its name, place and permissions.
const DETAILS: [&str; 12] = [
    "nsfw",
    "rate_limit_per_user",
    "bitrate",
    "user_limit",
    "rtc_region",
    "video_quality_mode",
    "default_auto_archive_duration",
    "default_thread_rate_limit_per_user",
    "default_reaction_emoji",
    "default_sort_order",
    "default_forum_layout",
    "flags",
];

/// `POST /guilds/{id}/channels`.
pub fn create(desk: &mut Desk) -> Handled {
    let app = desk.change.guild.app;
    let body = &desk.call.body;
    if desk.change.guild_permissions(app) & permission::MANAGE_CHANNELS == 0 {
        return Err(Refusal::MISSING_PERMISSIONS);
    }
    let overwrites = read_overwrites(desk)?;
    let kind =
        ChannelKind::of_guild(body["type"].as_u64().unwrap_or(0)).ok_or(Refusal::WRONG_CHANNEL_TYPE)?;
    let mut findings = Findings::default();
    findings.text("name", &body["name"], 1, 100);
    check(desk, &mut findings, kind);
    findings.check()?;
    let name = body["name"].as_str().unwrap_or_default();
    let spaced = matches!(kind, ChannelKind::Voice | ChannelKind::Category);
    let mut channel = Channel {
        id: desk.change.next_id(),
        kind,
        // The names of text channels have no spaces.
        name: if spaced {
            name.to_owned()
        } else {
            name.to_lowercase().replace(' ', "-")
        },
        topic: body["topic"].as_str().map(str::to_owned),
        position: desk
            .change
            .channels
            .values()
            .filter(|it| it.kind.is_guild())
            .count() as u32,
        parent: Id::read(&body["parent_id"]),
        overwrites: overwrites.unwrap_or_default(),
        recipient: None,
        last_message: None,
        thread: None,
        details: Map::new(),
    };
    channel.describe(body, &DETAILS);
    tag(desk, &mut channel);
    desk.change.add_channel(&channel);
    Ok(Reply::created(desk.change.channel_json(&channel)))
}

/// Checks what a request says of a channel, its name apart.
fn check(desk: &Desk, findings: &mut Findings, kind: ChannelKind) {
    let body = &desk.call.body;
    let longest = if kind == ChannelKind::Forum { 4_096 } else { 1_024 };
    findings.text("topic", &body["topic"], 0, longest);
    if body["rate_limit_per_user"]
        .as_u64()
        .is_some_and(|seconds| seconds > 21_600)
    {
        let why = "int value should be less than or equal to 21600.";
        findings.add("rate_limit_per_user", "NUMBER_TYPE_MAX", why);
    }
    let tags = findings.list("available_tags", &body["available_tags"], 0, 20);
    for (n, tag) in tags.iter().enumerate() {
        findings.text(&format!("available_tags.{n}.name"), &tag["name"], 1, 20);
    }
    let parent = Id::read(&body["parent_id"]).map(|id| desk.change.channels.get(&id));
    if parent.is_some_and(|parent| parent.is_none_or(|it| it.kind != ChannelKind::Category)) {
        findings.add("parent_id", "CHANNEL_PARENT_INVALID", "Category does not exist");
    }
}

/// Takes over a forum's tags; new ones get their ids.
fn tag(desk: &mut Desk, channel: &mut Channel) {
    let Some(tags) = desk.call.body["available_tags"].as_array() else {
        return;
    };
    let tagged = tags.iter().map(|tag| {
        let id = Id::read(&tag["id"]).unwrap_or_else(|| desk.change.next_id());
        let moderated = tag["moderated"] == true;
        json!({
            "id": id, "name": tag["name"], "moderated": moderated, "emoji_id": tag["emoji_id"],
            "emoji_name": tag["emoji_name"],
        })
    });
    let tagged = tagged.collect();
    channel.details.insert("available_tags".to_owned(), tagged);
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
    let overwrites = read_overwrites(desk)?;
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
    check(desk, &mut findings, channel.kind);
    findings.check()?;
    let mut tagged = channel;
    tag(desk, &mut tagged);
    let edited = desk.change.edit_channel(id, |channel| {
        channel.details = tagged.details;
        channel.describe(body, &DETAILS);
        if let Some(parent) = body.get("parent_id") {
            channel.parent = Id::read(parent);
        }
        if let Some(position) = body["position"].as_u64() {
            channel.position = position as u32;
        }
        if let Some(name) = body["name"].as_str() {
            name.clone_into(&mut channel.name);
        }
        if let Some(topic) = body.get("topic") {
            channel.topic = topic.as_str().map(str::to_owned);
        }
        if let Some(overwrites) = overwrites {
            channel.overwrites = overwrites;
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

/// The same as Discord's newer route lists them: with when, the latest first, in pages.
fn pins_with_dates(desk: &mut Desk, id: Id) -> Handled {
    desk.change.channel_of_bot(id)?;
    let all = desk
        .change
        .messages
        .get(&id)
        .into_iter()
        .flat_map(|all| all.values().rev());
    let pinned = all.filter(|message| message.pinned && message.ephemeral_to.is_none());
    let items: Vec<Value> = pinned
        .map(|message| json!({"pinned_at": message.sent_at, "message": desk.change.message_json(message)}))
        .collect();
    Ok(Reply::json(json!({"items": items, "has_more": false})))
}

fn pin(desk: &mut Desk, id: Id, message: &str) -> Handled {
    let channel = desk.change.channel_of_bot(id)?.clone();
    if channel.kind != ChannelKind::Dm {
        desk.change.bot_needs(&channel, permission::MANAGE_MESSAGES)?;
    }
    let mut message = messages::find(desk, id, message)?;
    message.pinned = desk.call.method == "PUT";
    desk.change.put_message(&message, None);
    let mut data = json!({"channel_id": id, "last_pin_timestamp": desk.change.now()});
    if channel.kind != ChannelKind::Dm {
        data["guild_id"] = json!(desk.change.guild.id);
    }
    desk.change.tell_bot("CHANNEL_PINS_UPDATE", data, intent::GUILDS);
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
    may_set(desk, new.as_slice())?;
    desk.change.edit_channel(id, |channel| {
        channel.overwrites.retain(|it| it.id != whom);
        channel.overwrites.extend(new);
    });
    Ok(Reply::nothing())
}

/// The exceptions a request lists, if the bot may make them.
fn read_overwrites(desk: &Desk) -> Result<Option<Vec<Overwrite>>, Refusal> {
    let Some(listed) = desk.call.body["permission_overwrites"].as_array() else {
        return Ok(None);
    };
    let read: Vec<Overwrite> = listed.iter().filter_map(read_overwrite).collect();
    may_set(desk, &read)?;
    Ok(Some(read))
}

/// A bot allows and denies what it has itself.
fn may_set(desk: &Desk, overwrites: &[Overwrite]) -> Result<(), Refusal> {
    let has = desk.change.guild_permissions(desk.change.guild.app);
    if overwrites.iter().all(|it| (it.allow | it.deny) & !has == 0) {
        Ok(())
    } else {
        Err(Refusal::MISSING_PERMISSIONS)
    }
}

fn read_overwrite(value: &Value) -> Option<Overwrite> {
    let bits = |field: &str| permission::read(&value[field]).unwrap_or(0);
    let kind = value["type"].as_u64().unwrap_or(0) as u8;
    Some(Overwrite {
        id: Id::read(&value["id"])?,
        kind,
        allow: bits("allow"),
        deny: bits("deny"),
    })
}
