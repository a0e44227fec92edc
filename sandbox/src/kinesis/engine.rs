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
use ferrokinesis::error::KinesisErrorResponse;
use ferrokinesis::sequence::{SeqObj, parse_sequence, stringify_sequence};
use ferrokinesis::store::{Store, StoreOptions};
use ferrokinesis::types::{
    Consumer, ConsumerStatus, Shard, StoredRecord, StoredRecordRef, Stream, StreamStatus,
};
use serde_json::Value;

use super::changes::{Extras, Pending, RareChanges, is_open, takes_effect_later};
use super::control::{self, Rare};
use super::entry::{self, Entry, Record};
use super::get::arrived_ms;
use super::kept::{Control, Counters, Kept, kept_record};
use super::limits::{self, Shards};
use super::put::{Offered, Placed};
use super::subscriptions::Subscriptions;
use crate::journal::{Entry as _, Journal};
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

/// A journal is rewritten when it is this large and twice what it holds.
const WORTH_COMPACTING: u64 = 8 * 1024 * 1024;

/// How many records are looked at, at once, for being too old.
const TRIMMED_AT_ONCE: usize = 1_000;

/// How often a pending change is looked at.
const SETTLE_STEP: Duration = Duration::from_millis(10);

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

    /// A stream's ARN.
    pub fn arn_of(&self, stream: &str) -> String {
        super::arn::stream(&self.store.aws_account_id, &self.store.aws_region, stream)
    }

    /// The account, as in ARNs and messages.
    pub fn account(&self) -> &str {
        &self.store.aws_account_id
    }

    /// Records of a shard from a sequence number on, in order.
    pub async fn records(
        &self,
        stream: &str,
        shard: u32,
        from: &str,
        most: usize,
    ) -> Vec<(String, StoredRecord)> {
        let (start, end) = (engine_key(shard, from), engine_key(shard + 1, ""));
        let found = self
            .store
            .get_records_range_limited(stream, &start, &end, most)
            .await;
        found
            .into_iter()
            .filter_map(|(key, record)| Some((key.split_once('/')?.1.to_owned(), record)))
            .collect()
    }

    /// The first record of a shard that arrived at a time (Unix seconds) or later.
    pub async fn first_at(&self, stream: &str, shard: u32, time: f64) -> Option<String> {
        let (start, end) = (engine_key(shard, ""), engine_key(shard + 1, ""));
        let found = self
            .store
            .find_first_record_at_timestamp(stream, &start, &end, time)
            .await;
        Some(found?.0.split_once('/')?.1.to_owned())
    }

    /// The sequence number from which only what is yet to come is read.
    pub fn end_of(&self, stream: &str, shard: u32, begun_ms: u64) -> String {
        let next = self.flow().counters.next(stream, shard as usize);
        sequence(begun_ms, shard, next, 0)
    }

    /// Told of every put from now on.
    pub fn news(&self) -> tokio::sync::watch::Receiver<()> {
        self.news.subscribe()
    }

    /// Who is subscribed to what.
    pub fn subscriptions(&self) -> &Subscriptions {
        &self.subscriptions
    }

    /// Begins a `GetRecords` on a shard, if it may be read now.
    pub fn begin_read(&self, stream: &str, shard: u32) -> Result<(), Refusal> {
        let may = !self.shard_limits
            || self
                .flow()
                .reads
                .begin_read(stream, shard, self.clock_ms() as u64);
        if may {
            Ok(())
        } else {
            Err(limits::exceeded(stream, shard, self.account()))
        }
    }

    /// Counts what a `GetRecords` brought.
    pub fn has_read(&self, stream: &str, shard: u32, bytes: u64) {
        self.flow().reads.has_read(stream, shard, bytes);
    }

    /// Puts records: answered when what was taken is on the disk.
    pub async fn put(&self, stream: &str, offered: Vec<Offered>) -> Result<Vec<Placed>, Refusal> {
        let _shared = self.gate.read().await;
        let (placed, records) = self.place(stream, offered).await?;
        if records.is_empty() {
            return Ok(placed);
        }
        self.news.send_replace(());
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
        Ok(placed)
    }

    /// Gives records their shards and numbers, and puts those that fit the shards' limits into memory.
    async fn place(&self, name: &str, offered: Vec<Offered>) -> Result<(Vec<Placed>, Vec<Record>), Refusal> {
        let _alone = self.placing.lock().await;
        let stream = self.store.get_stream(name).await?;
        if !matches!(
            stream.stream_status,
            StreamStatus::Active | StreamStatus::Updating
        ) {
            return Err(KinesisErrorResponse::stream_not_found(name, self.account()).into());
        }
        let open = OpenShards::of(&stream);
        let mut placed = Vec::with_capacity(offered.len());
        let mut records = Vec::with_capacity(offered.len());
        {
            let mut flow = self.flow();
            let second = self.clock_ms() as u64;
            for record in offered {
                let Some(shard) = open.owner(record.hash) else {
                    return Err(Refusal::internal());
                };
                let now = now_ms().max(shard.begun_ms);
                if self.shard_limits && !flow.writes.write(name, shard.number, second, record.bytes()) {
                    placed.push(Placed::Refused { shard: shard.number });
                    continue;
                }
                let drawn = flow.counters.draw(name, shard.number as usize);
                let sequence = sequence(shard.begun_ms, shard.number, drawn, now);
                placed.push(Placed::Taken {
                    shard: shard.number,
                    sequence: sequence.clone(),
                });
                records.push(Record {
                    shard: shard.number,
                    sequence,
                    key: record.key,
                    data: record.data,
                    arrived: now,
                });
            }
        }
        let batch: Vec<_> = records
            .iter()
            .map(|record| {
                let stored = StoredRecordRef {
                    partition_key: &record.key,
                    data: &record.data,
                    approximate_arrival_timestamp: record.arrived as f64 / 1_000.0,
                };
                (engine_key(record.shard, &record.sequence), stored)
            })
            .collect();
        self.store.put_records_batch(name, &batch).await?;
        Ok((placed, records))
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
        let stream = control::stream_name(&body).to_owned();
        control::check(self, operation, &body).await?;
        let rare = Rare::of(operation);
        if let Some(rare) = rare
            && !self.changes().rare.may(rare, &stream, self.clock_ms())
        {
            return Err(rare.refusal(&stream));
        }
        let pending = if takes_effect_later(operation) {
            Some(self.pending(operation, &stream, &body, shards).await)
        } else {
            None
        };
        let extras = (operation == Operation::CreateStream).then(|| Extras::of(&body));
        let answer = control::make(self, operation, body).await?;
        if let Some(rare) = rare {
            self.changes().rare.happened(rare, &stream, self.clock_ms());
        }
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
        for name in self.store.list_stream_names().await {
            if let Ok(stream) = self.store.get_stream(&name).await {
                self.trim(&stream).await;
            }
        }
        let size = self.journal.bytes();
        if size < WORTH_COMPACTING || size < 2 * self.bytes() {
            Ok(())
        } else {
            self.compact().await
        }
    }

    /// Records are in the order of their arrival, so that only those to be forgotten are looked at.
    async fn trim(&self, stream: &Stream) {
        let oldest = now_ms() as i64 - i64::from(stream.retention_period_hours) * 3_600_000;
        for shard in 0..stream.shards.len() as u32 {
            loop {
                let first = self
                    .records(&stream.stream_name, shard, "", TRIMMED_AT_ONCE)
                    .await;
                let keys: Vec<String> = first
                    .iter()
                    .take_while(|(_, record)| arrived_ms(record) < oldest)
                    .map(|(sequence, _)| engine_key(shard, sequence))
                    .collect();
                self.store.delete_record_keys(&stream.stream_name, &keys).await;
                if keys.len() < TRIMMED_AT_ONCE {
                    break;
                }
            }
        }
    }

    /// Writes the journal anew from what is in memory.
    async fn compact(&self) -> io::Result<()> {
        let _alone = self.gate.write().await;
        self.still_right()
            .map_err(|refusal| io::Error::other(refusal.message))?;
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

    fn clock_ms(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }

    fn flow(&self) -> std::sync::MutexGuard<'_, Flow> {
        // As above: numbers and tables, each whole between statements.
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An engine that has lost its way takes no write any more, and must write none either: a fresh one takes its place.
    fn still_right(&self) -> Result<(), Refusal> {
        self.store.check_ready().map_err(|error| {
            tracing::error!(%error, "a Kinesis engine is to be loaded afresh");
            Refusal::internal()
        })
    }

    /// Journals the control state. Only then are its shards known to be in the journal.
    async fn journal_control(&self) -> Result<(), Refusal> {
        self.still_right()?;
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
        let rare = self.changes().rare.clone();
        let control = Control::capture(&self.store, pending, rare, |stream, shard| {
            self.flow().counters.next(stream, shard)
        })
        .await;
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
            self.flow().forget(&change.stream);
            self.changes().rare.forget(&change.stream);
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

    /// AWS drops a stream's consumers with it; otherwise they would turn up in its next namesake. One that is going
    /// already goes by itself: the engine would miss it, and take no write from then on.
    async fn forget_consumers(&self, stream: &str) {
        let arn = self.arn_of(stream);
        let consumers = self.store.list_consumers_for_stream(&arn).await;
        let stay = |consumer: &&Consumer| consumer.consumer_status != ConsumerStatus::Deleting;
        for consumer in consumers.iter().filter(stay) {
            if let Err(error) = self.store.delete_consumer(&consumer.consumer_arn).await {
                tracing::warn!(%error, "a deleted stream's consumer stays");
            }
        }
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

/// A stream's open shards, in the order of their hashes.
struct OpenShards(Vec<OpenShard>);

struct OpenShard {
    number: u32,
    last_hash: u128,
    begun_ms: u64,
}

impl OpenShards {
    fn of(stream: &Stream) -> Self {
        let open = stream
            .shards
            .iter()
            .enumerate()
            .filter(|(_, shard)| is_open(shard));
        let mut shards: Vec<OpenShard> = open
            .map(|(number, shard)| OpenShard {
                number: number as u32,
                last_hash: shard.hash_key_range.end_u128(),
                begun_ms: begun_ms(shard),
            })
            .collect();
        shards.sort_by_key(|shard| shard.last_hash);
        Self(shards)
    }

    /// Whose hash it is: open shards cover the ring without gaps.
    fn owner(&self, hash: u128) -> Option<&OpenShard> {
        self.0.get(self.0.partition_point(|shard| shard.last_hash < hash))
    }
}

/// When a shard began, as its sequence numbers say.
pub fn begun_ms(shard: &Shard) -> u64 {
    parse_sequence(&shard.sequence_number_range.starting_sequence_number)
        .map(|start| start.shard_create_time)
        .unwrap_or_default()
}

/// A sequence number: the shard's beginning, a number drawn, the time.
fn sequence(begun_ms: u64, shard: u32, drawn: u64, now: u64) -> String {
    stringify_sequence(&SeqObj {
        shard_create_time: begun_ms,
        seq_ix: Some(drawn),
        byte1: None,
        seq_time: Some(now),
        seq_rand: None,
        shard_ix: i64::from(shard),
        version: 2,
    })
}

/// ferrokinesis files a record under `shard in hex / sequence number`.
fn engine_key(shard: u32, sequence: &str) -> String {
    format!("{shard:08x}/{sequence}")
}

fn now_ms() -> u64 {
    chrono::Utc::now().timestamp_millis() as u64
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
            clock: Clock::new(chrono::Utc::now),
        };
        let account = "123456789012".parse().unwrap();
        Engine::load(folder, &account, Region::UsEast1, behaviour)
            .await
            .unwrap()
    }

    async fn put(engine: &Engine, key: &str) -> String {
        let offered = Offered {
            key: key.to_owned(),
            data: "eA==".to_owned(),
            hash: crate::ring::HashKey::of(key).0,
        };
        match engine.put("orders", vec![offered]).await.unwrap().remove(0) {
            Placed::Taken { sequence, .. } => sequence,
            Placed::Refused { shard } => panic!("shard {shard} has no limits here"),
        }
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
