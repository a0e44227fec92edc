//! The REST side, any `/api/vN`: a request is read, recorded, delayed or failed on demand, counted
//! against its limits, and handed to the one function that does its work. That work is synchronous,
//! on the world alone; it is stored before the answer leaves.

mod call;
mod channels;
mod commands;
mod events;
mod guilds;
mod interactions;
mod messages;
mod polls;
mod reactions;
mod refusal;
mod roles;
mod threads;
mod users;
mod webhooks;

use std::{sync::Arc, time::Instant};

use axum::{
    Json,
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

pub use call::{Call, decoded};
pub use refusal::Refusal;
pub use users::direct_channel;

use crate::{
    fault::Lost,
    id::Id,
    rate::{Standing, TooMany},
    shared::Shared,
    wire::Scissors,
    world::{Change, Channel, World, permission},
};

/// What a handler gives back.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    body: Option<Value>,
}

impl Reply {
    pub fn json(body: Value) -> Self {
        Self {
            status: StatusCode::OK,
            body: Some(body),
        }
    }

    pub fn created(body: Value) -> Self {
        Self {
            status: StatusCode::CREATED,
            body: Some(body),
        }
    }

    /// Adds a field to the body.
    pub fn add(&mut self, field: &str, value: Value) {
        if let Some(body) = &mut self.body {
            body[field] = value;
        }
    }

    pub fn nothing() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            body: None,
        }
    }
}

type Handled = Result<Reply, Refusal>;

/// Serves one request.
pub async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let (call, read) = Call::read(request).await;
    if let Some(recorder) = &shared.recorder {
        recorder.write(&call);
    }
    let suffering = shared.faults.strike();
    if !suffering.delay.is_zero() {
        tokio::time::sleep(suffering.delay).await;
    }
    if let Some(status) = suffering.status {
        return made_up_failure(status);
    }
    let standing = match shared
        .limiter
        .count(&call.method, &call.segments(), Instant::now())
    {
        Ok(standing) => standing,
        Err(too_many) => return refuse_for_now(&too_many),
    };
    let handled = match read {
        Ok(()) => handle(&shared, &call).await,
        Err(refusal) => Err(refusal),
    };
    if handled.is_ok()
        && let Some(answer) = Lost::of(&call.method, &call.segments())
        && shared.faults.takes_answer(answer)
    {
        scissors.cut();
    }
    let mut response = match handled {
        Ok(Reply {
            status,
            body: Some(body),
        }) => (status, Json(body)).into_response(),
        Ok(Reply { status, body: None }) => status.into_response(),
        Err(refusal) => (refusal.status, Json(refusal.body())).into_response(),
    };
    if let Some(standing) = standing {
        add_standing(&mut response, &standing);
    }
    response
}

async fn handle(shared: &Shared, call: &Call) -> Handled {
    let segments = call.segments();
    if !call.authorized && !is_open(&segments) {
        return Err(Refusal::UNAUTHORIZED);
    }
    if matches!(segments[..], ["gateway", ..]) {
        return gateway(shared, &segments);
    }
    shared
        .change(|change| route(&mut Desk { change, call }, &segments))
        .await
}

/// One request at work: the world it changes, and what was asked.
struct Desk<'a, 'w> {
    change: &'a mut Change<'w>,
    call: &'a Call,
}

fn route(desk: &mut Desk, segments: &[&str]) -> Handled {
    match segments {
        ["channels", channel, rest @ ..] => {
            let channel = channel.parse().map_err(|_| Refusal::UNKNOWN_CHANNEL)?;
            channels::route(desk, channel, rest)
        }
        ["guilds", guild, rest @ ..] => guilds::route(desk, guild, rest),
        ["users", rest @ ..] => users::route(desk, rest),
        ["oauth2", "applications", "@me"] => Ok(Reply::json(desk.change.application_json())),
        ["applications", "@me"] => commands::application(desk),
        ["applications", app, rest @ ..] => commands::route(desk, app, rest),
        ["interactions", id, token, "callback"] => interactions::callback(desk, id, token),
        ["webhooks", app, token, rest @ ..] => webhooks::route(desk, app, token, rest),
        ["voice", "regions"] | ["sticker-packs"] => Ok(Reply::json(json!([]))),
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// Whether a route needs no bot token: it has one in its path, or tells nothing.
fn is_open(segments: &[&str]) -> bool {
    matches!(segments, ["gateway"] | ["interactions" | "webhooks", ..])
}

fn gateway(shared: &Shared, segments: &[&str]) -> Handled {
    let url = shared.gateway_url();
    let starts = shared.hub.starts_left();
    match segments {
        ["gateway"] => Ok(Reply::json(json!({"url": url}))),
        ["gateway", "bot"] => Ok(Reply::json(json!({
            "url": url, "shards": 1,
            "session_start_limit": {
                "total": starts.total, "remaining": starts.remaining,
                "reset_after": starts.reset_after.as_millis() as u64, "max_concurrency": 1,
            },
        }))),
        _ => Err(Refusal::NOT_FOUND),
    }
}

impl World {
    /// A channel the bot sees; 10003 or 50001 otherwise.
    fn channel_of_bot(&self, id: Id) -> Result<&Channel, Refusal> {
        let channel = self.channels.get(&id).ok_or(Refusal::UNKNOWN_CHANNEL)?;
        if self.sees(self.guild.app, channel) {
            Ok(channel)
        } else {
            Err(Refusal::MISSING_ACCESS)
        }
    }

    /// Refuses unless the bot has all of `bits` in the channel.
    fn bot_needs(&self, channel: &Channel, bits: u64) -> Result<(), Refusal> {
        match self.permissions(self.guild.app, channel) {
            has if has & permission::VIEW_CHANNEL == 0 => Err(Refusal::MISSING_ACCESS),
            has if has & bits != bits => Err(Refusal::MISSING_PERMISSIONS),
            _ => Ok(()),
        }
    }
}

fn made_up_failure(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status == StatusCode::TOO_MANY_REQUESTS {
        return refuse_for_now(&TooMany {
            retry_after: std::time::Duration::from_secs(1),
            standing: None,
        });
    }
    let message = format!(
        "{}: {}",
        status.as_u16(),
        status.canonical_reason().unwrap_or("Error")
    );
    (status, Json(json!({"message": message, "code": 0}))).into_response()
}

fn refuse_for_now(too_many: &TooMany) -> Response {
    let seconds = (too_many.retry_after.as_secs_f64() * 1000.0).ceil() / 1000.0;
    let global = too_many.standing.is_none();
    let body = json!({"message": "You are being rate limited.", "retry_after": seconds, "global": global});
    let mut response = (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response();
    let scope = if global { "global" } else { "user" };
    set(&mut response, "retry-after", &(seconds.ceil() as u64).to_string());
    set(&mut response, "x-ratelimit-scope", scope);
    match &too_many.standing {
        Some(standing) => add_standing(&mut response, standing),
        None => set(&mut response, "x-ratelimit-global", "true"),
    }
    response
}

fn add_standing(response: &mut Response, standing: &Standing) {
    let now = crate::id::real_ms() as f64 / 1000.0;
    let after = standing.reset_after.as_secs_f64();
    set(response, "x-ratelimit-limit", &standing.limit.to_string());
    set(response, "x-ratelimit-remaining", &standing.remaining.to_string());
    set(response, "x-ratelimit-reset", &format!("{:.3}", now + after));
    set(response, "x-ratelimit-reset-after", &format!("{after:.3}"));
    set(response, "x-ratelimit-bucket", &standing.bucket);
}

fn set(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}
