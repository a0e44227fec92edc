//! What a person sees after doing something.

use std::fmt;

use serde_json::Value;

/// The playground's answer to an act: Discord's messages, as this person sees them.
#[derive(Clone)]
pub struct Answer(pub Value);

impl Answer {
    /// Fails unless the bot acknowledged in time, and without an apology of ours.
    #[must_use]
    pub fn fine(self) -> Self {
        assert_eq!(self.0["ok"], true, "{self}");
        assert!(!self.text().contains("something broke on our side"), "{self}");
        self
    }

    /// Fails unless the playground refused: the person can't see or press it.
    #[must_use]
    pub fn impossible(self) -> Self {
        assert_eq!(self.0["ok"], false, "{self}");
        self
    }

    /// Fails unless these words are somewhere in what the person sees.
    #[must_use]
    pub fn says(self, words: &str) -> Self {
        assert!(self.text().contains(words), "expected {words:?} in:\n{self}");
        self
    }

    /// Fails if these words are anywhere in what the person sees.
    #[must_use]
    pub fn does_not_say(self, words: &str) -> Self {
        assert!(
            !self.text().contains(words),
            "did not expect {words:?} in:\n{self}"
        );
        self
    }

    /// Fails unless the person alone sees all of it.
    #[must_use]
    pub fn privately(self) -> Self {
        assert!(
            self.messages()
                .iter()
                .all(|message| message["ephemeral_to"].is_string()),
            "{self}"
        );
        self
    }

    /// Fails unless the channel sees some of it.
    #[must_use]
    pub fn publicly(self) -> Self {
        assert!(
            self.messages()
                .iter()
                .any(|message| message["ephemeral_to"].is_null()),
            "{self}"
        );
        self
    }

    /// The messages, oldest first.
    pub fn messages(&self) -> &[Value] {
        self.0["messages"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The id of the last message that has a component with this label, or whose custom id begins so.
    pub fn with_button(&self, label: &str) -> String {
        let found = self
            .messages()
            .iter()
            .rev()
            .find(|message| button(message, label).is_some());
        found.map_or_else(|| panic!("no button {label:?} in:\n{self}"), id)
    }

    /// Whether any message has a pressable component with this label.
    pub fn has_button(&self, label: &str) -> bool {
        self.messages()
            .iter()
            .any(|message| button(message, label).is_some_and(|found| found["disabled"] != true))
    }

    /// The id of the last message.
    pub fn last(&self) -> String {
        self.messages()
            .last()
            .map_or_else(|| panic!("no message in:\n{self}"), id)
    }

    /// The modal that opened.
    pub fn modal(&self) -> &Value {
        assert!(self.0["modal"].is_object(), "no modal in:\n{self}");
        &self.0["modal"]
    }

    /// All words of all messages.
    pub fn text(&self) -> String {
        let mut all: Vec<String> = self.messages().iter().map(words).collect();
        all.push(self.0["error"].as_str().unwrap_or_default().to_owned());
        all.join("\n")
    }
}

/// All words of a message: content, embeds, pictures' descriptions.
pub fn words(message: &Value) -> String {
    let mut parts = vec![text(&message["content"])];
    for embed in message["embeds"].as_array().into_iter().flatten() {
        parts.extend([
            text(&embed["title"]),
            text(&embed["description"]),
            text(&embed["footer"]["text"]),
        ]);
        for field in embed["fields"].as_array().into_iter().flatten() {
            parts.extend([text(&field["name"]), text(&field["value"])]);
        }
    }
    for file in message["attachments"].as_array().into_iter().flatten() {
        parts.push(text(&file["description"]));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// A message's components, flat.
pub fn components(message: &Value) -> Vec<&Value> {
    let rows = message["components"].as_array().into_iter().flatten();
    rows.flat_map(|row| row["components"].as_array().into_iter().flatten())
        .collect()
}

fn button<'a>(message: &'a Value, label: &str) -> Option<&'a Value> {
    components(message)
        .into_iter()
        .find(|it| it["label"] == label || it["custom_id"].as_str().is_some_and(|id| id.starts_with(label)))
}

fn id(message: &Value) -> String {
    text(&message["id"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "ok: {}, acked: {}, error: {}",
            self.0["ok"], self.0["acked"], self.0["error"]
        )?;
        for message in self.messages() {
            let labels: Vec<String> = components(message)
                .iter()
                .map(|it| {
                    format!(
                        "[{}]",
                        it["label"].as_str().or(it["placeholder"].as_str()).unwrap_or("?")
                    )
                })
                .collect();
            writeln!(
                f,
                "--- {}\n{}\n{}",
                text(&message["id"]),
                words(message),
                labels.join(" ")
            )?;
        }
        if self.0["modal"].is_object() {
            writeln!(f, "modal: {}", self.0["modal"])?;
        }
        Ok(())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
