//! One tenant's Kinesis in all regions, as loaded in memory, with the quotas that count over all of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ferrokinesis::actions::Operation;
use serde_json::Value;

use super::changes::is_open;
use super::engine::{Behaviour, Engine};
use super::put::{self, Offered};
use crate::region::Region;
use crate::regional::{LoadError, Regional};
use crate::sandbox::Quotas;
use crate::tenant::AccountId;
use crate::wire::Refusal;

/// A loaded tenant's streams.
pub struct Account {
    id: AccountId,
    behaviour: Behaviour,
    quotas: Quotas,
    engines: Regional<Engine>,
    /// Held while a change is checked against the quotas and made.
    changing: tokio::sync::Mutex<()>,
    /// Bytes of puts that passed the quota and are not stored yet.
    arriving: AtomicU64,
}

impl Account {
    /// Loads every region that has a folder.
    pub async fn load(
        folder: PathBuf,
        id: AccountId,
        behaviour: Behaviour,
        quotas: Quotas,
    ) -> Result<Self, LoadError> {
        let account = Self {
            id,
            behaviour,
            quotas,
            engines: Regional::new(folder),
            changing: tokio::sync::Mutex::default(),
            arriving: AtomicU64::new(0),
        };
        for region in account.engines.used().await? {
            account.engine(region).await?;
        }
        Ok(account)
    }

    /// The engine of a region, begun at first use.
    pub async fn engine(&self, region: Region) -> Result<Arc<Engine>, LoadError> {
        self.engines
            .get(region, async |folder| {
                Engine::load(&folder, &self.id, region, self.behaviour.clone()).await
            })
            .await
    }

    /// How many shards the tenant may have.
    pub fn shard_quota(&self) -> u32 {
        self.quotas.shards
    }

    /// The engines, for what all services have in common.
    pub fn engines(&self) -> &Regional<Engine> {
        &self.engines
    }

    /// Streams and open shards, those on their way included.
    pub async fn usage(&self) -> (u32, u32) {
        let (mut streams, mut shards) = (0, 0);
        for engine in self.engines.loaded().await {
            streams += engine.streams().await;
            shards += engine.shards().await;
        }
        (streams, shards)
    }

    /// Bytes of records as stored.
    pub async fn bytes(&self) -> u64 {
        self.engines
            .loaded()
            .await
            .iter()
            .map(|engine| engine.bytes())
            .sum()
    }

    /// Retention and compaction.
    pub async fn tidy(&self) {
        for engine in self.engines.loaded().await {
            if let Err(error) = engine.tidy().await {
                tracing::warn!(account = %self.id, %error, "a sandbox could not be tidied");
            }
        }
    }

    /// A put; `room` is how many bytes may be stored. Returns the answer, and how many bytes were offered.
    pub async fn put(&self, engine: &Engine, mut body: Value, room: u64) -> Result<(Value, u64), Refusal> {
        let stream = engine
            .stream(body["StreamName"].as_str().unwrap_or_default())
            .await?;
        let batch = body["Records"].is_array();
        let offered = put::offered(&stream, &mut body)?;
        let bytes = offered.iter().map(Offered::stored).sum();
        let arriving = Arriving::announce(&self.arriving, bytes);
        if arriving.total > room {
            return Err(Refusal::new(
                "LimitExceededException",
                format!(
                    "Stored bytes limit exceeded for the account {}: {bytes} more would pass {}.",
                    self.id, self.quotas.bytes
                ),
            ));
        }
        let answer = if batch {
            put::many(engine, &stream, offered).await
        } else {
            put::one(
                engine,
                &stream,
                offered,
                body["SequenceNumberForOrdering"].as_str(),
            )
            .await
        };
        Ok((answer?, bytes))
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
        let (streams, open) = self.usage().await;
        if operation == Operation::CreateStream && streams >= self.quotas.streams {
            return Err(self.over("stream", streams, self.quotas.streams, 1));
        }
        if shards > 0 && open + shards > self.quotas.shards {
            return Err(self.over("shard", open, self.quotas.shards, shards));
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
