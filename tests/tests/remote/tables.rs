//! Tables where members share an account.

use sandbox::tables::{Event, Item, KeyKind, KeyPart, NewTable, TableError, View};
use serde_json::{Value, json};

use crate::house::{HERE, House};

fn users() -> NewTable {
    NewTable {
        name: "users".into(),
        partition: KeyPart {
            name: "id".into(),
            kind: KeyKind::Text,
        },
        sort: None,
        view: Some(View::Both),
    }
}

fn item(value: &Value) -> Item {
    value.as_object().cloned().expect("an object")
}

#[tokio::test]
async fn ana_puts_gets_deletes_and_sees_every_change_once() {
    let Some(house) = House::open().await else { return };
    let tables = house.sandbox.tables(&house.ana, HERE);
    let table = tables.create(&users()).await.unwrap();
    assert_eq!((table.name.as_str(), table.view), ("users", Some(View::Both)));
    assert!(
        table
            .arn
            .ends_with(&format!(":table/tributary-main-{}-users", house.ana.account_id))
    );
    assert_eq!(
        tables.create(&users()).await,
        Err(TableError::InUse { name: "users".into() })
    );
    assert_eq!(tables.list().await.unwrap(), ["users"]);

    let (young, old) = (
        item(&json!({"id": "u1", "age": 7})),
        item(&json!({"id": "u1", "age": 8})),
    );
    assert_eq!(tables.put(&table, &young).await.unwrap(), None);
    assert_eq!(tables.put(&table, &old).await.unwrap(), Some(young.clone()));
    let key = table.key_from("u1").unwrap();
    assert_eq!(tables.get(&table, &key).await.unwrap(), Some(old.clone()));
    assert_eq!(tables.count(&table).await.unwrap(), 1);
    assert_eq!(tables.delete_item(&table, &key).await.unwrap(), Some(old.clone()));
    let changes = tables.changes(&table).await.unwrap();
    let seen: Vec<_> = changes
        .into_iter()
        .map(|change| (change.event, change.old, change.new))
        .collect();
    assert_eq!(
        seen,
        [
            (Event::Insert, None, Some(young.clone())),
            (Event::Modify, Some(young), Some(old.clone())),
            (Event::Remove, Some(old), None),
        ]
    );
    tables.delete("users").await.unwrap();
    assert_eq!(
        tables.find("users").await,
        Err(TableError::NoSuchTable { name: "users".into() })
    );
    assert_eq!(house.everything(HERE).await, []);
}
