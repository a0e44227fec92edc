//! Attempts and their answers. `messages` knows which messages of theirs stand in which thread, `reviews` what waits for
//! moderators.

use ::store::{Store, Tx, id};
use lessons::ModuleId;
use sqlx::{AnyConnection, Error, Row};

use super::{Answer, Asked, Attempt, Mark, Past, Review, ReviewState, State};
use crate::membership::Cohort;

mod messages;
mod reviews;

pub use messages::{
    MessageRow, Owed, Part, ThreadRow, message, no_thread, opened_thread, opening_thread, owed,
    owner_of_thread, sending, sent, thread,
};
pub use reviews::{ask_moderator, decide, moderators_known, open_reviews, review};

/// A question drawn for a new attempt: its id and version.
pub type Drawn = (String, u32);

/// The member's open attempt in a cohort.
pub async fn open_attempt(store: &Store, cohort_id: &str, member_id: u64) -> Result<Option<Attempt>, Error> {
    let mut connection = store.read().acquire().await?;
    let row: Option<(String,)> =
        sqlx::query_as("SELECT id FROM attempt WHERE cohort_id = $1 AND member_id = $2 AND state = 'open'")
            .bind(cohort_id)
            .bind(member_id as i64)
            .fetch_optional(&mut *connection)
            .await?;
    match row {
        Some((id,)) => load(&mut connection, &id).await,
        None => Ok(None),
    }
}

/// One attempt with all that was asked and answered in it.
pub async fn attempt(store: &Store, id: &str) -> Result<Option<Attempt>, Error> {
    let mut connection = store.read().acquire().await?;
    load(&mut connection, id).await
}

/// The same on any connection: inside a write, where the decision depends on it.
pub async fn load(connection: &mut AnyConnection, id: &str) -> Result<Option<Attempt>, Error> {
    let row = sqlx::query(
        "SELECT a.cohort_id, a.member_id, a.subject, a.number, a.seed, a.state, a.position, a.score, a.points,
                a.touched_at, a.finished_at,
                (SELECT COUNT(*) FROM attempt b WHERE b.cohort_id = a.cohort_id AND b.member_id = a.member_id
                    AND b.subject = a.subject AND b.number < a.number
                    AND b.state IN ('passed', 'provisional', 'failed')) AS finished_before,
                (SELECT COUNT(*) FROM attempt b WHERE b.cohort_id = a.cohort_id AND b.member_id = a.member_id
                    AND b.started_at < a.started_at) AS earlier
         FROM attempt a WHERE a.id = $1",
    )
    .bind(id)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let state: String = row.try_get("state")?;
    Ok(Some(Attempt {
        id: id.to_owned(),
        cohort_id: row.try_get("cohort_id")?,
        member_id: row.try_get::<i64, _>("member_id")? as u64,
        module: ModuleId::new(row.try_get::<String, _>("subject")?),
        number: row.try_get("number")?,
        seed: row.try_get::<i64, _>("seed")? as u64,
        state: State::read(&state),
        position: row.try_get::<i64, _>("position")? as usize,
        score: row.try_get("score")?,
        points: row.try_get("points")?,
        touched_at: row.try_get("touched_at")?,
        finished_at: row.try_get("finished_at")?,
        finished_before: row.try_get("finished_before")?,
        first_ever: row.try_get::<i64, _>("earlier")? == 0,
        asked: questions(connection, id).await?,
    }))
}

async fn questions(connection: &mut AnyConnection, id: &str) -> Result<Vec<Asked>, Error> {
    let rows = sqlx::query(
        "SELECT q.question_id, q.question_version, q.hints_shown, r.state, r.note
         FROM asked q LEFT JOIN review r ON r.attempt_id = q.attempt_id AND r.position = q.position
         WHERE q.attempt_id = $1 ORDER BY q.position",
    )
    .bind(id)
    .fetch_all(&mut *connection)
    .await?;
    let mut asked = Vec::with_capacity(rows.len());
    for row in rows {
        let state: Option<String> = row.try_get("state")?;
        let note: Option<String> = row.try_get("note")?;
        asked.push(Asked {
            question: row.try_get("question_id")?,
            version: row.try_get::<i64, _>("question_version")? as u32,
            hints_shown: row.try_get::<i64, _>("hints_shown")? as usize,
            answers: Vec::new(),
            review: state.map(|state| Review {
                state: ReviewState::read(&state),
                note,
            }),
        });
    }
    let answers: Vec<(i64, String, String, f64, String)> = sqlx::query_as(
        "SELECT position, given, verdict, score, feedback FROM answer WHERE attempt_id = $1
         ORDER BY position, try_number",
    )
    .bind(id)
    .fetch_all(&mut *connection)
    .await?;
    for (position, given, verdict, score, feedback) in answers {
        if let Some(asked) = asked.get_mut(position as usize) {
            asked.answers.push(Answer {
                given,
                mark: Mark::read(&verdict),
                score,
                feedback,
            });
        }
    }
    Ok(asked)
}

/// Id, number, state, score, end.
type RawPast = (String, i64, String, Option<f64>, Option<i64>);

/// A member's ended attempts at a module, oldest first.
pub async fn past(
    store: &Store,
    cohort_id: &str,
    member_id: u64,
    module: &ModuleId,
) -> Result<Vec<Past>, Error> {
    let rows: Vec<RawPast> = sqlx::query_as(
        "SELECT id, number, state, score, finished_at FROM attempt
         WHERE cohort_id = $1 AND member_id = $2 AND subject = $3 AND state <> 'open' ORDER BY number",
    )
    .bind(cohort_id)
    .bind(member_id as i64)
    .bind(module.as_str())
    .fetch_all(store.read())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(id, number, state, score, finished_at)| Past {
            id,
            number,
            state: State::read(&state),
            score,
            finished_at,
        })
        .collect())
}

/// The modules at which a member has taken a quiz, by the last attempt first.
pub async fn tried(store: &Store, cohort_id: &str, member_id: u64) -> Result<Vec<ModuleId>, Error> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT subject, MAX(started_at) AS last_at FROM attempt WHERE cohort_id = $1 AND member_id = $2
         GROUP BY subject ORDER BY last_at DESC",
    )
    .bind(cohort_id)
    .bind(member_id as i64)
    .fetch_all(store.read())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(module, _)| ModuleId::new(module))
        .collect())
}

/// The questions a member was asked about a module, oldest first.
pub async fn history(
    tx: &mut Tx,
    cohort_id: &str,
    member_id: u64,
    module: &ModuleId,
) -> Result<Vec<String>, Error> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT q.question_id FROM asked q JOIN attempt a ON a.id = q.attempt_id
         WHERE a.cohort_id = $1 AND a.member_id = $2 AND a.subject = $3 ORDER BY a.number, q.position",
    )
    .bind(cohort_id)
    .bind(member_id as i64)
    .bind(module.as_str())
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Writes a new attempt and its questions, unless the member has an open one; says whether it was written.
pub async fn begin(
    tx: &mut Tx,
    cohort: &Cohort,
    member_id: u64,
    module: &ModuleId,
    seed: u64,
    drawn: &[Drawn],
    now: i64,
) -> Result<bool, Error> {
    let open: Option<(String,)> =
        sqlx::query_as("SELECT id FROM attempt WHERE cohort_id = $1 AND member_id = $2 AND state = 'open'")
            .bind(&cohort.id)
            .bind(member_id as i64)
            .fetch_optional(&mut **tx)
            .await?;
    if open.is_some() {
        return Ok(false);
    }
    let attempt = id::row();
    sqlx::query(
        "INSERT INTO attempt (id, guild_id, cohort_id, member_id, kind, subject, number, seed, state, position,
                              points, started_at, touched_at)
         VALUES ($1, $2, $3, $4, 'quiz', $5,
                 (SELECT COALESCE(MAX(number), 0) + 1 FROM attempt
                  WHERE cohort_id = $3 AND member_id = $4 AND subject = $5),
                 $6, 'open', 0, 0, $7, $7)",
    )
    .bind(&attempt)
    .bind(cohort.guild_id as i64)
    .bind(&cohort.id)
    .bind(member_id as i64)
    .bind(module.as_str())
    .bind(seed as i64)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    for (position, (question, version)) in drawn.iter().enumerate() {
        sqlx::query(
            "INSERT INTO asked (attempt_id, position, question_id, question_version, hints_shown)
             VALUES ($1, $2, $3, $4, 0)",
        )
        .bind(&attempt)
        .bind(position as i64)
        .bind(question)
        .bind(i64::from(*version))
        .execute(&mut **tx)
        .await?;
    }
    Ok(true)
}

/// Writes a try down. Where it settles the question, the next one is in hand.
pub async fn answer(
    tx: &mut Tx,
    attempt: &Attempt,
    position: usize,
    answer: &Answer,
    now: i64,
) -> Result<(), Error> {
    let tries = attempt.asked.get(position).map_or(0, |asked| asked.answers.len());
    sqlx::query(
        "INSERT INTO answer (attempt_id, position, try_number, given, verdict, score, feedback, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&attempt.id)
    .bind(position as i64)
    .bind(tries as i64 + 1)
    .bind(&answer.given)
    .bind(answer.mark.as_str())
    .bind(answer.score)
    .bind(&answer.feedback)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    let next = position + usize::from(answer.mark != Mark::Retry);
    sqlx::query("UPDATE attempt SET position = $2, touched_at = $3 WHERE id = $1")
        .bind(&attempt.id)
        .bind(next as i64)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// One more hint was asked for; never more than there are.
pub async fn show_hint(
    tx: &mut Tx,
    attempt_id: &str,
    position: usize,
    hints: usize,
    now: i64,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE asked SET hints_shown = hints_shown + 1
         WHERE attempt_id = $1 AND position = $2 AND hints_shown < $3",
    )
    .bind(attempt_id)
    .bind(position as i64)
    .bind(hints as i64)
    .execute(&mut **tx)
    .await?;
    sqlx::query("UPDATE attempt SET touched_at = $2 WHERE id = $1")
        .bind(attempt_id)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// How an attempt stands after its end, or after a moderator's word.
pub async fn settle(
    tx: &mut Tx,
    attempt_id: &str,
    state: State,
    score: f64,
    points: i64,
    now: i64,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE attempt SET state = $2, score = $3, points = points + $4, finished_at = COALESCE(finished_at, $5)
         WHERE id = $1",
    )
    .bind(attempt_id)
    .bind(state.as_str())
    .bind(score)
    .bind(points)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Closes an open attempt that counts for nothing.
pub async fn expire(store: &Store, attempt_id: &str, now: i64) -> Result<(), Error> {
    let mut tx = store.begin().await?;
    sqlx::query("UPDATE attempt SET state = 'expired', finished_at = $2 WHERE id = $1 AND state = 'open'")
        .bind(attempt_id)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// What a member was called when last seen.
pub async fn name_of(store: &Store, guild_id: u64, member_id: u64) -> Result<Option<String>, Error> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT name FROM member_name WHERE guild_id = $1 AND member_id = $2")
            .bind(guild_id as i64)
            .bind(member_id as i64)
            .fetch_optional(store.read())
            .await?;
    Ok(row.map(|(name,)| name))
}
