//! Who hears of what: the bots' gateway sessions with their numbered, replayable events, the pages'
//! notices, and the effects that running acts wait for.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use rand::Rng;
use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc, watch};

use super::{
    acts::Acts,
    close, intent,
    starts::{Starts, StartsLeft},
};
use crate::{
    id::Id,
    world::change::{Content, Happening},
};

/// How many events a session can miss and still resume.
const REPLAYABLE: usize = 2_000;
/// How many sessions without a socket are kept.
const MOST_DETACHED: usize = 16;
/// The interaction type of a request for choices.
const AUTOCOMPLETE: u8 = 4;

/// What goes out on a socket.
#[derive(Debug, Clone)]
pub enum Outgoing {
    Text(Arc<str>),
    Close(u16, &'static str),
}

/// What a bot said of itself when it identified.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    pub intents: u64,
    /// This shard and how many there are.
    pub shard: (u64, u64),
}

/// The end of an attempt to resume.
#[derive(Debug, PartialEq, Eq)]
pub enum Resumed {
    Replayed,
    Unknown,
}

/// A trouble to make on every socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Closed without a word; the session can be resumed.
    Disconnect,
    /// The session is gone: identify again.
    InvalidSession,
    /// The session does not go on here, but can be resumed.
    InvalidButResumable,
    /// Discord asks to reconnect and resume.
    Reconnect,
}

struct Session {
    identity: Identity,
    seq: u64,
    history: VecDeque<(u64, Arc<str>)>,
    socket: Option<mpsc::UnboundedSender<Outgoing>>,
}

impl Session {
    fn is_on(&self, socket: &mpsc::UnboundedSender<Outgoing>) -> bool {
        self.socket
            .as_ref()
            .is_some_and(|current| current.same_channel(socket))
    }

    fn send(&mut self, name: &str, data: &str) {
        self.seq += 1;
        let text: Arc<str> = format!(r#"{{"op":0,"t":"{name}","s":{},"d":{data}}}"#, self.seq).into();
        if self.history.len() == REPLAYABLE {
            self.history.pop_front();
        }
        self.history.push_back((self.seq, text.clone()));
        if let Some(socket) = &self.socket {
            let _ = socket.send(Outgoing::Text(text));
        }
    }
}

/// A command, press or form as it went out: its data, the intents it needs and what of it is privileged.
type Delivered = (Value, u64, Content);

/// See the module.
pub struct Hub {
    sessions: Mutex<HashMap<String, Session>>,
    notices: broadcast::Sender<Arc<str>>,
    pub acts: Acts,
    hung: watch::Sender<bool>,
    /// Whether the next interaction goes out twice.
    repeats: AtomicBool,
    /// The last command, press or form that went out.
    last: Mutex<Option<Delivered>>,
    starts: Mutex<Starts>,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            sessions: Mutex::default(),
            notices: broadcast::channel(1_024).0,
            acts: Acts::default(),
            hung: watch::Sender::default(),
            repeats: AtomicBool::default(),
            last: Mutex::default(),
            starts: Mutex::default(),
        }
    }
}

impl Hub {
    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        // A panic elsewhere leaves the map whole: each change of it is one call.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn notices(&self) -> broadcast::Receiver<Arc<str>> {
        self.notices.subscribe()
    }

    /// Whether a bot is connected right now.
    pub fn has_bot(&self) -> bool {
        self.sessions().values().any(|session| session.socket.is_some())
    }

    /// Who identified for a session; none where it is not valid any more, or not carried by this socket.
    pub fn identity(&self, id: &str, socket: &mpsc::UnboundedSender<Outgoing>) -> Option<Identity> {
        let sessions = self.sessions();
        let session = sessions.get(id).filter(|session| session.is_on(socket))?;
        Some(session.identity)
    }

    /// How many sessions Discord would still let the bot begin today.
    pub fn starts_left(&self) -> StartsLeft {
        self.starts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .left(Instant::now())
    }

    /// Tells everybody concerned. The change it is news of is stored.
    pub fn publish(&self, happening: Happening) {
        // Nobody listening is fine.
        match happening {
            Happening::Notice(notice) => drop(self.notices.send(notice.to_string().into())),
            Happening::Effect(effect) => self.acts.tell(&effect),
            Happening::Gateway {
                name,
                data,
                intents,
                content,
            } => {
                self.dispatch(name, &data, intents, content);
                if name == "INTERACTION_CREATE" && data["type"] != AUTOCOMPLETE {
                    if self.repeats.swap(false, Ordering::Relaxed) {
                        self.dispatch(name, &data, intents, content);
                    }
                    *self.last() = Some((data, intents, content));
                }
            }
        }
    }

    /// Sends the next command, press or form twice, as Discord may after a failover of its own. An
    /// autocompletion goes by without it.
    pub fn repeat_next(&self) {
        self.repeats.store(true, Ordering::Relaxed);
    }

    /// Sends the last command, press or form once more, to whoever is connected now; whether there was one.
    pub fn repeat_last(&self) -> bool {
        let last = self.last().take();
        let was_there = last.is_some();
        if let Some((data, intents, content)) = last {
            self.dispatch("INTERACTION_CREATE", &data, intents, content);
            *self.last() = Some((data, intents, content));
        }
        was_there
    }

    fn last(&self) -> MutexGuard<'_, Option<Delivered>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets every socket, open or new, stay open and silent until all is well again.
    pub fn hang(&self) {
        self.hung.send_replace(true);
    }

    /// Whether every socket keeps silent just now.
    pub fn hung(&self) -> watch::Receiver<bool> {
        self.hung.subscribe()
    }

    /// Ends the troubles that last.
    pub fn mend(&self) {
        self.hung.send_replace(false);
        self.repeats.store(false, Ordering::Relaxed);
    }

    fn dispatch(&self, name: &str, data: &Value, intents: u64, content: Content) {
        let guild = match name {
            "GUILD_CREATE" | "GUILD_UPDATE" | "GUILD_DELETE" => Id::read(&data["id"]),
            _ => Id::read(&data["guild_id"]),
        };
        let open = data.to_string();
        let hidden = (content == Content::Privileged).then(|| without_content(data).to_string());
        for session in self.sessions().values_mut() {
            let Identity {
                intents: wanted,
                shard: (shard, count),
                ..
            } = session.identity;
            let home = guild.map_or(0, |guild| (guild.0 >> 22) % count);
            if (intents == 0 || wanted & intents != 0) && home == shard {
                let sees = wanted & intent::MESSAGE_CONTENT != 0;
                session.send(name, hidden.as_ref().filter(|_| !sees).unwrap_or(&open));
            }
        }
    }

    /// Opens a session on a socket; `first` are its first events, READY among them.
    pub fn open(
        &self,
        identity: Identity,
        socket: mpsc::UnboundedSender<Outgoing>,
        first: Vec<(&str, Value)>,
    ) -> String {
        self.starts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .count(Instant::now());
        let id = format!("{:032x}", rand::rng().random::<u128>());
        let mut session = Session {
            identity,
            seq: 0,
            history: VecDeque::new(),
            socket: Some(socket),
        };
        for (name, mut data) in first {
            if name == "READY" {
                data["session_id"] = json!(id);
            }
            session.send(name, &data.to_string());
        }
        let mut sessions = self.sessions();
        if sessions
            .values()
            .filter(|session| session.socket.is_none())
            .count()
            > MOST_DETACHED
        {
            sessions.retain(|_, session| session.socket.is_some());
        }
        sessions.insert(id.clone(), session);
        id
    }

    /// Carries a session on over a new socket, from the event after `seq`.
    pub fn resume(&self, id: &str, seq: u64, socket: mpsc::UnboundedSender<Outgoing>) -> Resumed {
        let mut sessions = self.sessions();
        let Some(session) = sessions.get_mut(id) else {
            return Resumed::Unknown;
        };
        let oldest = session.history.front().map_or(session.seq, |(seq, _)| seq - 1);
        if seq < oldest || seq > session.seq {
            sessions.remove(id);
            return Resumed::Unknown;
        }
        for (_, text) in session.history.iter().filter(|(number, _)| *number > seq) {
            let _ = socket.send(Outgoing::Text(text.clone()));
        }
        if let Some(old) = session.socket.replace(socket) {
            let _ = old.send(Outgoing::Close(close::SESSION_TIMED_OUT.0, "Resumed elsewhere."));
        }
        session.send("RESUMED", r#"{"_trace":[]}"#);
        Resumed::Replayed
    }

    /// Sends an event to one session alone.
    pub fn tell(&self, id: &str, name: &str, data: &Value) {
        if let Some(session) = self.sessions().get_mut(id) {
            session.send(name, &data.to_string());
        }
    }

    /// Takes a socket off its session, unless a newer socket carries it; `forget` ends the session too.
    pub fn detach(&self, id: &str, socket: &mpsc::UnboundedSender<Outgoing>, forget: bool) {
        let mut sessions = self.sessions();
        let Some(session) = sessions.get_mut(id) else {
            return;
        };
        if session.is_on(socket) {
            session.socket = None;
            if forget {
                sessions.remove(id);
            }
        }
    }

    /// Makes trouble on all sockets.
    pub fn make(&self, trouble: Trouble) {
        let mut sessions = self.sessions();
        for socket in sessions
            .values_mut()
            .filter_map(|session| session.socket.as_ref())
        {
            let (op, code) = match trouble {
                Trouble::Disconnect => (None, Some(4000)),
                Trouble::Reconnect => (Some(json!({"op": 7, "t": null, "s": null, "d": null})), None),
                Trouble::InvalidSession => (Some(json!({"op": 9, "t": null, "s": null, "d": false})), None),
                Trouble::InvalidButResumable => {
                    (Some(json!({"op": 9, "t": null, "s": null, "d": true})), None)
                }
            };
            if let Some(op) = op {
                let _ = socket.send(Outgoing::Text(op.to_string().into()));
            }
            if let Some(code) = code {
                let _ = socket.send(Outgoing::Close(code, "Disconnected."));
            }
        }
        match trouble {
            Trouble::InvalidSession => sessions.clear(),
            // Some bots resume on the same socket, others on a new one.
            Trouble::InvalidButResumable => sessions.values_mut().for_each(|session| session.socket = None),
            Trouble::Disconnect | Trouble::Reconnect => {}
        }
    }
}

/// A message event as a bot without the message content intent gets it.
pub fn without_content(message: &Value) -> Value {
    let mut message = message.clone();
    message["content"] = json!("");
    for list in ["embeds", "attachments", "components"] {
        message[list] = json!([]);
    }
    if let Some(message) = message.as_object_mut() {
        message.remove("poll");
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_too_long_ago_cannot_be_resumed() {
        let hub = Hub::default();
        let identity = Identity {
            intents: 0,
            shard: (0, 1),
        };
        let socket = || mpsc::unbounded_channel().0;
        let id = hub.open(identity, socket(), vec![("READY", json!({}))]);
        for _ in 0..REPLAYABLE {
            hub.tell(&id, "TYPING_START", &json!({}));
        }
        let (back, mut heard) = mpsc::unbounded_channel();
        assert_eq!(hub.resume(&id, 1, back), Resumed::Replayed);
        let replayed = std::iter::from_fn(|| heard.try_recv().ok()).count();
        assert_eq!(replayed, REPLAYABLE + 1, "all that was missed, and RESUMED");
        assert_eq!(
            hub.resume(&id, 1, socket()),
            Resumed::Unknown,
            "READY's successor is forgotten"
        );
        assert_eq!(
            hub.resume(&id, 3, socket()),
            Resumed::Unknown,
            "and the session with it"
        );
    }
}
