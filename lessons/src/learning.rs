//! The rules of learning and of pacing: what a member may take next, what a pass opens, what a cohort is sent.
//!
//! All of it is a function of a track, a path and the set of modules that are complete (or posted). Drafts are
//! never offered or posted, and on a path only the prerequisites that are on that path bind.

use std::collections::BTreeSet;

use crate::track::{Module, ModuleId, Path, Track};

/// The first module on the path that is written, not complete, and whose prerequisites on the path are.
///
/// `None` means that nothing is open to this member now: [`path_progress`] tells whether they are done or the
/// rest is not yet written.
pub fn next_module<'a>(
    track: &'a Track,
    path: &'a Path,
    complete: &BTreeSet<ModuleId>,
) -> Option<&'a Module> {
    track.on_path(path).find(|module| {
        module.is_ready()
            && !complete.contains(&module.id)
            && missing_prerequisites(track, path, module, complete).is_empty()
    })
}

/// What must be complete before this module's quiz opens, and is not: its own prerequisites, those on the path
/// alone, in the order the module names them.
pub fn missing_prerequisites<'a>(
    track: &'a Track,
    path: &Path,
    module: &Module,
    complete: &BTreeSet<ModuleId>,
) -> Vec<&'a Module> {
    let binding = module
        .needs
        .iter()
        .filter(|id| path.has(id) && !complete.contains(id));
    binding
        .filter_map(|id| track.modules.iter().find(|module| module.id == *id))
        .collect()
}

/// The written modules on the path that completing `passed` opens: those that needed it, and now miss nothing.
/// `complete` is what was complete before.
pub fn unlocked_by<'a>(
    track: &'a Track,
    path: &'a Path,
    passed: &ModuleId,
    complete: &BTreeSet<ModuleId>,
) -> Vec<&'a Module> {
    if complete.contains(passed) {
        return Vec::new();
    }
    let mut after = complete.clone();
    after.insert(passed.clone());
    track
        .on_path(path)
        .filter(|module| module.is_ready() && path.has(passed) && module.needs.contains(passed))
        .filter(|module| !after.contains(&module.id))
        .filter(|module| missing_prerequisites(track, path, module, &after).is_empty())
        .collect()
}

/// How far along a path someone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathProgress {
    /// Modules of the path that are complete.
    pub complete: usize,
    /// Modules of the path that are written.
    pub written: usize,
    /// All modules of the path.
    pub total: usize,
}

impl PathProgress {
    /// Whether the whole path is complete.
    pub fn is_finished(self) -> bool {
        self.complete == self.total
    }
}

/// Counts a path's modules.
pub fn path_progress(track: &Track, path: &Path, complete: &BTreeSet<ModuleId>) -> PathProgress {
    PathProgress {
        complete: track
            .on_path(path)
            .filter(|module| complete.contains(&module.id))
            .count(),
        written: track.on_path(path).filter(|module| module.is_ready()).count(),
        total: track.on_path(path).count(),
    }
}

/// What a cohort's next post holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pacing<'a> {
    /// These modules, one at least.
    Post {
        /// In the path's order.
        modules: Vec<&'a Module>,
        /// Drafts that stand before or between them on the path. They are not lost: they come as soon as they
        /// are written. The moderators are told.
        passed_over: Vec<&'a Module>,
    },
    /// Nothing to post: all that is left of the path is not yet written. The moderators are told.
    WaitingForDrafts(Vec<&'a Module>),
    /// The whole path has been posted.
    Finished,
}

/// The most modules one post may hold.
const MOST_PER_POST: usize = 3;

/// What the next post of a cohort on this path holds, after `posted`: `per_post` modules (1 to 3; anything
/// else is brought into that range), or as many as are left.
pub fn next_post<'a>(
    track: &'a Track,
    path: &'a Path,
    posted: &BTreeSet<ModuleId>,
    per_post: usize,
) -> Pacing<'a> {
    let mut modules = Vec::new();
    let mut drafts = Vec::new();
    for module in track.on_path(path).filter(|module| !posted.contains(&module.id)) {
        if modules.len() == per_post.clamp(1, MOST_PER_POST) {
            break;
        }
        if module.is_ready() {
            modules.push(module);
        } else {
            drafts.push(module);
        }
    }
    match (modules.is_empty(), drafts.is_empty()) {
        (false, _) => {
            let last = modules.last().map(|module| &module.id);
            let stands_before = |draft: &Module| {
                path.modules
                    .iter()
                    .take_while(|id| Some(*id) != last)
                    .any(|id| *id == draft.id)
            };
            Pacing::Post {
                passed_over: drafts.into_iter().filter(|d| stands_before(d)).collect(),
                modules,
            }
        }
        (true, false) => Pacing::WaitingForDrafts(drafts),
        (true, true) => Pacing::Finished,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::Status;

    /// Modules as `(id, needs, ready)`; one path `all` over all of them and one `short` as given.
    fn track(modules: &[(&str, &[&str], bool)], short: &[&str]) -> Track {
        let module = |&(id, needs, ready): &(&str, &[&str], bool)| Module {
            id: id.into(),
            title: format!("About {id}"),
            status: if ready {
                Status::Ready {
                    lesson: id.to_lowercase(),
                }
            } else {
                Status::Draft
            },
            needs: needs.iter().map(|&id| id.into()).collect(),
            minutes: 45,
            goals: vec![],
            concepts: vec![],
            discussion: String::new(),
            hands_on: String::new(),
        };
        let path = |id: &str, modules: Vec<ModuleId>| Path {
            id: id.into(),
            title: id.into(),
            note: String::new(),
            modules,
        };
        Track {
            id: "t".into(),
            title: "T".into(),
            groups: vec![],
            modules: modules.iter().map(module).collect(),
            paths: vec![
                path("all", modules.iter().map(|m| m.0.into()).collect()),
                path("short", short.iter().map(|&id| id.into()).collect()),
            ],
        }
    }

    fn diamond() -> Track {
        track(
            &[
                ("M1", &[], true),
                ("M2", &["M1"], true),
                ("M3", &["M1"], true),
                ("M4", &["M2", "M3"], true),
                ("M5", &["M4"], false),
            ],
            &["M1", "M2", "M4"],
        )
    }

    fn set(ids: &[&str]) -> BTreeSet<ModuleId> {
        ids.iter().map(|&id| id.into()).collect()
    }

    fn names(modules: &[&Module]) -> Vec<String> {
        modules.iter().map(|module| module.id.to_string()).collect()
    }

    #[test]
    fn the_next_module_is_the_first_open_one_on_the_path() {
        let track = diamond();
        let next = |path: usize, complete: &[&str]| {
            next_module(&track, &track.paths[path], &set(complete)).map(|module| module.id.to_string())
        };
        assert_eq!(next(0, &[]).as_deref(), Some("M1"));
        assert_eq!(next(0, &["M1", "M2"]).as_deref(), Some("M3"));
        assert_eq!(next(0, &["M2"]).as_deref(), Some("M1"), "a gap is filled first");
        assert_eq!(
            next(1, &["M1", "M2"]).as_deref(),
            Some("M4"),
            "M3 is not on the path and does not bind"
        );
        assert_eq!(
            next(0, &["M1", "M2", "M3", "M4"]),
            None,
            "a draft is never offered"
        );
    }

    #[test]
    fn only_prerequisites_on_the_path_bind() {
        let track = diamond();
        let m4 = track.module("m4").unwrap();
        let missing = |path: usize, complete: &[&str]| {
            names(&missing_prerequisites(
                &track,
                &track.paths[path],
                m4,
                &set(complete),
            ))
        };
        assert_eq!(missing(0, &["M1"]), ["M2", "M3"]);
        assert_eq!(missing(1, &["M1"]), ["M2"]);
        assert!(missing(1, &["M2"]).is_empty());
    }

    #[test]
    fn a_pass_opens_what_waited_for_it_and_nothing_else() {
        let track = diamond();
        let opened = |path: usize, passed: &str, complete: &[&str]| {
            names(&unlocked_by(
                &track,
                &track.paths[path],
                &passed.into(),
                &set(complete),
            ))
        };
        assert_eq!(opened(0, "M1", &[]), ["M2", "M3"]);
        assert!(opened(0, "M2", &["M1"]).is_empty(), "M4 still waits for M3");
        assert_eq!(opened(0, "M3", &["M1", "M2"]), ["M4"]);
        assert_eq!(opened(1, "M2", &["M1"]), ["M4"]);
        assert!(opened(0, "M4", &["M1", "M2", "M3"]).is_empty(), "M5 is a draft");
        assert!(
            opened(0, "M1", &["M1"]).is_empty(),
            "a second pass opens nothing new"
        );
    }

    #[test]
    fn a_cohort_gets_its_path_in_order_and_then_waits_for_what_is_not_written() {
        let track = diamond();
        let path = &track.paths[0];
        let post = |posted: &[&str], per_post: usize| next_post(&track, path, &set(posted), per_post);
        let Pacing::Post { modules, passed_over } = post(&["M1"], 2) else {
            panic!("M2 and M3 are due")
        };
        assert_eq!(names(&modules), ["M2", "M3"]);
        assert!(passed_over.is_empty());
        let Pacing::Post { modules, .. } = post(&[], 99) else {
            panic!("three at most")
        };
        assert_eq!(names(&modules), ["M1", "M2", "M3"]);
        let Pacing::Post { modules, .. } = post(&[], 0) else {
            panic!("one at least")
        };
        assert_eq!(names(&modules), ["M1"]);
        let Pacing::Post { modules, passed_over } = post(&["M1", "M2", "M3"], 3) else {
            panic!("M4 is left")
        };
        assert_eq!(names(&modules), ["M4"]);
        assert!(
            passed_over.is_empty(),
            "M5 comes after M4: nobody waits for it yet"
        );
        let Pacing::WaitingForDrafts(drafts) = post(&["M1", "M2", "M3", "M4"], 1) else {
            panic!("M5 is a draft")
        };
        assert_eq!(names(&drafts), ["M5"]);
        assert_eq!(post(&["M1", "M2", "M3", "M4", "M5"], 1), Pacing::Finished);
    }

    #[test]
    fn a_draft_in_the_middle_is_passed_over_and_posted_once_it_is_written() {
        let gap = |second_ready| {
            track(
                &[
                    ("M1", &[], true),
                    ("M2", &["M1"], second_ready),
                    ("M3", &["M1"], true),
                ],
                &[],
            )
        };
        let before = gap(false);
        let Pacing::Post { modules, passed_over } = next_post(&before, &before.paths[0], &set(&["M1"]), 1)
        else {
            panic!("M3 is due")
        };
        assert_eq!(
            (names(&modules), names(&passed_over)),
            (vec!["M3".into()], vec!["M2".into()])
        );
        let after = gap(true);
        let Pacing::Post { modules, .. } = next_post(&after, &after.paths[0], &set(&["M1", "M3"]), 1) else {
            panic!("M2 is due")
        };
        assert_eq!(names(&modules), ["M2"]);
    }

    #[test]
    fn progress_counts_the_path_alone() {
        let track = diamond();
        let progress = path_progress(&track, &track.paths[1], &set(&["M1", "M3"]));
        assert_eq!(
            progress,
            PathProgress {
                complete: 1,
                written: 3,
                total: 3
            }
        );
        assert!(!progress.is_finished());
        assert!(path_progress(&track, &track.paths[1], &set(&["M1", "M2", "M4"])).is_finished());
    }
}
