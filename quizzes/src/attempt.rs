//! An attempt at a quiz, as pure decisions: which questions, options in which order, what score,
//! when the next one opens. Who attempts and when is the caller's; so is keeping it.

use std::collections::HashMap;

use crate::question::{Choice, Kind, OptionOrder, Question, QuestionId};
use crate::seed::rank;

/// What is longer than this does not fit on a Discord button and is lettered in the text.
pub const LABEL_MAX: usize = 80;
/// How many options Discord's menus hold.
pub const OPTIONS_MAX: usize = 25;
/// How long an open attempt waits for its member, in milliseconds: seven days.
pub const OPEN_MS: i64 = 7 * 24 * HOUR_MS;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// What an attempt is for; it sets how many questions there are and how many must be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuizKind {
    /// A module's quiz: three questions, 70 %.
    Module,
    /// A phase's or week's: five, mixed, 80 %.
    Checkpoint,
    /// The track's: five explanations, 80 %.
    Final,
}

impl QuizKind {
    /// How many questions are drawn.
    pub fn questions(self) -> usize {
        match self {
            Self::Module => 3,
            Self::Checkpoint | Self::Final => 5,
        }
    }

    /// The pass mark, in percent.
    pub fn pass_percent(self) -> u8 {
        match self {
            Self::Module => 70,
            Self::Checkpoint | Self::Final => 80,
        }
    }

    /// Draws this kind's questions from a pool; the final takes explanations alone.
    pub fn draw(self, pool: &[&Question], seed: u64, asked: &[QuestionId]) -> Vec<QuestionId> {
        let explanations: Vec<&Question>;
        let pool = match self {
            Self::Final => {
                explanations = pool.iter().copied().filter(|q| is_explain(q)).collect();
                &explanations
            }
            _ => pool,
        };
        draw(pool, seed, self.questions(), asked)
    }
}

fn is_explain(question: &Question) -> bool {
    matches!(question.kind, Kind::Explain(_))
}

/// Draws up to `n` questions. Never-asked ones come first, then those asked longest ago (`asked` is
/// oldest first, repeats allowed). One in three is an explanation where the pool has any, and
/// explanations come last, after the quick ones. The same seed and history give the same draw,
/// whatever the order of the pool.
pub fn draw(pool: &[&Question], seed: u64, n: usize, asked: &[QuestionId]) -> Vec<QuestionId> {
    let last_asked: HashMap<&QuestionId, usize> =
        asked.iter().enumerate().map(|(at, id)| (id, at + 1)).collect();
    let mut ranked: Vec<&Question> = pool.to_vec();
    ranked.sort_by_key(|q| {
        let recency = last_asked.get(&q.id).copied().unwrap_or(0);
        (recency, rank(seed, &["draw", q.id.as_str()]), q.id.clone())
    });
    ranked.dedup_by(|a, b| a.id == b.id);
    let (explain, quick): (Vec<&Question>, Vec<&Question>) = ranked.into_iter().partition(|q| is_explain(q));
    let wanted = n.div_ceil(3).min(explain.len());
    let quick_taken = (n - wanted).min(quick.len());
    let explain_taken = (n - quick_taken).min(explain.len());
    quick[..quick_taken]
        .iter()
        .chain(&explain[..explain_taken])
        .map(|q| q.id.clone())
        .collect()
}

/// How a choice is shown in one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Indexes into [`Choice::options`], first shown first.
    pub order: Vec<usize>,
    /// Some option is too long for a button: show letters on the buttons and the options in the text.
    pub lettered: bool,
}

impl Layout {
    /// The letter of the option shown at a place: A, B, …
    pub fn letter(place: usize) -> char {
        u8::try_from(place)
            .ok()
            .filter(|p| *p < 26)
            .map_or('?', |p| char::from(b'A' + p))
    }
}

/// How a question's options are shown in the attempt with this seed; the same each time it is asked.
pub fn layout(id: &QuestionId, choice: &Choice, seed: u64) -> Layout {
    let mut order: Vec<usize> = (0..choice.options.len()).collect();
    match choice.order {
        OptionOrder::Shuffled => {
            order.sort_by_key(|at| rank(seed, &["options", id.as_str(), &choice.options[*at].text]));
        }
        OptionOrder::Sorted => order.sort_by(|a, b| choice.options[*a].text.cmp(&choice.options[*b].text)),
        OptionOrder::AnswerAt(place) => {
            let (right, mut wrong): (Vec<usize>, Vec<usize>) =
                order.into_iter().partition(|at| choice.options[*at].correct);
            let place = place.min(wrong.len());
            wrong.splice(place..place, right);
            order = wrong;
        }
    }
    let lettered = choice.options.iter().any(|o| o.text.chars().count() > LABEL_MAX);
    Layout { order, lettered }
}

/// What one question of an attempt brought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Score {
    /// Decided, from 0 to 1.
    Settled(f64),
    /// An explanation that waits for a moderator: counts as right until they decide.
    Provisional,
}

/// What a whole attempt came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Provisional answers counted as right.
    pub percent: f64,
    /// Whether the pass mark was reached, provisionally or not.
    pub passed: bool,
    /// Passed only because of answers a moderator has yet to see.
    pub provisional: bool,
    /// The concepts of questions not fully right, each once, in the order asked.
    pub review: Vec<String>,
}

/// Scores an attempt: every question drawn must be here, an unanswered one as `Settled(0.0)`.
pub fn outcome(kind: QuizKind, answers: &[(&Question, Score)]) -> Outcome {
    let mark = f64::from(kind.pass_percent());
    let percent = |provisional: f64| {
        let sum: f64 = answers
            .iter()
            .map(|(_, score)| match score {
                Score::Settled(value) if value.is_finite() => value.clamp(0.0, 1.0),
                Score::Settled(_) => 0.0,
                Score::Provisional => provisional,
            })
            .sum();
        if answers.is_empty() {
            0.0
        } else {
            100.0 * sum / answers.len() as f64
        }
    };
    // A hair below the mark is the mark: 0.7 of a sum of tenths must not fail by rounding.
    let reaches = |percent: f64| percent + 1e-9 >= mark;
    let mut review: Vec<String> = Vec::new();
    for (question, score) in answers {
        if matches!(score, Score::Settled(value) if *value < 1.0) {
            for concept in &question.concepts {
                if !review.contains(concept) {
                    review.push(concept.clone());
                }
            }
        }
    }
    Outcome {
        percent: percent(1.0),
        passed: reaches(percent(1.0)),
        provisional: reaches(percent(1.0)) && !reaches(percent(0.0)),
        review,
    }
}

/// The attempt that counts: the highest score; a decided one before a provisional one with the same,
/// the earlier before the later.
pub fn best(outcomes: &[Outcome]) -> Option<&Outcome> {
    outcomes.iter().reduce(|best, next| {
        let better = next.percent > best.percent
            || (next.percent >= best.percent && best.provisional && !next.provisional);
        if better { next } else { best }
    })
}

/// When the next attempt opens, in Unix milliseconds: the first retake at once, the second an hour
/// after the last attempt ended, each further one twelve hours after.
pub fn retake_opens(finished: u32, last_finished_at: i64) -> i64 {
    let wait = match finished {
        0 | 1 => 0,
        2 => HOUR_MS,
        _ => 12 * HOUR_MS,
    };
    last_finished_at.saturating_add(wait)
}

/// Whether an attempt last touched then is still open now (both Unix milliseconds).
pub fn is_open(last_touched_at: i64, now: i64) -> bool {
    now < last_touched_at.saturating_add(OPEN_MS)
}
