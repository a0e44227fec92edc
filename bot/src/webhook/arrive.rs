//! The way in over HTTP: `POST /hooks/TOKEN` on the bot's own web server. Whoever has the address may send; a secret says
//! who does. Sizes, rates and time are bounded, and an answer tells a sender whether sending again is worth it.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use http_body_util::LengthLimitError;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::deliver::{NotTaken, deliver};
use super::rate::Rate;
use super::store::{self, Arrival, Begun, Kept};
use super::{Webhook, signature};
use crate::app::App;
use crate::clock::real_ms;

/// The largest body.
pub const LARGEST: usize = 256 * 1024;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// Deliveries at work at once, of all webhooks.
const AT_ONCE: usize = 32;
/// The longest idempotency key.
const LONGEST_KEY: usize = 128;

/// Where a signature may stand: our own header, and the one that GitHub sends.
const SIGNATURES: [&str; 2] = ["x-tributary-signature", "x-hub-signature-256"];
/// Where a delivery's key may stand: the common header, and the one that GitHub sends.
const KEYS: [&str; 2] = ["idempotency-key", "x-github-delivery"];

struct Inbox {
    app: Arc<App>,
    rate: Rate,
    room: Semaphore,
}

/// The routes.
pub fn router(app: Arc<App>) -> Router {
    let inbox = Inbox {
        app,
        rate: Rate::default(),
        room: Semaphore::new(AT_ONCE),
    };
    let only_post = async || No::new(StatusCode::METHOD_NOT_ALLOWED, "Send a POST to this address.");
    Router::new()
        .route("/hooks/{token}", post(arrive).fallback(only_post))
        .with_state(Arc::new(inbox))
}

/// Why a delivery is not taken, for the program that sent it.
struct No {
    status: StatusCode,
    why: &'static str,
    /// Whether the same may be sent again, and after how many seconds.
    again: Option<u32>,
}

impl No {
    fn new(status: StatusCode, why: &'static str) -> Self {
        Self {
            status,
            why,
            again: None,
        }
    }

    fn later(status: StatusCode, why: &'static str) -> Self {
        Self {
            again: Some(1),
            ..Self::new(status, why)
        }
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let body = Json(json!({ "taken": false, "why": self.why }));
        match self.again {
            Some(seconds) => {
                (self.status, [(header::RETRY_AFTER, seconds.to_string())], body).into_response()
            }
            None => (self.status, body).into_response(),
        }
    }
}

impl From<sqlx::Error> for No {
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(%error, "a webhook's delivery could not be kept");
        Self::later(
            StatusCode::SERVICE_UNAVAILABLE,
            "It could not be kept just now. Send it again.",
        )
    }
}

async fn arrive(
    State(inbox): State<Arc<Inbox>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, No> {
    let _room = inbox.room.try_acquire().map_err(|_| {
        No::later(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too much at once. Send it again.",
        )
    })?;
    let kept = store::at(&inbox.app.store, &token)
        .await?
        .ok_or_else(|| No::new(StatusCode::NOT_FOUND, "There is no webhook at this address."))?;
    if !inbox.rate.take(&kept.webhook.id, Instant::now()) {
        let why = "This webhook takes 10 deliveries a second. Slow down, and send it again.";
        return Err(No::later(StatusCode::TOO_MANY_REQUESTS, why));
    }
    let body = whole(body).await?;
    let key = key(&headers)?;
    let arrival = Arrival {
        webhook_id: &kept.webhook.id,
        key,
        at: real_ms(),
        bytes: body.len(),
    };
    if let Err(why) = check_signature(&inbox.app, &kept, &headers, &body) {
        store::refuse(&inbox.app.store, &arrival, why).await?;
        return Err(No::new(StatusCode::UNAUTHORIZED, why));
    }
    take(&inbox.app, &kept.webhook, &arrival, &body).await
}

/// The body, if it is not too large and does not take too long.
async fn whole(body: Body) -> Result<Bytes, No> {
    let slow = |_| No::later(StatusCode::REQUEST_TIMEOUT, "The body took too long to arrive.");
    let bytes = timeout(PATIENCE, to_bytes(body, LARGEST)).await.map_err(slow)?;
    let bytes = bytes.map_err(|error| {
        let too_large = error.source().is_some_and(<dyn Error>::is::<LengthLimitError>);
        if too_large {
            No::new(StatusCode::PAYLOAD_TOO_LARGE, "A delivery has at most 256 KiB.")
        } else {
            No::new(StatusCode::BAD_REQUEST, "The body could not be read.")
        }
    })?;
    if bytes.is_empty() {
        return Err(No::new(StatusCode::BAD_REQUEST, "There is nothing in the body."));
    }
    Ok(bytes)
}

/// What the sender calls this delivery, if anything.
fn key(headers: &HeaderMap) -> Result<Option<&str>, No> {
    let Some(value) = KEYS.iter().find_map(|name| headers.get(*name)) else {
        return Ok(None);
    };
    let fine = |key: &&str| {
        (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match value.to_str().ok().filter(fine) {
        Some(key) => Ok(Some(key)),
        None => Err(No::new(
            StatusCode::BAD_REQUEST,
            "Idempotency-Key is 1 to 128 letters, digits and signs, without spaces.",
        )),
    }
}

fn check_signature(app: &App, kept: &Kept, headers: &HeaderMap, body: &[u8]) -> Result<(), &'static str> {
    let Some(sealed) = &kept.secret_sealed else {
        return Ok(());
    };
    let Some(signature) = SIGNATURES.iter().find_map(|name| headers.get(*name)) else {
        return Err("Not signed: the header X-Tributary-Signature is missing.");
    };
    let secret = app
        .seal
        .open_sealed(sealed, &super::commands::secret_owner(&kept.webhook.id));
    let secret = secret.map_err(|error| {
        tracing::error!(%error, "a webhook's secret can't be opened");
        "The secret of this webhook can't be read. Delete the webhook and make it anew."
    })?;
    let matches = signature
        .to_str()
        .is_ok_and(|text| signature::is_of(text, &secret, body));
    if matches {
        Ok(())
    } else {
        Err("The signature does not match the body.")
    }
}

/// Takes it once, however often it is sent under one key.
async fn take(app: &App, webhook: &Webhook, arrival: &Arrival<'_>, body: &[u8]) -> Result<Json<Value>, No> {
    let id = match store::begin(&app.store, arrival).await? {
        Begun::Do(id) => id,
        Begun::Repeat(place) => return Ok(taken(webhook, &place, true)),
        Begun::UnderWay => {
            let why = "The same delivery is being taken at this moment.";
            return Err(No::later(StatusCode::CONFLICT, why));
        }
    };
    match deliver(app, webhook, &id, body).await {
        Ok(place) => {
            store::end(&app.store, &id, "taken", &place).await?;
            Ok(taken(webhook, &place, false))
        }
        Err(not) => {
            let no = no(not);
            store::end(&app.store, &id, "failed", no.why).await?;
            Err(no)
        }
    }
}

fn taken(webhook: &Webhook, place: &str, repeat: bool) -> Json<Value> {
    Json(json!({
        "taken": true,
        "repeat": repeat,
        "to": format!("{} {}", webhook.target.kind(), webhook.target.name()),
        "at": place,
    }))
}

fn no(not: NotTaken) -> No {
    match not {
        NotTaken::NoTarget => No::new(StatusCode::GONE, "What this webhook fills is not there any more."),
        NotTaken::Unfit(why) => No::new(StatusCode::UNPROCESSABLE_ENTITY, why),
        NotTaken::Busy => No::later(
            StatusCode::SERVICE_UNAVAILABLE,
            "What this webhook fills takes no more just now. Send it again.",
        ),
        NotTaken::Failed(error) => {
            tracing::error!(error = %discord::gate::Causes(error.as_ref()), "a webhook's delivery failed");
            No::later(
                StatusCode::SERVICE_UNAVAILABLE,
                "Something broke on our side. Send it again.",
            )
        }
    }
}
