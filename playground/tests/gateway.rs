//! The gateway's manners, frame by frame.

mod house;
#[path = "house/socket.rs"]
mod socket;

use std::time::Duration;

use house::{House, text};
use playground::PlaygroundSettings;
use serde_json::{Value, json};
use socket::Socket;

#[tokio::test]
async fn heartbeats_are_answered_and_bad_manners_end_the_call() {
    let house = House::open().await;
    let mut polite = Socket::open(&house).await;
    polite.send(json!({"op": 1, "d": null})).await;
    assert_eq!(polite.read().await.unwrap()["op"], 11);
    for (payload, code) in [
        (json!({"op": 8, "d": {}}), 4003),
        (json!({"op": 2, "d": {"token": ""}}), 4004),
        (
            json!({"op": 2, "d": {"token": "t", "intents": 0, "shard": [1, 1]}}),
            4010,
        ),
        (json!({"op": 1, "d": "x".repeat(5_000)}), 4002),
    ] {
        let mut rude = Socket::open(&house).await;
        rude.send(payload.clone()).await;
        assert_eq!(rude.closed().await, Some(code), "{payload}");
    }
    let mut chatty = Socket::identify(&house, 0).await;
    for _ in 0..121 {
        chatty.send(json!({"op": 1, "d": null})).await;
    }
    assert_eq!(chatty.closed().await, Some(4008));
    house.close().await;
}

#[tokio::test]
async fn a_session_resumes_from_where_it_was_and_not_from_elsewhere() {
    let house = House::open().await;
    let path = format!("/channels/{}/messages", house.channel("lab").await);
    let mut first = Socket::identify(&house, 0).await;
    let (session, seq) = (first.session.clone(), first.seq);
    house.post(&path, text("heard")).await;
    first.next("MESSAGE_CREATE").await;
    drop(first);
    house.post(&path, text("missed")).await;

    let mut second = Socket::open(&house).await;
    second
        .send(json!({"op": 6, "d": {"token": "t", "session_id": session, "seq": seq}}))
        .await;
    assert_eq!(second.next("MESSAGE_CREATE").await["content"], "heard");
    assert_eq!(second.next("MESSAGE_CREATE").await["content"], "missed");
    second.next("RESUMED").await;

    for (session, seq) in [("unknown", seq), (session.as_str(), 1_000_000)] {
        let mut third = Socket::open(&house).await;
        third
            .send(json!({"op": 6, "d": {"token": "t", "session_id": session, "seq": seq}}))
            .await;
        let answer = third.read().await.unwrap();
        assert_eq!((&answer["op"], &answer["d"]), (&json!(9), &json!(false)));
    }
    house.close().await;
}

#[tokio::test]
async fn a_hung_gateway_says_nothing_until_it_is_well() {
    let house = House::open().await;
    let mut bot = Socket::identify(&house, 0).await;
    assert_eq!(
        house.control("fault", &json!({"gateway": "hang"})).await["ok"],
        true
    );
    let path = format!("/channels/{}/messages", house.channel("lab").await);
    bot.send(json!({"op": 1, "d": null})).await;
    let posted = house.post(&path, text("while it hangs")).await.body;
    bot.stays_silent().await;
    house.control("fault", &json!({})).await;
    assert_eq!(bot.next("MESSAGE_CREATE").await["id"], posted["id"]);
    assert_eq!(bot.read().await.unwrap()["op"], 11);
    house.close().await;
}

#[tokio::test]
async fn an_interaction_can_come_twice() {
    let house = House::open().await;
    let mut bot = Socket::identify(&house, 0).await;
    let app = house.get("/applications/@me").await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let hello = json!({"name": "hello", "description": "Greets."});
    house.post(&format!("/applications/{app}/commands"), hello).await;
    house.control("fault", &json!({"repeat": true})).await;
    let act = json!({"as": "ana", "channel": "lab", "slash": "/hello"});
    let answer = async {
        let first = bot.next("INTERACTION_CREATE").await;
        let second = bot.next("INTERACTION_CREATE").await;
        assert_eq!(first, second);
        let callback = format!(
            "/interactions/{}/{}/callback",
            first["id"].as_str().unwrap(),
            first["token"].as_str().unwrap()
        );
        let hi = json!({"type": 4, "data": {"content": "hi"}});
        assert_eq!(house.post(&callback, hi.clone()).await.status, 204);
        assert_eq!(house.post(&callback, hi).await.body["code"], 40060);
    };
    let (outcome, ()) = tokio::join!(house.does(act), answer);
    assert_eq!(outcome["messages"].as_array().unwrap().len(), 1);
    house.close().await;
}

#[tokio::test]
async fn a_bot_without_a_pulse_is_cut_off() {
    let house = House::with(PlaygroundSettings {
        heartbeat: Some(Duration::from_millis(200)),
        ..Default::default()
    })
    .await;
    let mut alive = Socket::identify(&house, 0).await;
    let mut dead = Socket::identify(&house, 0).await;
    let pulse = async {
        let mut beat = tokio::time::interval(Duration::from_millis(50));
        loop {
            beat.tick().await;
            alive.send(json!({"op": 1, "d": null})).await;
            assert_eq!(alive.read().await.unwrap()["op"], 11);
        }
    };
    tokio::select! {
        () = pulse => unreachable!("it goes on"),
        code = dead.closed() => assert_eq!(code, Some(4009)),
    }
    house.close().await;
}

#[tokio::test]
async fn intents_decide_what_is_heard() {
    const MEMBERS: u64 = 1 << 1;
    const CONTENT: u64 = 1 << 15;
    let house = House::open().await;
    let mut plain = Socket::identify(&house, 0).await;
    let mut curious = Socket::identify(&house, MEMBERS | CONTENT).await;
    house.keeper.add_person("dora", &["Moderators"]).await.unwrap();
    house
        .does(json!({"as": "dora", "channel": "moderators", "say": "hello"}))
        .await;
    assert_eq!(curious.next("GUILD_MEMBER_ADD").await["user"]["username"], "dora");
    assert_eq!(curious.next("MESSAGE_CREATE").await["content"], "hello");
    let first: Value = plain.read().await.unwrap();
    assert_eq!(
        (&first["t"], &first["d"]["content"]),
        (&json!("MESSAGE_CREATE"), &json!(""))
    );
    house.close().await;
}

#[tokio::test]
async fn all_that_happens_to_a_thread_is_told() {
    let house = House::open().await;
    let mut bot = Socket::identify(&house, 0).await;
    let lab = house.channel("lab").await;
    let thread = house
        .post(
            &format!("/channels/{lab}/threads"),
            json!({"name": "t", "type": 11}),
        )
        .await
        .body;
    let own = format!("/channels/{}", thread["id"].as_str().unwrap());
    assert_eq!(bot.next("THREAD_CREATE").await["newly_created"], true);
    house
        .rest(reqwest::Method::PATCH, &own, json!({"archived": true}))
        .await;
    assert_eq!(
        bot.next("THREAD_UPDATE").await["thread_metadata"]["archived"],
        true
    );
    let message = house.post(&format!("{own}/messages"), text("up")).await.body;
    assert_eq!(
        bot.next("THREAD_UPDATE").await["thread_metadata"]["archived"],
        false
    );
    assert_eq!(bot.next("MESSAGE_CREATE").await["id"], message["id"]);
    house.rest(reqwest::Method::DELETE, &own, Value::Null).await;
    assert_eq!(bot.next("THREAD_DELETE").await["id"], thread["id"]);
    house.close().await;
}
