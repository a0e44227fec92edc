//! What is to be checked: the content built in, or files and folders, each with its kind; and what the content crates
//! say of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use lessons::{Finding, Library, LoadError, Severity, Source};
use quizzes::Bank;
use sandbox::exercises;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A lesson's text.
    Lesson,
    /// A track.
    Track,
    /// The glossary.
    Glossary,
    /// Questions, ours or mdbook-quiz's.
    Quiz,
    /// A hands-on exercise.
    Exercise,
}

/// All that was read, and what each content crate says of its own.
#[derive(Default)]
pub struct Content {
    files: Vec<(Kind, Arc<Source>)>,
    /// The programs of exercises, by name: that they are there is all that is asked of them.
    programs: Vec<exercises::File>,
    /// The questions of all quiz files.
    pub bank: Bank,
    /// Findings about files by themselves.
    pub findings: Vec<Finding>,
}

impl Content {
    /// The files of one kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Arc<Source>> {
        self.files
            .iter()
            .filter(move |(its, _)| *its == kind)
            .map(|(_, source)| source)
    }

    /// Every file.
    pub fn files(&self) -> impl Iterator<Item = &Arc<Source>> {
        self.files.iter().map(|(_, source)| source)
    }

    /// The file of this name.
    pub fn file(&self, name: &Path) -> Option<&Arc<Source>> {
        let name = name.display().to_string();
        self.files().find(|source| source.file == name)
    }

    fn add(&mut self, kind: Kind, source: Arc<Source>) {
        if kind == Kind::Quiz {
            self.bank.add(Path::new(&source.file), &source.text);
        }
        self.files.push((kind, source));
    }

    /// Adds what the exercises' linter says, which runs each check on an empty sandbox.
    fn judge_exercises(&mut self) {
        let mut files = self.programs.clone();
        files.extend(self.of(Kind::Exercise).map(|source| exercises::File {
            name: source.file.clone(),
            text: source.text.clone(),
        }));
        let told: Vec<Finding> = exercises::lint(&files)
            .into_iter()
            .filter_map(|finding| {
                Some(Finding {
                    severity: match finding.severity {
                        exercises::Severity::Error => Severity::Error,
                        exercises::Severity::Advice => Severity::Advice,
                    },
                    source: Arc::clone(self.file(Path::new(&finding.file))?),
                    span: finding.span,
                    message: finding.message,
                    help: finding.help,
                })
            })
            .collect();
        self.findings.extend(told);
    }

    /// Notes the programs beside an exercise's file.
    fn add_programs(&mut self, exercise: &Path) -> Result<(), Unreadable> {
        let folder = exercise.with_file_name("programs");
        if !folder.is_dir() {
            return Ok(());
        }
        let named = |path: PathBuf| exercises::File {
            name: path.display().to_string(),
            text: String::new(),
        };
        self.programs.extend(entries(&folder)?.into_iter().map(named));
        Ok(())
    }

    /// Adds what the quizzes' linter says, which looks at all files at once.
    fn judge_questions(&mut self) {
        let findings = quizzes::lint::lint(&self.bank);
        let told: Vec<Finding> = findings
            .into_iter()
            .filter_map(|finding| {
                Some(Finding {
                    severity: match finding.severity {
                        quizzes::Severity::Error => Severity::Error,
                        quizzes::Severity::Advice => Severity::Advice,
                    },
                    source: Arc::clone(self.file(&finding.file)?),
                    span: finding.span,
                    message: finding.message,
                    help: finding.help,
                })
            })
            .collect();
        self.findings.extend(told);
    }
}

/// A path that can't be checked.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The system refused.
    #[error("{} can't be read: {cause}", path.display())]
    Path {
        /// Which.
        path: PathBuf,
        /// The system's word.
        cause: io::Error,
    },
    /// The library in a folder.
    #[error(transparent)]
    Library(#[from] lessons::ReadError),
    /// A folder without content.
    #[error("there is no lesson, track, glossary, quiz or exercise in {}", .0.display())]
    Empty(PathBuf),
}

/// The content inside the binary.
pub fn embedded() -> Content {
    let mut content = Content::default();
    for source in lessons::embedded_files() {
        let kind = kind(Path::new(&source.file), &source.text).unwrap_or(Kind::Lesson);
        content.add(kind, source);
    }
    for (file, text) in quizzes::embedded_files() {
        content.add(Kind::Quiz, named(&file, text.to_owned()));
    }
    for exercises::File { name, text } in exercises::embedded_files() {
        if Path::new(&name).extension().is_some_and(|end| end == "toml") {
            content.add(
                Kind::Exercise,
                named(Path::new(&format!("exercises/{name}")), text),
            );
        } else {
            content.programs.push(exercises::File { name, text });
        }
    }
    content.findings = match Library::embedded() {
        Ok(library) => library.advice().to_vec(),
        Err(LoadError::Invalid(findings)) => findings,
        // Nothing is read from a disk here.
        Err(LoadError::Read(_)) => Vec::new(),
    };
    content.judge_questions();
    content.judge_exercises();
    content
}

/// Files, whatever they are, and all content in folders.
pub fn paths(paths: &[PathBuf]) -> Result<Content, Unreadable> {
    let mut content = Content::default();
    let mut seen = BTreeSet::new();
    for path in paths {
        let refused = |cause| Unreadable::Path {
            path: path.clone(),
            cause,
        };
        let before = content.files.len();
        if fs::metadata(path).map_err(refused)?.is_dir() {
            folder(path, &mut seen, &mut content)?;
            if content.files.len() == before {
                return Err(Unreadable::Empty(path.clone()));
            }
        } else {
            file(path, Asked::ByName, &mut seen, &mut content)?;
        }
    }
    content.judge_questions();
    content.judge_exercises();
    Ok(content)
}

/// Whether a file was named by the author, or met on a walk: on a walk, what is no content is passed over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    ByName,
    OnAWalk,
}

type Seen = BTreeSet<PathBuf>;

fn folder(dir: &Path, seen: &mut Seen, content: &mut Content) -> Result<(), Unreadable> {
    if dir.join("library").is_dir() && dir.join("tracks").is_dir() {
        return library(dir, seen, content);
    }
    for path in entries(dir)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let refused = |cause| Unreadable::Path {
            path: path.clone(),
            cause,
        };
        // What a link leads to is met elsewhere, or not ours.
        let kind = fs::symlink_metadata(&path).map_err(refused)?.file_type();
        if name.starts_with('.') || name == "target" || name == "node_modules" {
            continue;
        }
        if kind.is_dir() {
            folder(&path, seen, content)?;
        } else if kind.is_file() && path.extension().is_some_and(|end| end == "md" || end == "toml") {
            file(&path, Asked::OnAWalk, seen, content)?;
        }
    }
    Ok(())
}

/// A whole library: its files are judged together.
fn library(dir: &Path, seen: &mut Seen, content: &mut Content) -> Result<(), Unreadable> {
    let mut files = entries(&dir.join("library"))?;
    files.retain(|path| path.extension().is_some_and(|end| end == "md"));
    files.extend(
        entries(&dir.join("tracks"))?
            .into_iter()
            .filter(|path| path.extension().is_some_and(|end| end == "toml")),
    );
    files.extend(Some(dir.join("glossary.toml")).filter(|path| path.exists()));
    for path in files {
        let text = read(&path)?;
        let kind = match path.extension() {
            Some(end) if end == "md" => Kind::Lesson,
            _ if path.ends_with("glossary.toml") => Kind::Glossary,
            _ => Kind::Track,
        };
        if seen.insert(path.clone()) {
            content.add(kind, named(&path, text));
        }
    }
    content.findings.extend(lessons::check(dir)?);
    Ok(())
}

fn file(path: &Path, asked: Asked, seen: &mut Seen, content: &mut Content) -> Result<(), Unreadable> {
    let text = read(path)?;
    let kind = kind(path, &text).filter(|kind| {
        asked == Asked::ByName || *kind != Kind::Lesson || text.trim_start().starts_with("+++")
    });
    if !seen.insert(path.to_owned()) || (kind.is_none() && asked == Asked::OnAWalk) {
        return Ok(());
    }
    let source = named(path, text);
    let Some(kind) = kind else {
        content.findings.push(Finding {
            severity: Severity::Error,
            span: 0..source.text.lines().next().map_or(0, str::len),
            source,
            message: "this is no lesson, track, glossary, quiz or exercise".to_owned(),
            help: Some(
                "a lesson ends in .md; a track has [[modules]], a glossary [[terms]], a quiz [[questions]], an exercise [[step]]"
                    .to_owned(),
            ),
        });
        return Ok(());
    };
    // The lessons' linter goes by the name.
    let name = match kind {
        Kind::Quiz => None,
        Kind::Exercise => {
            content.add_programs(path)?;
            None
        }
        Kind::Glossary => Some("glossary.toml"),
        Kind::Track if path.ends_with("glossary.toml") => Some("track.toml"),
        Kind::Track | Kind::Lesson => Some(source.file.as_str()),
    };
    let findings = name.map_or_else(Vec::new, |name| lessons::check_file(name, &source.text));
    content
        .findings
        .extend(findings.into_iter().map(|finding| Finding {
            source: Arc::clone(&source),
            ..finding
        }));
    content.add(kind, source);
    Ok(())
}

/// What a file holds, by its name, its keys, or, where it is not TOML at all, by what it looks like.
fn kind(path: &Path, text: &str) -> Option<Kind> {
    if path.extension().is_some_and(|end| end == "md") {
        return Some(Kind::Lesson);
    }
    let has = |key: &str| match toml::from_str::<toml::Table>(text) {
        Ok(table) => table.contains_key(key),
        Err(_) => text.lines().any(|line| line.trim() == format!("[[{key}]]")),
    };
    let lies_in = |folder: &str| path.parent().is_some_and(|parent| parent.ends_with(folder));
    if has("step") || lies_in("exercises") {
        Some(Kind::Exercise)
    } else if has("questions") || lies_in("bank") {
        Some(Kind::Quiz)
    } else if has("terms") || path.ends_with("glossary.toml") {
        Some(Kind::Glossary)
    } else if has("modules") || lies_in("tracks") {
        Some(Kind::Track)
    } else {
        None
    }
}

fn named(path: &Path, text: String) -> Arc<Source> {
    Arc::new(Source {
        file: path.display().to_string(),
        text,
    })
}

fn read(path: &Path) -> Result<String, Unreadable> {
    fs::read_to_string(path).map_err(|cause| Unreadable::Path {
        path: path.to_owned(),
        cause,
    })
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    let refused = |cause| Unreadable::Path {
        path: dir.to_owned(),
        cause,
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(refused)? {
        paths.push(entry.map_err(refused)?.path());
    }
    paths.sort();
    Ok(paths)
}
