//! What can go wrong with a queue, in the words of the domain.

use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use crate::fault::Staged;

/// What went wrong. The caller finds the words.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum QueueError {
    /// There is no such queue (in this region).
    #[error("there is no queue {name:?}")]
    NoSuchQueue {
        /// The name asked for.
        name: String,
    },
    /// There is a queue of that name with other settings.
    #[error("there is already a queue {name:?} that differs in {attribute}")]
    AlreadyExists {
        /// The name asked for.
        name: String,
        /// The first setting that differs, as AWS calls it.
        attribute: String,
    },
    /// A queue of that name was deleted less than a minute ago.
    #[error("a queue {name:?} was deleted just now")]
    DeletedRecently {
        /// The name asked for.
        name: String,
    },
    /// A name is 1 to 80 letters, digits, `-` or `_`; a FIFO queue's ends in `.fifo`.
    #[error("{name:?} cannot be a queue's name")]
    BadName {
        /// The name asked for.
        name: String,
    },
    /// Where members share an account, names are written after a prefix and have less room.
    #[error("{name:?} is too long: there is room for {most} characters")]
    NameTooLong {
        /// The name asked for.
        name: String,
        /// How many characters there is room for, the ending of a FIFO queue's name included.
        most: usize,
    },
    /// A message needs a body.
    #[error("the message is empty")]
    EmptyMessage,
    /// An attribute is text, a number or a list.
    #[error("the attribute {name:?} cannot be taken")]
    BadAttribute {
        /// The attribute.
        name: String,
    },
    /// The message has characters that XML has not.
    #[error("the message has characters that a queue does not take")]
    BadCharacters,
    /// The message is larger than the queue takes.
    #[error("the message is too large")]
    TooLarge,
    /// A group or deduplication id is 1 to 128 printable ASCII characters without spaces.
    #[error("{id:?} cannot be a group or deduplication id")]
    BadId {
        /// The id given.
        id: String,
    },
    /// A FIFO queue wants a group with each message.
    #[error("the FIFO queue {name:?} wants a group")]
    NeedsGroup {
        /// The queue.
        name: String,
    },
    /// A FIFO queue without content-based deduplication wants an id with each message.
    #[error("the FIFO queue {name:?} wants a deduplication id")]
    NeedsDeduplication {
        /// The queue.
        name: String,
    },
    /// In a FIFO queue, one message cannot be held back alone.
    #[error("the FIFO queue {name:?} takes no delay for one message")]
    NoDelayInFifo {
        /// The queue.
        name: String,
    },
    /// Only a FIFO queue knows duplicates.
    #[error("{name:?} is not a FIFO queue")]
    NotFifo {
        /// The queue.
        name: String,
    },
    /// The dead-letter queue and its source must be of the same kind.
    #[error("the dead-letter queue is of another kind")]
    OtherKind,
    /// A queue cannot take its own dead letters.
    #[error("a queue cannot be its own dead-letter queue")]
    ItsOwn,
    /// No queue's dead letters come here.
    #[error("{name:?} is no dead-letter queue")]
    NoDeadLetters {
        /// The queue.
        name: String,
    },
    /// Its messages are being moved already.
    #[error("the messages of {name:?} are being moved already")]
    Moving {
        /// The queue.
        name: String,
    },
    /// The message came back or was received again since this handle was given out.
    #[error("the receipt handle has expired")]
    HandleExpired,
    /// Not a handle of this queue.
    #[error("the receipt handle is not this queue's")]
    HandleUnknown,
    /// A number is outside what AWS takes.
    #[error("a value is out of range: {0}")]
    OutOfRange(String),
    /// The quota of queues is used up.
    #[error("no more queues are allowed")]
    TooManyQueues,
    /// The quota of stored bytes is used up.
    #[error("the sandbox is full")]
    OutOfSpace,
    /// Too many requests at once.
    #[error("too much at once")]
    Throttled,
    /// A fault that the member set.
    #[error("refused on purpose: {0:?}")]
    Staged(Staged),
    /// Anything else. The text is for the log.
    #[error("{0}")]
    Other(String),
}

impl QueueError {
    pub(super) fn other(text: impl Into<String>) -> Self {
        Self::Other(text.into())
    }

    /// What an SDK error comes to, for a request about this queue.
    pub(super) fn from_sdk<E, R>(queue: &str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let SdkError::ServiceError(service) = error else {
            return Self::other(DisplayErrorContext(error).to_string());
        };
        let code = service.err().code().unwrap_or_default();
        let message = service.err().message().unwrap_or_default();
        Self::from_code(queue, code, message)
    }

    /// The codes of the JSON protocol, and those of the query protocol that the SDK prefers where it is told both.
    fn from_code(queue: &str, code: &str, message: &str) -> Self {
        let name = queue.to_owned();
        if let Some(staged) = Staged::told(code, message) {
            return Self::Staged(staged);
        }
        let short = code.rsplit(['.', '#']).next().unwrap_or_default();
        match short.trim_end_matches("Exception") {
            "NonExistentQueue" | "QueueDoesNotExist" => Self::NoSuchQueue { name },
            "QueueAlreadyExists" | "QueueNameExists" => Self::AlreadyExists {
                name,
                attribute: message.rsplit(' ').next().unwrap_or_default().to_owned(),
            },
            "QueueDeletedRecently" => Self::DeletedRecently { name },
            "InvalidMessageContents" => Self::BadCharacters,
            "ReceiptHandleIsInvalid" => Self::HandleUnknown,
            "MessageNotInflight" => Self::HandleExpired,
            "OverLimit" if message.contains("queues") => Self::TooManyQueues,
            "OverLimit" if message.contains("storage") => Self::OutOfSpace,
            "UnsupportedOperation" if message.contains("already a task") => Self::Moving { name },
            "Throttling" | "RequestThrottled" | "TooManyRequests" | "ServiceUnavailable" => Self::Throttled,
            "InvalidParameterValue" | "InvalidAttributeValue" => Self::from_value(name, message),
            _ => Self::Other(format!("{code}: {message}")),
        }
    }

    /// `InvalidParameterValue` stands for most mistakes; the message says which.
    fn from_value(name: String, message: &str) -> Self {
        let says = |words: &str| message.contains(words);
        if says("ReceiptHandle") {
            Self::HandleExpired
        } else if says("same type") {
            Self::OtherKind
        } else if says("its own dead-letter") {
            Self::ItsOwn
        } else if says("configured as a Dead Letter Queue") {
            Self::NoDeadLetters { name }
        } else if says("must be shorter than") {
            Self::TooLarge
        } else {
            Self::OutOfRange(message.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_aws_become_ours() {
        let read = |code, message| QueueError::from_code("orders", code, message);
        let name = || "orders".to_owned();
        for code in ["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"] {
            assert_eq!(read(code, ""), QueueError::NoSuchQueue { name: name() });
        }
        assert_eq!(
            read(
                "QueueAlreadyExists",
                "A queue already exists with the same name and a different value for attribute DelaySeconds"
            ),
            QueueError::AlreadyExists {
                name: name(),
                attribute: "DelaySeconds".into()
            }
        );
        assert_eq!(
            read(
                "InvalidParameterValue",
                "Value x for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
            ),
            QueueError::HandleExpired
        );
        assert_eq!(
            read(
                "OverLimit",
                "Your sandbox has 50 queues and may have 50. Delete one first."
            ),
            QueueError::TooManyQueues
        );
        assert_eq!(
            read(
                "InvalidParameterValue",
                "Source queue must be configured as a Dead Letter Queue."
            ),
            QueueError::NoDeadLetters { name: name() }
        );
    }
}
