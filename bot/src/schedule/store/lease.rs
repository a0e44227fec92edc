//! Leases on posts: who may change a row, and the changes themselves. Every statement names owner and lease number and
//! raises the number; one that changes no row says that the lease is lost.

use store::{Store, Tx};

use super::Post;
use crate::schedule::content::Frozen;
use crate::schedule::protocol::{Record, State};

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
