//! Why a query brings nothing. Sentences for people are made from these by whoever talks to them.

use crate::sandbox::SandboxError;

/// A query that was not answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// Nothing was asked.
    #[error("the query is empty")]
    Empty,
    /// More than one statement.
    #[error("there is more than one statement")]
    Several,
    /// A statement that would do more than read.
    #[error("only reading is allowed: {what}")]
    ReadOnly {
        /// What it would have done, in a few words: `INSERT`, `PRAGMA`.
        what: String,
    },
    /// A function that is not on the list.
    #[error("the function {name} may not be used or does not exist")]
    Function {
        /// Its name.
        name: String,
    },
    /// A table that is not there.
    #[error("there is no table {name}")]
    NoSuchTable {
        /// What was typed.
        name: String,
    },
    /// A column that is not there.
    #[error("there is no column {name}")]
    NoSuchColumn {
        /// What was typed.
        name: String,
        /// The tables that the query names.
        tables: Vec<String>,
    },
    /// SQLite could not read the statement, or its parts do not fit together.
    #[error("the statement is not understood: {0}")]
    Syntax(String),
    /// `json_extract` and its kin met a value that is no JSON.
    #[error("a value is not JSON")]
    NotJson,
    /// Longer or deeper than a statement may be.
    #[error("the statement is too long or too deep")]
    TooComplex,
    /// It ran for too long.
    #[error("the query took too long")]
    TooLong,
    /// It needed too much memory, or made a value that is too large.
    #[error("the query needed too much memory")]
    TooLarge,
    /// Others are asking; nobody waits forever.
    #[error("too many queries run at once")]
    Busy,
    /// The tenant's state could not be had.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A mistake of ours.
    #[error("the lab's tables could not be made")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}
