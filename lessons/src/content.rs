//! Where content comes from: the copy inside the binary, or a folder. Nothing is understood here.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use include_dir::{Dir, include_dir};

use crate::finding::Source;

static LESSONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/library");
static TRACKS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tracks");
const GLOSSARY: &str = include_str!("../glossary.toml");

/// A file or folder that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {source}", path.display())]
pub struct ReadError {
    path: PathBuf,
    source: io::Error,
}

/// All files of a library, unread.
pub(crate) struct Content {
    pub lessons: Vec<Arc<Source>>,
    pub tracks: Vec<Arc<Source>>,
    pub glossary: Option<Arc<Source>>,
}

impl Content {
    pub(crate) fn embedded() -> Self {
        Self {
            lessons: embedded_files(&LESSONS, "md", "lessons/library"),
            tracks: embedded_files(&TRACKS, "toml", "lessons/tracks"),
            glossary: Some(source("lessons/glossary.toml".into(), GLOSSARY.into())),
        }
    }

    /// Reads `dir/library/*.md`, `dir/tracks/*.toml` and, where there is one, `dir/glossary.toml`.
    pub(crate) fn read(dir: &Path) -> Result<Self, ReadError> {
        let glossary = dir.join("glossary.toml");
        Ok(Self {
            lessons: files_in(&dir.join("library"), "md")?,
            tracks: files_in(&dir.join("tracks"), "toml")?,
            glossary: if glossary.exists() {
                Some(file(&glossary)?)
            } else {
                None
            },
        })
    }
}

fn source(file: String, text: String) -> Arc<Source> {
    Arc::new(Source { file, text })
}

fn embedded_files(dir: &Dir<'_>, extension: &str, shown_as: &str) -> Vec<Arc<Source>> {
    let mut files: Vec<_> = dir
        .files()
        .filter(|file| file.path().extension().is_some_and(|e| e == extension))
        .map(|file| {
            let text = String::from_utf8_lossy(file.contents()).into_owned();
            source(format!("{shown_as}/{}", file.path().display()), text)
        })
        .collect();
    files.sort_by(|a, b| a.file.cmp(&b.file));
    files
}

fn files_in(dir: &Path, extension: &str) -> Result<Vec<Arc<Source>>, ReadError> {
    let unreadable = |source| ReadError {
        path: dir.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|e| e == extension) {
            paths.push(path);
        }
    }
    paths.sort();
    paths.iter().map(|path| file(path)).collect()
}

fn file(path: &Path) -> Result<Arc<Source>, ReadError> {
    let text = fs::read_to_string(path).map_err(|source| ReadError {
        path: path.to_owned(),
        source,
    })?;
    Ok(source(path.display().to_string(), text))
}
