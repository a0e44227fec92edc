//! Messages as the channel sees them: sent, received, peeked at.

use discord::{Button, Card, Picture, Route, Row, Style, Tone, text};
use sandbox::Region;
use sandbox::queues::{Outgoing, Queue, Seen, SeenState, Sent};

use super::{body, duration, messages};
use crate::attributes;
use crate::place::shown as where_it_is;
use crate::queue::store::{Outcome, Receipt};
use crate::queue::words::shown;

/// Messages shown in one answer.
const SHOWN: usize = 12;

/// What is known of a message that was sent.
pub struct Sending<'a> {
    /// Where to.
    pub queue: &'a Queue,
    /// Where that is.
    pub region: Region,
    /// What was sent.
    pub message: &'a Outgoing,
    /// What SQS answered.
    pub sent: &'a Sent,
    /// Whether the queue knew it, and took nothing.
    pub duplicate: bool,
}

/// A message was sent.
pub fn sent(sending: &Sending<'_>, picture: Picture) -> Card {
    let Sending {
        queue, message, sent, ..
    } = sending;
    let bytes = text::count(message.body.len() as i64, "byte", "bytes");
    let title = format!("{} ← {bytes}{}", queue.name, where_it_is(sending.region));
    let mut lines = vec![format!("{} · message id `{}`", body(&message.body), sent.id)];
    if let (Some(group), Some(sequence)) = (&message.group, &sent.sequence) {
        lines.push(format!("Group {} · sequence number `{sequence}`", shown(group)));
    }
    let typed = message.attributes.iter();
    if let Some(shown) =
        attributes::shown(typed.map(|(name, value)| (name.as_str(), attributes::plain(value))))
    {
        lines.push(format!("Attributes {shown}"));
    }
    let held = message.delay.unwrap_or(queue.delay);
    lines.push(if sending.duplicate {
        "**A duplicate: nothing new was stored.** A message with this deduplication id came within the last 5 minutes; the sender is \
         told the first one's id, so sending again after a lost answer is safe."
            .to_owned()
    } else if held > 0 {
        format!("It is held back for {}: nobody can receive it before.", duration(held))
    } else if queue.fifo {
        "It waits behind the earlier messages of its group. Other groups do not wait for it.".to_owned()
    } else {
        "It can be received now. Sending waits for nobody: the queue keeps it until a consumer is ready.".to_owned()
    });
    lines.push(format!("\nNext: `/queue receive name:{}`", queue.name));
    let card = Card::framed(title, lines.join("\n")).picture(picture);
    if sending.duplicate {
        card.tone(Tone::Think)
    } else {
        card
    }
}

/// Nothing came.
pub fn nothing(queue: &Queue, region: Region, died: u64, picture: Picture) -> Card {
    let mut lines = Vec::new();
    if died > 0 {
        lines.push(dead_words(queue, died));
    }
    lines.push(match (queue.visible, queue.in_flight, queue.delayed) {
        (0, 0, 0) => format!("The queue is empty. `/queue send name:{} message:hello` puts something in.", queue.name),
        (visible, flying, _) if visible > 0 && flying > 0 && queue.fifo => format!(
            "{} could be received, were it not for those in flight: **a group is blocked while one of its messages is in flight**, \
             so that nothing overtakes. Acknowledge what you hold (`/queue ack`), or wait until it comes back.",
            messages(visible)
        ),
        (0, flying, 0) => format!(
            "{} in flight: received by somebody and hidden until acknowledged or {} are over. Then it comes back.",
            text::count(flying as i64, "message is", "messages are"),
            duration(queue.visibility)
        ),
        (0, 0, delayed) => format!(
            "{} held back by a delay; nobody can receive it before.",
            text::count(delayed as i64, "message is", "messages are")
        ),
        _ => format!(
            "Nothing can be received yet: {} in flight (received, not yet acknowledged), {} held back by a delay.",
            messages(queue.in_flight),
            queue.delayed
        ),
    });
    let title = format!("{} → nothing to receive{}", queue.name, where_it_is(region));
    Card::framed(title, lines.join("\n\n"))
        .footer("wait:20 asks SQS to hold the line for up to 20 s until something comes (long polling)")
        .picture(picture)
}

/// A receive's surroundings.
pub struct Receiving<'a> {
    /// The queue as it is now.
    pub queue: &'a Queue,
    /// Who holds the messages.
    pub member: u64,
    /// How many went to the dead-letter queue instead.
    pub died: u64,
}

fn dead_words(queue: &Queue, died: u64) -> String {
    let Some(dead) = &queue.dead_letters else {
        return String::new();
    };
    format!(
        "**{} to {}**: received {} without being acknowledged, so SQS set it aside for a person to look at. `/queue peek name:{}` \
         shows it, `/queue redrive name:{}` moves it back once the cause is mended.",
        text::count(died as i64, "message went", "messages went"),
        shown(&dead.queue),
        text::count(i64::from(dead.max_receives), "time", "times"),
        dead.queue,
        dead.queue
    )
}

/// Messages in hand, each with what became of it.
pub fn received(receiving: &Receiving<'_>, receipts: &[Receipt], region: Region, picture: Picture) -> Card {
    let queue = receiving.queue;
    let title = format!(
        "{} → {}{}",
        queue.name,
        messages(receipts.len() as u64),
        where_it_is(region)
    );
    let mut lines: Vec<String> = receipts
        .iter()
        .map(|receipt| line(receipt, receipts.len()))
        .collect();
    if receiving.died > 0 {
        lines.push(format!("\n{}", dead_words(queue, receiving.died)));
    }
    let held: Vec<&Receipt> = receipts
        .iter()
        .filter(|receipt| receipt.outcome == Outcome::Held)
        .collect();
    let card = Card::framed(title, lines.join("\n")).picture(picture);
    let Some(first) = held.first() else {
        return card.tone(Tone::Good);
    };
    let then = match &queue.dead_letters {
        Some(dead) => format!(
            " After {} it goes to {}.",
            receives(dead.max_receives.into()),
            dead.queue
        ),
        None => String::new(),
    };
    let footer = format!(
        "Acknowledge = done, delete it. Do nothing, and it comes back with a higher receive count, for whoever asks next.{then}"
    );
    let mut card = card.footer(footer);
    card.rows = rows(&held, receipts.len() == 1, &first.receive_id, receiving.member);
    card
}

fn receives(number: i64) -> String {
    text::count(number, "receive", "receives")
}

/// A message in hand, on two lines.
fn line(receipt: &Receipt, of: usize) -> String {
    let number = if of == 1 {
        String::new()
    } else {
        format!("**{}** ", receipt.place)
    };
    let group = receipt
        .group
        .as_ref()
        .map_or(String::new(), |group| format!(" · group {}", shown(group)));
    let became = match receipt.outcome {
        Outcome::Held => format!(
            "hidden from everyone else until {} ({})",
            text::moment(receipt.hidden_until, 'T'),
            text::moment(receipt.hidden_until, 'R')
        ),
        Outcome::Acknowledged => "✅ **acknowledged**: deleted, it never comes back".to_owned(),
        Outcome::Back => "↩️ **put back**: visible again at once, its count stays".to_owned(),
        Outcome::Gone => "⌛ **too late**: it is no longer in this queue. Somebody else acknowledged it, or it was received too often \
                          and is among the dead letters."
            .to_owned(),
        Outcome::Late => "⌛ **too late**: its time was over and it was handed out again, so this receipt handle is stale and \
                          deleted nothing. The newest receive counts."
            .to_owned(),
    };
    let attributes = match receipt.attributes.as_str() {
        "" => String::new(),
        some => format!("with {some}\n"),
    };
    format!(
        "{number}{}{group} · {}\n{attributes}{became}",
        text::code(&receipt.body),
        ordinal(receipt.receives)
    )
}

/// How often a message was received, told so that a redelivery stands out.
fn ordinal(receives: i64) -> String {
    match receives {
        1 => "first receive".to_owned(),
        number => format!("receive number **{number}**: it was not acknowledged before"),
    }
}

fn rows(held: &[&Receipt], single: bool, receive_id: &str, member: u64) -> Vec<Row> {
    let route = |verb: &str, id: &str| Route::new("queue", verb).owned_by(member).arg(id);
    let acknowledge = |receipt: &&Receipt| {
        let label = if single {
            "Acknowledge".to_owned()
        } else {
            format!("Acknowledge {}", receipt.place)
        };
        Button::new(label, Style::Success, &route("ack", &receipt.id))
    };
    let mut buttons: Vec<Button> = held.iter().map(acknowledge).collect();
    if held.len() > 1 {
        buttons.push(Button::new(
            "Acknowledge all",
            Style::Success,
            &route("all", receive_id),
        ));
    }
    let label = if held.len() > 1 {
        "Put all back"
    } else {
        "Put it back"
    };
    buttons.push(Button::new(label, Style::Secondary, &route("back", receive_id)));
    buttons.chunks(5).map(|row| Row::Buttons(row.to_vec())).collect()
}

/// What is in a queue, seen without receiving.
pub fn peeked(queue: &Queue, region: Region, seen: &[Seen], picture: Picture) -> Card {
    let title = format!(
        "{} holds {}{}",
        queue.name,
        messages(seen.len() as u64),
        where_it_is(region)
    );
    let line = |message: &Seen| {
        let state = match message.state {
            SeenState::Visible => "visible".to_owned(),
            SeenState::InFlight(until) => format!("in flight, back {}", text::moment(until, 'R')),
            SeenState::Delayed(until) => format!("delayed, visible {}", text::moment(until, 'R')),
        };
        let mut facts = vec![state];
        if let Some(group) = &message.group {
            facts.push(format!("group {}", shown(group)));
        }
        facts.push(match message.receives {
            0 => "never received".to_owned(),
            number => format!("received {}", text::count(i64::from(number), "time", "times")),
        });
        let named = message.attributes.iter();
        if let Some(shown) = attributes::shown(named.map(|(name, value)| (name.as_str(), value.clone()))) {
            facts.push(format!("with {shown}"));
        }
        if let Some(source) = &message.came_from {
            facts.push(format!("a dead letter of {}", shown(source)));
        }
        format!("{} · {}", body(&message.body), facts.join(" · "))
    };
    let mut lines: Vec<String> = seen.iter().take(SHOWN).map(line).collect();
    if seen.len() > SHOWN {
        lines.push(format!("… and {} more", seen.len() - SHOWN));
    }
    if seen.is_empty() {
        lines.push("Nothing is in it, neither visible nor in flight nor delayed.".to_owned());
    }
    Card::framed(title, lines.join("\n"))
        .footer(
            "Only your sandbox can peek: SQS has no such call. There, seeing a message means receiving it, which hides it and raises \
             its receive count.",
        )
        .picture(picture)
}
