//! Consumers and tags as the channel sees them.

use std::collections::BTreeMap;

use discord::{Card, Tone, text};
use sandbox::Region;
use sandbox::streams::{Consumer, Stream};

use super::shape::tags_in_words;
use crate::place::shown as elsewhere;

/// What was done about a consumer.
pub enum Done {
    /// One of this name was registered.
    Registered(String),
    /// One of this name was removed.
    Removed(String),
}

/// The consumers registered for enhanced fan-out, and what was done about them.
pub fn consumers(stream: &Stream, region: Region, done: Option<&Done>, consumers: &[Consumer]) -> Card {
    let title = match done {
        Some(Done::Registered(name)) => format!("{name} is ACTIVE on {}", stream.name),
        Some(Done::Removed(name)) => format!("{name} is removed from {}", stream.name),
        None if consumers.is_empty() => format!("{} has no registered consumers", stream.name),
        None => format!(
            "{} · {}",
            stream.name,
            text::count(consumers.len() as i64, "consumer", "consumers")
        ),
    };
    let line = |consumer: &Consumer| {
        let state = if consumer.active { "" } else { " · changing" };
        format!(
            "• {} · since {}{state}\n  {}",
            text::code(&consumer.name),
            text::moment(consumer.created_at * 1_000, 'R'),
            text::code(&consumer.arn)
        )
    };
    let mut parts: Vec<String> = Vec::new();
    if !consumers.is_empty() {
        parts.push(consumers.iter().map(line).collect::<Vec<_>>().join("\n"));
    }
    parts.push(why(stream, done, consumers.len()));
    let card = Card::framed(format!("{title}{}", elsewhere(region)), parts.join("\n\n"));
    if done.is_some() {
        card.tone(Tone::Good)
    } else {
        card
    }
}

fn why(stream: &Stream, done: Option<&Done>, consumers: usize) -> String {
    match done {
        Some(Done::Registered(name)) => format!(
            "**What for?** All who poll with GetRecords share 2 MB a second of each shard. A registered consumer has 2 MB of its own, \
             and records are pushed to it, in about 70 ms. Your program subscribes with SubscribeToShard and the ARN above; take it \
             away with `/stream consumers name:{} remove:{name}`.",
            stream.name
        ),
        Some(Done::Removed(_)) => {
            "It can't subscribe any more. Reading with GetRecords needs no registration and goes on.".to_owned()
        }
        None if consumers == 0 => format!(
            "Reading with GetRecords needs no registration: all who poll share 2 MB a second of each shard. Register one that needs \
             2 MB of its own: `/stream consumers name:{} register:analytics`.",
            stream.name
        ),
        None => "Each has 2 MB a second of every shard for itself. On AWS each costs extra, by shard and hour and by gigabyte."
            .to_owned(),
    }
}

/// A stream's tags, and what was changed about them.
pub fn tags(
    name: &str,
    region: Region,
    tags: &BTreeMap<String, String>,
    set: &BTreeMap<String, String>,
    removed: Option<&str>,
) -> Card {
    let changed = !set.is_empty() || removed.is_some();
    let mut done = Vec::new();
    if !set.is_empty() {
        done.push(format!("Set {}.", tags_in_words(set)));
    }
    if let Some(key) = removed {
        done.push(format!("Took {} away.", text::code(key)));
    }
    let now = if tags.is_empty() {
        format!("It has no tags. Set one: `/stream tag name:{name} tag:dept=fin`")
    } else {
        format!("Its tags: {}", tags_in_words(tags))
    };
    done.push(now);
    let card = Card::framed(format!("{name} · tags{}", elsewhere(region)), done.join("\n"))
        .footer("Tags change nothing in a stream: they say whose it is, on bills and in rules");
    if changed { card.tone(Tone::Good) } else { card }
}
