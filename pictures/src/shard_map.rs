//! The shard map: a stream's shards as a family tree over the hash-key space, and where a key landed on it.
//! Here are its data and its words; `layout` decides what stands where, the others draw it.

mod boxes;
mod draw;
mod layout;
mod legend;
#[cfg(test)]
mod tests;

use crate::alt::{self, count, thousands};
use crate::render::{Picture, PictureError, render};

/// A stream's shards at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct ShardMap {
    /// The stream's name.
    pub stream: String,
    /// All shards that still hold records, open and closed, in the order they were made.
    pub shards: Vec<Shard>,
    /// The key to mark, if the picture is about one.
    pub landing: Option<Landing>,
}

/// One shard.
#[derive(Debug, Clone, PartialEq)]
pub struct Shard {
    /// For example `shardId-000000000002`.
    pub id: String,
    /// The shards it was split from (one) or merged from (two). Parents that are not in the map are left out.
    pub parents: Vec<String>,
    /// The first hash key it takes.
    pub start: u128,
    /// The last hash key it takes.
    pub end: u128,
    /// Whether it takes new records.
    pub open: bool,
    /// How much of what it may take is written to it, if that is measured: 1.0 = 1 MiB or 1,000 records a second.
    pub load: Option<f64>,
    /// How many records it holds, if that is known.
    pub records: Option<u64>,
    /// How long the oldest record that a reader has not read has waited there, in milliseconds, if the map is about one.
    pub iterator_age_ms: Option<u64>,
}

/// Where a partition key landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landing {
    /// The partition key.
    pub key: String,
    /// Its MD5 as a number.
    pub hash: u128,
    /// The id of the shard whose range holds it.
    pub shard: String,
}

/// Draws a shard map. At most 500 shards are shown, the newest.
pub fn shard_map(map: &ShardMap) -> Result<Picture, PictureError> {
    render(draw::draw(map), alt_text(map))
}

/// How hard a shard is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heat {
    Fine,
    Busy,
    Throttled,
}

impl Heat {
    fn of(load: f64) -> Self {
        if load >= 1.0 {
            Self::Throttled
        } else if load >= 0.6 {
            Self::Busy
        } else {
            Self::Fine
        }
    }
}

impl Shard {
    /// `shard-002` for `shardId-000000000002`, the way people say it.
    fn short_name(&self) -> String {
        self.number()
            .map_or_else(|| self.id.clone(), |number| format!("shard-{number:03}"))
    }

    fn number(&self) -> Option<u64> {
        self.id.strip_prefix("shardId-")?.parse().ok()
    }

    /// The load, if it is a number at all.
    fn measured_load(&self) -> Option<f64> {
        self.load
            .filter(|load| load.is_finite())
            .map(|load| load.clamp(0.0, 99.0))
    }
}

/// The first digits of a hash key, enough to place it: `0x93ab…`.
fn hash_digits(hash: u128, digits: usize) -> String {
    let all = format!("{hash:032x}");
    format!("0x{}…", &all[..digits.min(all.len())])
}

/// `0x8000… to 0xffff…`.
fn range(shard: &Shard) -> String {
    format!("{} to {}", hash_digits(shard.start, 4), hash_digits(shard.end, 4))
}

/// What became of a closed shard, seen from its children.
fn ending(shard: &Shard, shards: &[Shard]) -> &'static str {
    let mut children = shards
        .iter()
        .filter(|child| child.parents.contains(&shard.id))
        .peekable();
    match children.peek() {
        None => "closed",
        Some(child) if child.parents.len() > 1 => "closed by merge",
        Some(_) => "closed by split",
    }
}

fn alt_text(map: &ShardMap) -> String {
    const TOLD: usize = 8;
    let (open, closed_shards): (Vec<&Shard>, Vec<&Shard>) = map.shards.iter().partition(|shard| shard.open);
    let stream = alt::name(&map.stream);
    let closed = if closed_shards.is_empty() {
        String::new()
    } else {
        format!(", {} closed", closed_shards.len())
    };
    let mut sentences = vec![format!(
        "Shard map of the stream {stream}: {}{closed}.",
        count(open.len(), "open shard")
    )];
    if let Some(landing) = &map.landing {
        let (key, shard) = (alt::name(&landing.key), alt::name(&landing.shard));
        let hash = hash_digits(landing.hash, 8);
        sentences.push(format!(
            "The MD5 of the key {key} is {hash}, which lands in {shard}."
        ));
    }
    sentences.extend(open.iter().take(TOLD).map(|shard| told(shard)));
    let unread = |shard: &&Shard| shard.iterator_age_ms.is_some_and(|age| age > 0);
    sentences.extend(closed_shards.iter().copied().filter(unread).take(2).map(|shard| {
        format!(
            "{} is closed and not read to its end.",
            alt::name(&shard.short_name())
        )
    }));
    if open.len() > TOLD {
        sentences.push(format!("And {} more open shards.", open.len() - TOLD));
    }
    sentences.join(" ")
}

/// A shard in a sentence.
fn told(shard: &Shard) -> String {
    let mut facts = vec![format!(
        "{} takes {}",
        alt::name(&shard.short_name()),
        range(shard)
    )];
    if let Some(load) = shard.measured_load() {
        let throttled = if Heat::of(load) == Heat::Throttled {
            " (throttled)"
        } else {
            ""
        };
        facts.push(format!("{:.0}% loaded{throttled}", load * 100.0));
    }
    if let Some(records) = shard.records {
        let plural = if records == 1 { "" } else { "s" };
        facts.push(format!("{} record{plural}", thousands(records)));
    }
    if let Some(age) = shard.iterator_age_ms {
        facts.push(format!("iterator age {}", alt::duration(age)));
    }
    facts.join(", ") + "."
}
