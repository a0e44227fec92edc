//! The REST gate: a forwarder inside the process, on loopback, through which every call to Discord's REST goes.
//! Here: starting and stopping it, its settings, and the serenity client that uses it. Routes, limits, retries
//! and the classes of failure are in the modules below; the gateway (the WebSocket) does not pass through here.
//!
//! serenity can be pointed at another Discord only while its own rate limiter is off, so limits, retries and
//! metrics live here, and tests, the playground and production share one path:
//!
//! ```text
//! serenity ──http──▶ Gate (127.0.0.1) ──▶ upstream: https://discord.com, or DISCORD_API_BASE
//! answers ──────────────▲ Direct
//! ```
//!
//! The first answer to an interaction is most of what a bot sends, and is waited for: it enters the gate by a call
//! ([`Direct`]) rather than over a second socket, and is treated there as any other request.
//!
//! | request | limits | retried after a 5xx or a lost answer |
//! |---|---|---|
//! | `POST interactions/{id}/{token}/callback` | none | while it can still arrive within Discord's 3 s |
//! | `webhooks/{id}/{token}…` (follow-ups) | its token's bucket | unless POST |
//! | everything else | its route's bucket and the global limit | unless POST |
//!
//! A POST may have been done although its answer was lost; it is never repeated here. The caller learns what is
//! known through [`classify`]. A request that provably was not sent (no connection, a 429) is tried again for
//! every method, within bounds.

mod answer;
mod causes;
mod delivery;
mod direct;
mod forward;
mod limits;
mod route;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use reqwest::Url;
use serenity::http::HttpBuilder;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use answer::OUTCOME_HEADER;
pub use causes::Causes;
pub use delivery::{Delivery, classify};
pub use direct::{Direct, Refused};

use forward::Forwarder;

/// How the gate behaves. [`GateSettings::new`] gives Discord's own numbers; tests shrink the times.
#[derive(Debug, Clone)]
pub struct GateSettings {
    /// Where requests go, and the only place they can go: scheme, host and port, without a path.
    pub upstream: Url,
    /// The longest one attempt may take, from connecting to the last byte of the answer.
    pub request_timeout: Duration,
    /// The longest a request may wait for limits before it is handed back as a 429.
    pub wait_limit: Duration,
    /// From a callback's arrival, the last moment at which another attempt may begin.
    pub callback_window: Duration,
    /// Attempts at a request that may be repeated (429s do not count: they are bounded by `wait_limit`).
    pub tries: u32,
    /// The pause before the first repeat; it doubles each time, and is jittered down to half.
    pub backoff: Duration,
    /// Requests a second over all routes; Discord grants 50.
    pub global_per_second: u16,
    /// The largest request body in bytes; Discord takes 25 MiB.
    pub max_body: usize,
    /// Cancelling this stops the gate, as dropping it does.
    pub stop: CancellationToken,
}

impl GateSettings {
    /// Discord's limits, towards this upstream.
    pub fn new(upstream: Url) -> Self {
        Self {
            upstream,
            request_timeout: Duration::from_secs(10),
            wait_limit: Duration::from_secs(30),
            callback_window: Duration::from_millis(2_800),
            tries: 4,
            backoff: Duration::from_millis(200),
            global_per_second: 50,
            max_body: 26 * 1024 * 1024,
            stop: CancellationToken::new(),
        }
    }

    /// How long a caller must be ready to wait for the gate's answer.
    fn longest_answer(&self) -> Duration {
        self.wait_limit + (self.request_timeout + self.backoff * 16) * self.tries
    }
}

/// Why the gate could not start.
#[derive(Debug, Error)]
pub enum GateError {
    /// The upstream address can't be forwarded to.
    #[error("{url} can't be Discord's address: {why}")]
    Upstream {
        /// The address as given, without a password it may have held.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Some number must not be zero.
    #[error("the gate's {0} must be more than zero")]
    Zero(&'static str),
    /// No port on loopback could be opened.
    #[error("the REST gate could not listen on loopback")]
    Listen(#[source] std::io::Error),
    /// The HTTP client towards Discord could not be built.
    #[error("the REST gate's HTTP client could not be built")]
    Client(#[source] reqwest::Error),
}

/// The running gate. It stops when dropped, or when [`GateSettings::stop`] is cancelled.
#[derive(Debug)]
pub struct Gate {
    address: SocketAddr,
    longest_answer: Duration,
    stop: CancellationToken,
    server: Option<JoinHandle<()>>,
    forwarder: Arc<Forwarder>,
}

impl Gate {
    /// Opens a port on loopback and forwards from it to the upstream.
    pub async fn start(settings: GateSettings) -> Result<Self, GateError> {
        check(&settings)?;
        let stop = settings.stop.child_token();
        let longest_answer = settings.longest_answer();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(GateError::Listen)?;
        let address = listener.local_addr().map_err(GateError::Listen)?;
        // Without this, small answers may wait 40 ms for the kernel to fill a packet.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY could not be set");
            }
        });
        let forwarder = Arc::new(Forwarder::new(settings).map_err(GateError::Client)?);
        let router = axum::Router::new()
            .fallback(forward::handle)
            .with_state(Arc::clone(&forwarder));
        let stopped = stop.clone().cancelled_owned();
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router)
                .with_graceful_shutdown(stopped)
                .await
            {
                tracing::error!(%error, "the REST gate stopped");
            }
        });
        Ok(Self {
            address,
            longest_answer,
            stop,
            server: Some(server),
            forwarder,
        })
    }

    /// Where the gate listens, e.g. `http://127.0.0.1:41234`: what serenity's `proxy` wants.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A serenity client that goes through this gate: its own limiter off, no system proxy in between (else calls
    /// to loopback could leave the machine), no redirects, and patient enough for the gate's waits.
    pub fn serenity(&self, token: &str) -> Result<HttpBuilder, GateError> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(self.longest_answer)
            .build()
            .map_err(GateError::Client)?;
        Ok(HttpBuilder::new(token)
            .client(client)
            .proxy(self.url())
            .ratelimiter_disabled(true))
    }

    /// The way through this gate for who is in the same process and needs no socket.
    pub fn direct(&self) -> Direct {
        Direct::new(Arc::clone(&self.forwarder))
    }

    /// Stops taking requests and waits until those under way have been answered.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(server) = self.server.take()
            && let Err(error) = server.await
        {
            tracing::error!(%error, "the REST gate did not stop cleanly");
        }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn check(settings: &GateSettings) -> Result<(), GateError> {
    let url = &settings.upstream;
    let why = if !matches!(url.scheme(), "http" | "https") {
        "it must begin with http:// or https://"
    } else if url.host().is_none() {
        "it names no host"
    } else if !url.username().is_empty() || url.password().is_some() {
        "it must not hold a user name or password"
    } else if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        "give scheme, host and port only, without a path"
    } else if settings.global_per_second == 0 {
        return Err(GateError::Zero("global_per_second"));
    } else if settings.tries == 0 {
        return Err(GateError::Zero("tries"));
    } else {
        return Ok(());
    };
    let mut shown = url.clone();
    // Fails only for addresses that cannot hold credentials at all.
    let _ = shown.set_password(None);
    Err(GateError::Upstream {
        url: shown.into(),
        why,
    })
}

/// Whether this address can only be reached on this machine.
fn is_loopback(url: &Url) -> bool {
    // An IPv6 host stands in brackets.
    let host = url
        .host_str()
        .unwrap_or_default()
        .trim_start_matches('[')
        .trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_machine_count_as_loopback() {
        for (url, expected) in [
            ("http://127.0.0.1:4000", true),
            ("http://127.8.9.1", true),
            ("http://[::1]:4000", true),
            ("http://localhost:4000", true),
            ("https://discord.com", false),
            ("http://10.0.0.1", false),
            ("http://localhost.example", false),
        ] {
            assert_eq!(is_loopback(&url.parse().unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn an_upstream_with_more_than_scheme_host_and_port_is_refused_without_showing_its_password() {
        for url in [
            "ftp://discord.com",
            "http://me:secret@host",
            "https://discord.com/api",
            "http://host/?a=b",
            "data:x",
        ] {
            let error = check(&GateSettings::new(url.parse().unwrap()))
                .unwrap_err()
                .to_string();
            assert!(!error.contains("secret"), "{error}");
        }
        assert!(check(&GateSettings::new("https://discord.com".parse().unwrap())).is_ok());
    }
}
