//! What a custom id says: which feature, which verb, whose button it is, and with what arguments.
//!
//! Written as `feature:verb@owner~cohort:arg:arg`, the owner in base 36 and absent where anyone may press it, the cohort
//! absent where the place or the arguments tell it.
//! Everything a press needs is in the id or the database, so that a restart changes nothing (promise 2).
//! Ids come back from clients and may be forged: parsing checks shape, features check rights.

use std::fmt;

/// Discord's limit on a custom id, in characters.
const LIMIT: usize = 100;

/// A typed address of a button, select or modal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The feature's name: `lesson`, `quiz`, …
    pub feature: String,
    /// What is asked of it.
    pub verb: String,
    /// The one member who may press it; anyone where `None`.
    pub owner: Option<u64>,
    /// The cohort it is about, for who is in several.
    pub cohort: Option<String>,
    /// What the verb needs to know.
    pub args: Vec<String>,
}

/// A custom id that is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a route")]
pub struct RouteError;

impl Route {
    /// A route anyone may take.
    pub fn new(feature: &str, verb: &str) -> Self {
        Self {
            feature: feature.to_owned(),
            verb: verb.to_owned(),
            owner: None,
            cohort: None,
            args: Vec::new(),
        }
    }

    /// Only `member` may take it.
    #[must_use]
    pub fn owned_by(mut self, member: u64) -> Self {
        self.owner = Some(member);
        self
    }

    /// With one more argument. Colons and percent signs are escaped; keep arguments short ids, 100 characters hold everything.
    #[must_use]
    pub fn arg(mut self, value: impl fmt::Display) -> Self {
        self.args.push(value.to_string());
        self
    }

    /// The argument at `index`.
    pub fn get(&self, index: usize) -> Result<&str, RouteError> {
        self.args.get(index).map(String::as_str).ok_or(RouteError)
    }

    /// The argument at `index`, parsed.
    pub fn parse<T: std::str::FromStr>(&self, index: usize) -> Result<T, RouteError> {
        self.get(index)?.parse().map_err(|_| RouteError)
    }

    /// The custom id. A route too long for Discord is a mistake in a feature, found by its tests; the id is then cut
    /// and will be refused as stale, rather than the message being refused.
    pub fn id(&self) -> String {
        let mut id = format!("{}:{}", self.feature, self.verb);
        if let Some(owner) = self.owner {
            id.push('@');
            id.push_str(&base36(owner));
        }
        if let Some(cohort) = &self.cohort {
            id.push('~');
            id.push_str(cohort);
        }
        for arg in &self.args {
            id.push(':');
            id.push_str(&arg.replace('%', "%25").replace(':', "%3A"));
        }
        debug_assert!(
            id.chars().count() <= LIMIT,
            "a custom id holds {LIMIT} characters: {id}"
        );
        id.chars().take(LIMIT).collect()
    }

    /// Reads a custom id.
    pub fn read(id: &str) -> Result<Self, RouteError> {
        let mut parts = id.split(':');
        let feature = parts.next().filter(|name| is_name(name)).ok_or(RouteError)?;
        let verb = parts.next().ok_or(RouteError)?;
        let (verb, cohort) = match verb.split_once('~') {
            None => (verb, None),
            Some((verb, cohort)) => (verb, Some(cohort)),
        };
        if cohort.is_some_and(|id| id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
            return Err(RouteError);
        }
        let (verb, owner) = match verb.split_once('@') {
            None => (verb, None),
            Some((verb, owner)) => (
                verb,
                Some(u64::from_str_radix(owner, 36).map_err(|_| RouteError)?),
            ),
        };
        if !is_name(verb) {
            return Err(RouteError);
        }
        let args = parts
            .map(|arg| arg.replace("%3A", ":").replace("%25", "%"))
            .collect();
        Ok(Self {
            feature: feature.to_owned(),
            verb: verb.to_owned(),
            owner,
            cohort: cohort.map(str::to_owned),
            args,
        })
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte == b'-')
}

fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((number % 36) as u32, 36).unwrap_or('0'));
        number /= 36;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_route_reads_as_it_was_written() {
        let route = Route::new("lesson", "page")
            .owned_by(u64::MAX)
            .arg("M1")
            .arg(2)
            .arg("50%:x");
        assert_eq!(Route::read(&route.id()), Ok(route.clone()));
        assert_eq!(route.parse::<usize>(1), Ok(2));
        assert_eq!(route.get(9), Err(RouteError));
        assert_eq!(Route::new("quiz", "start").id(), "quiz:start");
    }

    proptest! {
        #[test]
        fn any_arguments_survive(
            args in proptest::collection::vec("[^\\p{C}]{0,8}", 0..4),
            owner: Option<u64>,
            cohort in proptest::option::of("[0-9a-z]{1,16}"),
        ) {
            let mut route = Route::new("quiz", "pick");
            route.owner = owner;
            route.cohort = cohort;
            route.args = args;
            prop_assert_eq!(Route::read(&route.id()), Ok(route));
        }

        #[test]
        fn forged_ids_never_panic(id in ".{0,120}") {
            let _ = Route::read(&id);
        }
    }
}
