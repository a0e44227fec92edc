//! What all batch operations have in common: up to ten entries with ids, each done or refused by itself. Source: the
//! errors of `SendMessageBatch`, `DeleteMessageBatch` and `ChangeMessageVisibilityBatch` in the API Reference.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal;
use crate::wire::{Refusal, Reply};

/// The most entries of a batch.
const MOST: usize = 10;

/// One entry of a batch.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Entry<T> {
    #[serde(default)]
    pub id: String,
    #[serde(flatten)]
    pub content: T,
}

/// Refuses a batch that is refused as a whole.
pub fn check<T>(entries: &[Entry<T>], what: &str) -> Result<(), Refusal> {
    if entries.is_empty() {
        return Err(refusal::empty_batch(what));
    }
    if entries.len() > MOST {
        return Err(refusal::too_many_entries(entries.len()));
    }
    let mut seen = HashSet::new();
    for entry in entries {
        let id = entry.id.as_str();
        let fine = (1..=80).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !fine {
            return Err(refusal::invalid_entry_id());
        }
        if !seen.insert(id) {
            return Err(refusal::ids_not_distinct(id));
        }
    }
    Ok(())
}

/// Does each entry and tells of each.
pub fn each<T>(entries: Vec<Entry<T>>, mut work: impl FnMut(T) -> Result<Value, Refusal>) -> Reply {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for Entry { id, content } in entries {
        match work(content) {
            Ok(mut answer) => {
                answer["Id"] = json!(id);
                done.push(answer);
            }
            Err(refusal) => failed.push(json!({
                "Id": id,
                "SenderFault": !refusal.status.is_server_error(),
                "Code": refusal.query_code.unwrap_or(&refusal.kind),
                "Message": refusal.message,
            })),
        }
    }
    let mut answer = json!({ "Successful": done });
    if !failed.is_empty() {
        answer["Failed"] = json!(failed);
    }
    Reply::Value(answer)
}
