//! A tenant's tables as they are, for whoever shows or checks them: no request, nothing counted. Attribute values are
//! unwrapped into plain JSON, so that an item reads as its author thinks of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dynoxide::{AttributeValue, DynoxideError, Item};
use rusqlite::{OptionalExtension as _, Params, Row};
use serde_json::{Number, Value, json};

use super::account::Account;
use super::change::{self, Change};
use super::database::Database;
use crate::region::Region;
use crate::regional::LoadError;

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Where it is.
    pub region: Region,
    /// Its name.
    pub name: String,
    /// The attribute that is its partition key.
    pub partition_key: String,
    /// The attribute that is its sort key, if it has one.
    pub sort_key: Option<String>,
    /// How many items it holds.
    pub items: u64,
    /// The view of its stream, if it has one: `KEYS_ONLY`, `NEW_IMAGE`, `OLD_IMAGE` or `NEW_AND_OLD_IMAGES`.
    pub stream_view: Option<String>,
}

/// A change of an item, as the view of the table's stream shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableChange {
    /// Its place in the stream, in 21 digits: the order of the text is the order of the changes.
    pub sequence: String,
    /// `INSERT`, `MODIFY` or `REMOVE`.
    pub event: String,
    /// The item's keys.
    pub keys: Value,
    /// The item before, where the view shows it.
    pub old: Option<Value>,
    /// The item after, where the view shows it.
    pub new: Option<Value>,
    /// When, in Unix milliseconds.
    pub at: i64,
    /// Time to live did it.
    pub expired: bool,
}

impl Account {
    /// The tables of all regions.
    pub async fn look_at_tables(&self) -> Result<Vec<Table>, LoadError> {
        let mut all = Vec::new();
        for engine in self.used().await? {
            let region = engine.place.region;
            all.extend(engine.look(move |database| tables(database, region)).await?);
        }
        Ok(all)
    }

    /// A table's items, at most so many, in the order of their keys. None where there is no such table.
    pub async fn look_at_items(
        &self,
        region: Region,
        table: String,
        most: usize,
    ) -> Result<Vec<Value>, LoadError> {
        let engine = self.engine(region).await?;
        engine.look(move |database| items(database, &table, most)).await
    }

    /// What the open stream of a table holds, the latest of it, oldest first. None where there is none.
    pub async fn look_at_changes(
        &self,
        region: Region,
        table: String,
        most: usize,
    ) -> Result<Vec<TableChange>, LoadError> {
        let engine = self.engine(region).await?;
        engine.look(move |database| changes(database, &table, most)).await
    }
}

fn tables(database: &Database, region: Region) -> Result<Vec<Table>, DynoxideError> {
    let mut tables = Vec::new();
    for name in database.storage.list_table_names()? {
        let Some(kept) = database.storage.get_table_metadata(&name)? else {
            continue;
        };
        let schema: Value = serde_json::from_str(&kept.key_schema).unwrap_or_default();
        let key = |kind: &str| {
            let elements = schema.as_array()?;
            let element = elements.iter().find(|element| element["KeyType"] == kind)?;
            Some(element["AttributeName"].as_str()?.to_owned())
        };
        tables.push(Table {
            region,
            partition_key: key("HASH").unwrap_or_default(),
            sort_key: key("RANGE"),
            items: database.storage.count_items(&name)?.unsigned_abs(),
            stream_view: open_stream(database, &name)?.map(|(_, view)| view),
            name,
        });
    }
    Ok(tables)
}

fn items(database: &Database, table: &str, most: usize) -> Result<Vec<Value>, DynoxideError> {
    // A name that no table has must not reach SQL, where it would be one of the engine's own tables.
    if database.storage.get_table_metadata(table)?.is_none() {
        return Ok(Vec::new());
    }
    let query = format!(r#"SELECT item_json FROM "{table}" ORDER BY pk, sk LIMIT ?1"#);
    let found = rows(database, &query, [most], |row| row.get::<_, String>(0))?;
    Ok(found.iter().map(|item| plain_item(item)).collect())
}

fn changes(database: &Database, table: &str, most: usize) -> Result<Vec<TableChange>, DynoxideError> {
    let Some((stream, view)) = open_stream(database, table)? else {
        return Ok(Vec::new());
    };
    let query = r#"SELECT * FROM "tributary:change" WHERE stream = ?1 ORDER BY sequence DESC LIMIT ?2"#;
    let latest = rows(database, query, (stream, most), Change::of_row)?;
    let seen = latest.into_iter().rev().map(|change| {
        let (new, old) = change.images(&view);
        TableChange {
            sequence: change::public(change.sequence),
            keys: plain_of(change.keys()),
            old: old.map(plain_of),
            new: new.map(plain_of),
            at: change.at,
            expired: change.by_service,
            event: change.event,
        }
    });
    Ok(seen.collect())
}

/// The stream that is open on a table, and its view.
fn open_stream(database: &Database, table: &str) -> Result<Option<(i64, String)>, DynoxideError> {
    let found = database.connection().query_row(
        r#"SELECT id, view_type FROM "tributary:stream" WHERE table_name = ?1 AND closed IS NULL"#,
        [table],
        |row| Ok((row.get(0)?, row.get(1)?)),
    );
    Ok(found.optional()?)
}

fn rows<T>(
    database: &Database,
    query: &str,
    about: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, DynoxideError> {
    let mut query = database.connection().prepare(query)?;
    let found: rusqlite::Result<Vec<T>> = query.query_map(about, read)?.collect();
    Ok(found?)
}

fn plain_item(json: &str) -> Value {
    plain_of(serde_json::from_str(json).unwrap_or_default())
}

fn plain_of(item: Value) -> Value {
    let item: Item = serde_json::from_value(item).unwrap_or_default();
    plain(&AttributeValue::M(item))
}

/// The value without its type. A number too long for JSON's is text; bytes are base64; a set is an array.
fn plain(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!(text),
        AttributeValue::N(number) => plain_number(number),
        AttributeValue::B(bytes) => json!(STANDARD.encode(bytes)),
        AttributeValue::BOOL(flag) => json!(flag),
        AttributeValue::NULL(_) => Value::Null,
        AttributeValue::SS(members) => json!(members),
        AttributeValue::NS(members) => members.iter().map(|number| plain_number(number)).collect(),
        AttributeValue::BS(members) => members
            .iter()
            .map(|bytes| json!(STANDARD.encode(bytes)))
            .collect(),
        AttributeValue::L(members) => members.iter().map(plain).collect(),
        AttributeValue::M(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), plain(value)));
            Value::Object(fields.collect())
        }
    }
}

fn plain_number(text: &str) -> Value {
    /// As many digits as a double is sure to keep.
    const DIGITS: usize = 15;
    if let Ok(whole) = text.parse::<i64>() {
        return json!(whole);
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let number = text
        .parse()
        .ok()
        .filter(|_| digits <= DIGITS)
        .and_then(Number::from_f64);
    number.map_or_else(|| json!(text), Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_reads_as_its_author_thinks_of_it() {
        let item = r#"{"pk":{"S":"a"},"n":{"N":"3"},"d":{"N":"1.5"},"long":{"N":"0.12345678901234567890"},"b":{"B":"aGk="},
            "t":{"BOOL":true},"z":{"NULL":true},"s":{"SS":["x"]},"l":{"L":[{"N":"1"},{"M":{"k":{"S":"v"}}}]}}"#;
        let plain = json!({
            "pk": "a", "n": 3, "d": 1.5, "long": "0.12345678901234567890", "b": "aGk=", "t": true, "z": null,
            "s": ["x"], "l": [1, {"k": "v"}]
        });
        assert_eq!(plain_item(item), plain);
    }
}
