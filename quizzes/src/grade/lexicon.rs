//! The words the grader knows: which mean the same, which are near, which are opposites, which say
//! little. They are data (`synonyms.toml`); this file only looks them up.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::text::{stem, words};

/// What the lexicon knows of a word or phrase.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Senses {
    /// Groups of words that mean the same.
    pub same: Vec<u16>,
    /// Groups of words that are merely near.
    pub near: Vec<u16>,
    /// Opposites: which pair, and which side of it.
    pub sides: Vec<(u16, u8)>,
}

impl Senses {
    pub(crate) fn is_empty(&self) -> bool {
        self.same.is_empty() && self.near.is_empty() && self.sides.is_empty()
    }
}

#[derive(Default, Deserialize)]
struct File {
    same: Vec<String>,
    near: Vec<String>,
    opposite: Vec<String>,
    common: String,
}

/// The lexicon, by stems.
#[derive(Default)]
pub(crate) struct Lexicon {
    /// From a phrase's first stem to its whole stems and senses, longest first.
    phrases: HashMap<String, Vec<(Vec<String>, Senses)>>,
    common: HashSet<String>,
}

/// The one lexicon. A broken file would leave it empty; a test reads the file.
pub(crate) static LEXICON: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::read(include_str!("synonyms.toml")).unwrap_or_default());

impl Lexicon {
    fn read(text: &str) -> Result<Self, toml::de::Error> {
        let file: File = toml::from_str(text)?;
        let mut all: HashMap<Vec<String>, Senses> = HashMap::new();
        for (group, line) in (0u16..).zip(&file.same) {
            for phrase in line.split(',') {
                all.entry(stems(phrase)).or_default().same.push(group);
            }
        }
        for (group, line) in (0u16..).zip(&file.near) {
            for phrase in line.split(',') {
                all.entry(stems(phrase)).or_default().near.push(group);
            }
        }
        for (pair, line) in (0u16..).zip(&file.opposite) {
            for (side, words) in (0u8..).zip(line.split('/')) {
                for phrase in words.split(',') {
                    all.entry(stems(phrase)).or_default().sides.push((pair, side));
                }
            }
        }
        inherit_sides(&mut all);
        let mut lexicon = Self {
            common: file.common.split_whitespace().map(stem).collect(),
            ..Self::default()
        };
        for (phrase, senses) in all {
            if let Some(first) = phrase.first() {
                lexicon
                    .phrases
                    .entry(first.clone())
                    .or_default()
                    .push((phrase, senses));
            }
        }
        for phrases in lexicon.phrases.values_mut() {
            phrases.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
        }
        Ok(lexicon)
    }

    /// The longest known phrase at the start of these stems: how many words, and what it means.
    pub(crate) fn longest(&self, stems: &[&str]) -> Option<(usize, &Senses)> {
        let candidates = self.phrases.get(*stems.first()?)?;
        candidates
            .iter()
            .find(|(phrase, _)| phrase.len() <= stems.len() && phrase.iter().zip(stems).all(|(a, b)| a == b))
            .map(|(phrase, senses)| (phrase.len(), senses))
    }

    /// Whether the word by itself is one the lexicon knows.
    pub(crate) fn knows(&self, stem: &str) -> bool {
        self.longest(&[stem]).is_some() || self.common.contains(stem)
    }

    /// Whether the word says little by itself.
    pub(crate) fn is_common(&self, stem: &str) -> bool {
        self.common.contains(stem)
    }
}

/// A phrase is on the sides its words are on: `same effect` is opposed to `different`.
fn inherit_sides(all: &mut HashMap<Vec<String>, Senses>) {
    let single: HashMap<String, Vec<(u16, u8)>> = all
        .iter()
        .filter(|(phrase, senses)| phrase.len() == 1 && !senses.sides.is_empty())
        .map(|(phrase, senses)| (phrase.concat(), senses.sides.clone()))
        .collect();
    for (phrase, senses) in all.iter_mut() {
        let denies = phrase
            .iter()
            .any(|word| matches!(word.as_str(), "not" | "no" | "never" | "without"));
        if phrase.len() > 1 && senses.sides.is_empty() && !denies {
            senses.sides = phrase
                .iter()
                .filter_map(|word| single.get(word))
                .flatten()
                .copied()
                .collect();
        }
    }
}

fn stems(phrase: &str) -> Vec<String> {
    words(phrase).into_iter().map(|word| stem(&word.text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_synonyms_can_be_read_and_is_not_small() {
        let lexicon = Lexicon::read(include_str!("synonyms.toml")).expect("synonyms.toml");
        assert!(lexicon.phrases.values().map(Vec::len).sum::<usize>() > 600);
        assert!(lexicon.is_common("thing"));
    }

    #[test]
    fn a_shard_is_a_partition_and_the_longest_phrase_wins() {
        let same = |text: &str| {
            let stems = stems(text);
            let stems: Vec<&str> = stems.iter().map(String::as_str).collect();
            LEXICON
                .longest(&stems)
                .map(|(n, senses)| (n, senses.same.clone()))
        };
        assert_eq!(same("shards"), same("partitions"));
        assert_eq!(same("dead letter queue").map(|(n, _)| n), Some(3));
        assert_eq!(same("never ends soon").map(|(n, _)| n), Some(2));
    }
}
