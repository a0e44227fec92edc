//! What went wrong with a queue, in a sentence that teaches: the rule, and what to type instead.

use discord::{Failure, mistake, text};
use sandbox::queues::QueueError;

use crate::elsewhere::name_too_long;

/// The sentence for a member; what a member can't mend is ours.
pub fn failure(error: QueueError) -> Failure {
    use QueueError as E;
    match error {
        E::NoSuchQueue { name } => mistake(format!(
            "You have no queue {}. `/queue list` shows yours; `/queue create name:{}` makes it.",
            shown(&name),
            hint(&name)
        )),
        E::AlreadyExists { name, attribute } => mistake(format!(
            "You have a queue {} already, with another {}. Creating it again with the same settings would be fine; to change them, \
             delete it with `/queue delete` first.",
            shown(&name),
            setting(&attribute)
        )),
        E::DeletedRecently { name } => mistake(format!(
            "A queue called {} was deleted less than a minute ago. SQS wants 60 seconds before the name is free again, so that \
             nobody's late messages land in a new queue. Wait a moment, or take another name.",
            shown(&name)
        )),
        E::NameTooLong { name, most } => name_too_long(&shown(&name), most, "orders"),
        E::BadName { name } => mistake(format!(
            "{} can't be a queue's name: 1 to 80 letters, digits, `-` or `_`, and nothing else; a FIFO queue's ends in `.fifo`. For \
             example `orders` or `orders.fifo`.",
            shown(&name)
        )),
        E::OtherKind => mistake(
            "A FIFO queue's dead letters go to a FIFO queue, and a standard queue's to a standard one: else their order would be \
             lost. Create a dead-letter queue of the same kind.",
        ),
        E::ItsOwn => mistake(
            "A queue can't be its own dead-letter queue: the messages that fail would never leave. Name another one.",
        ),
        E::NoDeadLetters { name } => mistake(format!(
            "No queue sends its dead letters to {}. `/queue create name:work dead-letters:{}` makes one that does; `/queue redrive` \
             then moves them back.",
            shown(&name),
            hint(&name)
        )),
        E::Moving { name } => mistake(format!(
            "The messages of {} are being moved already. Wait until that is done; `/queue peek` shows what is left.",
            shown(&name)
        )),
        E::OutOfRange(reason) => mistake(format!(
            "SQS does not take that value: {}",
            text::escape(&text::cut(&reason, 300))
        )),
        E::TooManyQueues => mistake(
            "Your sandbox holds as many queues as it may; `/sandbox usage` counts them. Delete one you are done with: `/queue delete`.",
        ),
        E::OutOfSpace => mistake(
            "Your sandbox is full (64 MiB). Receive and acknowledge messages, or delete a queue or stream, and there is room again.",
        ),
        E::Staged(staged) => crate::staged::failure(
            staged,
            "Its messages are in flight now, so nothing is lost: when their visibility timeout is over they can be received again, \
             with one receive more.",
        ),
        E::Throttled => mistake(
            "Too fast: your sandbox takes 100 requests a second. That is back-pressure at work; wait a second and try again.",
        ),
        error => of_message(error),
    }
}

/// The same for what is wrong with a message, or its handle.
fn of_message(error: QueueError) -> Failure {
    use QueueError as E;
    match error {
        E::EmptyMessage => mistake("A message needs at least one character. Try `message:hello`."),
        E::BadCharacters => mistake(
            "That message holds a control character, which SQS does not take. Send it without, or encode it (base64).",
        ),
        E::TooLarge => mistake(
            "That message is larger than the queue takes (1 MiB at most). Large payloads go to object storage, and the message \
             carries the reference.",
        ),
        E::BadId { id } => mistake(format!(
            "{} can't be a group or deduplication id: 1 to 128 letters, digits and signs, without spaces. For example `user-1`.",
            shown(&id)
        )),
        E::NeedsGroup { name } => mistake(format!(
            "{} is a FIFO queue: each message belongs to a group, and within a group the order is kept. Add `group:`, for example \
             `group:user-1`.",
            shown(&name)
        )),
        E::NeedsDeduplication { name } => mistake(format!(
            "{} takes each message once, and tells a repeat by its deduplication id. Add `deduplication:` with an id of this \
             message, for example `deduplication:order-17`; or create a FIFO queue with `content-dedup:True`, which uses the body.",
            shown(&name)
        )),
        E::NoDelayInFifo { name } => mistake(format!(
            "In a FIFO queue a single message can't be held back: those behind it would overtake it. Leave `delay:` out, or create \
             {} with a `delay:` for all its messages.",
            shown(&name)
        )),
        E::NotFifo { name } => mistake(format!(
            "Only FIFO queues know duplicates, and {} is a standard queue: leave `deduplication:` out. A standard queue may deliver \
             twice, so its consumers are made idempotent.",
            shown(&name)
        )),
        E::BadAttribute { name } => mistake(format!(
            "The attribute {} can't be taken: an attribute is text, a number, or a list of them, and not empty. For example \
             `attributes:kind=order,amount=12`.",
            shown(&name)
        )),
        E::HandleExpired => mistake(
            "That receipt handle has grown old: the message's time in your hands ended, so it went back to the queue. Receive it \
             again with `/queue receive`, and acknowledge it before its visibility timeout ends.",
        ),
        E::HandleUnknown => mistake(
            "That receipt handle is not of this queue: the queue was deleted and made anew since. `/queue receive` gives new ones.",
        ),
        other => Failure::from(other),
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
        "orders"
    }
}

/// A setting by the name that the command has for it.
fn setting(attribute: &str) -> &str {
    match attribute {
        "VisibilityTimeout" => "`visibility`",
        "DelaySeconds" => "`delay`",
        "MessageRetentionPeriod" => "`retention`",
        "RedrivePolicy" => "`dead-letters` or `max-receives`",
        "ContentBasedDeduplication" => "`content-dedup`",
        _ => "setting",
    }
}
