//! A message attribute as SNS and SQS take it, from a plain JSON value. Both know texts, numbers and lists (`String.Array`).

use serde_json::Value;

/// The data type and the text of it; `None` for what is no attribute, or empty.
pub fn typed(value: &Value) -> Option<(&'static str, String)> {
    let (kind, text) = match value {
        Value::String(text) => ("String", text.clone()),
        Value::Number(number) => ("Number", number.to_string()),
        Value::Array(_) => ("String.Array", value.to_string()),
        _ => return None,
    };
    (!text.is_empty()).then_some((kind, text))
}
