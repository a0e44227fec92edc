//! What is wrong with a piece of content and where. How it is drawn on a terminal is the reader's affair.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The content cannot be used until this is mended.
    Error,
    /// Worth knowing; the content works as it is.
    Advice,
}

/// One file of content as it was read, kept so that a finding can show the line it speaks of.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it was read from, to be shown to the author.
    pub file: String,
    /// Its whole text.
    pub text: String,
}

/// One thing an author should know about a place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it must be mended.
    pub severity: Severity,
    /// The file it is about.
    pub source: Arc<Source>,
    /// The bytes of `source.text` it is about.
    pub span: Range<usize>,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do about it, where that is not plain from the message.
    pub help: Option<String>,
}

impl Finding {
    /// Whether it must be mended.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The line and the column (in characters) where it starts, both from 1.
    pub fn line_col(&self) -> (usize, usize) {
        let text = &self.source.text;
        let mut start = self.span.start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }
}

/// `file:line:col: error: message`, the one-line form that editors make clickable.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, col) = self.line_col();
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Advice => "advice",
        };
        write!(f, "{}:{line}:{col}: {word}: {}", self.source.file, self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

/// The one place that findings are gathered in while content is read and checked, so that an author sees all
/// of them at once.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    pub(crate) fn error(&mut self, source: &Arc<Source>, span: Range<usize>, message: impl Into<String>) {
        self.push(Severity::Error, source, span, message.into(), None);
    }

    pub(crate) fn error_with_help(
        &mut self,
        source: &Arc<Source>,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(Severity::Error, source, span, message.into(), Some(help.into()));
    }

    pub(crate) fn advice(
        &mut self,
        source: &Arc<Source>,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(Severity::Advice, source, span, message.into(), Some(help.into()));
    }

    /// What the TOML parser said about the part of the file that starts at byte `offset`.
    pub(crate) fn toml(&mut self, source: &Arc<Source>, error: &toml::de::Error, offset: usize) {
        let span = error.span().unwrap_or(0..0);
        self.error(source, span.start + offset..span.end + offset, error.message());
    }

    fn push(
        &mut self,
        severity: Severity,
        source: &Arc<Source>,
        span: Range<usize>,
        message: String,
        help: Option<String>,
    ) {
        self.0.push(Finding {
            severity,
            source: Arc::clone(source),
            span,
            message,
            help,
        });
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.0.iter().any(Finding::is_error)
    }

    /// In the order an author works through them: file by file, top to bottom.
    pub(crate) fn sorted(mut self) -> Vec<Finding> {
        self.0
            .sort_by(|a, b| (&a.source.file, a.span.start).cmp(&(&b.source.file, b.span.start)));
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_line_and_column_in_characters() {
        let source = Arc::new(Source {
            file: "a.md".into(),
            text: "one\nzwölf drei".into(),
        });
        let mut findings = Findings::default();
        findings.error_with_help(&source, 11..15, "odd", "mend it");
        findings.error(&source, 999..1000, "past the end");
        let findings = findings.sorted();
        assert_eq!(findings[0].to_string(), "a.md:2:7: error: odd (mend it)");
        assert_eq!(findings[1].line_col(), (2, 11));
    }
}
