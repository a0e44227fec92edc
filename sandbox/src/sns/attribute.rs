//! Message attributes as a publisher gives them. Source: Amazon SNS Developer Guide, "Message attributes"; the words for
//! wrong ones are those AWS answers with. Pure.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::refusal;
use crate::query::{self, Params};
use crate::sqs::{Attribute, Data};
use crate::wire::Refusal;

/// A message's attributes by name.
pub type Attributes = BTreeMap<String, Attribute>;

/// Reads the attributes among a message's parameters; `path` is where the message stands in the request.
pub fn read(params: &Params, path: &str) -> Result<Attributes, Refusal> {
    params
        .items("MessageAttributes.entry")
        .iter()
        .map(|entry| {
            let name = entry.text("Name").unwrap_or_default();
            Ok((name.to_owned(), one(name, &entry.under("Value"), path)?))
        })
        .collect()
}

fn one(name: &str, value: &Params, path: &str) -> Result<Attribute, Refusal> {
    check_name(name)?;
    let Some(data_type) = value.text("DataType") else {
        return Err(query::missing(&format!(
            "{path}messageAttributes.{name}.member.dataType"
        )));
    };
    let kind = kind(name, data_type)?;
    let (text, binary) = (value.text("StringValue"), value.text("BinaryValue"));
    let (wanted, other, field) = match kind {
        "Binary" => (binary, text, "Binary"),
        _ => (text, binary, "String"),
    };
    let Some(wanted) = wanted.filter(|value| !value.is_empty()) else {
        return Err(refusal::attribute(match other {
            Some(_) => {
                format!("The message attribute '{name}' with type '{data_type}' must use field '{field}'.")
            }
            None => format!(
                "The message attribute '{name}' must contain non-empty message attribute value for message attribute \
                 type '{data_type}'."
            ),
        }));
    };
    let value = match kind {
        "Binary" => Data::Binary(STANDARD.decode(wanted).map_err(|_| {
            refusal::attribute(format!("The value of message attribute '{name}' is not base64."))
        })?),
        "Number" if !wanted.parse::<f64>().is_ok_and(f64::is_finite) => {
            return Err(refusal::attribute(format!(
                "Could not cast message attribute '{name}' value to number."
            )));
        }
        _ => Data::Text(wanted.to_owned()),
    };
    Ok(Attribute {
        data_type: data_type.to_owned(),
        value,
    })
}

/// `String`, `Number` or `Binary`, alone or before a dot and a label.
fn kind(name: &str, data_type: &str) -> Result<&'static str, Refusal> {
    let known = ["String", "Number", "Binary"].into_iter().find(|kind| {
        data_type.strip_prefix(kind).is_some_and(|label| {
            label.is_empty() || label.strip_prefix('.').is_some_and(|label| !label.is_empty())
        })
    });
    known.ok_or_else(|| {
        refusal::attribute(format!(
            "The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes \
             is Binary, Number, and String."
        ))
    })
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let odd = name
        .chars()
        .find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')));
    let reserved = ["aws.", "amazon."]
        .iter()
        .any(|prefix| name.to_ascii_lowercase().starts_with(prefix));
    let wrong = if name.is_empty() {
        "The message attribute name must not be empty.".to_owned()
    } else if name.len() > 256 {
        "Length of message attribute name must be less than 256 bytes.".to_owned()
    } else if name.starts_with('.') {
        "Invalid message attribute name starting with character '.' was found.".to_owned()
    } else if name.ends_with('.') {
        "Invalid message attribute name ending with character '.' was found.".to_owned()
    } else if let Some(odd) = odd {
        format!(
            "Invalid non-alphanumeric character '#x{:X}' was found in the message attribute name. Can only include \
             alphanumeric characters, hyphens, underscores, or dots.",
            u32::from(odd)
        )
    } else if name.contains("..") {
        "Message attribute name can not have successive '.' character.".to_owned()
    } else if reserved {
        format!("The message attribute name '{name}' begins with AWS. or Amazon., which is reserved.")
    } else {
        return Ok(());
    };
    Err(refusal::attribute(wrong))
}

/// The bytes that attributes count for: names, types and values.
pub fn size(attributes: &Attributes) -> usize {
    attributes
        .iter()
        .map(|(name, a)| name.len() + a.data_type.len() + a.value.bytes().len())
        .sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn given(name: &str, fields: &[(&str, &str)]) -> Result<Attributes, Refusal> {
        let mut body = json!({ "MessageAttributes.entry.1.Name": name });
        for (field, value) in fields {
            body[format!("MessageAttributes.entry.1.Value.{field}")] = json!(value);
        }
        read(&Params::of(body), "")
    }

    #[test]
    fn attributes_have_a_known_type_and_a_value_of_it() {
        for fine in [
            &[("DataType", "String"), ("StringValue", "x")],
            &[("DataType", "String.Array"), ("StringValue", "[\"x\"]")],
            &[("DataType", "Number.int"), ("StringValue", "-1.5e3")],
            &[("DataType", "Binary"), ("BinaryValue", "AAE=")],
        ] {
            assert!(given("a", fine).is_ok(), "{fine:?}");
        }
        for (fields, said) in [
            (
                &[("DataType", "String")][..],
                "The message attribute 'a' must contain non-empty message attribute value for message attribute type \
                 'String'.",
            ),
            (
                &[("DataType", "String"), ("BinaryValue", "AAE=")],
                "The message attribute 'a' with type 'String' must use field 'String'.",
            ),
            (
                &[("DataType", "Binary"), ("StringValue", "x")],
                "The message attribute 'a' with type 'Binary' must use field 'Binary'.",
            ),
            (
                &[("DataType", "Strings"), ("StringValue", "x")],
                "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is \
                 Binary, Number, and String.",
            ),
            (
                &[("DataType", "Number"), ("StringValue", "one")],
                "Could not cast message attribute 'a' value to number.",
            ),
        ] {
            let refused = given("a", fields).unwrap_err();
            assert_eq!(
                (refused.kind.as_str(), refused.message.as_str()),
                ("ParameterValueInvalid", said)
            );
        }
        let untyped = given("a", &[("StringValue", "x")]).unwrap_err();
        assert_eq!(untyped.kind, "ValidationError");
        assert!(untyped.message.contains("'messageAttributes.a.member.dataType'"));
    }

    #[test]
    fn names_follow_the_rules() {
        for (name, fine) in [
            ("colour", true),
            ("a.b-c_D", true),
            (&"n".repeat(256), true),
            (&"n".repeat(257), false),
            (".a", false),
            ("a.", false),
            ("a..b", false),
            ("a^b", false),
            ("AWS.trace", false),
            ("awsome", true),
            ("", false),
        ] {
            assert_eq!(check_name(name).is_ok(), fine, "{name}");
        }
        assert!(check_name("a^b").unwrap_err().message.contains("'#x5E'"));
    }
}
