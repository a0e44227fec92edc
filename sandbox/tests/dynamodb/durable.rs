//! Tables after a restart, after a crash, and after nobody used them for a while.

use std::path::Path;
use std::time::Duration;

use aws_sdk_dynamodb::types::StreamViewType;
use aws_sdk_dynamodbstreams::types::ShardIteratorType;
use sandbox::{Region, SandboxSettings};

use crate::common;
use crate::house::{House, get, item, iterator, put, read, read_on, stream_off, table, told};

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart() {
    let house = House::new().await;
    let (tables, streams) = (house.ana(), house.anas_streams());
    let made = table(&tables, "orders", Some(StreamViewType::NewImage)).await;
    let arn = made.latest_stream_arn().unwrap();
    put(&tables, "orders", item("a", &[])).await;
    let latest = iterator(&streams, arn, ShardIteratorType::Latest, None).await;
    drop((tables, streams));
    let house = house.restarted().await;
    let (tables, streams) = (house.ana(), house.anas_streams());
    put(&tables, "orders", item("b", &[])).await;
    assert_eq!(told(&read(&streams, arn).await), ["INSERT a", "INSERT b"]);
    assert_eq!(
        told(&read_on(&streams, latest).await),
        ["INSERT b"],
        "a reader goes on where it was"
    );
    stream_off(&tables, "orders").await;
    drop((tables, streams));
    let house = house.restarted().await;
    assert_eq!(
        told(&read(&house.anas_streams(), arn).await),
        ["INSERT a", "INSERT b"]
    );
    assert!(get(&house.ana(), "orders", "a").await.is_some());
}

/// The disk as it is at one moment, with the files still open: what a process killed then leaves behind.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test]
async fn a_write_that_was_answered_survives_a_crash_with_its_change() {
    let house = House::new().await;
    let tables = house.ana();
    let made = table(&tables, "orders", Some(StreamViewType::NewImage)).await;
    let expected: Vec<String> = (0..20).map(|i| format!("INSERT {i}")).collect();
    for i in 0..20 {
        put(&tables, "orders", item(&i.to_string(), &[])).await;
    }
    let after = tempfile::tempdir().unwrap();
    copy(house.world.folder.path(), after.path());
    let ana = &house.world.ana;
    let sandbox = common::open(&SandboxSettings::new(after.path()), &[ana]).await;
    let streams = sandbox.dynamodb_streams(ana, Region::UsEast1);
    assert_eq!(
        told(&read(&streams, made.latest_stream_arn().unwrap()).await),
        expected
    );
    let scanned = sandbox
        .dynamodb(ana, Region::UsEast1)
        .scan()
        .table_name("orders")
        .send()
        .await;
    assert_eq!(scanned.unwrap().count(), 20);
}

#[tokio::test]
async fn an_idle_tenants_tables_are_closed_and_come_back() {
    let house = House::new().await;
    let tables = house.ana();
    table(&tables, "orders", None).await;
    put(&tables, "orders", item("a", &[])).await;
    // The task of the last call may still hold the account for a moment.
    while house.world.sandbox.put_away(Duration::ZERO) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(house.world.sandbox.loaded(), 0);
    assert!(get(&tables, "orders", "a").await.is_some());
}

#[tokio::test]
async fn a_deleted_tenant_leaves_nothing_and_may_begin_again() {
    let house = House::new().await;
    let tables = house.ana();
    table(&tables, "orders", None).await;
    let account = &house.world.ana.account_id;
    house.world.sandbox.delete_tenant(account).await.unwrap();
    assert!(!house.world.folder.path().join(account.as_str()).exists());
    assert_eq!(tables.list_tables().send().await.unwrap().table_names().len(), 0);
    table(&tables, "orders", None).await;
}
