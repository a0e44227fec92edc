//! The gateway, v10 in JSON: one WebSocket per connected bot, from HELLO to its close. What a bot says is
//! obeyed in `line`, how payloads are packed is in `packing`, and sessions, which outlive sockets, are in `hub`.

mod acts;
mod close;
pub mod hub;
pub mod intent;
mod line;
mod members;
mod packing;
mod starts;

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{
        Query, State,
        ws::{CloseFrame, Message as Frame, WebSocket, WebSocketUpgrade},
    },
    response::Response,
};
use futures::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::json;
use tokio::{sync::mpsc, time::timeout_at};

use self::{close::Closed, hub::Outgoing, line::Line, packing::Packing};
use crate::shared::Shared;

/// How often Discord wants a heartbeat.
pub const HEARTBEAT: Duration = Duration::from_millis(41_250);

/// What the address asks for: `?v=10&encoding=json&compress=zlib-stream`.
#[derive(Debug, Deserialize)]
pub struct Asked {
    v: Option<String>,
    encoding: Option<String>,
    compress: Option<String>,
}

impl Asked {
    fn packing(&self) -> Result<Packing, Closed> {
        if self.v.as_ref().is_some_and(|version| version != "10") {
            return Err(close::INVALID_VERSION);
        }
        if self.encoding.as_ref().is_some_and(|encoding| encoding != "json") {
            return Err(close::JSON_ONLY);
        }
        match self.compress.as_deref() {
            None | Some("") => Ok(Packing::Plain),
            Some("zlib-stream") => Ok(Packing::stream()),
            Some(_) => Err(close::ZLIB_ONLY),
        }
    }
}

/// How a conversation ended.
enum Ended {
    ByUs(Closed),
    /// The code the bot closed with.
    ByBot(u16),
    Lost,
}

impl Ended {
    /// Whether the session is over as well. A bot that leaves in good order ends it, as on Discord.
    fn ends_session(&self) -> bool {
        match self {
            Self::ByUs((code, _)) => [close::GOING_AWAY.0, close::SESSION_TIMED_OUT.0].contains(code),
            Self::ByBot(code) => matches!(code, 1000 | 1001),
            Self::Lost => false,
        }
    }
}

pub async fn connect(
    upgrade: WebSocketUpgrade,
    Query(asked): Query<Asked>,
    State(shared): State<Arc<Shared>>,
) -> Response {
    upgrade.on_upgrade(move |mut socket| async move {
        let closed = match asked.packing() {
            Ok(packing) => converse(&mut socket, packing, shared).await,
            Err(closed) => Some(closed),
        };
        if let Some((code, reason)) = closed {
            let reason = reason.into();
            let _ = socket.send(Frame::Close(Some(CloseFrame { code, reason }))).await;
        }
    })
}

/// Talks with a bot to the end, and says with what to close the socket if it is still open.
async fn converse(socket: &mut WebSocket, packing: Packing, shared: Arc<Shared>) -> Option<Closed> {
    let (mut to_bot, mut from_bot) = socket.split();
    let (out, mut outgoing) = mpsc::unbounded_channel();
    let heartbeat = shared.heartbeat.as_millis() as u64;
    let hello = json!({"op": 10, "t": null, "s": null, "d": {"heartbeat_interval": heartbeat, "_trace": []}});
    let _ = out.send(Outgoing::Text(hello.to_string().into()));
    let mut line = Line::new(shared.clone(), out, packing);
    let mut hung = shared.hub.hung();
    let ended = loop {
        // A hang stops both directions; what piles up meanwhile flows when it is over.
        tokio::select! {
            biased;
            () = shared.closing.cancelled() => break Ended::ByUs(close::GOING_AWAY),
            _ = hung.wait_for(|hung| !hung) => {}
        }
        tokio::select! {
            biased;
            () = shared.closing.cancelled() => break Ended::ByUs(close::GOING_AWAY),
            Ok(()) = hung.changed() => {}
            sending = outgoing.recv() => match sending {
                Some(Outgoing::Text(text)) => {
                    let Ok(frame) = line.pack(&text) else { break Ended::Lost };
                    if to_bot.send(frame).await.is_err() {
                        break Ended::Lost;
                    }
                }
                Some(Outgoing::Close(code, why)) => break Ended::ByUs((code, why)),
                None => break Ended::Lost,
            },
            received = timeout_at(line.dead_at, from_bot.next()) => match received {
                Err(_) => break Ended::ByUs(close::SESSION_TIMED_OUT),
                Ok(None | Some(Err(_))) => break Ended::Lost,
                Ok(Some(Ok(Frame::Close(frame)))) => {
                    break frame.map_or(Ended::Lost, |frame| Ended::ByBot(frame.code));
                }
                Ok(Some(Ok(frame))) => if let Err(closed) = line.take(frame) {
                    break Ended::ByUs(closed);
                },
            },
        }
    };
    line.hang_up(ended.ends_session());
    match ended {
        Ended::ByUs(closed) => Some(closed),
        Ended::ByBot(_) | Ended::Lost => None,
    }
}
