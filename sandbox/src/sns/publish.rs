//! `Publish` and `PublishBatch`: from a topic into the queues of its subscriptions. Source: Amazon SNS API Reference; for FIFO
//! topics the Developer Guide, "Message deduplication" and "Message ordering".
//!
//! The copies are put into their queues under the topics' lock, so that queues have them in the topic's order, and the
//! publisher is told when they are on the disk. Only then does the topic write down what it remembers: a crash in between
//! leaves a message that was never acknowledged and that a repeat delivers again, rather than one that a repeat would lose.

use std::collections::HashSet;

use super::arn::FIFO;
use super::envelope::{Notification, Origin};
use super::filter::Looked;
use super::message::Message;
use super::state::{Change, Published, State, Topic};
use super::topic::Definition;
use super::{Answer, Context, refusal};
use crate::duplicates::First;
use crate::query::{Params, Xml, missing};
use crate::sqs::{Delivery, Outcome};
use crate::wire::Refusal;

/// The most entries of a batch.
const MOST_ENTRIES: usize = 10;

/// What a publisher is told.
struct Told {
    id: String,
    sequence: Option<String>,
}

impl Told {
    fn shown(&self, xml: Xml) -> Xml {
        xml.text("MessageId", &self.id)
            .maybe("SequenceNumber", self.sequence.as_deref())
    }
}

pub async fn one(context: &Context) -> Answer {
    let topic = target(context)?;
    let message = Message::read(&context.params, "")?;
    let mut told = publish(context, topic, &[message], |_, _| Ok(())).await?;
    match told.pop() {
        Some(told) => Ok(Some(told?.shown(Xml::new()))),
        None => Err(Refusal::internal()),
    }
}

/// The name of the topic to publish to.
fn target(context: &Context) -> Result<&str, Refusal> {
    let params = &context.params;
    let given = ["TopicArn", "TargetArn", "PhoneNumber"].map(|name| (name, params.text(name)));
    let mut given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
    match (given.next(), given.next()) {
        (Some(_), Some((second, _))) => Err(refusal::because(
            second,
            "Only one of TopicArn, TargetArn and PhoneNumber may be given",
        )),
        (Some(("PhoneNumber", _)), None) => Err(refusal::because(
            "PhoneNumber",
            "the sandbox sends no text messages",
        )),
        (Some((_, arn)), None) if arn.contains(":endpoint/") => Err(refusal::because(
            "TargetArn",
            "No endpoint found for the target arn specified",
        )),
        (Some((name, arn)), None) => context.engine.place.topic_in(arn, name, &context.operation),
        (None, _) => Err(refusal::because(
            "TopicArn or TargetArn",
            "no value for required parameter",
        )),
    }
}

pub async fn batch(context: &Context) -> Answer {
    let topic = context.topic()?;
    let entries = context.params.items("PublishBatchRequestEntries.member");
    let ids = check_entries(&entries)?;
    context.engine.look(|state| {
        state.topic(topic).ok_or_else(refusal::no_topic)?;
        Ok::<_, Refusal>(())
    })?;
    let read = entries.iter().zip(1..).map(|(entry, position)| {
        Message::read(entry, &format!("publishBatchRequestEntries.{position}.member."))
    });
    let messages: Vec<Message> = read.collect::<Result<_, _>>()?;
    let told = publish(context, topic, &messages, |topic, messages| {
        let together: usize = messages.iter().map(|message| message.size).sum();
        if together > topic.max_size() {
            return Err(refusal::batch_too_long());
        }
        // Where none has what a FIFO topic needs, AWS refuses the batch.
        let mut checked = messages.iter().map(|message| message.check_order(topic));
        match checked.next() {
            Some(Err(refusal)) if checked.all(|checked| checked.is_err()) => Err(refusal),
            _ => Ok(()),
        }
    })
    .await?;
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (id, told) in ids.iter().zip(told) {
        let entry = Xml::new().text("Id", id);
        match told {
            Ok(told) => done.push(told.shown(entry)),
            Err(refusal) => failed.push(
                entry
                    .text("Code", &refusal.kind)
                    .text("Message", &refusal.message)
                    .text("SenderFault", "true"),
            ),
        }
    }
    Ok(Some(Xml::new().list("Successful", done).list("Failed", failed)))
}

/// Refuses a batch that is refused as a whole; the ids of its entries.
fn check_entries(entries: &[Params]) -> Result<Vec<String>, Refusal> {
    if entries.is_empty() {
        return Err(refusal::empty_batch());
    }
    if entries.len() > MOST_ENTRIES {
        return Err(refusal::too_many_entries());
    }
    let mut ids = Vec::new();
    for (entry, position) in entries.iter().zip(1..) {
        let path = format!("publishBatchRequestEntries.{position}.member.id");
        ids.push(entry.text("Id").ok_or_else(|| missing(&path))?.to_owned());
    }
    let distinct: HashSet<&String> = ids.iter().collect();
    if distinct.len() < ids.len() {
        return Err(refusal::ids_not_distinct());
    }
    let odd = |id: &&String| {
        !(1..=80).contains(&id.len())
            || !id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    match ids.iter().find(odd) {
        Some(odd) => Err(refusal::invalid_entry_id(odd)),
        None => Ok(ids),
    }
}

/// Publishes messages in their order; `check` may refuse them all. What is wrong with one alone is told of it alone.
async fn publish(
    context: &Context,
    topic: &str,
    messages: &[Message],
    check: impl FnOnce(&Definition, &[Message]) -> Result<(), Refusal>,
) -> Result<Vec<Result<Told, Refusal>>, Refusal> {
    let room = context.account.room().await;
    let (told, notes, safe) = context.engine.work(|state, now| {
        let known = state.topic(topic).ok_or_else(refusal::no_topic)?;
        check(&known.definition, messages)?;
        let mut publishing = Publishing {
            context,
            topic,
            now,
            room,
            notes: Vec::new(),
        };
        let each = messages.iter();
        let told: Vec<_> = each.map(|message| publishing.take(state, message)).collect();
        // Nothing more is delivered: this only waits for all that was, a duplicate's first included.
        let (_, safe) = context.queues.deliver(&[]);
        Ok::<_, Refusal>((told, publishing.notes, safe))
    })?;
    safe.await?;
    context.engine.keep(&notes).await?;
    Ok(told)
}

/// A copy for a subscription's queue: the subscription's id, and what was delivered to it before.
type Copy = ((String, u64), Delivery);

/// Messages on their way into their queues.
struct Publishing<'a> {
    context: &'a Context,
    topic: &'a str,
    /// Unix milliseconds.
    now: i64,
    /// How many bytes the tenant may still store.
    room: u64,
    /// What the topic will write down.
    notes: Vec<Change>,
}

impl Publishing<'_> {
    /// Takes one message and delivers it.
    fn take(&mut self, state: &mut State, message: &Message) -> Result<Told, Refusal> {
        let topic = state.topic(self.topic).ok_or_else(refusal::no_topic)?;
        message.check_order(&topic.definition)?;
        message.check(&topic.definition)?;
        let fifo = topic.definition.is_fifo();
        let key = fifo.then(|| key(&topic.definition, message));
        if let Some(first) = key.as_ref().and_then(|key| topic.sent_before.find(key, self.now)) {
            return Ok(Told {
                id: first.id.clone(),
                sequence: Some(sequence(first.number)),
            });
        }
        let id = uuid::Uuid::new_v4().to_string();
        let number = state.next_number();
        let told = Told {
            sequence: fifo.then(|| sequence(number)),
            id: id.clone(),
        };
        let (copies, room) = self.copies(state, topic, message, &told)?;
        self.room = room;
        let (subscribers, deliveries): (Vec<_>, Vec<_>) = copies.into_iter().unzip();
        let (outcomes, _) = self.context.queues.deliver(&deliveries);
        let delivered = subscribers
            .into_iter()
            .zip(outcomes)
            .filter(|(_, outcome)| *outcome == Outcome::Delivered)
            .map(|((id, before), _)| (id, before + 1))
            .collect();
        let at = self.now;
        let note = Change::Published(Published {
            topic: self.topic.to_owned(),
            incarnation: topic.definition.incarnation,
            total: topic.published + 1,
            delivered,
            first: key.map(|key| (key, First { id, number, at })),
        });
        state.apply(note.clone());
        self.notes.push(note);
        Ok(told)
    }

    /// A copy for each subscription that wants the message, with what it had so far; and the room that they leave. Where
    /// there is not room for all, none is made.
    fn copies(
        &self,
        state: &State,
        topic: &Topic,
        message: &Message,
        told: &Told,
    ) -> Result<(Vec<Copy>, u64), Refusal> {
        let Context {
            engine, host, sealer, ..
        } = self.context;
        let notification = Notification {
            message,
            topic: engine.place.topic(self.topic),
            id: &told.id,
            sequence: told.sequence.clone(),
            at: self.now,
            signature_version: topic.definition.signature_version(),
        };
        let origin = Origin {
            place: &engine.place,
            host,
            sealer,
        };
        let fifo = topic.definition.is_fifo();
        let looked = Looked::at(&message.attributes, &message.text);
        let wanted = state.subscribers_of(self.topic).filter(|subscriber| {
            let filter = subscriber.filter.as_ref();
            filter.is_none_or(|filter| filter.accepts(&looked))
        });
        let mut room = self.room;
        let copies = wanted.map(|subscriber| {
            let subscription = &subscriber.subscription;
            let (body, attributes) = notification.to(subscription, &origin);
            let delivery = Delivery {
                queue: subscription.queue.clone(),
                dead_letters: subscription.redrive.as_ref().map(|(_, queue)| queue.clone()),
                body,
                attributes,
                // The groups of a FIFO topic mean nothing to a queue that is not; those of others make it fair.
                group: message
                    .group
                    .clone()
                    .filter(|_| !fifo || subscription.queue.ends_with(FIFO)),
                deduplication: fifo.then(|| message.deduplication_id()),
            };
            room = room.checked_sub(delivery.size()).ok_or_else(refusal::full)?;
            Ok::<_, Refusal>(((subscription.id.clone(), subscriber.delivered), delivery))
        });
        let copies = copies.collect::<Result<_, _>>()?;
        Ok((copies, room))
    }
}

/// What a FIFO topic knows a message's duplicates by.
fn key(topic: &Definition, message: &Message) -> String {
    let id = message.deduplication_id();
    match &message.group {
        Some(group) if topic.per_group() => format!("{group}\n{id}"),
        _ => id,
    }
}

/// The sequence number of a FIFO topic's message: twenty digits that rise.
fn sequence(number: u64) -> String {
    const FIRST: u128 = 10_000_000_000_000_000_000;
    (FIRST + u128::from(number) * 1_000).to_string()
}
