//! What waits for a moderator's word, and what was said.

use ::store::{Store, Tx, id};
use sqlx::Error;

use crate::quiz::{Attempt, ReviewState};

/// An answer that a moderator is to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewRow {
    /// Its id.
    pub id: String,
    /// Where it belongs.
    pub cohort_id: String,
    /// Whose answer.
    pub member_id: u64,
    /// In which attempt.
    pub attempt_id: String,
    /// At which question, from 0.
    pub position: usize,
    /// Whether it is decided.
    pub state: ReviewState,
    /// Since when it waits, Unix milliseconds.
    pub opened_at: i64,
}

/// Asks for a moderator's word on an answer, once; says whether it was asked only now.
pub async fn ask_moderator(
    tx: &mut Tx,
    guild_id: u64,
    attempt: &Attempt,
    position: usize,
    now: i64,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO review (id, guild_id, cohort_id, member_id, attempt_id, position, state, opened_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'open', $7) ON CONFLICT (attempt_id, position) DO NOTHING",
    )
    .bind(id::row())
    .bind(guild_id as i64)
    .bind(&attempt.cohort_id)
    .bind(attempt.member_id as i64)
    .bind(&attempt.id)
    .bind(position as i64)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

type RawReview = (String, String, i64, String, i64, String, i64);

fn review_row((id, cohort_id, member_id, attempt_id, position, state, opened_at): RawReview) -> ReviewRow {
    ReviewRow {
        id,
        cohort_id,
        member_id: member_id as u64,
        attempt_id,
        position: position as usize,
        state: ReviewState::read(&state),
        opened_at,
    }
}

/// What waits for a cohort's moderators, oldest first.
pub async fn open_reviews(store: &Store, cohort_id: &str) -> Result<Vec<ReviewRow>, Error> {
    let rows: Vec<RawReview> = sqlx::query_as(
        "SELECT id, cohort_id, member_id, attempt_id, position, state, opened_at FROM review
         WHERE cohort_id = $1 AND state = 'open' ORDER BY opened_at, id",
    )
    .bind(cohort_id)
    .fetch_all(store.read())
    .await?;
    Ok(rows.into_iter().map(review_row).collect())
}

/// Who made a cohort or has decided an answer in it.
pub async fn moderators_known(store: &Store, cohort_id: &str) -> Result<Vec<u64>, Error> {
    let rows: Vec<(i64,)> = sqlx::query_as(
        "SELECT created_by FROM cohort WHERE id = $1
         UNION SELECT decided_by FROM review WHERE cohort_id = $1 AND decided_by IS NOT NULL",
    )
    .bind(cohort_id)
    .fetch_all(store.read())
    .await?;
    Ok(rows.into_iter().map(|(id,)| id as u64).collect())
}

/// One review.
pub async fn review(store: &Store, id: &str) -> Result<Option<ReviewRow>, Error> {
    let row: Option<RawReview> = sqlx::query_as(
        "SELECT id, cohort_id, member_id, attempt_id, position, state, opened_at FROM review WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(store.read())
    .await?;
    Ok(row.map(review_row))
}

/// Writes a moderator's word down where nobody has decided; says whether it was written.
pub async fn decide(
    tx: &mut Tx,
    id: &str,
    accept: bool,
    note: Option<&str>,
    by: u64,
    now: i64,
) -> Result<bool, Error> {
    let state = if accept {
        ReviewState::Accepted
    } else {
        ReviewState::Refused
    };
    let done = sqlx::query(
        "UPDATE review SET state = $2, note = $3, decided_by = $4, decided_at = $5 WHERE id = $1 AND state = 'open'",
    )
    .bind(id)
    .bind(state.as_str())
    .bind(note)
    .bind(by as i64)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
