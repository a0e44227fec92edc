//! Content with anything wrong in it: no panic, and every finding points into the file.
//! `PROPTEST_CASES=100000 cargo test -p lessons --test mutated` looks longer.

use std::sync::Arc;

use lessons::{Source, check_file, embedded_files};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A file as an author might leave it: a piece taken away, and something else in its place.
fn mutated(file: &Source, from: Index, length: usize, with: &str) -> String {
    let letters: Vec<char> = file.text.chars().collect();
    let from = from.index(letters.len().max(1));
    let until = (from + length).min(letters.len());
    letters[..from]
        .iter()
        .copied()
        .chain(with.chars())
        .chain(letters[until..].iter().copied())
        .collect()
}

/// What tends to upset parsers.
fn pieces() -> impl Strategy<Value = String> {
    let known = [
        "",
        "\n",
        "+++\n",
        "+++",
        "[",
        "]]",
        "\"",
        "\"\"\"",
        "'''",
        "\\",
        "\u{0}",
        "\u{feff}",
        "= = ",
        "99999999999999999999",
        "-1",
        "nan",
        "true",
        "[[modules]]\n",
        "id = \"\"\n",
        "```",
        "\r\n",
        "🦀",
        "\u{202e}",
        "1979-05-27",
        "{",
        "}",
        "# ",
        "## ",
    ];
    prop_oneof![
        select(known.map(str::to_owned).to_vec()),
        ".{0,30}",
        "[a-z_]{1,8} = [a-z0-9\"]{0,8}\n"
    ]
}

fn sound(name: &str, text: &str) -> Result<(), TestCaseError> {
    for finding in check_file(name, text) {
        let (line, column) = finding.line_col();
        prop_assert!(line >= 1 && column >= 1);
        prop_assert!(
            line <= finding.source.text.lines().count() + 1,
            "{name}:{line}: {}",
            finding.message
        );
        prop_assert!(!finding.message.is_empty());
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_file_with_something_changed_is_told_about(
        file in select(embedded_files()), from: Index, length in 0usize..40, with in pieces(),
    ) {
        let file: Arc<Source> = file;
        sound(&file.file, &mutated(&file, from, length, &with))?;
    }

    #[test]
    fn any_text_is_told_about(name in select(vec!["library/x.md", "tracks/x.toml", "glossary.toml"]), text in "(?s).{0,400}") {
        sound(name, &text)?;
        sound(name, &format!("+++\n{text}\n+++\n{text}"))?;
    }
}
