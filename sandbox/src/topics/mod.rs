//! A member's topics, as chat commands use them: thin over the AWS SDK, so that any provider with a client will do. What a
//! request alone shows to be wrong is refused before it is sent; what AWS answers becomes a [`TopicError`] in the words of
//! the domain. How people are told is not here.

mod error;

use std::collections::HashMap;

use aws_sdk_sns::Client;
use aws_sdk_sns::types::{MessageAttributeValue, Tag};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};

pub use error::TopicError;

use crate::attribute;
use crate::provider::Terms;
use crate::queues::Queue;

/// The ending that a FIFO topic's name has.
pub const FIFO: &str = ".fifo";

/// The longest name that AWS takes.
const LONGEST_NAME: usize = 256;

/// Group and deduplication ids have at most this many characters.
const LONGEST_ID: usize = 128;

/// One member's topics in one region.
#[derive(Debug, Clone)]
pub struct Topics {
    client: Client,
    queues: aws_sdk_sqs::Client,
    terms: Terms,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Whether it keeps the order of each group, and refuses duplicates.
    pub fifo: bool,
    /// Whether it takes messages with the same body for duplicates.
    pub content_deduplication: bool,
}

/// A queue's subscription to a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its ARN.
    pub arn: String,
    /// The queue's name.
    pub queue: String,
    /// What it takes; without a policy, everything.
    pub filter: Option<Value>,
    /// Whether the filter looks at the body rather than at the attributes.
    pub filter_on_body: bool,
    /// Whether the queue gets the body alone, without the envelope.
    pub raw: bool,
}

/// How a queue is to be subscribed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The filter policy, as JSON.
    pub filter: Option<String>,
    /// Whether it looks at the body rather than at the attributes.
    pub on_body: bool,
    /// Whether the queue gets the body alone.
    pub raw: bool,
}

/// A message to be published.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Publication {
    /// What it says.
    pub body: String,
    /// A subject, for the envelope.
    pub subject: Option<String>,
    /// What filters look at: text, numbers, or lists of them.
    pub attributes: Vec<(String, Value)>,
    /// In a FIFO topic: messages of one group keep their order.
    pub group: Option<String>,
    /// In a FIFO topic: a second message with this id within 5 minutes is not delivered.
    pub deduplication: Option<String>,
}

/// What the publisher is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The message's id.
    pub id: String,
    /// In a FIFO topic: its place.
    pub sequence: Option<String>,
}

impl Topics {
    /// Over clients that are bound to one member and region, on that member's terms.
    pub(crate) fn new(client: Client, queues: aws_sdk_sqs::Client, terms: Terms) -> Self {
        Self {
            client,
            queues,
            terms,
        }
    }

    /// Creates a topic. One of the same name and settings is simply there already.
    pub async fn create(&self, name: &str, content_deduplication: bool) -> Result<Topic, TopicError> {
        self.room_for(name).await?;
        let mut attributes = HashMap::new();
        if name.ends_with(FIFO) {
            attributes.insert("FifoTopic".to_owned(), "true".to_owned());
            if content_deduplication {
                attributes.insert("ContentBasedDeduplication".to_owned(), "true".to_owned());
            }
        }
        let made = self
            .client
            .create_topic()
            .name(self.terms.names.real(name))
            .set_attributes(Some(attributes))
            .set_tags(self.tags()?)
            .send()
            .await
            .map_err(|error| TopicError::from_sdk(name, &error))?;
        self.at(made.topic_arn.unwrap_or_default()).await
    }

    /// Whether one more may be made under this name, as far as nobody else sees to it. One that is there already needs no room.
    async fn room_for(&self, name: &str) -> Result<(), TopicError> {
        check_name(name)?;
        let most = self.terms.names.room(LONGEST_NAME);
        if name.len() > most {
            return Err(TopicError::NameTooLong {
                name: name.to_owned(),
                most,
            });
        }
        let Some(quotas) = self.terms.quotas else {
            return Ok(());
        };
        let names = self.list().await?;
        if names.len() >= quotas.topics as usize && !names.iter().any(|known| known == name) {
            return Err(TopicError::TooMany);
        }
        Ok(())
    }

    fn tags(&self) -> Result<Option<Vec<Tag>>, TopicError> {
        let tag = |(key, value)| Tag::builder().key(key).value(value).build();
        let tags: Result<Vec<Tag>, _> = self.terms.tags().map(tag).collect();
        let tags = tags.map_err(|error| TopicError::other(error.to_string()))?;
        Ok(Some(tags).filter(|tags| !tags.is_empty()))
    }

    /// A topic by its name.
    pub async fn find(&self, name: &str) -> Result<Topic, TopicError> {
        check_name(name)?;
        let arns = self.arns().await?;
        match arns.into_iter().find(|arn| self.short(arn) == Some(name)) {
            Some(arn) => self.at(arn).await,
            None => Err(TopicError::NoSuchTopic {
                name: name.to_owned(),
            }),
        }
    }

    /// The names of all topics, in order.
    pub async fn list(&self) -> Result<Vec<String>, TopicError> {
        let arns = self.arns().await?;
        let mut names: Vec<String> = arns
            .iter()
            .filter_map(|arn| self.short(arn))
            .map(str::to_owned)
            .collect();
        names.sort();
        Ok(names)
    }

    /// Subscribes a queue.
    pub async fn subscribe(
        &self,
        topic: &Topic,
        queue: &Queue,
        wishes: &Wishes,
    ) -> Result<Subscription, TopicError> {
        self.let_in(topic, queue).await?;
        let mut request = self
            .client
            .subscribe()
            .topic_arn(&topic.arn)
            .protocol("sqs")
            .endpoint(&queue.arn)
            .return_subscription_arn(true);
        if wishes.raw {
            request = request.attributes("RawMessageDelivery", "true");
        }
        if let Some(filter) = &wishes.filter {
            request = request.attributes("FilterPolicy", filter);
            if wishes.on_body {
                request = request.attributes("FilterPolicyScope", "MessageBody");
            }
        }
        let made = request
            .send()
            .await
            .map_err(|error| TopicError::from_sdk(&topic.name, &error))?;
        self.subscription(topic, made.subscription_arn.unwrap_or_default(), &queue.name)
            .await
    }

    /// Allows the member's topics to send to the queue. AWS wants to be told so even where both are of one account; the embedded
    /// sandbox delivers within a tenant's account without.
    async fn let_in(&self, topic: &Topic, queue: &Queue) -> Result<(), TopicError> {
        if self.terms.names.is_plain() {
            return Ok(());
        }
        // All of the member's topics, so that a second subscription does not lock out the first.
        let theirs = topic.arn.strip_suffix(&*topic.name).unwrap_or(&topic.arn);
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "topics",
                "Effect": "Allow",
                "Principal": { "Service": "sns.amazonaws.com" },
                "Action": "sqs:SendMessage",
                "Resource": queue.arn,
                "Condition": { "ArnLike": { "aws:SourceArn": format!("{theirs}*") } },
            }],
        });
        let request = self.queues.set_queue_attributes().queue_url(&queue.url);
        let sent = request
            .attributes(QueueAttributeName::Policy, policy.to_string())
            .send()
            .await;
        sent.map(drop)
            .map_err(|error| TopicError::from_sdk(&topic.name, &error))
    }

    /// A topic's subscriptions, by the names of their queues.
    pub async fn subscriptions(&self, topic: &Topic) -> Result<Vec<Subscription>, TopicError> {
        let mut found = Vec::new();
        let mut page = None;
        loop {
            let answer = self
                .client
                .list_subscriptions_by_topic()
                .topic_arn(&topic.arn)
                .set_next_token(page)
                .send()
                .await
                .map_err(|error| TopicError::from_sdk(&topic.name, &error))?;
            for each in answer.subscriptions.unwrap_or_default() {
                // One that is being deleted has a word for an ARN.
                let Some(arn) = each.subscription_arn.filter(|arn| arn.starts_with("arn:")) else {
                    continue;
                };
                let queue = each
                    .endpoint
                    .as_deref()
                    .and_then(|arn| self.short(arn))
                    .unwrap_or_default();
                found.push(self.subscription(topic, arn, queue).await?);
            }
            page = answer.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                found.sort_by(|a, b| a.queue.cmp(&b.queue));
                return Ok(found);
            }
        }
    }

    /// Publishes one message to all subscriptions that take it.
    pub async fn publish(&self, topic: &Topic, message: &Publication) -> Result<Published, TopicError> {
        check(topic, message)?;
        let mut request = self
            .client
            .publish()
            .topic_arn(&topic.arn)
            .message(&message.body)
            .set_subject(message.subject.clone())
            .set_message_group_id(message.group.clone())
            .set_message_deduplication_id(message.deduplication.clone());
        for (name, value) in &message.attributes {
            request = request.message_attributes(name, attribute(name, value)?);
        }
        let told = request
            .send()
            .await
            .map_err(|error| TopicError::from_sdk(&topic.name, &error))?;
        Ok(Published {
            id: told.message_id.unwrap_or_default(),
            sequence: told.sequence_number,
        })
    }

    /// Deletes a topic with its subscriptions. The queues stay.
    pub async fn delete(&self, topic: &Topic) -> Result<(), TopicError> {
        self.client
            .delete_topic()
            .topic_arn(&topic.arn)
            .send()
            .await
            .map_err(|error| TopicError::from_sdk(&topic.name, &error))?;
        Ok(())
    }

    /// The member's own name of what an ARN leads to.
    fn short<'a>(&self, arn: &'a str) -> Option<&'a str> {
        self.terms.names.short_of(arn)
    }

    /// The ARNs of all topics in the account.
    async fn arns(&self) -> Result<Vec<String>, TopicError> {
        let mut arns = Vec::new();
        let mut page = None;
        loop {
            let answer = self
                .client
                .list_topics()
                .set_next_token(page)
                .send()
                .await
                .map_err(|error| TopicError::from_sdk("", &error))?;
            let topics = answer.topics.unwrap_or_default();
            arns.extend(topics.into_iter().filter_map(|topic| topic.topic_arn));
            page = answer.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                return Ok(arns);
            }
        }
    }

    async fn at(&self, arn: String) -> Result<Topic, TopicError> {
        let name = self.short(&arn).unwrap_or_default().to_owned();
        let answer = self
            .client
            .get_topic_attributes()
            .topic_arn(&arn)
            .send()
            .await
            .map_err(|error| TopicError::from_sdk(&name, &error))?;
        let attributes = answer.attributes.unwrap_or_default();
        let is = |name: &str| attributes.get(name).is_some_and(|value| value == "true");
        Ok(Topic {
            fifo: is("FifoTopic"),
            content_deduplication: is("ContentBasedDeduplication"),
            name,
            arn,
        })
    }

    async fn subscription(
        &self,
        topic: &Topic,
        arn: String,
        queue: &str,
    ) -> Result<Subscription, TopicError> {
        let answer = self
            .client
            .get_subscription_attributes()
            .subscription_arn(&arn)
            .send()
            .await
            .map_err(|error| TopicError::from_sdk(&topic.name, &error))?;
        let attributes = answer.attributes.unwrap_or_default();
        let text = |name: &str| attributes.get(name).map_or("", String::as_str);
        Ok(Subscription {
            queue: queue.to_owned(),
            filter: serde_json::from_str(text("FilterPolicy")).ok(),
            filter_on_body: text("FilterPolicyScope") == "MessageBody",
            raw: text("RawMessageDelivery") == "true",
            arn,
        })
    }
}

/// A plain value as an attribute: text, a number, or a list.
fn attribute(name: &str, value: &Value) -> Result<MessageAttributeValue, TopicError> {
    let (kind, text) = attribute::typed(value).ok_or_else(|| TopicError::BadAttribute {
        name: name.to_owned(),
    })?;
    MessageAttributeValue::builder()
        .data_type(kind)
        .string_value(text)
        .build()
        .map_err(|error| TopicError::other(error.to_string()))
}

fn check_name(name: &str) -> Result<(), TopicError> {
    let stem = name.strip_suffix(FIFO).unwrap_or(name);
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !stem.is_empty() && name.len() <= LONGEST_NAME && stem.bytes().all(fine) {
        Ok(())
    } else {
        Err(TopicError::BadName {
            name: name.to_owned(),
        })
    }
}

/// Refuses what this kind of topic does not take, before it is sent.
fn check(topic: &Topic, message: &Publication) -> Result<(), TopicError> {
    if message.body.is_empty() {
        return Err(TopicError::EmptyMessage);
    }
    let ids = [&message.group, &message.deduplication];
    let fine =
        |id: &String| (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    if let Some(id) = ids.into_iter().flatten().find(|id| !fine(id)) {
        return Err(TopicError::BadId { id: id.clone() });
    }
    let name = || topic.name.clone();
    if !topic.fifo {
        return match message.deduplication {
            Some(_) => Err(TopicError::NotFifo { name: name() }),
            None => Ok(()),
        };
    }
    if message.group.is_none() {
        return Err(TopicError::NeedsGroup { name: name() });
    }
    if message.deduplication.is_none() && !topic.content_deduplication {
        return Err(TopicError::NeedsDeduplication { name: name() });
    }
    Ok(())
}
