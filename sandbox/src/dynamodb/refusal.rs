//! What DynamoDB says no with, and how dynoxide's errors become that. Sources: the Amazon DynamoDB API Reference, "Common
//! Errors" and the errors of each action.

use dynoxide::DynoxideError;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::name::Place;
use crate::wire::Refusal;

/// Ours, not the caller's.
pub fn internal() -> Refusal {
    Refusal::new(
        "InternalServerError",
        "The request could not be completed because of an internal error.",
    )
    .with_status(StatusCode::INTERNAL_SERVER_ERROR)
}

/// What is asked for cannot be.
pub fn validation(message: impl Into<String>) -> Refusal {
    Refusal::new("ValidationException", message)
}

/// It is not there.
pub fn not_found(message: impl Into<String>) -> Refusal {
    Refusal::new("ResourceNotFoundException", message)
}

/// More than a sandbox holds.
pub fn over_limit(message: impl Into<String>) -> Refusal {
    Refusal::new("LimitExceededException", message)
}

/// SQLite failed. Its words may name files of ours, so they go to the log alone.
pub fn of_sqlite(error: &rusqlite::Error) -> Refusal {
    tracing::error!(%error, "a tenant's tables could not be read or written");
    internal()
}

/// An error of dynoxide's, with its ARNs set right.
pub fn of_engine(error: DynoxideError, place: &Place) -> Refusal {
    if error.status_code() >= 500 {
        tracing::error!(%error, "dynoxide failed");
        return internal();
    }
    let kind = error.error_type().rsplit('#').next().unwrap_or_default();
    let text = error.to_string();
    let refusal = Refusal::new(kind, place.localized(&text));
    match error {
        DynoxideError::TransactionCanceledException(_, reasons) => {
            refusal.with_fields(fields("CancellationReasons", json!(reasons)))
        }
        DynoxideError::ConditionalCheckFailedException(_, Some(item)) => {
            refusal.with_fields(fields("Item", json!(item)))
        }
        _ => refusal,
    }
}

fn fields(name: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value)])
}

/// A request that dynoxide's types could not be read from. dynoxide words most refusals itself and marks which
/// exception they belong to; what has no mark is a value of another type than the API's.
pub fn of_reading(error: &serde_json::Error, operation: &str) -> DynoxideError {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    if let Some(message) = text.strip_prefix("VALIDATION_REQUEST:") {
        return DynoxideError::ValidationException(enveloped(operation, message));
    }
    for mark in ["VALIDATION_AS_READ:", "VALIDATION:"] {
        if let Some(message) = text.strip_prefix(mark) {
            return DynoxideError::ValidationException(message.to_owned());
        }
    }
    for mark in ["SERIALIZATION_AS_READ:", "SERIALIZATION:"] {
        if let Some(message) = text.strip_prefix(mark) {
            return DynoxideError::SerializationException(message.to_owned());
        }
    }
    if text.contains("empty AttributeValue") {
        return DynoxideError::ValidationException(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
                .to_owned(),
        );
    }
    let invalid = [
        "Supplied AttributeValue",
        "missing field",
        "unknown variant",
        "invalid type: null",
    ];
    if invalid.iter().any(|part| text.contains(part)) {
        DynoxideError::ValidationException(text.to_owned())
    } else {
        DynoxideError::SerializationException(text.to_owned())
    }
}

/// The writes of one item say how many errors there are.
fn enveloped(operation: &str, message: &str) -> String {
    const ENVELOPE: &str = "1 validation error detected: ";
    let writes_one = matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem");
    if writes_one && !message.starts_with(ENVELOPE) {
        format!("{ENVELOPE}{message}")
    } else {
        message.to_owned()
    }
}
