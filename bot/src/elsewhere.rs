//! What is different where members' sandboxes are not the built-in one, in words: all share one account there, and nobody looks
//! inside. Where they are is `settings::provider`'s.

use discord::{Failure, mistake};
use sandbox::SandboxError;

/// Whatever looks inside the built-in sandbox says so in the same words where there is none.
pub fn told(failure: Failure) -> Failure {
    match failure {
        Failure::Ours(cause) if matches!(cause.downcast_ref(), Some(SandboxError::OnlyEmbedded)) => mistake(
            "That looks inside the built-in sandbox; this server's sandboxes are on real AWS, which does not show it. Everything \
             else is there: `/stream`, `/queue`, `/topic` and `/table`.",
        ),
        other => other,
    }
}

/// A name, as it is shown, that is too long after the prefix; one that would do.
pub fn name_too_long(name: &str, most: usize, example: &str) -> Failure {
    mistake(format!(
        "{name} is too long here. This server's sandboxes share one AWS account, so that each name is written after a prefix, and {most} \
         characters are left for yours. For example `{example}`."
    ))
}
