//! What files say of each other, and of the bot: a module and its questions, a text and the commands it names.
//! Each rule speaks only where both sides are among what is checked.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use lessons::{Finding, Severity, Source};
use quizzes::Entry;
use serde::Deserialize;
use toml::Spanned;

use crate::command_line::nearest;

use super::gather::{Content, Kind};
use super::mentions::{Known, slips};

/// All findings about content that does not fit together.
pub fn lint(content: &Content) -> Vec<Finding> {
    let mut findings = Vec::new();
    commands(content, &mut findings);
    let has = |kind| content.of(kind).next().is_some();
    if has(Kind::Track) && has(Kind::Quiz) {
        let modules = modules(content);
        missing_pools(content, &modules, &mut findings);
        strange_pools(content, &modules, &mut findings);
        strange_concepts(content, &modules, &mut findings);
    }
    findings
}

/// A module as its track's file spells it. Read anew from the text: its places are wanted, and it may be in a track that
/// is not sound.
pub struct Module {
    source: Arc<Source>,
    id: Spanned<String>,
    status: String,
    concepts: Vec<String>,
}

impl Module {
    /// Not yet written.
    pub fn is_draft(&self) -> bool {
        self.status != "ready"
    }
}

#[derive(Deserialize)]
struct TrackText {
    #[serde(default)]
    modules: Vec<ModuleText>,
}

#[derive(Deserialize)]
struct ModuleText {
    id: Spanned<String>,
    #[serde(default)]
    status: String,
    #[serde(default)]
    concepts: Vec<String>,
}

/// The modules of all tracks that can be read.
pub fn modules(content: &Content) -> Vec<Module> {
    content
        .of(Kind::Track)
        .filter_map(|source| Some((source, toml::from_str::<TrackText>(&source.text).ok()?)))
        .flat_map(|(source, track)| {
            track.modules.into_iter().map(move |module| Module {
                source: Arc::clone(source),
                id: module.id,
                status: module.status,
                concepts: module.concepts,
            })
        })
        .collect()
}

fn named<'a>(modules: &'a [Module], id: &'a str) -> impl Iterator<Item = &'a Module> {
    modules
        .iter()
        .filter(move |module| module.id.get_ref().eq_ignore_ascii_case(id))
}

/// Where a quiz file names its module.
fn module_key(source: &Source) -> Option<Range<usize>> {
    #[derive(Deserialize)]
    struct Head {
        module: Option<Spanned<String>>,
    }
    let head: Head = toml::from_str(&source.text).ok()?;
    head.module.map(|module| module.span())
}

fn missing_pools(content: &Content, modules: &[Module], findings: &mut Vec<Finding>) {
    let ready = modules.iter().filter(|module| !module.is_draft());
    for module in ready.filter(|module| content.bank.pool(module.id.get_ref()).is_empty()) {
        findings.push(Finding {
            severity: Severity::Error,
            source: Arc::clone(&module.source),
            span: module.id.span(),
            message: format!("{} is ready but has no questions", module.id.get_ref()),
            help: Some(format!(
                "write at least {} for it in a quiz file with `module = \"{}\"`, or make it a draft",
                quizzes::lint::POOL_MIN,
                module.id.get_ref()
            )),
        });
    }
}

fn strange_pools(content: &Content, modules: &[Module], findings: &mut Vec<Finding>) {
    let ids: Vec<&str> = modules
        .iter()
        .map(|module| module.id.get_ref().as_str())
        .collect();
    for pool in content.bank.pools() {
        if named(modules, pool.module).next().is_some() {
            continue;
        }
        let files = content
            .bank
            .entries()
            .iter()
            .filter(|entry| entry.module.as_deref() == Some(pool.module));
        let mut sources: Vec<&Arc<Source>> = files.filter_map(|entry| content.file(&entry.file)).collect();
        sources.dedup();
        for source in sources {
            findings.push(Finding {
                severity: Severity::Error,
                source: Arc::clone(source),
                span: module_key(source).unwrap_or_default(),
                message: format!("no track has a module {}", pool.module),
                help: nearest(pool.module, ids.iter().copied())
                    .map(|nearest| format!("did you mean {nearest}?")),
            });
        }
    }
}

/// A wrong answer sends the member back to the question's concepts, so the module should teach them. Told once a file.
fn strange_concepts(content: &Content, modules: &[Module], findings: &mut Vec<Finding>) {
    let mut told: BTreeSet<(&Path, &str)> = BTreeSet::new();
    for entry in content.bank.entries() {
        let Some(id) = &entry.module else { continue };
        let taught: Vec<&str> = named(modules, id)
            .flat_map(|module| &module.concepts)
            .map(String::as_str)
            .collect();
        let is_taught = |concept: &str| taught.iter().any(|taught| taught.eq_ignore_ascii_case(concept));
        for concept in entry
            .question
            .concepts
            .iter()
            .filter(|concept| !is_taught(concept))
        {
            let Some(source) = content.file(&entry.file) else {
                continue;
            };
            if taught.is_empty() || !told.insert((&entry.file, concept)) {
                continue;
            }
            findings.push(Finding {
                severity: Severity::Advice,
                source: Arc::clone(source),
                span: place(source, entry, concept),
                message: format!("{id} does not teach `{concept}`"),
                help: Some(match nearest(concept, taught.iter().copied()) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => format!("its track names {}", discord::text::listed(&taught)),
                }),
            });
        }
    }
}

/// Where a question names a concept; its id, where the concept is spelled with escapes.
fn place(source: &Source, entry: &Entry, concept: &str) -> Range<usize> {
    // What is known of a question's extent is its heading: it goes on to the next one.
    let start = entry.spans.whole.end.min(entry.spans.id.start);
    let rest = source.text.get(start..).unwrap_or_default();
    let question = rest.split("\n[[questions]]").next().unwrap_or_default();
    let quoted = format!("\"{concept}\"");
    question
        .find(&quoted)
        .map_or(entry.spans.id.clone(), |at| start + at..start + at + quoted.len())
}

fn commands(content: &Content, findings: &mut Vec<Finding>) {
    let known = Known::all();
    // An exercise's commands are not only named: a test runs them.
    let is_exercise = |source: &Arc<Source>| content.of(Kind::Exercise).any(|it| Arc::ptr_eq(it, source));
    for source in content.files().filter(|source| !is_exercise(source)) {
        // A file written for mdbook-quiz may speak of any program's commands.
        let foreign =
            content.of(Kind::Quiz).any(|quiz| Arc::ptr_eq(quiz, source)) && module_key(source).is_none();
        if foreign {
            continue;
        }
        findings.extend(slips(&source.text, &known).into_iter().map(|slip| Finding {
            severity: if slip.fatal {
                Severity::Error
            } else {
                Severity::Advice
            },
            source: Arc::clone(source),
            span: slip.span,
            message: slip.message,
            help: Some(slip.help),
        }));
    }
}
