//! A member's queues, as chat commands use them: thin over the AWS SDK, so that any provider with a client will do. What
//! a request alone shows to be wrong is refused before it is sent; what AWS answers becomes a [`QueueError`] in the
//! words of the domain. How people are told is not here.

mod error;
mod messages;

use std::collections::HashMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};

pub use error::QueueError;
pub use messages::{Moved, Outgoing, Received, Sent};

pub use crate::sqs::{Seen, SeenState};

use crate::provider::{Names, Terms};

/// The ending that a FIFO queue's name has.
pub const FIFO: &str = ".fifo";

/// The longest name that AWS takes.
const LONGEST_NAME: usize = 80;

/// One member's queues in one region.
#[derive(Debug, Clone)]
pub struct Queues {
    client: Client,
    terms: Terms,
}

/// A queue to be made. Times are seconds; what is absent is left to AWS's default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewQueue {
    /// Its name; one that ends in `.fifo` is a FIFO queue's.
    pub name: String,
    /// How long a received message is hidden.
    pub visibility: Option<u32>,
    /// How long a sent message is held back.
    pub delay: Option<u32>,
    /// How long a message is kept.
    pub retention: Option<u32>,
    /// Whether a FIFO queue takes messages with the same body for duplicates.
    pub content_deduplication: bool,
    /// Where messages go that were received too often.
    pub dead_letters: Option<DeadLetters>,
}

/// Where messages go that were received too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetters {
    /// The dead-letter queue's name.
    pub queue: String,
    /// How often a message may be received before.
    pub max_receives: u32,
}

/// A queue as it is now. Times are seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// Its URL.
    pub url: String,
    /// Its ARN.
    pub arn: String,
    /// Whether it keeps the order of each group, and refuses duplicates.
    pub fifo: bool,
    /// Whether it takes messages with the same body for duplicates.
    pub content_deduplication: bool,
    /// How long a received message is hidden.
    pub visibility: u32,
    /// How long a sent message is held back.
    pub delay: u32,
    /// How long a message is kept.
    pub retention: u32,
    /// Where messages go that were received too often.
    pub dead_letters: Option<DeadLetters>,
    /// Messages that can be received.
    pub visible: u64,
    /// Messages received and not yet deleted.
    pub in_flight: u64,
    /// Messages held back.
    pub delayed: u64,
    /// When it was created, Unix seconds.
    pub created_at: i64,
}

impl Queues {
    /// Over a client that is bound to one member and region, on that member's terms.
    pub(crate) fn new(client: Client, terms: Terms) -> Self {
        Self { client, terms }
    }

    /// Creates a queue. One of the same name and settings is simply there already.
    pub async fn create(&self, new: &NewQueue) -> Result<Queue, QueueError> {
        let name = new.name.as_str();
        self.room_for(name).await?;
        let mut attributes = HashMap::new();
        let numbers = [
            (QueueAttributeName::VisibilityTimeout, new.visibility),
            (QueueAttributeName::DelaySeconds, new.delay),
            (QueueAttributeName::MessageRetentionPeriod, new.retention),
        ];
        for (attribute, value) in numbers {
            if let Some(value) = value {
                attributes.insert(attribute, value.to_string());
            }
        }
        if name.ends_with(FIFO) {
            attributes.insert(QueueAttributeName::FifoQueue, "true".to_owned());
            if new.content_deduplication {
                attributes.insert(QueueAttributeName::ContentBasedDeduplication, "true".to_owned());
            }
        }
        if let Some(dead) = &new.dead_letters {
            let target = self.find(&dead.queue).await?;
            let policy = json!({ "deadLetterTargetArn": target.arn, "maxReceiveCount": dead.max_receives });
            attributes.insert(QueueAttributeName::RedrivePolicy, policy.to_string());
        }
        let made = self
            .client
            .create_queue()
            .queue_name(self.terms.names.real(name))
            .set_attributes(Some(attributes))
            .set_tags(Some(self.terms.tags().collect::<HashMap<_, _>>()).filter(|tags| !tags.is_empty()))
            .send()
            .await
            .map_err(|error| QueueError::from_sdk(name, &error))?;
        let url = made.queue_url.unwrap_or_default();
        let mut waiting = self.terms.change.waiting();
        loop {
            match self.at(name, url.clone()).await {
                // AWS may not know yet what it has just taken.
                Err(QueueError::NoSuchQueue { .. }) if !self.terms.at_once && waiting.again().await => {}
                answer => return answer,
            }
        }
    }

    /// Whether one more may be made under this name, as far as nobody else sees to it. One that is there already needs no room.
    async fn room_for(&self, name: &str) -> Result<(), QueueError> {
        check_name(name)?;
        let most = self.terms.names.room(LONGEST_NAME);
        if name.len() > most {
            return Err(QueueError::NameTooLong {
                name: name.to_owned(),
                most,
            });
        }
        let Some(quotas) = self.terms.quotas else {
            return Ok(());
        };
        let names = self.list().await?;
        if names.len() >= quotas.queues as usize && !names.iter().any(|known| known == name) {
            return Err(QueueError::TooManyQueues);
        }
        Ok(())
    }

    /// A queue as it is now.
    pub async fn find(&self, name: &str) -> Result<Queue, QueueError> {
        let url = self.url(name).await?;
        self.at(name, url).await
    }

    /// The names of all queues, in order.
    pub async fn list(&self) -> Result<Vec<String>, QueueError> {
        let (mut names, mut page) = (Vec::new(), None);
        let prefix = Some(self.terms.names.before().to_owned()).filter(|prefix| !prefix.is_empty());
        loop {
            let answer = self
                .client
                .list_queues()
                .set_queue_name_prefix(prefix.clone())
                .max_results(1_000)
                .set_next_token(page)
                .send()
                .await
                .map_err(|error| QueueError::from_sdk("", &error))?;
            let urls = answer.queue_urls.unwrap_or_default();
            names.extend(self.short(&urls));
            page = answer.next_token;
            if page.is_none() {
                names.sort();
                return Ok(names);
            }
        }
    }

    /// The names of the queues whose dead letters come to this one.
    pub async fn sources_of(&self, queue: &Queue) -> Result<Vec<String>, QueueError> {
        let answer = self
            .client
            .list_dead_letter_source_queues()
            .queue_url(&queue.url)
            .send()
            .await
            .map_err(|error| QueueError::from_sdk(&queue.name, &error))?;
        Ok(self.short(&answer.queue_urls).collect())
    }

    /// The member's own names of what these URLs lead to.
    fn short<'a>(&'a self, urls: &'a [String]) -> impl Iterator<Item = String> + 'a {
        let own = |url: &'a String| self.terms.names.short_of(url);
        urls.iter().filter_map(own).map(str::to_owned)
    }

    /// Deletes a queue and all its messages.
    pub async fn delete(&self, queue: &Queue) -> Result<(), QueueError> {
        self.client
            .delete_queue()
            .queue_url(&queue.url)
            .send()
            .await
            .map_err(|error| QueueError::from_sdk(&queue.name, &error))?;
        Ok(())
    }

    async fn url(&self, name: &str) -> Result<String, QueueError> {
        check_name(name)?;
        let answer = self
            .client
            .get_queue_url()
            .queue_name(self.terms.names.real(name))
            .send()
            .await
            .map_err(|error| QueueError::from_sdk(name, &error))?;
        answer
            .queue_url
            .ok_or_else(|| QueueError::other("the answer has no URL"))
    }

    async fn at(&self, name: &str, url: String) -> Result<Queue, QueueError> {
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(&url)
            .attribute_names(QueueAttributeName::All)
            .send()
            .await
            .map_err(|error| QueueError::from_sdk(name, &error))?;
        let attributes = answer.attributes.unwrap_or_default();
        let text = |attribute| attributes.get(&attribute).map_or("", String::as_str);
        let number = |attribute| text(attribute).parse().unwrap_or_default();
        let seconds = |attribute| text(attribute).parse().unwrap_or_default();
        Ok(Queue {
            name: name.to_owned(),
            url,
            arn: text(QueueAttributeName::QueueArn).to_owned(),
            fifo: text(QueueAttributeName::FifoQueue) == "true",
            content_deduplication: text(QueueAttributeName::ContentBasedDeduplication) == "true",
            visibility: seconds(QueueAttributeName::VisibilityTimeout),
            delay: seconds(QueueAttributeName::DelaySeconds),
            retention: seconds(QueueAttributeName::MessageRetentionPeriod),
            dead_letters: DeadLetters::read(&self.terms.names, text(QueueAttributeName::RedrivePolicy)),
            visible: number(QueueAttributeName::ApproximateNumberOfMessages),
            in_flight: number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
            delayed: number(QueueAttributeName::ApproximateNumberOfMessagesDelayed),
            created_at: seconds_in(text(QueueAttributeName::CreatedTimestamp)).unwrap_or_default(),
        })
    }
}

impl DeadLetters {
    fn read(names: &Names, policy: &str) -> Option<Self> {
        let policy: Value = serde_json::from_str(policy).ok()?;
        let queue = names.short_of(policy["deadLetterTargetArn"].as_str()?)?;
        let count = &policy["maxReceiveCount"];
        let max_receives = count.as_u64().or_else(|| count.as_str()?.parse().ok())?;
        Some(Self {
            queue: queue.to_owned(),
            max_receives: max_receives.try_into().ok()?,
        })
    }
}

/// Whole seconds; emulators write parts of them too.
pub(crate) fn seconds_in(text: &str) -> Option<i64> {
    text.split('.').next()?.parse().ok()
}

fn check_name(name: &str) -> Result<(), QueueError> {
    let stem = name.strip_suffix(FIFO).unwrap_or(name);
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !stem.is_empty() && name.len() <= LONGEST_NAME && stem.bytes().all(fine) {
        Ok(())
    } else {
        Err(QueueError::BadName {
            name: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_aws_takes() {
        for good in ["orders", "a-b_C1", "orders.fifo", &"n".repeat(80)] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", "two words", ".fifo", "a.b", "naïve", &"n".repeat(81)] {
            assert_eq!(
                check_name(bad),
                Err(QueueError::BadName { name: bad.to_owned() }),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_redrive_policy_reads_with_either_kind_of_number() {
        let expected = DeadLetters {
            queue: "dead".into(),
            max_receives: 3,
        };
        for count in ["3", "\"3\""] {
            let policy =
                format!(r#"{{"deadLetterTargetArn":"arn:aws:sqs:r:1:dead","maxReceiveCount":{count}}}"#);
            assert_eq!(
                DeadLetters::read(&Names::plain(), &policy),
                Some(expected.clone())
            );
        }
        assert_eq!(DeadLetters::read(&Names::plain(), ""), None);
    }
}
