//! What was sent to a FIFO queue or topic lately, so that nothing is taken twice. Time is handed in (Unix milliseconds).

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};

/// How long it is remembered, in milliseconds.
pub const DEDUPLICATION: i64 = 5 * 60 * 1_000;

/// What the sender of a duplicate is told: what the first was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct First {
    pub id: String,
    pub number: u64,
    pub at: i64,
}

/// What came in the last five minutes, by what its duplicates are known by.
#[derive(Debug, Default)]
pub struct SentBefore {
    by_key: HashMap<String, First>,
    by_age: VecDeque<(i64, String)>,
}

impl SentBefore {
    /// The first with this key, if it is to be remembered still.
    pub fn find(&self, key: &str, now: i64) -> Option<&First> {
        self.by_key
            .get(key)
            .filter(|first| first.at + DEDUPLICATION > now)
    }

    pub fn remember(&mut self, key: String, first: First) {
        self.by_age.push_back((first.at, key.clone()));
        self.by_key.insert(key, first);
    }

    /// Lets go of what is too old.
    pub fn forget(&mut self, now: i64) {
        while let Some((at, _)) = self.by_age.front().filter(|(at, _)| at + DEDUPLICATION <= now) {
            let at = *at;
            if let Some((_, key)) = self.by_age.pop_front()
                && self.by_key.get(&key).is_some_and(|first| first.at <= at)
            {
                self.by_key.remove(&key);
            }
        }
    }

    /// All that is remembered.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &First)> {
        self.by_key.iter()
    }
}
