//! Limits on buttons and selects.

use std::collections::HashSet;

use serde_json::Value;

use super::Findings;

const ROW: u64 = 1;
const BUTTON: u64 = 2;
const STRING_SELECT: u64 = 3;
const SELECTS: [u64; 5] = [3, 5, 6, 7, 8];
const LINK_STYLE: u64 = 5;
const PREMIUM_STYLE: u64 = 6;
const MOST: usize = 40;

/// Checks a message's rows.
pub fn rows(findings: &mut Findings, at: &str, rows: &Value) {
    let rows = findings.list(at, rows, 0, 5);
    let mut ids = HashSet::new();
    let inside: usize = rows
        .iter()
        .map(|row| row["components"].as_array().map_or(0, Vec::len))
        .sum();
    if rows.len() + inside > MOST {
        findings.add(
            at,
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            format!("The maximum number of components is {MOST}."),
        );
    }
    for (n, row) in rows.iter().enumerate() {
        let at = format!("{at}.{n}");
        if row["type"].as_u64() != Some(ROW) {
            findings.add(
                &format!("{at}.type"),
                "UNION_TYPE_CHOICES",
                "Value of field \"type\" must be one of (1,).",
            );
            continue;
        }
        one_row(
            findings,
            &format!("{at}.components"),
            &row["components"],
            &mut ids,
        );
    }
}

fn one_row<'v>(findings: &mut Findings, at: &str, components: &'v Value, ids: &mut HashSet<&'v str>) {
    let components = findings.list(at, components, 1, 5);
    let selects = components
        .iter()
        .filter(|it| it["type"].as_u64().is_some_and(|kind| SELECTS.contains(&kind)));
    if selects.count() > 0 && components.len() > 1 {
        findings.add(
            at,
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            "The specified component exceeds the maximum width",
        );
    }
    for (n, component) in components.iter().enumerate() {
        let at = format!("{at}.{n}");
        match component["type"].as_u64() {
            Some(BUTTON) => button(findings, &at, component),
            Some(kind) if SELECTS.contains(&kind) => select(findings, &at, component, kind),
            _ => {
                let why = "Value of field \"type\" must be one of (2, 3, 5, 6, 7, 8).";
                findings.add(&format!("{at}.type"), "UNION_TYPE_CHOICES", why);
            }
        }
        if let Some(id) = component["custom_id"].as_str().filter(|id| !ids.insert(id)) {
            let why = format!("Component custom id cannot be duplicated: {id}");
            findings.add(&format!("{at}.custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", why);
        }
    }
}

fn button(findings: &mut Findings, at: &str, button: &Value) {
    findings.text(&format!("{at}.label"), &button["label"], 0, 80);
    match button["style"].as_u64() {
        Some(LINK_STYLE) => {
            findings.text(&format!("{at}.url"), &button["url"], 1, 512);
            if !button["custom_id"].is_null() {
                let why = "A custom id and url cannot both be specified";
                findings.add(at, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", why);
            }
        }
        Some(1..=4) => findings.text(&format!("{at}.custom_id"), &button["custom_id"], 1, 100),
        _ => {
            let why = format!("Value must be one of {{1, 2, 3, 4, {LINK_STYLE}, {PREMIUM_STYLE}}}.");
            findings.add(&format!("{at}.style"), "BASE_TYPE_CHOICES", why);
        }
    }
    let unnamed = button["label"].as_str().is_none_or(str::is_empty) && button["emoji"].is_null();
    if unnamed {
        findings.add(
            at,
            "BUTTON_COMPONENT_INVALID_LABEL",
            "A label or an emoji is required",
        );
    }
}

fn select(findings: &mut Findings, at: &str, select: &Value, kind: u64) {
    findings.text(&format!("{at}.custom_id"), &select["custom_id"], 1, 100);
    findings.text(&format!("{at}.placeholder"), &select["placeholder"], 0, 150);
    let most = select["max_values"].as_u64().unwrap_or(1);
    let least = select["min_values"].as_u64().unwrap_or(1);
    if most > 25 || least > most {
        findings.add(
            &format!("{at}.max_values"),
            "NUMBER_TYPE_MAX",
            "int value should be less than or equal to 25.",
        );
    }
    if kind != STRING_SELECT {
        return;
    }
    let at = format!("{at}.options");
    let options = findings.list(&at, &select["options"], 1, 25);
    if (options.len() as u64) < most {
        let why = "Must be greater than or equal to the number of max_values.";
        findings.add(&at, "BASE_TYPE_BAD_LENGTH", why);
    }
    let mut values = HashSet::new();
    for (n, option) in options.iter().enumerate() {
        findings.text(&format!("{at}.{n}.label"), &option["label"], 1, 100);
        findings.text(&format!("{at}.{n}.value"), &option["value"], 1, 100);
        findings.text(&format!("{at}.{n}.description"), &option["description"], 0, 100);
        if option["value"]
            .as_str()
            .is_some_and(|value| !values.insert(value))
        {
            let why = "The specified option value is already used";
            findings.add(
                &format!("{at}.{n}.value"),
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                why,
            );
        }
    }
}
