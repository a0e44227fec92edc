//! One tenant's Kinesis in all regions, as loaded in memory, with the quotas that count over all of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ferrokinesis::actions::Operation;
use serde_json::Value;

use super::changes::is_open;
use super::engine::{Behaviour, Engine};
use super::kept::LoadError;
use crate::region::Region;
use crate::sandbox::Quotas;
use crate::tenant::AccountId;
use crate::wire::Refusal;

/// What a tenant holds, over all regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Streams, those on their way included.
    pub streams: u32,
    /// Open shards, those on their way included.
    pub shards: u32,
    /// Bytes of records as stored: data (as base64, a third larger), keys, a few bytes each besides.
    pub bytes: u64,
}

/// A loaded tenant.
pub struct Account {
    id: AccountId,
    folder: PathBuf,
    behaviour: Behaviour,
    quotas: Quotas,
    engines: tokio::sync::RwLock<BTreeMap<Region, Arc<Engine>>>,
    /// Held while a change is checked against the quotas and made.
    changing: tokio::sync::Mutex<()>,
    /// Bytes of puts that passed the quota and are not stored yet.
    arriving: AtomicU64,
    closed: AtomicBool,
}

impl Account {
    /// Loads every region that has a folder.
    pub async fn load(
        folder: &Path,
        id: AccountId,
        behaviour: Behaviour,
        quotas: Quotas,
    ) -> Result<Self, LoadError> {
        let account = Self {
            id,
            folder: folder.to_owned(),
            behaviour,
            quotas,
            engines: tokio::sync::RwLock::default(),
            changing: tokio::sync::Mutex::default(),
            arriving: AtomicU64::new(0),
            closed: AtomicBool::new(false),
        };
        for region in Region::ALL {
            if tokio::fs::try_exists(account.region_folder(region)).await? {
                account.engine(region).await?;
            }
        }
        Ok(account)
    }

    /// The engine of a region, begun at first use.
    pub async fn engine(&self, region: Region) -> Result<Arc<Engine>, LoadError> {
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
        let engine = Engine::load(&self.region_folder(region), &self.id, region, self.behaviour).await?;
        engines.insert(region, Arc::clone(&engine));
        Ok(engine)
    }

    /// Lets go of all engines for good, before the tenant's folder is removed.
    pub async fn close(&self) {
        let mut engines = self.engines.write().await;
        self.closed.store(true, Ordering::Release);
        engines.clear();
    }

    /// Whether some journal can no longer be written.
    pub async fn has_failed(&self) -> bool {
        self.engines
            .read()
            .await
            .values()
            .any(|engine| engine.has_failed())
    }

    /// Whether something outside still uses one of the engines: a change taking effect, an event stream.
    pub fn is_at_work(&self) -> bool {
        self.engines
            .try_read()
            .map_or(true, |engines| engines.values().any(|e| Arc::strong_count(e) > 1))
    }

    /// What the tenant holds.
    pub async fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for engine in self.engines.read().await.values() {
            usage.streams += engine.streams().await;
            usage.shards += engine.shards().await;
            usage.bytes += engine.bytes();
        }
        usage
    }

    /// Retention and compaction.
    pub async fn tidy(&self) {
        let engines: Vec<_> = self.engines.read().await.values().cloned().collect();
        for engine in engines {
            if let Err(error) = engine.tidy().await {
                tracing::warn!(account = %self.id, %error, "a sandbox could not be tidied");
            }
        }
    }

    /// A put, within the bytes quota.
    pub async fn put(
        &self,
        engine: &Engine,
        operation: Operation,
        body: Value,
    ) -> Result<Option<Value>, Refusal> {
        let stream = body["StreamName"].as_str().unwrap_or_default().to_owned();
        let bytes = stored_size(&body);
        let arriving = Arriving::announce(&self.arriving, bytes);
        let held = self.usage().await.bytes;
        if held + arriving.total > self.quotas.bytes {
            return Err(Refusal::new(
                "LimitExceededException",
                format!(
                    "Stored bytes limit exceeded for the account {}: {held} + {bytes} > {}.",
                    self.id, self.quotas.bytes
                ),
            ));
        }
        engine.put(operation, &stream, body).await
    }

    /// A control change, within the quotas of streams and shards.
    pub async fn change(
        &self,
        engine: &Arc<Engine>,
        operation: Operation,
        body: Value,
    ) -> Result<Option<Value>, Refusal> {
        let _alone = self.changing.lock().await;
        let shards = self.shards_added(engine, operation, &body).await?;
        let usage = self.usage().await;
        if operation == Operation::CreateStream && usage.streams >= self.quotas.streams {
            return Err(self.over("stream", usage.streams, self.quotas.streams, 1));
        }
        if shards > 0 && usage.shards + shards > self.quotas.shards {
            return Err(self.over("shard", usage.shards, self.quotas.shards, shards));
        }
        engine.change(operation, body, shards).await
    }

    /// How many open shards a change would add. Refuses what AWS refuses and the engine would do.
    async fn shards_added(
        &self,
        engine: &Engine,
        operation: Operation,
        body: &Value,
    ) -> Result<u32, Refusal> {
        let number = |field: &str| body[field].as_u64().unwrap_or_default().min(u64::from(u32::MAX)) as u32;
        match operation {
            Operation::CreateStream => Ok(number("ShardCount")),
            Operation::SplitShard => Ok(1),
            Operation::UpdateShardCount => {
                let name = body["StreamName"].as_str().unwrap_or_default();
                let stream = engine.stream(name).await?;
                let current = stream.shards.iter().filter(|shard| is_open(shard)).count() as u32;
                let target = number("TargetShardCount");
                within_double(current, target)?;
                Ok(target.saturating_sub(current))
            }
            _ => Ok(0),
        }
    }

    fn over(&self, what: &str, current: u32, limit: u32, more: u32) -> Refusal {
        Refusal::new(
            "LimitExceededException",
            format!(
                "This request would exceed the {what} limit for the account {}. Current {what} count for the \
                 account: {current}. Limit: {limit}. Number of additional {what}s that would have resulted from \
                 this request: {more}.",
                self.id
            ),
        )
    }

    fn region_folder(&self, region: Region) -> PathBuf {
        self.folder.join("kinesis").join(region.as_str())
    }
}

/// AWS lets one call at most double or halve a stream.
fn within_double(current: u32, target: u32) -> Result<(), Refusal> {
    let wrong = if target > current * 2 {
        "scale up over double"
    } else if target < current.div_ceil(2) {
        "scale down below half"
    } else {
        return Ok(());
    };
    Err(Refusal::new(
        "InvalidArgumentException",
        format!(
            "UpdateShardCount cannot {wrong} your current open shard count. Current open shard count: {current} \
             Target shard count: {target}"
        ),
    ))
}

/// What a put's records will take in the store.
fn stored_size(body: &Value) -> u64 {
    const BOOKKEEPING: usize = 14;
    let size = |record: &Value| {
        let length = |field: &str| record[field].as_str().map_or(0, str::len);
        (length("Data") + length("PartitionKey") + BOOKKEEPING) as u64
    };
    match body["Records"].as_array() {
        Some(records) => records.iter().map(size).sum(),
        None => size(body),
    }
}

/// Bytes on their way, counted until dropped, so that puts in parallel cannot pass the quota together.
struct Arriving<'a> {
    counter: &'a AtomicU64,
    bytes: u64,
    /// All that is on its way, this included.
    total: u64,
}

impl<'a> Arriving<'a> {
    fn announce(counter: &'a AtomicU64, bytes: u64) -> Self {
        let total = counter.fetch_add(bytes, Ordering::AcqRel) + bytes;
        Self {
            counter,
            bytes,
            total,
        }
    }
}

impl Drop for Arriving<'_> {
    fn drop(&mut self) {
        self.counter.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_may_double_or_halve_at_once() {
        for (current, target, fine) in [
            (1, 2, true),
            (1, 3, false),
            (4, 8, true),
            (4, 9, false),
            (4, 2, true),
        ] {
            assert_eq!(
                within_double(current, target).is_ok(),
                fine,
                "{current} to {target}"
            );
        }
        assert!(within_double(5, 3).is_ok(), "half of five, rounded up");
        assert!(within_double(5, 2).is_err());
    }
}
