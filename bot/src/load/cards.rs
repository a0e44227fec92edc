//! A load as the channel sees it: while it runs, and what came of it.

use discord::{Button, Card, Failure, Picture, Route, Style, Tone, text};
use pictures::LoadChart;
use sandbox::{Fault, InForce};

use super::shape::Pattern;
use super::{End, Load};
use crate::place;
use crate::stream::say::{percent, records, short, thousands};

/// A load under way.
pub fn running(load: &Load) -> Card {
    let progress = &load.progress;
    let shape = &load.shape;
    let done = progress.seconds.len() as u64;
    let last = progress.seconds.iter().rev().nth(1).or(progress.seconds.last());
    let (taken, throttled) = last.copied().unwrap_or_default();
    let bar = (done * 20 / u64::from(shape.seconds.max(1))).min(20) as usize;
    let stop = Route::new("load", "stop").owned_by(load.member_id).arg(&load.id);
    Card::framed(
        format!("{} · load{}", load.stream, place::shown(load.region)),
        format!(
            "{}\n`{}{}` {done} of {} s",
            in_words(load),
            "█".repeat(bar),
            "░".repeat(20 - bar),
            shape.seconds
        ),
    )
    .fact(
        "Last second",
        format!("{} taken, {} throttled", thousands(taken), thousands(throttled)),
    )
    .fact(
        "So far",
        format!(
            "{} taken, {} throttled",
            thousands(progress.taken()),
            thousands(progress.throttled())
        ),
    )
    .fact("A call takes", latency(load))
    .buttons(vec![Button::new("Stop", Style::Secondary, &stop)])
}

/// What was asked for.
fn in_words(load: &Load) -> String {
    let shape = &load.shape;
    let rate = thousands(u64::from(shape.rate));
    match shape.pattern {
        Pattern::Steady => format!("{rate} records a second over 50 keys"),
        Pattern::Burst => format!(
            "{} records in one second of each five, over 50 keys",
            thousands(u64::from(shape.rate) * 5)
        ),
        Pattern::Ramp => format!(
            "rising from 0 to {} records a second over 50 keys",
            thousands(u64::from(shape.rate) * 2)
        ),
        Pattern::HotKey => format!("{rate} records a second, four of five with the key `user-1`"),
    }
}

fn latency(load: &Load) -> String {
    if load.progress.seconds.is_empty() {
        return "nothing sent yet".to_owned();
    }
    let ms = |of| {
        let ms = load.progress.percentile(of);
        if ms < 10.0 {
            format!("{ms:.1} ms")
        } else {
            format!("{ms:.0} ms")
        }
    };
    format!("p50 {} · p95 {} · p99 {}", ms(50), ms(95), ms(99))
}

/// A load that is over.
pub async fn over(load: &Load, end: End) -> Result<Card, Failure> {
    let progress = &load.progress;
    let (taken, throttled) = (progress.taken(), progress.throttled());
    let all = taken + throttled + progress.failed;
    let title = match end {
        End::Done => format!("{} took {} of {}", load.stream, thousands(taken), records(all)),
        End::Stopped => format!("{} · the load was stopped", load.stream),
        End::Gone => format!("{} · the load ended: the stream is gone", load.stream),
        End::Full => format!("{} · the load ended: your sandbox is full", load.stream),
        End::Late => format!("{} · the load could not be sent in time", load.stream),
        End::CutShort => format!("{} · the load was cut short", load.stream),
    };
    let mut parts = vec![format!(
        "{}, for {} s.",
        upper(&in_words(load)),
        progress.seconds.len()
    )];
    parts.extend(what_happened(load));
    parts.extend(after(end));
    let seconds = progress.seconds.len().max(1) as u64;
    let card = Card::framed(
        format!("{title}{}", place::shown(load.region)),
        parts.join("\n\n"),
    )
    .fact(
        "Throughput",
        format!("{} records/s taken", thousands(taken / seconds)),
    )
    .fact(
        "Throttled",
        format!("{} · {}", thousands(throttled), percent(throttled, all)),
    )
    .fact("A call took", latency(load))
    .tone(if throttled > 0 || end != End::Done {
        Tone::Think
    } else {
        Tone::Good
    });
    let card = if progress.failed > 0 {
        card.fact("Failed otherwise", thousands(progress.failed))
    } else {
        card
    };
    Ok(if all > 0 {
        card.picture(picture(load).await?)
    } else {
        card
    })
}

/// Why it came out so: where the records went, and what was in the way.
fn what_happened(load: &Load) -> Option<String> {
    let progress = &load.progress;
    let (fullest, most) = progress.shards.iter().max_by_key(|(_, taken)| **taken)?;
    let taken = progress.taken();
    let share = percent(*most, taken);
    let shards = load.limit / 1_000;
    let throttled = progress.throttled();
    if throttled == 0 {
        return Some(format!(
            "**Why no throttling?** Each shard takes 1,000 records a second, and no second brought more than a shard's share; {} got the \
             most, {share}.",
            short(fullest)
        ));
    }
    if peak(load) <= 1_000 {
        return Some(
            "**Why throttled?** Not by its shards: no second brought more than a single one takes. Either your sandbox had its 100 \
             requests of that second, or `/lab fault` refuses on purpose."
                .to_owned(),
        );
    }
    Some(match load.shape.pattern {
        Pattern::HotKey if shards > 1 => format!(
            "**Why throttled?** All of `user-1` goes to {}, however idle the other {}: it took its 1,000 a second and refused the rest, \
             while {} of what was taken is its. More shards would not help; spreading the key would, `user-1#0` to `user-1#9`.",
            short(fullest),
            if shards == 2 { "is" } else { "shards are" },
            share
        ),
        Pattern::Burst => format!(
            "**Why throttled?** A shard's limit counts each second by itself: the quiet seconds before a burst are not saved up. {} \
             for the peak, or a producer that spreads its burst, would take all.",
            upper(&more_shards(load))
        ),
        _ => format!(
            "**Why throttled?** {} can take {} records a second, and this was more. {} would take all: `/stream split`.",
            upper(&text::count(shards as i64, "shard", "shards")),
            thousands(load.limit),
            upper(&more_shards(load))
        ),
    })
}

/// The most that a second brought.
fn peak(load: &Load) -> u64 {
    let seconds = load.progress.seconds.iter();
    seconds
        .map(|(taken, throttled)| taken + throttled)
        .max()
        .unwrap_or(0)
}

/// How many shards the peak would need.
fn more_shards(load: &Load) -> String {
    text::count(peak(load).div_ceil(1_000).max(1) as i64, "shard", "shards")
}

fn after(end: End) -> Option<String> {
    let words = match end {
        End::Full => {
            "`/sandbox usage` shows how full it is; `/stream delete` or `/sandbox reset` makes room."
        }
        End::Late => {
            "Each call took so long that twice the time was over: that is what latency does to a producer that waits for it."
        }
        End::CutShort => {
            "I was started anew while it ran. What was sent is in the stream; `/lab load` begins another."
        }
        End::Done | End::Stopped | End::Gone => return None,
    };
    Some(words.to_owned())
}

/// What goes wrong on purpose in a member's sandbox, and what a good program does about it.
pub fn fault(now: Option<InForce>, member: u64) -> Card {
    let Some(InForce { fault, until }) = now else {
        return Card::framed(
            "Your sandbox works as it should",
            "Nothing goes wrong on purpose. `/lab fault kind:duplicate` lets something: in your own sandbox alone, and for a minute.",
        )
        .tone(Tone::Good);
    };
    let Wrong { title, what, helps } = wrong(fault);
    let mend = Route::new("load", "mend").owned_by(member);
    Card::framed(
        title,
        format!(
            "{what}\n\n**What helps?** {helps}\n\nIt is so in your own sandbox alone, in chat and for your programs, and ends {}.",
            text::moment(until.timestamp_millis(), 'R')
        ),
    )
    .tone(Tone::Think)
    .buttons(vec![Button::new("End it now", Style::Secondary, &mend)])
}

/// A fault in words.
struct Wrong {
    title: &'static str,
    what: String,
    helps: &'static str,
}

fn wrong(fault: Fault) -> Wrong {
    match fault {
        Fault::Delay(by) => Wrong {
            title: "Everything is slow",
            what: format!("Each call takes {} ms longer.", by.as_millis()),
            helps: "Send in batches, so that fewer calls wait; set time-outs; hold no lock while you wait. `/lab load` shows the \
                    latency as p50, p95 and p99.",
        },
        Fault::Throttle => Wrong {
            title: "Every second call is throttled",
            what: "Every second put, send, publish, read or receive is refused as too fast.".to_owned(),
            helps: "Wait longer after each refusal, with a little chance in it, and send again only what was refused. `/lab load` \
                    counts the refusals.",
        },
        Fault::Crash => Wrong {
            title: "A consumer crashes",
            what: "The next reader that is given something dies before it can use it, and so does one every ten seconds. A stream's \
                   reader has not saved its place; a queue's messages stay in flight until their visibility timeout is over."
                .to_owned(),
            helps: "Save your place, or delete the message, only when the work is done: then everything comes again and nothing is \
                    lost. Try `/stream read` or `/queue receive`, twice.",
        },
        Fault::Duplicate => Wrong {
            title: "Everything is sent twice",
            what: "What you put, send or publish goes in twice, as when an answer is lost and the producer tries again. The copy has a \
                   sequence number or message id of its own. Tables are spared."
                .to_owned(),
            helps: "Give each event an id in its data, and let the consumer skip what it has done. A FIFO queue knows the copy by its \
                    deduplication id. Try `/stream put`, then `/stream read`.",
        },
        Fault::Reorder => Wrong {
            title: "Order is lost where AWS promises none",
            what: "A standard queue hands out its newest message first, and the records of one `PutRecords` go in last first. A FIFO \
                   queue keeps its order, and so do records put one by one."
                .to_owned(),
            helps: "Go by a number or a time in the event, not by arrival; or take a FIFO queue, or one `PutRecord` after the other. Try \
                    `/stream load`, then `/stream read`.",
        },
    }
}

fn upper(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}

async fn picture(load: &Load) -> Result<Picture, Failure> {
    let chart = LoadChart {
        stream: load.stream.clone(),
        plan: in_words(load).replace('`', ""),
        seconds: load.progress.chart_seconds(),
        limit: load.limit,
        latencies: load.progress.latencies(),
    };
    let picture = tokio::task::spawn_blocking(move || pictures::load(&chart)).await??;
    Ok(Picture {
        name: "load.png".to_owned(),
        png: picture.png,
        alt: picture.alt,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sandbox::Region;
    use sandbox::streams::Fate;

    use super::*;
    use crate::load::shape::{Progress, Shape};

    /// A load on two shards, one second of which came out like this.
    fn load(taken: usize, throttled: usize) -> Load {
        let mut progress = Progress::default();
        let mut fates = vec![
            Fate::Taken {
                shard: "shardId-000000000000".into()
            };
            taken
        ];
        fates.extend(vec![Fate::Throttled; throttled]);
        progress.note(0, &fates, Duration::from_millis(5));
        Load {
            id: String::new(),
            guild_id: 1,
            member_id: 2,
            channel_id: 3,
            message_id: None,
            region: Region::UsEast1,
            stream: "orders".to_owned(),
            shape: Shape {
                rate: 100,
                seconds: 5,
                pattern: Pattern::Steady,
            },
            limit: 2_000,
            progress,
        }
    }

    #[test]
    fn shards_are_blamed_only_where_one_could_have_been_full() {
        let why = |taken, throttled| what_happened(&load(taken, throttled)).unwrap();
        assert!(why(100, 0).contains("Why no throttling?"));
        assert!(why(50, 50).contains("Not by its shards"), "{}", why(50, 50));
        assert!(
            why(1_000, 600).contains("2 shards can take 2,000"),
            "{}",
            why(1_000, 600)
        );
    }
}
