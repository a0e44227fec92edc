//! Messages that change while one looks at them: a watched lag, a load. They end, whatever happens, and say so.

use serde_json::Value;
use tests::{World, until, words};

use crate::demo;

/// The newest message in #lab that says these words, as it is now.
async fn message(world: &World, says: &str) -> Option<Value> {
    let messages = world.channel("lab").await;
    messages
        .into_iter()
        .rev()
        .find(|message| words(message).contains(says))
}

async fn until_said(world: &World, says: &str) -> Value {
    until(&format!("#lab says {says:?}"), async || {
        message(world, says).await.is_some()
    })
    .await;
    message(world, says).await.expect("it was there")
}

#[tokio::test]
async fn a_watched_lag_grows_and_falls_and_the_watch_says_that_it_is_over() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:orders shards:2")
            .await
            .fine(),
    );
    drop(
        ana.slash("lab", "/stream watch name:orders seconds:20")
            .await
            .fine()
            .publicly()
            .says("Nothing waits")
            .says("Lag of whoever polls on the stream orders"),
    );
    drop(
        ana.slash("lab", "/stream watch name:orders")
            .await
            .fine()
            .privately()
            .says("one at a time"),
    );
    drop(
        ana.slash("lab", "/stream load name:orders count:300")
            .await
            .fine(),
    );
    drop(until_said(&world, "300 records wait").await);
    drop(
        ana.slash("lab", "/stream read name:orders count:1000")
            .await
            .fine()
            .says("300 records"),
    );
    drop(until_said(&world, "↘ falling").await);
    let over = until_said(&world, "the watch is over").await;
    let text = words(&over);
    assert!(
        text.contains("At most 300 records waited") && text.contains("at the end nothing did"),
        "{text}"
    );
    assert!(
        text.contains("Records waiting: at most 300 records"),
        "the picture says it too: {text}"
    );
    assert!(tests::components(&over).is_empty(), "nothing is left to press");
    drop(
        ana.slash("lab", "/stream watch name:orders")
            .await
            .fine()
            .publicly(),
    );
    world.end().await;
}

#[tokio::test]
async fn a_watch_is_stopped_by_its_owner_alone() {
    let world = demo().await;
    let (ana, ben) = (world.ana(), world.ben());
    drop(
        ana.slash("lab", "/stream create name:orders shards:1")
            .await
            .fine(),
    );
    let watch = ana.slash("lab", "/stream watch name:orders").await.fine();
    drop(
        ben.press(&watch, "Stop")
            .await
            .fine()
            .privately()
            .says("belongs to someone else"),
    );
    drop(ana.press(&watch, "Stop").await.fine());
    drop(until_said(&world, "You stopped it after").await);
    world.end().await;
}

#[tokio::test]
async fn a_watch_goes_on_after_a_power_cut() {
    let mut world = demo().await;
    drop(
        world
            .ana()
            .slash("lab", "/stream create name:orders shards:1")
            .await
            .fine(),
    );
    drop(
        world
            .ana()
            .slash("lab", "/stream load name:orders count:40")
            .await
            .fine(),
    );
    drop(
        world
            .ana()
            .slash("lab", "/stream watch name:orders seconds:20")
            .await
            .fine(),
    );
    world.restart_bot().await;
    let over = until_said(&world, "the watch is over").await;
    assert!(
        words(&over).contains("At most 40 records waited"),
        "{}",
        words(&over)
    );
    world.end().await;
}

#[tokio::test]
async fn a_hot_key_throttles_one_shard_of_two_and_the_picture_shows_it() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:orders shards:2")
            .await
            .fine(),
    );
    drop(
        ana.slash(
            "lab",
            "/lab load name:orders rate:2000 duration:6 pattern:hot-key",
        )
        .await
        .fine()
        .publicly()
        .says("2,000 records a second, four of five with the key `user-1`"),
    );
    drop(
        ana.slash("lab", "/lab load name:orders")
            .await
            .fine()
            .privately()
            .says("one at a time"),
    );
    let over = until_said(&world, "orders took").await;
    let text = words(&over);
    for told in [
        "of 12,000 records",
        "Why throttled?",
        "All of `user-1` goes to shard 1",
        "p50",
        "p99",
        "Throttled",
    ] {
        assert!(text.contains(told), "{told} in {text}");
    }
    assert!(
        text.contains("Load on the stream orders over"),
        "the picture says it too: {text}"
    );
    world.end().await;
}

#[tokio::test]
async fn a_load_is_stopped_and_one_that_a_power_cut_ended_says_so() {
    let mut world = demo().await;
    drop(
        world
            .ana()
            .slash("lab", "/stream create name:orders shards:1")
            .await
            .fine(),
    );
    let load = world
        .ana()
        .slash("lab", "/lab load name:orders rate:50 duration:60")
        .await
        .fine();
    drop(world.ana().press(&load, "Stop").await.fine());
    drop(until_said(&world, "the load was stopped").await);
    drop(
        world
            .ana()
            .slash("lab", "/lab load name:orders rate:50 duration:60")
            .await
            .fine(),
    );
    world.restart_bot().await;
    drop(until_said(&world, "the load was cut short").await);
    drop(
        world
            .ana()
            .slash("lab", "/lab load name:orders rate:5000 duration:60")
            .await
            .fine()
            .privately()
            .says("at most 60,000"),
    );
    world.end().await;
}
