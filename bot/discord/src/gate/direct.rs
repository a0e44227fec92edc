//! Through the gate without a socket: for the first answer to an interaction, which is waited for and is most of what a bot
//! sends. From here on it is a request like any other: the same forwarder repeats, counts and logs it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use serde_json::Value;

use super::forward::Forwarder;

/// A way through a gate. Cheap to clone; it works for as long as it is kept.
#[derive(Debug, Clone)]
pub struct Direct(Arc<Forwarder>);

/// An answer that did not arrive, or was not taken.
#[derive(Debug, thiserror::Error)]
#[error("Discord did not take the answer: status {status}, code {code}")]
pub struct Refused {
    /// The HTTP status, Discord's or the gate's own.
    pub status: u16,
    /// Discord's error code; 0 where it gave none.
    pub code: i64,
}

impl Direct {
    pub(super) fn new(forwarder: Arc<Forwarder>) -> Self {
        Self(forwarder)
    }

    /// `POST interactions/{id}/{token}/callback` with this body.
    pub async fn callback(&self, id: u64, token: &str, body: &Value) -> Result<(), Refused> {
        let request = Request::post(format!("/api/v10/interactions/{id}/{token}/callback"))
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, serenity::constants::USER_AGENT)
            .body(Body::from(body.to_string()))
            .map_err(|_| Refused { status: 400, code: 0 })?;
        let call = self.0.accept(request).await.map_err(|(status, why)| {
            tracing::warn!(status = status.as_u16(), why, "the gate refused an answer");
            Refused {
                status: status.as_u16(),
                code: 0,
            }
        })?;
        let (answer, _) = self.0.run(call).await;
        if answer.status.is_success() {
            return Ok(());
        }
        Err(Refused {
            status: answer.status.as_u16(),
            code: answer.error_code(),
        })
    }
}
