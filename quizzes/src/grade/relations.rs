//! Who does what to whom: where an answer uses the model answer's words but ties them otherwise.
//! Each check is a suspicion that keeps an answer from passing by itself, never proof that it is wrong.

use std::collections::{HashMap, HashSet};

use super::lexicon::LEXICON;
use super::matching::{SAME, opposed, strength};
use super::text::{Text, Token};

/// The sides of each opposite that a word is tied to, over a text.
type Ties<'a> = HashMap<(&'a str, u16), HashSet<u8>>;

/// Words tied in the answer to one side of an opposite (`consumers … write`), and in every model answer
/// that has them to the other side alone (`producers … write`).
///
/// In freer words (`close` is false) one side alone proves little: both must be named.
pub(crate) fn swapped_roles(references: &[Text], answer: &Text, close: bool) -> bool {
    let said = ties(answer);
    let mut known: Ties<'_> = HashMap::new();
    for reference in references {
        for (key, sides) in ties(reference) {
            known.entry(key).or_default().extend(sides);
        }
    }
    let mut named: HashMap<u16, HashSet<u8>> = HashMap::new();
    for (pair, side) in answer.tokens.iter().flat_map(|t| &t.senses.sides) {
        named.entry(*pair).or_default().insert(*side);
    }
    said.iter().any(|(key, sides)| {
        let both = named.get(&key.1).is_some_and(|sides| sides.len() > 1);
        (both || close) && known.get(key).is_some_and(|theirs| theirs.is_disjoint(sides))
    })
}

fn ties(text: &Text) -> Ties<'_> {
    let mut out: Ties<'_> = HashMap::new();
    for (at, token) in text.tokens.iter().enumerate() {
        for (pair, side) in &token.senses.sides {
            let near = text.tokens[at.saturating_sub(10)..text.tokens.len().min(at + 11)]
                .iter()
                .filter(|t| t.statement == token.statement && t.is_content() && t.weight >= 0.8)
                .filter(|t| !t.senses.sides.iter().any(|(other, _)| other == pair));
            for partner in near {
                // A denied tie is a tie to the other side.
                let side = if token.negated == partner.negated {
                    *side
                } else {
                    side ^ 1
                };
                out.entry((partner.stem.as_str(), *pair))
                    .or_default()
                    .insert(side);
            }
        }
    }
    out
}

/// No more pairs than this are looked at: a sentence contrasts two things, rarely four.
const CONTRASTS_MAX: usize = 12;

/// The model answer tells two things apart (a log, a queue; before, after) and says something of one;
/// the answer says it of the other.
pub(crate) fn exchanged(question: &Text, reference: &Text, answer: &Text) -> bool {
    contrasts(question, reference).iter().any(|pair| {
        let known = told_of(pair, reference);
        let said = told_of(pair, answer);
        let all_known: HashSet<usize> = known.iter().flat_map(|(_, s)| s).copied().collect();
        let all_said: HashSet<usize> = said.iter().flat_map(|(_, s)| s).copied().collect();
        all_known.len() == 2
            && all_said.len() == 2
            && known.iter().any(|(thing, theirs)| {
                said.iter().any(|(other, ours)| {
                    theirs.len() == 1 && ours.len() == 1 && theirs != ours && strength(thing, other) >= SAME
                })
            })
    })
}

/// The pairs a model answer may tell apart: words of the question that it puts into different
/// statements, and opposites that it names both sides of.
fn contrasts<'a>(question: &'a Text, reference: &'a Text) -> Vec<[&'a Token; 2]> {
    let mut subjects: Vec<(&Token, HashSet<usize>)> = Vec::new();
    for token in question.content().filter(|t| t.weight >= 0.8) {
        let places: HashSet<usize> = reference
            .content()
            .filter(|r| strength(token, r) >= SAME)
            .map(|r| r.statement)
            .collect();
        if !places.is_empty() && !subjects.iter().any(|(s, _)| strength(s, token) >= SAME) {
            subjects.push((token, places));
        }
    }
    let mut pairs = Vec::new();
    for (at, (one, here)) in subjects.iter().enumerate() {
        for (other, there) in &subjects[at + 1..] {
            if here.is_disjoint(there) {
                pairs.push([*one, *other]);
            }
        }
    }
    let sided: Vec<&Token> = reference
        .content()
        .filter(|t| !t.senses.sides.is_empty())
        .take(20)
        .collect();
    for (at, one) in sided.iter().enumerate() {
        pairs.extend(
            sided[at + 1..]
                .iter()
                .filter(|other| opposed(one, other))
                .map(|other| [*one, *other]),
        );
    }
    pairs.truncate(CONTRASTS_MAX);
    pairs
}

/// What a text says of which subject: of those in the statement, or else of the last one named.
fn told_of<'a>(subjects: &[&Token], text: &'a Text) -> Vec<(&'a Token, HashSet<usize>)> {
    let subject = |t: &Token| subjects.iter().position(|s| strength(s, t) >= SAME);
    let mut out: Vec<(&Token, HashSet<usize>)> = Vec::new();
    let mut topic: HashSet<usize> = HashSet::new();
    let last = text.tokens.last().map_or(0, |t| t.statement);
    for statement in 0..=last {
        let inside: Vec<&Token> = text
            .content()
            .filter(|t| t.statement == statement && t.weight >= 0.5)
            .collect();
        let named: HashSet<usize> = inside.iter().filter_map(|t| subject(t)).collect();
        if !named.is_empty() {
            topic = named;
        }
        for token in inside.into_iter().filter(|t| subject(t).is_none()) {
            match out.iter_mut().find(|(t, _)| t.stem == token.stem) {
                Some((_, told)) => told.extend(&topic),
                None => out.push((token, topic.clone())),
            }
        }
    }
    out.retain(|(_, told)| !told.is_empty());
    out
}

/// `from A to B` in a model answer, `from B to A` in the answer; `A before B`, `B before A`; `A by B`.
pub(crate) fn turned_round(reference: &Text, answer: &Text) -> bool {
    const JOINTS: &[&str] = &[
        "to", "from", "into", "before", "after", "than", "by", "tells", "tell", "asks", "sends", "for", "of",
    ];
    let links = |text: &'_ Text| -> Vec<(String, String, String)> {
        let mut out = Vec::new();
        for (at, token) in text.tokens.iter().enumerate() {
            if !JOINTS.contains(&token.text.as_str()) {
                continue;
            }
            let left = text.tokens[..at]
                .iter()
                .rev()
                .find(|t| t.is_content() && t.weight >= 0.8);
            let right = text.tokens[at + 1..]
                .iter()
                .find(|t| t.is_content() && t.weight >= 0.8);
            if let (Some(left), Some(right)) = (left, right)
                && left.sentence == token.sentence
                && right.sentence == token.sentence
            {
                out.push((left.stem.clone(), token.text.clone(), right.stem.clone()));
            }
        }
        out
    };
    let known = links(reference);
    links(answer).iter().any(|(left, joint, right)| {
        left != right
            && known
                .iter()
                .any(|(l, j, r)| l == right && r == left && j == joint)
            && !known
                .iter()
                .any(|(l, j, r)| l == left && r == right && j == joint)
    })
}

/// How closely an answer follows a model answer word by word, and where it puts another word in.
pub(crate) struct Trail {
    /// The part of the model answer's content that stands in the answer in the same order.
    pub followed: f64,
    /// The part of the words they share that stands in the same order in both.
    pub in_order: f64,
    /// In a gap between followed words, the answer has another content word where the model has its own.
    pub substituted: bool,
}

/// Follows a model answer through an answer.
pub(crate) fn trail(reference: &Text, answer: &Text) -> Trail {
    let key: Vec<&Token> = reference.content().take(120).collect();
    let said: Vec<&Token> = answer.content().take(160).collect();
    let pairs = common_course(&key, &said);
    let followed = if key.is_empty() {
        0.0
    } else {
        pairs.len() as f64 / key.len() as f64
    };
    let mut substituted = false;
    if pairs.len() >= 2 {
        let end = (key.len(), said.len());
        let mut last: Option<(usize, usize)> = None;
        for next in pairs.iter().copied().map(Some).chain([None]) {
            let (k0, s0) = last.map_or((0, 0), |(k, s)| (k + 1, s + 1));
            let (k1, s1) = next.unwrap_or(end);
            substituted |= swapped_in(&key[k0..k1], &said[s0..s1], &key, &said);
            last = next.or(last);
        }
    }
    let shared = key
        .iter()
        .filter(|k| said.iter().any(|s| strength(k, s) >= SAME))
        .count();
    let in_order = if shared == 0 {
        1.0
    } else {
        pairs.len() as f64 / shared as f64
    };
    Trail {
        followed,
        in_order,
        substituted,
    }
}

/// A short gap on both sides that holds different things.
fn swapped_in(key: &[&Token], said: &[&Token], all_key: &[&Token], all_said: &[&Token]) -> bool {
    let heavy = |t: &&&Token| t.weight >= 0.5 && !LEXICON.is_common(&t.stem);
    if key.is_empty() || said.is_empty() || key.len() > 2 || said.len() > 2 {
        return false;
    }
    key.iter().filter(heavy).any(|k| {
        let kept = all_said.iter().any(|s| strength(k, s) >= SAME);
        !kept
            && said.iter().filter(heavy).any(|s| {
                let known = all_key.iter().any(|k| strength(k, s) >= SAME);
                let related = strength(k, s) >= 0.4 && !opposed(k, s);
                !known && !related
            })
    })
}

/// The longest common subsequence of two rows of tokens.
fn common_course(key: &[&Token], said: &[&Token]) -> Vec<(usize, usize)> {
    let (rows, columns) = (key.len(), said.len());
    let mut length = vec![vec![0u16; columns + 1]; rows + 1];
    let mut same = vec![vec![false; columns]; rows];
    for k in (0..rows).rev() {
        for s in (0..columns).rev() {
            same[k][s] = strength(key[k], said[s]) >= SAME;
            length[k][s] = if same[k][s] {
                length[k + 1][s + 1] + 1
            } else {
                length[k + 1][s].max(length[k][s + 1])
            };
        }
    }
    let (mut k, mut s) = (0, 0);
    let mut out = Vec::new();
    while k < rows && s < columns {
        if same[k][s] {
            out.push((k, s));
            (k, s) = (k + 1, s + 1);
        } else if length[k + 1][s] >= length[k][s + 1] {
            k += 1;
        } else {
            s += 1;
        }
    }
    out
}

/// The part of a model answer's neighbouring pairs of content words that stand near each other in one
/// sentence of the answer.
pub(crate) fn pairs_kept(reference: &Text, answer: &Text) -> f64 {
    let key: Vec<&Token> = reference.content().filter(|t| t.weight >= 0.5).take(80).collect();
    let said: Vec<&Token> = answer.content().filter(|t| t.weight >= 0.3).take(160).collect();
    let places: Vec<Vec<usize>> = key
        .iter()
        .map(|k| {
            (0..said.len())
                .filter(|s| strength(k, said[*s]) >= SAME)
                .collect()
        })
        .collect();
    let (mut total, mut kept) = (0_u32, 0_u32);
    for at in 1..key.len() {
        if key[at - 1].sentence != key[at].sentence {
            continue;
        }
        total += 1;
        let near = places[at - 1].iter().any(|a| {
            places[at]
                .iter()
                .any(|b| a != b && a.abs_diff(*b) <= 3 && said[*a].sentence == said[*b].sentence)
        });
        kept += u32::from(near);
    }
    if total == 0 {
        0.0
    } else {
        f64::from(kept) / f64::from(total)
    }
}
