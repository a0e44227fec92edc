//! A member's tables, as chat commands use them: thin over the AWS SDK, so that any provider with a client will do. Items
//! are plain JSON, as people write it; `json` turns it into DynamoDB's typed values and back. What goes wrong becomes a
//! [`TableError`] in the words of the domain. How people are told is not here.

mod changes;
mod error;
mod items;
mod json;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, StreamSpecification,
    StreamViewType, TableDescription, TableStatus, Tag,
};
use serde_json::Value;

pub use changes::{Change, Event};
pub use error::TableError;

use crate::provider::Terms;

/// A plain JSON object.
pub type Item = serde_json::Map<String, Value>;

/// The longest name that AWS takes.
const LONGEST_NAME: usize = 255;

/// One member's tables in one region.
#[derive(Debug, Clone)]
pub struct Tables {
    client: Client,
    streams: aws_sdk_dynamodbstreams::Client,
    terms: Terms,
}

/// One attribute of a table's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPart {
    /// The attribute's name.
    pub name: String,
    /// What it holds.
    pub kind: KeyKind,
}

/// What a key attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// Bytes, which plain JSON has not.
    Binary,
}

/// What a table's stream keeps of each change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The key alone.
    Keys,
    /// The item as it was after.
    New,
    /// The item as it was before.
    Old,
    /// Both.
    Both,
}

/// A table to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTable {
    /// Its name.
    pub name: String,
    /// The attribute that decides the partition.
    pub partition: KeyPart,
    /// The attribute that orders items within a partition.
    pub sort: Option<KeyPart>,
    /// What its stream keeps; without one there is no stream.
    pub view: Option<View>,
}

/// A table as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The attribute that decides the partition.
    pub partition: KeyPart,
    /// The attribute that orders items within a partition.
    pub sort: Option<KeyPart>,
    /// How many items it holds; AWS counts every six hours.
    pub items: u64,
    /// What its stream keeps; without one there is no stream.
    pub view: Option<View>,
    /// The stream's ARN.
    pub stream: Option<String>,
    /// When it was created, Unix milliseconds.
    pub created_at: i64,
}

impl View {
    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keys => "KEYS_ONLY",
            Self::New => "NEW_IMAGE",
            Self::Old => "OLD_IMAGE",
            Self::Both => "NEW_AND_OLD_IMAGES",
        }
    }

    fn read(view: &str) -> Option<Self> {
        [Self::Keys, Self::New, Self::Old, Self::Both]
            .into_iter()
            .find(|known| known.as_str() == view)
    }
}

impl Table {
    /// Its key's parts, the partition key first.
    pub fn key(&self) -> impl Iterator<Item = &KeyPart> {
        std::iter::once(&self.partition).chain(&self.sort)
    }
}

impl Tables {
    /// Over clients that are bound to one member and region, on that member's terms.
    pub(crate) fn new(client: Client, streams: aws_sdk_dynamodbstreams::Client, terms: Terms) -> Self {
        Self {
            client,
            streams,
            terms,
        }
    }

    /// Creates a table and waits until it is ACTIVE.
    pub async fn create(&self, new: &NewTable) -> Result<Table, TableError> {
        let name = new.name.as_str();
        self.room_for(name).await?;
        let odd = |error: aws_sdk_dynamodb::error::BuildError| TableError::other(error.to_string());
        let mut request = self
            .client
            .create_table()
            .table_name(self.real(name))
            .billing_mode(BillingMode::PayPerRequest);
        for (key, value) in self.terms.tags() {
            request = request.tags(Tag::builder().key(key).value(value).build().map_err(odd)?);
        }
        let parts = [
            (Some(&new.partition), KeyType::Hash),
            (new.sort.as_ref(), KeyType::Range),
        ];
        for (part, place) in parts {
            let Some(part) = part else { continue };
            let kind = match part.kind {
                KeyKind::Text => ScalarAttributeType::S,
                KeyKind::Number => ScalarAttributeType::N,
                KeyKind::Binary => ScalarAttributeType::B,
            };
            let definition = AttributeDefinition::builder()
                .attribute_name(&part.name)
                .attribute_type(kind)
                .build()
                .map_err(odd)?;
            let element = KeySchemaElement::builder()
                .attribute_name(&part.name)
                .key_type(place)
                .build()
                .map_err(odd)?;
            request = request.attribute_definitions(definition).key_schema(element);
        }
        if let Some(view) = new.view {
            let stream = StreamSpecification::builder()
                .stream_enabled(true)
                .stream_view_type(StreamViewType::from(view.as_str()))
                .build()
                .map_err(odd)?;
            request = request.stream_specification(stream);
        }
        request
            .send()
            .await
            .map_err(|error| TableError::from_sdk(name, &error))?;
        let mut waiting = self.terms.change.waiting();
        loop {
            match self.described(name).await {
                Ok((TableStatus::Active, table)) => return Ok(table),
                Ok(_) => {}
                // AWS may not know yet what it has just taken.
                Err(TableError::NoSuchTable { .. }) if !self.terms.at_once => {}
                Err(error) => return Err(error),
            }
            if !waiting.again().await {
                return Err(TableError::other("the table did not become ACTIVE in time"));
            }
        }
    }

    /// Whether one more may be made under this name, as far as nobody else sees to it.
    async fn room_for(&self, name: &str) -> Result<(), TableError> {
        check_name(name)?;
        let most = self.terms.names.room(LONGEST_NAME);
        if name.len() > most {
            return Err(TableError::NameTooLong {
                name: name.to_owned(),
                most,
            });
        }
        match self.terms.quotas {
            Some(quotas) if self.list().await?.len() >= quotas.tables as usize => {
                Err(TableError::TooManyTables)
            }
            _ => Ok(()),
        }
    }

    /// A table's name as it is written at the provider.
    fn real(&self, name: &str) -> String {
        self.terms.names.real(name).into_owned()
    }

    /// A table as it is now.
    pub async fn find(&self, name: &str) -> Result<Table, TableError> {
        Ok(self.described(name).await?.1)
    }

    /// The names of all tables, in order.
    pub async fn list(&self) -> Result<Vec<String>, TableError> {
        let mut names: Vec<String> = Vec::new();
        let mut page = None;
        loop {
            let answer = self
                .client
                .list_tables()
                .set_exclusive_start_table_name(page)
                .send()
                .await
                .map_err(|error| TableError::from_sdk("", &error))?;
            let own = |real: &String| self.terms.names.short(real).map(str::to_owned);
            names.extend(answer.table_names.unwrap_or_default().iter().filter_map(own));
            page = answer.last_evaluated_table_name;
            if page.is_none() {
                return Ok(names);
            }
        }
    }

    /// Deletes a table and all its items.
    pub async fn delete(&self, name: &str) -> Result<(), TableError> {
        self.client
            .delete_table()
            .table_name(self.real(name))
            .send()
            .await
            .map_err(|error| TableError::from_sdk(name, &error))?;
        Ok(())
    }

    async fn described(&self, name: &str) -> Result<(TableStatus, Table), TableError> {
        check_name(name)?;
        let answer = self
            .client
            .describe_table()
            .table_name(self.real(name))
            .send()
            .await
            .map_err(|error| TableError::from_sdk(name, &error))?;
        let table = answer
            .table
            .ok_or_else(|| TableError::other("the answer has no table"))?;
        let status = table.table_status.clone().unwrap_or(TableStatus::Active);
        Ok((status, read(name, table)?))
    }
}

fn read(name: &str, table: TableDescription) -> Result<Table, TableError> {
    let definitions = table.attribute_definitions.unwrap_or_default();
    let part = |place: &KeyType| {
        let schema = table.key_schema.as_deref().unwrap_or_default();
        let element = schema.iter().find(|element| element.key_type == *place)?;
        let definition = definitions
            .iter()
            .find(|definition| definition.attribute_name == element.attribute_name)?;
        Some(KeyPart {
            name: element.attribute_name.clone(),
            kind: match definition.attribute_type {
                ScalarAttributeType::N => KeyKind::Number,
                ScalarAttributeType::B => KeyKind::Binary,
                _ => KeyKind::Text,
            },
        })
    };
    let partition =
        part(&KeyType::Hash).ok_or_else(|| TableError::other("the table has no partition key"))?;
    let sort = part(&KeyType::Range);
    let view = table
        .stream_specification
        .filter(|stream| stream.stream_enabled)
        .and_then(|stream| View::read(stream.stream_view_type?.as_str()));
    Ok(Table {
        name: name.to_owned(),
        arn: table.table_arn.unwrap_or_default(),
        partition,
        sort,
        items: table.item_count.unwrap_or_default().max(0).unsigned_abs(),
        view,
        stream: table.latest_stream_arn.filter(|_| view.is_some()),
        created_at: table
            .creation_date_time
            .and_then(|at| at.to_millis().ok())
            .unwrap_or_default(),
    })
}

fn check_name(name: &str) -> Result<(), TableError> {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if (3..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(fine) {
        Ok(())
    } else {
        Err(TableError::BadName {
            name: name.to_owned(),
        })
    }
}
