//! The learning-event log, the one source of progress, and the views kept with it.
//!
//! An event is appended and its views (`total`, `week_total`, `points_count`, `active_day`, `mark`) are changed in the same
//! transaction, by [`append`] alone; [`rebuild`] replays the log through the same code to the same values.

use chrono::{Datelike, Days, NaiveDate};
use sqlx::AnyConnection;

use crate::{Store, Tx};

/// One fact: a member did something.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The guild it happened in.
    pub guild_id: u64,
    /// The cohort it counts for.
    pub cohort_id: String,
    /// Who.
    pub member_id: u64,
    /// When, Unix milliseconds.
    pub at: i64,
    /// The member's civil day then.
    pub local_date: NaiveDate,
    /// What kind of fact: `read`, `quiz_passed`, …; also the kind of the mark it leaves.
    pub kind: String,
    /// What it is about, e.g. a module id.
    pub subject: String,
    /// What it is worth; negative where it takes points back.
    pub points: i64,
    /// A score from 0 to 1, where the kind has one.
    pub value: Option<f64>,
    /// The kind of mark on the same subject that this event takes back.
    pub retracts: Option<String>,
    /// Anything worth keeping beside it.
    pub detail: Option<String>,
}

/// What stands for a member on a subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// What it is about.
    pub subject: String,
    /// Its kind, an event's.
    pub kind: String,
    /// When it first happened since it was last taken back, Unix milliseconds.
    pub first_at: i64,
    /// When it last happened.
    pub last_at: i64,
    /// How often.
    pub times: i64,
    /// The best score, where the kind has scores.
    pub best: Option<f64>,
}

/// Appends one event and brings the views up to date.
pub async fn append(tx: &mut Tx, event: &Event) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO learning_event
             (seq, guild_id, cohort_id, member_id, at, local_date, kind, subject, points, value, retracts, detail)
         VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM learning_event), $1, $2, $3, $4, $5, $6, $7, $8, CAST($9 AS DOUBLE PRECISION), $10, $11)",
    )
    .bind(event.guild_id as i64)
    .bind(&event.cohort_id)
    .bind(event.member_id as i64)
    .bind(event.at)
    .bind(event.local_date.to_string())
    .bind(&event.kind)
    .bind(&event.subject)
    .bind(event.points)
    .bind(score(event))
    .bind(event.retracts.as_deref())
    .bind(event.detail.as_deref())
    .execute(&mut **tx)
    .await?;
    apply(tx, event).await
}

/// Appends the event unless its kind already stands on its subject for this member; says whether it was appended.
pub async fn append_once(tx: &mut Tx, event: &Event) -> Result<bool, sqlx::Error> {
    let standing: Option<(i64,)> = sqlx::query_as(
        "SELECT times FROM mark WHERE cohort_id = $1 AND member_id = $2 AND subject = $3 AND kind = $4",
    )
    .bind(&event.cohort_id)
    .bind(event.member_id as i64)
    .bind(&event.subject)
    .bind(&event.kind)
    .fetch_optional(&mut **tx)
    .await?;
    if standing.is_some() {
        return Ok(false);
    }
    append(tx, event).await?;
    Ok(true)
}

/// The Monday that begins the week of `day`.
pub fn week_of(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday())))
        .unwrap_or(day)
}

/// Every mark that stands for a member in a cohort.
pub async fn marks(store: &Store, cohort_id: &str, member_id: u64) -> Result<Vec<Mark>, sqlx::Error> {
    let rows: Vec<MarkRow> = sqlx::query_as(
        "SELECT subject, kind, first_at, last_at, times, best FROM mark
         WHERE cohort_id = $1 AND member_id = $2 ORDER BY first_at, subject, kind",
    )
    .bind(cohort_id)
    .bind(member_id as i64)
    .fetch_all(store.read())
    .await?;
    Ok(rows.into_iter().map(mark).collect())
}

/// The same inside a write, where the decision depends on it.
pub async fn marks_in(tx: &mut Tx, cohort_id: &str, member_id: u64) -> Result<Vec<Mark>, sqlx::Error> {
    let rows: Vec<MarkRow> = sqlx::query_as(
        "SELECT subject, kind, first_at, last_at, times, best FROM mark
         WHERE cohort_id = $1 AND member_id = $2 ORDER BY first_at, subject, kind",
    )
    .bind(cohort_id)
    .bind(member_id as i64)
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(mark).collect())
}

/// Throws the views away and makes them again from the log, in one transaction. Returns how many events were replayed.
pub async fn rebuild(store: &Store) -> Result<u64, sqlx::Error> {
    /// Events read at a time, so that a long log needs little memory.
    const PAGE: i64 = 1_000;
    let mut tx = store.begin().await?;
    for clear in [
        "DELETE FROM total",
        "DELETE FROM week_total",
        "DELETE FROM points_count",
        "DELETE FROM active_day",
        "DELETE FROM mark",
    ] {
        sqlx::query(clear).execute(&mut *tx).await?;
    }
    let mut after = 0;
    let mut replayed = 0;
    loop {
        let rows: Vec<EventRow> = sqlx::query_as(
            "SELECT seq, guild_id, cohort_id, member_id, at, local_date, kind, subject, points, value, retracts
             FROM learning_event WHERE seq > $1 ORDER BY seq LIMIT $2",
        )
        .bind(after)
        .bind(PAGE)
        .fetch_all(&mut *tx)
        .await?;
        let Some(last) = rows.last() else { break };
        after = last.0;
        for row in rows {
            apply(&mut tx, &event(row)?).await?;
            replayed += 1;
        }
    }
    tx.commit().await?;
    Ok(replayed)
}

type MarkRow = (String, String, i64, i64, i64, Option<f64>);
type EventRow = (
    i64,
    i64,
    String,
    i64,
    i64,
    String,
    String,
    String,
    i64,
    Option<f64>,
    Option<String>,
);

fn mark((subject, kind, first_at, last_at, times, best): MarkRow) -> Mark {
    Mark {
        subject,
        kind,
        first_at,
        last_at,
        times,
        best,
    }
}

fn event(row: EventRow) -> Result<Event, sqlx::Error> {
    let (_, guild_id, cohort_id, member_id, at, local_date, kind, subject, points, value, retracts) = row;
    Ok(Event {
        guild_id: guild_id as u64,
        cohort_id,
        member_id: member_id as u64,
        at,
        local_date: local_date
            .parse()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        kind,
        subject,
        points,
        value,
        retracts,
        detail: None,
    })
}

/// A score as text, to be cast in SQL: sqlx's `Any` prepares a statement for PostgreSQL with the type of the first value it
/// sees, and a NULL there has another than a number. Rust writes the shortest text that reads back the same.
fn score(event: &Event) -> Option<String> {
    event.value.map(|value| value.to_string())
}

async fn apply(connection: &mut AnyConnection, event: &Event) -> Result<(), sqlx::Error> {
    let member = event.member_id as i64;
    let week = week_of(event.local_date).to_string();
    let (points,): (i64,) = sqlx::query_as(
        "INSERT INTO total (cohort_id, member_id, points, last_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (cohort_id, member_id) DO UPDATE SET
             points = total.points + excluded.points,
             last_at = CASE WHEN excluded.points = 0 THEN total.last_at ELSE excluded.last_at END
         RETURNING points",
    )
    .bind(&event.cohort_id)
    .bind(member)
    .bind(event.points)
    .bind(event.at)
    .fetch_one(&mut *connection)
    .await?;
    recount(
        connection,
        &event.cohort_id,
        ALL_TIME,
        points - event.points,
        points,
    )
    .await?;
    let (points,): (i64,) = sqlx::query_as(
        "INSERT INTO week_total (cohort_id, week, member_id, points, last_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (cohort_id, week, member_id) DO UPDATE SET
             points = week_total.points + excluded.points,
             last_at = CASE WHEN excluded.points = 0 THEN week_total.last_at ELSE excluded.last_at END
         RETURNING points",
    )
    .bind(&event.cohort_id)
    .bind(&week)
    .bind(member)
    .bind(event.points)
    .bind(event.at)
    .fetch_one(&mut *connection)
    .await?;
    recount(connection, &event.cohort_id, &week, points - event.points, points).await?;
    sqlx::query(
        "INSERT INTO active_day (cohort_id, member_id, local_date, points, events) VALUES ($1, $2, $3, $4, 1)
         ON CONFLICT (cohort_id, member_id, local_date) DO UPDATE SET
             points = active_day.points + excluded.points, events = active_day.events + 1",
    )
    .bind(&event.cohort_id)
    .bind(member)
    .bind(event.local_date.to_string())
    .bind(event.points)
    .execute(&mut *connection)
    .await?;
    if let Some(retracted) = &event.retracts {
        sqlx::query(
            "DELETE FROM mark WHERE cohort_id = $1 AND member_id = $2 AND subject = $3 AND kind = $4",
        )
        .bind(&event.cohort_id)
        .bind(member)
        .bind(&event.subject)
        .bind(retracted)
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query(
        "INSERT INTO mark (cohort_id, member_id, subject, kind, first_at, last_at, times, best)
         VALUES ($1, $2, $3, $4, $5, $5, 1, CAST($6 AS DOUBLE PRECISION))
         ON CONFLICT (cohort_id, member_id, subject, kind) DO UPDATE SET
             last_at = excluded.last_at,
             times = mark.times + 1,
             best = CASE WHEN mark.best IS NULL OR excluded.best > mark.best THEN excluded.best ELSE mark.best END",
    )
    .bind(&event.cohort_id)
    .bind(member)
    .bind(&event.subject)
    .bind(&event.kind)
    .bind(event.at)
    .bind(score(event))
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// What `points_count` has in place of a week for the points of all time.
pub const ALL_TIME: &str = "";

/// Moves a member from those with `before` points to those with `after`. Members without points are not counted.
async fn recount(
    connection: &mut AnyConnection,
    cohort_id: &str,
    week: &str,
    before: i64,
    after: i64,
) -> Result<(), sqlx::Error> {
    if before == after {
        return Ok(());
    }
    if before > 0 {
        for leave in [
            "UPDATE points_count SET members = members - 1 WHERE cohort_id = $1 AND week = $2 AND points = $3",
            "DELETE FROM points_count WHERE cohort_id = $1 AND week = $2 AND points = $3 AND members <= 0",
        ] {
            sqlx::query(leave)
                .bind(cohort_id)
                .bind(week)
                .bind(before)
                .execute(&mut *connection)
                .await?;
        }
    }
    if after > 0 {
        sqlx::query(
            "INSERT INTO points_count (cohort_id, week, points, members) VALUES ($1, $2, $3, 1)
             ON CONFLICT (cohort_id, week, points) DO UPDATE SET members = points_count.members + 1",
        )
        .bind(cohort_id)
        .bind(week)
        .bind(after)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
