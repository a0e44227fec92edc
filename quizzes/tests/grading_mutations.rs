//! Model answers turned into wrong ones by one small change: none of them may pass.

use std::fs;
use std::path::Path;

use quizzes::grade::{Sample, SampleKind, Verdict, grade_explain, grade_sample};
use quizzes::{Bank, Explain, Kind};
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    samples: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    question: String,
    reference: Vec<String>,
    /// The rubric, for questions of the bank.
    #[serde(skip)]
    rubric: Option<Explain>,
}

/// Questions with their model answers: the samples and the bank.
fn rows() -> Vec<Row> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut rows = Vec::new();
    for file in ["explain_tuned.toml", "explain_held_out.toml"] {
        let text = fs::read_to_string(root.join("tests/samples").join(file)).expect("samples");
        rows.extend(
            toml::from_str::<Table>(&text)
                .expect("a table of samples")
                .samples,
        );
    }
    for entry in Bank::embedded().entries() {
        if let Kind::Explain(explain) = &entry.question.kind {
            rows.push(Row {
                question: entry.question.prompt.clone(),
                reference: explain.references.clone(),
                rubric: Some(explain.clone()),
            });
        }
    }
    rows
}

/// Grades a change of each model answer by the model answers; `change` gives none where it can't apply.
fn passed(change: impl Fn(&str) -> Option<String>) -> (Vec<String>, usize) {
    let (mut passed, mut tried) = (Vec::new(), 0);
    for row in rows() {
        for reference in &row.reference {
            let Some(answer) = change(reference) else {
                continue;
            };
            tried += 1;
            let sample = Sample {
                question: row.question.clone(),
                reference: row.reference.clone(),
                answer: answer.clone(),
                kind: SampleKind::Explain,
            };
            let by_rubric = row
                .rubric
                .as_ref()
                .map(|r| grade_explain(&row.question, r, &answer).verdict);
            if grade_sample(&sample).verdict == Verdict::Pass || by_rubric == Some(Verdict::Pass) {
                passed.push(answer);
            }
        }
    }
    (passed, tried)
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// Changes whole words, punctuation kept; none where nothing changes.
fn exchange(text: &str, pairs: &[(&str, &str)]) -> Option<String> {
    let changed: Vec<String> = words(text)
        .iter()
        .map(|word| {
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
            let other = pairs.iter().find_map(|(a, b)| {
                if bare.eq_ignore_ascii_case(a) {
                    Some(*b)
                } else {
                    bare.eq_ignore_ascii_case(b).then_some(*a)
                }
            });
            other.map_or_else(|| word.clone(), |other| word.replacen(bare, other, 1))
        })
        .collect();
    let changed = changed.join(" ");
    (changed != text).then_some(changed)
}

#[test]
fn a_denied_claim_never_passes() {
    let (passed, tried) = passed(|text| {
        let mut words = words(text);
        let verbs = ["is", "are", "can", "will", "must", "should", "may"];
        let at = words.iter().position(|w| verbs.contains(&w.as_str()))?;
        if words.get(at + 1).is_some_and(|w| w == "not") {
            return None;
        }
        words.insert(at + 1, "not".into());
        Some(words.join(" "))
    });
    assert!(tried >= 20, "{tried}");
    assert!(passed.is_empty(), "{passed:#?}");
}

#[test]
fn exchanged_opposites_never_pass() {
    let pairs = [
        ("producer", "consumer"),
        ("producers", "consumers"),
        ("before", "after"),
        ("same", "different"),
        ("first", "last"),
        ("latest", "oldest"),
        ("fast", "slow"),
        ("always", "never"),
        ("parent", "child"),
        ("batch", "stream"),
        ("lost", "duplicated"),
        ("once", "twice"),
    ];
    let (passed, tried) = passed(|text| exchange(text, &pairs));
    assert!(tried >= 20, "{tried}");
    assert!(passed.is_empty(), "{passed:#?}");
}

#[test]
fn changed_numbers_never_pass() {
    let (passed, tried) = passed(|text| {
        let at = text.find(|c: char| c.is_ascii_digit())?;
        let end = text[at..]
            .find(|c: char| !c.is_ascii_digit())
            .map_or(text.len(), |n| at + n);
        Some(format!("{}{}{}", &text[..at], "37", &text[end..]))
    });
    assert!(tried >= 2, "{tried}");
    assert!(passed.is_empty(), "{passed:#?}");
}

#[test]
fn a_model_answer_with_its_own_denial_behind_it_never_passes() {
    let (passed, _) = passed(|text| Some(format!("{text} But that is not true.")));
    assert!(passed.is_empty(), "{passed:#?}");
}

#[test]
fn the_words_of_a_model_answer_backwards_never_pass() {
    let (passed, _) = passed(|text| Some(words(text).into_iter().rev().collect::<Vec<_>>().join(" ")));
    assert!(passed.is_empty(), "{passed:#?}");
}
