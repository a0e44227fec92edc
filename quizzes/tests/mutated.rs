//! Banks with anything wrong in them: no panic, and every finding points into the file.
//! `PROPTEST_CASES=100000 cargo test -p quizzes --test mutated` looks longer.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use quizzes::{Bank, embedded_files};

/// What tends to upset parsers.
fn pieces() -> impl Strategy<Value = String> {
    let known = [
        "",
        "\n",
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
        "inf",
        "true",
        "[[questions]]\n",
        "type = \"ShortAnswer\"\n",
        "type = \"Tracing\"\n",
        "answer.answer = []\n",
        "id = \"\"\n",
        "\r\n",
        "🦀",
        "1979-05-27",
    ];
    prop_oneof![
        select(known.map(str::to_owned).to_vec()),
        ".{0,30}",
        "[a-z_.]{1,12} = [a-z0-9\"]{0,8}\n"
    ]
}

fn sound(name: &Path, text: &str) -> Result<(), TestCaseError> {
    let mut bank = Bank::default();
    bank.add(name, text);
    for finding in quizzes::lint::lint(&bank) {
        prop_assert!(!finding.message.is_empty());
        prop_assert!(finding.file == name, "{}", finding.file.display());
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_bank_with_something_changed_is_told_about(
        file in select(embedded_files()), from: Index, length in 0usize..40, with in pieces(),
    ) {
        let (name, text) = file;
        let letters: Vec<char> = text.chars().collect();
        let from = from.index(letters.len());
        let until = (from + length).min(letters.len());
        let changed: String =
            letters[..from].iter().copied().chain(with.chars()).chain(letters[until..].iter().copied()).collect();
        sound(&name, &changed)?;
    }

    #[test]
    fn any_text_is_told_about(text in "(?s).{0,400}") {
        sound(Path::new("bank/x.toml"), &text)?;
    }
}
