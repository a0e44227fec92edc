//! A lesson: front matter, an opening, and sections that each have a role; and how it is read from Markdown.

use std::ops::Range;
use std::sync::Arc;
use std::{fmt, path};

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag};
use serde::Deserialize;
use toml::Spanned;

use crate::finding::{Findings, Source};

/// A text that a module teaches with. Several tracks may share one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    /// The file's name without its ending, for example `what-are-streams`.
    pub slug: String,
    /// Its name for people.
    pub title: String,
    /// The section of a book that goes with it.
    pub reading: Reading,
    /// What the channel's post shows.
    pub opening: String,
    /// The rest, in order.
    pub sections: Vec<Section>,
}

/// Where to read on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The book's name.
    pub book: String,
    /// The chapter, for example `11, Stream Processing`.
    pub chapter: String,
    /// The section's title.
    pub section: String,
}

/// One headed part of a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What it is for.
    pub role: Role,
    /// Its heading.
    pub heading: String,
    /// Discord markdown.
    pub body: String,
}

/// What a section is for. Written `{#role}` after its heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The ideas.
    Concepts,
    /// A worked example.
    Example,
    /// A picture in text.
    Diagram,
    /// What to talk about.
    Discussion,
    /// What to do in the sandbox.
    HandsOn,
    /// Where to read on.
    Reading,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 6] = [
        Self::Concepts,
        Self::Example,
        Self::Diagram,
        Self::Discussion,
        Self::HandsOn,
        Self::Reading,
    ];
    /// Those that every lesson has.
    pub const REQUIRED: [Self; 5] = [
        Self::Concepts,
        Self::Example,
        Self::Discussion,
        Self::HandsOn,
        Self::Reading,
    ];

    /// As an author writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Concepts => "concepts",
            Self::Example => "example",
            Self::Diagram => "diagram",
            Self::Discussion => "discussion",
            Self::HandsOn => "hands-on",
            Self::Reading => "reading",
        }
    }

    fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == id)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    title: Spanned<String>,
    reading: Reading,
}

/// A lesson's file taken apart, with the places of all that a finding may point at.
pub(crate) struct LessonFile {
    pub source: Arc<Source>,
    pub slug: String,
    pub title: String,
    pub title_span: Range<usize>,
    pub reading: Reading,
    pub opening: Range<usize>,
    pub sections: Vec<SectionSpans>,
}

pub(crate) struct SectionSpans {
    pub role: Option<Role>,
    pub heading: String,
    pub heading_span: Range<usize>,
    pub body: Range<usize>,
}

impl LessonFile {
    /// Takes a file apart; without readable front matter there is nothing to go on with.
    pub(crate) fn read(source: &Arc<Source>, findings: &mut Findings) -> Option<Self> {
        let text = &source.text;
        let Some((front, body)) = front_matter(text) else {
            findings.error_with_help(
                source,
                0..text.lines().next().map_or(0, str::len),
                "a lesson starts with front matter",
                "put title and reading between two lines of +++",
            );
            return None;
        };
        let front_start = front.start;
        let parsed: FrontMatter = match toml::from_str(&text[front]) {
            Ok(parsed) => parsed,
            Err(error) => {
                findings.toml(source, &error, front_start);
                return None;
            }
        };
        let title_span = parsed.title.span();
        let (opening, sections) = sections(source, body, findings);
        Some(Self {
            source: Arc::clone(source),
            slug: slug(&source.file),
            title: parsed.title.into_inner(),
            title_span: title_span.start + front_start..title_span.end + front_start,
            reading: parsed.reading,
            opening,
            sections,
        })
    }

    /// A piece of this file as it is shown: trimmed, and with Unix line ends.
    pub(crate) fn shown(&self, span: &Range<usize>) -> String {
        self.source.text[span.clone()]
            .replace("\r\n", "\n")
            .trim_matches('\n')
            .trim_end()
            .to_owned()
    }

    /// The lesson, or nothing where a section's role is unknown.
    pub(crate) fn to_lesson(&self) -> Option<Lesson> {
        let section = |spans: &SectionSpans| {
            Some(Section {
                role: spans.role?,
                heading: spans.heading.clone(),
                body: self.shown(&spans.body),
            })
        };
        Some(Lesson {
            slug: self.slug.clone(),
            title: self.title.clone(),
            reading: self.reading.clone(),
            opening: self.shown(&self.opening),
            sections: self.sections.iter().map(section).collect::<Option<_>>()?,
        })
    }
}

fn slug(file: &str) -> String {
    path::Path::new(file)
        .file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

/// The front matter between two lines of `+++`, and what follows.
fn front_matter(text: &str) -> Option<(Range<usize>, Range<usize>)> {
    let mut fences = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "+++" {
            fences.push(at..at + line.len());
        } else if fences.is_empty() && !line.trim().is_empty() {
            return None;
        }
        at += line.len();
        if let [first, second] = fences.as_slice() {
            return Some((first.end..second.start, second.end..text.len()));
        }
    }
    None
}

/// Finds the opening and the sections by the second-level headings that stand at the outermost level.
fn sections(
    source: &Arc<Source>,
    body: Range<usize>,
    findings: &mut Findings,
) -> (Range<usize>, Vec<SectionSpans>) {
    let mut found: Vec<SectionSpans> = Vec::new();
    let mut depth = 0;
    let parser = Parser::new_ext(&source.text[body.clone()], Options::ENABLE_HEADING_ATTRIBUTES);
    for (event, range) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::Heading {
                level: HeadingLevel::H2,
                id,
                ..
            }) if depth == 0 => {
                depth += 1;
                let line = range.start + body.start..range.end + body.start;
                if let Some(last) = found.last_mut() {
                    last.body.end = line.start;
                }
                let role = role(source, &line, id.as_deref(), findings);
                let written = source.text[line.clone()].trim().trim_start_matches('#').trim();
                let heading = written
                    .rsplit_once("{#")
                    .map_or(written, |(heading, _)| heading.trim());
                found.push(SectionSpans {
                    role,
                    heading: heading.to_owned(),
                    body: line.end..body.end,
                    heading_span: line.start..line.start + source.text[line].trim_end().len(),
                });
            }
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
    let opening_end = found
        .first()
        .map_or(body.end, |section| section.heading_span.start);
    (body.start..opening_end, found)
}

fn role(
    source: &Arc<Source>,
    line: &Range<usize>,
    id: Option<&str>,
    findings: &mut Findings,
) -> Option<Role> {
    let span = line.start..line.start + source.text[line.clone()].trim_end().len();
    let roles = Role::ALL.map(Role::as_str).join(", ");
    match id.map(|id| (id, Role::from_id(id))) {
        Some((_, Some(role))) => Some(role),
        Some((id, None)) => {
            findings.error_with_help(
                source,
                span,
                format!("no section has the role `{id}`"),
                format!("use one of {roles}"),
            );
            None
        }
        None => {
            let help = format!("end the heading with {{#role}}, the role one of {roles}");
            findings.error_with_help(source, span, "this section does not say what it is for", help);
            None
        }
    }
}
