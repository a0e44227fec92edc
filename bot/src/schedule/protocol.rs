//! The posting protocol, decided: what to do next for one post, given where it stands and what Discord answered.
//! Pure. The SQL is in `store`, the requests in `channel`, and `post` carries out what is decided here.
//!
//! ```text
//!              Prepare            Send                 OpenThread             CheckTwins
//!   Planned ───────────▶ Fresh ─────────▶ Posted ───────────────▶ Threaded ───────────▶ Done
//!      │                   │ ▲               ▲
//!      ▼                   │ └─── not there ─┤
//!    (skip)       no answer│                 │ there: adopt
//!                          ▼                 │
//!                       Unknown ── Search ───┘        a clear no, anywhere before Posted: Failed
//! ```
//!
//! `Fresh` and `Unknown` are both stored as `sending`: only the process that sends knows that nothing has been sent
//! yet. Whoever finds the row after a restart, or takes over its lease, must assume `Unknown`, and looks before it
//! sends.

use std::time::Duration;

/// A post's state in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Decided, not yet composed.
    Planned,
    /// Composed and frozen; a message may be on its way.
    Sending,
    /// The message stands; its id is stored.
    Posted,
    /// The thread stands, or can't be had.
    Threaded,
    /// Nothing is left to do.
    Done,
    /// Discord said no; the moderators are told.
    Failed,
}

impl State {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sending => "sending",
            Self::Posted => "posted",
            Self::Threaded => "threaded",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Reads what is stored.
    pub fn read(text: &str) -> Option<Self> {
        [
            Self::Planned,
            Self::Sending,
            Self::Posted,
            Self::Threaded,
            Self::Done,
            Self::Failed,
        ]
        .into_iter()
        .find(|state| state.as_str() == text)
    }
}

/// Where the process that works on a post stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Decided, not yet composed.
    Planned,
    /// Frozen, and certainly not sent.
    Fresh,
    /// Frozen, and perhaps sent.
    Unknown,
    /// The message stands.
    Posted,
    /// The thread is settled.
    Threaded,
    /// Over.
    Over,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Bind the modules, compose, read the channel's last message id, and commit all that.
    Prepare,
    /// Send the frozen message with its nonce.
    Send,
    /// Page the channel for a message of ours with this post's mark.
    Search,
    /// Open the thread on the message.
    OpenThread,
    /// Look for a second message with the mark, where one is possible.
    CheckTwins,
    /// Nothing.
    Rest,
}

/// What came of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Composed, with the channel's last message id.
    Prepared,
    /// There is nothing to post; the words go into the row.
    NothingToPost(&'static str),
    /// Composing or reading the channel did not work this time.
    NotPrepared,
    /// Discord made the message.
    Sent(u64),
    /// Discord said no to the message, or to the channel.
    Refused(Refusal),
    /// It was certainly not sent: a rate limit, or no connection.
    NotSent,
    /// Timeout, reset, 5xx: nobody knows.
    Lost,
    /// The search found our message; the first, where there were two.
    Found(u64),
    /// The search went through to the end, was permitted, and our message is not there.
    NotFound,
    /// The search failed, or was not permitted: that says nothing.
    NotSearched,
    /// The thread is there: opened now, or before.
    Thread(u64),
    /// The thread can't be had: not permitted, or too many.
    NoThread,
    /// The message is gone: someone deleted it.
    MessageGone,
    /// Opening the thread got no answer, or "later".
    ThreadLost,
    /// At most one message remains, and it is the one we know.
    NoTwins,
    /// Looking for twins did not work this time.
    TwinsLost,
}

/// Discord's clear no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Discord's own code, 0 where it gave none.
    pub code: isize,
}

/// What to commit before going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Nothing to post: the occurrence turns into a skip.
    Skip(&'static str),
    /// The message's id.
    Posted(u64),
    /// The thread's id, if there is one.
    Threaded(Option<u64>),
    /// All done.
    Done,
    /// A clear no.
    Failed(Refusal),
}

/// How long to wait before the next action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// Not at all.
    None,
    /// A request may still be on its way: give it time to arrive before looking for its effect.
    Settle,
    /// Something is wrong out there: longer each time.
    BackOff,
}

/// The next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// Where the post stands now.
    pub phase: Phase,
    /// What to commit first; [`Record`]s name the state that goes with the phase.
    pub record: Option<Record>,
    /// How long to wait then.
    pub pause: Pause,
}

/// How often opening a thread is tried before the post stands without one.
pub const THREAD_TRIES: u32 = 6;

/// How often twins are looked for before the post is taken as done.
pub const TWIN_TRIES: u32 = 6;

/// Where to begin with a row just claimed: by this process for the first time, after a restart, or from another
/// whose lease is dead.
pub fn begin(state: State) -> Next {
    let (phase, pause) = match state {
        State::Planned => (Phase::Planned, Pause::None),
        State::Sending => (Phase::Unknown, Pause::Settle),
        State::Posted => (Phase::Posted, Pause::None),
        State::Threaded => (Phase::Threaded, Pause::None),
        State::Done | State::Failed => (Phase::Over, Pause::None),
    };
    Next {
        phase,
        record: None,
        pause,
    }
}

/// Where to begin with a finished row whose message may have got a twin meanwhile: from a process that was frozen
/// between its check and its send for longer than its lease lived.
pub fn begin_check() -> Next {
    Next {
        phase: Phase::Threaded,
        record: None,
        pause: Pause::None,
    }
}

/// What to do in a phase.
pub fn action(phase: Phase) -> Action {
    match phase {
        Phase::Planned => Action::Prepare,
        Phase::Fresh => Action::Send,
        Phase::Unknown => Action::Search,
        Phase::Posted => Action::OpenThread,
        Phase::Threaded => Action::CheckTwins,
        Phase::Over => Action::Rest,
    }
}

/// The next step after an answer. `failures` counts the answers in a row, this one included, that led nowhere.
/// An answer that does not belong to the phase changes nothing: the phase's action is tried again, later.
#[expect(
    clippy::match_same_arms,
    reason = "a table: one line for each answer in its phase"
)]
pub fn after(phase: Phase, answer: &Answer, failures: u32) -> Next {
    let go = |phase, record| Next {
        phase,
        record,
        pause: Pause::None,
    };
    let again = |phase, pause| Next {
        phase,
        record: None,
        pause,
    };
    match (phase, answer) {
        (Phase::Planned, Answer::Prepared) => go(Phase::Fresh, None),
        (Phase::Planned, Answer::NothingToPost(why)) => go(Phase::Over, Some(Record::Skip(why))),
        // A no to reading the channel comes before anything was sent.
        (Phase::Planned | Phase::Fresh, Answer::Refused(no)) => go(Phase::Over, Some(Record::Failed(*no))),

        (Phase::Fresh, Answer::Sent(message)) => go(Phase::Posted, Some(Record::Posted(*message))),
        (Phase::Fresh, Answer::NotSent) => again(Phase::Fresh, Pause::BackOff),
        (Phase::Fresh, Answer::Lost) => again(Phase::Unknown, Pause::Settle),

        (Phase::Unknown, Answer::Found(message)) => go(Phase::Posted, Some(Record::Posted(*message))),
        (Phase::Unknown, Answer::NotFound) => again(Phase::Fresh, Pause::None),
        // Not there, and a newer occurrence is due: after downtime one module is posted, not two.
        (Phase::Unknown, Answer::NothingToPost(why)) => go(Phase::Over, Some(Record::Skip(why))),

        (Phase::Posted, Answer::Thread(thread)) => go(Phase::Threaded, Some(Record::Threaded(Some(*thread)))),
        (Phase::Posted, Answer::NoThread) => go(Phase::Threaded, Some(Record::Threaded(None))),
        (Phase::Posted, Answer::ThreadLost) if failures >= THREAD_TRIES => {
            go(Phase::Threaded, Some(Record::Threaded(None)))
        }
        // Whoever deleted the lesson meant it: it is never posted again.
        (Phase::Posted, Answer::MessageGone) => go(Phase::Over, Some(Record::Done)),

        (Phase::Threaded, Answer::NoTwins) => go(Phase::Over, Some(Record::Done)),
        // Posting must not stand still for it; finished posts are looked at again.
        (Phase::Threaded, Answer::TwinsLost) if failures >= TWIN_TRIES => go(Phase::Over, Some(Record::Done)),
        // Of two, the first is kept, and it is not the one we knew: its thread is still to be opened.
        (Phase::Threaded, Answer::Found(message)) => go(Phase::Posted, Some(Record::Posted(*message))),

        (Phase::Over, _) => go(Phase::Over, None),
        _ => again(phase, Pause::BackOff),
    }
}

/// The times of the protocol, all of real, monotonic time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// A lease whose number has not changed for this long is dead.
    pub lease_dead: Duration,
    /// The longest a request may take.
    pub request: Duration,
    /// How long to wait before looking whether an unanswered request was done.
    pub settle: Duration,
    /// The first pause after a failure; it doubles.
    pub back_off: Duration,
    /// The longest pause between tries.
    pub back_off_most: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lease_dead: Duration::from_mins(1),
            request: Duration::from_secs(10),
            settle: Duration::from_secs(10),
            back_off: Duration::from_secs(1),
            back_off_most: Duration::from_secs(20),
        }
    }
}

impl Timing {
    /// How long to wait, after `failures` answers in a row that led nowhere.
    pub fn length(&self, pause: Pause, failures: u32) -> Duration {
        match pause {
            Pause::None => Duration::ZERO,
            Pause::Settle => self.settle,
            Pause::BackOff => {
                let doubled = self
                    .back_off
                    .saturating_mul(1 << failures.saturating_sub(1).min(10));
                doubled.min(self.back_off_most)
            }
        }
    }

    /// Whether a send may begin now, when the lease was last renewed so long ago: it must be over, with as much
    /// again to spare, before anyone may think the lease dead.
    pub fn may_send(&self, since_renewal: Duration) -> bool {
        since_renewal + self.request * 2 < self.lease_dead
    }

    /// Whether a lease is dead that has not changed for so long.
    pub fn is_dead(&self, unchanged_for: Duration) -> bool {
        unchanged_for >= self.lease_dead
    }
}

#[cfg(test)]
#[path = "protocol_tests.rs"]
mod tests;
