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
