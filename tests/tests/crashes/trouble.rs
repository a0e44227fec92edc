//! Discord misbehaves, and stopping is asked for.

use std::time::Duration;

use serde_json::json;

use crate::demo;

#[tokio::test]
async fn sigterm_stops_within_three_seconds() {
    let mut world = demo().await;
    let took = world.stop_bot();
    assert!(took < Duration::from_secs(3), "{took:?}");
    world.end().await;
}

#[tokio::test]
async fn a_lost_gateway_comes_back() {
    let mut world = demo().await;
    world.expect_trouble();
    for fault in ["disconnect", "reconnect", "invalid_session"] {
        world.fault(json!({"gateway": fault})).await;
        tests::until("the bot answers again", async || {
            world.ana().slash("lessons", "/today").await.0["ok"] == true
        })
        .await;
    }
    drop(
        world
            .ana()
            .slash("lessons", "/lesson next")
            .await
            .fine()
            .says("M1 ·"),
    );
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
