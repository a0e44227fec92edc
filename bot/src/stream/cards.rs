//! What streams look like in the channel: always the state, and why it came out so.

use discord::{Card, Picture, Tone, text};
use sandbox::streams::{Got, Put, Reading, Shard, Status, Stream};
use sandbox::{Region, Tenant};
use secrecy::ExposeSecret;

use crate::place::shown as where_it_is;

/// Records shown in one answer.
pub const SHOWN: usize = 15;

/// A shard by its number, as people say it.
fn short(id: &str) -> String {
    match id
        .strip_prefix("shardId-")
        .and_then(|digits| digits.parse::<u64>().ok())
    {
        Some(number) => format!("shard {number}"),
        None => text::code(id),
    }
}

/// How much of the ring a shard owns, e.g. `0–50 %`.
fn arc(shard: &Shard) -> String {
    let percent = |place: u128| place as f64 / u128::MAX as f64 * 100.0;
    let (start, end) = (percent(*shard.hashes.start()), percent(*shard.hashes.end()));
    format!("{}–{} %", trim(start), trim(end))
}

fn trim(number: f64) -> String {
    let one = format!("{number:.1}");
    one.strip_suffix(".0").map(str::to_owned).unwrap_or(one)
}

fn shards_in_words(stream: &Stream) -> String {
    let open: Vec<&Shard> = stream.open_shards().collect();
    let mut lines: Vec<String> = open
        .iter()
        .take(12)
        .map(|shard| format!("{} owns {} of the ring", short(&shard.id), arc(shard)))
        .collect();
    if open.len() > 12 {
        lines.push(format!("… and {} more", open.len() - 12));
    }
    lines.join("\n")
}

/// A stream was created.
pub fn created(stream: &Stream, region: Region, picture: Picture) -> Card {
    let shards = stream.open_shards().count();
    Card::framed(
        format!("{} is ACTIVE{}", stream.name, where_it_is(region)),
        format!(
            "{}. Each takes 1,000 records or 1 MiB a second; a record's key decides which one it goes to.\n\n{}\n\nNow send \
             something: `/stream put name:{} key:user-1 data:hello`",
            text::count(shards as i64, "shard", "shards"),
            shards_in_words(stream),
            stream.name
        ),
    )
    .tone(Tone::Good)
    .picture(picture)
}

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
            where_it_is(region)
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
        where_it_is(region)
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
            Began::Elsewhere => "There is nothing to read there yet. `/stream put` sends a record.",
        };
        return Card::framed(title, words);
    }
    let mut lines = Vec::new();
    let mut shard = None;
    for record in &reading.records {
        if shard != Some(&record.shard) {
            lines.push(format!("**{}**", short(&record.shard)));
            shard = Some(&record.shard);
        }
        lines.push(line(record));
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

/// The member's streams in a region.
pub fn list(names: &[String], region: Region) -> Card {
    if names.is_empty() {
        return Card::framed(
            format!("No streams in {}", region.as_str()),
            "Make your first: `/stream create name:orders shards:2`",
        );
    }
    let lines: Vec<String> = names.iter().map(|name| format!("• `{name}`")).collect();
    Card::framed(
        format!(
            "{} in {}",
            text::count(names.len() as i64, "stream", "streams"),
            region.as_str()
        ),
        lines.join("\n"),
    )
    .footer("/stream describe shows one with its shards")
}

/// A stream in full.
pub fn described(stream: &Stream, region: Region, picture: Picture) -> Card {
    let closed = stream.shards.len() - stream.open_shards().count();
    let closed = if closed > 0 {
        format!(
            "\n{} closed by a split or merge, still readable",
            text::count(closed as i64, "shard is", "shards are")
        )
    } else {
        String::new()
    };
    let status = match stream.status {
        Status::Creating => "CREATING",
        Status::Active => "ACTIVE",
        Status::Updating => "UPDATING",
        Status::Deleting => "DELETING",
    };
    Card::framed(
        stream.name.clone(),
        format!("{}{closed}\n\n`{}`", shards_in_words(stream), stream.arn),
    )
    .fact("Status", status)
    .fact("Open shards", stream.open_shards().count().to_string())
    .fact(
        "Records are kept",
        text::count(i64::from(stream.retention_hours), "hour", "hours"),
    )
    .fact("Region", region.as_str())
    .fact("Created", text::moment(stream.created_at * 1_000, 'R'))
    .picture(picture)
}

/// A stream is gone.
pub fn deleted(name: &str, region: Region) -> Card {
    Card::framed(
        format!("{name} is deleted{}", where_it_is(region)),
        "Its records are gone with it: a stream keeps them for its retention, not beyond its own life.",
    )
}

/// The member's keys: for that member's eyes alone.
pub fn credentials(tenant: &Tenant, url: &str) -> Card {
    Card::words(format!(
        "Your private AWS, for boto3, the AWS CLI or any SDK. Only you see this; don't share the secret.\n```ini\n\
         aws_access_key_id = {}\naws_secret_access_key = {}\nendpoint_url = {url}\nregion = {}\n```\
         Account `{}`. What you make there and what you make with `/stream` is the same.",
        tenant.access_key_id,
        tenant.secret_access_key.expose_secret(),
        Region::default().as_str(),
        tenant.account_id
    ))
}
