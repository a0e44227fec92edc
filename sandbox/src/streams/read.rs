//! Reading a stream: over its shards in order, from where the reader stands, following splits and merges.
//! The reader's place is a value that is given in and out; nothing is remembered here.

use std::collections::BTreeMap;

use aws_sdk_kinesis::primitives::DateTime;
use aws_sdk_kinesis::types::ShardIteratorType;
use serde::{Deserialize, Serialize};

use super::{Shard, StreamError, Streams, check_name};

/// Where a reader stands in a stream: for each shard begun, the sequence number last read there.
///
/// A shard that is missing has not been begun; it will be read from its oldest record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position {
    shards: BTreeMap<String, String>,
}

impl Position {
    /// The sequence number last read in a shard.
    pub fn after(&self, shard: &str) -> Option<&str> {
        self.shards.get(shard).map(String::as_str)
    }

    /// The shards begun.
    pub fn shards(&self) -> impl Iterator<Item = (&str, &str)> {
        self.shards
            .iter()
            .map(|(shard, sequence)| (shard.as_str(), sequence.as_str()))
    }

    fn advance(&mut self, shard: &str, sequence: &str) {
        self.shards.insert(shard.to_owned(), sequence.to_owned());
    }
}

/// Each shard's id with the sequence number last read there.
impl FromIterator<(String, String)> for Position {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(read: I) -> Self {
        Self {
            shards: read.into_iter().collect(),
        }
    }
}

/// Where to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// The oldest records kept (`TRIM_HORIZON`).
    Oldest,
    /// Only what comes after now (`LATEST`): reads nothing, and the position returned is the end of each shard.
    Newest,
    /// After what was read before. An empty position is the same as [`From::Oldest`].
    Position(Position),
    /// At this sequence number; needs a shard.
    At(String),
    /// After this sequence number; needs a shard.
    After(String),
    /// At what arrived from this time on (`AT_TIMESTAMP`), Unix milliseconds.
    Time(i64),
}

/// Where in a shard an iterator begins, other than at its oldest record.
#[derive(Debug, Clone)]
pub(super) enum Start {
    /// At or after a sequence number.
    Number((ShardIteratorType, String)),
    /// At a time, Unix milliseconds.
    Time(i64),
}

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Where to begin.
    pub from: From,
    /// One shard only, by id or number (`0` is `shardId-000000000000`); all where `None`.
    pub shard: Option<String>,
    /// The most records wanted.
    pub limit: usize,
}

/// A record that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Got {
    /// The shard it is in.
    pub shard: String,
    /// Its sequence number there.
    pub sequence: String,
    /// Its partition key.
    pub key: String,
    /// Its data.
    pub data: Vec<u8>,
    /// When it arrived, Unix milliseconds, where AWS says it.
    pub arrived_at: Option<i64>,
}

/// What a reading brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The records: in each shard in the order of its sequence numbers, parents before children.
    pub records: Vec<Got>,
    /// Where the reader stands now. Shards that were not read stand where they stood.
    pub position: Position,
    /// Whether the limit was reached, so that more may be waiting.
    pub more: bool,
}

/// AWS's most records a call, and the most calls we make for one shard in one reading.
const PAGE: usize = 10_000;
const PAGES: usize = 100;

impl Streams {
    /// Reads up to a number of records, shared fairly among the shards.
    pub async fn read(&self, name: &str, read: Read) -> Result<Reading, StreamError> {
        check_name(name)?;
        let stream = self.patiently(|| self.describe(name)).await?;
        // Parents before children.
        let shards = match read.shard.as_deref() {
            Some(asked) => vec![stream.shard(asked)?.clone()],
            None => stream.shards,
        };
        let mut visit = Visit {
            streams: self,
            name,
            skip: read.from == From::Newest,
            position: match &read.from {
                From::Position(position) => position.clone(),
                _ => Position::default(),
            },
            records: Vec::new(),
            unfinished: Vec::new(),
        };
        let limit = if visit.skip { usize::MAX } else { read.limit };
        let start = match read.from {
            From::At(sequence) => Some(Start::Number((ShardIteratorType::AtSequenceNumber, sequence))),
            From::After(sequence) => Some(Start::Number((ShardIteratorType::AfterSequenceNumber, sequence))),
            From::Time(at) => Some(Start::Time(at)),
            _ => None,
        };
        if let Some(Start::Number((_, sequence))) = &start
            && (shards.len() != 1 || sequence.is_empty() || !sequence.bytes().all(|b| b.is_ascii_digit()))
        {
            return Err(StreamError::BadSequence {
                sequence: sequence.clone(),
            });
        }
        let mut left = shards.len();
        for shard in &shards {
            let room = limit - visit.records.len().min(limit);
            // What one shard leaves of its share goes to those after it.
            visit.shard(shard, room.div_ceil(left), start.clone()).await?;
            left -= 1;
        }
        Ok(Reading {
            more: !visit.unfinished.is_empty(),
            records: visit.records,
            position: visit.position,
        })
    }
}

/// A reading under way.
struct Visit<'a> {
    streams: &'a Streams,
    name: &'a str,
    /// Whether records are passed over, to find the end.
    skip: bool,
    position: Position,
    records: Vec<Got>,
    /// Shards with more to read; their children wait, or order within a key would be lost.
    unfinished: Vec<String>,
}

impl Visit<'_> {
    async fn shard(&mut self, shard: &Shard, room: usize, start: Option<Start>) -> Result<(), StreamError> {
        let waits = |parent: &Option<String>| parent.as_ref().is_some_and(|p| self.unfinished.contains(p));
        if room == 0 || waits(&shard.parent) || waits(&shard.adjacent_parent) {
            self.unfinished.push(shard.id.clone());
            return Ok(());
        }
        let start = start.or_else(|| {
            let after = self.position.after(&shard.id)?;
            Some(Start::Number((
                ShardIteratorType::AfterSequenceNumber,
                after.to_owned(),
            )))
        });
        let mut iterator = Some(self.streams.iterator(self.name, shard, start).await?);
        let mut taken = 0;
        for _ in 0..PAGES {
            let Some(current) = iterator else { return Ok(()) };
            let wanted = (room - taken).min(PAGE);
            let request = self
                .streams
                .client
                .get_records()
                .shard_iterator(current)
                .limit(wanted as i32);
            let page = self
                .streams
                .patiently(|| {
                    let sending = request.clone().send();
                    async { sending.await.map_err(|e| StreamError::from_sdk(self.name, &e)) }
                })
                .await?;
            let (count, behind) = (page.records.len(), page.millis_behind_latest.unwrap_or_default());
            for record in page.records {
                self.take(shard, record);
            }
            taken += if self.skip { 0 } else { count };
            if taken >= room {
                break;
            }
            if count < wanted && behind == 0 {
                // Caught up. (AWS may answer short or empty pages while it is still behind.)
                return Ok(());
            }
            iterator = page.next_shard_iterator;
        }
        self.unfinished.push(shard.id.clone());
        Ok(())
    }

    fn take(&mut self, shard: &Shard, record: aws_sdk_kinesis::types::Record) {
        self.position.advance(&shard.id, &record.sequence_number);
        if self.skip {
            return;
        }
        self.records.push(Got {
            shard: shard.id.clone(),
            sequence: record.sequence_number,
            key: record.partition_key.unwrap_or_default(),
            data: record.data.into_inner(),
            arrived_at: record
                .approximate_arrival_timestamp
                .and_then(|t| t.to_millis().ok()),
        });
    }
}

impl Streams {
    /// An iterator over a shard, from its oldest record where no other start is given.
    pub(super) async fn iterator(
        &self,
        name: &str,
        shard: &Shard,
        start: Option<Start>,
    ) -> Result<String, StreamError> {
        let (kind, sequence, time) = match start {
            Some(Start::Number((kind, sequence))) => (kind, Some(sequence), None),
            Some(Start::Time(at)) => (
                ShardIteratorType::AtTimestamp,
                None,
                Some(DateTime::from_millis(at)),
            ),
            None => (ShardIteratorType::TrimHorizon, None, None),
        };
        let request = self
            .client
            .get_shard_iterator()
            .stream_name(self.real(name))
            .shard_id(&shard.id)
            .shard_iterator_type(kind)
            .set_timestamp(time)
            .set_starting_sequence_number(sequence.clone());
        let answer = self
            .patiently(|| {
                let sending = request.clone().send();
                async { sending.await.map_err(|e| StreamError::from_sdk(name, &e)) }
            })
            .await;
        match (answer, sequence) {
            // AWS's message does not always repeat the number.
            (Err(StreamError::BadSequence { .. }), Some(sequence)) => {
                Err(StreamError::BadSequence { sequence })
            }
            (answer, _) => answer?
                .shard_iterator
                .ok_or_else(|| StreamError::other("the answer has no iterator")),
        }
    }
}
