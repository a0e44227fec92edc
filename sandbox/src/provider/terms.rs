//! On what terms a tenant's handles work at a provider: how names are written, what is tagged, how many there may be, and how
//! long to wait for what takes effect later.

use std::sync::Arc;
use std::time::Duration;

use super::names::Names;
use crate::sandbox::Quotas;

/// What a handle goes by; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// How names are written.
    pub names: Names,
    /// What everything that is made is tagged with.
    pub tags: Arc<[(&'static str, String)]>,
    /// How many of each a tenant may have, where nobody else counts.
    pub quotas: Option<Quotas>,
    /// Whether what was made is there at once for whoever asks. AWS says that it may take a moment.
    pub at_once: bool,
    /// How often and how long a change is waited for.
    pub change: Pace,
    /// How often and how long a throttled look is tried again.
    pub throttled: Pace,
}

/// How often something is looked at again, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// The first pause; each is longer by half than the one before.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// All pauses together.
    pub patience: Duration,
}

impl Pace {
    /// Always the same pause.
    pub const fn steady(pause: Duration, patience: Duration) -> Self {
        Self {
            first: pause,
            longest: pause,
            patience,
        }
    }

    /// The same, for as long as this at most.
    pub fn at_most(self, patience: Duration) -> Self {
        Self {
            patience: self.patience.min(patience),
            ..self
        }
    }

    /// Begins to wait.
    pub fn waiting(self) -> Waiting {
        Waiting {
            pause: self.first,
            longest: self.longest,
            left: self.patience,
        }
    }
}

impl Terms {
    /// Those inside the process: a tenant has an account of its own, whose engines count, and change within moments.
    pub fn embedded() -> Self {
        const LOOK_AGAIN: Duration = Duration::from_millis(50);
        Self {
            names: Names::plain(),
            tags: Arc::new([]),
            quotas: None,
            at_once: true,
            change: Pace::steady(LOOK_AGAIN, Duration::from_mins(1)),
            throttled: Pace::steady(LOOK_AGAIN, Duration::from_secs(5)),
        }
    }

    /// Those elsewhere. AWS takes half a minute for a stream, and allows an account twenty looks a second, all tenants
    /// together.
    pub fn shared(names: Names, tags: Vec<(&'static str, String)>, quotas: Quotas) -> Self {
        Self {
            names,
            tags: tags.into(),
            quotas: Some(quotas),
            at_once: false,
            change: Pace {
                first: Duration::from_millis(500),
                longest: Duration::from_secs(5),
                patience: Duration::from_mins(5),
            },
            throttled: Pace {
                first: Duration::from_millis(300),
                longest: Duration::from_secs(2),
                patience: Duration::from_secs(15),
            },
        }
    }

    /// What everything is tagged with, as a request takes it.
    pub fn tags(&self) -> impl Iterator<Item = (String, String)> {
        self.tags
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
    }
}

/// What our own tags begin with: members neither see nor set them.
pub(crate) const OWN_TAGS: &str = "tributary:";

/// A wait under way.
#[derive(Debug)]
pub(crate) struct Waiting {
    pause: Duration,
    longest: Duration,
    left: Duration,
}

impl Waiting {
    /// Waits until the next look; false, at once, when the patience is over.
    pub async fn again(&mut self) -> bool {
        match self.pause() {
            Some(pause) => {
                tokio::time::sleep(pause).await;
                true
            }
            None => false,
        }
    }

    fn pause(&mut self) -> Option<Duration> {
        let pause = self.pause;
        self.left = self.left.checked_sub(pause)?;
        self.pause = (pause * 3 / 2).min(self.longest);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_longest_and_end_with_the_patience() {
        let pace = Pace {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(2),
            patience: Duration::from_secs(10),
        };
        let mut waiting = pace.waiting();
        let pauses: Vec<_> = std::iter::from_fn(|| waiting.pause())
            .map(|it| it.as_millis())
            .collect();
        assert_eq!(pauses, [500, 750, 1_125, 1_687, 2_000, 2_000]);
    }
}
