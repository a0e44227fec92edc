//! What is in a queue, seen from outside without receiving anything. AWS has no such call: this is the sandbox's own, for
//! showing state to the one member whose queue it is.

use super::engine::Engine;
use super::message::{Data, Message, Number, State};

/// A message as it lies in its queue. Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its id.
    pub id: String,
    /// What it says.
    pub body: String,
    /// Its group, in a FIFO queue.
    pub group: Option<String>,
    /// Its deduplication id, in a FIFO queue.
    pub deduplication: Option<String>,
    /// When it was sent.
    pub sent_at: i64,
    /// How often it was received.
    pub receives: u32,
    /// Where in its life it is.
    pub state: SeenState,
    /// Its attributes, by name; what is binary is left out.
    pub attributes: Vec<(String, String)>,
    /// The queue that it is a dead letter of, by its name.
    pub came_from: Option<String>,
}

/// Where in its life a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenState {
    /// Can be received.
    Visible,
    /// Held back until then.
    Delayed(i64),
    /// Received, and back at that time unless it is deleted.
    InFlight(i64),
}

impl Seen {
    fn of(message: &Message) -> Self {
        let source = message.source.as_deref();
        Self {
            id: message.id.clone(),
            body: message.body.clone(),
            group: message.group.clone(),
            deduplication: message.deduplication.clone(),
            sent_at: message.sent,
            receives: message.receives,
            state: match message.state {
                State::Ready => SeenState::Visible,
                State::Delayed(at) => SeenState::Delayed(at),
                State::InFlight { until, .. } => SeenState::InFlight(until),
            },
            attributes: message
                .attributes
                .iter()
                .filter_map(|(name, attribute)| match &attribute.value {
                    Data::Text(text) => Some((name.clone(), text.clone())),
                    Data::Binary(_) => None,
                })
                .collect(),
            came_from: source.and_then(|arn| Some(arn.rsplit(':').next()?.to_owned())),
        }
    }
}

impl Engine {
    /// A queue's messages in the order they were sent; none where there is no such queue.
    pub fn messages(&self, queue: &str) -> Vec<Seen> {
        self.look(|state, now| {
            let Some(queue) = state.settled(queue, now) else {
                return Vec::new();
            };
            let mut messages: Vec<(Number, &Message)> = queue.messages().collect();
            messages.sort_by_key(|(number, _)| *number);
            messages
                .into_iter()
                .map(|(_, message)| Seen::of(message))
                .collect()
        })
    }
}
