//! A power cut within each request of a command: asked again, it is done once, and nothing that was answered is lost.

use futures::{StreamExt as _, stream};
use serde_json::json;
use tests::{Answer, World, until};

use crate::demo;

/// What somebody does, what shows that it is done, and what doing it again says besides.
struct Story {
    who: &'static str,
    before: &'static [&'static str],
    command: &'static str,
    look: &'static str,
    once: &'static str,
}

const STORIES: [Story; 6] = [
    Story {
        who: "ana",
        before: &[],
        command: "/lesson done module:M1",
        look: "/leaderboard",
        once: "ana** · 5 points",
    },
    Story {
        who: "ana",
        before: &["/lesson done module:M1"],
        command: "/lesson undo module:M1",
        look: "/leaderboard",
        once: "Nobody has points yet",
    },
    Story {
        who: "chloe",
        before: &[],
        command: "/cohort join",
        look: "/cohort show",
        once: "Members (3)",
    },
    Story {
        who: "ana",
        before: &[],
        command: "/stream create name:orders shards:2",
        look: "/stream list",
        once: "orders",
    },
    Story {
        who: "mod",
        before: &[],
        command: "/moderate pause",
        look: "/moderate schedule",
        once: "Paused; it would post",
    },
    Story {
        who: "mod",
        before: &[],
        command: "/moderate create name:autumn track:streams-15 channel:#general days:daily time:10:00 timezone:Europe/Berlin",
        look: "/moderate schedule cohort:autumn",
        once: "The schedule of autumn",
    },
];

/// Does the command and kills the bot while the `number`th request that it causes waits; whether there was one.
async fn cut_within(world: &mut World, story: &Story, number: usize) -> bool {
    let before = world.traffic().len();
    world.fault(json!({"rest": {"delay_ms": 400}})).await;
    let who = world.person(story.who);
    let cut = tokio::select! {
        biased;
        () = until("the request has begun", async || world.requests(before).len() >= number) => true,
        _ = who.slash("lessons", story.command) => false,
    };
    world.kill_bot().await;
    world.fault(json!({})).await;
    world.start_bot().await;
    cut
}

async fn lived_through(story: &Story) -> usize {
    let mut cuts = 0;
    for number in 1.. {
        let mut world = demo().await;
        world.expect_trouble();
        for command in story.before {
            drop(world.person(story.who).slash("lessons", command).await.fine());
        }
        let cut = cut_within(&mut world, story, number).await;
        let again: Answer = world
            .person(story.who)
            .slash("lessons", story.command)
            .await
            .fine();
        let seen = world.person(story.who).slash("lessons", story.look).await.fine();
        assert_eq!(
            seen.text().matches(story.once).count(),
            1,
            "{}, cut in request {number}; again:\n{again}\nthen:\n{seen}",
            story.command
        );
        world.end().await;
        if !cut {
            break;
        }
        cuts += 1;
    }
    cuts
}

#[tokio::test]
async fn a_power_cut_within_a_command_loses_nothing_and_does_nothing_twice() {
    let lives = stream::iter(&STORIES).map(lived_through).buffer_unordered(2);
    let cuts: Vec<usize> = lives.collect().await;
    assert!(
        cuts.iter().all(|cuts| *cuts >= 1),
        "each command is answered at least: {cuts:?}"
    );
}
