//! The rows of cohorts and posts as the scheduler reads them.

use chrono::NaiveDateTime;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::schedule::content::Frozen;
use crate::schedule::protocol::State;

/// A cohort as the scheduler sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// Our own id.
    pub id: String,
    /// Its guild.
    pub guild_id: u64,
    /// What people call it.
    pub name: String,
    /// The track's id.
    pub track: String,
    /// The id of the path that its posts follow.
    pub path: String,
    /// Where it posts.
    pub channel_id: u64,
    /// Whom a post pings, if a moderator chose so.
    pub ping_role_id: Option<u64>,
    /// Five fields, standard cron.
    pub cron: String,
    /// IANA name.
    pub timezone: String,
    /// 1 to 3.
    pub modules_per_post: usize,
    /// `active`, `paused` or `finished`.
    pub state: String,
    /// Every occurrence up to here has its row, Unix milliseconds.
    pub decided_until: i64,
    /// When the moderators were told of modules not yet written.
    pub told_of_drafts_at: Option<i64>,
    /// The moderator who made it: who gets a direct message where moderators have no channel.
    pub created_by: u64,
}

/// A post's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Our own id; the mark in the message holds it.
    pub id: String,
    /// Whose.
    pub cohort_id: String,
    /// Which occurrence.
    pub planned_local: NaiveDateTime,
    /// When that is, Unix milliseconds.
    pub planned_at: i64,
    /// Where it stands.
    pub state: State,
    /// The note shown with it.
    pub note: Option<String>,
    /// Whether it closes the cohort.
    pub closing: bool,
    /// The module ids, once bound.
    pub modules: Vec<String>,
    /// The message, once frozen.
    pub body: Option<Frozen>,
    /// The channel it went to, once frozen.
    pub channel_id: Option<u64>,
    /// Where a search for it begins.
    pub after_id: u64,
    /// Makes Discord drop a repeated send within minutes.
    pub nonce: String,
    /// The message.
    pub message_id: Option<u64>,
    /// Its thread.
    pub thread_id: Option<u64>,
    /// The process that works on it.
    pub owner: Option<String>,
    /// Rises with every change and every renewal.
    pub lease: i64,
    /// How often sending has begun.
    pub attempts: i64,
    /// What Discord refused, in words.
    pub failure: Option<String>,
}

pub(super) const COHORT: &str =
    "SELECT id, guild_id, name, track, path, channel_id, ping_role_id, cron, timezone, modules_per_post,
     state, decided_until, told_of_drafts_at, created_by FROM cohort";
pub(super) const POST: &str =
    "SELECT id, cohort_id, planned_local, planned_at, state, reason, kind, modules, body, channel_id,
     after_id, nonce, message_id, thread_id, owner, lease, attempts, failure FROM post";

/// How a civil time is stored.
pub(super) const LOCAL: &str = "%Y-%m-%dT%H:%M";

pub(super) fn cohort(row: &AnyRow) -> Result<Cohort, sqlx::Error> {
    Ok(Cohort {
        id: row.try_get("id")?,
        guild_id: unsigned(row, "guild_id")?,
        name: row.try_get("name")?,
        track: row.try_get("track")?,
        path: row.try_get("path")?,
        channel_id: unsigned(row, "channel_id")?,
        ping_role_id: optional(row, "ping_role_id")?,
        cron: row.try_get("cron")?,
        timezone: row.try_get("timezone")?,
        modules_per_post: unsigned(row, "modules_per_post")? as usize,
        state: row.try_get("state")?,
        decided_until: row.try_get("decided_until")?,
        told_of_drafts_at: row.try_get("told_of_drafts_at")?,
        created_by: unsigned(row, "created_by")?,
    })
}

pub(super) fn post(row: &AnyRow) -> Result<Post, sqlx::Error> {
    let state: String = row.try_get("state")?;
    let local: String = row.try_get("planned_local")?;
    let modules: Option<String> = row.try_get("modules")?;
    let body: Option<String> = row.try_get("body")?;
    let body = body
        .map(|body| serde_json::from_str(&body))
        .transpose()
        .map_err(unreadable)?;
    let kind: String = row.try_get("kind")?;
    Ok(Post {
        id: row.try_get("id")?,
        cohort_id: row.try_get("cohort_id")?,
        planned_local: civil(&local)?,
        planned_at: row.try_get("planned_at")?,
        state: State::read(&state).ok_or_else(|| unreadable(format!("a post in state {state}")))?,
        note: row.try_get("reason")?,
        closing: kind == "closing",
        modules: modules.as_deref().map(split).unwrap_or_default(),
        body,
        channel_id: optional(row, "channel_id")?,
        after_id: optional(row, "after_id")?.unwrap_or_default(),
        nonce: row.try_get("nonce")?,
        message_id: optional(row, "message_id")?,
        thread_id: optional(row, "thread_id")?,
        owner: row.try_get("owner")?,
        lease: row.try_get("lease")?,
        attempts: row.try_get("attempts")?,
        failure: row.try_get("failure")?,
    })
}

pub(super) fn split(modules: &str) -> Vec<String> {
    modules
        .split(',')
        .filter(|module| !module.is_empty())
        .map(str::to_owned)
        .collect()
}

pub(super) fn civil(text: &str) -> Result<NaiveDateTime, sqlx::Error> {
    NaiveDateTime::parse_from_str(text, LOCAL).map_err(unreadable)
}

fn unreadable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}

fn unsigned(row: &AnyRow, column: &str) -> Result<u64, sqlx::Error> {
    let value: i64 = row.try_get(column)?;
    Ok(value as u64)
}

fn optional(row: &AnyRow, column: &str) -> Result<Option<u64>, sqlx::Error> {
    let value: Option<i64> = row.try_get(column)?;
    Ok(value.map(|value| value as u64))
}
