//! One tenant's Kinesis in one region: ferrokinesis in memory, our journal on the disk.
//!
//! ferrokinesis has a durable mode of its own, which writes *everything it holds* again at every put; a lab's
//! worth of puts would write gigabytes. So it runs in memory here, each accepted batch of records is appended
//! to a [`Journal`] before it is answered, and the control state is journaled whole after each change. A change
//! that takes effect later (a stream being created, a split) is journaled as *pending* and done again on load.
//!
//! `place` gives records their shard and number, `change` changes streams and shards, `keep` is about the disk.

mod change;
mod keep;
mod place;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ferrokinesis::actions::{Operation, dispatch};
use ferrokinesis::store::{Store, StoreOptions};
use ferrokinesis::types::Stream;
use serde_json::Value;

pub use place::begun_ms;

use super::changes::{Pending, RareChanges};
use super::entry;
use super::kept::{Counters, Kept};
use super::limits::Shards;
use super::subscriptions::Subscriptions;
use crate::journal::Journal;
use crate::region::Region;
use crate::regional::{self, LoadError, load_journal};
use crate::sandbox::Clock;
use crate::tenant::AccountId;
use crate::wire::Refusal;

/// How an engine behaves; the same for every tenant.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// How long a stream takes to be created, changed or deleted.
    pub delay: Duration,
    /// Whether a shard takes at most 1 MiB and 1,000 records a second, as in AWS.
    pub shard_limits: bool,
    /// The most open shards.
    pub shards: u32,
    /// The time that what may be done in a second or a day goes by.
    pub clock: Clock,
}

/// One tenant's Kinesis in one region.
pub struct Engine {
    store: Store,
    journal: Journal,
    shard_limits: bool,
    clock: Clock,
    /// Shared by puts, exclusive for control changes: the journal's order is then the order things happened in.
    gate: tokio::sync::RwLock<()>,
    /// Held while records are placed, so that a reader never sees a record before one with a smaller number.
    placing: tokio::sync::Mutex<()>,
    changes: Mutex<Changes>,
    flow: Mutex<Flow>,
    /// Told of every put, for those who wait for records.
    news: tokio::sync::watch::Sender<()>,
    subscriptions: Subscriptions,
}

/// What goes through the shards.
#[derive(Debug, Default)]
struct Flow {
    counters: Counters,
    writes: Shards,
    reads: Shards,
}

#[derive(Debug, Default)]
struct Changes {
    pending: Vec<Pending>,
    /// How many shards of each stream the journal knows.
    journaled: HashMap<String, usize>,
    rare: RareChanges,
}

impl Engine {
    /// Brings the engine back from `folder`, or begins an empty one there.
    pub async fn load(
        folder: &Path,
        account: &AccountId,
        region: Region,
        behaviour: Behaviour,
    ) -> Result<Arc<Self>, LoadError> {
        let (loaded, entries) = load_journal(folder, entry::MAGIC).await?;
        let delay = behaviour.delay.as_millis() as u64;
        let store = Store::new(StoreOptions {
            create_stream_ms: delay,
            delete_stream_ms: delay,
            update_stream_ms: delay,
            shard_limit: behaviour.shards,
            aws_account_id: account.to_string(),
            aws_region: region.to_string(),
            ..StoreOptions::default()
        });
        let kept = Kept::replay(entries)?;
        let restored = kept.restore(&store).await?;
        let flow = Flow {
            counters: restored.counters,
            ..Flow::default()
        };
        let engine = Arc::new(Self {
            store,
            journal: loaded.start(),
            shard_limits: behaviour.shard_limits,
            clock: behaviour.clock,
            gate: tokio::sync::RwLock::default(),
            placing: tokio::sync::Mutex::default(),
            changes: Mutex::new(Changes {
                rare: restored.rare,
                ..Changes::default()
            }),
            flow: Mutex::new(flow),
            news: tokio::sync::watch::Sender::default(),
            subscriptions: Subscriptions::default(),
        });
        for change in restored.pending {
            engine.do_again(change).await;
        }
        Ok(engine)
    }

    /// The engine behind, for what only reads.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Streams there are, those being created and deleted included.
    pub async fn streams(&self) -> u32 {
        self.store.list_stream_names().await.len() as u32
    }

    /// Open shards, those on their way included.
    pub async fn shards(&self) -> u32 {
        let pending: u32 = self.changes().pending.iter().map(|p| p.shards).sum();
        self.store.sum_open_shards().await + pending
    }

    /// Bytes of records, keys and their bookkeeping.
    pub fn bytes(&self) -> u64 {
        self.store.metrics().retained_bytes()
    }

    /// An operation that changes nothing.
    pub async fn read(&self, operation: Operation, body: Value) -> Result<Option<Value>, Refusal> {
        Ok(self
            .settled(|| dispatch(&self.store, operation, body.clone()))
            .await?)
    }

    /// A stream with its shards.
    pub async fn stream(&self, name: &str) -> Result<Stream, Refusal> {
        Ok(self.settled(|| self.store.get_stream(name)).await?)
    }

    /// A stream's ARN.
    pub fn arn_of(&self, stream: &str) -> String {
        super::arn::stream(&self.store.aws_account_id, &self.store.aws_region, stream)
    }

    /// The account, as in ARNs and messages.
    pub fn account(&self) -> &str {
        &self.store.aws_account_id
    }

    /// Told of every put from now on.
    pub fn news(&self) -> tokio::sync::watch::Receiver<()> {
        self.news.subscribe()
    }

    /// Who is subscribed to what.
    pub fn subscriptions(&self) -> &Subscriptions {
        &self.subscriptions
    }

    fn changes(&self) -> std::sync::MutexGuard<'_, Changes> {
        // The lock guards two plain collections that are whole between statements, panic or not.
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn clock_ms(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }

    fn flow(&self) -> std::sync::MutexGuard<'_, Flow> {
        // As above: numbers and tables, each whole between statements.
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl regional::Engine for Engine {
    fn has_failed(&self) -> bool {
        self.journal.has_failed() || self.store.check_ready().is_err()
    }
}

impl Flow {
    fn forget(&mut self, stream: &str) {
        self.counters.forget(stream);
        self.writes.forget(stream);
        self.reads.forget(stream);
    }
}

fn now_ms() -> u64 {
    chrono::Utc::now().timestamp_millis() as u64
}
