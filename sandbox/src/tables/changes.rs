//! What a table's stream tells: every change once, in order for each item. Read with the DynamoDB Streams API, from the
//! oldest change that is still kept.

use aws_sdk_dynamodbstreams::types::{Record, ShardIteratorType};

use super::json::item_of_stream;
use super::{Item, Table, TableError, Tables};

/// The most pages of a shard that are read for one answer.
const MOST_PAGES: usize = 40;

/// A change of one item, as the view of the stream shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What was done.
    pub event: Event,
    /// The item's key.
    pub key: Item,
    /// The item before, where the view keeps it and there was one.
    pub old: Option<Item>,
    /// The item after, where the view keeps it and there is one.
    pub new: Option<Item>,
    /// Its place in the stream.
    pub sequence: String,
    /// When, Unix milliseconds; AWS rounds to a second.
    pub at: i64,
}

/// What was done to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It is new.
    Insert,
    /// It was there, and differs now.
    Modify,
    /// It is gone.
    Remove,
}

impl Tables {
    /// All changes that the table's stream still holds, oldest first.
    pub async fn changes(&self, table: &Table) -> Result<Vec<Change>, TableError> {
        let stream = table.stream.as_deref().ok_or_else(|| TableError::NoStream {
            name: table.name.clone(),
        })?;
        let description = self
            .streams
            .describe_stream()
            .stream_arn(stream)
            .send()
            .await
            .map_err(|error| TableError::from_sdk(&table.name, &error))?
            .stream_description;
        let shards = description.and_then(|stream| stream.shards).unwrap_or_default();
        let mut changes = Vec::new();
        for shard in shards.iter().filter_map(|shard| shard.shard_id.as_deref()) {
            self.read_shard(table, stream, shard, &mut changes).await?;
        }
        // Sequence numbers rise, and have more digits the higher they are.
        changes.sort_by(|a, b| (a.sequence.len(), &a.sequence).cmp(&(b.sequence.len(), &b.sequence)));
        Ok(changes)
    }

    async fn read_shard(
        &self,
        table: &Table,
        stream: &str,
        shard: &str,
        changes: &mut Vec<Change>,
    ) -> Result<(), TableError> {
        let answer = self
            .streams
            .get_shard_iterator()
            .stream_arn(stream)
            .shard_id(shard)
            .shard_iterator_type(ShardIteratorType::TrimHorizon)
            .send()
            .await
            .map_err(|error| TableError::from_sdk(&table.name, &error))?;
        let mut iterator = answer.shard_iterator;
        for _ in 0..MOST_PAGES {
            let Some(at) = iterator.take() else { return Ok(()) };
            let page = self
                .streams
                .get_records()
                .shard_iterator(at)
                .send()
                .await
                .map_err(|error| TableError::from_sdk(&table.name, &error))?;
            let records = page.records.unwrap_or_default();
            // An open shard has a next iterator for ever; an empty page is its end for now.
            if records.is_empty() {
                return Ok(());
            }
            changes.extend(records.into_iter().filter_map(change));
            iterator = page.next_shard_iterator;
        }
        Ok(())
    }
}

fn change(record: Record) -> Option<Change> {
    let event = match record.event_name?.as_str() {
        "INSERT" => Event::Insert,
        "MODIFY" => Event::Modify,
        "REMOVE" => Event::Remove,
        _ => return None,
    };
    let change = record.dynamodb?;
    Some(Change {
        event,
        key: change.keys.map(item_of_stream).unwrap_or_default(),
        old: change.old_image.map(item_of_stream),
        new: change.new_image.map(item_of_stream),
        sequence: change.sequence_number.unwrap_or_default(),
        at: change
            .approximate_creation_date_time
            .and_then(|at| at.to_millis().ok())
            .unwrap_or_default(),
    })
}
