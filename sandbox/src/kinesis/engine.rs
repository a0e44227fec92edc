//! One tenant's Kinesis in one region: ferrokinesis in memory, our journal on the disk.
//!
//! ferrokinesis has a durable mode of its own, which writes *everything it holds* again at every put; a lab's
//! worth of puts would write gigabytes. So it runs in memory here, each accepted batch of records is appended
//! to a [`Journal`] before it is answered, and the control state is journaled whole after each change. A change
//! that takes effect later (a stream being created, a split) is journaled as *pending* and done again on load.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ferrokinesis::actions::{Operation, dispatch};
use ferrokinesis::persistence::PersistentStream;
use ferrokinesis::sequence::{SeqObj, parse_sequence};
use ferrokinesis::store::{Store, StoreOptions};
use ferrokinesis::types::{Consumer, ConsumerStatus, StoredRecord, Stream, StreamStatus};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::journal::{Entry, Journal, Record};
use crate::region::Region;
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

/// The engine could not be brought back from the disk.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The journal could not be read or begun.
    #[error("the sandbox's journal could not be read")]
    Journal(#[from] io::Error),
    /// A control entry is not what this version writes.
    #[error("the sandbox's journal has an entry that cannot be understood")]
    Control(#[from] serde_json::Error),
    /// The tenant is being deleted.
    #[error("the sandbox is being removed")]
    Closed,
    /// The engine refused what the journal says.
    #[error("the Kinesis engine refused its own journal: {0}")]
    Engine(#[from] ferrokinesis::error::KinesisErrorResponse),
}

/// Everything but records.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Control {
    streams: Vec<PersistentStream>,
    consumers: Vec<Consumer>,
    policies: BTreeMap<String, String>,
    tags: BTreeMap<String, BTreeMap<String, String>>,
    account_settings: Value,
    pending: Vec<Pending>,
}

/// A change that was accepted and has not taken effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Pending {
    operation: String,
    stream: String,
    body: Value,
    /// Open shards it will add; counted against the quota meanwhile.
    shards: u32,
}

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
        let folder = folder.to_owned();
        let (loaded, entries) = tokio::task::spawn_blocking(move || Journal::load(&folder))
            .await
            .map_err(io::Error::other)??;
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

    /// Whether the journal can no longer be written, so that this engine must be loaded afresh.
    pub fn has_failed(&self) -> bool {
        self.journal.has_failed()
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
        Ok(dispatch(&self.store, operation, body).await?)
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
        let mut frames = Vec::new();
        let newest = records.iter().map(|r| r.shard as usize).max().unwrap_or_default();
        if self
            .changes()
            .journaled
            .get(stream)
            .is_none_or(|known| newest >= *known)
        {
            // The shard came into being a moment ago; a record must never be journaled before its shard.
            frames = self.control_frame().await?;
        }
        frames.extend(
            Entry::Records {
                stream: stream.to_owned(),
                records,
            }
            .frame(),
        );
        self.journal
            .append(frames)
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
        let stream = body["StreamName"].as_str().unwrap_or_default().to_owned();
        let pending = takes_effect_later(operation).then(|| Pending {
            operation: operation.to_string(),
            stream: stream.clone(),
            body: body.clone(),
            shards,
        });
        let extras = (operation == Operation::CreateStream).then(|| Extras::of(&body));
        let answer = dispatch(&self.store, operation, body).await?;
        if let Some(extras) = extras {
            extras.apply(&self.store, &stream).await?;
        }
        if let Some(pending) = pending {
            self.changes().pending.push(pending.clone());
            self.settle_later(pending);
        }
        let frame = self.control_frame().await?;
        self.journal
            .append(frame)
            .await
            .map_err(|_| Refusal::internal())?;
        Ok(answer)
    }

    /// Forgets records past their stream's retention, and rewrites the journal when it is mostly garbage.
    pub async fn tidy(&self) -> io::Result<()> {
        ferrokinesis::retention::sweep_once(&self.store).await;
        let size = self.journal.bytes();
        if size < WORTH_COMPACTING || size < 2 * self.bytes() {
            return Ok(());
        }
        let _alone = self.gate.write().await;
        let mut frames = self
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

    fn changes(&self) -> std::sync::MutexGuard<'_, Changes> {
        // The lock guards two plain collections that are whole between statements, panic or not.
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The control state as a frame, remembering which shards it names.
    async fn control_frame(&self) -> Result<Vec<u8>, Refusal> {
        let pending = self.changes().pending.clone();
        let control = Control::capture(&self.store, pending).await;
        let json = serde_json::to_vec(&control).map_err(|error| {
            tracing::error!(%error, "the control state could not be written");
            Refusal::internal()
        })?;
        self.changes().journaled = control
            .streams
            .iter()
            .map(|s| (s.stream_name.clone(), s.shards.len()))
            .collect();
        Ok(Entry::Control(json).frame())
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
            if change.operation == Operation::DeleteStream.to_string() {
                engine.forget_consumers(&change.stream).await;
            }
            engine.changes().pending.retain(|p| *p != change);
            if let Ok(frame) = engine.control_frame().await {
                // A failure marks the journal as failed, and the next caller loads afresh.
                drop(engine.journal.append(frame).await);
            }
        });
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

/// What `CreateStream` is asked for and ferrokinesis leaves out.
struct Extras {
    on_demand: bool,
    tags: BTreeMap<String, String>,
}

impl Extras {
    fn of(body: &Value) -> Self {
        let tags = body["Tags"].as_object().into_iter().flatten();
        Self {
            on_demand: body["StreamModeDetails"]["StreamMode"] == "ON_DEMAND",
            tags: tags
                .filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned())))
                .collect(),
        }
    }

    async fn apply(self, store: &Store, stream: &str) -> Result<(), Refusal> {
        store
            .update_stream(stream, |stream| {
                if self.on_demand {
                    stream.stream_mode_details.stream_mode = ferrokinesis::types::StreamMode::OnDemand;
                }
                stream.tags = self.tags;
                Ok(())
            })
            .await?;
        Ok(())
    }
}

fn takes_effect_later(operation: Operation) -> bool {
    use Operation::{
        CreateStream, DeleteStream, MergeShards, SplitShard, StartStreamEncryption, StopStreamEncryption,
        UpdateShardCount,
    };
    matches!(
        operation,
        CreateStream
            | DeleteStream
            | MergeShards
            | SplitShard
            | StartStreamEncryption
            | StopStreamEncryption
            | UpdateShardCount
    )
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

/// ferrokinesis files a record under `shard in hex / sequence number`.
fn engine_key(record: &Record) -> String {
    format!("{:08x}/{}", record.shard, record.sequence)
}

fn kept_record(engine_key: &str, record: StoredRecord) -> Option<Record> {
    let (shard, sequence) = engine_key.split_once('/')?;
    Some(Record {
        shard: u32::from_str_radix(shard, 16).ok()?,
        sequence: sequence.to_owned(),
        key: record.partition_key,
        data: record.data,
    })
}

impl Control {
    async fn capture(store: &Store, pending: Vec<Pending>) -> Self {
        let mut control = Self {
            pending,
            account_settings: store.get_account_settings().await,
            ..Self::default()
        };
        for name in store.list_stream_names().await {
            let Ok(mut stream) = store.get_stream(&name).await else {
                continue;
            };
            let arn = stream.stream_arn.clone();
            for consumer in store.list_consumers_for_stream(&arn).await {
                control.keep_consumer(store, consumer).await;
            }
            control.keep_policy_and_tags(store, arn).await;
            if stream.stream_status == StreamStatus::Creating {
                // It has no shards yet; it comes back by its pending creation.
                continue;
            }
            stream.stream_status = StreamStatus::Active;
            let mut counters = Vec::with_capacity(stream.shards.len());
            for shard in 0..stream.shards.len() {
                counters.push(store.current_shard_seq(&name, shard as i64).await);
            }
            control
                .streams
                .push(PersistentStream::from_stream(name, &stream, counters));
        }
        control
    }

    async fn keep_consumer(&mut self, store: &Store, mut consumer: Consumer) {
        if consumer.consumer_status == ConsumerStatus::Deleting {
            return;
        }
        consumer.consumer_status = ConsumerStatus::Active;
        self.keep_policy_and_tags(store, consumer.consumer_arn.clone())
            .await;
        self.consumers.push(consumer);
    }

    async fn keep_policy_and_tags(&mut self, store: &Store, arn: String) {
        let tags = store.get_resource_tags(&arn).await;
        if !tags.is_empty() {
            self.tags.insert(arn.clone(), tags);
        }
        if let Some(policy) = store.get_policy(&arn).await {
            self.policies.insert(arn, policy);
        }
    }
}

/// What a journal comes to: the last control state and the records of the streams in it.
#[derive(Debug, Default)]
struct Kept {
    control: Control,
    records: HashMap<String, Vec<Record>>,
}

impl Kept {
    fn replay(entries: Vec<Entry>) -> Result<Self, LoadError> {
        let mut kept = Self::default();
        for entry in entries {
            match entry {
                Entry::Control(json) => {
                    kept.control = serde_json::from_slice(&json)?;
                    // A deleted stream's records go with it, so that a namesake starts empty.
                    let streams = &kept.control.streams;
                    kept.records
                        .retain(|name, _| streams.iter().any(|s| s.stream_name == *name));
                }
                Entry::Records { stream, records } => {
                    if kept.control.streams.iter().any(|s| s.stream_name == stream) {
                        kept.records.entry(stream).or_default().extend(records);
                    }
                }
            }
        }
        Ok(kept)
    }

    /// Puts all of it into an empty store and returns the changes that are still to be done.
    async fn restore(self, store: &Store) -> Result<Vec<Pending>, LoadError> {
        let Self { control, mut records } = self;
        for saved in control.streams {
            let (name, stream, counters) = saved.into_parts();
            let records = records.remove(&name).unwrap_or_default();
            let retention = Duration::from_secs(u64::from(stream.retention_period_hours) * 3600);
            store.put_stream(&name, stream.clone()).await?;
            let counters = restore_records(store, &name, records, counters, retention).await?;
            wind_counters(store, &name, &stream, &counters).await?;
        }
        for consumer in control.consumers {
            store
                .put_consumer(&consumer.consumer_arn.clone(), consumer)
                .await?;
        }
        for (arn, policy) in &control.policies {
            store.put_policy(arn, policy).await?;
        }
        for (arn, tags) in &control.tags {
            store.put_resource_tags(arn, tags).await?;
        }
        if control.account_settings.is_object() {
            store.put_account_settings(&control.account_settings).await?;
        }
        Ok(control.pending)
    }
}

/// Puts back what retention still keeps; returns each shard's next sequence counter.
async fn restore_records(
    store: &Store,
    stream: &str,
    records: Vec<Record>,
    mut counters: Vec<u64>,
    retention: Duration,
) -> Result<Vec<u64>, LoadError> {
    let oldest = chrono::Utc::now().timestamp_millis() as u64 - retention.as_millis() as u64;
    let mut batch = Vec::with_capacity(records.len().min(1_000));
    for record in records {
        let Ok(SeqObj { seq_ix, seq_time, .. }) = parse_sequence(&record.sequence) else {
            continue;
        };
        let arrived = seq_time.unwrap_or_default();
        if let (Some(counter), Some(used)) = (counters.get_mut(record.shard as usize), seq_ix) {
            *counter = (*counter).max(used + 1);
        }
        if arrived < oldest {
            continue;
        }
        let key = engine_key(&record);
        batch.push((
            key,
            StoredRecord {
                partition_key: record.key,
                data: record.data,
                approximate_arrival_timestamp: (arrived / 1000) as f64,
            },
        ));
        if batch.len() == 1_000 {
            store.put_records_batch(stream, &batch).await?;
            batch.clear();
        }
    }
    store.put_records_batch(stream, &batch).await?;
    Ok(counters)
}

/// Advances each open shard's counter to where it was, so that sequence numbers go on rising.
///
/// The engine has no way to set it, but drawing numbers moves it; a number costs about a microsecond.
async fn wind_counters(
    store: &Store,
    name: &str,
    stream: &Stream,
    counters: &[u64],
) -> Result<(), LoadError> {
    for (index, shard) in stream.shards.iter().enumerate() {
        let open = shard.sequence_number_range.ending_sequence_number.is_none();
        let target = counters.get(index).copied().unwrap_or_default();
        while open {
            let now = store.current_shard_seq(name, index as i64).await;
            let missing = target.saturating_sub(now).min(4_096) as usize;
            if missing == 0 {
                break;
            }
            store
                .allocate_sequences_batch(name, &vec![shard.hash_key_range.start_u128(); missing])
                .await?;
        }
    }
    Ok(())
}
