//! What tables look like in the channel: the item, and what became of the one that was there.

use discord::{Button, Card, Picture, Route, Style, Tone, text};
use sandbox::Region;
use sandbox::tables::{Change, Event, Item, KeyKind, Table, View};
use serde_json::Value;

use super::pictures::key;
use super::words::shown;
use crate::mark;
use crate::place::{shown as where_it_is, title as short};

/// Changes told in words in one answer.
const TOLD: usize = 10;
/// How much of an item a card shows.
const LONGEST: usize = 1_500;

fn kind(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Text => "text",
        KeyKind::Number => "number",
        KeyKind::Binary => "binary",
    }
}

fn key_in_words(table: &Table) -> String {
    let partition = format!(
        "Partition key {} ({}): it decides where an item lives",
        shown(&table.partition.name),
        kind(table.partition.kind)
    );
    match &table.sort {
        None => format!("{partition}."),
        Some(sort) => format!(
            "{partition}. Sort key {} ({}): it orders the items of one partition.",
            shown(&sort.name),
            kind(sort.kind)
        ),
    }
}

fn stream_in_words(table: &Table) -> String {
    match table.view {
        None => "It has no stream: what changes is not told to anybody.".to_owned(),
        Some(view) => {
            let keeps = match view {
                View::Keys => "the key of each changed item",
                View::New => "each item as it is after the change",
                View::Old => "each item as it was before the change",
                View::Both => "each item before and after the change",
            };
            format!(
                "Its stream (`{}`) keeps {keeps}, for 24 hours. That is *change data capture*: others follow the table without asking it.",
                view.as_str()
            )
        }
    }
}

/// A table was created.
pub fn created(table: &Table, region: Region) -> Card {
    let sort = match &table.sort {
        Some(sort) => match sort.kind {
            KeyKind::Number => format!(",\"{}\":1", sort.name),
            _ => format!(",\"{}\":\"a\"", sort.name),
        },
        None => String::new(),
    };
    let partition = match table.partition.kind {
        KeyKind::Number => "1",
        _ => "\"u1\"",
    };
    Card::framed(
        format!("{} is ACTIVE{}", short(&table.name), where_it_is(region)),
        format!(
            "{}\n{}\n\nNow put an item: {}",
            key_in_words(table),
            stream_in_words(table),
            text::code(&format!(
                "/table put name:{} item:{{\"{}\":{partition}{sort},\"age\":3}}",
                table.name, table.partition.name
            ))
        ),
    )
    .tone(Tone::Good)
}

/// The member's tables in a region, with how many items each holds.
pub fn list(tables: &[(Table, u64)], more: usize, region: Region) -> Card {
    if tables.is_empty() {
        return Card::framed(
            format!("No tables in {}", region.as_str()),
            "Make your first: `/table create name:users key:id stream:NEW_AND_OLD_IMAGES`",
        );
    }
    let line = |(table, items): &(Table, u64)| {
        let sort = table
            .sort
            .as_ref()
            .map_or(String::new(), |sort| format!(" + {}", shown(&sort.name)));
        let view = table.view.map_or("no stream", View::as_str);
        format!(
            "• `{}` · {} · key {}{sort} · {view}",
            table.name,
            text::count(*items as i64, "item", "items"),
            shown(&table.partition.name)
        )
    };
    let mut lines: Vec<String> = tables.iter().map(line).collect();
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
    let count = text::count((tables.len() + more) as i64, "table", "tables");
    Card::framed(format!("{count} in {}", region.as_str()), lines.join("\n"))
        .footer("/table changes shows what a table's stream tells")
}

/// An item in a block of code, cut where it is long.
fn block(item: &Item) -> String {
    let pretty = serde_json::to_string_pretty(item).unwrap_or_default();
    let pretty = text::cut(&text::straight(&pretty).replace('`', "ˋ"), LONGEST);
    format!("```json\n{pretty}\n```")
}

/// An item was put.
pub fn put(table: &Table, region: Region, item: &Item, before: Option<&Item>) -> Card {
    let title = format!(
        "{} ← {}{}",
        table.name,
        title_key(table, item),
        where_it_is(region)
    );
    let became = match before {
        None => format!(
            "It is **new**: nothing had this key.{}",
            told(table, "an `INSERT`")
        ),
        Some(before) if before == item => "It was there already, exactly so. **Nothing changed.**".to_owned(),
        Some(before) => format!(
            "It took the place of the **whole** item that had this key (a put replaces, it does not merge).{} Before:\n{}",
            told(table, "a `MODIFY`"),
            block(before)
        ),
    };
    Card::framed(title, format!("{}{became}", block(item)))
}

/// What the table's stream makes of a change.
fn told(table: &Table, event: &str) -> String {
    match table.view {
        Some(_) => format!(" The stream tells {event}."),
        None => " The table has no stream, so nobody is told.".to_owned(),
    }
}

fn title_key(table: &Table, item: &Item) -> String {
    text::escape(&text::cut(&text::straight(&key(table, item)), 60))
}

/// An item, or that there is none.
pub fn got(table: &Table, region: Region, wanted: &Item, item: Option<&Item>) -> Card {
    let title = format!(
        "{} → {}{}",
        table.name,
        title_key(table, wanted),
        where_it_is(region)
    );
    match item {
        Some(item) => Card::framed(title, block(item))
            .footer("Read consistently: what was put before is seen. AWS reads eventually unless asked so."),
        None => Card::framed(title, "No item has this key."),
    }
}

/// An item was deleted, or there was none.
pub fn item_deleted(table: &Table, region: Region, wanted: &Item, before: Option<&Item>) -> Card {
    let title = format!(
        "{} ✕ {}{}",
        table.name,
        title_key(table, wanted),
        where_it_is(region)
    );
    match before {
        Some(before) => Card::framed(
            title,
            format!(
                "It is gone.{} It was:\n{}",
                told(table, "a `REMOVE`"),
                block(before)
            ),
        ),
        None => Card::framed(
            title,
            "No item has this key, so nothing changed. Deleting what is not there is no error: a retry is safe.",
        ),
    }
}

/// What the table's stream tells.
pub fn changes(table: &Table, region: Region, changes: &[Change], picture: Picture) -> Card {
    let title = format!(
        "{} · {}{}",
        short(&table.name),
        text::count(changes.len() as i64, "change", "changes"),
        where_it_is(region)
    );
    if changes.is_empty() {
        let words = format!(
            "{}\nNothing has changed in the last 24 hours: put or delete an item, and look again.",
            stream_in_words(table)
        );
        return Card::framed(title, words).picture(picture);
    }
    let from = changes.len().saturating_sub(TOLD);
    let mut lines: Vec<String> = changes[from..].iter().map(|change| line(table, change)).collect();
    if from > 0 {
        lines.insert(
            0,
            format!("… {} before", text::count(from as i64, "change", "changes")),
        );
    }
    lines.push(format!("\n{}", stream_in_words(table)));
    Card::framed(title, lines.join("\n"))
        .footer("Every write once, in order for each item. Times in the picture are UTC.")
        .picture(picture)
}

fn line(table: &Table, change: &Change) -> String {
    let event = match change.event {
        Event::Insert => "INSERT",
        Event::Modify => "MODIFY",
        Event::Remove => "REMOVE",
    };
    let differs = |name: &&String| {
        let of = |item: &Option<Item>| item.as_ref().and_then(|item| item.get(*name).cloned());
        of(&change.old) != of(&change.new)
    };
    let told = match (&change.old, &change.new) {
        (Some(old), Some(new)) => {
            let mut names: Vec<&String> = old.keys().chain(new.keys()).filter(differs).collect();
            names.sort();
            names.dedup();
            let value = |item: &Item, name: &str| item.get(name).map_or("none".to_owned(), Value::to_string);
            let parts: Vec<String> = names
                .into_iter()
                .take(4)
                .map(|name| {
                    text::cut(
                        &format!("{name}: {} → {}", value(old, name), value(new, name)),
                        80,
                    )
                })
                .collect();
            parts.join(", ")
        }
        (Some(item), None) | (None, Some(item)) => serde_json::to_string(item).unwrap_or_default(),
        (None, None) => String::new(),
    };
    let told = if told.is_empty() {
        String::new()
    } else {
        format!(" {}", text::code(&text::cut(&told, 160)))
    };
    format!(
        "{} **{event}** {}{told}",
        text::moment(change.at, 'T'),
        shown(&key(table, &change.key))
    )
}

/// Asks before a table is deleted.
pub fn deleting(table: &Table, items: u64, region: Region, member: u64) -> Card {
    let lost = match items {
        0 => "It is empty. Its stream goes with it.".to_owned(),
        number => format!(
            "{} with it, for good, and so does its stream.",
            text::count(number as i64, "item goes", "items go")
        ),
    };
    let route = |verb: &str| {
        Route::new("table", verb)
            .owned_by(member)
            .arg(region.as_str())
            .arg(mark::of(&table.name))
            .arg(table.created_at)
    };
    Card::framed(
        format!("Delete {}?{}", short(&table.name), where_it_is(region)),
        lost,
    )
    .buttons(vec![
        Button::new("Delete", Style::Danger, &route("delete")),
        Button::new("Keep it", Style::Secondary, &route("keep")),
    ])
}

/// A table is gone.
pub fn deleted(name: &str, region: Region) -> Card {
    Card::framed(
        format!("{} is deleted{}", short(name), where_it_is(region)),
        "Its items and its stream are gone with it.",
    )
}

/// A table stays.
pub fn kept(name: &str, region: Region) -> Card {
    Card::framed(
        format!("{} stays{}", short(name), where_it_is(region)),
        "Nothing was deleted.",
    )
}
