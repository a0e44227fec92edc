//! Streams where members share an account.

use std::collections::BTreeMap;
use std::time::Duration;

use sandbox::ProviderKind;
use sandbox::streams::{Entry, From, Read, StreamError};

use crate::house::{HERE, House};

#[tokio::test]
async fn ana_puts_reads_reshapes_and_deletes_a_stream() {
    let Some(house) = House::open().await else { return };
    assert_eq!(house.sandbox.provider(), ProviderKind::Endpoint);
    let streams = house.sandbox.streams(&house.ana, HERE);
    let made = streams.create("orders", 2).await.unwrap();
    assert_eq!((made.name.as_str(), made.open_shards().count()), ("orders", 2));
    let real = format!("tributary-main-{}-orders", house.ana.account_id);
    assert!(made.arn.ends_with(&format!(":stream/{real}")), "{}", made.arn);
    assert_eq!(
        streams.create("orders", 1).await,
        Err(StreamError::AlreadyExists {
            name: "orders".into()
        })
    );

    let put = streams.put("orders", "user-1", b"hello").await.unwrap();
    assert_eq!(
        Some(put.shard.as_str()),
        made.route("user-1").map(|shard| shard.id.as_str())
    );
    let entry = |number: u32| Entry {
        key: format!("user-{number}"),
        data: vec![b'x'; 10],
    };
    let entries: Vec<Entry> = (0..600).map(entry).collect();
    let many = streams
        .put_many("orders", &entries, Duration::from_secs(10))
        .await
        .unwrap();
    assert!(many.placed.iter().all(Option::is_some));
    let all = Read {
        from: From::Oldest,
        shard: None,
        limit: 1_000,
    };
    let reading = streams.read("orders", all).await.unwrap();
    assert_eq!(reading.records.len(), 601);
    let again = Read {
        from: From::Position(reading.position),
        shard: None,
        limit: 10,
    };
    assert_eq!(streams.read("orders", again).await.unwrap().records, []);

    let split = streams.split("orders", "0", 50).await.unwrap();
    assert_eq!((split.closed.len(), split.opened.len()), (1, 2));
    let opened: Vec<&str> = split.opened.iter().map(String::as_str).collect();
    let merged = streams.merge("orders", opened[0], opened[1]).await.unwrap();
    assert_eq!((merged.closed.len(), merged.opened.len()), (2, 1));
    let (before, kept) = streams.set_retention("orders", 48).await.unwrap();
    assert_eq!((before, kept.retention_hours), (24, 48));

    assert_eq!(streams.list().await.unwrap(), ["orders"]);
    streams.delete("orders").await.unwrap();
    assert_eq!(
        streams.describe("orders").await,
        Err(StreamError::NoSuchStream {
            name: "orders".into()
        })
    );
    assert_eq!(house.everything(HERE).await, []);
}

#[tokio::test]
async fn consumers_come_and_go_and_tags_of_the_house_are_hidden() {
    let Some(house) = House::open().await else { return };
    let streams = house.sandbox.streams(&house.ana, HERE);
    let stream = streams.create_on_demand("clicks").await.unwrap();
    assert!(stream.on_demand);
    let consumer = streams.register(&stream, "fraud").await.unwrap();
    assert!(consumer.active);
    assert_eq!(streams.consumers(&stream).await.unwrap(), [consumer]);
    streams.deregister(&stream, "fraud").await.unwrap();

    let hers = BTreeMap::from([("team".to_owned(), "shop".to_owned())]);
    streams.tag("clicks", &hers).await.unwrap();
    assert_eq!(streams.tags("clicks").await.unwrap(), hers);
    let forged = BTreeMap::from([("tributary:tenant".to_owned(), "1".to_owned())]);
    assert_eq!(streams.tag("clicks", &forged).await, Err(StreamError::BadTag));
    assert_eq!(
        streams.untag("clicks", "tributary:managed").await,
        Err(StreamError::BadTag)
    );

    let client = house.sandbox.kinesis(&house.ana, HERE);
    let real = format!("tributary-main-{}-clicks", house.ana.account_id);
    let there = client
        .list_tags_for_stream()
        .stream_name(real)
        .send()
        .await
        .unwrap();
    let there: BTreeMap<_, _> = there.tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
    let says = |key: &str| there[key].as_deref().unwrap().to_owned();
    assert_eq!(says("tributary:managed"), "true");
    assert_eq!(says("tributary:member"), "ana");
    assert_eq!(says("tributary:tenant"), house.ana.account_id.as_str());
}
