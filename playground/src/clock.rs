//! The playground's clock: real time plus an offset. Moving it forward walks: it stops at each moment
//! that a follower (a bot with a schedule) is waiting for, and goes on once the follower is done.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::{Notify, mpsc},
    time::Instant,
};

use crate::{id::real_ms, shared::Shared, store::StoreError};

/// How long, in real time, a follower may take for one step.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a follower is told: at step `seq` the time is `now`, and runs on from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Step {
    pub seq: u64,
    /// Unix milliseconds of the playground's time.
    pub now: i64,
}

/// What a follower says: with `seq`, that all due at that step is done; `next` is what it waits for.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Word {
    pub seq: Option<u64>,
    pub next: Option<i64>,
}

#[derive(Debug)]
struct Follower {
    steps: mpsc::UnboundedSender<Step>,
    answered: u64,
    next: Option<i64>,
}

#[derive(Debug, Default)]
struct Inner {
    seq: u64,
    last_key: u64,
    followers: HashMap<u64, Follower>,
}

/// Everybody who follows the clock.
#[derive(Debug, Default)]
pub struct Followers {
    inner: Mutex<Inner>,
    changed: Notify,
    /// Only one walk at a time.
    walking: tokio::sync::Mutex<()>,
}

impl Followers {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new follower: its key and its steps, the first of which is there at once.
    pub fn join(&self, now: i64) -> (u64, mpsc::UnboundedReceiver<Step>) {
        let (steps, stepping) = mpsc::unbounded_channel();
        let mut inner = self.inner();
        inner.last_key += 1;
        let key = inner.last_key;
        let _ = steps.send(Step { seq: inner.seq, now });
        let answered = inner.seq;
        inner.followers.insert(
            key,
            Follower {
                steps,
                answered,
                next: None,
            },
        );
        (key, stepping)
    }

    pub fn hear(&self, key: u64, word: Word) {
        if let Some(follower) = self.inner().followers.get_mut(&key) {
            follower.next = word.next;
            follower.answered = follower.answered.max(word.seq.unwrap_or(0));
        }
        self.changed.notify_waiters();
    }

    /// A follower is gone, which counts as an answer.
    pub fn leave(&self, key: u64) {
        self.inner().followers.remove(&key);
        self.changed.notify_waiters();
    }

    /// The next moment that somebody waits for.
    pub fn next_due(&self) -> Option<i64> {
        self.inner().followers.values().filter_map(|it| it.next).min()
    }

    /// The next moment after `after`, up to `target`, that somebody waits for.
    fn next_stop(&self, after: i64, target: i64) -> Option<i64> {
        let inner = self.inner();
        inner
            .followers
            .values()
            .filter_map(|it| it.next)
            .filter(|next| (after + 1..=target).contains(next))
            .min()
    }

    /// Tells everybody the time and waits until each has answered.
    async fn step(&self, now: i64) {
        let seq = {
            let mut inner = self.inner();
            inner.seq += 1;
            let step = Step { seq: inner.seq, now };
            for follower in inner.followers.values() {
                let _ = follower.steps.send(step);
            }
            inner.seq
        };
        let deadline = Instant::now() + PATIENCE;
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Registered before looking, so that an answer between the two is not missed.
            changed.as_mut().enable();
            if self
                .inner()
                .followers
                .values()
                .all(|follower| follower.answered >= seq)
            {
                return;
            }
            if tokio::time::timeout_at(deadline, changed).await.is_err() {
                tracing::warn!("a clock follower did not answer step {seq} within a minute");
                return;
            }
        }
    }
}

/// Moves the clock, forward step by step or back at once, and returns when everybody has followed.
pub async fn walk(shared: &Shared, to: To) -> Result<(), StoreError> {
    let _alone = shared.followers.walking.lock().await;
    let start = shared.world().now_ms();
    let target = match to {
        To::Moment(target) => target,
        To::Later(by) => start.saturating_add(by),
    };
    let forward = target >= start;
    if forward {
        // Plans may have changed a moment ago: ask first.
        shared.followers.step(start).await;
        // Each stop is later than the one before: a plan that stays put cannot hold the walk up.
        let mut last = i64::MIN;
        while let Some(stop) = shared.followers.next_stop(last, target) {
            let now = stop.max(shared.world().now_ms());
            set(shared, now).await?;
            shared.followers.step(now).await;
            last = stop;
        }
    }
    let end = if forward {
        target.max(shared.world().now_ms())
    } else {
        target
    };
    set(shared, end).await?;
    shared.followers.step(end).await;
    Ok(())
}

async fn set(shared: &Shared, now: i64) -> Result<(), StoreError> {
    shared
        .change(|change| {
            change.set_offset(now - real_ms());
            change.archive_quiet_threads();
            Ok(())
        })
        .await
}

/// Where a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// A moment, in Unix milliseconds.
    Moment(i64),
    /// So many milliseconds later.
    Later(i64),
}

/// Reads `{"advance":"24h"}` or `{"set":"2026-11-23T09:00:00+01:00"}`.
pub fn read(request: &serde_json::Value) -> Result<To, &'static str> {
    match (request["advance"].as_str(), request["set"].as_str()) {
        (Some(length), None) => length_ms(length)
            .map(To::Later)
            .ok_or("`advance` is a length such as 90s, 15m, 24h, 1d12h or 2w."),
        (None, Some(moment)) => {
            let moment = DateTime::parse_from_rfc3339(moment);
            let moment = moment.map_err(|_| "`set` is a moment such as 2026-11-23T09:00:00+01:00.")?;
            Ok(To::Moment(moment.timestamp_millis()))
        }
        _ => Err("Say either `advance` or `set`."),
    }
}

/// A length such as `1d12h`, in milliseconds.
fn length_ms(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    let mut sum = 0_i64;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        let unit_end = rest[digits..]
            .find(|letter: char| letter.is_ascii_digit())
            .map_or(rest.len(), |at| digits + at);
        let unit = match rest[digits..unit_end].trim() {
            "ms" => 1,
            "s" => 1_000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 7 * 86_400_000,
            _ => return None,
        };
        sum = sum.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[unit_end..];
    }
    (sum > 0).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        assert_eq!(length_ms("24h"), Some(86_400_000));
        assert_eq!(length_ms("1d12h"), Some(129_600_000));
        assert_eq!(length_ms("90s"), Some(90_000));
        for wrong in ["", "h", "24", "3 parsecs", "-1h", "9999999999999999w"] {
            assert_eq!(length_ms(wrong), None, "{wrong}");
        }
    }
}
