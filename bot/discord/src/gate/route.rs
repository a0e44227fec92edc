//! What a path means: its template (for logs and metrics, where no id and no token may appear), the bucket it is
//! limited by, and its class. No I/O.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::http::Method;
use twilight_http_ratelimiting::{Endpoint, Method as LimitMethod};

/// Which limits apply to a request, and how it may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The answer to an interaction: no limits, three seconds.
    Callback,
    /// Authorised by a token in the path (interaction follow-ups, webhooks): a bucket, but no global limit.
    Webhook,
    /// Everything else: a bucket and the global limit.
    Api,
}

/// A request's route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    /// The path with ids and secrets taken out, e.g. `channels/{id}/messages`.
    pub(super) template: String,
    pub(super) class: Class,
    /// The template with the ids that have buckets of their own (channel, guild, webhook) left in. A token stands
    /// as a number: the limiter logs its paths.
    bucket: String,
}

/// Interaction tokens are many and short-lived, while the limiter never forgets a path. Sharing this many slots
/// bounds its memory; two tokens that meet in one slot merely wait for each other.
const TOKEN_SLOTS: u64 = 4_096;

impl Route {
    /// Reads a path such as `/api/v10/channels/1/messages`; `None` if it is not Discord's REST.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let mut segments: Vec<&str> = path.strip_prefix("/api/")?.split('/').collect();
        if segments.first().is_some_and(|first| is_version(first)) {
            segments.remove(0);
        }
        let mut template = Vec::with_capacity(segments.len());
        let mut bucket = Vec::with_capacity(segments.len());
        for (at, segment) in segments.iter().enumerate() {
            let shown = placeholder(&segments, at).unwrap_or(segment);
            template.push(shown.to_owned());
            bucket.push(match shown {
                "{id}" if at == 1 && matches!(segments[0], "channels" | "guilds" | "webhooks") => {
                    (*segment).to_owned()
                }
                "{token}" => slot(segment).to_string(),
                _ => shown.to_owned(),
            });
        }
        let class = match (segments.first(), segments.get(2), segments.get(3)) {
            (Some(&"interactions"), Some(_), Some(&"callback")) => Class::Callback,
            (Some(&"webhooks"), Some(_), _) => Class::Webhook,
            _ => Class::Api,
        };
        Some(Self {
            template: template.join("/"),
            bucket: bucket.join("/"),
            class,
        })
    }

    /// What the limiter knows this route as; `None` for a method Discord's REST does not use.
    pub(super) fn endpoint(&self, method: &Method) -> Option<Endpoint> {
        let method = match *method {
            Method::GET => LimitMethod::Get,
            Method::POST => LimitMethod::Post,
            Method::PUT => LimitMethod::Put,
            Method::PATCH => LimitMethod::Patch,
            Method::DELETE => LimitMethod::Delete,
            _ => return None,
        };
        Some(Endpoint {
            method,
            path: self.bucket.clone(),
        })
    }
}

fn is_version(segment: &str) -> bool {
    segment
        .strip_prefix('v')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// What stands in the template for the segment at this place; `None` if it is a word of the route itself.
fn placeholder(segments: &[&str], at: usize) -> Option<&'static str> {
    let before = at.checked_sub(1).map_or("", |at| segments[at]);
    match (segments[0], at, before) {
        ("webhooks" | "interactions", 2, _) => Some("{token}"),
        ("invites", 1, _) | (_, _, "templates") => Some("{code}"),
        (_, _, "reactions") => Some("{emoji}"),
        _ if is_number(segments[at]) => Some("{id}"),
        _ if is_word(segments[at]) => None,
        // Never seen; whatever it is, it does not belong in a log.
        _ => Some("{other}"),
    }
}

fn is_number(segment: &str) -> bool {
    !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_digit())
}

fn is_word(segment: &str) -> bool {
    segment.len() <= 32
        && segment
            .bytes()
            .all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_' | b'@' | b'.'))
}

fn slot(token: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    hasher.finish() % TOKEN_SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5";

    #[test]
    fn a_template_shows_the_route_and_no_ids_tokens_or_codes() {
        for (path, template) in [
            ("/api/v10/gateway/bot", "gateway/bot"),
            ("/api/channels/12/messages", "channels/{id}/messages"),
            (
                "/api/v10/channels/12/messages/34/threads",
                "channels/{id}/messages/{id}/threads",
            ),
            (
                "/api/v10/channels/12/messages/34/reactions/%F0%9F%91%8D/@me",
                "channels/{id}/messages/{id}/reactions/{emoji}/@me",
            ),
            (
                "/api/v10/interactions/1/aW50ZXJhY3Rpb246MTIzNDU2Nzg5/callback",
                "interactions/{id}/{token}/callback",
            ),
            (
                "/api/v10/webhooks/1/lowercaseonly/messages/@original",
                "webhooks/{id}/{token}/messages/@original",
            ),
            ("/api/v10/webhooks/1", "webhooks/{id}"),
            ("/api/v10/invites/rust-lang", "invites/{code}"),
            ("/api/v10/users/@me/Something%20Strange", "users/@me/{other}"),
            (
                "/api/v10/applications/5/guilds/6/commands",
                "applications/{id}/guilds/{id}/commands",
            ),
        ] {
            assert_eq!(Route::parse(path).unwrap().template, template, "{path}");
        }
    }

    #[test]
    fn channels_guilds_and_webhooks_have_buckets_of_their_own_and_messages_do_not() {
        let bucket = |path: &str| Route::parse(path).unwrap().bucket;
        assert_eq!(
            bucket("/api/v10/channels/1/messages/5"),
            bucket("/api/v10/channels/1/messages/6")
        );
        assert_ne!(
            bucket("/api/v10/channels/1/messages/5"),
            bucket("/api/v10/channels/2/messages/5")
        );
        assert_eq!(bucket("/api/v10/guilds/1/roles/2"), "guilds/1/roles/{id}");
        assert_ne!(
            bucket("/api/v10/webhooks/1/tokenA"),
            bucket("/api/v10/webhooks/1/tokenB")
        );
        assert!(!bucket(&format!("/api/v10/webhooks/1/{TOKEN}")).contains(TOKEN));
    }

    #[test]
    fn only_interaction_callbacks_are_outside_the_limits_and_only_tokens_outside_the_global_one() {
        let class = |path: &str| Route::parse(path).unwrap().class;
        assert_eq!(class("/api/v10/interactions/1/t/callback"), Class::Callback);
        assert_eq!(class("/api/v10/interactions/1/t"), Class::Api);
        assert_eq!(class("/api/v10/webhooks/1/t"), Class::Webhook);
        assert_eq!(class("/api/v10/webhooks/1"), Class::Api);
        assert_eq!(class("/api/v10/channels/1/messages"), Class::Api);
    }

    #[test]
    fn what_is_not_rest_has_no_route() {
        assert_eq!(Route::parse("/"), None);
        assert_eq!(Route::parse("/apis/v10/users/@me"), None);
        assert_eq!(Route::parse("/metrics"), None);
    }
}
