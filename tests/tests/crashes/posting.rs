//! A power cut at each step of the posting path: before, within and after each request that it takes.

use serde_json::json;
use tests::{World, until};

use crate::demo;

/// Long enough that the bot dies while its request waits.
const HELD_MS: u64 = 400;

/// The requests of a post, as Discord sees them, after a run without trouble.
async fn path() -> Vec<String> {
    let world = demo().await;
    let before = world.traffic().len();
    nine(&world).await;
    let requests = world.requests(before);
    world.end().await;
    requests
}

async fn nine(world: &World) {
    drop(
        world
            .clock(json!({"set": "2026-11-23T09:00:00+01:00"}))
            .await
            .fine(),
    );
}

/// Sets the clock to nine and lets go of it as soon as `moment` has come: the bot is at work then.
async fn nine_until(world: &World, moment: impl Future<Output = ()>) {
    tokio::select! {
        () = nine(world) => {}
        () = moment => {}
    }
}

/// After a restart: one post, with its thread, also when the next hour has passed.
async fn one_post_remains(world: &World, what: &str) {
    until("it is posted with its thread", async || {
        let posts = world.posts().await;
        posts.first().is_some_and(|post| post["thread"].is_object())
    })
    .await;
    drop(world.clock(json!({"advance": "1h"})).await.fine());
    assert_eq!(world.posts().await.len(), 1, "{what}");
    let state = world.state().await;
    let threads = state["channels"].as_array().into_iter().flatten();
    let threads = threads.filter(|it| it["kind"] == "public_thread").count();
    assert_eq!(threads, 1, "{what}: one thread");
    // A twin that is found is deleted: here none may ever have stood.
    let deleted = world.requests(0).into_iter().find(|it| it.starts_with("DELETE"));
    assert_eq!(deleted, None, "{what}: a second post was made and taken away");
}

async fn dies_in(number: usize, request: &str) {
    let mut world = demo().await;
    world.expect_trouble();
    let before = world.traffic().len();
    world.fault(json!({"rest": {"delay_ms": HELD_MS}})).await;
    nine_until(
        &world,
        until("the request has begun", async || {
            world.requests(before).len() >= number
        }),
    )
    .await;
    assert_eq!(
        world.requests(before).len(),
        number,
        "it waits in this very request"
    );
    world.kill_bot().await;
    world.fault(json!({})).await;
    world.start_bot().await;
    one_post_remains(&world, request).await;
    world.end().await;
}

#[tokio::test]
async fn dies_in_each_request_of_the_path() {
    let path = path().await;
    let shape: Vec<&str> = path
        .iter()
        .filter_map(|request| request.split(' ').next())
        .collect();
    assert_eq!(
        shape,
        ["GET", "POST", "POST"],
        "look, send, open the thread: {path:?}"
    );
    let deaths = path
        .iter()
        .enumerate()
        .map(|(at, request)| dies_in(at + 1, request));
    futures::future::join_all(deaths).await;
}

#[tokio::test]
async fn dies_when_the_message_stands_and_its_answer_is_lost() {
    let mut world = demo().await;
    world.expect_trouble();
    world.fault(json!({"drop_after_commit": true})).await;
    nine_until(
        &world,
        until("the message stands", async || !world.posts().await.is_empty()),
    )
    .await;
    world.restart_bot().await;
    one_post_remains(&world, "its answer was lost").await;
    world.end().await;
}

#[tokio::test]
async fn dies_as_soon_as_the_message_or_the_thread_stands() {
    let dies_when = async |what: &str, stands: fn(&serde_json::Value) -> bool| {
        let mut world = demo().await;
        world.expect_trouble();
        nine_until(
            &world,
            until(what, async || world.posts().await.first().is_some_and(stands)),
        )
        .await;
        world.restart_bot().await;
        one_post_remains(&world, what).await;
        world.end().await;
    };
    tokio::join!(
        dies_when("the message stands", |_| true),
        dies_when("the thread stands", |post| post["thread"].is_object()),
    );
}

/// In its first look, then in its send, then in its search for what it may have sent.
#[tokio::test]
async fn dies_again_and_again_on_the_way() {
    let mut world = demo().await;
    world.expect_trouble();
    world.fault(json!({"rest": {"delay_ms": HELD_MS}})).await;
    let mut before = world.traffic().len();
    for (life, requests) in [1, 2, 1].into_iter().enumerate() {
        let at_work = until("it is at work on the post", async || {
            let begun = world.requests(before);
            begun.iter().filter(|it| it.contains("/channels/")).count() >= requests
        });
        if life == 0 {
            nine_until(&world, at_work).await;
        } else {
            at_work.await;
        }
        world.kill_bot().await;
        before = world.traffic().len();
        world.begin_bot();
    }
    world.fault(json!({})).await;
    one_post_remains(&world, "three deaths").await;
    world.end().await;
}

#[tokio::test]
async fn a_clear_no_and_a_storm_of_errors_bring_one_post_in_the_end() {
    let mut world = demo().await;
    world.expect_trouble();
    world
        .fault(json!({"rest": {"status": 502, "rate": 0.6, "for": 4}}))
        .await;
    nine(&world).await;
    one_post_remains(&world, "errors of Discord").await;
    world.end().await;
}
