//! The questions of every module, from the files built into the program or from a folder.
//! Loading never stops at a bad question: it is left out and told as a finding.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use crate::finding::Finding;
use crate::parse::{Spans, parse};
use crate::question::{Question, QuestionId};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/bank");

/// Why a bank could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum BankError {
    /// The file or folder can't be read.
    #[error("can't read {path}: {source}")]
    Read {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// One question and where it was read.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The question.
    pub question: Question,
    /// The module it belongs to; none in a foreign file.
    pub module: Option<String>,
    /// The file it was read from.
    pub file: PathBuf,
    /// Where its parts stand there.
    pub spans: Spans,
}

/// The questions of one module, in file order.
#[derive(Clone, Debug)]
pub struct Pool<'a> {
    /// The module.
    pub module: &'a str,
    /// Its questions.
    pub questions: Vec<&'a Question>,
}

/// All questions that were read, and what was wrong with those that were not.
#[derive(Clone, Debug, Default)]
pub struct Bank {
    entries: Vec<Entry>,
    by_id: BTreeMap<QuestionId, usize>,
    findings: Vec<Finding>,
}

impl Bank {
    /// The bank built into the program.
    pub fn embedded() -> Self {
        let mut bank = Self::default();
        for (file, text) in embedded_files() {
            bank.add(&file, text);
        }
        bank
    }

    /// One file, or every `.toml` directly in a folder, in the order of their names.
    pub fn load(path: &Path) -> Result<Self, BankError> {
        let fail = |path: &Path| {
            let path = path.to_owned();
            move |source| BankError::Read { path, source }
        };
        let mut files = Vec::new();
        if fs::metadata(path).map_err(fail(path))?.is_dir() {
            for entry in fs::read_dir(path).map_err(fail(path))? {
                let file = entry.map_err(fail(path))?.path();
                if is_toml(&file) {
                    files.push(file);
                }
            }
            files.sort();
        } else {
            files.push(path.to_owned());
        }
        let mut bank = Self::default();
        for file in files {
            let text = fs::read_to_string(&file).map_err(fail(&file))?;
            bank.add(&file, &text);
        }
        Ok(bank)
    }

    /// Reads one more file's text into the bank.
    pub fn add(&mut self, file: &Path, text: &str) {
        let parsed = parse(file, text);
        self.findings.extend(parsed.findings);
        for (question, spans) in parsed.questions {
            let at = self.entries.len();
            // The first of two with one id is the one found by it; the linter tells the author.
            self.by_id.entry(question.id.clone()).or_insert(at);
            self.entries.push(Entry {
                question,
                module: parsed.module.clone(),
                file: file.to_owned(),
                spans,
            });
        }
    }

    /// The question of that name.
    pub fn question(&self, id: &QuestionId) -> Option<&Question> {
        self.by_id.get(id).map(|at| &self.entries[*at].question)
    }

    /// The module a question belongs to.
    pub fn module_of(&self, id: &QuestionId) -> Option<&str> {
        self.by_id
            .get(id)
            .and_then(|at| self.entries[*at].module.as_deref())
    }

    /// A module's questions; empty where it has none. The case of the module's name doesn't matter.
    pub fn pool(&self, module: &str) -> Vec<&Question> {
        self.entries
            .iter()
            .filter(|e| {
                e.module
                    .as_deref()
                    .is_some_and(|m| m.eq_ignore_ascii_case(module))
            })
            .map(|e| &e.question)
            .collect()
    }

    /// The pools there are, by module.
    pub fn pools(&self) -> Vec<Pool<'_>> {
        let mut pools: BTreeMap<&str, Vec<&Question>> = BTreeMap::new();
        for entry in &self.entries {
            if let Some(module) = &entry.module {
                pools.entry(module).or_default().push(&entry.question);
            }
        }
        pools
            .into_iter()
            .map(|(module, questions)| Pool { module, questions })
            .collect()
    }

    /// Every question with its place.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What could not be read; [`crate::lint::lint`] tells it too.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// The files of the bank built into the program, as they were written: their names and texts, in order.
pub fn embedded_files() -> Vec<(PathBuf, &'static str)> {
    let mut files: Vec<_> = EMBEDDED
        .files()
        .filter(|file| is_toml(file.path()))
        .filter_map(|file| Some((Path::new("quizzes/bank").join(file.path()), file.contents_utf8()?)))
        .collect();
    files.sort();
    files
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "toml")
}
