//! Texts with `*` in them, as filter policies have them. Pure.

use super::pattern::Wrong;

/// A text in which `*` stands for any letters, `\*` and `\\` for themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wildcard(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Letter(char),
    /// Any number of letters.
    Any,
}

impl Wildcard {
    pub fn read(text: &str) -> Result<Self, Wrong> {
        let mut pieces = Vec::new();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            let piece = match letter {
                '*' => Piece::Any,
                '\\' => match letters.next() {
                    Some(escaped @ ('*' | '\\')) => Piece::Letter(escaped),
                    _ => return Err(format!("Invalid escape character at pos {}", pieces.len())),
                },
                letter => Piece::Letter(letter),
            };
            if piece == Piece::Any && pieces.last() == Some(&Piece::Any) {
                return Err(format!(
                    "Consecutive wildcard characters at pos {}",
                    pieces.len() - 1
                ));
            }
            pieces.push(piece);
        }
        Ok(Self(pieces))
    }

    /// Whether a text fits. Both are walked at once; at a mismatch, the last `*` takes one letter more: the time is the
    /// product of the lengths at most.
    pub fn fits(&self, text: &str) -> bool {
        let letters: Vec<char> = text.chars().collect();
        let (mut piece, mut letter) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while letter < letters.len() {
            match self.0.get(piece) {
                Some(Piece::Letter(wanted)) if *wanted == letters[letter] => {
                    piece += 1;
                    letter += 1;
                }
                Some(Piece::Any) => {
                    star = Some((piece, letter));
                    piece += 1;
                }
                _ => {
                    let Some((at, taken)) = star else { return false };
                    star = Some((at, taken + 1));
                    piece = at + 1;
                    letter = taken + 1;
                }
            }
        }
        self.0[piece..].iter().all(|piece| *piece == Piece::Any)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_is_any_letters_and_a_backslash_takes_that_away() {
        for (pattern, text, fits) in [
            ("*/src/*.rs", "a/b/src/c/d.rs", true),
            ("*/src/*.rs", "src/c.rs", false),
            ("a*", "a", true),
            ("a*a", "a", false),
            ("*ab*ab", "abab", true),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("a\\\\b", "a\\b", true),
            ("*é", "caffè é", true),
        ] {
            assert_eq!(
                Wildcard::read(pattern).unwrap().fits(text),
                fits,
                "{pattern} on {text}"
            );
        }
        assert_eq!(
            Wildcard::read("a**").unwrap_err(),
            "Consecutive wildcard characters at pos 1"
        );
        assert!(Wildcard::read("a\\b").is_err());
    }

    /// The plain definition, letter by letter.
    fn plainly(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => {
                plainly(rest, text) || text.split_first().is_some_and(|(_, text)| plainly(pattern, text))
            }
            (Some((a, pattern)), Some((b, text))) => a == b && plainly(pattern, text),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn it_fits_what_the_plain_definition_fits(pattern in "[ab*]{0,6}", text in "[ab]{0,8}") {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            if let Ok(wildcard) = Wildcard::read(&pattern) {
                prop_assert_eq!(wildcard.fits(&text), plainly(&letters(&pattern), &letters(&text)));
            }
        }
    }
}
