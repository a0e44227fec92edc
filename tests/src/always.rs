//! What must hold of every run, whatever its story: looked at when a world ends.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write as _;

use serde_json::Value;

use crate::Discord;
use crate::program::SECRET_TOKEN;

/// What the bot's log must not hold. `trouble` where the story provokes failures of ours.
pub fn check_log(log: &str, traffic: &[Value], trouble: bool) {
    // The second follows a frame that serenity could not read.
    for words in ["an event could not be read", "Sequence off", "panicked"] {
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

/// Nothing that a member typed or wrote is in the log, nor a person's name.
pub fn check_words(log: &str, typed: &[String]) {
    for words in typed {
        let quoted = Value::from(words.as_str()).to_string();
        let quoted = quoted.trim_matches('"');
        assert!(
            !log.contains(words) && !log.contains(quoted),
            "{words:?} is in the log:\n{}",
            log.lines()
                .filter(|line| line.contains(words) || line.contains(quoted))
                .collect::<Vec<_>>()
                .join("\n")
        );
    }
    for word in log.split(|letter: char| !letter.is_alphanumeric()) {
        assert!(
            !["ana", "ben", "chloe"].contains(&word),
            "{word} is called by name in the log"
        );
    }
}

/// Every line is JSON, and each interaction has one closing line, with the ids that find it. In a story of `trouble` an
/// answer may have been sent by an interaction that never ended.
pub fn check_lines(log: &str, traffic: &[Value], trouble: bool) {
    let mut closed = BTreeMap::new();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|why| panic!("not JSON ({why}): {line}"));
        let span = &line["spans"][0];
        if line["message"] == "interaction" {
            assert_eq!(span["name"], "interaction", "{line}");
            for field in ["id", "kind", "command", "member"] {
                assert!(span[field].is_string(), "{field}: {line}");
            }
            assert!(line["outcome"].is_string() && line["done_ms"].is_u64(), "{line}");
            let apologised = line["outcome"] == "apology";
            assert_eq!(line["reference"].is_string(), apologised, "{line}");
            *closed
                .entry(span["id"].as_str().unwrap_or_default().to_owned())
                .or_insert(0) += 1;
        }
    }
    for (id, lines) in &closed {
        assert_eq!(*lines, 1, "interaction {id} has {lines} closing lines:\n{log}");
    }
    for request in traffic {
        let path = request["path"].as_str().unwrap_or_default();
        if path.ends_with("/callback") {
            let id = path.split('/').nth(2).unwrap_or_default();
            assert!(
                trouble || closed.contains_key(id),
                "interaction {id} has no closing line:\n{log}"
            );
        }
    }
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
