//! Threads by REST: starting them, their members, archiving and finding them again.

use serde_json::{Map, Value, json};

use super::{Desk, Handled, Refusal, Reply, messages};
use crate::{
    id::Id,
    limits::{self, Findings, Sending, thread_name},
    world::{
        Channel, ChannelKind, Draft, NewThread,
        permission::{
            CREATE_PRIVATE_THREADS, CREATE_PUBLIC_THREADS, MANAGE_THREADS, READ_MESSAGE_HISTORY,
            SEND_MESSAGES, SEND_MESSAGES_IN_THREADS, VIEW_CHANNEL,
        },
        picked, thread_member_json,
    },
};

const ARCHIVE_AFTER: [u64; 4] = [60, 1_440, 4_320, 10_080];
const ARCHIVE_AFTER_BY_DEFAULT: u64 = 4_320;

pub fn route(desk: &mut Desk, channel: Id, rest: &[&str]) -> Handled {
    match (desk.call.method.as_str(), rest) {
        ("POST", ["threads"]) => start(desk, channel),
        ("GET", ["threads", "archived", "public"]) => archived(desk, channel, &Archived::Public),
        ("GET", ["threads", "archived", "private"]) => archived(desk, channel, &Archived::Private),
        ("GET", ["users", "@me", "threads", "archived", "private"]) => {
            archived(desk, channel, &Archived::Joined)
        }
        ("GET", ["thread-members"]) => members(desk, channel),
        ("GET", ["thread-members", user]) => member(desk, channel, user),
        ("PUT" | "DELETE", ["thread-members", user]) => set_member(desk, channel, user),
        _ => Err(Refusal::NOT_FOUND),
    }
}

fn check_new(desk: &Desk, parent: &Channel) -> Result<u32, Refusal> {
    if !matches!(
        parent.kind,
        ChannelKind::Text | ChannelKind::Announcement | ChannelKind::Forum
    ) {
        return Err(Refusal::WRONG_CHANNEL_TYPE);
    }
    let mut findings = Findings::default();
    thread_name(&mut findings, &desk.call.body);
    findings.check()?;
    let minutes = archive_after(&desk.call.body)?.unwrap_or(ARCHIVE_AFTER_BY_DEFAULT);
    if desk.change.is_full_of_threads() {
        Err(Refusal::TOO_MANY_THREADS)
    } else {
        Ok(minutes as u32)
    }
}

fn archive_after(body: &Value) -> Result<Option<u64>, Refusal> {
    match &body["auto_archive_duration"] {
        Value::Null => Ok(None),
        minutes
            if minutes
                .as_u64()
                .is_some_and(|minutes| ARCHIVE_AFTER.contains(&minutes)) =>
        {
            Ok(minutes.as_u64())
        }
        _ => {
            let why = "Value must be one of {60, 1440, 4320, 10080}.";
            let error = json!({"_errors": [{"code": "BASE_TYPE_CHOICES", "message": why}]});
            Err(Refusal::invalid(json!({"auto_archive_duration": error})))
        }
    }
}

fn name(desk: &Desk) -> String {
    desk.call.body["name"]
        .as_str()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

pub fn from_message(desk: &mut Desk, channel: Id, message: &str) -> Handled {
    let parent = desk.change.channel_of_bot(channel)?.clone();
    desk.change
        .bot_needs(&parent, CREATE_PUBLIC_THREADS | READ_MESSAGE_HISTORY)?;
    let message = messages::find(desk, channel, message)?;
    if desk.change.channels.contains_key(&message.id) {
        return Err(Refusal::HAS_THREAD);
    }
    let auto_archive = check_new(desk, &parent)?;
    let id = desk.change.open_thread(NewThread {
        parent: channel,
        name: name(desk),
        kind: ChannelKind::PublicThread,
        owner: desk.change.guild.app,
        from: Some(message.id),
        auto_archive,
        invitable: true,
        details: Map::new(),
    });
    shown(desk, id)
}

fn start(desk: &mut Desk, channel: Id) -> Handled {
    let parent = desk.change.channel_of_bot(channel)?.clone();
    if parent.kind == ChannelKind::Forum {
        return post(desk, &parent);
    }
    let (kind, needs) = match desk.call.body["type"].as_u64() {
        Some(11) => (ChannelKind::PublicThread, CREATE_PUBLIC_THREADS),
        // Discord's own default.
        Some(12) | None => (ChannelKind::PrivateThread, CREATE_PRIVATE_THREADS),
        Some(_) => return Err(Refusal::WRONG_CHANNEL_TYPE),
    };
    desk.change.bot_needs(&parent, needs)?;
    let auto_archive = check_new(desk, &parent)?;
    let id = desk.change.open_thread(NewThread {
        parent: channel,
        name: name(desk),
        kind,
        owner: desk.change.guild.app,
        from: None,
        auto_archive,
        invitable: desk.call.body["invitable"] != false,
        details: picked(&desk.call.body, &["rate_limit_per_user"]),
    });
    shown(desk, id)
}

/// A post in a forum: a thread that begins with a message of its own, which bears its id.
fn post(desk: &mut Desk, forum: &Channel) -> Handled {
    desk.change.bot_needs(forum, SEND_MESSAGES)?;
    let auto_archive = check_new(desk, forum)?;
    let body = &desk.call.body;
    let tags = body["applied_tags"].as_array().map_or(&[][..], Vec::as_slice);
    let known = forum.details.get("available_tags").and_then(Value::as_array);
    let is_known =
        |tag: &Value| known.is_some_and(|all| all.iter().any(|it| Id::read(&it["id"]) == Id::read(tag)));
    if tags.len() > 5 || !tags.iter().all(is_known) {
        let error = json!({"_errors": [{"code": "BASE_TYPE_CHOICES", "message": "Not tags of this forum."}]});
        return Err(Refusal::invalid(json!({"applied_tags": error})));
    }
    limits::message(&body["message"], &desk.call.files, "message", Sending::New)?;
    let app = desk.change.guild.app;
    let id = desk.change.open_thread(NewThread {
        parent: forum.id,
        name: name(desk),
        kind: ChannelKind::PublicThread,
        owner: app,
        from: None,
        auto_archive,
        invitable: true,
        details: picked(body, &["rate_limit_per_user", "applied_tags"]),
    });
    let draft = Draft {
        channel: id,
        author: app,
        kind: 0,
        cause: None,
        ephemeral_to: None,
        reference: None,
    };
    let mut message = desk
        .change
        .write_message(draft, &body["message"], &desk.call.files);
    message.id = id;
    desk.change.deliver(&message, None);
    let mut shown = shown(desk, id)?;
    shown.add("message", desk.change.message_json(&message));
    Ok(shown)
}

fn shown(desk: &Desk, id: Id) -> Handled {
    let thread = desk.change.channels.get(&id).ok_or(Refusal::UNKNOWN_CHANNEL)?;
    Ok(Reply::created(desk.change.channel_json(thread)))
}

pub fn patch(desk: &mut Desk, channel: &Channel) -> Handled {
    let thread = channel.thread.as_ref().ok_or(Refusal::WRONG_CHANNEL_TYPE)?;
    let body = &desk.call.body;
    let archived = body["archived"].as_bool();
    let locked = body["locked"].as_bool();
    let wakes_only = archived == Some(false) && !thread.locked;
    let manages = desk.change.bot_needs(channel, MANAGE_THREADS);
    let mine = thread.owner == desk.change.guild.app;
    if locked.is_some_and(|locked| locked != thread.locked) || !(mine || wakes_only) {
        manages?;
    } else if wakes_only {
        desk.change.bot_needs(channel, SEND_MESSAGES_IN_THREADS)?;
    }
    let edits = [
        "name",
        "applied_tags",
        "auto_archive_duration",
        "invitable",
        "rate_limit_per_user",
        "flags",
    ];
    if thread.archived && archived != Some(false) && edits.iter().any(|field| body.get(*field).is_some()) {
        return Err(Refusal::THREAD_ARCHIVED);
    }
    if thread.archived && archived == Some(false) && desk.change.is_full_of_threads() {
        return Err(Refusal::TOO_MANY_THREADS);
    }
    let minutes = archive_after(body)?;
    let renamed = body.get("name").map(|_| name(desk));
    if renamed.is_some() {
        let mut findings = Findings::default();
        thread_name(&mut findings, body);
        findings.check()?;
    }
    let now = desk.change.now();
    let edited = desk.change.edit_channel(channel.id, |channel| {
        channel.name = renamed.unwrap_or_else(|| channel.name.clone());
        channel.describe(body, &["rate_limit_per_user", "applied_tags", "flags"]);
        let Some(thread) = &mut channel.thread else { return };
        if archived.is_some_and(|archived| archived != thread.archived) {
            thread.archive_changed_at = now;
        }
        thread.archived = archived.unwrap_or(thread.archived);
        thread.locked = locked.unwrap_or(thread.locked);
        thread.auto_archive = minutes.map_or(thread.auto_archive, |minutes| minutes as u32);
        thread.invitable = body["invitable"].as_bool().unwrap_or(thread.invitable);
    });
    let edited = edited.ok_or(Refusal::UNKNOWN_CHANNEL)?;
    Ok(Reply::json(desk.change.channel_json(&edited)))
}

fn thread_of(desk: &Desk, id: Id) -> Result<Channel, Refusal> {
    let channel = desk.change.channel_of_bot(id)?;
    if channel.thread.is_none() {
        Err(Refusal::WRONG_CHANNEL_TYPE)
    } else {
        Ok(channel.clone())
    }
}

fn members(desk: &mut Desk, id: Id) -> Handled {
    let channel = thread_of(desk, id)?;
    let with_member = desk.call.flag("with_member");
    let users = channel.thread.iter().flat_map(|thread| thread.members.keys());
    let all = users.map(|user| {
        let mut json = thread_member_json(&channel, *user);
        if with_member {
            json["member"] = desk.change.member_json(*user);
        }
        json
    });
    Ok(Reply::json(all.collect()))
}

fn member(desk: &mut Desk, id: Id, user: &str) -> Handled {
    let channel = thread_of(desk, id)?;
    let user = named(desk, user)?;
    let inside = channel
        .thread
        .as_ref()
        .is_some_and(|thread| thread.members.contains_key(&user));
    if inside {
        Ok(Reply::json(thread_member_json(&channel, user)))
    } else {
        Err(Refusal::UNKNOWN_MEMBER)
    }
}

fn named(desk: &Desk, user: &str) -> Result<Id, Refusal> {
    if user == "@me" {
        return Ok(desk.change.guild.app);
    }
    let id = user.parse().map_err(|_| Refusal::UNKNOWN_USER)?;
    if desk.change.members.contains_key(&id) {
        Ok(id)
    } else {
        Err(Refusal::UNKNOWN_MEMBER)
    }
}

fn set_member(desk: &mut Desk, id: Id, user: &str) -> Handled {
    let channel = thread_of(desk, id)?;
    let user = named(desk, user)?;
    let thread = channel.thread.as_ref().ok_or(Refusal::WRONG_CHANNEL_TYPE)?;
    if thread.archived {
        return Err(Refusal::THREAD_ARCHIVED);
    }
    let app = desk.change.guild.app;
    let adds = desk.call.method == "PUT";
    if adds && user != app {
        desk.change.bot_needs(&channel, SEND_MESSAGES_IN_THREADS)?;
        // A thread is only for those who see the channel it hangs on.
        if desk.change.permissions(user, &channel) & VIEW_CHANNEL == 0 {
            return Err(Refusal::MISSING_ACCESS);
        }
    } else if !adds && user != app && !(channel.kind == ChannelKind::PrivateThread && thread.owner == app) {
        desk.change.bot_needs(&channel, MANAGE_THREADS)?;
    }
    desk.change.set_thread_member(id, user, adds);
    Ok(Reply::nothing())
}

enum Archived {
    Public,
    Private,
    Joined,
}

fn archived(desk: &mut Desk, id: Id, which: &Archived) -> Handled {
    let parent = desk.change.channel_of_bot(id)?;
    let needs = if matches!(which, Archived::Private) {
        MANAGE_THREADS
    } else {
        0
    };
    desk.change.bot_needs(parent, READ_MESSAGE_HISTORY | needs)?;
    let app = desk.change.guild.app;
    let limit = desk
        .call
        .param("limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(50)
        .clamp(2, 100);
    let before = desk.call.param("before").map(std::borrow::Cow::into_owned);
    let mut found: Vec<(String, &Channel)> = desk
        .change
        .channels
        .values()
        .filter(|channel| channel.parent == Some(id))
        .filter_map(|channel| {
            let thread = channel.thread.as_ref().filter(|thread| thread.archived)?;
            let inside = thread.members.contains_key(&app);
            let fits = match which {
                Archived::Public => channel.kind == ChannelKind::PublicThread,
                Archived::Private => channel.kind == ChannelKind::PrivateThread,
                Archived::Joined => channel.kind == ChannelKind::PrivateThread && inside,
            };
            // Joined private threads are paged by id, the others by when they were archived.
            let key = if matches!(which, Archived::Joined) {
                format!("{:020}", channel.id.0)
            } else {
                thread.archive_changed_at.clone()
            };
            fits.then_some((key, channel))
        })
        .collect();
    if let Some(before) = before {
        let bound = before
            .parse::<Id>()
            .map_or_else(|_| comparable(&before), |id| format!("{:020}", id.0));
        found.retain(|(key, _)| *key < bound);
    }
    found.sort_by(|a, b| b.0.cmp(&a.0));
    let has_more = found.len() > limit;
    found.truncate(limit);
    let threads: Vec<&Channel> = found.into_iter().map(|(_, channel)| channel).collect();
    Ok(Reply::json(thread_list(desk, &threads, Some(has_more))))
}

/// A moment in the form the stored stamps have, so that the two compare as text.
fn comparable(moment: &str) -> String {
    chrono::DateTime::parse_from_rfc3339(moment).map_or_else(
        |_| moment.to_owned(),
        |moment| crate::world::stamp(moment.timestamp_millis()),
    )
}

/// Threads with the bot's own membership, as Discord lists them.
pub fn thread_list(desk: &Desk, threads: &[&Channel], has_more: Option<bool>) -> Value {
    let app = desk.change.guild.app;
    let joined = threads.iter().filter(|it| {
        it.thread
            .as_ref()
            .is_some_and(|thread| thread.members.contains_key(&app))
    });
    let mut list = json!({
        "threads": threads.iter().map(|thread| desk.change.channel_json(thread)).collect::<Vec<_>>(),
        "members": joined.map(|thread| thread_member_json(thread, app)).collect::<Vec<_>>(),
    });
    if let Some(has_more) = has_more {
        list["has_more"] = json!(has_more);
    }
    list
}
