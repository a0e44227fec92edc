//! What the playground's page shows to authors: every module as members will see it, the questions with their keys, and what
//! the linter says. Where the program runs inside a working tree, its files are read anew at each look, so that the page
//! follows what an author saves; else it is the content built in.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Path as Named, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use discord::Card;
use lessons::{Finding, Library, Module, Status};
use quizzes::{Bank, Question};
use sandbox::exercises::Exercises;
use serde_json::{Value, json};

use super::super::{check, preview};
use crate::lesson::cards;
use crate::quiz;

/// Whoever looks at a preview: nobody in particular.
const READER: u64 = 1;

/// Where lessons and questions are read from.
#[derive(Debug, Clone)]
pub enum Content {
    /// A working tree.
    Tree(PathBuf),
    /// The program itself.
    BuiltIn,
}

impl Content {
    /// The working tree that the program was started in, if it was.
    pub fn here() -> Self {
        match std::env::current_dir() {
            Ok(folder) if lessons_in(&folder).join("library").is_dir() && bank_in(&folder).is_dir() => {
                Self::Tree(folder)
            }
            _ => Self::BuiltIn,
        }
    }

    /// Tells one state of the files from another.
    fn version(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        if let Self::Tree(folder) = self {
            for dir in [lessons_in(folder), bank_in(folder)] {
                stamp(&dir, &mut hasher);
            }
        }
        hasher.finish()
    }

    fn library(&self) -> Result<Library, lessons::LoadError> {
        match self {
            Self::Tree(folder) => Library::load(&lessons_in(folder)),
            Self::BuiltIn => Library::embedded(),
        }
    }

    /// All questions, and everything that the linter says of lessons and questions.
    fn judged(&self) -> Result<(Bank, Vec<Finding>), check::Unreadable> {
        match self {
            Self::Tree(folder) => check::judged(&[lessons_in(folder), bank_in(folder)]),
            Self::BuiltIn => Ok(check::judged_built_in()),
        }
    }
}

fn lessons_in(folder: &Path) -> PathBuf {
    folder.join("lessons")
}

fn bank_in(folder: &Path) -> PathBuf {
    folder.join("quizzes").join("bank")
}

/// Names and times of change of all content files below a folder. What can't be read is left out; reading it will say so.
fn stamp(dir: &Path, hasher: &mut DefaultHasher) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.ends_with("src") {
            stamp(&path, hasher);
        } else if path.extension().is_some_and(|end| end == "md" || end == "toml") {
            let changed = path.metadata().and_then(|file| file.modified());
            (path, changed.unwrap_or(SystemTime::UNIX_EPOCH)).hash(hasher);
        }
    }
}

/// The authors' routes.
pub fn routes(content: Content) -> Router {
    Router::new()
        .route("/authors/version", get(version))
        .route("/authors/modules", get(modules))
        .route("/authors/module/{id}", get(module))
        .with_state(Arc::new(content))
}

async fn version(State(content): State<Arc<Content>>) -> Json<Value> {
    Json(json!({ "version": content.version().to_string() }))
}

/// The list: what there is to look at, and all that the linter says.
async fn modules(State(content): State<Arc<Content>>) -> Response {
    let looked = tokio::task::spawn_blocking(move || list(&content)).await;
    looked.map_or_else(
        |_| StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        |list| Json(list).into_response(),
    )
}

fn list(content: &Content) -> Value {
    let folder = match content {
        Content::Tree(folder) => Some(folder),
        Content::BuiltIn => None,
    };
    let found = content.judged();
    let (findings, trouble) = match &found {
        Ok((_, findings)) => (findings.iter().map(|f| shown_finding(f, folder)).collect(), None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    // A library with errors can't be built; its findings say why.
    let library = content.library().ok();
    let modules: Vec<Value> = library
        .iter()
        .flat_map(Library::tracks)
        .flat_map(|track| track.modules.iter().map(move |module| (track, module)))
        .map(|(track, module)| {
            json!({ "id": module.id.as_str(), "title": module.title, "draft": module.status == Status::Draft, "track": track.title })
        })
        .collect();
    json!({
        "live": folder.is_some(), "version": content.version().to_string(), "modules": modules, "findings": findings,
        "trouble": trouble, "readable": library.is_some(),
    })
}

fn shown_finding(finding: &Finding, folder: Option<&PathBuf>) -> Value {
    let (line, column) = finding.line_col();
    let file = Path::new(&finding.source.file);
    let file = folder
        .and_then(|folder| file.strip_prefix(folder).ok())
        .unwrap_or(file);
    json!({
        "error": finding.is_error(), "file": file.display().to_string(), "line": line, "column": column,
        "message": finding.message, "help": finding.help,
        "text": finding.source.text.lines().nth(line.saturating_sub(1)).unwrap_or_default(),
    })
}

/// One module: the post, its pages and its questions, as messages.
async fn module(State(content): State<Arc<Content>>, Named(id): Named<String>) -> Response {
    let looked = tokio::task::spawn_blocking(move || look(&content, &id)).await;
    match looked {
        Ok(Some(module)) => Json(module).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn look(content: &Content, id: &str) -> Option<Value> {
    let library = content.library().ok()?;
    let module = library
        .tracks()
        .iter()
        .flat_map(|track| &track.modules)
        .find(|module| module.id.as_str() == id)?;
    let mut messages = Vec::new();
    let exercises = Exercises::embedded();
    let marks = cards::Marks {
        exercise: exercises.of_module(id).is_some(),
        ..cards::Marks::default()
    };
    if let Some(lesson) = library.lesson_of(module) {
        messages.push(shown(
            "The post",
            &cards::post_of(&[(module, lesson)], &exercises, None, "preview"),
        ));
        let pages = lesson.pages(cards::PAGE);
        for at in 0..pages.len() {
            if let Some(card) = cards::page_of(READER, module, &pages, at, marks) {
                messages.push(shown(&format!("Page {}", at + 1), &card));
            }
        }
    }
    let bank = content.judged().map(|(bank, _)| bank).unwrap_or_default();
    let questions: Vec<Value> = bank
        .pool(module.id.as_str())
        .into_iter()
        .map(|question| asked(module, question))
        .collect();
    Some(json!({
        "id": module.id.as_str(), "title": module.title, "draft": module.status == Status::Draft, "goals": module.goals,
        "minutes": module.minutes, "lesson": messages, "questions": questions,
    }))
}

fn shown(label: &str, card: &Card) -> Value {
    json!({ "label": label, "message": card.payload() })
}

/// A question as it is asked, with its key beside it.
fn asked(module: &Module, question: &Question) -> Value {
    let mut asked = shown(
        question.id.as_str(),
        &quiz::first_look(READER, &module.id, question),
    );
    asked["key"] = json!(preview::key(question));
    asked
}
