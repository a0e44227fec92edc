//! What topics look like in the channel: who got a message, and what kept it from the others.

use discord::{Button, Card, Picture, Route, Style, Tone, text};
use pictures::Outcome;
use sandbox::Region;
use sandbox::topics::{Publication, Published, Subscription, Topic};

use super::filter;
use super::words::shown;
use crate::mark;
use crate::place::{shown as where_it_is, title as short};

/// Subscriptions told in words in one answer.
const TOLD: usize = 15;

/// A topic was created.
pub fn created(topic: &Topic, region: Region) -> Card {
    let fifo = if topic.fifo {
        "\nIt is a FIFO topic (hence `.fifo`): its queues get each group's messages in order, and a repeat within 5 minutes once. FIFO \
         queues can subscribe too."
    } else {
        ""
    };
    Card::framed(
        format!("{} is ready{}", short(&topic.name), where_it_is(region)),
        format!(
            "What is published here goes to **every** queue that subscribes: each gets its own copy. That is *fan-out*. A topic keeps \
             nothing; who subscribes later misses what came before.{fifo}\n\nNow subscribe a queue: \
             `/topic subscribe name:{} queue:orders`",
            topic.name
        ),
    )
    .tone(Tone::Good)
}

/// The member's topics in a region.
pub fn list(topics: &[(String, Vec<Subscription>)], more: usize, region: Region) -> Card {
    if topics.is_empty() {
        return Card::framed(
            format!("No topics in {}", region.as_str()),
            "Make your first: `/topic create name:news`",
        );
    }
    let line = |(name, subscriptions): &(String, Vec<Subscription>)| {
        let queues: Vec<String> = subscriptions
            .iter()
            .take(6)
            .map(|one| shown(&one.queue))
            .collect();
        match subscriptions.len() {
            0 => format!("• `{name}` · nobody subscribes"),
            1..=6 => format!("• `{name}` → {}", text::listed(&queues)),
            all => format!("• `{name}` → {} and {} more", queues.join(", "), all - 6),
        }
    };
    let mut lines: Vec<String> = topics.iter().map(line).collect();
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
    let count = text::count((topics.len() + more) as i64, "topic", "topics");
    Card::framed(format!("{count} in {}", region.as_str()), lines.join("\n"))
        .footer("/topic publish shows which queue gets a message")
}

fn takes(subscription: &Subscription) -> String {
    match &subscription.filter {
        None => "everything".to_owned(),
        Some(policy) => {
            let where_to_look = if subscription.filter_on_body {
                "in the body "
            } else {
                ""
            };
            let words = text::code(&text::cut(&filter::in_words(policy), 160));
            format!("only what has {where_to_look}{words}")
        }
    }
}

/// A queue was subscribed.
pub fn subscribed(
    topic: &Topic,
    region: Region,
    subscription: &Subscription,
    already: bool,
    picture: Picture,
) -> Card {
    let begin = if already {
        "It was subscribed already, and nothing changed. "
    } else {
        ""
    };
    let wrapped = if subscription.raw {
        "It gets the **body alone** (raw)."
    } else {
        "It gets each message in an **envelope**: JSON with the message, its id, subject and attributes. `raw:True` leaves the envelope out."
    };
    let look = match (&subscription.filter, subscription.filter_on_body) {
        (None, _) => "",
        (Some(_), false) => " The filter looks at a message's *attributes*, not at what it says.",
        (Some(_), true) => " The filter looks into the body, which must be JSON.",
    };
    Card::framed(
        format!(
            "{} → {}{}",
            short(&topic.name),
            subscription.queue,
            where_it_is(region)
        ),
        format!(
            "{begin}{} takes {}.{look}\n{wrapped}\n\nNow publish: `/topic publish name:{} message:hello`",
            shown(&subscription.queue),
            takes(subscription),
            topic.name
        ),
    )
    .tone(Tone::Good)
    .picture(picture)
}

/// What was published, and what became of it.
pub struct Publishing<'a> {
    /// Where.
    pub topic: &'a Topic,
    /// Where that is.
    pub region: Region,
    /// The message.
    pub message: &'a Publication,
    /// What SNS answered.
    pub published: &'a Published,
    /// Each subscription with what became of the message there.
    pub branches: &'a [(Subscription, Outcome)],
    /// Whether it was counted what became of it; AWS does not tell.
    pub counted: bool,
    /// Whether the topic knew it, and delivered nothing.
    pub duplicate: bool,
}

/// A message was published.
pub fn published(publishing: &Publishing<'_>, picture: Picture) -> Card {
    let Publishing {
        topic,
        message,
        published,
        branches,
        ..
    } = publishing;
    let got = branches
        .iter()
        .filter(|(_, outcome)| *outcome == Outcome::Delivered)
        .count();
    let heard = if publishing.counted {
        text::count(got as i64, "queue", "queues")
    } else {
        "whoever's filter takes it".to_owned()
    };
    let title = format!(
        "{} → {heard}{}",
        short(&topic.name),
        where_it_is(publishing.region)
    );
    let mut lines = vec![format!(
        "{} · message id `{}`",
        text::code(&text::cut(&message.body, 120)),
        published.id
    )];
    if let (Some(group), Some(sequence)) = (&message.group, &published.sequence) {
        lines.push(format!("Group {} · sequence number `{sequence}`", shown(group)));
    }
    if publishing.duplicate {
        lines.push(
            "**A duplicate: delivered to nobody.** A message with this deduplication id came within the last 5 minutes; the publisher is \
             told the first one's id."
                .to_owned(),
        );
    } else if branches.is_empty() {
        lines.push(
            "Nobody subscribes, so it is **gone**: a topic keeps nothing. `/topic subscribe` gives it somewhere to go.".to_owned(),
        );
    } else {
        lines.extend(branches.iter().take(TOLD).map(line));
        if branches.len() > TOLD {
            lines.push(format!("… and {} more", branches.len() - TOLD));
        }
        if !publishing.counted {
            lines.push(
                "\nAWS delivers in the background and tells the publisher nothing of it: `/queue receive` shows what arrived.".to_owned(),
            );
        }
        if let Some((subscription, _)) = branches
            .iter()
            .find(|(_, outcome)| *outcome == Outcome::Delivered)
        {
            lines.push(format!(
                "\nEach queue has its own copy: one may acknowledge it, the others still have theirs. Next: `/queue receive name:{}`",
                subscription.queue
            ));
        }
    }
    let card = Card::framed(title, lines.join("\n")).picture(picture);
    if publishing.duplicate {
        card.tone(Tone::Think)
    } else {
        card
    }
}

fn line((subscription, outcome): &(Subscription, Outcome)) -> String {
    let queue = shown(&subscription.queue);
    match outcome {
        Outcome::Delivered => format!("✅ {queue} got it · takes {}", takes(subscription)),
        Outcome::Filtered => format!("⛔ {queue} did not: its filter takes {}", takes(subscription)),
        Outcome::Undeliverable => format!("❌ {queue} is not there any more, so its copy is lost"),
        Outcome::Waiting => format!("• {queue} takes {}", takes(subscription)),
    }
}

/// Asks before a topic is deleted.
pub fn deleting(topic: &Topic, subscriptions: usize, region: Region, member: u64) -> Card {
    let lost = match subscriptions {
        0 => "Nobody subscribes to it.".to_owned(),
        number => format!(
            "{} with it. The queues stay, with what they have.",
            text::count(number as i64, "subscription goes", "subscriptions go")
        ),
    };
    let route = |verb: &str| {
        Route::new("topic", verb)
            .owned_by(member)
            .arg(region.as_str())
            .arg(mark::of(&topic.name))
    };
    Card::framed(
        format!("Delete {}?{}", short(&topic.name), where_it_is(region)),
        lost,
    )
    .buttons(vec![
        Button::new("Delete", Style::Danger, &route("delete")),
        Button::new("Keep it", Style::Secondary, &route("keep")),
    ])
}

/// A topic is gone.
pub fn deleted(name: &str, region: Region) -> Card {
    Card::framed(
        format!("{} is deleted{}", short(name), where_it_is(region)),
        "Its subscriptions are gone with it; the queues and their messages stay.",
    )
}

/// A topic stays.
pub fn kept(name: &str, region: Region) -> Card {
    Card::framed(
        format!("{} stays{}", short(name), where_it_is(region)),
        "Nothing was deleted.",
    )
}
