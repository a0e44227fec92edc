//! Discord misbehaves, and stopping is asked for.

use std::time::Duration;

use serde_json::json;
use sqlx::{Connection, Executor, SqliteConnection};
use tests::{World, until};

use crate::{PROGRAM, demo};

#[tokio::test]
async fn sigterm_stops_within_three_seconds() {
    let mut world = demo().await;
    let took = world.stop_bot();
    assert!(took < Duration::from_secs(3), "{took:?}");
    world.end().await;
}

#[tokio::test]
async fn a_lost_gateway_comes_back_with_every_button() {
    let mut world = demo().await;
    world.expect_trouble();
    let mut page = world.ana().slash("lessons", "/lesson next").await.fine();
    for (fault, number) in [("disconnect", 2), ("reconnect", 3), ("invalid_session", 4)] {
        world.fault(json!({"gateway": fault})).await;
        until("the bot is back", async || world.has_bot().await).await;
        let mut next = world.ana().press(&page, "Next").await;
        // A press in the very moment of the loss is not answered; the next one is.
        if next.0["ok"] != true {
            next = world.ana().press(&page, "Next").await;
        }
        page = next.fine().says(&format!("Page {number} of"));
    }
    world.end().await;
}

#[tokio::test]
async fn ready_means_the_gateway_and_a_discord_that_comes_back_is_found_again() {
    let mut world = demo().await;
    world.expect_trouble();
    let is_ready = async |world: &World| world.readiness().await.is_some_and(|(status, _)| status == 200);
    until("it is ready", async || is_ready(&world).await).await;
    drop(
        world
            .clock(json!({"set": "2026-11-23T09:00:00+01:00"}))
            .await
            .fine(),
    );
    world.stop_discord().await;
    until("it is not ready without its gateway", async || {
        let said = world.readiness().await;
        said.is_some_and(|(status, why)| status == 503 && why.contains("gateway"))
    })
    .await;
    world.start_discord().await;
    until("the bot is back", async || world.has_bot().await).await;
    until("it is ready again", async || is_ready(&world).await).await;
    drop(
        world
            .ana()
            .slash("lessons", "/lesson next")
            .await
            .fine()
            .says("M1 ·"),
    );
    drop(
        world
            .clock(json!({"set": "2026-11-24T09:00:00+01:00"}))
            .await
            .fine(),
    );
    assert_eq!(
        world.posts().await.len(),
        2,
        "it follows the clock again, and Monday's lesson stands once"
    );
    world.end().await;
}

#[tokio::test]
async fn a_gateway_that_hangs_with_its_socket_open_is_noticed_and_found_again() {
    let mut world = World::empty(PROGRAM, "2026-11-23T07:00:00+01:00").await;
    world.expect_trouble();
    world.with_heartbeats(Duration::from_millis(300)).await;
    world.start_bot().await;
    let is_ready = async |world: &World| world.readiness().await.is_some_and(|(status, _)| status == 200);
    until("it is ready", async || is_ready(&world).await).await;
    world.fault(json!({"gateway": "hang"})).await;
    until("it is not ready, and says that it is the gateway", async || {
        let said = world.readiness().await;
        said.is_some_and(|(status, why)| {
            status == 503
                && why.contains("heartbeats are not acknowledged")
                && why.contains(r#""database":"ok""#)
        })
    })
    .await;
    world.fault(json!({})).await;
    until("it is ready again", async || is_ready(&world).await).await;
    world.end().await;
}

#[tokio::test]
async fn a_database_that_another_program_holds_is_noticed_and_found_again() {
    let mut world = demo().await;
    world.expect_trouble();
    let is_ready = async |world: &World| world.readiness().await.is_some_and(|(status, _)| status == 200);
    until("it is ready", async || is_ready(&world).await).await;
    let file = format!("sqlite:{}", world.folder().join("tributary.db").display());
    let mut other = SqliteConnection::connect(&file).await.expect("it opens");
    other.execute("BEGIN IMMEDIATE").await.expect("it is held");
    let (status, why) = world.readiness().await.expect("it answers");
    assert!(
        status == 503 && why.contains("a write holds it up") && why.contains(r#""gateway":"ok""#),
        "{why}"
    );
    other.execute("ROLLBACK").await.expect("it is let go");
    until("it is ready again", async || is_ready(&world).await).await;
    world.end().await;
}

#[tokio::test]
async fn errors_of_discord_lose_no_answer() {
    let mut world = demo().await;
    world.expect_trouble();
    world.fault(json!({"rest": {"status": 500, "rate": 0.3}})).await;
    for _ in 0..5 {
        let answer = world.ana().slash("lessons", "/lesson done module:M1").await;
        assert_eq!(answer.0["ok"], true, "{answer}");
    }
    world.fault(json!({})).await;
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
