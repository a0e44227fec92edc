//! One tenant's queues in all regions.

use std::path::PathBuf;
use std::sync::Arc;

use super::engine::Engine;
use super::name::Place;
use crate::region::Region;
use crate::regional::{LoadError, Regional};
use crate::sandbox::{Clock, Quotas};
use crate::tenant::AccountId;

/// A loaded tenant's queues.
pub struct Account {
    id: AccountId,
    engines: Regional<Engine>,
    clock: Clock,
    /// The most queues over all regions.
    pub most_queues: u32,
}

impl Account {
    /// Loads every region that has a folder.
    pub async fn load(
        folder: PathBuf,
        id: AccountId,
        quotas: Quotas,
        clock: Clock,
    ) -> Result<Self, LoadError> {
        let account = Self {
            id,
            engines: Regional::new(folder),
            clock,
            most_queues: quotas.queues,
        };
        for region in account.engines.used().await? {
            account.engine(region).await?;
        }
        Ok(account)
    }

    /// The engine of a region, begun at first use.
    pub async fn engine(&self, region: Region) -> Result<Arc<Engine>, LoadError> {
        let place = Place {
            account: self.id.clone(),
            region,
        };
        self.engines
            .get(region, async |folder| {
                Engine::load(&folder, place, self.clock.clone()).await
            })
            .await
    }

    /// Whose they are.
    pub fn id(&self) -> &AccountId {
        &self.id
    }

    /// The engines, for what all services have in common.
    pub fn engines(&self) -> &Regional<Engine> {
        &self.engines
    }

    /// How many queues there are, and how many bytes of messages.
    pub async fn usage(&self) -> (u32, u64) {
        let engines = self.engines.loaded().await;
        let each = engines.iter().map(|engine| engine.holds());
        each.fold((0, 0), |(queues, bytes), (q, b)| (queues + q, bytes + b))
    }

    /// Retention and compaction.
    pub async fn tidy(&self) {
        for engine in self.engines.loaded().await {
            if let Err(error) = engine.tidy().await {
                tracing::warn!(account = %self.id, %error, "queues could not be tidied");
            }
        }
    }
}
