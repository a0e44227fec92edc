//! What follows a graded explanation. A machine alone never fails free text: what is clearly right
//! passes, anything else gets a question and a second try, and then a person decides.

use crate::grade::{Graded, Verdict};

/// Where an explanation stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Asked, no try yet.
    #[default]
    Asked,
    /// One try was not clearly right; the Socratic question is out.
    Probed,
    /// Right.
    Passed,
    /// Two tries done: a moderator decides, and until then it counts provisionally.
    Moderator,
    /// A moderator said yes.
    Accepted,
    /// A moderator said no: an item to review, never a lock-out.
    ToReview,
}

/// What happens to it.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// The member sent an answer, graded.
    Answered(&'a Graded),
    /// The member sent nothing but white space.
    Blank,
    /// A moderator decided.
    Decided {
        /// Whether the answer is good.
        accept: bool,
    },
}

/// What to tell the member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Say {
    /// Right.
    Right,
    /// Put this question and offer another try.
    Ask(String),
    /// A moderator will look; go on meanwhile.
    Waiting,
    /// The moderator's yes.
    Accepted,
    /// The moderator's no: what to read again.
    Review,
    /// Nothing changes: a repeated click, an empty answer, a decision nobody asked for.
    Nothing,
}

impl Stage {
    /// Whether the member may send (another) answer.
    pub fn takes_answers(self) -> bool {
        matches!(self, Self::Asked | Self::Probed)
    }

    /// The next stage and what to say. A blank answer uses up no try; anything out of turn changes
    /// nothing.
    #[must_use]
    pub fn step(self, event: &Event<'_>) -> (Self, Say) {
        match (self, event) {
            (Self::Asked | Self::Probed, Event::Answered(graded)) if graded.verdict == Verdict::Pass => {
                (Self::Passed, Say::Right)
            }
            (Self::Asked, Event::Answered(graded)) => (Self::Probed, Say::Ask(graded.question())),
            (Self::Probed, Event::Answered(_)) => (Self::Moderator, Say::Waiting),
            (Self::Moderator, Event::Decided { accept: true }) => (Self::Accepted, Say::Accepted),
            (Self::Moderator, Event::Decided { accept: false }) => (Self::ToReview, Say::Review),
            (stage, _) => (stage, Say::Nothing),
        }
    }
}
