//! Webhooks: an address on the bot's own web server whose POSTs become records of a member's stream or messages of a
//! member's queue. Direct messaging on one side, a log or a broker on the other: a sender that may send twice, a
//! receiver that must tell a retry from something new.
//!
//! `arrive` is the way in over HTTP, `commands` and `cards` are chat, `signature` checks who sent it, `rate` how often.

use ::sandbox::Region;

mod arrive;
mod cards;
pub mod commands;
mod deliver;
mod rate;
mod signature;
mod store;

pub use arrive::router;

/// A webhook, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// The guild that its owner made it in.
    pub guild_id: u64,
    /// Its owner.
    pub member_id: u64,
    /// What its owner calls it.
    pub name: String,
    /// Where its target is.
    pub region: Region,
    /// What deliveries become.
    pub target: Target,
    /// The field of a JSON body that gives the partition key or group.
    pub key_field: Option<String>,
    /// Whether deliveries must be signed.
    pub signed: bool,
    /// When it was made, Unix milliseconds.
    pub created_at: i64,
}

/// What deliveries become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Records of this stream.
    Stream(String),
    /// Messages of this queue.
    Queue(String),
}

impl Target {
    fn kind(&self) -> &'static str {
        match self {
            Self::Stream(_) => "stream",
            Self::Queue(_) => "queue",
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Stream(name) | Self::Queue(name) => name,
        }
    }

    fn read(kind: &str, name: String) -> Self {
        match kind {
            "queue" => Self::Queue(name),
            _ => Self::Stream(name),
        }
    }
}

/// Names are 1 to 40 letters, digits, `-` or `_`.
fn is_name(name: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=40).contains(&name.len()) && name.bytes().all(fine)
}
