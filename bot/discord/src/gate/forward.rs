//! One request's way through the gate: checked, sent when its turn comes, repeated where that is safe, answered.
//! How long to wait is decided in `limits`, what a path means in `route`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use metrics::{counter, histogram};
use reqwest::Url;
use tokio::time::{Instant, sleep};
use twilight_http_ratelimiting::Endpoint;

use super::answer::{Answer, Outcome};
use super::causes::Causes;
use super::limits::{Limits, TooBusy};
use super::route::{Class, Route};
use super::{GateSettings, is_loopback};

/// The most of an answer that is read, in bytes; the largest Discord gives are a few MiB.
const MAX_ANSWER: usize = 32 * 1024 * 1024;

const AUDIT_LOG_REASON: HeaderName = HeaderName::from_static("x-audit-log-reason");

/// What all requests share.
#[derive(Debug)]
pub(super) struct Forwarder {
    settings: GateSettings,
    client: reqwest::Client,
    limits: Limits,
}

/// A request that passed the checks.
pub(super) struct Call {
    method: Method,
    target: Url,
    headers: HeaderMap,
    body: Bytes,
    route: Route,
    endpoint: Endpoint,
}

/// How one attempt ended.
enum Attempt {
    Answered(Answer),
    /// It was sent, but no whole answer came back.
    Lost(reqwest::Error),
    /// No connection came about.
    NotSent(reqwest::Error),
}

/// What has happened to a call so far.
struct Progress {
    arrived: Instant,
    /// No attempt begins, and no wait ends, after this.
    deadline: Instant,
    tries: u32,
    /// An earlier attempt may have been done without our seeing its success.
    maybe_done: bool,
}

/// Every request the gate receives.
pub(super) async fn handle(State(forwarder): State<Arc<Forwarder>>, request: Request) -> Response {
    match forwarder.accept(request).await {
        Ok(call) => {
            let (answer, outcome) = forwarder.run(call).await;
            answer.into_response(outcome)
        }
        Err((status, why)) => {
            counter!("discord_gate_refused_total").increment(1);
            tracing::warn!(status = status.as_u16(), why, "the gate refused a request");
            Answer::own(status, Outcome::NotSent, why).into_response(Some(Outcome::NotSent))
        }
    }
}

impl Forwarder {
    pub(super) fn new(settings: GateSettings) -> Result<Self, reqwest::Error> {
        let mut client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(settings.request_timeout)
            // A callback has three seconds in all: a network that swallows packets must show in less.
            .connect_timeout(settings.request_timeout.min(Duration::from_millis(2_500)));
        if is_loopback(&settings.upstream) {
            // A system proxy would carry the request, and the token, off this machine.
            client = client.no_proxy();
        }
        let limits = Limits::new(settings.global_per_second);
        Ok(Self {
            client: client.build()?,
            limits,
            settings,
        })
    }

    pub(super) async fn accept(&self, request: Request) -> Result<Call, (StatusCode, &'static str)> {
        let (parts, body) = request.into_parts();
        let mut target = self.settings.upstream.clone();
        target.set_path(parts.uri.path());
        target.set_query(parts.uri.query());
        // Read from the target, where dot segments have been resolved: what is checked is what is sent.
        let route = Route::parse(target.path())
            .ok_or((StatusCode::NOT_FOUND, "Only paths under /api/ are forwarded."))?;
        let endpoint = route.endpoint(&parts.method).ok_or((
            StatusCode::METHOD_NOT_ALLOWED,
            "Discord's REST has no such method.",
        ))?;
        let body = to_bytes(body, self.settings.max_body).await.map_err(|_| {
            (
                StatusCode::PAYLOAD_TOO_LARGE,
                "The request is larger than Discord takes.",
            )
        })?;
        let mut headers = HeaderMap::new();
        for name in [AUTHORIZATION, USER_AGENT, CONTENT_TYPE, AUDIT_LOG_REASON] {
            if let Some(value) = parts.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        Ok(Call {
            method: parts.method,
            target,
            headers,
            body,
            route,
            endpoint,
        })
    }

    pub(super) async fn run(&self, call: Call) -> (Answer, Option<Outcome>) {
        let arrived = Instant::now();
        let patience = match call.route.class {
            Class::Callback => self.settings.callback_window,
            Class::Webhook | Class::Api => self.settings.wait_limit,
        };
        let mut progress = Progress {
            arrived,
            deadline: arrived + patience,
            tries: 0,
            maybe_done: false,
        };
        let (answer, outcome) = self.settle(&call, &mut progress).await;
        let route = call.route.template.as_str();
        tracing::debug!(
            method = %call.method,
            route,
            status = answer.status.as_u16(),
            outcome = outcome.map(Outcome::label),
            tries = progress.tries,
            took_ms = arrived.elapsed().as_millis() as u64,
            "Discord REST",
        );
        counter!(
            "discord_requests_total",
            "method" => call.method.to_string(),
            "route" => call.route.template.clone(),
            "status" => answer.status.as_str().to_owned(),
        )
        .increment(1);
        (answer, outcome)
    }

    /// Attempts until there is an answer to give.
    async fn settle(&self, call: &Call, progress: &mut Progress) -> (Answer, Option<Outcome>) {
        loop {
            let attempt = match self.attempt_in_turn(call, progress).await {
                Ok(attempt) => attempt,
                Err(TooBusy) if progress.maybe_done => return lost_then_limited(),
                Err(TooBusy) => return (Answer::busy(), Some(Outcome::NotSent)),
            };
            let reason = match &attempt {
                Attempt::Answered(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => {
                    if self.wait_as_asked(call, answer, progress).await {
                        "429"
                    } else {
                        return conclude(call, attempt, progress);
                    }
                }
                Attempt::Answered(answer) if answer.status.is_server_error() => {
                    progress.maybe_done = true;
                    "5xx"
                }
                Attempt::Answered(_) => return conclude(call, attempt, progress),
                Attempt::Lost(_) => {
                    progress.maybe_done = true;
                    "lost"
                }
                Attempt::NotSent(_) => "unreachable",
            };
            if reason != "429" && !self.back_off(call, &attempt, progress).await {
                return conclude(call, attempt, progress);
            }
            counter!(
                "discord_request_retries_total",
                "route" => call.route.template.clone(),
                "reason" => reason,
            )
            .increment(1);
        }
    }

    /// Waits for the limits, sends once, and tells the limiter what came back.
    async fn attempt_in_turn(&self, call: &Call, progress: &mut Progress) -> Result<Attempt, TooBusy> {
        let permit = match call.route.class {
            Class::Callback => None,
            class => {
                let asked = Instant::now();
                let turn = self
                    .limits
                    .turn(call.endpoint.clone(), class, progress.deadline)
                    .await;
                histogram!("discord_limit_wait_seconds").record(asked.elapsed().as_secs_f64());
                Some(turn.inspect_err(|TooBusy| counter!("discord_limit_refused_total").increment(1))?)
            }
        };
        progress.tries += 1;
        let attempt = match self.send(call).await {
            Ok(answer) => Attempt::Answered(answer),
            Err(error) if error.is_connect() => Attempt::NotSent(error.without_url()),
            Err(error) => Attempt::Lost(error.without_url()),
        };
        if let Some(permit) = permit {
            permit.complete(match &attempt {
                Attempt::Answered(answer) => answer.bucket(),
                // Completed all the same: a request that may have arrived has used its place.
                Attempt::Lost(_) | Attempt::NotSent(_) => None,
            });
        }
        Ok(attempt)
    }

    async fn send(&self, call: &Call) -> Result<Answer, reqwest::Error> {
        let mut request = self
            .client
            .request(call.method.clone(), call.target.clone())
            .headers(call.headers.clone());
        if !call.body.is_empty() {
            request = request.body(call.body.clone());
        } else if call.method != Method::GET {
            // Left out for an empty body otherwise, and Discord wants it.
            request = request.header(CONTENT_LENGTH, 0);
        }
        let mut response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_ANSWER {
                tracing::warn!(route = call.route.template, "an answer was too large to pass on");
                let message = "Discord's answer was too large to pass on.";
                return Ok(Answer::own(StatusCode::BAD_GATEWAY, Outcome::Unknown, message));
            }
            body.extend_from_slice(&chunk);
        }
        if status.is_redirection() {
            tracing::warn!(
                route = call.route.template,
                "Discord answered with a redirect, which is not followed"
            );
            let message = "Discord answered with a redirect; it was not followed.";
            return Ok(Answer::own(StatusCode::BAD_GATEWAY, Outcome::Unknown, message));
        }
        Ok(Answer {
            status,
            headers,
            body: body.freeze(),
        })
    }

    /// After a 429: waits as long as it says; false if that is longer than the caller can wait.
    async fn wait_as_asked(&self, call: &Call, answer: &Answer, progress: &mut Progress) -> bool {
        let slow_down = answer.slow_down();
        let until = Instant::now() + slow_down.retry_after;
        // It was told to come again; that is no failed try.
        progress.tries -= 1;
        let scope = if slow_down.global { "global" } else { "bucket" };
        counter!("discord_limited_total", "scope" => scope).increment(1);
        tracing::info!(
            route = call.route.template,
            scope,
            wait_ms = slow_down.retry_after.as_millis() as u64,
            "Discord asks to slow down",
        );
        if slow_down.global {
            self.limits.hold_until(until);
        }
        let in_time = until <= progress.deadline;
        if in_time {
            sleep(slow_down.retry_after).await;
        }
        in_time
    }

    /// Waits before another attempt; false if there must be none.
    async fn back_off(&self, call: &Call, failed: &Attempt, progress: &Progress) -> bool {
        let safe = matches!(failed, Attempt::NotSent(_)) || call.method != Method::POST;
        let pause = match call.route.class {
            // Answering twice is harmless (40060), answering late is useless: quick, and as often as time allows.
            Class::Callback => self.settings.backoff / 2,
            Class::Webhook | Class::Api if safe && progress.tries < self.settings.tries => {
                self.settings.backoff * 2_u32.saturating_pow(progress.tries.saturating_sub(1).min(4))
            }
            Class::Webhook | Class::Api => return false,
        };
        let pause = pause.mul_f64(rand::random_range(0.5..=1.0));
        let in_time = Instant::now() + pause <= progress.deadline;
        if in_time {
            sleep(pause).await;
        }
        in_time
    }
}

/// Interaction has already been acknowledged.
const ALREADY_ACKNOWLEDGED: i64 = 40_060;

/// The last attempt's end, as the caller is told it.
fn conclude(call: &Call, attempt: Attempt, progress: &Progress) -> (Answer, Option<Outcome>) {
    let (status, outcome, message) = match attempt {
        Attempt::Answered(answer) => {
            let acknowledged = call.route.class == Class::Callback
                && progress.maybe_done
                && answer.status.is_client_error()
                && answer.error_code() == ALREADY_ACKNOWLEDGED;
            if acknowledged {
                // An attempt whose answer was lost had arrived after all.
                return (Answer::no_content(), None);
            }
            let outcome = match answer.status {
                StatusCode::TOO_MANY_REQUESTS if progress.maybe_done => return lost_then_limited(),
                StatusCode::TOO_MANY_REQUESTS => Some(Outcome::NotSent),
                status if status.is_server_error() => Some(Outcome::Unknown),
                _ => None,
            };
            return (answer, outcome);
        }
        Attempt::Lost(error) => {
            tracing::warn!(route = call.route.template, error = %Causes(&error), "Discord's answer was lost");
            let status = if error.is_timeout() {
                StatusCode::GATEWAY_TIMEOUT
            } else {
                StatusCode::BAD_GATEWAY
            };
            (
                status,
                Outcome::Unknown,
                "Discord's answer was lost; the request may have been done.",
            )
        }
        Attempt::NotSent(error) => {
            let waited_ms = progress.arrived.elapsed().as_millis() as u64;
            tracing::warn!(route = call.route.template, error = %Causes(&error), waited_ms, "Discord can't be reached");
            if progress.maybe_done {
                let message = "An attempt's answer was lost, then Discord could not be reached.";
                (StatusCode::BAD_GATEWAY, Outcome::Unknown, message)
            } else {
                (
                    StatusCode::BAD_GATEWAY,
                    Outcome::NotSent,
                    "Discord can't be reached; nothing was sent.",
                )
            }
        }
    };
    (Answer::own(status, outcome, message), Some(outcome))
}

/// Nobody knows what became of one attempt, and another could not be made.
fn lost_then_limited() -> (Answer, Option<Outcome>) {
    let message = "An attempt's answer was lost, and the limits left no room for another.";
    (
        Answer::own(StatusCode::BAD_GATEWAY, Outcome::Unknown, message),
        Some(Outcome::Unknown),
    )
}
