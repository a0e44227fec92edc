//! The control side: what people, scripts and the page use to see the world and to act in it. Open to
//! this machine's own pages and programs alone.

mod act;
mod autocomplete;
mod faults;
mod follow;
mod guard;
mod lookup;
mod reset;
mod say;
mod send;
mod state;
mod stream;
mod touch;
mod wait;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, State},
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
pub use guard::local_only;
use include_dir::{Dir, include_dir};
pub use reset::{Host, Reset};

use crate::{id::Id, shared::Shared};

static PAGE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/page");

/// Files come as base64, a third larger than they are.
const REQUEST_BYTES: usize = 40 * 1024 * 1024;

/// The control side's routes.
pub fn routes(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/state", get(state::state))
        .route("/api/act", post(act::act))
        .route("/api/clock", post(stream::clock))
        .route("/api/clock/follow", get(follow::follow))
        .route("/api/fault", post(faults::fault))
        .route("/api/reset", post(reset::reset))
        .route("/api/events", get(stream::events))
        .route("/attachments/{channel}/{id}/{name}", get(attachment))
        .fallback(page)
        .layer(DefaultBodyLimit::max(REQUEST_BYTES))
        .with_state(shared.clone())
}

async fn page(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let Some(file) = PAGE.get_file(path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    };
    // What the page may load, it says itself; who may frame it, only a header can say.
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, file.contents()).into_response()
}

async fn attachment(
    State(shared): State<Arc<Shared>>,
    Path((channel, id, name)): Path<(Id, Id, String)>,
) -> Response {
    let known = shared.world().messages.get(&channel).and_then(|messages| {
        let all = messages.values().flat_map(|message| &message.attachments);
        all.into_iter()
            .find(|it| it.id == id && it.filename == name)
            .map(|it| it.content_type.clone())
    });
    let kind = known.unwrap_or_else(|| "application/octet-stream".to_owned());
    match shared.store.file(id).await {
        Ok(Some(bytes)) => {
            // A file from a message must never run as a page of the playground's own origin.
            let safe = [
                (header::CONTENT_TYPE, kind.as_str()),
                (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (safe, bytes).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
