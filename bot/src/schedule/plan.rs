//! Which occurrences are due: what a cohort's schedule named since the last decision, and what becomes of each.
//! Pure. A decision is written once (`store`) and never taken again.
//!
//! Only the latest occurrence is posted. Those before it passed while nobody was there to post (or while the cohort
//! was paused); as a module is bound only when it is posted, they shift the sequence and nothing is lost.

use chrono::{DateTime, Duration, Utc};

use super::civil::{Occurrence, Schedule};

/// Posting this much later than planned is explained in the post.
const LATE_MINUTES: i64 = 15;
/// Further back than this, missed occurrences are not even written down: a schedule of every 15 minutes would leave
/// thousands of rows after a long downtime.
const LOOK_BACK_DAYS: i64 = 31;

/// Why an occurrence is not posted. The words are stored, and shown to moderators.
pub mod skip {
    /// It passed while the bot was down.
    pub const DOWNTIME: &str = "the bot was away";
    /// It passed while the cohort was paused.
    pub const PAUSED: &str = "the cohort was paused";
    /// A moderator asked for it.
    pub const MODERATOR: &str = "skipped by a moderator";
    /// Nothing of the path that is written is left.
    pub const DRAFTS: &str = "the next module is not written yet";
    /// The next occurrence came before this one could be posted.
    pub const SUPERSEDED: &str = "the next post came first";
    /// The path is over and the closing post has been made.
    pub const FINISHED: &str = "the cohort has finished";
}

/// An occurrence and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Which.
    pub occurrence: Occurrence,
    /// Posted or not.
    pub decision: Decision,
}

/// What becomes of an occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is posted, perhaps with a note that explains itself.
    Due {
        /// The note, a sentence.
        note: Option<String>,
    },
    /// It is not, for one of the reasons in [`skip`].
    Skip(&'static str),
}

/// Decides all that came between the last decision and `now`.
pub fn decide(
    schedule: &Schedule,
    paused: bool,
    decided_until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Vec<Decided> {
    let from = decided_until.max(now - Duration::days(LOOK_BACK_DAYS));
    let due: Vec<Occurrence> = schedule.due_between(from, now).collect();
    let missed = due.len().saturating_sub(1);
    due.into_iter()
        .enumerate()
        .map(|(index, occurrence)| {
            let decision = if paused {
                Decision::Skip(skip::PAUSED)
            } else if index < missed {
                Decision::Skip(skip::DOWNTIME)
            } else {
                Decision::Due {
                    note: note(missed, now - occurrence.at),
                }
            };
            Decided { occurrence, decision }
        })
        .collect()
}

/// What a post after downtime says about itself.
fn note(missed: usize, late: Duration) -> Option<String> {
    match missed {
        0 if late < Duration::minutes(LATE_MINUTES) => None,
        0 => Some("A little late: I was away when this lesson was due.".to_owned()),
        1 => Some(
            "I was away for a while and missed a post. Nothing is skipped: we go on where we stopped."
                .to_owned(),
        ),
        more => Some(format!(
            "I was away for a while and missed {more} posts. Nothing is skipped: we go on where we stopped."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(paused: bool, from: &str, now: &str) -> Vec<(String, Decision)> {
        let schedule = Schedule::parse("0 9 * * 1-5", "Europe/Berlin").unwrap();
        decide(&schedule, paused, from.parse().unwrap(), now.parse().unwrap())
            .into_iter()
            .map(|row| {
                (
                    row.occurrence.planned_local.format("%a %H:%M").to_string(),
                    row.decision,
                )
            })
            .collect()
    }

    #[test]
    fn a_lesson_due_now_is_posted_without_a_word() {
        let rows = decided(false, "2026-11-20T08:00:00Z", "2026-11-23T08:00:00Z");
        assert_eq!(rows, [("Mon 09:00".to_owned(), Decision::Due { note: None })]);
        assert!(decided(false, "2026-11-23T08:00:00Z", "2026-11-24T07:59:59Z").is_empty());
    }

    #[test]
    fn after_downtime_only_the_latest_is_posted_and_says_so() {
        let rows = decided(false, "2026-11-20T08:00:00Z", "2026-11-25T08:00:10Z");
        let skip = Decision::Skip(skip::DOWNTIME);
        assert_eq!(rows[0], ("Mon 09:00".to_owned(), skip.clone()));
        assert_eq!(rows[1], ("Tue 09:00".to_owned(), skip));
        let Decision::Due { note: Some(note) } = &rows[2].1 else {
            panic!("{rows:?}")
        };
        assert!(note.contains("missed 2 posts"), "{note}");
    }

    #[test]
    fn a_single_late_lesson_says_that_it_is_late() {
        let rows = decided(false, "2026-11-20T08:00:00Z", "2026-11-23T12:00:00Z");
        assert!(
            matches!(&rows[..], [(_, Decision::Due { note: Some(note) })] if note.contains("late")),
            "{rows:?}"
        );
    }

    #[test]
    fn a_paused_cohort_posts_nothing() {
        let rows = decided(true, "2026-11-20T08:00:00Z", "2026-11-25T08:00:10Z");
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.1 == Decision::Skip(skip::PAUSED)));
    }

    #[test]
    fn a_year_away_leaves_a_month_of_rows() {
        let rows = decided(false, "2025-11-20T08:00:00Z", "2026-11-25T08:00:10Z");
        assert!((20..=24).contains(&rows.len()), "{}", rows.len());
    }

    #[test]
    fn a_clock_set_back_decides_nothing_again() {
        assert!(decided(false, "2026-11-25T08:00:00Z", "2026-11-20T08:00:00Z").is_empty());
    }
}
