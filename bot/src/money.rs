//! Money, in whole millionths of a US dollar: sums are exact, and whatever is divided is rounded up.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// An amount of US dollars. It does not overflow: what is too much stays too much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

const DOLLAR: i64 = 1_000_000;
const CENT: i64 = 10_000;

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many millionths of a dollar.
    pub const fn micros(micros: i64) -> Self {
        Self(micros)
    }

    /// In millionths of a dollar, as it is stored.
    pub fn as_micros(self) -> i64 {
        self.0
    }

    /// So many times.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(i64::try_from(count).unwrap_or(i64::MAX)))
    }

    /// `count` parts of which `of` cost this much, rounded up.
    #[must_use]
    pub fn per(self, of: u64, count: u64) -> Self {
        let all = i128::from(self.0) * i128::from(count);
        let of = i128::from(of.max(1));
        Self(i64::try_from((all + of - 1) / of).unwrap_or(i64::MAX))
    }

    /// Whether it is less than a cent, and more than nothing.
    pub fn is_under_a_cent(self) -> bool {
        (1..CENT).contains(&self.0)
    }

    /// With as many digits as it has, two at least: `$0.015`.
    pub fn fine(self) -> String {
        let part = format!("{:06}", self.0 % DOLLAR);
        let kept = part.trim_end_matches('0').len().max(2);
        format!("${}.{}", self.0 / DOLLAR, &part[..kept])
    }

    /// What is left of it after another amount; nothing where that is more.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// `$0.36`, rounded up to the cent; what is less than a cent is said to be so.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("$0.00"),
            1..CENT => f.write_str("less than $0.01"),
            micros => {
                let cents = micros / CENT + i64::from(micros % CENT != 0);
                write!(f, "${}.{:02}", cents / 100, cents % 100)
            }
        }
    }
}

/// The text is no amount of dollars.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no amount of dollars: write 5 or 2.50")]
pub struct NotMoney(String);

impl FromStr for Money {
    type Err = NotMoney;

    /// Reads `5`, `2.50`, `$2.50`; at most six digits behind the point.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let no = || NotMoney(text.to_owned());
        let digits = text.trim().trim_start_matches('$');
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(part) || part.len() > 6 {
            return Err(no());
        }
        let whole: i64 = whole.parse().map_err(|_| no())?;
        let part: i64 = format!("{part:0<6}").parse().map_err(|_| no())?;
        let micros = whole.checked_mul(DOLLAR).and_then(|all| all.checked_add(part));
        micros.map(Self).ok_or_else(no)
    }
}

/// From a setting: `5`, `2.5` or `"2.50"`.
impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Whole(u32),
            Part(f64),
            Text(String),
        }
        let text = match Written::deserialize(from)? {
            Written::Whole(dollars) => dollars.to_string(),
            Written::Part(dollars) => dollars.to_string(),
            Written::Text(text) => text,
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let read = |text: &str| text.parse().map(Money::as_micros).ok();
        assert_eq!(read("5"), Some(5_000_000));
        assert_eq!(read("2.50"), Some(2_500_000));
        assert_eq!(read(" $0.000001 "), Some(1));
        for odd in [
            "",
            ".",
            ".5",
            "-1",
            "1e3",
            "1.0000001",
            "five",
            "99999999999999999999",
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn amounts_are_shown_rounded_up() {
        let shown = |micros| Money::micros(micros).to_string();
        assert_eq!(shown(0), "$0.00");
        assert_eq!(shown(1), "less than $0.01");
        assert_eq!(shown(9_999), "less than $0.01");
        assert_eq!(shown(10_000), "$0.01");
        assert_eq!(shown(360_000), "$0.36");
        assert_eq!(shown(360_001), "$0.37");
        assert_eq!(shown(12_345_678), "$12.35");
        assert_eq!(Money::micros(15_000).fine(), "$0.015");
        assert_eq!(Money::micros(2_000_000).fine(), "$2.00");
    }

    proptest! {
        #[test]
        fn any_part_is_rounded_up_by_less_than_one(price in 0..i64::MAX / 1_000, of in 1..1_000_000_u64, count in 0..1_000_u64) {
            let part = Money::micros(price).per(of, count).as_micros();
            let exact = i128::from(price) * i128::from(count);
            prop_assert!(i128::from(part) * i128::from(of) >= exact);
            prop_assert!((i128::from(part) - 1) * i128::from(of) < exact);
        }
    }
}
