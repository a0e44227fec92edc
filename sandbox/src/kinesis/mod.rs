//! Kinesis as one tenant sees it: which operations are reads, puts or changes, and what is mended on the way
//! in and out (foreign ARNs, iterators, child shards). Who the tenant is was settled before, in `front`.

mod account;
mod arn;
mod changes;
mod engine;
mod entry;
mod kept;
pub mod rows;

use std::sync::Arc;

use ferrokinesis::actions::{Operation, subscribe_to_shard};
use ferrokinesis::shard_iterator::decode_shard_iterator;
use ferrokinesis::validation::{FieldDef, check_types, check_validations};
use futures::StreamExt as _;
use serde_json::{Value, json};

pub use account::Account;
pub use arn::is_stream_name;
pub use engine::Behaviour;

use crate::history::{History, Reader};
use crate::region::Region;
use crate::streams::LONGEST_KEY;
use crate::tenant::Tenant;
use crate::token::Sealer;
use crate::wire::{Format, Refusal, Reply};
use engine::Engine;

/// One authenticated request.
pub struct Call {
    pub tenant: Tenant,
    pub region: Region,
    pub operation: Operation,
    pub body: Value,
    /// For the payloads of event streams.
    pub format: Format,
}

/// Serves a call on its tenant's loaded account.
pub async fn serve(account: Arc<crate::account::Account>, call: Call) -> Result<Reply, Refusal> {
    let Call {
        tenant,
        region,
        operation,
        mut body,
        format,
    } = call;
    let engine = account.kinesis.engine(region).await.map_err(|error| {
        tracing::error!(account = %tenant.account_id, %region, error = &error as &dyn std::error::Error, "a sandbox could not be loaded");
        Refusal::internal()
    })?;
    let sealer = Sealer::new(&tenant, region, "kinesis");
    arn::own_only(operation, &mut body, &tenant.account_id, region)?;
    fill_in(operation, &mut body);
    open_tokens(operation, &mut body, &sealer)?;
    let body = validated(operation, &body)?;
    let stream = body["StreamName"].as_str().unwrap_or_default().to_owned();
    let answer = match operation {
        Operation::PutRecord | Operation::PutRecords => {
            account
                .kinesis
                .put(&engine, operation, body, account.room().await)
                .await?
        }
        Operation::SubscribeToShard => return subscribe(engine, body, format).await,
        Operation::GetRecords => Some(get_records(&engine, body, &account.history, region).await?),
        Operation::GetShardIterator => get_iterator(&engine, body).await?,
        operation if only_reads(operation) => engine.read(operation, body).await?,
        operation => account.kinesis.change(&engine, operation, body).await?,
    };
    if operation == Operation::DeleteStream {
        account.history.forget_stream(region, &stream);
    }
    match answer {
        None => Ok(Reply::Empty),
        Some(mut value) => {
            seal_tokens(operation, &stream, &mut value, &sealer)?;
            Ok(Reply::Value(value))
        }
    }
}

fn only_reads(operation: Operation) -> bool {
    let name = operation.to_string();
    ["Describe", "Get", "List"]
        .iter()
        .any(|verb| name.starts_with(verb))
}

/// An on-demand stream may be asked for without a number of shards; AWS starts it with four.
fn fill_in(operation: Operation, body: &mut Value) {
    if operation == Operation::CreateStream
        && body["StreamModeDetails"]["StreamMode"] == "ON_DEMAND"
        && body["ShardCount"].is_null()
    {
        body["ShardCount"] = json!(4);
    }
}

fn validated(operation: Operation, body: &Value) -> Result<Value, Refusal> {
    let rules = operation.validation_rules();
    let rules: Vec<(&str, &FieldDef)> = rules.iter().map(|(name, rule)| (*name, rule)).collect();
    let mut checked = check_types(body, &rules)?;
    let wide = set_wide_keys_aside(&mut checked);
    check_validations(&checked, &rules, None)?;
    for (record, key) in wide {
        put_key(&mut checked, record, &key);
    }
    if operation == Operation::CreateStream {
        // The engine's rules know no other fields and would drop these two.
        for field in ["StreamModeDetails", "Tags"] {
            if let Some(value) = body.get(field) {
                checked[field] = value.clone();
            }
        }
    }
    Ok(checked)
}

/// A partition key has at most 256 *characters*; the engine's rules count bytes. Keys that are within the one and
/// over the other are taken out while those rules are asked, and returned with the record they belong to.
fn set_wide_keys_aside(body: &mut Value) -> Vec<(Option<usize>, String)> {
    let is_wide = |record: &Value| {
        let key = record["PartitionKey"].as_str().unwrap_or_default();
        (key.len() > LONGEST_KEY && key.chars().count() <= LONGEST_KEY).then(|| key.to_owned())
    };
    let mut wide: Vec<(Option<usize>, String)> = is_wide(body).map(|key| (None, key)).into_iter().collect();
    let records = body["Records"].as_array().into_iter().flatten().enumerate();
    wide.extend(records.filter_map(|(index, record)| Some((Some(index), is_wide(record)?))));
    for (record, _) in &wide {
        put_key(body, *record, "set aside");
    }
    wide
}

fn put_key(body: &mut Value, record: Option<usize>, key: &str) {
    let owner = match record {
        Some(index) => body.pointer_mut(&format!("/Records/{index}")),
        None => Some(body),
    };
    if let Some(owner) = owner {
        owner["PartitionKey"] = json!(key);
    }
}

fn open_tokens(operation: Operation, body: &mut Value, sealer: &Sealer) -> Result<(), Refusal> {
    match operation {
        Operation::GetRecords => {
            if let Some(given) = body["ShardIterator"].as_str() {
                let token = sealer
                    .open(given)
                    .ok_or_else(|| Refusal::new("InvalidArgumentException", "Invalid ShardIterator."))?;
                body["ShardIterator"] = json!(token);
            }
        }
        Operation::ListShards => {
            // The engine's page token is a shard id without the stream it belongs to; ours has both.
            if let (Some(given), None) = (body["NextToken"].as_str(), body["StreamName"].as_str()) {
                let (stream, shard) = sealer
                    .open(given)
                    .and_then(|token| token.split_once('/'))
                    .ok_or_else(|| Refusal::new("InvalidArgumentException", "NextToken is invalid."))?;
                let (stream, shard) = (json!(stream), json!(shard));
                body["StreamName"] = stream;
                body["ExclusiveStartShardId"] = shard;
                body["NextToken"] = Value::Null;
            }
        }
        _ => {}
    }
    Ok(())
}

fn seal_tokens(
    operation: Operation,
    stream: &str,
    answer: &mut Value,
    sealer: &Sealer,
) -> Result<(), Refusal> {
    let (field, prefix) = match operation {
        Operation::GetShardIterator => ("ShardIterator", String::new()),
        Operation::GetRecords => ("NextShardIterator", String::new()),
        Operation::ListShards => ("NextToken", format!("{stream}/")),
        _ => return Ok(()),
    };
    if let Some(token) = answer[field].as_str() {
        let token = sealer
            .seal(&format!("{prefix}{token}"))
            .ok_or_else(Refusal::internal)?;
        answer[field] = json!(token);
    }
    Ok(())
}

/// `GetRecords`, and what the engine leaves out of its answer: how far behind the reader is, and at the end of
/// a closed shard the children to go on with.
async fn get_records(
    engine: &Engine,
    body: Value,
    history: &History,
    region: Region,
) -> Result<Value, Refusal> {
    let place = body["ShardIterator"]
        .as_str()
        .and_then(|token| decode_shard_iterator(token).ok());
    let mut answer = engine
        .read(Operation::GetRecords, body)
        .await?
        .unwrap_or_else(|| json!({}));
    note_reading(history, region, place.as_ref(), &answer);
    match (answer["NextShardIterator"].as_str(), place) {
        (Some(next), _) => {
            if let Some(behind) = millis_behind(engine, next).await {
                answer["MillisBehindLatest"] = json!(behind);
            }
        }
        (None, Some((_, stream, shard, _))) => {
            let stream = engine.stream(&stream).await?;
            answer["ChildShards"] = children(&stream, &shard);
        }
        (None, None) => {}
    }
    Ok(answer)
}

/// What an iterator of the engine says: its time, stream, shard and sequence number.
type IteratorPlace = (u64, String, String, String);

/// Notes how far a shard was read.
fn note_reading(history: &History, region: Region, place: Option<&IteratorPlace>, answer: &Value) {
    let Some((_, stream, shard, from)) = place else {
        return;
    };
    let records = answer["Records"].as_array().map_or(&[][..], Vec::as_slice);
    let last = records
        .last()
        .and_then(|record| record["SequenceNumber"].as_str());
    let next = answer["NextShardIterator"]
        .as_str()
        .and_then(|token| decode_shard_iterator(token).ok())
        .map_or_else(|| last.unwrap_or(from).to_owned(), |(_, _, _, next)| next);
    let reader = Reader {
        region,
        stream: stream.clone(),
        shard: shard.clone(),
        consumer: None,
    };
    history.read(reader, last.map(str::to_owned), next, records.len());
}

/// How long ago the next unread record arrived; `None` if there is none.
async fn millis_behind(engine: &Engine, next: &str) -> Option<i64> {
    let (_, stream, shard, sequence) = decode_shard_iterator(next).ok()?;
    let number = arn::shard_number(&shard)?;
    let (start, end) = (format!("{number:08x}/{sequence}"), format!("{:08x}", number + 1));
    let unread = engine
        .store()
        .get_records_range_limited(&stream, &start, &end, 1)
        .await;
    let (_, record) = unread.first()?;
    let arrived = (record.approximate_arrival_timestamp * 1000.0) as i64;
    Some((chrono::Utc::now().timestamp_millis() - arrived).max(1))
}

/// `GetShardIterator`. At a time after the last record the engine would begin again at the first; AWS waits.
async fn get_iterator(engine: &Engine, mut body: Value) -> Result<Option<Value>, Refusal> {
    if body["ShardIteratorType"] == "AT_TIMESTAMP"
        && let Some(time) = body["Timestamp"].as_f64()
        && let Some(number) = body["ShardId"].as_str().and_then(arn::shard_number)
    {
        let stream = body["StreamName"].as_str().unwrap_or_default();
        let (start, end) = (format!("{number:08x}/"), format!("{:08x}", number + 1));
        let first = engine
            .store()
            .find_first_record_at_timestamp(stream, &start, &end, time)
            .await;
        // A time to come is left to the engine, which refuses it.
        if first.is_none() && time * 1000.0 <= chrono::Utc::now().timestamp_millis() as f64 {
            body["ShardIteratorType"] = json!("LATEST");
        }
    }
    engine.read(Operation::GetShardIterator, body).await
}

fn children(stream: &ferrokinesis::types::Stream, parent: &str) -> Value {
    let is_parent = |id: &Option<String>| id.as_deref() == Some(parent);
    stream
        .shards
        .iter()
        .filter(|s| is_parent(&s.parent_shard_id) || is_parent(&s.adjacent_parent_shard_id))
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

/// An event stream. It holds its engine, so that the account is not put away under it.
async fn subscribe(engine: Arc<Engine>, body: Value, format: Format) -> Result<Reply, Refusal> {
    let events = subscribe_to_shard::execute_streaming(engine.store(), body, format.media_type()).await?;
    let events = events.into_data_stream().map(move |event| {
        let _held = &engine;
        event
    });
    Ok(Reply::Events(axum::body::Body::from_stream(events)))
}
