//! Quizzes, from the first question to the moderator's word.

use serde_json::json;
use tests::quiz::{Knowing, answer, answer_all, open_question};

use crate::demo;

#[tokio::test]
async fn ana_passes_and_the_next_module_opens() {
    let world = demo().await;
    let ana = world.ana();
    drop(ana.slash("lessons", "/quiz module:M2").await.fine().says("M1"));
    let begun = ana.slash("lessons", "/quiz").await.fine().says("Question 1 of 3");
    let result = answer_all(ana, begun, Knowing::Right)
        .await
        .says("M1 passed · 100 %")
        .says("+25")
        .says("This opens **M2");
    drop(
        ana.press(&result, "Next lesson")
            .await
            .fine()
            .says("M2 · Producers and consumers"),
    );
    drop(
        ana.slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("ana** · 25 points"),
    );
    drop(
        ana.slash("lessons", "/quiz module:M2")
            .await
            .fine()
            .says("M2 · Question 1 of 3"),
    );
    world.end().await;
}

#[tokio::test]
async fn what_ana_gets_wrong_is_explained_and_named_for_review() {
    let world = demo().await;
    let ana = world.ana();
    let begun = ana.slash("lessons", "/quiz").await.fine();
    let result = answer_all(ana, begun, Knowing::Wrong).await;
    let result = result.does_not_say("passed ·");
    drop(result);
    drop(
        ana.slash("lessons", "/quiz action:results")
            .await
            .fine()
            .says("M1"),
    );
    drop(
        ana.slash("lessons", "/progress")
            .await
            .fine()
            .does_not_say("1 of 15 modules complete"),
    );
    world.end().await;
}

#[tokio::test]
async fn the_second_retake_waits_an_hour() {
    let world = demo().await;
    let ana = world.ana();
    for _ in 0..2 {
        let begun = ana
            .slash("lessons", "/quiz module:M1")
            .await
            .fine()
            .says("Question 1 of 3");
        let first = open_question(&begun).expect("a question");
        drop(begun);
        let mut seen = answer(ana, &first, Knowing::Wrong).await.fine();
        while let Some(next) = open_question(&seen) {
            seen = answer(ana, &next, Knowing::Right).await.fine();
        }
    }
    drop(
        ana.slash("lessons", "/quiz module:M1")
            .await
            .fine()
            .does_not_say("Question 1 of 3"),
    );
    drop(world.clock(json!({"advance": "61m"})).await.fine());
    drop(
        ana.slash("lessons", "/quiz module:M1")
            .await
            .fine()
            .says("Question 1 of 3"),
    );
    world.end().await;
}

#[tokio::test]
async fn hints_come_one_by_one_and_never_end_the_question() {
    let world = demo().await;
    let ana = world.ana();
    let begun = ana.slash("lessons", "/quiz").await.fine();
    let hinted = ana.press(&begun, "Hint").await.fine();
    let again = if hinted.has_button("Hint") {
        ana.press(&hinted, "Hint").await.fine()
    } else {
        hinted
    };
    let question = open_question(&again)
        .or_else(|| open_question(&begun))
        .expect("still open");
    drop(
        answer(ana, &question, Knowing::Right)
            .await
            .fine()
            .says("Question 2 of 3"),
    );
    world.end().await;
}

#[tokio::test]
async fn mod_reads_anas_explanation_and_the_pass_is_no_longer_provisional() {
    let world = demo().await;
    let ana = world.ana();
    let mut seen = ana.slash("lessons", "/quiz").await.fine();
    while let Some(message) = open_question(&seen) {
        let explains = tests::answer::words(&message).contains("In your own words");
        if !explains {
            seen = answer(ana, &message, Knowing::Right).await.fine();
            continue;
        }
        let first = answer(ana, &message, Knowing::Wrong).await.fine();
        let again = ana.press(&first, "Try again").await.fine();
        let kept = again.modal()["components"][0]["components"][0]["value"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(kept.contains("I suppose"), "the old words are filled in: {kept}");
        seen = ana
            .submit(&again, "It never really stops coming, so you keep going.")
            .await
            .fine();
    }
    drop(ana.slash("lessons", "/progress").await.fine().says("provisional"));
    drop(
        ana.slash("lessons", "/quiz module:M2")
            .await
            .fine()
            .says("M2 · Question 1 of 3"),
    );
    drop(
        world
            .ben()
            .slash("lessons", "/moderate review")
            .await
            .impossible(),
    );
    let review = world
        .mod_()
        .slash("lessons", "/moderate review")
        .await
        .fine()
        .privately()
        .says("never really stops");
    drop(world.mod_().press(&review, "Accept").await.fine());
    drop(
        ana.slash("lessons", "/progress")
            .await
            .fine()
            .says("✅ passed")
            .does_not_say("provisional"),
    );
    drop(
        ana.slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("ana** · 2"),
    );
    world.end().await;
}

#[tokio::test]
async fn mod_opens_a_module_for_ben() {
    let world = demo().await;
    drop(
        world
            .ben()
            .slash("lessons", "/quiz module:M3")
            .await
            .fine()
            .does_not_say("Question 1 of 3"),
    );
    drop(
        world
            .mod_()
            .slash("lessons", "/moderate unlock member:@ben module:M3")
            .await
            .fine()
            .says("M3"),
    );
    drop(
        world
            .ben()
            .slash("lessons", "/quiz module:M3")
            .await
            .fine()
            .says("M3 · Question 1 of 3"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_quiz_is_its_members_alone() {
    let world = demo().await;
    let manage_threads = 1 << 34;
    world
        .keeper()
        .set_overwrite("lessons", "mod", manage_threads, 0)
        .await
        .expect("mod manages threads");
    let begun = world.ana().slash("lessons", "/quiz").await.fine();
    let message = open_question(&begun).expect("a question");
    let id = message["id"].as_str().unwrap_or_default();
    drop(world.ben().click(id, "Hint").await.impossible());
    // Whoever manages threads sees it, and still may not press.
    drop(
        world
            .mod_()
            .click(id, "Hint")
            .await
            .fine()
            .privately()
            .says("belongs to someone else"),
    );
    world.end().await;
}

#[tokio::test]
async fn an_answered_question_stays_answered() {
    let world = demo().await;
    let ana = world.ana();
    let begun = ana.slash("lessons", "/quiz").await.fine();
    let question = open_question(&begun).expect("a question");
    let next = answer(ana, &question, Knowing::Right).await.fine();
    // The old buttons are gone; the message can't be answered twice.
    let again = ana
        .click(question["id"].as_str().unwrap_or_default(), "Hint")
        .await;
    drop(again.impossible());
    drop(next.says("Question 2 of 3"));
    drop(ana.slash("lessons", "/quiz").await.fine());
    world.end().await;
}
