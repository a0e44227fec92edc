//! docs/lab-tables.md: every table and column is in it, and each example brings what stands below it.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use sandbox::lab::{Room, tables};

use crate::common::World;
use crate::house::{HERE, ask, streams};

const ROOM: Room = Room {
    rows: 20,
    cell: 40,
    line: 100,
};

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/lab-tables.md")).unwrap()
}

/// The state that the page's examples speak of: its two streams and its table, as their blocks say.
async fn world_of(page: &str) -> World {
    let world = World::new().await;
    let streams = streams(&world);
    for name in ["orders", "payments"] {
        streams.create(name, 1).await.unwrap();
        for line in block(page, &format!("```json {name}\n")).lines() {
            streams.put(name, "key", line.as_bytes()).await.unwrap();
        }
    }
    let dynamodb = world.sandbox.dynamodb(&world.ana, HERE);
    let key = KeySchemaElement::builder()
        .attribute_name("user")
        .key_type(KeyType::Hash);
    let kind = AttributeDefinition::builder()
        .attribute_name("user")
        .attribute_type(ScalarAttributeType::S);
    let create = dynamodb
        .create_table()
        .table_name("users")
        .billing_mode(BillingMode::PayPerRequest);
    let create = create
        .key_schema(key.build().unwrap())
        .attribute_definitions(kind.build().unwrap());
    create.send().await.unwrap();
    for line in block(page, "```json users\n").lines() {
        let item: serde_json::Value = serde_json::from_str(line).unwrap();
        let put = item
            .as_object()
            .unwrap()
            .iter()
            .fold(dynamodb.put_item().table_name("users"), |put, (name, value)| {
                put.item(name, AttributeValue::S(value.as_str().unwrap().to_owned()))
            });
        put.send().await.unwrap();
    }
    world
}

/// What stands between this fence and the next.
fn block<'a>(page: &'a str, fence: &str) -> &'a str {
    let start = page.find(fence).unwrap_or_else(|| panic!("no {fence}")) + fence.len();
    page[start..].split("\n```").next().unwrap()
}

#[test]
fn every_column_is_explained() {
    let page = page();
    for table in tables::ALL {
        let heading = format!("### {}\n\n{}.", table.name, capital(table.row));
        assert!(page.contains(&heading), "{heading}");
        let section = page
            .split(&heading)
            .nth(1)
            .unwrap()
            .split("\n### ")
            .next()
            .unwrap();
        for column in table.columns {
            let line = format!("| `{}` | {} |", column.name, column.says);
            assert!(section.contains(&line), "{}: {line}", table.name);
        }
    }
}

fn capital(words: &str) -> String {
    let (first, rest) = words.split_at(1);
    first.to_uppercase() + rest
}

#[tokio::test]
async fn every_example_brings_what_the_page_says() {
    let page = page();
    let world = world_of(&page).await;
    let mut seen = 0;
    for example in page.split("```sql\n").skip(1) {
        let (sql, rest) = example.split_once("\n```").unwrap();
        let said = block(rest, "```text\n");
        let brought = ask(&world, sql).await.table(ROOM);
        assert_eq!(brought, said, "\n{sql}\n{brought}\n");
        seen += 1;
    }
    assert!(seen >= 9, "{seen} examples");
}
