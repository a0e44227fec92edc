//! The AWS endpoint over real sockets: who is let in, who is not, and in which words.

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::retry::RetryConfig;
use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region as SdkRegion};
use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, ShardIteratorType};
use chrono::{TimeDelta, Utc};
use common::World;
use common::raw::{Answer, Signed, send, sign};
use sandbox::{Region, Tenant};
use secrecy::ExposeSecret as _;
use serde_json::json;
use tokio::net::TcpListener;

/// Serves the world's endpoint for as long as the test runs.
async fn serve(world: &World) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sandbox = world.sandbox.clone();
    tokio::spawn(async move { sandbox.serve(listener, std::future::pending()).await });
    address
}

/// The AWS SDK as a member's own program uses it: over TCP.
fn sdk(address: SocketAddr, tenant: &Tenant, region: Region) -> Client {
    let secret = tenant.secret_access_key.expose_secret();
    let config = aws_sdk_kinesis::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(SdkRegion::new(region.as_str()))
        .credentials_provider(Credentials::new(
            &tenant.access_key_id,
            secret,
            None,
            None,
            "test",
        ))
        .endpoint_url(format!("http://{address}"))
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

fn code<T: std::fmt::Debug, E: ProvideErrorMetadata, R>(result: Result<T, SdkError<E, R>>) -> String {
    match result {
        Err(SdkError::ServiceError(error)) => error.err().code().unwrap_or_default().to_owned(),
        Err(_) => "no answer".to_owned(),
        Ok(answer) => panic!("this should be refused, and answered {answer:?}"),
    }
}

async fn create(client: &Client, name: &str, shards: i32) {
    client
        .create_stream()
        .stream_name(name)
        .shard_count(shards)
        .send()
        .await
        .unwrap();
    loop {
        let stream = client
            .describe_stream_summary()
            .stream_name(name)
            .send()
            .await
            .unwrap();
        if stream.stream_description_summary.unwrap().stream_status.as_str() == "ACTIVE" {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn iterator(client: &Client, stream: &str) -> String {
    client
        .get_shard_iterator()
        .stream_name(stream)
        .shard_id("shardId-000000000000")
        .shard_iterator_type(ShardIteratorType::TrimHorizon)
        .send()
        .await
        .unwrap()
        .shard_iterator
        .unwrap()
}

#[tokio::test]
async fn the_sdk_over_tcp_sees_what_chat_commands_made_and_the_other_way_round() {
    let world = World::new().await;
    let client = sdk(serve(&world).await, &world.ana, Region::UsEast1);
    let streams = world.sandbox.streams(&world.ana, Region::UsEast1);
    streams.create("orders", 1).await.unwrap();
    streams.put("orders", "k", b"from chat").await.unwrap();
    let entry = |data: &[u8]| {
        PutRecordsRequestEntry::builder()
            .partition_key("k")
            .data(Blob::new(data))
            .build()
            .unwrap()
    };
    let answer = client
        .put_records()
        .stream_name("orders")
        .records(entry(b"one"))
        .records(entry(b"two"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.failed_record_count, Some(0));
    let records = client
        .get_records()
        .shard_iterator(iterator(&client, "orders").await)
        .send()
        .await
        .unwrap()
        .records;
    let data: Vec<_> = records.iter().map(|r| r.data.as_ref()).collect();
    assert_eq!(data, [&b"from chat"[..], b"one", b"two"]);
}

#[tokio::test]
async fn wrong_keys_are_refused_in_the_words_of_aws() {
    let world = World::new().await;
    let address = serve(&world).await;
    let wrong_secret = Tenant {
        secret_access_key: world.ben.secret_access_key.clone(),
        ..world.ana.clone()
    };
    let stranger = Tenant::generate("nobody");
    let list =
        |tenant: Tenant| async move { sdk(address, &tenant, Region::UsEast1).list_streams().send().await };
    assert_eq!(code(list(wrong_secret).await), "InvalidSignatureException");
    assert_eq!(code(list(stranger).await), "UnrecognizedClientException");
    assert!(list(world.ana.clone()).await.is_ok());
}

#[tokio::test]
async fn ben_reaches_nothing_of_anas_even_with_a_stream_of_the_same_name() {
    let world = World::new().await;
    let address = serve(&world).await;
    let (ana, ben) = (
        sdk(address, &world.ana, Region::UsEast1),
        sdk(address, &world.ben, Region::UsEast1),
    );
    create(&ana, "orders", 1).await;
    create(&ben, "orders", 1).await;
    ana.put_record()
        .stream_name("orders")
        .partition_key("k")
        .data(Blob::new("ana's"))
        .send()
        .await
        .unwrap();
    let anas = format!("arn:aws:kinesis:us-east-1:{}:stream/orders", world.ana.account_id);

    let put = ben
        .put_record()
        .stream_arn(&anas)
        .partition_key("k")
        .data(Blob::new("x"))
        .send()
        .await;
    assert_eq!(code(put), "AccessDeniedException");
    assert_eq!(
        code(ben.describe_stream().stream_arn(&anas).send().await),
        "AccessDeniedException"
    );
    assert_eq!(
        code(ben.list_shards().stream_arn(&anas).send().await),
        "AccessDeniedException"
    );
    assert_eq!(
        code(ben.delete_stream().stream_arn(&anas).send().await),
        "AccessDeniedException"
    );
    let register = ben
        .register_stream_consumer()
        .stream_arn(&anas)
        .consumer_name("spy")
        .send()
        .await;
    assert_eq!(code(register), "AccessDeniedException");
    let anas_consumer = ana
        .register_stream_consumer()
        .stream_arn(&anas)
        .consumer_name("own")
        .send()
        .await
        .unwrap();
    let arn = anas_consumer.consumer.unwrap().consumer_arn;
    assert_eq!(
        code(ben.describe_stream_consumer().consumer_arn(&arn).send().await),
        "AccessDeniedException"
    );
    assert_eq!(
        code(ben.deregister_stream_consumer().consumer_arn(&arn).send().await),
        "AccessDeniedException"
    );
    assert_eq!(
        code(ben.list_tags_for_resource().resource_arn(&anas).send().await),
        "AccessDeniedException"
    );

    let anas_iterator = iterator(&ana, "orders").await;
    assert_eq!(
        code(ben.get_records().shard_iterator(&anas_iterator).send().await),
        "InvalidArgumentException"
    );
    let elsewhere = sdk(address, &world.ana, Region::EuWest1);
    create(&elsewhere, "orders", 1).await;
    assert_eq!(
        code(
            elsewhere
                .get_records()
                .shard_iterator(&anas_iterator)
                .send()
                .await
        ),
        "InvalidArgumentException"
    );
    assert_eq!(
        code(elsewhere.describe_stream().stream_arn(&anas).send().await),
        "ResourceNotFoundException"
    );
    let own = ana
        .get_records()
        .shard_iterator(anas_iterator)
        .send()
        .await
        .unwrap();
    assert_eq!(own.records.len(), 1);
}

#[tokio::test]
async fn a_stream_works_by_its_own_arn_everywhere() {
    let world = World::new().await;
    let ana = sdk(serve(&world).await, &world.ana, Region::EuCentral1);
    create(&ana, "orders", 1).await;
    let arn = format!(
        "arn:aws:kinesis:eu-central-1:{}:stream/orders",
        world.ana.account_id
    );
    ana.put_record()
        .stream_arn(&arn)
        .partition_key("k")
        .data(Blob::new("x"))
        .send()
        .await
        .unwrap();
    ana.describe_stream().stream_arn(&arn).send().await.unwrap();
    ana.update_shard_count()
        .stream_arn(&arn)
        .target_shard_count(2)
        .scaling_type(aws_sdk_kinesis::types::ScalingType::UniformScaling)
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn aws_rules_that_the_engine_forgets_hold() {
    let world = World::new().await;
    let ana = sdk(serve(&world).await, &world.ana, Region::UsEast1);
    create(&ana, "orders", 2).await;
    let scale = |target| {
        ana.update_shard_count()
            .stream_name("orders")
            .target_shard_count(target)
            .scaling_type(aws_sdk_kinesis::types::ScalingType::UniformScaling)
            .send()
    };
    assert_eq!(code(scale(5).await), "InvalidArgumentException");
    scale(4).await.unwrap();
    // Until the shard is closed, and the reader has walked past its end.
    let mut next = iterator(&ana, "orders").await;
    let closed = loop {
        let page = ana.get_records().shard_iterator(next).send().await.unwrap();
        match &page.next_shard_iterator {
            Some(iterator) => next = iterator.clone(),
            None => break page,
        }
    };
    let children: Vec<_> = closed
        .child_shards()
        .iter()
        .map(|c| (c.shard_id(), c.parent_shards()))
        .collect();
    assert_eq!(children.len(), 2);
    assert!(
        children
            .iter()
            .all(|(_, parents)| parents.contains(&"shardId-000000000000".to_owned()))
    );

    let pages = ana
        .list_shards()
        .stream_name("orders")
        .max_results(2)
        .send()
        .await
        .unwrap();
    let rest = ana
        .list_shards()
        .next_token(pages.next_token.unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(pages.shards.unwrap().len() + rest.shards.unwrap().len(), 6);

    let mode = aws_sdk_kinesis::types::StreamModeDetails::builder()
        .stream_mode(aws_sdk_kinesis::types::StreamMode::OnDemand)
        .build()
        .unwrap();
    ana.create_stream()
        .stream_name("elastic")
        .stream_mode_details(mode)
        .send()
        .await
        .unwrap();
    let streams = world.sandbox.streams(&world.ana, Region::UsEast1);
    let elastic = loop {
        let elastic = streams.describe("elastic").await.unwrap();
        if !elastic.shards.is_empty() {
            break elastic;
        }
        tokio::task::yield_now().await;
    };
    assert!(elastic.on_demand);
    assert_eq!(elastic.shards.len(), 4);
}

#[tokio::test]
async fn a_reader_learns_how_far_behind_it_is_and_waits_from_a_time_after_the_last_record() {
    let world = World::new().await;
    let ana = sdk(serve(&world).await, &world.ana, Region::UsEast1);
    create(&ana, "orders", 1).await;
    let put = async |data: &str| {
        ana.put_record()
            .stream_name("orders")
            .partition_key("k")
            .data(Blob::new(data))
            .send()
            .await
            .unwrap()
    };
    put("one").await;
    put("two").await;
    let first = ana
        .get_records()
        .shard_iterator(iterator(&ana, "orders").await)
        .limit(1)
        .send()
        .await
        .unwrap();
    assert!(first.millis_behind_latest.unwrap() > 0);
    let rest = ana
        .get_records()
        .shard_iterator(first.next_shard_iterator.unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!((rest.records.len(), rest.millis_behind_latest), (1, Some(0)));

    let now = aws_sdk_kinesis::primitives::DateTime::from_millis(Utc::now().timestamp_millis());
    let from_now = ana
        .get_shard_iterator()
        .stream_name("orders")
        .shard_id("shardId-000000000000")
        .shard_iterator_type(ShardIteratorType::AtTimestamp)
        .timestamp(now)
        .send()
        .await
        .unwrap();
    put("three").await;
    let records = ana
        .get_records()
        .set_shard_iterator(from_now.shard_iterator)
        .send()
        .await
        .unwrap()
        .records;
    // Arrival is kept in whole seconds, so an exact second would bring the older ones too.
    if now.subsec_nanos() > 0 {
        assert_eq!(records.len(), 1);
    }
}

#[tokio::test]
async fn only_requests_signed_as_aws_demands_come_in() {
    let world = World::new().await;
    let address = serve(&world).await;
    let good = || Signed::new(&world.ana, "Kinesis_20131202.ListStreams", &json!({}));
    let ask = async |signed: Signed| send(address, &sign(address, signed)).await;

    assert_eq!(ask(good()).await.status, 200);
    let refused = [
        (
            "signed ten minutes ago",
            good().at(Utc::now() - TimeDelta::minutes(10)),
            "Signature expired",
        ),
        (
            "signed for ten minutes on",
            good().at(Utc::now() + TimeDelta::minutes(10)),
            "Signature not yet current",
        ),
        (
            "the host is not signed",
            good().without("host"),
            "'Host' or ':authority'",
        ),
        (
            "the date is not signed",
            good().without("x-amz-date"),
            "X-Amz-Date",
        ),
        (
            "the target is not signed",
            good().without("x-amz-target"),
            "X-Amz-Target",
        ),
        (
            "the scope is of another day",
            good().scope_date("20150830"),
            "Date in Credential scope",
        ),
        (
            "the scope is of another service",
            good().scope_service("sqs"),
            "correct service",
        ),
        (
            "the scope is of another region",
            good().scope_region("mars-north-1"),
            "valid region",
        ),
        (
            "the body is another",
            good().then_body(r#"{"Limit":1}"#),
            "does not match",
        ),
        (
            "the target is another",
            good().then_header("x-amz-target", "Kinesis_20131202.DescribeLimits"),
            "does not match",
        ),
        (
            "the target is there twice",
            good().then_more("x-amz-target: Kinesis_20131202.DeleteStream"),
            "twice",
        ),
        (
            "the date is there twice",
            good().then_more("x-amz-date: 20150830T000000Z"),
            "twice",
        ),
    ];
    for (story, signed, words) in refused {
        let answer = ask(signed).await;
        assert_eq!(
            (answer.status, answer.kind()),
            (400, "InvalidSignatureException".into()),
            "{story}"
        );
        assert!(answer.message().contains(words), "{story}: {}", answer.message());
    }
}

#[tokio::test]
async fn what_is_not_a_signed_kinesis_call_is_told_so() {
    let world = World::new().await;
    let address = serve(&world).await;
    let kinds = |answer: &Answer| (answer.status, answer.kind());
    let plain = send(address, b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert_eq!(kinds(&plain), (400, "MissingAuthenticationTokenException".into()));
    assert!(plain.header("x-amzn-requestid").is_some());
    assert_eq!(
        plain.header("x-amzn-errortype"),
        Some("MissingAuthenticationTokenException")
    );

    let good = || Signed::new(&world.ana, "Kinesis_20131202.ListStreams", &json!({}));
    let ask = async |signed: Signed| send(address, &sign(address, signed)).await;
    let partial = ask(good().then_header("authorization", "AWS4-HMAC-SHA256 Credential=a/b/c")).await;
    assert_eq!(kinds(&partial), (400, "IncompleteSignatureException".into()));
    assert!(partial.message().contains("'Signature'"));
    let unknown = ask(Signed::new(&world.ana, "Kinesis_20131202.MakeCoffee", &json!({}))).await;
    assert_eq!(kinds(&unknown), (400, "UnknownOperationException".into()));
    let no_object = ask(Signed::new(
        &world.ana,
        "Kinesis_20131202.ListStreams",
        &json!([1]),
    ))
    .await;
    assert_eq!(kinds(&no_object), (400, "SerializationException".into()));
    let session = ask(good().then_more("x-amz-security-token: somebody's")).await;
    assert_eq!(kinds(&session), (400, "UnrecognizedClientException".into()));
    let huge = ask(Signed::new(
        &world.ana,
        "Kinesis_20131202.PutRecord",
        &json!("x".repeat(16_000_000)),
    ))
    .await;
    assert_eq!(kinds(&huge), (413, "SerializationException".into()));
}

#[tokio::test]
async fn javas_cbor_is_spoken_too() {
    let world = World::new().await;
    let address = serve(&world).await;
    world
        .sandbox
        .streams(&world.ana, Region::UsEast1)
        .create("orders", 1)
        .await
        .unwrap();
    let text = |text: &str| ciborium::Value::Text(text.to_owned());
    let body = ciborium::Value::Map(vec![
        (text("StreamName"), text("orders")),
        (text("PartitionKey"), text("k")),
        (text("Data"), ciborium::Value::Bytes(b"from java".to_vec())),
    ]);
    let put = || Signed::new(&world.ana, "Kinesis_20131202.PutRecord", &json!({})).cbor(&body);
    let answer = send(address, &sign(address, put())).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/x-amz-cbor-1.1"));
    assert!(
        answer
            .cbor()
            .as_map()
            .unwrap()
            .contains(&(text("ShardId"), text("shardId-000000000000")))
    );
    let client = sdk(address, &world.ana, Region::UsEast1);
    let records = client
        .get_records()
        .shard_iterator(iterator(&client, "orders").await)
        .send()
        .await
        .unwrap()
        .records;
    assert_eq!(records[0].data.as_ref(), b"from java");

    let refused = send(address, &sign(address, put().scope_service("sqs"))).await;
    assert!(
        refused
            .cbor()
            .as_map()
            .unwrap()
            .contains(&(text("__type"), text("InvalidSignatureException")))
    );
}

#[tokio::test]
async fn serving_ends_when_asked() {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let sandbox = world.sandbox.clone();
    let serving =
        tokio::spawn(async move { sandbox.serve(listener, async move { drop(stopped.await) }).await });
    let client = sdk(address, &world.ana, Region::UsEast1);
    client.list_streams().send().await.unwrap();
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(3), serving)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(code(client.list_streams().send().await), "no answer");
}
