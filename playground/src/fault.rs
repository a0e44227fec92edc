//! Trouble on demand: errors and delays on the REST side, and the answer that gets lost. Trouble on
//! the gateway is the hub's.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rand::Rng;
use serde::Deserialize;

/// What `POST /api/fault` asks for on the REST side.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestFault {
    /// Any 4xx or 5xx; the work is then not done.
    pub status: Option<u16>,
    /// The share of requests it hits; all without it.
    pub rate: Option<f64>,
    /// A wait before the work, or before the error.
    #[serde(default)]
    pub delay_ms: u64,
    /// Real seconds until it is over; for ever without it.
    #[serde(rename = "for")]
    pub seconds: Option<f64>,
}

#[derive(Debug, Default)]
struct Armed {
    rest: Option<(RestFault, Option<Instant>)>,
    drop_after_commit: bool,
}

/// The faults in force.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Armed>);

/// What one request has to suffer.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Suffering {
    pub delay: Duration,
    pub status: Option<u16>,
}

impl Faults {
    fn armed(&self) -> MutexGuard<'_, Armed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn clear(&self) {
        *self.armed() = Armed::default();
    }

    /// Puts a fault in force, or says what is wrong with it.
    pub fn arm(&self, fault: RestFault) -> Result<(), &'static str> {
        if fault.status.is_some_and(|status| !(400..600).contains(&status)) {
            return Err("`status` must be an HTTP error, 400 to 599.");
        }
        if fault.rate.is_some_and(|rate| !(0.0..=1.0).contains(&rate)) {
            return Err("`rate` is a share between 0 and 1.");
        }
        let until = match fault.seconds.map(Duration::try_from_secs_f64) {
            Some(Ok(length)) => Instant::now().checked_add(length),
            Some(Err(_)) => return Err("`for` is a number of seconds, zero or more."),
            None => None,
        };
        self.armed().rest = Some((fault, until));
        Ok(())
    }

    pub fn arm_lost_answer(&self) {
        self.armed().drop_after_commit = true;
    }

    /// Whether the answer to the message just posted gets lost; true once.
    pub fn takes_answer(&self) -> bool {
        std::mem::take(&mut self.armed().drop_after_commit)
    }

    pub fn strike(&self) -> Suffering {
        let mut armed = self.armed();
        let Some((fault, until)) = &armed.rest else {
            return Suffering::default();
        };
        if until.is_some_and(|until| Instant::now() >= until) {
            armed.rest = None;
            return Suffering::default();
        }
        let hit = fault.rate.is_none_or(|rate| rand::rng().random_bool(rate));
        if !hit {
            return Suffering::default();
        }
        Suffering {
            delay: Duration::from_millis(fault.delay_ms),
            status: fault.status,
        }
    }
}
