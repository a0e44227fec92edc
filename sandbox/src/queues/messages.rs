//! Messages on their way: sent, received, done with, moved back from a dead-letter queue.

use std::time::Duration;

use aws_sdk_sqs::types::{MessageAttributeValue, MessageSystemAttributeName};
use serde_json::Value;

use super::{Queue, QueueError, Queues};
use crate::attribute;
use crate::provider::Terms;

/// How long a move of dead letters is looked at.
const MOVE: Duration = Duration::from_secs(10);

/// Group and deduplication ids have at most this many characters.
const LONGEST_ID: usize = 128;

/// A message to be sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// What it says.
    pub body: String,
    /// Seconds to hold it back.
    pub delay: Option<u32>,
    /// In a FIFO queue: messages of one group keep their order.
    pub group: Option<String>,
    /// In a FIFO queue: a second message with this id within 5 minutes is not taken.
    pub deduplication: Option<String>,
    /// Attributes: texts, numbers and lists.
    pub attributes: Vec<(String, Value)>,
}

/// What the sender is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The message's id; a duplicate is told the first one's.
    pub id: String,
    /// In a FIFO queue: its place.
    pub sequence: Option<String>,
}

/// A message in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Its id.
    pub id: String,
    /// What deletes it: good for this receive alone.
    pub handle: String,
    /// What it says.
    pub body: String,
    /// How often it was received, this time included.
    pub receives: u32,
    /// When it was sent, Unix milliseconds.
    pub sent_at: Option<i64>,
    /// Its group, in a FIFO queue.
    pub group: Option<String>,
    /// Its attributes, by name; what is binary is left out.
    pub attributes: Vec<(String, String)>,
    /// The queue that it is a dead letter of.
    pub came_from: Option<String>,
}

/// What became of a move of dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// All that were there, this many.
    All(u64),
    /// It goes on in the background; this many so far.
    SoFar(u64),
    /// It stopped, after this many, with AWS's word for why.
    Stopped(u64, String),
}

impl Queues {
    /// Sends one message.
    pub async fn send(&self, queue: &Queue, message: &Outgoing) -> Result<Sent, QueueError> {
        check(queue, message)?;
        let mut request = self
            .client
            .send_message()
            .queue_url(&queue.url)
            .message_body(&message.body)
            .set_delay_seconds(message.delay.and_then(|delay| delay.try_into().ok()))
            .set_message_group_id(message.group.clone())
            .set_message_deduplication_id(message.deduplication.clone());
        for (name, value) in &message.attributes {
            request = request.message_attributes(name, typed(name, value)?);
        }
        let sent = request
            .send()
            .await
            .map_err(|error| QueueError::from_sdk(&queue.name, &error))?;
        Ok(Sent {
            id: sent.message_id.unwrap_or_default(),
            sequence: sent.sequence_number,
        })
    }

    /// Receives up to `most` messages (10 at most), waiting so many seconds for the first.
    pub async fn receive(
        &self,
        queue: &Queue,
        most: u32,
        visibility: Option<u32>,
        wait: u32,
    ) -> Result<Vec<Received>, QueueError> {
        let answer = self
            .client
            .receive_message()
            .queue_url(&queue.url)
            .max_number_of_messages(most.clamp(1, 10) as i32)
            .set_visibility_timeout(visibility.and_then(|seconds| seconds.try_into().ok()))
            .wait_time_seconds(wait.min(20) as i32)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
            .send()
            .await
            .map_err(|error| QueueError::from_sdk(&queue.name, &error))?;
        Ok(answer
            .messages
            .unwrap_or_default()
            .into_iter()
            .map(|message| received(&self.terms, message))
            .collect())
    }

    /// Deletes the message that a handle stands for. In a standard queue a handle that has grown old deletes nothing,
    /// and AWS does not say so.
    pub async fn acknowledge(&self, queue: &Queue, handle: &str) -> Result<(), QueueError> {
        self.client
            .delete_message()
            .queue_url(&queue.url)
            .receipt_handle(handle)
            .send()
            .await
            .map_err(|error| QueueError::from_sdk(&queue.name, &error))?;
        Ok(())
    }

    /// Makes a message in hand visible again at once.
    pub async fn put_back(&self, queue: &Queue, handle: &str) -> Result<(), QueueError> {
        self.client
            .change_message_visibility()
            .queue_url(&queue.url)
            .receipt_handle(handle)
            .visibility_timeout(0)
            .send()
            .await
            .map_err(|error| QueueError::from_sdk(&queue.name, &error))?;
        Ok(())
    }

    /// Moves a dead-letter queue's messages back to where each came from, or to another queue, and waits for it a while.
    pub async fn redrive(&self, dead: &Queue, to: Option<&Queue>) -> Result<Moved, QueueError> {
        let failed = |error| QueueError::from_sdk(&dead.name, &error);
        self.client
            .start_message_move_task()
            .source_arn(&dead.arn)
            .set_destination_arn(to.map(|queue| queue.arn.clone()))
            .send()
            .await
            .map_err(failed)?;
        let mut waiting = self.terms.change.at_most(MOVE).waiting();
        loop {
            let answer = self
                .client
                .list_message_move_tasks()
                .source_arn(&dead.arn)
                .max_results(1)
                .send()
                .await
                .map_err(|error| QueueError::from_sdk(&dead.name, &error))?;
            let newest = answer.results.unwrap_or_default().into_iter().next();
            let task = newest.ok_or_else(|| QueueError::other("the move task is not listed"))?;
            let moved = task.approximate_number_of_messages_moved.max(0).unsigned_abs();
            match task.status.as_deref() {
                Some("COMPLETED") => return Ok(Moved::All(moved)),
                Some("RUNNING") if waiting.again().await => {}
                Some("RUNNING") => return Ok(Moved::SoFar(moved)),
                _ => return Ok(Moved::Stopped(moved, task.failure_reason.unwrap_or_default())),
            }
        }
    }
}

fn typed(name: &str, value: &Value) -> Result<MessageAttributeValue, QueueError> {
    let (kind, text) = attribute::typed(value).ok_or_else(|| QueueError::BadAttribute {
        name: name.to_owned(),
    })?;
    MessageAttributeValue::builder()
        .data_type(kind)
        .string_value(text)
        .build()
        .map_err(|error| QueueError::other(error.to_string()))
}

fn received(terms: &Terms, message: aws_sdk_sqs::types::Message) -> Received {
    use MessageSystemAttributeName as Name;
    let attributes = message.attributes.unwrap_or_default();
    let number = |name: &Name| attributes.get(name).and_then(|text| text.parse::<i64>().ok());
    let source = attributes.get(&Name::DeadLetterQueueSourceArn);
    let named = message.message_attributes.unwrap_or_default();
    let mut named: Vec<(String, String)> = named
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.string_value?)))
        .collect();
    named.sort();
    Received {
        receives: number(&Name::ApproximateReceiveCount)
            .and_then(|count| count.try_into().ok())
            .unwrap_or(1),
        sent_at: number(&Name::SentTimestamp),
        group: attributes.get(&Name::MessageGroupId).cloned(),
        attributes: named,
        came_from: source
            .and_then(|arn| terms.names.short_of(arn))
            .map(str::to_owned),
        id: message.message_id.unwrap_or_default(),
        handle: message.receipt_handle.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
    }
}

/// Refuses what this kind of queue does not take, before it is sent: AWS's words for it say little.
fn check(queue: &Queue, message: &Outgoing) -> Result<(), QueueError> {
    if message.body.is_empty() {
        return Err(QueueError::EmptyMessage);
    }
    let ids = [&message.group, &message.deduplication];
    let fine =
        |id: &String| (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    if let Some(id) = ids.into_iter().flatten().find(|id| !fine(id)) {
        return Err(QueueError::BadId { id: id.clone() });
    }
    let name = || queue.name.clone();
    if queue.fifo {
        if message.group.is_none() {
            return Err(QueueError::NeedsGroup { name: name() });
        }
        if message.deduplication.is_none() && !queue.content_deduplication {
            return Err(QueueError::NeedsDeduplication { name: name() });
        }
        if message.delay.is_some_and(|delay| delay > 0) {
            return Err(QueueError::NoDelayInFifo { name: name() });
        }
    } else if message.deduplication.is_some() {
        return Err(QueueError::NotFifo { name: name() });
    }
    Ok(())
}
