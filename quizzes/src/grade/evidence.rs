//! What an answer shows of the model answers, in numbers, and why its right words may still be wrong.
//! Nothing is decided here: the verdict is `explain`'s and `rubric`'s.

use super::matching::{SAME, Term, best, kin, opposed, terms};
use super::numbers::Unit;
use super::relations::{exchanged, pairs_kept, swapped_roles, trail, turned_round};
use super::text::Text;

/// What the words of the question count, when they come back in the answer.
const ECHO: f64 = 0.3;
/// From this share of borrowed words up an answer is a copy, and must be a whole one.
const COPIED: f64 = 0.75;
/// From this share up, the borrowed words must at least keep their order.
const BORROWED: f64 = 0.55;
/// From this share of its words, in their order, an answer is a model answer with a few words changed.
const RETOUCHED: f64 = 0.7;
/// From so many own words up, with no more than this share of them the model's, an answer is free.
const FREE: (usize, f64) = (8, 0.6);
/// From this share of its words, in their order, an answer is close to a model answer.
const CLOSE: f64 = 0.4;

/// What an answer shows, against model answers.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    /// How much of the best model answer is there, 0 to 1.
    pub score: f64,
    /// The same, counting near words more: is it about this at all?
    pub about: f64,
    /// How much of what was said is of the model answers, 0 to 1.
    pub precision: f64,
    /// How closely it follows the words of a model answer.
    pub followed: f64,
    /// Content words that neither the question nor filler brought.
    pub own_words: usize,
    /// Why it may be wrong although the words are right.
    pub doubts: Vec<Doubt>,
}

/// A reason not to trust the right words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
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
    /// Says at the end that it is not so.
    TakenBack,
    /// The model's words, in another order and without others.
    Rearranged,
}

impl Doubt {
    pub(super) fn contradicts(self) -> bool {
        matches!(self, Self::Denied | Self::OtherNumber | Self::Opposite)
    }
}

impl Evidence {
    /// Whether a doubt stands that even a matched rubric doesn't outweigh. In free words a small word
    /// that seems to contradict is mostly another way to put it.
    pub(super) fn outweighs_rubric(&self) -> bool {
        let close = self.followed >= CLOSE;
        self.doubts.iter().any(|doubt| match doubt {
            Doubt::TakenBack | Doubt::Rearranged | Doubt::TurnedRound | Doubt::Substituted => true,
            Doubt::Denied | Doubt::Opposite | Doubt::OtherNumber | Doubt::SwappedRoles | Doubt::Exchanged => {
                close
            }
        })
    }
}

/// Gathers the evidence of an answer.
pub(super) fn weigh(question: &Text, references: &[Text], said: &Text) -> Evidence {
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
    // Close to a model answer's wording every small word counts; in freer words only the heavy ones.
    let close = references.iter().any(|r| trail(r, said).followed >= CLOSE);
    doubt(denies(&keys, &said_terms, close), Doubt::Denied);
    doubt(
        other_number(&keys, &asked, &said_terms, close),
        Doubt::OtherNumber,
    );
    doubt(opposite(&keys, &asked, &said_terms), Doubt::Opposite);
    doubt(swapped_roles(references, said, close), Doubt::SwappedRoles);
    doubt(takes_back(references, said), Doubt::TakenBack);
    let mut evidence = Evidence {
        precision: precision(&own, &keys),
        own_words: own.len(),
        ..Evidence::default()
    };
    // Who exchanges two things does it with the model's words; who has own ones tells more than it does.
    let free = evidence.own_words >= FREE.0 && evidence.precision <= FREE.1;
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
        doubt(!free && exchanged(question, reference, said), Doubt::Exchanged);
        doubt(trail.substituted && trail.followed >= 0.5, Doubt::Substituted);
        let retouched = trail.followed >= RETOUCHED && differs_both_ways(key, &said_terms);
        doubt(retouched, Doubt::Substituted);
    }
    evidence.doubts = doubts;
    evidence
}

/// Whether each has a word the other lacks: a word was put in another's place.
fn differs_both_ways(key: &[Term<'_>], said: &[Term<'_>]) -> bool {
    let lacks = |a: &[Term<'_>], b: &[Term<'_>]| {
        let has = |t: &Term<'_>| b.iter().any(|o| o.token.stem == t.token.stem);
        a.iter().any(|t| t.token.weight >= 0.5 && !has(t))
    };
    lacks(key, said) && lacks(said, key)
}

/// The answer denies what it said, in words that no model answer uses.
fn takes_back(references: &[Text], said: &Text) -> bool {
    const DENIALS: &[&str] = &[
        "not true",
        "not the case",
        "not correct",
        "not right",
        "not so",
        "untrue",
        "is false",
        "are false",
        "is wrong",
        "is incorrect",
        "a myth",
        "is nonsense",
        "the opposite is",
        "just kidding",
        "i was wrong",
    ];
    DENIALS
        .iter()
        .any(|denial| said.plain.contains(denial) && !references.iter().any(|r| r.plain.contains(denial)))
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
fn denies(keys: &[Vec<Term<'_>>], said: &[Term<'_>], close: bool) -> bool {
    let heavy = if close { 0.3 } else { 0.5 };
    said.iter().filter(|t| t.token.weight >= heavy).any(|term| {
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
fn other_number(keys: &[Vec<Term<'_>>], asked: &[Term<'_>], said: &[Term<'_>], close: bool) -> bool {
    let known: Vec<_> = keys
        .iter()
        .flatten()
        .chain(asked)
        .filter_map(|t| t.token.quantity)
        .collect();
    let mut said = said.iter().filter_map(|t| t.token.quantity);
    said.any(|q| {
        if q.unit == Unit::Plain && !close {
            return false;
        }
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
