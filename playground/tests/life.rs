//! What the playground goes through: deaths, faults, a moving clock, a record of it all.

mod house;
#[path = "house/socket.rs"]
mod socket;

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use futures::{SinkExt, StreamExt};
use house::{House, pixel, text};
use playground::{Playground, PlaygroundSettings};
use reqwest::Method;
use serde_json::{Value, json};
use socket::Socket;
use tokio_tungstenite::{connect_async, tungstenite::Message};

const CHILD_FOLDER: &str = "PLAYGROUND_TEST_CHILD";

/// Not a test of its own: the playground that another test kills. Without the variable it does nothing.
#[tokio::test]
async fn child() {
    let Some(folder) = std::env::var_os(CHILD_FOLDER) else {
        return;
    };
    let settings = PlaygroundSettings {
        data: Some(folder.into()),
        ..Default::default()
    };
    let playground = Playground::open(settings).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("\nlistening http://{}", listener.local_addr().unwrap());
    playground.serve(listener, std::future::pending()).await.unwrap();
}

struct Killable(Child);

impl Drop for Killable {
    fn drop(&mut self) {
        // SIGKILL: nothing of the child runs after it.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(folder: &Path) -> (Killable, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(CHILD_FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let base = lines
        .find_map(|line| line.strip_prefix("listening ").map(str::to_owned))
        .unwrap();
    // Whoever stops reading breaks the child's pipe.
    std::thread::spawn(move || lines.for_each(drop));
    (Killable(child), base)
}

async fn ask(base: &str, path: &str, body: Option<Value>) -> Value {
    let client = reqwest::Client::new();
    let request = match body {
        Some(body) => client.post(format!("{base}{path}")).json(&body),
        None => client.get(format!("{base}{path}")),
    };
    request
        .header("Authorization", "Bot t")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

#[tokio::test]
async fn whatever_was_answered_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let (child, base) = start(folder.path());
    let state = ask(&base, "/api/state", None).await;
    let lab = state["channels"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "lab")
        .unwrap()["id"]
        .clone();
    let lab = lab.as_str().unwrap();
    let sent = ask(
        &base,
        &format!("/api/v10/channels/{lab}/messages"),
        Some(text("kept")),
    )
    .await;
    let thread_path = format!(
        "/api/v10/channels/{lab}/messages/{}/threads",
        sent["id"].as_str().unwrap()
    );
    ask(&base, &thread_path, Some(json!({"name": "talk"}))).await;
    ask(
        &base,
        "/api/clock",
        Some(json!({"set": "2031-05-05T09:00:00+02:00"})),
    )
    .await;
    let before = ask(&base, "/api/state", None).await;
    drop(child);

    let (_child, base) = start(folder.path());
    let after = ask(&base, "/api/state", None).await;
    assert_eq!(after["messages"][lab][0]["content"], "kept");
    for part in ["users", "channels", "commands", "guild"] {
        assert_eq!(before[part], after[part]);
    }
    assert!(
        after["clock"].as_str().unwrap().starts_with("2031-05-05T07:0"),
        "{}",
        after["clock"]
    );
    let next = ask(
        &base,
        &format!("/api/v10/channels/{lab}/messages"),
        Some(text("next")),
    )
    .await;
    let number = |message: &Value| message["id"].as_str().unwrap().parse::<u64>().unwrap();
    assert!(number(&next) > number(&sent), "ids go on rising");
}

#[tokio::test]
async fn an_open_token_and_a_secret_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::in_folder(folder.path()).await;
    let app = house.get("/users/@me").await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let command = json!([{"name": "go", "description": "d"}]);
    house
        .rest(Method::PUT, &format!("/applications/{app}/commands"), command)
        .await;
    let mut bot = Socket::identify(&house, 0).await;
    let act = house.act(json!({"as": "ana", "channel": "lab", "slash": "/go"}));
    let (_, token) = tokio::join!(act, async {
        let it = bot.next("INTERACTION_CREATE").await;
        let token = it["token"].as_str().unwrap().to_owned();
        let path = format!("/interactions/{}/{token}/callback", it["id"].as_str().unwrap());
        house
            .post(
                &path,
                json!({"type": 4, "data": {"content": "psst", "flags": 64}}),
            )
            .await;
        token
    });
    house.close().await;

    let house = House::in_folder(folder.path()).await;
    let lab = house.channel("lab").await;
    assert_eq!(house.messages(&lab).await[0]["ephemeral_to"], "ana");
    let edit = format!("/webhooks/{app}/{token}/messages/@original");
    assert_eq!(
        house.rest(Method::PATCH, &edit, text("still here")).await.status,
        200
    );
    assert_eq!(house.messages(&lab).await[0]["content"], "still here");
    house.close().await;
}

#[tokio::test]
async fn faults_strike_the_rest_side_until_they_are_cleared() {
    let house = House::open().await;
    let path = format!("/channels/{}/messages", house.channel("lab").await);
    assert_eq!(
        house.control("fault", &json!({"rest": {"status": 503}})).await["ok"],
        true
    );
    assert_eq!(house.post(&path, text("lost")).await.status, 503);
    house
        .control("fault", &json!({"rest": {"status": 500, "for": 0}}))
        .await;
    assert_eq!(
        house.post(&path, text("over")).await.status,
        200,
        "its time is up"
    );
    house
        .control("fault", &json!({"rest": {"status": 429, "rate": 1.0}}))
        .await;
    assert_eq!(house.post(&path, text("lost")).await.body["global"], true);
    assert_eq!(house.control("fault", &json!({})).await["ok"], true);
    assert_eq!(house.post(&path, text("through")).await.status, 200);
    for wrong in [
        json!({"rest": {"status": 200}}),
        json!({"rest": {"rate": 2}}),
        json!({"gateway": "explode"}),
        json!({"x": 1}),
    ] {
        assert_eq!(house.control("fault", &wrong).await["ok"], false, "{wrong}");
    }
    let said: Vec<Value> = house.messages(&house.channel("lab").await).await;
    assert_eq!(said.len(), 2);
    house.close().await;
}

#[tokio::test]
async fn an_answer_can_get_lost_after_the_message_is_there() {
    let house = House::open().await;
    let lab = house.channel("lab").await;
    house.control("fault", &json!({"drop_after_commit": true})).await;
    let url = format!("{}/api/v10/channels/{lab}/messages", house.base);
    let post = || {
        reqwest::Client::new()
            .post(&url)
            .header("Authorization", "Bot t")
            .json(&text("once"))
    };
    assert!(
        post().send().await.is_err(),
        "the line is cut before a byte of the answer"
    );
    assert_eq!(house.messages(&lab).await.len(), 1);
    assert!(
        post().send().await.unwrap().status().is_success(),
        "only the next one is lost"
    );
    house.close().await;
}

#[tokio::test]
async fn a_thread_can_be_open_without_its_opener_hearing_of_it() {
    let house = House::open().await;
    let lab = house.channel("lab").await;
    let message = house
        .post(&format!("/channels/{lab}/messages"), text("on me"))
        .await
        .body;
    let on_message = format!("{lab}/messages/{}", message["id"].as_str().unwrap());
    for (place, name) in [(lab.as_str(), "alone"), (on_message.as_str(), "on a message")] {
        house
            .control("fault", &json!({"drop_after_commit": "thread"}))
            .await;
        let sent = reqwest::Client::new()
            .post(format!("{}/api/v10/channels/{place}/threads", house.base))
            .header("Authorization", "Bot t")
            .json(&json!({"name": name, "type": 11}))
            .send()
            .await;
        assert!(sent.is_err(), "{name}: the answer is lost");
        house.channel(name).await;
    }
    let again = house
        .post(
            &format!("/channels/{on_message}/threads"),
            json!({"name": "again"}),
        )
        .await;
    assert_eq!(again.body["code"], 160_004, "it was made, and says so");
    house.close().await;
}

/// A follower with a list of moments; it posts a message at each, and notes the steps it saw.
async fn follow(house: &House, due: Vec<i64>) -> tokio::task::JoinHandle<Vec<i64>> {
    let url = format!("{}/api/clock/follow", house.base.replace("http", "ws"));
    let (mut line, _) = connect_async(url).await.unwrap();
    let hello = line.next().await.unwrap().unwrap();
    assert!(hello.to_text().unwrap().contains("\"now\""));
    line.send(Message::text(json!({"next": due.first()}).to_string()))
        .await
        .unwrap();
    let path = format!(
        "{}/api/v10/channels/{}/messages",
        house.base,
        house.channel("lessons").await
    );
    tokio::spawn(async move {
        let (mut due, mut stops) = (due.into_iter().peekable(), Vec::new());
        while let Some(Ok(Message::Text(step))) = line.next().await {
            let step: Value = serde_json::from_str(&step).unwrap();
            let now = step["now"].as_i64().unwrap();
            while due.next_if(|moment| *moment <= now).is_some() {
                stops.push(now);
                let post = reqwest::Client::new()
                    .post(&path)
                    .header("Authorization", "Bot t");
                assert!(
                    post.json(&text(&format!("at {now}")))
                        .send()
                        .await
                        .unwrap()
                        .status()
                        .is_success()
                );
            }
            let answer = json!({"seq": step["seq"], "next": due.peek()});
            line.send(Message::text(answer.to_string())).await.unwrap();
        }
        stops
    })
}

#[tokio::test]
async fn the_clock_stops_at_each_moment_somebody_waits_for() {
    let house = House::open().await;
    let start = house
        .control("clock", &json!({"set": "2026-11-23T08:00:00Z"}))
        .await;
    assert!(start["clock"].as_str().unwrap().starts_with("2026-11-23T08:00:0"));
    let hour = |hour: i64| 1_795_392_000_000 + hour * 3_600_000;
    let follower = follow(&house, vec![hour(24), hour(48), hour(72)]).await;
    let walked = house.control("clock", &json!({"advance": "2d12h"})).await;
    let posted: Vec<&str> = walked["posted"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["content"].as_str().unwrap())
        .collect();
    assert_eq!(posted.len(), 2, "{walked}");
    assert!(
        walked["clock"].as_str().unwrap().starts_with("2026-11-25T"),
        "{walked}"
    );
    let nothing = house.control("clock", &json!({"advance": "1m"})).await;
    assert_eq!(nothing["posted"], json!([]));
    let back = house
        .control("clock", &json!({"set": "2026-11-23T00:00:00Z"}))
        .await;
    assert!(back["clock"].as_str().unwrap().starts_with("2026-11-23T00:00:0"));
    for wrong in [
        json!({}),
        json!({"advance": "soon"}),
        json!({"set": "tomorrow"}),
        json!({"advance": "1h", "set": "x"}),
    ] {
        assert_eq!(house.control("clock", &wrong).await["ok"], false);
    }
    house.close().await;
    let stops = follower.await.unwrap();
    assert_eq!(stops, [hour(24), hour(48)], "at the very moments, in order");
}

#[tokio::test]
async fn a_follower_that_leaves_does_not_stop_the_clock() {
    let house = House::open().await;
    let url = format!("{}/api/clock/follow", house.base.replace("http", "ws"));
    let (mut line, _) = connect_async(url).await.unwrap();
    line.next().await.unwrap().unwrap();
    let leaving = async {
        line.next().await.unwrap().unwrap();
        drop(line);
    };
    let advance = json!({"advance": "1h"});
    let (walked, ()) = tokio::join!(house.control("clock", &advance), leaving);
    assert_eq!(walked["ok"], true);
    house.close().await;
}

#[tokio::test]
async fn quiet_threads_fall_asleep_by_the_playgrounds_clock() {
    let house = House::open().await;
    let lab = house.channel("lab").await;
    let body = json!({"name": "t", "type": 11, "auto_archive_duration": 60});
    let thread = house.post(&format!("/channels/{lab}/threads"), body).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let asleep =
        async || house.get(&format!("/channels/{thread}")).await.body["thread_metadata"]["archived"].clone();
    house.control("clock", &json!({"advance": "59m"})).await;
    assert_eq!(asleep().await, false);
    house.control("clock", &json!({"advance": "2m"})).await;
    assert_eq!(asleep().await, true);
    house.close().await;
}

#[tokio::test]
async fn every_request_is_recorded_as_it_came() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("traffic.jsonl");
    let house = House::with(PlaygroundSettings {
        record: Some(file.clone()),
        ..Default::default()
    })
    .await;
    let lab = house.channel("lab").await;
    house.get(&format!("/channels/{lab}/messages?limit=3")).await;
    let form = reqwest::multipart::Form::new()
        .text(
            "payload_json",
            json!({"content": "see", "attachments": [{"id": 0, "description": "a dot"}]}).to_string(),
        )
        .part(
            "files[0]",
            reqwest::multipart::Part::bytes(pixel()).file_name("dot.png"),
        );
    let url = format!("{}/api/v10/channels/{lab}/messages", house.base);
    let request = reqwest::Client::new()
        .post(url)
        .header("Authorization", "Bot t")
        .multipart(form);
    let sent: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(sent["attachments"][0]["description"], "a dot");
    house.close().await;

    let lines: Vec<Value> = std::fs::read_to_string(file)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2, "the control side is nobody's business");
    assert_eq!(
        (&lines[0]["query"], &lines[0]["body"]),
        (&json!("limit=3"), &Value::Null)
    );
    assert_eq!(lines[1]["path"], format!("/channels/{lab}/messages"));
    assert_eq!(lines[1]["body"]["content"], "see");
    let size = pixel().len();
    assert_eq!(
        lines[1]["files"],
        json!([{"field": "files[0]", "filename": "dot.png", "size": size}])
    );
}

#[tokio::test]
async fn a_page_hears_of_changes_and_is_served_with_its_parts() {
    let house = House::open().await;
    let page = String::from_utf8(house.bytes(&house.base).await).unwrap();
    assert!(page.to_lowercase().contains("<!doctype html>"));
    let events = reqwest::get(format!("{}/api/events", house.base)).await.unwrap();
    let mut events = events.bytes_stream();
    house
        .does(json!({"as": "ana", "channel": "lab", "say": "news"}))
        .await;
    let mut heard = String::new();
    while !heard.contains("news") {
        heard += std::str::from_utf8(&events.next().await.unwrap().unwrap()).unwrap();
    }
    house.close().await;
}

#[tokio::test]
async fn the_playground_serves_this_machine_alone() {
    let playground = Playground::open(PlaygroundSettings::default()).await.unwrap();
    let open_to_all = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = playground
        .serve(open_to_all, std::future::pending())
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("this machine alone"), "{refused}");

    let house = House::open().await;
    let client = reqwest::Client::new();
    let act = client
        .post(format!("{}/api/act", house.base))
        .header("Origin", "https://evil.example");
    assert_eq!(act.json(&json!({})).send().await.unwrap().status(), 403);
    let rest = client
        .get(format!("{}/api/v10/users/@me", house.base))
        .send()
        .await
        .unwrap();
    assert_eq!(rest.status(), 401);
    house.close().await;
}
