//! Topic names, and the ARNs of topics and subscriptions: whose they are. A foreign one is refused here, before anything is
//! looked at. Pure.

use super::refusal;
use crate::region::Region;
use crate::tenant::AccountId;
use crate::wire::Refusal;

/// What the name of a FIFO topic or queue ends in.
pub const FIFO: &str = ".fifo";

/// Refuses what AWS refuses in a topic's name.
pub fn check_name(name: &str, fifo: bool) -> Result<(), Refusal> {
    let stem = if fifo { name.strip_suffix(FIFO) } else { Some(name) };
    let fine = stem.is_some_and(|stem| {
        !stem.is_empty()
            && name.len() <= 256
            && stem
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    });
    if fine {
        Ok(())
    } else {
        Err(refusal::invalid("Topic Name"))
    }
}

/// A subscription's place: its topic's name and its own id.
pub type SubscriptionKey = (String, String);

/// Whose topics are meant, and where.
#[derive(Debug, Clone)]
pub struct Place {
    /// The tenant's account.
    pub account: AccountId,
    /// The region called.
    pub region: Region,
}

impl Place {
    /// A topic's ARN.
    pub fn topic(&self, name: &str) -> String {
        format!("arn:aws:sns:{}:{}:{name}", self.region, self.account)
    }

    /// A subscription's ARN.
    pub fn subscription(&self, (topic, id): &SubscriptionKey) -> String {
        format!("{}:{id}", self.topic(topic))
    }

    /// The name of the topic whose ARN this is; `parameter` is where it was given.
    pub fn topic_in<'a>(&self, arn: &'a str, parameter: &str, operation: &str) -> Result<&'a str, Refusal> {
        match self.rest(arn, parameter, operation)?[..] {
            [name] if !name.is_empty() => Ok(name),
            _ => Err(refusal::invalid(parameter)),
        }
    }

    /// The place of the subscription whose ARN this is.
    pub fn subscription_in(&self, arn: &str, operation: &str) -> Result<SubscriptionKey, Refusal> {
        match self.rest(arn, "SubscriptionArn", operation)?[..] {
            [topic, id] if !id.is_empty() => Ok((topic.to_owned(), id.to_owned())),
            _ => Err(refusal::invalid("SubscriptionId")),
        }
    }

    /// What comes after account and region in an ARN of our own.
    fn rest<'a>(&self, arn: &'a str, parameter: &str, operation: &str) -> Result<Vec<&'a str>, Refusal> {
        let parts: Vec<&str> = arn.split(':').collect();
        let [scheme, partition, service, region, account, ref rest @ ..] = parts[..] else {
            return Err(too_short(parameter, parts.len()));
        };
        if rest.is_empty() {
            return Err(too_short(parameter, parts.len()));
        }
        if [scheme, partition, service] != ["arn", "aws", "sns"] || region != self.region.as_str() {
            return Err(refusal::invalid(parameter));
        }
        if account.parse::<AccountId>().is_err() {
            return Err(refusal::invalid(parameter));
        }
        if account != self.account.as_str() {
            return Err(refusal::denied(self.account.as_str(), operation, arn));
        }
        Ok(rest.to_vec())
    }
}

fn too_short(parameter: &str, parts: usize) -> Refusal {
    refusal::because(
        parameter,
        format!("An ARN must have at least 6 elements, not {parts}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            account: "123456789012".parse().unwrap(),
            region: Region::UsEast1,
        }
    }

    #[test]
    fn names_are_those_aws_takes() {
        for (name, fifo, fine) in [
            ("orders", false, true),
            ("a-b_C1", false, true),
            (&"n".repeat(256), false, true),
            (&"n".repeat(257), false, false),
            ("", false, false),
            ("two words", false, false),
            ("orders.fifo", false, false),
            ("orders.fifo", true, true),
            ("orders", true, false),
            (".fifo", true, false),
        ] {
            assert_eq!(check_name(name, fifo).is_ok(), fine, "{name}");
        }
    }

    #[test]
    fn only_own_arns_are_followed() {
        let place = place();
        let topic = place.topic("orders");
        assert_eq!(place.topic_in(&topic, "TopicArn", "Publish").unwrap(), "orders");
        let key = ("orders".to_owned(), "id".to_owned());
        let subscription = place.subscription(&key);
        assert_eq!(place.subscription_in(&subscription, "Unsubscribe").unwrap(), key);
        for (arn, kind) in [
            ("arn:aws:sns:us-east-1:999999999999:orders", "AuthorizationError"),
            ("arn:aws:sns:eu-west-1:123456789012:orders", "InvalidParameter"),
            ("arn:aws:sqs:us-east-1:123456789012:orders", "InvalidParameter"),
            ("arn:aws:sns:us-east-1:123456789012:", "InvalidParameter"),
            ("arn:aws:sns:us-east-1::orders", "InvalidParameter"),
            (&subscription, "InvalidParameter"),
            ("orders", "InvalidParameter"),
            ("", "InvalidParameter"),
        ] {
            let refused = place.topic_in(arn, "TopicArn", "Publish").unwrap_err();
            assert_eq!(refused.kind, kind, "{arn}");
        }
        assert_eq!(
            place
                .topic_in("arn:aws", "TopicArn", "Publish")
                .unwrap_err()
                .message,
            "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 2"
        );
        assert_eq!(
            place.subscription_in(&topic, "Unsubscribe").unwrap_err().message,
            "Invalid parameter: SubscriptionId"
        );
    }
}
