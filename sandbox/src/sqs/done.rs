//! What a receiver does with a message in hand: delete it, or change how long it stays hidden. Source: Amazon SQS API
//! Reference, `DeleteMessage` and `ChangeMessageVisibility` and their batches.

use serde::Deserialize;
use serde_json::json;

use super::batch::{self, Entry};
use super::engine::Changing;
use super::handle::Handle;
use super::message::State;
use super::queue::Queue;
use super::receive::in_range;
use super::settings::LONGEST_VISIBILITY;
use super::state::Change;
use super::{Context, refusal};
use crate::wire::{Refusal, Reply};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteMessage {
    queue_url: Option<String>,
    #[serde(flatten)]
    done: Done,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Done {
    receipt_handle: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Batch<T> {
    queue_url: Option<String>,
    #[serde(default = "Vec::new")]
    entries: Vec<Entry<T>>,
}

pub async fn delete(context: &Context, input: DeleteMessage) -> Result<Reply, Refusal> {
    let queue = context.queue_at(input.queue_url.as_deref())?;
    context
        .engine
        .change(|changing| delete_one(changing, context, queue, &input.done))
        .await?;
    Ok(Reply::Empty)
}

pub async fn delete_batch(context: &Context, input: Batch<Done>) -> Result<Reply, Refusal> {
    let queue = context.queue_at(input.queue_url.as_deref())?;
    context
        .engine
        .change(|changing| {
            changing.state.queue(queue).ok_or_else(refusal::no_such_queue)?;
            batch::check(&input.entries, "DeleteMessageBatchRequestEntry")?;
            Ok(batch::each(input.entries, |done| {
                delete_one(changing, context, queue, &done).map(|()| json!({}))
            }))
        })
        .await
}

/// Deletes what a handle stands for. A message that is gone is a success; so is, in a standard queue, a handle that is
/// no longer the newest, which deletes nothing.
fn delete_one(
    changing: &mut Changing<'_>,
    context: &Context,
    name: &str,
    done: &Done,
) -> Result<(), Refusal> {
    let now = changing.now;
    let queue = changing
        .state
        .settled(name, now)
        .ok_or_else(refusal::no_such_queue)?;
    let (handle, text) = handle(context, queue, done.receipt_handle.as_deref())?;
    let Some(message) = queue.message(handle.message) else {
        return Ok(());
    };
    let newest = handle.receive == message.receives;
    let held = newest && matches!(message.state, State::InFlight { .. });
    if queue.is_fifo() && !held {
        return Err(refusal::invalid_parameter(
            "ReceiptHandle",
            text,
            "The receipt handle has expired.",
        ));
    }
    if newest {
        changing.make(Change::Deleted {
            queue: name.to_owned(),
            number: handle.message,
        });
    }
    Ok(())
}

fn handle<'a>(context: &Context, queue: &Queue, text: Option<&'a str>) -> Result<(Handle, &'a str), Refusal> {
    let text = text
        .filter(|text| !text.is_empty())
        .ok_or_else(|| refusal::missing("ReceiptHandle"))?;
    let handle = Handle::read(text, queue.definition.incarnation, &context.sealer)?;
    Ok((handle, text))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangeVisibility {
    queue_url: Option<String>,
    #[serde(flatten)]
    keep: Keep,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Keep {
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

pub async fn keep(context: &Context, input: ChangeVisibility) -> Result<Reply, Refusal> {
    let queue = context.queue_at(input.queue_url.as_deref())?;
    context
        .engine
        .change(|changing| keep_one(changing, context, queue, &input.keep))
        .await?;
    Ok(Reply::Empty)
}

pub async fn keep_batch(context: &Context, input: Batch<Keep>) -> Result<Reply, Refusal> {
    let queue = context.queue_at(input.queue_url.as_deref())?;
    context
        .engine
        .change(|changing| {
            changing.state.queue(queue).ok_or_else(refusal::no_such_queue)?;
            batch::check(&input.entries, "ChangeMessageVisibilityBatchRequestEntry")?;
            Ok(batch::each(input.entries, |keep| {
                keep_one(changing, context, queue, &keep).map(|()| json!({}))
            }))
        })
        .await
}

/// Hides a message for so long from now on; for no time at all, it is back at once.
fn keep_one(changing: &mut Changing<'_>, context: &Context, name: &str, keep: &Keep) -> Result<(), Refusal> {
    let now = changing.now;
    let timeout = keep
        .visibility_timeout
        .ok_or_else(|| refusal::missing("VisibilityTimeout"))?;
    in_range(
        "VisibilityTimeout",
        Some(timeout),
        0..=i64::from(LONGEST_VISIBILITY),
        "Must be between 0 and 43200, if provided.",
    )?;
    let queue = changing
        .state
        .settled(name, now)
        .ok_or_else(refusal::no_such_queue)?;
    let (handle, text) = handle(context, queue, keep.receipt_handle.as_deref())?;
    let gone = || {
        refusal::invalid_parameter(
            "ReceiptHandle",
            text,
            "Message does not exist or is not available for visibility timeout change.",
        )
    };
    let message = queue.message(handle.message).ok_or_else(gone)?;
    let since = match message.state {
        State::InFlight { since, .. } if handle.receive == message.receives => since,
        State::InFlight { .. } => return Err(gone()),
        State::Ready | State::Delayed(_) => return Err(refusal::not_in_flight()),
    };
    let until = now + timeout * 1_000;
    if until - since > i64::from(LONGEST_VISIBILITY) * 1_000 {
        return Err(refusal::invalid_parameter(
            "VisibilityTimeout",
            timeout,
            "Total VisibilityTimeout for the message is beyond the limit [43200 seconds].",
        ));
    }
    changing.make(Change::Kept {
        queue: name.to_owned(),
        number: handle.message,
        at: now,
        until,
    });
    Ok(())
}
