//! Members' words made safe to show, and text cut to Discord's limits. Limits count characters as Discord does: Unicode scalars.

/// Escapes what Discord would read as markdown, a mention or a timestamp, so that a member's words show as typed.
/// Invisible direction overrides are dropped: they could make a sentence around them read backwards.
pub fn escape(words: &str) -> String {
    let mut safe = String::with_capacity(words.len() + 8);
    for letter in words.chars() {
        match letter {
            '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '<' | '[' | ']' | '(' | ')' | '#' | '-' | '+'
            | '@' => {
                safe.push('\\');
                safe.push(letter);
            }
            '\r' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {}
            ':' => safe.push_str("\\:"),
            _ => safe.push(letter),
        }
    }
    safe
}

/// A member's words in an inline code span: nothing inside one is read as markdown or a mention.
pub fn code(words: &str) -> String {
    let flat: String = words
        .chars()
        .filter(|letter| !matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'))
        .map(|letter| match letter {
            '`' => 'ˋ',
            letter if letter.is_control() => ' ',
            letter => letter,
        })
        .collect();
    if flat.trim().is_empty() {
        "` `".to_owned()
    } else {
        format!("`{}`", flat.trim())
    }
}

/// A member's words as a quotation, line by line.
pub fn quote(words: &str) -> String {
    escape(words)
        .lines()
        .map(|line| format!("> {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// At most `limit` characters, ending in an ellipsis where something was cut.
pub fn cut(words: &str, limit: usize) -> String {
    if words.chars().count() <= limit {
        return words.to_owned();
    }
    if limit == 0 {
        return String::new();
    }
    let mut short: String = words.chars().take(limit.saturating_sub(1)).collect();
    // A lone backslash at the end would escape the ellipsis.
    while short.ends_with('\\') {
        short.pop();
    }
    short.push('…');
    short
}

/// A list in words: `a`, `a and b`, `a, b and c`.
pub fn listed<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// `1 point`, `5 points`.
pub fn count(number: i64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A member as Discord shows one; never pings, because every message is sent with mentions off.
pub fn member(id: u64) -> String {
    format!("<@{id}>")
}

/// A channel as Discord shows one.
pub fn channel(id: u64) -> String {
    format!("<#{id}>")
}

/// A moment, shown in each reader's own timezone: `style` is Discord's (`t` time, `D` date, `F` full, `R` relative).
pub fn moment(unix_ms: i64, style: char) -> String {
    format!("<t:{}:{style}>", unix_ms.div_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_typed_by_a_member_is_shown_and_not_read() {
        assert_eq!(escape("hi @everyone <@1>"), "hi \\@everyone \\<\\@1\\>");
        assert_eq!(escape("**bold** `x`"), "\\*\\*bold\\*\\* \\`x\\`");
        assert_eq!(escape("\u{202E}evil"), "evil");
    }

    #[test]
    fn code_spans_cannot_be_left() {
        assert_eq!(code("a`b\nc"), "`aˋb c`");
        assert_eq!(code("``"), "`ˋˋ`");
        assert_eq!(code(" "), "` `");
    }

    #[test]
    fn cutting_counts_characters_not_bytes() {
        assert_eq!(cut("żółw", 4), "żółw");
        assert_eq!(cut("żółwie", 4), "żół…");
        assert_eq!(cut("ab\\*cd", 4), "ab…");
    }

    #[test]
    fn lists_read_as_a_person_would_say_them() {
        assert_eq!(listed(&["M1"]), "M1");
        assert_eq!(listed(&["M1", "M2", "M3"]), "M1, M2 and M3");
        assert_eq!(listed::<&str>(&[]), "");
    }
}
