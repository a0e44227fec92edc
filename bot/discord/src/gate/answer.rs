//! What goes back to the caller: Discord's answer with the headers that matter, or the gate's own words where
//! there is none. Reads what a 429 says; decides nothing.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use twilight_http_ratelimiting::RateLimitHeaders;

/// The response header that says what became of a request that did not succeed: `unknown` or `not-sent`.
pub const OUTCOME_HEADER: &str = "x-gate-outcome";

/// JSON error codes of the gate's own answers: the only part of an answer's meaning that serenity's error keeps.
/// Negative, so that Discord never uses them.
pub(super) const CODE_UNKNOWN: isize = -1_001;
/// See [`CODE_UNKNOWN`].
pub(super) const CODE_NOT_SENT: isize = -1_002;

/// What is known of a request that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Discord may have done it.
    Unknown,
    /// Discord did not do it.
    NotSent,
}

impl Outcome {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::NotSent => "not-sent",
        }
    }

    fn code(self) -> isize {
        match self {
            Self::Unknown => CODE_UNKNOWN,
            Self::NotSent => CODE_NOT_SENT,
        }
    }
}

/// A whole answer of the upstream.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// What the body of an error says.
#[derive(Debug, Default, Deserialize)]
struct ErrorBody {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    global: bool,
    retry_after: Option<f64>,
}

/// What a 429 asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SlowDown {
    pub(super) retry_after: Duration,
    /// It concerns every route, not this bucket alone.
    pub(super) global: bool,
}

impl Answer {
    /// Discord's own error code, 0 if the body holds none.
    pub(super) fn error_code(&self) -> i64 {
        self.error_body().unwrap_or_default().code
    }

    /// What this 429 asks for.
    pub(super) fn slow_down(&self) -> SlowDown {
        let body = self.error_body();
        // A page instead of JSON comes from the network in front of Discord, and means the whole address.
        let global = body.as_ref().is_none_or(|body| body.global)
            || self.headers.contains_key("x-ratelimit-global")
            || self.text(RateLimitHeaders::SCOPE) == Some("global");
        let seconds = body
            .and_then(|body| body.retry_after)
            .or_else(|| self.number(RETRY_AFTER.as_str()))
            .or_else(|| self.number(RateLimitHeaders::RESET_AFTER))
            .unwrap_or(1.0);
        // Never at once: an upstream that says 0 would be asked in a tight loop.
        SlowDown {
            retry_after: duration(seconds).max(Duration::from_millis(50)),
            global,
        }
    }

    /// The bucket as the limiter wants it; after a 429 it is empty until then, whatever the headers say.
    pub(super) fn bucket(&self) -> Option<RateLimitHeaders> {
        let bucket = self.headers.get(RateLimitHeaders::BUCKET)?.as_bytes().to_vec();
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            let slow_down = self.slow_down();
            let reset_at = Instant::now() + slow_down.retry_after;
            return (!slow_down.global).then_some(RateLimitHeaders {
                bucket,
                limit: 0,
                remaining: 0,
                reset_at,
            });
        }
        Some(RateLimitHeaders {
            bucket,
            limit: self.text(RateLimitHeaders::LIMIT)?.parse().ok()?,
            remaining: self.text(RateLimitHeaders::REMAINING)?.parse().ok()?,
            reset_at: Instant::now() + duration(self.number(RateLimitHeaders::RESET_AFTER)?),
        })
    }

    /// Success without a body.
    pub(super) fn no_content() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// The gate's own answer where Discord gave none, in the form of Discord's errors so that serenity can read it.
    pub(super) fn own(status: StatusCode, outcome: Outcome, message: &str) -> Self {
        let body = json!({ "code": outcome.code(), "message": message });
        Self::json(status, &body)
    }

    /// The gate's own 429: the wait would have been too long.
    pub(super) fn busy() -> Self {
        let body = json!({
            "code": CODE_NOT_SENT,
            "message": "The limits leave no room for this request in time; nothing was sent.",
            "retry_after": 1.0,
            "global": false,
        });
        let mut answer = Self::json(StatusCode::TOO_MANY_REQUESTS, &body);
        answer.headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        answer
    }

    fn json(status: StatusCode, body: &serde_json::Value) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Self {
            status,
            headers,
            body: body.to_string().into(),
        }
    }

    /// As it goes to the caller. Only known headers pass: a `location`, for one, would be followed.
    pub(super) fn into_response(self, outcome: Option<Outcome>) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        for (name, value) in &self.headers {
            if passes_back(name) {
                response.headers_mut().append(name.clone(), value.clone());
            }
        }
        if let Some(outcome) = outcome {
            response
                .headers_mut()
                .insert(OUTCOME_HEADER, HeaderValue::from_static(outcome.label()));
        }
        response
    }

    fn error_body(&self) -> Option<ErrorBody> {
        serde_json::from_slice(&self.body).ok()
    }

    fn text(&self, header: &str) -> Option<&str> {
        self.headers.get(header)?.to_str().ok()
    }

    fn number(&self, header: &str) -> Option<f64> {
        self.text(header)?.trim().parse().ok()
    }
}

fn passes_back(name: &HeaderName) -> bool {
    *name == CONTENT_TYPE || *name == RETRY_AFTER || name.as_str().starts_with("x-ratelimit-")
}

/// Seconds as an upstream states them: anything but a sensible number is 1 s, and none is longer than a day.
fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds)
        .unwrap_or(Duration::from_secs(1))
        .min(Duration::from_hours(24))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect(),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn a_429_says_how_long_and_for_whom() {
        let slow = |headers: &[_], body| answer(429, headers, body).slow_down();
        let millis = Duration::from_millis;
        let local = slow(&[("retry-after", "2")], r#"{"retry_after":1.25,"global":false}"#);
        assert_eq!(
            local,
            SlowDown {
                retry_after: millis(1_250),
                global: false
            }
        );
        assert!(slow(&[], r#"{"retry_after":1,"global":true}"#).global);
        assert!(slow(&[("x-ratelimit-scope", "global")], "{}").global);
        let page = slow(&[("retry-after", "40")], "<html>banned</html>");
        assert_eq!(
            page,
            SlowDown {
                retry_after: millis(40_000),
                global: true
            }
        );
        assert_eq!(slow(&[], "{}").retry_after, millis(1_000));
    }

    #[test]
    fn absurd_waits_do_not_break_or_stop_the_gate() {
        for (seconds, expected) in [("-5", 1), ("NaN", 1), ("1e300", 1), ("999999999", 86_400)] {
            assert_eq!(
                duration(seconds.parse().unwrap()),
                Duration::from_secs(expected),
                "{seconds}"
            );
        }
        let at_once = answer(429, &[], r#"{"retry_after":0}"#).slow_down();
        assert!(at_once.retry_after > Duration::ZERO);
    }

    #[test]
    fn bucket_headers_reach_the_limiter_only_when_whole() {
        let whole = [
            ("x-ratelimit-bucket", "abc"),
            ("x-ratelimit-limit", "5"),
            ("x-ratelimit-remaining", "4"),
            ("x-ratelimit-reset-after", "0.5"),
        ];
        let bucket = answer(200, &whole, "").bucket().unwrap();
        assert_eq!((bucket.limit, bucket.remaining), (5, 4));
        for missing in 0..whole.len() {
            let mut part = whole.to_vec();
            part.remove(missing);
            assert!(answer(200, &part, "").bucket().is_none());
        }
        assert_eq!(
            answer(429, &whole, r#"{"retry_after":1}"#)
                .bucket()
                .unwrap()
                .remaining,
            0
        );
        assert!(
            answer(429, &whole, r#"{"retry_after":1,"global":true}"#)
                .bucket()
                .is_none()
        );
    }

    #[test]
    fn a_location_never_reaches_the_caller() {
        let response = answer(
            307,
            &[("location", "https://example.com"), ("content-type", "text/html")],
            "",
        );
        let response = response.into_response(Some(Outcome::Unknown));
        assert!(!response.headers().contains_key("location"));
        assert_eq!(response.headers()[OUTCOME_HEADER], "unknown");
    }
}
