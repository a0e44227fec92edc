//! What a question is, once read: plain data with the key in it.
//! How it is written in a file is [`crate::parse`]'s, how it is judged [`crate::grade`]'s.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A question's name. It never changes, so that answers kept for years still find their question.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QuestionId(pub String);

impl QuestionId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for QuestionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for QuestionId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

/// One question, key included.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Its name over all files.
    pub id: QuestionId,
    /// Rises when the meaning of the question or of its key changes.
    pub version: u32,
    /// What it tests; a wrong answer sends the member back to these.
    pub concepts: Vec<String>,
    /// What is asked. For a [`Trace`] without words of its own, a standard sentence.
    pub prompt: String,
    /// From gentle to nearly there.
    pub hints: Vec<String>,
    /// Shown after answering: why the right answer is right.
    pub context: Option<String>,
    /// Text shared by the parts of a multipart question, shown above the prompt.
    pub preamble: Option<String>,
    /// Whether the author wants the member to say why, beside answering (mdbook-quiz's
    /// `promptExplanation`). It never changes the grade.
    pub asks_why: bool,
    /// How it is answered.
    pub kind: Kind,
}

/// How a question is answered and what is right.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Pick one option, or every right one.
    Choice(Choice),
    /// Type a few words.
    Short(Short),
    /// Explain in own words.
    Explain(Explain),
    /// Say what a program does.
    Trace(Trace),
}

impl Kind {
    /// The word used in files and in the store.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Choice(_) => "choice",
            Self::Short(_) => "short",
            Self::Explain(_) => "explain",
            Self::Trace(_) => "trace",
        }
    }
}

/// Pick from options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// In the file's order, right ones first; an option's index here is what the store keeps.
    pub options: Vec<ChoiceOption>,
    /// Several may be picked, and all the right ones must be.
    pub many: bool,
    /// How they are shown.
    pub order: OptionOrder,
}

/// One option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceOption {
    /// What is shown.
    pub text: String,
    /// Whether picking it is right.
    pub correct: bool,
    /// Why it is wrong, for those that are.
    pub why: Option<String>,
}

/// In which order options are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionOrder {
    /// By the attempt's seed.
    Shuffled,
    /// Distractors as written, the answer put at this place (mdbook-quiz's `answerIndex`).
    AnswerAt(usize),
    /// By their text (mdbook-quiz's `sortAnswers`).
    Sorted,
}

/// A few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// The answer and every other form that counts, the answer first.
    pub accepted: Vec<String>,
    /// How letters are compared.
    pub rule: MatchRule,
    /// How much room the member gets.
    pub response: Response,
}

/// How the letters of a short answer are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchRule {
    /// Letter for letter, after white space and quotes are made equal.
    Exact,
    /// Case, articles, plurals, units and small slips don't matter.
    IgnoreCase,
}

/// How much room a short answer gets (mdbook-quiz's `response`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// One line.
    Short,
    /// A paragraph.
    Long,
    /// Code.
    Code,
}

/// Own words, judged by ideas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explain {
    /// Model answers.
    pub references: Vec<String>,
    /// What an answer should hold.
    pub ideas: Vec<Idea>,
    /// What people often get wrong.
    pub misconceptions: Vec<Misconception>,
}

/// One idea of a rubric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idea {
    /// Its name within the question.
    pub id: String,
    /// The idea in one clause.
    pub say: String,
    /// Wordings that show it.
    pub accept: Vec<String>,
    /// Needed for a pass; otherwise a bonus.
    pub required: bool,
    /// The Socratic question put when it is missing.
    pub ask: Option<String>,
}

/// A common wrong belief.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misconception {
    /// How people say it.
    pub wordings: Vec<String>,
    /// What to answer them.
    pub feedback: String,
}

/// Say what a program does (mdbook-quiz's Tracing).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The program.
    pub program: String,
    /// Whether it compiles.
    pub compiles: bool,
    /// What it prints, if it compiles.
    pub stdout: Option<String>,
    /// The line of the error, if it does not.
    pub line: Option<u32>,
}
