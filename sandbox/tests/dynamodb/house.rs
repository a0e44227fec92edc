//! What these tests share: a world with a clock of its own, and short words for what writers and readers do.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    StreamSpecification, StreamViewType, TableDescription,
};
use aws_sdk_dynamodbstreams::Client as Streams;
use aws_sdk_dynamodbstreams::types::{Record, ShardIteratorType};
use chrono::{DateTime, Utc};
use sandbox::{Clock, Region, SandboxSettings};

use crate::common::World;

pub type Item = HashMap<String, AttributeValue>;

/// A world whose tables go by a clock of the test's.
pub struct House {
    pub world: World,
    millis: Arc<AtomicI64>,
}

impl House {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut SandboxSettings)) -> Self {
        let millis = Arc::new(AtomicI64::new(Utc::now().timestamp_millis()));
        let shown = Arc::clone(&millis);
        let clock = Clock::new(move || {
            DateTime::from_timestamp_millis(shown.load(Ordering::SeqCst)).unwrap_or_default()
        });
        let world = World::with(|settings| {
            settings.clock = clock;
            change(settings);
        });
        Self {
            world: world.await,
            millis,
        }
    }

    /// The same after its process stopped and started again.
    pub async fn restarted(self) -> Self {
        Self {
            world: self.world.restarted().await,
            millis: self.millis,
        }
    }

    pub fn pass(&self, seconds: i64) {
        self.millis.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    /// The time in Unix seconds.
    pub fn now(&self) -> i64 {
        self.millis.load(Ordering::SeqCst) / 1_000
    }

    pub fn ana(&self) -> Client {
        self.world.sandbox.dynamodb(&self.world.ana, Region::UsEast1)
    }

    pub fn anas_streams(&self) -> Streams {
        self.world
            .sandbox
            .dynamodb_streams(&self.world.ana, Region::UsEast1)
    }
}

/// Makes a table with the partition key `pk`, with a stream if a view is given.
pub async fn table(tables: &Client, name: &str, view: Option<StreamViewType>) -> TableDescription {
    let made = create(tables, name, view).send().await;
    made.unwrap().table_description.unwrap()
}

pub fn create(tables: &Client, name: &str, view: Option<StreamViewType>) -> CreateTableFluentBuilder {
    let key = KeySchemaElement::builder()
        .attribute_name("pk")
        .key_type(KeyType::Hash);
    let definition = AttributeDefinition::builder()
        .attribute_name("pk")
        .attribute_type(ScalarAttributeType::S);
    tables
        .create_table()
        .table_name(name)
        .key_schema(key.build().unwrap())
        .attribute_definitions(definition.build().unwrap())
        .billing_mode(BillingMode::PayPerRequest)
        .set_stream_specification(view.map(|view| stream_on(&view)))
}

pub fn stream_on(view: &StreamViewType) -> StreamSpecification {
    let specification = StreamSpecification::builder().stream_enabled(true);
    specification.stream_view_type(view.clone()).build().unwrap()
}

pub async fn stream_off(tables: &Client, name: &str) {
    let off = StreamSpecification::builder()
        .stream_enabled(false)
        .build()
        .unwrap();
    tables
        .update_table()
        .table_name(name)
        .stream_specification(off)
        .send()
        .await
        .unwrap();
}

pub fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub fn n(number: impl Into<i64>) -> AttributeValue {
    AttributeValue::N(number.into().to_string())
}

/// An item of the key and other attributes.
pub fn item(pk: &str, more: &[(&str, AttributeValue)]) -> Item {
    let key = ("pk".to_owned(), s(pk));
    let more = more
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    more.chain([key]).collect()
}

pub async fn put(tables: &Client, table: &str, item: Item) {
    tables
        .put_item()
        .table_name(table)
        .set_item(Some(item))
        .send()
        .await
        .unwrap();
}

pub async fn get(tables: &Client, table: &str, pk: &str) -> Option<Item> {
    let found = tables.get_item().table_name(table).key("pk", s(pk)).send().await;
    found.unwrap().item
}

pub async fn delete(tables: &Client, table: &str, pk: &str) {
    let deleted = tables
        .delete_item()
        .table_name(table)
        .key("pk", s(pk))
        .send()
        .await;
    deleted.unwrap();
}

pub async fn shard(streams: &Streams, arn: &str) -> String {
    let described = streams.describe_stream().stream_arn(arn).send().await.unwrap();
    described.stream_description.unwrap().shards.unwrap()[0]
        .shard_id
        .clone()
        .unwrap()
}

pub async fn iterator(
    streams: &Streams,
    arn: &str,
    kind: ShardIteratorType,
    sequence: Option<&str>,
) -> String {
    let given = streams
        .get_shard_iterator()
        .stream_arn(arn)
        .shard_id(shard(streams, arn).await)
        .shard_iterator_type(kind)
        .set_sequence_number(sequence.map(str::to_owned))
        .send();
    given.await.unwrap().shard_iterator.unwrap()
}

/// All that is to be read from a place on: at the end of a closed shard, or when nothing more is there.
pub async fn read_on(streams: &Streams, from: String) -> Vec<Record> {
    let mut all = Vec::new();
    let mut next = Some(from);
    while let Some(iterator) = next {
        let read = streams
            .get_records()
            .shard_iterator(iterator)
            .limit(2)
            .send()
            .await
            .unwrap();
        let records = read.records.unwrap_or_default();
        next = read.next_shard_iterator.filter(|_| !records.is_empty());
        all.extend(records);
    }
    all
}

/// All that is in a stream.
pub async fn read(streams: &Streams, arn: &str) -> Vec<Record> {
    let start = iterator(streams, arn, ShardIteratorType::TrimHorizon, None).await;
    read_on(streams, start).await
}

/// What happened to which item, as `INSERT a`.
pub fn told(records: &[Record]) -> Vec<String> {
    let told = records.iter().map(|record| {
        let change = record.dynamodb.as_ref().unwrap();
        let key = change.keys.as_ref().unwrap()["pk"].as_s().unwrap();
        format!("{} {key}", record.event_name.as_ref().unwrap())
    });
    told.collect()
}

/// The error's code.
pub fn code<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    answer: Result<T, SdkError<E, R>>,
) -> String {
    answer.unwrap_err().code().unwrap_or_default().to_owned()
}
