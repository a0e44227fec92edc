//! Tracks, lessons, paths, pacing and the glossary: pure decisions over content.
//!
//! A [`Library`] is everything that can be taught. It is read from TOML and Markdown, either the copy inside
//! the binary or a folder, and exists only if the content is sound: what is wrong comes back as [`Finding`]s
//! that point into the file. Over it stand the rules of learning ([`next_module`], [`missing_prerequisites`],
//! [`unlocked_by`]) and of pacing ([`next_post`]). Who learns, when, and where it is shown is not known here.

mod content;
mod finding;
mod glossary;
mod learning;
mod lesson;
mod library;
mod lint;
mod pages;
mod track;

pub use content::ReadError;
pub use finding::{Finding, Severity, Source};
pub use glossary::Term;
pub use learning::{Pacing, next_post};
pub use learning::{PathProgress, missing_prerequisites, next_module, path_progress, unlocked_by};
pub use lesson::{Lesson, Reading, Role, Section};
pub use library::{Library, LoadError, check, check_file, embedded_files};
pub use pages::{Page, split};
pub use track::{Group, Module, ModuleId, Path, Status, Track};
