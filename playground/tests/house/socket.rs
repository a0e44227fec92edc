//! A bot reduced to its gateway socket: a test reads each event itself.
#![allow(dead_code, reason = "each test file uses a part")]

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use super::House;

pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub session: String,
    pub seq: u64,
}

impl Socket {
    pub async fn open(house: &House) -> Self {
        let url = house.get("/gateway").await.body["url"]
            .as_str()
            .unwrap()
            .to_owned();
        let (stream, _) = connect_async(format!("{url}?v=10&encoding=json")).await.unwrap();
        let mut socket = Self {
            stream,
            session: String::new(),
            seq: 0,
        };
        assert_eq!(socket.read().await.unwrap()["op"], 10);
        socket
    }

    /// Opens a session with these intents beside guilds and messages.
    pub async fn identify(house: &House, intents: u64) -> Self {
        let mut socket = Self::open(house).await;
        let intents = intents | 1 | 1 << 9 | 1 << 12;
        socket
            .send(json!({"op": 2, "d": {"token": "t", "intents": intents, "properties": {}}}))
            .await;
        let ready = socket.next("READY").await;
        ready["session_id"]
            .as_str()
            .unwrap()
            .clone_into(&mut socket.session);
        socket.next("GUILD_CREATE").await;
        socket
    }

    pub async fn send(&mut self, payload: Value) {
        self.stream
            .send(Message::text(payload.to_string()))
            .await
            .unwrap();
    }

    /// The next payload; none at the end.
    pub async fn read(&mut self) -> Option<Value> {
        loop {
            match self.stream.next().await?.ok()? {
                Message::Text(text) => {
                    let payload: Value = serde_json::from_str(&text).unwrap();
                    self.seq = payload["s"].as_u64().unwrap_or(self.seq);
                    return Some(payload);
                }
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// The data of the next event of this name; others are passed over.
    pub async fn next(&mut self, name: &str) -> Value {
        loop {
            let payload = self
                .read()
                .await
                .unwrap_or_else(|| panic!("the line closed before {name}"));
            if payload["t"] == name {
                return payload["d"].clone();
            }
        }
    }

    /// Fails if anything comes within a moment in which, unhindered, it would have come many times over.
    pub async fn stays_silent(&mut self) {
        let heard = tokio::time::timeout(Duration::from_millis(200), self.stream.next()).await;
        assert!(heard.is_err(), "it was to be silent, and said {heard:?}");
    }

    /// The code the line is closed with.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Message::Close(frame) = self.stream.next().await?.ok()? {
                return frame.map(|frame| frame.code.into());
            }
        }
    }
}
