//! How many sessions a bot may begin: a thousand a day, which `GET /gateway/bot` tells of. The pause of five seconds
//! between two that Discord demands is told too (`max_concurrency`), but not enforced: tests begin many a second.

use std::time::{Duration, Instant};

const TOTAL: u32 = 1_000;
const DAY: Duration = Duration::from_hours(24);

/// The sessions begun since a day began, which it does with the first of them.
#[derive(Debug, Default)]
pub struct Starts(Option<(Instant, u32)>);

/// See [`Starts`].
#[derive(Debug, PartialEq, Eq)]
pub struct StartsLeft {
    pub total: u32,
    pub remaining: u32,
    pub reset_after: Duration,
}

impl Starts {
    fn today(&self, now: Instant) -> Option<(Instant, u32)> {
        self.0.filter(|(since, _)| now.duration_since(*since) < DAY)
    }

    pub fn count(&mut self, now: Instant) {
        let (since, begun) = self.today(now).unwrap_or((now, 0));
        self.0 = Some((since, begun + 1));
    }

    pub fn left(&self, now: Instant) -> StartsLeft {
        let (since, begun) = self.today(now).unwrap_or((now, 0));
        StartsLeft {
            total: TOTAL,
            remaining: TOTAL.saturating_sub(begun),
            reset_after: DAY.saturating_sub(now.duration_since(since)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_day_has_all_its_starts_again() {
        let mut starts = Starts::default();
        let morning = Instant::now();
        starts.count(morning);
        starts.count(morning + Duration::from_hours(1));
        let left = |after| {
            let left = starts.left(morning + after);
            (left.remaining, left.reset_after)
        };
        assert_eq!(left(Duration::from_hours(2)), (998, Duration::from_hours(22)));
        assert_eq!(left(DAY), (1_000, DAY));
    }
}
