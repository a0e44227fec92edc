//! `GET /api/clock/follow`: the WebSocket of one clock follower. What a walk is, is in `clock`.

use std::sync::Arc;

use axum::{
    extract::{
        State,
        ws::{Message as Frame, WebSocket, WebSocketUpgrade},
    },
    response::Response,
};

use crate::{clock::Word, shared::Shared};

pub async fn follow(upgrade: WebSocketUpgrade, State(shared): State<Arc<Shared>>) -> Response {
    upgrade.on_upgrade(move |socket| converse(socket, shared))
}

async fn converse(mut socket: WebSocket, shared: Arc<Shared>) {
    let now = shared.world().now_ms();
    let (key, mut steps) = shared.followers.join(now);
    loop {
        tokio::select! {
            () = shared.closing.cancelled() => break,
            Some(step) = steps.recv() => {
                let Ok(text) = serde_json::to_string(&step) else { break };
                if socket.send(Frame::text(text)).await.is_err() {
                    break;
                }
            }
            received = socket.recv() => match received {
                Some(Ok(Frame::Text(text))) => match serde_json::from_str::<Word>(&text) {
                    Ok(word) => shared.followers.hear(key, word),
                    Err(why) => tracing::warn!("a clock follower said something unreadable: {why}"),
                },
                Some(Ok(Frame::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
        }
    }
    shared.followers.leave(key);
}
