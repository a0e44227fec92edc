//! Items: put, got, deleted. What an item lacks is seen before it is sent.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use serde_json::{Value, json};
use std::collections::HashMap;

use super::json::{item_of_table, typed};
use super::{Item, KeyKind, KeyPart, Table, TableError, Tables};

impl Tables {
    /// Puts an item in the place of one with the same key; the one that was there.
    pub async fn put(&self, table: &Table, item: &Item) -> Result<Option<Item>, TableError> {
        for part in table.key() {
            check(part, item.get(&part.name))?;
        }
        let answer = self
            .client
            .put_item()
            .table_name(self.real(&table.name))
            .set_item(Some(values(item)))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(|error| TableError::from_sdk(&table.name, &error))?;
        Ok(found(answer.attributes))
    }

    /// The item with this key.
    pub async fn get(&self, table: &Table, key: &Item) -> Result<Option<Item>, TableError> {
        check_key(table, key)?;
        let answer = self
            .client
            .get_item()
            .table_name(self.real(&table.name))
            .set_key(Some(values(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| TableError::from_sdk(&table.name, &error))?;
        Ok(found(answer.item))
    }

    /// Deletes the item with this key; the one that was there.
    pub async fn delete_item(&self, table: &Table, key: &Item) -> Result<Option<Item>, TableError> {
        check_key(table, key)?;
        let answer = self
            .client
            .delete_item()
            .table_name(self.real(&table.name))
            .set_key(Some(values(key)))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(|error| TableError::from_sdk(&table.name, &error))?;
        Ok(found(answer.attributes))
    }

    /// How many items there are now: asked of the table, since AWS's own count is hours old.
    pub async fn count(&self, table: &Table) -> Result<u64, TableError> {
        let mut all = 0;
        let mut page = None;
        loop {
            let answer = self
                .client
                .scan()
                .table_name(self.real(&table.name))
                .select(aws_sdk_dynamodb::types::Select::Count)
                .set_exclusive_start_key(page)
                .send()
                .await
                .map_err(|error| TableError::from_sdk(&table.name, &error))?;
            all += u64::try_from(answer.count).unwrap_or_default();
            page = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if page.is_none() {
                return Ok(all);
            }
        }
    }
}

impl Table {
    /// A key as a member types it: JSON with every part of the key, or the bare value where there is one part alone.
    pub fn key_from(&self, typed: &str) -> Result<Item, TableError> {
        if let Ok(Value::Object(key)) = serde_json::from_str(typed) {
            check_key(self, &key)?;
            return Ok(key);
        }
        if self.sort.is_some() {
            return Err(self.incomplete());
        }
        let value = match self.partition.kind {
            KeyKind::Number => serde_json::from_str(typed).unwrap_or_else(|_| json!(typed)),
            KeyKind::Text | KeyKind::Binary => json!(typed),
        };
        let key = Item::from_iter([(self.partition.name.clone(), value)]);
        check_key(self, &key)?;
        Ok(key)
    }

    /// The key of one of its items.
    pub fn key_of(&self, item: &Item) -> Item {
        let part = |part: &KeyPart| Some((part.name.clone(), item.get(&part.name)?.clone()));
        self.key().filter_map(part).collect()
    }

    fn incomplete(&self) -> TableError {
        TableError::KeyIncomplete {
            parts: self.key().map(|part| part.name.clone()).collect(),
        }
    }
}

fn values(item: &Item) -> HashMap<String, AttributeValue> {
    item.iter()
        .map(|(name, value)| (name.clone(), typed(value)))
        .collect()
}

fn found(item: Option<HashMap<String, AttributeValue>>) -> Option<Item> {
    item.filter(|item| !item.is_empty()).map(item_of_table)
}

/// A key has each part of the table's, and nothing else.
fn check_key(table: &Table, key: &Item) -> Result<(), TableError> {
    for part in table.key() {
        check(part, key.get(&part.name))?;
    }
    if key.len() == table.key().count() {
        Ok(())
    } else {
        Err(table.incomplete())
    }
}

fn check(part: &KeyPart, value: Option<&Value>) -> Result<(), TableError> {
    let name = part.name.clone();
    let fits = match (value, part.kind) {
        (None, _) => return Err(TableError::KeyMissing { name }),
        (Some(Value::String(text)), KeyKind::Text | KeyKind::Binary) => !text.is_empty(),
        (Some(Value::Number(_)), KeyKind::Number) => true,
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(TableError::KeyOfWrongKind {
            name,
            kind: part.kind,
        })
    }
}
