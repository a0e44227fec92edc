//! `ReceiveMessage`. Source: Amazon SQS API Reference; Developer Guide, "Visibility timeout", "Short and long polling",
//! "Dead-letter queues".

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::engine::Changing;
use super::handle::Handle;
use super::message::{self, Message, Number, State};
use super::queue::Queue;
use super::send::{check_id, sequence};
use super::settings::{LONGEST_VISIBILITY, LONGEST_WAIT};
use super::state::Change;
use super::{Context, refusal};
use crate::wire::{Refusal, Reply};

/// The most messages of a queue that may be in flight.
const MOST_IN_FLIGHT: usize = 120_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReceiveMessage {
    queue_url: Option<String>,
    #[serde(default)]
    attribute_names: Option<Vec<String>>,
    #[serde(default)]
    message_system_attribute_names: Option<Vec<String>>,
    #[serde(default)]
    message_attribute_names: Option<Vec<String>>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    receive_request_attempt_id: Option<String>,
}

/// What was handed out, or when to look again.
enum Found {
    Messages(Vec<Value>),
    /// Unix milliseconds; `None` if only a send can help.
    NothingUntil(Option<i64>),
}

pub async fn receive(context: &Context, input: ReceiveMessage) -> Result<Reply, Refusal> {
    let name = context.queue_at(input.queue_url.as_deref())?;
    let most = in_range(
        "MaxNumberOfMessages",
        input.max_number_of_messages,
        1..=10,
        "Must be between 1 and 10, if provided.",
    )?;
    let wait = in_range(
        "WaitTimeSeconds",
        input.wait_time_seconds,
        0..=i64::from(LONGEST_WAIT),
        "Must be >= 0 and <= 20, if provided.",
    )?;
    let visibility = in_range(
        "VisibilityTimeout",
        input.visibility_timeout,
        0..=i64::from(LONGEST_VISIBILITY),
        "Must be between 0 and 43200, if provided.",
    )?;
    let wanted = Wanted::new(&input)?;
    let wait = match wait {
        Some(seconds) => seconds,
        None => context.engine.look(|state, _| {
            let queue = state.queue(name).ok_or_else(refusal::no_such_queue)?;
            Ok::<_, Refusal>(i64::from(queue.definition.settings.wait))
        })?,
    };
    let deadline = Instant::now() + Duration::from_secs(wait.unsigned_abs());
    let take = Take {
        name,
        most: most.unwrap_or(1).unsigned_abs() as usize,
        visibility,
        attempt: input.receive_request_attempt_id.as_deref(),
        newest_first: context.newest_first,
    };
    loop {
        let bell = context
            .engine
            .look(|state, _| state.bell(name))
            .ok_or_else(refusal::no_such_queue)?;
        // Listening begins before looking, so that what comes in between is heard.
        let ring = bell.notified();
        tokio::pin!(ring);
        ring.as_mut().enable();
        let found = context
            .engine
            .change(|changing| take.from(changing, context, &wanted))
            .await?;
        let next = match found {
            Found::Messages(messages) => return Ok(Reply::Value(json!({ "Messages": messages }))),
            Found::NothingUntil(next) => next,
        };
        let now = Instant::now();
        if now >= deadline {
            return Ok(Reply::Value(json!({})));
        }
        let again = next.map_or(deadline, |at| deadline.min(now + until(at, context.engine.now())));
        tokio::select! {
            () = ring => {}
            () = tokio::time::sleep_until(again.into()) => {}
        }
    }
}

/// How long it is to a time, a moment at least.
fn until(at: i64, now: i64) -> Duration {
    let millis = (at - now).max(1);
    Duration::from_millis(millis.unsigned_abs())
}

pub fn in_range(
    name: &str,
    value: Option<i64>,
    range: std::ops::RangeInclusive<i64>,
    reason: &str,
) -> Result<Option<i64>, Refusal> {
    match value {
        Some(value) if !range.contains(&value) => Err(refusal::invalid_parameter(name, value, reason)),
        value => Ok(value),
    }
}

/// What a receive asks for.
struct Take<'a> {
    name: &'a str,
    most: usize,
    visibility: Option<i64>,
    attempt: Option<&'a str>,
    newest_first: bool,
}

impl Take<'_> {
    fn from(
        &self,
        changing: &mut Changing<'_>,
        context: &Context,
        wanted: &Wanted,
    ) -> Result<Found, Refusal> {
        let now = changing.now;
        let queue = changing
            .state
            .settled(self.name, now)
            .ok_or_else(refusal::no_such_queue)?;
        let visibility = self
            .visibility
            .unwrap_or(i64::from(queue.definition.settings.visibility));
        let until = now + visibility * 1_000;
        if let Some(attempt) = self.attempt {
            if !queue.is_fifo() {
                let reason = "The request include parameter that is not valid for this queue type.";
                return Err(refusal::invalid_parameter(
                    "ReceiveRequestAttemptId",
                    attempt,
                    reason,
                ));
            }
            check_id("ReceiveRequestAttemptId", attempt)?;
            if let Some(numbers) = queue.attempt(attempt, now) {
                for number in &numbers {
                    changing.make(Change::Kept {
                        queue: self.name.to_owned(),
                        number: *number,
                        at: now,
                        until,
                    });
                }
                return self.shown(changing, context, wanted, &numbers);
            }
        }
        if queue.counts().in_flight >= MOST_IN_FLIGHT && !queue.is_fifo() {
            return Err(refusal::over_limit(format!(
                "The queue has {MOST_IN_FLIGHT} messages in flight, which is the most. Delete some."
            )));
        }
        let numbers = self.choose(changing);
        if numbers.is_empty() {
            let next = changing.state.queue(self.name).and_then(Queue::next_ready);
            return Ok(Found::NothingUntil(next));
        }
        changing.make(Change::Received {
            queue: self.name.to_owned(),
            numbers: numbers.clone(),
            at: now,
            until,
            attempt: self.attempt.map(str::to_owned),
        });
        self.shown(changing, context, wanted, &numbers)
    }

    /// The messages to hand out, after those that were received often enough have gone to the dead-letter queue.
    fn choose(&self, changing: &mut Changing<'_>) -> Vec<Number> {
        loop {
            let Some(queue) = changing.state.queue(self.name) else {
                return Vec::new();
            };
            let chosen = queue.choose(self.most, self.newest_first);
            let redrive = queue.definition.settings.redrive.as_ref();
            let dead: Vec<(Number, String)> = redrive
                .and_then(|redrive| Some((redrive, self.target(changing, &redrive.target)?)))
                .map(|(redrive, target)| {
                    let worn = |n: &&Number| {
                        queue
                            .message(**n)
                            .is_some_and(|m| m.receives >= redrive.max_receives)
                    };
                    chosen.iter().filter(worn).map(|n| (*n, target.clone())).collect()
                })
                .unwrap_or_default();
            if dead.is_empty() {
                return chosen;
            }
            for (number, target) in dead {
                self.bury(changing, number, target);
            }
        }
    }

    /// The dead-letter queue, if it is there. Own account and region only: the policy was checked when it was set.
    fn target(&self, changing: &Changing<'_>, arn: &str) -> Option<String> {
        let name = arn.rsplit(':').next()?;
        changing.state.queue(name)?;
        (name != self.name).then(|| name.to_owned())
    }

    /// Moves a message to the dead-letter queue. It keeps its id, its age and its count.
    fn bury(&self, changing: &mut Changing<'_>, number: Number, target: String) {
        let Some(queue) = changing.state.queue(self.name) else {
            return;
        };
        let Some(message) = queue.message(number) else {
            return;
        };
        let mut message = message.clone();
        message.state = State::Ready;
        message.source = Some(queue.definition.name.clone());
        if queue.is_fifo() {
            message.sent = changing.now;
        }
        let new_number = changing.state.next_number();
        changing.make(Change::Moved {
            from: self.name.to_owned(),
            number,
            to: target,
            new_number,
            message: Box::new(message),
        });
    }

    fn shown(
        &self,
        changing: &Changing<'_>,
        context: &Context,
        wanted: &Wanted,
        numbers: &[Number],
    ) -> Result<Found, Refusal> {
        let Some(queue) = changing.state.queue(self.name) else {
            return Err(refusal::no_such_queue());
        };
        let messages = numbers
            .iter()
            .filter_map(|number| Some((*number, queue.message(*number)?)))
            .map(|(number, message)| wanted.message(context, queue, number, message))
            .collect::<Result<_, _>>()?;
        Ok(Found::Messages(messages))
    }
}

/// Which attributes a receiver wants to see.
struct Wanted {
    system: Vec<String>,
    attributes: Vec<String>,
}

/// The system attributes of a message, and `All`.
const SYSTEM: [&str; 10] = [
    "All",
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
];

impl Wanted {
    fn new(input: &ReceiveMessage) -> Result<Self, Refusal> {
        let names = [&input.attribute_names, &input.message_system_attribute_names];
        let system: Vec<String> = names.into_iter().flatten().flatten().cloned().collect();
        match system.iter().find(|name| !SYSTEM.contains(&name.as_str())) {
            Some(unknown) => Err(refusal::unknown_attribute(unknown)),
            None => Ok(Self {
                system,
                attributes: input.message_attribute_names.clone().unwrap_or_default(),
            }),
        }
    }

    fn message(
        &self,
        context: &Context,
        queue: &Queue,
        number: Number,
        message: &Message,
    ) -> Result<Value, Refusal> {
        let handle = Handle {
            queue: queue.definition.incarnation,
            message: number,
            receive: message.receives,
        };
        let mut shown = json!({
            "MessageId": message.id,
            "ReceiptHandle": handle.text(&context.sealer)?,
            "MD5OfBody": message::md5_of(&message.body),
            "Body": message.body,
        });
        let system = self.system(context, queue, number, message);
        if !system.is_empty() {
            shown["Attributes"] = Value::Object(system);
        }
        let chosen: Vec<_> = message
            .attributes
            .iter()
            .filter(|(name, _)| self.wants(name))
            .collect();
        if let Some(digest) = message::md5_of_attributes(chosen.iter().copied()) {
            shown["MD5OfMessageAttributes"] = json!(digest);
            let attributes = chosen.into_iter().map(|(name, a)| (name.clone(), a.shown()));
            shown["MessageAttributes"] = Value::Object(attributes.collect());
        }
        Ok(shown)
    }

    /// `All` and `.*` ask for every attribute, `prefix.*` for those that begin so.
    fn wants(&self, name: &str) -> bool {
        self.attributes.iter().any(|wanted| {
            wanted == "All"
                || wanted == name
                || wanted
                    .strip_suffix(".*")
                    .is_some_and(|prefix| name.starts_with(prefix))
        })
    }

    fn system(
        &self,
        context: &Context,
        queue: &Queue,
        number: Number,
        message: &Message,
    ) -> Map<String, Value> {
        let place = &context.engine.place;
        let fifo = queue.is_fifo();
        let all = [
            ("SenderId", Some(sender(place.account.as_str()))),
            ("SentTimestamp", Some(message.sent.to_string())),
            ("ApproximateReceiveCount", Some(message.receives.to_string())),
            (
                "ApproximateFirstReceiveTimestamp",
                message.first_received.map(|at| at.to_string()),
            ),
            ("SequenceNumber", fifo.then(|| sequence(number))),
            ("MessageDeduplicationId", message.deduplication.clone()),
            ("MessageGroupId", message.group.clone()),
            ("AWSTraceHeader", message.trace.clone()),
            (
                "DeadLetterQueueSourceArn",
                message.source.as_ref().map(|source| place.arn(source)),
            ),
        ];
        let wants = |name: &str| self.system.iter().any(|wanted| wanted == "All" || wanted == name);
        all.into_iter()
            .filter(|(name, _)| wants(name))
            .filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))))
            .collect()
    }
}

/// The id of the account's one user, in the shape of AWS's.
fn sender(account: &str) -> String {
    format!("AIDA{account:A>17}")
}
