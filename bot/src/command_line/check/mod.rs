//! `tributary check`: what an author should know before members do. Each content crate judges its own files; what they
//! say of each other, and of the bot's commands, is judged in [`together`]. Nothing is loaded or changed.

mod draw;
mod gather;
mod mentions;
mod together;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use gather::Content;
pub use gather::Unreadable;
use lessons::Finding;
use quizzes::Bank;

/// The flags of `tributary check`.
#[derive(clap::Args)]
pub struct Flags {
    /// Files and folders to check; everything that is built in, if left out.
    paths: Vec<PathBuf>,
}

/// Exit code where a path can't be read: it says nothing about the content.
const UNREADABLE: u8 = 2;

/// Shows every finding and a summary. Fails where there is an error among them.
pub fn check(flags: &Flags) -> anyhow::Result<ExitCode> {
    let content = if flags.paths.is_empty() {
        gather::embedded()
    } else {
        match gather::paths(&flags.paths) {
            Ok(content) => content,
            Err(error) => {
                eprintln!("tributary: {error}");
                return Ok(ExitCode::from(UNREADABLE));
            }
        }
    };
    let findings = findings(&content);
    match show(&content, &findings) {
        // Whoever read us has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    Ok(if findings.iter().any(Finding::is_error) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The questions in these folders, and all findings about everything in them.
pub fn judged(folders: &[PathBuf]) -> Result<(Bank, Vec<Finding>), Unreadable> {
    let content = gather::paths(folders)?;
    let findings = findings(&content);
    Ok((content.bank, findings))
}

/// The same for what is built in.
pub fn judged_built_in() -> (Bank, Vec<Finding>) {
    let content = gather::embedded();
    let findings = findings(&content);
    (content.bank, findings)
}

/// What is wrong with the content built in, errors alone: for `tributary doctor`.
pub fn errors_built_in() -> (String, Vec<Finding>) {
    let content = gather::embedded();
    let mut findings = findings(&content);
    let summary = summary(&content, &findings);
    findings.retain(Finding::is_error);
    (summary, findings)
}

/// All findings, file by file, top to bottom.
fn findings(content: &Content) -> Vec<Finding> {
    let mut findings = content.findings.clone();
    findings.extend(together::lint(content));
    findings.sort_by(|a, b| {
        (&a.source.file, a.span.start, a.severity).cmp(&(&b.source.file, b.span.start, b.severity))
    });
    findings
}

fn show(content: &Content, findings: &[Finding]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let pen =
        draw::Pen::new(out.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty()));
    for finding in findings {
        writeln!(out, "{}", pen.draw(finding))?;
    }
    writeln!(out, "{}", summary(content, findings))
}

/// What was checked and what came of it, in a line.
fn summary(content: &Content, findings: &[Finding]) -> String {
    let count = |number: usize, one: &str, many: &str| discord::text::count(number as i64, one, many);
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    let modules = together::modules(content);
    let mut parts = Vec::new();
    if content.of(gather::Kind::Track).next().is_some() {
        let drafts = modules.iter().filter(|module| module.is_draft()).count();
        parts.push(count(modules.len() - drafts, "lesson ready", "lessons ready"));
        parts.push(count(drafts, "draft", "drafts"));
    } else if content.of(gather::Kind::Lesson).next().is_some() {
        parts.push(count(
            content.of(gather::Kind::Lesson).count(),
            "lesson",
            "lessons",
        ));
    }
    if content.of(gather::Kind::Quiz).next().is_some() {
        parts.push(count(content.bank.entries().len(), "question", "questions"));
    }
    let exercises = content.of(gather::Kind::Exercise).count();
    if exercises > 0 {
        parts.push(count(exercises, "exercise", "exercises"));
    }
    parts.push(count(errors, "error", "errors"));
    parts.push(count(
        findings.len() - errors,
        "piece of advice",
        "pieces of advice",
    ));
    parts.join(", ")
}
