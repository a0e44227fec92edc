//! All topics of one tenant in one region, and the changes that make them what they are. Every change is an entry of the
//! journal: applied when it is made, and again when the journal is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::arn::SubscriptionKey;
use super::filter::Filter;
use super::subscription::Subscription;
use super::topic::Definition;
use crate::duplicates::{First, SentBefore};
use crate::journal;

/// The first bytes of an SNS journal.
pub const MAGIC: journal::Magic = b"TRIBSNS1";

/// Something that happened to the topics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// A topic was created or set to something else.
    Defined(Box<Definition>),
    /// A topic was deleted with its subscriptions.
    Removed { topic: String },
    /// A subscription was made or set to something else.
    Subscribed(Box<Subscription>),
    /// A subscription was ended.
    Unsubscribed { key: SubscriptionKey },
    /// A message came.
    Published(Published),
    /// The next number to give; written when the journal is rewritten.
    Numbered { next: u64 },
}

/// What a topic remembers of a message. Written when its copies are safe in their queues, perhaps after later changes: so
/// the counts are totals, which can be heard twice, and the incarnation says which topic of the name is meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Published {
    pub topic: String,
    pub incarnation: u64,
    /// How many messages were published, this one counted.
    pub total: u64,
    /// How many were delivered to each subscription that took this one.
    pub delivered: Vec<(String, u64)>,
    /// What a FIFO topic will know duplicates by.
    pub first: Option<(String, First)>,
}

impl journal::Entry for Change {
    fn write(&self, payload: &mut Vec<u8>) {
        // Writing to memory fails for no value of this type.
        if ciborium::into_writer(self, &mut *payload).is_err() {
            tracing::error!("a change to the topics could not be written down");
        }
    }

    fn read(payload: &[u8]) -> Option<Self> {
        ciborium::from_reader(payload).ok()
    }
}

/// A topic.
pub struct Topic {
    pub definition: Definition,
    /// How many messages were published.
    pub published: u64,
    pub sent_before: SentBefore,
}

/// A subscription, and its filter ready for use.
pub struct Subscriber {
    pub subscription: Subscription,
    pub filter: Option<Filter>,
    /// How many messages were delivered.
    pub delivered: u64,
}

/// All topics of one tenant in one region.
#[derive(Default)]
pub struct State {
    topics: BTreeMap<String, Topic>,
    subscribers: BTreeMap<SubscriptionKey, Subscriber>,
    next: u64,
}

impl State {
    pub fn topic(&self, name: &str) -> Option<&Topic> {
        self.topics.get(name)
    }

    /// By name.
    pub fn topics(&self) -> impl Iterator<Item = &Topic> {
        self.topics.values()
    }

    pub fn subscriber(&self, key: &SubscriptionKey) -> Option<&Subscriber> {
        self.subscribers.get(key)
    }

    /// By topic, then by id.
    pub fn subscribers(&self) -> impl Iterator<Item = &Subscriber> {
        self.subscribers.values()
    }

    /// Those of one topic, by id.
    pub fn subscribers_of<'a>(&'a self, topic: &'a str) -> impl Iterator<Item = &'a Subscriber> {
        self.subscribers
            .range((topic.to_owned(), String::new())..)
            .take_while(move |((of, _), _)| of == topic)
            .map(|(_, subscriber)| subscriber)
    }

    /// A number that nothing has had.
    pub fn next_number(&self) -> u64 {
        self.next
    }

    /// The bytes that all settings take.
    pub fn size(&self) -> u64 {
        let topics: u64 = self.topics().map(|t| t.definition.size()).sum();
        let subscriptions: u64 = self.subscribers().map(|s| s.subscription.size()).sum();
        topics + subscriptions
    }

    /// Lets go of what is too old to be a duplicate's first.
    pub fn forget(&mut self, now: i64) {
        for topic in self.topics.values_mut() {
            topic.sent_before.forget(now);
        }
    }

    /// Makes a change.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Defined(definition) => self.define(*definition),
            Change::Removed { topic } => {
                self.topics.remove(&topic);
                self.subscribers.retain(|(of, _), _| *of != topic);
            }
            Change::Subscribed(subscription) => self.subscribe(*subscription),
            Change::Unsubscribed { key } => {
                if self.subscribers.remove(&key).is_some()
                    && let Some(topic) = self.topics.get_mut(&key.0)
                {
                    topic.definition.ended += 1;
                }
            }
            Change::Published(published) => self.note(published),
            Change::Numbered { next } => self.next = self.next.max(next),
        }
    }

    fn define(&mut self, definition: Definition) {
        self.used(definition.incarnation);
        if let Some(topic) = self.topics.get_mut(&definition.name) {
            topic.definition = definition;
            return;
        }
        let topic = Topic {
            published: 0,
            sent_before: SentBefore::default(),
            definition: definition.clone(),
        };
        self.topics.insert(definition.name, topic);
    }

    fn subscribe(&mut self, subscription: Subscription) {
        let filter = subscription.filter().unwrap_or_else(|wrong| {
            // It was read when it was set, so this version reads it otherwise than an earlier one.
            tracing::error!(wrong, "a filter policy can no longer be read; all is let through");
            None
        });
        let key = subscription.key();
        let delivered = self.subscribers.get(&key).map_or(0, |s| s.delivered);
        let subscriber = Subscriber {
            subscription,
            filter,
            delivered,
        };
        self.subscribers.insert(key, subscriber);
    }

    fn note(&mut self, published: Published) {
        let Published {
            topic: name,
            incarnation,
            total,
            delivered,
            first,
        } = published;
        if let Some((_, first)) = &first {
            self.used(first.number);
        }
        let topic = self.topics.get_mut(&name);
        let Some(topic) = topic.filter(|topic| topic.definition.incarnation == incarnation) else {
            return;
        };
        topic.published = topic.published.max(total);
        if let Some((key, first)) = first {
            topic.sent_before.forget(first.at);
            topic.sent_before.remember(key, first);
        }
        for (id, total) in delivered {
            if let Some(subscriber) = self.subscribers.get_mut(&(name.clone(), id)) {
                subscriber.delivered = subscriber.delivered.max(total);
            }
        }
    }

    fn used(&mut self, number: u64) {
        self.next = self.next.max(number + 1);
    }

    /// The changes that make an empty state into this one.
    pub fn as_changes(&self) -> Vec<Change> {
        let mut changes = vec![Change::Numbered { next: self.next }];
        let defined = self.topics().map(|topic| topic.definition.clone());
        changes.extend(defined.map(|definition| Change::Defined(Box::new(definition))));
        let subscribed = self.subscribers().map(|s| s.subscription.clone());
        changes.extend(subscribed.map(|subscription| Change::Subscribed(Box::new(subscription))));
        for (name, topic) in &self.topics {
            let published = Published {
                topic: name.clone(),
                incarnation: topic.definition.incarnation,
                total: topic.published,
                delivered: self
                    .subscribers_of(name)
                    .map(|s| (s.subscription.id.clone(), s.delivered))
                    .collect(),
                first: None,
            };
            let remembered = topic.sent_before.iter().map(|(key, first)| Published {
                delivered: Vec::new(),
                first: Some((key.clone(), first.clone())),
                ..published.clone()
            });
            changes.extend(remembered.map(Change::Published));
            changes.push(Change::Published(published));
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(total: u64, incarnation: u64, at: i64) -> Change {
        Change::Published(Published {
            topic: "orders".into(),
            incarnation,
            total,
            delivered: vec![("id".into(), total)],
            first: Some((
                format!("key-{at}"),
                First {
                    id: "first".into(),
                    number: 40,
                    at,
                },
            )),
        })
    }

    fn defined(incarnation: u64) -> Change {
        Change::Defined(Box::new(Definition {
            name: "orders".into(),
            incarnation,
            attributes: BTreeMap::new(),
            tags: BTreeMap::new(),
            ended: 0,
        }))
    }

    fn counts(state: &State) -> (u64, u64, u64) {
        let key = ("orders".to_owned(), "id".to_owned());
        (
            state.topic("orders").unwrap().published,
            state.subscriber(&key).unwrap().delivered,
            state.next_number(),
        )
    }

    fn subscribed() -> Change {
        let subscription = Subscription::new("orders", "id".into(), "queue");
        Change::Subscribed(Box::new(subscription))
    }

    #[test]
    fn a_rewritten_journal_makes_the_same_state() {
        let mut state = State::default();
        for change in [defined(0), subscribed(), published(1, 0, 5), published(2, 0, 6)] {
            state.apply(change);
        }
        let mut again = State::default();
        state
            .as_changes()
            .into_iter()
            .for_each(|change| again.apply(change));
        assert_eq!(counts(&again), (2, 2, 41));
        let known = again.topic("orders").unwrap().sent_before.find("key-5", 6);
        assert_eq!(known.map(|first| first.number), Some(40));
    }

    #[test]
    fn a_note_that_comes_twice_or_late_changes_nothing() {
        let mut state = State::default();
        for change in [defined(0), subscribed(), published(2, 0, 5), published(1, 0, 5)] {
            state.apply(change);
        }
        assert_eq!(counts(&state).0, 2);
        for change in [
            Change::Removed {
                topic: "orders".into(),
            },
            defined(50),
            subscribed(),
            published(3, 0, 5),
        ] {
            state.apply(change);
        }
        assert_eq!(counts(&state).0, 0, "that was another topic's");
        assert!(
            state
                .topic("orders")
                .unwrap()
                .sent_before
                .find("key-5", 5)
                .is_none()
        );
    }
}
