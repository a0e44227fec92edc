//! Tables: what the sandbox adds to its engine, and that the two speak to the SDK as AWS does.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    ConditionCheck, Put, ReturnValue, ReturnValuesOnConditionCheckFailure, Tag, TimeToLiveSpecification,
    TransactWriteItem, Update,
};
use sandbox::Region;

use crate::house::{House, code, create, delete, get, item, n, put, s, table};

fn add_one(table: &str, pk: &str) -> TransactWriteItem {
    let update = Update::builder()
        .table_name(table)
        .key("pk", s(pk))
        .update_expression("ADD seen :one")
        .expression_attribute_values(":one", n(1));
    TransactWriteItem::builder()
        .update(update.build().unwrap())
        .build()
}

#[tokio::test]
async fn a_table_carries_the_tenants_account_and_region_in_every_arn() {
    let house = House::new().await;
    let made = table(&house.ana(), "orders", None).await;
    let arn = format!(
        "arn:aws:dynamodb:us-east-1:{}:table/orders",
        house.world.ana.account_id
    );
    assert_eq!(made.table_arn(), Some(arn.as_str()));
    let tables = house.ana();
    let tag = Tag::builder().key("team").value("blue").build().unwrap();
    tables
        .tag_resource()
        .resource_arn(&arn)
        .tags(tag)
        .send()
        .await
        .unwrap();
    let tags = tables
        .list_tags_of_resource()
        .resource_arn(&arn)
        .send()
        .await
        .unwrap();
    assert_eq!(tags.tags()[0].value(), "blue");
    let missing = tables
        .list_tags_of_resource()
        .resource_arn(format!("{arn}-2"))
        .send()
        .await;
    assert_eq!(code(missing), "ResourceNotFoundException");
    let described = tables.describe_table().table_name(&arn).send().await.unwrap();
    let described = described.table.unwrap();
    assert_eq!(
        described.table_name(),
        Some("orders"),
        "an ARN stands for the name"
    );
    assert_eq!(described.table_status().unwrap().as_str(), "ACTIVE");
}

#[tokio::test]
async fn a_transaction_that_comes_again_is_done_once_also_after_a_restart() {
    let house = House::new().await;
    table(&house.ana(), "orders", None).await;
    let send = async |house: &House, times: usize| {
        let tables = house.ana();
        let items = vec![add_one("orders", "a"); 1]
            .into_iter()
            .chain((1..times).map(|i| add_one("orders", &i.to_string())));
        let sent = tables.transact_write_items().client_request_token("once");
        sent.set_transact_items(Some(items.collect())).send().await
    };
    send(&house, 1).await.unwrap();
    send(&house, 1).await.unwrap();
    let house = house.restarted().await;
    send(&house, 1).await.unwrap();
    assert_eq!(get(&house.ana(), "orders", "a").await.unwrap()["seen"], n(1));
    assert_eq!(
        code(send(&house, 2).await),
        "IdempotentParameterMismatchException"
    );
    house.pass(11 * 60);
    send(&house, 1).await.unwrap();
    assert_eq!(
        get(&house.ana(), "orders", "a").await.unwrap()["seen"],
        n(2),
        "a token lasts ten minutes"
    );
}

#[tokio::test]
async fn a_cancelled_transaction_changes_nothing_and_says_why() {
    let house = House::new().await;
    let tables = house.ana();
    table(&tables, "orders", None).await;
    put(&tables, "orders", item("a", &[("state", s("paid"))])).await;
    let new = Put::builder().table_name("orders").set_item(Some(item("b", &[])));
    let check = ConditionCheck::builder()
        .table_name("orders")
        .key("pk", s("a"))
        .condition_expression("#state = :open")
        .expression_attribute_names("#state", "state")
        .expression_attribute_values(":open", s("open"))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let refused = tables
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().put(new.build().unwrap()).build())
        .transact_items(
            TransactWriteItem::builder()
                .condition_check(check.build().unwrap())
                .build(),
        )
        .send();
    let refused = refused.await.unwrap_err().into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = refused else {
        panic!("{refused:?}");
    };
    let reasons = cancelled.cancellation_reasons();
    let codes: Vec<_> = reasons
        .iter()
        .map(|reason| reason.code().unwrap_or_default())
        .collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed"]);
    assert_eq!(reasons[1].item().unwrap()["state"], s("paid"));
    assert!(
        cancelled
            .message()
            .unwrap()
            .ends_with("[None, ConditionalCheckFailed]"),
        "{cancelled:?}"
    );
    assert_eq!(get(&tables, "orders", "b").await, None);
}

#[tokio::test]
async fn a_failed_condition_shows_the_item_when_asked_to() {
    let house = House::new().await;
    let tables = house.ana();
    table(&tables, "orders", None).await;
    put(&tables, "orders", item("a", &[("seen", n(7))])).await;
    let refused = tables
        .update_item()
        .table_name("orders")
        .key("pk", s("a"))
        .update_expression("SET seen = :new")
        .condition_expression("seen < :limit")
        .expression_attribute_values(":new", n(1))
        .expression_attribute_values(":limit", n(5))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .return_values(ReturnValue::AllNew)
        .send();
    let refused = refused.await.unwrap_err().into_service_error();
    assert!(refused.is_conditional_check_failed_exception(), "{refused:?}");
    let shown = match refused {
        aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException(
            failed,
        ) => failed.item,
        _ => None,
    };
    assert_eq!(shown.unwrap()["seen"], n(7));
}

#[tokio::test]
async fn a_setting_of_time_to_live_that_is_there_already_is_refused() {
    let house = House::new().await;
    let tables = house.ana();
    table(&tables, "orders", None).await;
    let set = async |enabled: bool, attribute: &str| {
        let wanted = TimeToLiveSpecification::builder()
            .enabled(enabled)
            .attribute_name(attribute);
        let set = tables.update_time_to_live().table_name("orders");
        set.time_to_live_specification(wanted.build().unwrap())
            .send()
            .await
    };
    assert_eq!(code(set(false, "until").await), "ValidationException");
    set(true, "until").await.unwrap();
    assert_eq!(code(set(true, "until").await), "ValidationException");
    assert_eq!(code(set(true, "other").await), "ValidationException");
    set(false, "until").await.unwrap();
}

#[tokio::test]
async fn a_name_that_the_disk_cannot_keep_apart_is_refused_and_leaves_nothing_behind() {
    let house = House::new().await;
    let tables = house.ana();
    table(&tables, "Orders", None).await;
    put(&tables, "Orders", item("a", &[])).await;
    for name in ["orders", "_tables", "sqlite_x"] {
        let made = create(&tables, name, None).send();
        assert_eq!(code(made.await), "ValidationException", "{name}");
    }
    let listed = tables.list_tables().send().await.unwrap();
    assert_eq!(listed.table_names(), ["Orders"]);
    assert!(get(&tables, "Orders", "a").await.is_some());
}

#[tokio::test]
async fn tables_and_bytes_end_at_the_quota_over_all_regions() {
    let house = House::with(|settings| {
        settings.quotas.tables = 2;
        settings.quotas.bytes = 1024 * 1024;
    })
    .await;
    let tables = house.ana();
    table(&tables, "orders", None).await;
    let there = house.world.sandbox.dynamodb(&house.world.ana, Region::EuWest1);
    table(&there, "orders", None).await;
    let third = create(&there, "third", None).send();
    assert_eq!(code(third.await), "LimitExceededException");
    let large = s(&"x".repeat(300 * 1024));
    let mut stored = 0;
    let refused = loop {
        let sent = tables.put_item().table_name("orders");
        let sent = sent
            .set_item(Some(item(&stored.to_string(), &[("data", large.clone())])))
            .send()
            .await;
        match sent {
            Ok(_) => stored += 1,
            refused => break code(refused),
        }
        assert!(stored < 10, "no end");
    };
    assert_eq!(refused, "LimitExceededException");
    let usage = house
        .world
        .sandbox
        .usage(&house.world.ana.account_id)
        .await
        .unwrap();
    assert_eq!(usage.tables, 2);
    assert!(
        usage.bytes > 600 * 1024 && usage.bytes <= 1024 * 1024,
        "{usage:?}"
    );
    delete(&tables, "orders", "0").await;
    put(&tables, "orders", item("small", &[])).await;
}
