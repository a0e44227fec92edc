//! The scheduler's SQL: decisions, leases, and the rows of posts. What the rows mean is in `plan` and `protocol`.
//!
//! A post's row is changed only by whoever holds its lease: every statement names owner and lease number, and raises
//! the number. A statement that changes no row says that the lease is lost.

use chrono::{DateTime, NaiveDateTime, Utc};
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::any::AnyRow;
use store::{Store, Tx, id};

use super::civil::Schedule;
use super::content::Frozen;
use super::plan::{Decided, Decision, skip};
use super::protocol::{Record, State};

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

const COHORT: &str =
    "SELECT id, guild_id, name, track, path, channel_id, ping_role_id, cron, timezone, modules_per_post,
     state, decided_until, told_of_drafts_at, created_by FROM cohort";
const POST: &str =
    "SELECT id, cohort_id, planned_local, planned_at, state, reason, kind, modules, body, channel_id,
     after_id, nonce, message_id, thread_id, owner, lease, attempts, failure FROM post";

/// How a civil time is stored.
const LOCAL: &str = "%Y-%m-%dT%H:%M";

/// Every cohort that has a future: running or paused.
pub async fn unfinished_cohorts(store: &Store) -> Result<Vec<Cohort>, sqlx::Error> {
    let sql = format!("{COHORT} WHERE state IN ('active', 'paused') ORDER BY id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .fetch_all(store.read())
        .await?;
    rows.iter().map(cohort).collect()
}

/// One cohort.
pub async fn cohort_by_id(store: &Store, cohort_id: &str) -> Result<Option<Cohort>, sqlx::Error> {
    let sql = format!("{COHORT} WHERE id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(cohort_id)
        .fetch_optional(store.read())
        .await?;
    row.as_ref().map(cohort).transpose()
}

/// One cohort, inside a write.
pub async fn cohort_in(tx: &mut Tx, cohort_id: &str) -> Result<Option<Cohort>, sqlx::Error> {
    let sql = format!("{COHORT} WHERE id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(cohort_id)
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(cohort).transpose()
}

/// One post.
pub async fn post_by_id(store: &Store, post_id: &str) -> Result<Option<Post>, sqlx::Error> {
    let sql = format!("{POST} WHERE id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(post_id)
        .fetch_optional(store.read())
        .await?;
    row.as_ref().map(post).transpose()
}

/// Posts with work left, oldest first.
pub async fn open_posts(store: &Store) -> Result<Vec<Post>, sqlx::Error> {
    let sql = format!(
        "{POST} WHERE decision = 'due' AND state IN ('planned', 'sending', 'posted', 'threaded')
         ORDER BY planned_at, part, id"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .fetch_all(store.read())
        .await?;
    rows.iter().map(post).collect()
}

/// Finished posts since `since` (real Unix milliseconds) whose sending began more than once: the only ones of which
/// a second message can exist.
pub async fn possible_twins(store: &Store, since: i64) -> Result<Vec<Post>, sqlx::Error> {
    let sql = format!(
        "{POST} WHERE state = 'done' AND message_id IS NOT NULL AND attempts > 1 AND sent_at >= $1 ORDER BY id"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(since)
        .fetch_all(store.read())
        .await?;
    rows.iter().map(post).collect()
}

/// Failed posts that the moderators have not been told of.
pub async fn untold_failures(store: &Store) -> Result<Vec<Post>, sqlx::Error> {
    let sql = format!("{POST} WHERE state = 'failed' AND told_at IS NULL ORDER BY planned_at, id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .fetch_all(store.read())
        .await?;
    rows.iter().map(post).collect()
}

/// Notes that the moderators know of a failure.
pub async fn told_of_failure(store: &Store, post_id: &str, now: i64) -> Result<(), sqlx::Error> {
    let mut tx = store.begin().await?;
    sqlx::query("UPDATE post SET told_at = $1 WHERE id = $2")
        .bind(now)
        .bind(post_id)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// Claims the one message about drafts that a cohort's moderators get; `false` where it has been sent.
pub async fn claim_telling_of_drafts(store: &Store, cohort_id: &str, now: i64) -> Result<bool, sqlx::Error> {
    let mut tx = store.begin().await?;
    let done =
        sqlx::query("UPDATE cohort SET told_of_drafts_at = $1 WHERE id = $2 AND told_of_drafts_at IS NULL")
            .bind(now)
            .bind(cohort_id)
            .execute(&mut *tx)
            .await?;
    tx.commit().await?;
    Ok(done.rows_affected() == 1)
}

/// The modules a cohort's posts have bound so far. A failed post bound nothing; one on its way has.
pub async fn bound_modules(store: &Store, cohort_id: &str) -> Result<Vec<String>, sqlx::Error> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT modules FROM post WHERE cohort_id = $1 AND decision = 'due' AND modules IS NOT NULL
         AND state IN ('sending', 'posted', 'threaded', 'done') ORDER BY planned_at, part",
    )
    .bind(cohort_id)
    .fetch_all(store.read())
    .await?;
    Ok(rows.iter().flat_map(|(modules,)| split(modules)).collect())
}

/// Whether a cohort's closing post stands.
pub async fn is_closed(store: &Store, cohort_id: &str) -> Result<bool, sqlx::Error> {
    let row: Option<(String,)> = sqlx::query_as(
        "SELECT id FROM post WHERE cohort_id = $1 AND kind = 'closing' AND decision = 'due'
         AND state IN ('sending', 'posted', 'threaded', 'done') LIMIT 1",
    )
    .bind(cohort_id)
    .fetch_optional(store.read())
    .await?;
    Ok(row.is_some())
}

/// Whether a later occurrence of the same cohort waits to be posted.
pub async fn has_newer(store: &Store, post: &Post) -> Result<bool, sqlx::Error> {
    let row: Option<(String,)> = sqlx::query_as(
        "SELECT id FROM post WHERE cohort_id = $1 AND decision = 'due' AND state = 'planned' AND planned_at > $2 LIMIT 1",
    )
    .bind(&post.cohort_id)
    .bind(post.planned_at)
    .fetch_optional(store.read())
    .await?;
    Ok(row.is_some())
}

/// A cohort's schedule, or what is wrong with it.
pub fn schedule_of(cohort: &Cohort) -> Result<Schedule, super::ScheduleError> {
    Schedule::parse(&cohort.cron, &cohort.timezone)
}

/// Writes decisions down, and that everything up to `now` is decided. `cohort` is as it was read: where it has
/// changed meanwhile (another process decided, a moderator changed the schedule), nothing is written and the next
/// round decides afresh.
pub async fn write_decisions(
    tx: &mut Tx,
    installation: &str,
    cohort: &Cohort,
    decided: &[Decided],
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let moved = sqlx::query(
        "UPDATE cohort SET decided_until = $1
         WHERE id = $2 AND decided_until = $3 AND cron = $4 AND timezone = $5 AND state = $6",
    )
    .bind(now.timestamp_millis())
    .bind(&cohort.id)
    .bind(cohort.decided_until)
    .bind(&cohort.cron)
    .bind(&cohort.timezone)
    .bind(&cohort.state)
    .execute(&mut **tx)
    .await?;
    if moved.rows_affected() == 0 {
        return Ok(false);
    }
    for row in decided {
        if matches!(row.decision, Decision::Due { .. }) {
            supersede(tx, &cohort.id).await?;
        }
        let place = Place {
            planned_local: row.occurrence.planned_local,
            part: 0,
            planned_at: row.occurrence.at,
        };
        insert(tx, installation, &cohort.id, place, &row.decision, now).await?;
    }
    Ok(true)
}

/// A scheduled post that has not been composed when the next one is due gives way to it.
async fn supersede(tx: &mut Tx, cohort_id: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE post SET decision = 'skip', state = 'done', reason = $1, lease = lease + 1
         WHERE cohort_id = $2 AND state = 'planned' AND decision = 'due' AND part = 0",
    )
    .bind(skip::SUPERSEDED)
    .bind(cohort_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Which post: an occurrence, and its part (0 for the schedule's own, from 1 for those made by hand).
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The civil time.
    pub planned_local: NaiveDateTime,
    /// 0 for the schedule's own.
    pub part: i64,
    /// The instant.
    pub planned_at: DateTime<Utc>,
}

/// Inserts a decision; `None` where this occurrence was decided before, which stands.
pub async fn insert(
    tx: &mut Tx,
    installation: &str,
    cohort_id: &str,
    place: Place,
    decision: &Decision,
    now: DateTime<Utc>,
) -> Result<Option<String>, sqlx::Error> {
    let local = place.planned_local.format(LOCAL).to_string();
    let (word, state, reason) = match decision {
        Decision::Due { note } => ("due", State::Planned, note.as_deref()),
        Decision::Skip(why) => ("skip", State::Done, Some(*why)),
    };
    let post_id = id::row();
    let done = sqlx::query(
        "INSERT INTO post (id, cohort_id, planned_local, part, planned_at, kind, decision, reason, state, nonce,
                           lease, attempts, decided_at)
         VALUES ($1, $2, $3, $4, $5, 'lesson', $6, $7, $8, $9, 0, 0, $10)
         ON CONFLICT (cohort_id, planned_local, part) DO NOTHING",
    )
    .bind(&post_id)
    .bind(cohort_id)
    .bind(&local)
    .bind(place.part)
    .bind(place.planned_at.timestamp_millis())
    .bind(word)
    .bind(reason)
    .bind(state.as_str())
    .bind(nonce(installation, cohort_id, &local, place.part))
    .bind(now.timestamp_millis())
    .execute(&mut **tx)
    .await?;
    Ok((done.rows_affected() == 1).then_some(post_id))
}

/// The first 24 hex digits of SHA-256 over what names a post: the same for every process that sends it.
pub fn nonce(installation: &str, cohort_id: &str, planned_local: &str, part: i64) -> String {
    let digest = Sha256::digest(format!("{installation}\n{cohort_id}\n{planned_local}\n{part}"));
    hex::encode(&digest[..12])
}

/// The first free part for a post made by hand at this minute.
pub async fn free_part(
    tx: &mut Tx,
    cohort_id: &str,
    planned_local: NaiveDateTime,
) -> Result<i64, sqlx::Error> {
    let (taken,): (i64,) =
        sqlx::query_as("SELECT COALESCE(MAX(part), 0) FROM post WHERE cohort_id = $1 AND planned_local = $2")
            .bind(cohort_id)
            .bind(planned_local.format(LOCAL).to_string())
            .fetch_one(&mut **tx)
            .await?;
    Ok(taken + 1)
}

/// The scheduled occurrences of a cohort, from a civil time on, that are decided ahead of time: skipped by hand.
pub async fn decided_ahead(
    store: &Store,
    cohort_id: &str,
    from: NaiveDateTime,
) -> Result<Vec<(NaiveDateTime, Option<String>)>, sqlx::Error> {
    let rows: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT planned_local, reason FROM post
         WHERE cohort_id = $1 AND part = 0 AND decision = 'skip' AND planned_local >= $2 ORDER BY planned_local",
    )
    .bind(cohort_id)
    .bind(from.format(LOCAL).to_string())
    .fetch_all(store.read())
    .await?;
    rows.into_iter()
        .map(|(local, reason)| Ok((civil(&local)?, reason)))
        .collect()
}

/// Claims a row as it was read: `seen` is its owner and lease then. The new lease number, or `None` where someone
/// was quicker.
pub async fn claim(store: &Store, post: &Post, me: &str) -> Result<Option<i64>, sqlx::Error> {
    let mut tx = store.begin().await?;
    let done = sqlx::query(
        "UPDATE post SET owner = $1, lease = lease + 1 WHERE id = $2 AND lease = $3 AND COALESCE(owner, '') = $4",
    )
    .bind(me)
    .bind(&post.id)
    .bind(post.lease)
    .bind(post.owner.as_deref().unwrap_or_default())
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok((done.rows_affected() == 1).then_some(post.lease + 1))
}

/// Gives back all leases of a process that ends in good order, so that the next one need not wait for their death.
pub async fn release(store: &Store, me: &str) -> Result<(), sqlx::Error> {
    let mut tx = store.begin().await?;
    sqlx::query("UPDATE post SET owner = NULL, lease = lease + 1 WHERE owner = $1")
        .bind(me)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// A lease held on a post: proof of the right to change its row.
#[derive(Clone, Debug)]
pub struct Lease {
    /// The post.
    pub post_id: String,
    /// This process.
    pub owner: String,
    /// The number last written.
    pub number: i64,
}

/// What is committed before the first send.
#[derive(Clone, Debug)]
pub struct Freeze<'a> {
    /// The message.
    pub body: &'a Frozen,
    /// The modules in it.
    pub modules: &'a [String],
    /// Whether it closes the cohort.
    pub closing: bool,
    /// Where it goes.
    pub channel_id: u64,
    /// The channel's last message so far.
    pub after_id: u64,
}

impl Lease {
    /// Says "still here". `false` where the lease is lost.
    pub async fn renew(&mut self, store: &Store) -> Result<bool, sqlx::Error> {
        let mut tx = store.begin().await?;
        let query =
            sqlx::query("UPDATE post SET lease = lease + 1 WHERE id = $1 AND owner = $2 AND lease = $3");
        let done = query
            .bind(&self.post_id)
            .bind(&self.owner)
            .bind(self.number)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(self.held(done.rows_affected()))
    }

    /// Commits the frozen message: from here on it may have been sent.
    pub async fn freeze(&mut self, store: &Store, freeze: &Freeze<'_>) -> Result<bool, sqlx::Error> {
        let body =
            serde_json::to_string(freeze.body).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        let mut tx = store.begin().await?;
        let done = sqlx::query(
            "UPDATE post SET state = 'sending', body = $1, modules = $2, kind = $3, channel_id = $4, after_id = $5,
                             lease = lease + 1
             WHERE id = $6 AND owner = $7 AND lease = $8",
        )
        .bind(body)
        .bind(freeze.modules.join(","))
        .bind(if freeze.closing { "closing" } else { "lesson" })
        .bind(freeze.channel_id as i64)
        .bind(freeze.after_id as i64)
        .bind(&self.post_id)
        .bind(&self.owner)
        .bind(self.number)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(self.held(done.rows_affected()))
    }

    /// Commits that a send begins, and renews the lease with it. `now` is real time, in Unix milliseconds.
    pub async fn begin_send(&mut self, store: &Store, now: i64) -> Result<bool, sqlx::Error> {
        let mut tx = store.begin().await?;
        let done = sqlx::query(
            "UPDATE post SET attempts = attempts + 1, sent_at = $1, lease = lease + 1
             WHERE id = $2 AND owner = $3 AND lease = $4 AND state = 'sending'",
        )
        .bind(now)
        .bind(&self.post_id)
        .bind(&self.owner)
        .bind(self.number)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(self.held(done.rows_affected()))
    }

    /// Commits a step of the protocol.
    pub async fn record(
        &mut self,
        store: &Store,
        record: &Record,
        words: Option<&str>,
    ) -> Result<bool, sqlx::Error> {
        let mut tx = store.begin().await?;
        let held = self.record_in(&mut tx, record, words).await?;
        if held && matches!(record, Record::Posted(_)) {
            close_cohort(&mut tx, &self.post_id).await?;
        }
        tx.commit().await?;
        Ok(held)
    }

    async fn record_in(
        &mut self,
        tx: &mut Tx,
        record: &Record,
        words: Option<&str>,
    ) -> Result<bool, sqlx::Error> {
        // One statement a record; each ends with the same three binds.
        let query = match record {
            Record::Skip(why) => sqlx::query(
                "UPDATE post SET decision = 'skip', state = 'done', reason = $1, modules = NULL, owner = NULL,
                                 lease = lease + 1 WHERE id = $2 AND owner = $3 AND lease = $4",
            )
            .bind(*why),
            Record::Posted(message) => sqlx::query(
                "UPDATE post SET state = 'posted', message_id = $1, lease = lease + 1
                 WHERE id = $2 AND owner = $3 AND lease = $4",
            )
            .bind(*message as i64),
            Record::Threaded(thread) => sqlx::query(
                "UPDATE post SET state = 'threaded', thread_id = $1, lease = lease + 1
                 WHERE id = $2 AND owner = $3 AND lease = $4",
            )
            .bind(thread.map(|thread| thread as i64)),
            Record::Done => sqlx::query(
                "UPDATE post SET state = $1, owner = NULL, lease = lease + 1 WHERE id = $2 AND owner = $3 AND lease = $4",
            )
            .bind(State::Done.as_str()),
            Record::Failed(_) => sqlx::query(
                "UPDATE post SET state = 'failed', failure = $1, owner = NULL, lease = lease + 1
                 WHERE id = $2 AND owner = $3 AND lease = $4",
            )
            .bind(words.unwrap_or_default().to_owned()),
        };
        let done = query
            .bind(&self.post_id)
            .bind(&self.owner)
            .bind(self.number)
            .execute(&mut **tx)
            .await?;
        Ok(self.held(done.rows_affected()))
    }

    fn held(&mut self, rows: u64) -> bool {
        self.number += i64::from(rows == 1);
        rows == 1
    }
}

/// With its closing post a cohort is finished.
async fn close_cohort(tx: &mut Tx, post_id: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE cohort SET state = 'finished'
         WHERE id = (SELECT cohort_id FROM post WHERE id = $1 AND kind = 'closing')",
    )
    .bind(post_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn cohort(row: &AnyRow) -> Result<Cohort, sqlx::Error> {
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

fn post(row: &AnyRow) -> Result<Post, sqlx::Error> {
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

fn split(modules: &str) -> Vec<String> {
    modules
        .split(',')
        .filter(|module| !module.is_empty())
        .map(str::to_owned)
        .collect()
}

fn civil(text: &str) -> Result<NaiveDateTime, sqlx::Error> {
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
