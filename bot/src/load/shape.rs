//! What a load sends when, and what is counted of it. Pure.

use std::time::Duration;

use pictures::{Latencies, LoadSecond};
use sandbox::streams::{Entry, Fate};
use serde::{Deserialize, Serialize};

/// A second is sent in so many slices.
pub const SLICES: u32 = 10;
/// How many keys there are, of which one may be hot.
const KEYS: u32 = 50;
/// In each cycle of so many seconds a burst sends everything in the last one.
const BURST_CYCLE: u32 = 5;

/// How a load comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pattern {
    /// The same each second, over many keys.
    Steady,
    /// Four quiet seconds, then five seconds' worth in one.
    Burst,
    /// From nothing to twice the rate.
    Ramp,
    /// The same each second, four of five records with one key.
    HotKey,
}

/// What a load sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Records a second, on the whole.
    pub rate: u32,
    /// How long.
    pub seconds: u32,
    /// How it comes.
    pub pattern: Pattern,
}

impl Shape {
    /// All records of it.
    pub fn total(&self) -> u64 {
        u64::from(self.rate) * u64::from(self.seconds)
    }

    /// The records of one slice, of `seconds × SLICES`.
    pub fn slice(&self, slice: u32, now: i64) -> Vec<Entry> {
        let (from, to) = (self.sent_before(slice), self.sent_before(slice + 1));
        (from..to).map(|n| self.record(n, now)).collect()
    }

    /// How many are sent before a slice begins. The slices' shares are differences of it, so that none is lost to rounding.
    fn sent_before(&self, slice: u32) -> u64 {
        let rate = u64::from(self.rate);
        let (slice, slices) = (u64::from(slice), u64::from(SLICES));
        match self.pattern {
            Pattern::Steady | Pattern::HotKey => rate * slice / slices,
            Pattern::Ramp => {
                // The rate rises evenly, so that what was sent rises with the square.
                let all = u64::from(self.seconds) * slices;
                self.total() * slice * slice / (all * all).max(1)
            }
            Pattern::Burst => {
                let cycle = u64::from(BURST_CYCLE) * slices;
                let into = (slice % cycle).saturating_sub(cycle - slices);
                let last = u64::from(self.seconds % BURST_CYCLE);
                let whole = slice / cycle * u64::from(BURST_CYCLE);
                // A last cycle that is cut short has no burst; its records are left out.
                let is_whole = slice / cycle < u64::from(self.seconds / BURST_CYCLE) || last == 0;
                rate * whole
                    + if is_whole {
                        rate * u64::from(BURST_CYCLE) * into / slices
                    } else {
                        0
                    }
            }
        }
    }

    fn record(&self, n: u64, now: i64) -> Entry {
        let key = match self.pattern {
            Pattern::HotKey if n % 5 != 4 => 0,
            Pattern::HotKey => 1 + n / 5 % u64::from(KEYS - 1),
            _ => n % u64::from(KEYS),
        };
        let key = format!("user-{}", key + 1);
        Entry {
            data: format!(r#"{{"user":"{key}","n":{},"at":{now}}}"#, n + 1).into_bytes(),
            key,
        }
    }
}

/// What came of a load so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Second by second: taken, throttled.
    pub seconds: Vec<(u64, u64)>,
    /// Refused for another reason.
    pub failed: u64,
    /// How long each call took, in microseconds.
    pub calls: Vec<u32>,
    /// By which shard, how many were taken.
    pub shards: std::collections::BTreeMap<String, u64>,
}

impl Progress {
    /// Counts one call.
    pub fn note(&mut self, second: usize, fates: &[Fate], took: Duration) {
        if self.seconds.len() <= second {
            self.seconds.resize(second + 1, (0, 0));
        }
        for fate in fates {
            match fate {
                Fate::Taken { shard } => {
                    self.seconds[second].0 += 1;
                    *self.shards.entry(shard.clone()).or_default() += 1;
                }
                Fate::Throttled => self.seconds[second].1 += 1,
                Fate::Failed => self.failed += 1,
            }
        }
        self.calls
            .push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    /// Taken in all.
    pub fn taken(&self) -> u64 {
        self.seconds.iter().map(|(taken, _)| taken).sum()
    }

    /// Throttled in all.
    pub fn throttled(&self) -> u64 {
        self.seconds.iter().map(|(_, throttled)| throttled).sum()
    }

    /// So many of a hundred calls took no longer, in milliseconds; 0 before the first.
    pub fn percentile(&self, of_hundred: usize) -> f64 {
        let mut calls = self.calls.clone();
        calls.sort_unstable();
        let at = (calls.len() * of_hundred).div_ceil(100).max(1) - 1;
        calls.get(at).map_or(0.0, |micros| f64::from(*micros) / 1_000.0)
    }

    /// As the picture shows them: seconds.
    pub fn chart_seconds(&self) -> Vec<LoadSecond> {
        let second = |&(taken, throttled): &(u64, u64)| LoadSecond { taken, throttled };
        self.seconds.iter().map(second).collect()
    }

    /// As the picture shows them: the calls in buckets that grow by a quarter, from the shortest to the longest.
    pub fn latencies(&self) -> Latencies {
        const GROWTH: f64 = 1.25;
        let ms = |micros: &u32| f64::from(*micros).max(10.0) / 1_000.0;
        let shortest = self.calls.iter().map(ms).fold(f64::INFINITY, f64::min);
        let longest = self.calls.iter().map(ms).fold(0.0, f64::max);
        let mut buckets = Vec::new();
        let mut to = shortest * GROWTH.sqrt();
        while shortest.is_finite() {
            buckets.push((to, 0));
            if to >= longest {
                break;
            }
            to *= GROWTH;
        }
        for call in &self.calls {
            if let Some(bucket) = buckets.iter_mut().find(|(to, _)| ms(call) <= *to) {
                bucket.1 += 1;
            }
        }
        Latencies {
            buckets,
            p50: self.percentile(50),
            p95: self.percentile(95),
            p99: self.percentile(99),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shape(pattern: Pattern, rate: u32, seconds: u32) -> Shape {
        Shape {
            rate,
            seconds,
            pattern,
        }
    }

    fn by_second(shape: Shape) -> Vec<usize> {
        let second = |second: u32| {
            (second * SLICES..(second + 1) * SLICES)
                .map(|slice| shape.slice(slice, 0).len())
                .sum()
        };
        (0..shape.seconds).map(second).collect()
    }

    #[test]
    fn each_pattern_comes_as_it_is_called() {
        assert_eq!(by_second(shape(Pattern::Steady, 100, 4)), [100; 4]);
        assert_eq!(
            by_second(shape(Pattern::Burst, 10, 10)),
            [0, 0, 0, 0, 50, 0, 0, 0, 0, 50]
        );
        assert_eq!(by_second(shape(Pattern::Ramp, 100, 4)), [25, 75, 125, 175]);
        let hot = shape(Pattern::HotKey, 100, 1);
        let records: Vec<Entry> = (0..SLICES).flat_map(|slice| hot.slice(slice, 0)).collect();
        assert_eq!(records.iter().filter(|record| record.key == "user-1").count(), 80);
    }

    #[test]
    fn percentiles_are_those_of_the_calls() {
        let mut progress = Progress::default();
        assert!(progress.percentile(99) < 0.001);
        for ms in 1..=100 {
            progress.note(
                0,
                &[Fate::Throttled, Fate::Taken { shard: "s".into() }],
                Duration::from_millis(ms),
            );
        }
        assert_eq!(
            [50, 95, 99].map(|of| progress.percentile(of) as u64),
            [50, 95, 99]
        );
        assert_eq!((progress.taken(), progress.throttled()), (100, 100));
        let latencies = progress.latencies();
        assert_eq!(latencies.buckets.iter().map(|(_, calls)| calls).sum::<u64>(), 100);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_to_rounding(rate in 1..5_000_u32, cycles in 1..12_u32) {
            for pattern in [Pattern::Steady, Pattern::Burst, Pattern::Ramp, Pattern::HotKey] {
                let shape = shape(pattern, rate, cycles * BURST_CYCLE);
                let all: u64 = by_second(shape).into_iter().map(|n| n as u64).sum();
                prop_assert_eq!(all, shape.total());
            }
        }
    }
}
