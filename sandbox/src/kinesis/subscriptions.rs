//! Which consumer is subscribed to which shard: one at a time, the newer takes over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// For how long a subscription cannot be taken over.
const SETTLED: Duration = Duration::from_secs(5);

/// A consumer's ARN and a shard's number.
type Key = (String, u32);

/// All subscriptions of one engine.
#[derive(Debug, Clone, Default)]
pub struct Subscriptions(Arc<Mutex<HashMap<Key, Current>>>);

#[derive(Debug)]
struct Current {
    begun: Instant,
    /// Dropped when another takes over.
    alive: watch::Sender<()>,
}

impl Subscriptions {
    /// Begins a subscription; `None` if there is one that began a moment ago.
    pub fn take(&self, consumer: &str, shard: u32, now: Instant) -> Option<Lease> {
        let mut current = self.lock();
        let key = (consumer.to_owned(), shard);
        if current.get(&key).is_some_and(|c| now - c.begun < SETTLED) {
            return None;
        }
        let (alive, watched) = watch::channel(());
        current.insert(key.clone(), Current { begun: now, alive });
        Some(Lease {
            key,
            watched,
            all: self.clone(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Current>> {
        // A table that is whole between statements.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A subscription's hold on its shard. Dropping it (the reader is gone) frees the place.
#[derive(Debug)]
pub struct Lease {
    key: Key,
    watched: watch::Receiver<()>,
    all: Subscriptions,
}

impl Lease {
    /// Whether another subscription has taken over.
    pub fn is_over(&self) -> bool {
        self.watched.has_changed().is_err()
    }

    /// Waits until another subscription has taken over.
    pub async fn taken_over(&mut self) {
        while self.watched.changed().await.is_ok() {}
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut current = self.all.lock();
        let mine = current
            .get(&self.key)
            .is_some_and(|c| c.alive.subscribe().same_channel(&self.watched));
        if mine {
            current.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_waits_five_seconds_and_then_takes_over() {
        let all = Subscriptions::default();
        let start = Instant::now();
        let mut first = all.take("fan", 0, start).unwrap();
        assert!(all.take("fan", 1, start).is_some(), "another shard");
        assert!(all.take("other", 0, start).is_some(), "another consumer");
        assert!(all.take("fan", 0, start + Duration::from_millis(4_999)).is_none());
        assert!(!first.is_over());
        let later = start + SETTLED;
        let second = all.take("fan", 0, later).unwrap();
        first.taken_over().await;
        assert!(first.is_over());
        drop(first);
        assert!(
            all.take("fan", 0, later).is_none(),
            "the first one's end frees nothing of the second's"
        );
        drop(second);
        assert!(
            all.take("fan", 0, later).is_some(),
            "a reader that has gone is not waited for"
        );
    }
}
