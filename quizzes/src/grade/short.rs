//! Short answers: is the key what was typed, allowing for how people type.
//! The rule `exact` compares letters; the other sees through case, articles, plurals, slips, units,
//! the order of lists, common synonyms and a sentence around the answer, but not through a hedge
//! ("queue or log"), a denial ("not a log") or another number.

use super::matching::{SAME, Term, best, opposed, strength, terms, typo};
use super::numbers::{Quantity, Unit, asked_unit};
use super::text::{Gap, Text, Token, plain, stem, words};
use super::{Graded, Verdict};
use crate::question::{MatchRule, Short};

/// Grades a short answer to this question.
pub fn grade_short(prompt: &str, short: &Short, answer: &str) -> Graded {
    if plain(answer).is_empty() {
        return empty();
    }
    if short.rule == MatchRule::Exact {
        let one_line = |text: &str| plain(text).split_whitespace().collect::<Vec<_>>().join(" ");
        let said = one_line(answer);
        return if short.accepted.iter().any(|key| one_line(key) == said) {
            right()
        } else {
            Graded::new(
                0.0,
                Verdict::Retry,
                "Not quite. Spelling and case count here: look at each letter.",
            )
        };
    }
    grade_forms(prompt, &short.accepted, answer)
}

fn empty() -> Graded {
    Graded::new(0.0, Verdict::Retry, "There is no answer here yet.")
}

fn right() -> Graded {
    Graded::new(1.0, Verdict::Pass, "Right, that is it.")
}

/// Grades against every accepted form, ignoring case.
pub(crate) fn grade_forms(prompt: &str, forms: &[String], answer: &str) -> Graded {
    let letters = |text: &str| plain(text).to_lowercase().trim_end_matches(['.', '!']).to_owned();
    let said_letters = letters(answer);
    if said_letters.is_empty() {
        return empty();
    }
    if forms.iter().any(|form| letters(form) == said_letters) {
        return right();
    }
    let question = Text::read(prompt);
    let said = Text::read(answer);
    let keys: Vec<Text> = forms.iter().map(|form| Text::read(form)).collect();
    let ask = Asked {
        question: &question,
        unit: asked_unit(&words(prompt)),
        keys: &keys,
    };
    keys.iter()
        .map(|key| against(&ask, key, &said))
        .max_by(|a, b| {
            (a.verdict == Verdict::Pass)
                .cmp(&(b.verdict == Verdict::Pass))
                .then(a.score.total_cmp(&b.score))
        })
        .unwrap_or_else(|| Graded::new(0.0, Verdict::Review, "There is no key to compare this with."))
}

struct Asked<'a> {
    question: &'a Text,
    unit: Option<(Unit, f64)>,
    keys: &'a [Text],
}

fn against(ask: &Asked<'_>, key: &Text, said: &Text) -> Graded {
    if !said.plain.is_empty() && same_but_for_a_slip(&key.plain, &said.plain) {
        return right();
    }
    if let Some(yes) = yes_or_no(key) {
        return match yes_or_no(said) {
            Some(theirs) if theirs == yes => right(),
            Some(_) => Graded::new(
                0.0,
                Verdict::Retry,
                "It is the other way round: think of an example.",
            ),
            None => Graded::new(
                0.4,
                Verdict::Review,
                "A person will look at this: it says neither yes nor no.",
            ),
        };
    }
    let core = core(said);
    let said_terms = terms(core.iter().copied());
    let key_terms = terms(key.tokens.iter());
    if key_terms.is_empty() {
        return Graded::new(0.0, Verdict::Retry, "That is not it yet.");
    }
    if let Some(wanted) = series(key)
        && !same_series(ask, &wanted, &core)
    {
        return Graded::new(
            0.0,
            Verdict::Retry,
            "Not these figures yet: go through it step by step.",
        );
    }
    let (mut total, mut found, mut denied, mut loose) = (0.0, 0.0, false, 0.0_f64);
    for term in &key_terms {
        let weight = term.token.weight.max(0.3);
        total += weight;
        let (hit, strength) = find(ask, term, &said_terms);
        loose = loose.max(strength);
        if strength >= SAME {
            let same_sense = hit.is_none_or(|h| (h.plain && term.plain) || (h.negated && term.negated));
            denied |= !same_sense;
            found += weight;
        } else {
            found += weight * strength * 0.8;
        }
    }
    let coverage = found / total;
    let echoed = coverage <= 0.93
        && core
            .iter()
            .all(|t| ask.question.content().any(|q| q.stem == t.stem));
    if echoed {
        return Graded::new(
            0.0,
            Verdict::Retry,
            "That is the question again: what is the answer to it?",
        );
    }
    let rest = rest(ask, &core);
    judge(coverage, denied, loose, said, &rest, ordered(ask, key, &core))
}

fn judge(coverage: f64, denied: bool, loose: f64, said: &Text, rest: &[&Token], in_order: bool) -> Graded {
    if denied {
        return Graded::new(
            0.1,
            Verdict::Retry,
            "That says the opposite of it: look at the 'not'.",
        );
    }
    let full = coverage > 0.93;
    if full && hedged(said) && !rest.is_empty() {
        return Graded::new(
            0.3,
            Verdict::Retry,
            "Several things are named here: settle on one.",
        );
    }
    if full && rest.is_empty() && in_order {
        return right();
    }
    let named = rest.iter().any(|t| !t.senses.is_empty() || t.quantity.is_some());
    if full && in_order && !named && rest.len() <= 2 {
        return Graded::new(0.9, Verdict::Pass, "Right, it is in there.");
    }
    if full {
        return Graded::new(
            0.6,
            Verdict::Review,
            "The answer may be in there, among other things: a person will look.",
        );
    }
    if coverage >= 0.45 || loose >= 0.6 && !rest.iter().any(|t| t.quantity.is_some()) {
        return Graded::new(
            coverage.min(0.6),
            Verdict::Review,
            "Part of it is there: a person will look.",
        );
    }
    Graded::new(
        coverage.min(0.3),
        Verdict::Retry,
        "That is not it yet: read the question once more.",
    )
}

/// The key's best match among what was said, bare numbers read in the unit the question asks for.
fn find<'t, 'a>(ask: &Asked<'_>, key: &Term<'_>, said: &'t [Term<'a>]) -> (Option<&'t Term<'a>>, f64) {
    if let Some(quantity) = key.token.quantity {
        let equal = |t: &&Term<'_>| {
            t.token
                .quantity
                .is_some_and(|q| with_unit(ask, q).equals(with_unit(ask, quantity)))
        };
        if let Some(hit) = said.iter().find(equal) {
            return (Some(hit), 1.0);
        }
        let bare = said.iter().any(|t| {
            t.token
                .quantity
                .is_some_and(|q| q.unit == Unit::Plain && key_in_own_unit(key.token, q.value))
        });
        return (None, if bare { 0.6 } else { 0.0 });
    }
    best(key.token, said).map_or((None, 0.0), |(hit, s)| (Some(hit), s))
}

fn with_unit(ask: &Asked<'_>, quantity: Quantity) -> Quantity {
    match (quantity.unit, ask.unit) {
        (Unit::Plain, Some((unit, factor))) => Quantity {
            value: quantity.value * factor,
            unit,
        },
        _ => quantity,
    }
}

/// The figures of a key that is several figures and nothing else.
fn series(key: &Text) -> Option<Vec<Quantity>> {
    let figures: Option<Vec<Quantity>> = key.content().map(|t| t.quantity).collect();
    figures.filter(|figures| figures.len() > 1)
}

/// Each figure as often as the key has it; in its place too, where the question asks for an order.
fn same_series(ask: &Asked<'_>, wanted: &[Quantity], core: &[&Token]) -> bool {
    let sorted = |mut values: Vec<Quantity>| {
        if !wants_order(ask) {
            values.sort_by(|a, b| a.value.total_cmp(&b.value));
        }
        values
    };
    let said = sorted(core.iter().filter_map(|t| t.quantity).collect());
    let wanted = sorted(wanted.to_vec());
    said.len() == wanted.len()
        && said
            .iter()
            .zip(&wanted)
            .all(|(said, wanted)| with_unit(ask, *said).equals(with_unit(ask, *wanted)))
}

/// `24` for `24 hours` where the question names no unit: the figure is there, the unit is not.
fn key_in_own_unit(key: &Token, value: f64) -> bool {
    key.text
        .split(' ')
        .next()
        .and_then(|n| n.trim_end_matches(char::is_alphabetic).parse::<f64>().ok())
        .is_some_and(|n| (n - value).abs() < 1e-9)
}

/// What was said up to the reasons given for it, function words left out.
fn core(said: &Text) -> Vec<&Token> {
    let cut = said
        .tokens
        .iter()
        .enumerate()
        .skip(1)
        .find(|(at, t)| {
            matches!(
                t.text.as_str(),
                "because" | "since" | "which" | "aka" | "ie" | "so"
            ) && said.tokens[..*at].iter().any(|t| t.is_content() && !filler(t))
        })
        .map_or(said.tokens.len(), |(at, _)| at);
    said.tokens[..cut].iter().filter(|t| t.is_content()).collect()
}

/// What was said beside the key, the question's words and words that only lead up to an answer.
fn rest<'a>(ask: &Asked<'_>, core: &[&'a Token]) -> Vec<&'a Token> {
    let stands = |text: &Text, token: &Token| text.content().any(|t| strength(t, token) >= SAME);
    core.iter()
        .copied()
        .filter(|t| !filler(t))
        .filter(|t| !ask.keys.iter().any(|key| stands(key, t)))
        .filter(|t| !stands(ask.question, t))
        .filter(|t| {
            t.quantity.is_none_or(|q| {
                !ask.keys.iter().any(|key| {
                    key.content().any(|k| {
                        k.quantity
                            .is_some_and(|k| with_unit(ask, k).equals(with_unit(ask, q)))
                    })
                })
            })
        })
        .collect()
}

fn filler(token: &Token) -> bool {
    const LEADS: &str = " called known named name answer think believe guess term word would use uses used using thing \
        semantics delivery pattern model mechanism approach technique method type kind sort concept guess sure pretty \
        maybe probably perhaps likely basically simply usually generally typically default mode style one it's say \
        means mean refers refer stands referred described ";
    LEADS.split_whitespace().any(|lead| lead == token.text)
}

fn hedged(said: &Text) -> bool {
    said.tokens.iter().any(|t| {
        matches!(
            t.text.as_str(),
            "or" | "either" | "maybe" | "perhaps" | "possibly" | "and"
        )
    }) || said.tokens.iter().any(|t| t.clause > 0)
}

fn wants_order(ask: &Asked<'_>) -> bool {
    ask.question
        .tokens
        .iter()
        .any(|t| matches!(t.text.as_str(), "order" | "sequence" | "first" | "then" | "steps"))
}

/// Lists may come in any order, unless the question asks for one.
fn ordered(ask: &Asked<'_>, key: &Text, core: &[&Token]) -> bool {
    if !wants_order(ask) {
        return true;
    }
    let places: Vec<usize> = key
        .content()
        .filter_map(|k| core.iter().position(|t| strength(k, t) >= SAME && !opposed(k, t)))
        .collect();
    places.is_sorted()
}

/// The whole answer is the whole key but for a letter or two, none of which makes another known word.
fn same_but_for_a_slip(key: &str, said: &str) -> bool {
    if key == said {
        return true;
    }
    let (key, said): (Vec<&str>, Vec<&str>) = (key.split(' ').collect(), said.split(' ').collect());
    if key.len() != said.len() {
        // `water mark` for `watermark`
        return key.concat() == said.concat() && key.concat().chars().count() >= 6;
    }
    let slips = key.iter().zip(&said).filter(|(k, s)| k != s);
    let mut count = 0;
    for (k, s) in slips {
        count += 1;
        let small = k.chars().count() >= 4
            && k.chars().next() == s.chars().next()
            && strsim::osa_distance(k, s) == 1
            && !super::lexicon::LEXICON.knows(&stem(s))
            && !s.chars().any(|c| c.is_ascii_digit())
            && !super::text::is_function(s);
        if count > 2 || !(small && key.len() > 1 || typo(k, s, &stem(s))) {
            return false;
        }
    }
    count > 0
}

fn yes_or_no(text: &Text) -> Option<bool> {
    let first = text.tokens.first()?;
    match first.text.as_str() {
        "yes" | "yep" | "yeah" | "true" | "correct" => Some(true),
        "no" | "nope" | "false" if text.tokens.len() == 1 || breaks_after_first(text) => Some(false),
        "it" | "they" if text.tokens.len() <= 4 => {
            let denies = text.tokens.iter().any(|t| t.text == "not");
            let bare = text.tokens.iter().all(|t| !t.is_content());
            bare.then_some(!denies)
        }
        _ => None,
    }
}

fn breaks_after_first(text: &Text) -> bool {
    text.tokens
        .get(1)
        .is_some_and(|t| t.clause > text.tokens[0].clause)
        || text.plain.starts_with("no it")
        || text.plain.starts_with("no they")
        || text.plain.starts_with("no the")
        || words(&text.plain).get(1).is_some_and(|w| w.gap == Gap::Clause)
}
