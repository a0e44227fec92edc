//! Everything that can be taught, read and checked as one: a library exists only without errors in it.

use std::fmt;
use std::path;
use std::sync::Arc;

use crate::content::{Content, ReadError};
use crate::finding::{Finding, Findings, Source};
use crate::glossary::{GlossaryFile, Term};
use crate::lesson::{Lesson, LessonFile};
use crate::lint;
use crate::track::{Module, Track, TrackFile};

/// All tracks, lessons and terms. Cheap to share behind an `Arc`; a reload builds another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    tracks: Vec<Track>,
    lessons: Vec<Lesson>,
    terms: Vec<Term>,
    advice: Vec<Finding>,
}

/// Why there is no library.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file or folder could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The content has errors. All findings are here, advice too.
    #[error("{}", Summary(.0))]
    Invalid(Vec<Finding>),
}

struct Summary<'a>(&'a [Finding]);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors: Vec<_> = self.0.iter().filter(|finding| finding.is_error()).collect();
        write!(
            f,
            "the lessons have {} error{}",
            errors.len(),
            if errors.len() == 1 { "" } else { "s" }
        )?;
        errors.iter().try_for_each(|error| write!(f, "\n  {error}"))
    }
}

impl Library {
    /// The library inside the binary.
    pub fn embedded() -> Result<Self, LoadError> {
        Self::build(&Content::embedded())
    }

    /// The library in a folder that holds `library/*.md`, `tracks/*.toml` and perhaps `glossary.toml`.
    pub fn load(dir: &path::Path) -> Result<Self, LoadError> {
        Self::build(&Content::read(dir)?)
    }

    fn build(content: &Content) -> Result<Self, LoadError> {
        let mut findings = Findings::default();
        let files = Files::read(content, &mut findings);
        lint::all(&files, &mut findings);
        let failed = findings.has_errors();
        let findings = findings.sorted();
        let (tracks, lessons, terms) = files.into_content();
        match (failed, tracks, lessons) {
            (false, Some(tracks), Some(lessons)) => Ok(Self {
                tracks,
                lessons,
                terms,
                advice: findings,
            }),
            _ => Err(LoadError::Invalid(findings)),
        }
    }

    /// All tracks.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// The track with this id, in any case.
    pub fn track(&self, id: &str) -> Option<&Track> {
        self.tracks
            .iter()
            .find(|track| track.id.eq_ignore_ascii_case(id.trim()))
    }

    /// All lessons.
    pub fn lessons(&self) -> &[Lesson] {
        &self.lessons
    }

    /// The lesson with this slug, in any case.
    pub fn lesson(&self, slug: &str) -> Option<&Lesson> {
        self.lessons
            .iter()
            .find(|lesson| lesson.slug.eq_ignore_ascii_case(slug.trim()))
    }

    /// The lesson a module teaches with; `None` for a draft.
    pub fn lesson_of(&self, module: &Module) -> Option<&Lesson> {
        self.lesson(module.lesson_slug()?)
    }

    /// The glossary.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The term that people call this, in any case.
    pub fn term(&self, word: &str) -> Option<&Term> {
        self.terms.iter().find(|term| term.is_called(word))
    }

    /// What the linter found that does no harm.
    pub fn advice(&self) -> &[Finding] {
        &self.advice
    }
}

/// Every file of the library inside the binary as it was written, for checks that know more than lessons do.
pub fn embedded_files() -> Vec<Arc<Source>> {
    let Content {
        mut lessons,
        tracks,
        glossary,
    } = Content::embedded();
    lessons.extend(tracks);
    lessons.extend(glossary);
    lessons
}

/// All that is to be said about the content of a folder, errors and advice, file by file.
pub fn check(dir: &path::Path) -> Result<Vec<Finding>, ReadError> {
    match Library::load(dir) {
        Ok(library) => Ok(library.advice),
        Err(LoadError::Invalid(findings)) => Ok(findings),
        Err(LoadError::Read(error)) => Err(error),
    }
}

/// Checks one file without the rest of its library, so nothing is said about what it refers to.
///
/// The name tells what it is: `*.md` is a lesson, `glossary.toml` the glossary, any other file a track.
pub fn check_file(name: &str, text: &str) -> Vec<Finding> {
    let source = Arc::new(Source {
        file: name.to_owned(),
        text: text.to_owned(),
    });
    let path = path::Path::new(name);
    let mut findings = Findings::default();
    if path.extension().is_some_and(|extension| extension == "md") {
        if let Some(file) = LessonFile::read(&source, &mut findings) {
            lint::lesson(&file, &mut findings);
        }
    } else if path.file_name().is_some_and(|file| file == "glossary.toml") {
        if let Some((source, file)) = toml_file(&source, &mut findings) {
            lint::glossary(&source, &file, &mut findings);
        }
    } else if let Some((source, file)) = toml_file(&source, &mut findings) {
        lint::track(&source, &file, &mut findings);
    }
    findings.sorted()
}

/// All files that could be taken apart.
pub(crate) struct Files {
    pub tracks: Vec<(Arc<Source>, TrackFile)>,
    pub lessons: Vec<LessonFile>,
    pub glossary: Option<(Arc<Source>, GlossaryFile)>,
    /// Some file could not, so that a reference may lead to something that is there but unread.
    pub some_unread: bool,
}

impl Files {
    fn read(content: &Content, findings: &mut Findings) -> Self {
        let tracks: Vec<_> = content
            .tracks
            .iter()
            .filter_map(|source| toml_file(source, findings))
            .collect();
        let lessons: Vec<_> = content
            .lessons
            .iter()
            .filter_map(|source| LessonFile::read(source, findings))
            .collect();
        Self {
            some_unread: tracks.len() < content.tracks.len() || lessons.len() < content.lessons.len(),
            glossary: content
                .glossary
                .as_ref()
                .and_then(|source| toml_file(source, findings)),
            tracks,
            lessons,
        }
    }

    fn into_content(self) -> (Option<Vec<Track>>, Option<Vec<Lesson>>, Vec<Term>) {
        let terms = self.glossary.map_or_else(Vec::new, |(_, file)| file.terms);
        (
            self.tracks
                .into_iter()
                .map(|(_, file)| file.into_track())
                .collect(),
            self.lessons.iter().map(LessonFile::to_lesson).collect(),
            terms
                .into_iter()
                .map(crate::glossary::TermEntry::into_term)
                .collect(),
        )
    }
}

fn toml_file<T>(source: &Arc<Source>, findings: &mut Findings) -> Option<(Arc<Source>, T)>
where
    T: serde::de::DeserializeOwned,
{
    match toml::from_str(&source.text) {
        Ok(file) => Some((Arc::clone(source), file)),
        Err(error) => {
            findings.toml(source, &error, 0);
            None
        }
    }
}
