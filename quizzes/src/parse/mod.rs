//! From a bank file's text to questions, with findings for what does not fit.
//! The format is a superset of mdbook-quiz's: a file that names no `module` is taken as one of its
//! files, and there an unknown key or a missing id is advice, not an error. Meaning (is the key
//! right, do options differ) is checked in [`crate::lint`].

mod kinds;

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::finding::{Finding, Severity};
use crate::question::{Kind, Question, QuestionId};
use crate::seed::fingerprint;

/// Where the parts of a question stand in its file, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans {
    /// The whole question.
    pub whole: Range<usize>,
    /// Its id, or the whole where it has none.
    pub id: Range<usize>,
    /// Its prompt.
    pub prompt: Range<usize>,
    /// Its answer.
    pub answer: Range<usize>,
    /// Choice: its options, in the order of [`Choice::options`]; short: the accepted forms.
    pub options: Vec<Range<usize>>,
    /// The `why` list, where there is one.
    pub why: Option<Range<usize>>,
    /// How many `why` were written.
    pub why_count: usize,
    /// The ideas of an explanation.
    pub ideas: Vec<Range<usize>>,
    /// Its misconceptions.
    pub misconceptions: Vec<Range<usize>>,
    /// Whether the file gave an id.
    pub has_id: bool,
}

/// What one file holds.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The module whose pool this is; none in a foreign (mdbook-quiz) file.
    pub module: Option<String>,
    /// The questions that could be read.
    pub questions: Vec<(Question, Spans)>,
    /// What could not.
    pub findings: Vec<Finding>,
}

/// Reads a bank file's text. Never fails: what can't be read becomes a finding, the rest is kept.
pub fn parse(file: &Path, text: &str) -> Parsed {
    let mut reader = Reader {
        file: file.to_owned(),
        ours: false,
        findings: Vec::new(),
    };
    let mut parsed = Parsed::default();
    match DeTable::parse(text) {
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            reader.error(span, format!("This is not TOML: {}.", error.message()), None);
        }
        Ok(root) => {
            let whole = root.span();
            reader.file_level(&mut parsed, root.get_ref(), &whole);
        }
    }
    parsed.findings = reader.findings;
    parsed
}

type Value<'a, 'i> = &'a Spanned<DeValue<'i>>;

const FILE_KEYS: &[&str] = &["module", "questions", "multipart"];
const COMMON_KEYS: &[&str] = &[
    "id",
    "version",
    "type",
    "concepts",
    "prompt",
    "answer",
    "context",
    "hints",
    "multipart",
    "promptExplanation",
];
const TYPES: &[&str] = &["MultipleChoice", "ShortAnswer", "Tracing", "Explain"];

struct Reader {
    file: PathBuf,
    ours: bool,
    findings: Vec<Finding>,
}

impl Reader {
    fn push(&mut self, severity: Severity, span: Range<usize>, message: String, help: Option<String>) {
        self.findings.push(Finding {
            severity,
            file: self.file.clone(),
            span,
            message,
            help,
        });
    }

    fn error(&mut self, span: Range<usize>, message: String, help: Option<String>) {
        self.push(Severity::Error, span, message, help);
    }

    /// An error in our own files, advice in foreign ones.
    fn house_rule(&mut self, span: Range<usize>, message: String, help: Option<String>) {
        let severity = if self.ours {
            Severity::Error
        } else {
            Severity::Advice
        };
        self.push(severity, span, message, help);
    }

    fn file_level(&mut self, parsed: &mut Parsed, root: &DeTable<'_>, whole: &Range<usize>) {
        self.ours = root.contains_key("module");
        self.known_keys(root, FILE_KEYS);
        parsed.module = root.get("module").and_then(|v| self.string(v, "module"));
        let shared = root.get("multipart").and_then(|v| v.get_ref().as_table());
        let Some(list) = root.get("questions") else {
            self.error(
                whole.clone(),
                "This file has no questions.".into(),
                Some("Write each question under [[questions]].".into()),
            );
            return;
        };
        let Some(list) = list.get_ref().as_array() else {
            self.error(
                list.span(),
                "`questions` should be a list.".into(),
                Some("Write each question under [[questions]].".into()),
            );
            return;
        };
        for value in list {
            if let Some(read) = self.question(value, shared) {
                parsed.questions.push(read);
            }
        }
    }

    fn question(&mut self, value: Value<'_, '_>, shared: Option<&DeTable<'_>>) -> Option<(Question, Spans)> {
        let table = self.table(value, "a question")?;
        let mut spans = Spans {
            whole: value.span(),
            ..Spans::default()
        };
        let kind_value = self.need(table, "type", &spans.whole)?;
        let kind_name = self.string(kind_value, "type")?;
        let prompt_value = self.need(table, "prompt", &spans.whole)?;
        let prompt_table = self.table(prompt_value, "`prompt`")?;
        let answer_value = self.need(table, "answer", &spans.whole)?;
        let answer_table = self.table(answer_value, "`answer`")?;
        spans.answer = inner_span(answer_value);
        spans.prompt = inner_span(prompt_value);
        let kind = match kind_name.as_str() {
            "MultipleChoice" => self.choice(table, prompt_table, answer_table, &mut spans),
            "ShortAnswer" => self.short(table, prompt_table, answer_table, &mut spans),
            "Tracing" => self.trace(table, prompt_table, answer_table, &spans),
            "Explain" => self.explain(table, prompt_table, answer_table, &mut spans),
            other => {
                let help = nearest(other, TYPES).map(|near| format!("Did you mean `{near}`?"));
                self.error(
                    kind_value.span(),
                    format!("`{other}` is not a type of question."),
                    help,
                );
                None
            }
        }?;
        let prompt = match prompt_table.get("prompt") {
            Some(v) => {
                spans.prompt = v.span();
                self.string(v, "prompt.prompt")?
            }
            None if matches!(kind, Kind::Trace(_)) => {
                "Does this program compile? If so, what does it print? If not, on which line is the error?"
                    .into()
            }
            None => {
                self.error(
                    spans.prompt.clone(),
                    "This question asks nothing.".into(),
                    Some("Add `prompt.prompt`.".into()),
                );
                return None;
            }
        };
        let id = self.id(table, &prompt, &kind, &mut spans);
        let question = Question {
            id,
            version: self.version(table),
            concepts: self.strings(table, "concepts"),
            hints: self.strings(table, "hints"),
            context: table
                .get("context")
                .and_then(|v| self.string(v, "context"))
                .map(|s| s.trim().to_owned()),
            preamble: self.preamble(table, shared),
            asks_why: table
                .get("promptExplanation")
                .and_then(|v| v.get_ref().as_bool())
                .unwrap_or(false),
            prompt: prompt.trim().to_owned(),
            kind,
        };
        Some((question, spans))
    }

    fn id(&mut self, table: &DeTable<'_>, prompt: &str, kind: &Kind, spans: &mut Spans) -> QuestionId {
        if let Some(value) = table.get("id")
            && let Some(id) = self.string(value, "id")
        {
            spans.id = value.span();
            spans.has_id = true;
            return QuestionId(id.trim().to_owned());
        }
        spans.id = spans.whole.clone();
        self.house_rule(
            spans.whole.clone(),
            "This question has no id.".into(),
            Some("Give it an `id` that never changes: results are kept under it. Until then one is made from its prompt.".into()),
        );
        // The standard sentence of a trace is shared by all of them: its program tells them apart.
        let subject = match kind {
            Kind::Trace(trace) => format!("{}\n{}", prompt.trim(), trace.program.trim()),
            _ => prompt.trim().to_owned(),
        };
        QuestionId(format!("q-{}", fingerprint(&subject)))
    }

    fn version(&mut self, table: &DeTable<'_>) -> u32 {
        let Some(value) = table.get("version") else {
            return 1;
        };
        let number = integer(value)
            .and_then(|n| u32::try_from(n).ok())
            .filter(|n| *n > 0);
        number.unwrap_or_else(|| {
            self.error(
                value.span(),
                "`version` should be a whole number from 1 up.".into(),
                None,
            );
            1
        })
    }

    fn preamble(&mut self, table: &DeTable<'_>, shared: Option<&DeTable<'_>>) -> Option<String> {
        let key_value = table.get("multipart")?;
        let key = self.string(key_value, "multipart")?;
        if let Some(text) = shared.and_then(|t| t.get(key.as_str())) {
            return self.string(text, "multipart text").map(|s| s.trim().to_owned());
        }
        self.error(
            key_value.span(),
            format!("There is no multipart text called `{key}`."),
            Some(format!("Add `{key} = \"…\"` under [multipart].")),
        );
        None
    }

    fn need<'a, 'i>(
        &mut self,
        table: &'a DeTable<'i>,
        key: &str,
        span: &Range<usize>,
    ) -> Option<Value<'a, 'i>> {
        let found = table.get(key);
        if found.is_none() {
            self.error(span.clone(), format!("`{key}` is missing here."), None);
        }
        found
    }

    fn table<'a, 'i>(&mut self, value: Value<'a, 'i>, what: &str) -> Option<&'a DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.error(
                value.span(),
                format!("{what} should be a table, not {}.", value.get_ref().type_str()),
                Some("The text of a prompt is written `prompt.prompt = \"…\"`, an answer `answer.answer = \"…\"`.".into()),
            );
        }
        table
    }

    fn string(&mut self, value: Value<'_, '_>, what: &str) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.error(
                value.span(),
                format!(
                    "`{what}` should be text in quotes, not {}.",
                    value.get_ref().type_str()
                ),
                None,
            );
        }
        text
    }

    fn list<'a, 'i>(&mut self, table: &'a DeTable<'i>, key: &str) -> &'a [Spanned<DeValue<'i>>] {
        let Some(value) = table.get(key) else {
            return &[];
        };
        if let DeValue::Array(list) = value.get_ref() {
            return list;
        }
        self.error(value.span(), format!("`{key}` should be a list."), None);
        &[]
    }

    fn strings(&mut self, table: &DeTable<'_>, key: &str) -> Vec<String> {
        match table.get(key) {
            None => Vec::new(),
            Some(v) => self
                .spanned_strings(v, key)
                .into_iter()
                .map(|(text, _)| text.trim().to_owned())
                .collect(),
        }
    }

    fn spanned_strings(&mut self, value: Value<'_, '_>, what: &str) -> Vec<(String, Range<usize>)> {
        let Some(list) = value.get_ref().as_array() else {
            self.error(value.span(), format!("`{what}` should be a list of texts."), None);
            return Vec::new();
        };
        list.iter()
            .filter_map(|item| Some((self.string(item, what)?, item.span())))
            .collect()
    }

    fn known_keys_of(&mut self, question: &DeTable<'_>, own: &[&str]) {
        let all: Vec<&str> = COMMON_KEYS.iter().chain(own).copied().collect();
        self.known_keys(question, &all);
    }

    fn known_keys(&mut self, table: &DeTable<'_>, known: &[&str]) {
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let help = nearest(name, known).map(|near| format!("Did you mean `{near}`?"));
                self.house_rule(key.span(), format!("`{name}` means nothing here."), help);
            }
        }
    }
}

/// `a.b = "…"` gives table `a` no place of its own that shows anything: span what is in it.
fn inner_span(value: Value<'_, '_>) -> Range<usize> {
    let own = value.span();
    let places: Vec<Range<usize>> = match value.get_ref().as_table() {
        Some(table) => table.values().map(Spanned::span).collect(),
        None => Vec::new(),
    };
    let start = places.iter().map(|place| place.start).min();
    let end = places.iter().map(|place| place.end).max();
    match start.zip(end) {
        Some((start, end)) if own.len() < end - start => start..end,
        _ => own,
    }
}

fn integer(value: Value<'_, '_>) -> Option<i64> {
    let number = value.get_ref().as_integer()?;
    i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
}

fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|k| (strsim::osa_distance(&name.to_lowercase(), &k.to_lowercase()), *k))
        .filter(|(distance, k)| *distance <= 2.max(k.len() / 3))
        .min()
        .map(|(_, k)| k)
}
