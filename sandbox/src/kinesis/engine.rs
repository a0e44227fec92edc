//! One tenant's Kinesis in one region: ferrokinesis in memory, our journal on the disk.
//!
//! ferrokinesis has a durable mode of its own, which writes *everything it holds* again at every put; a lab's
//! worth of puts would write gigabytes. So it runs in memory here, each accepted batch of records is appended
//! to a [`Journal`] before it is answered, and the control state is journaled whole after each change. A change
//! that takes effect later (a stream being created, a split) is journaled as *pending* and done again on load.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ferrokinesis::actions::{Operation, dispatch};
use ferrokinesis::store::{Store, StoreOptions};
use ferrokinesis::types::{Stream, StreamStatus};
use serde_json::Value;

use super::changes::{Extras, Pending, is_open, takes_effect_later};
use super::entry::{self, Entry, Record};
use super::kept::{Control, Kept, kept_record};
use crate::journal::{Entry as _, Journal};
use crate::region::Region;
use crate::regional::{self, LoadError, load_journal};
use crate::tenant::AccountId;
use crate::wire::Refusal;

/// How an engine behaves; the same for every tenant.
#[derive(Debug, Clone, Copy)]
pub struct Behaviour {
    /// How long a stream takes to be created, changed or deleted.
    pub delay: Duration,
    /// Whether a shard takes at most 1 MiB and 1,000 records a second, as in AWS.
    pub shard_limits: bool,
    /// The most open shards.
    pub shards: u32,
}

/// A journal is rewritten when it is this large and twice what it holds.
const WORTH_COMPACTING: u64 = 8 * 1024 * 1024;

/// How often a pending change is looked at.
const SETTLE_STEP: Duration = Duration::from_millis(10);

/// One tenant's Kinesis in one region.
pub struct Engine {
    store: Store,
    journal: Journal,
    /// Shared by puts, exclusive for control changes: the journal's order is then the order things happened in.
    gate: tokio::sync::RwLock<()>,
    changes: Mutex<Changes>,
}

#[derive(Debug, Default)]
struct Changes {
    pending: Vec<Pending>,
    /// How many shards of each stream the journal knows.
    journaled: HashMap<String, usize>,
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
            enforce_limits: behaviour.shard_limits,
            aws_account_id: account.to_string(),
            aws_region: region.to_string(),
            ..StoreOptions::default()
        });
        let kept = Kept::replay(entries)?;
        let pending = kept.restore(&store).await?;
        let engine = Arc::new(Self {
            store,
            journal: loaded.start(),
            gate: tokio::sync::RwLock::default(),
            changes: Mutex::default(),
        });
        for change in pending {
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

    /// Looks again if a change took effect meanwhile: a look in between would see shards without their parents.
    async fn settled<T, F: Future<Output = T>>(&self, look: impl Fn() -> F) -> T {
        let before = self.changes().pending.clone();
        let seen = look().await;
        if before.is_empty() {
            return seen;
        }
        let alone = self.gate.write().await;
        self.settle_made().await;
        drop(alone);
        let same = self.changes().pending == before;
        if same { seen } else { look().await }
    }

    /// `PutRecord` or `PutRecords`: answered when what was accepted is on the disk.
    pub async fn put(
        &self,
        operation: Operation,
        stream: &str,
        body: Value,
    ) -> Result<Option<Value>, Refusal> {
        let offered = offered(&body);
        let _shared = self.gate.read().await;
        let answer = dispatch(&self.store, operation, body).await?;
        let records = accepted(offered, answer.as_ref().unwrap_or(&Value::Null));
        if records.is_empty() {
            return Ok(answer);
        }
        let newest = records.iter().map(|r| r.shard as usize).max().unwrap_or_default();
        if self
            .changes()
            .journaled
            .get(stream)
            .is_none_or(|known| newest >= *known)
        {
            // The shard came into being a moment ago; a record must never be journaled before its shard.
            self.journal_control().await?;
        }
        let frame = Entry::Records {
            stream: stream.to_owned(),
            records,
        }
        .frame();
        self.journal
            .append(frame)
            .await
            .map_err(|_| Refusal::internal())?;
        Ok(answer)
    }

    /// An operation that changes streams, shards, consumers or tags. `shards` is what it will add.
    pub async fn change(
        self: &Arc<Self>,
        operation: Operation,
        body: Value,
        shards: u32,
    ) -> Result<Option<Value>, Refusal> {
        let _alone = self.gate.write().await;
        self.settle_made().await;
        let stream = body["StreamName"].as_str().unwrap_or_default().to_owned();
        let pending = if takes_effect_later(operation) {
            Some(self.pending(operation, &stream, &body, shards).await)
        } else {
            None
        };
        let extras = (operation == Operation::CreateStream).then(|| Extras::of(&body));
        let answer = dispatch(&self.store, operation, body).await?;
        if let Some(extras) = extras {
            extras.apply(&self.store, &stream).await?;
        }
        if let Some(pending) = pending {
            self.changes().pending.push(pending.clone());
            self.settle_later(pending);
        }
        self.journal_control().await?;
        Ok(answer)
    }

    /// Forgets records past their stream's retention, and rewrites the journal when it is mostly garbage.
    pub async fn tidy(&self) -> io::Result<()> {
        ferrokinesis::retention::sweep_once(&self.store).await;
        let size = self.journal.bytes();
        if size < WORTH_COMPACTING || size < 2 * self.bytes() {
            Ok(())
        } else {
            self.compact().await
        }
    }

    /// Writes the journal anew from what is in memory.
    async fn compact(&self) -> io::Result<()> {
        let _alone = self.gate.write().await;
        let (mut frames, _) = self
            .control_frame()
            .await
            .map_err(|refusal| io::Error::other(refusal.message))?;
        for stream in self.store.list_stream_names().await {
            let records = self.store.get_record_store(&stream).await;
            let records: Vec<Record> = records
                .into_iter()
                .filter_map(|(key, r)| kept_record(&key, r))
                .collect();
            for some in records.chunks(1_000) {
                frames.extend(
                    Entry::Records {
                        stream: stream.clone(),
                        records: some.to_vec(),
                    }
                    .frame(),
                );
            }
        }
        self.journal.replace(frames).await
    }

    async fn pending(&self, operation: Operation, stream: &str, body: &Value, shards: u32) -> Pending {
        let before = self
            .store
            .get_stream(stream)
            .await
            .map(|s| s.shards)
            .unwrap_or_default();
        Pending {
            operation: operation.to_string(),
            stream: stream.to_owned(),
            body: body.clone(),
            shards,
            known: before.len(),
            open: before
                .into_iter()
                .filter(is_open)
                .map(|shard| shard.shard_id)
                .collect(),
        }
    }

    fn changes(&self) -> std::sync::MutexGuard<'_, Changes> {
        // The lock guards two plain collections that are whole between statements, panic or not.
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Journals the control state. Only then are its shards known to be in the journal.
    async fn journal_control(&self) -> Result<(), Refusal> {
        let (frame, shards) = self.control_frame().await?;
        self.journal
            .append(frame)
            .await
            .map_err(|_| Refusal::internal())?;
        self.changes().journaled = shards;
        Ok(())
    }

    /// The control state as a frame, and how many shards of each stream it names.
    async fn control_frame(&self) -> Result<(Vec<u8>, HashMap<String, usize>), Refusal> {
        let pending = self.changes().pending.clone();
        let control = Control::capture(&self.store, pending).await;
        let json = serde_json::to_vec(&control).map_err(|error| {
            tracing::error!(%error, "the control state could not be written");
            Refusal::internal()
        })?;
        let shards = control.shards();
        Ok((Entry::Control(json).frame(), shards))
    }

    /// Repeats a change that a stop interrupted.
    async fn do_again(self: &Arc<Self>, change: Pending) {
        let Ok(operation) = change.operation.parse::<Operation>() else {
            tracing::warn!(
                operation = change.operation,
                "a pending change has an unknown name"
            );
            return;
        };
        if let Err(refusal) = self.change(operation, change.body, change.shards).await {
            tracing::warn!(
                ?refusal,
                operation = change.operation,
                "a pending change could not be repeated"
            );
        }
    }

    /// Waits (in a task that keeps this engine in memory) until a change has taken effect, then journals it.
    fn settle_later(self: &Arc<Self>, change: Pending) {
        let engine = Arc::clone(self);
        tokio::spawn(async move {
            while engine.is_changing(&change.stream).await {
                tokio::time::sleep(SETTLE_STEP).await;
            }
            let _alone = engine.gate.write().await;
            engine.settle_made().await;
            // A failure marks the journal as failed, and the next caller loads afresh.
            drop(engine.journal_control().await);
        });
    }

    /// Takes the changes that have taken effect off the list of pending ones. A stream has at most one that has
    /// not: the engine refuses to change it meanwhile.
    async fn settle_made(&self) {
        let pending = self.changes().pending.clone();
        for change in pending {
            if !self.is_changing(&change.stream).await {
                self.finish(&change).await;
                self.changes().pending.retain(|p| *p != change);
            }
        }
    }

    /// What the engine leaves undone when a change takes effect.
    async fn finish(&self, change: &Pending) {
        if change.operation == Operation::DeleteStream.to_string() {
            self.forget_consumers(&change.stream).await;
        }
        let named = self.store.update_stream(&change.stream, |stream| {
            change.name_parents(stream);
            Ok(())
        });
        // A stream that is gone has no shards to name.
        drop(named.await);
    }

    async fn is_changing(&self, stream: &str) -> bool {
        let status = self.store.get_stream(stream).await.map(|s| s.stream_status);
        status.is_ok_and(|status| status != StreamStatus::Active)
    }

    /// AWS drops a stream's consumers with it; otherwise they would turn up in its next namesake.
    async fn forget_consumers(&self, stream: &str) {
        let arn = super::arn::stream(&self.store.aws_account_id, &self.store.aws_region, stream);
        for consumer in self.store.list_consumers_for_stream(&arn).await {
            if let Err(error) = self.store.delete_consumer(&consumer.consumer_arn).await {
                tracing::warn!(%error, "a deleted stream's consumer stays");
            }
        }
    }
}

impl regional::Engine for Engine {
    fn has_failed(&self) -> bool {
        self.journal.has_failed()
    }
}

/// The keys and data a put brings, in order.
fn offered(body: &Value) -> Vec<(String, String)> {
    let pair = |record: &Value| {
        let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
        (text("PartitionKey"), text("Data"))
    };
    match body["Records"].as_array() {
        Some(records) => records.iter().map(pair).collect(),
        None => vec![pair(body)],
    }
}

/// Those that the answer says were taken, with where they went.
fn accepted(offered: Vec<(String, String)>, answer: &Value) -> Vec<Record> {
    let places: Vec<&Value> = match answer["Records"].as_array() {
        Some(records) => records.iter().collect(),
        None => vec![answer],
    };
    let mut records = Vec::with_capacity(places.len());
    for (place, (key, data)) in places.into_iter().zip(offered) {
        let shard = place["ShardId"].as_str().and_then(super::arn::shard_number);
        if let (Some(shard), Some(sequence)) = (shard, place["SequenceNumber"].as_str()) {
            records.push(Record {
                shard,
                sequence: sequence.to_owned(),
                key,
                data,
            });
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    async fn open(folder: &Path) -> Arc<Engine> {
        let behaviour = Behaviour {
            delay: Duration::from_millis(1),
            shard_limits: false,
            shards: 50,
        };
        let account = "123456789012".parse().unwrap();
        Engine::load(folder, &account, Region::UsEast1, behaviour)
            .await
            .unwrap()
    }

    async fn put(engine: &Engine, key: &str) -> String {
        let body = json!({ "StreamName": "orders", "PartitionKey": key, "Data": "eA==" });
        let answer = engine
            .put(Operation::PutRecord, "orders", body)
            .await
            .unwrap()
            .unwrap();
        answer["SequenceNumber"].as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_compacted_journal_holds_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let engine = open(folder.path()).await;
        let body = json!({ "StreamName": "orders", "ShardCount": 2 });
        engine.change(Operation::CreateStream, body, 2).await.unwrap();
        while engine.is_changing("orders").await {
            tokio::task::yield_now().await;
        }
        for n in 0..30 {
            put(&engine, &format!("user-{n}")).await;
        }
        for hours in 25..45 {
            let body = json!({ "StreamName": "orders", "RetentionPeriodHours": hours });
            engine
                .change(Operation::IncreaseStreamRetentionPeriod, body, 0)
                .await
                .unwrap();
        }
        let (size, held) = (
            engine.journal.bytes(),
            engine.store.get_record_store("orders").await,
        );
        engine.compact().await.unwrap();
        assert!(engine.journal.bytes() < size / 2);
        let last = put(&engine, "user-1").await;
        drop(engine);

        let engine = open(folder.path()).await;
        let back = engine.store.get_record_store("orders").await;
        assert_eq!(back.len(), held.len() + 1);
        for (key, record) in held {
            let back = &back[&key];
            assert_eq!(
                (&back.partition_key, &back.data),
                (&record.partition_key, &record.data)
            );
        }
        assert_eq!(
            engine
                .store
                .get_stream("orders")
                .await
                .unwrap()
                .retention_period_hours,
            44
        );
        assert!(put(&engine, "user-1").await > last);
    }
}
