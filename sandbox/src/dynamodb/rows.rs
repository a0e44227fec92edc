//! A tenant's tables as rows of the lab's tables; the columns stand in `lab::tables`.

use serde_json::Value;

use super::account::Account;
use super::look::Table;
use crate::lab::Row;
use crate::regional::LoadError;

/// More than a tenant's quota of bytes can hold.
const ALL: usize = 1_000_000;

pub async fn tables(account: &Account) -> Result<Vec<Row>, LoadError> {
    let row = |table: Table| {
        vec![
            table.region.as_str().into(),
            table.name.into(),
            table.partition_key.into(),
            table.sort_key.into(),
            table.items.into(),
            table.stream_view.into(),
        ]
    };
    Ok(account.look_at_tables().await?.into_iter().map(row).collect())
}

pub async fn items(account: &Account) -> Result<Vec<Row>, LoadError> {
    let mut rows = Vec::new();
    for table in account.look_at_tables().await? {
        let items = account
            .look_at_items(table.region, table.name.clone(), ALL)
            .await?;
        rows.extend(items.iter().map(|item| {
            vec![
                table.region.as_str().into(),
                table.name.as_str().into(),
                item.to_string().into(),
            ]
        }));
    }
    Ok(rows)
}

pub async fn changes(account: &Account) -> Result<Vec<Row>, LoadError> {
    let text = |image: Option<Value>| image.map(|image| image.to_string());
    let mut rows = Vec::new();
    for table in account.look_at_tables().await? {
        let changes = account
            .look_at_changes(table.region, table.name.clone(), ALL)
            .await?;
        rows.extend(changes.into_iter().map(|change| {
            vec![
                table.region.as_str().into(),
                table.name.as_str().into(),
                change.sequence.into(),
                change.event.into(),
                change.keys.to_string().into(),
                text(change.old).into(),
                text(change.new).into(),
                change.at.into(),
            ]
        }));
    }
    Ok(rows)
}
