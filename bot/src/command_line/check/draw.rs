//! How a finding looks: `file:line:col: error: message`, the line itself with the place marked, and what to do.

use std::fmt;
use std::sync::Arc;

use lessons::{Finding, Severity, Source};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};

/// Draws findings, in colour or plain; the words are the same.
pub struct Pen(GraphicalReportHandler);

impl Pen {
    /// Colours are for terminals.
    pub fn new(colours: bool) -> Self {
        let theme = if colours {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::unicode_nocolor()
        };
        // Never wrapped: the first line must stay one that editors and grep can read.
        Self(
            GraphicalReportHandler::new_themed(theme)
                .with_context_lines(1)
                .with_wrap_lines(false)
                .with_links(false),
        )
    }

    /// A finding as text that ends with a line end.
    pub fn draw(&self, finding: &Finding) -> String {
        let picture = Picture::of(finding);
        let mut text = String::new();
        match self.0.render_report(&mut text, &picture) {
            Ok(()) => text,
            // A place that can't be drawn is still told.
            Err(_) => format!("{finding}\n"),
        }
    }
}

/// A finding as miette wants it.
#[derive(Debug)]
struct Picture<'a> {
    finding: &'a Finding,
    source: Lines,
    label: Option<LabeledSpan>,
}

impl<'a> Picture<'a> {
    fn of(finding: &'a Finding) -> Self {
        let source = &finding.source;
        Self {
            finding,
            source: Lines(Arc::clone(source)),
            label: first_line(finding)
                .map(|(start, length)| LabeledSpan::new_with_span(None, (start, length))),
        }
    }
}

/// A file of which miette is shown the line it asks about, whole, and none around it: its own choice is the bare span, or
/// neighbouring lines as well, and a line of a lesson is a paragraph.
#[derive(Debug)]
struct Lines(Arc<Source>);

impl SourceCode for Lines {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = &self.0.text;
        let wanted = if lines_before + lines_after == 0 {
            *span
        } else {
            let start = text[..span.offset()].rfind('\n').map_or(0, |at| at + 1);
            let end = span.offset() + span.len();
            let end = text[end..].find('\n').map_or(text.len(), |at| end + at);
            (start, end - start).into()
        };
        let read = text.as_str().read_span(&wanted, 0, 0)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.0.file.clone(),
            read.data(),
            *read.span(),
            read.line(),
            read.column(),
            read.line_count(),
        )))
    }
}

/// The finding's place cut to its first line: a question of twenty lines need not be shown whole. `None` in an empty file.
fn first_line(finding: &Finding) -> Option<(usize, usize)> {
    let text = &finding.source.text;
    if text.is_empty() {
        return None;
    }
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(finding.span.start);
    let end = boundary(finding.span.end).max(start);
    let line = text[start..end].lines().next().map_or(0, str::len);
    Some((start, line))
}

impl fmt::Display for Picture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, col) = self.finding.line_col();
        let word = match self.finding.severity {
            Severity::Error => "error",
            Severity::Advice => "advice",
        };
        write!(
            f,
            "{}:{line}:{col}: {word}: {}",
            self.finding.source.file, self.finding.message
        )
    }
}

impl std::error::Error for Picture<'_> {}

impl Diagnostic for Picture<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Advice => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.finding.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.label.as_ref()?;
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.label.iter().cloned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(text: &str, span: std::ops::Range<usize>) -> Finding {
        Finding {
            severity: Severity::Error,
            source: Arc::new(Source {
                file: "lessons/a.md".into(),
                text: text.into(),
            }),
            span,
            message: "odd ".repeat(60),
            help: Some("mend it".into()),
        }
    }

    #[test]
    fn place_message_line_and_help_are_all_there_and_never_wrapped() {
        let text = Pen::new(false).draw(&finding("one\nzwölf drei\nvier", 11..20));
        let first = text.lines().next().unwrap();
        assert!(
            first.contains(&format!("lessons/a.md:2:7: error: {}", "odd ".repeat(60).trim())),
            "{text}"
        );
        assert!(
            text.contains("2 │ zwölf drei\n") && text.contains("mend it"),
            "{text}"
        );
        assert!(
            !text.contains("vier") && !text.contains("one"),
            "only the first line is shown: {text}"
        );
        assert!(!text.contains('\u{1b}'), "plain means without colours: {text:?}");
    }

    #[test]
    fn places_outside_the_text_are_told_too() {
        for (text, span) in [("", 0..0), ("ä", 1..9), ("x", 7..8), ("a\n", 2..2)] {
            let drawn = Pen::new(false).draw(&finding(text, span));
            assert!(drawn.contains("lessons/a.md:"), "{text:?}: {drawn}");
        }
    }
}
