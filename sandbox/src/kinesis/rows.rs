//! A tenant's streams as rows of the lab's tables; the columns stand in `lab::tables`.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ferrokinesis::types::{StoredRecord, Stream, StreamMode};

use super::account::Account;
use super::arn;
use super::changes::is_open;
use super::engine::Engine;
use crate::history::{History, Reader};
use crate::lab::Row;
use crate::region::Region;
use crate::wire::Refusal;

/// A stream with the engine it lives in.
struct Place {
    region: Region,
    engine: Arc<Engine>,
    stream: Stream,
}

impl Place {
    fn region(&self) -> &'static str {
        self.region.as_str()
    }

    /// Its records by shard number, oldest first.
    async fn records(&self) -> Vec<(u32, String, StoredRecord)> {
        let kept = self
            .engine
            .store()
            .get_record_store(&self.stream.stream_name)
            .await;
        kept.into_iter()
            .filter_map(|(key, record)| {
                let (shard, sequence) = key.split_once('/')?;
                Some((u32::from_str_radix(shard, 16).ok()?, sequence.to_owned(), record))
            })
            .collect()
    }
}

async fn places(account: &Account) -> Result<Vec<Place>, Refusal> {
    let mut places = Vec::new();
    for (region, engine) in account.engines().in_regions().await {
        for name in engine.store().list_stream_names().await {
            // One that was deleted between the two looks has no row.
            if let Ok(stream) = engine.stream(&name).await {
                let engine = Arc::clone(&engine);
                places.push(Place {
                    region,
                    engine,
                    stream,
                });
            }
        }
    }
    Ok(places)
}

pub async fn streams(account: &Account) -> Result<Vec<Row>, Refusal> {
    let row = |place: Place| {
        let stream = &place.stream;
        let mode = match stream.stream_mode_details.stream_mode {
            StreamMode::Provisioned => "PROVISIONED",
            StreamMode::OnDemand => "ON_DEMAND",
        };
        vec![
            place.region().into(),
            stream.stream_name.as_str().into(),
            stream.stream_arn.as_str().into(),
            stream.stream_status.to_string().into(),
            mode.into(),
            stream.shards.iter().filter(|shard| is_open(shard)).count().into(),
            stream.retention_period_hours.into(),
            millis(stream.stream_creation_timestamp.0).into(),
        ]
    };
    Ok(places(account).await?.into_iter().map(row).collect())
}

pub async fn shards(account: &Account) -> Result<Vec<Row>, Refusal> {
    let mut rows = Vec::new();
    for place in places(account).await? {
        let mut held = vec![(0_usize, 0_usize); place.stream.shards.len()];
        for (shard, _, record) in place.records().await {
            if let Some((records, bytes)) = held.get_mut(shard as usize) {
                *records += 1;
                *bytes += size(&record);
            }
        }
        for (shard, (records, bytes)) in place.stream.shards.iter().zip(held) {
            rows.push(vec![
                place.region().into(),
                place.stream.stream_name.as_str().into(),
                shard.shard_id.as_str().into(),
                shard.parent_shard_id.clone().into(),
                shard.adjacent_parent_shard_id.clone().into(),
                shard.hash_key_range.starting_hash_key.as_str().into(),
                shard.hash_key_range.ending_hash_key.as_str().into(),
                is_open(shard).into(),
                records.into(),
                bytes.into(),
            ]);
        }
    }
    Ok(rows)
}

pub async fn records(account: &Account) -> Result<Vec<Row>, Refusal> {
    let mut rows = Vec::new();
    for place in places(account).await? {
        for (shard, sequence, record) in place.records().await {
            let bytes = size(&record);
            rows.push(vec![
                place.region().into(),
                place.stream.stream_name.as_str().into(),
                arn::shard_id(shard).into(),
                sequence.into(),
                record.partition_key.into(),
                readable(record.data).into(),
                millis(record.approximate_arrival_timestamp).into(),
                bytes.into(),
            ]);
        }
    }
    Ok(rows)
}

pub async fn consumers(account: &Account, history: &History) -> Result<Vec<Row>, Refusal> {
    let mut rows = Vec::new();
    for place in places(account).await? {
        let stream = &place.stream;
        let readers = history.readers(place.region, &stream.stream_name);
        for (reader, read) in &readers {
            let lag = lag(&place, &reader.shard, &read.next).await;
            rows.push(vec![
                place.region().into(),
                stream.stream_name.as_str().into(),
                reader.shard.as_str().into(),
                reader.consumer.as_deref().unwrap_or("default").into(),
                kind(reader).into(),
                read.position.clone().into(),
                lag.into(),
                read.records.into(),
            ]);
        }
        for consumer in place
            .engine
            .store()
            .list_consumers_for_stream(&stream.stream_arn)
            .await
        {
            let has_read =
                |(reader, _): &(Reader, _)| reader.consumer.as_ref() == Some(&consumer.consumer_name);
            if !readers.iter().any(has_read) {
                let mut row: Row = vec![
                    place.region().into(),
                    stream.stream_name.as_str().into(),
                    None::<i64>.into(),
                ];
                row.extend([consumer.consumer_name.into(), "enhanced".into()]);
                row.extend([None::<i64>.into(), None::<i64>.into(), 0_i64.into()]);
                rows.push(row);
            }
        }
    }
    Ok(rows)
}

fn kind(reader: &Reader) -> &'static str {
    if reader.consumer.is_some() {
        "enhanced"
    } else {
        "polling"
    }
}

/// How long the oldest record from `next` on has been waiting.
async fn lag(place: &Place, shard: &str, next: &str) -> i64 {
    let Some(number) = arn::shard_number(shard) else {
        return 0;
    };
    let (start, end) = (format!("{number:08x}/{next}"), format!("{:08x}", number + 1));
    let name = &place.stream.stream_name;
    let unread = place
        .engine
        .store()
        .get_records_range_limited(name, &start, &end, 1)
        .await;
    unread.first().map_or(0, |(_, record)| {
        (chrono::Utc::now().timestamp_millis() - millis(record.approximate_arrival_timestamp)).max(1)
    })
}

/// Data as people read it: text where it is UTF-8, else the base64 it is kept in.
fn readable(data: String) -> String {
    match STANDARD.decode(&data).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        _ => data,
    }
}

/// Bytes of data and key. Four characters of base64 are three bytes, less the padding.
fn size(record: &StoredRecord) -> usize {
    let padding = record.data.bytes().rev().take_while(|byte| *byte == b'=').count();
    (record.data.len() / 4 * 3).saturating_sub(padding) + record.partition_key.len()
}

fn millis(seconds: f64) -> i64 {
    (seconds * 1_000.0) as i64
}
