//! What must hold inside one lesson: its sections are there, and it can be shown on Discord, on a phone too.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::title;
use crate::finding::Findings;
use crate::lesson::{LessonFile, Role};
use crate::pages::{closes_fence, fence_language, split};

/// The opening stands in the channel, where it shares the screen with the conversation.
const LONGEST_OPENING: usize = 900;
/// What one page may hold; Discord takes 4,096 characters in an embed.
const PAGE: usize = 4_000;
/// How many pages of one section anybody still reads.
const MOST_PAGES: usize = 3;
/// How many characters of code a phone shows in a line.
const WIDEST_CODE: usize = 58;

/// Checks a lesson on its own.
pub(crate) fn lesson(file: &LessonFile, findings: &mut Findings) {
    title(&file.source, &file.title, file.title_span.clone(), findings);
    opening(file, findings);
    sections(file, findings);
    fences(file, findings);
    markdown(file, findings);
}

fn opening(file: &LessonFile, findings: &mut Findings) {
    let length = file.shown(&file.opening).chars().count();
    let first_line = line_at(file, file.opening.start);
    if length == 0 {
        findings.error_with_help(
            &file.source,
            first_line,
            "the lesson has no opening",
            "write a few lines before the first section; they are what the channel sees",
        );
    } else if length > LONGEST_OPENING {
        findings.error(
            &file.source,
            first_line,
            format!("the opening has {length} characters; a post in the channel holds {LONGEST_OPENING}"),
        );
    }
}

fn sections(file: &LessonFile, findings: &mut Findings) {
    for role in Role::REQUIRED {
        if !file.sections.iter().any(|section| section.role == Some(role)) {
            findings.error_with_help(
                &file.source,
                file.title_span.clone(),
                format!("the lesson has no section with the role `{role}`"),
                format!("add one: ## A heading {{#{role}}}"),
            );
        }
    }
    for section in &file.sections {
        let span = || section.heading_span.clone();
        title(&file.source, &section.heading, span(), findings);
        let body = file.shown(&section.body);
        let pages = split(&body, PAGE).len();
        if body.is_empty() {
            findings.error(
                &file.source,
                span(),
                format!("the section “{}” is empty", section.heading),
            );
        } else if pages > MOST_PAGES {
            findings.error_with_help(
                &file.source,
                span(),
                format!(
                    "the section “{}” fills {pages} Discord messages; {MOST_PAGES} are the most",
                    section.heading
                ),
                "make two sections of it",
            );
        }
    }
}

/// Code blocks: each opens and closes on lines of their own, fits one message, and fits a phone.
fn fences(file: &LessonFile, findings: &mut Findings) {
    let mut open: Option<Fence> = None;
    let mut at = file.opening.start;
    for line in file.source.text[at..].split_inclusive('\n') {
        let span = at..at + line.trim_end().len();
        at += line.len();
        match &mut open {
            Some(fence) if closes_fence(line) => {
                fence.check(file, findings);
                open = None;
            }
            Some(fence) => fence.add(line, span),
            None if fence_language(line).is_some() => {
                let is_diagram = fence_language(line) == Some("");
                open = Some(Fence {
                    opened: span,
                    is_diagram,
                    length: 0,
                    widest: None,
                });
            }
            None if line.contains("```") => findings.error_with_help(
                &file.source,
                span,
                "Discord opens a code block in the middle of this line",
                "put ``` on a line of its own, with nothing after it but the language",
            ),
            None => {}
        }
    }
    if let Some(fence) = open {
        findings.error(&file.source, fence.opened, "this code block is never closed");
    }
}

struct Fence {
    opened: Range<usize>,
    is_diagram: bool,
    length: usize,
    widest: Option<(usize, Range<usize>)>,
}

impl Fence {
    fn add(&mut self, line: &str, span: Range<usize>) {
        let width = line.trim_end().chars().count();
        self.length += width + 1;
        if width > self.widest.as_ref().map_or(WIDEST_CODE, |(widest, _)| *widest) {
            self.widest = Some((width, span));
        }
    }

    fn check(&self, file: &LessonFile, findings: &mut Findings) {
        if self.length > PAGE {
            findings.error(
                &file.source,
                self.opened.clone(),
                format!(
                    "this code block has {} characters; one message holds {PAGE}",
                    self.length
                ),
            );
        }
        let Some((width, span)) = &self.widest else { return };
        let message = format!("this line is {width} characters wide; a phone shows {WIDEST_CODE}");
        if self.is_diagram {
            let help = "a diagram falls apart where its lines wrap";
            findings.error_with_help(&file.source, span.clone(), message, help);
        } else {
            findings.advice(
                &file.source,
                span.clone(),
                message,
                "code is harder to read where it wraps",
            );
        }
    }
}

/// What Markdown can say and Discord cannot show.
fn markdown(file: &LessonFile, findings: &mut Findings) {
    let start = file.opening.start;
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_HEADING_ATTRIBUTES;
    for (event, range) in Parser::new_ext(&file.source.text[start..], options).into_offset_iter() {
        let what = match event {
            Event::Start(Tag::Table(_)) => "tables",
            Event::Start(Tag::Image { .. }) => "pictures in a text",
            Event::Start(Tag::FootnoteDefinition(_)) | Event::FootnoteReference(_) => "footnotes",
            Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_) => "HTML",
            Event::Rule => "rules",
            Event::Start(Tag::Heading { level, .. }) if level as usize > 3 => {
                "headings below the third level"
            }
            _ => continue,
        };
        let span = range.start + start..range.end + start;
        findings.error(&file.source, span, format!("Discord does not show {what}"));
    }
}

/// The first line with something on it from `start` on.
fn line_at(file: &LessonFile, start: usize) -> Range<usize> {
    let text = &file.source.text[start..];
    let from = start + (text.len() - text.trim_start().len());
    from..from + file.source.text[from..].lines().next().map_or(0, str::len)
}
