//! Trouble on demand. `POST /api/fault` takes any of these together; `{}` makes everything well again.
//!
//! - `{"rest":{"status":500,"rate":0.3,"delay_ms":200,"for":20}}`: requests fail or are slow; see [`RestFault`].
//! - `{"drop_after_commit":true}`: the next message posted is there, its answer lost.
//!   `{"drop_after_commit":"thread"}`: the same for the next thread opened, alone or on a message.
//! - `{"repeat":true}`: the next command, press or form is delivered twice, with the same id and token.
//!   An autocompletion goes by unrepeated.
//! - `{"again":true}`: the last of these that was delivered comes once more, now: late, or to a bot that restarted.
//! - `{"gateway":"disconnect"}`: all sockets are closed; sessions can be resumed. `"reconnect"`: the bot is
//!   asked to reconnect and resume (op 7). `"invalid_session"`: sessions end (op 9), the bot identifies anew.
//!   `"invalid_session_resumable"`: op 9 with `true`: the bot is to reconnect and resume.
//! - `{"gateway":"hang"}`: sockets, open ones and new ones, stay open, but nothing is sent, read or
//!   acknowledged, heartbeats and HELLO included. After `{}` all that has piled up flows.
//!
//! What the REST side suffers is kept here; what happens on the gateway is the hub's.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::http::Method;
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
    lost: BTreeSet<Lost>,
}

/// Whose answer gets lost once its work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lost {
    /// A message posted.
    Message,
    /// A thread opened.
    Thread,
}

impl Lost {
    /// What the answer to a request would be that can get lost.
    pub fn of(method: &Method, segments: &[&str]) -> Option<Self> {
        match segments {
            _ if method != Method::POST => None,
            ["channels", _, "messages"] => Some(Self::Message),
            ["channels", _, "threads"] | ["channels", _, "messages", _, "threads"] => Some(Self::Thread),
            _ => None,
        }
    }
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

    pub fn lose_next(&self, lost: Lost) {
        self.armed().lost.insert(lost);
    }

    /// Whether the answer to what was just done gets lost; true once.
    pub fn takes_answer(&self, to: Lost) -> bool {
        self.armed().lost.remove(&to)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn armed(fault: RestFault) -> Faults {
        let faults = Faults::default();
        faults.arm(fault).unwrap();
        faults
    }

    #[test]
    fn a_fault_strikes_its_share_of_requests() {
        let faults = armed(RestFault {
            status: Some(503),
            rate: Some(0.3),
            delay_ms: 200,
            ..Default::default()
        });
        let struck: Vec<Suffering> = (0..1_000)
            .map(|_| faults.strike())
            .filter(|it| *it != Suffering::default())
            .collect();
        // Twelve standard deviations to either side.
        assert!((130..470).contains(&struck.len()), "{} of 1,000", struck.len());
        assert_eq!(struck[0].status, Some(503));
        assert_eq!(struck[0].delay, Duration::from_millis(200));
    }

    #[test]
    fn a_delay_alone_refuses_nothing_and_a_time_ends() {
        let slow = armed(RestFault {
            delay_ms: 50,
            seconds: Some(60.0),
            ..Default::default()
        });
        assert_eq!(slow.strike().status, None);
        assert_eq!(slow.strike().delay, Duration::from_millis(50));
        let over = armed(RestFault {
            status: Some(500),
            seconds: Some(0.0),
            ..Default::default()
        });
        assert_eq!(over.strike(), Suffering::default());
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (status, rate, seconds) in [
            (Some(200), None, None),
            (None, Some(1.5), None),
            (None, None, Some(-1.0)),
        ] {
            let fault = RestFault {
                status,
                rate,
                seconds,
                ..Default::default()
            };
            assert!(Faults::default().arm(fault.clone()).is_err(), "{fault:?}");
        }
    }
}
