//! What became of one interaction: when it was acknowledged and how it ended, for its closing line and its figures.
//! Kept by whoever dispatches it, written by the responder and by failures. Holds no text of anyone's.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How an interaction ended, as the member met it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// With what was asked for.
    #[default]
    Answered,
    /// With what was wrong and what to type instead.
    Mistake,
    /// With an apology of ours, which carries this reference.
    Apology(String),
}

/// One interaction's trail.
#[derive(Debug)]
pub struct Trail {
    begun: Instant,
    acknowledged: OnceLock<Duration>,
    end: Mutex<End>,
}

tokio::task_local! {
    static TRAIL: Arc<Trail>;
}

impl Trail {
    /// Begins now.
    pub fn begin() -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            acknowledged: OnceLock::new(),
            end: Mutex::default(),
        })
    }

    /// Does this work as part of the interaction.
    pub async fn follow<T>(self: &Arc<Self>, work: impl Future<Output = T>) -> T {
        TRAIL.scope(Arc::clone(self), work).await
    }

    /// The trail of the interaction that this task works on; `None` where it works on none.
    pub fn current() -> Option<Arc<Self>> {
        TRAIL.try_with(Arc::clone).ok()
    }

    /// Discord has taken the first answer. Later ones change nothing.
    pub fn acknowledge(&self) {
        // Set before means acknowledged before.
        let _ = self.acknowledged.set(self.begun.elapsed());
    }

    /// From its arrival to the first answer; `None` where there was none.
    pub fn acknowledged(&self) -> Option<Duration> {
        self.acknowledged.get().copied()
    }

    /// Since its arrival.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// How it has ended so far.
    pub fn end(&self) -> End {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// It did not end with what was asked for. An apology stays one, whatever mistake comes after.
    pub(crate) fn ended(&self, end: End) {
        let mut known = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(*known, End::Apology(_)) {
            *known = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Failure, mistake};

    #[tokio::test]
    async fn a_failure_told_within_an_interaction_is_its_end_and_none_of_another() {
        let (ana, ben) = (Trail::begin(), Trail::begin());
        let words = ana
            .follow(async { Failure::from(std::io::Error::other("x")).into_words() })
            .await;
        ben.follow(async { mistake("Type a name.").into_words() }).await;
        let End::Apology(reference) = ana.end() else {
            panic!("{:?}", ana.end());
        };
        assert!(words.contains(&format!("`{reference}`")), "{words}");
        assert_eq!(ben.end(), End::Mistake);
        assert!(Trail::current().is_none());
    }

    #[test]
    fn the_first_acknowledgement_counts() {
        let trail = Trail::begin();
        assert_eq!(trail.acknowledged(), None);
        trail.acknowledge();
        let first = trail.acknowledged();
        trail.acknowledge();
        assert!(first.is_some() && trail.acknowledged() == first);
    }
}
