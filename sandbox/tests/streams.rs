//! Stories of a member's streams, as the chat commands use them.

mod common;

use common::World;
use proptest::prelude::*;
use sandbox::streams::{From, Position, Read, Status, StreamError};
use sandbox::{Quotas, Region};

const HERE: Region = Region::UsEast1;

fn everything(from: From) -> Read {
    Read {
        from,
        shard: None,
        limit: 1_000,
    }
}

#[tokio::test]
async fn ana_creates_a_stream_puts_three_records_and_reads_them() {
    let world = World::new().await;
    let streams = world.sandbox.streams(&world.ana, HERE);

    let orders = streams.create("orders", 2).await.unwrap();
    assert_eq!(orders.status, Status::Active);
    assert_eq!(orders.open_shards().count(), 2);
    assert_eq!(
        orders.arn,
        format!("arn:aws:kinesis:us-east-1:{}:stream/orders", world.ana.account_id)
    );
    assert_eq!(orders.retention_hours, 24);
    assert_eq!(orders.shards[0].hashes, 0..=u128::MAX / 2);

    for (key, data) in [("user-1", "first"), ("user-2", "second"), ("user-1", "third")] {
        let put = streams.put("orders", key, data.as_bytes()).await.unwrap();
        assert_eq!(
            put.shard,
            orders.route(key).unwrap().id,
            "the ring says where {key} goes"
        );
    }

    let reading = streams.read("orders", everything(From::Oldest)).await.unwrap();
    let mut texts: Vec<_> = reading
        .records
        .iter()
        .map(|r| String::from_utf8(r.data.clone()).unwrap())
        .collect();
    texts.sort();
    assert_eq!(texts, ["first", "second", "third"]);
    assert!(!reading.more);

    let again = streams
        .read("orders", everything(From::Position(reading.position)))
        .await
        .unwrap();
    assert!(again.records.is_empty(), "read once is read");
}

#[tokio::test]
async fn reading_on_from_a_position_brings_each_record_once_and_in_order() {
    let world = World::with(|s| s.quotas.requests_per_second = 60).await;
    let streams = world.sandbox.streams(&world.ana, HERE);
    streams.create("clicks", 3).await.unwrap();
    // More calls than a second allows: a reading is patient, a put is not.
    for n in 0..40_u32 {
        streams
            .put("clicks", &format!("user-{}", n % 7), n.to_string().as_bytes())
            .await
            .unwrap();
    }
    let (mut position, mut seen, mut more) = (Position::default(), Vec::new(), true);
    while more {
        // A position is kept as text between commands.
        let kept = serde_json::from_str(&serde_json::to_string(&position).unwrap()).unwrap();
        let read = Read {
            from: From::Position(kept),
            shard: None,
            limit: 7,
        };
        let reading = streams.read("clicks", read).await.unwrap();
        assert!(reading.records.len() <= 7);
        seen.extend(
            reading
                .records
                .iter()
                .map(|r| (r.key.clone(), String::from_utf8(r.data.clone()).unwrap())),
        );
        (position, more) = (reading.position, reading.more);
    }
    assert_eq!(seen.len(), 40);
    for user in 0..7 {
        let mine = seen.iter().filter(|(key, _)| *key == format!("user-{user}"));
        let numbers: Vec<u32> = mine.map(|(_, n)| n.parse().unwrap()).collect();
        assert!(
            numbers.is_sorted(),
            "one key's records stay in order: {numbers:?}"
        );
    }
}

#[tokio::test]
async fn from_the_newest_one_sees_only_what_comes_after() {
    let world = World::new().await;
    let streams = world.sandbox.streams(&world.ana, HERE);
    streams.create("orders", 1).await.unwrap();
    streams.put("orders", "k", b"old").await.unwrap();
    let now = streams.read("orders", everything(From::Newest)).await.unwrap();
    assert!(now.records.is_empty());
    streams.put("orders", "k", b"new").await.unwrap();
    let reading = streams
        .read("orders", everything(From::Position(now.position)))
        .await
        .unwrap();
    assert_eq!(reading.records.len(), 1);
    assert_eq!(reading.records[0].data, b"new");
}

#[tokio::test]
async fn one_shard_can_be_read_from_a_sequence_number() {
    let world = World::new().await;
    let streams = world.sandbox.streams(&world.ana, HERE);
    streams.create("orders", 1).await.unwrap();
    streams.put("orders", "k", b"1").await.unwrap();
    let second = streams.put("orders", "k", b"2").await.unwrap();
    streams.put("orders", "k", b"3").await.unwrap();
    let read = |from| Read {
        from,
        shard: Some("0".into()),
        limit: 10,
    };
    let at = streams
        .read("orders", read(From::At(second.sequence.clone())))
        .await
        .unwrap();
    assert_eq!(
        at.records.iter().map(|r| &r.data[..]).collect::<Vec<_>>(),
        [b"2", b"3"]
    );
    let after = streams
        .read("orders", read(From::After(second.sequence)))
        .await
        .unwrap();
    assert_eq!(
        after.records.iter().map(|r| &r.data[..]).collect::<Vec<_>>(),
        [b"3"]
    );
    let odd = streams.read("orders", read(From::At("12".into()))).await;
    assert_eq!(
        odd,
        Err(StreamError::BadSequence {
            sequence: "12".into()
        })
    );
    let nowhere = Read {
        from: From::Oldest,
        shard: Some("7".into()),
        limit: 1,
    };
    let nowhere = streams.read("orders", nowhere).await;
    assert_eq!(nowhere, Err(StreamError::UnknownShard { shard: "7".into() }));
}

#[tokio::test]
async fn reading_follows_a_split_parent_first() {
    let world = World::new().await;
    let streams = world.sandbox.streams(&world.ana, HERE);
    streams.create("orders", 1).await.unwrap();
    for n in 0..10 {
        streams
            .put("orders", "k", format!("before {n}").as_bytes())
            .await
            .unwrap();
    }
    let client = world.sandbox.kinesis(&world.ana, HERE);
    client
        .split_shard()
        .stream_name("orders")
        .shard_to_split("shardId-000000000000")
        .new_starting_hash_key((1_u128 << 127).to_string())
        .send()
        .await
        .unwrap();
    let orders = loop {
        let orders = streams.describe("orders").await.unwrap();
        if orders.status == Status::Active {
            break orders;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(orders.shards.len(), 3);
    assert!(!orders.shards[0].open);
    assert_eq!(orders.shards[1].parent.as_deref(), Some("shardId-000000000000"));
    let put = streams.put("orders", "k", b"after").await.unwrap();
    assert_eq!(put.shard, orders.route("k").unwrap().id);

    let first = streams
        .read(
            "orders",
            Read {
                from: From::Oldest,
                shard: None,
                limit: 4,
            },
        )
        .await
        .unwrap();
    assert!(
        first.records.iter().all(|r| r.shard == "shardId-000000000000"),
        "children wait for their parent"
    );
    assert!(first.more);
    let rest = streams
        .read("orders", everything(From::Position(first.position)))
        .await
        .unwrap();
    assert_eq!(rest.records.last().unwrap().data, b"after");
    assert_eq!(first.records.len() + rest.records.len(), 11);
}

#[tokio::test]
async fn a_deleted_streams_name_and_shards_are_free_at_once() {
    let world = World::with(|settings| settings.quotas.shards = 2).await;
    let streams = world.sandbox.streams(&world.ana, HERE);
    for _ in 0..3 {
        streams.create("orders", 2).await.unwrap();
        streams.delete("orders").await.unwrap();
    }
    let usage = world.sandbox.usage(&world.ana.account_id).await.unwrap();
    assert_eq!((usage.streams, usage.shards), (0, 0));
}

#[tokio::test]
async fn mistakes_are_named() {
    let world = World::new().await;
    let streams = world.sandbox.streams(&world.ana, HERE);
    let name = || "orders".to_owned();
    assert_eq!(
        streams.put("orders", "k", b"x").await,
        Err(StreamError::NoSuchStream { name: name() })
    );
    assert_eq!(
        streams.describe("orders").await,
        Err(StreamError::NoSuchStream { name: name() })
    );
    assert_eq!(
        streams.delete("orders").await,
        Err(StreamError::NoSuchStream { name: name() })
    );
    assert_eq!(streams.create("orders", 0).await, Err(StreamError::NoShards));
    assert_eq!(
        streams.create("no spaces", 1).await,
        Err(StreamError::BadName {
            name: "no spaces".into()
        })
    );
    streams.create("orders", 1).await.unwrap();
    assert_eq!(
        streams.create("orders", 1).await,
        Err(StreamError::AlreadyExists { name: name() })
    );
    assert_eq!(streams.list().await.unwrap(), ["orders"]);
}

#[tokio::test]
async fn quotas_end_in_their_own_words() {
    let quotas = Quotas {
        streams: 2,
        shards: 3,
        bytes: 2_000,
        requests_per_second: 1_000,
        ..Quotas::default()
    };
    let world = World::with(|s| s.quotas = quotas).await;
    let (here, there) = (
        world.sandbox.streams(&world.ana, HERE),
        world.sandbox.streams(&world.ana, Region::EuWest1),
    );
    here.create("one", 2).await.unwrap();
    let too_wide = there.create("two", 2).await;
    assert_eq!(
        too_wide,
        Err(StreamError::TooManyShards { limit: Some(3) }),
        "regions count together"
    );
    there.create("two", 1).await.unwrap();
    assert_eq!(
        here.create("three", 1).await,
        Err(StreamError::TooManyStreams { limit: Some(2) })
    );

    here.put("one", "k", &[7; 900]).await.unwrap();
    assert_eq!(
        there.put("two", "k", &[7; 900]).await,
        Err(StreamError::OutOfSpace)
    );
    here.put("one", "k", &[7; 100]).await.unwrap();
    world
        .sandbox
        .streams(&world.ben, HERE)
        .create("one", 3)
        .await
        .unwrap();
}

#[tokio::test]
async fn too_many_requests_are_throttled() {
    let world = World::with(|s| s.quotas.requests_per_second = 5).await;
    let streams = world.sandbox.streams(&world.ana, HERE);
    for _ in 0..5 {
        streams.list().await.unwrap();
    }
    assert_eq!(streams.list().await, Err(StreamError::Throttled));
    assert!(
        world.sandbox.streams(&world.ben, HERE).list().await.is_ok(),
        "ben has an allowance of his own"
    );
}

#[tokio::test]
async fn a_region_is_a_world_of_its_own() {
    let world = World::new().await;
    world
        .sandbox
        .streams(&world.ana, HERE)
        .create("orders", 1)
        .await
        .unwrap();
    for region in [Region::EuWest1, Region::EuCentral1, Region::ApSoutheast2] {
        let streams = world.sandbox.streams(&world.ana, region);
        assert!(streams.list().await.unwrap().is_empty());
        let orders = streams.create("orders", 1).await.unwrap();
        assert_eq!(
            orders.arn,
            format!("arn:aws:kinesis:{region}:{}:stream/orders", world.ana.account_id)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ring_predicts_the_shard_of_every_put() {
    let world = World::new().await;
    let streams = world.sandbox.streams(&world.ana, HERE);
    let wide = streams.create("wide", 48).await.unwrap();
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        proptest!(ProptestConfig::with_cases(200), |(key in "\\PC{1,256}")| {
            let put = runtime.block_on(streams.put("wide", &key, b"x")).unwrap();
            prop_assert_eq!(&put.shard, &wide.route(&key).unwrap().id);
            prop_assert!(wide.route(&key).unwrap().hashes.contains(&put.hash.0));
        });
    })
    .await
    .unwrap();
}
