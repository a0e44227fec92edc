//! Explanations by model answers alone: a verdict read from the evidence.

use super::evidence::{Evidence, weigh};
use super::substance::{Form, form};
use super::text::Text;
use super::{Graded, Verdict};

/// From this score up an answer without a suspicion passes.
const PASS: f64 = 0.36;
/// Below this an answer shows nothing of the model answers.
const NOTHING: f64 = 0.05;

/// Grades an explanation by model answers alone.
pub(crate) fn grade_references(question: &str, references: &[&str], answer: &str) -> Graded {
    read(question, references, answer).0
}

/// The same, with the evidence where it came to that: a model answer word for word, a shrug and the
/// like are judged without.
pub(super) fn read(question: &str, references: &[&str], answer: &str) -> (Graded, Option<Evidence>) {
    let said = Text::read(answer);
    let references: Vec<Text> = references.iter().map(|r| Text::read(r)).collect();
    if !said.plain.is_empty() && references.iter().any(|r| r.plain == said.plain) {
        return (
            Graded::new(1.0, Verdict::Pass, "Right: all of it is there."),
            None,
        );
    }
    if let Some(graded) = by_form(&said) {
        return (graded, None);
    }
    if references.is_empty() {
        let why = "There is no model answer to compare this with: a person will read it.";
        return (Graded::new(0.0, Verdict::Review, why), None);
    }
    let evidence = weigh(&Text::read(question), &references, &said);
    (verdict(&evidence, form(&said)), Some(evidence))
}

fn by_form(said: &Text) -> Option<Graded> {
    let why = match form(said) {
        Form::Empty => "There is no answer here yet: say it in your own words.",
        Form::Shrug => "That's honest! Have another look at the lesson, then tell what you understood of it.",
        Form::Injection => "This talks to the grader, not about the question: say it in your own words.",
        _ => return None,
    };
    Some(Graded::new(0.0, Verdict::Retry, why))
}

fn verdict(evidence: &Evidence, form: Form) -> Graded {
    let suspicious = !evidence.doubts.is_empty();
    let contradicts = evidence.doubts.iter().any(|d| d.contradicts());
    let score = if suspicious {
        evidence.score * 0.6
    } else {
        evidence.score
    };
    let grade = |verdict, why| Graded::new(score, verdict, why);
    let echo = evidence.own_words == 0 && evidence.score < 0.5;
    if echo || evidence.own_words < 2 && evidence.score < 0.1 {
        return grade(
            Verdict::Retry,
            "So far this says the question again: what is the reason behind it?",
        );
    }
    match form {
        Form::Salad if evidence.score < 0.3 || evidence.own_words >= 5 => {
            return Graded::new(
                score.min(0.3),
                Verdict::Retry,
                "These are words side by side: tie them together in a sentence or two.",
            );
        }
        Form::Salad | Form::Garbled => {
            return Graded::new(
                score.min(0.4),
                Verdict::Review,
                "This is hard to read as a sentence: a person will look, or say it again more plainly.",
            );
        }
        _ => {}
    }
    if contradicts && evidence.followed >= 0.8 && evidence.score >= 0.6 {
        return grade(
            Verdict::Retry,
            "The right things are named, but one claim is turned round: read it again, slowly.",
        );
    }
    if suspicious && evidence.about >= NOTHING {
        return grade(
            Verdict::Review,
            "The right things are named; whether they fit together that way, a person will look.",
        );
    }
    if evidence.score >= PASS && evidence.precision >= 0.33 && evidence.own_words >= 3 {
        return grade(Verdict::Pass, "Right: the main points are there.");
    }
    let brief = evidence.own_words < 4;
    if evidence.about < if brief { 2.0 * NOTHING } else { NOTHING } {
        return grade(
            Verdict::Retry,
            "This does not get to the point yet: what happens, to what, and why?",
        );
    }
    grade(
        Verdict::Review,
        "Part of it is there; a person will read it, or say more about how and why.",
    )
}
