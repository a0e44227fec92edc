//! From a delivery to a record or a message in its owner's sandbox.

use ::sandbox::queues::{Outgoing, QueueError};
use ::sandbox::streams::StreamError;
use serde_json::Value;

use super::{Target, Webhook};
use crate::app::App;

/// A partition key has at most this many characters; a group fewer.
const LONGEST_KEY: usize = 256;
const LONGEST_GROUP: usize = 128;

/// Why a delivery did not become anything.
#[derive(Debug)]
pub enum NotTaken {
    /// The stream or queue is not there any more.
    NoTarget,
    /// What came can't be a message: the sender must change it.
    Unfit(&'static str),
    /// Too much at once, or no room: the sender may try again.
    Busy,
    /// Ours.
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

/// Where a delivery went, in words: `shard 1`, `message …`.
pub type Place = String;

/// Puts a delivery where its webhook points. `id` is what stands for it where nothing better does.
pub async fn deliver(app: &App, webhook: &Webhook, id: &str, body: &[u8]) -> Result<Place, NotTaken> {
    let failed = |error| NotTaken::Failed(Box::new(error));
    let tenant = crate::tenant::of_member(&app.store, &app.seal, webhook.guild_id, webhook.member_id)
        .await
        .map_err(|error| NotTaken::Failed(Box::new(error)))?;
    let paid = crate::spending::hold::pay(app, (webhook.guild_id, webhook.member_id), webhook.region).await;
    if !paid.map_err(|error| NotTaken::Failed(Box::new(error)))? {
        return Err(NotTaken::Busy);
    }
    let key = key_of(webhook.key_field.as_deref(), body);
    match &webhook.target {
        Target::Stream(name) => {
            let streams = app.sandbox.streams(&tenant, webhook.region);
            let key: String = key
                .unwrap_or_else(|| id.to_owned())
                .chars()
                .take(LONGEST_KEY)
                .collect();
            let put = streams.put(name, &key, body).await.map_err(|error| match error {
                StreamError::NoSuchStream { .. } | StreamError::NotReady { .. } => NotTaken::NoTarget,
                StreamError::Throttled | StreamError::Staged(_) | StreamError::OutOfSpace => NotTaken::Busy,
                other => failed(other),
            })?;
            let number = put.shard.trim_start_matches("shardId-").trim_start_matches('0');
            let number = if number.is_empty() { "0" } else { number };
            Ok(format!("shard {number}"))
        }
        Target::Queue(name) => {
            let text = std::str::from_utf8(body)
                .map_err(|_| NotTaken::Unfit("a queue's message is text, and this body is not UTF-8"))?;
            let queues = app.sandbox.queues(&tenant, webhook.region);
            let refused = |error| match error {
                QueueError::NoSuchQueue { .. } => NotTaken::NoTarget,
                QueueError::Throttled | QueueError::Staged(_) | QueueError::OutOfSpace => NotTaken::Busy,
                QueueError::EmptyMessage => NotTaken::Unfit("a queue's message is not empty"),
                QueueError::BadCharacters => NotTaken::Unfit("a queue's message holds no control characters"),
                QueueError::TooLarge => NotTaken::Unfit("the queue takes no message this large"),
                other => NotTaken::Failed(Box::new(other)),
            };
            let queue = queues.find(name).await.map_err(refused)?;
            let message = Outgoing {
                body: text.to_owned(),
                group: queue.fifo.then(|| group(key, &webhook.name)),
                deduplication: queue.fifo.then(|| id.to_owned()),
                ..Outgoing::default()
            };
            let sent = queues.send(&queue, &message).await.map_err(refused)?;
            Ok(format!("message {}", sent.id))
        }
    }
}

/// What the field of a JSON body says: text as it is, anything else as JSON.
fn key_of(field: Option<&str>, body: &[u8]) -> Option<String> {
    let value = serde_json::from_slice::<Value>(body).ok()?;
    let key = match value.get(field?)? {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    (!key.is_empty()).then_some(key)
}

/// A FIFO group: the key where it can be one, else a mark of it; without a key all are one group.
fn group(key: Option<String>, webhook: &str) -> String {
    let fits = |key: &String| key.len() <= LONGEST_GROUP && key.bytes().all(|byte| byte.is_ascii_graphic());
    match key {
        Some(key) if fits(&key) => key,
        Some(key) => crate::mark::of(&key),
        None => webhook.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_field_gives_the_key() {
        let body = br#"{"user":"ana","n":7,"none":null,"empty":"","list":[1]}"#;
        let key = |field| key_of(Some(field), body);
        assert_eq!(key("user").as_deref(), Some("ana"));
        assert_eq!(key("n").as_deref(), Some("7"));
        assert_eq!(key("list").as_deref(), Some("[1]"));
        for none in ["none", "empty", "absent"] {
            assert_eq!(key(none), None, "{none}");
        }
        assert_eq!(key_of(None, body), None);
        assert_eq!(key_of(Some("user"), b"not json"), None);
        assert_eq!(key_of(Some("0"), b"[1]"), None);
    }

    #[test]
    fn any_key_becomes_a_group() {
        assert_eq!(group(Some("ana".into()), "shop"), "ana");
        assert_eq!(group(None, "shop"), "shop");
        for odd in ["two words", "naïve", &"k".repeat(129)] {
            let group = group(Some(odd.to_owned()), "shop");
            assert_eq!(group, crate::mark::of(odd));
        }
    }
}
