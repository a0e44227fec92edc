//! A Discord by script, on a real socket: it answers as each test says and remembers what it was asked.
// Each test binary compiles this file and uses its own part of it.
#![allow(dead_code, reason = "shared by several test binaries")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use bytes::Bytes;
use discord::gate::{Gate, GateSettings};
use reqwest::Url;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Notify;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: Method,
    /// Path and query.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub at: Instant,
}

/// How the upstream answers.
#[derive(Debug, Clone)]
pub enum Reply {
    Says(u16, Vec<(&'static str, String)>, String),
    /// A good beginning, then the connection breaks.
    Cut,
    /// Nothing, ever.
    Hang,
}

impl Seen {
    /// The body as text, whatever it is.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; of a multipart body, its `payload_json`.
    pub fn json(&self) -> serde_json::Value {
        let text = self.text();
        let payload = text.split("name=\"payload_json\"").nth(1).map(str::trim_start);
        let json = payload.and_then(|rest| rest.lines().next()).unwrap_or(&text);
        serde_json::from_str(json).unwrap()
    }
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self::Says(status, Vec::new(), String::new())
    }

    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::Says(
            status,
            vec![("content-type", "application/json".into())],
            body.to_string(),
        )
    }

    /// A message of the bot's, as Discord gives it back.
    pub fn message() -> Self {
        Self::json(
            200,
            &serde_json::json!({
                "id": "5", "channel_id": "1", "content": "The lesson of the day", "type": 0, "tts": false,
                "author": {"id": "9", "username": "tributary", "discriminator": "0", "avatar": null, "bot": true},
                "timestamp": "2026-11-23T09:00:00+00:00", "edited_timestamp": null, "mention_everyone": false,
                "mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "pinned": false,
            }),
        )
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Says(_, headers, _) = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

type Script = dyn Fn(usize, &Seen) -> Reply + Send + Sync;

struct Shared {
    script: Box<Script>,
    seen: Mutex<Vec<Seen>>,
    arrived: Notify,
}

/// The scripted Discord; it goes away with the test's runtime.
pub struct Upstream {
    pub url: Url,
    shared: Arc<Shared>,
}

impl Upstream {
    /// The script gets the number of requests that came before, and the request.
    pub async fn start(script: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static) -> Self {
        let shared = Arc::new(Shared {
            script: Box::new(script),
            seen: Mutex::default(),
            arrived: Notify::new(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        let router = Router::new().fallback(answer).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// Waits until this many requests have arrived.
    pub async fn arrivals(&self, wanted: usize) -> Vec<Seen> {
        loop {
            let arrived = self.shared.arrived.notified();
            let seen = self.seen();
            if seen.len() >= wanted {
                return seen;
            }
            arrived.await;
        }
    }

    /// A gate in front of it, with pauses short enough for a test.
    pub async fn gate(&self) -> Gate {
        self.gate_with(|_| ()).await
    }

    pub async fn gate_with(&self, change: impl FnOnce(&mut GateSettings)) -> Gate {
        let mut settings = GateSettings::new(self.url.clone());
        settings.backoff = Duration::from_millis(4);
        change(&mut settings);
        Gate::start(settings).await.unwrap()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let at = Instant::now();
    let seen = Seen {
        method: parts.method,
        path: parts.uri.to_string(),
        headers: parts.headers,
        body: axum::body::to_bytes(body, usize::MAX).await.unwrap(),
        at,
    };
    let before = {
        let mut all = shared.seen.lock().unwrap();
        all.push(seen.clone());
        all.len() - 1
    };
    shared.arrived.notify_one();
    match (shared.script)(before, &seen) {
        Reply::Says(status, headers, body) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(Body::from(body)).unwrap()
        }
        Reply::Cut => {
            let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            Response::new(Body::from_stream(futures::stream::iter([
                Ok(Bytes::from("{")),
                Err(broken),
            ])))
        }
        Reply::Hang => std::future::pending().await,
    }
}

/// An address where nobody listens, and nobody else can begin to while this is held.
pub struct Nobody {
    pub url: Url,
    _held: TcpSocket,
}

impl Nobody {
    pub fn there() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap())
            .parse()
            .unwrap();
        Self { url, _held: socket }
    }

    /// A gate in front of it that soon gives up.
    pub async fn gate(&self) -> Gate {
        let mut settings = GateSettings::new(self.url.clone());
        settings.backoff = Duration::from_millis(4);
        settings.callback_window = Duration::from_millis(100);
        Gate::start(settings).await.unwrap()
    }
}

/// A caller of the gate that follows nothing and uses no system proxy.
pub fn caller() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// What the gate answered.
#[derive(Debug)]
pub struct Told {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Told {
    pub fn outcome(&self) -> Option<&str> {
        self.headers
            .get(discord::gate::OUTCOME_HEADER)
            .map(|value| value.to_str().unwrap())
    }
}

/// One call through the gate, e.g. `call(&gate, Method::GET, "/api/v10/users/@me")`.
pub async fn call(gate: &Gate, method: Method, path: &str) -> Told {
    let response = caller()
        .request(method, format!("{}{path}", gate.url()))
        .header("authorization", "Bot secret-bot-token")
        .send()
        .await
        .unwrap();
    Told {
        status: response.status(),
        headers: response.headers().clone(),
        body: response.text().await.unwrap(),
    }
}
