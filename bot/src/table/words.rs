//! What went wrong with a table, in a sentence that teaches: the rule, and what to type instead.

use discord::{Failure, mistake, text};
use sandbox::tables::{Item, KeyKind, TableError};
use serde_json::Value;

use crate::elsewhere::name_too_long;

/// The sentence for a member; what a member can't mend is ours.
pub fn failure(error: TableError) -> Failure {
    use TableError as E;
    match error {
        E::NoSuchTable { name } => mistake(format!(
            "You have no table {}. `/table list` shows yours; `/table create name:{} key:id` makes it.",
            shown(&name),
            hint(&name)
        )),
        E::InUse { name } => mistake(format!(
            "You have a table {} already, or it is just being made or deleted. Use it, or delete it first with `/table delete`.",
            shown(&name)
        )),
        E::NameTooLong { name, most } => name_too_long(&shown(&name), most, "users"),
        E::BadName { name } => mistake(format!(
            "{} can't be a table's name: 3 to 255 letters, digits, `_`, `-` or `.`. For example `users`.",
            shown(&name)
        )),
        E::NoStream { name } => mistake(format!(
            "{} has no stream, so nobody keeps what changed. A stream is switched on when the table is made: \
             `/table create name:users key:id stream:NEW_AND_OLD_IMAGES`.",
            shown(&name)
        )),
        E::KeyMissing { name } => mistake(format!(
            "The item has no {}, which is part of the table's key: it says which item this is. For example `item:{{\"{}\":\"u1\"}}`.",
            shown(&name),
            text::cut(&name.replace('`', ""), 40)
        )),
        E::KeyOfWrongKind { name, kind } => mistake(match kind {
            KeyKind::Number => format!(
                "{} is a number in this table's key: write it without quotes, such as `7`.",
                shown(&name)
            ),
            KeyKind::Text => format!(
                "{} is text in this table's key, and not empty: write it in quotes, such as `\"u1\"`.",
                shown(&name)
            ),
            KeyKind::Binary => format!(
                "{} is binary in this table's key, which JSON can't write. Use your own program for this table.",
                shown(&name)
            ),
        }),
        E::KeyIncomplete { parts } => {
            let parts: Vec<String> = parts.iter().map(|part| shown(part)).collect();
            mistake(format!(
                "To get or delete an item, say its whole key and nothing else: {} here, as JSON.",
                text::listed(&parts)
            ))
        }
        E::TooManyTables => mistake(
            "Your sandbox holds no more tables (20 at most). Delete one you are done with: `/table delete`.",
        ),
        E::OutOfSpace => mistake(
            "Your sandbox is full (64 MiB). Delete a table, queue or stream, and there is room again.",
        ),
        E::TooLarge => mistake(
            "That item is larger than 400 KiB, which is the most. Large payloads go to object storage, and the item carries the \
             reference.",
        ),
        E::Throttled => {
            mistake("Too fast: your sandbox takes 100 requests a second. Wait a second and try again.")
        }
        E::Staged(staged) => crate::staged::failure(
            staged,
            "A table's stream keeps its changes for a day, so nothing is lost: look again.",
        ),
        E::Invalid(reason) => mistake(format!(
            "DynamoDB does not take that: {}",
            text::escape(&text::cut(&reason, 300))
        )),
        E::Other(_) => Failure::from(error),
    }
}

/// An item as a member types it.
pub fn item(typed: &str) -> Result<Item, Failure> {
    match serde_json::from_str(typed) {
        Ok(Value::Object(item)) => Ok(item),
        Ok(_) => Err(mistake(
            "An item is a JSON object, in braces: `item:{\"id\":\"u1\",\"age\":3}`.",
        )),
        Err(error) => Err(mistake(format!(
            "That is not JSON: {} (at character {}). An item looks like `item:{{\"id\":\"u1\",\"age\":3}}`, with straight double quotes \
             around names and text.",
            reason(&error),
            error.column()
        ))),
    }
}

/// What is wrong with JSON, without the place, which is told beside it.
fn reason(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    text::escape(words)
}

/// A name as typed, cut to what a line holds.
pub(super) fn shown(name: &str) -> String {
    text::code(&text::cut(name, 80))
}

/// A name worth suggesting: what was typed, where it could be one.
fn hint(name: &str) -> &str {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if (3..=60).contains(&name.len()) && name.bytes().all(fine) {
        name
    } else {
        "users"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_an_item_is_told_with_its_place() {
        assert_eq!(item(r#"{"id":"u1"}"#).unwrap()["id"], "u1");
        let told = |typed| item(typed).unwrap_err().to_string();
        assert!(
            told(r#"{"id":u1}"#).contains("at character 7"),
            "{}",
            told(r#"{"id":u1}"#)
        );
        assert!(told("[1]").contains("in braces"));
        assert!(told("{“id”: 1}").contains("straight double quotes"));
    }
}
