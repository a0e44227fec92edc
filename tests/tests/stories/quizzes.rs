//! Quizzes, from the first question to the moderator's word.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::Person;
use tests::answer::{components, words};
use tests::quiz::{Knowing, answer, answer_all, bank_entry, open_question};

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

#[tokio::test]
async fn the_thread_is_private_and_says_so() {
    let world = demo().await;
    let told = world
        .ana()
        .slash("lessons", "/quiz")
        .await
        .fine()
        .says("Your quiz is in <#")
        .says("It is private");
    let threads = world.quiz_threads().await;
    assert_eq!(threads.len(), 1, "{told}");
    drop(
        world
            .ana()
            .slash("lab", "/quiz")
            .await
            .fine()
            .says("Your quiz is in"),
    );
    assert_eq!(
        world.quiz_threads().await.len(),
        1,
        "one thread a member, whatever the channel"
    );
    assert_eq!(threads[0].1.len(), 1, "and one question");
    world.end().await;
}

#[tokio::test]
async fn a_wrong_choice_is_told_why_and_shown_with_the_right_one() {
    let world = demo().await;
    let ana = world.ana();
    let text = |value: &toml::Value| value.as_str().unwrap_or_default().to_owned();
    let mut seen = ana.slash("lessons", "/quiz module:M1").await.fine();
    // An attempt may begin with another kind of question; one of the next has a single choice.
    let (entry, seen) = loop {
        let Some(message) = open_question(&seen) else {
            drop(world.clock(json!({"advance": "13h"})).await.fine());
            seen = ana.slash("lessons", "/quiz module:M1").await.fine();
            continue;
        };
        let entry = bank_entry(&message);
        let is_single =
            entry["type"].as_str() == Some("MultipleChoice") && entry["answer"]["answer"].is_str();
        seen = answer(ana, &message, Knowing::Wrong).await;
        if is_single {
            break (entry, seen);
        }
        if seen.has_button("Try again") {
            let again = ana.press(&seen, "Try again").await.fine();
            seen = ana.submit(&again, "I really could not say, sorry.").await.fine();
        }
    };
    let chosen = text(&entry["prompt"]["distractors"][0]);
    drop(
        seen.says("**Not this one.**")
            .says(&text(&entry["why"][0]))
            .says(&text(&entry["context"]))
            .says(&format!("❌ {chosen} ← you"))
            .says(&format!("✅ **{}**", text(&entry["answer"]["answer"]))),
    );
    world.end().await;
}

#[tokio::test]
async fn every_quick_question_of_the_first_pool_can_be_answered_in_chat() {
    let world = demo().await;
    let ana = world.ana();
    let mut kinds = BTreeSet::new();
    let mut asked = BTreeSet::new();
    // Two quick questions an attempt, always ones not asked before: five attempts show the ten there are.
    for _ in 0..5 {
        let mut seen = ana
            .slash("lessons", "/quiz module:M1 action:start")
            .await
            .fine()
            .says("Question 1 of 3");
        while let Some(message) = open_question(&seen) {
            let entry = bank_entry(&message);
            let many = components(&message).iter().any(|it| it["type"] == 3);
            kinds.insert((entry["type"].as_str().unwrap_or_default().to_owned(), many));
            asked.insert(entry["id"].as_str().unwrap_or_default().to_owned());
            seen = answer(ana, &message, Knowing::Right).await.says("**Right.**");
        }
        drop(seen.says("M1 passed · 100 %"));
        drop(world.clock(json!({"advance": "13h"})).await.fine());
    }
    let kinds: Vec<(&str, bool)> = kinds.iter().map(|(kind, many)| (kind.as_str(), *many)).collect();
    assert_eq!(
        kinds,
        [
            ("Explain", false),
            ("MultipleChoice", false),
            ("MultipleChoice", true),
            ("ShortAnswer", false)
        ]
    );
    assert!(
        asked.len() >= 10 + 3,
        "each comes before any comes again: {asked:?}"
    );
    drop(
        ana.slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("ana** · 25 points"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_hint_is_shown_counted_and_kept() {
    let mut world = demo().await;
    let begun = world
        .ana()
        .slash("lessons", "/quiz")
        .await
        .fine()
        .does_not_say("💡");
    let question = open_question(&begun).expect("a question");
    let first = bank_entry(&question)["hints"][0]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    drop(
        world
            .ana()
            .press(&begun, "Hint")
            .await
            .fine()
            .says(&format!("💡 {first}")),
    );
    world.restart_bot().await;
    let question = world.quiz_threads().await.remove(0).1.remove(0);
    assert!(
        words(&question).contains(&first),
        "a restart keeps it: {question}"
    );
    let mut seen = answer(world.ana(), &question, Knowing::Right).await;
    seen = answer_all(world.ana(), seen, Knowing::Right).await;
    drop(seen.says("(1 hint)"));
    world.end().await;
}

#[tokio::test]
async fn two_quizzes_at_once_do_not_mix() {
    let world = demo().await;
    let (ana, ben) = (world.ana(), world.ben());
    let take = async |person: Person<'_>, how: Knowing| {
        let begun = person.slash("lessons", "/quiz module:M1").await.fine();
        answer_all(person, begun, how).await
    };
    let (anas, bens) = tokio::join!(take(ana, Knowing::Right), take(ben, Knowing::Wrong));
    drop(anas.says("M1 passed · 100 %"));
    drop(bens.does_not_say("M1 passed · "));
    let threads = world.quiz_threads().await;
    assert_eq!(threads.len(), 2);
    for (thread, messages) in threads {
        let questions = messages
            .iter()
            .filter(|it| words(it).contains("Question "))
            .count();
        // Three questions and the result, which names them.
        assert_eq!(questions, 4, "{}", thread["name"]);
    }
    world.end().await;
}

#[tokio::test]
async fn a_quiz_left_alone_for_a_week_is_closed_and_costs_nothing() {
    let world = demo().await;
    let ana = world.ana();
    let begun = ana.slash("lessons", "/quiz module:M1").await.fine();
    drop(world.clock(json!({"advance": "169h"})).await.fine());
    let question = open_question(&begun).expect("a question");
    let id = question["id"].as_str().unwrap_or_default();
    let button = components(&question)[0]["custom_id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let pressed = if button.starts_with("quiz:pick@") && components(&question)[0]["type"] == 2 {
        ana.click(id, &button).await
    } else {
        ana.press(&begun, "Hint").await
    };
    drop(pressed.fine().says("waited for seven days"));
    drop(
        ana.slash("lessons", "/quiz module:M1")
            .await
            .fine()
            .says("Question 1 of 3"),
    );
    world.end().await;
}

#[tokio::test]
async fn who_leaves_the_cohort_comes_back_to_the_same_question() {
    let world = demo().await;
    let ana = world.ana();
    let begun = ana.slash("lessons", "/quiz module:M1").await.fine();
    let question: Value = open_question(&begun).expect("a question");
    let asked = ana.slash("lessons", "/cohort leave").await.fine();
    drop(ana.press(&asked, "Leave").await.fine().says("You have left demo"));
    drop(ana.press(&begun, "Hint").await.fine().says("/cohort join"));
    drop(
        ana.slash("lessons", "/cohort join")
            .await
            .fine()
            .says("Welcome back"),
    );
    drop(
        answer(ana, &question, Knowing::Right)
            .await
            .says("Question 2 of 3"),
    );
    world.end().await;
}
