//! What went wrong with a topic, in a sentence that teaches: the rule, and what to type instead.

use discord::{Failure, mistake, text};
use sandbox::topics::TopicError;

use crate::elsewhere::name_too_long;

/// The sentence for a member; what a member can't mend is ours.
pub fn failure(error: TopicError) -> Failure {
    use TopicError as E;
    match error {
        E::NoSuchTopic { name } => mistake(format!(
            "You have no topic {}. `/topic list` shows yours; `/topic create name:{}` makes it.",
            shown(&name),
            hint(&name)
        )),
        E::AlreadyExists { name } => mistake(format!(
            "You have a topic {} already, with other settings. Use it, or delete it first with `/topic delete`.",
            shown(&name)
        )),
        E::NameTooLong { name, most } => name_too_long(&shown(&name), most, "news"),
        E::BadName { name } => mistake(format!(
            "{} can't be a topic's name: 1 to 256 letters, digits, `-` or `_`; a FIFO topic's ends in `.fifo`. For example `news`.",
            shown(&name)
        )),
        E::SubscribedOtherwise => mistake(
            "That queue is subscribed already, with another filter or without. A subscription is made once: subscribe another queue, or \
             delete the topic and begin anew.",
        ),
        E::FifoQueue => mistake(
            "A FIFO queue can't subscribe to a standard topic: the topic keeps no order, so the queue could not either. Create the topic \
             with `fifo:True`, or take a standard queue.",
        ),
        E::BadFilter(reason) => mistake(format!(
            "SNS does not take that filter policy: {}. A policy is JSON, with a list of what is allowed for each name: \
             `filter:{{\"country\":[\"de\",\"fr\"]}}`, or `filter:{{\"amount\":[{{\"numeric\":[\">=\",100]}}]}}`.",
            text::escape(&text::cut(reason.trim_end_matches('.'), 200))
        )),
        E::EmptyMessage => mistake("A message needs at least one character. Try `message:hello`."),
        E::TooLarge => mistake(
            "That message is larger than 256 KiB, which is the most. Large payloads go to object storage, and the message carries the \
             reference.",
        ),
        E::BadAttribute { name } => mistake(format!(
            "The attribute {} can't be taken: an attribute is text, a number, or a list of them, and not empty. For example \
             `attributes:country=de,amount=12`.",
            shown(&name)
        )),
        E::BadSubject => {
            mistake("A subject is one line of at most 100 characters, without accents or signs beyond ASCII.")
        }
        E::BadId { id } => mistake(format!(
            "{} can't be a group or deduplication id: 1 to 128 letters, digits and signs, without spaces. For example `user-1`.",
            shown(&id)
        )),
        E::NeedsGroup { name } => mistake(format!(
            "{} is a FIFO topic: each message belongs to a group, and within a group the order is kept. Add `group:`, for example \
             `group:user-1`.",
            shown(&name)
        )),
        E::NeedsDeduplication { name } => mistake(format!(
            "{} delivers each message once, and tells a repeat by its deduplication id. Add `deduplication:`, for example \
             `deduplication:order-17`; or create the topic with `content-dedup:True`, which uses the body.",
            shown(&name)
        )),
        E::NotFifo { name } => mistake(format!(
            "Only FIFO topics know duplicates, and {} is a standard topic: leave `deduplication:` out.",
            shown(&name)
        )),
        E::TooMany => mistake(
            "Your sandbox holds no more topics or subscriptions. Delete a topic you are done with: `/topic delete`.",
        ),
        E::OutOfSpace => mistake(
            "Your sandbox is full (64 MiB). Receive and acknowledge messages, or delete a queue or stream, and there is room again.",
        ),
        E::Throttled => {
            mistake("Too fast: your sandbox takes 100 requests a second. Wait a second and try again.")
        }
        // Nobody reads from a topic.
        E::Staged(staged) => crate::staged::failure(staged, ""),
        E::Invalid(reason) => mistake(format!(
            "SNS does not take that: {}",
            text::escape(&text::cut(&reason, 300))
        )),
        E::Other(_) => Failure::from(error),
    }
}

/// A name as typed, cut to what a line holds.
pub(super) fn shown(name: &str) -> String {
    text::code(&text::cut(name, 80))
}

/// A name worth suggesting: what was typed, where it could be one.
fn hint(name: &str) -> &str {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if !name.is_empty() && name.len() <= 60 && name.bytes().all(fine) {
        name
    } else {
        "news"
    }
}
