//! Subscriptions: queues that are given a topic's messages. Source: Amazon SNS API Reference.
//!
//! Only queues of the same account and region can be subscribed, so that no message leaves the sandbox and none needs a
//! confirmation.

use std::collections::BTreeMap;

use super::arn::{FIFO, SubscriptionKey};
use super::state::{Change, State};
use super::subscription::{Subscription, Surroundings, Wrong};
use super::{Answer, Context, refusal};
use crate::query::Xml;
use crate::wire::Refusal;

/// What AWS delivers to and the sandbox does not.
const ELSEWHERE: [&str; 8] = [
    "http",
    "https",
    "email",
    "email-json",
    "sms",
    "application",
    "lambda",
    "firehose",
];

pub async fn subscribe(context: &Context) -> Answer {
    let topic = context.topic()?;
    check_protocol(context)?;
    let queue = queue(context)?;
    let attributes = context.attributes();
    let size: usize = attributes.values().map(String::len).sum();
    context.check_room(size as u64).await?;
    let existing = context.account.sns.usage().await.subscriptions;
    let most = context.account.sns.most_subscriptions;
    let key = context
        .engine
        .change(|changing| {
            let fifo = fifo(changing.state, topic)?;
            if queue.ends_with(FIFO) && !fifo {
                // AWS does say it twice.
                return Err(refusal::invalid(
                    "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
                ));
            }
            let id = uuid::Uuid::new_v4().to_string();
            let mut subscription = Subscription::new(topic, id, &queue);
            set(context, &mut subscription, &attributes, fifo)
                .map_err(|wrong| refusal::because("Attributes", wrong))?;
            let mut all = changing.state.subscribers_of(topic);
            if let Some(there) = all.find(|s| s.subscription.queue == queue) {
                let there = &there.subscription;
                return if there.agrees(&attributes) {
                    Ok(there.key())
                } else {
                    Err(refusal::because(
                        "Attributes",
                        "Subscription already exists with different attributes",
                    ))
                };
            }
            drop(all);
            if existing >= most {
                return Err(refusal::too_many_subscriptions(most));
            }
            let key = subscription.key();
            changing.make(Change::Subscribed(Box::new(subscription)));
            Ok(key)
        })
        .await?;
    let arn = context.engine.place.subscription(&key);
    Ok(Some(Xml::new().text("SubscriptionArn", &arn)))
}

fn check_protocol(context: &Context) -> Result<(), Refusal> {
    let protocol = context.params.needed("Protocol")?;
    if protocol == "sqs" {
        return Ok(());
    }
    if ELSEWHERE.contains(&protocol) {
        return Err(refusal::because(
            "Protocol",
            format!(
                "the sandbox delivers to SQS queues alone, so that nothing leaves it; {protocol} is not possible"
            ),
        ));
    }
    let shown: String = protocol.chars().take(100).collect();
    Err(refusal::invalid(format!(
        "Amazon SNS does not support this protocol string: {shown}"
    )))
}

/// The name of the queue to subscribe. It need not be there yet: AWS does not look.
fn queue(context: &Context) -> Result<String, Refusal> {
    let endpoint = context.params.text("Endpoint").unwrap_or_default();
    if let Some(name) = context.queues.place.name_in_arn(endpoint) {
        return Ok(name.to_owned());
    }
    let parts: Vec<&str> = endpoint.split(':').collect();
    Err(match parts[..] {
        ["arn", "aws", "sqs", _, account, _] if account != context.engine.place.account.as_str() => {
            refusal::denied(context.engine.place.account.as_str(), "Subscribe", endpoint)
        }
        ["arn", "aws", "sqs", _, _, _] => refusal::because(
            "Endpoint",
            "the sandbox delivers to queues of the topic's own region alone",
        ),
        _ => refusal::invalid("SQS endpoint ARN"),
    })
}

fn fifo(state: &State, topic: &str) -> Result<bool, Refusal> {
    let topic = state.topic(topic).ok_or_else(refusal::no_topic)?;
    Ok(topic.definition.is_fifo())
}

fn set(
    context: &Context,
    subscription: &mut Subscription,
    attributes: &BTreeMap<String, String>,
    fifo_topic: bool,
) -> Result<(), Wrong> {
    let surroundings = Surroundings {
        queue_in: &|arn| context.queues.place.name_in_arn(arn).map(str::to_owned),
        fifo_topic,
    };
    subscription.set(attributes, &surroundings)
}

/// Every subscription here is confirmed from the start, so that no token was ever given out.
pub fn confirm(context: &Context) -> Answer {
    context.topic()?;
    let token = context.params.needed("Token")?;
    let shaped = token.len() >= 64 && token.bytes().all(|b| b.is_ascii_hexdigit());
    Err(if shaped {
        refusal::invalid("Token")
    } else {
        Refusal::new("InvalidParameter", "Invalid token")
    })
}

/// Ending what is not there is no mistake.
pub async fn unsubscribe(context: &Context) -> Answer {
    let Some(arn) = context.params.text("SubscriptionArn") else {
        return Err(refusal::because(
            "SubscriptionArn",
            "no value for required parameter",
        ));
    };
    let key = context.engine.place.subscription_in(arn, &context.operation)?;
    context
        .engine
        .change(|changing| {
            if changing.state.subscriber(&key).is_some() {
                changing.make(Change::Unsubscribed { key });
            }
            Ok(None)
        })
        .await
}

pub fn list(context: &Context) -> Answer {
    context.page("Subscriptions", |state| {
        let all = state.subscribers().map(|s| &s.subscription);
        all.map(|subscription| listed(context, subscription)).collect()
    })
}

pub fn list_by_topic(context: &Context) -> Answer {
    let topic = context.topic()?;
    context.engine.look(|state| fifo(state, topic))?;
    context.page("Subscriptions", |state| {
        let all = state.subscribers_of(topic).map(|s| &s.subscription);
        all.map(|subscription| listed(context, subscription)).collect()
    })
}

/// A subscription as lists have it, by a name that is in their order.
fn listed(context: &Context, subscription: &Subscription) -> (String, Xml) {
    let place = &context.engine.place;
    let (topic, id) = subscription.key();
    let element = Xml::new()
        .text("SubscriptionArn", &place.subscription(&subscription.key()))
        .text("Owner", place.account.as_str())
        .text("Protocol", "sqs")
        .text("Endpoint", &context.queues.place.arn(&subscription.queue))
        .text("TopicArn", &place.topic(&topic));
    // A colon is in no name; but a name may be the beginning of another, and the lists are ordered by pairs.
    (format!("{topic}\u{0}{id}"), element)
}

pub fn attributes(context: &Context) -> Answer {
    let key = key(context)?;
    let shown = context.engine.look(|state| {
        let subscription = &state.subscriber(&key)?.subscription;
        let endpoint = context.queues.place.arn(&subscription.queue);
        Some(subscription.shown(&context.engine.place, endpoint))
    });
    let shown = shown.ok_or_else(refusal::no_subscription)?;
    Ok(Some(Xml::new().map("Attributes", shown)))
}

pub async fn set_attribute(context: &Context) -> Answer {
    let key = key(context)?;
    let name = context.params.needed("AttributeName")?;
    let value = context.params.text("AttributeValue").unwrap_or_default();
    let given = BTreeMap::from([(name.to_owned(), value.to_owned())]);
    context.check_room(value.len() as u64).await?;
    context
        .engine
        .change(|changing| {
            let subscriber = changing.state.subscriber(&key);
            let subscriber = subscriber.ok_or_else(refusal::no_subscription)?;
            let mut subscription = subscriber.subscription.clone();
            let fifo = fifo(changing.state, &key.0)?;
            set(context, &mut subscription, &given, fifo).map_err(refusal::invalid)?;
            changing.make(Change::Subscribed(Box::new(subscription)));
            Ok(None)
        })
        .await
}

fn key(context: &Context) -> Result<SubscriptionKey, Refusal> {
    let arn = context.params.text("SubscriptionArn").unwrap_or_default();
    context.engine.place.subscription_in(arn, &context.operation)
}
