//! The REST side as a bot meets it: what Discord does, refuses and says.

mod house;

use house::{House, error_at, text};
use reqwest::Method;
use serde_json::{Value, json};

const READ_HISTORY: u64 = 1 << 16;
const SEND: u64 = 1 << 11;
const VIEW: u64 = 1 << 10;
const PUBLIC_THREADS: u64 = 1 << 35;

async fn patch(house: &House, path: &str, body: Value) -> house::Answer {
    house.rest(Method::PATCH, path, body).await
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_message_is_sent_read_edited_and_deleted() {
    let house = House::open().await;
    let channel = house.channel("lessons").await;
    let path = format!("/channels/{channel}/messages");
    let sent = house.post(&path, text("one")).await;
    assert_eq!((sent.status, sent.body["content"].as_str()), (200, Some("one")));
    let one = id(&sent.body).to_owned();
    let edited = patch(&house, &format!("{path}/{one}"), text("two")).await;
    assert!(edited.body["edited_timestamp"].is_string());
    assert_eq!(house.get(&format!("{path}/{one}")).await.body["content"], "two");
    assert_eq!(
        house
            .rest(Method::DELETE, &format!("{path}/{one}"), Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(house.get(&format!("{path}/{one}")).await.body["code"], 10008);
    assert_eq!(house.get("/channels/1/messages").await.body["code"], 10003);
    house.close().await;
}

#[tokio::test]
async fn history_is_paged_newest_first_from_any_point() {
    let house = House::open().await;
    let channel = house.channel("lessons").await;
    let path = format!("/channels/{channel}/messages");
    let mut ids = Vec::new();
    for n in 0..5 {
        let said = house
            .does(json!({"as": "ana", "channel": "lessons", "say": format!("{n}")}))
            .await;
        ids.push(id(&said["messages"][0]).to_owned());
    }
    let page = async |query: &str| {
        let answer = house.get(&format!("{path}?{query}")).await;
        let all: Vec<usize> = answer
            .body
            .as_array()
            .unwrap()
            .iter()
            .map(|it| ids.iter().position(|known| known == id(it)).unwrap())
            .collect();
        all
    };
    assert_eq!(page("").await, [4, 3, 2, 1, 0]);
    assert_eq!(page("limit=2").await, [4, 3]);
    assert_eq!(page(&format!("limit=2&before={}", ids[2])).await, [1, 0]);
    assert_eq!(page(&format!("limit=2&after={}", ids[1])).await, [3, 2]);
    assert_eq!(page(&format!("limit=3&around={}", ids[2])).await, [3, 2, 1]);
    let strangers = house.get(&format!("{path}?limit=1")).await;
    assert_eq!(
        strangers.body[0]["content"], "",
        "members' words need the message content intent"
    );
    assert_eq!(
        error_at(&house.get(&format!("{path}?limit=101")).await.body, "limit"),
        "NUMBER_TYPE_MAX"
    );
    house.close().await;
}

#[tokio::test]
async fn the_same_enforced_nonce_is_one_message() {
    let house = House::open().await;
    let (lessons, lab) = (house.channel("lessons").await, house.channel("lab").await);
    let body = json!({"content": "once", "nonce": "abc", "enforce_nonce": true});
    let first = house
        .post(&format!("/channels/{lessons}/messages"), body.clone())
        .await;
    let second = house
        .post(&format!("/channels/{lessons}/messages"), body.clone())
        .await;
    assert_eq!((first.status, id(&first.body)), (200, id(&second.body)));
    let elsewhere = house.post(&format!("/channels/{lab}/messages"), body).await;
    assert_ne!(id(&elsewhere.body), id(&first.body));
    let loose = house
        .post(
            &format!("/channels/{lessons}/messages"),
            json!({"content": "two", "nonce": "abc"}),
        )
        .await;
    assert_ne!(id(&loose.body), id(&first.body));
    assert_eq!(house.messages(&lessons).await.len(), 2);
    house.close().await;
}

#[tokio::test]
async fn threads_are_opened_once_slept_woken_and_found_again() {
    let house = House::open().await;
    let channel = house.channel("lessons").await;
    let message = house
        .post(&format!("/channels/{channel}/messages"), text("lesson"))
        .await
        .body;
    let start = format!("/channels/{channel}/messages/{}/threads", id(&message));
    let thread = house.post(&start, json!({"name": "Discussion"})).await;
    assert_eq!(
        (thread.status, id(&thread.body), &thread.body["type"]),
        (201, id(&message), &json!(11))
    );
    assert_eq!(
        house.post(&start, json!({"name": "Again"})).await.body["code"],
        160_004
    );
    let own = format!("/channels/{}", id(&thread.body));
    let inside = house.post(&format!("{own}/messages"), text("first")).await.body;
    let edit = format!("{own}/messages/{}", id(&inside));

    patch(&house, &own, json!({"archived": true})).await;
    assert_eq!(patch(&house, &edit, text("late")).await.body["code"], 50083);
    assert_eq!(
        patch(&house, &own, json!({"name": "Late"})).await.body["code"],
        50083
    );
    let found = house
        .get(&format!("/channels/{channel}/threads/archived/public"))
        .await
        .body;
    assert_eq!(
        (id(&found["threads"][0]), &found["has_more"]),
        (id(&thread.body), &json!(false))
    );
    let guild = id(&house.state().await["guild"]).to_owned();
    assert_eq!(
        house.get(&format!("/guilds/{guild}/threads/active")).await.body["threads"],
        json!([])
    );

    assert_eq!(
        house
            .post(&format!("{own}/messages"), text("second"))
            .await
            .status,
        200
    );
    assert_eq!(
        house.get(&own).await.body["thread_metadata"]["archived"],
        false,
        "a message wakes a thread"
    );
    assert_eq!(patch(&house, &edit, text("in time")).await.status, 200);
    let nested = house
        .post(
            &format!("{own}/messages/{}/threads", id(&inside)),
            json!({"name": "deeper"}),
        )
        .await;
    assert_eq!(nested.body["code"], 50024);
    house.close().await;
}

#[tokio::test]
async fn a_private_thread_shows_to_its_members_alone() {
    let house = House::open().await;
    let channel = house.channel("lab").await;
    let (ana, ben) = (house.user("ana").await, house.user("ben").await);
    let thread = house
        .post(
            &format!("/channels/{channel}/threads"),
            json!({"name": "quiz", "type": 12}),
        )
        .await
        .body;
    let own = format!("/channels/{}", id(&thread));
    assert_eq!(
        house
            .rest(Method::PUT, &format!("{own}/thread-members/{ana}"), Value::Null)
            .await
            .status,
        204
    );
    let sent = house
        .post(
            &format!("{own}/messages"),
            json!({"content": format!("<@{ana}> only")}),
        )
        .await;
    assert_eq!(sent.status, 200);
    let read = json!({"as": "ben", "channel": id(&thread), "say": "hi"});
    assert_eq!(house.act(read).await["ok"], false);
    let loud = house
        .post(
            &format!("{own}/messages"),
            json!({"content": format!("<@{ben}> too")}),
        )
        .await;
    assert_eq!(loud.status, 200);
    let members = house.get(&format!("{own}/thread-members")).await.body;
    assert_eq!(members.as_array().unwrap().len(), 3, "a mention lets ben in");
    assert_eq!(
        house
            .rest(
                Method::DELETE,
                &format!("{own}/thread-members/{ben}"),
                Value::Null
            )
            .await
            .status,
        204
    );
    let quiet = json!({"content": format!("<@{ben}>"), "allowed_mentions": {"parse": []}});
    house.post(&format!("{own}/messages"), quiet).await;
    assert_eq!(
        house.get(&format!("{own}/thread-members/{ben}")).await.status,
        404,
        "a silenced mention does not"
    );
    patch(&house, &own, json!({"archived": true, "locked": true})).await;
    let joined = house
        .get(&format!("/channels/{channel}/users/@me/threads/archived/private"))
        .await
        .body;
    assert_eq!(id(&joined["threads"][0]), id(&thread));
    house.close().await;
}

#[tokio::test]
async fn missing_permissions_show_as_discord_shows_them() {
    let house = House::open().await;
    let channel = house.channel("lessons").await;
    let path = format!("/channels/{channel}/messages");
    let sent = house.post(&path, text("lesson")).await.body;
    let deny = async |bits| {
        house
            .keeper
            .set_overwrite("lessons", "Tributary", 0, bits)
            .await
            .unwrap();
    };
    deny(READ_HISTORY).await;
    let listed = house.get(&path).await;
    assert_eq!(
        (listed.status, listed.body),
        (200, json!([])),
        "an empty history, not an error"
    );
    deny(SEND).await;
    let refused = house.post(&path, text("more")).await;
    assert_eq!((refused.status, &refused.body["code"]), (403, &json!(50013)));
    deny(PUBLIC_THREADS).await;
    let thread = house
        .post(&format!("{path}/{}/threads", id(&sent)), json!({"name": "talk"}))
        .await;
    assert_eq!(thread.body["code"], 50013);
    deny(VIEW).await;
    assert_eq!(house.post(&path, text("more")).await.body["code"], 50001);
    deny(0).await;
    assert_eq!(house.post(&path, text("more")).await.status, 200);
    house.close().await;
}

#[tokio::test]
async fn what_is_wrong_is_named_where_it_stands() {
    let house = House::open().await;
    let path = format!("/channels/{}/messages", house.channel("lab").await);
    let refused = house
        .post(&path, json!({"embeds": [{"title": "t".repeat(257)}]}))
        .await;
    assert_eq!(
        (refused.status, &refused.body["message"]),
        (400, &json!("Invalid Form Body"))
    );
    assert_eq!(error_at(&refused.body, "embeds.0.title"), "BASE_TYPE_MAX_LENGTH");
    assert_eq!(
        house.post(&path, json!({"content": "  "})).await.body["code"],
        50006
    );
    house.close().await;
}

#[tokio::test]
async fn a_sixth_message_in_a_row_is_told_when_to_come_back() {
    let house = House::open().await;
    let path = format!("/channels/{}/messages", house.channel("lab").await);
    for left in (0..5).rev() {
        let sent = house.post(&path, text("x")).await;
        assert_eq!(sent.headers["x-ratelimit-remaining"], left.to_string().as_str());
    }
    let refused = house.post(&path, text("x")).await;
    assert_eq!((refused.status, &refused.body["global"]), (429, &json!(false)));
    assert!(refused.body["retry_after"].as_f64().unwrap() <= 5.0);
    let told = |name: &str| refused.headers[name].to_str().unwrap();
    let seconds = |name: &str| told(name).parse::<f64>().unwrap();
    assert_eq!(told("x-ratelimit-scope"), "user");
    assert_eq!(
        (told("x-ratelimit-limit"), told("x-ratelimit-remaining")),
        ("5", "0")
    );
    assert!((1.0..=5.0).contains(&seconds("retry-after")), "whole seconds");
    assert!((0.0..=5.0).contains(&seconds("x-ratelimit-reset-after")));
    assert!(seconds("x-ratelimit-reset") > 1_700_000_000.0, "Unix seconds");
    let elsewhere = format!("/channels/{}/messages", house.channel("general").await);
    let elsewhere = house.post(&elsewhere, text("x")).await;
    assert_eq!(
        elsewhere.headers["x-ratelimit-remaining"], "4",
        "a channel of its own"
    );
    assert_eq!(
        elsewhere.headers["x-ratelimit-bucket"],
        told("x-ratelimit-bucket"),
        "and one route"
    );
    house.close().await;
}

#[tokio::test]
async fn all_requests_together_have_a_limit_that_says_so() {
    let house = House::open().await;
    // Each route alone stands less; together they meet the limit within a second.
    let routes = [
        "/users/@me",
        "/users/@me/guilds",
        "/oauth2/applications/@me",
        "/applications/@me",
        "/voice/regions",
        "/sticker-packs",
    ];
    let asked = routes.into_iter().cycle().take(60).map(|path| house.get(path));
    let answers = futures::future::join_all(asked).await;
    let refused = answers.iter().find(|answer| answer.body["global"] == true);
    let refused = refused.expect("the fifty-first request in a second is refused");
    assert_eq!(refused.headers["x-ratelimit-global"], "true");
    assert_eq!(refused.headers["x-ratelimit-scope"], "global");
    assert!(refused.body["retry_after"].as_f64().unwrap() <= 1.0);
    house.close().await;
}

#[tokio::test]
async fn commands_keep_their_ids_when_registered_again() {
    let house = House::open().await;
    let app = id(&house.get("/users/@me").await.body).to_owned();
    let path = format!("/applications/{app}/commands");
    let command = |name: &str| json!({"name": name, "description": "d", "type": 1});
    let put = async |list: Value| house.rest(Method::PUT, &path, list).await;
    let first = put(json!([command("one"), command("two")])).await.body;
    let second = put(json!([command("two")])).await.body;
    assert_eq!(id(&second[0]), id(&first[1]));
    assert_eq!(house.get(&path).await.body.as_array().unwrap().len(), 1);
    assert_eq!(
        house.get(&format!("{path}/{}", id(&first[0]))).await.body["code"],
        10063
    );
    let mut managed = command("two");
    managed["default_member_permissions"] = json!(32);
    assert_eq!(
        put(json!([managed])).await.body[0]["default_member_permissions"],
        "32"
    );
    let wrong = put(json!([command("fine"), command("Not Fine")])).await;
    assert_eq!(
        error_at(&wrong.body, "1.name"),
        "APPLICATION_COMMAND_INVALID_NAME"
    );
    assert_eq!(
        house.get(&path).await.body[0]["name"],
        "two",
        "a refused list changes nothing"
    );
    house.close().await;
}

#[tokio::test]
async fn a_direct_conversation_is_opened_once() {
    let house = House::open().await;
    let ana = house.user("ana").await;
    let open = async || {
        house
            .post("/users/@me/channels", json!({"recipient_id": ana}))
            .await
            .body
    };
    let channel = open().await;
    assert_eq!((id(&channel), &channel["type"]), (id(&open().await), &json!(1)));
    let me = id(&house.get("/users/@me").await.body).to_owned();
    let myself = house
        .post("/users/@me/channels", json!({"recipient_id": me}))
        .await;
    assert_eq!(myself.body["code"], 50007);
    house.keeper.take_direct_messages("ana", false).await.unwrap();
    let path = format!("/channels/{}/messages", id(&channel));
    assert_eq!(house.post(&path, text("hello")).await.body["code"], 50007);
    house.keeper.take_direct_messages("ana", true).await.unwrap();
    assert_eq!(house.post(&path, text("hello")).await.status, 200);
    house.close().await;
}
