//! What time it is for schedules, streaks and stamps. Real time in earnest; on the playground, its clock.
//!
//! A value that is handed around, never a global: a test sets it. Acknowledgements, tokens, rate limits, nonce
//! windows and AWS signatures do not use it, they use real time.

pub mod follow;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use reqwest::Url;

/// A clock that differs from the system's by an offset, zero in earnest.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_ms: Arc<AtomicI64>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// The time now.
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.now_ms()).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// The time now in Unix milliseconds, as it is stored.
    pub fn now_ms(&self) -> i64 {
        real_ms().saturating_add(self.offset_ms.load(Ordering::Relaxed))
    }

    /// From now on it is `now_ms`, and it runs on from there.
    pub fn set(&self, now_ms: i64) {
        self.offset_ms
            .store(now_ms.saturating_sub(real_ms()), Ordering::Relaxed);
    }
}

/// Real time in Unix milliseconds, for what Discord and AWS measure.
pub fn real_ms() -> i64 {
    Utc::now().timestamp_millis()
}

/// Whether `base` is this machine: the only place whose clock may be followed.
pub fn is_loopback(base: &Url) -> bool {
    let host = base
        .host_str()
        .unwrap_or_default()
        .trim_start_matches('[')
        .trim_end_matches(']');
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
