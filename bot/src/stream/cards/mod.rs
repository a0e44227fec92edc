//! What streams look like in the channel: always the state, and why it came out so. Here is the sandbox as a whole.

pub mod lag;
pub mod records;
pub mod shape;
pub mod upkeep;

use discord::{Card, Tone, text};
use sandbox::{Quotas, Region, Tenant, Usage};
use secrecy::ExposeSecret;

use super::say;
use crate::place::shown as elsewhere;

/// A stream is gone.
pub fn deleted(name: &str, region: Region) -> Card {
    Card::framed(
        format!("{name} is deleted{}", elsewhere(region)),
        "Its records are gone with it: a stream keeps them for its retention, not beyond its own life.",
    )
}

/// What a member uses of what there is.
pub fn usage(usage: &Usage, quotas: &Quotas) -> Card {
    let of = |used: u32, most: u32| format!("{used} of {most}");
    Card::framed(
        "Your sandbox",
        "Private to you, here and for your own programs: `/sandbox credentials`. What you use costs nothing here; on AWS each \
         shard costs money by the hour, used or not.",
    )
    .fact("Streams", of(usage.streams, quotas.streams))
    .fact("Open shards", of(usage.shards, quotas.shards))
    .fact("Queues", of(usage.queues, quotas.queues))
    .fact("Stored", format!("{} of {}", say::bytes(usage.bytes), say::bytes(quotas.bytes)))
    .fact("Requests", format!("{} a second at most", quotas.requests_per_second))
    .footer("/stream delete makes room; /sandbox reset empties it")
}

/// What the built-in sandbox holds, in a few words.
pub fn holdings(usage: &Usage) -> String {
    let streams = text::count(i64::from(usage.streams), "stream", "streams");
    let queues = text::count(i64::from(usage.queues), "queue", "queues");
    format!(
        "{streams}, {queues} and whatever else is there, with {} of data",
        say::bytes(usage.bytes)
    )
}

/// Whether all of it may go.
pub fn ask_reset(holds: &str) -> Card {
    Card::framed(
        "Empty your sandbox?",
        format!(
            "Everything in it goes, in all regions: {holds}. That can\u{2019}t be undone. Your keys, your points and your \
             exercises\u{2019} passes stay."
        ),
    )
    .tone(Tone::Think)
}

/// All of it is gone.
pub fn emptied() -> Card {
    Card::framed(
        "A fresh sandbox",
        "Everything in it is gone; the keys are the same. `/stream create name:orders shards:2` begins anew.",
    )
    .tone(Tone::Good)
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
