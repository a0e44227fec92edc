//! A topic's attributes: which there are, what they may be set to, and what they are when nobody set them. Source: Amazon
//! SNS API Reference, `CreateTopic`, `SetTopicAttributes` and `GetTopicAttributes`. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::arn::Place;

/// The largest message, in bytes, unless a topic says otherwise.
const MAXIMUM_SIZE: usize = 256 * 1024;
/// The longest policy, in bytes.
const LONGEST_POLICY: usize = 30 * 1024;
/// The longest of all other values, in bytes.
const LONGEST_VALUE: usize = 2 * 1024;

/// What a topic is, besides its subscriptions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    pub name: String,
    /// Tells a topic from an earlier one of the same name.
    pub incarnation: u64,
    /// What was set.
    pub attributes: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    /// How many subscriptions were ended.
    pub ended: u64,
}

/// An attribute that cannot be set so; `None` if topics have no such attribute.
pub type Wrong = Option<String>;

impl Definition {
    /// A topic created with these attributes.
    pub fn created(
        name: &str,
        incarnation: u64,
        given: &BTreeMap<String, String>,
        tags: BTreeMap<String, String>,
    ) -> Result<Self, Wrong> {
        let fifo = asks_for_fifo(given);
        let mut definition = Self {
            name: name.to_owned(),
            incarnation,
            attributes: BTreeMap::new(),
            tags,
            ended: 0,
        };
        if fifo {
            let attributes = &mut definition.attributes;
            attributes.insert("FifoTopic".to_owned(), "true".to_owned());
            attributes.insert("ContentBasedDeduplication".to_owned(), "false".to_owned());
            attributes.insert("FifoThroughputScope".to_owned(), "Topic".to_owned());
        }
        for (name, value) in given {
            match (name.as_str(), value.as_str()) {
                // A topic's kind is settled when it is created.
                ("FifoTopic", "true" | "false") => {}
                ("FifoTopic", _) => return Err(Some(invalid_flag("FifoTopic", value))),
                _ => definition.set(name, value)?,
            }
        }
        Ok(definition)
    }

    /// Changes one attribute.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Wrong> {
        if FIFO_ONLY.contains(&name) && !self.is_fifo() {
            return Err(Some(match name {
                "ContentBasedDeduplication" => {
                    "Content-based deduplication can only be set for FIFO topics".to_owned()
                }
                name => format!("{name} can only be set for FIFO topics"),
            }));
        }
        check(name, value)?;
        if value.is_empty() && name != "DisplayName" {
            self.attributes.remove(name);
        } else {
            self.attributes.insert(name.to_owned(), value.to_owned());
        }
        Ok(())
    }

    pub fn is_fifo(&self) -> bool {
        self.is("FifoTopic", "true")
    }

    /// Whether a message's text makes the id by which duplicates are known.
    pub fn content_based(&self) -> bool {
        self.is("ContentBasedDeduplication", "true")
    }

    /// Whether duplicates are looked for within a message's group alone.
    pub fn per_group(&self) -> bool {
        self.is("FifoThroughputScope", "MessageGroup")
    }

    /// The largest message, in bytes.
    pub fn max_size(&self) -> usize {
        let set = self.attributes.get("MaximumMessageSize");
        set.and_then(|size| size.parse().ok()).unwrap_or(MAXIMUM_SIZE)
    }

    /// `1`, or `2` where it was set.
    pub fn signature_version(&self) -> &str {
        self.attributes
            .get("SignatureVersion")
            .map_or("1", String::as_str)
    }

    /// The access policy: what was set, or what topics begin with.
    pub fn policy(&self, place: &Place) -> Value {
        let set = self.attributes.get("Policy");
        set.and_then(|policy| serde_json::from_str(policy).ok())
            .unwrap_or_else(|| default_policy(place, &self.name))
    }

    /// All attributes but the numbers of subscriptions.
    pub fn shown(&self, place: &Place) -> BTreeMap<String, String> {
        let mut shown = self.attributes.clone();
        let delivery: Option<Value> = shown
            .get("DeliveryPolicy")
            .and_then(|policy| serde_json::from_str(policy).ok());
        let all = [
            ("TopicArn", place.topic(&self.name)),
            ("Owner", place.account.to_string()),
            (
                "EffectiveDeliveryPolicy",
                effective(delivery.as_ref()).to_string(),
            ),
        ];
        shown.extend(all.map(|(name, value)| (name.to_owned(), value)));
        shown.entry("DisplayName".to_owned()).or_default();
        shown
            .entry("Policy".to_owned())
            .or_insert_with(|| default_policy(place, &self.name).to_string());
        shown
    }

    /// Whether a second creation with these attributes asks for this very topic.
    pub fn agrees(&self, given: &BTreeMap<String, String>, place: &Place) -> bool {
        let shown = self.shown(place);
        given.iter().all(|(name, value)| match shown.get(name) {
            Some(mine) => same(mine, value),
            None => name == "FifoTopic" && value == "false",
        })
    }

    /// The bytes it takes.
    pub fn size(&self) -> u64 {
        let pairs = self.attributes.iter().chain(&self.tags);
        pairs.map(|(name, value)| name.len() + value.len()).sum::<usize>() as u64
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.attributes.get(name).is_some_and(|set| set == value)
    }
}

/// Whether a creation with these attributes asks for a FIFO topic.
pub fn asks_for_fifo(given: &BTreeMap<String, String>) -> bool {
    given.get("FifoTopic").is_some_and(|value| value == "true")
}

/// Whether two values say the same, be they text or JSON.
pub fn same(a: &str, b: &str) -> bool {
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    a == b || json(a).is_some_and(|a| Some(a) == json(b))
}

const FIFO_ONLY: [&str; 2] = ["ContentBasedDeduplication", "FifoThroughputScope"];

/// Attributes about logging deliveries. They are kept and shown: nothing is logged here.
const FEEDBACK: [&str; 5] = ["HTTP", "Firehose", "Lambda", "Application", "SQS"];

fn check(name: &str, value: &str) -> Result<(), Wrong> {
    let one_of = |values: &[&str]| {
        if values.contains(&value) {
            Ok(())
        } else {
            let shown: String = value.chars().take(100).collect();
            Err(Some(format!(
                "{name}: Invalid value [{shown}]. Must be {}.",
                values.join(" or ")
            )))
        }
    };
    let longest = if name.ends_with("Policy") {
        LONGEST_POLICY
    } else {
        LONGEST_VALUE
    };
    if value.len() > longest {
        return Err(Some(format!("{name}: must be at most {longest} bytes long")));
    }
    match name {
        "DisplayName" if value.chars().count() > 100 => Err(Some(
            "DisplayName: must be at most 100 characters long".to_owned(),
        )),
        "DisplayName" | "KmsMasterKeyId" => Ok(()),
        "Policy" | "DeliveryPolicy" if value.is_empty() || is_object(value) => Ok(()),
        "Policy" => Err(Some("Policy Error: the policy is not a JSON object".to_owned())),
        "DeliveryPolicy" => Err(Some("DeliveryPolicy: failed to parse JSON.".to_owned())),
        "TracingConfig" => one_of(&["PassThrough", "Active"]),
        "SignatureVersion" => one_of(&["1", "2"]),
        "ContentBasedDeduplication" => match value {
            "true" | "false" => Ok(()),
            _ => Err(Some(invalid_flag(name, value))),
        },
        "FifoThroughputScope" => one_of(&["Topic", "MessageGroup"]),
        "MaximumMessageSize" => in_range(name, value, 1_024, 1_048_576),
        "ArchivePolicy" => Err(Some(
            "ArchivePolicy: the sandbox keeps no archive of messages".to_owned(),
        )),
        _ => feedback(name, value),
    }
}

fn feedback(name: &str, value: &str) -> Result<(), Wrong> {
    let of_endpoint = FEEDBACK.iter().find_map(|endpoint| name.strip_prefix(endpoint));
    match of_endpoint {
        Some("SuccessFeedbackRoleArn" | "FailureFeedbackRoleArn") => Ok(()),
        Some("SuccessFeedbackSampleRate") => in_range(name, value, 0, 100),
        _ => Err(None),
    }
}

fn in_range(name: &str, value: &str, least: u32, most: u32) -> Result<(), Wrong> {
    match value.parse::<u32>() {
        Ok(number) if (least..=most).contains(&number) => Ok(()),
        _ => Err(Some(format!("{name}: must be a number from {least} to {most}"))),
    }
}

fn invalid_flag(name: &str, value: &str) -> String {
    let shown: String = value.chars().take(100).collect();
    format!("{name}: Invalid value [{shown}]. Must be true or false.")
}

fn is_object(text: &str) -> bool {
    matches!(serde_json::from_str(text), Ok(Value::Object(_)))
}

fn default_policy(place: &Place, name: &str) -> Value {
    let actions = [
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    ];
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": actions.map(|action| format!("SNS:{action}")),
            "Resource": place.topic(name),
            "Condition": { "StringEquals": { "AWS:SourceOwner": place.account.as_str() } },
        }],
    })
}

/// How deliveries over HTTP would be repeated: what was set, over what AWS begins with.
fn effective(set: Option<&Value>) -> Value {
    let mut effective = json!({
        "http": {
            "defaultHealthyRetryPolicy": {
                "minDelayTarget": 20,
                "maxDelayTarget": 20,
                "numRetries": 3,
                "numMaxDelayRetries": 0,
                "numNoDelayRetries": 0,
                "numMinDelayRetries": 0,
                "backoffFunction": "linear",
            },
            "disableSubscriptionOverrides": false,
            "defaultRequestPolicy": { "headerContentType": "text/plain; charset=UTF-8" },
        },
    });
    let http = set.and_then(|set| set["http"].as_object());
    for (name, value) in http.into_iter().flatten() {
        effective["http"][name] = value.clone();
    }
    effective
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::Region;

    fn place() -> Place {
        Place {
            account: "123456789012".parse().unwrap(),
            region: Region::UsEast1,
        }
    }

    fn created(given: &[(&str, &str)]) -> Result<Definition, Wrong> {
        Definition::created("orders", 0, &pairs(given), BTreeMap::new())
    }

    fn pairs(given: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        pairs.collect()
    }

    #[test]
    fn each_attribute_takes_what_it_should() {
        for (name, value, fine) in [
            ("DisplayName", "Orders", true),
            ("DisplayName", "", true),
            ("TracingConfig", "Active", true),
            ("TracingConfig", "on", false),
            ("SignatureVersion", "2", true),
            ("SignatureVersion", "3", false),
            ("MaximumMessageSize", "1024", true),
            ("MaximumMessageSize", "1048577", false),
            ("Policy", "{}", true),
            ("Policy", "no", false),
            ("DeliveryPolicy", "{\"http\":{}}", true),
            ("DeliveryPolicy", "[]", false),
            ("SQSSuccessFeedbackSampleRate", "100", true),
            ("SQSSuccessFeedbackSampleRate", "101", false),
            ("LambdaFailureFeedbackRoleArn", "arn", true),
            ("KmsMasterKeyId", "alias/aws/sns", true),
            ("Colour", "red", false),
            ("ContentBasedDeduplication", "true", false),
        ] {
            assert_eq!(created(&[(name, value)]).is_ok(), fine, "{name} {value}");
        }
        assert!(created(&[("FifoTopic", "true"), ("ContentBasedDeduplication", "true")]).is_ok());
        assert!(created(&[("FifoTopic", "true"), ("FifoThroughputScope", "Group")]).is_err());
        assert_eq!(
            created(&[("Colour", "red")]).unwrap_err(),
            None,
            "there is no such attribute"
        );
    }

    #[test]
    fn a_second_creation_may_say_what_is_so_and_nothing_else() {
        let topic = created(&[("DisplayName", "Orders")]).unwrap();
        for (given, agrees) in [
            (&[][..], true),
            (&[("DisplayName", "Orders")], true),
            (&[("FifoTopic", "false")], true),
            (&[("DisplayName", "Bills")], false),
            (&[("DisplayName", "Orders"), ("KmsMasterKeyId", "k")], false),
        ] {
            assert_eq!(topic.agrees(&pairs(given), &place()), agrees, "{given:?}");
        }
    }

    #[test]
    fn a_delivery_policy_shows_in_the_effective_one() {
        let set = r#"{"http":{"disableSubscriptionOverrides":true}}"#;
        let shown = created(&[("DeliveryPolicy", set)]).unwrap().shown(&place());
        let effective: Value = serde_json::from_str(&shown["EffectiveDeliveryPolicy"]).unwrap();
        assert_eq!(effective["http"]["disableSubscriptionOverrides"], true);
        assert_eq!(effective["http"]["defaultHealthyRetryPolicy"]["numRetries"], 3);
    }
}
