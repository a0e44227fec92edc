//! A power cut between any two clicks of a quiz.

use tests::Answer;
use tests::quiz::{Knowing, answer, open_question};

use crate::demo;

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
