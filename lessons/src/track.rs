//! A track: its modules, the groups they stand in, and the named paths through them; and its file form.
//! Whether a file makes sense is decided in `lint/track.rs`.

use std::fmt;

use serde::Deserialize;
use toml::Spanned;

/// A module's id as its track spells it, for example `M1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId(String);

impl ModuleId {
    /// Takes the id as it stands. What a person typed goes through [`Track::module`], which forgives case.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for ModuleId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

/// A course: modules in groups, and named paths through them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// For example `streams-15`.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// The phases, in order. Every module stands in exactly one.
    pub groups: Vec<Group>,
    /// All modules in the order of the file.
    pub modules: Vec<Module>,
    /// The named paths, at least one; the first is the default.
    pub paths: Vec<Path>,
}

/// A phase of a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// For example `foundation`.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Its modules, in order.
    pub modules: Vec<ModuleId>,
}

/// A named selection of a track's modules, in the order they are taken.
///
/// A path is its own waiver: on it, a prerequisite binds only if it is on the path too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// For example `fast-track`.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Whom it suits and how long it takes, in a sentence. May be empty.
    pub note: String,
    /// Its modules, in order, each once.
    pub modules: Vec<ModuleId>,
}

impl Path {
    /// Whether the module is on this path.
    pub fn has(&self, module: &ModuleId) -> bool {
        self.modules.contains(module)
    }
}

/// One unit of learning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Unique in its track.
    pub id: ModuleId,
    /// Its name for people.
    pub title: String,
    /// Whether it can be taught yet.
    pub status: Status,
    /// The modules to be complete before its quiz opens.
    pub needs: Vec<ModuleId>,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// What a member can do afterwards.
    pub goals: Vec<String>,
    /// The ideas it teaches; quiz questions name them too.
    pub concepts: Vec<String>,
    /// What its discussion is about.
    pub discussion: String,
    /// What its hands-on part does.
    pub hands_on: String,
}

impl Module {
    /// Whether its lesson is written.
    pub fn is_ready(&self) -> bool {
        matches!(self.status, Status::Ready { .. })
    }

    /// The slug of its lesson, if that is written.
    pub fn lesson_slug(&self) -> Option<&str> {
        match &self.status {
            Status::Ready { lesson } => Some(lesson),
            Status::Draft => None,
        }
    }
}

/// Whether a module can be taught yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Written and checked.
    Ready {
        /// Its lesson's slug.
        lesson: String,
    },
    /// Planned: counted, never posted or offered.
    Draft,
}

impl Track {
    /// The module with this id, in any case.
    pub fn module(&self, id: &str) -> Option<&Module> {
        self.modules
            .iter()
            .find(|module| module.id.0.eq_ignore_ascii_case(id.trim()))
    }

    /// The path with this id, in any case.
    pub fn path(&self, id: &str) -> Option<&Path> {
        self.paths
            .iter()
            .find(|path| path.id.eq_ignore_ascii_case(id.trim()))
    }

    /// The path taken where none is chosen: the first in the file.
    pub fn default_path(&self) -> Option<&Path> {
        self.paths.first()
    }

    /// The group this module stands in.
    pub fn group_of(&self, module: &ModuleId) -> Option<&Group> {
        self.groups.iter().find(|group| group.modules.contains(module))
    }

    /// A path's modules, in its order.
    pub fn on_path<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = &'a Module> {
        path.modules
            .iter()
            .filter_map(|id| self.modules.iter().find(|module| module.id == *id))
    }

    /// The modules a person may mean by what they typed so far: those whose id starts with it first, then those
    /// whose title holds it.
    pub fn matching(&self, typed: &str) -> Vec<&Module> {
        let typed = typed.trim().to_lowercase();
        let by_id = |module: &&Module| module.id.0.to_lowercase().starts_with(&typed);
        let by_title = |module: &&Module| module.title.to_lowercase().contains(&typed);
        let mut found: Vec<_> = self.modules.iter().filter(by_id).collect();
        found.extend(
            self.modules
                .iter()
                .filter(|module| !by_id(module) && by_title(module)),
        );
        found
    }
}

/// A track's file, with the places of all that a finding may point at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrackFile {
    pub id: Spanned<String>,
    pub title: Spanned<String>,
    pub groups: Vec<GroupEntry>,
    pub modules: Vec<ModuleEntry>,
    pub paths: Vec<PathEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupEntry {
    pub id: Spanned<String>,
    pub title: Spanned<String>,
    pub modules: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModuleEntry {
    pub id: Spanned<String>,
    pub title: Spanned<String>,
    pub status: StatusWord,
    pub needs: Vec<Spanned<String>>,
    pub minutes: u32,
    pub goals: Vec<String>,
    pub concepts: Vec<String>,
    pub discussion: String,
    pub hands_on: String,
    pub lesson: Option<Spanned<String>>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StatusWord {
    Ready,
    Draft,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PathEntry {
    pub id: Spanned<String>,
    pub title: Spanned<String>,
    #[serde(default)]
    pub note: String,
    pub modules: Vec<Spanned<String>>,
}

impl TrackFile {
    /// The track this file describes, or nothing where a ready module names no lesson.
    pub(crate) fn into_track(self) -> Option<Track> {
        let modules = self
            .modules
            .into_iter()
            .map(ModuleEntry::into_module)
            .collect::<Option<_>>()?;
        let groups = self.groups.into_iter().map(|group| Group {
            id: group.id.into_inner(),
            title: group.title.into_inner(),
            modules: ids(group.modules),
        });
        let paths = self.paths.into_iter().map(|path| Path {
            id: path.id.into_inner(),
            title: path.title.into_inner(),
            note: path.note,
            modules: ids(path.modules),
        });
        Some(Track {
            id: self.id.into_inner(),
            title: self.title.into_inner(),
            groups: groups.collect(),
            modules,
            paths: paths.collect(),
        })
    }
}

impl ModuleEntry {
    fn into_module(self) -> Option<Module> {
        let status = match self.status {
            StatusWord::Draft => Status::Draft,
            StatusWord::Ready => Status::Ready {
                lesson: self.lesson?.into_inner(),
            },
        };
        Some(Module {
            id: ModuleId(self.id.into_inner()),
            title: self.title.into_inner(),
            status,
            needs: ids(self.needs),
            minutes: self.minutes,
            goals: self.goals,
            concepts: self.concepts,
            discussion: self.discussion,
            hands_on: self.hands_on,
        })
    }
}

fn ids(spelled: Vec<Spanned<String>>) -> Vec<ModuleId> {
    spelled.into_iter().map(|id| ModuleId(id.into_inner())).collect()
}
