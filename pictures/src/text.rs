//! Text in a picture: which letters the fonts can draw, how wide they are, and what to do with the others.

use std::sync::LazyLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider, charmap::Charmap};

const INTER: &[u8] = include_bytes!("../fonts/Inter-Regular.ttf");
const INTER_SEMI_BOLD: &[u8] = include_bytes!("../fonts/Inter-SemiBold.ttf");
const JETBRAINS_MONO: &[u8] = include_bytes!("../fonts/JetBrainsMono-Medium.ttf");

/// All fonts there are.
pub(crate) const FONT_FILES: [&[u8]; 3] = [INTER, INTER_SEMI_BOLD, JETBRAINS_MONO];

/// What stands for letters that the fonts do not have.
const UNKNOWN: char = '□';
/// Nothing longer than this is looked at: no picture has room for it.
const LONGEST: usize = 200;

/// A font and weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Font {
    Sans,
    Bold,
    Mono,
}

struct Face {
    letters: Charmap<'static>,
    /// In units of one em.
    widths: GlyphMetrics<'static>,
}

static FACES: LazyLock<[Option<Face>; 3]> = LazyLock::new(|| {
    FONT_FILES.map(|file| {
        let font = FontRef::new(file).ok()?;
        Some(Face {
            letters: font.charmap(),
            widths: font.glyph_metrics(Size::new(1.0), LocationRef::default()),
        })
    })
});

impl Font {
    /// The SVG attributes that choose it.
    pub(crate) fn attributes(self) -> &'static str {
        match self {
            Self::Sans => r#"font-family="Inter" font-weight="400""#,
            Self::Bold => r#"font-family="Inter" font-weight="600""#,
            Self::Mono => r#"font-family="JetBrains Mono" font-weight="500""#,
        }
    }

    fn face(self) -> Option<&'static Face> {
        FACES[self as usize].as_ref()
    }

    fn can_draw(self, letter: char) -> bool {
        self.face().is_some_and(|face| face.letters.map(letter).is_some())
    }

    /// How wide a cleaned text is at this size, kerning left aside.
    pub(crate) fn width(self, size: f64, text: &str) -> f64 {
        let advance = |letter| {
            let face = self.face()?;
            face.widths.advance_width(face.letters.map(letter)?)
        };
        text.chars()
            .map(|letter| f64::from(advance(letter).unwrap_or(0.6)))
            .sum::<f64>()
            * size
    }

    /// The text as this font can draw it, on one line: what has no letter here becomes one □ a run.
    pub(crate) fn clean(self, text: &str) -> String {
        let mut clean = String::new();
        for letter in plain(text).chars().take(LONGEST) {
            if self.can_draw(letter) {
                clean.push(letter);
            } else if !clean.ends_with(UNKNOWN) {
                clean.push(UNKNOWN);
            }
        }
        clean
    }

    /// The text cleaned, and cut with … where it is wider than `most`.
    pub(crate) fn fit(self, size: f64, text: &str, most: f64) -> String {
        let clean = self.clean(text);
        if self.width(size, &clean) <= most {
            return clean;
        }
        let mut letters: Vec<char> = clean.chars().collect();
        while letters.pop().is_some() {
            let shorter = format!("{}…", letters.iter().collect::<String>().trim_end());
            if self.width(size, &shorter) <= most {
                return shorter;
            }
        }
        String::new()
    }
}

/// The text on one line, without what is not seen: control characters, marks of direction, joiners. They would
/// break the drawing, or let a member's name rearrange the words around it.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.chars() {
        if letter.is_whitespace() {
            if !plain.is_empty() && !plain.ends_with(' ') {
                plain.push(' ');
            }
        } else if !is_unseen(letter) {
            plain.push(letter);
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
        // Combining marks may be stacked without end.
        || matches!(letter, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_font_is_read_and_has_what_the_drawings_use() {
        for font in [Font::Sans, Font::Bold, Font::Mono] {
            assert!(font.face().is_some());
            assert!(font.can_draw(UNKNOWN) && font.can_draw('…') && font.can_draw('·'));
        }
        assert_eq!(Font::Mono.clean("2¹²⁸ → 0"), "2¹²⁸ → 0");
    }

    #[test]
    fn names_lose_what_is_not_seen_and_show_what_cannot_be_drawn() {
        assert_eq!(Font::Sans.clean("  ana\n\u{202e}maria\u{7}\t"), "ana maria");
        assert_eq!(Font::Sans.clean("crab 🦀🦀 !"), "crab □ !");
        assert_eq!(
            Font::Sans.clean("Zoë Ødegård Łukasz Ирина"),
            "Zoë Ødegård Łukasz Ирина"
        );
        assert_eq!(Font::Sans.clean("e\u{301}\u{301}\u{301}"), "e");
    }

    #[test]
    fn a_long_name_is_cut_to_its_room() {
        let name = "a-stream-name-that-goes-on-and-on";
        let cut = Font::Bold.fit(20.0, name, 120.0);
        assert!(cut.ends_with('…') && cut.len() < name.len(), "{cut}");
        assert!(Font::Bold.width(20.0, &cut) <= 120.0);
        assert_eq!(Font::Bold.fit(20.0, "orders", 120.0), "orders");
        assert_eq!(Font::Bold.fit(20.0, "orders", 1.0), "");
    }
}
