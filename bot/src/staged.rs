//! A command that met what its member had set on purpose with `/lab fault`: said so, lest anyone look for another cause.

use discord::{Failure, mistake};
use sandbox::Staged;

/// The sentence for a member; `back` says how what a crashed reader was given comes again.
pub fn failure(staged: Staged, back: &str) -> Failure {
    match staged {
        Staged::Throttled => mistake(
            "Refused as too fast, as you asked with `/lab fault`: every second call is. Wait a moment, then send it again.",
        ),
        Staged::Crashed => mistake(format!(
            "The reader crashed before it could use what it was given, as you asked with `/lab fault`. {back}"
        )),
    }
}
