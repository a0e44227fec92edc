//! Faults set on purpose, as a member's own program meets them: by the SDK, and as long as the sandbox's clock says.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_sdk_kinesis::error::ProvideErrorMetadata as _;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, ShardIteratorType};
use chrono::DateTime;
use common::World;
use sandbox::{Clock, Fault, Region};

const HERE: Region = Region::UsEast1;
const MINUTE: Duration = Duration::from_mins(1);

/// A stream `orders` of one shard.
async fn orders(kinesis: &aws_sdk_kinesis::Client) {
    let create = kinesis.create_stream().stream_name("orders").shard_count(1);
    create.send().await.unwrap();
    while kinesis
        .describe_stream_summary()
        .stream_name("orders")
        .send()
        .await
        .unwrap()
        .stream_description_summary
        .unwrap()
        .stream_status
        .as_str()
        != "ACTIVE"
    {
        tokio::task::yield_now().await;
    }
}

async fn put(kinesis: &aws_sdk_kinesis::Client, data: &str) {
    let put = kinesis.put_record().stream_name("orders").partition_key("a");
    put.data(Blob::new(data)).send().await.unwrap();
}

/// All data of the shard.
async fn read(kinesis: &aws_sdk_kinesis::Client) -> Result<Vec<String>, String> {
    let iterator = kinesis
        .get_shard_iterator()
        .stream_name("orders")
        .shard_id("shardId-000000000000")
        .shard_iterator_type(ShardIteratorType::TrimHorizon);
    let iterator = iterator.send().await.unwrap().shard_iterator.unwrap();
    let got = kinesis.get_records().shard_iterator(iterator).send().await;
    match got {
        Ok(got) => Ok(got
            .records
            .into_iter()
            .map(|record| String::from_utf8(record.data.into_inner()).unwrap())
            .collect()),
        Err(error) => Err(error.code().unwrap_or_default().to_owned()),
    }
}

#[tokio::test]
async fn a_fault_is_over_when_its_time_is_and_was_never_anyone_elses() {
    let second = Arc::new(AtomicI64::new(1_800_000_000));
    let shown = Arc::clone(&second);
    let world = World::with(|settings| {
        settings.clock =
            Clock::new(move || DateTime::from_timestamp(shown.load(Ordering::SeqCst), 0).unwrap());
    })
    .await;
    let (ana, ben) = (
        world.sandbox.kinesis(&world.ana, HERE),
        world.sandbox.kinesis(&world.ben, HERE),
    );
    orders(&ana).await;
    orders(&ben).await;
    world
        .sandbox
        .begin_fault(&world.ana.account_id, Fault::Duplicate, MINUTE)
        .unwrap();
    put(&ana, "doubled").await;
    put(&ben, "once").await;
    second.fetch_add(60, Ordering::SeqCst);
    put(&ana, "after").await;
    assert_eq!(read(&ana).await.unwrap(), ["doubled", "doubled", "after"]);
    assert_eq!(read(&ben).await.unwrap(), ["once"]);
}

#[tokio::test]
async fn a_program_that_reads_is_ended_once_and_reads_the_same_when_it_is_started_again() {
    let world = World::new().await;
    let ana = world.sandbox.kinesis(&world.ana, HERE);
    orders(&ana).await;
    world
        .sandbox
        .begin_fault(&world.ana.account_id, Fault::Crash, MINUTE)
        .unwrap();
    assert_eq!(
        read(&ana).await.unwrap(),
        [""; 0],
        "nothing was given, so nothing is lost"
    );
    put(&ana, "pay").await;
    // Not one of those that SDKs try again by themselves.
    assert_eq!(read(&ana).await.unwrap_err(), "ReaderCrashed");
    assert_eq!(read(&ana).await.unwrap(), ["pay"]);
}

#[tokio::test]
async fn a_batch_out_of_order_is_answered_in_the_order_of_its_sender() {
    let world = World::new().await;
    let ana = world.sandbox.kinesis(&world.ana, HERE);
    orders(&ana).await;
    world
        .sandbox
        .begin_fault(&world.ana.account_id, Fault::Reorder, MINUTE)
        .unwrap();
    let records = ["1", "2", "3"].map(|data| {
        let entry = PutRecordsRequestEntry::builder().partition_key("a");
        entry.data(Blob::new(data)).build().unwrap()
    });
    let batch = ana.put_records().stream_name("orders");
    let answer = batch.set_records(Some(records.into())).send().await.unwrap();
    assert_eq!(read(&ana).await.unwrap(), ["3", "2", "1"]);
    let numbers: Vec<_> = answer
        .records
        .iter()
        .map(|record| record.sequence_number().unwrap().to_owned())
        .collect();
    assert!(
        numbers.iter().rev().is_sorted(),
        "the first went in last: {numbers:?}"
    );
}
