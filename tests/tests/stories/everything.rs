//! Every registered command is walked, by those who may and those who may not.

use serde_json::Value;
use tests::World;

use crate::demo;

/// A plausible value for an option, whatever the command.
fn value(option: &Value) -> String {
    let name = option["name"].as_str().unwrap_or_default();
    if let Some(choice) = option["choices"].as_array().and_then(|choices| choices.first()) {
        return choice["value"]
            .as_str()
            .map_or_else(|| choice["value"].to_string(), str::to_owned);
    }
    match (option["type"].as_u64(), name) {
        (Some(4), _) => "1".to_owned(),
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

async fn walk(world: &World, person: &str) -> usize {
    let state = world.state().await;
    let mut walked = 0;
    for command in state["commands"].as_array().into_iter().flatten() {
        let moderators_only = !command["default_member_permissions"].is_null();
        if moderators_only && person != "mod" {
            continue;
        }
        for (line, options) in lines(command) {
            let mut text = format!("/{line}");
            for option in options.iter().filter(|option| option["required"] == true) {
                text.push_str(&format!(
                    " {}:{}",
                    option["name"].as_str().unwrap_or_default(),
                    value(option)
                ));
            }
            let answer = world.person(person).slash("lab", &text).await.fine();
            let ack = answer.0["ack_ms"].as_u64().unwrap_or(u64::MAX);
            assert!(ack < 3_000, "{text} was acknowledged after {ack} ms");
            walked += 1;
            for option in options.iter().filter(|option| option["autocomplete"] == true) {
                let partial = format!("/{line} {}:", option["name"].as_str().unwrap_or_default());
                drop(world.person(person).complete("lab", &partial).await);
            }
        }
    }
    walked
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
