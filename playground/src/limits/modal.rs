//! Limits on modals and on the choices of an autocomplete.

use std::collections::HashSet;

use serde_json::Value;

use super::Findings;
use crate::rest::Refusal;

const TEXT_INPUT: u64 = 4;

/// Checks the `data` of a modal callback.
pub fn modal(data: &Value) -> Result<(), Refusal> {
    let mut findings = Findings::default();
    findings.text("data.title", &data["title"], 1, 45);
    findings.text("data.custom_id", &data["custom_id"], 1, 100);
    let mut ids = HashSet::new();
    for (n, row) in findings
        .list("data.components", &data["components"], 1, 5)
        .iter()
        .enumerate()
    {
        let at = format!("data.components.{n}.components");
        for (m, input) in findings.list(&at, &row["components"], 1, 1).iter().enumerate() {
            text_input(&mut findings, &format!("{at}.{m}"), input);
            if let Some(id) = input["custom_id"].as_str().filter(|id| !ids.insert(*id)) {
                let why = format!("Component custom id cannot be duplicated: {id}");
                findings.add(
                    &format!("{at}.{m}.custom_id"),
                    "COMPONENT_CUSTOM_ID_DUPLICATED",
                    why,
                );
            }
        }
    }
    findings.check()
}

fn text_input(findings: &mut Findings, at: &str, input: &Value) {
    if input["type"].as_u64() != Some(TEXT_INPUT) {
        findings.add(
            &format!("{at}.type"),
            "UNION_TYPE_CHOICES",
            "Value of field \"type\" must be one of (4,).",
        );
        return;
    }
    findings.text(&format!("{at}.custom_id"), &input["custom_id"], 1, 100);
    findings.text(&format!("{at}.label"), &input["label"], 1, 45);
    findings.text(&format!("{at}.placeholder"), &input["placeholder"], 0, 100);
    findings.text(&format!("{at}.value"), &input["value"], 0, 4_000);
    if !matches!(input["style"].as_u64(), Some(1 | 2)) {
        findings.add(
            &format!("{at}.style"),
            "BASE_TYPE_CHOICES",
            "Value must be one of {1, 2}.",
        );
    }
    let length = |field: &str, default| input[field].as_u64().unwrap_or(default);
    let (least, most) = (length("min_length", 0), length("max_length", 4_000));
    if most == 0 || most > 4_000 || least > most {
        let why = "int value should be between 1 and 4000 and not below min_length.";
        findings.add(&format!("{at}.max_length"), "NUMBER_TYPE_MAX", why);
    }
}

/// Checks the `data` of an autocomplete callback.
pub fn choices(data: &Value) -> Result<(), Refusal> {
    let mut findings = Findings::default();
    for (n, choice) in findings
        .list("data.choices", &data["choices"], 0, 25)
        .iter()
        .enumerate()
    {
        findings.text(&format!("data.choices.{n}.name"), &choice["name"], 1, 100);
        match &choice["value"] {
            Value::Number(_) => {}
            value => findings.text(&format!("data.choices.{n}.value"), value, 1, 100),
        }
    }
    findings.check()
}
