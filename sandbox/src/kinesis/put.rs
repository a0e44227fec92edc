//! `PutRecord` and `PutRecords`: what is offered, and what is answered. Where a record goes is the engine's business.
//! Source: the API reference of both operations.

use ferrokinesis::sequence::{parse_sequence, partition_key_to_hash_key};
use ferrokinesis::types::{EncryptionType, Stream};
use serde_json::{Value, json};

use super::engine::Engine;
use super::{arn, limits};
use crate::wire::Refusal;

/// A record that somebody wants to put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    pub key: String,
    /// The base64 text that the engine works with.
    pub data: String,
    /// Where it falls on the ring.
    pub hash: u128,
}

impl Offered {
    /// Bytes as AWS counts them against a shard's limit: data and key.
    pub fn bytes(&self) -> u64 {
        (decoded_length(&self.data) + self.key.len()) as u64
    }

    /// What it will take in the store.
    pub fn stored(&self) -> u64 {
        const BOOKKEEPING: usize = 14;
        (self.data.len() + self.key.len() + BOOKKEEPING) as u64
    }

    fn read(record: &mut Value) -> Result<Self, Refusal> {
        let mut text = |field: &str| match record[field].take() {
            Value::String(text) => Some(text),
            _ => None,
        };
        let key = text("PartitionKey").unwrap_or_default();
        let data = text("Data").unwrap_or_default();
        let hash = match text("ExplicitHashKey") {
            None => partition_key_to_hash_key(&key),
            Some(given) => given.parse().map_err(|_| {
                Refusal::new(
                    "InvalidArgumentException",
                    format!(
                        "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {given}"
                    ),
                )
            })?,
        };
        Ok(Self { key, data, hash })
    }
}

/// Where a record went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// It is kept.
    Taken { shard: u32, sequence: String },
    /// Its shard has had its fill for now.
    Refused { shard: u32 },
}

/// The records of a request, if all of it is as AWS demands.
pub fn offered(stream: &Stream, body: &mut Value) -> Result<Vec<Offered>, Refusal> {
    let records = match &mut body["Records"] {
        Value::Array(records) => records.iter_mut().map(Offered::read).collect::<Result<_, _>>()?,
        _ => vec![Offered::read(body)?],
    };
    within_sizes(stream, &records)?;
    Ok(records)
}

/// `PutRecord`.
pub async fn one(
    engine: &Engine,
    stream: &Stream,
    offered: Vec<Offered>,
    after: Option<&str>,
) -> Result<Value, Refusal> {
    if let Some(after) = after {
        check_order(engine, &stream.stream_name, after)?;
    }
    match engine.put(&stream.stream_name, offered).await?.first() {
        Some(Placed::Taken { shard, sequence }) => Ok(taken(stream, *shard, sequence)),
        Some(Placed::Refused { shard }) => {
            Err(limits::exceeded(&stream.stream_name, *shard, engine.account()))
        }
        None => Err(Refusal::internal()),
    }
}

/// `PutRecords`: each record has its own fate.
pub async fn many(engine: &Engine, stream: &Stream, offered: Vec<Offered>) -> Result<Value, Refusal> {
    let placed = engine.put(&stream.stream_name, offered).await?;
    let failed = placed
        .iter()
        .filter(|place| matches!(place, Placed::Refused { .. }))
        .count();
    let records: Vec<Value> = placed
        .iter()
        .map(|place| match place {
            Placed::Taken { shard, sequence } => {
                json!({ "ShardId": arn::shard_id(*shard), "SequenceNumber": sequence })
            }
            Placed::Refused { shard } => {
                let refusal = limits::exceeded(&stream.stream_name, *shard, engine.account());
                json!({ "ErrorCode": refusal.kind, "ErrorMessage": refusal.message })
            }
        })
        .collect();
    let mut answer = json!({ "FailedRecordCount": failed, "Records": records });
    name_encryption(stream, &mut answer);
    Ok(answer)
}

fn taken(stream: &Stream, shard: u32, sequence: &str) -> Value {
    let mut answer = json!({ "ShardId": arn::shard_id(shard), "SequenceNumber": sequence });
    name_encryption(stream, &mut answer);
    answer
}

/// AWS says it of encrypted streams only.
pub fn name_encryption(stream: &Stream, answer: &mut Value) {
    if stream.encryption_type == EncryptionType::Kms {
        answer["EncryptionType"] = json!("KMS");
    }
}

/// A sequence number to come after must be one, and not of the future.
fn check_order(engine: &Engine, stream: &str, after: &str) -> Result<(), Refusal> {
    let now = chrono::Utc::now().timestamp_millis() as u64;
    let fine = parse_sequence(after).is_ok_and(|s| s.seq_time.unwrap_or_default() <= now);
    if fine {
        return Ok(());
    }
    Err(Refusal::new(
        "InvalidArgumentException",
        format!(
            "ExclusiveMinimumSequenceNumber {after} used in PutRecord on stream {stream} under account {} is invalid.",
            engine.account()
        ),
    ))
}

/// A stream's records are of 1 MiB at most, or what `UpdateMaxRecordSize` says. A batch is of 5 MiB at most; where
/// larger records are allowed, of 10.
fn within_sizes(stream: &Stream, records: &[Offered]) -> Result<(), Refusal> {
    const KIB: usize = 1024;
    let largest = stream.max_record_size_kib as usize * KIB;
    for (index, record) in records.iter().enumerate() {
        if decoded_length(&record.data) > largest {
            let at = if records.len() == 1 {
                "data".to_owned()
            } else {
                format!("records.{}.member.data", index + 1)
            };
            return Err(Refusal::new(
                "ValidationException",
                format!(
                    "1 validation error detected: Value at '{at}' failed to satisfy constraint: \
                     Member must have length less than or equal to {largest}"
                ),
            ));
        }
    }
    let whole = if largest > KIB * KIB { 10 } else { 5 } * KIB * KIB;
    let bytes: u64 = records.iter().map(Offered::bytes).sum();
    if records.len() > 1 && bytes > whole as u64 {
        return Err(Refusal::new(
            "InvalidArgumentException",
            format!("Records' total data + partition key payload exceeds {whole} bytes"),
        ));
    }
    Ok(())
}

/// How many bytes a base64 text stands for. It was checked to be one.
pub fn decoded_length(base64: &str) -> usize {
    let padding = base64.bytes().rev().take_while(|b| *b == b'=').count();
    (base64.len() / 4 * 3).saturating_sub(padding)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn lengths_are_those_of_the_bytes() {
        for length in 0..50 {
            assert_eq!(decoded_length(&STANDARD.encode(vec![7; length])), length);
        }
    }
}
