//! What Discord says when it refuses: an HTTP status, a code of its own and a sentence.
//! <https://discord.com/developers/docs/topics/opcodes-and-status-codes#json>

use std::borrow::Cow;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::store::StoreError;

/// A refused request.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub status: StatusCode,
    pub code: u32,
    pub message: Cow<'static, str>,
    /// For 50035: what is wrong where.
    pub errors: Option<Value>,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $status:ident $code:literal $message:literal;)*) => {
        impl Refusal {
            $($(#[$doc])* pub const $name: Self = Self {
                status: StatusCode::$status, code: $code, message: Cow::Borrowed($message), errors: None,
            };)*
        }
    };
}

refusals! {
    UNAUTHORIZED = UNAUTHORIZED 0 "401: Unauthorized";
    NOT_FOUND = NOT_FOUND 0 "404: Not Found";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED 0 "405: Method Not Allowed";
    UNKNOWN_APPLICATION = NOT_FOUND 10002 "Unknown Application";
    UNKNOWN_CHANNEL = NOT_FOUND 10003 "Unknown Channel";
    UNKNOWN_GUILD = NOT_FOUND 10004 "Unknown Guild";
    UNKNOWN_MEMBER = NOT_FOUND 10007 "Unknown Member";
    UNKNOWN_MESSAGE = NOT_FOUND 10008 "Unknown Message";
    UNKNOWN_ROLE = NOT_FOUND 10011 "Unknown Role";
    UNKNOWN_USER = NOT_FOUND 10013 "Unknown User";
    UNKNOWN_WEBHOOK = NOT_FOUND 10015 "Unknown Webhook";
    UNKNOWN_INTERACTION = NOT_FOUND 10062 "Unknown interaction";
    UNKNOWN_EVENT = NOT_FOUND 10070 "Unknown Guild Scheduled Event";
    UNKNOWN_ANSWER = NOT_FOUND 10102 "Unknown Poll Answer";
    UNKNOWN_COMMAND = NOT_FOUND 10063 "Unknown application command";
    TOO_LARGE = PAYLOAD_TOO_LARGE 40005 "Request entity too large";
    ALREADY_ANSWERED = BAD_REQUEST 40060 "Interaction has already been acknowledged.";
    MISSING_ACCESS = FORBIDDEN 50001 "Missing Access";
    NOT_YOUR_MESSAGE = FORBIDDEN 50005 "Cannot edit a message authored by another user";
    EMPTY_MESSAGE = BAD_REQUEST 50006 "Cannot send an empty message";
    CANNOT_DM = FORBIDDEN 50007 "Cannot send messages to this user";
    MISSING_PERMISSIONS = FORBIDDEN 50013 "Missing Permissions";
    NO_TEXT_CHANNEL = BAD_REQUEST 50008 "Cannot send messages in a non-text channel";
    INVALID_ROLE = BAD_REQUEST 50028 "Invalid Role";
    WRONG_CHANNEL_TYPE = BAD_REQUEST 50024 "Cannot execute action on this channel type";
    DEAD_TOKEN = UNAUTHORIZED 50027 "Invalid Webhook Token";
    THREAD_ARCHIVED = BAD_REQUEST 50083 "Thread is archived";
    BAD_JSON = BAD_REQUEST 50109 "The request body contains invalid JSON.";
    HAS_THREAD = BAD_REQUEST 160_004 "A thread has already been created for this message";
    THREAD_LOCKED = BAD_REQUEST 160_005 "Thread is locked";
    TOO_MANY_THREADS = BAD_REQUEST 160_006 "Maximum number of active threads reached";
    EVENT_OVER = BAD_REQUEST 180_000 "Cannot update a finished event";
    NOT_YOUR_POLL = FORBIDDEN 520_002 "Cannot end a poll authored by another user";
    POLL_OVER = BAD_REQUEST 520_001 "Poll expired";
    NOT_A_POLL = BAD_REQUEST 520_000 "This message has no poll";
    OURS = INTERNAL_SERVER_ERROR 0 "The playground could not store this.";
}

impl Refusal {
    /// 50035, with what is wrong where.
    pub fn invalid(errors: Value) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: 50035,
            message: Cow::Borrowed("Invalid Form Body"),
            errors: Some(errors),
        }
    }

    pub fn body(&self) -> Value {
        let mut body = json!({"message": self.message, "code": self.code});
        if let Some(errors) = &self.errors {
            body["errors"] = errors.clone();
        }
        body
    }
}

impl From<StoreError> for Refusal {
    fn from(_: StoreError) -> Self {
        Self::OURS
    }
}
