//! Every registered command is walked, by those who may and those who may not.

use serde_json::Value;
use tests::World;

use crate::demo;

/// A plausible value for an option, whatever the command.
pub fn value(option: &Value) -> String {
    let name = option["name"].as_str().unwrap_or_default();
    if let Some(choice) = option["choices"].as_array().and_then(|choices| choices.first()) {
        return choice["value"]
            .as_str()
            .map_or_else(|| choice["value"].to_string(), str::to_owned);
    }
    match (option["type"].as_u64(), name) {
        (Some(4), _) => format!("{:.0}", option["min_value"].as_f64().unwrap_or(1.0).max(1.0)),
        (Some(5), _) => "true".to_owned(),
        (Some(6), _) => "@ben".to_owned(),
        (Some(7), _) => "#general".to_owned(),
        (Some(8), _) => "@Moderators".to_owned(),
        (_, "module") => "M1".to_owned(),
        (_, "track") => "streams-15".to_owned(),
        (_, "timezone") => "Europe/Berlin".to_owned(),
        (_, "days") => "weekdays".to_owned(),
        (_, "time") => "09:00".to_owned(),
        _ => "walk".to_owned(),
    }
}

/// Each command line with its required options, and the options that complete.
fn lines(command: &Value) -> Vec<(String, Vec<Value>)> {
    let options = command["options"].as_array().cloned().unwrap_or_default();
    let name = command["name"].as_str().unwrap_or_default();
    let (nested, own): (Vec<Value>, Vec<Value>) = options
        .into_iter()
        .partition(|option| matches!(option["type"].as_u64(), Some(1 | 2)));
    if nested.is_empty() {
        return vec![(name.to_owned(), own)];
    }
    let below = nested.iter().flat_map(lines);
    below
        .map(|(line, options)| (format!("{name} {line}"), options))
        .collect()
}

/// A command line that can be typed, with its options.
pub struct Line {
    pub text: String,
    options: Vec<Value>,
}

impl Line {
    /// With these values for the required options, and for one more where it is named.
    pub fn with(&self, value: impl Fn(&Value) -> String, also: Option<&Value>) -> String {
        let required = self.options.iter().filter(|option| option["required"] == true);
        let mut text = format!("/{}", self.text);
        for option in required.chain(also) {
            let name = option["name"].as_str().unwrap_or_default();
            text.push_str(&format!(" {name}:{}", value(option)));
        }
        text
    }

    pub fn optional(&self) -> impl Iterator<Item = &Value> {
        self.options.iter().filter(|option| option["required"] != true)
    }
}

/// Every command line that this person may use.
pub async fn all(world: &World, person: &str) -> Vec<Line> {
    let state = world.state().await;
    let commands = state["commands"].as_array().cloned().unwrap_or_default();
    commands
        .iter()
        .filter(|command| person == "mod" || command["default_member_permissions"].is_null())
        .flat_map(lines)
        .map(|(text, options)| Line { text, options })
        .collect()
}

async fn types(world: &World, person: &str, text: &str) {
    let answer = world.person(person).slash("lab", text).await.fine();
    let ack = answer.0["ack_ms"].as_u64().unwrap_or(u64::MAX);
    assert!(ack < 3_000, "{text} was acknowledged after {ack} ms");
}

async fn walk(world: &World, person: &str) -> usize {
    let lines = all(world, person).await;
    for line in &lines {
        types(world, person, &line.with(value, None)).await;
        for option in line
            .options
            .iter()
            .filter(|option| option["autocomplete"] == true)
        {
            let name = option["name"].as_str().unwrap_or_default();
            for typed in ["", "m", "no such thing"] {
                let partial = format!("/{} {name}:{typed}", line.text);
                drop(world.person(person).complete("lab", &partial).await);
            }
        }
    }
    lines.len()
}

#[tokio::test]
async fn every_command_answers_in_time_and_in_words() {
    let world = demo().await;
    assert!(walk(&world, "ana").await >= 15, "learners' commands");
    assert!(walk(&world, "mod").await >= 22, "and the moderators'");
    drop(
        world
            .chloe()
            .slash("lab", "/progress")
            .await
            .fine()
            .says("/cohort join"),
    );
    world.end().await;
}

#[tokio::test]
async fn every_option_that_may_be_left_out_may_be_given() {
    let world = demo().await;
    let mut given = 0;
    for line in all(&world, "mod").await {
        for option in line.optional() {
            types(&world, "mod", &line.with(value, Some(option))).await;
            given += 1;
        }
    }
    assert!(given >= 20, "{given}");
    world.end().await;
}
