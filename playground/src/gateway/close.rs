//! Discord's close codes, as far as the playground uses them, each with its reason.
//! <https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>

/// A code and the reason that goes with it.
pub type Closed = (u16, &'static str);

pub const UNKNOWN_OPCODE: Closed = (4001, "Unknown opcode.");
pub const DECODE_ERROR: Closed = (4002, "Error while decoding payload.");
pub const NOT_AUTHENTICATED: Closed = (4003, "Not authenticated.");
pub const AUTHENTICATION_FAILED: Closed = (4004, "Authentication failed.");
pub const ALREADY_AUTHENTICATED: Closed = (4005, "Already authenticated.");
pub const RATE_LIMITED: Closed = (4008, "Rate limited.");
pub const SESSION_TIMED_OUT: Closed = (4009, "Session timed out.");
pub const INVALID_SHARD: Closed = (4010, "Invalid shard.");
pub const INVALID_VERSION: Closed = (4012, "Invalid API version: the playground speaks v10.");
pub const INVALID_INTENTS: Closed = (4013, "Invalid intent(s).");
pub const DISALLOWED_INTENTS: Closed = (4014, "Disallowed intent(s).");
pub const GOING_AWAY: Closed = (1001, "The playground is closing.");
/// What Discord can speak and the playground does not, said in words.
pub const JSON_ONLY: Closed = (
    4002,
    "The playground speaks JSON alone: connect with encoding=json.",
);
pub const ZLIB_ONLY: Closed = (4002, "The playground compresses with zlib-stream, or not at all.");
