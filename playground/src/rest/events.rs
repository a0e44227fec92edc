//! `/guilds/{id}/scheduled-events`: the guild's calendar.
//! <https://discord.com/developers/docs/resources/guild-scheduled-event>

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::{Desk, Handled, Refusal, Reply};
use crate::{
    id::Id,
    limits::Findings,
    world::{
        ChannelKind, ScheduledEvent,
        permission::{CREATE_EVENTS, MANAGE_EVENTS},
        picked,
    },
};

const FIELDS: [&str; 9] = [
    "channel_id",
    "entity_metadata",
    "name",
    "privacy_level",
    "scheduled_start_time",
    "scheduled_end_time",
    "description",
    "entity_type",
    "recurrence_rule",
];
const EXTERNAL: u64 = 3;
const SCHEDULED: u64 = 1;

pub fn route(desk: &mut Desk, rest: &[&str]) -> Handled {
    match (desk.call.method.as_str(), rest) {
        ("GET", []) => {
            let all = desk.change.events.values();
            Ok(Reply::json(
                all.map(|event| desk.change.event_json(event)).collect(),
            ))
        }
        ("POST", []) => create(desk),
        ("GET", [id]) => Ok(Reply::json(desk.change.event_json(&find(desk, id)?))),
        ("PATCH", [id]) => edit(desk, id),
        ("DELETE", [id]) => {
            let event = find(desk, id)?;
            may_change(desk, &event)?;
            desk.change.remove_event(event.id);
            Ok(Reply::nothing())
        }
        // Nobody here says that they will come.
        ("GET", [id, "users"]) => find(desk, id).map(|_| Reply::json(json!([]))),
        _ => Err(Refusal::NOT_FOUND),
    }
}

fn find(desk: &Desk, id: &str) -> Result<ScheduledEvent, Refusal> {
    let event = id.parse().ok().and_then(|id: Id| desk.change.events.get(&id));
    event.cloned().ok_or(Refusal::UNKNOWN_EVENT)
}

/// The bot changes its own events with the right to make some, others' with the right to manage them.
fn may_change(desk: &Desk, event: &ScheduledEvent) -> Result<(), Refusal> {
    let app = desk.change.guild.app;
    let has = desk.change.guild_permissions(app);
    let own = event.creator == app && has & CREATE_EVENTS != 0;
    if own || has & MANAGE_EVENTS != 0 {
        Ok(())
    } else {
        Err(Refusal::MISSING_PERMISSIONS)
    }
}

fn create(desk: &mut Desk) -> Handled {
    let app = desk.change.guild.app;
    if desk.change.guild_permissions(app) & CREATE_EVENTS == 0 {
        return Err(Refusal::MISSING_PERMISSIONS);
    }
    let body = picked(&desk.call.body, &FIELDS);
    check(desk, &body)?;
    let event = ScheduledEvent {
        id: desk.change.next_id(),
        creator: app,
        status: SCHEDULED,
        body,
    };
    desk.change.put_event(&event);
    Ok(Reply::json(desk.change.event_json(&event)))
}

fn edit(desk: &mut Desk, id: &str) -> Handled {
    let mut event = find(desk, id)?;
    may_change(desk, &event)?;
    // Scheduled → active or cancelled, active → completed; nothing comes after.
    let status = desk.call.body["status"].as_u64().unwrap_or(event.status);
    if event.status > 2 || !matches!((event.status, status), (1, 1 | 2 | 4) | (2, 2 | 3)) {
        return Err(Refusal::EVENT_OVER);
    }
    let changes = picked(&desk.call.body, &FIELDS);
    let reschedules = changes.contains_key("scheduled_start_time");
    event.body.extend(changes);
    if reschedules {
        check(desk, &event.body)?;
    }
    event.status = status;
    desk.change.put_event(&event);
    Ok(Reply::json(desk.change.event_json(&event)))
}

fn check(desk: &Desk, body: &Map<String, Value>) -> Result<(), Refusal> {
    let field = |name: &str| body.get(name).unwrap_or(&Value::Null);
    let mut findings = Findings::default();
    findings.text("name", field("name"), 1, 100);
    findings.text("description", field("description"), 0, 1_000);
    let kind = field("entity_type").as_u64();
    if !kind.is_some_and(|kind| (1..=EXTERNAL).contains(&kind)) {
        findings.add(
            "entity_type",
            "BASE_TYPE_CHOICES",
            "Value must be one of (1, 2, 3).",
        );
    }
    if field("privacy_level") != 2 {
        findings.add("privacy_level", "BASE_TYPE_CHOICES", "Value must be one of (2,).");
    }
    let moment = |name: &str| {
        let text = field(name).as_str()?;
        Some(DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis())
    };
    let start = moment("scheduled_start_time");
    match start {
        None => findings.required("scheduled_start_time"),
        Some(start) if start < desk.change.now_ms() => {
            let why = "Cannot schedule event in the past.";
            findings.add("scheduled_start_time", "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST", why);
        }
        Some(_) => {}
    }
    if kind == Some(EXTERNAL) {
        findings.text(
            "entity_metadata.location",
            &field("entity_metadata")["location"],
            1,
            100,
        );
        if moment("scheduled_end_time") <= start {
            findings.required("scheduled_end_time");
        }
    } else {
        let channel = Id::read(field("channel_id")).and_then(|id| desk.change.channels.get(&id));
        if channel.is_none_or(|channel| channel.kind != ChannelKind::Voice) {
            findings.required("channel_id");
        }
    }
    findings.check()
}
