//! Why the bot did not start, in words for the operator.

use std::net::SocketAddr;

/// Why the bot did not start. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No token.
    #[error(
        "no token: set DISCORD_TOKEN to the bot token from Discord's developer portal, or run `tributary playground`"
    )]
    NoToken,
    /// The other Discord's address is none.
    #[error("DISCORD_API_BASE must be a URL such as http://127.0.0.1:8080: {0}")]
    BadBase(String),
    /// Discord did not accept us or did not answer.
    #[error(
        "Discord at {base} did not answer as expected; check the address, the network and the token: {cause}"
    )]
    Discord {
        /// Where we asked.
        base: String,
        /// What came back.
        cause: Box<serenity::Error>,
    },
    /// serenity fell back to another gateway than the one that the API base names.
    #[error("the gateway's address could not be read from {0}; not connecting anywhere else")]
    Gateway(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::OpenError),
    /// The database, once open.
    #[error("the database can't be written: {0}")]
    Database(#[from] sqlx::Error),
    /// The sealing key.
    #[error(transparent)]
    Seal(#[from] crate::seal::SealError),
    /// Where the sandbox is to be.
    #[error(transparent)]
    Provider(#[from] crate::settings::provider::NoProvider),
    /// The sandbox's folder.
    #[error(transparent)]
    Sandbox(#[from] sandbox::OpenError),
    /// The sandbox's folder, before it is opened.
    #[error("the folder {path} can't be made: {cause}")]
    Folder {
        /// Which.
        path: std::path::PathBuf,
        /// The system's word.
        cause: std::io::Error,
    },
    /// The lessons.
    #[error("the lessons can't be loaded: {0}")]
    Lessons(#[from] lessons::LoadError),
    /// The questions.
    #[error("the questions can't be loaded: {0} (`tributary check` shows every finding)")]
    Questions(String),
    /// The exercises.
    #[error("the exercises can't be loaded: {0} (`tributary check` shows every finding)")]
    Exercises(String),
    /// The gate.
    #[error(transparent)]
    Gate(#[from] discord::gate::GateError),
    /// A port.
    #[error("can't listen on {address}: {cause}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// The system's word.
        cause: std::io::Error,
    },
}
