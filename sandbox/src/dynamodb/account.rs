//! One tenant's tables in all regions. A region's database is opened when it is first asked for something.

use std::path::PathBuf;
use std::sync::Arc;

use super::engine::Engine;
use super::name::Place;
use super::refusal;
use crate::region::Region;
use crate::regional::{LoadError, Regional};
use crate::sandbox::{Clock, Quotas};
use crate::tenant::AccountId;
use crate::wire::Refusal;

/// A loaded tenant's tables.
pub struct Account {
    id: AccountId,
    folder: PathBuf,
    engines: Regional<Engine>,
    clock: Clock,
    quotas: Quotas,
    /// Held while a table is counted and made.
    pub creating: tokio::sync::Mutex<()>,
}

impl Account {
    /// Opens nothing yet.
    pub fn new(folder: PathBuf, id: AccountId, quotas: Quotas, clock: Clock) -> Self {
        Self {
            id,
            engines: Regional::new(folder.clone()),
            folder,
            clock,
            quotas,
            creating: tokio::sync::Mutex::default(),
        }
    }

    /// A region's engine, opened or begun if need be.
    pub async fn engine(&self, region: Region) -> Result<Arc<Engine>, LoadError> {
        let place = Place {
            account: self.id.clone(),
            region,
        };
        let clock = self.clock.clone();
        self.engines
            .get(region, async |folder| Engine::load(folder, place, clock).await)
            .await
    }

    /// The engines of the regions that were used before, all opened.
    pub async fn used(&self) -> Result<Vec<Arc<Engine>>, LoadError> {
        let mut used = Vec::new();
        for region in self.engines.used().await? {
            used.push(self.engine(region).await?);
        }
        Ok(used)
    }

    /// The engines, for what all services have in common.
    pub fn engines(&self) -> &Regional<Engine> {
        &self.engines
    }

    /// Bytes on the disk, counted without opening what is closed.
    pub async fn bytes(&self) -> u64 {
        let loaded = self.engines.loaded().await;
        let mut bytes = loaded.iter().map(|engine| engine.bytes()).sum();
        for region in Region::ALL {
            if loaded.iter().all(|engine| engine.place.region != region) {
                let file = Engine::file(&self.folder.join(region.as_str()));
                bytes += tokio::fs::metadata(file).await.map_or(0, |file| file.len());
            }
        }
        bytes
    }

    /// How many tables there are, over all regions.
    pub async fn tables(&self) -> Result<u32, LoadError> {
        Ok(self.used().await?.iter().map(|engine| engine.tables()).sum())
    }

    /// Refuses a table more than there may be.
    pub async fn one_table_more(&self) -> Result<(), Refusal> {
        let tables = self.tables().await.map_err(|error| {
            tracing::error!(account = %self.id, error = &error as &dyn std::error::Error, "tables could not be counted");
            refusal::internal()
        })?;
        if tables >= self.quotas.tables {
            return Err(refusal::over_limit(format!(
                "Subscriber limit exceeded: There is a limit of {} tables per account",
                self.quotas.tables
            )));
        }
        Ok(())
    }

    /// Refuses a write of this many bytes where there is room for fewer.
    pub fn within(&self, bytes: usize, room: u64) -> Result<(), Refusal> {
        if bytes as u64 > room {
            return Err(refusal::over_limit(format!(
                "Stored bytes limit exceeded for the account {}: {bytes} more would pass {}.",
                self.id, self.quotas.bytes
            )));
        }
        Ok(())
    }

    /// What AWS does in the background, for what is open.
    pub async fn tidy(&self) {
        for engine in self.engines.loaded().await {
            if engine.tidy().await.is_err() {
                tracing::warn!(account = %self.id, "tables could not be tidied");
            }
        }
    }

    /// Closes all for good, before the tenant's folder is removed.
    pub async fn close(&self) {
        for engine in self.engines.loaded().await {
            engine.close().await;
        }
        self.engines.close().await;
    }
}
