//! Enhanced fan-out consumers: registered with a stream, described, listed, deregistered. What they read is in
//! `subscribe`. Source: the API reference of the four operations.

use std::sync::Arc;
use std::time::Duration;

use ferrokinesis::actions::Operation;
use ferrokinesis::types::{Consumer, ConsumerStatus};
use serde_json::{Value, json};

use super::engine::Engine;
use super::{pages, tags};
use crate::history::History;
use crate::region::Region;
use crate::token::Sealer;
use crate::wire::Refusal;

/// The most consumers of a stream, and the most of them that are being created at once.
const MOST: usize = 20;
const MOST_CREATING: usize = 5;
/// The most consumers a page.
const PAGE: usize = 100;

/// How long registrations and removals that are under way are waited for, and how often they are looked at.
const SETTLED_WITHIN: Duration = Duration::from_secs(5);
const GLANCE: Duration = Duration::from_millis(5);

/// The consumers of a stream, once none is being registered or removed. The engine ends either a while after it was
/// asked for. If the consumer has gone with its stream by then, that looks to it like damage, and it takes no write
/// from then on: a stream must not be deleted before.
pub async fn settled(engine: &Engine, stream: &str) -> Result<Vec<Consumer>, Refusal> {
    let settling = async {
        loop {
            let consumers = engine.store().list_consumers_for_stream(stream).await;
            let active = |c: &Consumer| c.consumer_status == ConsumerStatus::Active;
            if consumers.iter().all(active) {
                return consumers;
            }
            tokio::time::sleep(GLANCE).await;
        }
    };
    let settled = tokio::time::timeout(SETTLED_WITHIN, settling).await;
    settled.map_err(|_| {
        Refusal::new(
            "ResourceInUseException",
            format!("Consumers of stream {stream} are being registered or removed. Try again in a moment."),
        )
    })
}

/// Refuses a registration that AWS would refuse.
pub async fn check_registration(engine: &Engine, body: &Value) -> Result<(), Refusal> {
    let stream = body["StreamARN"].as_str().unwrap_or_default();
    let name = body["ConsumerName"].as_str().unwrap_or_default();
    if !body["Tags"].is_null() {
        tags::check(&body["Tags"])?;
    }
    let registered = engine.store().list_consumers_for_stream(stream).await;
    if registered.iter().any(|consumer| consumer.consumer_name == name) {
        return Err(Refusal::new(
            "ResourceInUseException",
            format!(
                "Consumer {name} under stream {stream} already exists for account {}.",
                engine.account()
            ),
        ));
    }
    if registered.len() >= MOST {
        return Err(Refusal::new(
            "LimitExceededException",
            format!("Stream {stream} has {MOST} registered consumers, which is the most it may have."),
        ));
    }
    let creating = registered
        .iter()
        .filter(|c| c.consumer_status == ConsumerStatus::Creating);
    if creating.count() >= MOST_CREATING {
        return Err(Refusal::new(
            "LimitExceededException",
            format!("{MOST_CREATING} consumers are being created at this time, which is the most at once."),
        ));
    }
    Ok(())
}

/// The consumer that a request names: by its ARN, or by its stream's ARN and its name, or by all three in agreement.
pub async fn named(engine: &Engine, body: &Value) -> Result<Consumer, Refusal> {
    let text = |field: &str| body[field].as_str();
    let by_stream = text("StreamARN").zip(text("ConsumerName"));
    let found = match (text("ConsumerARN"), by_stream) {
        (Some(arn), _) => engine.store().get_consumer(arn).await,
        (None, Some((stream, name))) => engine.store().find_consumer(stream, name).await,
        (None, None) => {
            return Err(Refusal::new(
                "InvalidArgumentException",
                "Must specify either ConsumerARN, or both StreamARN and ConsumerName.",
            ));
        }
    };
    let consumer = found.ok_or_else(|| not_found(engine, body))?;
    let agrees = text("StreamARN").is_none_or(|stream| stream == stream_of(&consumer))
        && text("ConsumerName").is_none_or(|name| name == consumer.consumer_name);
    if agrees {
        Ok(consumer)
    } else {
        Err(Refusal::new(
            "InvalidArgumentException",
            "StreamARN or ConsumerName is not that of the consumer named by ConsumerARN.",
        ))
    }
}

fn not_found(engine: &Engine, body: &Value) -> Refusal {
    let named = match body["ConsumerARN"].as_str() {
        Some(arn) => arn.to_owned(),
        None => format!(
            "{} of stream {}",
            body["ConsumerName"].as_str().unwrap_or_default(),
            body["StreamARN"].as_str().unwrap_or_default()
        ),
    };
    Refusal::new(
        "ResourceNotFoundException",
        format!("Consumer {named} under account {} not found.", engine.account()),
    )
}

/// The ARN of the stream a consumer is registered with.
pub fn stream_of(consumer: &Consumer) -> &str {
    let arn = consumer.consumer_arn.as_str();
    arn.split_once("/consumer/").map_or(arn, |(stream, _)| stream)
}

/// `DescribeStreamConsumer`.
pub async fn describe(engine: &Engine, body: &Value) -> Result<Value, Refusal> {
    let consumer = named(engine, body).await?;
    let mut description = json!(consumer);
    description["StreamARN"] = json!(stream_of(&consumer));
    Ok(json!({ "ConsumerDescription": description }))
}

/// `ListStreamConsumers`: by name, a page at a time.
pub async fn list(engine: &Engine, body: &Value, sealer: &Sealer) -> Result<Value, Refusal> {
    let arn = body["StreamARN"].as_str().unwrap_or_default();
    let stream = engine.stream(arn.rsplit('/').next().unwrap_or_default()).await?;
    pages::same_creation(&stream, body)?;
    let after = pages::opened(body, sealer, arn)?;
    let mut consumers = engine.store().list_consumers_for_stream(arn).await;
    consumers.sort_by(|a, b| a.consumer_name.cmp(&b.consumer_name));
    consumers.retain(|consumer| after.as_ref().is_none_or(|after| consumer.consumer_name > *after));
    let most = pages::size(&body["MaxResults"], PAGE);
    let more = consumers.len() > most;
    consumers.truncate(most);
    let mut answer = json!({ "Consumers": consumers });
    if let (true, Some(last)) = (more, consumers.last()) {
        answer["NextToken"] = json!(pages::sealed(sealer, arn, &last.consumer_name)?);
    }
    Ok(answer)
}

/// `DeregisterStreamConsumer`. Who is subscribed is told so.
pub async fn deregister(
    engine: &Arc<Engine>,
    body: Value,
    history: &History,
    region: Region,
) -> Result<Option<Value>, Refusal> {
    let consumer = named(engine, &body).await?;
    let by_arn = json!({ "ConsumerARN": consumer.consumer_arn });
    let answer = engine
        .change(Operation::DeregisterStreamConsumer, by_arn, 0)
        .await?;
    let stream = stream_of(&consumer).rsplit('/').next().unwrap_or_default();
    history.forget_consumer(region, stream, &consumer.consumer_name);
    Ok(answer)
}
