//! The scheduler's SQL: decisions, leases, and the rows of posts. What the rows mean is in `plan` and `protocol`.
//!
//! A post's row is changed only by whoever holds its lease (`lease`), but for one not yet begun, which may give way.

use chrono::{DateTime, NaiveDateTime, Utc};
use sha2::{Digest, Sha256};
use store::{Store, Tx, id};

use super::civil::Schedule;
use super::plan::{Decided, Decision, skip};
use super::protocol::State;

mod lease;
mod rows;

pub use lease::{Freeze, Lease, claim, release};
pub use rows::{Cohort, Post};

use rows::{COHORT, LOCAL, POST, civil, cohort, post, split};

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

/// The modules of the post that this thread belongs to. A thread has its message's id, which is known before the thread is.
pub async fn modules_of_thread(store: &Store, thread_id: u64) -> Result<Option<Vec<String>>, sqlx::Error> {
    let row: Option<(Option<String>,)> =
        sqlx::query_as("SELECT modules FROM post WHERE thread_id = $1 OR message_id = $1")
            .bind(thread_id as i64)
            .fetch_optional(store.read())
            .await?;
    Ok(row.map(|(modules,)| modules.map(|modules| split(&modules)).unwrap_or_default()))
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
        let place = Place {
            planned_local: row.occurrence.planned_local,
            part: 0,
            planned_at: row.occurrence.at,
        };
        let new = insert(tx, installation, &cohort.id, place, &row.decision, now).await?;
        if let (Some(post_id), Decision::Due { .. }) = (new, &row.decision) {
            supersede(tx, &cohort.id, &post_id).await?;
        }
    }
    Ok(true)
}

/// A scheduled post that has not been composed when the next one is due gives way to it.
async fn supersede(tx: &mut Tx, cohort_id: &str, by: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE post SET decision = 'skip', state = 'done', reason = $1, lease = lease + 1
         WHERE cohort_id = $2 AND state = 'planned' AND decision = 'due' AND part = 0 AND id <> $3",
    )
    .bind(skip::SUPERSEDED)
    .bind(cohort_id)
    .bind(by)
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

/// The scheduled occurrences of a cohort, from a civil time on, that have their row already; `true` where it says skip.
pub async fn decided_from(
    store: &Store,
    cohort_id: &str,
    from: NaiveDateTime,
) -> Result<Vec<(NaiveDateTime, bool)>, sqlx::Error> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT planned_local, decision FROM post
         WHERE cohort_id = $1 AND part = 0 AND planned_local >= $2 ORDER BY planned_local",
    )
    .bind(cohort_id)
    .bind(from.format(LOCAL).to_string())
    .fetch_all(store.read())
    .await?;
    rows.into_iter()
        .map(|(local, decision)| Ok((civil(&local)?, decision == "skip")))
        .collect()
}

/// Gives a cohort another schedule, by which everything from `now` on is decided.
pub async fn set_schedule(
    tx: &mut Tx,
    cohort_id: &str,
    schedule: &Schedule,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE cohort SET cron = $1, timezone = $2, decided_until = $3 WHERE id = $4")
        .bind(schedule.cron())
        .bind(schedule.zone().name())
        .bind(now.timestamp_millis())
        .bind(cohort_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Takes a cohort from one state to another; `false` where it is not in the first.
pub async fn set_state(tx: &mut Tx, cohort_id: &str, from: &str, to: &str) -> Result<bool, sqlx::Error> {
    let query = sqlx::query("UPDATE cohort SET state = $1 WHERE id = $2 AND state = $3");
    let done = query
        .bind(to)
        .bind(cohort_id)
        .bind(from)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}
