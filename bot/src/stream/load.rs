//! The records of a load: which keys, which data. Pure; what becomes of them is the sandbox's.

use rand::Rng;
use sandbox::streams::Entry;

/// What is in a record where nothing else was asked for.
const USUAL: &str = r#"{"user":"{key}","n":{n},"amount":{random}}"#;

/// How records are spread over keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// One after another.
    Evenly,
    /// Four of five have the first key, the others share the rest.
    HotKey,
    /// Any key, each time anew.
    Random,
}

/// The records wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many.
    pub count: u32,
    /// How many different keys at most.
    pub keys: u32,
    /// Which has which.
    pub spread: Spread,
    /// What is in one; `{n}`, `{key}`, `{random}` (0 to 999) and `{time}` (Unix ms) are filled in.
    pub data: Option<String>,
}

impl Plan {
    /// The records, at this moment (Unix ms).
    pub fn records(&self, rng: &mut impl Rng, now: i64) -> Vec<Entry> {
        let template = self.data.as_deref().unwrap_or(USUAL);
        let record = |n: u32, rng: &mut dyn rand::RngCore| {
            let key = format!("user-{}", self.key(n, rng) + 1);
            let random = rng.random_range(0..1_000).to_string();
            let data = fill(
                template,
                &[
                    ("n", &(n + 1).to_string()),
                    ("key", &key),
                    ("random", &random),
                    ("time", &now.to_string()),
                ],
            );
            Entry {
                data: data.into_bytes(),
                key,
            }
        };
        (0..self.count).map(|n| record(n, rng)).collect()
    }

    fn key(&self, n: u32, rng: &mut dyn rand::RngCore) -> u32 {
        let keys = self.keys.max(1);
        match self.spread {
            Spread::Evenly => n % keys,
            Spread::HotKey if keys == 1 || n % 5 != 4 => 0,
            Spread::HotKey => 1 + n / 5 % (keys - 1),
            Spread::Random => rng.random_range(0..keys),
        }
    }
}

/// The template with its names filled in, each once and from left to right: what is filled in is never read again.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let named = values.iter().find_map(|(name, value)| {
            let after = rest.strip_prefix(name)?.strip_prefix('}')?;
            Some((*value, after))
        });
        match named {
            Some((value, after)) => {
                filled.push_str(value);
                rest = after;
            }
            None => filled.push('{'),
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn counts(spread: Spread, count: u32, keys: u32) -> BTreeMap<String, u32> {
        let plan = Plan {
            count,
            keys,
            spread,
            data: None,
        };
        let mut counts = BTreeMap::new();
        for record in plan.records(&mut rand::rng(), 0) {
            *counts.entry(record.key).or_default() += 1;
        }
        counts
    }

    #[test]
    fn keys_are_spread_as_was_asked() {
        assert!(counts(Spread::Evenly, 100, 10).values().all(|&n| n == 10));
        let hot = counts(Spread::HotKey, 100, 5);
        assert_eq!(hot.get("user-1"), Some(&80));
        assert!(
            ["user-2", "user-3", "user-4", "user-5"]
                .iter()
                .all(|key| hot.get(*key) == Some(&5)),
            "{hot:?}"
        );
        assert_eq!(counts(Spread::HotKey, 7, 1).len(), 1);
        assert!(counts(Spread::Random, 200, 3).len() <= 3);
    }

    #[test]
    fn the_usual_data_is_json() {
        let plan = Plan {
            count: 3,
            keys: 2,
            spread: Spread::Evenly,
            data: None,
        };
        let records = plan.records(&mut rand::rng(), 0);
        let second: serde_json::Value = serde_json::from_slice(&records[1].data).unwrap();
        assert_eq!((&second["user"], &second["n"]), (&"user-2".into(), &2.into()));
    }

    #[test]
    fn only_the_names_are_filled_in() {
        let values = [("n", "{key}"), ("key", "k")];
        assert_eq!(
            fill("{n} {key} {{key}} {other} {", &values),
            "{key} k {k} {other} {"
        );
    }
}
