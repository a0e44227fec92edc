//! The same interaction delivered twice, at once, late, and to a bot that has restarted: it counts once.

use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use tests::quiz::{Knowing, answer, answer_all, open_question};
use tests::{Answer, Person, World, until};

use crate::demo;

/// What the bot holds of people's doings, table by table.
async fn kept(world: &World) -> Vec<(&'static str, i64)> {
    let path = world.folder().join("tributary.db");
    let mut database = SqliteConnection::connect(&format!("sqlite:{}", path.display()))
        .await
        .expect("the database");
    let mut counts = Vec::new();
    for table in [
        "learning_event",
        "enrolment",
        "cohort",
        "attempt",
        "asked",
        "answer",
        "review",
        "quiz_thread",
        "quiz_message",
        "tenant",
        "queue_receipt",
        "webhook",
        "post",
    ] {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        let (count,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .fetch_one(&mut database)
            .await
            .expect("it counts");
        counts.push((table, count));
    }
    counts
}

/// All messages that there are, without those that only one sees.
async fn messages(world: &World) -> usize {
    let state = world.state().await;
    let channels = state["messages"].as_object().cloned().unwrap_or_default();
    let seen = |all: &Value| {
        all.as_array().map_or(0, |all| {
            all.iter().filter(|it| it["ephemeral_to"].is_null()).count()
        })
    };
    channels.values().map(seen).sum()
}

/// Does something that is delivered twice at once, and once more when all is quiet.
async fn twice(world: &World, act: Value, person: Person<'_>) -> Answer {
    world.fault(json!({"repeat": true})).await;
    let seen = person.act(act).await.fine();
    let before = (kept(world).await, messages(world).await);
    world.fault(json!({"again": true})).await;
    settled(world).await;
    assert_eq!(
        (kept(world).await, messages(world).await),
        before,
        "a late repeat counts for nothing: {seen}"
    );
    seen
}

/// Whatever the bot was told before this is done: it answers a command after it.
async fn settled(world: &World) {
    drop(world.chloe().slash("general", "/leaderboard").await.fine());
}

fn slash(channel: &str, text: &str) -> Value {
    json!({"channel": channel, "slash": text})
}

#[tokio::test]
async fn every_command_that_comes_twice_counts_once() {
    let world = demo().await;
    let (ana, moderator) = (world.ana(), world.mod_());
    for text in [
        "/today",
        "/lesson next",
        "/lesson show module:M2",
        "/lesson list",
        "/lesson path name:fast-track",
        "/lesson done module:M1",
        "/lesson undo module:M1",
        "/lesson done module:M1",
        "/progress",
        "/leaderboard",
        "/cohort show",
        "/cohort leave",
        "/stream create name:orders shards:1",
        "/stream put name:orders key:a data:one",
        "/stream list",
        "/stream describe name:orders",
        "/queue create name:work",
        "/queue send name:work message:one",
        "/queue list",
        "/queue receive name:work visibility:600",
        "/queue ack name:work",
        "/queue peek name:work",
        "/topic create name:news",
        "/topic subscribe name:news queue:work raw:true",
        "/topic publish name:news message:three",
        "/topic list",
        "/table create name:users key:id stream:NEW_AND_OLD_IMAGES",
        "/table put name:users item:{\"id\":\"u1\"}",
        "/table get name:users item:u1",
        "/table list",
        "/table changes name:users",
        "/webhook create name:shop to:work",
        "/webhook show name:shop",
        "/webhook list",
        "/lab fault kind:reorder",
        "/lab fault kind:none",
        "/sandbox credentials",
        "/quiz module:M1",
        "/quiz action:results module:M1",
    ] {
        drop(twice(&world, slash("lab", text), ana).await);
    }
    drop(
        twice(
            &world,
            slash("lab", "/stream read name:orders from:oldest (TRIM_HORIZON)"),
            ana,
        )
        .await
        .says("1 record\n"),
    );
    drop(
        twice(&world, slash("lab", "/queue send name:work message:two"), ana)
            .await
            .says("2 visible"),
    );
    for text in [
        "/moderate create name:two track:streams-15 channel:#general days:daily time:10:00 timezone:UTC",
        "/moderate schedule cohort:two time:11:00",
        "/moderate pause cohort:two",
        "/moderate resume cohort:two",
        "/moderate skip cohort:two",
        "/moderate unlock cohort:demo member:@ana module:M3",
        "/moderate review cohort:demo",
        "/moderate post cohort:demo",
    ] {
        drop(twice(&world, slash("lab", text), moderator).await);
    }
    let before = kept(&world).await;
    drop(
        ana.slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("ana** · 5 points"),
    );
    assert_eq!(kept(&world).await, before);
    world.end().await;
}

#[tokio::test]
async fn every_change_to_a_stream_that_comes_twice_counts_once() {
    let world = demo().await;
    let ana = world.ana();
    for text in [
        "/stream create name:orders shards:1",
        "/stream put name:orders key:a data:one",
    ] {
        drop(twice(&world, slash("lab", text), ana).await);
    }
    for text in [
        "/stream load name:orders count:30",
        "/stream split name:orders shard:0",
        "/stream merge name:orders shard:1 with:2",
        "/stream retention name:orders hours:48",
        "/stream tag name:orders tag:dept=fin",
        "/stream consumers name:orders register:analytics",
        "/stream consumers name:orders remove:analytics",
    ] {
        drop(twice(&world, slash("lab", text), ana).await);
    }
    drop(
        ana.slash("lab", "/stream describe name:orders")
            .await
            .fine()
            .says("31 records")
            .says("2 days")
            .says("`dept=fin`")
            .says("1 open shard"),
    );
    let asked = twice(&world, slash("lab", "/stream delete name:orders"), ana)
        .await
        .says("Delete orders?");
    let press = json!({"message": asked.with_button("Delete it"), "click": "Delete it"});
    drop(twice(&world, press, ana).await.says("orders is deleted"));
    let asked = twice(&world, slash("lab", "/sandbox reset"), ana).await;
    let press = json!({"message": asked.with_button("Empty my sandbox"), "click": "Empty my sandbox"});
    drop(twice(&world, press, ana).await.says("A fresh sandbox"));
    world.end().await;
}

#[tokio::test]
async fn every_press_choice_and_form_that_comes_twice_counts_once() {
    let world = demo().await;
    let ana = world.ana();
    let page = ana.slash("lessons", "/lesson next").await.fine();
    for label in ["Next", "Done", "Quiz"] {
        let press = json!({"message": page.with_button(label), "click": label});
        drop(twice(&world, press, ana).await);
    }
    let threads = world.quiz_threads().await;
    assert_eq!(
        (threads.len(), threads[0].1.len()),
        (1, 1),
        "one thread with one question"
    );
    let mut seen = Answer(json!({"ok": true, "messages": threads[0].1}));
    let hint = json!({"message": seen.with_button("Hint"), "click": "Hint"});
    drop(twice(&world, hint, ana).await);
    let mut answered = 0;
    while let Some(question) = open_question(&seen) {
        world.fault(json!({"repeat": true})).await;
        seen = answer(ana, &question, Knowing::Wrong).await;
        let before = (kept(&world).await, messages(&world).await);
        world.fault(json!({"again": true})).await;
        settled(&world).await;
        assert_eq!((kept(&world).await, messages(&world).await), before);
        while seen.has_button("Try again") {
            let form = ana.press(&seen, "Try again").await.fine();
            let field = form.modal()["components"][0]["components"][0]["custom_id"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let submit = json!({"modal": form.modal()["id"], "fields": {field: "I could not say."}});
            seen = twice(&world, submit, ana).await;
            if open_question(&seen).is_none() {
                break;
            }
        }
        answered += 1;
    }
    assert_eq!(answered, 3);
    world.end().await;
}

#[tokio::test]
async fn what_comes_again_to_a_bot_that_restarted_counts_once() {
    let mut world = demo().await;
    // The repeated interaction has its answer already: Discord refuses a second one, and that is logged.
    world.expect_trouble();
    let acts = [
        "/lesson done module:M1",
        "/stream create name:orders shards:1",
        "/stream put name:orders key:a data:one",
        "/quiz module:M1",
    ];
    for text in acts {
        drop(world.ana().slash("lab", text).await.fine());
        let before = (kept(&world).await, messages(&world).await);
        world.restart_bot().await;
        let requests = world.traffic().len();
        world.fault(json!({"again": true})).await;
        until("it is answered again", async || {
            world
                .requests(requests)
                .iter()
                .any(|it| it.ends_with("/callback"))
        })
        .await;
        settled(&world).await;
        assert_eq!((kept(&world).await, messages(&world).await), before, "{text}");
    }
    drop(
        world
            .ana()
            .slash("lab", "/stream read name:orders")
            .await
            .fine()
            .says("1 record\n"),
    );
    let thread = world.quiz_threads().await.remove(0).1;
    let question = open_question(&Answer(json!({"ok": true, "messages": thread}))).expect("a question");
    let seen = answer(world.ana(), &question, Knowing::Right).await;
    let before = kept(&world).await;
    world.restart_bot().await;
    let requests = world.traffic().len();
    world.fault(json!({"again": true})).await;
    until("it is answered again", async || {
        world
            .requests(requests)
            .iter()
            .any(|it| it.ends_with("/callback"))
    })
    .await;
    settled(&world).await;
    assert_eq!(kept(&world).await, before, "the answer counts once");
    drop(
        answer_all(world.ana(), seen, Knowing::Right)
            .await
            .says("M1 passed · 100 %"),
    );
    world.end().await;
}
