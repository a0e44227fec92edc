//! The content that ships: it is sound, and a cohort can be taught with it.

use std::collections::BTreeSet;

use lessons::{Library, ModuleId, Pacing, next_module, next_post, unlocked_by};

#[test]
fn the_embedded_library_has_no_errors() {
    if let Err(error) = Library::embedded() {
        panic!("{error}");
    }
}

#[test]
fn the_embedded_library_is_the_folder() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let (embedded, loaded) = (Library::embedded().unwrap(), Library::load(folder).unwrap());
    assert_eq!(embedded.tracks(), loaded.tracks());
    assert_eq!(embedded.lessons(), loaded.lessons());
    assert_eq!(embedded.terms(), loaded.terms());
}

#[test]
fn streams_15_has_its_modules_groups_and_paths() {
    let library = Library::embedded().unwrap();
    let track = library.track("Streams-15").unwrap();
    assert_eq!(track.modules.len(), 15);
    assert_eq!(track.groups.len(), 5);
    let sizes: Vec<_> = track
        .paths
        .iter()
        .map(|path| (path.id.as_str(), path.modules.len()))
        .collect();
    assert_eq!(
        sizes,
        [
            ("full-coverage", 15),
            ("fast-track", 12),
            ("minimum", 6),
            ("database-focus", 7)
        ]
    );
    assert_eq!(track.default_path().unwrap().id, "full-coverage");
    let ready: Vec<_> = track
        .modules
        .iter()
        .filter(|module| module.is_ready())
        .map(|m| m.id.as_str())
        .collect();
    assert_eq!(ready, ["M1", "M2", "M3"]);
    assert!(
        library
            .advice()
            .iter()
            .any(|finding| finding.message.contains("12 of 15 modules are drafts: M4, M5"))
    );
}

#[test]
fn a_member_walks_through_what_is_written() {
    let library = Library::embedded().unwrap();
    let track = library.track("streams-15").unwrap();
    let path = track.default_path().unwrap();
    let mut complete = BTreeSet::new();
    let mut taken = Vec::new();
    while let Some(module) = next_module(track, path, &complete) {
        assert!(library.lesson_of(module).is_some());
        let opened = unlocked_by(track, path, &module.id, &complete);
        taken.push((
            module.id.to_string(),
            opened.iter().map(|m| m.id.to_string()).collect::<Vec<_>>(),
        ));
        complete.insert(module.id.clone());
    }
    let step = |id: &str, opened: &[&str]| {
        (
            id.to_owned(),
            opened.iter().map(|&id| id.to_owned()).collect::<Vec<_>>(),
        )
    };
    assert_eq!(taken, [step("M1", &["M2"]), step("M2", &["M3"]), step("M3", &[])]);
}

#[test]
fn a_cohort_is_posted_the_three_lessons_and_then_the_moderators_are_told() {
    let library = Library::embedded().unwrap();
    let track = library.track("streams-15").unwrap();
    let path = track.default_path().unwrap();
    let mut posted: BTreeSet<ModuleId> = BTreeSet::new();
    for expected in ["M1", "M2", "M3"] {
        let Pacing::Post { modules, .. } = next_post(track, path, &posted, 1) else {
            panic!("{expected} is due")
        };
        assert_eq!(
            modules
                .iter()
                .map(|module| module.id.as_str())
                .collect::<Vec<_>>(),
            [expected]
        );
        posted.extend(modules.iter().map(|module| module.id.clone()));
    }
    let Pacing::WaitingForDrafts(drafts) = next_post(track, path, &posted, 1) else {
        panic!("the rest is drafts")
    };
    assert_eq!(drafts.len(), 12);
}

#[test]
fn every_written_lesson_opens_with_its_opening_and_fits_discord() {
    let library = Library::embedded().unwrap();
    for lesson in library.lessons() {
        let pages = lesson.pages(4_000);
        assert_eq!((pages[0].heading, pages[0].role), (lesson.title.as_str(), None));
        assert!(pages[1..].iter().all(|page| page.role.is_some()));
        assert!(pages.iter().all(|page| page.body.chars().count() <= 4_000));
        assert!(
            !pages
                .iter()
                .any(|page| page.body.contains("{#") || page.body.contains("+++"))
        );
    }
}

#[test]
fn a_person_finds_a_module_by_part_of_its_name() {
    let library = Library::embedded().unwrap();
    let track = library.track("streams-15").unwrap();
    let found = |typed: &str| {
        track
            .matching(typed)
            .iter()
            .map(|m| m.id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(found("wh"), ["M1"]);
    assert_eq!(found("m1"), ["M1", "M10", "M11", "M12", "M13", "M14", "M15"]);
    assert_eq!(found("").len(), 15);
}
