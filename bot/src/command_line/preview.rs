//! `tributary preview`: a module as members see it, in the terminal: the post, the lesson page by page, the questions with
//! their keys. For authors; nothing is posted or recorded.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;

use lessons::{Library, Module, Track};
use quizzes::attempt::QuizKind;
use quizzes::{Bank, Kind, MatchRule, Question};

use super::nearest;
use crate::lesson::cards;

/// The flags of `tributary preview`.
#[derive(clap::Args)]
pub struct Flags {
    /// The module, such as M1, or its lesson, such as what-are-streams.
    module: String,
    /// The track to look in; all of them, if left out.
    #[arg(long)]
    track: Option<String>,
}

/// Why there is nothing to show. Each says what there is.
#[derive(Debug, thiserror::Error)]
enum NotFound {
    #[error("there is no track `{wanted}`; {instead}")]
    Track { wanted: String, instead: String },
    #[error("there is no module `{wanted}`; {instead}")]
    Module { wanted: String, instead: String },
}

/// The nearest name, else all there are.
fn instead(wanted: &str, names: &[&str], all: &[&str]) -> String {
    match nearest(wanted, names.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("there are {}", discord::text::listed(all)),
    }
}

/// Prints the module.
pub fn preview(flags: &Flags) -> anyhow::Result<ExitCode> {
    let library = Library::embedded()?;
    let (track, module) = find(&library, flags)?;
    let text = page(&library, &Bank::embedded(), track, module);
    match io::stdout().write_all(text.as_bytes()) {
        // Whoever read us has seen enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn find<'a>(library: &'a Library, flags: &Flags) -> Result<(&'a Track, &'a Module), NotFound> {
    let tracks: Vec<&Track> = match &flags.track {
        None => library.tracks().iter().collect(),
        Some(id) => vec![library.track(id).ok_or_else(|| {
            let ids: Vec<&str> = library.tracks().iter().map(|track| track.id.as_str()).collect();
            NotFound::Track {
                wanted: id.clone(),
                instead: instead(id, &ids, &ids),
            }
        })?],
    };
    let modules: Vec<(&Track, &Module)> = tracks
        .into_iter()
        .flat_map(|track| track.modules.iter().map(move |module| (track, module)))
        .collect();
    let wanted = flags.module.trim();
    let found = modules
        .iter()
        .find(|(_, module)| names(module).any(|name| name.eq_ignore_ascii_case(wanted)));
    found.copied().ok_or_else(|| {
        let ids: Vec<&str> = modules.iter().map(|(_, module)| module.id.as_str()).collect();
        let names: Vec<&str> = modules.iter().flat_map(|(_, module)| names(module)).collect();
        NotFound::Module {
            wanted: wanted.to_owned(),
            instead: instead(wanted, &names, &ids),
        }
    })
}

/// What a module may be called on the command line.
fn names(module: &Module) -> impl Iterator<Item = &str> {
    [module.id.as_str(), &module.title]
        .into_iter()
        .chain(module.lesson_slug())
}

/// Writing to a `String` can't fail, so what `writeln!` answers is let go below.
fn page(library: &Library, bank: &Bank, track: &Track, module: &Module) -> String {
    let mut text = String::new();
    let needs: Vec<&str> = module.needs.iter().map(lessons::ModuleId::as_str).collect();
    let needs = if needs.is_empty() {
        "needs nothing".to_owned()
    } else {
        format!("quiz opens after {}", discord::text::listed(&needs))
    };
    let _ = writeln!(
        text,
        "{} · {}\n{} (`{}`) · about {} minutes · {needs}\n",
        module.id, module.title, track.title, track.id, module.minutes
    );
    match library.lesson_of(module) {
        Some(lesson) => {
            heading(&mut text, "The post");
            let _ = writeln!(text, "{}\n\n[Start] [Quiz] [Done]\n", lesson.opening);
            let pages = lesson.pages(cards::PAGE);
            for (index, page) in pages.iter().enumerate() {
                heading(&mut text, &format!("Page {} of {}", index + 1, pages.len()));
                let _ = writeln!(text, "{}\n", cards::page_body(page));
            }
            let reading = &lesson.reading;
            let _ = writeln!(
                text,
                "Reading: {}, chapter {}, “{}”\n",
                reading.book, reading.chapter, reading.section
            );
        }
        None => draft(&mut text, module),
    }
    quiz(&mut text, &bank.pool(module.id.as_str()));
    text
}

fn heading(text: &mut String, title: &str) {
    const WIDTH: usize = 72;
    let rule = "─".repeat(WIDTH.saturating_sub(title.chars().count() + 4));
    let _ = writeln!(text, "── {title} {rule}\n");
}

fn draft(text: &mut String, module: &Module) {
    let _ = writeln!(
        text,
        "This module is a draft: its lesson is not written yet, so members never get it. What is planned:\n"
    );
    for goal in &module.goals {
        let _ = writeln!(text, "- {goal}");
    }
    let _ = writeln!(
        text,
        "\nConcepts: {}\nDiscussion: {}\nHands on: {}\n",
        module.concepts.join(", "),
        module.discussion,
        module.hands_on
    );
}

fn quiz(text: &mut String, pool: &[&Question]) {
    if pool.is_empty() {
        let _ = writeln!(text, "It has no questions yet.");
        return;
    }
    let title = format!(
        "Quiz · {}, an attempt draws {}",
        discord::text::count(pool.len() as i64, "question", "questions"),
        QuizKind::Module.questions()
    );
    heading(text, &title);
    for (index, asked) in pool.iter().enumerate() {
        let _ = writeln!(text, "{}. {} ({})", index + 1, asked.id, how(&asked.kind));
        question(text, asked);
    }
}

fn how(kind: &Kind) -> &'static str {
    match kind {
        Kind::Choice(choice) if choice.many => "pick every right one",
        Kind::Choice(_) => "pick one",
        Kind::Short(_) => "type a few words",
        Kind::Explain(_) => "explain in your own words",
        Kind::Trace(_) => "read a program",
    }
}

fn question(text: &mut String, asked: &Question) {
    for part in asked.preamble.iter().chain([&asked.prompt]) {
        indented(text, "   ", part);
    }
    key_of(text, asked);
}

/// What is right, why the rest is wrong, and the hints: for the page's authors' panel.
pub fn key(asked: &Question) -> String {
    let mut text = String::new();
    key_of(&mut text, asked);
    text
}

fn key_of(text: &mut String, asked: &Question) {
    answers(text, &asked.kind);
    for (index, hint) in asked.hints.iter().enumerate() {
        indented(text, &format!("   hint {}: ", index + 1), hint);
    }
    if let Some(context) = &asked.context {
        indented(text, "   afterwards: ", context);
    }
    let _ = writeln!(text, "   tests: {}\n", asked.concepts.join(", "));
}

fn answers(text: &mut String, kind: &Kind) {
    match kind {
        Kind::Choice(choice) => {
            for option in &choice.options {
                indented(text, if option.correct { "   ✓ " } else { "   ✗ " }, &option.text);
                if let Some(why) = &option.why {
                    indented(text, "       because ", why);
                }
            }
        }
        Kind::Short(short) => {
            for form in &short.accepted {
                indented(text, "   ✓ ", form);
            }
            if short.rule == MatchRule::Exact {
                indented(text, "   ", "(letter for letter)");
            }
        }
        Kind::Explain(explain) => {
            for idea in &explain.ideas {
                let weight = if idea.required { "required" } else { "bonus" };
                indented(text, &format!("   idea ({weight}): "), &idea.say);
                if let Some(ask) = &idea.ask {
                    indented(text, "       if missing: ", ask);
                }
            }
            for misconception in &explain.misconceptions {
                indented(text, "   to a misconception: ", &misconception.feedback);
            }
            for reference in &explain.references {
                indented(text, "   ✓ ", reference);
            }
        }
        Kind::Trace(trace) => {
            indented(text, "   │ ", &trace.program);
            let key = match (&trace.stdout, trace.line) {
                (Some(stdout), _) => format!("it prints {stdout}"),
                (None, Some(line)) => format!("it does not compile, because of line {line}"),
                (None, None) => "it does not compile".to_owned(),
            };
            indented(text, "   ✓ ", &key);
        }
    }
}

/// Several lines under one mark: a bar goes on, a word is followed by white space.
fn indented(text: &mut String, mark: &str, lines: &str) {
    let bar = mark.contains('│');
    let blank = " ".repeat(mark.chars().count());
    for (index, line) in lines.trim_end().lines().enumerate() {
        let mark = if index == 0 || bar { mark } else { &blank };
        let _ = writeln!(text, "{mark}{line}");
    }
}
