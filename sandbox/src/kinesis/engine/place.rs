//! Records on their way in and out: which shard each belongs to, the number it gets there, whether the shard's limits let it
//! through, and reading a shard on from a number.

use ferrokinesis::error::KinesisErrorResponse;
use ferrokinesis::sequence::{SeqObj, parse_sequence, stringify_sequence};
use ferrokinesis::types::{Shard, StoredRecord, StoredRecordRef, Stream, StreamStatus};

use super::{Engine, now_ms};
use crate::journal::Entry as _;
use crate::kinesis::changes::is_open;
use crate::kinesis::entry::{Entry, Record};
use crate::kinesis::limits;
use crate::kinesis::put::{Offered, Placed};
use crate::wire::Refusal;

impl Engine {
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
pub(super) fn engine_key(shard: u32, sequence: &str) -> String {
    format!("{shard:08x}/{sequence}")
}
