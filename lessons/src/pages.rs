//! Cuts Markdown into pages that fit a Discord message, so that each page stands on its own: a code block that
//! goes on over the edge is closed on one page and opened again, with its language, on the next.

use crate::lesson::{Lesson, Role};

/// Below this a page could not hold even an opened and closed code block with one character in it.
const SMALLEST_LIMIT: usize = 64;
/// Discord takes what follows the backticks for a language only if it is one short word.
const LONGEST_LANGUAGE: usize = 20;

/// One screen of a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<'a> {
    /// The section's heading; the lesson's title on the opening's pages.
    pub heading: &'a str,
    /// What kind of section it is from; `None` for the opening.
    pub role: Option<Role>,
    /// Which part of its section this is, from 1.
    pub part: usize,
    /// How many parts the section has.
    pub parts: usize,
    /// Discord markdown within the limit, never empty.
    pub body: String,
}

impl Lesson {
    /// The lesson a screen at a time: the opening, then each section, none mixed with another.
    ///
    /// A body has at most `limit` characters (a limit under 64 counts as 64).
    pub fn pages(&self, limit: usize) -> Vec<Page<'_>> {
        let opening = pages_of(&self.title, None, &self.opening, limit);
        let sections = self
            .sections
            .iter()
            .flat_map(|section| pages_of(&section.heading, Some(section.role), &section.body, limit));
        opening.chain(sections).collect()
    }
}

fn pages_of<'a>(
    heading: &'a str,
    role: Option<Role>,
    body: &str,
    limit: usize,
) -> impl Iterator<Item = Page<'a>> + use<'a> {
    let bodies = split(body, limit);
    let parts = bodies.len();
    bodies.into_iter().enumerate().map(move |(index, body)| Page {
        heading,
        role,
        part: index + 1,
        parts,
        body,
    })
}

/// Cuts `text` into pieces of at most `limit` characters (at least 64): between paragraphs where it can, then
/// between lines, between words, and only then within a word. No piece is empty, and in each every code block
/// that opens also closes.
pub fn split(text: &str, limit: usize) -> Vec<String> {
    let mut pages = Pages {
        limit: limit.max(SMALLEST_LIMIT),
        done: Vec::new(),
        current: String::new(),
    };
    for block in blocks(text) {
        pages.add(&block);
    }
    pages.finish()
}

/// The language of a code block this line opens, if it opens one.
pub(crate) fn fence_language(line: &str) -> Option<&str> {
    let language = line.trim().strip_prefix("```")?;
    let is_word = language
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_+.#-".contains(c));
    (is_word && language.len() <= LONGEST_LANGUAGE).then_some(language)
}

/// Whether this line closes an open code block.
pub(crate) fn closes_fence(line: &str) -> bool {
    line.trim() == "```"
}

/// What is kept on one page if it fits.
enum Block<'a> {
    /// Lines without an empty one between them.
    Prose(Vec<&'a str>),
    /// The lines inside a code block.
    Code { language: &'a str, lines: Vec<&'a str> },
}

impl Block<'_> {
    fn render(&self) -> String {
        match self {
            Self::Prose(lines) => lines.join("\n"),
            Self::Code { language, lines } => fenced(language, &lines.join("\n")),
        }
    }
}

fn fenced(language: &str, code: &str) -> String {
    format!("```{language}\n{code}\n```")
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut prose = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = fence_language(line) {
            flush(&mut prose, &mut blocks);
            let code = lines.by_ref().take_while(|line| !closes_fence(line)).collect();
            blocks.push(Block::Code {
                language,
                lines: code,
            });
        } else if line.trim().is_empty() {
            flush(&mut prose, &mut blocks);
        } else {
            prose.push(line);
        }
    }
    flush(&mut prose, &mut blocks);
    blocks
}

fn flush<'a>(prose: &mut Vec<&'a str>, blocks: &mut Vec<Block<'a>>) {
    if !prose.is_empty() {
        blocks.push(Block::Prose(std::mem::take(prose)));
    }
}

struct Pages {
    limit: usize,
    done: Vec<String>,
    current: String,
}

impl Pages {
    fn add(&mut self, block: &Block<'_>) {
        let whole = block.render();
        if chars(&whole) <= self.limit {
            self.put(&whole);
            return;
        }
        match block {
            Block::Prose(lines) => {
                for piece in pack(lines, self.limit) {
                    self.put(&piece);
                }
            }
            Block::Code { language, lines } => {
                let frame = chars(&fenced(language, ""));
                for piece in pack(lines, self.limit - frame) {
                    self.put(&fenced(language, &piece));
                }
            }
        }
    }

    /// Adds a piece that fits a page, on this page if it fits here.
    fn put(&mut self, piece: &str) {
        if !self.current.is_empty() && chars(&self.current) + 2 + chars(piece) > self.limit {
            self.done.push(std::mem::take(&mut self.current));
        }
        if !self.current.is_empty() {
            self.current.push_str("\n\n");
        }
        self.current.push_str(piece);
    }

    fn finish(mut self) -> Vec<String> {
        if !self.current.is_empty() {
            self.done.push(self.current);
        }
        self.done
    }
}

/// Joins lines into pieces of at most `limit` characters, cutting a line only where it is longer than that.
fn pack(lines: &[&str], limit: usize) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for line in lines.iter().flat_map(|line| cut(line, limit)) {
        match pieces.last_mut() {
            Some(last) if chars(last) + 1 + chars(line) <= limit => {
                last.push('\n');
                last.push_str(line);
            }
            _ => pieces.push(line.to_owned()),
        }
    }
    pieces
}

/// Cuts one line into pieces of at most `limit` characters, after a space where there is one.
fn cut(mut line: &str, limit: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    while let Some((end, _)) = line.char_indices().nth(limit) {
        let at = line[..end].rfind(' ').map_or(end, |space| space + 1);
        let (piece, rest) = line.split_at(at);
        pieces.push(piece);
        line = rest;
    }
    pieces.push(line);
    pieces
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a reader reads: everything but white space and the fences, which pages may add.
    fn words(text: &str) -> String {
        let lines = text.lines().filter(|line| fence_language(line).is_none());
        lines
            .flat_map(str::chars)
            .filter(|c| !c.is_whitespace())
            .collect()
    }

    fn fences_are_balanced(page: &str) -> bool {
        let open = page
            .lines()
            .fold(false, |open, line| match (open, fence_language(line)) {
                (false, Some(_)) => true,
                (true, Some("")) => false,
                (open, _) => open,
            });
        !open
    }

    fn markdown() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            4 => "[a-zäø🦀 ]{0,90}",
            1 => Just("```".to_owned()),
            1 => Just("```python".to_owned()),
            1 => Just(String::new()),
            1 => Just("- a point".to_owned()),
            1 => "[a-z]{60,300}",
        ];
        proptest::collection::vec(line, 0..60).prop_map(|lines| lines.join("\n"))
    }

    proptest! {
        #[test]
        fn every_page_fits_and_no_text_is_lost(text in markdown(), limit in 0usize..500) {
            let pages = split(&text, limit);
            for page in &pages {
                prop_assert!(chars(page) <= limit.max(SMALLEST_LIMIT), "too long: {page:?}");
                prop_assert!(fences_are_balanced(page), "a fence is left open: {page:?}");
                prop_assert!(!page.is_empty());
            }
            prop_assert_eq!(words(&pages.join("\n")), words(&text));
        }

        #[test]
        fn anything_at_all_can_be_split(text in any::<String>(), limit in any::<usize>()) {
            for page in split(&text, limit) {
                prop_assert!(chars(&page) <= limit.max(SMALLEST_LIMIT));
            }
        }
    }

    #[test]
    fn pages_break_between_paragraphs() {
        let (a, b, c) = ("a".repeat(50), "b".repeat(40), "c".repeat(30));
        let text = format!("{a}\n\n{b}\n\n{c}");
        assert_eq!(split(&text, 100), [format!("{a}\n\n{b}"), c]);
    }

    #[test]
    fn a_long_code_block_goes_on_as_code_in_its_language() {
        let code: Vec<_> = (0..12).map(|n| format!("line_{n:02} = {n}")).collect();
        let text = format!("Before.\n\n```python\n{}\n```\n\nAfter.", code.join("\n"));
        let pages = split(&text, 80);
        assert!(pages.len() > 2, "{pages:#?}");
        assert_eq!(
            pages[0], "Before.",
            "code that does not fit starts on its own page"
        );
        assert!(
            pages[1].starts_with("```python\nline_00 = 0\n") && pages[1].ends_with("\n```"),
            "{pages:#?}"
        );
        assert!(pages.last().unwrap().ends_with("After."), "{pages:#?}");
    }

    #[test]
    fn a_long_line_breaks_between_words() {
        let text = "streams ".repeat(20);
        assert!(
            split(&text, 70)
                .iter()
                .all(|page| page.trim().split(' ').all(|word| word == "streams"))
        );
    }
}
