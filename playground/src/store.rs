//! `discord.db`: every change of the world is here before anybody hears of it. One task writes, many
//! changes to a transaction; what the rows mean is the world's affair.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sqlx::{
    ConnectOptions, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::{mpsc, oneshot};
use tracing::error;

use crate::{id::Id, world::Happening};

/// Why the world could not be stored or read back.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// `SQLite` refused.
    #[error("the playground's database: {0}")]
    Sql(#[from] sqlx::Error),
    /// A row does not hold what its kind says.
    #[error("the playground's database holds something unreadable: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The writer has stopped, or the disk refused the change.
    #[error("the change could not be stored")]
    NotStored,
}

/// One stored thing.
#[derive(Debug)]
pub struct Row {
    pub kind: String,
    pub id: Id,
    pub body: String,
}

/// One thing to store.
#[derive(Debug)]
pub enum Write {
    Put {
        kind: &'static str,
        id: Id,
        body: String,
    },
    Delete {
        kind: &'static str,
        id: Id,
    },
    File {
        id: Id,
        bytes: bytes::Bytes,
    },
    DeleteFile {
        id: Id,
    },
    /// All things and files.
    DeleteEverything,
}

/// What one change of the world asks for: rows first, then the news.
pub struct Batch {
    pub writes: Vec<Write>,
    pub news: Vec<Happening>,
    pub done: oneshot::Sender<bool>,
}

/// The open database and the way to its writer.
#[derive(Debug, Clone)]
pub struct Store {
    pool: SqlitePool,
    /// None once closed.
    queue: Arc<Mutex<Option<mpsc::UnboundedSender<Batch>>>>,
}

impl Store {
    /// Opens `discord.db` in `folder`, or a database in memory, and reads all rows. The receiver is
    /// for [`Store::write_all`].
    pub async fn open(
        folder: Option<&Path>,
    ) -> Result<(Self, Vec<Row>, mpsc::UnboundedReceiver<Batch>), StoreError> {
        let options = match folder {
            Some(folder) => SqliteConnectOptions::new()
                .filename(folder.join("discord.db"))
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full),
            None => SqliteConnectOptions::new().in_memory(true),
        };
        // One connection: the database in memory lives and dies with it.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.disable_statement_logging())
            .await?;
        for table in [
            "CREATE TABLE IF NOT EXISTS thing (kind TEXT NOT NULL, id BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID",
            "CREATE TABLE IF NOT EXISTS file (id BIGINT PRIMARY KEY, bytes BLOB NOT NULL)",
        ] {
            sqlx::query(table).execute(&pool).await?;
        }
        let rows: Vec<(String, i64, String)> = sqlx::query_as("SELECT kind, id, body FROM thing")
            .fetch_all(&pool)
            .await?;
        let rows = rows
            .into_iter()
            .map(|(kind, id, body)| Row {
                kind,
                id: Id(id as u64),
                body,
            })
            .collect();
        let (queue, batches) = mpsc::unbounded_channel();
        Ok((
            Self {
                pool,
                queue: Arc::new(Mutex::new(Some(queue))),
            },
            rows,
            batches,
        ))
    }

    /// Queues a change; the receiver says whether it is stored.
    pub fn submit(&self, writes: Vec<Write>, news: Vec<Happening>) -> oneshot::Receiver<bool> {
        let (done, stored) = oneshot::channel();
        // A closed queue drops `done`, which the receiver sees as "not stored".
        if let Some(queue) = &*self.queue() {
            let _ = queue.send(Batch { writes, news, done });
        }
        stored
    }

    /// Takes no more changes; the writer ends when it has stored those that are queued.
    pub fn close(&self) {
        self.queue().take();
    }

    fn queue(&self) -> MutexGuard<'_, Option<mpsc::UnboundedSender<Batch>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what is queued until the queue closes, and hands the news of each stored change to
    /// `publish`, in the order of the changes.
    pub async fn write_all(
        pool: SqlitePool,
        mut batches: mpsc::UnboundedReceiver<Batch>,
        mut publish: impl FnMut(Happening),
    ) {
        const AT_ONCE: usize = 256;
        let mut waiting = Vec::with_capacity(AT_ONCE);
        while batches.recv_many(&mut waiting, AT_ONCE).await > 0 {
            let stored = write(&pool, &waiting).await;
            if let Err(why) = &stored {
                error!("the playground could not store a change: {why}");
            }
            for batch in waiting.drain(..) {
                if stored.is_ok() {
                    batch.news.into_iter().for_each(&mut publish);
                }
                let _ = batch.done.send(stored.is_ok());
            }
        }
        pool.close().await;
    }

    /// The pool, for the writer.
    pub fn pool(&self) -> SqlitePool {
        self.pool.clone()
    }

    /// The bytes of an uploaded file.
    pub async fn file(&self, id: Id) -> Result<Option<Vec<u8>>, StoreError> {
        let found = sqlx::query_scalar("SELECT bytes FROM file WHERE id = $1").bind(id.0 as i64);
        Ok(found.fetch_optional(&self.pool).await?)
    }
}

async fn write(pool: &SqlitePool, batches: &[Batch]) -> Result<(), sqlx::Error> {
    if batches.iter().all(|batch| batch.writes.is_empty()) {
        return Ok(());
    }
    let mut all = pool.begin().await?;
    for write in batches.iter().flat_map(|batch| &batch.writes) {
        let query = match write {
            Write::Put { kind, id, body } => sqlx::query(
                "INSERT INTO thing (kind, id, body) VALUES ($1, $2, $3)
                 ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            )
            .bind(*kind)
            .bind(id.0 as i64)
            .bind(body),
            Write::Delete { kind, id } => sqlx::query("DELETE FROM thing WHERE kind = $1 AND id = $2")
                .bind(*kind)
                .bind(id.0 as i64),
            Write::DeleteFile { id } => sqlx::query("DELETE FROM file WHERE id = $1").bind(id.0 as i64),
            Write::DeleteEverything => {
                sqlx::query("DELETE FROM file").execute(&mut *all).await?;
                sqlx::query("DELETE FROM thing")
            }
            Write::File { id, bytes } => sqlx::query("INSERT INTO file (id, bytes) VALUES ($1, $2)")
                .bind(id.0 as i64)
                .bind(bytes.as_ref()),
        };
        query.execute(&mut *all).await?;
    }
    all.commit().await
}
