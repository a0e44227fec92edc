//! Lessons posted on schedule, once.

use serde_json::{Value, json};
use tests::answer::{components, words};

use crate::demo;

fn ids(message: &Value) -> Vec<String> {
    components(message)
        .iter()
        .filter_map(|it| it["custom_id"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn at_nine_on_monday_exactly_one_lesson_with_a_thread() {
    let world = demo().await;
    drop(
        world
            .clock(json!({"set": "2026-11-23T08:59:00+01:00"}))
            .await
            .fine(),
    );
    assert!(world.posts().await.is_empty(), "not before its time");
    drop(
        world
            .clock(json!({"set": "2026-11-23T09:00:00+01:00"}))
            .await
            .fine()
            .says("fraud report"),
    );
    let posts = world.posts().await;
    assert_eq!(posts.len(), 1, "{posts:?}");
    assert!(words(&posts[0]).contains("M1 · What are streams?"));
    let labels: Vec<&Value> = components(&posts[0]).iter().map(|it| &it["label"]).collect();
    assert_eq!(labels, ["Start", "Quiz", "Done"]);
    assert_eq!(posts[0]["thread"]["name"], "M1 · What are streams?");
    drop(world.clock(json!({"advance": "1h"})).await.fine());
    assert_eq!(world.posts().await.len(), 1);
    let started = world
        .ben()
        .click(posts[0]["id"].as_str().unwrap_or_default(), "Start")
        .await
        .fine();
    drop(started.privately().says("Page 1 of"));
    world.end().await;
}

#[tokio::test]
async fn three_days_bring_three_lessons_and_then_the_moderators_hear_of_drafts_once() {
    let world = demo().await;
    drop(world.clock(json!({"advance": "72h"})).await.fine());
    let posts = world.posts().await;
    let modules: Vec<String> = posts
        .iter()
        .flat_map(ids)
        .filter(|id| id.starts_with("lesson:open:"))
        .collect();
    assert_eq!(modules.len(), 3, "{modules:?}");
    for (id, module) in modules.iter().zip(["M1", "M2", "M3"]) {
        assert!(id.starts_with(&format!("lesson:open:{module}:")), "{id}");
    }
    drop(world.clock(json!({"advance": "96h"})).await.fine());
    assert_eq!(world.posts().await.len(), 3, "drafts are never posted");
    let told = world.channel("moderators").await;
    assert_eq!(told.len(), 1, "{told:?}");
    world.end().await;
}

#[tokio::test]
async fn after_downtime_the_one_next_lesson_comes_with_a_note() {
    let mut world = demo().await;
    world.kill_bot().await;
    drop(world.clock(json!({"advance": "75h"})).await.fine());
    world.start_bot().await;
    tests::until("the late lesson is posted", async || {
        !world.posts().await.is_empty()
    })
    .await;
    drop(world.clock(json!({"advance": "1m"})).await.fine());
    let posts = world.posts().await;
    assert_eq!(posts.len(), 1, "{posts:?}");
    assert!(words(&posts[0]).contains("M1 ·"), "nothing is skipped");
    assert!(
        posts[0]["content"].as_str().is_some_and(|note| !note.is_empty()),
        "a note says why it is late"
    );
    world.end().await;
}

#[tokio::test]
async fn pausing_shifts_and_skipping_leaves_one_out() {
    let world = demo().await;
    let moderator = world.mod_();
    drop(moderator.slash("lessons", "/moderate pause").await.fine());
    drop(world.clock(json!({"advance": "24h"})).await.fine());
    assert!(world.posts().await.is_empty(), "a paused cohort posts nothing");
    drop(moderator.slash("lessons", "/moderate resume").await.fine());
    drop(moderator.slash("lessons", "/moderate skip").await.fine());
    drop(world.clock(json!({"advance": "24h"})).await.fine());
    assert!(world.posts().await.is_empty(), "the skipped one");
    drop(world.clock(json!({"advance": "24h"})).await.fine());
    let posts = world.posts().await;
    assert_eq!(posts.len(), 1);
    assert!(words(&posts[0]).contains("M1 ·"), "nothing is lost");
    drop(moderator.slash("lessons", "/moderate post").await.fine());
    tests::until("the second is posted by hand", async || {
        world.posts().await.len() == 2
    })
    .await;
    world.end().await;
}

#[tokio::test]
async fn a_lost_answer_does_not_make_a_second_post() {
    let mut world = demo().await;
    world.expect_trouble();
    world.fault(json!({"drop_after_commit": true})).await;
    drop(
        world
            .clock(json!({"set": "2026-11-23T09:00:00+01:00"}))
            .await
            .fine(),
    );
    tests::until("it is posted with its thread", async || {
        let posts = world.posts().await;
        !posts.is_empty() && posts[0]["thread"].is_object()
    })
    .await;
    assert_eq!(world.posts().await.len(), 1);
    world.end().await;
}
