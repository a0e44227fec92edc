//! The load: so many at once for as long as it takes (throughput), or so many a second whatever happens (latency).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use hdrhistogram::Histogram;
use tokio::task::JoinSet;

use crate::device::Answered;

/// One interaction: given a number, so that each can be another member's.
pub type Work = Arc<dyn Fn(u64) -> BoxFuture<'static, anyhow::Result<Answered>> + Send + Sync>;

/// What came of a load.
pub struct Outcome {
    pub answered: u64,
    pub failed: u64,
    pub took: Duration,
    /// Until the answer's content, in microseconds.
    pub latency: Histogram<u64>,
    /// Until the acknowledgement, in microseconds.
    pub acknowledged: Histogram<u64>,
}

impl Outcome {
    fn empty() -> anyhow::Result<Self> {
        Ok(Self {
            answered: 0,
            failed: 0,
            took: Duration::ZERO,
            latency: Histogram::new_with_bounds(1, 60_000_000, 3)?,
            acknowledged: Histogram::new_with_bounds(1, 60_000_000, 3)?,
        })
    }

    fn note(&mut self, begun: Instant, result: &anyhow::Result<Answered>) {
        match result {
            Ok(answered) => {
                self.answered += 1;
                let since = |at: Instant| at.saturating_duration_since(begun).as_micros() as u64;
                self.latency.saturating_record(since(answered.done));
                self.acknowledged.saturating_record(since(answered.acknowledged));
            }
            Err(_) => self.failed += 1,
        }
    }

    pub fn per_second(&self) -> f64 {
        self.answered as f64 / self.took.as_secs_f64()
    }

    /// A latency that this share of answers kept within, in milliseconds.
    pub fn millis(&self, quantile: f64) -> f64 {
        self.latency.value_at_quantile(quantile) as f64 / 1_000.0
    }
}

/// Keeps `at_once` interactions under way for `how_long`.
pub async fn closed(work: &Work, at_once: usize, how_long: Duration) -> anyhow::Result<Outcome> {
    let begun = Instant::now();
    let numbers = Arc::new(AtomicU64::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..at_once {
        let (work, numbers) = (Arc::clone(work), Arc::clone(&numbers));
        workers.spawn(async move {
            let mut results = Vec::new();
            while begun.elapsed() < how_long {
                let sent = Instant::now();
                let result = work(numbers.fetch_add(1, Ordering::Relaxed)).await;
                results.push((sent, result));
            }
            results
        });
    }
    let mut outcome = Outcome::empty()?;
    while let Some(results) = workers.join_next().await {
        for (sent, result) in results? {
            outcome.note(sent, &result);
        }
    }
    outcome.took = begun.elapsed();
    Ok(outcome)
}

/// Begins `rate` interactions a second for `how_long`. Latency counts from the moment each was *due*, so that a bot that
/// stalls is not spared the queue it causes.
pub async fn open(work: &Work, rate: u32, how_long: Duration) -> anyhow::Result<Outcome> {
    let begun = Instant::now();
    let total = (how_long.as_secs_f64() * f64::from(rate)) as u64;
    let mut under_way = JoinSet::new();
    for number in 0..total {
        let due = begun + Duration::from_secs_f64(number as f64 / f64::from(rate));
        tokio::time::sleep_until(due.into()).await;
        let work = Arc::clone(work);
        under_way.spawn(async move { (due, work(number).await) });
    }
    let mut outcome = Outcome::empty()?;
    while let Some(result) = under_way.join_next().await {
        let (due, result) = result?;
        outcome.note(due, &result);
    }
    outcome.took = begun.elapsed();
    Ok(outcome)
}
