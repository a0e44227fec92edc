//! What the linter and the parser say: one sentence about one place in one file.

use std::ops::Range;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The exercise would mislead or break: it must be fixed.
    Error,
    /// Worth the author's attention; nothing breaks.
    Advice,
}

/// One thing an author should know about one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The file, as it was named when read.
    pub file: String,
    /// Bytes in that file.
    pub span: Range<usize>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Finding {
    /// Whether this must be fixed.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
