//! A tenant's queues as rows of the lab's tables; the columns stand in `lab::tables`.

use serde_json::Value;

use super::account::Account;
use super::message::{Attribute, Data, Message, State};
use super::queue::Queue;
use crate::lab::Row;

/// Makes rows of every queue in every region, as of now.
async fn of_queues(account: &Account, make: impl Fn(&str, &Queue) -> Vec<Row>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (region, engine) in account.engines().in_regions().await {
        engine.look(|state, now| {
            let names: Vec<String> = state
                .queues()
                .map(|queue| queue.definition.name.clone())
                .collect();
            for name in names {
                if let Some(queue) = state.settled(&name, now) {
                    rows.extend(make(region.as_str(), queue));
                }
            }
        });
    }
    rows
}

pub async fn queues(account: &Account) -> Vec<Row> {
    of_queues(account, |region, queue| {
        let (definition, settings) = (&queue.definition, &queue.definition.settings);
        let (counts, counters) = (queue.counts(), queue.counters);
        let redrive = settings.redrive.as_ref();
        vec![vec![
            region.into(),
            definition.name.as_str().into(),
            format!("arn:aws:sqs:{region}:{}:{}", account.id(), definition.name).into(),
            queue.is_fifo().into(),
            settings.visibility.into(),
            settings.delay.into(),
            settings.retention.into(),
            settings.wait.into(),
            redrive.map(|it| last_part(&it.target)).into(),
            redrive.map(|it| it.max_receives).into(),
            counts.ready.into(),
            counts.in_flight.into(),
            counts.delayed.into(),
            counters.sent.into(),
            counters.received.into(),
            counters.deleted.into(),
        ]]
    })
    .await
}

pub async fn messages(account: &Account) -> Vec<Row> {
    of_queues(account, |region, queue| {
        let mut messages: Vec<_> = queue.messages().collect();
        messages.sort_by_key(|(number, _)| *number);
        messages
            .into_iter()
            .map(|(_, message)| row(region, &queue.definition.name, message))
            .collect()
    })
    .await
}

fn row(region: &str, queue: &str, message: &Message) -> Row {
    let state = match message.state {
        State::Ready => "visible",
        State::InFlight { .. } => "in flight",
        State::Delayed(_) => "delayed",
    };
    let attributes = message.attributes.iter();
    let attributes: serde_json::Map<String, Value> = attributes
        .map(|(name, value)| (name.clone(), plain(value)))
        .collect();
    vec![
        region.into(),
        queue.into(),
        message.id.as_str().into(),
        message.body.as_str().into(),
        message.group.clone().into(),
        message.deduplication.clone().into(),
        message.sent.into(),
        message.receives.into(),
        state.into(),
        Value::Object(attributes).to_string().into(),
        message.source.as_deref().map(last_part).into(),
    ]
}

/// An attribute's value alone: a number where it says so and is one.
fn plain(attribute: &Attribute) -> Value {
    match &attribute.value {
        Data::Text(text) if attribute.data_type.starts_with("Number") => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()))
        }
        Data::Text(text) => Value::from(text.as_str()),
        Data::Binary(bytes) => Value::from(hex::encode(bytes)),
    }
}

/// A queue's name out of its ARN.
fn last_part(arn: &str) -> String {
    arn.rsplit(':').next().unwrap_or_default().to_owned()
}
