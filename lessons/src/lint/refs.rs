//! What the files of a library say of each other.

use crate::finding::Findings;
use crate::library::Files;

/// Checks that names lead somewhere and that nothing stands unused.
pub(super) fn refs(files: &Files, findings: &mut Findings) {
    tracks(files, findings);
    lessons(files, findings);
    glossary(files, findings);
}

fn tracks(files: &Files, findings: &mut Findings) {
    for (at, (source, file)) in files.tracks.iter().enumerate() {
        let same = |other: &str| other.eq_ignore_ascii_case(file.id.get_ref());
        if let Some((first, _)) = files.tracks[..at]
            .iter()
            .find(|(_, other)| same(other.id.get_ref()))
        {
            let message = format!("the track `{}` is already in {}", file.id.get_ref(), first.file);
            findings.error(source, file.id.span(), message);
        }
        for lesson in file.modules.iter().filter_map(|module| module.lesson.as_ref()) {
            let known = files.lessons.iter().any(|file| file.slug == *lesson.get_ref());
            if !known && !files.some_unread {
                let message = format!("there is no lesson `{}`", lesson.get_ref());
                let help = format!("write library/{}.md, or correct the name", lesson.get_ref());
                findings.error_with_help(source, lesson.span(), message, help);
            }
        }
    }
}

fn lessons(files: &Files, findings: &mut Findings) {
    let used = |slug: &str| {
        let mut modules = files.tracks.iter().flat_map(|(_, file)| &file.modules);
        modules.any(|module| {
            module
                .lesson
                .as_ref()
                .is_some_and(|lesson| lesson.get_ref() == slug)
        })
    };
    for file in files
        .lessons
        .iter()
        .filter(|file| !files.some_unread && !used(&file.slug))
    {
        findings.advice(
            &file.source,
            file.title_span.clone(),
            format!("no track uses the lesson `{}`", file.slug),
            "name it in a module of a file in tracks/",
        );
    }
}

fn glossary(files: &Files, findings: &mut Findings) {
    let Some((source, glossary)) = &files.glossary else {
        return;
    };
    for module in glossary.terms.iter().flat_map(|term| &term.modules) {
        let known = files
            .tracks
            .iter()
            .flat_map(|(_, file)| &file.modules)
            .any(|known| known.id.get_ref() == module.get_ref());
        if !known && !files.some_unread {
            findings.error(
                source,
                module.span(),
                format!("no track has a module `{}`", module.get_ref()),
            );
        }
    }
}
