//! What makes an exercise wrong, or not as good as it could be. Each check is executed here on an empty sandbox: it must be
//! a query, give the figures that its sentence names, and not hold.

use std::ops::Range;

use super::check::{Outcome, placeholders};
use super::finding::{Finding, Severity};
use super::parse::{Read, StepSpans};
use super::{Exercise, File, Step, program_file};
use crate::lab::{Answer, QueryError, on_nothing};

/// The longest title, in characters: it goes into a card's.
const LONGEST_TITLE: usize = 80;
/// The longest story, task, sentence or hint, in characters.
const LONGEST_TEXT: usize = 900;
/// The fewest hints: a gentle one, a clearer one, one that is nearly there.
const FEWEST_HINTS: usize = 3;
/// The most steps that one card can show.
const MOST_STEPS: usize = 8;

/// All that is wrong with an exercise; `others` are those read before it.
pub fn exercise(file: &File, read: &Read, files: &[File], others: &[Exercise]) -> Vec<Finding> {
    let mut lint = Lint {
        file: &file.name,
        findings: Vec::new(),
    };
    lint.head(read, others);
    lint.programs(read, files);
    let ids: Vec<&str> = read.exercise.steps.iter().map(|step| step.id.as_str()).collect();
    for (at, (step, spans)) in read.exercise.steps.iter().zip(&read.spans.steps).enumerate() {
        if ids[..at].contains(&step.id.as_str()) {
            lint.error(
                &spans.id,
                format!("there are two steps `{}`", step.id),
                "each step has an id of its own",
            );
        }
        lint.step(step, spans);
    }
    lint.findings
}

struct Lint<'a> {
    file: &'a str,
    findings: Vec<Finding>,
}

impl Lint<'_> {
    fn say(&mut self, severity: Severity, span: &Range<usize>, message: String, help: &str) {
        self.findings.push(Finding {
            severity,
            file: self.file.to_owned(),
            span: span.clone(),
            message,
            help: Some(help.to_owned()),
        });
    }

    fn error(&mut self, span: &Range<usize>, message: impl Into<String>, help: &str) {
        self.say(Severity::Error, span, message.into(), help);
    }

    fn text(&mut self, span: &Range<usize>, what: &str, text: &str, longest: usize) {
        let length = text.chars().count();
        if text.trim().is_empty() {
            self.error(span, format!("the {what} is empty"), "write it");
        } else if length > longest {
            let message = format!("the {what} has {length} characters, and a card shows {longest}");
            self.error(span, message, "say it in fewer words");
        }
    }

    fn head(&mut self, read: &Read, others: &[Exercise]) {
        let (exercise, spans) = (&read.exercise, &read.spans);
        if others.iter().any(|other| other.module == exercise.module) {
            let message = format!("{} has an exercise already", exercise.module);
            self.error(&spans.module, message, "one exercise a module");
        }
        self.text(&spans.module, "module", &exercise.module, 10);
        self.text(&spans.title, "title", &exercise.title, LONGEST_TITLE);
        self.text(&spans.story, "story", &exercise.story, LONGEST_TEXT);
        if exercise.steps.is_empty() || exercise.steps.len() > MOST_STEPS {
            let message = format!(
                "an exercise has 1 to {MOST_STEPS} steps, this one has {}",
                exercise.steps.len()
            );
            self.error(&spans.title, message, "a step is a [[step]]");
        }
        if exercise.tidy.is_empty() {
            self.say(
                Severity::Advice,
                &spans.title,
                "nothing says how to remove what the exercise makes".to_owned(),
                "tidy = [\"/stream delete name:orders\"]",
            );
        }
        for (command, span) in exercise.tidy.iter().zip(&spans.tidy) {
            self.command(span, command);
        }
    }

    fn command(&mut self, span: &Range<usize>, command: &str) {
        if !command.starts_with('/') {
            self.error(
                span,
                "this is no command",
                "a command begins with a slash: /stream list",
            );
        }
    }

    fn programs(&mut self, read: &Read, files: &[File]) {
        let named = std::iter::once((&read.exercise.program, &read.spans.program))
            .chain(read.exercise.beside.iter().zip(&read.spans.beside));
        for (name, span) in named {
            let path = program_file(name);
            if !files.iter().any(|file| file.name.ends_with(&path)) {
                self.error(
                    span,
                    format!("there is no {path}"),
                    "a program lies in the folder programs, beside the exercises",
                );
            }
        }
    }

    fn step(&mut self, step: &Step, spans: &StepSpans) {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if step.id.is_empty() || step.id.len() > 30 || !step.id.chars().all(is_plain) {
            let help = "1 to 30 lower-case letters, digits, - and _";
            self.error(&spans.id, "this is no step's id", help);
        }
        self.text(&spans.task, "task", &step.task, LONGEST_TEXT);
        self.text(&spans.not_yet, "sentence", &step.not_yet, LONGEST_TEXT);
        for (hint, span) in step.hints.iter().zip(&spans.hints) {
            self.text(span, "hint", hint, LONGEST_TEXT);
        }
        if step.hints.len() < FEWEST_HINTS {
            let message = format!(
                "a step has {FEWEST_HINTS} hints or more, this one has {}",
                step.hints.len()
            );
            self.error(&spans.id, message, "from gentle to nearly there");
        }
        if step.solution.is_empty() {
            self.error(&spans.id, "the step has no solution in commands", "CI runs it");
        }
        for (command, span) in step.solution.iter().zip(&spans.solution) {
            self.command(span, command);
        }
        if step.cli.is_empty() {
            self.error(
                &spans.id,
                "the step has no form for the AWS CLI",
                "cli = ['aws …']",
            );
        }
        match on_nothing(&step.check) {
            Ok(answer) => self.check(step, spans, &answer),
            Err(error) => self.error(
                &spans.check,
                in_words(&error),
                "the tables are in docs/lab-tables.md",
            ),
        }
    }

    /// A check that was answered: `answer` is an empty sandbox's.
    fn check(&mut self, step: &Step, spans: &StepSpans, answer: &Answer) {
        if answer.rows.is_empty() {
            let help = "use count(*), and coalesce around max and sum: the figures in the sentence come from its row";
            self.error(&spans.check, "on an empty sandbox the check gives no row", help);
        }
        if step.outcome(answer) == Outcome::Done {
            self.error(
                &spans.check,
                "the check holds on an empty sandbox",
                "it must fail until the step is done",
            );
        }
        for name in placeholders(&step.not_yet) {
            if answer.first(name).is_none() && !answer.rows.is_empty() {
                let message = format!("the check has no column `{name}`");
                self.error(
                    &spans.not_yet,
                    message,
                    "each {name} in the sentence is a column of the check",
                );
            }
        }
    }
}

/// Why a check is no query, for its author.
fn in_words(error: &QueryError) -> String {
    format!("the check can't be asked: {error}")
}
