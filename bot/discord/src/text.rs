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
            letter if turns(letter) || (letter.is_control() && !matches!(letter, '\n' | '\t')) => {}
            ':' => safe.push_str("\\:"),
            _ => safe.push(letter),
        }
    }
    safe
}

/// What a member typed, as it is kept: without control characters, of which NUL can't even be stored everywhere. Lines
/// and tabs stay.
pub fn clean(typed: &str) -> String {
    typed
        .chars()
        .filter(|letter| matches!(letter, '\n' | '\t') || !letter.is_control())
        .collect()
}

/// What a member is called, on one line and at most `limit` characters of it, safe to show between other words; `None`
/// where nothing of it can be seen.
pub fn name(called: &str, limit: usize) -> Option<String> {
    let seen: String = called
        .chars()
        .map(|letter| if letter.is_whitespace() { ' ' } else { letter })
        .filter(|letter| !letter.is_control() && !turns(*letter))
        .collect();
    let line = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_seen = |letter: char| !letter.is_whitespace() && !is_zero_width(letter);
    line.chars().any(is_seen).then(|| escape(&cut(&line, limit)))
}

/// Words that hold some typed ones, without what would turn their direction, or can't be seen at all. Lines and tabs stay.
pub fn straight(words: &str) -> String {
    clean(words).chars().filter(|letter| !turns(*letter)).collect()
}

/// Turns the direction of what follows, so that a sentence around it could read backwards.
fn turns(letter: char) -> bool {
    matches!(letter, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Takes no room where it stands: joiners are parts of some scripts and emoji, but no name by themselves.
fn is_zero_width(letter: char) -> bool {
    matches!(
        letter,
        '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}' | '\u{200B}'..='\u{200D}'
            | '\u{2060}'..='\u{2064}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// A member's words in an inline code span: nothing inside one is read as markdown or a mention.
pub fn code(words: &str) -> String {
    let flat: String = words
        .chars()
        .filter(|letter| !turns(*letter))
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
    fn what_can_not_be_stored_or_seen_is_left_out() {
        assert_eq!(clean("a\u{0}b\u{7}\r\n\tc"), "ab\n\tc");
        assert_eq!(
            name("  ana\n\u{200F}  of *Ulm* ", 40).as_deref(),
            Some("ana of \\*Ulm\\*")
        );
        assert_eq!(name("\u{200B}\u{2060}\u{FE0F} \u{202E}", 40), None);
        assert_eq!(name("👩\u{200D}💻", 40).as_deref(), Some("👩\u{200D}💻"));
        assert_eq!(escape("a\u{0}\u{1b}[31mb"), "a\\[31mb");
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
