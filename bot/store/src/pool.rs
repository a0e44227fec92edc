//! Opening the database, and the one way to write to it.
//!
//! One writer at a time, on both engines: SQLite has a single writing connection and begins IMMEDIATE;
//! on PostgreSQL a transaction takes an advisory lock first. Code that reads and then writes inside
//! one [`Tx`] therefore never races, whichever engine runs it.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AnyPool, Connection as _, Executor, Transaction};

/// Which database is behind the pools; SQL is the same for both, a few statements are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file, in WAL mode.
    Sqlite,
    /// A server.
    Postgres,
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names neither engine.
    #[error("DATABASE_URL must begin with `sqlite:` or `postgres:`")]
    UnknownEngine,
    /// Somebody else writes to the file and does not let go.
    #[error(
        "the database is held by another program, which does not let go of it; stop that one, then start again"
    )]
    Held,
    /// The database refused, or its file can't be read or written.
    #[error("the database can't be opened: {0}")]
    Connect(#[from] sqlx::Error),
    /// Its tables could not be brought up to date.
    #[error("the database's tables can't be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

/// The database: a writer and several readers.
#[derive(Clone, Debug)]
pub struct Store {
    write: AnyPool,
    read: AnyPool,
    engine: Engine,
}

/// What makes the tables, one step after another.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// The advisory lock that makes writers take turns on PostgreSQL; the number is arbitrary and ours.
const WRITER_LOCK: &str = "SELECT pg_advisory_xact_lock(7305817203)";

/// Takes SQLite's write lock at once, so that reading first and writing then never races.
const BEGIN: &str = "BEGIN IMMEDIATE";

impl Store {
    /// Opens `url` (`sqlite:path`, `postgres://…`), creating the file and the tables where they are missing.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let store = Self::connect(url, "rwc").await?;
        MIGRATIONS.run(&store.write).await?;
        Ok(store)
    }

    /// Connects; `mode` is SQLite's own word for whether a missing file is made.
    pub(crate) async fn connect(url: &str, mode: &str) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let engine = if url.starts_with("sqlite:") {
            Engine::Sqlite
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Engine::Postgres
        } else {
            return Err(OpenError::UnknownEngine);
        };
        let (write, read) = match engine {
            Engine::Sqlite => {
                let joint = if url.contains('?') { '&' } else { '?' };
                try_writing(&format!("{url}{joint}mode={mode}")).await?;
                let write = pool(engine, 1, Access::Write)
                    .connect(&format!("{url}{joint}mode={mode}"))
                    .await?;
                let read = pool(engine, 4, Access::Read)
                    .connect(&format!("{url}{joint}mode=rw"))
                    .await?;
                (write, read)
            }
            Engine::Postgres => (
                pool(engine, 8, Access::Write).connect(url).await?,
                pool(engine, 8, Access::Read).connect(url).await?,
            ),
        };
        Ok(Self { write, read, engine })
    }

    /// Which engine runs.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// For statements that only read. Readers see what was committed, never an open transaction.
    pub fn read(&self) -> &AnyPool {
        &self.read
    }

    /// Begins the one open write transaction; waits for its turn. Dropped without [`Tx::commit`], it is undone.
    /// Never hold one across an HTTP request.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        match self.engine {
            Engine::Sqlite => match self.write.begin_with(BEGIN).await {
                // A commit that failed, on a full disk say, leaves a connection that believes itself in a transaction
                // which SQLite has undone. It is of no more use; the pool makes another.
                Err(sqlx::Error::InvalidSavePointStatement) => {
                    self.write.acquire().await?.close().await?;
                    Ok(Tx(self.write.begin_with(BEGIN).await?))
                }
                begun => Ok(Tx(begun?)),
            },
            Engine::Postgres => {
                let mut tx = self.write.begin().await?;
                tx.execute(WRITER_LOCK).await?;
                Ok(Tx(tx))
            }
        }
    }

    /// Begins a write that must happen once for an interaction: `None` where this interaction's write is already committed.
    /// `now` is Unix milliseconds of real time, for the sweep.
    pub async fn begin_once(&self, interaction_id: u64, now: i64) -> Result<Option<Tx>, sqlx::Error> {
        let mut tx = self.begin().await?;
        let done =
            sqlx::query("INSERT INTO seen_interaction (id, at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING")
                .bind(interaction_id as i64)
                .bind(now)
                .execute(&mut *tx)
                .await?;
        Ok((done.rows_affected() == 1).then_some(tx))
    }

    /// Forgets interactions seen before `before` (Unix milliseconds): Discord's tokens live 15 minutes.
    pub async fn sweep_interactions(&self, before: i64) -> Result<(), sqlx::Error> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM seen_interaction WHERE at < $1")
            .bind(before)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// This installation's id; made at the first call.
    pub async fn installation(&self, now: i64) -> Result<String, sqlx::Error> {
        let mut tx = self.begin().await?;
        let known: Option<(String,)> = sqlx::query_as("SELECT id FROM installation")
            .fetch_optional(&mut *tx)
            .await?;
        if let Some((id,)) = known {
            return Ok(id);
        }
        let id = crate::id::row();
        sqlx::query("INSERT INTO installation (id, created_at) VALUES ($1, $2)")
            .bind(&id)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Whether a write can be committed now: takes the writer's turn and commits a row of no meaning. Less would not find a
    /// full disk, which shows at the commit.
    pub async fn writable(&self) -> Result<(), sqlx::Error> {
        let mut tx = self.begin().await?;
        // No interaction has this id. The time is the oldest, so that the next sweep takes the row away.
        sqlx::query(
            "INSERT INTO seen_interaction (id, at) VALUES (-1, 0) ON CONFLICT (id) DO UPDATE SET at = 1 - seen_interaction.at",
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// Closes both pools, after the open statements are done.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// Takes the write lock of a SQLite file once: a pool would try until its time is up, and then say no more than that.
async fn try_writing(url: &str) -> Result<(), OpenError> {
    let mut first = AnyConnection::connect(url).await?;
    for step in ["PRAGMA busy_timeout = 5000", BEGIN, "ROLLBACK"] {
        first.execute(step).await.map_err(|error| match &error {
            sqlx::Error::Database(said) if said.message().contains("locked") => OpenError::Held,
            _ => OpenError::Connect(error),
        })?;
    }
    Ok(first.close().await?)
}

/// A write transaction. Dereferences to the connection: `.execute(&mut *tx)`.
#[derive(Debug)]
pub struct Tx(Transaction<'static, sqlx::Any>);

impl Tx {
    /// Makes everything in it durable. Only after this may a member be told that something is recorded.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.0.commit().await
    }
}

impl Deref for Tx {
    type Target = AnyConnection;
    fn deref(&self) -> &AnyConnection {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.0
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Write,
    Read,
}

fn pool(engine: Engine, size: u32, access: Access) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(size)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .idle_timeout(None)
        .max_lifetime(None)
        // A connection to a file does not go away, and asking costs as much as a small query.
        .test_before_acquire(engine == Engine::Postgres)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if engine == Engine::Sqlite {
                    connection.execute("PRAGMA busy_timeout = 5000").await?;
                    connection.execute("PRAGMA journal_mode = WAL").await?;
                    connection.execute("PRAGMA synchronous = FULL").await?;
                    connection.execute("PRAGMA foreign_keys = ON").await?;
                    if access == Access::Read {
                        connection.execute("PRAGMA query_only = ON").await?;
                    }
                }
                Ok(())
            })
        })
}
