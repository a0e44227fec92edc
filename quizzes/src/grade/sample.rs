//! Grading without a rubric: a question, model answers, an answer. What `tributary grade` exposes.

use serde::{Deserialize, Serialize};

use super::{Graded, explain, short};

/// An answer with all there is to judge it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// What was asked.
    #[serde(default)]
    pub question: String,
    /// Model answers; any of them counts.
    #[serde(default)]
    pub reference: Vec<String>,
    /// What was answered.
    #[serde(default)]
    pub answer: String,
    /// How it is to be judged.
    pub kind: SampleKind,
}

/// How an answer is to be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SampleKind {
    /// A few words.
    Short,
    /// Own words.
    Explain,
}

/// Grades an answer by its model answers alone.
pub fn grade_sample(sample: &Sample) -> Graded {
    match sample.kind {
        SampleKind::Short => short::grade_forms(&sample.question, &sample.reference, &sample.answer),
        SampleKind::Explain => {
            let references: Vec<&str> = sample.reference.iter().map(String::as_str).collect();
            explain::grade_references(&sample.question, &references, &sample.answer)
        }
    }
}
