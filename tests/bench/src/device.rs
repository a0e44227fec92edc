//! The measuring device: just enough of Discord's gateway and REST to send interactions to a bot as fast as it can take
//! them, and to see to the microsecond when each is answered. It keeps nothing, checks nothing and limits nothing, so that
//! what is measured is the bot. The playground is the Discord for everything but speed.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use axum::body::Bytes;
use axum::extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use flate2::write::ZlibEncoder;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::world::{self, CHANNEL};

/// How long one interaction may take before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(10);

/// When an interaction was answered.
#[derive(Debug, Clone, Copy)]
pub struct Answered {
    /// Acknowledged: the callback arrived.
    pub acknowledged: Instant,
    /// The content arrived: with the callback, or by the edit that follows a deferral.
    pub done: Instant,
}

/// The device, serving.
#[derive(Clone)]
pub struct Device {
    shared: Arc<Shared>,
    address: String,
}

#[derive(Default)]
struct Shared {
    address: String,
    /// Ids of the commands that the bot has registered.
    commands: Mutex<HashMap<String, String>>,
    bot: Mutex<Option<mpsc::UnboundedSender<Value>>>,
    ready: Notify,
    waiting: Mutex<HashMap<u64, Waiting>>,
    next: AtomicU64,
    posting: Mutex<Posting>,
    /// Where the clock that the bot follows is told to go.
    clock: Mutex<Option<mpsc::UnboundedSender<i64>>>,
}

/// What a bot did by itself, outside interactions.
#[derive(Debug, Clone, Default)]
pub struct Posting {
    /// Requests that count against the global limit.
    pub requests: u64,
    pub messages: u64,
    pub threads: u64,
    /// When the last message or thread was made.
    pub last: Option<Instant>,
}

struct Waiting {
    acknowledged: Option<Instant>,
    done: oneshot::Sender<Answered>,
}

impl Device {
    /// Serves on a port of its own.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let shared = Arc::new(Shared {
            address: address.clone(),
            next: AtomicU64::new(world::id_of_now()),
            ..Shared::default()
        });
        let router = Router::new()
            .route("/gateway", get(gateway))
            .route("/gateway/", get(gateway))
            .route("/api/clock/follow", get(follow))
            .route("/api/v10/interactions/{id}/{token}/callback", post(callback))
            .fallback(any(rest))
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(NoDelay(listener), router).await });
        Ok(Self { shared, address })
    }

    /// `127.0.0.1:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Waits until a bot has registered a command and is on the gateway.
    pub async fn bot_is_ready(&self, command: &str) -> anyhow::Result<()> {
        let waiting = async {
            loop {
                let change = self.shared.ready.notified();
                let registered = lock(&self.shared.commands).contains_key(command);
                if registered && lock(&self.shared.bot).is_some() {
                    return;
                }
                tokio::select! { () = change => {}, () = tokio::time::sleep(Duration::from_millis(5)) => {} }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), waiting)
            .await
            .context("the bot did not connect and register its command within 30 s")
    }

    /// Sends a slash command as a member, and waits for the answer.
    pub async fn slash(&self, member: u64, command: &str, options: Value) -> anyhow::Result<Answered> {
        let id = lock(&self.shared.commands)
            .get(command)
            .cloned()
            .context("the bot has no such command")?;
        self.interact(
            member,
            2,
            json!({ "id": id, "name": command, "type": 1, "options": options }),
        )
        .await
    }

    /// What the bot has done by itself since the last look.
    pub fn posting(&self) -> Posting {
        std::mem::take(&mut *lock(&self.shared.posting))
    }

    /// What it has done so far; the count goes on.
    pub fn posting_so_far(&self) -> Posting {
        lock(&self.shared.posting).clone()
    }

    /// Sets the bot's clock, in Unix milliseconds.
    pub fn set_clock(&self, now: i64) -> anyhow::Result<()> {
        let clock = lock(&self.shared.clock)
            .clone()
            .context("the bot follows no clock")?;
        Ok(clock.send(now)?)
    }

    async fn interact(&self, member: u64, kind: u8, data: Value) -> anyhow::Result<Answered> {
        let id = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let (done, answer) = oneshot::channel();
        let waiting = Waiting {
            acknowledged: None,
            done,
        };
        lock(&self.shared.waiting).insert(id, waiting);
        let event = world::interaction(id, member, kind, &data);
        let Some(bot) = lock(&self.shared.bot).clone() else {
            bail!("no bot is connected")
        };
        bot.send(json!({ "op": 0, "t": "INTERACTION_CREATE", "d": event }))?;
        if let Ok(answered) = tokio::time::timeout(PATIENCE, answer).await {
            return Ok(answered?);
        }
        lock(&self.shared.waiting).remove(&id);
        bail!("an interaction was not answered within {PATIENCE:?}")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A listener whose answers do not wait for company.
struct NoDelay(TcpListener);

impl axum::serve::Listener for NoDelay {
    type Io = tokio::net::TcpStream;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = axum::serve::Listener::accept(&mut self.0).await;
        // Where the option can't be set, answers are merely slower.
        drop(stream.set_nodelay(true));
        (stream, address)
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        axum::serve::Listener::local_addr(&self.0)
    }
}

/// The first answer to an interaction.
async fn callback(
    State(shared): State<Arc<Shared>>,
    Path((id, _token)): Path<(u64, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let now = Instant::now();
    if is_deferral(&headers, &body) {
        if let Some(waiting) = lock(&shared.waiting).get_mut(&id) {
            waiting.acknowledged = Some(now);
        }
    } else {
        finish(&shared, id, now);
    }
    StatusCode::NO_CONTENT
}

fn finish(shared: &Shared, id: u64, now: Instant) {
    if let Some(waiting) = lock(&shared.waiting).remove(&id) {
        let answered = Answered {
            acknowledged: waiting.acknowledged.unwrap_or(now),
            done: now,
        };
        // Whoever waited may have lost patience.
        let _ = waiting.done.send(answered);
    }
}

/// Callback types 5 and 6: "I am thinking".
fn is_deferral(headers: &HeaderMap, body: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Callback {
        r#type: u8,
    }
    let json = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    json && serde_json::from_slice::<Callback>(body).is_ok_and(|callback| matches!(callback.r#type, 5 | 6))
}

/// Everything else that a starting or answering bot asks of REST.
async fn rest(State(shared): State<Arc<Shared>>, method: Method, uri: Uri, body: Bytes) -> Response {
    let now = Instant::now();
    let path: Vec<&str> = uri
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .skip(2)
        .collect();
    if path.first() == Some(&"channels") {
        count(&mut lock(&shared.posting), method.as_str(), &path, now);
    }
    let answer = match (method.as_str(), path.as_slice()) {
        ("GET", ["gateway"]) => json!({ "url": format!("ws://{}/gateway", shared.address) }),
        ("GET", ["gateway", "bot"]) => json!({
            "url": format!("ws://{}/gateway", shared.address), "shards": 1,
            "session_start_limit": { "total": 1_000, "remaining": 999, "reset_after": 0, "max_concurrency": 1 },
        }),
        ("GET", ["users", "@me"]) => world::bot_user(),
        ("GET", ["applications" | "oauth2", ..]) => world::application(),
        ("PUT", ["applications", _, .., "commands"]) => register(&shared, &body),
        // `/webhooks/{application}/{token}/messages/@original`: what follows a deferral. The token begins with the id.
        ("PATCH", ["webhooks", _, token, ..]) => {
            if let Some(id) = token.split('.').next().and_then(|id| id.parse().ok()) {
                finish(&shared, id, now);
            }
            world::message("1")
        }
        ("POST", ["webhooks", ..]) => world::message("1"),
        ("POST", ["channels", channel, "messages"]) => {
            let mut message = world::message(&shared.next.fetch_add(1, Ordering::Relaxed).to_string());
            message["channel_id"] = json!(channel);
            message
        }
        ("POST", ["channels", channel, "messages", message, "threads"]) => world::thread(channel, message),
        ("GET", ["channels", channel]) => world::channel(channel.parse().unwrap_or(CHANNEL)),
        ("GET", ["guilds", _]) => world::guild(),
        ("GET", _) => json!([]),
        _ => return StatusCode::NO_CONTENT.into_response(),
    };
    Json(answer).into_response()
}

fn count(posting: &mut Posting, method: &str, path: &[&str], now: Instant) {
    posting.requests += 1;
    match (method, path) {
        ("POST", [_, _, "messages"]) => posting.messages += 1,
        ("POST", [_, _, "messages", _, "threads"]) => posting.threads += 1,
        _ => return,
    }
    posting.last = Some(now);
}

/// The clock that a bot on this machine follows; it begins at the real time.
async fn follow(State(shared): State<Arc<Shared>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |mut socket| async move {
        let (steps, mut told) = mpsc::unbounded_channel();
        let real = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let _ = steps.send(real.unwrap_or_default().as_millis() as i64);
        *lock(&shared.clock) = Some(steps);
        let mut number = 0_u64;
        loop {
            let sent = tokio::select! {
                Some(now) = told.recv() => {
                    number += 1;
                    socket.send(Frame::text(json!({ "seq": number, "now": now }).to_string())).await
                }
                received = socket.recv() => match received {
                    Some(Ok(_)) => Ok(()),
                    _ => return,
                },
            };
            if sent.is_err() {
                return;
            }
        }
    })
}

/// Takes over a list of commands and gives each an id.
fn register(shared: &Shared, body: &[u8]) -> Value {
    let list: Vec<Value> = serde_json::from_slice(body).unwrap_or_default();
    let registered: Vec<Value> = (1_u64..)
        .zip(list)
        .map(|(id, command)| world::registered(id, command))
        .collect();
    let names = registered.iter().filter_map(|command| {
        let text = |field: &str| command[field].as_str().map(str::to_owned);
        Some((text("name")?, text("id")?))
    });
    *lock(&shared.commands) = names.collect();
    shared.ready.notify_waiters();
    Value::Array(registered)
}

async fn gateway(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    upgrade: WebSocketUpgrade,
) -> Response {
    let zlib = query.is_some_and(|query| query.contains("compress=zlib-stream"));
    upgrade.on_upgrade(move |socket| converse(shared, socket, zlib))
}

/// One connected bot: greeted, identified, kept alive, and sent what there is to send.
async fn converse(shared: Arc<Shared>, mut socket: WebSocket, zlib: bool) {
    let mut writer = Writer {
        zlib: zlib.then(|| ZlibEncoder::new(Vec::new(), flate2::Compression::fast())),
        sequence: 0,
    };
    let (to_bot, mut outgoing) = mpsc::unbounded_channel::<Value>();
    let hello = json!({ "op": 10, "d": { "heartbeat_interval": 41_250 } });
    if socket.send(writer.frame(hello)).await.is_err() {
        return;
    }
    loop {
        let sent = tokio::select! {
            Some(payload) = outgoing.recv() => socket.send(writer.frame(payload)).await,
            received = socket.recv() => {
                let Some(Ok(frame)) = received else { break };
                let Some(payload) = payload(&frame) else { continue };
                match payload["op"].as_u64() {
                    Some(1) => socket.send(writer.frame(json!({ "op": 11 }))).await,
                    Some(2) => {
                        let ready = world::ready(&shared.address);
                        let greeted = socket.send(writer.frame(dispatch("READY", &ready))).await;
                        let guild = dispatch("GUILD_CREATE", &world::guild());
                        let greeted = match greeted {
                            Ok(()) => socket.send(writer.frame(guild)).await,
                            failed => failed,
                        };
                        *lock(&shared.bot) = Some(to_bot.clone());
                        shared.ready.notify_waiters();
                        greeted
                    }
                    _ => Ok(()),
                }
            }
        };
        if sent.is_err() {
            break;
        }
    }
}

fn dispatch(name: &str, data: &Value) -> Value {
    json!({ "op": 0, "t": name, "d": data })
}

fn payload(frame: &Frame) -> Option<Value> {
    match frame {
        Frame::Text(text) => serde_json::from_str(text).ok(),
        Frame::Binary(bytes) => serde_json::from_slice(bytes).ok(),
        _ => None,
    }
}

/// Numbers what is dispatched, and compresses where the bot asked for it.
struct Writer {
    zlib: Option<ZlibEncoder<Vec<u8>>>,
    sequence: u64,
}

impl Writer {
    fn frame(&mut self, mut payload: Value) -> Frame {
        if payload["op"] == 0 {
            self.sequence += 1;
            payload["s"] = json!(self.sequence);
        }
        let text = payload.to_string();
        match &mut self.zlib {
            None => Frame::text(text),
            Some(encoder) => {
                // Writing to memory does not fail.
                drop(encoder.write_all(text.as_bytes()).and_then(|()| encoder.flush()));
                Frame::Binary(std::mem::take(encoder.get_mut()).into())
            }
        }
    }
}
