//! What must hold inside one track: ids, prerequisites, groups and paths.

use std::collections::HashMap;
use std::sync::Arc;

use toml::Spanned;

use super::{id, title, twice};
use crate::finding::{Findings, Source};
use crate::track::{ModuleEntry, PathEntry, StatusWord, TrackFile};

/// Checks a track on its own.
pub(crate) fn track(source: &Arc<Source>, file: &TrackFile, findings: &mut Findings) {
    names(source, file, findings);
    let known = file
        .modules
        .iter()
        .map(|module| (module.id.get_ref().as_str(), module))
        .collect();
    let lint = Lint { source, file, known };
    lint.references(findings);
    lint.cycles(findings);
    lint.groups(findings);
    lint.paths(findings);
    lint.readiness(findings);
}

fn names(source: &Arc<Source>, file: &TrackFile, findings: &mut Findings) {
    let ids = || file.modules.iter().map(|module| &module.id);
    for each in ids()
        .chain([&file.id])
        .chain(file.groups.iter().map(|g| &g.id))
        .chain(file.paths.iter().map(|p| &p.id))
    {
        id(source, each, findings);
    }
    let titles = file.modules.iter().map(|module| &module.title);
    for each in titles
        .chain([&file.title])
        .chain(file.groups.iter().map(|g| &g.title))
        .chain(file.paths.iter().map(|p| &p.title))
    {
        title(source, each.get_ref(), each.span(), findings);
    }
    twice(source, "the module", ids(), findings);
    twice(
        source,
        "the group",
        file.groups.iter().map(|group| &group.id),
        findings,
    );
    twice(
        source,
        "the path",
        file.paths.iter().map(|path| &path.id),
        findings,
    );
}

struct Lint<'a> {
    source: &'a Arc<Source>,
    file: &'a TrackFile,
    known: HashMap<&'a str, &'a ModuleEntry>,
}

impl<'a> Lint<'a> {
    fn needs(&self, module: &str) -> &'a [Spanned<String>] {
        self.known.get(module).map_or(&[], |module| &module.needs)
    }

    fn references(&self, findings: &mut Findings) {
        for module in &self.file.modules {
            for need in &module.needs {
                self.known_or(
                    need,
                    &format!("{} needs `{need}`", module.id.get_ref(), need = need.get_ref()),
                    findings,
                );
            }
        }
        for group in &self.file.groups {
            for module in &group.modules {
                self.known_or(
                    module,
                    &format!("the group `{}` holds `{}`", group.id.get_ref(), module.get_ref()),
                    findings,
                );
            }
        }
        for path in &self.file.paths {
            for module in &path.modules {
                self.known_or(
                    module,
                    &format!("the path `{}` holds `{}`", path.id.get_ref(), module.get_ref()),
                    findings,
                );
            }
        }
    }

    fn known_or(&self, module: &Spanned<String>, says: &str, findings: &mut Findings) {
        let wanted = module.get_ref();
        if self.known.contains_key(wanted.as_str()) {
            return;
        }
        let message = format!("{says}, and this track has no such module");
        match self.known.keys().find(|id| id.eq_ignore_ascii_case(wanted)) {
            Some(near) => findings.error_with_help(
                self.source,
                module.span(),
                message,
                format!("it has `{near}`: case matters here"),
            ),
            None => findings.error(self.source, module.span(), message),
        }
    }

    /// Tells every cycle of prerequisites once, at the module of it that comes first in the file.
    fn cycles(&self, findings: &mut Findings) {
        let mut told: Vec<&str> = Vec::new();
        for module in &self.file.modules {
            let start = module.id.get_ref().as_str();
            if told.contains(&start) {
                continue;
            }
            if let Some(cycle) = self.way_back_to(start) {
                let words = cycle
                    .iter()
                    .chain([&start])
                    .copied()
                    .collect::<Vec<_>>()
                    .join(" needs ");
                findings.error_with_help(
                    self.source,
                    module.id.span(),
                    format!("nobody can ever start here: {words}"),
                    "take one of these prerequisites away",
                );
                told.extend(cycle);
            }
        }
    }

    /// The shortest chain of prerequisites from a module back to itself, the module first.
    fn way_back_to(&self, start: &'a str) -> Option<Vec<&'a str>> {
        let mut seen: Vec<&str> = Vec::new();
        let mut ways = vec![vec![start]];
        while !ways.is_empty() {
            let mut longer = Vec::new();
            for way in ways {
                for need in self.needs(way.last()?) {
                    let need = need.get_ref().as_str();
                    if need == start {
                        return Some(way);
                    }
                    if !seen.contains(&need) {
                        seen.push(need);
                        longer.push(way.iter().copied().chain([need]).collect());
                    }
                }
            }
            ways = longer;
        }
        None
    }

    fn groups(&self, findings: &mut Findings) {
        twice(
            self.source,
            "in the groups, the module",
            self.file.groups.iter().flat_map(|g| &g.modules),
            findings,
        );
        for module in &self.file.modules {
            let name = module.id.get_ref();
            if !self
                .file
                .groups
                .iter()
                .any(|group| group.modules.iter().any(|id| id.get_ref() == name))
            {
                findings.error(
                    self.source,
                    module.id.span(),
                    format!("nobody finds {name}: it stands in no group"),
                );
            }
            if !self
                .file
                .paths
                .iter()
                .any(|path| path.modules.iter().any(|id| id.get_ref() == name))
            {
                findings.error(
                    self.source,
                    module.id.span(),
                    format!("nobody reaches {name}: it is on no path"),
                );
            }
        }
    }

    fn paths(&self, findings: &mut Findings) {
        if self.file.paths.is_empty() {
            findings.error_with_help(
                self.source,
                self.file.id.span(),
                "the track has no path",
                "add [[paths]]; the first one is taken where none is chosen",
            );
        }
        for path in &self.file.paths {
            let name = path.id.get_ref();
            if path.modules.is_empty() {
                findings.error(self.source, path.id.span(), format!("the path `{name}` is empty"));
            }
            twice(
                self.source,
                &format!("on the path `{name}`, the module"),
                &path.modules,
                findings,
            );
            self.order(path, findings);
        }
    }

    /// On a path, what a module needs comes before it, if it is on the path at all.
    fn order(&self, path: &PathEntry, findings: &mut Findings) {
        for (position, module) in path.modules.iter().enumerate() {
            for need in self.needs(module.get_ref()) {
                let after = path
                    .modules
                    .iter()
                    .skip(position + 1)
                    .any(|later| later.get_ref() == need.get_ref());
                if after {
                    let (name, module_id, need) = (path.id.get_ref(), module.get_ref(), need.get_ref());
                    findings.error_with_help(
                        self.source,
                        module.span(),
                        format!("the path `{name}` puts {module_id} before {need}, which it needs"),
                        format!("move {need} before {module_id}"),
                    );
                }
            }
        }
    }

    fn readiness(&self, findings: &mut Findings) {
        for module in self
            .file
            .modules
            .iter()
            .filter(|module| module.status == StatusWord::Ready)
        {
            let name = module.id.get_ref();
            if module.lesson.is_none() {
                findings.error_with_help(
                    self.source,
                    module.id.span(),
                    format!("{name} is ready and names no lesson"),
                    "add lesson = \"…\", the name of a file in library/ without .md, or make it a draft",
                );
            }
            if module.minutes == 0 || module.goals.is_empty() || module.concepts.is_empty() {
                findings.error(
                    self.source,
                    module.id.span(),
                    format!("{name} is ready: it has to say its minutes, goals and concepts"),
                );
            }
            self.waits_for_a_draft(module, findings);
        }
        self.count_drafts(findings);
    }

    fn waits_for_a_draft(&self, module: &ModuleEntry, findings: &mut Findings) {
        for need in &module.needs {
            let draft = self
                .known
                .get(need.get_ref().as_str())
                .is_some_and(|m| m.status == StatusWord::Draft);
            let together = self.file.paths.iter().find(|path| {
                [&module.id, need]
                    .iter()
                    .all(|id| path.modules.iter().any(|on| on.get_ref() == id.get_ref()))
            });
            if let (true, Some(path)) = (draft, together) {
                let (name, need_id, path) = (module.id.get_ref(), need.get_ref(), path.id.get_ref());
                findings.error(
                    self.source,
                    need.span(),
                    format!(
                        "nobody can open {name} on the path `{path}`: it needs {need_id}, which is a draft"
                    ),
                );
            }
        }
    }

    fn count_drafts(&self, findings: &mut Findings) {
        let modules = &self.file.modules;
        let drafts: Vec<_> = modules
            .iter()
            .filter(|m| m.status == StatusWord::Draft)
            .map(|m| m.id.get_ref().as_str())
            .collect();
        if !drafts.is_empty() {
            findings.advice(
                self.source,
                self.file.id.span(),
                format!(
                    "{} of {} modules are drafts: {}",
                    drafts.len(),
                    modules.len(),
                    drafts.join(", ")
                ),
                "drafts are not posted or offered",
            );
        }
    }
}
