//! Waiting one's turn: buckets by twilight's limiter, the global limit paced so that no second ever holds more
//! than Discord grants, and the hold after a global 429. What a 429 says is read in `answer`.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};
use twilight_http_ratelimiting::{Endpoint, Permit, RateLimiter};

use super::route::Class;

/// All limits of one gate.
#[derive(Debug)]
pub(super) struct Limits {
    buckets: RateLimiter,
    pace: Mutex<Pace>,
}

/// The turn would come after the deadline.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooBusy;

impl Limits {
    /// Must be called inside a tokio runtime: the limiter runs a task.
    pub(super) fn new(global_per_second: u16) -> Self {
        Self {
            buckets: RateLimiter::new(global_per_second),
            pace: Mutex::new(Pace::new(global_per_second, Instant::now())),
        }
    }

    /// Waits for this endpoint's turn. The permit must be completed with what the answer's headers say.
    pub(super) async fn turn(
        &self,
        endpoint: Endpoint,
        class: Class,
        deadline: Instant,
    ) -> Result<Permit, TooBusy> {
        let permit = timeout_at(deadline, self.buckets.acquire(endpoint))
            .await
            .map_err(|_| TooBusy)?;
        if class == Class::Api {
            self.global_turn(deadline).await?;
        }
        Ok(permit)
    }

    async fn global_turn(&self, deadline: Instant) -> Result<(), TooBusy> {
        loop {
            let slot = self.pace().take(Instant::now(), deadline).ok_or(TooBusy)?;
            sleep_until(slot).await;
            // A hold that came while we slept made this slot void.
            if !self.pace().is_held(Instant::now()) {
                return Ok(());
            }
        }
    }

    /// After a global 429: nobody under the global limit sends before this moment.
    pub(super) fn hold_until(&self, until: Instant) {
        self.pace().hold_until(until);
    }

    fn pace(&self) -> std::sync::MutexGuard<'_, Pace> {
        // The state is two instants, whole at any moment: a panic elsewhere cannot have left it half-changed.
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The global limit as evenly spaced slots (the generic cell rate algorithm). A fixed window of 50 would let 50
/// requests end one window and 50 more begin the next, a hundred in one second as Discord counts it.
#[derive(Debug)]
struct Pace {
    /// Between two slots.
    step: Duration,
    /// How far ahead of even spacing a burst may run.
    slack: Duration,
    /// When the next request would be due if all were evenly spaced.
    due: Instant,
    held_until: Instant,
}

impl Pace {
    /// Requests that may go at once after a quiet moment.
    const BURST: u16 = 2;
    /// Kept free of every second's requests, for answers that reach Discord closer together than they left.
    const SPARE: u16 = 1;

    fn new(per_second: u16, now: Instant) -> Self {
        let steady = per_second.saturating_sub(Self::BURST + Self::SPARE).max(1);
        let step = Duration::from_secs(1) / u32::from(steady);
        Self {
            step,
            slack: step * u32::from(Self::BURST - 1),
            due: now,
            held_until: now,
        }
    }

    /// Takes the next free slot, unless it is after the deadline.
    fn take(&mut self, now: Instant, deadline: Instant) -> Option<Instant> {
        let due = self.due.max(now);
        let slot = now.max(due - self.slack).max(self.held_until);
        if slot > deadline {
            return None;
        }
        self.due = due.max(slot) + self.step;
        Some(slot)
    }

    fn hold_until(&mut self, until: Instant) {
        self.held_until = self.held_until.max(until);
        // Those who wait come back evenly spaced from there, not all at once.
        self.due = self.due.max(until + self.slack);
    }

    fn is_held(&self, now: Instant) -> bool {
        now < self.held_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR: Duration = Duration::from_hours(1);

    #[test]
    fn no_second_holds_more_than_the_limit_and_a_backlog_runs_at_nearly_all_of_it() {
        let start = Instant::now();
        let mut pace = Pace::new(50, start);
        // One request opens the count, then, 0.9 s later, a thousand cohorts are due.
        let mut slots = vec![pace.take(start, start + FAR).unwrap()];
        let later = start + Duration::from_millis(900);
        slots.extend((0..1_000).map(|_| pace.take(later, later + FAR).unwrap()));
        for (at, first) in slots.iter().enumerate() {
            let within = slots[at..]
                .iter()
                .take_while(|slot| **slot < *first + Duration::from_secs(1))
                .count();
            assert!(within <= 50, "{within} requests in the second from slot {at}");
        }
        let took = *slots.last().unwrap() - later;
        assert!(
            took <= Duration::from_secs(1_000 / 50).mul_f64(1.1),
            "a thousand requests took {took:?}"
        );
    }

    #[test]
    fn after_a_quiet_moment_a_few_go_at_once() {
        let start = Instant::now();
        let mut pace = Pace::new(50, start);
        let now = start + Duration::from_secs(5);
        for _ in 0..Pace::BURST {
            assert_eq!(pace.take(now, now), Some(now));
        }
        assert_eq!(pace.take(now, now), None, "the next must wait");
    }

    #[test]
    fn a_slot_after_the_deadline_is_refused_and_stays_free_for_others() {
        let now = Instant::now();
        let mut pace = Pace::new(5, now);
        while pace.take(now, now).is_some() {}
        let next = pace.take(now, now + FAR).unwrap();
        assert!(next > now && next <= now + Duration::from_secs(1));
    }

    #[test]
    fn nobody_goes_during_a_hold_and_afterwards_they_go_spaced() {
        let now = Instant::now();
        let mut pace = Pace::new(50, now);
        let until = now + Duration::from_secs(2);
        pace.hold_until(until);
        assert!(pace.is_held(now) && !pace.is_held(until));
        assert_eq!(pace.take(now, now + Duration::from_secs(1)), None);
        let slots: Vec<_> = (0..10).map(|_| pace.take(now, now + FAR).unwrap()).collect();
        assert_eq!(slots[0], until);
        assert!(slots.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(
            slots[9] >= until + pace.step * 7,
            "ten after a hold are not ten at once"
        );
    }

    fn endpoint(path: &str) -> Endpoint {
        Endpoint {
            method: twilight_http_ratelimiting::Method::Get,
            path: path.to_owned(),
        }
    }

    #[tokio::test]
    async fn a_request_waits_out_a_hold_but_a_follow_up_does_not() {
        let limits = Limits::new(50);
        let until = Instant::now() + Duration::from_millis(300);
        limits.hold_until(until);
        limits
            .turn(endpoint("webhooks/1/2"), Class::Webhook, until + FAR)
            .await
            .unwrap()
            .complete(None);
        assert!(Instant::now() < until);
        limits
            .turn(endpoint("channels/1"), Class::Api, until + FAR)
            .await
            .unwrap()
            .complete(None);
        assert!(Instant::now() >= until);
    }

    #[tokio::test]
    async fn a_wait_beyond_the_deadline_is_not_begun() {
        let limits = Limits::new(50);
        let start = Instant::now();
        limits.hold_until(start + FAR);
        let turn = limits
            .turn(endpoint("channels/1"), Class::Api, start + Duration::from_mins(1))
            .await;
        assert_eq!(turn.err(), Some(TooBusy));
        assert!(start.elapsed() < Duration::from_secs(30), "known at once");
    }
}
