//! What a cohort may be called.

use std::fmt;

/// The longest name, in characters: it stands in lists, titles and completions.
const LONGEST: usize = 40;

/// A cohort's name: 1 to 40 visible characters, single spaces between words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CohortName(String);

/// Why a name was refused, and what to type instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing visible.
    #[error("A cohort needs a name. Write a few letters, e.g. `name:spring`.")]
    Empty,
    /// Too long.
    #[error("That name has {0} characters; {LONGEST} is the most. Choose a shorter one.")]
    TooLong(usize),
    /// Letters that nobody sees, which could make two names look the same.
    #[error("That name holds invisible characters. Use letters, digits, spaces and punctuation.")]
    Invisible,
}

impl CohortName {
    /// A name as typed.
    pub fn parse(typed: &str) -> Result<Self, NameError> {
        let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        let length = name.chars().count();
        if name.chars().any(is_invisible) {
            Err(NameError::Invisible)
        } else if length == 0 {
            Err(NameError::Empty)
        } else if length > LONGEST {
            Err(NameError::TooLong(length))
        } else {
            Ok(Self(name))
        }
    }

    /// As people see it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes it unique in its guild.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for CohortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&discord::text::code(&self.0))
    }
}

/// Control characters, zero-width letters, and what turns the writing direction around.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{00AD}' | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_as_typed_but_for_spaces() {
        let name = CohortName::parse("  Spring   2027 ").unwrap();
        assert_eq!((name.as_str(), &*name.key()), ("Spring 2027", "spring 2027"));
        assert_eq!(CohortName::parse("Żółw 🐢").unwrap().as_str(), "Żółw 🐢");
        assert!(CohortName::parse(&"x".repeat(40)).is_ok());
    }

    #[test]
    fn what_cannot_be_a_name_is_refused_with_what_to_do() {
        assert_eq!(CohortName::parse("  "), Err(NameError::Empty));
        assert_eq!(CohortName::parse(&"ż".repeat(41)), Err(NameError::TooLong(41)));
        assert_eq!(CohortName::parse("de\u{200B}mo"), Err(NameError::Invisible));
        assert_eq!(CohortName::parse("\u{202E}omed"), Err(NameError::Invisible));
        assert_eq!(CohortName::parse("de\u{7}mo"), Err(NameError::Invisible));
    }
}
