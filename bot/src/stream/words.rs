//! What went wrong with a stream, in a sentence that teaches: the rule, and what to type instead.

use discord::{Failure, mistake, text};
use sandbox::streams::StreamError;

use super::say;
use crate::elsewhere::name_too_long;

/// The sentence for a member; what a member can't mend is ours.
pub fn failure(error: StreamError) -> Failure {
    use StreamError as E;
    match error {
        E::NoSuchStream { name } => mistake(format!(
            "You have no stream {}. `/stream list` shows yours; `/stream create name:{} shards:2` makes it.",
            shown(&name),
            hint(&name)
        )),
        E::AlreadyExists { name } => mistake(format!(
            "You have a stream {} already. Names are unique for an account and region: use it, or delete it first with \
             `/stream delete`.",
            shown(&name)
        )),
        E::NotReady { name } => mistake(format!(
            "{} is just being created, changed or deleted. Give it a second and try again: Kinesis changes streams in the \
             background.",
            shown(&name)
        )),
        E::NameTooLong { name, most } => name_too_long(&shown(&name), most, "orders"),
        E::BadName { name } => mistake(format!(
            "{} can't be a stream's name: 1 to 128 letters, digits, `_`, `.` or `-`, and nothing else. For example `orders-eu`.",
            shown(&name)
        )),
        E::NoShards => {
            mistake("A stream needs at least one shard: a shard is where records live. Try `shards:1`.")
        }
        E::EmptyKey => mistake(
            "Every record needs a partition key of at least one character: its hash decides the shard. Try `key:user-1`.",
        ),
        E::KeyTooLong { characters, .. } => mistake(format!(
            "That partition key has {characters} characters; Kinesis takes at most 256. A key names an entity, such as `user-1`; \
             what happened belongs in `data`."
        )),
        E::RecordTooLarge { bytes } => mistake(format!(
            "That record has {bytes} bytes; Kinesis takes at most 1 MiB (1,048,576), key and data together. Large payloads go \
             to object storage, and the record carries the reference."
        )),
        E::UnknownShard { shard } => mistake(format!(
            "This stream has no shard {}. `/stream describe` shows its shards; a number such as `0` is enough.",
            shown(&shard)
        )),
        E::BadSequence { sequence } => mistake(format!(
            "The sequence number {} is none of that shard's. Copy one from `/stream read` or from the answer to a put, and name \
             its shard: sequence numbers order records within one shard only.",
            shown(&sequence)
        )),
        E::TooManyStreams { limit } => mistake(format!(
            "Your sandbox holds at most {} streams. Delete one you are done with: `/stream delete`.",
            limit.map_or_else(|| "10".to_owned(), |limit| limit.to_string())
        )),
        E::TooManyShards { limit } => mistake(format!(
            "Your sandbox holds at most {} open shards over all streams. Take fewer, or delete a stream: on AWS each shard costs \
             money every hour.",
            limit.map_or_else(|| "50".to_owned(), |limit| limit.to_string())
        )),
        E::Throttled => mistake(
            "Too fast: a shard takes 1,000 records or 1 MiB a second, and your sandbox 100 requests a second. That is \
             back-pressure at work; wait a second and send it again.",
        ),
        E::OutOfSpace => mistake(
            "Your sandbox is full (64 MiB of records). Delete a stream with `/stream delete`, and there is room again.",
        ),
        E::Expired => mistake(
            "That read took too long and its iterator expired (they live 5 minutes). Run `/stream read` again.",
        ),
        other => around(other),
    }
}

/// The same for what changes a stream's shape and what surrounds it.
fn around(error: StreamError) -> Failure {
    use StreamError as E;
    match error {
        E::ShardClosed { shard } => mistake(format!(
            "{} is closed: it was split or merged before, and takes no changes. `/stream shards` shows the open ones.",
            said(&shard)
        )),
        E::TooNarrow { shard } => mistake(format!(
            "{} owns so few hash keys that it can't be split there. Split a wider one: `/stream shards` shows what each owns.",
            said(&shard)
        )),
        E::NotAdjacent {
            shard,
            other,
            neighbours,
        } => mistake(match neighbours.as_slice() {
            [] => format!(
                "{} has no open neighbour on the ring to merge with.",
                said(&shard)
            ),
            beside => format!(
                "{} and {} don't lie beside each other on the ring, and only neighbours can merge: what the new shard owns must be \
                 one piece. {} can merge with {}.",
                said(&shard),
                say::short(&other),
                said(&shard),
                say::shorts(beside)
            ),
        }),
        E::BadRetention { hours } => mistake(format!(
            "Kinesis keeps records for 24 to 8,760 hours, a day to a year; {hours} is outside. Try `hours:168` for a week."
        )),
        E::ConsumerExists { name } => mistake(format!(
            "There is a consumer {} on this stream already. `/stream consumers` without `register:` lists them.",
            shown(&name)
        )),
        E::NoSuchConsumer { name } => mistake(format!(
            "No consumer {} is registered on this stream. `/stream consumers` without `remove:` lists them.",
            shown(&name)
        )),
        E::TooManyConsumers => mistake(
            "A stream takes at most 20 registered consumers. Remove one first: `/stream consumers` with `remove:`.",
        ),
        E::BadTag => mistake(
            "AWS doesn't take that tag: letters, digits, spaces and `_ . / = + - @` are fine, the key must not begin with `aws:`, and \
             a stream has at most 50. Try `tag:dept=fin`.",
        ),
        E::Staged(staged) => crate::staged::failure(
            staged,
            "Its place was not saved, so nothing is lost: read again within ten seconds, and the same records come.",
        ),
        E::FutureTime => mistake(
            "That time has not come yet. Records can only be read from a time that is past: try `time:5m`.",
        ),
        other => Failure::from(other),
    }
}

/// A shard at the beginning of a sentence.
fn said(shard: &str) -> String {
    let short = say::short(shard);
    short
        .strip_prefix("shard")
        .map_or(short.clone(), |rest| format!("Shard{rest}"))
}

fn shown(name: &str) -> String {
    text::code(&text::cut(name, 60))
}

/// A name worth suggesting: what was typed, where it could be one.
fn hint(name: &str) -> &str {
    let fine = !name.is_empty()
        && name.len() <= 60
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'));
    if fine { name } else { "orders" }
}
