//! Each table shows what is really there.

use aws_sdk_sqs::types::QueueAttributeName as Q;
use sandbox::Region;
use sandbox::lab::{Answer, Cell, View, tables};
use sandbox::streams::{From, Read};
use serde_json::json;
use tokio::net::TcpListener;

use crate::common::World;
use crate::common::raw::{Signed, send, sign};
use crate::house::{HERE, ask, lines, streams};

#[tokio::test]
async fn every_table_can_be_asked_with_nothing_there() {
    let world = World::new().await;
    for table in tables::ALL {
        let answer = ask(&world, &format!("SELECT * FROM {}", table.name)).await;
        let named: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        assert_eq!(answer.columns, named, "{}", table.name);
        assert!(answer.rows.is_empty(), "{}", table.name);
    }
}

#[tokio::test]
async fn streams_shards_and_records_are_as_in_the_stream() {
    let world = World::new().await;
    let orders = streams(&world).create("orders", 2).await.unwrap();
    let abroad = world.sandbox.streams(&world.ana, Region::ApSoutheast2);
    abroad.create("clicks", 1).await.unwrap();
    let put = streams(&world)
        .put("orders", "user-1", br#"{"amount": 12.5}"#)
        .await
        .unwrap();
    streams(&world)
        .put("orders", "user-1", &[0xff, 0x00])
        .await
        .unwrap();

    assert_eq!(
        lines(
            &world,
            "SELECT region, name, status, mode, open_shards, retention_hours FROM streams ORDER BY name"
        )
        .await,
        [
            "ap-southeast-2|clicks|ACTIVE|PROVISIONED|1|24",
            "us-east-1|orders|ACTIVE|PROVISIONED|2|24"
        ]
    );
    let held = lines(
        &world,
        "SELECT shard, open, records, bytes FROM shards WHERE stream = 'orders' AND records > 0",
    )
    .await;
    assert_eq!(held, [format!("{}|1|2|{}", put.shard, 16 + 6 + 2 + 6)]);
    assert_eq!(
        lines(
            &world,
            "SELECT hash_start FROM shards WHERE stream = 'orders' ORDER BY shard"
        )
        .await,
        orders
            .shards
            .iter()
            .map(|s| s.hashes.start().to_string())
            .collect::<Vec<_>>()
    );
    assert_eq!(
        lines(
            &world,
            "SELECT shard, sequence, partition_key, data, bytes FROM records LIMIT 1"
        )
        .await,
        [format!(
            "{}|{}|user-1|{{\"amount\": 12.5}}|22",
            put.shard, put.sequence
        )]
    );
    assert_eq!(
        lines(
            &world,
            "SELECT json_extract(data, '$.amount') FROM records WHERE json_valid(data)"
        )
        .await,
        ["12.5"]
    );
    assert_eq!(
        lines(&world, "SELECT data, abs(arrived_at - unixepoch() * 1000) < 60000 FROM records WHERE NOT json_valid(data)").await,
        ["/wA=|1"],
        "bytes that are no text stay in base64"
    );
}

#[tokio::test]
async fn consumers_show_how_far_a_shard_was_read() {
    let world = World::new().await;
    let streams = streams(&world);
    streams.create("orders", 1).await.unwrap();
    streams.put("orders", "a", b"first").await.unwrap();
    let first = Read {
        from: From::Oldest,
        shard: None,
        limit: 1,
    };
    assert!(lines(&world, "SELECT * FROM consumers").await.is_empty());
    let read = streams.read("orders", first).await.unwrap();
    let told = "SELECT consumer, kind, position, lag_ms, records_read FROM consumers";
    let sequence = &read.records[0].sequence;
    assert_eq!(
        lines(&world, told).await,
        [format!("default|polling|{sequence}|0|1")]
    );

    streams.put("orders", "a", b"second").await.unwrap();
    assert_eq!(
        lines(&world, "SELECT lag_ms > 0 FROM consumers").await,
        ["1"],
        "one waits"
    );
    let kinesis = world.sandbox.kinesis(&world.ana, HERE);
    let arn = lines(&world, "SELECT arn FROM streams").await.remove(0);
    let registered = kinesis
        .register_stream_consumer()
        .stream_arn(arn)
        .consumer_name("billing");
    registered.send().await.unwrap();
    assert_eq!(
        lines(
            &world,
            "SELECT shard, position, records_read FROM consumers WHERE kind = 'enhanced'"
        )
        .await,
        ["NULL|NULL|0"]
    );
    streams.delete("orders").await.unwrap();
    while !lines(&world, "SELECT * FROM streams").await.is_empty() {
        tokio::task::yield_now().await;
    }
    streams.create("orders", 1).await.unwrap();
    assert!(lines(&world, told).await.is_empty(), "a namesake was not read");
}

#[tokio::test]
async fn queues_and_messages_are_as_in_the_queue() {
    let world = World::new().await;
    let sqs = world.sandbox.sqs(&world.ana, HERE);
    let made = sqs.create_queue().queue_name("failed").send().await.unwrap();
    let failed = made.queue_url.unwrap();
    let redrive = format!(
        r#"{{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:{}:failed","maxReceiveCount":1}}"#,
        world.ana.account_id
    );
    let made = sqs
        .create_queue()
        .queue_name("orders")
        .attributes(Q::RedrivePolicy, redrive);
    let orders = made
        .attributes(Q::VisibilityTimeout, "0")
        .send()
        .await
        .unwrap()
        .queue_url
        .unwrap();
    for (body, delay) in [("first", 0), ("second", 0), ("later", 60)] {
        let send = sqs
            .send_message()
            .queue_url(&orders)
            .message_body(body)
            .delay_seconds(delay);
        send.send().await.unwrap();
    }
    for _ in 0..2 {
        // The first time each is received, the second time it has been received too often.
        let receive = sqs
            .receive_message()
            .queue_url(&orders)
            .max_number_of_messages(10);
        receive.send().await.unwrap();
    }
    assert_eq!(
        lines(
            &world,
            "SELECT name, fifo, visibility_s, dead_letter_queue, max_receives, visible, in_flight, delayed, sent, received, deleted
             FROM queues ORDER BY name"
        )
        .await,
        ["failed|0|30|NULL|NULL|2|0|0|0|0|0", "orders|0|0|failed|1|0|0|1|3|2|0"]
    );
    assert_eq!(
        lines(
            &world,
            "SELECT queue, body, state, receive_count, came_from FROM messages ORDER BY body"
        )
        .await,
        [
            "failed|first|visible|1|orders",
            "orders|later|delayed|0|NULL",
            "failed|second|visible|1|orders"
        ]
    );
    let got = sqs.receive_message().queue_url(&failed).send().await.unwrap();
    let handle = got.messages()[0].receipt_handle().unwrap();
    sqs.delete_message()
        .queue_url(&failed)
        .receipt_handle(handle)
        .send()
        .await
        .unwrap();
    let world = world.restarted().await;
    assert_eq!(
        lines(
            &world,
            "SELECT received, deleted FROM queues WHERE name = 'failed'"
        )
        .await,
        ["1|1"],
        "a restart forgets no count"
    );
}

#[tokio::test]
async fn topics_and_subscriptions_are_as_published_and_delivered() {
    let world = World::new().await;
    let (sns, sqs) = (
        world.sandbox.sns(&world.ana, HERE),
        world.sandbox.sqs(&world.ana, HERE),
    );
    let created = sns.create_topic().name("orders").send().await.unwrap();
    let topic = created.topic_arn.unwrap();
    sns.create_topic()
        .name("bills.fifo")
        .attributes("FifoTopic", "true")
        .send()
        .await
        .unwrap();
    for (queue, policy) in [("all", ""), ("books", r#"{"kind":["book"]}"#)] {
        sqs.create_queue().queue_name(queue).send().await.unwrap();
        let endpoint = format!("arn:aws:sqs:us-east-1:{}:{queue}", world.ana.account_id);
        sns.subscribe()
            .topic_arn(&topic)
            .protocol("sqs")
            .endpoint(endpoint)
            .attributes("FilterPolicy", policy)
            .send()
            .await
            .unwrap();
    }
    for _ in 0..2 {
        sns.publish().topic_arn(&topic).message("m").send().await.unwrap();
    }
    let world = world.restarted().await;
    assert_eq!(
        lines(
            &world,
            "SELECT region, name, arn, fifo, published FROM topics ORDER BY name"
        )
        .await,
        [
            format!(
                "us-east-1|bills.fifo|{}|1|0",
                topic.replace("orders", "bills.fifo")
            ),
            format!("us-east-1|orders|{topic}|0|2"),
        ]
    );
    assert_eq!(
        lines(
            &world,
            "SELECT topic, protocol, queue, raw, filter_policy, filter_scope, delivered FROM subscriptions ORDER BY queue"
        )
        .await,
        [
            "orders|sqs|all|0|NULL|MessageAttributes|2",
            r#"orders|sqs|books|0|{"kind":["book"]}|MessageAttributes|0"#
        ]
    );
}

/// A request over a socket, as a member's own program sends it.
async fn program_lists_streams(world: &World) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let sandbox = world.sandbox.clone();
    let serving = tokio::spawn(async move { sandbox.serve(listener, async { drop(stopped.await) }).await });
    let request = Signed::new(&world.ana, "Kinesis_20131202.ListStreams", &json!({}));
    assert_eq!(send(address, &sign(address, request)).await.status, 200);
    drop(stop);
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn tables_items_and_changes_are_as_in_the_table() {
    use aws_sdk_dynamodb::types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
        StreamSpecification, StreamViewType,
    };
    let world = World::new().await;
    let dynamodb = world.sandbox.dynamodb(&world.ana, HERE);
    let key = KeySchemaElement::builder()
        .attribute_name("sku")
        .key_type(KeyType::Hash);
    let kind = AttributeDefinition::builder()
        .attribute_name("sku")
        .attribute_type(ScalarAttributeType::S);
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewAndOldImages);
    let create = dynamodb
        .create_table()
        .table_name("products")
        .billing_mode(BillingMode::PayPerRequest);
    let create = create
        .key_schema(key.build().unwrap())
        .attribute_definitions(kind.build().unwrap());
    create
        .stream_specification(stream.build().unwrap())
        .send()
        .await
        .unwrap();
    for price in ["3", "4.5"] {
        let put = dynamodb
            .put_item()
            .table_name("products")
            .item("sku", AttributeValue::S("tea".into()));
        put.item("price", AttributeValue::N(price.into()))
            .send()
            .await
            .unwrap();
    }
    assert_eq!(
        lines(
            &world,
            "SELECT region, name, partition_key, sort_key, items, stream_view FROM tables"
        )
        .await,
        ["us-east-1|products|sku|NULL|1|NEW_AND_OLD_IMAGES"]
    );
    assert_eq!(
        lines(
            &world,
            "SELECT table_name, item ->> '$.sku', item ->> '$.price' FROM items"
        )
        .await,
        ["products|tea|4.5"]
    );
    assert_eq!(
        lines(&world, "SELECT event, keys, old ->> '$.price', new ->> '$.price', at > 1e12 FROM changes ORDER BY sequence").await,
        ["INSERT|{\"sku\":\"tea\"}|NULL|3|1", "MODIFY|{\"sku\":\"tea\"}|3|4.5|1"]
    );
}

#[tokio::test]
async fn calls_tell_what_was_asked_and_by_whom_after_a_restart_too() {
    let world = World::new().await;
    streams(&world).create("orders", 1).await.unwrap();
    streams(&world).put("orders", "a", b"1").await.unwrap();
    streams(&world).put("orders", "a", b"2").await.unwrap();
    program_lists_streams(&world).await;
    let world = world.restarted().await;
    assert_eq!(
        lines(
            &world,
            "SELECT region, service, operation, source, count FROM calls WHERE operation IN ('PutRecord', 'ListStreams')
             ORDER BY operation"
        )
        .await,
        ["us-east-1|kinesis|ListStreams|program|1", "us-east-1|kinesis|PutRecord|chat|2"]
    );
}

#[tokio::test]
async fn a_view_is_a_table_by_its_own_name() {
    let world = World::new().await;
    let answer = Answer {
        columns: vec!["user".into(), "total".into()],
        rows: vec![
            vec!["ana".into(), Cell::Real(12.5)],
            vec!["ben".into(), 7_i64.into()],
        ],
        more: false,
    };
    let view = View {
        name: "totals".into(),
        sql: "SELECT 1".into(),
        saved_at: 17,
        answer,
    };
    let lab = world.sandbox.lab().unwrap();
    let ask = async |sql: &str| {
        lab.query(&world.ana.account_id, sql, std::slice::from_ref(&view))
            .await
            .unwrap()
    };
    let sum = ask("SELECT sum(total) AS total FROM totals").await;
    assert_eq!(sum.first("total"), Some(&Cell::Real(19.5)));
    let kept = ask("SELECT name, saved_at, json_extract(rows, '$[1].user') FROM views").await;
    assert_eq!(kept.rows, [[Cell::from("totals"), 17_i64.into(), "ben".into()]]);
}

#[tokio::test]
async fn nobody_sees_anothers_state() {
    let world = World::new().await;
    streams(&world).create("orders", 1).await.unwrap();
    streams(&world).put("orders", "a", b"secret").await.unwrap();
    for table in tables::ALL {
        let sql = format!("SELECT * FROM {}", table.name);
        let bens = world
            .sandbox
            .lab()
            .unwrap()
            .query(&world.ben.account_id, &sql, &[])
            .await
            .unwrap();
        assert!(bens.rows.is_empty(), "{}: {bens:?}", table.name);
    }
}
