//! An exercise's file read, with the place of everything that a finding may point at.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::finding::{Finding, Severity};
use super::{Exercise, File, Step};

/// An exercise and where its parts stand.
pub struct Read {
    pub exercise: Exercise,
    pub spans: Spans,
}

/// Bytes in the file.
pub struct Spans {
    pub module: Range<usize>,
    pub title: Range<usize>,
    pub story: Range<usize>,
    pub program: Range<usize>,
    pub beside: Vec<Range<usize>>,
    pub tidy: Vec<Range<usize>>,
    pub steps: Vec<StepSpans>,
}

/// The same for a step.
pub struct StepSpans {
    pub id: Range<usize>,
    pub task: Range<usize>,
    pub check: Range<usize>,
    pub not_yet: Range<usize>,
    pub hints: Vec<Range<usize>>,
    pub solution: Vec<Range<usize>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExerciseText {
    module: Spanned<String>,
    title: Spanned<String>,
    story: Spanned<String>,
    program: Spanned<String>,
    #[serde(default)]
    beside: Vec<Spanned<String>>,
    #[serde(default)]
    tidy: Vec<Spanned<String>>,
    #[serde(default)]
    step: Vec<StepText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepText {
    id: Spanned<String>,
    #[serde(rename = "do")]
    task: Spanned<String>,
    check: Spanned<String>,
    not_yet: Spanned<String>,
    hints: Vec<Spanned<String>>,
    solution: Vec<Spanned<String>>,
    cli: Vec<String>,
}

/// Reads a file; what can't be read is one finding and nothing else.
pub fn parse(file: &File) -> Result<Read, Finding> {
    toml::from_str::<ExerciseText>(&file.text)
        .map(read)
        .map_err(|error| Finding {
            severity: Severity::Error,
            file: file.name.clone(),
            span: error.span().unwrap_or(0..0),
            message: error.message().to_owned(),
            help: None,
        })
}

fn read(text: ExerciseText) -> Read {
    let (beside_spans, beside) = apart(text.beside);
    let (tidy_spans, tidy) = apart(text.tidy);
    let (step_spans, steps) = text.step.into_iter().map(step).unzip();
    let spans = Spans {
        module: text.module.span(),
        title: text.title.span(),
        story: text.story.span(),
        program: text.program.span(),
        beside: beside_spans,
        tidy: tidy_spans,
        steps: step_spans,
    };
    let exercise = Exercise {
        module: text.module.into_inner(),
        title: text.title.into_inner(),
        story: trimmed(text.story),
        steps,
        program: text.program.into_inner(),
        beside,
        tidy,
    };
    Read { exercise, spans }
}

fn step(text: StepText) -> (StepSpans, Step) {
    let (hint_spans, hints) = apart(text.hints);
    let (solution_spans, solution) = apart(text.solution);
    let spans = StepSpans {
        id: text.id.span(),
        task: text.task.span(),
        check: text.check.span(),
        not_yet: text.not_yet.span(),
        hints: hint_spans,
        solution: solution_spans,
    };
    let step = Step {
        id: text.id.into_inner(),
        task: trimmed(text.task),
        check: trimmed(text.check),
        not_yet: trimmed(text.not_yet),
        hints,
        solution,
        cli: text.cli,
    };
    (spans, step)
}

/// Texts are written over several lines, with an end that is not part of them.
fn trimmed(text: Spanned<String>) -> String {
    text.into_inner().trim().to_owned()
}

fn apart(texts: Vec<Spanned<String>>) -> (Vec<Range<usize>>, Vec<String>) {
    texts.into_iter().map(|text| (text.span(), trimmed(text))).unzip()
}
