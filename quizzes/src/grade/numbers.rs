//! Numbers with their units: `24h`, `24 hours` and `one day` are one quantity.

use super::text::Word;

/// A number in its unit's base.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quantity {
    /// In seconds, bytes, percent, or plain.
    pub value: f64,
    /// What it measures.
    pub unit: Unit,
}

/// What a number measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// No unit, or one not known.
    Plain,
    /// Time.
    Seconds,
    /// Size.
    Bytes,
    /// Percent.
    Percent,
}

impl Quantity {
    /// The same amount; for sizes, 1 MB and 1 MiB are the same here.
    pub(crate) fn equals(self, other: Self) -> bool {
        let slack = if self.unit == Unit::Bytes { 0.075 } else { 1e-9 };
        self.unit == other.unit
            && (self.value - other.value).abs() <= slack * self.value.abs().max(other.value.abs())
    }
}

/// A quantity at the start of these words, and how many words it takes.
pub(crate) fn read(words: &[Word]) -> Option<(usize, Quantity)> {
    let first = words.first()?.text.as_str();
    let (value, suffix) = number(first)?;
    let mut value = value;
    let mut taken = 1;
    if suffix.is_empty() {
        // `twenty four`
        let ones = words
            .get(taken)
            .and_then(|w| named(&w.text))
            .filter(|n| (1.0..10.0).contains(n));
        if let Some(ones) = ones.filter(|_| named(first).is_some_and(|n| (20.0..100.0).contains(&n))) {
            value += ones;
            taken += 1;
        }
        // `two hundred`, `5 million`
        while let Some(factor) = words.get(taken).and_then(|w| multiplier(&w.text)) {
            value *= factor;
            taken += 1;
        }
    }
    let unit_word = if suffix.is_empty() {
        words.get(taken).map(|w| w.text.as_str())
    } else {
        Some(suffix)
    };
    // `one` without a unit is mostly a pronoun, and `a day` a rate.
    let (unit, factor) = match unit_word.and_then(unit) {
        Some(found) => {
            taken += usize::from(suffix.is_empty());
            found
        }
        None if suffix.is_empty() && !matches!(first, "one" | "a" | "an") => (Unit::Plain, 1.0),
        None => return None,
    };
    Some((
        taken,
        Quantity {
            value: value * factor,
            unit,
        },
    ))
}

fn named(word: &str) -> Option<f64> {
    const SMALL: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 8] = [
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ];
    let place = |list: &[&str]| list.iter().position(|name| *name == word);
    place(&SMALL)
        .or_else(|| place(&TENS).map(|at| (at + 2) * 10))
        .map(|value| value as f64)
        .or_else(|| matches!(word, "a" | "an").then_some(1.0))
        .or_else(|| multiplier(word))
}

fn number(word: &str) -> Option<(f64, &str)> {
    if let Some(value) = named(word) {
        return Some((value, ""));
    }
    let end = word
        .find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')
        .unwrap_or(word.len());
    let digits: String = word[..end].chars().filter(|c| *c != ',').collect();
    let value: f64 = digits.parse().ok().filter(|v: &f64| v.is_finite())?;
    let suffix = &word[end..];
    match suffix {
        "" | "x" => Some((value, "")),
        "k" => Some((value * 1000.0, "")),
        s if unit(s).is_some() => Some((value, s)),
        _ => None,
    }
}

fn multiplier(word: &str) -> Option<f64> {
    match word {
        "hundred" => Some(100.0),
        "thousand" => Some(1000.0),
        "million" => Some(1e6),
        "billion" => Some(1e9),
        _ => None,
    }
}

fn unit(word: &str) -> Option<(Unit, f64)> {
    const KIB: f64 = 1024.0;
    Some(match word {
        "ms" | "millisecond" | "milliseconds" | "millis" => (Unit::Seconds, 0.001),
        "s" | "sec" | "secs" | "second" | "seconds" => (Unit::Seconds, 1.0),
        "m" | "min" | "mins" | "minute" | "minutes" => (Unit::Seconds, 60.0),
        "h" | "hr" | "hrs" | "hour" | "hours" => (Unit::Seconds, 3600.0),
        "d" | "day" | "days" => (Unit::Seconds, 86_400.0),
        "w" | "week" | "weeks" => (Unit::Seconds, 604_800.0),
        "month" | "months" => (Unit::Seconds, 2_592_000.0),
        "year" | "years" => (Unit::Seconds, 31_536_000.0),
        "b" | "byte" | "bytes" => (Unit::Bytes, 1.0),
        "kb" | "kib" | "kilobyte" | "kilobytes" => (Unit::Bytes, KIB),
        "mb" | "mib" | "megabyte" | "megabytes" => (Unit::Bytes, KIB * KIB),
        "gb" | "gib" | "gigabyte" | "gigabytes" => (Unit::Bytes, KIB * KIB * KIB),
        "tb" | "tib" | "terabyte" | "terabytes" => (Unit::Bytes, KIB * KIB * KIB * KIB),
        "%" | "percent" => (Unit::Percent, 1.0),
        _ => return None,
    })
}

/// The unit a question asks for (`How many hours …`), for answers that give the bare number.
pub(crate) fn asked_unit(words: &[Word]) -> Option<(Unit, f64)> {
    words
        .iter()
        .filter(|w| w.text.len() > 1)
        .find_map(|w| unit(&w.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::text::words;

    fn quantity(text: &str) -> Option<Quantity> {
        read(&words(text)).map(|(_, q)| q)
    }

    #[test]
    fn a_day_by_any_name_is_the_same_day() {
        let day = quantity("24h").expect("a quantity");
        for same in [
            "24 hours",
            "one day",
            "a day",
            "1 day",
            "1,440 minutes",
            "86400 seconds",
            "24 hrs",
            "twenty-four hours",
        ] {
            assert!(quantity(same).is_some_and(|q| q.equals(day)), "{same}");
        }
        for other in ["24", "25 hours", "24 days", "7 days", "24 MB"] {
            assert!(quantity(other).is_none_or(|q| !q.equals(day)), "{other}");
        }
    }

    #[test]
    fn sizes_counts_and_pronouns() {
        assert!(
            quantity("1 MB")
                .zip(quantity("1024 KiB"))
                .is_some_and(|(a, b)| a.equals(b))
        );
        assert!(
            quantity("1 MB")
                .zip(quantity("2 MB"))
                .is_some_and(|(a, b)| !a.equals(b))
        );
        assert!(
            quantity("two hundred")
                .zip(quantity("200"))
                .is_some_and(|(a, b)| a.equals(b))
        );
        assert!(
            quantity("1,000")
                .zip(quantity("1000"))
                .is_some_and(|(a, b)| a.equals(b))
        );
        assert_eq!(quantity("one consumer"), None);
        assert_eq!(quantity("a shard"), None);
        assert_eq!(quantity("h264"), None);
    }
}
