//! Explanations: an answer in own words against model answers and, where there is one, a rubric.
//! First the evidence is gathered (`weigh`), then a verdict read from it (`verdict`).

use super::matching::{SAME, Term, best, kin, opposed, terms};
use super::numbers::Unit;
use super::relations::{exchanged, pairs_kept, swapped_roles, trail, turned_round};
use super::substance::{Form, form};
use super::text::Text;
use super::{Graded, Missing, Verdict};
use crate::question::{Explain, Idea, Misconception};

/// From this score up an answer without a suspicion passes.
const PASS: f64 = 0.33;
/// Below this an answer shows nothing of the model answers.
const NOTHING: f64 = 0.08;
/// What the words of the question count, when they come back in the answer.
const ECHO: f64 = 0.3;
/// From this share of borrowed words up an answer is a copy, and must be a whole one.
const COPIED: f64 = 0.75;
/// From this share up, the borrowed words must at least keep their order.
const BORROWED: f64 = 0.55;

/// What an answer shows, against model answers.
#[derive(Clone, Debug, Default)]
struct Evidence {
    /// How much of the best model answer is there, 0 to 1.
    score: f64,
    /// The same, counting near words more: is it about this at all?
    about: f64,
    /// How much of what was said is of the model answers, 0 to 1.
    precision: f64,
    /// How closely it follows the words of a model answer.
    followed: f64,
    /// Content words that neither the question nor filler brought.
    own_words: usize,
    /// Why it may be wrong although the words are right.
    doubts: Vec<Doubt>,
}

/// A reason not to trust the right words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    /// Says something is not so that is, or the reverse.
    Denied,
    /// Names another number.
    OtherNumber,
    /// Names the opposite.
    Opposite,
    /// Ties a deed to the wrong one of two opposites.
    SwappedRoles,
    /// `from A to B` for `from B to A`.
    TurnedRound,
    /// Says of one thing what is true of the other.
    Exchanged,
    /// The model's sentence with another word put in.
    Substituted,
    /// The model's words, in another order and without others.
    Rearranged,
}

impl Doubt {
    fn contradicts(self) -> bool {
        matches!(self, Self::Denied | Self::OtherNumber | Self::Opposite)
    }
}

/// Grades an explanation by model answers alone.
pub(crate) fn grade_references(question: &str, references: &[&str], answer: &str) -> Graded {
    let said = Text::read(answer);
    let references: Vec<Text> = references.iter().map(|r| Text::read(r)).collect();
    if !said.plain.is_empty() && references.iter().any(|r| r.plain == said.plain) {
        return Graded::new(1.0, Verdict::Pass, "Right: all of it is there.");
    }
    if let Some(graded) = by_form(&said) {
        return graded;
    }
    if references.is_empty() {
        return Graded::new(
            0.0,
            Verdict::Review,
            "There is no model answer to compare this with: a person will read it.",
        );
    }
    let evidence = weigh(&Text::read(question), &references, &said);
    verdict(&evidence, form(&said))
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
    if evidence.own_words < 2 && evidence.score < 0.5 {
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
    if evidence.score >= PASS && evidence.precision >= 0.3 && evidence.own_words >= 3 {
        return grade(Verdict::Pass, "Right: the main points are there.");
    }
    let long = evidence.own_words >= 7;
    if evidence.about < NOTHING * if long { 1.0 } else { 1.6 } {
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

fn weigh(question: &Text, references: &[Text], said: &Text) -> Evidence {
    let asked = terms(question.tokens.iter());
    let said_terms = terms(said.tokens.iter());
    let keys: Vec<Vec<Term<'_>>> = references.iter().map(|r| terms(r.tokens.iter())).collect();
    // A synonym of a word asked about is no echo: it may be the very explanation.
    let echo = |t: &Term<'_>| {
        asked
            .iter()
            .any(|a| a.token.stem == t.token.stem || kin(&a.token.stem, &t.token.stem))
    };
    let fresh: Vec<Term<'_>> = said_terms.iter().filter(|t| !echo(t)).cloned().collect();
    let own: Vec<&Term<'_>> = said_terms
        .iter()
        .filter(|t| !echo(t) && t.token.weight > 0.35)
        .collect();
    let mut doubts = Vec::new();
    let mut doubt = |is: bool, doubt: Doubt| {
        if is && !doubts.contains(&doubt) {
            doubts.push(doubt);
        }
    };
    doubt(denies(&keys, &said_terms), Doubt::Denied);
    doubt(other_number(&keys, &asked, &said_terms), Doubt::OtherNumber);
    doubt(opposite(&keys, &asked, &said_terms), Doubt::Opposite);
    doubt(swapped_roles(references, said), Doubt::SwappedRoles);
    let mut evidence = Evidence {
        precision: precision(&own, &keys),
        own_words: own.len(),
        ..Evidence::default()
    };
    for (key, reference) in keys.iter().zip(references) {
        let (coverage, about) = coverage(key, &said_terms, &fresh, &echo);
        let trail = trail(reference, said);
        let score = 0.8 * coverage + 0.2 * pairs_kept(reference, said);
        evidence.about = evidence.about.max(about);
        evidence.followed = evidence.followed.max(trail.followed);
        evidence.score = evidence.score.max(score);
        let copied = copied(&own, key);
        let rearranged = copied >= COPIED && (trail.in_order < 0.9 || coverage < 0.7)
            || copied >= BORROWED && trail.in_order < 0.75;
        doubt(
            rearranged && !(trail.followed >= 0.9 && trail.in_order >= 0.9),
            Doubt::Rearranged,
        );
        doubt(turned_round(reference, said), Doubt::TurnedRound);
        doubt(exchanged(question, reference, said), Doubt::Exchanged);
        doubt(trail.substituted && trail.followed >= 0.5, Doubt::Substituted);
    }
    evidence.doubts = doubts;
    evidence
}

/// How much of a model answer is there, strictly and loosely.
fn coverage(
    key: &[Term<'_>],
    said: &[Term<'_>],
    own: &[Term<'_>],
    echo: &dyn Fn(&Term<'_>) -> bool,
) -> (f64, f64) {
    let fresh: f64 = key.iter().filter(|t| !echo(t)).map(|t| t.token.weight).sum();
    let whole: f64 = key.iter().map(|t| t.token.weight).sum();
    // Where the model answer is little but the question's own words, they are all there is to judge by.
    let echo_weight = if fresh < 0.3 * whole { 1.0 } else { ECHO };
    let (mut total, mut strict, mut loose) = (0.0, 0.0, 0.0);
    for term in key {
        let weight = term.token.weight * if echo(term) { echo_weight } else { 1.0 };
        total += weight;
        // What the question brought proves nothing but itself.
        let candidates = if echo(term) { said } else { own };
        if let Some((hit, strength)) = best(term.token, candidates) {
            let agree = (hit.plain && term.plain) || (hit.negated && term.negated);
            let counted = if strength >= SAME {
                strength
            } else {
                strength * 0.5
            };
            strict += weight * if agree { counted } else { 0.0 };
            loose += weight * if echo(term) { 0.3 } else { strength };
        }
    }
    if total <= 0.0 {
        (0.0, 0.0)
    } else {
        (strict / total, loose / total)
    }
}

/// How much of what was said, the question's words aside, are a model answer's very words.
fn copied(own: &[&Term<'_>], key: &[Term<'_>]) -> f64 {
    let same = own
        .iter()
        .filter(|t| key.iter().any(|k| k.token.stem == t.token.stem))
        .count();
    if own.is_empty() {
        0.0
    } else {
        same as f64 / own.len() as f64
    }
}

/// How much of what was said, the question's words aside, is of any model answer.
fn precision(own: &[&Term<'_>], keys: &[Vec<Term<'_>>]) -> f64 {
    let (mut total, mut found) = (0.0, 0.0);
    for term in own {
        total += term.token.weight;
        let hit = keys
            .iter()
            .filter_map(|key| best(term.token, key))
            .map(|(_, s)| s)
            .fold(0.0, f64::max);
        found += term.token.weight * hit;
    }
    if total <= 0.0 { 0.0 } else { found / total }
}

/// Something is said not to be so which every model answer that names it says is so, or the reverse.
fn denies(keys: &[Vec<Term<'_>>], said: &[Term<'_>]) -> bool {
    said.iter().filter(|t| t.token.weight >= 0.3).any(|term| {
        let (mut plain, mut negated) = (false, false);
        for (hit, strength) in keys.iter().filter_map(|key| best(term.token, key)) {
            if strength >= SAME {
                plain |= hit.plain;
                negated |= hit.negated;
            }
        }
        (plain || negated) && !((plain && term.plain) || (negated && term.negated))
    })
}

/// A number where the model answers have another of its kind.
fn other_number(keys: &[Vec<Term<'_>>], asked: &[Term<'_>], said: &[Term<'_>]) -> bool {
    let known: Vec<_> = keys
        .iter()
        .flatten()
        .chain(asked)
        .filter_map(|t| t.token.quantity)
        .collect();
    said.iter().filter_map(|t| t.token.quantity).any(|q| {
        let mut rivals = known
            .iter()
            .filter(|k| k.unit == q.unit || q.unit == Unit::Plain)
            .peekable();
        rivals.peek().is_some() && !rivals.any(|k| k.equals(q) || (q.value - k.value).abs() < 1e-9)
    })
}

/// The opposite of something in a model answer, which itself is not in the answer.
fn opposite(keys: &[Vec<Term<'_>>], asked: &[Term<'_>], said: &[Term<'_>]) -> bool {
    let named = |t: &Term<'_>, terms: &[Term<'_>]| best(t.token, terms).is_some_and(|(_, s)| s >= SAME);
    said.iter()
        .filter(|s| !named(s, asked) && !keys.iter().any(|key| named(s, key)))
        .any(|s| {
            keys.iter().flatten().any(|k| {
                opposed(k.token, s.token) && (s.plain && k.plain || s.negated && k.negated) && !named(k, said)
            })
        })
}

/// Grades an explanation by the question's rubric and model answers.
pub fn grade_explain(prompt: &str, explain: &Explain, answer: &str) -> Graded {
    let references: Vec<&str> = explain.references.iter().map(String::as_str).collect();
    let mut graded = grade_references(prompt, &references, answer);
    graded.misconceptions = explain
        .misconceptions
        .iter()
        .filter(|m| shows_misconception(m, answer))
        .map(|m| m.feedback.clone())
        .collect();
    let said = Text::read(answer);
    let required: Vec<&Idea> = explain.ideas.iter().filter(|i| i.required).collect();
    let exact = graded.score >= 1.0;
    let met: Vec<bool> = required.iter().map(|i| exact || idea_in(i, &said)).collect();
    graded.missing = required
        .iter()
        .zip(&met)
        .filter(|(_, met)| !**met)
        .map(|(i, _)| Missing {
            id: i.id.clone(),
            ask: i
                .ask
                .clone()
                .unwrap_or_else(|| "There is one more thing to it: what happens then, and why?".into()),
        })
        .collect();
    with_rubric(graded, &met, form(&said))
}

fn with_rubric(mut graded: Graded, met: &[bool], form: Form) -> Graded {
    let found = met.iter().filter(|m| **m).count();
    if !graded.misconceptions.is_empty() {
        graded.verdict = if graded.verdict == Verdict::Pass {
            Verdict::Review
        } else {
            graded.verdict
        };
        graded.score = graded.score.min(0.5);
        graded.why =
            "There is something in it that many people believe at first: look at it once more.".into();
        return graded;
    }
    if met.is_empty() || form != Form::Prose {
        return graded;
    }
    let share = found as f64 / met.len() as f64;
    let suspicious = graded.why.contains("fit together") || graded.why.contains("turned round");
    if found == met.len() && !suspicious && graded.verdict != Verdict::Retry {
        graded.verdict = Verdict::Pass;
        graded.score = graded.score.max(0.85);
        graded.why = "Right: the ideas that matter are there.".into();
    } else if graded.verdict == Verdict::Pass && graded.score < 0.8 && found < met.len() {
        graded.verdict = Verdict::Review;
        graded.score = graded.score.min(share.max(0.4));
        graded.why = format!(
            "{found} of {} ideas are clearly there; one is still missing.",
            met.len()
        );
    } else if graded.verdict == Verdict::Retry && found > 0 && !suspicious {
        graded.verdict = Verdict::Review;
        graded.score = graded.score.max(0.3 * share);
        graded.why = format!(
            "{found} of {} ideas are clearly there; say more about the rest.",
            met.len()
        );
    }
    graded
}

/// Whether an answer shows an idea of a rubric.
pub fn meets_idea(idea: &Idea, answer: &str) -> bool {
    idea_in(idea, &Text::read(answer))
}

fn idea_in(idea: &Idea, said: &Text) -> bool {
    idea.accept
        .iter()
        .chain([&idea.say])
        .any(|wording| says(&Text::read(wording), said, 0.74, 2))
}

/// Whether an answer holds a misconception.
pub fn shows_misconception(misconception: &Misconception, answer: &str) -> bool {
    let said = Text::read(answer);
    misconception.wordings.iter().any(|wording| {
        let wording = Text::read(wording);
        says(&wording, &said, 0.86, 1) && trail(&wording, &said).followed >= 0.7
    })
}

/// Whether some stretch of so many neighbouring sentences says a wording.
fn says(wording: &Text, said: &Text, enough: f64, sentences: usize) -> bool {
    let key = terms(wording.tokens.iter());
    let last = said.tokens.last().map_or(0, |t| t.sentence);
    if key.is_empty() {
        return !wording.plain.is_empty() && said.plain.contains(&wording.plain);
    }
    (0..=last).any(|sentence| {
        let stretch = terms(
            said.tokens
                .iter()
                .filter(|t| (sentence..sentence + sentences).contains(&t.sentence)),
        );
        let (mut total, mut found) = (0.0, 0.0);
        for term in &key {
            let weight = term.token.weight;
            total += weight;
            if let Some((hit, strength)) = best(term.token, &stretch)
                && strength >= 0.6
                && ((hit.plain && term.plain) || (hit.negated && term.negated))
            {
                found += weight * strength;
            }
        }
        total > 0.0 && found / total >= enough
    })
}
