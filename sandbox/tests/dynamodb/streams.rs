//! Streams of tables: what is in them, where a reader may begin, and how they end.

use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Put, PutRequest, StreamViewType, TransactWriteItem, Update, WriteRequest,
};
use aws_sdk_dynamodbstreams::types::{KeyType, ShardIteratorType, StreamStatus};

use crate::house::{
    House, code, delete, item, iterator, n, put, read, read_on, s, shard, stream_off, stream_on, table, told,
};

#[tokio::test]
async fn each_view_shows_its_images_and_no_others() {
    let house = House::new().await;
    let (tables, streams) = (house.ana(), house.anas_streams());
    for view in [
        StreamViewType::KeysOnly,
        StreamViewType::NewImage,
        StreamViewType::OldImage,
        StreamViewType::NewAndOldImages,
    ] {
        let name = view.as_str();
        let made = table(&tables, name, Some(view.clone())).await;
        let (shows_new, shows_old) = (name.contains("NEW"), name.contains("OLD"));
        assert_eq!(
            made.stream_specification().unwrap().stream_view_type(),
            Some(&view)
        );
        put(&tables, name, item("a", &[("v", n(1))])).await;
        put(&tables, name, item("a", &[("v", n(2))])).await;
        delete(&tables, name, "a").await;
        let records = read(&streams, made.latest_stream_arn().unwrap()).await;
        assert_eq!(told(&records), ["INSERT a", "MODIFY a", "REMOVE a"], "{name}");
        let images: Vec<_> = records
            .iter()
            .map(|record| {
                let change = record.dynamodb.as_ref().unwrap();
                (change.old_image.is_some(), change.new_image.is_some())
            })
            .collect();
        let expected = [(false, shows_new), (shows_old, shows_new), (shows_old, false)];
        assert_eq!(images, expected, "{name}");
        assert_eq!(records[0].aws_region(), Some("us-east-1"));
        assert_eq!(
            records[0]
                .dynamodb()
                .unwrap()
                .stream_view_type()
                .unwrap()
                .as_str(),
            name
        );
    }
}

#[tokio::test]
async fn every_write_is_in_the_stream_once_and_what_changes_nothing_is_not() {
    let house = House::new().await;
    let (tables, streams) = (house.ana(), house.anas_streams());
    let made = table(&tables, "orders", Some(StreamViewType::KeysOnly)).await;
    let batch = ["a", "b"].map(|pk| {
        let put = PutRequest::builder()
            .set_item(Some(item(pk, &[])))
            .build()
            .unwrap();
        WriteRequest::builder().put_request(put).build()
    });
    let written = tables.batch_write_item().request_items("orders", batch.to_vec());
    written.send().await.unwrap();
    let update = |value: AttributeValue| {
        let update = tables.update_item().table_name("orders").key("pk", s("a"));
        update
            .update_expression("SET v = :v")
            .expression_attribute_values(":v", value)
            .send()
    };
    update(n(1)).await.unwrap();
    update(AttributeValue::N("1.0".to_owned())).await.unwrap();
    put(&tables, "orders", item("a", &[("v", n(1))])).await;
    delete(&tables, "orders", "nobody").await;
    let refused = tables
        .put_item()
        .table_name("orders")
        .set_item(Some(item("c", &[])));
    refused
        .condition_expression("attribute_exists(pk)")
        .send()
        .await
        .unwrap_err();
    let new = Put::builder().table_name("orders").set_item(Some(item("d", &[])));
    let gone = Delete::builder().table_name("orders").key("pk", s("b"));
    let more = Update::builder()
        .table_name("orders")
        .key("pk", s("a"))
        .update_expression("SET v = :v")
        .expression_attribute_values(":v", n(2));
    let transaction = tables
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().put(new.build().unwrap()).build())
        .transact_items(TransactWriteItem::builder().delete(gone.build().unwrap()).build())
        .transact_items(TransactWriteItem::builder().update(more.build().unwrap()).build());
    transaction.send().await.unwrap();
    let statement = tables
        .execute_statement()
        .statement("INSERT INTO \"orders\" VALUE {'pk': 'e'}");
    statement.send().await.unwrap();

    let records = read(&streams, made.latest_stream_arn().unwrap()).await;
    let expected = [
        "INSERT a", "INSERT b", "MODIFY a", "INSERT d", "REMOVE b", "MODIFY a", "INSERT e",
    ];
    assert_eq!(told(&records), expected);
    let sequence: Vec<_> = records
        .iter()
        .map(|r| r.dynamodb().unwrap().sequence_number().unwrap())
        .collect();
    assert!(sequence.is_sorted_by(|a, b| a < b), "{sequence:?}");
    let mut ids: Vec<_> = records.iter().map(|record| record.event_id().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), records.len(), "each has an id of its own");
}

#[tokio::test]
async fn a_reader_begins_where_it_asks_to() {
    let house = House::new().await;
    let (tables, streams) = (house.ana(), house.anas_streams());
    let made = table(&tables, "orders", Some(StreamViewType::NewImage)).await;
    let arn = made.latest_stream_arn().unwrap();
    let empty = iterator(&streams, arn, ShardIteratorType::Latest, None).await;
    for pk in ["a", "b", "c"] {
        put(&tables, "orders", item(pk, &[])).await;
    }
    let all = read(&streams, arn).await;
    assert_eq!(told(&all), ["INSERT a", "INSERT b", "INSERT c"]);
    assert_eq!(
        read_on(&streams, empty).await,
        all,
        "an iterator at the end sees what comes"
    );
    let second = all[1].dynamodb().unwrap().sequence_number();
    let at = iterator(&streams, arn, ShardIteratorType::AtSequenceNumber, second).await;
    assert_eq!(read_on(&streams, at).await, all[1..]);
    let after = iterator(&streams, arn, ShardIteratorType::AfterSequenceNumber, second).await;
    assert_eq!(read_on(&streams, after).await, all[2..]);
    let latest = iterator(&streams, arn, ShardIteratorType::Latest, None).await;
    put(&tables, "orders", item("d", &[])).await;
    assert_eq!(told(&read_on(&streams, latest).await), ["INSERT d"]);

    let ask = |shard: &str, kind: &str, sequence: Option<&str>| {
        let ask = streams.get_shard_iterator().stream_arn(arn).shard_id(shard);
        ask.shard_iterator_type(kind.into())
            .set_sequence_number(sequence.map(str::to_owned))
            .send()
    };
    let shard = shard(&streams, arn).await;
    let far = "9".repeat(30);
    for (shard, kind, sequence, expected) in [
        (
            "shardId-00000000000000000000-00000000",
            "LATEST",
            None,
            "ResourceNotFoundException",
        ),
        (shard.as_str(), "AT_SEQUENCE_NUMBER", None, "ValidationException"),
        (
            &shard,
            "AT_SEQUENCE_NUMBER",
            Some(far.as_str()),
            "ValidationException",
        ),
        (&shard, "TRIM_HORIZON", second, "ValidationException"),
        (&shard, "SOMEWHERE", None, "ValidationException"),
    ] {
        assert_eq!(code(ask(shard, kind, sequence).await), expected, "{kind}");
    }
    let limited = streams.get_records().shard_iterator("nonsense").send().await;
    assert_eq!(code(limited), "ValidationException");
}

#[tokio::test]
async fn a_stopped_stream_is_read_to_its_end_and_the_next_is_another() {
    let house = House::new().await;
    let (tables, streams) = (house.ana(), house.anas_streams());
    let first = table(&tables, "orders", Some(StreamViewType::NewImage)).await;
    let first = first.latest_stream_arn().unwrap();
    put(&tables, "orders", item("a", &[])).await;
    let again = tables.update_table().table_name("orders");
    let again = again
        .stream_specification(stream_on(&StreamViewType::NewImage))
        .send()
        .await;
    assert_eq!(code(again), "ValidationException", "it has one");
    stream_off(&tables, "orders").await;
    put(&tables, "orders", item("unseen", &[])).await;
    let on = tables.update_table().table_name("orders");
    let on = on
        .stream_specification(stream_on(&StreamViewType::KeysOnly))
        .send()
        .await
        .unwrap();
    let second = on.table_description.unwrap().latest_stream_arn.unwrap();
    put(&tables, "orders", item("b", &[])).await;
    assert_ne!(first, second);
    assert_eq!(told(&read(&streams, first).await), ["INSERT a"]);
    assert_eq!(told(&read(&streams, &second).await), ["INSERT b"]);

    let described = streams.describe_stream().stream_arn(first).send().await.unwrap();
    let described = described.stream_description.unwrap();
    assert_eq!(described.stream_status(), Some(&StreamStatus::Disabled));
    let range = described.shards()[0].sequence_number_range().unwrap();
    assert!(
        range.ending_sequence_number().is_some(),
        "a closed shard has an end"
    );
    let described = streams
        .describe_stream()
        .stream_arn(&second)
        .send()
        .await
        .unwrap();
    let described = described.stream_description.unwrap();
    assert_eq!(described.stream_status(), Some(&StreamStatus::Enabled));
    assert_eq!(described.key_schema()[0].key_type(), &KeyType::Hash);
    let range = described.shards()[0].sequence_number_range().unwrap();
    assert_eq!(range.ending_sequence_number(), None, "an open one has none");

    for (stream, goes_on) in [(first, false), (second.as_str(), true)] {
        let latest = iterator(&streams, stream, ShardIteratorType::Latest, None).await;
        let read = streams.get_records().shard_iterator(latest).send().await.unwrap();
        assert_eq!(read.records(), []);
        assert_eq!(read.next_shard_iterator().is_some(), goes_on, "{stream}");
    }

    let page = streams
        .list_streams()
        .table_name("orders")
        .limit(1)
        .send()
        .await
        .unwrap();
    assert_eq!(page.last_evaluated_stream_arn(), Some(first));
    let page = streams
        .list_streams()
        .table_name("orders")
        .exclusive_start_stream_arn(first)
        .send();
    assert_eq!(
        page.await.unwrap().streams()[0].stream_arn(),
        Some(second.as_str())
    );
}

#[tokio::test]
async fn a_deleted_tables_stream_can_still_be_read_and_a_new_table_begins_its_own() {
    let house = House::new().await;
    let (tables, streams) = (house.ana(), house.anas_streams());
    let first = table(&tables, "orders", Some(StreamViewType::NewImage)).await;
    put(&tables, "orders", item("a", &[])).await;
    tables.delete_table().table_name("orders").send().await.unwrap();
    let old = first.latest_stream_arn().unwrap();
    assert_eq!(told(&read(&streams, old).await), ["INSERT a"]);
    let plain = table(&tables, "orders", None).await;
    assert_eq!(plain.latest_stream_arn(), None, "it never had one");
    tables.delete_table().table_name("orders").send().await.unwrap();
    let second = table(&tables, "orders", Some(StreamViewType::NewImage)).await;
    assert_eq!(read(&streams, second.latest_stream_arn().unwrap()).await, []);
    assert_eq!(told(&read(&streams, old).await), ["INSERT a"]);
    house.pass(25 * 60 * 60);
    let gone = streams.describe_stream().stream_arn(old).send().await;
    assert_eq!(code(gone), "ResourceNotFoundException", "after a day it is gone");
}

#[tokio::test]
async fn a_change_lasts_a_day_and_an_iterator_a_quarter_of_an_hour() {
    let house = House::new().await;
    let (tables, streams) = (house.ana(), house.anas_streams());
    let made = table(&tables, "orders", Some(StreamViewType::NewImage)).await;
    let arn = made.latest_stream_arn().unwrap();
    put(&tables, "orders", item("a", &[])).await;
    let first = read(&streams, arn).await.remove(0);
    let number = first.dynamodb().unwrap().sequence_number();
    let old = iterator(&streams, arn, ShardIteratorType::TrimHorizon, None).await;
    house.pass(14 * 60);
    streams.get_records().shard_iterator(&old).send().await.unwrap();
    house.pass(2 * 60);
    let late = streams.get_records().shard_iterator(&old).send().await;
    assert_eq!(code(late), "ExpiredIteratorException");
    house.pass(24 * 60 * 60 - 17 * 60);
    let before = iterator(&streams, arn, ShardIteratorType::AtSequenceNumber, number).await;
    put(&tables, "orders", item("b", &[])).await;
    house.pass(2 * 60);
    let trimmed = streams.get_records().shard_iterator(&before).send().await;
    assert_eq!(code(trimmed), "TrimmedDataAccessException");
    let ask = streams
        .get_shard_iterator()
        .stream_arn(arn)
        .shard_id(shard(&streams, arn).await);
    let ask = ask.shard_iterator_type(ShardIteratorType::AfterSequenceNumber);
    let asked = ask.set_sequence_number(number.map(str::to_owned)).send().await;
    assert_eq!(code(asked), "TrimmedDataAccessException");
    assert_eq!(
        told(&read(&streams, arn).await),
        ["INSERT b"],
        "what is younger stays"
    );
}
