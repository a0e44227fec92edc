//! What surrounds a stream: its tags, and the consumers registered for enhanced fan-out.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_kinesis::types::ConsumerStatus;

use super::{Stream, StreamError, Streams, check_name};
use crate::provider::OWN_TAGS;

/// A consumer registered for enhanced fan-out: each shard gives it 2 MB a second of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// Its name.
    pub name: String,
    /// Its ARN, which `SubscribeToShard` asks for.
    pub arn: String,
    /// Whether it can subscribe.
    pub active: bool,
    /// When it was registered, Unix seconds.
    pub created_at: i64,
}

impl Streams {
    /// A stream's registered consumers, by name.
    pub async fn consumers(&self, stream: &Stream) -> Result<Vec<Consumer>, StreamError> {
        let mut consumers = Vec::new();
        let mut page: Option<String> = None;
        loop {
            let answer = self
                .client
                .list_stream_consumers()
                .stream_arn(&stream.arn)
                .set_next_token(page)
                .send()
                .await
                .map_err(|e| StreamError::from_sdk(&stream.name, &e))?;
            consumers.extend(
                answer
                    .consumers
                    .unwrap_or_default()
                    .into_iter()
                    .map(|consumer| Consumer {
                        active: consumer.consumer_status == ConsumerStatus::Active,
                        created_at: consumer.consumer_creation_timestamp.secs(),
                        name: consumer.consumer_name,
                        arn: consumer.consumer_arn,
                    }),
            );
            page = answer.next_token;
            if page.is_none() {
                consumers.sort_by(|one, other| one.name.cmp(&other.name));
                return Ok(consumers);
            }
        }
    }

    /// Registers a consumer and waits until it is ACTIVE.
    pub async fn register(&self, stream: &Stream, name: &str) -> Result<Consumer, StreamError> {
        check_name(name)?;
        let sent = self
            .client
            .register_stream_consumer()
            .stream_arn(&stream.arn)
            .consumer_name(name)
            .send()
            .await;
        sent.map_err(|e| match StreamError::from_sdk(&stream.name, &e) {
            StreamError::AlreadyExists { .. } => StreamError::ConsumerExists {
                name: name.to_owned(),
            },
            error => error,
        })?;
        let mut waiting = self.terms.change.waiting();
        loop {
            let consumers = self.patiently(|| self.consumers(stream)).await?;
            if let Some(consumer) = consumers.into_iter().find(|it| it.name == name && it.active) {
                return Ok(consumer);
            }
            if !waiting.again().await {
                return Err(StreamError::other("the consumer did not become ACTIVE in time"));
            }
        }
    }

    /// Takes a registered consumer away and waits until it is gone.
    pub async fn deregister(&self, stream: &Stream, name: &str) -> Result<(), StreamError> {
        let unknown = || StreamError::NoSuchConsumer {
            name: name.to_owned(),
        };
        let consumers = self.consumers(stream).await?;
        let consumer = consumers
            .into_iter()
            .find(|it| it.name == name)
            .ok_or_else(unknown)?;
        self.client
            .deregister_stream_consumer()
            .consumer_arn(consumer.arn)
            .send()
            .await
            .map_err(|e| StreamError::from_sdk(&stream.name, &e))?;
        let mut waiting = self.terms.change.waiting();
        loop {
            let left = self.patiently(|| self.consumers(stream)).await?;
            if left.iter().all(|it| it.name != name) {
                return Ok(());
            }
            if !waiting.again().await {
                return Err(StreamError::other("the consumer did not go in time"));
            }
        }
    }

    /// A stream's tags, without those that the house sets to tell whose it is.
    pub async fn tags(&self, name: &str) -> Result<BTreeMap<String, String>, StreamError> {
        check_name(name)?;
        let mut tags = BTreeMap::new();
        loop {
            let last = tags.keys().next_back().cloned();
            let answer = self
                .client
                .list_tags_for_stream()
                .stream_name(self.real(name))
                .set_exclusive_start_tag_key(last)
                .send()
                .await
                .map_err(|e| StreamError::from_sdk(name, &e))?;
            let before = tags.len();
            tags.extend(
                answer
                    .tags
                    .into_iter()
                    .map(|tag| (tag.key, tag.value.unwrap_or_default())),
            );
            if !answer.has_more_tags || tags.len() == before {
                tags.retain(|key, _| !self.is_house_tag(key));
                return Ok(tags);
            }
        }
    }

    /// Sets these tags, beside those there are.
    pub async fn tag(&self, name: &str, tags: &BTreeMap<String, String>) -> Result<(), StreamError> {
        check_name(name)?;
        if tags.keys().any(|key| self.is_house_tag(key)) {
            return Err(StreamError::BadTag);
        }
        let tags: HashMap<String, String> = tags.clone().into_iter().collect();
        let sent = self
            .client
            .add_tags_to_stream()
            .stream_name(self.real(name))
            .set_tags(Some(tags))
            .send()
            .await;
        sent.map_err(|e| bad_tag(StreamError::from_sdk(name, &e)))?;
        Ok(())
    }

    /// Whether a tag tells whose a stream is, which members neither see nor change.
    fn is_house_tag(&self, key: &str) -> bool {
        !self.terms.names.is_plain() && key.starts_with(OWN_TAGS)
    }

    /// Takes the tag of this key away.
    pub async fn untag(&self, name: &str, key: &str) -> Result<(), StreamError> {
        check_name(name)?;
        if self.is_house_tag(key) {
            return Err(StreamError::BadTag);
        }
        let sent = self
            .client
            .remove_tags_from_stream()
            .stream_name(self.real(name))
            .tag_keys(key)
            .send()
            .await;
        sent.map_err(|e| bad_tag(StreamError::from_sdk(name, &e)))?;
        Ok(())
    }
}

/// What AWS does not like about a tag, it says of an argument.
fn bad_tag(error: StreamError) -> StreamError {
    match error {
        StreamError::Other(words)
            if ["InvalidArgumentException", "ValidationException"]
                .iter()
                .any(|code| words.starts_with(code)) =>
        {
            StreamError::BadTag
        }
        other => other,
    }
}
