//! A bot reduced to its gateway socket: a test reads each event itself.
#![allow(dead_code, reason = "each test file uses a part")]

use std::{io::Read, time::Duration};

use flate2::{Decompress, FlushDecompress, read::ZlibDecoder};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, protocol::CloseFrame},
};

use super::House;

/// A large payload that is compressed on its own begins so.
const ZLIB: u8 = 0x78;

pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub session: String,
    pub seq: u64,
    /// The one zlib stream of the connection, if it is compressed.
    inflating: Option<Decompress>,
    /// How many payloads came compressed.
    pub packed: u32,
}

impl Socket {
    pub async fn open(house: &House) -> Self {
        let mut socket = Self::at(house, "?v=10&encoding=json").await;
        assert_eq!(socket.read().await.unwrap()["op"], 10);
        socket
    }

    /// A socket whose address says what follows; nothing has been read from it.
    pub async fn at(house: &House, query: &str) -> Self {
        let url = house.get("/gateway").await.body["url"]
            .as_str()
            .unwrap()
            .to_owned();
        let (stream, _) = connect_async(format!("{url}{query}")).await.unwrap();
        Self {
            stream,
            session: String::new(),
            seq: 0,
            inflating: query.contains("zlib-stream").then(|| Decompress::new(true)),
            packed: 0,
        }
    }

    /// Opens a session with these intents beside guilds and messages.
    pub async fn identify(house: &House, intents: u64) -> Self {
        let mut socket = Self::open(house).await;
        let intents = intents | 1 | 1 << 9 | 1 << 12;
        socket.begin(json!({"intents": intents})).await;
        socket.next("GUILD_CREATE").await;
        socket
    }

    /// Identifies, with what else is to be said of it, up to READY, which it returns.
    pub async fn begin(&mut self, with: Value) -> Value {
        let mut data = json!({"token": "t", "intents": 0, "properties": {}});
        data.as_object_mut()
            .unwrap()
            .extend(with.as_object().unwrap().clone());
        self.send(json!({"op": 2, "d": data})).await;
        let ready = self.next("READY").await;
        ready["session_id"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.session);
        ready
    }

    /// Resumes a session on a new socket.
    pub async fn resume(house: &House, session: &str, seq: u64) -> Self {
        let mut socket = Self::open(house).await;
        socket.carry_on(session, seq).await;
        socket
    }

    /// Resumes a session on this socket.
    pub async fn carry_on(&mut self, session: &str, seq: u64) {
        session.clone_into(&mut self.session);
        self.send(json!({"op": 6, "d": {"token": "t", "session_id": session, "seq": seq}}))
            .await;
    }

    /// Closes the line with this code, and waits until that is done.
    pub async fn leave(mut self, code: u16) {
        let frame = CloseFrame {
            code: code.into(),
            reason: "".into(),
        };
        self.stream.close(Some(frame)).await.unwrap();
        while self.stream.next().await.is_some_and(|frame| frame.is_ok()) {}
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
                Message::Text(text) => return Some(self.note(&text)),
                Message::Binary(bytes) => {
                    self.packed += 1;
                    let text = self.inflate(&bytes);
                    return Some(self.note(&text));
                }
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    fn note(&mut self, text: &str) -> Value {
        let payload: Value = serde_json::from_str(text).unwrap();
        self.seq = payload["s"].as_u64().unwrap_or(self.seq);
        payload
    }

    fn inflate(&mut self, bytes: &[u8]) -> String {
        let mut text = Vec::with_capacity(1 << 20);
        if let Some(stream) = &mut self.inflating {
            assert!(
                bytes.ends_with(&[0, 0, 0xff, 0xff]),
                "each payload ends with a flush"
            );
            stream
                .decompress_vec(bytes, &mut text, FlushDecompress::Sync)
                .unwrap();
        } else {
            assert_eq!(bytes[0], ZLIB);
            ZlibDecoder::new(bytes).read_to_end(&mut text).unwrap();
        }
        String::from_utf8(text).unwrap()
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
