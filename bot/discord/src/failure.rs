//! The two kinds of failure: a member's mistake, told with what to do instead, and ours, told with a short id that
//! finds the log line. Nothing raw ever reaches a member (promise 8).

use std::error::Error;
use std::fmt;

use rand::Rng;

use crate::gate::Causes;
use crate::text::straight;
use crate::trail::{End, Trail};

/// Why something a member asked for was not done.
pub enum Failure {
    /// The member can put it right; the sentence says how.
    Mistake(String),
    /// The member can't; the cause goes to the log.
    Ours(Box<dyn Error + Send + Sync>),
}

/// A mistake in the member's hands: say what was wrong, and what to type or press instead.
pub fn mistake(words: impl Into<String>) -> Failure {
    Failure::Mistake(words.into())
}

impl Failure {
    /// The sentence for the member. Ours is logged here, once, under the id that the sentence carries.
    pub fn into_words(self) -> String {
        let (words, end) = match self {
            // Whichever layer quoted what was typed: it can't turn the sentence around.
            Self::Mistake(words) => (straight(&words), End::Mistake),
            Self::Ours(cause) => {
                let id = reference();
                tracing::error!(reference = %id, error = %Causes(cause.as_ref()), "a request failed");
                let words = format!(
                    "Sorry, something broke on our side; nothing you did is lost. Please try again in a minute. \
                     If it stays broken, give the moderators this reference: `{id}`"
                );
                (words, End::Apology(id))
            }
        };
        if let Some(trail) = Trail::current() {
            trail.ended(end);
        }
        words
    }
}

/// Six letters and digits that are hard to confuse: they are read aloud and typed.
fn reference() -> String {
    const ALPHABET: &[u8] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut rng = rand::rng();
    (0..6)
        .map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]))
        .collect()
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mistake(words) => f.debug_tuple("Mistake").field(words).finish(),
            Self::Ours(cause) => f
                .debug_tuple("Ours")
                .field(&format_args!("{}", Causes(cause.as_ref())))
                .finish(),
        }
    }
}

/// For the log; a member is shown [`Failure::into_words`].
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mistake(words) => f.write_str(words),
            Self::Ours(cause) => write!(f, "{}", Causes(cause.as_ref())),
        }
    }
}

/// poise asks for this of its error type.
impl From<Failure> for Box<dyn Error + Send + Sync> {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Mistake(words) => words.into(),
            Failure::Ours(cause) => cause,
        }
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Ours(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_failures_show_a_reference_and_nothing_raw() {
        let words = Failure::from(std::io::Error::other("secret detail")).into_words();
        assert!(words.contains("reference: `"), "{words}");
        assert!(!words.contains("secret detail"), "{words}");
    }
}
