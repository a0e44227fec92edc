//! The gateway, v10 in JSON: one WebSocket per connected bot, from HELLO to its close. Sessions, which
//! outlive sockets, are in `hub`.

pub mod hub;
pub mod intent;

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{
        State,
        ws::{CloseFrame, Message as Frame, WebSocket, WebSocketUpgrade},
    },
    response::Response,
};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

use self::hub::{Identity, Outgoing, Resumed};
use crate::shared::Shared;

/// How often Discord wants a heartbeat.
pub const HEARTBEAT: Duration = Duration::from_millis(41_250);
/// Discord's limits on what a bot sends: commands a minute, and bytes each.
const SENDS_A_MINUTE: u32 = 120;
const PAYLOAD_BYTES: usize = 4_096;

/// Discord's close codes, as far as the playground uses them.
mod close {
    pub const UNKNOWN_OPCODE: (u16, &str) = (4001, "Unknown opcode.");
    pub const DECODE_ERROR: (u16, &str) = (4002, "Error while decoding payload.");
    pub const NOT_AUTHENTICATED: (u16, &str) = (4003, "Not authenticated.");
    pub const AUTHENTICATION_FAILED: (u16, &str) = (4004, "Authentication failed.");
    pub const ALREADY_AUTHENTICATED: (u16, &str) = (4005, "Already authenticated.");
    pub const RATE_LIMITED: (u16, &str) = (4008, "Rate limited.");
    pub const SESSION_TIMED_OUT: (u16, &str) = (4009, "Session timed out.");
    pub const INVALID_SHARD: (u16, &str) = (4010, "Invalid shard.");
    pub const GOING_AWAY: (u16, &str) = (1001, "The playground is closing.");
}

type Closed = (u16, &'static str);

pub async fn connect(upgrade: WebSocketUpgrade, State(shared): State<Arc<Shared>>) -> Response {
    upgrade.on_upgrade(move |socket| converse(socket, shared))
}

async fn converse(socket: WebSocket, shared: Arc<Shared>) {
    let (mut to_bot, mut from_bot) = socket.split();
    let (out, mut outgoing) = mpsc::unbounded_channel();
    let heartbeat = shared.heartbeat.as_millis() as u64;
    let hello = json!({"op": 10, "t": null, "s": null, "d": {"heartbeat_interval": heartbeat, "_trace": []}});
    let _ = out.send(Outgoing::Text(hello.to_string().into()));
    let mut line = Line::new(shared.clone(), out);
    let mut hung = shared.hub.hung();
    let closed = loop {
        // A hang stops both directions; what piles up meanwhile flows when it is over.
        tokio::select! {
            biased;
            () = shared.closing.cancelled() => break Some(close::GOING_AWAY),
            _ = hung.wait_for(|hung| !hung) => {}
        }
        tokio::select! {
            biased;
            () = shared.closing.cancelled() => break Some(close::GOING_AWAY),
            Ok(()) = hung.changed() => {}
            sending = outgoing.recv() => match sending {
                Some(Outgoing::Text(text)) => {
                    if to_bot.send(Frame::text(text.to_string())).await.is_err() {
                        break None;
                    }
                }
                Some(Outgoing::Close(code, why)) => break Some((code, why)),
                None => break None,
            },
            received = timeout_at(line.dead_at, from_bot.next()) => match received {
                Err(_) => break Some(close::SESSION_TIMED_OUT),
                Ok(None | Some(Err(_))) => break None,
                Ok(Some(Ok(frame))) => match line.take(frame) {
                    Ok(true) => {}
                    Ok(false) => break None,
                    Err(closed) => break Some(closed),
                },
            },
        }
    };
    line.hang_up(closed.is_some_and(|(code, _)| code == close::GOING_AWAY.0));
    if let Some((code, reason)) = closed {
        let _ = to_bot
            .send(Frame::Close(Some(CloseFrame {
                code,
                reason: reason.into(),
            })))
            .await;
    }
}

/// One socket: whose session it carries, and how much it may still send.
struct Line {
    shared: Arc<Shared>,
    out: mpsc::UnboundedSender<Outgoing>,
    session: Option<String>,
    dead_at: Instant,
    minute: Instant,
    sent: u32,
}

impl Line {
    fn new(shared: Arc<Shared>, out: mpsc::UnboundedSender<Outgoing>) -> Self {
        Self {
            dead_at: patience(&shared),
            shared,
            out,
            session: None,
            minute: Instant::now(),
            sent: 0,
        }
    }

    /// Takes one frame; false at the end of the conversation.
    fn take(&mut self, frame: Frame) -> Result<bool, Closed> {
        let bytes = match frame {
            Frame::Text(text) => text.as_bytes().to_vec(),
            Frame::Binary(bytes) => bytes.to_vec(),
            Frame::Close(_) => return Ok(false),
            Frame::Ping(_) | Frame::Pong(_) => return Ok(true),
        };
        if bytes.len() > PAYLOAD_BYTES {
            return Err(close::DECODE_ERROR);
        }
        if self.minute.elapsed() >= Duration::from_mins(1) {
            (self.minute, self.sent) = (Instant::now(), 0);
        }
        self.sent += 1;
        if self.sent > SENDS_A_MINUTE {
            return Err(close::RATE_LIMITED);
        }
        let payload: Value = serde_json::from_slice(&bytes).map_err(|_| close::DECODE_ERROR)?;
        self.obey(&payload)?;
        Ok(true)
    }

    fn obey(&mut self, payload: &Value) -> Result<(), Closed> {
        let data = &payload["d"];
        match payload["op"].as_u64() {
            Some(1) => {
                self.dead_at = patience(&self.shared);
                self.say(&json!({"op": 11, "t": null, "s": null, "d": null}));
            }
            Some(2 | 6) if self.is_identified() => return Err(close::ALREADY_AUTHENTICATED),
            Some(2) => self.identify(data)?,
            Some(6) => self.resume(data)?,
            Some(_) if !self.is_identified() => return Err(close::NOT_AUTHENTICATED),
            Some(8) => self.name_members(data),
            // Presence and voice: nothing to see here.
            Some(3 | 4) => {}
            _ => return Err(close::UNKNOWN_OPCODE),
        }
        Ok(())
    }

    /// Whether this socket carries a session that has not been declared invalid since.
    fn is_identified(&self) -> bool {
        self.session
            .as_ref()
            .is_some_and(|session| self.shared.hub.knows(session))
    }

    fn say(&self, payload: &Value) {
        let _ = self.out.send(Outgoing::Text(payload.to_string().into()));
    }

    fn identify(&mut self, data: &Value) -> Result<(), Closed> {
        if data["token"].as_str().is_none_or(str::is_empty) {
            return Err(close::AUTHENTICATION_FAILED);
        }
        let shard = match (data["shard"][0].as_u64(), data["shard"][1].as_u64()) {
            (Some(id), Some(count)) if id < count => (id, count),
            (None, None) => (0, 1),
            _ => return Err(close::INVALID_SHARD),
        };
        let intents = data["intents"].as_u64().unwrap_or(0);
        let world = self.shared.world();
        let app = world.guild.app;
        let guild_id = world.guild.id;
        let ready = json!({
            "v": 10, "user": world.user_json(app), "guilds": [{"id": guild_id, "unavailable": true}],
            "resume_gateway_url": self.shared.gateway_url(), "shard": [shard.0, shard.1],
            "application": {"id": app, "flags": 0}, "private_channels": [], "relationships": [],
            "session_type": "normal", "user_settings": {}, "_trace": [],
        });
        let mut first = vec![("READY", ready)];
        if intents & intent::GUILDS != 0 && (guild_id.0 >> 22) % shard.1 == shard.0 {
            first.push(("GUILD_CREATE", world.guild_create_json()));
        }
        let identity = Identity { intents, shard };
        self.session = Some(self.shared.hub.open(identity, self.out.clone(), first));
        Ok(())
    }

    fn resume(&mut self, data: &Value) -> Result<(), Closed> {
        if data["token"].as_str().is_none_or(str::is_empty) {
            return Err(close::AUTHENTICATION_FAILED);
        }
        let id = data["session_id"].as_str().unwrap_or_default();
        match self
            .shared
            .hub
            .resume(id, data["seq"].as_u64().unwrap_or(0), self.out.clone())
        {
            Resumed::Replayed => self.session = Some(id.to_owned()),
            Resumed::Unknown => self.say(&json!({"op": 9, "t": null, "s": null, "d": false})),
        }
        Ok(())
    }

    /// Answers a request for guild members with those it names; all of them need an intent we do not give.
    fn name_members(&self, data: &Value) {
        let world = self.shared.world();
        let ids: Vec<_> = match &data["user_ids"] {
            Value::Array(ids) => ids.iter().filter_map(crate::id::Id::read).collect(),
            one => crate::id::Id::read(one).into_iter().collect(),
        };
        let (known, unknown): (Vec<_>, Vec<_>) =
            ids.into_iter().partition(|id| world.members.contains_key(id));
        let members: Vec<_> = known.into_iter().map(|id| world.member_json(id)).collect();
        let data = json!({
            "guild_id": world.guild.id, "members": members, "not_found": unknown, "chunk_index": 0,
            "chunk_count": 1, "nonce": data["nonce"],
        });
        if let Some(session) = &self.session {
            self.shared.hub.tell(session, "GUILD_MEMBERS_CHUNK", &data);
        }
    }

    fn hang_up(&self, forget: bool) {
        if let Some(session) = &self.session {
            self.shared.hub.detach(session, &self.out, forget);
        }
    }
}

/// When a bot that sends no heartbeat counts as gone.
fn patience(shared: &Shared) -> Instant {
    Instant::now() + shared.heartbeat * 3 / 2
}
