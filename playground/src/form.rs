//! Filling in a modal, as a client allows it: every field checked, untouched fields as they were
//! shown. Pure.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::world::Modal;

/// Discord's bound for a field without a `max_length`.
const LONGEST: u64 = 4_000;

/// The `data` of the interaction that sends the form.
pub fn fill(modal: &Modal, fields: &BTreeMap<String, String>) -> Result<Value, String> {
    let inputs = || {
        modal
            .components
            .iter()
            .flat_map(|row| row["components"].as_array().into_iter().flatten())
    };
    if let Some(stray) = fields
        .keys()
        .find(|key| !inputs().any(|input| input["custom_id"] == key.as_str()))
    {
        let known: Vec<_> = inputs().filter_map(|input| input["custom_id"].as_str()).collect();
        return Err(format!(
            "The form has no field `{stray}`; it has {}.",
            known.join(", ")
        ));
    }
    let mut rows = Vec::new();
    for row in &modal.components {
        let mut filled = Vec::new();
        for input in row["components"].as_array().into_iter().flatten() {
            let id = input["custom_id"].as_str().unwrap_or_default();
            let value = fields
                .get(id)
                .map_or_else(|| input["value"].as_str().unwrap_or_default(), String::as_str);
            check(input, value)?;
            filled.push(json!({"type": input["type"], "id": input["id"], "custom_id": id, "value": value}));
        }
        rows.push(json!({"type": row["type"], "id": row["id"], "components": filled}));
    }
    Ok(json!({"custom_id": modal.custom_id, "components": rows}))
}

/// The `data` of a form that no client would send.
pub fn forge(custom_id: &str, fields: &BTreeMap<String, String>) -> Value {
    const TEXT_INPUT: u8 = 4;
    const ROW: u8 = 1;
    let row = |(id, value): (&String, &String)| {
        let input = json!({"type": TEXT_INPUT, "id": 1, "custom_id": id, "value": value});
        json!({"type": ROW, "id": 1, "components": [input]})
    };
    json!({"custom_id": custom_id, "components": fields.iter().map(row).collect::<Vec<_>>()})
}

fn check(input: &Value, value: &str) -> Result<(), String> {
    let label = input["label"].as_str().unwrap_or_default();
    let length = value.chars().count() as u64;
    if length == 0 {
        let optional = input["required"] == false;
        return if optional {
            Ok(())
        } else {
            Err(format!("`{label}` is required."))
        };
    }
    let least = input["min_length"].as_u64().unwrap_or(0);
    let most = input["max_length"].as_u64().unwrap_or(LONGEST);
    if length < least || length > most {
        return Err(format!(
            "`{label}` takes {least} to {most} characters, not {length}."
        ));
    }
    Ok(())
}
