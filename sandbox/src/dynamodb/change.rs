//! One change of an item, as it is kept and as a reader of the stream sees it: the stream's view decides which images.

use rusqlite::Row;
use serde_json::{Map, Value, json};

use crate::region::Region;

/// AWS's sequence numbers have 21 digits or more.
const FIRST_PUBLIC: u128 = 100_000_000_000_000_000_000;

/// A sequence number as it is shown.
pub fn public(stored: i64) -> String {
    (FIRST_PUBLIC + u128::from(stored.unsigned_abs())).to_string()
}

/// The sequence number that is shown like this.
pub fn stored(public: &str) -> Option<i64> {
    let shown: u128 = public.parse().ok()?;
    i64::try_from(shown.checked_sub(FIRST_PUBLIC)?).ok()
}

/// A change of an item, with both images.
#[derive(Debug, Clone)]
pub struct Change {
    pub sequence: i64,
    pub event: String,
    pub id: String,
    pub keys: String,
    pub new: Option<String>,
    pub old: Option<String>,
    /// Unix milliseconds.
    pub at: i64,
    /// Time to live did it, nobody else.
    pub by_service: bool,
}

impl Change {
    pub fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            sequence: row.get("sequence")?,
            event: row.get("event")?,
            id: row.get("event_id")?,
            keys: row.get("keys")?,
            new: row.get("new_image")?,
            old: row.get("old_image")?,
            at: row.get("at")?,
            by_service: row.get("by_service")?,
        })
    }

    /// How much of an answer it takes, about.
    pub fn bytes(&self) -> usize {
        let image = |image: &Option<String>| image.as_ref().map_or(0, String::len);
        self.keys.len() + image(&self.new) + image(&self.old)
    }

    /// The images that a view shows: the new one and the old one.
    pub fn images(&self, view: &str) -> (Option<Value>, Option<Value>) {
        let read = |image: &Option<String>| image.as_deref().map(json_of);
        let new = ["NEW_IMAGE", "NEW_AND_OLD_IMAGES"]
            .contains(&view)
            .then(|| read(&self.new));
        let old = ["OLD_IMAGE", "NEW_AND_OLD_IMAGES"]
            .contains(&view)
            .then(|| read(&self.old));
        (new.flatten(), old.flatten())
    }

    /// The keys of the item.
    pub fn keys(&self) -> Value {
        json_of(&self.keys)
    }

    /// The record that a reader gets.
    pub fn record(&self, view: &str, region: Region) -> Value {
        let (new, old) = self.images(view);
        let keys = self.keys();
        let images = [("NewImage", new), ("OldImage", old)];
        let size: usize = images
            .iter()
            .filter_map(|(_, image)| image.as_ref())
            .map(size)
            .sum();
        let mut change = json!({
            "ApproximateCreationDateTime": self.at / 1000,
            "SequenceNumber": public(self.sequence),
            "SizeBytes": size + self::size(&keys),
            "StreamViewType": view,
            "Keys": keys,
        });
        for (name, image) in images {
            if let Some(image) = image {
                change[name] = image;
            }
        }
        let mut record = json!({
            "eventID": self.id,
            "eventName": self.event,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": region.as_str(),
            "dynamodb": change,
        });
        if self.by_service {
            record["userIdentity"] = json!({"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"});
        }
        record
    }
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::Object(Map::new()))
}

/// An item's size: its names and its values.
fn size(item: &Value) -> usize {
    serde_json::from_value(item.clone()).map_or(0, |item| dynoxide::types::item_size(&item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_number_comes_back_as_it_was() {
        for sequence in [0, 1, 999, i64::MAX] {
            assert_eq!(public(sequence).len(), 21);
            assert_eq!(stored(&public(sequence)), Some(sequence));
        }
        for odd in [
            "",
            "17",
            "-100000000000000000001",
            "999999999999999999999999999999999999999999",
        ] {
            assert_eq!(stored(odd), None, "{odd}");
        }
    }
}
