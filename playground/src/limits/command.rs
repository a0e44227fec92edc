//! Limits on application commands.

use std::collections::HashSet;

use serde_json::Value;

use super::Findings;
use crate::rest::Refusal;

const CHAT: u64 = 1;
const SUBCOMMAND: u64 = 1;
const GROUP: u64 = 2;
/// How many commands of each type one list may hold: chat, user, message.
const MOST: [(u64, usize); 3] = [(1, 100), (2, 5), (3, 5)];
const ALL_TEXT: usize = 8_000;

/// Checks one command.
pub fn command(body: &Value) -> Result<(), Refusal> {
    let mut findings = Findings::default();
    one(&mut findings, "", body);
    findings.check()
}

/// Checks a list that replaces all commands.
pub fn commands(list: &Value) -> Result<(), Refusal> {
    let mut findings = Findings::default();
    let all = findings.list("", list, 0, 110);
    let mut names = HashSet::new();
    for (n, body) in all.iter().enumerate() {
        one(&mut findings, &n.to_string(), body);
        if !names.insert((kind(body), body["name"].as_str())) {
            let why = "Application command names must be unique";
            findings.add(&format!("{n}.name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", why);
        }
    }
    for (wanted, most) in MOST {
        if all.iter().filter(|body| kind(body) == wanted).count() > most {
            findings.add(
                "",
                "APPLICATION_COMMANDS_MAX",
                format!("Maximum number of application commands reached ({most})."),
            );
        }
    }
    findings.check()
}

fn kind(body: &Value) -> u64 {
    body["type"].as_u64().unwrap_or(CHAT)
}

fn one(findings: &mut Findings, at: &str, body: &Value) {
    let place = |field: &str| {
        if at.is_empty() {
            field.to_owned()
        } else {
            format!("{at}.{field}")
        }
    };
    if kind(body) == CHAT {
        name(findings, &place("name"), &body["name"]);
        findings.text(&place("description"), &body["description"], 1, 100);
        options(findings, &place("options"), &body["options"], 0);
    } else {
        findings.text(&place("name"), &body["name"], 1, 32);
        if body["description"].as_str().is_some_and(|text| !text.is_empty()) {
            let why = "Context menu commands cannot have description";
            findings.add(
                &place("description"),
                "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION",
                why,
            );
        }
    }
    if all_text(body) > ALL_TEXT {
        findings.add(
            at,
            "APPLICATION_COMMAND_TOO_LARGE",
            format!("Command exceeds maximum size ({ALL_TEXT})"),
        );
    }
}

fn name(findings: &mut Findings, at: &str, value: &Value) {
    findings.text(at, value, 1, 32);
    let fits = |letter: char| letter.is_alphanumeric() || "-_'".contains(letter);
    let Some(name) = value.as_str().filter(|name| !name.is_empty()) else {
        return;
    };
    if name != name.to_lowercase() || !name.chars().all(fits) {
        findings.add(at, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
    }
}

fn options(findings: &mut Findings, at: &str, list: &Value, depth: u32) {
    let list = findings.list(at, list, 0, 25);
    let mut names = HashSet::new();
    let mut optional_seen = false;
    let nested = |option: &Value| matches!(option["type"].as_u64(), Some(SUBCOMMAND | GROUP));
    if list.iter().any(nested) && !list.iter().all(nested) {
        let why = "Sub-command and sub-command group option types are mutually exclusive to all other types";
        findings.add(at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", why);
    }
    for (n, option) in list.iter().enumerate() {
        let at = format!("{at}.{n}");
        name(findings, &format!("{at}.name"), &option["name"]);
        findings.text(&format!("{at}.description"), &option["description"], 1, 100);
        if !names.insert(option["name"].as_str()) {
            let why = "Option names must be unique";
            findings.add(
                &format!("{at}.name"),
                "APPLICATION_COMMAND_OPTIONS_NAME_INVALID",
                why,
            );
        }
        if option["required"] == true && optional_seen {
            let why = "Required options must be placed before non-required options";
            findings.add(
                &format!("{at}.required"),
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                why,
            );
        }
        optional_seen |= option["required"] != true;
        option_type(findings, &at, option, depth);
    }
}

fn option_type(findings: &mut Findings, at: &str, option: &Value, depth: u32) {
    match option["type"].as_u64() {
        Some(GROUP) if depth > 0 => {
            let why = "A group stands only at the top of a command";
            findings.add(
                &format!("{at}.type"),
                "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                why,
            );
        }
        Some(SUBCOMMAND | GROUP) if depth < 2 => {
            options(findings, &format!("{at}.options"), &option["options"], depth + 1);
        }
        Some(3..=11) => choices(findings, at, option),
        _ => findings.add(
            &format!("{at}.type"),
            "BASE_TYPE_CHOICES",
            "Value must be one of {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}.",
        ),
    }
}

fn choices(findings: &mut Findings, at: &str, option: &Value) {
    let list = findings.list(&format!("{at}.choices"), &option["choices"], 0, 25);
    for (n, choice) in list.iter().enumerate() {
        findings.text(&format!("{at}.choices.{n}.name"), &choice["name"], 1, 100);
        if choice["value"].is_string() {
            findings.text(&format!("{at}.choices.{n}.value"), &choice["value"], 1, 100);
        }
    }
    if option["autocomplete"] == true && !list.is_empty() {
        let why = "Autocomplete and choices cannot be used together";
        findings.add(at, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", why);
    }
}

/// The characters of all names, descriptions and choice values together.
fn all_text(body: &Value) -> usize {
    let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let choices = body["choices"].as_array().into_iter().flatten();
    let options = body["options"].as_array().into_iter().flatten();
    length(&body["name"])
        + length(&body["description"])
        + choices
            .map(|choice| length(&choice["name"]) + length(&choice["value"]))
            .sum::<usize>()
        + options.map(all_text).sum::<usize>()
}
