//! One queue in memory: its messages, and indexes by which each call finds what it needs without looking at all of
//! them. Time is handed in (Unix milliseconds). Knows no requests, no journal and no other queue.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::message::{Message, Number, State};
use super::settings::Settings;
use crate::duplicates::{DEDUPLICATION, First, SentBefore};

/// What a queue is, besides its messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    pub name: String,
    /// Tells a queue from an earlier one of the same name.
    pub incarnation: Number,
    pub settings: Settings,
    pub tags: BTreeMap<String, String>,
    pub created: i64,
    pub modified: i64,
    pub purged: Option<i64>,
}

/// A queue.
#[derive(Debug)]
pub struct Queue {
    pub definition: Definition,
    messages: HashMap<Number, Message>,
    /// In the order in which retention ends.
    by_age: BTreeSet<(i64, Number)>,
    delayed: BTreeSet<(i64, Number)>,
    in_flight: BTreeSet<(i64, Number)>,
    ready: BTreeSet<Number>,
    groups: Groups,
    sent_before: SentBefore,
    /// Receives that a caller may repeat, by the caller's id for them.
    attempts: HashMap<String, Attempt>,
    bytes: u64,
    pub counters: Counters,
}

/// What happened to a queue since it was created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    pub sent: u64,
    /// Repeats counted.
    pub received: u64,
    pub deleted: u64,
}

/// How many messages are where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub ready: usize,
    pub in_flight: usize,
    pub delayed: usize,
}

/// What a receive with an id of its own was given (FIFO queues).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    pub at: i64,
    /// The messages, and how often each had been received then.
    pub messages: Vec<(Number, u32)>,
}

impl Queue {
    pub fn new(definition: Definition) -> Self {
        Self {
            definition,
            messages: HashMap::new(),
            by_age: BTreeSet::new(),
            delayed: BTreeSet::new(),
            in_flight: BTreeSet::new(),
            ready: BTreeSet::new(),
            groups: Groups::default(),
            sent_before: SentBefore::default(),
            attempts: HashMap::new(),
            bytes: 0,
            counters: Counters::default(),
        }
    }

    pub fn is_fifo(&self) -> bool {
        self.definition.settings.fifo.is_some()
    }

    pub fn message(&self, number: Number) -> Option<&Message> {
        self.messages.get(&number)
    }

    /// All messages, in no order.
    pub fn messages(&self) -> impl Iterator<Item = (Number, &Message)> {
        self.messages.iter().map(|(number, message)| (*number, message))
    }

    /// Bytes of bodies and attributes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many messages are where, as of the last [`Queue::settle`].
    pub fn counts(&self) -> Counts {
        Counts {
            ready: self.messages.len() - self.delayed.len() - self.in_flight.len(),
            in_flight: self.in_flight.len(),
            delayed: self.delayed.len(),
        }
    }

    /// Lets time do its work: delays and visibility timeouts end, old messages and memories go.
    pub fn settle(&mut self, now: i64) {
        while let Some(&(at, number)) = self.delayed.first().filter(|(at, _)| *at <= now) {
            self.delayed.remove(&(at, number));
            self.become_ready(number);
        }
        while let Some(&(at, number)) = self.in_flight.first().filter(|(at, _)| *at <= now) {
            self.in_flight.remove(&(at, number));
            self.become_ready(number);
        }
        let retention = i64::from(self.definition.settings.retention) * 1_000;
        while let Some(&(_, number)) = self.by_age.first().filter(|(sent, _)| sent + retention <= now) {
            self.remove(number);
        }
        self.sent_before.forget(now);
        if !self.attempts.is_empty() {
            self.attempts
                .retain(|_, attempt| attempt.at + DEDUPLICATION > now);
        }
    }

    /// When [`Queue::settle`] will next make a message ready; `None` if no message waits.
    pub fn next_ready(&self) -> Option<i64> {
        let first = |set: &BTreeSet<(i64, Number)>| set.first().map(|(at, _)| *at);
        first(&self.delayed)
            .into_iter()
            .chain(first(&self.in_flight))
            .min()
    }

    /// Up to `most` messages to receive now, in the queue's order. Takes nothing.
    ///
    /// From a FIFO queue: of each group that has nothing in flight, from its oldest message on. A standard queue's order may
    /// be turned round.
    pub fn choose(&self, most: usize, newest_first: bool) -> Vec<Number> {
        if self.is_fifo() {
            self.groups.choose(most, |number| {
                self.messages
                    .get(&number)
                    .is_some_and(|m| m.state == State::Ready)
            })
        } else if newest_first {
            self.ready.iter().rev().take(most).copied().collect()
        } else {
            self.ready.iter().take(most).copied().collect()
        }
    }

    /// Puts a message in.
    pub fn insert(&mut self, number: Number, message: Message) {
        self.bytes += message.size() as u64;
        self.by_age.insert((message.sent, number));
        if let (true, Some(group)) = (self.is_fifo(), &message.group) {
            self.groups.add(group, number);
        }
        let state = message.state;
        self.messages.insert(number, message);
        self.index(number, state);
    }

    /// Takes a message out for good.
    pub fn remove(&mut self, number: Number) -> Option<Message> {
        let message = self.messages.remove(&number)?;
        self.bytes -= message.size() as u64;
        self.by_age.remove(&(message.sent, number));
        self.unindex(number, message.state);
        if let (true, Some(group)) = (self.is_fifo(), &message.group) {
            self.groups.drop_message(group, number);
            self.refresh(group);
        }
        Some(message)
    }

    /// Hands a message out until a time.
    pub fn receive(&mut self, number: Number, now: i64, until: i64) {
        if let Some(message) = self.messages.get_mut(&number) {
            message.receives += 1;
            message.first_received.get_or_insert(now);
            self.move_to(number, State::InFlight { since: now, until });
        }
    }

    /// Puts a message into another state.
    pub fn move_to(&mut self, number: Number, state: State) {
        let Some(message) = self.messages.get_mut(&number) else {
            return;
        };
        let before = std::mem::replace(&mut message.state, state);
        self.unindex(number, before);
        self.index(number, state);
    }

    /// Removes all messages. What was sent before is still remembered.
    pub fn purge(&mut self) {
        self.messages.clear();
        self.by_age.clear();
        self.delayed.clear();
        self.in_flight.clear();
        self.ready.clear();
        self.groups = Groups::default();
        self.attempts.clear();
        self.bytes = 0;
    }

    /// The first message with this deduplication id, if it is to be remembered still.
    pub fn sent_before(&self, key: &str, now: i64) -> Option<&First> {
        self.sent_before.find(key, now)
    }

    /// Remembers what was sent.
    pub fn remember(&mut self, key: String, first: First) {
        self.sent_before.remember(key, first);
    }

    /// What is remembered.
    pub fn memories(&self) -> impl Iterator<Item = (&String, &First)> {
        self.sent_before.iter()
    }

    /// What a receive with this id was given, if all of it is still as it was.
    pub fn attempt(&self, id: &str, now: i64) -> Option<Vec<Number>> {
        let attempt = self.attempts.get(id).filter(|a| a.at + DEDUPLICATION > now)?;
        let unchanged = |(number, receives): &(Number, u32)| {
            let message = self.messages.get(number)?;
            let held = matches!(message.state, State::InFlight { until, .. } if until > now);
            (held && message.receives == *receives).then_some(*number)
        };
        attempt.messages.iter().map(unchanged).collect()
    }

    /// Remembers what a receive was given.
    pub fn remember_attempt(&mut self, id: String, attempt: Attempt) {
        self.attempts.insert(id, attempt);
    }

    fn become_ready(&mut self, number: Number) {
        if let Some(message) = self.messages.get_mut(&number) {
            message.state = State::Ready;
            self.index(number, State::Ready);
        }
    }

    fn index(&mut self, number: Number, state: State) {
        match state {
            State::Ready => {
                self.ready.insert(number);
            }
            State::Delayed(at) => {
                self.delayed.insert((at, number));
            }
            State::InFlight { until, .. } => {
                self.in_flight.insert((until, number));
            }
        }
        self.refresh_group_of(number);
    }

    fn unindex(&mut self, number: Number, state: State) {
        match state {
            State::Ready => {
                self.ready.remove(&number);
            }
            State::Delayed(at) => {
                self.delayed.remove(&(at, number));
            }
            State::InFlight { until, .. } => {
                self.in_flight.remove(&(until, number));
            }
        }
    }

    fn refresh_group_of(&mut self, number: Number) {
        if !self.is_fifo() {
            return;
        }
        if let Some(group) = self.messages.get(&number).and_then(|m| m.group.clone()) {
            self.refresh(&group);
        }
    }

    /// Works out anew whether a group may be received from.
    fn refresh(&mut self, group: &str) {
        let messages = &self.messages;
        self.groups.refresh(group, |number| {
            messages.get(&number).map_or(State::Ready, |m| m.state)
        });
    }
}

/// A FIFO queue's groups. One whose first message is in flight or delayed is closed: nothing may overtake.
#[derive(Debug, Default)]
struct Groups {
    members: HashMap<String, BTreeSet<Number>>,
    /// The open ones, by their first message.
    open: BTreeMap<Number, String>,
    /// The entry in `open` of each open group.
    heads: HashMap<String, Number>,
}

impl Groups {
    fn add(&mut self, group: &str, number: Number) {
        match self.members.get_mut(group) {
            Some(members) => {
                members.insert(number);
            }
            None => {
                self.members.insert(group.to_owned(), BTreeSet::from([number]));
            }
        }
    }

    fn drop_message(&mut self, group: &str, number: Number) {
        if let Some(members) = self.members.get_mut(group) {
            members.remove(&number);
            if members.is_empty() {
                self.members.remove(group);
            }
        }
    }

    /// Messages are handed out from a group's front, so one in flight is always ahead of one that is not, but for
    /// those whose visibility was ended by hand: hence the look at all that could be in flight at once.
    fn refresh(&mut self, group: &str, state: impl Fn(Number) -> State) {
        if let Some(head) = self.heads.remove(group) {
            self.open.remove(&head);
        }
        let Some(members) = self.members.get(group) else {
            return;
        };
        let in_flight = members
            .iter()
            .take(MOST_AT_ONCE)
            .any(|number| matches!(state(*number), State::InFlight { .. }));
        let Some(&head) = members.first() else { return };
        if !in_flight && state(head) == State::Ready {
            self.open.insert(head, group.to_owned());
            self.heads.insert(group.to_owned(), head);
        }
    }

    fn choose(&self, most: usize, ready: impl Fn(Number) -> bool) -> Vec<Number> {
        let mut chosen = Vec::with_capacity(most);
        for group in self.open.values() {
            let members = self.members.get(group).into_iter().flatten();
            chosen.extend(
                members
                    .copied()
                    .take_while(|n| ready(*n))
                    .take(most - chosen.len()),
            );
            if chosen.len() == most {
                break;
            }
        }
        chosen
    }
}

/// A receive hands out at most ten messages, so no more of one group can be in flight, and they are its first ten.
const MOST_AT_ONCE: usize = 10;
