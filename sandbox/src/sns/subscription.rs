//! A subscription's attributes: which there are and what they may be set to. Source: Amazon SNS API Reference, `Subscribe`,
//! `SetSubscriptionAttributes` and `GetSubscriptionAttributes`; the words for wrong ones are AWS's. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::arn::{FIFO, Place, SubscriptionKey};
use super::filter::{Filter, Scope};
use super::topic::same;

/// The longest value, in bytes, besides a filter policy.
const LONGEST_VALUE: usize = 30 * 1024;

/// A queue that is given a topic's messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    pub topic: String,
    pub id: String,
    /// The queue's name. Only queues of the same account and region are subscribed.
    pub queue: String,
    pub raw: bool,
    pub filter_scope: Scope,
    /// As it was given.
    pub filter_policy: Option<String>,
    /// As it was given, and the queue it names.
    pub redrive: Option<(String, String)>,
    /// As it was given; it is about HTTP.
    pub delivery_policy: Option<String>,
}

/// An attribute that cannot be set so, in AWS's words.
pub type Wrong = String;

/// What the words need to know besides the value.
pub struct Surroundings<'a> {
    /// The name of the queue whose ARN this is, if it is one of this account and region.
    pub queue_in: &'a dyn Fn(&str) -> Option<String>,
    pub fifo_topic: bool,
}

impl Subscription {
    pub fn new(topic: &str, id: String, queue: &str) -> Self {
        Self {
            topic: topic.to_owned(),
            id,
            queue: queue.to_owned(),
            raw: false,
            filter_scope: Scope::default(),
            filter_policy: None,
            redrive: None,
            delivery_policy: None,
        }
    }

    pub fn key(&self) -> SubscriptionKey {
        (self.topic.clone(), self.id.clone())
    }

    /// Changes attributes, all or none of them.
    pub fn set(
        &mut self,
        given: &BTreeMap<String, String>,
        surroundings: &Surroundings<'_>,
    ) -> Result<(), Wrong> {
        let mut changed = self.clone();
        for (name, value) in given {
            changed.set_one(name, value, surroundings)?;
        }
        // The policy and its scope are looked at together, in whatever order they came.
        changed.filter()?;
        *self = changed;
        Ok(())
    }

    fn set_one(&mut self, name: &str, value: &str, surroundings: &Surroundings<'_>) -> Result<(), Wrong> {
        if value.len() > LONGEST_VALUE && name != "FilterPolicy" {
            return Err(format!("{name}: must be at most {LONGEST_VALUE} bytes long"));
        }
        match name {
            "RawMessageDelivery" => {
                self.raw = match value.to_ascii_lowercase().as_str() {
                    "true" => true,
                    "false" => false,
                    _ => {
                        return Err(format!(
                            "RawMessageDelivery: Invalid value [{}]. Must be true or false.",
                            short(value)
                        ));
                    }
                };
            }
            "FilterPolicyScope" => {
                let scopes = [Scope::MessageAttributes, Scope::MessageBody];
                let scope = scopes.into_iter().find(|scope| scope.text() == value);
                self.filter_scope = scope.ok_or_else(|| {
                    format!(
                        "FilterPolicyScope: Invalid value [{}]. Please use either MessageBody or MessageAttributes",
                        short(value)
                    )
                })?;
            }
            "FilterPolicy" => self.filter_policy = (!value.is_empty()).then(|| value.to_owned()),
            "RedrivePolicy" => self.redrive = self.redrive_policy(value, surroundings)?,
            "DeliveryPolicy" => match serde_json::from_str(value) {
                _ if value.is_empty() => self.delivery_policy = None,
                Ok(Value::Object(_)) => self.delivery_policy = Some(value.to_owned()),
                _ => return Err("DeliveryPolicy: failed to parse JSON.".to_owned()),
            },
            "ReplayPolicy" => {
                return Err("ReplayPolicy: the sandbox keeps no archive of messages".to_owned());
            }
            _ => return Err("AttributeName".to_owned()),
        }
        Ok(())
    }

    fn redrive_policy(
        &self,
        value: &str,
        surroundings: &Surroundings<'_>,
    ) -> Result<Option<(String, String)>, Wrong> {
        let wrong = |what: &str| format!("RedrivePolicy: {what}");
        if value.is_empty() {
            return Ok(None);
        }
        let policy: Value =
            serde_json::from_str(value).map_err(|error| wrong(&format!("failed to parse JSON. {error}")))?;
        let policy = policy.as_object().ok_or_else(|| wrong("must be an object"))?;
        if policy.is_empty() {
            return Ok(None);
        }
        let target = policy.get("deadLetterTargetArn").and_then(Value::as_str);
        let queue = target
            .and_then(surroundings.queue_in)
            .ok_or_else(|| wrong("deadLetterTargetArn is an invalid arn"))?;
        let fifo = surroundings.fifo_topic && self.queue.ends_with(FIFO);
        match (fifo, queue.ends_with(FIFO)) {
            (true, false) => Err(wrong(
                "must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.",
            )),
            (false, true) => Err(wrong(
                "must not use a FIFO queue as DLQ for a subscription that is not FIFO.",
            )),
            _ => Ok(Some((value.to_owned(), queue))),
        }
    }

    /// The filter, ready for use; none lets all through.
    pub fn filter(&self) -> Result<Option<Filter>, Wrong> {
        let policy = self.filter_policy.as_deref();
        policy
            .map(|policy| Filter::read(policy, self.filter_scope))
            .transpose()
    }

    /// All attributes.
    pub fn shown(&self, place: &Place, endpoint: String) -> BTreeMap<String, String> {
        let account = &place.account;
        let all = [
            ("SubscriptionArn", place.subscription(&self.key())),
            ("TopicArn", place.topic(&self.topic)),
            ("Protocol", "sqs".to_owned()),
            ("Endpoint", endpoint),
            ("Owner", account.to_string()),
            ("PendingConfirmation", "false".to_owned()),
            ("ConfirmationWasAuthenticated", "true".to_owned()),
            ("RawMessageDelivery", self.raw.to_string()),
            (
                "SubscriptionPrincipal",
                format!("arn:aws:iam::{account}:user/member"),
            ),
        ];
        let mut shown: BTreeMap<_, _> = all
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let mut also = |name: &str, value: Option<&String>| {
            if let Some(value) = value {
                shown.insert(name.to_owned(), value.clone());
            }
        };
        // AWS tells the scope of a policy, and no scope without one.
        let scope = self.filter_scope.text().to_owned();
        also("FilterPolicy", self.filter_policy.as_ref());
        also("FilterPolicyScope", self.filter_policy.as_ref().map(|_| &scope));
        also("RedrivePolicy", self.redrive.as_ref().map(|(text, _)| text));
        also("DeliveryPolicy", self.delivery_policy.as_ref());
        let effective = self.delivery_policy.as_ref().map(|policy| {
            let policy = serde_json::from_str(policy).unwrap_or(Value::Null);
            json!({ "http": policy }).to_string()
        });
        also("EffectiveDeliveryPolicy", effective.as_ref());
        shown
    }

    /// Whether a second subscription with these attributes, already found valid, asks for this very one.
    pub fn agrees(&self, given: &BTreeMap<String, String>) -> bool {
        given.iter().all(|(name, value)| {
            let mine = match name.as_str() {
                "RawMessageDelivery" => return value.eq_ignore_ascii_case(&self.raw.to_string()),
                "FilterPolicyScope" => return value == self.filter_scope.text(),
                "FilterPolicy" => self.filter_policy.as_deref(),
                "RedrivePolicy" => self.redrive.as_ref().map(|(text, _)| text.as_str()),
                "DeliveryPolicy" => self.delivery_policy.as_deref(),
                _ => None,
            };
            same(mine.unwrap_or_default(), value)
        })
    }

    /// The bytes it takes.
    pub fn size(&self) -> u64 {
        let policies = [
            self.filter_policy.as_deref(),
            self.redrive.as_ref().map(|(text, _)| text.as_str()),
            self.delivery_policy.as_deref(),
        ];
        let policies: usize = policies.into_iter().flatten().map(str::len).sum();
        (self.topic.len() + self.id.len() + self.queue.len() + policies) as u64
    }
}

fn short(value: &str) -> String {
    value.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(queue: &str, fifo_topic: bool, given: &[(&str, &str)]) -> Result<Subscription, Wrong> {
        let surroundings = Surroundings {
            queue_in: &|arn| arn.strip_prefix("arn:").map(str::to_owned),
            fifo_topic,
        };
        let given = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let mut subscription = Subscription::new("orders", "id".to_owned(), queue);
        subscription.set(&given.collect(), &surroundings)?;
        Ok(subscription)
    }

    #[test]
    fn wrong_values_are_refused_as_aws_words_it() {
        for (name, value, said) in [
            (
                "RawMessageDelivery",
                "yes",
                "RawMessageDelivery: Invalid value [yes]. Must be true or false.",
            ),
            (
                "FilterPolicyScope",
                "Random",
                "FilterPolicyScope: Invalid value [Random]. Please use either MessageBody or MessageAttributes",
            ),
            (
                "RedrivePolicy",
                r#"{"deadLetterTargetArn":"fake"}"#,
                "RedrivePolicy: deadLetterTargetArn is an invalid arn",
            ),
            ("Colour", "red", "AttributeName"),
        ] {
            assert_eq!(set("q", false, &[(name, value)]).unwrap_err(), said);
        }
    }

    #[test]
    fn a_dead_letter_queue_is_of_the_subscriptions_kind() {
        let policy = |queue: &str| format!(r#"{{"deadLetterTargetArn":"arn:{queue}"}}"#);
        for (queue, fifo_topic, dead, fine) in [
            ("q", false, "dead", true),
            ("q", false, "dead.fifo", false),
            ("q.fifo", true, "dead.fifo", true),
            ("q.fifo", true, "dead", false),
            ("q", true, "dead", true),
        ] {
            let result = set(queue, fifo_topic, &[("RedrivePolicy", &policy(dead))]);
            assert_eq!(result.is_ok(), fine, "{queue} {dead}");
        }
    }

    #[test]
    fn a_nested_policy_needs_the_scope_of_the_body_in_whatever_order() {
        let nested = r#"{"a":{"b":["c"]}}"#;
        assert!(
            set(
                "q",
                false,
                &[("FilterPolicy", nested), ("FilterPolicyScope", "MessageBody")]
            )
            .is_ok()
        );
        assert!(set("q", false, &[("FilterPolicy", nested)]).is_err());
    }

    #[test]
    fn a_second_subscription_may_say_what_is_so() {
        let policy = r#"{"a":["b"]}"#;
        let first = set(
            "q",
            false,
            &[("RawMessageDelivery", "True"), ("FilterPolicy", policy)],
        )
        .unwrap();
        for (given, agrees) in [
            (&[][..], true),
            (&[("RawMessageDelivery", "true")], true),
            (&[("FilterPolicy", r#"{ "a": ["b"] }"#)], true),
            (&[("FilterPolicyScope", "MessageAttributes")], true),
            (&[("FilterPolicyScope", "MessageBody")], false),
            (&[("RawMessageDelivery", "false")], false),
        ] {
            let given = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
            let given: BTreeMap<_, _> = given.collect();
            assert_eq!(first.agrees(&given), agrees, "{given:?}");
        }
    }
}
