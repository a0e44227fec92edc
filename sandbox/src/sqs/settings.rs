//! A queue's attributes: their defaults, their ranges, and how they read as text. Source: Amazon SQS API Reference,
//! `SetQueueAttributes` and `GetQueueAttributes`. Pure; whether a dead-letter queue exists is asked elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::redrive::{Redrive, RedriveAllow};
use super::refusal;
use crate::wire::Refusal;

/// The largest message: 1 MiB.
pub const LARGEST_MESSAGE: u32 = 1024 * 1024;
/// The longest visibility timeout: 12 hours, in seconds.
pub const LONGEST_VISIBILITY: u32 = 43_200;
/// The longest delay, in seconds.
pub const LONGEST_DELAY: u32 = 900;
/// The longest wait of a receive, in seconds.
pub const LONGEST_WAIT: u32 = 20;

/// What a queue is set to. Times are seconds, sizes bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub delay: u32,
    pub max_size: u32,
    pub retention: u32,
    pub wait: u32,
    pub visibility: u32,
    pub policy: Option<String>,
    pub redrive: Option<Redrive>,
    pub redrive_allow: Option<RedriveAllow>,
    pub kms_key: Option<String>,
    pub kms_reuse: u32,
    pub managed_encryption: bool,
    /// Set for FIFO queues alone.
    pub fifo: Option<Fifo>,
}

/// What only FIFO queues have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fifo {
    pub content_based: bool,
    /// Duplicates are looked for within a message's group rather than in the whole queue.
    pub per_group: bool,
    /// The throughput limit is each group's rather than the queue's.
    pub limit_per_group: bool,
}

impl Settings {
    fn new(fifo: bool) -> Self {
        Self {
            delay: 0,
            max_size: LARGEST_MESSAGE,
            retention: 345_600,
            wait: 0,
            visibility: 30,
            policy: None,
            redrive: None,
            redrive_allow: None,
            kms_key: None,
            kms_reuse: 300,
            managed_encryption: true,
            fifo: fifo.then(Fifo::default),
        }
    }

    /// The settings of a queue created with these attributes.
    pub fn created(attributes: &BTreeMap<String, String>) -> Result<Self, Refusal> {
        let fifo = match attributes.get("FifoQueue").map(String::as_str) {
            None => false,
            Some("true") => true,
            // AWS has no way to say "not FIFO" but to leave it out.
            Some(_) => return Err(refusal::unknown_attribute("FifoQueue")),
        };
        let mut settings = Self::new(fifo);
        settings.change(attributes)?;
        Ok(settings)
    }

    /// Changes these attributes, which must go together. After a refusal the settings are of no use.
    pub fn change(&mut self, attributes: &BTreeMap<String, String>) -> Result<(), Refusal> {
        let says = |name: &str| {
            attributes
                .get(name)
                .is_some_and(|value| !value.is_empty() && value != "false")
        };
        if says("KmsMasterKeyId") && says("SqsManagedSseEnabled") {
            return Err(refusal::two_encryptions());
        }
        for (name, value) in attributes {
            self.set(name, value)?;
        }
        match &self.fifo {
            Some(fifo) if fifo.limit_per_group && !fifo.per_group => {
                Err(refusal::invalid_attribute("FifoThroughputLimit"))
            }
            _ => Ok(()),
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        let number = |least: u32, most: u32| {
            let number = value.parse::<u32>().ok().filter(|n| (least..=most).contains(n));
            number.ok_or_else(|| refusal::invalid_attribute(name))
        };
        let flag = || match value {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(refusal::invalid_attribute(name)),
        };
        match name {
            "DelaySeconds" => self.delay = number(0, LONGEST_DELAY)?,
            "MaximumMessageSize" => self.max_size = number(1_024, LARGEST_MESSAGE)?,
            "MessageRetentionPeriod" => self.retention = number(60, 1_209_600)?,
            "ReceiveMessageWaitTimeSeconds" => self.wait = number(0, LONGEST_WAIT)?,
            "VisibilityTimeout" => self.visibility = number(0, LONGEST_VISIBILITY)?,
            "KmsMasterKeyId" => {
                self.kms_key = (!value.is_empty()).then(|| value.to_owned());
                self.managed_encryption &= self.kms_key.is_none();
            }
            "KmsDataKeyReusePeriodSeconds" => self.kms_reuse = number(60, 86_400)?,
            "SqsManagedSseEnabled" => {
                self.managed_encryption = flag()?;
                self.kms_key = self.kms_key.take().filter(|_| !self.managed_encryption);
            }
            "Policy" => self.policy = policy(value)?,
            "RedrivePolicy" => self.redrive = Redrive::read(value)?,
            "RedriveAllowPolicy" => self.redrive_allow = RedriveAllow::read(value)?,
            _ => return self.set_fifo(name, value, flag),
        }
        Ok(())
    }

    fn set_fifo(
        &mut self,
        name: &str,
        value: &str,
        flag: impl Fn() -> Result<bool, Refusal>,
    ) -> Result<(), Refusal> {
        if !FIFO_ONLY.contains(&name) {
            return Err(refusal::unknown_attribute(name));
        }
        let Some(fifo) = &mut self.fifo else {
            return Err(refusal::unknown_attribute(name));
        };
        let invalid = || refusal::invalid_attribute(name);
        match (name, value) {
            ("ContentBasedDeduplication", _) => fifo.content_based = flag()?,
            ("DeduplicationScope", "queue") => fifo.per_group = false,
            ("DeduplicationScope", "messageGroup") => fifo.per_group = true,
            ("FifoThroughputLimit", "perQueue") => fifo.limit_per_group = false,
            ("FifoThroughputLimit", "perMessageGroupId") => fifo.limit_per_group = true,
            // A queue's kind is settled when it is created.
            ("FifoQueue", "true") => {}
            _ => return Err(invalid()),
        }
        Ok(())
    }

    /// All attributes that can be set, as text. What is not set is left out.
    pub fn texts(&self) -> BTreeMap<&'static str, String> {
        let mut texts = BTreeMap::from([
            ("DelaySeconds", self.delay.to_string()),
            ("MaximumMessageSize", self.max_size.to_string()),
            ("MessageRetentionPeriod", self.retention.to_string()),
            ("ReceiveMessageWaitTimeSeconds", self.wait.to_string()),
            ("VisibilityTimeout", self.visibility.to_string()),
            ("SqsManagedSseEnabled", self.managed_encryption.to_string()),
        ]);
        if let Some(key) = &self.kms_key {
            texts.insert("KmsMasterKeyId", key.clone());
            texts.insert("KmsDataKeyReusePeriodSeconds", self.kms_reuse.to_string());
        }
        if let Some(policy) = &self.policy {
            texts.insert("Policy", policy.clone());
        }
        if let Some(redrive) = &self.redrive {
            texts.insert("RedrivePolicy", redrive.text());
        }
        if let Some(allow) = &self.redrive_allow {
            texts.insert("RedriveAllowPolicy", allow.text());
        }
        if let Some(fifo) = &self.fifo {
            let scope = if fifo.per_group { "messageGroup" } else { "queue" };
            let limit = if fifo.limit_per_group {
                "perMessageGroupId"
            } else {
                "perQueue"
            };
            texts.insert("FifoQueue", "true".to_owned());
            texts.insert("ContentBasedDeduplication", fifo.content_based.to_string());
            texts.insert("DeduplicationScope", scope.to_owned());
            texts.insert("FifoThroughputLimit", limit.to_owned());
        }
        texts
    }

    /// The first attribute among `asked` in which the two differ.
    pub fn first_difference<'a>(
        &self,
        other: &Self,
        mut asked: impl Iterator<Item = &'a String>,
    ) -> Option<&'a str> {
        let (mine, theirs) = (self.texts(), other.texts());
        asked
            .find(|name| mine.get(name.as_str()) != theirs.get(name.as_str()))
            .map(String::as_str)
    }
}

const FIFO_ONLY: [&str; 4] = [
    "FifoQueue",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
];

/// A resource policy is kept and shown. It is never consulted: a sandbox has one user, who may do everything.
fn policy(text: &str) -> Result<Option<String>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(_)) => Ok(Some(text.to_owned())),
        _ => Err(refusal::invalid_attribute("Policy")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn created(pairs: &[(&str, &str)]) -> Result<Settings, String> {
        let attributes = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        Settings::created(&attributes).map_err(|refusal| refusal.kind)
    }

    #[test]
    fn each_number_has_its_range() {
        for (name, least, most) in [
            ("DelaySeconds", 0, 900),
            ("MaximumMessageSize", 1_024, 1_048_576),
            ("MessageRetentionPeriod", 60, 1_209_600),
            ("ReceiveMessageWaitTimeSeconds", 0, 20),
            ("VisibilityTimeout", 0, 43_200),
            ("KmsDataKeyReusePeriodSeconds", 60, 86_400),
        ] {
            for fine in [least, most] {
                assert!(created(&[(name, &fine.to_string())]).is_ok(), "{name} {fine}");
            }
            for wrong in [least - 1, most + 1] {
                let refused = created(&[(name, &wrong.to_string())]).unwrap_err();
                assert_eq!(refused, "InvalidAttributeValue", "{name} {wrong}");
            }
            assert_eq!(created(&[(name, "soon")]).unwrap_err(), "InvalidAttributeValue");
        }
    }

    #[test]
    fn fifo_attributes_are_unknown_to_standard_queues() {
        assert_eq!(
            created(&[("ContentBasedDeduplication", "true")]).unwrap_err(),
            "InvalidAttributeName"
        );
        assert_eq!(
            created(&[("FifoQueue", "false")]).unwrap_err(),
            "InvalidAttributeName"
        );
        assert_eq!(created(&[("Colour", "red")]).unwrap_err(), "InvalidAttributeName");
        let fifo = created(&[("FifoQueue", "true"), ("ContentBasedDeduplication", "true")]).unwrap();
        assert_eq!(fifo.texts()["ContentBasedDeduplication"], "true");
    }

    #[test]
    fn a_queue_has_one_kind_of_encryption() {
        let mut settings = created(&[("KmsMasterKeyId", "alias/aws/sqs")]).unwrap();
        assert_eq!(settings.texts()["SqsManagedSseEnabled"], "false");
        settings.set("SqsManagedSseEnabled", "true").unwrap();
        assert!(!settings.texts().contains_key("KmsMasterKeyId"));
        let both = [
            ("KmsMasterKeyId", "alias/aws/sqs"),
            ("SqsManagedSseEnabled", "true"),
        ];
        assert_eq!(created(&both).unwrap_err(), "InvalidAttributeName");
    }

    #[test]
    fn throughput_per_group_needs_deduplication_per_group() {
        let per_group = ("FifoThroughputLimit", "perMessageGroupId");
        assert!(created(&[("FifoQueue", "true"), per_group]).is_err());
        let both = [
            ("FifoQueue", "true"),
            per_group,
            ("DeduplicationScope", "messageGroup"),
        ];
        assert!(created(&both).is_ok());
    }

    #[test]
    fn only_what_was_asked_for_is_compared() {
        let (a, b) = (
            created(&[("DelaySeconds", "5"), ("VisibilityTimeout", "40")]).unwrap(),
            created(&[("DelaySeconds", "5")]).unwrap(),
        );
        let asked = ["DelaySeconds".to_owned(), "VisibilityTimeout".to_owned()];
        assert_eq!(a.first_difference(&b, asked[..1].iter()), None);
        assert_eq!(a.first_difference(&b, asked.iter()), Some("VisibilityTimeout"));
    }
}
