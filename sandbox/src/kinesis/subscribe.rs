//! `SubscribeToShard`: records are pushed as they come, as frames of an event stream, for five minutes. One subscription
//! for each consumer and shard: a second takes over from the first, though not in its first five seconds.
//! Source: the API reference of the operation, and of `SubscribeToShardEvent`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use ferrokinesis::event_stream::{encode_exception, encode_initial_response, encode_subscribe_event};
use ferrokinesis::types::{ConsumerStatus, Stream};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use super::changes::is_open;
use super::engine::Engine;
use super::get::{self, Page};
use super::subscriptions::Lease;
use crate::account::Account;
use crate::history::Reader;
use crate::region::Region;
use crate::wire::{Format, Refusal, Reply};

/// How long a subscription lasts.
const LIFE: Duration = Duration::from_mins(5);
/// How often something is said when there is nothing to say, so that the reader knows how far behind it is.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Puts that come this close together are pushed together.
const GATHER: Duration = Duration::from_millis(10);
/// The most records an event, and the most bytes; also what a shard pushes to one consumer in a second.
const MOST_RECORDS: usize = 10_000;
const MOST_BYTES: u64 = 2 * 1024 * 1024;

/// Begins a subscription.
pub async fn begin(
    account: Arc<Account>,
    engine: Arc<Engine>,
    region: Region,
    body: &Value,
    format: Format,
) -> Result<Reply, Refusal> {
    let arn = body["ConsumerARN"].as_str().unwrap_or_default();
    let consumer = engine
        .store()
        .get_consumer(arn)
        .await
        .ok_or_else(|| Refusal::new("ResourceNotFoundException", format!("Consumer {arn} not found.")))?;
    if consumer.consumer_status != ConsumerStatus::Active {
        return Err(Refusal::new(
            "ResourceInUseException",
            format!(
                "Consumer {arn} is not ACTIVE, instead in state {}.",
                consumer.consumer_status
            ),
        ));
    }
    let place = get::place(&engine, starting(arn, body)).await?;
    let now = Instant::now();
    let lease = engine
        .subscriptions()
        .take(arn, place.shard, now)
        .ok_or_else(|| {
            Refusal::new(
                "ResourceInUseException",
                format!("Another active subscription exists for this consumer: {arn} and shard."),
            )
        })?;
    let subscription = Subscription {
        account,
        region,
        news: engine.news(),
        consumer: consumer.consumer_name,
        consumer_arn: arn.to_owned(),
        stream: place.stream,
        shard: place.shard,
        from: place.from,
        ends: now + LIFE,
        heartbeat: now,
        rests: now,
        stage: Stage::Beginning,
        format,
        lease,
        engine,
    };
    let frames = futures::stream::unfold(subscription, Subscription::next);
    Ok(Reply::Events(Body::from_stream(frames)))
}

/// The starting position, as `GetShardIterator` would be asked for it.
fn starting(consumer_arn: &str, body: &Value) -> Value {
    let stream = consumer_arn.split('/').nth(1).unwrap_or_default();
    let position = &body["StartingPosition"];
    let mut asked = json!({
        "StreamName": stream,
        "ShardId": body["ShardId"],
        "ShardIteratorType": position["Type"],
    });
    for (of, to) in [
        ("SequenceNumber", "StartingSequenceNumber"),
        ("Timestamp", "Timestamp"),
    ] {
        if !position[of].is_null() {
            asked[to] = position[of].clone();
        }
    }
    asked
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Beginning,
    Under,
    Over,
}

/// A subscription under way. It holds its account, so that it is not put away under it.
struct Subscription {
    account: Arc<Account>,
    region: Region,
    engine: Arc<Engine>,
    consumer: String,
    consumer_arn: String,
    stream: String,
    shard: u32,
    /// The sequence number from which to go on.
    from: String,
    ends: Instant,
    /// When something is to be said even if nothing came.
    heartbeat: Instant,
    /// Until when the shard rests after what it pushed.
    rests: Instant,
    news: watch::Receiver<()>,
    stage: Stage,
    format: Format,
    lease: Lease,
}

type Frame = Result<Bytes, std::io::Error>;

impl Subscription {
    /// The next frame; none when it is over.
    async fn next(mut self) -> Option<(Frame, Self)> {
        let frame = match self.stage {
            Stage::Over => return None,
            Stage::Beginning => {
                self.stage = Stage::Under;
                encode_initial_response()
            }
            Stage::Under => match self.event().await {
                Ok(Some(event)) => self.encode(&event),
                Ok(None) => return None,
                Err(refusal) => {
                    self.stage = Stage::Over;
                    encode_exception(named(&refusal.kind), &refusal.message)
                }
            },
        };
        Some((Ok(Bytes::from(frame)), self))
    }

    /// Waits for something to say; none when the five minutes are over.
    async fn event(&mut self) -> Result<Option<Value>, Refusal> {
        loop {
            tokio::time::sleep_until(self.rests).await;
            let now = Instant::now();
            if now >= self.ends {
                return Ok(None);
            }
            if self.lease.is_over() {
                return Err(self.lost());
            }
            self.still_registered().await?;
            let stream = self.engine.stream(&self.stream).await?;
            let closed = !is_open(get::shard(&self.engine, &stream, self.shard)?);
            self.news.borrow_and_update();
            let mut page = Page::read(
                &self.engine,
                &stream,
                self.shard,
                &self.from,
                MOST_RECORDS,
                MOST_BYTES,
            )
            .await;
            let at_end = closed && page.behind_ms.is_none();
            if at_end || !page.records.is_empty() || now >= self.heartbeat {
                self.heartbeat = now + HEARTBEAT;
                self.rests = now + Duration::from_millis(page.bytes * 1_000 / MOST_BYTES);
                return Ok(Some(self.said(&stream, &mut page, at_end)));
            }
            self.wait().await;
        }
    }

    /// The event for a page.
    fn said(&mut self, stream: &Stream, page: &mut Page, at_end: bool) -> Value {
        let reader = Reader {
            region: self.region,
            stream: self.stream.clone(),
            shard: super::arn::shard_id(self.shard),
            consumer: Some(self.consumer.clone()),
        };
        page.note(&self.account.history, reader);
        let mut event = json!({
            "Records": page.answer(stream),
            "MillisBehindLatest": page.behind_ms.unwrap_or_default(),
        });
        self.from = std::mem::take(&mut page.next);
        if at_end {
            event["ChildShards"] = get::children(stream, &super::arn::shard_id(self.shard));
            self.stage = Stage::Over;
        } else {
            // No record has this number, so that one may go on at it or after it.
            event["ContinuationSequenceNumber"] = json!(self.from);
        }
        event
    }

    /// Waits until there may be news, it is time to say something, or another takes over.
    async fn wait(&mut self) {
        let until = self.heartbeat.min(self.ends);
        tokio::select! {
            () = self.lease.taken_over() => {}
            () = tokio::time::sleep_until(until) => {}
            _ = self.news.changed() => tokio::time::sleep(GATHER).await,
        }
    }

    fn lost(&self) -> Refusal {
        Refusal::new(
            "ResourceInUseException",
            format!(
                "Another subscription of consumer {} took over this shard.",
                self.consumer_arn
            ),
        )
    }

    async fn still_registered(&self) -> Result<(), Refusal> {
        let consumer = self.engine.store().get_consumer(&self.consumer_arn).await;
        if consumer.is_some_and(|consumer| consumer.consumer_status != ConsumerStatus::Deleting) {
            return Ok(());
        }
        Err(Refusal::new(
            "ResourceNotFoundException",
            format!("Consumer {} not found.", self.consumer_arn),
        ))
    }

    fn encode(&self, event: &Value) -> Vec<u8> {
        let media = match self.format {
            Format::Cbor => Format::Cbor.media_type(),
            // As real event streams have it, whatever minor version the request was in.
            Format::Json | Format::Json10 | Format::Query => "application/json",
        };
        encode_subscribe_event(&self.format.write(event), media)
    }
}

/// The exceptions an event stream may end with; the encoder takes constants.
fn named(kind: &str) -> &'static str {
    match kind {
        "ResourceNotFoundException" => "ResourceNotFoundException",
        "ResourceInUseException" => "ResourceInUseException",
        _ => "InternalFailureException",
    }
}
