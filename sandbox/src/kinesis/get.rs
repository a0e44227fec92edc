//! Reading by polling: `GetShardIterator` and `GetRecords`, with how far behind the reader is and, at the end of a
//! closed shard, the children to go on with. Source: the API reference of both operations.

use std::time::Duration;

use chrono::{DateTime, Utc};
use ferrokinesis::actions::Operation;
use ferrokinesis::sequence::{increment_sequence, parse_sequence};
use ferrokinesis::shard_iterator::{create_shard_iterator, decode_shard_iterator};
use ferrokinesis::types::{Shard, StoredRecord, Stream};
use serde_json::{Value, json};

use super::changes::is_open;
use super::engine::{Engine, begun_ms};
use super::{arn, put};
use crate::history::{History, Reader};
use crate::region::Region;
use crate::wire::Refusal;

/// How long an iterator may be used.
const ITERATOR_LIFE: Duration = Duration::from_mins(5);
/// The most records a call, and the most bytes of data and keys.
const MOST_RECORDS: usize = 10_000;
const MOST_BYTES: u64 = 10 * 1024 * 1024;
/// How many records are taken from the store at once.
const CHUNK: usize = 500;

/// A place in a shard: what an iterator says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// When it was given, Unix milliseconds.
    given_at: u64,
    pub stream: String,
    pub shard: u32,
    /// The first sequence number to read.
    pub from: String,
}

impl Place {
    fn read(token: &str) -> Option<Self> {
        let (given_at, stream, shard, from) = decode_shard_iterator(token).ok()?;
        parse_sequence(&from).ok()?;
        Some(Self {
            given_at,
            stream,
            shard: arn::shard_number(&shard)?,
            from,
        })
    }

    /// The iterator for going on from here, given now.
    fn iterator(&self, now: u64) -> String {
        create_shard_iterator(&self.stream, &arn::shard_id(self.shard), &self.from, now)
    }
}

/// Records of one shard, in order, and where to go on.
#[derive(Debug)]
pub struct Page {
    pub records: Vec<(String, StoredRecord)>,
    /// The sequence number from which the next page is to be read.
    pub next: String,
    /// How long ago the first unread record arrived; `None` if all is read.
    pub behind_ms: Option<i64>,
    /// Data and keys.
    pub bytes: u64,
}

impl Page {
    /// Reads on from a sequence number, leaving out what retention no longer keeps.
    pub async fn read(
        engine: &Engine,
        stream: &Stream,
        shard: u32,
        from: &str,
        most: usize,
        most_bytes: u64,
    ) -> Self {
        let now = Utc::now().timestamp_millis();
        let oldest = now - i64::from(stream.retention_period_hours) * 3_600_000;
        let mut page = Self {
            records: Vec::new(),
            next: from.to_owned(),
            behind_ms: None,
            bytes: 0,
        };
        loop {
            let wanted = CHUNK.min(most + 1 - page.records.len());
            let chunk = engine
                .records(&stream.stream_name, shard, &page.next, wanted)
                .await;
            let last = chunk.len() < wanted;
            for (sequence, record) in chunk {
                let arrived = arrived_ms(&record);
                let next = after(&sequence);
                if arrived < oldest {
                    page.next = next;
                    continue;
                }
                let bytes = (put::decoded_length(&record.data) + record.partition_key.len()) as u64;
                let full = page.records.len() == most
                    || (page.bytes + bytes > most_bytes && !page.records.is_empty());
                if full {
                    page.behind_ms = Some((now - arrived).max(1));
                    return page;
                }
                page.bytes += bytes;
                page.next = next;
                page.records.push((sequence, record));
            }
            if last {
                return page;
            }
        }
    }

    /// The records as both reading operations answer them.
    pub fn answer(&mut self, stream: &Stream) -> Vec<Value> {
        let answered = self.records.iter_mut().map(|(sequence, record)| {
            let mut answer = json!({
                "SequenceNumber": sequence,
                "PartitionKey": std::mem::take(&mut record.partition_key),
                "Data": std::mem::take(&mut record.data),
                "ApproximateArrivalTimestamp": record.approximate_arrival_timestamp,
            });
            put::name_encryption(stream, &mut answer);
            answer
        });
        answered.collect()
    }

    /// Remembers that they were handed out.
    pub fn note(&self, history: &History, reader: Reader) {
        let last = self.records.last().map(|(sequence, _)| sequence.clone());
        history.read(reader, last, self.next.clone(), self.records.len());
    }
}

/// When a record arrived, Unix milliseconds.
pub fn arrived_ms(record: &StoredRecord) -> i64 {
    (record.approximate_arrival_timestamp * 1_000.0).round() as i64
}

/// The smallest sequence number after this one.
pub fn after(sequence: &str) -> String {
    parse_sequence(sequence).map_or_else(
        |_| sequence.to_owned(),
        |parsed| increment_sequence(&parsed, None),
    )
}

/// `GetRecords`, with the iterator as the engine wrote it. Without a history it is a look: it uses nothing up and is no
/// one's reading.
pub async fn records(
    engine: &Engine,
    body: &Value,
    history: Option<&History>,
    region: Region,
) -> Result<Value, Refusal> {
    let place = body["ShardIterator"]
        .as_str()
        .and_then(Place::read)
        .ok_or_else(invalid_iterator)?;
    let now = Utc::now().timestamp_millis() as u64;
    check_age(place.given_at, now)?;
    let stream = engine.stream(&place.stream).await?;
    if body["StreamARN"]
        .as_str()
        .is_some_and(|arn| arn != stream.stream_arn)
    {
        return Err(invalid_iterator());
    }
    let shard = shard(engine, &stream, place.shard)?;
    if !of_the_same_life(shard, &place.from) {
        return Err(invalid_iterator());
    }
    if history.is_some() {
        engine.begin_read(&stream.stream_name, place.shard)?;
    }
    let most = body["Limit"].as_u64().map_or(MOST_RECORDS, |most| most as usize);
    let mut page = Page::read(
        engine,
        &stream,
        place.shard,
        &place.from,
        most.min(MOST_RECORDS),
        MOST_BYTES,
    )
    .await;
    if let Some(history) = history {
        engine.has_read(&stream.stream_name, place.shard, page.bytes);
        let reader = Reader {
            region,
            stream: stream.stream_name.clone(),
            shard: shard.shard_id.clone(),
            consumer: None,
        };
        page.note(history, reader);
    }
    let mut answer = json!({
        "Records": page.answer(&stream),
        "MillisBehindLatest": page.behind_ms.unwrap_or_default(),
    });
    // The stream was looked at before its records: if the shard was closed then, no more will come.
    if page.behind_ms.is_none() && !is_open(shard) {
        answer["ChildShards"] = children(&stream, &shard.shard_id);
    } else {
        let next = Place {
            from: page.next,
            ..place
        };
        answer["NextShardIterator"] = json!(next.iterator(now));
    }
    Ok(answer)
}

fn check_age(given_at: u64, now: u64) -> Result<(), Refusal> {
    if given_at == 0 || given_at > now {
        return Err(invalid_iterator());
    }
    let life = ITERATOR_LIFE.as_millis() as u64;
    if now - given_at <= life {
        return Ok(());
    }
    let words = |at: u64| {
        DateTime::from_timestamp_millis(at as i64)
            .map(|at| at.format("%a %b %d %H:%M:%S UTC %Y").to_string())
            .unwrap_or_default()
    };
    Err(Refusal::new(
        "ExpiredIteratorException",
        format!(
            "Iterator expired. The iterator was created at time {} while right now it is {} which is further in the \
             future than the tolerated delay of {life} milliseconds.",
            words(given_at),
            words(now)
        ),
    ))
}

pub fn invalid_iterator() -> Refusal {
    Refusal::new("InvalidArgumentException", "Invalid ShardIterator.")
}

/// A stream's shard by its number.
pub fn shard<'a>(engine: &Engine, stream: &'a Stream, number: u32) -> Result<&'a Shard, Refusal> {
    stream.shards.get(number as usize).ok_or_else(|| {
        Refusal::new(
            "ResourceNotFoundException",
            format!(
                "Shard {} in stream {} under account {} does not exist",
                arn::shard_id(number),
                stream.stream_name,
                engine.account()
            ),
        )
    })
}

/// Whether a sequence number is of this shard, and not of one in a deleted stream of the same name.
fn of_the_same_life(shard: &Shard, sequence: &str) -> bool {
    let life = |sequence: &str| {
        parse_sequence(sequence)
            .ok()
            .map(|parsed| parsed.shard_create_time)
    };
    life(&shard.sequence_number_range.starting_sequence_number) == life(sequence)
}

/// The shards that go on from a closed one.
pub fn children(stream: &Stream, parent: &str) -> Value {
    let is_parent = |id: &Option<String>| id.as_deref() == Some(parent);
    let children = stream
        .shards
        .iter()
        .filter(|s| is_parent(&s.parent_shard_id) || is_parent(&s.adjacent_parent_shard_id));
    children
        .map(|s| {
            let parents: Vec<&String> = s
                .parent_shard_id
                .iter()
                .chain(&s.adjacent_parent_shard_id)
                .collect();
            json!({ "ShardId": s.shard_id, "ParentShards": parents, "HashKeyRange": s.hash_key_range })
        })
        .collect()
}

/// `GetShardIterator`.
pub async fn iterator(engine: &Engine, body: Value) -> Result<Value, Refusal> {
    let place = place(engine, body).await?;
    Ok(json!({ "ShardIterator": place.iterator(place.given_at) }))
}

/// The place that a request for an iterator means. The engine checks the request and finds the place, but for the end
/// of the shard: it has no part in the numbers drawn, and at a time after the last record it would begin again at the
/// first.
pub async fn place(engine: &Engine, body: Value) -> Result<Place, Refusal> {
    let (kind, time) = (body["ShardIteratorType"].clone(), body["Timestamp"].as_f64());
    let answer = engine
        .read(Operation::GetShardIterator, body)
        .await?
        .unwrap_or_default();
    let Some(place) = answer["ShardIterator"].as_str().and_then(Place::read) else {
        return Err(Refusal::internal());
    };
    let at_end = match (kind.as_str(), time) {
        (Some("LATEST"), _) => true,
        (Some("AT_TIMESTAMP"), Some(time)) => {
            engine.first_at(&place.stream, place.shard, time).await.is_none()
        }
        _ => false,
    };
    if !at_end {
        return Ok(place);
    }
    let stream = engine.stream(&place.stream).await?;
    let begun = begun_ms(shard(engine, &stream, place.shard)?);
    Ok(Place {
        from: engine.end_of(&place.stream, place.shard, begun),
        ..place
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iterator_lives_five_minutes() {
        let now = 1_800_000_000_000;
        assert_eq!(check_age(now, now), Ok(()));
        assert_eq!(check_age(now - 300_000, now), Ok(()));
        let old = check_age(now - 300_001, now).unwrap_err();
        assert_eq!(old.kind, "ExpiredIteratorException");
        assert!(
            old.message
                .contains("created at time Fri Jan 15 07:54:59 UTC 2027"),
            "{}",
            old.message
        );
        assert_eq!(
            check_age(now + 1, now).unwrap_err().kind,
            "InvalidArgumentException"
        );
    }
}
