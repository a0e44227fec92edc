//! Queue states: where a queue's messages are, and which ways lead from one state to the next. Here are its data and its
//! words; `draw` draws the states, `groups` the lanes of a FIFO queue.

mod draw;
mod groups;
#[cfg(test)]
mod tests;

use crate::alt::{self, count, thousands};
use crate::render::{Picture, PictureError, render};

/// A queue at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueStates {
    /// The queue's name.
    pub queue: String,
    /// Whether it keeps the order of each group.
    pub fifo: bool,
    /// How long a received message is hidden, in seconds.
    pub visibility: u32,
    /// How long the queue holds each message back, in seconds.
    pub delay: u32,
    /// Messages that can be received.
    pub visible: u64,
    /// Messages received and not yet acknowledged.
    pub in_flight: u64,
    /// Messages held back.
    pub delayed: u64,
    /// The queue that takes its dead letters.
    pub dead_letters: Option<DeadLetterBox>,
    /// What happened just now.
    pub flow: Option<Flow>,
    /// The groups of a FIFO queue, each with its messages in order; empty where they are not to be shown.
    pub groups: Vec<Group>,
}

/// A dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterBox {
    /// Its name.
    pub queue: String,
    /// How many messages are in it.
    pub messages: u64,
    /// How often a message may be received before it goes there.
    pub max_receives: u32,
}

/// A way from one state to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Sent, and to be received at once.
    Sent,
    /// Sent, and held back.
    SentLater,
    /// Received: visible → in flight.
    Received,
    /// Acknowledged: gone.
    Acknowledged,
    /// Back without being acknowledged.
    CameBack,
    /// Moved to the dead-letter queue.
    Died,
    /// Moved back from there.
    Redriven,
}

/// One group of a FIFO queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub name: String,
    /// Its messages, the first to be received first.
    pub messages: Vec<At>,
}

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Can be received, where nothing before it in its group is in flight.
    Visible,
    /// Received and hidden.
    InFlight,
    /// Held back.
    Delayed,
}

/// Draws a queue's states. At most six groups are shown.
pub fn queue_states(queue: &QueueStates) -> Result<Picture, PictureError> {
    render(draw::draw(queue), alt_text(queue))
}

impl Flow {
    /// What happened, in words.
    fn words(self) -> &'static str {
        match self {
            Self::Sent => "just now: sent",
            Self::SentLater => "just now: sent, and held back",
            Self::Received => "just now: received, and hidden from everyone else",
            Self::Acknowledged => "just now: acknowledged, and gone for good",
            Self::CameBack => "just now: back in the queue, not acknowledged",
            Self::Died => "just now: moved to the dead-letter queue",
            Self::Redriven => "just now: dead letters moved back",
        }
    }
}

impl Group {
    fn in_flight(&self) -> usize {
        self.messages.iter().filter(|at| **at == At::InFlight).count()
    }

    /// Whether it may be received from now.
    fn standing(&self) -> String {
        match (self.in_flight(), self.messages.first()) {
            (0, Some(At::Delayed)) => "waits for its time".to_owned(),
            (0, _) => "free".to_owned(),
            (hidden, _) => format!("blocked: {hidden} in flight"),
        }
    }
}

/// `30 s`, `5 min`, `4 days`.
fn duration(seconds: u32) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        s if s.is_multiple_of(86_400) => count((s / 86_400) as usize, "day"),
        s if s.is_multiple_of(3_600) => format!("{} h", s / 3_600),
        s if s.is_multiple_of(60) => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

/// Whether, and how long, a message is hidden while somebody has it.
fn hidden(queue: &QueueStates) -> String {
    match queue.visibility {
        0 => "not hidden when received".to_owned(),
        seconds => format!("hidden for {} when received", duration(seconds)),
    }
}

fn alt_text(queue: &QueueStates) -> String {
    let kind = if queue.fifo { "FIFO queue" } else { "queue" };
    let mut sentences = vec![format!(
        "States of the {kind} {}: {} visible, {} in flight ({}), {} delayed.",
        alt::name(&queue.queue),
        thousands(queue.visible),
        thousands(queue.in_flight),
        match hidden(queue) {
            words if queue.visibility > 0 => format!("each {words}"),
            words => words,
        },
        thousands(queue.delayed),
    )];
    match &queue.dead_letters {
        Some(dead) => sentences.push(format!(
            "{} in its dead-letter queue {}, where a message goes after {} without being acknowledged.",
            count(usize::try_from(dead.messages).unwrap_or(usize::MAX), "message"),
            alt::name(&dead.queue),
            count(dead.max_receives as usize, "receive"),
        )),
        None => sentences.push("It has no dead-letter queue.".to_owned()),
    }
    for group in queue.groups.iter().take(groups::MOST) {
        sentences.push(format!(
            "Group {}: {}, {}.",
            alt::name(&group.name),
            count(group.messages.len(), "message"),
            group.standing()
        ));
    }
    if let Some(flow) = queue.flow {
        let words = flow.words();
        sentences.push(format!("J{}.", &words[1..]));
    }
    sentences.join(" ")
}
