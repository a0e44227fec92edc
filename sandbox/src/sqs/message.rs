//! A message: what it carries, how it is checked, measured and summed up. Source: Amazon SQS Developer Guide,
//! "Message metadata" and "Calculating the MD5 message digest for message attributes". Pure.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::refusal;
use crate::wire::Refusal;

/// A message's number within its tenant and region: never used twice, rising.
pub type Number = u64;

/// A message in a queue. Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub id: String,
    pub body: String,
    pub attributes: BTreeMap<String, Attribute>,
    /// `AWSTraceHeader`, the one system attribute that a sender may give.
    pub trace: Option<String>,
    pub sent: i64,
    pub first_received: Option<i64>,
    pub receives: u32,
    pub state: State,
    pub group: Option<String>,
    pub deduplication: Option<String>,
    /// The ARN of the queue that it is a dead letter of.
    pub source: Option<String>,
}

/// Where in its life a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Can be received.
    Ready,
    /// Sent, and not to be received before this time.
    Delayed(i64),
    /// Received; comes back at `until` unless it is deleted. The time of the receive bounds how long it can be kept.
    InFlight { since: i64, until: i64 },
}

/// A message attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// `String`, `Number` or `Binary`, perhaps with a dot and a label of the sender's.
    pub data_type: String,
    pub value: Data,
}

/// An attribute's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Data {
    Text(String),
    Binary(#[serde(with = "bytes")] Vec<u8>),
}

/// Bytes as one byte string rather than a list of numbers.
mod bytes {
    use std::fmt;

    use serde::de::{SeqAccess, Visitor};
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytes)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        struct Bytes;
        impl<'de> Visitor<'de> for Bytes {
            type Value = Vec<u8>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<u8>, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = list.next_element()? {
                    bytes.push(byte);
                }
                Ok(bytes)
            }
        }
        from.deserialize_byte_buf(Bytes)
    }
}

/// Attributes as a request has them: `{"name": {"DataType": …, "StringValue" | "BinaryValue": …}}`.
pub type Given = BTreeMap<String, GivenAttribute>;

/// One of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GivenAttribute {
    #[serde(default)]
    data_type: String,
    string_value: Option<String>,
    binary_value: Option<String>,
}

impl From<&Attribute> for GivenAttribute {
    fn from(attribute: &Attribute) -> Self {
        let (text, binary) = match &attribute.value {
            Data::Text(text) => (Some(text.clone()), None),
            Data::Binary(bytes) => (None, Some(STANDARD.encode(bytes))),
        };
        Self {
            data_type: attribute.data_type.clone(),
            string_value: text,
            binary_value: binary,
        }
    }
}

/// The most attributes a message may have.
const MOST_ATTRIBUTES: usize = 10;

impl Message {
    /// What counts against the size limit, in bytes: the body, and names, types and values of attributes.
    pub fn size(&self) -> usize {
        size(&self.body, &self.attributes)
    }
}

/// The size of a message with this body and these attributes.
pub fn size(body: &str, attributes: &BTreeMap<String, Attribute>) -> usize {
    let of_attributes: usize = attributes
        .iter()
        .map(|(name, a)| name.len() + a.data_type.len() + a.value.bytes().len())
        .sum();
    body.len() + of_attributes
}

/// Refuses characters that XML 1.0 has not.
pub fn check_body(body: &str) -> Result<(), Refusal> {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    if body.chars().all(allowed) {
        Ok(())
    } else {
        Err(refusal::invalid_contents())
    }
}

/// Checks a message's attributes and takes them over.
pub fn attributes(given: &Given) -> Result<BTreeMap<String, Attribute>, Refusal> {
    if given.len() > MOST_ATTRIBUTES {
        return Err(refusal::invalid_value(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MOST_ATTRIBUTES}].",
            given.len()
        )));
    }
    given
        .iter()
        .map(|(name, attribute)| {
            check_attribute_name(name)?;
            Ok((name.clone(), Attribute::checked(name, attribute)?))
        })
        .collect()
}

fn check_attribute_name(name: &str) -> Result<(), Refusal> {
    let reserved = |prefix: &str| {
        name.get(..prefix.len())
            .is_some_and(|n| n.eq_ignore_ascii_case(prefix))
    };
    let fine = (1..=256).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !reserved("AWS.")
        && !reserved("Amazon.");
    if fine {
        Ok(())
    } else {
        Err(refusal::invalid_value(format!(
            "Message (user) attribute name '{name}' can contain A-Z, a-z, 0-9, underscore (_), hyphen (-) and period \
             (.), at most 256 of them; it must not start or end with a period, have two in a row, or start with \
             AWS. or Amazon."
        )))
    }
}

impl Attribute {
    fn checked(name: &str, given: &GivenAttribute) -> Result<Self, Refusal> {
        let data_type = given.data_type.as_str();
        if data_type.is_empty() {
            return Err(refusal::invalid_value(format!(
                "The message attribute '{name}' must contain a non-empty message attribute type."
            )));
        }
        let kind = data_type.split('.').next().unwrap_or_default();
        let empty = || {
            refusal::invalid_value(format!(
                "The message attribute '{name}' must contain a non-empty message attribute value for message attribute \
                 type '{data_type}'."
            ))
        };
        let text = || {
            given
                .string_value
                .clone()
                .filter(|v| !v.is_empty())
                .ok_or_else(empty)
        };
        let value = match kind {
            "String" => {
                let text = text()?;
                check_body(&text)?;
                Data::Text(text)
            }
            "Number" => {
                let text = text()?;
                if !is_number(&text) {
                    return Err(refusal::invalid_value(format!(
                        "Can't cast the value of message attribute '{name}' to a number."
                    )));
                }
                Data::Text(text)
            }
            "Binary" => {
                let encoded = given
                    .binary_value
                    .clone()
                    .filter(|v| !v.is_empty())
                    .ok_or_else(empty)?;
                let bytes = STANDARD.decode(encoded).map_err(|_| {
                    refusal::invalid_value(format!("The value of message attribute '{name}' is not base64."))
                })?;
                Data::Binary(bytes)
            }
            _ => {
                return Err(refusal::invalid_value(format!(
                    "The message attribute '{name}' has an invalid message attribute type, the set of supported type \
                     prefixes is Binary, Number, and String."
                )));
            }
        };
        if data_type.len() > 256 {
            return Err(refusal::invalid_value(format!(
                "The type of message attribute '{name}' is longer than 256 characters."
            )));
        }
        Ok(Self {
            data_type: data_type.to_owned(),
            value,
        })
    }

    /// `String`, `Number` or `Binary`.
    pub fn kind(&self) -> &str {
        self.data_type.split('.').next().unwrap_or_default()
    }

    /// The value, if it is text.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Data::Text(text) => Some(text),
            Data::Binary(_) => None,
        }
    }

    /// As an answer has it.
    pub fn shown(&self) -> Value {
        match &self.value {
            Data::Text(text) => json!({ "DataType": self.data_type, "StringValue": text }),
            Data::Binary(bytes) => {
                json!({ "DataType": self.data_type, "BinaryValue": STANDARD.encode(bytes) })
            }
        }
    }
}

/// A number as AWS takes it: signed, with a fraction or an exponent, of up to 38 digits.
fn is_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    plain && (1..=38).contains(&digits) && text.parse::<f64>().is_ok_and(f64::is_finite)
}

impl Data {
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

/// MD5 in hexadecimal.
pub fn md5_of(text: &str) -> String {
    hex::encode(Md5::digest(text))
}

/// The digest by which SDKs check that attributes arrived whole; `None` if there are none. For each attribute, in the
/// order of names: name, type and value, each after its length; before the value a byte that says text or binary.
pub fn md5_of_attributes<'a>(
    attributes: impl IntoIterator<Item = (&'a String, &'a Attribute)>,
) -> Option<String> {
    let mut digest = Md5::new();
    let mut some = false;
    for (name, attribute) in attributes {
        some = true;
        for part in [name.as_bytes(), attribute.data_type.as_bytes()] {
            digest.update((part.len() as u32).to_be_bytes());
            digest.update(part);
        }
        let kind = match attribute.value {
            Data::Text(_) => 1_u8,
            Data::Binary(_) => 2,
        };
        let value = attribute.value.bytes();
        digest.update([kind]);
        digest.update((value.len() as u32).to_be_bytes());
        digest.update(value);
    }
    some.then(|| hex::encode(digest.finalize()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn given(data_type: &str, text: Option<&str>, binary: Option<&str>) -> Given {
        let attribute = GivenAttribute {
            data_type: data_type.into(),
            string_value: text.map(Into::into),
            binary_value: binary.map(Into::into),
        };
        Given::from([("a".to_owned(), attribute)])
    }

    #[test]
    fn the_digest_of_attributes_is_the_one_sdks_compute() {
        // The example of botocore's own tests for this digest.
        let attributes = attributes(&given("String", Some("bar"), None)).unwrap();
        let mut by_hand = Vec::new();
        for part in ["a", "String"] {
            by_hand.extend((part.len() as u32).to_be_bytes());
            by_hand.extend(part.as_bytes());
        }
        by_hand.extend([1, 0, 0, 0, 3]);
        by_hand.extend(b"bar");
        assert_eq!(
            md5_of_attributes(&attributes).unwrap(),
            hex::encode(Md5::digest(&by_hand))
        );
        assert_eq!(md5_of_attributes(&BTreeMap::new()), None);
    }

    #[test]
    fn attributes_have_a_known_type_and_a_value() {
        for (data_type, text, binary, fine) in [
            ("String", Some("x"), None, true),
            ("String.colour", Some("x"), None, true),
            ("Number", Some("-1.5e3"), None, true),
            ("Number", Some("one"), None, false),
            ("Number", Some("inf"), None, false),
            ("Binary", None, Some("AAE="), true),
            ("Binary", None, Some("*"), false),
            ("Binary", Some("x"), None, false),
            ("String", Some(""), None, false),
            ("String", None, None, false),
            ("", Some("x"), None, false),
            ("Boolean", Some("true"), None, false),
        ] {
            assert_eq!(
                attributes(&given(data_type, text, binary)).is_ok(),
                fine,
                "{data_type} {text:?}"
            );
        }
    }

    #[test]
    fn attribute_names_follow_the_rules() {
        for (name, fine) in [
            ("colour", true),
            ("a.b-c_D", true),
            (".a", false),
            ("a.", false),
            ("a..b", false),
            ("AWS.trace", false),
            ("amazon.x", false),
            ("awsome", true),
            ("two words", false),
            ("", false),
        ] {
            assert_eq!(check_attribute_name(name).is_ok(), fine, "{name}");
        }
    }

    #[test]
    fn bodies_hold_what_xml_can() {
        assert!(check_body("héllo 👋\t\r\n").is_ok());
        for odd in ["\u{0}", "\u{8}", "\u{FFFE}", "a\u{1f}b"] {
            assert!(check_body(odd).is_err(), "{odd:?}");
        }
    }

    proptest! {
        #[test]
        fn a_message_survives_being_written_and_read(
            body in ".*",
            bytes in proptest::collection::vec(any::<u8>(), 0..40),
            since: i64,
        ) {
            let message = Message {
                id: "id".into(),
                body,
                attributes: BTreeMap::from([(
                    "a".into(),
                    Attribute { data_type: "Binary".into(), value: Data::Binary(bytes) },
                )]),
                trace: None,
                sent: since,
                first_received: None,
                receives: 0,
                state: State::InFlight { since, until: since },
                group: Some("g".into()),
                deduplication: None,
                source: None,
            };
            let mut written = Vec::new();
            ciborium::into_writer(&message, &mut written).unwrap();
            let read: Message = ciborium::from_reader(written.as_slice()).unwrap();
            prop_assert_eq!(read, message);
        }
    }
}
