//! `SubscribeToShard` as the SDK calls it: in the process, over a socket, over HTTP/2.

use std::io::Read as _;
use std::net::SocketAddr;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::operation::subscribe_to_shard::SubscribeToShardOutput;
use aws_sdk_kinesis::types::{
    ChildShard, ShardIteratorType, StartingPosition, SubscribeToShardEvent, SubscribeToShardEventStream,
};
use sandbox::{Region, Sandbox};
use tokio::net::TcpListener;

use crate::house::{FIRST, House, code};

fn position(kind: ShardIteratorType) -> StartingPosition {
    StartingPosition::builder().r#type(kind).build().unwrap()
}

/// Subscribes to what comes from now on.
pub async fn to(client: &Client, consumer: &str, shard: &str) -> SubscribeToShardOutput {
    from(client, consumer, shard, position(ShardIteratorType::Latest)).await
}

async fn from(client: &Client, consumer: &str, shard: &str, at: StartingPosition) -> SubscribeToShardOutput {
    let subscribe = client.subscribe_to_shard().consumer_arn(consumer).shard_id(shard);
    subscribe.starting_position(at).send().await.unwrap()
}

/// The next event; none at the end.
pub async fn event(events: &mut SubscribeToShardOutput) -> Option<SubscribeToShardEvent> {
    match events.event_stream.recv().await.unwrap()? {
        SubscribeToShardEventStream::SubscribeToShardEvent(event) => Some(event),
        other => panic!("{other:?}"),
    }
}

/// The data of the next records.
async fn data(events: &mut SubscribeToShardOutput) -> Vec<String> {
    loop {
        let records = event(events).await.unwrap().records;
        if !records.is_empty() {
            let text = |data: &[u8]| String::from_utf8(data.to_vec()).unwrap();
            return records.iter().map(|record| text(record.data.as_ref())).collect();
        }
    }
}

async fn serve(sandbox: &Sandbox) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sandbox = sandbox.clone();
    tokio::spawn(async move { sandbox.serve(listener, std::future::pending()).await });
    address
}

#[tokio::test]
async fn records_are_pushed_as_they_come_and_one_goes_on_where_one_was() {
    let house = House::new().await;
    house.stream("orders", 1).await;
    let first = house.put("orders", "k", b"before").await;
    let consumer = house.consumer("orders", "fan").await;
    let mut events = to(&house.ana, &consumer, FIRST).await;
    let empty = event(&mut events).await.unwrap();
    assert!(empty.records.is_empty() && empty.child_shards().is_empty());
    house.put("orders", "k", b"one").await;
    assert_eq!(data(&mut events).await, ["one"]);
    house.put("orders", "k", b"two").await;
    let second = loop {
        let event = event(&mut events).await.unwrap();
        if !event.records.is_empty() {
            break event;
        }
    };
    drop(events);
    house.put("orders", "k", b"three").await;

    let at = |kind: ShardIteratorType, sequence: &str| {
        StartingPosition::builder()
            .r#type(kind)
            .sequence_number(sequence)
            .build()
            .unwrap()
    };
    for kind in [
        ShardIteratorType::AtSequenceNumber,
        ShardIteratorType::AfterSequenceNumber,
    ] {
        let go_on = at(kind, &second.continuation_sequence_number);
        assert_eq!(
            again(&house, &consumer, go_on).await,
            ["three"],
            "at or after, nothing is lost or twice"
        );
    }
    let all = again(&house, &consumer, position(ShardIteratorType::TrimHorizon)).await;
    assert_eq!(all, ["before", "one", "two", "three"]);
    let after = again(
        &house,
        &consumer,
        at(ShardIteratorType::AfterSequenceNumber, &first),
    )
    .await;
    assert_eq!(after, ["one", "two", "three"]);
}

/// What a fresh subscription pushes first. The one before was let go, so that nobody has to wait for five seconds.
async fn again(house: &House, consumer: &str, at: StartingPosition) -> Vec<String> {
    loop {
        let subscribe = house
            .ana
            .subscribe_to_shard()
            .consumer_arn(consumer)
            .shard_id(FIRST);
        match subscribe.starting_position(at.clone()).send().await {
            Ok(mut events) => return data(&mut events).await,
            Err(error) => assert_eq!(code(Err::<(), _>(error)), "ResourceInUseException"),
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_consumer_has_one_subscription_to_a_shard() {
    let house = House::new().await;
    house.stream("orders", 2).await;
    let consumer = house.consumer("orders", "fan").await;
    let _first = to(&house.ana, &consumer, FIRST).await;
    let second = house
        .ana
        .subscribe_to_shard()
        .consumer_arn(&consumer)
        .shard_id(FIRST);
    let second = second
        .starting_position(position(ShardIteratorType::Latest))
        .send()
        .await;
    assert_eq!(code(second), "ResourceInUseException");
    to(&house.ana, &consumer, "shardId-000000000001").await;
    let nobody = format!("{}/consumer/nobody:1", house.arn("orders"));
    let nobody = house
        .ana
        .subscribe_to_shard()
        .consumer_arn(nobody)
        .shard_id(FIRST);
    let nobody = nobody
        .starting_position(position(ShardIteratorType::Latest))
        .send()
        .await;
    assert_eq!(code(nobody), "ResourceNotFoundException");
    let nowhere = house
        .ana
        .subscribe_to_shard()
        .consumer_arn(&consumer)
        .shard_id("shardId-000000000009");
    let nowhere = nowhere
        .starting_position(position(ShardIteratorType::Latest))
        .send()
        .await;
    assert_eq!(code(nowhere), "ResourceNotFoundException");
}

#[tokio::test]
async fn a_subscription_ends_with_the_shards_children_or_with_its_consumer() {
    let house = House::new().await;
    house.stream("orders", 2).await;
    let consumer = house.consumer("orders", "fan").await;
    let mut ending = to(&house.ana, &consumer, FIRST).await;
    let mut losing = to(&house.ana, &consumer, "shardId-000000000001").await;
    event(&mut losing).await.unwrap();
    let split = house
        .ana
        .split_shard()
        .stream_name("orders")
        .shard_to_split(FIRST);
    split
        .new_starting_hash_key((1_u128 << 126).to_string())
        .send()
        .await
        .unwrap();
    let last = loop {
        let event = event(&mut ending).await.unwrap();
        if !event.child_shards().is_empty() {
            break event;
        }
    };
    let children: Vec<_> = last.child_shards().iter().map(ChildShard::shard_id).collect();
    assert_eq!(children, ["shardId-000000000002", "shardId-000000000003"]);
    assert!(event(&mut ending).await.is_none());

    let deregister = house.ana.deregister_stream_consumer().consumer_arn(&consumer);
    deregister.send().await.unwrap();
    let told = loop {
        match losing.event_stream.recv().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it ended without a word"),
            Err(error) => break error.into_service_error(),
        }
    };
    assert!(told.is_resource_not_found_exception(), "{told:?}");
}

#[tokio::test]
async fn the_sdk_subscribes_over_a_socket_too() {
    let house = House::new().await;
    house.stream("orders", 1).await;
    let consumer = house.consumer("orders", "fan").await;
    let address = serve(&house.world.sandbox).await;
    let config = house
        .ana
        .config()
        .to_builder()
        .endpoint_url(format!("http://{address}"));
    let http = aws_smithy_http_client::Builder::new().build_http();
    let remote = Client::from_conf(config.http_client(http).build());
    let mut events = to(&remote, &consumer, FIRST).await;
    event(&mut events).await.unwrap();
    house.put("orders", "k", b"pushed").await;
    assert_eq!(data(&mut events).await, ["pushed"]);
}

/// Java's SDK and the Kinesis Client Library speak HTTP/2 without asking first.
#[tokio::test(flavor = "multi_thread")]
async fn http_2_is_spoken_from_the_first_byte() {
    let house = House::new().await;
    let address = serve(&house.world.sandbox).await;
    let answer = tokio::task::spawn_blocking(move || {
        use std::io::Write as _;
        let mut socket = std::net::TcpStream::connect(address).unwrap();
        // The connection preface and an empty SETTINGS frame (RFC 9113, sections 3.4 and 6.5).
        socket
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
            .unwrap();
        let mut head = [0; 9];
        socket.read_exact(&mut head).unwrap();
        head
    });
    assert_eq!(
        answer.await.unwrap()[3],
        4,
        "the server answers with its own SETTINGS"
    );
}

#[tokio::test]
async fn ben_cannot_subscribe_with_anas_consumer() {
    let house = House::new().await;
    house.stream("orders", 1).await;
    let consumer = house.consumer("orders", "fan").await;
    let ben = house.world.sandbox.kinesis(&house.world.ben, Region::UsEast1);
    let spy = ben.subscribe_to_shard().consumer_arn(&consumer).shard_id(FIRST);
    let spy = spy
        .starting_position(position(ShardIteratorType::Latest))
        .send()
        .await;
    assert_eq!(code(spy), "AccessDeniedException");
}
