//! How much a shard takes and gives in a second, how large records and batches are, and what is told of too much.

use aws_sdk_kinesis::operation::put_records::PutRecordsOutput;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::ShardIteratorType;

use crate::house::{FIRST, House, code, entry, refusal};

const THROTTLED: &str = "ProvisionedThroughputExceededException";
const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn of_a_burst_on_one_key_a_thousand_records_are_taken_and_each_other_is_told_why() {
    let house = House::in_one_second().await;
    house.stream("orders", 4).await;
    let batch = || (0..500).map(|_| entry("hot", b"x")).collect();
    let mut answers = Vec::new();
    for _ in 0..3 {
        let put = house
            .ana
            .put_records()
            .stream_name("orders")
            .set_records(Some(batch()));
        answers.push(put.send().await.unwrap());
    }
    let failed: i32 = answers
        .iter()
        .filter_map(|answer| answer.failed_record_count)
        .sum();
    let records: Vec<_> = answers.iter().flat_map(PutRecordsOutput::records).collect();
    let refused: Vec<_> = records
        .iter()
        .filter(|record| record.error_code.is_some())
        .collect();
    assert_eq!((records.len(), failed, refused.len()), (1_500, 500, 500));
    assert!(
        refused
            .iter()
            .all(|r| r.error_code() == Some(THROTTLED) && r.shard_id().is_none())
    );
    let words = refused[0].error_message().unwrap();
    assert!(
        words.starts_with("Rate exceeded for shard shardId-") && words.contains("orders"),
        "{words}"
    );
    // Keys of other shards are not held up by the hot one.
    let elsewhere = house.ana.put_records().stream_name("orders");
    let cold = (0..40).map(|n| entry(&format!("cold-{n}"), b"x")).collect();
    let taken = elsewhere.set_records(Some(cold)).send().await.unwrap();
    assert!(taken.failed_record_count.unwrap() < 40);
}

#[tokio::test]
async fn a_shard_is_read_five_times_a_second() {
    let house = House::in_one_second().await;
    house.stream("orders", 2).await;
    let iterator = house
        .iterator("orders", FIRST, ShardIteratorType::TrimHorizon)
        .await;
    for _ in 0..5 {
        house.get(&iterator).await;
    }
    let (kind, words) = refusal(house.ana.get_records().shard_iterator(&iterator).send().await);
    assert_eq!(kind, THROTTLED);
    assert!(words.contains(FIRST), "{words}");
    let other = house
        .iterator("orders", "shardId-000000000001", ShardIteratorType::TrimHorizon)
        .await;
    house.get(&other).await;
}

#[tokio::test]
async fn a_page_has_ten_mebibytes_at_most_and_the_shard_then_rests() {
    let house = House::in_one_second().await;
    house.stream("large", 1).await;
    let resize = house.ana.update_max_record_size().stream_arn(house.arn("large"));
    resize.max_record_size_in_kib(10_240).send().await.unwrap();
    house.put("large", "k", &vec![7; 6 * MIB]).await;
    let again = house
        .ana
        .put_record()
        .stream_name("large")
        .partition_key("k")
        .data(Blob::new("x"));
    assert_eq!(
        code(again.send().await),
        THROTTLED,
        "six seconds of the shard were used"
    );
    let iterator = house
        .iterator("large", FIRST, ShardIteratorType::TrimHorizon)
        .await;
    let page = house.get(&iterator).await;
    assert_eq!(page.records[0].data.as_ref().len(), 6 * MIB);
    let next = page.next_shard_iterator.unwrap();
    assert_eq!(
        code(house.ana.get_records().shard_iterator(next).send().await),
        THROTTLED
    );
}

#[tokio::test]
async fn records_and_batches_have_their_sizes() {
    let house = House::new().await;
    house.stream("orders", 1).await;
    let put = |data: usize| {
        let put = house.ana.put_record().stream_name("orders").partition_key("k");
        put.data(Blob::new(vec![7; data])).send()
    };
    put(MIB).await.unwrap();
    assert_eq!(code(put(MIB + 1).await), "ValidationException");
    let batch = |count: usize, bytes: usize| {
        let records = (0..count).map(|_| entry("k", &vec![7; bytes])).collect();
        house
            .ana
            .put_records()
            .stream_name("orders")
            .set_records(Some(records))
            .send()
    };
    assert_eq!(code(batch(501, 1).await), "ValidationException");
    assert_eq!(code(batch(6, MIB - 100).await), "InvalidArgumentException");
    let long = "ü".repeat(257);
    let keyed = |key: &str| {
        house
            .ana
            .put_record()
            .stream_name("orders")
            .partition_key(key)
            .data(Blob::new("x"))
            .send()
    };
    assert_eq!(code(keyed(&long).await), "ValidationException");
    assert_eq!(code(keyed("").await), "ValidationException");
    for hash in ["340282366920938463463374607431768211456", "01", "-1", "x"] {
        let put = house.ana.put_record().stream_name("orders").partition_key("k");
        let refused = code(put.explicit_hash_key(hash).data(Blob::new("x")).send().await);
        assert!(
            ["InvalidArgumentException", "ValidationException"].contains(&refused.as_str()),
            "{hash}"
        );
    }
    let nowhere = house
        .ana
        .put_record()
        .partition_key("k")
        .data(Blob::new("x"))
        .send();
    assert_eq!(code(nowhere.await), "InvalidArgumentException");
}
