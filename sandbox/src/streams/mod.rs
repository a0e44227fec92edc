//! A member's streams, as chat commands use them: thin over the AWS SDK, so that any provider with a client will
//! do. What a request alone shows to be wrong is refused before it is sent; what AWS answers becomes a
//! [`StreamError`] in the words of the domain. How people are told is not here.

mod error;
mod many;
mod read;
mod reshape;
mod survey;
mod upkeep;

use std::collections::HashMap;
use std::ops::RangeInclusive;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::operation::create_stream::builders::CreateStreamFluentBuilder;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{StreamDescriptionSummary, StreamStatus};

pub use error::StreamError;
pub use many::{Entry, Fate, Many};
pub use read::{From, Got, Position, Read, Reading};
pub use reshape::{RETENTION_HOURS, Reshaped};
pub use survey::Held;
pub(crate) use survey::LOOK;
pub use upkeep::Consumer;

use crate::kinesis::is_stream_name;
use crate::provider::Terms;
use crate::ring::{self, HashKey};

/// The longest partition key, in characters.
pub const LONGEST_KEY: usize = 256;
/// The largest record: data and key together, in bytes.
pub const LARGEST_RECORD: usize = 1024 * 1024;

/// The longest name that AWS takes.
const LONGEST_NAME: usize = 128;

/// One member's streams in one region.
#[derive(Debug, Clone)]
pub struct Streams {
    client: Client,
    terms: Terms,
}

/// A stream and its shards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Where it is in its life.
    pub status: Status,
    /// All shards, closed ones included, oldest first.
    pub shards: Vec<Shard>,
    /// How long records are kept, in hours.
    pub retention_hours: u32,
    /// Whether AWS chooses the number of shards.
    pub on_demand: bool,
    /// When it was created, Unix seconds.
    pub created_at: i64,
}

impl Stream {
    /// The open shards: those that take records.
    pub fn open_shards(&self) -> impl Iterator<Item = &Shard> {
        self.shards.iter().filter(|shard| shard.open)
    }

    /// Where a partition key's records go.
    pub fn route(&self, partition_key: &str) -> Option<&Shard> {
        ring::route(partition_key, &self.shards)
    }
}

/// Where a stream is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Being created.
    Creating,
    /// Ready.
    Active,
    /// Being split, merged or otherwise changed; still readable and writable.
    Updating,
    /// Going.
    Deleting,
}

/// A shard: an arc of the ring and the records that fell on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// `shardId-000000000000`.
    pub id: String,
    /// The hash keys it owns, both ends included.
    pub hashes: RangeInclusive<u128>,
    /// Whether it takes records. A split or merge closes a shard; it can still be read.
    pub open: bool,
    /// The shard it was split or merged from.
    pub parent: Option<String>,
    /// The other shard it was merged from.
    pub adjacent_parent: Option<String>,
}

impl Shard {
    /// The number in its id.
    pub fn number(&self) -> Option<u32> {
        self.id.strip_prefix("shardId-")?.parse().ok()
    }
}

impl ring::Arc for Shard {
    fn range(&self) -> RangeInclusive<u128> {
        self.hashes.clone()
    }

    fn is_open(&self) -> bool {
        self.open
    }
}

/// Where a record went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// The shard it is in.
    pub shard: String,
    /// Its sequence number there.
    pub sequence: String,
    /// The place of its key on the ring: why that shard.
    pub hash: HashKey,
}

impl Streams {
    /// Over a client that is bound to one member and region, on that member's terms.
    pub(crate) fn new(client: Client, terms: Terms) -> Self {
        Self { client, terms }
    }

    /// Creates a stream and waits until it is ACTIVE.
    pub async fn create(&self, name: &str, shards: u32) -> Result<Stream, StreamError> {
        check_name(name)?;
        if shards == 0 {
            return Err(StreamError::NoShards);
        }
        let shards = i32::try_from(shards).map_err(|_| StreamError::TooManyShards { limit: None })?;
        self.shards_left(shards).await?;
        self.created(name, self.client.create_stream().shard_count(shards))
            .await
    }

    /// Whether so many more open shards may be, as far as nobody else sees to it.
    async fn shards_left(&self, more: i32) -> Result<(), StreamError> {
        let Some(quotas) = self.terms.quotas else {
            return Ok(());
        };
        let mut open = i64::from(more);
        for name in self.list().await? {
            open += i64::from(self.summary(&name).await?.open_shard_count);
        }
        if open > i64::from(quotas.shards) {
            return Err(StreamError::TooManyShards {
                limit: Some(quotas.shards),
            });
        }
        Ok(())
    }

    /// Sends the request under this name, and waits until the stream is ACTIVE.
    async fn created(&self, name: &str, request: CreateStreamFluentBuilder) -> Result<Stream, StreamError> {
        self.room_for(name).await?;
        let tags: HashMap<String, String> = self.terms.tags().collect();
        request
            .stream_name(self.real(name))
            .set_tags(Some(tags.clone()).filter(|tags| !tags.is_empty()))
            .send()
            .await
            .map_err(|e| match StreamError::from_sdk(name, &e) {
                // In use means one thing here, in whatever words.
                StreamError::NotReady { name } => StreamError::AlreadyExists { name },
                error => error,
            })?;
        let stream = self.until_active(name).await?;
        if !tags.is_empty() {
            // Emulators pass over the tags of a creation.
            let request = self.client.add_tags_to_stream().stream_name(self.real(name));
            let tagged = request.set_tags(Some(tags)).send().await;
            tagged.map_err(|e| StreamError::from_sdk(name, &e))?;
        }
        Ok(stream)
    }

    /// Whether one more may be made under this name, as far as nobody else sees to it.
    async fn room_for(&self, name: &str) -> Result<(), StreamError> {
        check_name(name)?;
        let most = self.terms.names.room(LONGEST_NAME);
        if name.len() > most {
            return Err(StreamError::NameTooLong {
                name: name.to_owned(),
                most,
            });
        }
        match self.terms.quotas {
            Some(quotas) if self.list().await?.len() >= quotas.streams as usize => {
                Err(StreamError::TooManyStreams {
                    limit: Some(quotas.streams),
                })
            }
            _ => Ok(()),
        }
    }

    /// A stream's name as it is written at the provider.
    fn real(&self, name: &str) -> String {
        self.terms.names.real(name).into_owned()
    }

    /// Puts one record.
    pub async fn put(&self, name: &str, key: &str, data: &[u8]) -> Result<Put, StreamError> {
        check_name(name)?;
        check_record(key, data)?;
        let answer = self
            .client
            .put_record()
            .stream_name(self.real(name))
            .partition_key(key)
            .data(Blob::new(data))
            .send()
            .await
            .map_err(|e| StreamError::from_sdk(name, &e))?;
        Ok(Put {
            shard: answer.shard_id,
            sequence: answer.sequence_number,
            hash: HashKey::of(key),
        })
    }

    /// The names of all streams, in order.
    pub async fn list(&self) -> Result<Vec<String>, StreamError> {
        let (mut names, mut last): (Vec<String>, Option<String>) = (Vec::new(), None);
        loop {
            let answer = self
                .client
                .list_streams()
                .limit(100)
                .set_exclusive_start_stream_name(last.take())
                .send()
                .await
                .map_err(|e| StreamError::from_sdk("", &e))?;
            last = answer.stream_names.last().cloned();
            let own = |real: &String| self.terms.names.short(real).map(str::to_owned);
            names.extend(answer.stream_names.iter().filter_map(own));
            if !answer.has_more_streams || last.is_none() {
                return Ok(names);
            }
        }
    }

    /// A stream with all its shards.
    pub async fn describe(&self, name: &str) -> Result<Stream, StreamError> {
        check_name(name)?;
        let summary = self.summary(name).await?;
        let shards = self.shards(name).await?;
        Ok(Stream {
            status: status(&summary.stream_status)?,
            on_demand: summary
                .stream_mode_details
                .is_some_and(|mode| mode.stream_mode.as_str() == "ON_DEMAND"),
            created_at: summary.stream_creation_timestamp.secs(),
            retention_hours: u32::try_from(summary.retention_period_hours).unwrap_or_default(),
            name: name.to_owned(),
            arn: summary.stream_arn,
            shards,
        })
    }

    async fn summary(&self, name: &str) -> Result<StreamDescriptionSummary, StreamError> {
        self.client
            .describe_stream_summary()
            .stream_name(self.real(name))
            .send()
            .await
            .map_err(|e| StreamError::from_sdk(name, &e))?
            .stream_description_summary
            .ok_or_else(|| StreamError::other("the answer has no description"))
    }

    /// Deletes a stream with all its records and consumers, and waits until it is gone.
    pub async fn delete(&self, name: &str) -> Result<(), StreamError> {
        check_name(name)?;
        self.client
            .delete_stream()
            .stream_name(self.real(name))
            .enforce_consumer_deletion(true)
            .send()
            .await
            .map_err(|e| StreamError::from_sdk(name, &e))?;
        self.until_gone(name).await
    }

    /// Waits until a stream that is being deleted is gone: only then is its name free, and are its shards not counted.
    async fn until_gone(&self, name: &str) -> Result<(), StreamError> {
        let mut waiting = self.terms.change.waiting();
        loop {
            match self.summary(name).await {
                Err(StreamError::NoSuchStream { .. }) => return Ok(()),
                Err(error) if !error.is_throttled() => return Err(error),
                // Where it takes longer than that, it is on its way all the same.
                _ if !waiting.again().await => return Ok(()),
                _ => {}
            }
        }
    }

    /// A look over a stream makes a few calls for each shard, which may be more than are allowed at once. It then waits a
    /// little and goes on, rather than fail half way.
    async fn patiently<T, C, F>(&self, call: C) -> Result<T, StreamError>
    where
        C: Fn() -> F,
        F: Future<Output = Result<T, StreamError>>,
    {
        let mut waiting = self.terms.throttled.waiting();
        loop {
            match call().await {
                Err(error) if error.is_throttled() && waiting.again().await => {}
                result => return result,
            }
        }
    }

    async fn shards(&self, name: &str) -> Result<Vec<Shard>, StreamError> {
        let mut shards = Vec::new();
        let mut page: Option<String> = None;
        loop {
            // A page token already says which stream it is of, and AWS refuses both together.
            let stream = page.is_none().then(|| self.real(name));
            let answer = self
                .client
                .list_shards()
                .set_stream_name(stream)
                .set_next_token(page)
                .send()
                .await
                .map_err(|e| StreamError::from_sdk(name, &e))?;
            for shard in answer.shards.unwrap_or_default() {
                shards.push(read_shard(shard)?);
            }
            page = answer.next_token;
            if page.is_none() {
                return Ok(shards);
            }
        }
    }
}

fn read_shard(shard: aws_sdk_kinesis::types::Shard) -> Result<Shard, StreamError> {
    let odd = || StreamError::other("a shard has no hash range");
    let range = shard.hash_key_range.ok_or_else(odd)?;
    let start = range.starting_hash_key.parse().map_err(|_| odd())?;
    let end = range.ending_hash_key.parse().map_err(|_| odd())?;
    let open = shard
        .sequence_number_range
        .is_none_or(|range| range.ending_sequence_number.is_none());
    Ok(Shard {
        id: shard.shard_id,
        hashes: start..=end,
        open,
        parent: shard.parent_shard_id,
        adjacent_parent: shard.adjacent_parent_shard_id,
    })
}

fn status(status: &StreamStatus) -> Result<Status, StreamError> {
    match status {
        StreamStatus::Creating => Ok(Status::Creating),
        StreamStatus::Active => Ok(Status::Active),
        StreamStatus::Updating => Ok(Status::Updating),
        StreamStatus::Deleting => Ok(Status::Deleting),
        other => Err(StreamError::other(format!(
            "a stream has the unknown status {}",
            other.as_str()
        ))),
    }
}

fn check_name(name: &str) -> Result<(), StreamError> {
    if is_stream_name(name) {
        Ok(())
    } else {
        Err(StreamError::BadName {
            name: name.to_owned(),
        })
    }
}

fn check_record(key: &str, data: &[u8]) -> Result<(), StreamError> {
    let characters = key.chars().count();
    if characters == 0 {
        return Err(StreamError::EmptyKey);
    }
    if characters > LONGEST_KEY {
        return Err(StreamError::KeyTooLong {
            characters,
            bytes: key.len(),
        });
    }
    let bytes = data.len() + key.len();
    if bytes > LARGEST_RECORD {
        return Err(StreamError::RecordTooLarge { bytes });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_record_is_seen_before_it_is_sent() {
        assert_eq!(check_record("", b"x"), Err(StreamError::EmptyKey));
        assert_eq!(check_record(&"k".repeat(256), b"x"), Ok(()));
        assert_eq!(
            check_record(&"k".repeat(257), b"x"),
            Err(StreamError::KeyTooLong {
                characters: 257,
                bytes: 257
            })
        );
        assert_eq!(
            check_record(&"ü".repeat(256), b"x"),
            Ok(()),
            "AWS counts characters"
        );
        assert_eq!(check_record("k", &vec![0; LARGEST_RECORD - 1]), Ok(()));
        assert_eq!(
            check_record("k", &vec![0; LARGEST_RECORD]),
            Err(StreamError::RecordTooLarge {
                bytes: LARGEST_RECORD + 1
            })
        );
    }

    #[test]
    fn names_are_those_aws_takes() {
        for good in ["orders", "a", "A.b_c-1", &"n".repeat(128)] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", "two words", "naïve", "a/b", &"n".repeat(129)] {
            assert_eq!(
                check_name(bad),
                Err(StreamError::BadName { name: bad.to_owned() }),
                "{bad}"
            );
        }
    }
}
