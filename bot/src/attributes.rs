//! Attributes of a message as a member types and sees them: `kind=order,amount=12`, or a JSON object. Queues and topics take
//! the same. Pure.

use discord::{Failure, mistake, text};
use serde_json::{Number, Value};

/// The attributes typed: what reads as a number is one.
pub fn read(typed: &str) -> Result<Vec<(String, Value)>, Failure> {
    let typed = typed.trim();
    if typed.starts_with('{') {
        return match serde_json::from_str(typed) {
            Ok(Value::Object(attributes)) => Ok(attributes.into_iter().collect()),
            _ => Err(mistake(
                "That is not JSON: names and texts stand in straight double quotes, `attributes:{\"kind\":\"order\",\"amount\":12}`. Or \
                 type `attributes:kind=order,amount=12`.",
            )),
        };
    }
    typed.split(',').map(pair).collect()
}

fn pair(typed: &str) -> Result<(String, Value), Failure> {
    let (name, value) = typed.split_once('=').unwrap_or((typed, ""));
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || value.is_empty() {
        return Err(mistake(format!(
            "An attribute is a name and a value, and {} is not: type `attributes:kind=order,amount=12`. For a value with a comma in it, \
             type JSON: `attributes:{{\"note\":\"a, b\"}}`.",
            text::code(&text::cut(typed.trim(), 40))
        )));
    }
    let number = value.parse::<Number>().map(Value::Number);
    Ok((name.to_owned(), number.unwrap_or_else(|_| value.into())))
}

/// `kind=order`, `amount=12`: for a line of a card. None where there is nothing to show.
pub fn shown<'a>(attributes: impl IntoIterator<Item = (&'a str, String)>) -> Option<String> {
    let all: Vec<String> = attributes
        .into_iter()
        .map(|(name, value)| text::code(&text::cut(&format!("{name}={value}"), 60)))
        .collect();
    (!all.is_empty()).then(|| all.join(" "))
}

/// A value as it is typed: text without its quotes.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pairs_and_json_say_the_same() {
        let expected = vec![
            ("amount".to_owned(), json!(12)),
            ("kind".to_owned(), json!("order")),
        ];
        for typed in [
            "amount=12,kind=order",
            " amount = 12 , kind = order ",
            r#"{"amount":12,"kind":"order"}"#,
        ] {
            assert_eq!(read(typed).unwrap(), expected, "{typed}");
        }
        assert_eq!(read("sum=a=b").unwrap(), [("sum".to_owned(), json!("a=b"))]);
    }

    #[test]
    fn what_is_no_attribute_is_told_with_what_to_type() {
        for typed in [
            "",
            "order",
            "kind=",
            "=order",
            "kind=order,",
            "{kind: order}",
            "{}x",
        ] {
            let told = read(typed).unwrap_err().to_string();
            assert!(
                told.contains("attributes:kind=order,amount=12"),
                "{typed}: {told}"
            );
        }
    }
}
