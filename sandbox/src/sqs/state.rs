//! All queues of one tenant in one region, and the changes that make them what they are. Every change is an entry of
//! the journal: applied when it is made, and again, in the same order, when the journal is read.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::message::{Message, Number, State as MessageState};
use super::queue::{Attempt, Counters, Definition, Queue};
use super::task::Task;
use crate::duplicates::First;
use crate::journal;

/// The first bytes of an SQS journal.
pub const MAGIC: journal::Magic = b"TRIBSQS1";

/// How long a deleted queue's name may not be used again, in milliseconds.
pub const NAME_REST: i64 = 60_000;

/// Something that happened to the queues.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// A queue was created or set to something else.
    Defined(Box<Definition>),
    /// A queue was deleted with all in it.
    Removed { queue: String, at: i64 },
    /// A message came.
    Sent {
        queue: String,
        number: Number,
        message: Box<Message>,
        /// What a FIFO queue will know its duplicates by.
        key: Option<String>,
    },
    /// Messages were handed out.
    Received {
        queue: String,
        numbers: Vec<Number>,
        at: i64,
        until: i64,
        attempt: Option<String>,
    },
    /// A message comes back at another time: at once, if `until` is `at`.
    Kept {
        queue: String,
        number: Number,
        at: i64,
        until: i64,
    },
    /// A message was done with.
    Deleted { queue: String, number: Number },
    /// A message went to another queue, where it has another number.
    Moved {
        from: String,
        number: Number,
        to: String,
        new_number: Number,
        message: Box<Message>,
    },
    /// A queue was emptied.
    Purged { queue: String, at: i64 },
    /// A move task began, went on or ended.
    Task(Task),
    /// What a FIFO queue remembers; written when the journal is rewritten.
    Remembered {
        queue: String,
        key: String,
        first: First,
    },
    /// What happened to a queue so far; written when the journal is rewritten, after the queue's messages.
    Counted { queue: String, counters: Counters },
    /// The next number to give; written when the journal is rewritten.
    Numbered { next: Number },
}

impl journal::Entry for Change {
    fn write(&self, payload: &mut Vec<u8>) {
        // Writing to memory fails for no value of this type.
        if ciborium::into_writer(self, &mut *payload).is_err() {
            tracing::error!("a change to the queues could not be written down");
        }
    }

    fn read(payload: &[u8]) -> Option<Self> {
        ciborium::from_reader(payload).ok()
    }
}

/// A queue, and the bell that wakes those who wait for a message.
pub struct Place {
    pub queue: Queue,
    pub bell: Arc<Notify>,
}

/// All queues of one tenant in one region.
#[derive(Default)]
pub struct State {
    queues: BTreeMap<String, Place>,
    removed: HashMap<String, i64>,
    next: Number,
    tasks: Vec<Task>,
}

/// How many move tasks of a queue are remembered, as in AWS.
const TASKS_KEPT: usize = 10;

impl State {
    pub fn queue(&self, name: &str) -> Option<&Queue> {
        self.queues.get(name).map(|place| &place.queue)
    }

    /// The queue with all delays and timeouts that ended by now taken into account.
    pub fn settled(&mut self, name: &str, now: i64) -> Option<&mut Queue> {
        let place = self.queues.get_mut(name)?;
        place.queue.settle(now);
        Some(&mut place.queue)
    }

    pub fn bell(&self, name: &str) -> Option<Arc<Notify>> {
        self.queues.get(name).map(|place| Arc::clone(&place.bell))
    }

    /// By name.
    pub fn queues(&self) -> impl Iterator<Item = &Queue> {
        self.queues.values().map(|place| &place.queue)
    }

    /// When a queue of this name was deleted, if that was lately.
    pub fn removed_at(&self, name: &str) -> Option<i64> {
        self.removed.get(name).copied()
    }

    /// A number that nothing has had.
    pub fn next_number(&self) -> Number {
        self.next
    }

    /// The move tasks from the queue with this ARN, newest first.
    pub fn tasks_from<'a>(&'a self, source: &'a str) -> impl Iterator<Item = &'a Task> {
        self.tasks.iter().rev().filter(move |task| task.source == source)
    }

    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
    }

    pub fn running_tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| task.is_running())
    }

    /// Makes a change.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Defined(definition) => self.define(*definition),
            Change::Removed { queue, at } => {
                self.removed.retain(|_, removed| *removed + NAME_REST > at);
                if let Some(place) = self.queues.remove(&queue) {
                    place.bell.notify_waiters();
                }
                self.removed.insert(queue, at);
            }
            Change::Sent {
                queue,
                number,
                message,
                key,
            } => {
                self.used(number);
                let first = First {
                    id: message.id.clone(),
                    number,
                    at: message.sent,
                };
                self.put(&queue, number, *message);
                if let Some(place) = self.queues.get_mut(&queue) {
                    place.queue.counters.sent += 1;
                }
                if let (Some(key), Some(place)) = (key, self.queues.get_mut(&queue)) {
                    place.queue.remember(key, first);
                }
            }
            Change::Received {
                queue,
                numbers,
                at,
                until,
                attempt,
            } => self.receive(&queue, &numbers, at, until, attempt),
            Change::Kept {
                queue,
                number,
                at,
                until,
            } => self.keep(&queue, number, at, until),
            Change::Deleted { queue, number } => {
                if let Some(place) = self.queues.get_mut(&queue) {
                    let deleted = place.queue.remove(number).is_some();
                    place.queue.counters.deleted += u64::from(deleted);
                    // The end of a FIFO group's turn is another receiver's chance.
                    place.bell.notify_waiters();
                }
            }
            Change::Moved {
                from,
                number,
                to,
                new_number,
                message,
            } => {
                if let Some(place) = self.queues.get_mut(&from) {
                    place.queue.remove(number);
                }
                self.used(new_number);
                self.put(&to, new_number, *message);
            }
            Change::Purged { queue, at } => {
                if let Some(place) = self.queues.get_mut(&queue) {
                    place.queue.purge();
                    place.queue.definition.purged = Some(at);
                }
            }
            Change::Task(task) => self.note(task),
            Change::Remembered { queue, key, first } => {
                if let Some(place) = self.queues.get_mut(&queue) {
                    place.queue.remember(key, first);
                }
            }
            Change::Counted { queue, counters } => {
                if let Some(place) = self.queues.get_mut(&queue) {
                    place.queue.counters = counters;
                }
            }
            Change::Numbered { next } => self.next = self.next.max(next),
        }
    }

    fn define(&mut self, definition: Definition) {
        self.used(definition.incarnation);
        if let Some(place) = self.queues.get_mut(&definition.name) {
            place.queue.definition = definition;
            return;
        }
        self.removed.remove(&definition.name);
        let place = Place {
            queue: Queue::new(definition.clone()),
            bell: Arc::default(),
        };
        self.queues.insert(definition.name, place);
    }

    fn put(&mut self, queue: &str, number: Number, message: Message) {
        if let Some(place) = self.queues.get_mut(queue) {
            place.queue.insert(number, message);
            place.bell.notify_waiters();
        }
    }

    fn receive(&mut self, queue: &str, numbers: &[Number], at: i64, until: i64, attempt: Option<String>) {
        let Some(place) = self.queues.get_mut(queue) else {
            return;
        };
        for number in numbers {
            place.queue.receive(*number, at, until);
        }
        place.queue.counters.received += numbers.len() as u64;
        if let Some(id) = attempt {
            let receives = |number: &Number| Some((*number, place.queue.message(*number)?.receives));
            let messages = numbers.iter().filter_map(receives).collect();
            place.queue.remember_attempt(id, Attempt { at, messages });
        }
    }

    fn keep(&mut self, queue: &str, number: Number, at: i64, until: i64) {
        let Some(place) = self.queues.get_mut(queue) else {
            return;
        };
        let since = match place.queue.message(number).map(|m| m.state) {
            Some(MessageState::InFlight { since, .. }) => since,
            _ => at,
        };
        let state = if until <= at {
            MessageState::Ready
        } else {
            MessageState::InFlight { since, until }
        };
        place.queue.move_to(number, state);
        place.bell.notify_waiters();
    }

    fn note(&mut self, task: Task) {
        if let Some(known) = self.tasks.iter_mut().find(|known| known.id == task.id) {
            *known = task;
            return;
        }
        let of_queue = self.tasks.iter().filter(|t| t.source == task.source).count();
        if of_queue >= TASKS_KEPT
            && let Some(oldest) = self.tasks.iter().position(|t| t.source == task.source)
        {
            self.tasks.remove(oldest);
        }
        self.tasks.push(task);
    }

    fn used(&mut self, number: Number) {
        self.next = self.next.max(number + 1);
    }

    /// The changes that make an empty state into this one.
    pub fn as_changes(&self) -> Vec<Change> {
        let mut changes = vec![Change::Numbered { next: self.next }];
        for (queue, at) in &self.removed {
            let (queue, at) = (queue.clone(), *at);
            changes.push(Change::Removed { queue, at });
        }
        for queue in self.queues() {
            changes.push(Change::Defined(Box::new(queue.definition.clone())));
            let name = &queue.definition.name;
            for (number, message) in queue.messages() {
                changes.push(Change::Sent {
                    queue: name.clone(),
                    number,
                    message: Box::new(message.clone()),
                    key: None,
                });
            }
            changes.push(Change::Counted {
                queue: name.clone(),
                counters: queue.counters,
            });
            for (key, first) in queue.memories() {
                changes.push(Change::Remembered {
                    queue: name.clone(),
                    key: key.clone(),
                    first: first.clone(),
                });
            }
        }
        changes.extend(self.tasks.iter().cloned().map(Change::Task));
        changes
    }
}
