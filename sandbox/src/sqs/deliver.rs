//! Messages that come from a topic of the same account and region. They are put in as if sent, under the same rules; what
//! a queue does not take goes to the subscription's dead-letter queue.

use std::collections::BTreeMap;

use futures::future::BoxFuture;

use super::engine::{Changing, Engine};
use super::message::{Attribute, GivenAttribute};
use super::send::{self, Outgoing};
use crate::wire::Refusal;

/// A message on its way from a topic.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The queue's name.
    pub queue: String,
    /// The queue that takes what the other does not.
    pub dead_letters: Option<String>,
    pub body: String,
    pub attributes: BTreeMap<String, Attribute>,
    pub group: Option<String>,
    /// Queues that are not FIFO have none and are given none.
    pub deduplication: Option<String>,
}

/// Where it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    DeadLettered,
    /// Neither queue took it.
    Lost,
}

impl Engine {
    /// Puts messages into queues, now; the future answers when they, and all that came before, are on the disk.
    pub fn deliver(
        &self,
        deliveries: &[Delivery],
    ) -> (Vec<Outcome>, BoxFuture<'static, Result<(), Refusal>>) {
        self.begin(|changing| {
            let each = deliveries.iter();
            each.map(|delivery| delivery.arrive(changing)).collect()
        })
    }
}

impl Delivery {
    /// The bytes it takes in a queue.
    pub fn size(&self) -> u64 {
        super::message::size(&self.body, &self.attributes) as u64
    }

    fn arrive(&self, changing: &mut Changing<'_>) -> Outcome {
        let mut put = |queue: &str| {
            let fifo = changing
                .state
                .queue(queue)
                .is_some_and(super::queue::Queue::is_fifo);
            let outgoing = Outgoing::new(
                self.body.clone(),
                self.attributes
                    .iter()
                    .map(|(name, attribute)| (name.clone(), GivenAttribute::from(attribute)))
                    .collect(),
                self.group.clone(),
                self.deduplication.clone().filter(|_| fifo),
            );
            // Whether the account has room was asked for all of them together.
            send::send(changing, queue, outgoing, u64::MAX).is_ok()
        };
        if put(&self.queue) {
            Outcome::Delivered
        } else if self.dead_letters.as_deref().is_some_and(put) {
            Outcome::DeadLettered
        } else {
            Outcome::Lost
        }
    }
}
