//! Words for alt texts.

/// Discord takes 1,024 characters; some room is left for the caller's own.
const LONGEST: usize = 1_000;

/// `1 shard`, `2 shards`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    format!(
        "{} {thing}{}",
        thousands(number as u64),
        if number == 1 { "" } else { "s" }
    )
}

/// `12,345`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A length of time as people say it: `0 s`, `1.5 s`, `42 s`, `3 min`, `5 h`.
pub(crate) fn duration(ms: u64) -> String {
    match ms {
        0..=49 => "0 s".to_owned(),
        50..10_000 => format!("{:.1} s", ms as f64 / 1_000.0).replace(".0 s", " s"),
        10_000..120_000 => format!("{} s", ms / 1_000),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        _ => format!("{} h", thousands(ms / 3_600_000)),
    }
}

/// With one digit behind the point, where that is not 0.
pub(crate) fn trimmed(number: f64) -> String {
    let one = format!("{number:.1}");
    one.strip_suffix(".0").map(str::to_owned).unwrap_or(one)
}

/// A name that a member chose, on one line and not too long.
pub(crate) fn name(text: &str) -> String {
    shorten(&crate::text::plain(text), 80)
}

/// An alt text that Discord accepts.
pub(crate) fn cut(alt: String) -> String {
    if alt.chars().count() <= LONGEST {
        alt
    } else {
        shorten(&alt, LONGEST)
    }
}

fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_short() {
        assert_eq!(
            [0, 1_000, 1_550, 42_999, 180_000, 7_200_000].map(duration),
            ["0 s", "1 s", "1.6 s", "42 s", "3 min", "2 h"]
        );
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(thousands),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            (count(1, "shard"), count(50, "shard")),
            ("1 shard".into(), "50 shards".into())
        );
    }
}
