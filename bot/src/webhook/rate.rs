//! How often a webhook may be used: so many at once, and then so many a second. Time is handed in.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Deliveries a second, once the burst is used up.
pub const A_SECOND: u32 = 10;
/// Deliveries at once.
const BURST: u32 = 20;

/// For each webhook, when it will have its whole burst again. One that has it already is forgotten.
#[derive(Debug, Default)]
pub struct Rate(Mutex<HashMap<String, Instant>>);

impl Rate {
    /// Takes one delivery from a webhook's allowance; false where it is used up.
    pub fn take(&self, webhook: &str, now: Instant) -> bool {
        let one = Duration::from_secs(1) / A_SECOND;
        let mut full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        full_at.retain(|_, at| *at > now);
        let at = full_at.get(webhook).copied().unwrap_or(now) + one;
        let within = at <= now + one * BURST;
        if within {
            full_at.insert(webhook.to_owned(), at);
        }
        within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_then_so_many_a_second() {
        let (rate, begun) = (Rate::default(), Instant::now());
        let taken = |now| (0..100).filter(|_| rate.take("a", now)).count();
        assert_eq!(taken(begun), 20);
        assert_eq!(taken(begun + Duration::from_secs(1)), 10);
        assert!(rate.take("b", begun), "each webhook has its own");
        assert_eq!(taken(begun + Duration::from_mins(1)), 20);
    }
}
