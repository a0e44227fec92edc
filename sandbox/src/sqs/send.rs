//! `SendMessage` and `SendMessageBatch`. Source: Amazon SQS API Reference; for FIFO queues the Developer Guide, "Exactly-once
//! processing" and "FIFO queue message identifiers".

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::batch::{self, Entry};
use super::engine::Changing;
use super::message::{self, Attribute, Data, Given, Message, Number, State};
use super::queue::Queue;
use super::settings::{Fifo, LARGEST_MESSAGE, LONGEST_DELAY};
use super::state::Change;
use super::{Context, refusal};
use crate::wire::{Refusal, Reply};

/// A message as a sender gives it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Outgoing {
    message_body: Option<String>,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: Option<Given>,
    #[serde(default)]
    message_system_attributes: Option<Given>,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessage {
    queue_url: Option<String>,
    #[serde(flatten)]
    message: Outgoing,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageBatch {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<Entry<Outgoing>>,
}

pub async fn one(context: &Context, input: SendMessage) -> Result<Reply, Refusal> {
    let queue = context.queue_at(input.queue_url.as_deref())?;
    let room = context.account.room().await;
    let sent = context
        .engine
        .change(|changing| send(changing, queue, input.message, room))
        .await?;
    Ok(Reply::Value(sent))
}

pub async fn batch(context: &Context, input: SendMessageBatch) -> Result<Reply, Refusal> {
    let queue = context.queue_at(input.queue_url.as_deref())?;
    let room = context.account.room().await;
    context
        .engine
        .change(|changing| {
            changing.state.queue(queue).ok_or_else(refusal::no_such_queue)?;
            batch::check(&input.entries, "SendMessageBatchRequestEntry")?;
            let together: usize = input
                .entries
                .iter()
                .map(|entry| entry.content.claimed_size())
                .sum();
            if together > LARGEST_MESSAGE as usize {
                return Err(refusal::batch_too_long(LARGEST_MESSAGE as usize, together));
            }
            let mut room = room;
            Ok(batch::each(input.entries, |message| {
                let size = message.claimed_size() as u64;
                let sent = send(changing, queue, message, room)?;
                room = room.saturating_sub(size);
                Ok(sent)
            }))
        })
        .await
}

impl Outgoing {
    /// A message that nobody sent by a request.
    pub fn new(
        body: String,
        attributes: Given,
        group: Option<String>,
        deduplication: Option<String>,
    ) -> Self {
        Self {
            message_body: Some(body),
            delay_seconds: None,
            message_attributes: Some(attributes),
            message_system_attributes: None,
            message_deduplication_id: deduplication,
            message_group_id: group,
        }
    }

    /// The size as far as it can be told before the message is checked.
    fn claimed_size(&self) -> usize {
        let body = self.message_body.as_ref().map_or(0, String::len);
        let attributes = self
            .message_attributes
            .as_ref()
            .and_then(|a| message::attributes(a).ok());
        attributes.map_or(body, |attributes| body + message::size("", &attributes))
    }
}

/// Checks a message and puts it into a queue; `room` is how many bytes the tenant may store.
pub fn send(
    changing: &mut Changing<'_>,
    name: &str,
    outgoing: Outgoing,
    room: u64,
) -> Result<Value, Refusal> {
    let now = changing.now;
    let queue = changing
        .state
        .settled(name, now)
        .ok_or_else(refusal::no_such_queue)?;
    let body = outgoing
        .message_body
        .as_deref()
        .filter(|body| !body.is_empty())
        .ok_or_else(|| refusal::missing("MessageBody"))?;
    message::check_body(body)?;
    let attributes = message::attributes(&outgoing.message_attributes.clone().unwrap_or_default())?;
    let trace = trace(outgoing.message_system_attributes.as_ref())?;
    let size = message::size(body, &attributes);
    let largest = queue.definition.settings.max_size;
    if size > largest as usize {
        return Err(refusal::invalid_value(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {largest} bytes."
        )));
    }
    if size as u64 > room {
        return Err(refusal::over_limit(
            "Your sandbox's storage is full. Receive and delete messages, or delete a stream or queue.",
        ));
    }
    let delay = delay(queue, &outgoing)?;
    let key = deduplication(queue, &outgoing, body)?;
    if let Some((_, key)) = &key
        && let Some(first) = queue.sent_before(key, now)
    {
        let (id, number) = (first.id.clone(), first.number);
        return Ok(told(&id, number, body, &attributes, trace.as_ref(), true));
    }
    let fifo = queue.is_fifo();
    let number = changing.state.next_number();
    let message = Message {
        id: uuid::Uuid::new_v4().to_string(),
        body: body.to_owned(),
        attributes,
        trace,
        sent: now,
        first_received: None,
        receives: 0,
        state: if delay > 0 {
            State::Delayed(now + delay * 1_000)
        } else {
            State::Ready
        },
        group: outgoing.message_group_id,
        deduplication: key.as_ref().map(|(id, _)| id.clone()),
        source: None,
    };
    let answer = told(
        &message.id,
        number,
        &message.body,
        &message.attributes,
        message.trace.as_ref(),
        fifo,
    );
    changing.make(Change::Sent {
        queue: name.to_owned(),
        number,
        message: Box::new(message),
        key: key.map(|(_, key)| key),
    });
    Ok(answer)
}

/// What a sender is told.
fn told(
    id: &str,
    number: Number,
    body: &str,
    attributes: &BTreeMap<String, Attribute>,
    trace: Option<&String>,
    fifo: bool,
) -> Value {
    let mut answer = json!({ "MessageId": id, "MD5OfMessageBody": message::md5_of(body) });
    if let Some(digest) = message::md5_of_attributes(attributes) {
        answer["MD5OfMessageAttributes"] = json!(digest);
    }
    if let Some(trace) = trace {
        let attribute = Attribute {
            data_type: "String".to_owned(),
            value: Data::Text(trace.clone()),
        };
        let digest = message::md5_of_attributes([(&TRACE.to_owned(), &attribute)]);
        answer["MD5OfMessageSystemAttributes"] = json!(digest);
    }
    if fifo {
        answer["SequenceNumber"] = json!(sequence(number));
    }
    answer
}

/// The sequence number of a FIFO queue's message: twenty digits that rise.
pub fn sequence(number: Number) -> String {
    const FIRST: u128 = 18_849_000_000_000_000_000;
    (FIRST + u128::from(number) * 256).to_string()
}

/// The one system attribute that a sender may give.
const TRACE: &str = "AWSTraceHeader";

fn trace(given: Option<&Given>) -> Result<Option<String>, Refusal> {
    let Some(given) = given.filter(|given| !given.is_empty()) else {
        return Ok(None);
    };
    let known = given.len() == 1 && given.contains_key(TRACE);
    let attributes = message::attributes(given)?;
    match attributes.get(TRACE) {
        Some(Attribute {
            data_type,
            value: Data::Text(text),
        }) if known && data_type == "String" => Ok(Some(text.clone())),
        _ => Err(refusal::invalid_value(
            "Message system attributes can be AWSTraceHeader alone, a String.",
        )),
    }
}

/// How long the message is held back, in seconds. In a FIFO queue that is the queue's to say.
fn delay(queue: &Queue, outgoing: &Outgoing) -> Result<i64, Refusal> {
    let of_queue = i64::from(queue.definition.settings.delay);
    let Some(delay) = outgoing.delay_seconds else {
        return Ok(of_queue);
    };
    if queue.is_fifo() {
        // Zero is what SDKs send for "not given".
        return if delay == 0 {
            Ok(of_queue)
        } else {
            Err(not_for_this_kind("DelaySeconds", delay))
        };
    }
    if !(0..=i64::from(LONGEST_DELAY)).contains(&delay) {
        let reason = format!("DelaySeconds must be >= 0 and <= {LONGEST_DELAY}.");
        return Err(refusal::invalid_parameter("DelaySeconds", delay, &reason));
    }
    Ok(delay)
}

/// A FIFO message's deduplication id, and what the queue remembers it by.
fn deduplication(
    queue: &Queue,
    outgoing: &Outgoing,
    body: &str,
) -> Result<Option<(String, String)>, Refusal> {
    if let Some(group) = &outgoing.message_group_id {
        check_id("MessageGroupId", group)?;
    }
    if let Some(id) = &outgoing.message_deduplication_id {
        check_id("MessageDeduplicationId", id)?;
    }
    let Some(Fifo {
        content_based,
        per_group,
        ..
    }) = queue.definition.settings.fifo
    else {
        // A standard queue takes a group, for fairness among groups, and does not order by it.
        return match &outgoing.message_deduplication_id {
            Some(id) => Err(not_for_this_kind("MessageDeduplicationId", id)),
            None => Ok(None),
        };
    };
    let Some(group) = &outgoing.message_group_id else {
        return Err(refusal::missing("MessageGroupId"));
    };
    let id = match &outgoing.message_deduplication_id {
        Some(id) => id.clone(),
        None if content_based => hex::encode(Sha256::digest(body)),
        None => {
            return Err(refusal::invalid_value(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided \
                 explicitly",
            ));
        }
    };
    let key = if per_group {
        format!("{group}\n{id}")
    } else {
        id.clone()
    };
    Ok(Some((id, key)))
}

fn not_for_this_kind(name: &str, value: impl std::fmt::Display) -> Refusal {
    refusal::invalid_parameter(
        name,
        value,
        "The request include parameter that is not valid for this queue type.",
    )
}

/// Group and deduplication ids: up to 128 letters, digits and signs of ASCII.
pub fn check_id(name: &str, id: &str) -> Result<(), Refusal> {
    if (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    let reason =
        format!("{name} can only include alphanumeric and punctuation characters. 1 to 128 in length.");
    Err(refusal::invalid_parameter(name, id, &reason))
}
