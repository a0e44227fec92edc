//! One tenant's topics in all regions.

use std::path::PathBuf;
use std::sync::Arc;

use super::arn::Place;
use super::engine::Engine;
use crate::region::Region;
use crate::regional::{LoadError, Regional};
use crate::sandbox::{Clock, Quotas};
use crate::tenant::AccountId;

/// A loaded tenant's topics.
pub struct Account {
    id: AccountId,
    engines: Regional<Engine>,
    clock: Clock,
    /// The most topics over all regions.
    pub most_topics: u32,
    /// The most subscriptions over all regions.
    pub most_subscriptions: u32,
}

/// What a tenant has of topics, over all regions.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    pub topics: u32,
    pub subscriptions: u32,
    /// Bytes of settings.
    pub bytes: u64,
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
            most_topics: quotas.topics,
            most_subscriptions: quotas.subscriptions,
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

    /// What there is.
    pub async fn usage(&self) -> Usage {
        let engines = self.engines.loaded().await;
        engines.iter().fold(Usage::default(), |sum, engine| {
            let (topics, subscriptions, bytes) = engine.holds();
            Usage {
                topics: sum.topics + topics,
                subscriptions: sum.subscriptions + subscriptions,
                bytes: sum.bytes + bytes,
            }
        })
    }

    /// Compaction.
    pub async fn tidy(&self) {
        for engine in self.engines.loaded().await {
            if let Err(error) = engine.tidy().await {
                tracing::warn!(account = %self.id, %error, "topics could not be tidied");
            }
        }
    }
}
