//! A playground on a free port, and the ways a test talks to it. The bots are elsewhere.
#![allow(dead_code, reason = "each test file uses a part")]

use std::path::Path;

use playground::{Keeper, Playground, PlaygroundSettings};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// A running playground.
pub struct House {
    pub base: String,
    pub keeper: Keeper,
    http: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
}

/// An answer of the REST side.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl House {
    pub async fn open() -> Self {
        Self::with(PlaygroundSettings::default()).await
    }

    pub async fn in_folder(folder: &Path) -> Self {
        Self::with(PlaygroundSettings {
            data: Some(folder.to_owned()),
            ..Default::default()
        })
        .await
    }

    pub async fn with(settings: PlaygroundSettings) -> Self {
        let playground = Playground::open(settings).await.unwrap();
        let keeper = playground.keeper();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(async move {
            let shutdown = async {
                let _ = stopped.await;
            };
            playground.serve(listener, shutdown).await.unwrap();
        });
        Self {
            base,
            keeper,
            http: reqwest::Client::new(),
            stop: Some(stop),
            served: Some(served),
        }
    }

    /// Closes the playground and waits until it is gone.
    pub async fn close(mut self) {
        drop(self.stop.take());
        self.served.take().unwrap().await.unwrap();
    }

    /// A request as the bot makes it.
    pub async fn rest(&self, method: Method, path: &str, body: Value) -> Answer {
        let url = format!("{}/api/v10{path}", self.base);
        let mut request = self.http.request(method, url).header("Authorization", "Bot test");
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Answer {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.rest(Method::GET, path, Value::Null).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.rest(Method::POST, path, body).await
    }

    /// A request to the control side.
    pub async fn control(&self, path: &str, body: &Value) -> Value {
        let response = self
            .http
            .post(format!("{}/api/{path}", self.base))
            .json(body)
            .send()
            .await
            .unwrap();
        response.json().await.unwrap()
    }

    pub async fn act(&self, act: Value) -> Value {
        self.control("act", &act).await
    }

    /// An act that must go well.
    pub async fn does(&self, act: Value) -> Value {
        let outcome = self.act(act.clone()).await;
        assert_eq!(outcome["ok"], true, "{act} → {outcome}");
        outcome
    }

    pub async fn state(&self) -> Value {
        self.http
            .get(format!("{}/api/state", self.base))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    pub async fn bytes(&self, url: &str) -> Vec<u8> {
        let response = self.http.get(url).send().await.unwrap();
        assert!(response.status().is_success(), "{url}: {}", response.status());
        response.bytes().await.unwrap().to_vec()
    }

    pub async fn channel(&self, name: &str) -> String {
        find(&self.state().await["channels"], name)
    }

    pub async fn user(&self, name: &str) -> String {
        find(&self.state().await["users"], name)
    }

    pub async fn messages(&self, channel: &str) -> Vec<Value> {
        self.state().await["messages"][channel]
            .as_array()
            .cloned()
            .unwrap_or_default()
    }
}

fn find(list: &Value, name: &str) -> String {
    let found = list.as_array().unwrap().iter().find(|it| it["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {list}"))["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Where Discord's error body says what is wrong: `content` → its first code.
pub fn error_at<'v>(body: &'v Value, path: &str) -> &'v str {
    assert_eq!(body["code"], 50035, "{body}");
    let place = path.split('.').fold(&body["errors"], |place, key| &place[key]);
    place["_errors"][0]["code"]
        .as_str()
        .unwrap_or_else(|| panic!("nothing at {path} in {body}"))
}

/// A one-pixel PNG.
pub fn pixel() -> Vec<u8> {
    let hex = "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c636001000000\
               05000106b7d5fc0000000049454e44ae426082";
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// The shape of a plain message.
pub fn text(content: &str) -> Value {
    json!({"content": content})
}
