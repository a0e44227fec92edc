//! What a bot changes about the guild, and what people then can and cannot do.

mod house;
#[path = "house/socket.rs"]
mod socket;

use house::{House, error_at, text};
use reqwest::Method;
use serde_json::{Value, json};
use socket::Socket;

const MANAGE_CHANNELS: u64 = 1 << 4;
const VIEW_CHANNEL: u64 = 1 << 10;
const SEND_MESSAGES: u64 = 1 << 11;
const MANAGE_NICKNAMES: u64 = 1 << 27;
const MANAGE_ROLES: u64 = 1 << 28;
const MANAGE_EVENTS: u64 = 1 << 33;
const MODERATE_MEMBERS: u64 = 1 << 40;
const CREATE_EVENTS: u64 = 1 << 44;

/// Invites the bot anew, with these permissions beside what it has.
async fn invite(house: &House, more: u64) {
    let app = house.get("/applications/@me").await.body;
    let has: u64 = app["install_params"]["permissions"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let asked = json!({"install_params": {"scopes": ["bot"], "permissions": (has | more).to_string()}});
    let answer = house.rest(Method::PATCH, "/applications/@me", asked).await;
    assert_eq!(answer.status, 200);
}

async fn guild(house: &House) -> String {
    format!("/guilds/{}", id(&house.get("/users/@me/guilds").await.body[0]))
}

fn id(thing: &Value) -> String {
    thing["id"]
        .as_str()
        .unwrap_or_else(|| panic!("no id in {thing}"))
        .to_owned()
}

#[tokio::test]
async fn a_post_in_a_forum_begins_with_a_message_that_bears_its_id() {
    let house = House::open().await;
    let guild = guild(&house).await;
    let forum = json!({"name": "Help Desk", "type": 15, "available_tags": [{"name": "urgent"}]});
    let channels = format!("{guild}/channels");
    assert_eq!(house.post(&channels, forum.clone()).await.body["code"], 50013);
    invite(&house, MANAGE_CHANNELS).await;
    let mut bot = Socket::identify(&house, 0).await;
    let forum = house.post(&channels, forum).await.body;
    assert_eq!(bot.next("CHANNEL_CREATE").await["name"], "help-desk");
    let own = format!("/channels/{}", id(&forum));
    assert_eq!(
        house.post(&format!("{own}/messages"), text("x")).await.body["code"],
        50008
    );

    let tag = &forum["available_tags"][0]["id"];
    let post = |tags: Value| json!({"name": "Broken", "applied_tags": tags, "message": {"content": "It is broken."}});
    let wrong = house.post(&format!("{own}/threads"), post(json!(["123"]))).await;
    assert_eq!(error_at(&wrong.body, "applied_tags"), "BASE_TYPE_CHOICES");
    let empty = json!({"name": "Broken", "message": {"content": ""}});
    assert_eq!(
        house.post(&format!("{own}/threads"), empty).await.body["code"],
        50006
    );
    let made = house
        .post(&format!("{own}/threads"), post(json!([tag])))
        .await
        .body;
    assert_eq!(made["message"]["id"], made["id"]);
    assert_eq!(made["applied_tags"], json!([tag]));
    assert_eq!(bot.next("THREAD_CREATE").await["parent_id"], forum["id"]);
    assert_eq!(bot.next("MESSAGE_CREATE").await["content"], "It is broken.");
    let answer = house
        .does(json!({"as": "ana", "channel": "Broken", "say": "Mended."}))
        .await;
    assert_eq!(answer["messages"][0]["channel_id"], made["id"]);
    house.close().await;
}

#[tokio::test]
async fn a_category_is_no_place_to_talk_and_leaves_its_channels_behind() {
    let house = House::open().await;
    let guild = guild(&house).await;
    invite(&house, MANAGE_CHANNELS).await;
    let everyone = guild.rsplit('/').next().unwrap();
    let make = |body: Value| {
        let (house, path) = (&house, format!("{guild}/channels"));
        async move { house.post(&path, body).await.body }
    };
    let bot = id(&house.get("/users/@me").await.body);
    let hidden = json!([
        {"id": everyone, "type": 0, "deny": VIEW_CHANNEL},
        {"id": bot, "type": 1, "allow": VIEW_CHANNEL},
    ]);
    let category = make(json!({"name": "Rooms", "type": 4, "permission_overwrites": hidden})).await;
    let room = make(json!({"name": "room", "parent_id": category["id"]})).await;
    assert_eq!(room["parent_id"], category["id"]);
    house
        .does(json!({"as": "ana", "channel": "room", "say": "a room has rules of its own"}))
        .await;
    let own = format!("/channels/{}", id(&room));
    for (said, told) in [(json!(5), 5), (Value::Null, 0)] {
        let slower = house
            .rest(Method::PATCH, &own, json!({"rate_limit_per_user": said}))
            .await;
        assert_eq!(slower.body["rate_limit_per_user"], told);
    }
    let orphan = make(json!({"name": "room", "parent_id": "123"})).await;
    assert_eq!(error_at(&orphan, "parent_id"), "CHANNEL_PARENT_INVALID");
    house
        .rest(
            Method::DELETE,
            &format!("/channels/{}", id(&category)),
            Value::Null,
        )
        .await;
    let room = house.get(&own).await.body;
    assert_eq!(room["parent_id"], Value::Null);
    house.close().await;
}

#[tokio::test]
async fn an_overwrite_closes_a_channel_for_a_role_and_opens_it_for_one() {
    let house = House::open().await;
    invite(&house, MANAGE_ROLES).await;
    let guild = guild(&house).await;
    let lab = house.channel("lab").await;
    let everyone = guild.rsplit('/').next().unwrap();
    let put = |whom: &str, kind: u8, allow: u64, deny: u64| {
        let path = format!("/channels/{lab}/permissions/{whom}");
        let body = json!({"type": kind, "allow": allow.to_string(), "deny": deny});
        let house = &house;
        async move { assert_eq!(house.rest(Method::PUT, &path, body).await.status, 204) }
    };
    put(everyone, 0, 0, SEND_MESSAGES).await;
    put(&house.user("ana").await, 1, SEND_MESSAGES, 0).await;
    let greedy = json!({"type": 0, "allow": (1_u64 << 3).to_string()});
    let path = format!("/channels/{lab}/permissions/{everyone}");
    assert_eq!(house.rest(Method::PUT, &path, greedy).await.body["code"], 50013);
    house
        .does(json!({"as": "ana", "channel": "lab", "say": "I may"}))
        .await;
    let refused = house
        .act(json!({"as": "ben", "channel": "lab", "say": "may I?"}))
        .await;
    assert_eq!(refused["error"], "You may not write in #lab.");
    put(everyone, 0, 0, VIEW_CHANNEL).await;
    let unseen = house
        .act(json!({"as": "ben", "channel": "lab", "say": "hello?"}))
        .await;
    assert_eq!(unseen["error"], "There is no channel `lab` that you can see.");
    house.close().await;
}

#[tokio::test]
async fn a_bot_manages_roles_below_its_own_and_gives_only_what_it_has() {
    let house = House::open().await;
    let guild = guild(&house).await;
    let roles = format!("{guild}/roles");
    assert_eq!(
        house.post(&roles, json!({"name": "Readers"})).await.body["code"],
        50013
    );
    invite(&house, MANAGE_ROLES).await;
    let greedy = json!({"name": "Readers", "permissions": (1_u64 << 3).to_string()});
    assert_eq!(house.post(&roles, greedy).await.body["code"], 50013);
    let role = house
        .post(&roles, json!({"name": "Readers", "mentionable": true}))
        .await
        .body;
    let ana = house.user("ana").await;
    let given = format!("{guild}/members/{ana}/roles/{}", id(&role));
    assert_eq!(house.rest(Method::PUT, &given, Value::Null).await.status, 204);
    assert_eq!(
        house.get(&format!("{guild}/members/{ana}")).await.body["roles"],
        json!([role["id"]])
    );

    let all = house.get(&roles).await.body;
    let moderators = all
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "Moderators")
        .unwrap();
    let above = format!("{guild}/members/{ana}/roles/{}", id(moderators));
    assert_eq!(
        house.rest(Method::PUT, &above, Value::Null).await.body["code"],
        50013
    );
    house
        .rest(Method::DELETE, &format!("{roles}/{}", id(&role)), Value::Null)
        .await;
    assert_eq!(
        house.get(&format!("{guild}/members/{ana}")).await.body["roles"],
        json!([])
    );
    house.close().await;
}

#[tokio::test]
async fn a_member_in_time_out_reads_and_does_not_write() {
    let house = House::open().await;
    let guild = guild(&house).await;
    invite(&house, MODERATE_MEMBERS | MANAGE_NICKNAMES).await;
    let ana = format!("{guild}/members/{}", house.user("ana").await);
    let until = |moment: Value| json!({"communication_disabled_until": moment, "nick": "Anna"});
    let silenced = house
        .rest(Method::PATCH, &ana, until(json!("2999-01-01T00:00:00Z")))
        .await
        .body;
    assert_eq!(silenced["nick"], "Anna");
    let refused = house
        .act(json!({"as": "ana", "channel": "lab", "say": "but"}))
        .await;
    assert_eq!(refused["error"], "You may not write in #lab.");
    house.rest(Method::PATCH, &ana, until(Value::Null)).await;
    house
        .does(json!({"as": "ana", "channel": "lab", "say": "thanks"}))
        .await;
    let moderator = format!("{guild}/members/{}", house.user("mod").await);
    assert_eq!(
        house
            .rest(Method::PATCH, &moderator, until(Value::Null))
            .await
            .body["code"],
        50013
    );
    house.close().await;
}

#[tokio::test]
async fn people_vote_until_a_poll_is_over() {
    let house = House::open().await;
    let mut bot = Socket::identify(&house, 1 << 24).await;
    let path = format!("/channels/{}/messages", house.channel("lab").await);
    let ask = |duration: u64| {
        let answers = json!([{"poll_media": {"text": "tea"}}, {"poll_media": {"text": "coffee"}}]);
        json!({"poll": {"question": {"text": "What?"}, "answers": answers, "duration": duration}})
    };
    assert_eq!(
        error_at(&house.post(&path, ask(769)).await.body, "poll.duration"),
        "NUMBER_TYPE_MAX"
    );
    let poll = house.post(&path, ask(1)).await.body;
    let vote = |who: &str, answers: Value| json!({"as": who, "message": poll["id"], "vote": answers});
    house.does(vote("ana", json!(["tea"]))).await;
    assert_eq!(bot.next("MESSAGE_POLL_VOTE_ADD").await["answer_id"], 1);
    house.does(vote("ana", json!(["coffee"]))).await;
    assert_eq!(bot.next("MESSAGE_POLL_VOTE_REMOVE").await["answer_id"], 1);
    assert_eq!(
        house.act(vote("ben", json!(["tea", "coffee"]))).await["ok"],
        false
    );
    house.does(vote("ben", json!(["2"]))).await;
    let own = format!("{}/{}", path, id(&poll));
    let counts = &house.get(&own).await.body["poll"]["results"];
    assert_eq!(counts["answer_counts"][0]["count"], 0, "ana thought better of it");
    assert_eq!(
        counts["answer_counts"][1],
        json!({"id": 2, "count": 2, "me_voted": false})
    );
    let polls = own.replace("/messages/", "/polls/");
    let voters = house.get(&format!("{polls}/answers/2")).await.body;
    assert_eq!(voters["users"].as_array().unwrap().len(), 2);
    assert_eq!(house.get(&format!("{polls}/answers/3")).await.body["code"], 10102);

    house.control("clock", &json!({"advance": "2h"})).await;
    assert_eq!(
        house.act(vote("chloe", json!(["tea"]))).await["error"],
        "This poll is over."
    );
    let next = house.post(&path, ask(1)).await.body;
    let expire = format!("{path}/{}/expire", id(&next)).replace("/messages/", "/polls/");
    assert_eq!(
        house.post(&expire, Value::Null).await.body["poll"]["results"]["is_finalized"],
        true
    );
    assert_eq!(house.post(&expire, Value::Null).await.body["code"], 520_001);
    house.close().await;
}

#[tokio::test]
async fn an_event_goes_from_planned_to_over_and_not_back() {
    let house = House::open().await;
    let events = format!("{}/scheduled-events", guild(&house).await);
    let plan = |start: &str| {
        json!({
            "name": "Meeting", "privacy_level": 2, "entity_type": 3, "entity_metadata": {"location": "here"},
            "scheduled_start_time": start, "scheduled_end_time": "2999-01-01T02:00:00Z",
        })
    };
    assert_eq!(
        house.post(&events, plan("2999-01-01T00:00:00Z")).await.body["code"],
        50013
    );
    invite(&house, CREATE_EVENTS | MANAGE_EVENTS).await;
    let mut bot = Socket::identify(&house, 1 << 16).await;
    let past = house.post(&events, plan("2001-01-01T00:00:00Z")).await;
    assert_eq!(
        error_at(&past.body, "scheduled_start_time"),
        "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST"
    );
    let event = house.post(&events, plan("2999-01-01T00:00:00Z")).await.body;
    assert_eq!(bot.next("GUILD_SCHEDULED_EVENT_CREATE").await["name"], "Meeting");
    let own = format!("{events}/{}", id(&event));
    for (status, comes) in [(3, false), (2, true), (3, true), (2, false)] {
        let answer = house.rest(Method::PATCH, &own, json!({"status": status})).await;
        assert_eq!(answer.status == 200, comes, "{}", answer.body);
    }
    assert_eq!(house.rest(Method::DELETE, &own, Value::Null).await.status, 204);
    assert_eq!(bot.next("GUILD_SCHEDULED_EVENT_DELETE").await["id"], event["id"]);
    assert_eq!(house.get(&own).await.body["code"], 10070);
    house.close().await;
}

#[tokio::test]
async fn reactions_are_told_and_can_be_cleared() {
    let house = House::open().await;
    let mut bot = Socket::identify(&house, 1 << 10 | 1 << 13).await;
    let path = format!("/channels/{}/messages", house.channel("lab").await);
    let message = house.post(&path, text("react")).await.body;
    let react = |who: &str, emoji: &str| json!({"as": who, "message": message["id"], "react": emoji});
    for who in ["ana", "ben", "ben"] {
        house.does(react(who, "👍")).await;
    }
    house.does(react("ana", "🎉")).await;
    let own = format!("{path}/{}", id(&message));
    let shown = house.get(&own).await.body["reactions"].clone();
    assert_eq!((&shown[0]["count"], &shown[1]["count"]), (&json!(2), &json!(1)));
    for emoji in ["👍", "👍", "🎉"] {
        assert_eq!(bot.next("MESSAGE_REACTION_ADD").await["emoji"]["name"], emoji);
    }
    let users = house.get(&format!("{own}/reactions/%F0%9F%91%8D")).await.body;
    assert_eq!(users.as_array().unwrap().len(), 2);

    let back = json!({"as": "ana", "message": message["id"], "unreact": "👍"});
    let left = house.does(back.clone()).await["messages"][0]["reactions"][0].clone();
    assert_eq!((&left["count"], &left["users"]), (&json!(1), &json!(["ben"])));
    assert_eq!(bot.next("MESSAGE_REACTION_REMOVE").await["emoji"]["name"], "👍");
    let twice = house.act(back).await;
    assert_eq!(twice["error"], "You have not reacted with 👍.");

    let secret = house
        .does(json!({"as": "ana", "channel": "dm", "say": "in private"}))
        .await;
    let secret = &secret["messages"][0];
    let mine = format!(
        "/channels/{}/messages/{}/reactions/%F0%9F%8E%89/@me",
        secret["channel_id"].as_str().unwrap(),
        id(secret)
    );
    assert_eq!(house.rest(Method::PUT, &mine, Value::Null).await.status, 204);
    assert_eq!(
        bot.next("MESSAGE_REACTION_ADD").await["guild_id"],
        Value::Null,
        "a conversation has no guild"
    );
    house.close().await;
}
