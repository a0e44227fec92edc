//! Records as the channel sees them: where one went and why, how many spread, what a reading brought.

use std::collections::BTreeMap;

use discord::{Card, Picture, Tone, text};
use sandbox::Region;
use sandbox::streams::{Entry, Got, Many, Put, Reading, Stream};

use crate::place::shown as elsewhere;
use crate::stream::say::{self, arc, short, thousands, trim};

/// Records shown in one answer.
pub const SHOWN: usize = 15;

/// A record was put.
pub fn put(stream: &Stream, region: Region, key: &str, bytes: usize, put: &Put, picture: Picture) -> Card {
    let owner = stream.shards.iter().find(|shard| shard.id == put.shard);
    let place = trim(put.hash.fraction() * 100.0);
    let shown = text::code(&text::cut(key, 60));
    let why = match owner {
        Some(shard) => format!(
            "**Why {}?** The MD5 of {shown} is `{:032x}`, {place} % of the way round the ring, and {} owns {}. The same key always \
             lands there, so its records keep their order.",
            short(&put.shard),
            put.hash.0,
            short(&put.shard),
            arc(shard)
        ),
        None => format!(
            "The MD5 of {shown} is `{:032x}`, {place} % of the way round the ring.",
            put.hash.0
        ),
    };
    Card::framed(
        format!(
            "{} ← {}{}",
            stream.name,
            text::count(bytes as i64, "byte", "bytes"),
            elsewhere(region)
        ),
        format!(
            "Key {shown} → **{}**\nSequence number `{}`\n\n{why}",
            short(&put.shard),
            put.sequence
        ),
    )
    .picture(picture)
}

/// What a reading brought.
pub fn read(name: &str, region: Region, reading: &Reading, began: Began) -> Card {
    let title = format!(
        "{name} → {}{}",
        text::count(reading.records.len() as i64, "record", "records"),
        elsewhere(region)
    );
    if reading.records.is_empty() {
        let words = match began {
            Began::Position => {
                "Nothing new since you last read. The records you saw are still there: `from: oldest (TRIM_HORIZON)` reads \
                 them again, as any other consumer could."
            }
            Began::Newest => {
                "You stand at the end now: the next `/stream read` shows what arrives from here on."
            }
            Began::Time(at) => {
                return Card::framed(
                    title,
                    format!(
                        "Nothing has arrived since {}. `/stream put` sends a record; an earlier `time:` shows older ones.",
                        text::moment(at, 'T')
                    ),
                );
            }
            Began::Elsewhere => "There is nothing to read there yet. `/stream put` sends a record.",
        };
        return Card::framed(title, words);
    }
    let mut lines = Vec::new();
    let mut shard = None;
    for record in reading.records.iter().take(SHOWN) {
        if shard != Some(&record.shard) {
            lines.push(format!("**{}**", short(&record.shard)));
            shard = Some(&record.shard);
        }
        lines.push(line(record));
    }
    if reading.records.len() > SHOWN {
        lines.push(format!(
            "… and {} more, read and not shown",
            reading.records.len() - SHOWN
        ));
    }
    if let Began::Time(at) = began {
        lines.insert(0, format!("From {} on:", text::moment(at, 'T')));
    }
    let footer = if reading.more {
        "There is more: run it again to read on from here."
    } else {
        "Reading takes nothing away: your position moved, the records stay. Order holds within a shard."
    };
    Card::framed(title, lines.join("\n")).footer(footer)
}

/// Where a reading began, for the words when it brought nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Began {
    /// After what was read before.
    Position,
    /// At the end.
    Newest,
    /// At a time, Unix ms.
    Time(i64),
    /// Anywhere else.
    Elsewhere,
}

fn line(record: &Got) -> String {
    let tail: String = record
        .sequence
        .chars()
        .skip(record.sequence.len().saturating_sub(8))
        .collect();
    let data = match std::str::from_utf8(&record.data) {
        Ok(words) => text::code(&text::cut(words, 120)),
        Err(_) => format!(
            "{} of binary data",
            text::count(record.data.len() as i64, "byte", "bytes")
        ),
    };
    let at = record
        .arrived_at
        .map(|at| format!(" · {}", text::moment(at, 'T')))
        .unwrap_or_default();
    format!("`…{tail}` {} {data}{at}", text::code(&text::cut(&record.key, 30)))
}

/// Many records were put.
pub fn loaded(stream: &Stream, region: Region, records: &[Entry], many: &Many, picture: Picture) -> Card {
    let mut shards: BTreeMap<&str, u64> = BTreeMap::new();
    for shard in many.placed.iter().flatten() {
        *shards.entry(shard).or_default() += 1;
    }
    let taken: u64 = shards.values().sum();
    let missing = records.len() as u64 - taken;
    let mut parts = vec![shares(stream, &shards, taken)];
    parts.extend(why_so(stream, records, many));
    parts.extend(refusals(many, missing));
    let title = format!("{} ← {}{}", stream.name, say::records(taken), elsewhere(region));
    let card = Card::framed(title, parts.join("\n\n"))
        .footer(format!(
            "{} in {} · /stream shards shows the load, /stream lag what waits",
            say::records(taken),
            match many.took.as_millis() as u64 {
                0..1_000 => "less than a second".to_owned(),
                ms => say::lasting(ms),
            }
        ))
        .picture(picture);
    if missing > 0 {
        card.tone(Tone::Think)
    } else {
        card.tone(Tone::Good)
    }
}

/// How many went to each open shard, the fullest first.
fn shares(stream: &Stream, shards: &BTreeMap<&str, u64>, taken: u64) -> String {
    const TOLD: usize = 12;
    const BLOCKS: u64 = 12;
    let of = |id: &str| shards.get(id).copied().unwrap_or_default();
    let mut open: Vec<_> = stream.open_shards().collect();
    open.sort_by_key(|shard| std::cmp::Reverse(of(&shard.id)));
    let line = |id: &str| {
        let records = of(id);
        let blocks = (records * BLOCKS).div_ceil(taken.max(1)) as usize;
        let (full, empty) = ("█".repeat(blocks), "░".repeat(BLOCKS as usize - blocks));
        format!(
            "`{full}{empty}` {} · {} · {}",
            short(id),
            thousands(records),
            say::percent(records, taken)
        )
    };
    let mut lines: Vec<String> = open.iter().take(TOLD).map(|shard| line(&shard.id)).collect();
    if open.len() > TOLD {
        lines.push(format!("… and {} more shards", open.len() - TOLD));
    }
    lines.join("\n")
}

/// Why the fullest shard got so much: whose keys it owns.
fn why_so(stream: &Stream, records: &[Entry], many: &Many) -> Option<String> {
    let mut keys: BTreeMap<&str, (u64, &str)> = BTreeMap::new();
    for (record, shard) in records.iter().zip(&many.placed) {
        if let Some(shard) = shard {
            keys.entry(&record.key).or_insert((0, shard)).0 += 1;
        }
    }
    let taken: u64 = keys.values().map(|(records, _)| records).sum();
    let (key, (most, shard)) = keys.iter().max_by_key(|(_, (records, _))| *records)?;
    let owner = stream.shards.iter().find(|it| it.id == *shard)?;
    let shown = text::code(&text::cut(key, 60));
    if stream.open_shards().count() == 1 {
        return Some(format!(
            "**Why all of them?** There is one shard, and it owns the whole ring. `/stream split name:{}` makes two of it.",
            stream.name
        ));
    }
    if *most * 2 > taken {
        return Some(format!(
            "**Why so uneven?** {shown} alone is {}, and a key always goes to one shard: its MD5 lies in {}, which {} owns. More \
             shards would not help; more different keys would.",
            say::percent(*most, taken),
            arc(owner),
            short(shard)
        ));
    }
    let on = |id: &str| keys.values().filter(|(_, shard)| *shard == id).count();
    let counts: Vec<String> = stream
        .open_shards()
        .take(6)
        .map(|shard| format!("{} on {}", on(&shard.id), short(&shard.id)))
        .collect();
    Some(format!(
        "**Why so?** The MD5 of each of the {} decides its shard: {}. Few keys seldom fall evenly; many do.",
        text::count(keys.len() as i64, "key", "keys"),
        text::listed(&counts)
    ))
}

/// What was refused, and what a producer does then.
fn refusals(many: &Many, missing: u64) -> Option<String> {
    let times = match many.refused {
        0 => return None,
        1 => "Once a record was".to_owned(),
        times => format!("{} times a record was", thousands(times)),
    };
    let end = if missing == 0 {
        "each was sent again a little later, until all were in. Every producer needs such a retry.".to_owned()
    } else {
        format!(
            "I sent them again for a while and then gave up on {}. That is what overload looks like.",
            thousands(missing)
        )
    };
    Some(format!(
        "**Throttled.** {times} refused, because its shard had taken its 1,000 records or 1 MiB for that second; {end}"
    ))
}
