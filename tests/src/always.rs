//! What must hold of every run, whatever its story: looked at when a world ends.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;

use serde_json::Value;

use crate::Discord;
use crate::program::SECRET_TOKEN;

/// What the bot's log must not hold. `trouble` where the story provokes failures of ours.
pub fn check_log(log: &str, traffic: &[Value], trouble: bool) {
    // serenity says the first at an event that it does not know or can't read, the second at a frame.
    for words in ["An unknown event was received", "Err deserializing", "panicked"] {
        assert!(!log.contains(words), "{words}:\n{log}");
    }
    assert!(!log.contains(SECRET_TOKEN), "the bot's token is in the log");
    for token in interaction_tokens(traffic) {
        assert!(
            !log.contains(&token),
            "an interaction's token is in the log:\n{log}"
        );
    }
    assert!(trouble || !log.contains("ERROR"), "an error was logged:\n{log}");
}

/// No message may ping anyone: each says so itself.
pub fn check_mentions(traffic: &[Value]) {
    for request in traffic {
        let body = &request["body"];
        let message = if body["data"].is_object() {
            &body["data"]
        } else {
            body
        };
        let speaks = message["content"].as_str().is_some_and(|words| !words.is_empty())
            || message["embeds"].as_array().is_some_and(|all| !all.is_empty());
        let path = request["path"].as_str().unwrap_or_default();
        if speaks && request["method"] != "PUT" && !path.ends_with("/commands") {
            let mentions = &message["allowed_mentions"];
            assert!(
                mentions.is_object(),
                "a message without allowed_mentions: {request}"
            );
            for kind in ["parse", "users", "roles"] {
                let named = mentions[kind].as_array().map_or(0, Vec::len);
                assert_eq!(named, 0, "a message that may ping: {request}");
            }
        }
    }
}

/// Adds the run's requests to the file that `TRIBUTARY_TEST_TRAFFIC` names, for a check against Discord's description.
pub fn keep(discord: &Discord) {
    let Some(path) = std::env::var_os("TRIBUTARY_TEST_TRAFFIC") else {
        return;
    };
    let lines: Vec<String> = discord.traffic().iter().map(|it| format!("{it}\n")).collect();
    let file = File::options().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(lines.concat().as_bytes()))
        .expect("the traffic is kept");
}

/// Each interaction is answered once: a second first answer would be the sign of a state kept wrong.
pub fn check_answers(discord: &Discord) {
    let mut answered = BTreeSet::new();
    for request in discord.traffic() {
        let path = request["path"].as_str().unwrap_or_default();
        if path.ends_with("/callback") {
            assert!(
                answered.insert(path.to_owned()),
                "an interaction was answered twice: {path}"
            );
        }
    }
}

/// The secret part of `/interactions/ID/TOKEN/callback` and `/webhooks/APP/TOKEN/…`.
fn interaction_tokens(traffic: &[Value]) -> BTreeSet<String> {
    let paths = traffic.iter().filter_map(|request| request["path"].as_str());
    paths
        .filter_map(|path| {
            let mut parts = path
                .split('/')
                .skip_while(|part| !matches!(*part, "interactions" | "webhooks"));
            parts.nth(2).map(str::to_owned)
        })
        .filter(|token| token.len() >= 16)
        .collect()
}
