//! Discord's limits on what a bot sends, and the way it reports what breaks them: a tree of errors
//! that mirrors the request. Permissions and state are not looked at here.

mod command;
mod component;
mod message;
mod modal;

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

pub use command::{command, commands};
pub use message::{Sending, bulk, message, thread_name};
pub use modal::{choices, modal};

use crate::rest::Refusal;

/// What is wrong with a request so far. Places are paths such as `embeds.0.title`.
#[derive(Debug, Default)]
pub struct Findings(Option<Value>);

impl Findings {
    pub fn add(&mut self, at: &str, code: &str, message: impl Into<String>) {
        let mut place = self.0.get_or_insert_with(|| json!({}));
        for key in at.split('.').filter(|key| !key.is_empty()) {
            place = &mut place[key];
        }
        let finding = json!({"code": code, "message": message.into()});
        match place["_errors"].as_array_mut() {
            Some(errors) => errors.push(finding),
            None => place["_errors"] = json!([finding]),
        }
    }

    /// A text of so many characters; absent or null is fine where `least` is 0.
    pub fn text(&mut self, at: &str, value: &Value, least: usize, most: usize) {
        match value.as_str().map(|text| text.chars().count()) {
            Some(length) if length > most && least == 0 => {
                self.add(
                    at,
                    "BASE_TYPE_MAX_LENGTH",
                    format!("Must be {most} or fewer in length."),
                );
            }
            Some(length) if length > most || length < least => {
                self.add(
                    at,
                    "BASE_TYPE_BAD_LENGTH",
                    format!("Must be between {least} and {most} in length."),
                );
            }
            None if !value.is_null() => {
                self.add(at, "STRING_TYPE_CONVERT", "Could not interpret value as string.");
            }
            None if least > 0 => self.required(at),
            _ => {}
        }
    }

    pub fn required(&mut self, at: &str) {
        self.add(at, "BASE_TYPE_REQUIRED", "This field is required");
    }

    /// A list of so many entries; absent or null is the empty list.
    pub fn list<'v>(&mut self, at: &str, value: &'v Value, least: usize, most: usize) -> &'v [Value] {
        let list = value.as_array().map_or(&[][..], Vec::as_slice);
        if !value.is_null() && !value.is_array() {
            self.add(
                at,
                "LIST_TYPE_CONVERT",
                "Only iterables may be used in a ListType",
            );
        } else if list.len() < least || list.len() > most {
            self.add(
                at,
                "BASE_TYPE_BAD_LENGTH",
                format!("Must be between {least} and {most} in length."),
            );
        }
        list
    }

    /// Refuses the request if anything was found.
    pub fn check(self) -> Result<(), Refusal> {
        self.0.map_or(Ok(()), |errors| Err(Refusal::invalid(errors)))
    }
}
