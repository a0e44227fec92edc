//! What is written of an engine's state and how it comes back: the control state as of a moment, and a journal's
//! entries as a filled store.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use ferrokinesis::persistence::PersistentStream;
use ferrokinesis::sequence::{SeqObj, parse_sequence};
use ferrokinesis::store::Store;
use ferrokinesis::types::{Consumer, ConsumerStatus, StoredRecord, Stream, StreamStatus};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::changes::{Pending, RareChanges};
use super::entry::{Entry, Record};
use crate::regional::LoadError;

/// Everything but records.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Control {
    streams: Vec<PersistentStream>,
    consumers: Vec<Consumer>,
    policies: BTreeMap<String, String>,
    tags: BTreeMap<String, BTreeMap<String, String>>,
    account_settings: Value,
    pending: Vec<Pending>,
    #[serde(default)]
    rare: RareChanges,
}

impl Control {
    /// The state as of now. Each stream is looked at once, so that a change counts either as made, in its
    /// shards, or as pending; never both.
    pub async fn capture(
        store: &Store,
        pending: Vec<Pending>,
        rare: RareChanges,
        counter: impl Fn(&str, usize) -> u64,
    ) -> Self {
        let mut control = Self {
            account_settings: store.get_account_settings().await,
            rare,
            ..Self::default()
        };
        for name in store.list_stream_names().await {
            let Ok(mut stream) = store.get_stream(&name).await else {
                continue;
            };
            let change = pending.iter().find(|change| change.stream == name);
            if let Some(change) = change {
                if stream.stream_status == StreamStatus::Active {
                    change.name_parents(&mut stream);
                } else {
                    control.pending.push(change.clone());
                }
            }
            let arn = stream.stream_arn.clone();
            for consumer in store.list_consumers_for_stream(&arn).await {
                control.keep_consumer(store, consumer).await;
            }
            control.keep_policy_and_tags(store, arn).await;
            if stream.stream_status != StreamStatus::Creating {
                // A stream being created has no shards yet; it comes back by its pending creation.
                control.keep_stream(name, stream, &counter);
            }
        }
        control
    }

    /// How many shards of each stream are named.
    pub fn shards(&self) -> HashMap<String, usize> {
        self.streams
            .iter()
            .map(|s| (s.stream_name.clone(), s.shards.len()))
            .collect()
    }

    fn keep_stream(&mut self, name: String, mut stream: Stream, counter: &impl Fn(&str, usize) -> u64) {
        stream.stream_status = StreamStatus::Active;
        let counters = (0..stream.shards.len())
            .map(|shard| counter(&name, shard))
            .collect();
        self.streams
            .push(PersistentStream::from_stream(name, &stream, counters));
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
pub struct Kept {
    control: Control,
    records: HashMap<String, Vec<Record>>,
}

/// What does not go into the store.
#[derive(Debug, Default)]
pub struct Restored {
    /// Changes that are still to be done.
    pub pending: Vec<Pending>,
    pub rare: RareChanges,
    pub counters: Counters,
}

impl Kept {
    pub fn replay(entries: Vec<Entry>) -> Result<Self, LoadError> {
        let mut kept = Self::default();
        for entry in entries {
            match entry {
                Entry::Control(json) => {
                    kept.control = serde_json::from_slice(&json).map_err(unreadable)?;
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

    /// Puts all of it into an empty store, and returns what does not belong there.
    pub async fn restore(self, store: &Store) -> Result<Restored, LoadError> {
        let Self { control, mut records } = self;
        let mut counters = Counters::default();
        for saved in control.streams {
            let (name, stream, drawn) = saved.into_parts();
            let records = records.remove(&name).unwrap_or_default();
            let retention = Duration::from_secs(u64::from(stream.retention_period_hours) * 3600);
            store
                .put_stream(&name, stream.clone())
                .await
                .map_err(unreadable)?;
            let drawn = restore_records(store, &name, records, drawn, retention).await?;
            counters.set(name, drawn);
        }
        for consumer in control.consumers {
            store
                .put_consumer(&consumer.consumer_arn.clone(), consumer)
                .await
                .map_err(unreadable)?;
        }
        for (arn, policy) in &control.policies {
            store.put_policy(arn, policy).await.map_err(unreadable)?;
        }
        for (arn, tags) in &control.tags {
            store.put_resource_tags(arn, tags).await.map_err(unreadable)?;
        }
        if control.account_settings.is_object() {
            store
                .put_account_settings(&control.account_settings)
                .await
                .map_err(unreadable)?;
        }
        Ok(Restored {
            pending: control.pending,
            rare: control.rare,
            counters,
        })
    }
}

/// The next number to draw for each shard's sequence. (ferrokinesis has counters of its own, which cannot be set.)
#[derive(Debug, Default)]
pub struct Counters {
    streams: HashMap<String, Vec<u64>>,
}

/// Not 0, which is in the number a shard begins with.
const FIRST: u64 = 1;

impl Counters {
    /// The number that will be drawn next.
    pub fn next(&self, stream: &str, shard: usize) -> u64 {
        let drawn = self.streams.get(stream).and_then(|shards| shards.get(shard));
        drawn.copied().unwrap_or(FIRST)
    }

    /// Draws a number.
    pub fn draw(&mut self, stream: &str, shard: usize) -> u64 {
        if !self.streams.contains_key(stream) {
            self.streams.insert(stream.to_owned(), Vec::new());
        }
        let Some(shards) = self.streams.get_mut(stream) else {
            return FIRST;
        };
        if shards.len() <= shard {
            shards.resize(shard + 1, FIRST);
        }
        let drawn = shards[shard];
        shards[shard] += 1;
        drawn
    }

    /// Forgets a stream that is gone.
    pub fn forget(&mut self, stream: &str) {
        self.streams.remove(stream);
    }

    fn set(&mut self, stream: String, shards: Vec<u64>) {
        self.streams
            .insert(stream, shards.into_iter().map(|next| next.max(FIRST)).collect());
    }
}

/// ferrokinesis files a record under `shard in hex / sequence number`.
fn engine_key(record: &Record) -> String {
    format!("{:08x}/{}", record.shard, record.sequence)
}

/// A stored record as the journal has it.
pub fn kept_record(engine_key: &str, record: StoredRecord) -> Option<Record> {
    let (shard, sequence) = engine_key.split_once('/')?;
    Some(Record {
        shard: u32::from_str_radix(shard, 16).ok()?,
        sequence: sequence.to_owned(),
        arrived: super::get::arrived_ms(&record) as u64,
        key: record.partition_key,
        data: record.data,
    })
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
        let Ok(SeqObj { seq_ix, .. }) = parse_sequence(&record.sequence) else {
            continue;
        };
        if let (Some(counter), Some(used)) = (counters.get_mut(record.shard as usize), seq_ix) {
            *counter = (*counter).max(used + 1);
        }
        if record.arrived < oldest {
            continue;
        }
        let key = engine_key(&record);
        batch.push((
            key,
            StoredRecord {
                partition_key: record.key,
                data: record.data,
                approximate_arrival_timestamp: record.arrived as f64 / 1_000.0,
            },
        ));
        if batch.len() == 1_000 {
            store
                .put_records_batch(stream, &batch)
                .await
                .map_err(unreadable)?;
            batch.clear();
        }
    }
    store
        .put_records_batch(stream, &batch)
        .await
        .map_err(unreadable)?;
    Ok(counters)
}

/// What the engine says to its own journal's contents.
fn unreadable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> LoadError {
    LoadError::Contents(error.into())
}
