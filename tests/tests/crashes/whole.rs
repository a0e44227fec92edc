//! `tributary playground` as a newcomer starts it, with a power cut after every step of the main job.

use std::time::Duration;

use serde_json::json;
use tests::Whole;
use tests::quiz::{Knowing, answer, open_question};

use crate::PROGRAM;

#[tokio::test]
async fn the_main_job_survives_a_power_cut_after_every_step() {
    let mut world = Whole::start(PROGRAM).await;
    drop(
        world
            .clock(json!({"set": "2026-11-23T07:00:00+01:00"}))
            .await
            .fine(),
    );
    world.cut().await;

    let page = world
        .ana()
        .slash("lessons", "/lesson next")
        .await
        .fine()
        .says("Page 1 of");
    world.cut().await;
    let page = world.ana().press(&page, "Next").await.fine().says("Page 2 of");
    world.cut().await;
    drop(world.ana().press(&page, "Done").await.fine().says("+5 points"));
    world.cut().await;

    drop(
        world
            .clock(json!({"set": "2026-11-23T09:00:00+01:00"}))
            .await
            .fine(),
    );
    world.cut().await;
    let posts = world.posts().await;
    assert_eq!(posts.len(), 1);
    assert!(posts[0]["thread"].is_object());

    let mut seen = world.ana().slash("lessons", "/quiz").await.fine();
    while let Some(question) = open_question(&seen) {
        world.cut().await;
        seen = answer(world.ana(), &question, Knowing::Right).await.fine();
    }
    drop(seen.says("M1 passed · 100 %"));
    world.cut().await;

    drop(
        world
            .ana()
            .slash("lab", "/stream create name:orders shards:2")
            .await
            .fine()
            .says("ACTIVE"),
    );
    for number in 1..=3 {
        world.cut().await;
        let put = format!("/stream put name:orders key:user-{number} data:hello");
        drop(
            world
                .ana()
                .slash("lab", &put)
                .await
                .fine()
                .says("Sequence number"),
        );
    }
    world.cut().await;
    drop(
        world
            .ana()
            .slash("lab", "/stream read name:orders")
            .await
            .fine()
            .says("3 records"),
    );
    world.cut().await;
    drop(
        world
            .ana()
            .slash("lab", "/leaderboard")
            .await
            .fine()
            .says("🥇 **ana** · 30 points")
            .says("ben · 0 points"),
    );
    let clock = world.state().await["clock"].to_string();
    assert!(clock.contains("2026-11-23T"), "the clock is kept: {clock}");
    assert_eq!(world.posts().await.len(), 1, "and the lesson stands once");
    world.end();
}

#[tokio::test]
async fn sigterm_ends_the_whole_playground_within_three_seconds() {
    let mut world = Whole::start(PROGRAM).await;
    drop(
        world
            .ana()
            .slash("lessons", "/lesson next")
            .await
            .fine()
            .says("M1 ·"),
    );
    let took = world.stop();
    assert!(took < Duration::from_secs(3), "{took:?}");
    world.end();
}
