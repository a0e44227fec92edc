//! What moderators do to a cohort's posts: post now, skip the next, pause, resume, another schedule, a preview.
//! Each is one write, made inside the caller's transaction; the scheduler carries out what was written.

use std::collections::HashMap;

use chrono::{DateTime, Duration, NaiveDateTime, Timelike, Utc};
use store::{Store, Tx};

use super::civil::{Occurrence, Schedule};
use super::plan::{Decision, decide, skip};
use super::protocol::State;
use super::store::{self as rows, Cohort, Place};

/// Why a cohort's posts can't be changed.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The cohort is gone.
    #[error("there is no such cohort")]
    NoCohort,
    /// Its stored schedule can't be read.
    #[error(transparent)]
    Schedule(#[from] super::ScheduleError),
    /// The database.
    #[error("the database failed: {0}")]
    Store(#[from] sqlx::Error),
}

/// One line of a preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upcoming {
    /// When.
    pub occurrence: Occurrence,
    /// Whether a moderator has skipped it.
    pub skipped: bool,
}

/// How a post is getting on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not there yet.
    Underway,
    /// It stands.
    Posted {
        /// Its channel.
        channel_id: u64,
        /// The message.
        message_id: u64,
        /// Its thread, if it could be opened.
        thread_id: Option<u64>,
    },
    /// There was nothing to post; why, in words.
    Skipped(String),
    /// Discord refused; what a moderator can do, in words.
    Failed(String),
}

/// Plans a post of the next module for right now, beside the schedule. The id leads to its [`outcome`].
pub async fn post_now(
    tx: &mut Tx,
    installation: &str,
    cohort_id: &str,
    now: DateTime<Utc>,
) -> Result<String, PlanError> {
    let cohort = cohort(tx, cohort_id).await?;
    let local = minute(
        now.with_timezone(&rows::schedule_of(&cohort)?.zone())
            .naive_local(),
    );
    // Someone may ask twice within a minute, and the schedule's own post may be of this minute too.
    let part = rows::free_part(tx, cohort_id, local).await?;
    let place = Place {
        planned_local: local,
        part,
        planned_at: now,
    };
    let due = Decision::Due { note: None };
    // The part was free a statement ago, in this same transaction, and writers take turns.
    rows::insert(tx, installation, cohort_id, place, &due, now)
        .await?
        .ok_or(PlanError::NoCohort)
}

/// Skips the next occurrence that is not skipped yet; `None` where the schedule names no more. Nothing is lost: the
/// module comes with the occurrence after it.
pub async fn skip_next(
    tx: &mut Tx,
    installation: &str,
    cohort_id: &str,
    now: DateTime<Utc>,
) -> Result<Option<Occurrence>, PlanError> {
    let cohort = cohort(tx, cohort_id).await?;
    for occurrence in rows::schedule_of(&cohort)?.occurrences_after(now) {
        let place = Place {
            planned_local: occurrence.planned_local,
            part: 0,
            planned_at: occurrence.at,
        };
        let decision = Decision::Skip(skip::MODERATOR);
        if rows::insert(tx, installation, cohort_id, place, &decision, now)
            .await?
            .is_some()
        {
            return Ok(Some(occurrence));
        }
    }
    Ok(None)
}

/// Stops a cohort's posts until it is resumed; whether it was running. What is due already is still posted.
pub async fn pause(
    tx: &mut Tx,
    installation: &str,
    cohort_id: &str,
    now: DateTime<Utc>,
) -> Result<bool, PlanError> {
    settle(tx, installation, cohort_id, now).await?;
    Ok(rows::set_state(tx, cohort_id, "active", "paused").await?)
}

/// Lets a paused cohort's posts go on where they stopped; whether it was paused. What passed meanwhile is skipped.
pub async fn resume(
    tx: &mut Tx,
    installation: &str,
    cohort_id: &str,
    now: DateTime<Utc>,
) -> Result<bool, PlanError> {
    settle(tx, installation, cohort_id, now).await?;
    Ok(rows::set_state(tx, cohort_id, "paused", "active").await?)
}

/// Gives a cohort another schedule from now on. What the old one named up to now is decided by the old one.
pub async fn reschedule(
    tx: &mut Tx,
    installation: &str,
    cohort_id: &str,
    schedule: &Schedule,
    now: DateTime<Utc>,
) -> Result<(), PlanError> {
    settle(tx, installation, cohort_id, now).await?;
    Ok(rows::set_schedule(tx, cohort_id, schedule, now).await?)
}

/// The next `count` occurrences, those skipped by hand among them.
pub async fn preview(
    store: &Store,
    cohort_id: &str,
    count: usize,
    now: DateTime<Utc>,
) -> Result<Vec<Upcoming>, PlanError> {
    let cohort = rows::cohort_by_id(store, cohort_id)
        .await?
        .ok_or(PlanError::NoCohort)?;
    let schedule = rows::schedule_of(&cohort)?;
    // A skipped day's occurrence is planned up to a day before the clock shows it.
    let from = now.with_timezone(&schedule.zone()).naive_local() - Duration::days(2);
    let decided: HashMap<NaiveDateTime, bool> = rows::decided_from(store, cohort_id, from)
        .await?
        .into_iter()
        .collect();
    Ok(schedule
        .occurrences_after(now)
        .map(|occurrence| (occurrence, decided.get(&occurrence.planned_local)))
        // One that was posted does not come again, though a clock was set back.
        .filter(|(_, decided)| *decided != Some(&false))
        .map(|(occurrence, decided)| Upcoming {
            occurrence,
            skipped: decided.is_some(),
        })
        .take(count)
        .collect())
}

/// How a post is getting on; `None` where there is none with this id.
pub async fn outcome(store: &Store, post_id: &str) -> Result<Option<Outcome>, PlanError> {
    let Some(post) = rows::post_by_id(store, post_id).await? else {
        return Ok(None);
    };
    Ok(Some(match (post.state, post.message_id, post.channel_id) {
        (State::Threaded | State::Done, Some(message_id), Some(channel_id)) => Outcome::Posted {
            channel_id,
            message_id,
            thread_id: post.thread_id,
        },
        (State::Done, ..) => Outcome::Skipped(post.note.unwrap_or_default()),
        (State::Failed, ..) => Outcome::Failed(post.failure.unwrap_or_default()),
        _ => Outcome::Underway,
    }))
}

async fn cohort(tx: &mut Tx, cohort_id: &str) -> Result<Cohort, PlanError> {
    rows::cohort_in(tx, cohort_id).await?.ok_or(PlanError::NoCohort)
}

/// Decides everything up to now, by the schedule and state as they are before they change.
async fn settle(
    tx: &mut Tx,
    installation: &str,
    cohort_id: &str,
    now: DateTime<Utc>,
) -> Result<(), PlanError> {
    let cohort = cohort(tx, cohort_id).await?;
    if cohort.state == "finished" || cohort.decided_until >= now.timestamp_millis() {
        return Ok(());
    }
    let until = DateTime::from_timestamp_millis(cohort.decided_until).unwrap_or(now);
    // A schedule that can't be read any more names nothing: it is there to be replaced.
    let decided = match rows::schedule_of(&cohort) {
        Ok(schedule) => decide(&schedule, cohort.state == "paused", until, now),
        Err(_) => Vec::new(),
    };
    rows::write_decisions(tx, installation, &cohort, &decided, now).await?;
    Ok(())
}

fn minute(local: NaiveDateTime) -> NaiveDateTime {
    local
        .with_second(0)
        .and_then(|local| local.with_nanosecond(0))
        .unwrap_or(local)
}
