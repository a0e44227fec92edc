//! What can go wrong with a table, in the words of the domain.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use super::KeyKind;
use crate::fault::Staged;

/// What went wrong. The caller finds the words.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum TableError {
    /// There is no such table (in this region).
    #[error("there is no table {name:?}")]
    NoSuchTable {
        /// The name asked for.
        name: String,
    },
    /// There is already a table of that name, or it is changing just now.
    #[error("the table {name:?} is there already, or changing just now")]
    InUse {
        /// The table.
        name: String,
    },
    /// A name is 3 to 255 letters, digits, `_`, `-` or `.`.
    #[error("{name:?} cannot be a table's name")]
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
    /// The table has no stream.
    #[error("the table {name:?} has no stream")]
    NoStream {
        /// The table.
        name: String,
    },
    /// A part of the key is not there.
    #[error("the key attribute {name:?} is missing")]
    KeyMissing {
        /// The attribute.
        name: String,
    },
    /// A part of the key holds something else than it should, or nothing.
    #[error("the key attribute {name:?} is of the wrong kind")]
    KeyOfWrongKind {
        /// The attribute.
        name: String,
        /// What it should hold.
        kind: KeyKind,
    },
    /// A key is all of its parts, and nothing more.
    #[error("the key is made of {parts:?} and nothing else")]
    KeyIncomplete {
        /// The key's attributes.
        parts: Vec<String>,
    },
    /// The quota of tables is used up.
    #[error("no more tables are allowed")]
    TooManyTables,
    /// The quota of stored bytes is used up.
    #[error("the sandbox is full")]
    OutOfSpace,
    /// An item takes at most 400 KiB.
    #[error("the item is too large")]
    TooLarge,
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

impl TableError {
    pub(super) fn other(text: impl Into<String>) -> Self {
        Self::Other(text.into())
    }

    /// What an SDK error comes to, for a request about this table.
    pub(super) fn from_sdk<E, R>(table: &str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let SdkError::ServiceError(service) = error else {
            return Self::other(DisplayErrorContext(error).to_string());
        };
        let code = service.err().code().unwrap_or_default();
        let message = service.err().message().unwrap_or_default();
        Self::from_code(table, code, message)
    }

    fn from_code(table: &str, code: &str, message: &str) -> Self {
        let name = table.to_owned();
        let says = |words: &str| message.contains(words);
        if let Some(staged) = Staged::told(code, message) {
            return Self::Staged(staged);
        }
        match code.rsplit('#').next().unwrap_or_default() {
            "ResourceNotFoundException" => Self::NoSuchTable { name },
            "ResourceInUseException" => Self::InUse { name },
            "LimitExceededException" if says("table") => Self::TooManyTables,
            "ProvisionedThroughputExceededException" | "ThrottlingException" | "RequestLimitExceeded" => {
                Self::Throttled
            }
            "LimitExceededException" | "ItemCollectionSizeLimitExceededException" => Self::OutOfSpace,
            "ValidationException" if says("Item size") => Self::TooLarge,
            "ValidationException" => Self::Invalid(message.to_owned()),
            code => Self::Other(format!("{code}: {message}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_aws_become_ours() {
        let read = |code, message| TableError::from_code("users", code, message);
        let name = || "users".to_owned();
        assert_eq!(
            read("com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", ""),
            TableError::NoSuchTable { name: name() }
        );
        assert_eq!(
            read("ResourceInUseException", ""),
            TableError::InUse { name: name() }
        );
        assert_eq!(
            read(
                "ValidationException",
                "Item size has exceeded the maximum allowed size"
            ),
            TableError::TooLarge
        );
    }
}
