//! The operations of DynamoDB Streams. The streams are our own (see `database`): each has one shard, open for as long as
//! the stream is. Source: the Amazon DynamoDB Streams API Reference.

use chrono::{DateTime, TimeDelta};
use rusqlite::{OptionalExtension as _, Row};
use serde_json::{Value, json};

use super::change::{self, Change};
use super::database::Database;
use super::iterator::Position;
use super::name::{Place, StreamName};
use super::refusal;
use crate::token::Sealer;
use crate::wire::Refusal;

/// How long an iterator can be used.
const ITERATOR_LASTS: TimeDelta = TimeDelta::minutes(15);
/// The most records, and the most streams or shards, in an answer.
const MOST_RECORDS: u64 = 1000;
const MOST_LISTED: u64 = 100;
/// The most bytes of records in an answer.
const MOST_BYTES: usize = 1024 * 1024;

/// A stream on a table, open or closed.
struct Stream {
    id: i64,
    name: StreamName,
    shard: String,
    view: String,
    key_schema: String,
    opened: i64,
    first: i64,
    /// The last sequence number, once it is closed.
    last: Option<i64>,
    trimmed_to: i64,
}

impl Stream {
    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            name: StreamName {
                table: row.get("table_name")?,
                label: row.get("label")?,
            },
            shard: row.get("shard")?,
            view: row.get("view_type")?,
            key_schema: row.get("key_schema")?,
            opened: row.get("opened")?,
            first: row.get("first_sequence")?,
            last: row.get("last_sequence")?,
            trimmed_to: row.get("trimmed_to")?,
        })
    }
}

/// A request, with what it is answered from.
pub struct Asked {
    pub place: Place,
    pub operation: String,
    pub sealer: Sealer,
}

impl Asked {
    /// Does what was asked.
    pub fn perform(&self, database: &Database, body: &Value) -> Result<Value, Refusal> {
        database.trim().map_err(|error| refusal::of_sqlite(&error))?;
        match self.operation.as_str() {
            "ListStreams" => self.list(database, body),
            "DescribeStream" => self.describe(database, body),
            "GetShardIterator" => self.iterator(database, body),
            "GetRecords" => self.records(database, body),
            _ => Err(Refusal::new(
                "UnknownOperationException",
                "DynamoDB Streams has no such operation.",
            )),
        }
    }

    fn list(&self, database: &Database, body: &Value) -> Result<Value, Refusal> {
        let limit = limit(body, MOST_LISTED)?;
        let after = match body["ExclusiveStartStreamArn"].as_str() {
            Some(arn) => self.stream(database, arn)?.id,
            None => 0,
        };
        let query = r#"SELECT * FROM "tributary:stream" WHERE id > ?1 AND (?2 IS NULL OR table_name = ?2)
                       ORDER BY id LIMIT ?3"#;
        let mut found = all(database, query, (after, body["TableName"].as_str(), limit + 1))?;
        let more = found.len() as u64 > limit;
        found.truncate(limit as usize);
        let last = found.last().filter(|_| more).map(|stream| self.arn(stream));
        let streams = found.iter().map(|stream| {
            json!({
                "StreamArn": self.arn(stream),
                "TableName": stream.name.table,
                "StreamLabel": stream.name.label,
            })
        });
        let mut answer = json!({ "Streams": streams.collect::<Vec<_>>() });
        if let Some(last) = last {
            answer["LastEvaluatedStreamArn"] = json!(last);
        }
        Ok(answer)
    }

    fn describe(&self, database: &Database, body: &Value) -> Result<Value, Refusal> {
        limit(body, MOST_LISTED)?;
        let stream = self.named(database, body)?;
        let mut range = json!({ "StartingSequenceNumber": change::public(stream.first) });
        if let Some(last) = stream.last {
            range["EndingSequenceNumber"] = json!(change::public(last.max(stream.first)));
        }
        let shard = json!({ "ShardId": stream.shard, "SequenceNumberRange": range });
        // There is one shard: nothing comes after it, and it has no children.
        let beyond = body["ExclusiveStartShardId"]
            .as_str()
            .is_some_and(|start| start >= stream.shard.as_str());
        let filtered = body["ShardFilter"]["Type"] == "CHILD_SHARDS";
        let shards = if beyond || filtered {
            json!([])
        } else {
            json!([shard])
        };
        let status = if stream.last.is_none() {
            "ENABLED"
        } else {
            "DISABLED"
        };
        Ok(json!({ "StreamDescription": {
            "StreamArn": self.arn(&stream),
            "StreamLabel": stream.name.label,
            "StreamStatus": status,
            "StreamViewType": stream.view,
            "CreationRequestDateTime": stream.opened as f64 / 1000.0,
            "TableName": stream.name.table,
            "KeySchema": serde_json::from_str::<Value>(&stream.key_schema).unwrap_or_default(),
            "Shards": shards,
        }}))
    }

    fn iterator(&self, database: &Database, body: &Value) -> Result<Value, Refusal> {
        let stream = self.named(database, body)?;
        let kind = body["ShardIteratorType"].as_str().unwrap_or_default();
        if body["ShardId"] != stream.shard {
            return Err(refusal::not_found(
                "Requested resource not found: Shard does not exist",
            ));
        }
        let sequence = body["SequenceNumber"].as_str();
        let next = match (kind, sequence) {
            ("TRIM_HORIZON", None) => stream.first.max(stream.trimmed_to + 1),
            ("LATEST", None) => newest(database)? + 1,
            ("TRIM_HORIZON" | "LATEST", Some(_)) => {
                return Err(refusal::validation(
                    "One or more parameter values were invalid: SequenceNumber should not be passed for this iterator \
                     type",
                ));
            }
            ("AT_SEQUENCE_NUMBER", Some(given)) => known(database, &stream, given)?,
            ("AFTER_SEQUENCE_NUMBER", Some(given)) => known(database, &stream, given)? + 1,
            ("AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER", None) => {
                return Err(refusal::validation(
                    "One or more parameter values were invalid: SequenceNumber cannot be null",
                ));
            }
            _ => {
                return Err(refusal::validation(format!(
                    "1 validation error detected: Value '{kind}' at 'shardIteratorType' failed to satisfy constraint: \
                     Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, \
                     TRIM_HORIZON]"
                )));
            }
        };
        let iterator = self.sealed(database, &stream, next)?;
        Ok(json!({ "ShardIterator": iterator }))
    }

    fn records(&self, database: &Database, body: &Value) -> Result<Value, Refusal> {
        let limit = limit(body, MOST_RECORDS)?;
        let given = body["ShardIterator"].as_str().unwrap_or_default();
        let position = Position::open(given, &self.sealer)
            .ok_or_else(|| refusal::validation("Invalid ShardIterator: Iterator is invalid"))?;
        let now = database.now();
        if now - position.made > ITERATOR_LASTS.num_milliseconds() {
            return Err(Refusal::new(
                "ExpiredIteratorException",
                format!(
                    "Iterator expired. The iterator was created at time {} while right now it is {} which is further \
                     in the future than the tolerated delay of {} milliseconds.",
                    moment(position.made),
                    moment(now),
                    ITERATOR_LASTS.num_milliseconds()
                ),
            ));
        }
        let query = r#"SELECT * FROM "tributary:stream" WHERE id = ?1"#;
        let stream = all(database, query, [position.stream])?
            .pop()
            .ok_or_else(|| refusal::not_found("Requested resource not found: Shard does not exist"))?;
        if position.next <= stream.trimmed_to {
            return Err(trimmed());
        }
        let changes = changes(database, &stream, position.next, limit)?;
        let next = changes.last().map_or(position.next, |change| change.sequence + 1);
        let mut answer = json!({
            "Records": changes
                .iter()
                .map(|change| change.record(&stream.view, self.place.region))
                .collect::<Vec<_>>()
        });
        // A closed shard that was read to its end has no more to come.
        let ended = stream.last.is_some_and(|last| next > last || changes.is_empty());
        if !ended {
            answer["NextShardIterator"] = json!(self.sealed(database, &stream, next)?);
        }
        Ok(answer)
    }

    fn sealed(&self, database: &Database, stream: &Stream, next: i64) -> Result<String, Refusal> {
        let position = Position {
            stream: stream.id,
            next,
            made: database.now(),
        };
        position
            .seal(&self.arn(stream), &self.sealer)
            .ok_or_else(refusal::internal)
    }

    fn named(&self, database: &Database, body: &Value) -> Result<Stream, Refusal> {
        self.stream(database, body["StreamArn"].as_str().unwrap_or_default())
    }

    fn stream(&self, database: &Database, arn: &str) -> Result<Stream, Refusal> {
        let name = self.place.own_stream(&self.operation, arn)?;
        let query = r#"SELECT * FROM "tributary:stream" WHERE table_name = ?1 AND label = ?2"#;
        all(database, query, (&name.table, &name.label))?
            .pop()
            .ok_or_else(|| {
                refusal::not_found(format!("Requested resource not found: Stream: {arn} not found"))
            })
    }

    fn arn(&self, stream: &Stream) -> String {
        self.place.stream_arn(&stream.name.table, &stream.name.label)
    }
}

fn all(database: &Database, query: &str, about: impl rusqlite::Params) -> Result<Vec<Stream>, Refusal> {
    let read = || -> rusqlite::Result<Vec<Stream>> {
        let mut query = database.connection().prepare_cached(query)?;
        query.query_map(about, Stream::of_row)?.collect()
    };
    read().map_err(|error| refusal::of_sqlite(&error))
}

/// The stream's changes from a sequence number on, as many as fit into an answer.
fn changes(database: &Database, stream: &Stream, from: i64, limit: u64) -> Result<Vec<Change>, Refusal> {
    let read = || -> rusqlite::Result<Vec<Change>> {
        let mut query = database.connection().prepare_cached(
            r#"SELECT * FROM "tributary:change" WHERE stream = ?1 AND sequence >= ?2 ORDER BY sequence LIMIT ?3"#,
        )?;
        let mut changes = Vec::new();
        let mut bytes = 0;
        for change in query.query_map((stream.id, from, limit), Change::of_row)? {
            let change = change?;
            bytes += change.bytes();
            if bytes > MOST_BYTES && !changes.is_empty() {
                break;
            }
            changes.push(change);
        }
        Ok(changes)
    };
    read().map_err(|error| refusal::of_sqlite(&error))
}

/// The last sequence number given out.
fn newest(database: &Database) -> Result<i64, Refusal> {
    database
        .connection()
        .query_row(
            "SELECT seq FROM sqlite_sequence WHERE name = 'tributary:change'",
            [],
            |row| row.get(0),
        )
        .optional()
        .map(Option::unwrap_or_default)
        .map_err(|error| refusal::of_sqlite(&error))
}

/// A sequence number that can be one of the stream's.
fn known(database: &Database, stream: &Stream, given: &str) -> Result<i64, Refusal> {
    let end = stream
        .last
        .map_or_else(|| newest(database), Ok)?
        .max(stream.first);
    match change::stored(given) {
        Some(sequence) if (stream.first..=end).contains(&sequence) => {
            if sequence <= stream.trimmed_to {
                return Err(trimmed());
            }
            Ok(sequence)
        }
        _ => Err(refusal::validation(format!(
            "Invalid SequenceNumber: {given} is not one of the shard's"
        ))),
    }
}

fn trimmed() -> Refusal {
    Refusal::new(
        "TrimmedDataAccessException",
        "The operation attempted to read past the oldest stream record in a shard.",
    )
}

/// How many were asked for, within what may be.
fn limit(body: &Value, most: u64) -> Result<u64, Refusal> {
    let Some(given) = body["Limit"].as_i64() else {
        return Ok(most);
    };
    let bound = if given < 1 {
        "greater than or equal to 1".to_owned()
    } else if given as u64 > most {
        format!("less than or equal to {most}")
    } else {
        return Ok(given as u64);
    };
    Err(refusal::validation(format!(
        "1 validation error detected: Value '{given}' at 'limit' failed to satisfy constraint: Member must have value \
         {bound}"
    )))
}

fn moment(milliseconds: i64) -> String {
    DateTime::from_timestamp_millis(milliseconds).map_or_else(String::new, |at| at.to_rfc3339())
}
