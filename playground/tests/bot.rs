//! What people do with a bot: a serenity bot in a playground, used over the control side.

mod house;
#[path = "house/bot.rs"]
mod serenity_bot;

use base64::Engine;
use house::{House, pixel};
use reqwest::Method;
use serde_json::{Value, json};
use serenity_bot::Bot;

fn contents(outcome: &Value) -> Vec<&str> {
    outcome["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["content"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn ana_uses_a_command_its_buttons_its_select_and_its_form() {
    let house = House::open().await;
    let bot = Bot::join(&house).await;
    let slash = "/hello name:dear world: how are you to:@ben from:#lab as:@Moderators";
    let hello = house
        .does(json!({"as": "ana", "channel": "#lab", "slash": slash}))
        .await;
    assert_eq!(hello["acked"], "message");
    assert_eq!(
        contents(&hello),
        ["Hello dear world: how are you to ben from lab as Moderators"]
    );
    let message = hello["messages"][0]["id"].clone();

    let again = house
        .does(json!({"as": "ben", "message": message, "click": "Again"}))
        .await;
    assert_eq!(again["acked"], "update");
    assert!(contents(&again)[0].ends_with("as Moderators again"));

    let chosen = house
        .does(json!({"as": "ana", "message": message, "select": "colour", "values": ["GREEN"]}))
        .await;
    assert_eq!(contents(&chosen), ["green"]);
    assert_eq!(chosen["messages"][0]["ephemeral_to"], "ana");

    let form = house
        .does(json!({"as": "ana", "message": message, "click": "form"}))
        .await;
    assert_eq!(
        (form["acked"].as_str(), form["modal"]["title"].as_str()),
        (Some("modal"), Some("Explain"))
    );
    let modal = form["modal"]["id"].clone();
    let short = house
        .act(json!({"as": "ana", "modal": modal, "fields": {"why": "no"}}))
        .await;
    assert_eq!(short["error"], "`Why?` takes 3 to 4000 characters, not 2.");
    let stolen = house
        .act(json!({"as": "ben", "modal": modal, "fields": {"why": "it is mine"}}))
        .await;
    assert_eq!(stolen["ok"], false);
    let sent = house
        .does(json!({"as": "ana", "modal": modal, "fields": {"why": "order"}}))
        .await;
    assert_eq!(contents(&sent), ["because order"]);
    let twice = house
        .act(json!({"as": "ana", "modal": modal, "fields": {"why": "order"}}))
        .await;
    assert_eq!(twice["error"], "This form has been sent already.");
    bot.leave().await;
    house.close().await;
}

#[tokio::test]
async fn what_a_client_would_not_let_happen_is_refused_with_the_reason() {
    let house = House::open().await;
    let bot = Bot::join(&house).await;
    let hello = house
        .does(json!({"as": "ana", "channel": "lab", "slash": "/hello name:x"}))
        .await;
    let message = hello["messages"][0]["id"].clone();
    let secret = house
        .does(json!({"as": "ana", "message": message, "select": "colour", "values": ["red"]}))
        .await;
    let secret = secret["messages"][0]["id"].clone();
    for (act, why) in [
        (
            json!({"as": "zoe", "channel": "lab", "slash": "/slow"}),
            "nobody called `zoe`",
        ),
        (
            json!({"as": "ana", "channel": "moderators", "slash": "/slow"}),
            "no channel `moderators` that you can see",
        ),
        (
            json!({"as": "ana", "channel": "lab", "slash": "/manage"}),
            "no command `/manage`",
        ),
        (
            json!({"as": "ana", "channel": "lab", "slash": "/hello nome:x"}),
            "no option `nome`",
        ),
        (
            json!({"as": "ana", "message": message, "click": "Never"}),
            "disabled",
        ),
        (
            json!({"as": "ana", "message": message, "click": "Book"}),
            "opens a link",
        ),
        (
            json!({"as": "ana", "message": message, "click": "Missing"}),
            "it has Again, Form, Never, Book",
        ),
        (
            json!({"as": "ana", "message": message, "select": "colour", "values": ["blue"]}),
            "no option `blue`",
        ),
        (
            json!({"as": "ben", "message": secret, "click": "x"}),
            "that you can see",
        ),
        (
            json!({"as": "ana", "channel": "lab", "sing": "la"}),
            "unknown field `sing`",
        ),
    ] {
        let outcome = house.act(act.clone()).await;
        assert_eq!(outcome["ok"], false, "{act}");
        assert!(
            outcome["error"].as_str().unwrap().contains(why),
            "{act} → {outcome}"
        );
    }
    assert_eq!(
        contents(
            &house
                .does(json!({"as": "mod", "channel": "moderators", "slash": "/manage"}))
                .await
        ),
        ["managed"]
    );
    bot.leave().await;
    house.close().await;
}

#[tokio::test]
async fn an_act_tells_all_it_caused_in_the_order_it_came() {
    let house = House::open().await;
    let bot = Bot::join(&house).await;
    let slow = house
        .does(json!({"as": "ana", "channel": "lab", "slash": "/slow"}))
        .await;
    assert_eq!(
        (slow["acked"].as_str(), contents(&slow)),
        (Some("deferred"), vec!["done", "and more"])
    );

    let talk = house
        .does(json!({"as": "ana", "channel": "lab", "slash": "/talk"}))
        .await;
    assert_eq!(contents(&talk)[1], "Question 1");
    let state = house.state().await;
    let thread = state["channels"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "quiz-ana")
        .unwrap()
        .clone();
    assert_eq!(thread["kind"], "private_thread");
    assert_eq!(thread["visible_to"], json!(["ana"]));
    let in_thread = json!({"as": "ana", "channel": "quiz-ana", "slash": "/hello name:thread"});
    assert_eq!(contents(&house.does(in_thread).await), ["Hello thread"]);

    let silent = house
        .act(json!({"as": "ana", "channel": "lab", "slash": "/silent"}))
        .await;
    assert_eq!(
        (silent["ok"].as_bool(), silent["acked"].as_str()),
        (Some(false), Some("none"))
    );
    bot.leave().await;
    house.close().await;
}

#[tokio::test]
async fn files_choices_and_menus_reach_the_bot_and_come_back() {
    let house = House::open().await;
    let bot = Bot::join(&house).await;
    let file = base64::engine::general_purpose::STANDARD.encode(pixel());
    let act =
        json!({"as": "ana", "channel": "lab", "slash": "/show file:dot.png", "files": {"dot.png": file}});
    let shown = house.does(act).await;
    let attachment = &shown["messages"][0]["attachments"][0];
    assert_eq!(attachment["description"], "the same pixel");
    assert_eq!(
        (attachment["width"].as_u64(), attachment["content_type"].as_str()),
        (Some(1), Some("image/png"))
    );
    assert_eq!(house.bytes(attachment["url"].as_str().unwrap()).await, pixel());

    let typed = house
        .does(json!({"as": "ana", "channel": "lab", "autocomplete": "/hello name:wor"}))
        .await;
    assert_eq!(
        (typed["acked"].as_str(), &typed["choices"]),
        (Some("autocomplete"), &json!([{"name": "wor!", "value": "wor"}]))
    );

    let said = house
        .does(json!({"as": "ben", "channel": "general", "say": "streams are logs"}))
        .await;
    let message = said["messages"][0]["id"].clone();
    let quote = house
        .does(json!({"as": "ana", "channel": "general", "message": message, "context": "Quote"}))
        .await;
    assert_eq!(contents(&quote), ["> streams are logs"]);
    let greet = house
        .does(json!({"as": "ana", "user": "ben", "context": "Greet"}))
        .await;
    assert_eq!(contents(&greet), ["Hi ben"]);
    bot.leave().await;
    house.close().await;
}

#[tokio::test]
async fn a_bot_without_the_intent_hears_words_only_when_they_are_meant_for_it() {
    let house = House::open().await;
    let mut bot = Bot::join(&house).await;
    house
        .does(json!({"as": "ana", "channel": "lab", "say": "just between us"}))
        .await;
    house
        .does(json!({"as": "ana", "channel": "lab", "say": "@Tributary, are you there?"}))
        .await;
    house
        .does(json!({"as": "ana", "channel": "dm", "say": "in private"}))
        .await;
    bot.until(|life| life.heard.len() == 3).await;
    let heard = bot.life.borrow().heard.clone();
    assert_eq!(heard[0], "ana: ");
    assert!(heard[1].starts_with("ana: <@") && heard[1].ends_with(", are you there?"));
    assert_eq!(heard[2], "ana: in private");
    bot.leave().await;
    house.close().await;
}

#[tokio::test]
async fn a_cut_line_is_resumed_and_nothing_said_meanwhile_is_lost() {
    let house = House::open().await;
    let mut bot = Bot::join(&house).await;
    for trouble in ["disconnect", "reconnect"] {
        let before = bot.life.borrow().resumed;
        assert_eq!(
            house.control("fault", &json!({"gateway": trouble})).await["ok"],
            true
        );
        house
            .does(json!({"as": "ana", "channel": "dm", "say": trouble}))
            .await;
        bot.until(|life| life.resumed > before).await;
        bot.until(|life| life.heard.last().is_some_and(|heard| heard.ends_with(trouble)))
            .await;
    }
    house
        .control("fault", &json!({"gateway": "invalid_session"}))
        .await;
    bot.until(|life| life.ready == 2).await;
    let hello = house
        .does(json!({"as": "ana", "channel": "lab", "slash": "/hello name:you"}))
        .await;
    assert_eq!(contents(&hello), ["Hello you"]);
    bot.leave().await;
    house.close().await;
}

#[tokio::test]
async fn whatever_a_guild_can_hold_is_understood() {
    let house = House::open().await;
    let all = json!({"install_params": {"scopes": ["bot"], "permissions": (1_u64 << 50) - 1}});
    house.rest(Method::PATCH, "/applications/@me", all).await;
    let guild = house.get("/users/@me/guilds").await.body[0]["id"].clone();
    let guild = format!("/guilds/{}", guild.as_str().unwrap());
    let mut early = Bot::join(&house).await;
    let post = async |path: String, body: Value| {
        let answer = house.post(&path, body).await;
        assert!(answer.status < 300, "{path}: {}", answer.body);
        answer.body["id"].as_str().unwrap_or_default().to_owned()
    };
    for kind in [0, 2, 4, 5] {
        post(format!("{guild}/channels"), json!({"name": "new", "type": kind})).await;
    }
    let forum = json!({"name": "forum", "type": 15, "available_tags": [{"name": "tag"}]});
    let forum = post(format!("{guild}/channels"), forum).await;
    let message = json!({"name": "post", "message": {"content": "words"}});
    post(format!("/channels/{forum}/threads"), message).await;
    post(format!("{guild}/roles"), json!({"name": "role"})).await;
    let event = json!({
        "name": "event", "privacy_level": 2, "entity_type": 3, "entity_metadata": {"location": "here"},
        "scheduled_start_time": "2999-01-01T00:00:00Z", "scheduled_end_time": "2999-01-01T01:00:00Z",
    });
    post(format!("{guild}/scheduled-events"), event).await;
    let lab = house.channel("lab").await;
    let answers = json!([{"poll_media": {"text": "yes"}}, {"poll_media": {"text": "no"}}]);
    let poll = json!({"poll": {"question": {"text": "Well?"}, "answers": answers}});
    let poll = post(format!("/channels/{lab}/messages"), poll).await;
    house
        .does(json!({"as": "ana", "message": poll, "vote": ["yes"], "react": "👍"}))
        .await;
    post(format!("/channels/{lab}/polls/{poll}/expire"), Value::Null).await;
    house
        .does(json!({"as": "ana", "channel": "dm", "say": "that was all"}))
        .await;
    early
        .until(|life| {
            life.heard
                .last()
                .is_some_and(|heard| heard.ends_with("that was all"))
        })
        .await;
    let late = Bot::join(&house).await;
    early.leave().await;
    late.leave().await;
    house.close().await;
}

#[tokio::test]
async fn in_a_crowd_everybody_hears_only_of_their_own() {
    let house = House::open().await;
    let bot = Bot::join(&house).await;
    let people = ["ana", "ben", "chloe", "mod"].into_iter().cycle();
    let acts = people.zip(0..200).map(|(who, n)| {
        let house = &house;
        async move {
            let slash = format!("/hello name:number {n}");
            let outcome = house
                .does(json!({"as": who, "channel": "lab", "slash": slash}))
                .await;
            assert_eq!(contents(&outcome), [format!("Hello number {n}")]);
        }
    });
    futures::future::join_all(acts).await;
    bot.leave().await;
    house.close().await;
}
