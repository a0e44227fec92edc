//! Discord misbehaves, and stopping is asked for.

use std::collections::BTreeSet;
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

#[tokio::test]
async fn whatever_is_counted_is_told_of_in_the_manual() {
    const MANUAL: &str = include_str!("../../../docs/operation.md");
    let mut world = demo().await;
    world.expect_trouble();
    world
        .fault(json!({"rest": {"status": 500, "rate": 0.5, "for": 2}}))
        .await;
    drop(world.ana().slash("lessons", "/lesson next").await);
    world.fault(json!({})).await;
    drop(world.ana().slash("lessons", "/lesson next").await.fine());
    world.fault(json!({"gateway": "disconnect"})).await;
    until("the bot is back", async || world.has_bot().await).await;
    let served = world.metrics().await;
    let names: BTreeSet<&str> = served
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    for name in &names {
        assert!(
            MANUAL.contains(&format!("| `{name}")),
            "docs/operation.md does not tell of {name}"
        );
    }
    for name in [
        "interactions_total",
        "interaction_ack_seconds",
        "discord_requests_total",
        "gateway_sessions_total",
    ] {
        assert!(names.contains(name), "{name} is missing from {names:?}");
    }
    assert!(
        served.contains(r#"interactions_total{kind="command",command="lesson next",outcome="answered"}"#),
        "{served}"
    );
    for name in ["ana", "demo"] {
        assert!(!served.contains(&format!("\"{name}\"")), "{name} is in {served}");
    }
    world.end().await;
}

#[tokio::test]
async fn an_apologys_reference_finds_the_line_that_says_why() {
    let mut world = demo().await;
    world.expect_trouble();
    let url = format!("sqlite:{}", world.folder().join("tributary.db").display());
    let mut other = SqliteConnection::connect(&url).await.expect("the database");
    let rename = async |other: &mut SqliteConnection, sql| other.execute(sql).await.map(drop);
    rename(&mut other, "ALTER TABLE learning_event RENAME TO hidden")
        .await
        .expect("it is hidden");
    let told = world
        .ana()
        .slash("lessons", "/lesson done module:M1")
        .await
        .says("something broke on our side")
        .privately()
        .does_not_say("learning_event")
        .text();
    let reference = told.split('`').nth(1).expect("a reference").to_owned();
    let log = world.log();
    let why = log
        .lines()
        .find(|line| line.contains("a request failed") && line.contains(&reference))
        .unwrap_or_else(|| panic!("{reference} finds nothing in {log}"));
    assert!(
        why.contains("no such table") && why.contains("lesson done"),
        "{why}"
    );
    rename(&mut other, "ALTER TABLE hidden RENAME TO learning_event")
        .await
        .expect("it is back");
    other.close().await.expect("it lets go");
    drop(
        world
            .ana()
            .slash("lessons", "/lesson done module:M1")
            .await
            .fine()
            .says("+5 points"),
    );
    world.end().await;
}
