//! Tables as whoever shows or checks them sees them.

use aws_sdk_dynamodb::types::StreamViewType;
use sandbox::Region;
use serde_json::json;

use crate::house::{House, item, n, put, table};

#[tokio::test]
async fn tables_items_and_changes_are_seen_as_they_are() {
    let house = House::new().await;
    let (sandbox, ana) = (&house.world.sandbox, &house.world.ana.account_id);
    assert_eq!(sandbox.look_at_tables(ana).await.unwrap(), []);
    let there = sandbox.dynamodb(&house.world.ana, Region::EuWest1);
    table(&there, "empty", None).await;
    let tables = house.ana();
    table(&tables, "orders", Some(StreamViewType::NewImage)).await;
    for (pk, total) in [("b", 2), ("a", 1), ("a", 3)] {
        put(&tables, "orders", item(pk, &[("total", n(total))])).await;
    }
    let seen = sandbox.look_at_tables(ana).await.unwrap();
    let seen: Vec<_> = seen
        .iter()
        .map(|t| {
            (
                t.region,
                t.name.as_str(),
                t.partition_key.as_str(),
                t.items,
                t.stream_view.as_deref(),
            )
        })
        .collect();
    let expected = [
        (Region::UsEast1, "orders", "pk", 2, Some("NEW_IMAGE")),
        (Region::EuWest1, "empty", "pk", 0, None),
    ];
    assert_eq!(seen, expected);
    let items = sandbox
        .look_at_items(ana, Region::UsEast1, "orders", 10)
        .await
        .unwrap();
    assert_eq!(
        items,
        [json!({"pk": "a", "total": 3}), json!({"pk": "b", "total": 2})]
    );
    let changes = sandbox
        .look_at_changes(ana, Region::UsEast1, "orders", 2)
        .await
        .unwrap();
    let told: Vec<_> = changes
        .iter()
        .map(|c| (c.event.as_str(), &c.keys, &c.old, &c.new))
        .collect();
    let (keys, none) = (json!({"pk": "a"}), None);
    let (one, three) = (
        Some(json!({"pk": "a", "total": 1})),
        Some(json!({"pk": "a", "total": 3})),
    );
    assert_eq!(
        told,
        [("INSERT", &keys, &none, &one), ("MODIFY", &keys, &none, &three)]
    );
    assert!(changes[0].sequence < changes[1].sequence);
    for odd in ["_tables", "no such table", "tributary:change"] {
        assert_eq!(
            sandbox
                .look_at_items(ana, Region::UsEast1, odd, 10)
                .await
                .unwrap(),
            [json!(null); 0],
            "{odd}"
        );
    }
}
