//! Hands-on exercises: a story, steps, and for each step a check that asks the sandbox, never the member.
//!
//! They are files, `exercises/*.toml` with their programs in `exercises/programs`, embedded in the binary. A check is a
//! query over the lab's tables ([`crate::lab`]); `exercises/README.md` tells authors the rest. Reading and linting are pure;
//! [`Step::check`] asks a tenant.
//!
//! What is not here: who has passed what, points, cards.

mod check;
mod finding;
mod lint;
mod parse;
mod tidy;

use std::path::Path;

use include_dir::{Dir, include_dir};

pub use check::{CheckError, Outcome};
pub use finding::{Finding, Severity};
pub use tidy::{Fate, Kind, Thing, TidyError};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/exercises");

/// A module's exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exercise {
    /// The module it belongs to, such as `M5`.
    pub module: String,
    /// Its title.
    pub title: String,
    /// Who, what happened, and what the member will do.
    pub story: String,
    /// Its steps, at least one, in order.
    pub steps: Vec<Step>,
    /// The program that does all of it: a file in `programs`.
    pub program: String,
    /// Further files to hand out with the program.
    pub beside: Vec<String>,
    /// Commands that remove what the exercise makes.
    pub tidy: Vec<String>,
}

/// One step of an exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Never changes: passed steps are stored under it.
    pub id: String,
    /// What to do.
    pub task: String,
    /// A query whose first row's first column says whether it is done.
    pub check: String,
    /// The sentence for when it is not; `{n}` is a further column of the first row.
    pub not_yet: String,
    /// From gentle to nearly there.
    pub hints: Vec<String>,
    /// Slash commands that do it.
    pub solution: Vec<String>,
    /// The same with the AWS CLI, in a POSIX shell.
    pub cli: Vec<String>,
}

impl Exercise {
    /// What it makes, as far as its file says how to remove it.
    pub fn makes(&self) -> Vec<Thing> {
        self.tidy.iter().map(|command| Thing::of(command)).collect()
    }
}

impl Step {
    /// Whether the check asks the saved views, which are to be brought up to date first.
    pub fn asks_views(&self) -> bool {
        self.check
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word.eq_ignore_ascii_case("views"))
    }
}

/// All exercises of one place, and what is wrong with their files.
#[derive(Debug, Default)]
pub struct Exercises {
    all: Vec<Exercise>,
    findings: Vec<Finding>,
}

/// A file that exercises are made of, by its path within the folder `exercises`.
#[derive(Debug, Clone)]
pub struct File {
    /// Such as `m05.toml` or `programs/m05_message_broker.py`.
    pub name: String,
    /// What it says.
    pub text: String,
}

impl Exercises {
    /// Those inside the binary.
    pub fn embedded() -> Self {
        Self::of_files(&embedded_files())
    }

    /// Those in these files, as far as they can be read.
    pub fn of_files(files: &[File]) -> Self {
        let read = files
            .iter()
            .filter(|file| is_exercise(&file.name))
            .map(parse::parse);
        let mut exercises = Self::default();
        for file in read {
            match file {
                Ok(read) => exercises.all.push(read.exercise),
                Err(finding) => exercises.findings.push(finding),
            }
        }
        exercises
    }

    /// In the order of their files.
    pub fn all(&self) -> &[Exercise] {
        &self.all
    }

    /// A module's exercise.
    pub fn of_module(&self, module: &str) -> Option<&Exercise> {
        self.all
            .iter()
            .find(|exercise| exercise.module.eq_ignore_ascii_case(module))
    }

    /// The files that can't be read, and why.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// All that is wrong with these files. Blocking: each check is tried on an empty sandbox.
pub fn lint(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut before: Vec<Exercise> = Vec::new();
    for file in files.iter().filter(|file| is_exercise(&file.name)) {
        match parse::parse(file) {
            Ok(read) => {
                findings.extend(lint::exercise(file, &read, files, &before));
                before.push(read.exercise);
            }
            Err(finding) => findings.push(finding),
        }
    }
    findings
}

/// The files inside the binary, in order of their names.
pub fn embedded_files() -> Vec<File> {
    let mut files = Vec::new();
    let programs = EMBEDDED.get_dir("programs");
    let all = EMBEDDED.files().chain(programs.into_iter().flat_map(Dir::files));
    for file in all {
        if let Some(text) = file.contents_utf8() {
            files.push(File {
                name: file.path().display().to_string(),
                text: text.to_owned(),
            });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// A program inside the binary, by its file's name.
pub fn program(name: &str) -> Option<&'static str> {
    EMBEDDED
        .get_file(Path::new("programs").join(name))
        .and_then(include_dir::File::contents_utf8)
}

fn is_exercise(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "toml")
}

/// The name of a file's program folder entry.
fn program_file(name: &str) -> String {
    format!("programs/{name}")
}
