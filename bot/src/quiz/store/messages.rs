//! A member's thread, and which of an attempt's messages stand in it. A row is written before what it speaks of is sent.

use ::store::{Store, id};
use sqlx::Error;

/// A message that a member's thread does not have yet, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The attempt it is about.
    pub attempt_id: String,
    /// Which of its messages.
    pub part: Part,
}

/// One of the messages an attempt has in its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A question, by its position.
    Question(usize),
    /// The result card.
    Result,
    /// A moderator's word on the answer at this position.
    Said(usize),
}

impl Part {
    /// As it is stored, and as it stands in the message's custom ids.
    pub fn name(self) -> String {
        match self {
            Self::Question(position) => position.to_string(),
            Self::Result => "result".to_owned(),
            Self::Said(position) => format!("said-{position}"),
        }
    }
}

/// What the member's thread lacks: results and moderators' words that were never sent, then the question in hand.
pub async fn owed(store: &Store, cohort_id: &str, member_id: u64) -> Result<Vec<Owed>, Error> {
    let results: Vec<(String,)> = sqlx::query_as(
        "SELECT a.id FROM attempt a WHERE a.cohort_id = $1 AND a.member_id = $2
            AND a.state IN ('passed', 'provisional', 'failed')
            AND NOT EXISTS (SELECT 1 FROM quiz_message m WHERE m.attempt_id = a.id AND m.part = 'result'
                            AND m.message_id IS NOT NULL)
         ORDER BY a.finished_at, a.number",
    )
    .bind(cohort_id)
    .bind(member_id as i64)
    .fetch_all(store.read())
    .await?;
    let said: Vec<(String, i64)> = sqlx::query_as(
        "SELECT r.attempt_id, r.position FROM review r WHERE r.cohort_id = $1 AND r.member_id = $2
            AND r.state <> 'open'
            AND NOT EXISTS (SELECT 1 FROM quiz_message m WHERE m.attempt_id = r.attempt_id
                            AND m.part = 'said-' || CAST(r.position AS TEXT) AND m.message_id IS NOT NULL)
         ORDER BY r.decided_at, r.position",
    )
    .bind(cohort_id)
    .bind(member_id as i64)
    .fetch_all(store.read())
    .await?;
    let open: Option<(String, i64)> = sqlx::query_as(
        "SELECT id, position FROM attempt WHERE cohort_id = $1 AND member_id = $2 AND state = 'open'",
    )
    .bind(cohort_id)
    .bind(member_id as i64)
    .fetch_optional(store.read())
    .await?;
    let results = results.into_iter().map(|(id,)| (id, Part::Result));
    let said = said
        .into_iter()
        .map(|(id, position)| (id, Part::Said(position as usize)));
    let open = open
        .into_iter()
        .map(|(id, position)| (id, Part::Question(position as usize)));
    Ok(results
        .chain(said)
        .chain(open)
        .map(|(attempt_id, part)| Owed { attempt_id, part })
        .collect())
}

/// A message as it was last sent, or tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    /// Into which thread.
    pub thread_id: u64,
    /// With which nonce.
    pub nonce: String,
    /// Its id, once known.
    pub message_id: Option<u64>,
}

/// What is known of a message.
pub async fn message(store: &Store, attempt_id: &str, part: Part) -> Result<Option<MessageRow>, Error> {
    let row: Option<(i64, String, Option<i64>)> = sqlx::query_as(
        "SELECT thread_id, nonce, message_id FROM quiz_message WHERE attempt_id = $1 AND part = $2",
    )
    .bind(attempt_id)
    .bind(part.name())
    .fetch_optional(store.read())
    .await?;
    Ok(row.map(|(thread, nonce, message)| MessageRow {
        thread_id: thread as u64,
        nonce,
        message_id: message.map(|id| id as u64),
    }))
}

/// A message is about to be sent: committed first, so that a death in between is seen.
pub async fn sending(
    store: &Store,
    attempt_id: &str,
    part: Part,
    thread_id: u64,
    nonce: &str,
) -> Result<(), Error> {
    let mut tx = store.begin().await?;
    sqlx::query(
        "INSERT INTO quiz_message (attempt_id, part, thread_id, nonce) VALUES ($1, $2, $3, $4)
         ON CONFLICT (attempt_id, part) DO UPDATE SET
             thread_id = excluded.thread_id, nonce = excluded.nonce, message_id = NULL",
    )
    .bind(attempt_id)
    .bind(part.name())
    .bind(thread_id as i64)
    .bind(nonce)
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

/// A message stands.
pub async fn sent(store: &Store, attempt_id: &str, part: Part, message_id: u64) -> Result<(), Error> {
    let mut tx = store.begin().await?;
    sqlx::query("UPDATE quiz_message SET message_id = $3 WHERE attempt_id = $1 AND part = $2")
        .bind(attempt_id)
        .bind(part.name())
        .bind(message_id as i64)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// A member's thread in a cohort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadRow {
    /// In its name.
    pub code: String,
    /// The channel it is, or is to be, in.
    pub channel_id: u64,
    /// Its id, once known.
    pub thread_id: Option<u64>,
    /// Whether a creation may have happened that we don't know of.
    pub tried: bool,
}

/// The thread's row; made with a new code where there is none. It follows the cohort into another channel as long as
/// no thread stands.
pub async fn thread(
    store: &Store,
    cohort_id: &str,
    member_id: u64,
    channel_id: u64,
) -> Result<ThreadRow, Error> {
    let mut tx = store.begin().await?;
    let row: Option<(String, i64, Option<i64>, i64)> = sqlx::query_as(
        "SELECT code, channel_id, thread_id, tried FROM quiz_thread WHERE cohort_id = $1 AND member_id = $2",
    )
    .bind(cohort_id)
    .bind(member_id as i64)
    .fetch_optional(&mut *tx)
    .await?;
    if let Some((code, channel, thread, tried)) = row {
        return Ok(ThreadRow {
            code,
            channel_id: channel as u64,
            thread_id: thread.map(|id| id as u64),
            tried: tried != 0,
        });
    }
    // 20 random bits in four letters; a code already taken is drawn again.
    let code = loop {
        let code = id::random(4);
        let done = sqlx::query(
            "INSERT INTO quiz_thread (cohort_id, member_id, code, channel_id, tried) VALUES ($1, $2, $3, $4, 0)
             ON CONFLICT (code) DO NOTHING",
        )
        .bind(cohort_id)
        .bind(member_id as i64)
        .bind(&code)
        .bind(channel_id as i64)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 1 {
            break code;
        }
    };
    tx.commit().await?;
    Ok(ThreadRow {
        code,
        channel_id,
        thread_id: None,
        tried: false,
    })
}

/// Whose quiz thread this is.
pub async fn owner_of_thread(store: &Store, thread_id: u64) -> Result<Option<u64>, Error> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT member_id FROM quiz_thread WHERE thread_id = $1")
        .bind(thread_id as i64)
        .fetch_optional(store.read())
        .await?;
    Ok(row.map(|(member,)| member as u64))
}

/// A thread is about to be created in this channel.
pub async fn opening_thread(
    store: &Store,
    cohort_id: &str,
    member_id: u64,
    channel_id: u64,
) -> Result<(), Error> {
    put_thread(store, cohort_id, member_id, channel_id, None, true).await
}

/// The thread stands.
pub async fn opened_thread(
    store: &Store,
    cohort_id: &str,
    member_id: u64,
    channel_id: u64,
    thread_id: u64,
) -> Result<(), Error> {
    put_thread(store, cohort_id, member_id, channel_id, Some(thread_id), false).await
}

/// There is certainly no thread: it was deleted, or its creation was refused.
pub async fn no_thread(store: &Store, cohort_id: &str, member_id: u64, channel_id: u64) -> Result<(), Error> {
    put_thread(store, cohort_id, member_id, channel_id, None, false).await
}

async fn put_thread(
    store: &Store,
    cohort_id: &str,
    member_id: u64,
    channel_id: u64,
    thread_id: Option<u64>,
    tried: bool,
) -> Result<(), Error> {
    let mut tx = store.begin().await?;
    sqlx::query(
        "UPDATE quiz_thread SET channel_id = $3, thread_id = $4, tried = $5 WHERE cohort_id = $1 AND member_id = $2",
    )
    .bind(cohort_id)
    .bind(member_id as i64)
    .bind(channel_id as i64)
    .bind(thread_id.map(|id| id as i64))
    .bind(i64::from(tried))
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}
