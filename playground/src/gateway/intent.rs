//! Gateway intents: which events a session asked for, and which it may.
//! <https://discord.com/developers/docs/events/gateway#gateway-intents>

use serde_json::Value;

use super::close::{self, Closed};

pub const GUILDS: u64 = 1;
pub const GUILD_MEMBERS: u64 = 1 << 1;
pub const GUILD_PRESENCES: u64 = 1 << 8;
pub const GUILD_MESSAGES: u64 = 1 << 9;
pub const GUILD_MESSAGE_REACTIONS: u64 = 1 << 10;
pub const GUILD_MESSAGE_TYPING: u64 = 1 << 11;
pub const DIRECT_MESSAGES: u64 = 1 << 12;
pub const DIRECT_MESSAGE_REACTIONS: u64 = 1 << 13;
pub const MESSAGE_CONTENT: u64 = 1 << 15;
pub const GUILD_SCHEDULED_EVENTS: u64 = 1 << 16;
pub const GUILD_MESSAGE_POLLS: u64 = 1 << 24;
pub const DIRECT_MESSAGE_POLLS: u64 = 1 << 25;

/// All that Discord knows: 0 to 16, auto moderation's two and the polls' two.
const KNOWN: u64 = 0x1_ffff | 0b11 << 20 | 0b11 << 24;

/// The privileged intents, each with the application's flag that permits it (the one for applications in
/// few guilds; the one for verified applications is the bit below).
/// <https://discord.com/developers/docs/resources/application#application-object-application-flags>
const PRIVILEGED: [(u64, u64); 3] = [
    (GUILD_PRESENCES, 1 << 13),
    (GUILD_MEMBERS, 1 << 15),
    (MESSAGE_CONTENT, 1 << 19),
];

/// The application's flags that permit privileged intents. An application may set them itself.
pub const SETTABLE_FLAGS: u64 = PRIVILEGED[0].1 | PRIVILEGED[1].1 | PRIVILEGED[2].1;

/// Whether an application with these flags may read what members write.
pub fn reads_content(app_flags: u64) -> bool {
    app_flags & PRIVILEGED[2].1 != 0
}

/// The intents an IDENTIFY asks for, if an application with these flags may have them.
pub fn requested(intents: &Value, app_flags: u64) -> Result<u64, Closed> {
    let intents = intents.as_u64().filter(|bits| bits & !KNOWN == 0);
    let intents = intents.ok_or(close::INVALID_INTENTS)?;
    let permitted = |(bit, flag): &(u64, u64)| intents & bit == 0 || app_flags & flag != 0;
    if PRIVILEGED.iter().all(permitted) {
        Ok(intents)
    } else {
        Err(close::DISALLOWED_INTENTS)
    }
}
