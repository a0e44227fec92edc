//! How well one token stands for another: the same word, a synonym, a slip of the finger, a neighbour.

use std::collections::HashSet;

use super::lexicon::LEXICON;
use super::text::Token;

/// From here up two tokens count as the same thing said.
pub(crate) const SAME: f64 = 0.75;

/// How far `said` stands for `key`, from 0 to 1. Negation is the caller's to compare.
pub(crate) fn strength(key: &Token, said: &Token) -> f64 {
    if let (Some(a), Some(b)) = (key.quantity, said.quantity) {
        return if a.equals(b) { 1.0 } else { 0.0 };
    }
    if key.stem == said.stem {
        return 1.0;
    }
    if key.quantity.is_some() || said.quantity.is_some() {
        return 0.0;
    }
    if shares(&key.senses.same, &said.senses.same) {
        return 0.95;
    }
    if opposed(key, said) {
        return 0.0;
    }
    let phrases = key.stem.contains(' ') && said.stem.contains(' ');
    if !phrases
        && key
            .senses
            .sides
            .iter()
            .any(|side| said.senses.sides.contains(side))
    {
        return 0.85;
    }
    if typo(&key.text, &said.text, &said.stem) {
        return 0.9;
    }
    if kin(&key.stem, &said.stem) {
        return 0.8;
    }
    if part_of(&key.stem, &said.stem) || part_of(&said.stem, &key.stem) {
        return 0.6;
    }
    if shares(&key.senses.near, &said.senses.near) {
        return 0.4;
    }
    0.0
}

fn shares(a: &[u16], b: &[u16]) -> bool {
    a.iter().any(|group| b.contains(group))
}

/// Whether the two are the two sides of a pair of opposites.
pub(crate) fn opposed(a: &Token, b: &Token) -> bool {
    !shares(&a.senses.same, &b.senses.same)
        && a.senses.sides.iter().any(|(pair, side)| {
            b.senses
                .sides
                .iter()
                .any(|(other, theirs)| pair == other && side != theirs)
        })
        && !a.senses.sides.iter().any(|side| b.senses.sides.contains(side))
}

/// A slip of the finger: one letter in a word of five, two in one of eight; the first letter is right,
/// and what was typed is no word we know (so `unordered` is no slip for `ordered`).
pub(crate) fn typo(key: &str, said: &str, said_stem: &str) -> bool {
    let (long, short) = (key.chars().count(), said.chars().count());
    let (short, long) = (long.min(short), long.max(short));
    if short < 5 || long - short > 2 || key.chars().next() != said.chars().next() {
        return false;
    }
    let allowed = if short >= 8 { 2 } else { 1 };
    let distance = strsim::osa_distance(key, said);
    distance > 0 && distance <= allowed && !LEXICON.knows(said_stem)
}

/// Grown from one root: `idempotent`, `idempotency`.
pub(crate) fn kin(a: &str, b: &str) -> bool {
    let common = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    let longer = a.chars().count().max(b.chars().count());
    common >= 5 && common * 100 >= longer * 65 && !a.contains(' ') && !b.contains(' ')
}

/// One word of a known phrase: `key` of `partition key`.
fn part_of(word: &str, phrase: &str) -> bool {
    phrase.contains(' ') && word.chars().count() > 2 && phrase.split(' ').any(|w| w == word)
}

/// The distinct things a text says: each stem once, keeping whether it was ever said plainly and ever
/// negated.
#[derive(Clone, Debug)]
pub(crate) struct Term<'a> {
    /// Its first token.
    pub token: &'a Token,
    /// Said plainly somewhere.
    pub plain: bool,
    /// Negated somewhere.
    pub negated: bool,
}

/// The distinct terms of some tokens.
pub(crate) fn terms<'a>(tokens: impl Iterator<Item = &'a Token>) -> Vec<Term<'a>> {
    let mut out: Vec<Term<'a>> = Vec::new();
    let mut seen: HashSet<&str> = HashSet::new();
    for token in tokens.filter(|t| t.is_content()) {
        if seen.insert(&token.stem) {
            out.push(Term {
                token,
                plain: !token.negated,
                negated: token.negated,
            });
        } else if let Some(term) = out.iter_mut().find(|t| t.token.stem == token.stem) {
            term.plain |= !token.negated;
            term.negated |= token.negated;
        }
    }
    out
}

/// The term that stands best for a token, and how well.
pub(crate) fn best<'t, 'a>(key: &Token, said: &'t [Term<'a>]) -> Option<(&'t Term<'a>, f64)> {
    let mut found: Option<(&Term<'a>, f64)> = None;
    for term in said {
        let strength = strength(key, term.token);
        if strength > found.map_or(0.0, |(_, s)| s) {
            found = Some((term, strength));
            if strength >= 1.0 {
                break;
            }
        }
    }
    found
}
