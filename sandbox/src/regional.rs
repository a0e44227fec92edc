//! One service's engines of one tenant: one for each region, brought into memory at first use, kept together.

use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::region::Region;

/// An engine could not be brought back from the disk.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Its file could not be read or begun.
    #[error("the sandbox's journal could not be read")]
    File(#[from] io::Error),
    /// What the file says is not what this version writes.
    #[error("the sandbox's journal has an entry that cannot be understood")]
    Contents(#[source] Box<dyn Error + Send + Sync>),
    /// Its database could not be opened.
    #[error("the sandbox's database could not be opened")]
    Database(#[source] Box<dyn Error + Send + Sync>),
    /// The tenant is being deleted.
    #[error("the sandbox is being removed")]
    Closed,
}

/// One tenant's state of one service in one region.
pub trait Engine: Send + Sync + 'static {
    /// Whether it can no longer be written, so that it must be loaded afresh.
    fn has_failed(&self) -> bool;
}

/// The engines of all regions.
pub struct Regional<E> {
    folder: PathBuf,
    engines: tokio::sync::RwLock<BTreeMap<Region, Arc<E>>>,
    closed: AtomicBool,
}

impl<E: Engine> Regional<E> {
    /// None is in memory yet; each will live in a folder of its own in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            engines: tokio::sync::RwLock::default(),
            closed: AtomicBool::new(false),
        }
    }

    /// The regions that were used before.
    pub async fn used(&self) -> io::Result<Vec<Region>> {
        let mut used = Vec::new();
        for region in Region::ALL {
            if tokio::fs::try_exists(self.region_folder(region)).await? {
                used.push(region);
            }
        }
        Ok(used)
    }

    /// The engine of a region, loaded from its folder at first use.
    pub async fn get<F>(&self, region: Region, load: impl FnOnce(PathBuf) -> F) -> Result<Arc<E>, LoadError>
    where
        F: Future<Output = Result<Arc<E>, LoadError>>,
    {
        if let Some(engine) = self.engines.read().await.get(&region) {
            return Ok(Arc::clone(engine));
        }
        let mut engines = self.engines.write().await;
        if let Some(engine) = engines.get(&region) {
            return Ok(Arc::clone(engine));
        }
        if self.closed.load(Ordering::Acquire) {
            return Err(LoadError::Closed);
        }
        let engine = load(self.region_folder(region)).await?;
        engines.insert(region, Arc::clone(&engine));
        Ok(engine)
    }

    /// Those in memory.
    pub async fn loaded(&self) -> Vec<Arc<E>> {
        self.engines.read().await.values().cloned().collect()
    }

    /// Those in memory, with where they are.
    pub async fn in_regions(&self) -> Vec<(Region, Arc<E>)> {
        let engines = self.engines.read().await;
        engines
            .iter()
            .map(|(region, engine)| (*region, Arc::clone(engine)))
            .collect()
    }

    /// Lets go of all engines for good, before the tenant's folder is removed.
    pub async fn close(&self) {
        let mut engines = self.engines.write().await;
        self.closed.store(true, Ordering::Release);
        engines.clear();
    }

    /// Whether one of them can no longer be written.
    pub async fn has_failed(&self) -> bool {
        self.engines
            .read()
            .await
            .values()
            .any(|engine| engine.has_failed())
    }

    /// Whether something outside still uses one of them: a change taking effect, an event stream.
    pub fn is_at_work(&self) -> bool {
        self.engines
            .try_read()
            .map_or(true, |engines| engines.values().any(|e| Arc::strong_count(e) > 1))
    }

    fn region_folder(&self, region: Region) -> PathBuf {
        self.folder.join(region.as_str())
    }
}

/// Loads a journal off the async threads.
pub async fn load_journal<E: crate::journal::Entry + Send + 'static>(
    folder: &Path,
    magic: crate::journal::Magic,
) -> Result<(crate::journal::Loaded, Vec<E>), LoadError> {
    let folder = folder.to_owned();
    let loading = tokio::task::spawn_blocking(move || crate::journal::Journal::load(&folder, magic));
    Ok(loading.await.map_err(io::Error::other)??)
}
