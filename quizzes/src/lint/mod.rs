//! What an author should hear before a member meets the question: ids, limits, keys that our own
//! grader would not follow. In a foreign (mdbook-quiz) file only what makes a question wrong is an
//! error; the manners of our house are advice there.

mod keys;
mod options;

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use crate::bank::{Bank, Entry};
use crate::finding::{Finding, Severity};
use crate::parse::Spans;
use crate::question::{Kind, Question, Trace};

/// The fewest questions a module's pool may hold: what one attempt draws.
pub const POOL_MIN: usize = 3;
/// What fits the text of a Discord embed.
pub const PROMPT_MAX: usize = 4_096;
/// What fits a field of one: a hint, a reason, the context.
pub const NOTE_MAX: usize = 1_024;
/// What leaves room for the rest in a button's custom id.
pub const ID_MAX: usize = 64;

/// Everything wrong in a bank, reading errors included, by file and place.
pub fn lint(bank: &Bank) -> Vec<Finding> {
    let mut findings = bank.findings().to_vec();
    for entry in bank.entries() {
        let mut desk = Desk {
            file: &entry.file,
            ours: entry.module.is_some(),
            findings: &mut findings,
        };
        desk.question(&entry.question, &entry.spans);
    }
    duplicate_ids(bank, &mut findings);
    small_pools(bank, &mut findings);
    findings.sort_by(|a, b| (&a.file, a.span.start, a.severity).cmp(&(&b.file, b.span.start, b.severity)));
    findings
}

fn duplicate_ids(bank: &Bank, findings: &mut Vec<Finding>) {
    let mut first: HashMap<&str, &Entry> = HashMap::new();
    for entry in bank.entries() {
        let id = entry.question.id.as_str();
        let Some(other) = first.get(id) else {
            first.insert(id, entry);
            continue;
        };
        let (message, help) = if entry.spans.has_id {
            (
                format!("The id `{id}` is taken."),
                "Ids are unique over all files: give this question another.",
            )
        } else {
            (
                "This question is asked twice, word for word.".to_owned(),
                "Remove one, or give each an `id`.",
            )
        };
        findings.push(Finding {
            severity: Severity::Error,
            file: entry.file.clone(),
            span: entry.spans.id.clone(),
            message,
            help: Some(format!("The other is in {}. {help}", other.file.display())),
        });
    }
}

fn small_pools(bank: &Bank, findings: &mut Vec<Finding>) {
    for pool in bank.pools() {
        let count = pool.questions.len();
        let Some(entry) = bank
            .entries()
            .iter()
            .find(|e| e.module.as_deref() == Some(pool.module))
        else {
            continue;
        };
        if count < POOL_MIN {
            findings.push(Finding {
                severity: Severity::Error,
                file: entry.file.clone(),
                span: entry.spans.id.clone(),
                message: format!(
                    "The pool of {} has {count} of at least {POOL_MIN} questions.",
                    pool.module
                ),
                help: Some("An attempt draws three; more make retakes different.".into()),
            });
        }
    }
}

/// Where findings about one file are written.
struct Desk<'a> {
    file: &'a Path,
    ours: bool,
    findings: &'a mut Vec<Finding>,
}

impl Desk<'_> {
    fn say(&mut self, severity: Severity, span: &Range<usize>, message: impl Into<String>, help: &str) {
        self.findings.push(Finding {
            severity,
            file: self.file.to_owned(),
            span: span.clone(),
            message: message.into(),
            help: (!help.is_empty()).then(|| help.to_owned()),
        });
    }

    fn error(&mut self, span: &Range<usize>, message: impl Into<String>, help: &str) {
        self.say(Severity::Error, span, message, help);
    }

    fn advice(&mut self, span: &Range<usize>, message: impl Into<String>, help: &str) {
        self.say(Severity::Advice, span, message, help);
    }

    /// An error in our files, advice in foreign ones.
    fn house_rule(&mut self, span: &Range<usize>, message: impl Into<String>, help: &str) {
        let severity = if self.ours {
            Severity::Error
        } else {
            Severity::Advice
        };
        self.say(severity, span, message, help);
    }

    fn question(&mut self, question: &Question, spans: &Spans) {
        self.manners(question, spans);
        self.lengths(question, spans);
        match &question.kind {
            Kind::Choice(choice) => self.choice(choice, spans),
            Kind::Short(short) => self.short(&question.prompt, short, spans),
            Kind::Explain(explain) => self.explain(&question.prompt, explain, spans),
            Kind::Trace(trace) => self.trace(trace, spans),
        }
    }

    fn manners(&mut self, question: &Question, spans: &Spans) {
        let id = question.id.as_str();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if id.is_empty() || id.len() > ID_MAX || !id.chars().all(plain) {
            self.house_rule(
                &spans.id,
                format!("`{id}` is no good id."),
                "Use up to 64 letters, digits, `-`, `_` and `.`: it travels in a button.",
            );
        }
        if question.prompt.is_empty() {
            self.error(&spans.prompt, "This question asks nothing.", "");
        }
        if question.concepts.is_empty() {
            self.house_rule(
                &spans.id,
                "No concepts are named.",
                "They are what a member is told to review after a wrong answer.",
            );
        }
        if question.hints.iter().all(String::is_empty) {
            self.house_rule(
                &spans.id,
                "There are no hints.",
                "Write one or two, from gentle to nearly there.",
            );
        }
    }

    fn lengths(&mut self, question: &Question, spans: &Spans) {
        let options: usize = match &question.kind {
            // A letter, white space and a line end come with each.
            Kind::Choice(choice) => choice.options.iter().map(|o| o.text.chars().count() + 8).sum(),
            Kind::Trace(trace) => trace.program.chars().count() + 16,
            _ => 0,
        };
        let asked = question.prompt.chars().count()
            + question.preamble.as_ref().map_or(0, |p| p.chars().count())
            + options;
        if asked > PROMPT_MAX {
            self.error(
                &spans.prompt,
                format!(
                    "This question is {asked} characters long with its options; Discord shows {PROMPT_MAX}."
                ),
                "Shorten the prompt, or split the question.",
            );
        }
        let notes = question.hints.iter().chain(&question.context);
        for note in notes.filter(|note| note.chars().count() > NOTE_MAX) {
            self.house_rule(
                &spans.whole,
                format!(
                    "A hint or the context is {} characters long; {NOTE_MAX} fit.",
                    note.chars().count()
                ),
                "Say it in fewer words, and point at the lesson for the rest.",
            );
        }
    }

    fn trace(&mut self, trace: &Trace, spans: &Spans) {
        if trace.program.trim().is_empty() {
            self.error(&spans.prompt, "There is no program to trace.", "");
        }
        match (trace.compiles, &trace.stdout, trace.line) {
            (true, None, _) => self.error(
                &spans.answer,
                "The program compiles, but the key does not say what it prints.",
                "Add `answer.stdout`.",
            ),
            (false, Some(_), _) => self.error(
                &spans.answer,
                "The program does not compile, so it prints nothing.",
                "Remove `answer.stdout`, or set `doesCompile = true`.",
            ),
            (false, None, None) => self.advice(
                &spans.answer,
                "The key does not say which line is to blame.",
                "Add `answer.lineNumber`.",
            ),
            (_, _, Some(line)) if line == 0 || line as usize > trace.program.lines().count() => {
                self.error(
                    &spans.answer,
                    format!("The program has no line {line}."),
                    "Lines are counted from 1.",
                );
            }
            _ => {}
        }
    }
}
