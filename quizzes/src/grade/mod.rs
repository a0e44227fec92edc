//! Judging one answer: choices by their key, short answers by their forms, explanations by the words
//! and relations they share with model answers and a rubric. Deterministic, no I/O, bounded on any
//! input. What happens after a grade is [`crate::flow`]'s.
//!
//! The grader reads words, not meaning. So it passes only what it can stand for, calls back only what
//! shows nothing of the answer, and leaves the wide middle to a person ([`Verdict::Review`]).

mod choice;
mod evidence;
mod explain;
mod lexicon;
mod matching;
mod numbers;
mod polarity;
mod relations;
mod rubric;
mod sample;
mod short;
mod substance;
mod text;
mod trace;

use serde::{Deserialize, Serialize};

pub use choice::{ChoiceGrade, grade_choice};
pub use rubric::{grade_explain, meets_idea, shows_misconception};
pub use sample::{Sample, SampleKind, grade_sample};
pub use short::grade_short;
pub use trace::{TraceAnswer, grade_trace};

/// What a machine can say about an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Clearly right.
    Pass,
    /// May be right: a person should see it.
    Review,
    /// Shows nothing of the answer: try again.
    Retry,
}

/// A required idea an answer does not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The idea's name.
    pub id: String,
    /// The Socratic question to put.
    pub ask: String,
}

/// One graded answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Graded {
    /// How much of the answer is there, 0 to 1.
    pub score: f64,
    /// What follows from it.
    pub verdict: Verdict,
    /// One friendly sentence for the member; never gives the answer away.
    pub why: String,
    /// Required ideas not found, in the rubric's order.
    pub missing: Vec<Missing>,
    /// Feedback of the misconceptions found.
    pub misconceptions: Vec<String>,
}

impl Graded {
    pub(crate) fn new(score: f64, verdict: Verdict, why: impl Into<String>) -> Self {
        Self {
            score: score.clamp(0.0, 1.0),
            verdict,
            why: why.into(),
            missing: Vec::new(),
            misconceptions: Vec::new(),
        }
    }

    /// The question to put before another try: about a misconception first, else the first missing
    /// idea, else what `why` says.
    pub fn question(&self) -> String {
        if let Some(feedback) = self.misconceptions.first() {
            return feedback.clone();
        }
        self.missing
            .first()
            .map_or_else(|| self.why.clone(), |m| m.ask.clone())
    }
}
