//! What a bot says on one socket, checked and obeyed: heartbeats, IDENTIFY, RESUME and requests.

use std::{io, sync::Arc, time::Duration};

use axum::extract::ws::Message as Frame;
use serde_json::{Value, json};
use tokio::{sync::mpsc, time::Instant};

use super::{
    close::{self, Closed},
    hub::{Identity, Outgoing, Resumed},
    intent, members,
    packing::Packing,
};
use crate::{id::Id, shared::Shared};

/// Discord's limits on what a bot sends: commands a minute, and bytes each.
const SENDS_A_MINUTE: u32 = 120;
const PAYLOAD_BYTES: usize = 4_096;

/// One socket: whose session it carries, and how much it may still send.
pub struct Line {
    /// When a bot that has sent no heartbeat counts as gone.
    pub dead_at: Instant,
    shared: Arc<Shared>,
    out: mpsc::UnboundedSender<Outgoing>,
    packing: Packing,
    session: Option<String>,
    minute: Instant,
    sent: u32,
}

impl Line {
    pub fn new(shared: Arc<Shared>, out: mpsc::UnboundedSender<Outgoing>, packing: Packing) -> Self {
        Self {
            dead_at: patience(&shared),
            shared,
            out,
            packing,
            session: None,
            minute: Instant::now(),
            sent: 0,
        }
    }

    pub fn pack(&mut self, text: &str) -> io::Result<Frame> {
        self.packing.pack(text)
    }

    pub fn take(&mut self, frame: Frame) -> Result<(), Closed> {
        let bytes = match frame {
            Frame::Text(text) => text.into(),
            Frame::Binary(bytes) => bytes,
            Frame::Close(_) | Frame::Ping(_) | Frame::Pong(_) => return Ok(()),
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
        self.obey(&payload)
    }

    fn obey(&mut self, payload: &Value) -> Result<(), Closed> {
        let data = &payload["d"];
        let identity = self.identity();
        match (payload["op"].as_u64(), identity) {
            (Some(1), _) => {
                self.dead_at = patience(&self.shared);
                self.say(&json!({"op": 11, "t": null, "s": null, "d": null}));
                Ok(())
            }
            (Some(2 | 6), Some(_)) => Err(close::ALREADY_AUTHENTICATED),
            (Some(2), None) => self.identify(data),
            (Some(6), None) => self.resume(data),
            (Some(3 | 4 | 8 | 31), None) => Err(close::NOT_AUTHENTICATED),
            (Some(3), _) => well_formed_presence(data),
            // There is no voice.
            (Some(4), _) => Ok(()),
            (Some(8), Some(identity)) => self.name_members(data, identity),
            (Some(31), _) => {
                self.name_sounds(data);
                Ok(())
            }
            _ => Err(close::UNKNOWN_OPCODE),
        }
    }

    /// Who speaks, unless nobody has identified or the session has been declared invalid since.
    fn identity(&self) -> Option<Identity> {
        self.shared.hub.identity(self.session.as_ref()?, &self.out)
    }

    fn say(&self, payload: &Value) {
        let _ = self.out.send(Outgoing::Text(payload.to_string().into()));
    }

    fn identify(&mut self, data: &Value) -> Result<(), Closed> {
        refuse_bad_token(data)?;
        let shard = shard(&data["shard"])?;
        if !data["presence"].is_null() {
            well_formed_presence(&data["presence"])?;
        }
        let world = self.shared.world();
        let intents = intent::requested(&data["intents"], world.guild.app_flags)?;
        let app = world.guild.app;
        let guild = world.guild.id;
        let is_home = (guild.0 >> 22) % shard.1 == shard.0;
        let guilds: Vec<Value> = is_home
            .then(|| json!({"id": guild, "unavailable": true}))
            .into_iter()
            .collect();
        let ready = json!({
            "v": 10, "user": world.own_user_json(), "guilds": guilds,
            "resume_gateway_url": self.shared.gateway_url(), "shard": [shard.0, shard.1],
            "application": {"id": app, "flags": world.guild.app_flags}, "private_channels": [],
            "relationships": [], "session_type": "normal", "user_settings": {}, "_trace": [],
        });
        let mut first = vec![("READY", ready)];
        if is_home && intents & intent::GUILDS != 0 {
            let everybody = intents & intent::GUILD_PRESENCES != 0;
            first.push(("GUILD_CREATE", world.guild_create_json(everybody)));
        }
        if data["compress"] == true {
            self.packing.compress_large();
        }
        let identity = Identity { intents, shard };
        self.session = Some(self.shared.hub.open(identity, self.out.clone(), first));
        Ok(())
    }

    fn resume(&mut self, data: &Value) -> Result<(), Closed> {
        refuse_bad_token(data)?;
        let id = data["session_id"].as_str().unwrap_or_default();
        let seq = data["seq"].as_u64().unwrap_or(0);
        match self.shared.hub.resume(id, seq, self.out.clone()) {
            Resumed::Replayed => self.session = Some(id.to_owned()),
            Resumed::Unknown => self.say(&json!({"op": 9, "t": null, "s": null, "d": false})),
        }
        Ok(())
    }

    fn name_members(&self, data: &Value, identity: Identity) -> Result<(), Closed> {
        let chunks = members::chunks(&self.shared.world(), data, identity.intents)?;
        self.tell_all("GUILD_MEMBERS_CHUNK", &chunks);
        Ok(())
    }

    fn name_sounds(&self, data: &Value) {
        let here = self.shared.world().guild.id;
        let asked = data["guild_ids"].as_array().into_iter().flatten();
        let known: Vec<Value> = asked
            .filter(|id| Id::read(id) == Some(here))
            .map(|id| json!({"guild_id": id, "soundboard_sounds": []}))
            .collect();
        self.tell_all("SOUNDBOARD_SOUNDS", &known);
    }

    fn tell_all(&self, name: &str, events: &[Value]) {
        let session = self.session.iter();
        for (session, data) in session.flat_map(|session| events.iter().map(move |data| (session, data))) {
            self.shared.hub.tell(session, name, data);
        }
    }

    pub fn hang_up(&self, forget: bool) {
        if let Some(session) = &self.session {
            self.shared.hub.detach(session, &self.out, forget);
        }
    }
}

fn refuse_bad_token(data: &Value) -> Result<(), Closed> {
    let token = data["token"].as_str().unwrap_or_default();
    let token = token.strip_prefix("Bot ").unwrap_or(token);
    if token.is_empty() || token.contains(char::is_whitespace) {
        return Err(close::AUTHENTICATION_FAILED);
    }
    Ok(())
}

/// `[id, count]`; the only one if nothing is said.
fn shard(asked: &Value) -> Result<(u64, u64), Closed> {
    if asked.is_null() {
        return Ok((0, 1));
    }
    match asked.as_array().map(Vec::as_slice) {
        Some([id, count]) => {
            let shard = id.as_u64().zip(count.as_u64());
            shard.filter(|(id, count)| id < count).ok_or(close::INVALID_SHARD)
        }
        _ => Err(close::INVALID_SHARD),
    }
}

/// Whether a presence is one Discord would show. Nobody sees it here.
fn well_formed_presence(data: &Value) -> Result<(), Closed> {
    const STATUSES: [&str; 5] = ["online", "dnd", "idle", "invisible", "offline"];
    let status = data["status"].as_str().is_some_and(|it| STATUSES.contains(&it));
    let activities = data["activities"].as_array();
    let named =
        activities.is_none_or(|all| all.iter().all(|it| it["name"].is_string() && it["type"].is_u64()));
    if status && named && data["activities"].as_object().is_none() {
        Ok(())
    } else {
        Err(close::DECODE_ERROR)
    }
}

fn patience(shared: &Shared) -> Instant {
    Instant::now() + shared.heartbeat * 3 / 2
}
