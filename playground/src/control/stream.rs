//! `GET /api/events`, which tells pages that something changed, and `POST /api/clock`.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::stream::{self, Stream, StreamExt};
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use crate::{clock, shared::Shared, store::StoreError};

pub async fn events(State(shared): State<Arc<Shared>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let notices = shared.hub.notices();
    let all = stream::unfold(notices, |mut notices| async move {
        match notices.recv().await {
            Ok(notice) => Some((Ok(Event::default().data(&*notice)), notices)),
            // A page that fell behind reads the state anew.
            Err(RecvError::Lagged(_)) => Some((Ok(Event::default().data(r#"{"type":"state"}"#)), notices)),
            Err(RecvError::Closed) => None,
        }
    });
    Sse::new(all.take_until(shared.closing.clone().cancelled_owned())).keep_alive(KeepAlive::default())
}

pub async fn clock(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let refuse =
        |why: &str| (StatusCode::BAD_REQUEST, Json(json!({"ok": false, "error": why}))).into_response();
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return refuse("This is not JSON.");
    };
    let to = match clock::read(&request) {
        Ok(to) => to,
        Err(why) => return refuse(why),
    };
    shared.await_bot().await;
    let walked = async {
        let from = shared
            .change(|change| Ok::<_, StoreError>(change.next_id()))
            .await?;
        clock::walk(&shared, to).await?;
        Ok::<_, StoreError>(from)
    };
    let from = match walked.await {
        Ok(from) => from,
        Err(why) => {
            let error = json!({"ok": false, "error": why.to_string()});
            return (StatusCode::INTERNAL_SERVER_ERROR, Json(error)).into_response();
        }
    };
    let world = shared.world();
    let posted = world
        .messages
        .values()
        .flat_map(|all| all.range(from..))
        .map(|(_, message)| message);
    let mut posted: Vec<_> = posted
        .filter(|message| message.author == world.guild.app && message.ephemeral_to.is_none())
        .collect();
    posted.sort_by_key(|message| message.id);
    let posted: Vec<Value> = posted
        .into_iter()
        .map(|message| world.message_json(message))
        .collect();
    Json(json!({"ok": true, "clock": world.now(), "posted": posted})).into_response()
}
