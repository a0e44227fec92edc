//! Streams and their shards as the channel sees them.

use std::collections::BTreeMap;

use discord::{Card, Picture, Tone, text};
use sandbox::Region;
use sandbox::streams::{Consumer, Held, Reshaped, Shard, Status, Stream};

use crate::place::{self, shown as elsewhere, typed as typed_region};
use crate::stream::look::Look;
use crate::stream::say::{self, arc, short, shorts, thousands};

/// A stream was created.
pub fn created(stream: &Stream, region: Region, picture: Picture) -> Card {
    let shards = text::count(stream.open_shards().count() as i64, "shard", "shards");
    let mode = if stream.on_demand {
        format!(
            "On-demand: it begins with {shards} and grows with what you send, up to double the peak of the last 30 days. You pay \
             by the gigabyte instead of by the shard."
        )
    } else {
        format!(
            "{shards}. Each takes 1,000 records or 1 MiB a second; a record's key decides which one it goes to."
        )
    };
    Card::framed(
        format!("{} is ACTIVE{}", stream.name, elsewhere(region)),
        format!(
            "{mode}\n\n{}\n\nNow send something: `/stream put name:{} key:user-1 data:hello{}`",
            say::shards(stream),
            stream.name,
            typed_region(region)
        ),
    )
    .tone(Tone::Good)
    .picture(picture)
}

/// The member's streams in a region.
pub fn list(streams: &[Stream], region: Region) -> Card {
    let place = format!("{region} ({})", place::city(region));
    if streams.is_empty() {
        return Card::framed(
            format!("No streams in {place}"),
            format!(
                "Make your first there: `/stream create name:orders shards:2{}`. Each region has streams of its own; `region:` \
                 looks in another.",
                typed_region(region)
            ),
        );
    }
    let line = |stream: &Stream| {
        format!(
            "• `{}` · {} · {} · {}",
            stream.name,
            text::count(stream.open_shards().count() as i64, "shard", "shards"),
            mode(stream),
            status(stream.status)
        )
    };
    Card::framed(
        format!(
            "{} in {place}",
            text::count(streams.len() as i64, "stream", "streams")
        ),
        streams.iter().map(line).collect::<Vec<_>>().join("\n"),
    )
    .footer("/stream describe shows one with its shards; region: looks elsewhere")
}

fn mode(stream: &Stream) -> &'static str {
    if stream.on_demand {
        "on-demand"
    } else {
        "provisioned"
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Creating => "CREATING",
        Status::Active => "ACTIVE",
        Status::Updating => "UPDATING",
        Status::Deleting => "DELETING",
    }
}

/// A stream in full.
pub fn described(
    look: &Look,
    region: Region,
    tags: &BTreeMap<String, String>,
    consumers: &[Consumer],
    picture: Picture,
) -> Card {
    let stream = &look.stream;
    let closed = stream.shards.len() - stream.open_shards().count();
    let closed = if closed > 0 {
        format!(
            "\n{} closed by a split or merge, still readable",
            text::count(closed as i64, "shard is", "shards are")
        )
    } else {
        String::new()
    };
    let mut card = Card::framed(
        format!("{}{}", stream.name, elsewhere(region)),
        format!("{}{closed}\n\n`{}`", say::shards(stream), stream.arn),
    )
    .fact("Status", status(stream.status))
    .fact(
        "Open shards",
        format!("{} · {}", stream.open_shards().count(), mode(stream)),
    )
    .fact("Records are kept", kept_for(stream.retention_hours))
    .fact("Region", format!("{region} ({})", place::city(region)))
    .fact("Created", text::moment(stream.created_at * 1_000, 'R'));
    if let Some((records, bytes, more)) = total(look) {
        let more = if more { "more than " } else { "" };
        card = card.fact(
            "Holds",
            format!("{more}{}, {}", say::records(records), say::bytes(bytes)),
        );
    }
    if !tags.is_empty() {
        card = card.fact("Tags", tags_in_words(tags));
    }
    if !consumers.is_empty() {
        let names: Vec<String> = consumers.iter().map(|it| text::code(&it.name)).collect();
        card = card.fact("Enhanced consumers", text::listed(&names));
    }
    card.picture(picture)
}

/// Tags as they are typed.
pub fn tags_in_words(tags: &BTreeMap<String, String>) -> String {
    let all: Vec<String> = tags
        .iter()
        .map(|(key, value)| text::code(&format!("{key}={value}")))
        .collect();
    all.join(", ")
}

fn total(look: &Look) -> Option<(u64, u64, bool)> {
    let held: Vec<&Held> = look
        .stream
        .shards
        .iter()
        .filter_map(|shard| look.held(shard))
        .collect();
    look.is_counted().then(|| {
        (
            held.iter().map(|held| held.records).sum(),
            held.iter().map(|held| held.bytes).sum(),
            held.iter().any(|held| held.more),
        )
    })
}

/// The shards of a stream, one by one.
pub fn shards(look: &Look, region: Region, picture: Picture) -> Card {
    const TOLD: usize = 20;
    let stream = &look.stream;
    let mut all: Vec<&Shard> = stream.shards.iter().collect();
    all.sort_by_key(|shard| (!shard.open, *shard.hashes.start()));
    let mut lines: Vec<String> = all.iter().take(TOLD).map(|shard| line(look, shard)).collect();
    if all.len() > TOLD {
        lines.push(format!("… and {} more", all.len() - TOLD));
    }
    let open = stream.open_shards().count();
    let closed = match stream.shards.len() - open {
        0 => String::new(),
        closed => format!(", {closed} closed"),
    };
    let card = Card::framed(
        format!("{} · {} open{closed}{}", stream.name, text::count(open as i64, "shard", "shards"), elsewhere(region)),
        lines.join("\n"),
    )
    .footer("load: the busiest second of the last minute, of 1,000 records or 1 MiB · iterator age: of whoever polls")
    .picture(picture);
    match hottest(look) {
        Some(words) => card.field("Hot", words).tone(Tone::Think),
        None => card,
    }
}

fn line(look: &Look, shard: &Shard) -> String {
    let mut facts = vec![format!("**{}** · {}", short(&shard.id), arc(shard))];
    let parents: Vec<String> = [&shard.parent, &shard.adjacent_parent]
        .into_iter()
        .flatten()
        .map(|id| short(id))
        .collect();
    if !parents.is_empty() {
        facts.push(format!("from {}", text::listed(&parents)));
    }
    if let Some(held) = look.held(shard) {
        let more = if held.more { "more than " } else { "" };
        facts.push(format!(
            "{more}{} rec., {}",
            thousands(held.records),
            say::bytes(held.bytes)
        ));
        if shard.open {
            facts.push(format!("load {:.0} %", held.load * 100.0));
        }
    }
    if !shard.open {
        facts.push("closed, still readable".to_owned());
    }
    if let Some(age) = look.shard_age_ms(shard).filter(|&age| age > 0) {
        facts.push(format!("iterator age {}", say::lasting(age)));
    }
    facts.join(" · ")
}

/// What to think about where a shard is nearly full.
fn hottest(look: &Look) -> Option<String> {
    let full = |shard: &&Shard| look.held(shard).is_some_and(|held| held.load >= 0.8);
    let hot: Vec<String> = look
        .stream
        .open_shards()
        .filter(full)
        .map(|shard| shard.id.clone())
        .collect();
    let first = hot.first()?.clone();
    let number = first.trim_start_matches("shardId-").trim_start_matches('0');
    let number = if number.is_empty() { "0" } else { number };
    Some(format!(
        "{} ran at 80 % or more. Many keys on it? `/stream split name:{} shard:{number}` halves them. One hot key? A split \
         won't help: the key itself has to be spread.",
        shorts(&hot),
        look.stream.name
    ))
}

/// A shard was split.
pub fn split(reshaped: &Reshaped, region: Region, picture: Picture) -> Card {
    let stream = &reshaped.stream;
    let owned = |id: &String| {
        stream
            .shards
            .iter()
            .find(|shard| shard.id == *id)
            .map(|shard| format!("{} owns {}", short(id), arc(shard)))
    };
    let halves: Vec<String> = reshaped.opened.iter().filter_map(owned).collect();
    let open = stream.open_shards().count();
    Card::framed(
        format!("{}: {} → {}{}", stream.name, shorts(&reshaped.closed), shorts(&reshaped.opened), elsewhere(region)),
        format!(
            "{} of the ring. The stream now takes {} records or {} MiB a second.\n\n**What of the old records?** They stay in {}, \
             which is closed: read to its end first, then the new ones, so that each key keeps its order.",
            text::listed(&halves),
            thousands(open as u64 * 1_000),
            open,
            shorts(&reshaped.closed),
        ),
    )
    .tone(Tone::Good)
    .footer("A split spreads many keys; one hot key goes to one shard all the same")
    .picture(picture)
}

/// Two shards were merged.
pub fn merged(reshaped: &Reshaped, region: Region, picture: Picture) -> Card {
    let stream = &reshaped.stream;
    let new = stream
        .shards
        .iter()
        .find(|shard| reshaped.opened.contains(&shard.id));
    let owns = new
        .map(|shard| format!("{} owns {} of the ring", short(&shard.id), arc(shard)))
        .unwrap_or_default();
    let open = stream.open_shards().count();
    Card::framed(
        format!("{}: {} → {}{}", stream.name, shorts(&reshaped.closed), shorts(&reshaped.opened), elsewhere(region)),
        format!(
            "{owns}. The stream now takes {} records or {} MiB a second, and on AWS costs one shard less.\n\n**What of the old \
             records?** They stay in {}, closed and still readable until retention lets them go.",
            thousands(open as u64 * 1_000),
            open,
            shorts(&reshaped.closed),
        ),
    )
    .tone(Tone::Good)
    .footer("Merge where both shards are under half full; only neighbours on the ring can merge")
    .picture(picture)
}

/// How long records are kept was set.
pub fn retention(stream: &Stream, before: u32, region: Region) -> Card {
    let now = stream.retention_hours;
    let title = format!(
        "{} keeps records for {}{}",
        stream.name,
        kept_for(now),
        elsewhere(region)
    );
    let why = match now.cmp(&before) {
        std::cmp::Ordering::Equal => "It did so before; nothing was changed.".to_owned(),
        std::cmp::Ordering::Greater => format!(
            "It was {}. A consumer that fails has that long to come back, and anyone may replay that far. On AWS all beyond a day \
             costs extra for each shard and hour.",
            kept_for(before)
        ),
        std::cmp::Ordering::Less => format!(
            "It was {}. What is older than {} can no longer be read, from now on: a consumer further behind loses records.",
            kept_for(before),
            kept_for(now)
        ),
    };
    Card::framed(title, why)
        .fact("Before", format!("{before} hours"))
        .fact("Now", format!("{now} hours"))
}

/// `36 hours`, `7 days`.
fn kept_for(hours: u32) -> String {
    if hours > 24 && hours.is_multiple_of(24) {
        text::count(i64::from(hours / 24), "day", "days")
    } else {
        text::count(i64::from(hours), "hour", "hours")
    }
}

/// Whether a stream may go.
pub fn ask_delete(stream: &Stream, held: Option<&[Held]>, region: Region) -> Card {
    let records = held.map(|held| {
        let records: u64 = held.iter().map(|held| held.records).sum();
        let more = if held.iter().any(|held| held.more) {
            "more than "
        } else {
            ""
        };
        format!("its {more}{} and ", say::records(records))
    });
    Card::framed(
        format!("Delete {}{}?", stream.name, elsewhere(region)),
        format!(
            "The stream, {}everyone's place in it will be gone. That can't be undone.",
            records.unwrap_or_default()
        ),
    )
    .tone(Tone::Think)
}
