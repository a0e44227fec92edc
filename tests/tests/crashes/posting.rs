//! A power cut at each request of the posting path.

use serde_json::{Value, json};
use tests::{World, until};

use crate::demo;

/// Requests that the bot has begun since `from`; the playground records a request when it arrives.
fn begun(world: &World, from: usize) -> Vec<String> {
    let traffic = world.traffic();
    let line = |it: &Value| {
        format!(
            "{} {}",
            it["method"].as_str().unwrap_or_default(),
            it["path"].as_str().unwrap_or_default()
        )
    };
    traffic.iter().skip(from).map(line).collect()
}

/// Kills the bot while its `number`th request of posting is under way, starts it again, and sees one post with a thread.
async fn dies_at(number: usize) {
    let mut world = demo().await;
    world.expect_trouble();
    let before = world.traffic().len();
    world.fault(json!({"rest": {"delay_ms": 400}})).await;
    {
        let clock = world.clock(json!({"set": "2026-11-23T09:00:00+01:00"}));
        let death = until("the request has begun", async || {
            begun(&world, before).len() >= number
        });
        tokio::pin!(clock);
        tokio::select! {
            () = death => {}
            _ = &mut clock => {}
        }
    }
    world.kill_bot().await;
    world.fault(json!({})).await;
    world.start_bot().await;
    until("it is posted with its thread", async || {
        let posts = world.posts().await;
        !posts.is_empty() && posts[0]["thread"].is_object()
    })
    .await;
    drop(world.clock(json!({"advance": "2m"})).await.fine());
    let posts = world.posts().await;
    assert_eq!(
        posts.len(),
        1,
        "killed at request {number}: {:?}",
        begun(&world, before)
    );
    world.end().await;
}

#[tokio::test]
async fn dies_at_the_first_request() {
    dies_at(1).await;
}

#[tokio::test]
async fn dies_at_the_second_request() {
    dies_at(2).await;
}

#[tokio::test]
async fn dies_at_the_third_request() {
    dies_at(3).await;
}

#[tokio::test]
async fn dies_at_the_fourth_request() {
    dies_at(4).await;
}

#[tokio::test]
async fn dies_after_the_post_was_made_and_its_answer_lost() {
    let mut world = demo().await;
    world.expect_trouble();
    world.fault(json!({"drop_after_commit": true})).await;
    {
        let clock = world.clock(json!({"set": "2026-11-23T09:00:00+01:00"}));
        let made = until("the message is there", async || !world.posts().await.is_empty());
        tokio::pin!(clock);
        tokio::select! {
            () = made => {}
            _ = &mut clock => {}
        }
    }
    world.restart_bot().await;
    until("the thread is there", async || {
        world
            .posts()
            .await
            .first()
            .is_some_and(|post| post["thread"].is_object())
    })
    .await;
    drop(world.clock(json!({"advance": "2m"})).await.fine());
    assert_eq!(world.posts().await.len(), 1);
    world.end().await;
}
