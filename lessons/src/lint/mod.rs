//! The linter: what an author should know before members do. Each rule adds its words to the findings.
//! A file is checked on its own first, then what files say of each other.

mod glossary;
mod lesson;
mod refs;
#[cfg(test)]
mod tests;
mod track;

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;

use crate::finding::{Findings, Source};
use crate::library::Files;

pub(crate) use glossary::glossary;
pub(crate) use lesson::lesson;
pub(crate) use track::track;

/// Checks every file on its own, and then together.
pub(crate) fn all(files: &Files, findings: &mut Findings) {
    for (source, file) in &files.tracks {
        track(source, file, findings);
    }
    for file in &files.lessons {
        lesson(file, findings);
    }
    if let Some((source, file)) = &files.glossary {
        glossary(source, file, findings);
    }
    refs::refs(files, findings);
}

/// The longest id: ids travel in a button's custom id, which holds 100 characters in all.
const LONGEST_ID: usize = 32;
/// The longest title: titles become a thread's name (100 characters, with the module's id before it).
const LONGEST_TITLE: usize = 80;

fn id(source: &Arc<Source>, id: &Spanned<String>, findings: &mut Findings) {
    let text = id.get_ref();
    let plain = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    if text.is_empty() || !plain || text.len() > LONGEST_ID {
        let help = format!("use letters, digits, `.` and `-`, {LONGEST_ID} at most");
        findings.error_with_help(source, id.span(), format!("`{text}` cannot be an id"), help);
    }
}

fn title(source: &Arc<Source>, title: &str, span: Range<usize>, findings: &mut Findings) {
    let length = title.chars().count();
    if title.trim().is_empty() {
        findings.error(source, span, "the title is empty");
    } else if length > LONGEST_TITLE {
        findings.error(
            source,
            span,
            format!("the title has {length} characters; {LONGEST_TITLE} fit the name of a Discord thread"),
        );
    }
}

/// Says of every word but the first of its kind that it stands there twice. Case does not tell words apart.
fn twice<'a>(
    source: &Arc<Source>,
    kind: &str,
    words: impl IntoIterator<Item = &'a Spanned<String>>,
    findings: &mut Findings,
) {
    let mut seen: Vec<String> = Vec::new();
    for word in words {
        let key = word.get_ref().trim().to_lowercase();
        if seen.contains(&key) {
            findings.error(
                source,
                word.span(),
                format!("{kind} `{}` stands here twice", word.get_ref()),
            );
        } else {
            seen.push(key);
        }
    }
}
