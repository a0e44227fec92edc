//! What a member did and what it is worth: learning events in, standing and leaderboard out. Its rules: DESIGN's
//! points, each counted once; a module is complete when its quiz is passed, and a provisional pass lets a member go on.
//!
//! The lowest feature: it knows modules only by their ids.

use std::collections::BTreeSet;

use ::store::learning::{self, Event, Mark};
use ::store::{Store, Tx};
use chrono::{DateTime, Days, NaiveDate, Utc};
use lessons::ModuleId;
use sqlx::Error;

use crate::membership::Cohort;

pub mod cards;
pub mod commands;
mod store;

pub use self::store::{
    Place, Window, active_days, leaderboard, leaderboard_for, own_place, points, without_points,
};

/// What happened, with its points.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// Done was pressed.
    Read,
    /// Done was taken back.
    ReadUndone,
    /// An attempt at the quiz ended with this score, from 0 to 1.
    QuizFinished(f64),
    /// The quiz is passed: the module is complete.
    QuizPassed {
        /// At the first attempt, with 90 % or more.
        brilliant: bool,
    },
    /// All is right but an explanation that a moderator must read: the member goes on meanwhile.
    QuizProvisional,
    /// A moderator refused the explanation. Not a lock-out: the module is to be reviewed.
    QuizRefused,
    /// A moderator opened the module for this member, whatever its prerequisites.
    Unlocked,
    /// Every step of the module's exercise was done.
    ExercisePassed,
}

/// Points of DESIGN §6.
const READ: i64 = 5;
const QUIZ: i64 = 20;
const BRILLIANT: i64 = 5;
const EXERCISE: i64 = 15;

/// Kinds of events and marks, as they are stored.
pub mod kind {
    /// Done was pressed.
    pub const READ: &str = "read";
    /// Done was taken back.
    pub const READ_UNDONE: &str = "read_undone";
    /// An attempt ended.
    pub const QUIZ_FINISHED: &str = "quiz_finished";
    /// The quiz is passed.
    pub const QUIZ_PASSED: &str = "quiz_passed";
    /// Passed but for a moderator's word.
    pub const QUIZ_PROVISIONAL: &str = "quiz_provisional";
    /// The moderator's word was no.
    pub const QUIZ_REFUSED: &str = "quiz_refused";
    /// Opened by a moderator.
    pub const UNLOCKED: &str = "unlocked";
    /// The exercise is passed.
    pub const EXERCISE: &str = "exercise";
}

/// What stands for a member in a cohort.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Modules whose lesson is read.
    pub read: BTreeSet<ModuleId>,
    /// Modules whose quiz is passed.
    pub passed: BTreeSet<ModuleId>,
    /// Modules passed but for a moderator's word.
    pub provisional: BTreeSet<ModuleId>,
    /// Modules once passed provisionally and then refused: to be reviewed, and no lock on what comes after them.
    pub refused: BTreeSet<ModuleId>,
    /// Modules a moderator has opened.
    pub unlocked: BTreeSet<ModuleId>,
    /// Modules whose exercise is passed.
    pub exercised: BTreeSet<ModuleId>,
    /// The best score of each module's quiz, from 0 to 1.
    pub best: Vec<(ModuleId, f64)>,
}

impl Standing {
    /// The modules that count as complete for what comes next: passed, or provisionally so.
    pub fn complete(&self) -> BTreeSet<ModuleId> {
        self.passed.union(&self.provisional).cloned().collect()
    }

    fn from_marks(marks: &[Mark]) -> Self {
        let of = |kind: &str| {
            marks
                .iter()
                .filter(|mark| mark.kind == kind)
                .map(|mark| ModuleId::new(&*mark.subject))
                .collect::<BTreeSet<_>>()
        };
        let best = marks
            .iter()
            .filter(|mark| mark.kind == kind::QUIZ_FINISHED)
            .filter_map(|mark| Some((ModuleId::new(&*mark.subject), mark.best?)))
            .collect();
        let passed = of(kind::QUIZ_PASSED);
        let provisional = of(kind::QUIZ_PROVISIONAL).difference(&passed).cloned().collect();
        let refused = of(kind::QUIZ_REFUSED).difference(&passed).cloned().collect();
        Self {
            read: of(kind::READ),
            passed,
            provisional,
            refused,
            unlocked: of(kind::UNLOCKED),
            exercised: of(kind::EXERCISE),
            best,
        }
    }
}

/// What stands for a member.
pub async fn standing(store: &Store, cohort_id: &str, member_id: u64) -> Result<Standing, Error> {
    Ok(Standing::from_marks(
        &learning::marks(store, cohort_id, member_id).await?,
    ))
}

/// The same inside a write that depends on it.
pub async fn standing_in(tx: &mut Tx, cohort_id: &str, member_id: u64) -> Result<Standing, Error> {
    Ok(Standing::from_marks(
        &learning::marks_in(tx, cohort_id, member_id).await?,
    ))
}

/// Records what happened, once where it counts once. Says how many points it brought.
pub async fn record(
    tx: &mut Tx,
    cohort: &Cohort,
    member_id: u64,
    module: &ModuleId,
    now: DateTime<Utc>,
    fact: &Fact,
) -> Result<i64, Error> {
    let event = |kind: &str, points: i64, retracts: Option<&str>, value: Option<f64>| Event {
        guild_id: cohort.guild_id,
        cohort_id: cohort.id.clone(),
        member_id,
        at: now.timestamp_millis(),
        local_date: cohort.local_date(now),
        kind: kind.to_owned(),
        subject: module.as_str().to_owned(),
        points,
        value,
        retracts: retracts.map(str::to_owned),
        detail: None,
    };
    let (event, once) = match fact {
        Fact::Read => (event(kind::READ, READ, Some(kind::READ_UNDONE), None), true),
        Fact::ReadUndone => {
            let read = learning::marks_in(tx, &cohort.id, member_id).await?;
            if !read
                .iter()
                .any(|mark| mark.kind == kind::READ && mark.subject == module.as_str())
            {
                return Ok(0);
            }
            (event(kind::READ_UNDONE, -READ, Some(kind::READ), None), true)
        }
        Fact::QuizFinished(score) => (event(kind::QUIZ_FINISHED, 0, None, Some(*score)), false),
        Fact::QuizPassed { brilliant } => {
            let points = QUIZ + if *brilliant { BRILLIANT } else { 0 };
            (
                event(kind::QUIZ_PASSED, points, Some(kind::QUIZ_PROVISIONAL), None),
                true,
            )
        }
        Fact::QuizProvisional => (event(kind::QUIZ_PROVISIONAL, 0, None, None), true),
        Fact::QuizRefused => (
            event(kind::QUIZ_REFUSED, 0, Some(kind::QUIZ_PROVISIONAL), None),
            false,
        ),
        Fact::Unlocked => (event(kind::UNLOCKED, 0, None, None), true),
        Fact::ExercisePassed => (event(kind::EXERCISE, EXERCISE, None, None), true),
    };
    let points = event.points;
    let appended = if once {
        learning::append_once(tx, &event).await?
    } else {
        learning::append(tx, &event).await?;
        true
    };
    Ok(if appended { points } else { 0 })
}

/// Days in a row with something done, up to today; a day not yet over breaks nothing.
pub fn streak(days: &BTreeSet<NaiveDate>, today: NaiveDate) -> u32 {
    let mut day = if days.contains(&today) {
        Some(today)
    } else {
        today.checked_sub_days(Days::new(1))
    };
    let mut length = 0;
    while let Some(date) = day.filter(|date| days.contains(date)) {
        length += 1;
        day = date.checked_sub_days(Days::new(1));
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_streak_counts_days_in_a_row_and_today_is_not_yet_lost() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        let days: BTreeSet<_> = [17, 19, 20, 21].map(day).into();
        assert_eq!(streak(&days, day(21)), 3);
        assert_eq!(streak(&days, day(22)), 3);
        assert_eq!(streak(&days, day(23)), 0);
        assert_eq!(streak(&BTreeSet::new(), day(1)), 0);
    }
}
