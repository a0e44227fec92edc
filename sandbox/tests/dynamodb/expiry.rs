//! Time to live.

use aws_sdk_dynamodb::types::{StreamViewType, TimeToLiveSpecification};

use crate::house::{House, get, item, n, put, read, table, told};

#[tokio::test]
async fn an_item_whose_time_is_over_goes_and_the_stream_says_who_removed_it() {
    let house = House::new().await;
    let (tables, streams) = (house.ana(), house.anas_streams());
    let made = table(&tables, "sessions", Some(StreamViewType::NewAndOldImages)).await;
    let wanted = TimeToLiveSpecification::builder()
        .enabled(true)
        .attribute_name("until");
    let set = tables.update_time_to_live().table_name("sessions");
    set.time_to_live_specification(wanted.build().unwrap())
        .send()
        .await
        .unwrap();
    put(
        &tables,
        "sessions",
        item("short", &[("until", n(house.now() + 60))]),
    )
    .await;
    put(
        &tables,
        "sessions",
        item("long", &[("until", n(house.now() + 3_600))]),
    )
    .await;
    put(&tables, "sessions", item("ever", &[])).await;
    put(
        &tables,
        "sessions",
        item("odd", &[("until", crate::house::s("0"))]),
    )
    .await;
    house.pass(59);
    assert!(
        get(&tables, "sessions", "short").await.is_some(),
        "not before its time"
    );
    house.pass(5);
    assert_eq!(get(&tables, "sessions", "short").await, None);
    for pk in ["long", "ever", "odd"] {
        assert!(get(&tables, "sessions", pk).await.is_some(), "{pk}");
    }
    let records = read(&streams, made.latest_stream_arn().unwrap()).await;
    let expected = [
        "INSERT short",
        "INSERT long",
        "INSERT ever",
        "INSERT odd",
        "REMOVE short",
    ];
    assert_eq!(told(&records), expected);
    let by = records[4].user_identity().unwrap();
    assert_eq!(
        (by.r#type(), by.principal_id()),
        (Some("Service"), Some("dynamodb.amazonaws.com"))
    );
    assert!(records[4].dynamodb().unwrap().old_image().is_some());
    assert!(records[0].user_identity().is_none());
}

#[tokio::test]
async fn what_expires_while_nobody_looks_goes_at_the_next_look() {
    let house = House::new().await;
    let tables = house.ana();
    table(&tables, "sessions", None).await;
    let wanted = TimeToLiveSpecification::builder()
        .enabled(true)
        .attribute_name("a \"quoted\" name");
    let set = tables.update_time_to_live().table_name("sessions");
    set.time_to_live_specification(wanted.build().unwrap())
        .send()
        .await
        .unwrap();
    put(
        &tables,
        "sessions",
        item("short", &[("a \"quoted\" name", n(house.now() + 60))]),
    )
    .await;
    let house = house.restarted().await;
    house.pass(120);
    let left = house.ana().scan().table_name("sessions").send().await.unwrap();
    assert_eq!(left.count(), 0);
}
