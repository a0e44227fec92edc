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
        (json!({"op": 2, "d": {"token": "two words", "intents": 0}}), 4004),
        (json!({"op": 6, "d": {"session_id": "x", "seq": 1}}), 4004),
        (
            json!({"op": 2, "d": {"token": "t", "intents": 0, "shard": [1, 1]}}),
            4010,
        ),
        (
            json!({"op": 2, "d": {"token": "t", "intents": 0, "shard": 0}}),
            4010,
        ),
        (json!({"op": 2, "d": {"token": "t"}}), 4013),
        (json!({"op": 2, "d": {"token": "t", "intents": 1 << 30}}), 4013),
        (json!({"op": 2, "d": {"token": "t", "intents": 1 << 1}}), 4014),
        (json!({"op": 2, "d": {"token": "t", "intents": 1 << 8}}), 4014),
        (json!({"op": 2, "d": {"token": "t", "intents": 1 << 15}}), 4014),
        (
            json!({"op": 2, "d": {"token": "t", "intents": 0, "presence": {"status": "busy"}}}),
            4002,
        ),
        (json!({"op": 99, "d": {}}), 4001),
        (json!({"op": 1, "d": "x".repeat(5_000)}), 4002),
    ] {
        let mut rude = Socket::open(&house).await;
        rude.send(payload.clone()).await;
        assert_eq!(rude.closed().await, Some(code), "{payload}");
    }
    for payload in [
        json!({"op": 2, "d": {"token": "t", "intents": 0}}),
        json!({"op": 6, "d": {"token": "t"}}),
    ] {
        let mut twice = Socket::identify(&house, 0).await;
        twice.send(payload).await;
        assert_eq!(twice.closed().await, Some(4005));
    }
    for (query, code) in [
        ("?encoding=etf", 4002),
        ("?v=9", 4012),
        ("?compress=zstd-stream", 4002),
    ] {
        assert_eq!(
            Socket::at(&house, query).await.closed().await,
            Some(code),
            "{query}"
        );
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

    let mut second = Socket::resume(&house, &session, seq).await;
    assert_eq!(second.next("MESSAGE_CREATE").await["content"], "heard");
    assert_eq!(second.next("MESSAGE_CREATE").await["content"], "missed");
    second.next("RESUMED").await;

    for (session, seq) in [("unknown", seq), (session.as_str(), 1_000_000)] {
        let mut third = Socket::resume(&house, session, seq).await;
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
    permit(&house, 1 << 15 | 1 << 19).await;
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

/// Lets the application have privileged intents, by its flags.
async fn permit(house: &House, flags: u64) {
    let changed = house
        .rest(
            reqwest::Method::PATCH,
            "/applications/@me",
            json!({"flags": flags}),
        )
        .await;
    assert_eq!(changed.body["flags"], flags);
}

#[tokio::test]
async fn a_session_outlives_a_cut_line_and_not_a_good_bye() {
    let house = House::open().await;
    for (code, lives) in [(4000, true), (1000, false), (1001, false)] {
        let first = Socket::identify(&house, 0).await;
        let (session, seq) = (first.session.clone(), first.seq);
        first.leave(code).await;
        let answer = Socket::resume(&house, &session, seq).await.read().await.unwrap();
        let told = if lives {
            answer["t"] == "RESUMED"
        } else {
            answer["op"] == 9
        };
        assert!(told, "after {code}: {answer}");
    }
    house.close().await;
}

#[tokio::test]
async fn a_session_moves_with_its_newest_socket() {
    let house = House::open().await;
    let mut old = Socket::identify(&house, 0).await;
    let mut new = Socket::resume(&house, &old.session, old.seq).await;
    new.next("RESUMED").await;
    assert_eq!(old.closed().await, Some(4009));
    assert_eq!(
        house
            .control("fault", &json!({"gateway": "invalid_session_resumable"}))
            .await["ok"],
        true
    );
    let told = new.read().await.unwrap();
    assert_eq!((&told["op"], &told["d"]), (&json!(9), &json!(true)));
    let session = new.session.clone();
    new.carry_on(&session, new.seq).await;
    new.next("RESUMED").await;
    house.close().await;
}

#[tokio::test]
async fn payloads_come_as_a_stream_or_only_the_large_ones_compressed() {
    let house = House::open().await;
    let mut stream = Socket::at(&house, "?v=10&encoding=json&compress=zlib-stream").await;
    assert_eq!(stream.read().await.unwrap()["op"], 10);
    stream.begin(json!({"intents": 1, "compress": true})).await;
    assert_eq!(stream.next("GUILD_CREATE").await["name"], "Demo");
    stream.send(json!({"op": 1, "d": null})).await;
    assert_eq!(stream.read().await.unwrap()["op"], 11);
    assert_eq!(stream.packed, 4, "all of it");

    let mut large = Socket::open(&house).await;
    large.begin(json!({"intents": 1, "compress": true})).await;
    let before = large.packed;
    assert_eq!(large.next("GUILD_CREATE").await["name"], "Demo");
    assert_eq!(large.packed, before + 1);
    large.send(json!({"op": 1, "d": null})).await;
    assert_eq!(large.read().await.unwrap()["op"], 11);
    assert_eq!(large.packed, before + 1, "a small one comes as it is");
    house.close().await;
}

#[tokio::test]
async fn each_shard_hears_of_its_own_guilds_and_the_first_of_conversations() {
    let house = House::open().await;
    let guild: u64 = house.get("/users/@me/guilds").await.body[0]["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let home = (guild >> 22) % 3;
    let intents = 1 | 1 << 9 | 1 << 12;
    let mut shards = Vec::new();
    for id in 0..3 {
        let mut shard = Socket::open(&house).await;
        let ready = shard.begin(json!({"intents": intents, "shard": [id, 3]})).await;
        assert_eq!(ready["guilds"].as_array().unwrap().len(), usize::from(id == home));
        assert_eq!(ready["shard"], json!([id, 3]));
        shards.push(shard);
    }
    house
        .does(json!({"as": "ana", "channel": "lab", "say": "to the guild"}))
        .await;
    house
        .does(json!({"as": "ana", "channel": "dm", "say": "to the bot"}))
        .await;
    for (id, shard) in (0..).zip(&mut shards) {
        // The answer to a heartbeat comes after all that was sent before.
        shard.send(json!({"op": 1, "d": null})).await;
        let mut heard = Vec::new();
        let mut sees_guild = false;
        loop {
            let payload = shard.read().await.unwrap();
            match payload["op"].as_u64() {
                Some(11) => break,
                _ if payload["t"] == "GUILD_CREATE" => sees_guild = true,
                _ if payload["t"] == "MESSAGE_CREATE" => heard.push(payload["d"]["guild_id"].is_string()),
                _ => {}
            }
        }
        let mut due = Vec::new();
        due.extend((id == home).then_some(true));
        due.extend((id == 0).then_some(false));
        assert_eq!(heard, due, "shard {id}");
        assert_eq!(sees_guild, id == home, "shard {id}");
    }
    let limit = &house.get("/gateway/bot").await.body["session_start_limit"];
    assert_eq!(
        (&limit["total"], &limit["remaining"]),
        (&json!(1000), &json!(997))
    );
    house.close().await;
}

#[tokio::test]
async fn members_are_named_as_far_as_the_intents_go() {
    const MEMBERS: u64 = 1 << 1;
    const PRESENCES: u64 = 1 << 8;
    let house = House::open().await;
    permit(&house, 1 << 13 | 1 << 15).await;
    let guild = house.get("/users/@me/guilds").await.body[0]["id"].clone();
    let (ana, ben) = (house.user("ana").await, house.user("ben").await);
    let ask = |with: Value| {
        let mut data = json!({"guild_id": guild, "nonce": "n1"});
        data.as_object_mut()
            .unwrap()
            .extend(with.as_object().unwrap().clone());
        json!({"op": 8, "d": data})
    };
    let names = |chunk: &Value| -> Vec<String> {
        let members = chunk["members"].as_array().unwrap().iter();
        members
            .map(|it| it["user"]["username"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut plain = Socket::identify(&house, 0).await;
    plain.send(ask(json!({"query": "", "limit": 0}))).await;
    plain
        .send(ask(json!({"user_ids": [ana], "presences": true})))
        .await;
    plain.send(ask(json!({"query": "BE", "limit": 5}))).await;
    let chunk = plain.next("GUILD_MEMBERS_CHUNK").await;
    assert_eq!(names(&chunk), ["ben"], "the first two take intents");
    assert_eq!(
        (&chunk["nonce"], &chunk["chunk_count"]),
        (&json!("n1"), &json!(1))
    );

    let mut curious = Socket::open(&house).await;
    curious.begin(json!({"intents": 1 | MEMBERS | PRESENCES})).await;
    let created = curious.next("GUILD_CREATE").await;
    assert_eq!(created["members"].as_array().unwrap().len(), 5);
    assert_eq!(created["presences"].as_array().unwrap().len(), 5);
    curious.send(ask(json!({"query": "", "limit": 0}))).await;
    assert_eq!(
        names(&curious.next("GUILD_MEMBERS_CHUNK").await),
        ["Tributary", "ana", "ben", "chloe", "mod"]
    );
    curious
        .send(ask(json!({"user_ids": [ben, "123"], "presences": true})))
        .await;
    let chunk = curious.next("GUILD_MEMBERS_CHUNK").await;
    assert_eq!(names(&chunk), ["ben"]);
    assert_eq!(chunk["not_found"], json!(["123"]));
    assert_eq!(chunk["presences"][0]["user"]["id"], json!(ben));
    curious.send(json!({"op": 8, "d": {"guild_id": guild}})).await;
    assert_eq!(curious.closed().await, Some(4002), "neither a query nor ids");
    house.close().await;
}
