//! Asking a tenant whether a step is done, and the sentence for when it is not.

use super::Step;
use crate::lab::{Answer, Cell, Lab, QueryError, View};
use crate::tenant::AccountId;

/// What a check says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// It is not, and what was found instead.
    NotYet(String),
}

/// A check that could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("the check of the step {step} could not be asked")]
pub struct CheckError {
    /// The step's id.
    pub step: String,
    /// Why.
    #[source]
    pub source: QueryError,
}

impl CheckError {
    /// Whether it may be asked again in a moment.
    pub fn is_busy(&self) -> bool {
        matches!(self.source, QueryError::Busy)
    }
}

impl Step {
    /// Asks a tenant. `views` are the tenant's saved queries, as fresh as the caller wants them.
    pub async fn check(&self, lab: &Lab, tenant: &AccountId, views: &[View]) -> Result<Outcome, CheckError> {
        let answer = lab
            .query(tenant, &self.check, views)
            .await
            .map_err(|source| CheckError {
                step: self.id.clone(),
                source,
            })?;
        Ok(self.outcome(&answer))
    }

    /// What an answer to the check says.
    pub(super) fn outcome(&self, answer: &Answer) -> Outcome {
        let first = answer.rows.first().and_then(|row| row.first());
        if first.is_some_and(Cell::holds) {
            Outcome::Done
        } else {
            Outcome::NotYet(self.filled(answer))
        }
    }

    /// The sentence, with the row's figures in it.
    fn filled(&self, answer: &Answer) -> String {
        let mut sentence = self.not_yet.clone();
        for name in placeholders(&self.not_yet) {
            let value = match answer.first(name) {
                None | Some(Cell::Null) => "none".to_owned(),
                Some(cell) => cell.to_string(),
            };
            sentence = sentence.replace(&format!("{{{name}}}"), &value);
        }
        sentence
    }
}

/// The names in braces.
pub fn placeholders(sentence: &str) -> Vec<&str> {
    let is_name = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    sentence
        .split('{')
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('}')?.0))
        .filter(is_name)
        .collect()
}
