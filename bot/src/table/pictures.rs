//! A table's changes as a picture: each item before and after, what changed first.

use chrono::{DateTime, Utc};
use discord::{Failure, Picture};
use pictures::{Event, FieldChange, Side, TableChange, TableChanges};
use sandbox::tables::{self, Change, Item, Table, View};

/// The timeline of a table's changes. Times are UTC: a picture can't know the reader's timezone.
pub async fn timeline(table: &Table, view: View, changes: &[Change]) -> Result<Picture, Failure> {
    let drawn = TableChanges {
        table: table.name.clone(),
        view: view.as_str().to_owned(),
        changes: changes.iter().map(|one| change(table, view, one)).collect(),
    };
    let picture = tokio::task::spawn_blocking(move || pictures::table_changes(&drawn)).await??;
    Ok(Picture {
        name: "changes.png".to_owned(),
        png: picture.png,
        alt: picture.alt,
    })
}

fn change(table: &Table, view: View, change: &Change) -> TableChange {
    let at = DateTime::<Utc>::from_timestamp_millis(change.at);
    TableChange {
        event: match change.event {
            tables::Event::Insert => Event::Insert,
            tables::Event::Modify => Event::Modify,
            tables::Event::Remove => Event::Remove,
        },
        key: key(table, &change.key),
        at: at.map(|at| at.format("%H:%M:%S").to_string()).unwrap_or_default(),
        fields: fields(view, change),
    }
}

/// A key in short: the values alone.
pub fn key(table: &Table, key: &Item) -> String {
    let value = |part: &tables::KeyPart| match key.get(&part.name) {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    table.key().map(value).collect::<Vec<_>>().join(" · ")
}

/// The fields of an item before and after, those that differ first.
fn fields(view: View, change: &Change) -> Vec<FieldChange> {
    let (keeps_old, keeps_new) = match view {
        View::Keys => return Vec::new(),
        View::New => (false, true),
        View::Old => (true, false),
        View::Both => (true, true),
    };
    let side = |item: Option<&Item>, name: &str, kept: bool| match item.and_then(|item| item.get(name)) {
        Some(value) => Side::Is(value.to_string()),
        None if kept => Side::Absent,
        None => Side::NotKept,
    };
    let items = [change.old.as_ref(), change.new.as_ref()];
    let mut names: Vec<&String> = items.into_iter().flatten().flat_map(Item::keys).collect();
    names.sort();
    names.dedup();
    let mut fields: Vec<FieldChange> = names
        .into_iter()
        .map(|name| FieldChange {
            old: side(change.old.as_ref(), name, keeps_old),
            new: side(change.new.as_ref(), name, keeps_new),
            name: name.clone(),
        })
        .collect();
    fields.sort_by_key(|field| field.old == field.new);
    fields
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(value: &serde_json::Value) -> Option<Item> {
        value.as_object().cloned()
    }

    fn modified() -> Change {
        Change {
            event: tables::Event::Modify,
            key: Item::new(),
            old: item(&json!({"age": 3, "name": "ana"})),
            new: item(&json!({"age": 4, "name": "ana", "plan": "free"})),
            sequence: String::new(),
            at: 0,
        }
    }

    #[test]
    fn what_changed_stands_first_and_what_was_not_there_is_said() {
        let fields = fields(View::Both, &modified());
        let shown: Vec<_> = fields
            .iter()
            .map(|field| (field.name.as_str(), field.old.clone(), field.new.clone()))
            .collect();
        let is = |value: &str| Side::Is(value.to_owned());
        assert_eq!(
            shown,
            [
                ("age", is("3"), is("4")),
                ("plan", Side::Absent, is("\"free\"")),
                ("name", is("\"ana\""), is("\"ana\"")),
            ]
        );
    }

    #[test]
    fn what_the_view_does_not_keep_is_not_taken_for_absent() {
        let change = Change {
            old: None,
            ..modified()
        };
        assert!(
            fields(View::New, &change)
                .iter()
                .all(|field| field.old == Side::NotKept)
        );
        assert!(fields(View::Keys, &modified()).is_empty());
    }
}
