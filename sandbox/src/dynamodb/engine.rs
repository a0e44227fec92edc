//! One region's tables, open. SQLite blocks, so each piece of work runs on a thread for such work; one at a time, in the
//! order it was asked for.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use dynoxide::DynoxideError;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::database::Database;
use super::expiry;
use super::name::Place;
use super::refusal;
use crate::regional::{self, LoadError};
use crate::sandbox::Clock;
use crate::wire::Refusal;

/// An open database, with what is asked of it most often at hand.
pub struct Engine {
    pub place: Place,
    /// `None` once it was closed.
    database: Arc<Mutex<Option<Database>>>,
    /// Something broke in the middle of a piece of work; it must be opened afresh.
    failed: Arc<AtomicBool>,
    bytes: Arc<AtomicU64>,
    tables: Arc<AtomicU32>,
}

impl regional::Engine for Engine {
    fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }
}

impl Engine {
    /// Opens the database in this folder, or begins one.
    pub async fn load(folder: PathBuf, place: Place, clock: Clock) -> Result<Arc<Self>, LoadError> {
        let opening = tokio::task::spawn_blocking(move || Database::open(&folder, clock));
        let database = opening.await.map_err(std::io::Error::other)?;
        let database = database.map_err(|error| LoadError::Database(Box::new(error)))?;
        let engine = Arc::new(Self {
            place,
            bytes: Arc::new(AtomicU64::new(database.bytes().unwrap_or_default())),
            tables: Arc::new(AtomicU32::new(database.tables().unwrap_or_default())),
            database: Arc::new(Mutex::new(Some(database))),
            failed: Arc::default(),
        });
        Ok(engine)
    }

    /// Bytes on the disk.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Acquire)
    }

    /// How many tables there are.
    pub fn tables(&self) -> u32 {
        self.tables.load(Ordering::Acquire)
    }

    /// Does a piece of work on the database. Once begun it goes on to its end, also when nobody waits for it any more.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Database) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let guard = Arc::clone(&self.database).lock_owned().await;
        let (failed, bytes, tables) = (
            Arc::clone(&self.failed),
            Arc::clone(&self.bytes),
            Arc::clone(&self.tables),
        );
        let working = tokio::task::spawn_blocking(move || {
            let mut guard: OwnedMutexGuard<Option<Database>> = guard;
            let Some(database) = guard.as_mut() else {
                return Err(refusal::internal());
            };
            if let Err(error) = expiry::remove_expired(database) {
                tracing::warn!(%error, "expired items could not be removed");
            }
            let done = work(database);
            if database.leave_tidy() {
                tracing::error!("a piece of work left its transaction open");
                failed.store(true, Ordering::Release);
            }
            bytes.store(database.bytes().unwrap_or_default(), Ordering::Release);
            tables.store(database.tables().unwrap_or_default(), Ordering::Release);
            done
        });
        working.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a piece of work on tables broke");
            self.failed.store(true, Ordering::Release);
            Err(refusal::internal())
        })
    }

    /// Reads what is there, outside of any request.
    pub async fn look<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Database) -> Result<T, DynoxideError> + Send + 'static,
    ) -> Result<T, LoadError> {
        let done = self.run(move |database| Ok(read(database))).await;
        let seen = done.map_err(|refusal| LoadError::Database(refusal.message.into()))?;
        seen.map_err(|error| LoadError::Database(Box::new(error)))
    }

    /// What AWS does in the background: expired items go, and old changes.
    pub async fn tidy(&self) -> Result<(), Refusal> {
        self.run(|database| {
            database.trim().map_err(|error| refusal::of_sqlite(&error))?;
            database.shrink().map_err(|error| refusal::of_sqlite(&error))
        })
        .await
    }

    /// Closes the file for good. Anything asked of it later is refused.
    pub async fn close(&self) {
        let guard = Arc::clone(&self.database).lock_owned().await;
        drop(tokio::task::spawn_blocking(move || close(guard)).await);
    }

    /// Where the file of a region's folder is.
    pub fn file(folder: &Path) -> PathBuf {
        folder.join("tables.db")
    }
}

fn close(mut guard: OwnedMutexGuard<Option<Database>>) {
    *guard = None;
}

impl Drop for Engine {
    /// Closing writes to the disk, which no async thread may wait for.
    fn drop(&mut self) {
        let Ok(guard) = Arc::clone(&self.database).try_lock_owned() else {
            // The work that holds it lets go of the last reference when it ends, on a thread for such work.
            return;
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn_blocking(move || close(guard));
        }
    }
}
