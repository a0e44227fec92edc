//! Quizzes: when one opens, what an answer brings, when it is over. Its rules: DESIGN §6. An attempt and its answers are
//! in the database before the member sees them recorded; its messages are in a private thread of the member's own.
//!
//! `play` carries an attempt forward, `judge` decides what an answer is worth, `review` is the moderators' part,
//! `thread` is all that is asked of Discord's threads, `store` the SQL.

use discord::Card;
use lessons::{Module, ModuleId};
use quizzes::Question;
use quizzes::attempt::{is_open, retake_opens};

pub mod cards;
pub mod commands;
mod judge;
mod play;
mod question_card;
mod review;
mod review_cards;
mod store;
#[cfg(test)]
mod store_tests;
mod thread;
#[cfg(test)]
mod thread_tests;

pub use review::{Waiting, decide, review_card, reviews_waiting, unlock};
pub use store::{open_attempt as in_hand, owner_of_thread};

/// How far an attempt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Questions are still to be answered.
    Open,
    /// Passed.
    Passed,
    /// Passed if a moderator accepts an explanation.
    Provisional,
    /// Not this time.
    Failed,
    /// Closed without an end: it waited too long, or its questions were rewritten. Counts for nothing.
    Expired,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Passed => "passed",
            Self::Provisional => "provisional",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    fn read(text: &str) -> Self {
        match text {
            "open" => Self::Open,
            "passed" => Self::Passed,
            "provisional" => Self::Provisional,
            "failed" => Self::Failed,
            _ => Self::Expired,
        }
    }

    /// Whether the member answered to the end.
    fn is_finished(self) -> bool {
        matches!(self, Self::Passed | Self::Provisional | Self::Failed)
    }
}

/// One member's try at a module's quiz.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Our own id.
    pub id: String,
    /// The cohort it counts for.
    pub cohort_id: String,
    /// Whose.
    pub member_id: u64,
    /// The module.
    pub module: ModuleId,
    /// From 1, expired ones counted.
    pub number: i64,
    /// Fixes which questions come, and their options' order.
    pub seed: u64,
    /// How far it has come.
    pub state: State,
    /// The question in hand, from 0.
    pub position: usize,
    /// From 0 to 1, once finished.
    pub score: Option<f64>,
    /// What it brought.
    pub points: i64,
    /// When something was last done in it, Unix milliseconds.
    pub touched_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
    /// Finished attempts at this module before it.
    pub finished_before: i64,
    /// Whether it is the member's very first in this cohort.
    pub first_ever: bool,
    /// Its questions in order.
    pub asked: Vec<Asked>,
}

/// A question of an attempt, with what was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The question's id.
    pub question: String,
    /// The version that was drawn.
    pub version: u32,
    /// How many hints the member took.
    pub hints_shown: usize,
    /// The tries, first to last.
    pub answers: Vec<Answer>,
    /// What a moderator said, where one was asked.
    pub review: Option<Review>,
}

/// A question as a member first sees it, outside any attempt that is kept: for authors.
pub fn first_look(member_id: u64, module: &ModuleId, question: &Question) -> Card {
    let attempt = Attempt {
        id: "preview".to_owned(),
        cohort_id: String::new(),
        member_id,
        module: module.clone(),
        number: 1,
        seed: 1,
        state: State::Open,
        position: 0,
        score: None,
        points: 0,
        touched_at: 0,
        finished_at: None,
        finished_before: 0,
        first_ever: false,
        asked: vec![Asked {
            question: question.id.to_string(),
            version: question.version,
            hints_shown: 0,
            answers: Vec::new(),
            review: None,
        }],
    };
    question_card::question(&question_card::View {
        attempt: &attempt,
        position: 0,
        question,
    })
}

/// One try.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The member's words; for a choice, the texts chosen as a JSON list.
    pub given: String,
    /// What came of it.
    pub mark: Mark,
    /// From 0 to 1.
    pub score: f64,
    /// What the member was told.
    pub feedback: String,
}

/// What came of one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Right.
    Right,
    /// Not right; the member may dispute it.
    Wrong,
    /// Not clearly right: a question was put, and another try offered.
    Retry,
    /// A moderator decides; counts as right until then.
    Moderator,
}

impl Mark {
    fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Retry => "retry",
            Self::Moderator => "moderator",
        }
    }

    fn read(text: &str) -> Self {
        match text {
            "right" => Self::Right,
            "retry" => Self::Retry,
            "moderator" => Self::Moderator,
            _ => Self::Wrong,
        }
    }
}

/// A moderator's part in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Whether it is decided, and how.
    pub state: ReviewState,
    /// What the moderator wrote to the member.
    pub note: Option<String>,
}

/// How far a review has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewState {
    /// Nobody has decided.
    Open,
    /// The answer is good.
    Accepted,
    /// It is not.
    Refused,
}

impl ReviewState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }

    fn read(text: &str) -> Self {
        match text {
            "accepted" => Self::Accepted,
            "refused" => Self::Refused,
            _ => Self::Open,
        }
    }
}

impl Asked {
    /// The last try, if any.
    pub fn last(&self) -> Option<&Answer> {
        self.answers.last()
    }

    /// Whether no more answers are taken.
    pub fn is_settled(&self) -> bool {
        self.last().is_some_and(|answer| answer.mark != Mark::Retry)
    }
}

/// What stands behind `/quiz` for a module, now.
#[derive(Debug, PartialEq)]
enum Door<'a> {
    /// An attempt at it is open: go on.
    Resume,
    /// An attempt at another module is open: one at a time.
    Busy(ModuleId),
    /// Its lesson or its questions are not written yet.
    Unwritten,
    /// These come first.
    Locked(Vec<&'a Module>),
    /// An explanation of the last attempt is with the moderators.
    WithModerators,
    /// Passed; the member may take it again if they say so.
    Passed,
    /// The next attempt opens then, Unix milliseconds.
    Later(i64),
    /// Begin.
    Open,
}

/// What the decision needs to know.
struct Facts<'a> {
    module: &'a Module,
    has_questions: bool,
    /// The module of the attempt that is open.
    open: Option<ModuleId>,
    /// Prerequisites not complete.
    missing: Vec<&'a Module>,
    /// Earlier attempts at this module, oldest first.
    past: &'a [Past],
    /// Whether the member said that they want to take a passed quiz again.
    again: bool,
    now: i64,
}

/// An earlier attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// Its id.
    pub id: String,
    /// From 1.
    pub number: i64,
    /// How it ended.
    pub state: State,
    /// From 0 to 1.
    pub score: Option<f64>,
    /// When.
    pub finished_at: Option<i64>,
}

fn door(facts: Facts<'_>) -> Door<'_> {
    match facts.open {
        Some(open) if open == facts.module.id => return Door::Resume,
        Some(open) => return Door::Busy(open),
        None => {}
    }
    if !facts.module.is_ready() || !facts.has_questions {
        return Door::Unwritten;
    }
    let finished: Vec<&Past> = facts
        .past
        .iter()
        .filter(|past| past.state.is_finished())
        .collect();
    let any = |state| finished.iter().any(|past| past.state == state);
    if any(State::Passed) && !facts.again {
        return Door::Passed;
    }
    if any(State::Provisional) {
        return Door::WithModerators;
    }
    if !facts.missing.is_empty() && !any(State::Passed) {
        return Door::Locked(facts.missing);
    }
    match retake_at(facts.past) {
        Some(opens) if opens > facts.now => Door::Later(opens),
        _ => Door::Open,
    }
}

/// When the next attempt opens, Unix milliseconds; `None` before the first.
fn retake_at(past: &[Past]) -> Option<i64> {
    let finished = past.iter().filter(|past| past.state.is_finished());
    let last = finished.clone().filter_map(|past| past.finished_at).max()?;
    Some(retake_opens(
        u32::try_from(finished.count()).unwrap_or(u32::MAX),
        last,
    ))
}

/// Whether an open attempt has waited too long.
fn has_expired(attempt: &Attempt, now: i64) -> bool {
    attempt.state == State::Open && !is_open(attempt.touched_at, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn past(number: i64, state: State, finished_at: i64) -> Past {
        Past {
            id: number.to_string(),
            number,
            state,
            score: Some(0.5),
            finished_at: Some(finished_at),
        }
    }

    fn library() -> lessons::Library {
        lessons::Library::embedded().unwrap()
    }

    fn facts<'a>(module: &'a Module, past: &'a [Past], now: i64) -> Facts<'a> {
        Facts {
            module,
            has_questions: true,
            open: None,
            missing: Vec::new(),
            past,
            again: false,
            now,
        }
    }

    #[test]
    fn retakes_open_at_once_then_after_an_hour_then_every_twelve() {
        let library = library();
        let module = &library.tracks()[0].modules[0];
        let failed = |n| -> Vec<Past> { (1..=n).map(|n| past(n, State::Failed, n * 10)).collect() };
        let at = |n: i64, now| door(facts(module, &failed(n), now)) == Door::Open;
        assert!(at(0, 0));
        assert!(at(1, 10));
        assert!(!at(2, 20));
        assert!(at(2, 20 + HOUR));
        assert!(!at(3, 30 + HOUR));
        assert!(at(3, 30 + 12 * HOUR));
    }

    #[test]
    fn an_expired_attempt_counts_for_nothing() {
        let library = library();
        let module = &library.tracks()[0].modules[0];
        let history = [
            past(1, State::Failed, 10),
            past(2, State::Expired, 20),
            past(3, State::Expired, 30),
        ];
        assert_eq!(door(facts(module, &history, 30)), Door::Open);
    }

    #[test]
    fn a_passed_quiz_is_taken_again_only_when_asked_for() {
        let library = library();
        let module = &library.tracks()[0].modules[0];
        let history = [past(1, State::Passed, 10)];
        assert_eq!(door(facts(module, &history, 30)), Door::Passed);
        let again = Facts {
            again: true,
            ..facts(module, &history, 30)
        };
        assert_eq!(door(again), Door::Open);
    }

    #[test]
    fn what_is_missing_comes_first_and_drafts_are_not_written() {
        let library = library();
        let track = &library.tracks()[0];
        let (first, second) = (&track.modules[0], &track.modules[1]);
        let locked = Facts {
            missing: vec![first],
            ..facts(second, &[], 0)
        };
        assert_eq!(door(locked), Door::Locked(vec![first]));
        let draft = track.modules.iter().find(|module| !module.is_ready()).unwrap();
        assert_eq!(door(facts(draft, &[], 0)), Door::Unwritten);
    }

    #[test]
    fn one_attempt_at_a_time_and_none_while_a_moderator_reads() {
        let library = library();
        let modules = &library.tracks()[0].modules;
        let busy = Facts {
            open: Some(modules[0].id.clone()),
            ..facts(&modules[1], &[], 0)
        };
        assert_eq!(door(busy), Door::Busy(modules[0].id.clone()));
        let history = [past(1, State::Provisional, 10)];
        assert_eq!(door(facts(&modules[0], &history, 99)), Door::WithModerators);
    }
}
