//! The two policies of dead letters: where a queue's go, and whose a queue takes. Source: Amazon SQS API Reference,
//! `SetQueueAttributes`. Pure; whether the queue that a policy names exists is asked elsewhere.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::refusal;
use crate::wire::Refusal;

/// Where messages go that were received too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redrive {
    pub target: String,
    pub max_receives: u32,
}

/// Which queues may name this one as their dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RedriveAllow {
    All,
    None,
    /// The queues with these ARNs.
    Some(Vec<String>),
}

impl Redrive {
    /// The policy that an attribute says; none where it is empty.
    pub fn read(text: &str) -> Result<Option<Self>, Refusal> {
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = |reason: &str| refusal::invalid_parameter("RedrivePolicy", text, reason);
        let Ok(Value::Object(policy)) = serde_json::from_str(text) else {
            return Err(wrong("Redrive policy is not a valid JSON map."));
        };
        if policy.is_empty() {
            return Ok(None);
        }
        let Some(target) = policy.get("deadLetterTargetArn").and_then(Value::as_str) else {
            return Err(wrong(
                "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.",
            ));
        };
        let Some(count) = policy.get("maxReceiveCount") else {
            return Err(wrong(
                "Redrive policy does not contain mandatory attribute: maxReceiveCount.",
            ));
        };
        let number = match count {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let max_receives = number
            .filter(|n| (1..=1_000).contains(n))
            .and_then(|n| u32::try_from(n).ok());
        let Some(max_receives) = max_receives else {
            return Err(wrong(&format!(
                "Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive."
            )));
        };
        Ok(Some(Self {
            target: target.to_owned(),
            max_receives,
        }))
    }

    /// The policy as an attribute.
    pub fn text(&self) -> String {
        json!({ "deadLetterTargetArn": self.target, "maxReceiveCount": self.max_receives }).to_string()
    }
}

impl RedriveAllow {
    /// The policy that an attribute says; none where it is empty.
    pub fn read(text: &str) -> Result<Option<Self>, Refusal> {
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = |reason: &str| refusal::invalid_parameter("RedriveAllowPolicy", text, reason);
        let Ok(Value::Object(policy)) = serde_json::from_str(text) else {
            return Err(wrong(
                "Amazon SQS can't create the redrive allow policy. Policy is not a valid JSON map.",
            ));
        };
        let sources = policy.get("sourceQueueArns").and_then(Value::as_array);
        match (policy.get("redrivePermission").and_then(Value::as_str), sources) {
            (Some("allowAll"), None) => Ok(Some(Self::All)),
            (Some("denyAll"), None) => Ok(Some(Self::None)),
            (Some("byQueue"), Some(arns)) if (1..=10).contains(&arns.len()) => {
                let arns = arns.iter().filter_map(Value::as_str).map(str::to_owned);
                Ok(Some(Self::Some(arns.collect())))
            }
            (Some("byQueue"), _) => Err(wrong("sourceQueueArns must name from 1 to 10 queues.")),
            (Some("allowAll" | "denyAll"), Some(_)) => Err(wrong(
                "sourceQueueArns may only be given with redrivePermission byQueue.",
            )),
            _ => Err(wrong("redrivePermission must be allowAll, denyAll or byQueue.")),
        }
    }

    /// The policy as an attribute.
    pub fn text(&self) -> String {
        match self {
            Self::All => json!({ "redrivePermission": "allowAll" }),
            Self::None => json!({ "redrivePermission": "denyAll" }),
            Self::Some(arns) => json!({ "redrivePermission": "byQueue", "sourceQueueArns": arns }),
        }
        .to_string()
    }

    /// Whether the queue with this ARN may send its dead letters here.
    pub fn allows(&self, source: &str) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Some(arns) => arns.iter().any(|arn| arn == source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redrive_policy_needs_a_target_and_a_count_from_1_to_1000() {
        for (policy, fine) in [
            (r#"{"deadLetterTargetArn":"a","maxReceiveCount":3}"#, true),
            (r#"{"deadLetterTargetArn":"a","maxReceiveCount":"3"}"#, true),
            ("", true),
            (r#"{"deadLetterTargetArn":"a","maxReceiveCount":0}"#, false),
            (r#"{"deadLetterTargetArn":"a","maxReceiveCount":1001}"#, false),
            (r#"{"deadLetterTargetArn":"a"}"#, false),
            (r#"{"maxReceiveCount":3}"#, false),
            ("[]", false),
            ("{", false),
        ] {
            assert_eq!(Redrive::read(policy).is_ok(), fine, "{policy}");
        }
    }
}
