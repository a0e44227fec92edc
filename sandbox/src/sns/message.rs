//! A message as a publisher gives it: what is checked of it, and how it reads to a queue. Source: Amazon SNS API Reference,
//! `Publish`; the words for what is wrong are AWS's. Pure.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::attribute::{self, Attributes};
use super::refusal;
use super::topic::Definition;
use crate::query::{Params, missing};
use crate::wire::Refusal;

/// The longest subject, in characters.
const LONGEST_SUBJECT: usize = 100;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// As a queue is to have it.
    pub text: String,
    pub subject: Option<String>,
    pub attributes: Attributes,
    pub group: Option<String>,
    pub deduplication: Option<String>,
    /// What counts against the size limit, in bytes.
    pub size: usize,
}

impl Message {
    /// Reads a message from its parameters and checks all that can be checked without its topic; `path` is where it stands
    /// in the request.
    pub fn read(params: &Params, path: &str) -> Result<Self, Refusal> {
        let given = params
            .text("Message")
            .ok_or_else(|| missing(&format!("{path}message")))?;
        let attributes = attribute::read(params, path)?;
        let text = match params.text("MessageStructure") {
            None | Some("") => given.to_owned(),
            Some("json") => for_queues(given)?,
            Some(_) => return Err(refusal::invalid("MessageStructure")),
        };
        Ok(Self {
            size: given.len() + attribute::size(&attributes),
            text,
            subject: params.text("Subject").map(str::to_owned),
            attributes,
            group: params.text("MessageGroupId").map(str::to_owned),
            deduplication: params.text("MessageDeduplicationId").map(str::to_owned),
        })
    }

    /// What is wrong with this message alone. In a batch, the others are published all the same.
    pub fn check(&self, topic: &Definition) -> Result<(), Refusal> {
        if self.size == attribute::size(&self.attributes) {
            return Err(refusal::invalid("Empty message"));
        }
        let subject = self.subject.as_deref();
        if subject.is_some_and(|subject| {
            subject.is_empty()
                || subject.chars().count() > LONGEST_SUBJECT
                || subject.chars().any(char::is_control)
        }) {
            return Err(refusal::invalid("Subject"));
        }
        if self.size > topic.max_size() {
            return Err(refusal::invalid("Message too long"));
        }
        check_id("MessageGroupId", self.group.as_deref())?;
        check_id("MessageDeduplicationId", self.deduplication.as_deref())?;
        if self.deduplication.is_some() && !topic.is_fifo() {
            return Err(refusal::because(
                "MessageDeduplicationId",
                "The request includes MessageDeduplicationId parameter that is not valid for this topic type",
            ));
        }
        Ok(())
    }

    /// What a FIFO topic must know of a message.
    pub fn check_order(&self, topic: &Definition) -> Result<(), Refusal> {
        if !topic.is_fifo() {
            return Ok(());
        }
        if self.group.is_none() {
            return Err(refusal::invalid(
                "The MessageGroupId parameter is required for FIFO topics",
            ));
        }
        if self.deduplication.is_none() && !topic.content_based() {
            return Err(refusal::invalid(
                "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided \
                 explicitly",
            ));
        }
        Ok(())
    }

    /// The id by which a FIFO topic and its queues know duplicates.
    pub fn deduplication_id(&self) -> String {
        match &self.deduplication {
            Some(id) => id.clone(),
            None => hex::encode(Sha256::digest(&self.text)),
        }
    }
}

/// What a queue is to have of a message that says something to each protocol. Values that are no texts are not there.
fn for_queues(message: &str) -> Result<String, Refusal> {
    let parsed: Result<Value, _> = serde_json::from_str(message);
    let Ok(Value::Object(mut texts)) = parsed else {
        return Err(refusal::invalid(
            "Message Structure - JSON message body failed to parse",
        ));
    };
    let mut text = |name: &str| match texts.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let Some(default) = text("default") else {
        return Err(refusal::invalid(
            "Message Structure - No default entry in JSON message body",
        ));
    };
    Ok(text("sqs").unwrap_or(default))
}

/// Group and deduplication ids: up to 128 letters, digits and signs of ASCII.
fn check_id(name: &str, id: Option<&str>) -> Result<(), Refusal> {
    match id {
        Some(id) if !(1..=128).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_graphic()) => {
            Err(refusal::because(
                name,
                format!(
                    "{name} can only include alphanumeric and punctuation characters. 1 to 128 in length"
                ),
            ))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn read(fields: &Value) -> Result<Message, String> {
        Message::read(&Params::of(fields.clone()), "").map_err(|refusal| refusal.message)
    }

    fn checked(fields: &Value, topic: &[(&str, &str)]) -> Result<(), String> {
        let attributes = topic.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let topic = Definition::created("t", 0, &attributes.collect(), BTreeMap::new()).unwrap();
        let message = read(fields).unwrap();
        message
            .check_order(&topic)
            .and_then(|()| message.check(&topic))
            .map_err(|refusal| refusal.message)
    }

    #[test]
    fn a_message_for_each_protocol_needs_a_default() {
        let said = |message: &str| {
            read(&json!({"Message": message, "MessageStructure": "json"})).map(|message| message.text)
        };
        assert_eq!(said(r#"{"default":"d","sqs":"q"}"#).unwrap(), "q");
        assert_eq!(
            said(r#"{"default":"d","sqs":{"no":"text"},"http":"h"}"#).unwrap(),
            "d"
        );
        let none = "Invalid parameter: Message Structure - No default entry in JSON message body";
        assert_eq!(said(r#"{"sqs":"q"}"#).unwrap_err(), none);
        assert_eq!(said(r#"{"default":1}"#).unwrap_err(), none);
        let broken = "Invalid parameter: Message Structure - JSON message body failed to parse";
        assert_eq!(said("{").unwrap_err(), broken);
        assert!(read(&json!({"Message": "m", "MessageStructure": "xml"})).is_err());
    }

    #[test]
    fn sizes_and_subjects_have_their_limits() {
        let (long, longer) = ("x".repeat(262_144), "x".repeat(262_145));
        assert_eq!(checked(&json!({"Message": long}), &[]), Ok(()));
        assert!(checked(&json!({"Message": longer}), &[]).is_err());
        assert_eq!(
            checked(&json!({"Message": longer}), &[("MaximumMessageSize", "1048576")]),
            Ok(())
        );
        assert!(
            checked(
                &json!({"Message": "x".repeat(1_025)}),
                &[("MaximumMessageSize", "1024")]
            )
            .is_err()
        );
        let with_attribute = json!({
            "Message": long,
            "MessageAttributes.entry.1.Name": "a",
            "MessageAttributes.entry.1.Value.DataType": "String",
            "MessageAttributes.entry.1.Value.StringValue": "b",
        });
        assert_eq!(
            checked(&with_attribute, &[]).unwrap_err(),
            "Invalid parameter: Message too long"
        );
        assert_eq!(
            checked(&json!({"Message": ""}), &[]).unwrap_err(),
            "Invalid parameter: Empty message"
        );
        for (subject, fine) in [
            ("é".repeat(100), true),
            ("x".repeat(101), false),
            (String::new(), false),
            ("two\nlines".to_owned(), false),
        ] {
            let result = checked(&json!({"Message": "m", "Subject": subject}), &[]);
            assert_eq!(result.is_ok(), fine, "{subject}");
        }
    }

    #[test]
    fn fifo_topics_need_a_group_and_an_id() {
        let fifo = [("FifoTopic", "true")];
        let content = [("FifoTopic", "true"), ("ContentBasedDeduplication", "true")];
        for (topic, fields, fine) in [
            (&fifo[..], json!({"Message": "m"}), false),
            (&fifo, json!({"Message": "m", "MessageGroupId": "g"}), false),
            (
                &fifo,
                json!({"Message": "m", "MessageGroupId": "g", "MessageDeduplicationId": "d"}),
                true,
            ),
            (
                &fifo,
                json!({"Message": "m", "MessageGroupId": "a b", "MessageDeduplicationId": "d"}),
                false,
            ),
            (&content, json!({"Message": "m", "MessageGroupId": "g"}), true),
            (&[], json!({"Message": "m", "MessageGroupId": "g"}), true),
            (&[], json!({"Message": "m", "MessageDeduplicationId": "d"}), false),
        ] {
            assert_eq!(checked(&fields, topic).is_ok(), fine, "{fields}");
        }
    }
}
