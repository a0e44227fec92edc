//! Explanations by a rubric: which ideas an answer shows, which misconceptions, and what follows.
//! The rubric leads; the evidence against the model answers can hold a pass back.

use super::explain::read;
use super::matching::{best, terms};
use super::relations::trail;
use super::substance::{Form, form};
use super::text::Text;
use super::{Graded, Missing, Verdict};
use crate::question::{Explain, Idea, Misconception};

/// How much of a wording shows its idea …
const SHOWN: f64 = 0.74;
/// … and in an answer of this many own words, which says things at greater length.
const SHOWN_AT_LENGTH: (usize, f64) = (7, 0.66);
/// How much of a wording shows a misconception, and how closely it must be followed.
const BELIEVED: (f64, f64) = (0.86, 0.7);

/// Grades an explanation by the question's rubric and model answers.
pub fn grade_explain(prompt: &str, explain: &Explain, answer: &str) -> Graded {
    let references: Vec<&str> = explain.references.iter().map(String::as_str).collect();
    let (mut graded, evidence) = read(prompt, &references, answer);
    let said = Text::read(answer);
    let word_for_word = graded.score >= 1.0 && graded.verdict == Verdict::Pass;
    graded.misconceptions = explain
        .misconceptions
        .iter()
        .filter(|m| believes(m, &said))
        .map(|m| m.feedback.clone())
        .collect();
    let (many, enough) = SHOWN_AT_LENGTH;
    let at_length = evidence.as_ref().is_some_and(|e| e.own_words >= many);
    let enough = if at_length { enough } else { SHOWN };
    let required: Vec<&Idea> = explain.ideas.iter().filter(|i| i.required).collect();
    graded.missing = required
        .iter()
        .filter(|idea| !word_for_word && !shows(idea, &said, enough))
        .map(|idea| Missing {
            id: idea.id.clone(),
            ask: question_about(idea),
        })
        .collect();
    if !graded.misconceptions.is_empty() {
        return held_back(graded);
    }
    let found = required.len() - graded.missing.len();
    match evidence {
        Some(evidence) if form(&said) == Form::Prose && !required.is_empty() => {
            let trusted = evidence.own_words >= 4 && !evidence.outweighs_rubric();
            by_ideas(graded, found, required.len(), trusted)
        }
        _ => graded,
    }
}

fn question_about(idea: &Idea) -> String {
    let general = "There is one more thing to it: what happens then, and why?";
    idea.ask.clone().unwrap_or_else(|| general.to_owned())
}

fn held_back(mut graded: Graded) -> Graded {
    if graded.verdict == Verdict::Pass {
        graded.verdict = Verdict::Review;
    }
    graded.score = graded.score.min(0.5);
    graded.why = "There is something in it that many people believe at first: look at it once more.".into();
    graded
}

fn by_ideas(mut graded: Graded, found: usize, of: usize, trusted: bool) -> Graded {
    let share = found as f64 / of as f64;
    match graded.verdict {
        _ if found == of && trusted => {
            graded.verdict = Verdict::Pass;
            graded.score = graded.score.max(0.85);
            graded.why = "Right: the ideas that matter are there.".into();
        }
        Verdict::Pass if found < of && graded.score < 0.8 => {
            graded.verdict = Verdict::Review;
            graded.score = graded.score.min(share.max(0.4));
            graded.why = format!("Good so far: {found} of {of} ideas are clearly there.");
        }
        Verdict::Retry if found > 0 && trusted => {
            graded.verdict = Verdict::Review;
            graded.score = graded.score.max(0.3 * share);
            graded.why = format!("{found} of {of} ideas are clearly there; say more about the rest.");
        }
        _ => {}
    }
    graded
}

/// Whether an answer shows an idea of a rubric.
pub fn meets_idea(idea: &Idea, answer: &str) -> bool {
    shows(idea, &Text::read(answer), SHOWN)
}

fn shows(idea: &Idea, said: &Text, enough: f64) -> bool {
    let mut wordings = idea.accept.iter().chain([&idea.say]);
    wordings.any(|wording| said_share(&Text::read(wording), said, 2) >= enough)
}

/// Whether an answer holds a misconception.
pub fn shows_misconception(misconception: &Misconception, answer: &str) -> bool {
    believes(misconception, &Text::read(answer))
}

fn believes(misconception: &Misconception, said: &Text) -> bool {
    let (share, followed) = BELIEVED;
    misconception.wordings.iter().any(|wording| {
        let wording = Text::read(wording);
        said_share(&wording, said, 1) >= share && trail(&wording, said).followed >= followed
    })
}

/// How much of a wording the best stretch of so many neighbouring sentences says.
fn said_share(wording: &Text, said: &Text, sentences: usize) -> f64 {
    let key = terms(wording.tokens.iter());
    let last = said.tokens.last().map_or(0, |t| t.sentence);
    let total: f64 = key.iter().map(|t| t.token.weight).sum();
    if total <= 0.0 {
        return f64::from(!wording.plain.is_empty() && said.plain.contains(&wording.plain));
    }
    let stretch = |first: usize| {
        let here = said
            .tokens
            .iter()
            .filter(|t| (first..first + sentences).contains(&t.sentence));
        let here = terms(here);
        let found: f64 = key
            .iter()
            .filter_map(|term| {
                let (hit, strength) = best(term.token, &here)?;
                let agree = (hit.plain && term.plain) || (hit.negated && term.negated);
                (agree && strength >= 0.6).then_some(term.token.weight * strength)
            })
            .sum();
        found / total
    };
    (0..=last).map(stretch).fold(0.0, f64::max)
}
