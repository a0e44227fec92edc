//! Discord's rate limits as a bot meets them: 50 requests a second in all, and a bucket for each route
//! and channel. Discord does not publish the buckets' sizes; these are the common ones.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::http::Method;

const GLOBAL_A_SECOND: u32 = 50;
/// Above this many buckets the idle ones are forgotten.
const MANY_BUCKETS: usize = 4_096;

/// A limit: so many requests in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limit {
    requests: u32,
    window: Duration,
}

const fn limit(requests: u32, seconds: u64) -> Limit {
    Limit {
        requests,
        window: Duration::from_secs(seconds),
    }
}

/// A window in progress.
#[derive(Debug, Clone, Copy)]
struct Window {
    since: Instant,
    used: u32,
}

/// Where a bucket stands after a request, for the `X-RateLimit-*` headers.
#[derive(Debug, Clone)]
pub struct Standing {
    pub bucket: String,
    pub limit: u32,
    pub remaining: u32,
    pub reset_after: Duration,
}

/// A request too many.
#[derive(Debug, Clone)]
pub struct TooMany {
    pub retry_after: Duration,
    /// None where the limit of all requests together was hit.
    pub standing: Option<Standing>,
}

#[derive(Debug, Default)]
struct Windows {
    global: Option<Window>,
    buckets: HashMap<String, (Window, Limit)>,
}

/// All windows.
#[derive(Debug, Default)]
pub struct Limiter(Mutex<Windows>);

impl Limiter {
    /// Counts a request; `None` for routes without limits.
    pub fn count(
        &self,
        method: &Method,
        segments: &[&str],
        now: Instant,
    ) -> Result<Option<Standing>, TooMany> {
        if is_exempt(segments) {
            return Ok(None);
        }
        let (bucket, limit) = bucket(method, segments);
        let name = public_name(method, segments);
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let windows = &mut *windows;
        if windows.buckets.len() > MANY_BUCKETS {
            windows
                .buckets
                .retain(|_, (window, limit)| now.duration_since(window.since) < limit.window);
        }
        // A token in the path marks a request that belongs to an interaction, which the global limit spares.
        if segments.first() != Some(&"webhooks") {
            let global = windows.global.get_or_insert(Window { since: now, used: 0 });
            let left = take(
                global,
                Limit {
                    requests: GLOBAL_A_SECOND,
                    window: Duration::from_secs(1),
                },
                now,
            );
            left.map_err(|retry_after| TooMany {
                retry_after,
                standing: None,
            })?;
        }
        let (window, limit) = windows
            .buckets
            .entry(bucket)
            .or_insert((Window { since: now, used: 0 }, limit));
        let taken = take(window, *limit, now);
        let standing = Standing {
            bucket: name,
            limit: limit.requests,
            remaining: limit.requests - window.used,
            reset_after: (window.since + limit.window).saturating_duration_since(now),
        };
        match taken {
            Ok(()) => Ok(Some(standing)),
            Err(retry_after) => Err(TooMany {
                retry_after,
                standing: Some(standing),
            }),
        }
    }
}

/// Takes one request from a window, or says how long to wait for the next.
fn take(window: &mut Window, limit: Limit, now: Instant) -> Result<(), Duration> {
    if now.saturating_duration_since(window.since) >= limit.window {
        *window = Window { since: now, used: 0 };
    }
    if window.used == limit.requests {
        return Err((window.since + limit.window).saturating_duration_since(now));
    }
    window.used += 1;
    Ok(())
}

fn is_exempt(segments: &[&str]) -> bool {
    matches!(segments, ["interactions" | "gateway", ..])
}

/// The bucket a request falls into: its route with the channel, guild or token it is about.
fn bucket(method: &Method, segments: &[&str]) -> (String, Limit) {
    let post = method == Method::POST;
    let limit = match segments {
        ["channels", _, "messages"] if post => limit(5, 5),
        ["channels", _, "messages", _] if method == Method::PATCH || method == Method::DELETE => limit(5, 5),
        ["channels", _, "messages", _, "reactions", ..] => limit(4, 1),
        ["channels", _, "messages", _, "threads"] | ["channels", _, "threads"] => limit(10, 10),
        ["channels", _] if method == Method::PATCH => limit(5, 10),
        ["webhooks", ..] => limit(5, 2),
        ["applications", ..] => limit(20, 20),
        _ => limit(10, 1),
    };
    let route: Vec<&str> = segments
        .iter()
        .enumerate()
        .map(|(at, part)| if is_minor(segments, at) { "*" } else { part })
        .collect();
    (format!("{method} {}", route.join("/")), limit)
}

/// A bucket's name as the headers tell it: an opaque mark of the route, the same for every channel.
fn public_name(method: &Method, segments: &[&str]) -> String {
    let mut hasher = DefaultHasher::new();
    method.as_str().hash(&mut hasher);
    for part in segments.iter().take(if segments.first() == Some(&"webhooks") {
        1
    } else {
        segments.len()
    }) {
        if !part.bytes().all(|byte| byte.is_ascii_digit()) {
            part.hash(&mut hasher);
        }
    }
    format!("{:016x}", hasher.finish())
}

/// Whether a segment is an id that does not divide a route into buckets.
fn is_minor(segments: &[&str], at: usize) -> bool {
    // Below a token all that follows is the message.
    if segments[0] == "webhooks" {
        at >= 4
    } else {
        at >= 2 && segments[at].bytes().all(|byte| byte.is_ascii_digit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sixth_message_in_five_seconds_waits_and_other_channels_do_not() {
        let limiter = Limiter::default();
        let start = Instant::now();
        let post = |channel, at| limiter.count(&Method::POST, &["channels", channel, "messages"], at);
        for left in (0..5).rev() {
            assert_eq!(post("1", start).unwrap().unwrap().remaining, left);
        }
        let refused = post("1", start + Duration::from_secs(2)).unwrap_err();
        assert_eq!(refused.retry_after, Duration::from_secs(3));
        assert!(refused.standing.is_some());
        assert!(post("2", start).is_ok());
        assert!(post("1", start + Duration::from_secs(5)).is_ok());
    }

    #[test]
    fn the_fifty_first_request_in_a_second_is_refused_for_all_but_interactions() {
        let limiter = Limiter::default();
        let now = Instant::now();
        for channel in 0..50 {
            limiter
                .count(&Method::GET, &["channels", &channel.to_string()], now)
                .unwrap();
        }
        let refused = limiter.count(&Method::GET, &["users", "@me"], now).unwrap_err();
        assert!(refused.standing.is_none());
        assert!(
            limiter
                .count(&Method::POST, &["interactions", "1", "token", "callback"], now)
                .is_ok()
        );
        assert!(
            limiter
                .count(&Method::POST, &["webhooks", "1", "token"], now)
                .is_ok()
        );
    }
}
