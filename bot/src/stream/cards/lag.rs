//! Lag as the channel sees it: what waits, for how long, and what that means.

use discord::{Button, Card, Picture, Route, Style, Tone, text};
use sandbox::Region;
use sandbox::streams::Shard;

use crate::place::{shown as elsewhere, typed as typed_region};
use crate::stream::look::Look;
use crate::stream::say::{self, lasting, short, thousands};
use crate::stream::watch::{End, Watch};

/// How far the member's reading is behind.
pub fn lag(look: &Look, region: Region, picture: Picture) -> Card {
    let stream = &look.stream;
    let (waiting, more) = look.waiting();
    let title = match waiting {
        0 => format!("{} · nothing waits{}", stream.name, elsewhere(region)),
        1 => format!("{} · 1 record waits{}", stream.name, elsewhere(region)),
        waiting => {
            let more = if more { "more than " } else { "" };
            format!(
                "{} · {more}{} records wait{}",
                stream.name,
                thousands(waiting),
                elsewhere(region)
            )
        }
    };
    let behind = |shard: &&Shard| look.unread(shard).is_some_and(|held| held.records > 0);
    let mut lines: Vec<String> = stream
        .shards
        .iter()
        .filter(behind)
        .take(15)
        .map(|shard| line(look, shard))
        .collect();
    if lines.is_empty() {
        lines.push(if look.is_counted() {
            "Everything there is has been read: the iterator age is 0 on every shard.".to_owned()
        } else {
            "This stream has too many shards for me to look through; `/stream read` with a `shard:` shows one.".to_owned()
        });
    } else {
        lines.push(format!(
            "\n**Why?** Records come faster than they are read. Read on with `/stream read name:{}{}`; beyond the retention of {} \
             unread records are lost.",
            stream.name,
            typed_region(region),
            text::count(i64::from(stream.retention_hours), "hour", "hours")
        ));
    }
    let card = Card::framed(title, lines.join("\n"))
        .fact("Oldest waiting", lasting(look.age_ms()))
        .footer(
            "Counted from the furthest that anyone has polled: /stream read, or a program with GetRecords",
        )
        .picture(picture);
    if waiting > 0 {
        card.tone(Tone::Think)
    } else {
        card.tone(Tone::Good)
    }
}

fn line(look: &Look, shard: &Shard) -> String {
    let held = look.unread(shard);
    let (records, bytes) = held.map_or((0, 0), |held| (held.records, held.bytes));
    let more = if held.is_some_and(|held| held.more) {
        "more than "
    } else {
        ""
    };
    let closed = if shard.open {
        ""
    } else {
        " · closed: read it to its end first"
    };
    format!(
        "**{}** · {more}{} waiting, {} · iterator age {}{closed}",
        short(&shard.id),
        thousands(records),
        say::bytes(bytes),
        lasting(look.shard_age_ms(shard).unwrap_or_default())
    )
}

/// A watch under way.
pub fn watching(watch: &Watch, picture: Picture) -> Card {
    let name = &watch.stream;
    let region = typed_region(watch.region);
    let stop = Route::new("stream", "stop")
        .owned_by(watch.member_id)
        .arg(&watch.id);
    Card::framed(
        format!("{name} · lag, as it changes{}", elsewhere(watch.region)),
        format!(
            "{}\n\nMake it grow: `/stream load name:{name} count:500{region}`. Make it fall: `/stream read name:{name} count:500{region}`, \
             or your own program.\nI look every few seconds and stop {}.",
            now_in_words(watch),
            text::moment(watch.ends_at, 'R'),
        ),
    )
    .picture(picture)
    .buttons(vec![Button::new("Stop", Style::Secondary, &stop)])
}

fn now_in_words(watch: &Watch) -> String {
    let Some(last) = watch.looks.last() else {
        return "Looking for the first time…".to_owned();
    };
    let before = watch
        .looks
        .iter()
        .rev()
        .nth(1)
        .map_or(last.waiting, |seen| seen.waiting);
    let trend = match last.waiting.cmp(&before) {
        std::cmp::Ordering::Greater => " ↗ growing",
        std::cmp::Ordering::Less => " ↘ falling",
        std::cmp::Ordering::Equal => "",
    };
    match last.waiting {
        0 => format!("**Nothing waits.** Whoever polls is up to date.{trend}"),
        waiting => format!(
            "**{} {}**, the oldest for {}.{trend}",
            say::records(waiting),
            if waiting == 1 { "waits" } else { "wait" },
            lasting(last.age_ms)
        ),
    }
}

/// A watch that is over.
pub fn watched(watch: &Watch, end: End, picture: Picture) -> Card {
    let ended = match end {
        End::Time => format!("I watched for {} s, as agreed.", watch.seconds()),
        End::Stopped => format!(
            "You stopped it after {} s.",
            watch.looks.last().map_or(0, |seen| seen.at_ms / 1_000)
        ),
        End::Gone => "The stream is gone, and with it what there was to watch.".to_owned(),
    };
    let gap = if watch.has_a_gap() {
        " I was away for a moment in between: the straight line there is a guess."
    } else {
        ""
    };
    Card::framed(
        format!("{} · the watch is over{}", watch.stream, elsewhere(watch.region)),
        format!("{ended}{gap}\n\n{}", in_hindsight(watch)),
    )
    .footer("/stream watch begins another")
    .picture(picture)
}

/// How it went, and why.
fn in_hindsight(watch: &Watch) -> String {
    let (Some(most), Some(last)) = (
        watch.looks.iter().max_by_key(|seen| seen.waiting),
        watch.looks.last(),
    ) else {
        return "There was no time to look even once.".to_owned();
    };
    if most.waiting == 0 {
        return "Nothing waited at any look: nothing came, or reading kept up.".to_owned();
    }
    let peak = format!(
        "At most {} waited, after {} s",
        say::records(most.waiting),
        most.at_ms / 1_000
    );
    if last.waiting == 0 {
        format!(
            "{peak}; at the end nothing did. **Why?** Lag grows while records come faster than they are read, and falls as soon as \
             reading is the faster one."
        )
    } else if last.waiting * 2 < most.waiting {
        format!(
            "{peak}; at the end {}. Reading was the faster one: it was catching up.",
            thousands(last.waiting)
        )
    } else {
        format!(
            "{peak}; at the end {}, the oldest for {}. **Why?** Records came and nobody read them, or too slowly: a larger batch, or a \
             consumer for each shard, reads faster. Beyond retention they would be lost.",
            thousands(last.waiting),
            lasting(last.age_ms)
        )
    }
}
