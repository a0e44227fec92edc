//! The playground's interface for people and scripts: what anyone can see, and what only a script can do.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::{Answer, Person, answer};

/// Where the playground is, and the file that it records the bot's requests in.
pub struct Discord {
    /// Its address.
    pub base: String,
    record: PathBuf,
    http: reqwest::Client,
    /// What people have typed, as far as it can only be theirs.
    typed: Mutex<Vec<String>>,
}

impl Discord {
    /// The playground at this address.
    pub fn at(base: String, record: &Path) -> Self {
        Self {
            base,
            record: record.to_owned(),
            http: reqwest::Client::builder().no_proxy().build().expect("a client"),
            typed: Mutex::default(),
        }
    }

    /// The learner ana.
    pub fn ana(&self) -> Person<'_> {
        self.person("ana")
    }

    /// The learner ben.
    pub fn ben(&self) -> Person<'_> {
        self.person("ben")
    }

    /// The learner chloe, who has not joined.
    pub fn chloe(&self) -> Person<'_> {
        self.person("chloe")
    }

    /// The moderator.
    pub fn mod_(&self) -> Person<'_> {
        self.person("mod")
    }

    /// Anyone.
    pub fn person<'a>(&'a self, name: &'a str) -> Person<'a> {
        Person { world: self, name }
    }

    /// Sets the clock or moves it on; what was posted meanwhile.
    pub async fn clock(&self, to: Value) -> Answer {
        let answer = self.post("/api/clock", &to).await;
        Answer(
            json!({"ok": answer["clock"].is_string(), "messages": answer["posted"], "error": answer["error"]}),
        )
    }

    /// Puts a fault in force, or clears all with `{}`.
    pub async fn fault(&self, fault: Value) {
        let answer = self.post("/api/fault", &fault).await;
        assert_eq!(answer["ok"], true, "{answer}");
    }

    /// The whole state.
    pub async fn state(&self) -> Value {
        let answer = self
            .http
            .get(format!("{}/api/state", self.base))
            .send()
            .await
            .expect("it answers");
        answer.json().await.expect("it is JSON")
    }

    /// Whether the bot is connected and has registered its commands.
    pub async fn has_bot(&self) -> bool {
        let state = self.state().await;
        state["bot"]["connected"] == true && state["commands"].as_array().is_some_and(|all| !all.is_empty())
    }

    /// A channel's messages, oldest first; by name, threads too.
    pub async fn channel(&self, name: &str) -> Vec<Value> {
        let state = self.state().await;
        let channels = state["channels"].as_array().cloned().unwrap_or_default();
        let found = channels.iter().find(|channel| channel["name"] == name);
        let id = found
            .and_then(|channel| channel["id"].as_str())
            .unwrap_or_default();
        state["messages"][id].as_array().cloned().unwrap_or_default()
    }

    /// The private threads there are, with their messages.
    pub async fn quiz_threads(&self) -> Vec<(Value, Vec<Value>)> {
        let state = self.state().await;
        let channels = state["channels"].as_array().cloned().unwrap_or_default();
        let private = channels
            .into_iter()
            .filter(|channel| channel["kind"] == "private_thread");
        private
            .map(|thread| {
                let id = thread["id"].as_str().unwrap_or_default();
                let messages = state["messages"][id].as_array().cloned().unwrap_or_default();
                (thread, messages)
            })
            .collect()
    }

    /// The posts of lessons in #lessons: messages of the bot with a Start button.
    pub async fn posts(&self) -> Vec<Value> {
        let mut messages = self.channel("lessons").await;
        messages.retain(|message| {
            answer::components(message).iter().any(|it| {
                it["custom_id"]
                    .as_str()
                    .is_some_and(|id| id.starts_with("lesson:open:"))
            }) && message["ephemeral_to"].is_null()
        });
        messages
    }

    /// Every REST request that Discord has seen, in order; each is recorded when it arrives.
    pub fn traffic(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.record).unwrap_or_default();
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// The same from the `from`th on, as `METHOD path`.
    pub fn requests(&self, from: usize) -> Vec<String> {
        let line = |it: &Value| {
            format!(
                "{} {}",
                it["method"].as_str().unwrap_or_default(),
                it["path"].as_str().unwrap_or_default()
            )
        };
        self.traffic().iter().skip(from).map(line).collect()
    }

    /// What people have typed: sentences, and words that no program would say.
    pub fn typed(&self) -> Vec<String> {
        self.typed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn note_typed(&self, act: &Value) {
        let slash = act["slash"]
            .as_str()
            .into_iter()
            .flat_map(|text| text.split(':').skip(1));
        let fields = act["fields"]
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.values());
        let words = fields.filter_map(Value::as_str).chain(slash).map(str::trim);
        let theirs = words.filter(|words| {
            words.len() >= 8 && words.chars().any(|letter| letter == ' ' || !letter.is_ascii())
        });
        let mut typed = self.typed.lock().unwrap_or_else(PoisonError::into_inner);
        typed.extend(theirs.map(str::to_owned));
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let sent = self
            .http
            .post(format!("{}{path}", self.base))
            .json(body)
            .send()
            .await
            .expect("it answers");
        sent.json().await.expect("it is JSON")
    }
}
