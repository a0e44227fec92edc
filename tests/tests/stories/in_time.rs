//! Answered in time, whatever is slow: the database, Discord, everyone at once, or a death on the way.

use serde_json::json;
use sqlx::{Connection, SqliteConnection};
use tests::{Answer, World, until};

use crate::demo;

/// Holds the database's one writer for as long as the connection lives.
async fn occupied(world: &World) -> SqliteConnection {
    let path = world.folder().join("tributary.db");
    let mut writer = SqliteConnection::connect(&format!("sqlite:{}", path.display()))
        .await
        .expect("the database");
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut writer)
        .await
        .expect("the writer's turn");
    writer
}

/// Does something while nobody can write, until it is acknowledged; then lets writers on.
async fn while_busy(world: &World, act: impl Future<Output = Answer>) -> Answer {
    let before = world.traffic().len();
    let writer = occupied(world).await;
    let acknowledged = async {
        until("it is acknowledged", async || {
            world.requests(before).iter().any(|it| it.ends_with("/callback"))
        })
        .await;
        writer.close().await.expect("it lets go");
    };
    let (answer, ()) = tokio::join!(act, acknowledged);
    in_time(&answer);
    answer.fine()
}

fn in_time(answer: &Answer) {
    let ack = answer.0["ack_ms"].as_u64().unwrap_or(u64::MAX);
    assert!(ack < 3_000, "acknowledged after {ack} ms: {answer}");
}

#[tokio::test]
async fn a_busy_database_defers_an_answer_and_loses_none() {
    let world = demo().await;
    let ana = world.ana();
    let page = ana.slash("lessons", "/lesson next").await.fine();
    let done = while_busy(&world, ana.slash("lessons", "/lesson done module:M1")).await;
    assert_eq!(done.0["acked"], "deferred", "{done}");
    drop(done.says("+5 points").privately());
    drop(
        while_busy(&world, ana.press(&page, "Next"))
            .await
            .says("Page 2 of"),
    );
    drop(
        while_busy(&world, ana.slash("lessons", "/quiz module:M1"))
            .await
            .says("Question 1 of 3"),
    );
    drop(
        ana.slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("ana** · 5 points"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_public_answer_that_was_deferred_stays_public_and_a_mistake_leaves_nothing_behind() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:orders shards:1")
            .await
            .fine(),
    );
    let put = while_busy(&world, ana.slash("lab", "/stream put name:orders key:a data:b")).await;
    assert_eq!(put.0["acked"], "deferred", "{put}");
    drop(put.publicly().says("Sequence number"));
    let before = world.channel("lab").await.len();
    let wrong = while_busy(&world, ana.slash("lab", "/stream put name:nope key:a data:b")).await;
    assert_eq!(wrong.0["acked"], "deferred", "{wrong}");
    drop(wrong.privately().says("You have no stream `nope`"));
    let after = world.channel("lab").await;
    let public: Vec<_> = after[before..]
        .iter()
        .filter(|it| it["ephemeral_to"].is_null())
        .collect();
    assert!(public.is_empty(), "{public:?}");
    world.end().await;
}

#[tokio::test]
async fn a_slow_discord_is_answered_in_time() {
    let world = demo().await;
    world.fault(json!({"rest": {"delay_ms": 900}})).await;
    let ana = world.ana();
    for text in [
        "/lesson next",
        "/quiz module:M1",
        "/stream create name:orders shards:1",
        "/leaderboard",
        "/cohort show",
    ] {
        let answer = ana.slash("lab", text).await.fine();
        in_time(&answer);
    }
    world.end().await;
}

#[tokio::test]
async fn eighty_people_at_once_are_answered_in_time() {
    let world = demo().await;
    let names: Vec<String> = (0..80).map(|number| format!("person{number}")).collect();
    for name in &names {
        world.keeper().add_person(name, &[]).await.expect("a person");
    }
    for text in [
        "/cohort join",
        "/lesson done module:M1",
        "/stream create name:orders shards:1",
        "/leaderboard",
    ] {
        let all = names
            .iter()
            .map(async |name| world.person(name).slash("lab", text).await.fine());
        for answer in futures::future::join_all(all).await {
            in_time(&answer);
        }
    }
    let board = world.ana().slash("lessons", "/leaderboard").await.fine();
    drop(board.says("🥇 person").says("5 points"));
    world.end().await;
}

#[tokio::test]
async fn a_death_during_a_deferred_answer_loses_nothing_and_asking_again_is_enough() {
    let mut world = demo().await;
    world.expect_trouble();
    for (text, says) in [
        ("/lesson done module:M1", "+5 points"),
        ("/quiz module:M1", "Question 1 of 3"),
    ] {
        let before = world.traffic().len();
        let writer = occupied(&world).await;
        {
            let ana = world.ana();
            let deferred = until("it is deferred", async || {
                world.requests(before).iter().any(|it| it.ends_with("/callback"))
            });
            tokio::select! {
                biased;
                () = deferred => {}
                answer = ana.slash("lessons", text) => panic!("answered with nobody writing: {answer}"),
            }
        }
        world.kill_bot().await;
        writer.close().await.expect("it lets go");
        world.start_bot().await;
        drop(world.ana().slash("lessons", text).await.fine().says(says));
    }
    assert_eq!(world.quiz_threads().await.len(), 1);
    drop(
        world
            .ana()
            .slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("ana** · 5 points"),
    );
    world.end().await;
}
