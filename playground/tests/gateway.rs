//! The gateway's manners, frame by frame.

mod house;
#[path = "house/socket.rs"]
mod socket;

use house::{House, text};
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
