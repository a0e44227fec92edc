//! A power cut between any two clicks of a quiz, and within each.

use serde_json::Value;
use serde_json::json;
use tests::answer::words;
use tests::quiz::{Knowing, answer, answer_all, open_question};
use tests::{Answer, World, until};

use crate::demo;

/// The whole quiz thread, as a person sees it who opens it.
async fn thread(world: &World) -> Answer {
    let mut threads = world.quiz_threads().await;
    assert_eq!(threads.len(), 1, "one thread: {threads:?}");
    Answer(json!({"ok": true, "messages": threads.remove(0).1}))
}

/// Fails where a question or the result stands twice.
fn nothing_twice(thread: &Answer) {
    let titles: Vec<String> = thread
        .messages()
        .iter()
        .filter_map(|message| message["embeds"][0]["title"].as_str().map(str::to_owned))
        .collect();
    let mut once = titles.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), titles.len(), "{titles:?}");
}

#[tokio::test]
async fn a_power_cut_between_any_two_clicks_changes_nothing() {
    let mut world = demo().await;
    let mut seen: Answer = world.ana().slash("lessons", "/quiz").await.fine();
    let mut answered = 0;
    while let Some(question) = open_question(&seen) {
        world.restart_bot().await;
        seen = answer(world.ana(), &question, Knowing::Right).await.fine();
        answered += 1;
    }
    assert_eq!(answered, 3);
    drop(seen.says("M1 passed · 100 %"));
    world.restart_bot().await;
    nothing_twice(&thread(&world).await);
    drop(
        world
            .ana()
            .slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("ana** · 25 points"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_power_cut_while_the_modal_is_open_keeps_the_question_open() {
    let mut world = demo().await;
    let mut seen = world.ana().slash("lessons", "/quiz").await.fine();
    // The explanation comes last.
    for _ in 0..2 {
        let question = open_question(&seen).expect("a question");
        seen = answer(world.ana(), &question, Knowing::Right).await.fine();
    }
    let opened = world.ana().press(&seen, "Answer").await.fine();
    world.restart_bot().await;
    drop(
        world
            .ana()
            .submit(&opened, "I do not know.")
            .await
            .fine()
            .says("Think on"),
    );
    world.end().await;
}

/// Does something, and kills the bot while the `number`th request that it causes waits; whether there was one.
async fn cut_within(world: &mut World, number: usize, act: Value) -> bool {
    let before = world.traffic().len();
    world.fault(json!({"rest": {"delay_ms": 400}})).await;
    let cut = {
        let person = world.ana();
        tokio::select! {
            biased;
            () = until("the request has begun", async || world.requests(before).len() >= number) => true,
            _ = person.act(act) => false,
        }
    };
    world.kill_bot().await;
    world.fault(json!({})).await;
    world.start_bot().await;
    cut
}

#[tokio::test]
async fn a_power_cut_within_the_beginning_leaves_one_thread_with_one_question() {
    let beginnings = (1..=5).map(async |number| {
        let mut world = demo().await;
        world.expect_trouble();
        let act = json!({"channel": "lessons", "slash": "/quiz module:M1"});
        let cut = cut_within(&mut world, number, act).await;
        let begun = world.ana().slash("lessons", "/quiz module:M1").await.fine();
        drop(begun);
        let thread = thread(&world).await;
        nothing_twice(&thread);
        assert_eq!(thread.messages().len(), 1, "cut in request {number}:\n{thread}");
        drop(
            answer_all(world.ana(), thread, Knowing::Right)
                .await
                .says("M1 passed · 100 %"),
        );
        world.end().await;
        cut
    });
    let cuts = futures::future::join_all(beginnings).await;
    assert!(
        cuts[..3].iter().all(|cut| *cut),
        "defer, thread, question: {cuts:?}"
    );
}

#[tokio::test]
async fn a_power_cut_within_an_answer_loses_nothing_and_counts_nothing_twice() {
    let answers = (1..=3).map(async |number| {
        let mut world = demo().await;
        world.expect_trouble();
        let begun = world.ana().slash("lessons", "/quiz module:M1").await.fine();
        let question = open_question(&begun).expect("a question");
        world.fault(json!({"rest": {"delay_ms": 400}})).await;
        let before = world.traffic().len();
        let cut = tokio::select! {
            biased;
            () = until("the request has begun", async || world.requests(before).len() >= number) => true,
            _ = answer(world.ana(), &question, Knowing::Right) => false,
        };
        world.kill_bot().await;
        world.fault(json!({})).await;
        world.start_bot().await;
        drop(world.ana().slash("lessons", "/quiz module:M1").await.fine());
        let seen = thread(&world).await;
        nothing_twice(&seen);
        let result = answer_all(world.ana(), seen, Knowing::Right).await;
        drop(result.says("M1 passed · 100 %"));
        let ended = thread(&world).await;
        nothing_twice(&ended);
        let questions = ended
            .messages()
            .iter()
            .filter(|it| words(it).contains("Question "))
            .count();
        assert_eq!(
            questions, 4,
            "three, and the result that names them; cut in request {number}:\n{ended}"
        );
        drop(
            world
                .ana()
                .slash("lessons", "/leaderboard")
                .await
                .fine()
                .says("ana** · 25 points"),
        );
        world.end().await;
        cut
    });
    let cuts = futures::future::join_all(answers).await;
    assert!(cuts[0], "the answer is acknowledged at least: {cuts:?}");
}

#[tokio::test]
async fn a_power_cut_as_soon_as_the_thread_or_the_question_stands_makes_no_other() {
    let dies_when = async |lost_answer: bool, messages: usize| {
        let mut world = demo().await;
        world.expect_trouble();
        if lost_answer {
            world.fault(json!({"drop_after_commit": true})).await;
        }
        let stands = until("it stands", async || {
            let threads = world.quiz_threads().await;
            threads.first().is_some_and(|(_, all)| all.len() >= messages)
        });
        let ana = world.ana();
        tokio::select! {
            biased;
            () = stands => {}
            _ = ana.slash("lessons", "/quiz module:M1") => {}
        }
        world.restart_bot().await;
        drop(world.ana().slash("lessons", "/quiz module:M1").await.fine());
        let seen = thread(&world).await;
        nothing_twice(&seen);
        assert_eq!(seen.messages().len(), 1, "{seen}");
        world.end().await;
    };
    tokio::join!(dies_when(false, 0), dies_when(false, 1), dies_when(true, 1));
}
