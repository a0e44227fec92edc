//! The protocol of interactions, request by request, by a bot that is only a gateway socket.

mod house;
#[path = "house/socket.rs"]
mod socket;

use house::{House, error_at, text};
use reqwest::Method;
use serde_json::{Value, json};
use socket::Socket;

async fn with_command(house: &House) -> Socket {
    let app = house.get("/users/@me").await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let command = json!([{"name": "go", "description": "d", "type": 1}]);
    house
        .rest(Method::PUT, &format!("/applications/{app}/commands"), command)
        .await;
    Socket::identify(house, 0).await
}

/// Somebody does something while the bot, in `answer`, does something about it.
async fn meanwhile<T>(house: &House, act: Value, answer: impl Future<Output = T>) -> (Value, T) {
    tokio::join!(house.act(act), answer)
}

fn go() -> Value {
    json!({"as": "ana", "channel": "lab", "slash": "/go"})
}

fn callback(interaction: &Value) -> String {
    format!(
        "/interactions/{}/{}/callback",
        interaction["id"].as_str().unwrap(),
        interaction["token"].as_str().unwrap()
    )
}

fn hook(interaction: &Value) -> String {
    let of = |field: &str| interaction[field].as_str().unwrap().to_owned();
    format!("/webhooks/{}/{}", of("application_id"), of("token"))
}

#[tokio::test]
async fn an_interaction_is_answered_once() {
    let house = House::open().await;
    let mut bot = with_command(&house).await;
    let (outcome, ()) = meanwhile(&house, go(), async {
        let it = bot.next("INTERACTION_CREATE").await;
        assert_eq!(
            house.post(&hook(&it), text("too early")).await.body["code"],
            10015
        );
        let wrong = house
            .post(&callback(&it), json!({"type": 8, "data": {"choices": []}}))
            .await;
        assert_eq!(error_at(&wrong.body, "type"), "BASE_TYPE_CHOICES");
        let answer = json!({"type": 4, "data": {"content": "one"}});
        let told = house
            .post(&format!("{}?with_response=true", callback(&it)), answer.clone())
            .await
            .body;
        assert_eq!(told["resource"]["message"]["content"], "one");
        assert_eq!(house.post(&callback(&it), answer).await.body["code"], 40060);
        let elsewhere = format!("/interactions/1/{}/callback", it["token"].as_str().unwrap());
        assert_eq!(
            house.post(&elsewhere, json!({"type": 5})).await.body["code"],
            10062
        );
    })
    .await;
    assert_eq!(
        (
            outcome["ok"].as_bool(),
            outcome["messages"].as_array().unwrap().len()
        ),
        (Some(true), 1)
    );
    house.close().await;
}

#[tokio::test]
async fn a_secret_deferral_stays_secret_and_its_first_follow_up_takes_its_place() {
    let house = House::open().await;
    let mut bot = with_command(&house).await;
    let (outcome, ()) = meanwhile(&house, go(), async {
        let it = bot.next("INTERACTION_CREATE").await;
        house
            .post(&callback(&it), json!({"type": 5, "data": {"flags": 64}}))
            .await;
        let original = house.get(&format!("{}/messages/@original", hook(&it))).await.body;
        assert_eq!(original["flags"], 64 | 128);
        let first = house.post(&hook(&it), text("done")).await.body;
        assert_eq!((&first["id"], &first["flags"]), (&original["id"], &json!(64)));
        let second = house.post(&hook(&it), text("for all")).await.body;
        assert_eq!(second["flags"], 0);
        let path = format!(
            "/channels/{}/messages/{}",
            it["channel_id"].as_str().unwrap(),
            first["id"].as_str().unwrap()
        );
        assert_eq!(
            house.get(&path).await.body["code"],
            10008,
            "nobody else sees it, the bot's REST included"
        );
    })
    .await;
    assert_eq!(outcome["acked"], "deferred");
    let all = outcome["messages"].as_array().unwrap();
    assert_eq!(
        (&all[0]["ephemeral_to"], &all[1]["content"]),
        (&json!("ana"), &json!("for all"))
    );
    house.close().await;
}

#[tokio::test]
async fn a_modal_answers_no_modal_and_an_update_needs_a_message() {
    let house = House::open().await;
    let mut bot = with_command(&house).await;
    let input = json!({"type": 4, "style": 1, "label": "Why", "custom_id": "why"});
    let form = json!({"title": "T", "custom_id": "form", "components": [{"type": 1, "components": [input]}]});
    let (shown, ()) = meanwhile(&house, go(), async {
        let it = bot.next("INTERACTION_CREATE").await;
        let update = house
            .post(&callback(&it), json!({"type": 7, "data": {"content": "x"}}))
            .await;
        assert_eq!(error_at(&update.body, "type"), "BASE_TYPE_CHOICES");
        assert_eq!(
            house
                .post(&callback(&it), json!({"type": 9, "data": form}))
                .await
                .status,
            204
        );
    })
    .await;
    let sending = json!({"as": "ana", "modal": shown["modal"]["id"], "fields": {"why": "so"}});
    let (sent, ()) = meanwhile(&house, sending, async {
        let it = bot.next("INTERACTION_CREATE").await;
        assert_eq!(it["data"]["components"][0]["components"][0]["value"], "so");
        let again = house.post(&callback(&it), json!({"type": 9, "data": form})).await;
        assert_eq!(error_at(&again.body, "type"), "BASE_TYPE_CHOICES");
        house
            .post(&callback(&it), json!({"type": 4, "data": {"content": "thanks"}}))
            .await;
    })
    .await;
    assert_eq!(sent["ok"], true);
    house.close().await;
}

#[tokio::test]
async fn a_button_pressed_in_a_sleeping_thread_wakes_it_with_the_answer() {
    let house = House::open().await;
    let mut bot = with_command(&house).await;
    let channel = house.channel("lab").await;
    let thread = house
        .post(
            &format!("/channels/{channel}/threads"),
            json!({"name": "t", "type": 11}),
        )
        .await
        .body;
    let own = format!("/channels/{}", thread["id"].as_str().unwrap());
    let button = json!({"type": 2, "style": 1, "label": "Go on", "custom_id": "on"});
    let card = json!({"content": "card", "components": [{"type": 1, "components": [button]}]});
    let message = house.post(&format!("{own}/messages"), card).await.body;
    house.rest(Method::PATCH, &own, json!({"archived": true})).await;
    let click = json!({"as": "ana", "message": message["id"], "click": "Go on"});
    let (clicked, ()) = meanwhile(&house, click, async {
        let it = bot.next("INTERACTION_CREATE").await;
        assert_eq!(
            (&it["message"]["id"], &it["data"]["custom_id"]),
            (&message["id"], &json!("on"))
        );
        house
            .post(
                &callback(&it),
                json!({"type": 4, "data": {"content": "on we go"}}),
            )
            .await;
    })
    .await;
    assert_eq!(clicked["ok"], true, "{clicked}");
    assert_eq!(house.get(&own).await.body["thread_metadata"]["archived"], false);
    house.close().await;
}
