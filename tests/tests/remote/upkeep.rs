//! What the operator and the reaper rely on: what there is and whose, clean-up that leaves nothing, limits, and what only the
//! built-in sandbox can do.

use std::collections::BTreeSet;

use sandbox::queues::NewQueue;
use sandbox::streams::StreamError;
use sandbox::{Quotas, Region, ResourceKind, SandboxError};

use crate::house::{HERE, House};

#[tokio::test]
async fn emptying_anas_sandbox_takes_hers_in_every_region_and_leaves_bens() {
    let Some(house) = House::open().await else { return };
    let there = Region::EuCentral1;
    for (member, region) in [(&house.ana, HERE), (&house.ana, there), (&house.ben, HERE)] {
        drop(
            house
                .sandbox
                .streams(member, region)
                .create("orders", 1)
                .await
                .unwrap(),
        );
        let queue = NewQueue {
            name: "work".into(),
            ..NewQueue::default()
        };
        drop(house.sandbox.queues(member, region).create(&queue).await.unwrap());
        drop(
            house
                .sandbox
                .topics(member, region)
                .create("news", false)
                .await
                .unwrap(),
        );
    }
    let hers = house.sandbox.resources(&house.ana, HERE).await.unwrap();
    let told: BTreeSet<_> = hers.iter().map(|it| (it.kind, it.name.as_str())).collect();
    let expected = [
        (ResourceKind::Stream, "orders"),
        (ResourceKind::Queue, "work"),
        (ResourceKind::Topic, "news"),
    ];
    assert_eq!(told, BTreeSet::from(expected));
    for resource in &hers {
        assert_eq!(resource.tenant, house.ana.account_id);
        assert!(resource.arn.ends_with(&resource.real), "{resource:?}");
        assert_eq!(
            resource.created_at.is_some(),
            resource.kind != ResourceKind::Topic,
            "{resource:?}"
        );
    }
    assert_eq!(house.everything(HERE).await.len(), 6);

    house.sandbox.delete_tenant(&house.ana.account_id).await.unwrap();
    assert_eq!(house.everything(there).await, []);
    let left = house.everything(HERE).await;
    assert!(
        left.len() == 3 && left.iter().all(|it| it.tenant == house.ben.account_id),
        "{left:?}"
    );
    assert_eq!(
        house.sandbox.streams(&house.ben, HERE).list().await.unwrap(),
        ["orders"]
    );
}

#[tokio::test]
async fn a_long_list_is_read_to_its_end() {
    let quotas = Quotas {
        queues: 2_000,
        streams: 200,
        shards: 200,
        ..Quotas::default()
    };
    let Some(house) = House::with(quotas).await else {
        return;
    };
    let streams = house.sandbox.streams(&house.ana, HERE);
    let client = house.sandbox.kinesis(&house.ana, HERE);
    for number in 0..120 {
        let real = format!("tributary-main-{}-s{number:03}", house.ana.account_id);
        drop(
            client
                .create_stream()
                .stream_name(real)
                .shard_count(1)
                .send()
                .await
                .unwrap(),
        );
    }
    assert_eq!(streams.list().await.unwrap().len(), 120);
    assert_eq!(house.everything(HERE).await.len(), 120);
}

#[tokio::test]
async fn a_member_has_no_more_than_the_quotas_and_no_longer_names_than_there_is_room() {
    let quotas = Quotas {
        streams: 2,
        shards: 5,
        ..Quotas::default()
    };
    let Some(house) = House::with(quotas).await else {
        return;
    };
    let streams = house.sandbox.streams(&house.ana, HERE);
    drop(streams.create("one", 3).await.unwrap());
    let told = streams.create("two", 3).await;
    assert_eq!(told, Err(StreamError::TooManyShards { limit: Some(5) }));
    drop(streams.create("two", 2).await.unwrap());
    let told = streams.split("two", "0", 50).await;
    assert_eq!(told, Err(StreamError::TooManyShards { limit: Some(5) }));
    streams.delete("one").await.unwrap();
    drop(streams.create("three", 1).await.unwrap());
    let told = streams.create("four", 1).await;
    assert_eq!(told, Err(StreamError::TooManyStreams { limit: Some(2) }));
    let others = house.sandbox.streams(&house.ben, HERE).create("four", 1).await;
    assert!(others.is_ok(), "each has quotas of their own: {others:?}");

    let room = 128 - format!("tributary-main-{}-", house.ana.account_id).len();
    let told = streams.create(&"n".repeat(room + 1), 1).await;
    assert!(
        matches!(told, Err(StreamError::NameTooLong { most, .. }) if most == room),
        "{told:?}"
    );
}

#[tokio::test]
async fn nobody_looks_inside_elsewhere() {
    let Some(house) = House::open().await else { return };
    let (sandbox, ana) = (&house.sandbox, &house.ana.account_id);
    let only =
        |told: Result<(), SandboxError>| assert!(matches!(told, Err(SandboxError::OnlyEmbedded)), "{told:?}");
    only(sandbox.lab().map(drop));
    only(sandbox.router().map(drop));
    only(sandbox.usage(ana).await.map(drop));
    only(sandbox.messages(ana, HERE, "work").await.map(drop));
    only(sandbox.delivered(ana, HERE, "news").await.map(drop));
    only(sandbox.look_at_tables(ana).await.map(drop));
    only(sandbox.look_at_items(ana, HERE, "users", 1).await.map(drop));
    only(sandbox.look_at_changes(ana, HERE, "users", 1).await.map(drop));
    assert_eq!((sandbox.loaded(), sandbox.fault(ana)), (0, None));
}
