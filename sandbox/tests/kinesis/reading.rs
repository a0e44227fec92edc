//! Reading with iterators: where they begin, how far behind one is, and how a closed shard ends.

use aws_sdk_kinesis::primitives::DateTime;
use aws_sdk_kinesis::types::ShardIteratorType;

use crate::house::{FIRST, House, code};

#[tokio::test]
async fn a_closed_shard_ends_with_its_children_together_with_its_last_record() {
    let house = House::new().await;
    house.stream("orders", 1).await;
    house.put("orders", "k", b"last").await;
    let split = house
        .ana
        .split_shard()
        .stream_name("orders")
        .shard_to_split(FIRST);
    split
        .new_starting_hash_key((1_u128 << 127).to_string())
        .send()
        .await
        .unwrap();
    house.active("orders").await;
    for kind in [ShardIteratorType::TrimHorizon, ShardIteratorType::Latest] {
        let page = house
            .get(&house.iterator("orders", FIRST, kind.clone()).await)
            .await;
        assert_eq!(
            page.records.len(),
            usize::from(kind == ShardIteratorType::TrimHorizon)
        );
        assert!(page.next_shard_iterator.is_none());
        let children: Vec<_> = page
            .child_shards()
            .iter()
            .map(|child| (child.shard_id(), child.parent_shards()))
            .collect();
        let parents = [FIRST.to_owned()];
        assert_eq!(
            children,
            [
                ("shardId-000000000001", &parents[..]),
                ("shardId-000000000002", &parents[..])
            ]
        );
    }
}

#[tokio::test]
async fn times_of_arrival_are_in_milliseconds_and_one_can_begin_at_them() {
    let house = House::new().await;
    house.stream("orders", 1).await;
    let mut arrived = Vec::new();
    for n in 0..5 {
        house.put("orders", "k", &[n]).await;
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    }
    let all = house
        .get(
            &house
                .iterator("orders", FIRST, ShardIteratorType::TrimHorizon)
                .await,
        )
        .await;
    for record in &all.records {
        arrived.push(record.approximate_arrival_timestamp.unwrap().to_millis().unwrap());
    }
    assert!(
        arrived.is_sorted_by(|a, b| a < b),
        "three milliseconds apart: {arrived:?}"
    );
    let at = house
        .ana
        .get_shard_iterator()
        .stream_name("orders")
        .shard_id(FIRST);
    let at = at.shard_iterator_type(ShardIteratorType::AtTimestamp);
    let third = at
        .clone()
        .timestamp(DateTime::from_millis(arrived[2]))
        .send()
        .await
        .unwrap();
    let rest = house.get(third.shard_iterator().unwrap()).await;
    assert_eq!(rest.records[0].data.as_ref(), [2]);
    let to_come = at
        .clone()
        .timestamp(DateTime::from_millis(arrived[4] + 3_600_000))
        .send()
        .await;
    assert_eq!(code(to_come), "InvalidArgumentException");
    assert_eq!(
        code(at.send().await),
        "InvalidArgumentException",
        "no time was given"
    );

    let house = house.restarted().await;
    let again = house
        .get(
            &house
                .iterator("orders", FIRST, ShardIteratorType::TrimHorizon)
                .await,
        )
        .await;
    assert_eq!(again.records, all.records, "to the millisecond, after a restart");
}

#[tokio::test]
async fn an_iterator_of_a_deleted_stream_reads_nothing_of_its_namesake() {
    let house = House::new().await;
    house.stream("orders", 1).await;
    let old = house
        .iterator("orders", FIRST, ShardIteratorType::TrimHorizon)
        .await;
    let sequence = house.put("orders", "k", b"old").await;
    house
        .ana
        .delete_stream()
        .stream_name("orders")
        .send()
        .await
        .unwrap();
    while house
        .ana
        .describe_stream_summary()
        .stream_name("orders")
        .send()
        .await
        .is_ok()
    {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        code(house.ana.get_records().shard_iterator(&old).send().await),
        "ResourceNotFoundException"
    );
    // Shards are told apart by the second they began in.
    tokio::time::sleep(std::time::Duration::from_millis(1_001)).await;
    house.stream("orders", 1).await;
    house.put("orders", "k", b"new").await;
    assert_eq!(
        code(house.ana.get_records().shard_iterator(&old).send().await),
        "InvalidArgumentException"
    );
    let after = house
        .ana
        .get_shard_iterator()
        .stream_name("orders")
        .shard_id(FIRST);
    let after = after.shard_iterator_type(ShardIteratorType::AfterSequenceNumber);
    assert_eq!(
        code(after.starting_sequence_number(sequence).send().await),
        "InvalidArgumentException"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_at_the_tip_misses_nothing_that_many_write_at_once() {
    let house = std::sync::Arc::new(House::new().await);
    house.stream("orders", 1).await;
    let consumer = house.consumer("orders", "fan").await;
    let mut events = crate::subscribe::to(&house.ana, &consumer, FIRST).await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let house = std::sync::Arc::clone(&house);
        writers.spawn(async move {
            for n in 0..50 {
                house
                    .put("orders", &format!("{writer}"), format!("{writer}-{n}").as_bytes())
                    .await;
            }
        });
    }
    let mut seen = Vec::new();
    while seen.len() < 400 {
        let records = crate::subscribe::event(&mut events).await.unwrap().records;
        seen.extend(records.into_iter().map(|record| record.sequence_number));
    }
    assert!(seen.is_sorted_by(|a, b| a < b), "in order, and none twice");
    writers.join_all().await;
}
