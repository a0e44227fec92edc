//! Somebody in the playground, and what they can do there.

use serde_json::{Value, json};

use crate::{Answer, Discord};

/// One person of a world.
#[derive(Clone, Copy)]
pub struct Person<'a> {
    pub(crate) world: &'a Discord,
    pub(crate) name: &'a str,
}

impl Person<'_> {
    /// Types a slash command.
    pub async fn slash(&self, channel: &str, text: &str) -> Answer {
        self.act(json!({"channel": channel, "slash": text})).await
    }

    /// Presses a button, by its label or custom id.
    pub async fn click(&self, message: &str, button: &str) -> Answer {
        self.act(json!({"message": message, "click": button})).await
    }

    /// Presses the button of this label on the last message that has it.
    pub async fn press(&self, seen: &Answer, button: &str) -> Answer {
        self.click(&seen.with_button(button), button).await
    }

    /// Chooses in a select.
    pub async fn select(&self, message: &str, custom_id: &str, values: &[&str]) -> Answer {
        self.act(json!({"message": message, "select": custom_id, "values": values}))
            .await
    }

    /// Sends in the modal that is open, with this text in its first field.
    pub async fn submit(&self, opened: &Answer, text: &str) -> Answer {
        let modal = opened.modal();
        let field = modal["components"][0]["components"][0]["custom_id"]
            .as_str()
            .unwrap_or_default();
        self.act(json!({"modal": modal["id"], "fields": {field: text}}))
            .await
    }

    /// Asks for an option's completion.
    pub async fn complete(&self, channel: &str, text: &str) -> Vec<Value> {
        let answer = self.act(json!({"channel": channel, "autocomplete": text})).await;
        assert_eq!(answer.0["ok"], true, "{answer}");
        answer.0["choices"].as_array().cloned().unwrap_or_default()
    }

    /// Whatever else.
    pub async fn act(&self, mut act: Value) -> Answer {
        act["as"] = json!(self.name);
        self.world.note_typed(&act);
        Answer(self.world.post("/api/act", &act).await)
    }
}
