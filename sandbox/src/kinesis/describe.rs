//! What streams there are and what they are like: `DescribeStream`, `DescribeStreamSummary`, `ListStreams`, `ListShards`,
//! `DescribeLimits`. Source: the API reference of these operations.

use chrono::Utc;
use ferrokinesis::sequence::parse_sequence;
use ferrokinesis::types::{Shard, Stream, StreamMode};
use serde_json::{Value, json};

use super::changes::is_open;
use super::engine::{Engine, begun_ms};
use super::pages;
use crate::token::Sealer;
use crate::wire::Refusal;

/// The most of each that a page holds.
const STREAMS: usize = 100;
const SHARDS_OF_A_DESCRIPTION: usize = 100;
const SHARDS: usize = 1_000;
/// On-demand streams an account may have: AWS's default.
const ON_DEMAND_STREAMS: u32 = 50;

fn name(body: &Value) -> &str {
    body["StreamName"].as_str().unwrap_or_default()
}

fn invalid(message: &str) -> Refusal {
    Refusal::new("InvalidArgumentException", message)
}

/// `DescribeStream`: with the shards, a page at a time.
pub async fn stream(engine: &Engine, body: &Value) -> Result<Value, Refusal> {
    let stream = engine.stream(name(body)).await?;
    let after = body["ExclusiveStartShardId"].as_str();
    let mut shards: Vec<&Shard> = kept(&stream)
        .filter(|shard| after.is_none_or(|after| shard.shard_id.as_str() > after))
        .collect();
    let most = pages::size(&body["Limit"], SHARDS_OF_A_DESCRIPTION);
    let more = shards.len() > most;
    shards.truncate(most);
    let mut description = both(&stream);
    description["Shards"] = json!(shards);
    description["HasMoreShards"] = json!(more);
    Ok(json!({ "StreamDescription": description }))
}

/// `DescribeStreamSummary`.
pub async fn summary(engine: &Engine, body: &Value) -> Result<Value, Refusal> {
    let stream = engine.stream(name(body)).await?;
    let consumers = engine.store().list_consumers_for_stream(&stream.stream_arn).await;
    let mut summary = both(&stream);
    summary["OpenShardCount"] = json!(stream.shards.iter().filter(|shard| is_open(shard)).count());
    summary["ConsumerCount"] = json!(consumers.len());
    summary["MaxRecordSizeInKiB"] = json!(stream.max_record_size_kib);
    if stream.stream_mode_details.stream_mode == StreamMode::OnDemand {
        let now = stream.warm_throughput_mibps;
        summary["WarmThroughput"] = json!({ "TargetMiBps": now, "CurrentMiBps": now });
    }
    Ok(json!({ "StreamDescriptionSummary": summary }))
}

/// What both descriptions say.
fn both(stream: &Stream) -> Value {
    let mut said = brief(stream);
    said["RetentionPeriodHours"] = json!(stream.retention_period_hours);
    said["EnhancedMonitoring"] = json!(stream.enhanced_monitoring);
    said["EncryptionType"] = json!(stream.encryption_type);
    if let Some(key) = &stream.key_id {
        said["KeyId"] = json!(key);
    }
    said
}

/// What a list says.
fn brief(stream: &Stream) -> Value {
    json!({
        "StreamName": stream.stream_name,
        "StreamARN": stream.stream_arn,
        "StreamStatus": stream.stream_status,
        "StreamModeDetails": stream.stream_mode_details,
        "StreamCreationTimestamp": stream.stream_creation_timestamp,
    })
}

/// `ListStreams`: by name, a page at a time.
pub async fn streams(engine: &Engine, body: &Value, sealer: &Sealer) -> Result<Value, Refusal> {
    const LIST: &str = "streams";
    let after = match pages::opened(body, sealer, LIST)? {
        Some(last) => Some(last),
        None => body["ExclusiveStartStreamName"].as_str().map(str::to_owned),
    };
    let mut names = engine.store().list_stream_names().await;
    names.sort();
    names.retain(|name| after.as_ref().is_none_or(|after| name > after));
    let most = pages::size(&body["Limit"], STREAMS);
    let more = names.len() > most;
    names.truncate(most);
    let mut summaries = Vec::with_capacity(names.len());
    for name in &names {
        // One that goes while we look is in the list of names and has no summary.
        if let Ok(stream) = engine.store().get_stream(name).await {
            summaries.push(brief(&stream));
        }
    }
    let mut answer = json!({ "StreamNames": names, "StreamSummaries": summaries, "HasMoreStreams": more });
    if let (true, Some(last)) = (more, names.last()) {
        answer["NextToken"] = json!(pages::sealed(sealer, LIST, last)?);
    }
    Ok(answer)
}

/// `DescribeLimits`; `limit` is the account's, of all regions together, and `open` what it has here.
pub async fn limits(engine: &Engine, limit: u32) -> Value {
    let mut on_demand = 0;
    for name in engine.store().list_stream_names().await {
        let stream = engine.store().get_stream(&name).await;
        on_demand +=
            u32::from(stream.is_ok_and(|s| s.stream_mode_details.stream_mode == StreamMode::OnDemand));
    }
    json!({
        "ShardLimit": limit,
        "OpenShardCount": engine.store().sum_open_shards().await,
        "OnDemandStreamCount": on_demand,
        "OnDemandStreamCountLimit": ON_DEMAND_STREAMS,
    })
}

/// `ListShards`: those a filter lets through, a page at a time. A page's token says which stream and filter it is of.
pub async fn shards(engine: &Engine, body: &Value, sealer: &Sealer) -> Result<Value, Refusal> {
    let (name, filter, after) = match body["NextToken"].as_str() {
        Some(token) => {
            let said_twice = ["StreamName", "StreamCreationTimestamp", "ExclusiveStartShardId"];
            if let Some(field) = said_twice.iter().find(|field| !body[**field].is_null()) {
                return Err(invalid(&format!(
                    "NextToken and {field} cannot be provided together."
                )));
            }
            let (of, last) = pages::parts(token, sealer)?;
            let (name, filter) = of
                .split_once('|')
                .ok_or_else(|| invalid("NextToken is invalid."))?;
            let filter = serde_json::from_str(filter).unwrap_or_default();
            (name.to_owned(), filter, Some(last))
        }
        None if body["StreamName"].is_null() => {
            return Err(invalid("Either NextToken or StreamName should be provided."));
        }
        None => {
            let after = body["ExclusiveStartShardId"].as_str().map(str::to_owned);
            (name(body).to_owned(), body["ShardFilter"].clone(), after)
        }
    };
    let stream = engine.stream(&name).await?;
    pages::same_creation(&stream, body)?;
    let mut shards = filtered(&stream, &filter)?;
    shards.retain(|shard| after.as_ref().is_none_or(|after| shard.shard_id > *after));
    let most = pages::size(&body["MaxResults"], SHARDS);
    let more = shards.len() > most;
    shards.truncate(most);
    let mut answer = json!({ "Shards": shards });
    if let (true, Some(last)) = (more, shards.last()) {
        answer["NextToken"] = json!(pages::sealed(
            sealer,
            &format!("{name}|{filter}"),
            &last.shard_id
        )?);
    }
    Ok(answer)
}

/// When the oldest record kept may have arrived, Unix milliseconds.
fn horizon(stream: &Stream) -> u64 {
    let now = Utc::now().timestamp_millis() as u64;
    let kept = now.saturating_sub(u64::from(stream.retention_period_hours) * 3_600_000);
    kept.max((stream.stream_creation_timestamp.0 * 1_000.0) as u64)
}

/// The shards that may still hold records: AWS forgets a closed one with its last record.
fn kept(stream: &Stream) -> impl Iterator<Item = &Shard> {
    let horizon = horizon(stream);
    stream
        .shards
        .iter()
        .filter(move |shard| ended(shard).is_none_or(|ended| ended >= horizon))
}

/// When a shard was closed; `None` if it is open.
fn ended(shard: &Shard) -> Option<u64> {
    let ending = shard.sequence_number_range.ending_sequence_number.as_ref()?;
    // In whole seconds: to the end of that second.
    Some(parse_sequence(ending).ok()?.seq_time.unwrap_or_default() + 999)
}

/// When a shard began: when its parents ended, if it has any.
fn began(stream: &Stream, shard: &Shard) -> u64 {
    let parents = shard
        .parent_shard_id
        .iter()
        .chain(&shard.adjacent_parent_shard_id);
    parents
        .filter_map(|id| stream.shards.iter().find(|s| s.shard_id == *id))
        .filter_map(ended)
        .max()
        .unwrap_or_else(|| begun_ms(shard))
}

fn filtered<'a>(stream: &'a Stream, filter: &Value) -> Result<Vec<&'a Shard>, Refusal> {
    let kept = kept(stream);
    let open_at = |at: u64| {
        move |shard: &&Shard| began(stream, shard) <= at && ended(shard).is_none_or(|ended| ended > at)
    };
    let time = || match filter["Timestamp"].as_f64() {
        Some(seconds) => Ok(((seconds * 1_000.0) as u64).max(horizon(stream))),
        None => Err(invalid("ShardFilter of this type needs a Timestamp.")),
    };
    Ok(match filter["Type"].as_str() {
        None | Some("FROM_TRIM_HORIZON") => kept.collect(),
        Some("AT_TRIM_HORIZON") => {
            // The first shards are a little older than their stream.
            let at = horizon(stream).max(stream.shards.first().map(begun_ms).unwrap_or_default());
            kept.filter(open_at(at)).collect()
        }
        Some("AT_LATEST") => kept.filter(|shard| is_open(shard)).collect(),
        Some("AFTER_SHARD_ID") => {
            let after = filter["ShardId"]
                .as_str()
                .ok_or_else(|| invalid("ShardFilter of type AFTER_SHARD_ID needs a ShardId."))?;
            kept.filter(|shard| shard.shard_id.as_str() > after).collect()
        }
        Some("AT_TIMESTAMP") => kept.filter(open_at(time()?)).collect(),
        Some(_) => {
            let from = time()?;
            kept.filter(|shard| ended(shard).is_none_or(|ended| ended > from))
                .collect()
        }
    })
}
