//! What can go wrong with a topic, in the words of the domain.

use aws_sdk_sns::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use crate::fault::Staged;

/// What went wrong. The caller finds the words.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum TopicError {
    /// There is no such topic (in this region).
    #[error("there is no topic {name:?}")]
    NoSuchTopic {
        /// The name asked for.
        name: String,
    },
    /// There is a topic of that name with other settings.
    #[error("there is already a topic {name:?} with other settings")]
    AlreadyExists {
        /// The name asked for.
        name: String,
    },
    /// A name is 1 to 256 letters, digits, `-` or `_`; a FIFO topic's ends in `.fifo`.
    #[error("{name:?} cannot be a topic's name")]
    BadName {
        /// The name asked for.
        name: String,
    },
    /// Where members share an account, names are written after a prefix and have less room.
    #[error("{name:?} is too long: there is room for {most} characters")]
    NameTooLong {
        /// The name asked for.
        name: String,
        /// How many characters there is room for, the ending of a FIFO topic's name included.
        most: usize,
    },
    /// The queue is subscribed already, in another way.
    #[error("the queue is subscribed already with other attributes")]
    SubscribedOtherwise,
    /// A FIFO queue hears of FIFO topics alone.
    #[error("a FIFO queue cannot subscribe to a standard topic")]
    FifoQueue,
    /// The filter policy cannot be taken; the text is AWS's.
    #[error("the filter policy cannot be taken: {0}")]
    BadFilter(String),
    /// A message needs a body.
    #[error("the message is empty")]
    EmptyMessage,
    /// A message takes at most 256 KiB.
    #[error("the message is too large")]
    TooLarge,
    /// An attribute is text, a number or a list.
    #[error("the attribute {name:?} cannot be taken")]
    BadAttribute {
        /// The attribute.
        name: String,
    },
    /// A subject is one line of at most 100 printable characters.
    #[error("the subject cannot be taken")]
    BadSubject,
    /// A group or deduplication id is 1 to 128 printable ASCII characters without spaces.
    #[error("{id:?} cannot be a group or deduplication id")]
    BadId {
        /// The id given.
        id: String,
    },
    /// A FIFO topic wants a group with each message.
    #[error("the FIFO topic {name:?} wants a group")]
    NeedsGroup {
        /// The topic.
        name: String,
    },
    /// A FIFO topic without content-based deduplication wants an id with each message.
    #[error("the FIFO topic {name:?} wants a deduplication id")]
    NeedsDeduplication {
        /// The topic.
        name: String,
    },
    /// Only a FIFO topic knows duplicates.
    #[error("{name:?} is not a FIFO topic")]
    NotFifo {
        /// The topic.
        name: String,
    },
    /// The quota of topics or subscriptions is used up.
    #[error("no more are allowed")]
    TooMany,
    /// The quota of stored bytes is used up.
    #[error("the sandbox is full")]
    OutOfSpace,
    /// Too many requests at once.
    #[error("too much at once")]
    Throttled,
    /// A fault that the member set.
    #[error("refused on purpose: {0:?}")]
    Staged(Staged),
    /// Something else about the request; the text is AWS's.
    #[error("not taken: {0}")]
    Invalid(String),
    /// Anything else. The text is for the log.
    #[error("{0}")]
    Other(String),
}

impl TopicError {
    pub(super) fn other(text: impl Into<String>) -> Self {
        Self::Other(text.into())
    }

    /// What an SDK error comes to, for a request about this topic.
    pub(super) fn from_sdk<E, R>(topic: &str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let SdkError::ServiceError(service) = error else {
            return Self::other(DisplayErrorContext(error).to_string());
        };
        let code = service.err().code().unwrap_or_default();
        let message = service.err().message().unwrap_or_default();
        Self::from_code(topic, code, message)
    }

    fn from_code(topic: &str, code: &str, message: &str) -> Self {
        let name = topic.to_owned();
        if let Some(staged) = Staged::told(code, message) {
            return Self::Staged(staged);
        }
        match code.trim_end_matches("Exception") {
            "NotFound" => Self::NoSuchTopic { name },
            "TopicLimitExceeded" | "SubscriptionLimitExceeded" => Self::TooMany,
            "Throttled" | "Throttling" | "ServiceUnavailable" => Self::Throttled,
            "InvalidParameter" | "InvalidParameterValue" | "ParameterValueInvalid" => {
                Self::from_parameter(name, message)
            }
            _ if message.contains("storage") => Self::OutOfSpace,
            _ => Self::Other(format!("{code}: {message}")),
        }
    }

    /// `InvalidParameter` stands for every mistake; the message says which.
    fn from_parameter(name: String, message: &str) -> Self {
        let says = |words: &str| message.contains(words);
        if says("Subscription already exists") {
            Self::SubscribedOtherwise
        } else if says("FIFO SQS Queues") {
            Self::FifoQueue
        } else if says("FilterPolicy") {
            let reason = message.rsplit("FilterPolicy: ").next().unwrap_or_default();
            Self::BadFilter(reason.to_owned())
        } else if says("already exists") {
            Self::AlreadyExists { name }
        } else if says("Subject") {
            Self::BadSubject
        } else if says("too long") {
            Self::TooLarge
        } else {
            Self::Invalid(message.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_aws_become_ours() {
        let read = |code, message| TopicError::from_code("news", code, message);
        let name = || "news".to_owned();
        assert_eq!(
            read("NotFound", "Topic does not exist"),
            TopicError::NoSuchTopic { name: name() }
        );
        assert_eq!(
            read(
                "InvalidParameter",
                "Invalid parameter: Attributes Reason: FilterPolicy: Empty arrays are not allowed"
            ),
            TopicError::BadFilter("Empty arrays are not allowed".into())
        );
        assert_eq!(
            read(
                "InvalidParameter",
                "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
            ),
            TopicError::FifoQueue
        );
        assert_eq!(
            read(
                "InvalidParameter",
                "Invalid parameter: Attributes Reason: Topic already exists with different attributes"
            ),
            TopicError::AlreadyExists { name: name() }
        );
    }
}
