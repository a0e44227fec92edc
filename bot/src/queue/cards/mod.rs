//! What queues look like in the channel: always the state, and what happens next. Messages are in `message`.

mod message;

use discord::{Button, Card, Picture, Route, Style, Tone, text};
use sandbox::Region;
use sandbox::queues::{Moved, Queue};

pub use message::{Receiving, Sending, nothing, peeked, received, sent};

use super::words::shown;
use crate::mark;
use crate::place::shown as where_it_is;

/// `30 seconds`, `5 minutes`, `4 days`.
fn duration(seconds: u32) -> String {
    let of = |unit: u32, one, many| text::count(i64::from(seconds / unit), one, many);
    match seconds {
        s if s >= 86_400 && s % 86_400 == 0 => of(86_400, "day", "days"),
        s if s >= 3_600 && s % 3_600 == 0 => of(3_600, "hour", "hours"),
        s if s >= 120 && s % 60 == 0 => of(60, "minute", "minutes"),
        _ => of(1, "second", "seconds"),
    }
}

fn messages(number: u64) -> String {
    text::count(number as i64, "message", "messages")
}

fn body(words: &str) -> String {
    text::code(&text::cut(words, 120))
}

/// A queue was created, or was there already with these settings.
pub fn created(queue: &Queue, region: Region, already: bool, picture: Picture) -> Card {
    let title = if already {
        format!("{} is there already{}", queue.name, where_it_is(region))
    } else {
        format!("{} is ready{}", queue.name, where_it_is(region))
    };
    let received = match queue.visibility {
        0 => "Received, it is **not hidden**: others can receive it at the same time".to_owned(),
        seconds => format!(
            "Received, it is hidden from everyone else for **{}**; not acknowledged by then, it comes back",
            duration(seconds)
        ),
    };
    let mut lines = vec![format!(
        "A message stays until somebody acknowledges it. {received}. If nobody ever acknowledges it, SQS drops it after {}.",
        duration(queue.retention)
    )];
    if queue.delay > 0 {
        lines.push(format!(
            "Each message is held back for {} first.",
            duration(queue.delay)
        ));
    }
    if queue.fifo {
        lines.push(format!(
            "It is a FIFO queue (hence `.fifo`): within a group messages keep their order, and a repeat within 5 minutes is not \
             taken twice, {}.",
            if queue.content_deduplication {
                "told by its body"
            } else {
                "told by its deduplication id"
            }
        ));
    }
    match &queue.dead_letters {
        Some(dead) => lines.push(format!(
            "After {} without acknowledgement a message goes to {}.",
            text::count(i64::from(dead.max_receives), "receive", "receives"),
            shown(&dead.queue)
        )),
        None => lines
            .push("It has no dead-letter queue: a message that always fails keeps coming back.".to_owned()),
    }
    let extra = match (queue.fifo, queue.content_deduplication) {
        (false, _) => "",
        (true, true) => " group:user-1",
        (true, false) => " group:user-1 deduplication:1",
    };
    lines.push(format!(
        "\nNow send something: `/queue send name:{} message:hello{extra}`",
        queue.name
    ));
    Card::framed(title, lines.join("\n"))
        .tone(Tone::Good)
        .picture(picture)
}

/// The member's queues in a region.
pub fn list(queues: &[Queue], more: usize, region: Region) -> Card {
    if queues.is_empty() {
        return Card::framed(
            format!("No queues in {}", region.as_str()),
            "Make your first: `/queue create name:orders`",
        );
    }
    let line = |queue: &Queue| {
        let dead = queue.dead_letters.as_ref();
        let dead = dead.map_or(String::new(), |dead| {
            format!(" · dead letters → {}", shown(&dead.queue))
        });
        format!(
            "• `{}` · {} visible, {} in flight, {} delayed{dead}",
            queue.name, queue.visible, queue.in_flight, queue.delayed
        )
    };
    let mut lines: Vec<String> = queues.iter().map(line).collect();
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
    let count = text::count((queues.len() + more) as i64, "queue", "queues");
    Card::framed(format!("{count} in {}", region.as_str()), lines.join("\n"))
        .footer("/queue peek shows what is in one · counts are approximate on AWS, exact here")
}

/// Dead letters were moved.
pub fn redriven(
    dead: &Queue,
    targets: &[String],
    moved: &Moved,
    region: Region,
    picture: Option<Picture>,
) -> Card {
    let to = if targets.is_empty() {
        "where each came from".to_owned()
    } else {
        let names: Vec<String> = targets.iter().map(|name| shown(name)).collect();
        text::listed(&names)
    };
    let (number, words) = match moved {
        Moved::All(0) => (
            0,
            "There was nothing to move. Messages in flight stay: a move takes those that can be received."
                .to_owned(),
        ),
        Moved::All(number) => (
            *number,
            format!(
                "{} back to {to}. Each is a new message there: a new id, a receive count of 0, another full set of tries. If the cause \
                 is not mended, they will be back here.",
                text::count(*number as i64, "message went", "messages went")
            ),
        ),
        Moved::SoFar(number) => (
            *number,
            format!(
                "{} so far; the move goes on in the background. `/queue peek` shows how far it is.",
                messages(*number)
            ),
        ),
        Moved::Stopped(number, why) => (
            *number,
            format!(
                "{} went back, then the move stopped: {}. Is the queue they came from still there? `to:` names another one.",
                messages(*number),
                shown(why)
            ),
        ),
    };
    let title = format!("{} → {}{}", dead.name, messages(number), where_it_is(region));
    let tone = match moved {
        Moved::All(1..) => Tone::Good,
        Moved::Stopped(..) => Tone::Think,
        _ => Tone::Plain,
    };
    let card = Card::framed(title, words).tone(tone);
    match picture {
        Some(picture) => card.picture(picture),
        None => card,
    }
}

/// Asks before a queue is deleted.
pub fn deleting(queue: &Queue, region: Region, member: u64) -> Card {
    let all = queue.visible + queue.in_flight + queue.delayed;
    let lost = if all == 0 {
        "It is empty.".to_owned()
    } else {
        format!(
            "{} with it, for good.",
            text::count(all as i64, "message goes", "messages go")
        )
    };
    let route = |verb: &str| {
        Route::new("queue", verb)
            .owned_by(member)
            .arg(region.as_str())
            .arg(mark::of(&queue.name))
            .arg(queue.created_at)
    };
    Card::framed(format!("Delete {}?{}", queue.name, where_it_is(region)), lost).buttons(vec![
        Button::new("Delete", Style::Danger, &route("delete")),
        Button::new("Keep it", Style::Secondary, &route("keep")),
    ])
}

/// A queue is gone.
pub fn deleted(name: &str, region: Region) -> Card {
    Card::framed(
        format!("{name} is deleted{}", where_it_is(region)),
        "Its messages are gone with it. SQS frees the name after 60 seconds.",
    )
}

/// A queue stays.
pub fn kept(name: &str, region: Region) -> Card {
    Card::framed(
        format!("{name} stays{}", where_it_is(region)),
        "Nothing was deleted.",
    )
}
