//! Writing cohorts and enrolments. Reading them is in `membership`.

use ::store::{Tx, id};
use chrono::{DateTime, Utc};

use super::NewCohort;

/// How many cohorts a guild has.
pub(super) async fn count(tx: &mut Tx, guild_id: u64) -> Result<usize, sqlx::Error> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM cohort WHERE guild_id = $1")
        .bind(guild_id as i64)
        .fetch_one(&mut **tx)
        .await?;
    Ok(count as usize)
}

/// Inserts a cohort; `None` where its name is taken.
pub(super) async fn insert(
    tx: &mut Tx,
    cohort: &NewCohort,
    now: DateTime<Utc>,
) -> Result<Option<String>, sqlx::Error> {
    let cohort_id = id::row();
    let done = sqlx::query(
        "INSERT INTO cohort (id, guild_id, name, name_key, track, path, channel_id, moderator_role_id, ping_role_id,
                             cron, timezone, modules_per_post, state, decided_until, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'active', $13, $14, $13)
         ON CONFLICT (guild_id, name_key) DO NOTHING",
    )
    .bind(&cohort_id)
    .bind(cohort.guild_id as i64)
    .bind(cohort.name.as_str())
    .bind(cohort.name.key())
    .bind(&cohort.track)
    .bind(&cohort.path)
    .bind(cohort.channel_id as i64)
    .bind(cohort.moderator_role_id.map(|role| role as i64))
    .bind(cohort.ping_role_id.map(|role| role as i64))
    .bind(cohort.schedule.cron())
    .bind(cohort.schedule.zone().name())
    .bind(cohort.modules_per_post as i64)
    .bind(now.timestamp_millis())
    .bind(cohort.created_by as i64)
    .execute(&mut **tx)
    .await?;
    Ok((done.rows_affected() == 1).then_some(cohort_id))
}

/// What joining came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joining {
    /// The member is in it for the first time.
    New,
    /// The member had left, and is back with everything they had.
    Back,
    /// The member was in it.
    Already,
}

/// Takes a member into a cohort.
pub async fn join(
    tx: &mut Tx,
    cohort_id: &str,
    member_id: u64,
    now: DateTime<Utc>,
) -> Result<Joining, sqlx::Error> {
    let before: Option<(Option<i64>,)> =
        sqlx::query_as("SELECT left_at FROM enrolment WHERE cohort_id = $1 AND member_id = $2")
            .bind(cohort_id)
            .bind(member_id as i64)
            .fetch_optional(&mut **tx)
            .await?;
    let joining = match before {
        None => Joining::New,
        Some((Some(_),)) => Joining::Back,
        Some((None,)) => return Ok(Joining::Already),
    };
    sqlx::query(
        "INSERT INTO enrolment (cohort_id, member_id, joined_at) VALUES ($1, $2, $3)
         ON CONFLICT (cohort_id, member_id) DO UPDATE SET joined_at = excluded.joined_at, left_at = NULL",
    )
    .bind(cohort_id)
    .bind(member_id as i64)
    .bind(now.timestamp_millis())
    .execute(&mut **tx)
    .await?;
    Ok(joining)
}

/// Takes a member out of a cohort, keeping what they did; whether they were in it.
pub async fn leave(
    tx: &mut Tx,
    cohort_id: &str,
    member_id: u64,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE enrolment SET left_at = $1 WHERE cohort_id = $2 AND member_id = $3 AND left_at IS NULL",
    )
    .bind(now.timestamp_millis())
    .bind(cohort_id)
    .bind(member_id as i64)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
