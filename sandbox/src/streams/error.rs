//! What can go wrong with a stream, in the words of the domain.

use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};

use crate::fault::Staged;

/// What went wrong. The caller finds the words.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum StreamError {
    /// There is no such stream (in this region).
    #[error("there is no stream {name:?}")]
    NoSuchStream {
        /// The name asked for.
        name: String,
    },
    /// There is already a stream of that name.
    #[error("there is already a stream {name:?}")]
    AlreadyExists {
        /// The name asked for.
        name: String,
    },
    /// The stream is being created, changed or deleted just now.
    #[error("the stream {name:?} is changing just now")]
    NotReady {
        /// The stream.
        name: String,
    },
    /// A name is 1 to 128 letters, digits, `_`, `.` or `-`.
    #[error("{name:?} cannot be a stream's name")]
    BadName {
        /// The name asked for.
        name: String,
    },
    /// Where members share an account, names are written after a prefix and have less room.
    #[error("{name:?} is too long: there is room for {most} characters")]
    NameTooLong {
        /// The name asked for.
        name: String,
        /// How many characters there is room for.
        most: usize,
    },
    /// A stream needs at least one shard.
    #[error("a stream needs at least one shard")]
    NoShards,
    /// A partition key needs at least one character.
    #[error("the partition key is empty")]
    EmptyKey,
    /// A partition key has at most [`super::LONGEST_KEY`] characters.
    #[error("the partition key has {characters} characters")]
    KeyTooLong {
        /// How many it has: what AWS counts.
        characters: usize,
        /// How many bytes that is.
        bytes: usize,
    },
    /// Data and key together take at most [`super::LARGEST_RECORD`] bytes.
    #[error("the record has {bytes} bytes")]
    RecordTooLarge {
        /// Data and key together.
        bytes: usize,
    },
    /// The stream has no such shard.
    #[error("there is no shard {shard:?}")]
    UnknownShard {
        /// The shard asked for.
        shard: String,
    },
    /// A split or merge has closed the shard.
    #[error("the shard {shard:?} is closed")]
    ShardClosed {
        /// The shard's id.
        shard: String,
    },
    /// A shard owns too few hash keys to be split there.
    #[error("the shard {shard:?} is too narrow to be split there")]
    TooNarrow {
        /// The shard's id.
        shard: String,
    },
    /// Only shards beside each other on the ring can be merged.
    #[error("the shards {shard:?} and {other:?} are no neighbours")]
    NotAdjacent {
        /// The one.
        shard: String,
        /// The other.
        other: String,
        /// Those that the one can be merged with.
        neighbours: Vec<String>,
    },
    /// Records are kept for [`super::RETENTION_HOURS`].
    #[error("records cannot be kept for {hours} hours")]
    BadRetention {
        /// The hours asked for.
        hours: u32,
    },
    /// There is a registered consumer of that name.
    #[error("there is already a consumer {name:?}")]
    ConsumerExists {
        /// The name asked for.
        name: String,
    },
    /// No consumer of that name is registered.
    #[error("there is no consumer {name:?}")]
    NoSuchConsumer {
        /// The name asked for.
        name: String,
    },
    /// A stream has as many registered consumers as it may.
    #[error("no more consumers are allowed")]
    TooManyConsumers,
    /// AWS does not take the tag, or there would be too many.
    #[error("the tag is not one that AWS takes")]
    BadTag,
    /// The time asked for has not come yet.
    #[error("the time is in the future")]
    FutureTime,
    /// The sequence number is none of that shard's.
    #[error("the sequence number {sequence:?} is none of that shard's")]
    BadSequence {
        /// The sequence number given.
        sequence: String,
    },
    /// The quota of streams is used up.
    #[error("no more streams are allowed")]
    TooManyStreams {
        /// The quota, where AWS said it.
        limit: Option<u32>,
    },
    /// The quota of shards would be exceeded.
    #[error("no more shards are allowed")]
    TooManyShards {
        /// The quota, where AWS said it.
        limit: Option<u32>,
    },
    /// Too much at once for a shard or for the sandbox: slower, and again.
    #[error("too much at once")]
    Throttled,
    /// The quota of stored bytes is used up.
    #[error("the sandbox is full")]
    OutOfSpace,
    /// A fault that the member set.
    #[error("refused on purpose: {0:?}")]
    Staged(Staged),
    /// A shard iterator was kept too long.
    #[error("the iterator has expired")]
    Expired,
    /// The credentials or their rights do not allow it.
    #[error("not allowed: {0}")]
    Denied(String),
    /// Anything else. The text is for the log.
    #[error("{0}")]
    Other(String),
}

impl StreamError {
    pub(super) fn other(text: impl Into<String>) -> Self {
        Self::Other(text.into())
    }

    /// Whether the same may be taken in a moment.
    pub fn is_throttled(&self) -> bool {
        matches!(self, Self::Throttled | Self::Staged(Staged::Throttled))
    }

    /// What an SDK error comes to, for a request about this stream.
    pub(super) fn from_sdk<E, R>(stream: &str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let SdkError::ServiceError(service) = error else {
            return Self::other(aws_sdk_kinesis::error::DisplayErrorContext(error).to_string());
        };
        let code = service.err().code().unwrap_or_default();
        let message = service.err().message().unwrap_or_default();
        Self::from_code(stream, code, message)
    }

    fn from_code(stream: &str, code: &str, message: &str) -> Self {
        let name = stream.to_owned();
        if let Some(staged) = Staged::told(code, message) {
            return Self::Staged(staged);
        }
        match code {
            "ResourceNotFoundException" => match shard_named(message) {
                Some(shard) => Self::UnknownShard { shard },
                None => Self::NoSuchStream { name },
            },
            "ResourceInUseException" if message.contains("already exists") => Self::AlreadyExists { name },
            "ResourceInUseException" => Self::NotReady { name },
            "LimitExceededException" => over_limit(message),
            "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "ServiceUnavailableException" => Self::Throttled,
            "ExpiredIteratorException" => Self::Expired,
            "InvalidArgumentException" if message.contains("StartingSequenceNumber") => Self::BadSequence {
                sequence: number_after(message, "StartingSequenceNumber "),
            },
            "InvalidArgumentException" if message.contains("timestampInMillis") => Self::FutureTime,
            "AccessDeniedException"
            | "UnrecognizedClientException"
            | "InvalidSignatureException"
            | "MissingAuthenticationTokenException" => Self::Denied(message.to_owned()),
            _ => Self::Other(format!("{code}: {message}")),
        }
    }
}

/// `LimitExceededException` stands for every quota; the message says which.
fn over_limit(message: &str) -> StreamError {
    let limit = number_after(message, "Limit: ").parse().ok();
    if message.contains("shard limit") {
        StreamError::TooManyShards { limit }
    } else if message.contains("stream limit") {
        StreamError::TooManyStreams { limit }
    } else if message.contains("registered consumers") {
        StreamError::TooManyConsumers
    } else if message.contains("bytes limit") {
        StreamError::OutOfSpace
    } else if message.contains("Rate exceeded") {
        StreamError::Throttled
    } else {
        StreamError::other(message)
    }
}

/// The shard in "Shard shardId-… in stream … does not exist" and "Could not find shard …".
/// The same words are used for a missing stream, so callers see to the stream first.
fn shard_named(message: &str) -> Option<String> {
    let start = message
        .find("shardId-")
        .or_else(|| message.find("shard ").map(|at| at + 6))?;
    let shard = message.get(start..)?.split_whitespace().next()?;
    Some(shard.to_owned())
}

fn number_after(message: &str, label: &str) -> String {
    let rest = message.split_once(label).map_or("", |(_, rest)| rest);
    rest.chars().take_while(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_aws_become_ours() {
        let read = |code, message| StreamError::from_code("orders", code, message);
        let name = "orders".to_owned();
        assert_eq!(
            read(
                "ResourceNotFoundException",
                "Stream orders under account 1 not found."
            ),
            StreamError::NoSuchStream { name: name.clone() }
        );
        assert_eq!(
            read(
                "ResourceNotFoundException",
                "Could not find shard shardId-7 in stream orders under account 1."
            ),
            StreamError::UnknownShard {
                shard: "shardId-7".into()
            }
        );
        assert_eq!(
            read(
                "ResourceInUseException",
                "Stream orders under account 1 already exists."
            ),
            StreamError::AlreadyExists { name }
        );
        assert_eq!(
            read(
                "LimitExceededException",
                "This request would exceed the shard limit for the account 1. Limit: 50."
            ),
            StreamError::TooManyShards { limit: Some(50) }
        );
        assert_eq!(
            read("LimitExceededException", "Rate exceeded for stream"),
            StreamError::Throttled
        );
    }
}
