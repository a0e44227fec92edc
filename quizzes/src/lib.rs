//! Question types, banks, attempts, grading, hints and linting: pure decisions over content.
//! Nothing here knows Discord, the database or the clock; reading bank files is the only I/O.
//!
//! A [`Bank`] holds the questions of every module. [`attempt`] draws some of them for a member and
//! scores what was answered, [`grade`] judges one answer, [`flow`] says what follows a graded
//! explanation, and [`lint`] tells an author what is wrong before a member meets it.

pub mod attempt;
mod bank;
mod finding;
pub mod flow;
pub mod grade;
pub mod lint;
mod parse;
mod question;
mod seed;

pub use bank::{Bank, BankError, Entry, Pool, embedded_files};
pub use finding::{Finding, Severity};
pub use parse::{Parsed, Spans, parse};
pub use question::{
    Choice, ChoiceOption, Explain, Idea, Kind, MatchRule, Misconception, OptionOrder, Question, QuestionId,
    Response, Short, Trace,
};
