//! `/channels/{id}/messages`: reading, sending, editing and deleting messages.

use serde_json::{Value, json};

use super::{Desk, Handled, Refusal, Reply};
use crate::{
    gateway::{hub::without_content, intent},
    id::Id,
    limits::{self, Findings, Sending},
    world::{Channel, ChannelKind, Draft, Message, permission},
};

pub fn route(desk: &mut Desk, channel: Id, rest: &[&str]) -> Handled {
    match (desk.call.method.as_str(), rest) {
        ("GET", []) => list(desk, channel),
        ("POST", []) => send(desk, channel),
        ("GET", [message]) => get(desk, channel, message),
        ("PATCH", [message]) => edit(desk, channel, message),
        ("DELETE", [message]) => delete(desk, channel, message),
        ("POST", ["bulk-delete"]) => bulk_delete(desk, channel),
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// A message the bot can name: one that is there for everybody.
pub fn find(desk: &Desk, channel: Id, message: &str) -> Result<Message, Refusal> {
    let id = message.parse().map_err(|_| Refusal::UNKNOWN_MESSAGE)?;
    let found = desk
        .change
        .message(channel, id)
        .filter(|message| message.ephemeral_to.is_none());
    found.cloned().ok_or(Refusal::UNKNOWN_MESSAGE)
}

/// Refuses unless the bot may write here.
pub fn may_send(desk: &Desk, channel: &Channel) -> Result<(), Refusal> {
    let recipient = channel
        .recipient
        .and_then(|recipient| desk.change.users.get(&recipient));
    if recipient.is_some_and(|user| user.closed) {
        return Err(Refusal::CANNOT_DM);
    }
    if !channel.kind.holds_messages() {
        return Err(Refusal::NO_TEXT_CHANNEL);
    }
    let Some(thread) = &channel.thread else {
        return desk.change.bot_needs(channel, permission::SEND_MESSAGES);
    };
    desk.change
        .bot_needs(channel, permission::SEND_MESSAGES_IN_THREADS)?;
    let manages = desk.change.bot_needs(channel, permission::MANAGE_THREADS).is_ok();
    match (thread.locked && !manages, thread.archived) {
        (true, true) => Err(Refusal::THREAD_ARCHIVED),
        (true, false) => Err(Refusal::THREAD_LOCKED),
        (false, true) if desk.change.is_full_of_threads() => Err(Refusal::TOO_MANY_THREADS),
        (false, _) => Ok(()),
    }
}

/// A message as the bot may read it by REST.
fn readable(desk: &Desk, message: &Message) -> Value {
    let json = desk.change.message_json(message);
    let app = desk.change.guild.app;
    let direct = desk
        .change
        .channels
        .get(&message.channel)
        .is_some_and(|it| it.kind == ChannelKind::Dm);
    let reads = intent::reads_content(desk.change.guild.app_flags);
    let open = reads || direct || message.author == app || message.mentions.contains(&app);
    if open { json } else { without_content(&json) }
}

fn list(desk: &mut Desk, id: Id) -> Handled {
    let channel = desk.change.channel_of_bot(id)?;
    let call = desk.call;
    let limit = match call.param("limit").map(|limit| limit.parse::<usize>()) {
        None => 50,
        Some(Ok(limit)) if (1..=100).contains(&limit) => limit,
        Some(_) => {
            let why = "int value should be greater than or equal to 1 and less than or equal to 100.";
            return Err(Refusal::invalid(
                json!({"limit": {"_errors": [{"code": "NUMBER_TYPE_MAX", "message": why}]}}),
            ));
        }
    };
    // Discord answers a missing right to the history with an empty history.
    if desk
        .change
        .bot_needs(channel, permission::READ_MESSAGE_HISTORY)
        .is_err()
    {
        return Ok(Reply::json(json!([])));
    }
    let bound = |name: &str| call.param(name).and_then(|id| id.parse::<Id>().ok());
    let all: Vec<&Message> = desk.change.messages.get(&id).map_or_else(Vec::new, |all| {
        all.values()
            .filter(|message| message.ephemeral_to.is_none())
            .collect()
    });
    let at = |id: Id| all.partition_point(|message| message.id < id);
    let after = |id: Id| all.partition_point(|message| message.id <= id);
    let range = if let Some(middle) = bound("around") {
        at(middle).saturating_sub(limit / 2)..after(middle).saturating_add(limit / 2)
    } else if let Some(start) = bound("after") {
        after(start)..after(start).saturating_add(limit)
    } else {
        let end = bound("before").map_or(all.len(), at);
        end.saturating_sub(limit)..end
    };
    let chosen = &all[range.start..range.end.min(all.len())];
    Ok(Reply::json(
        chosen
            .iter()
            .rev()
            .take(limit)
            .map(|message| readable(desk, message))
            .collect(),
    ))
}

fn get(desk: &mut Desk, channel: Id, message: &str) -> Handled {
    let home = desk.change.channel_of_bot(channel)?;
    desk.change
        .bot_needs(home, permission::READ_MESSAGE_HISTORY)
        .map_err(|_| Refusal::MISSING_ACCESS)?;
    let message = find(desk, channel, message)?;
    Ok(Reply::json(readable(desk, &message)))
}

fn send(desk: &mut Desk, id: Id) -> Handled {
    let channel = desk.change.channel_of_bot(id)?.clone();
    may_send(desk, &channel)?;
    let (body, files) = (&desk.call.body, &desk.call.files);
    if !files.is_empty() {
        desk.change.bot_needs(&channel, permission::ATTACH_FILES)?;
    }
    if !body["poll"].is_null() {
        desk.change.bot_needs(&channel, permission::SEND_POLLS)?;
    }
    limits::message(body, files, "", Sending::New)?;
    let reference = replied_to(desk, id)?;
    let author = desk.change.guild.app;
    if body["enforce_nonce"] == true
        && !body["nonce"].is_null()
        && let Some(sent) = desk.change.sent_with_nonce(id, author, &body["nonce"])
    {
        return Ok(Reply::json(desk.change.message_json(sent)));
    }
    let kind = if reference.is_some() { 19 } else { 0 };
    let draft = Draft {
        channel: id,
        author,
        kind,
        cause: None,
        ephemeral_to: None,
        reference,
    };
    let message = desk.change.write_message(draft, body, files);
    let json = desk.change.message_json(&message);
    desk.change.deliver(&message, None);
    Ok(Reply::json(json))
}

fn replied_to(desk: &Desk, channel: Id) -> Result<Option<Id>, Refusal> {
    let reference = &desk.call.body["message_reference"];
    let Some(id) = Id::read(&reference["message_id"]) else {
        return Ok(None);
    };
    if desk.change.message(channel, id).is_some() {
        return Ok(Some(id));
    }
    if reference["fail_if_not_exists"] == false {
        return Ok(None);
    }
    let unknown = json!([{"code": "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "message": "Unknown message"}]);
    Err(Refusal::invalid(
        json!({"message_reference": {"_errors": unknown}}),
    ))
}

fn edit(desk: &mut Desk, id: Id, message: &str) -> Handled {
    let channel = desk.change.channel_of_bot(id)?.clone();
    let mut message = find(desk, id, message)?;
    if message.author != desk.change.guild.app {
        return Err(Refusal::NOT_YOUR_MESSAGE);
    }
    if channel.thread.as_ref().is_some_and(|thread| thread.archived) {
        return Err(Refusal::THREAD_ARCHIVED);
    }
    let (body, files) = (&desk.call.body, &desk.call.files);
    limits::message(body, files, "", Sending::Edit)?;
    refuse_emptied(&message, body, files.len())?;
    desk.change.fill_message(&mut message, body, files);
    message.edited_at = Some(desk.change.now());
    let json = desk.change.message_json(&message);
    desk.change.put_message(&message, None);
    Ok(Reply::json(json))
}

/// Refuses an edit after which nothing of the message would be left.
pub fn refuse_emptied(message: &Message, body: &Value, files: usize) -> Result<(), Refusal> {
    let has = |field: &str, old: bool| match body.get(field) {
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(_) => false,
        None => old,
    };
    let something = has("content", !message.content.is_empty())
        || has("embeds", !message.embeds.is_empty())
        || has("components", !message.components.is_empty())
        || has("attachments", !message.attachments.is_empty())
        || message.poll.is_some()
        || files > 0;
    if something {
        Ok(())
    } else {
        Err(Refusal::EMPTY_MESSAGE)
    }
}

fn delete(desk: &mut Desk, id: Id, message: &str) -> Handled {
    let channel = desk.change.channel_of_bot(id)?.clone();
    let message = find(desk, id, message)?;
    if message.author != desk.change.guild.app {
        desk.change.bot_needs(&channel, permission::MANAGE_MESSAGES)?;
    }
    if channel.thread.as_ref().is_some_and(|thread| thread.archived) {
        return Err(Refusal::THREAD_ARCHIVED);
    }
    desk.change.remove_message(id, message.id, None);
    Ok(Reply::nothing())
}

fn bulk_delete(desk: &mut Desk, id: Id) -> Handled {
    let channel = desk.change.channel_of_bot(id)?.clone();
    desk.change.bot_needs(&channel, permission::MANAGE_MESSAGES)?;
    let mut findings = Findings::default();
    let listed = desk.call.body["messages"].as_array().cloned().unwrap_or_default();
    limits::bulk(&mut findings, &desk.call.body["messages"]);
    findings.check()?;
    let listed: Vec<Id> = listed.iter().filter_map(Id::read).collect();
    desk.change.remove_messages(id, &listed);
    Ok(Reply::nothing())
}
