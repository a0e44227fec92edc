//! `/help`, which says something else in each place: what one can do there, and the next step as a button that works.

use tests::quiz::{Knowing, answer, open_question};
use tests::{Answer, World};

use crate::{PROGRAM, demo};

/// Mod lets the lesson be posted; its thread's id.
async fn lesson_thread(world: &World) -> String {
    drop(world.mod_().slash("lessons", "/moderate post").await.fine());
    let state = world.state().await;
    let channels = state["channels"].as_array().cloned().unwrap_or_default();
    let thread = channels
        .iter()
        .find(|channel| channel["kind"] == "public_thread")
        .unwrap_or_else(|| panic!("no thread in {state}"));
    thread["id"].as_str().unwrap_or_default().to_owned()
}

async fn help(person: tests::Person<'_>, channel: &str) -> Answer {
    person.slash(channel, "/help").await.fine().privately()
}

#[tokio::test]
async fn a_newcomer_is_told_what_this_is_and_joins_by_the_button() {
    let world = demo().await;
    let chloe = world.chloe();
    let told = help(chloe, "general").await.says("Hello! I am Tributary");
    let told = told.says("**Begin here:** join demo");
    drop(
        chloe
            .press(&told, "Try an exercise")
            .await
            .fine()
            .says("M1 · ")
            .says("0 of 4 steps"),
    );
    drop(
        chloe
            .press(&told, "Join demo")
            .await
            .fine()
            .says("Welcome to demo"),
    );
    let told = help(chloe, "general").await.does_not_say("Begin here");
    let told = told.says("Next for you: **M1 · ");
    drop(chloe.press(&told, "Read M1").await.fine().says("Page 1 of"));
    world.end().await;
}

#[tokio::test]
async fn where_there_is_no_cohort_only_who_can_make_one_is_told_how() {
    let mut world = World::empty(PROGRAM, tests::MONDAY).await;
    world.start_bot().await;
    let told = help(world.ana(), "general")
        .await
        .says("There is no cohort to join yet");
    assert!(!told.has_button("Join"), "{told}");
    drop(
        help(world.mod_(), "general")
            .await
            .says("Your first cohort")
            .says("/moderate create name:spring"),
    );
    drop(
        world
            .ana()
            .slash("general", "/help about:moderating")
            .await
            .fine()
            .says("You moderate no cohort here")
            .does_not_say("name:spring"),
    );
    world.end().await;
}

#[tokio::test]
async fn in_a_lessons_thread_help_is_about_that_lesson_and_follows_what_one_has_done() {
    let world = demo().await;
    let thread = lesson_thread(&world).await;
    let ana = world.ana();
    let told = help(ana, &thread).await.says("The thread of M1 · ");
    let told = told.says("You have not marked it as read yet");
    drop(ana.press(&told, "Read").await.fine().says("Page 1 of"));
    drop(ana.press(&told, "Exercise").await.fine().says("0 of 4 steps"));
    drop(ana.slash("lessons", "/lesson done module:M1").await.fine());
    let told = help(ana, &thread)
        .await
        .says("You have read it; the quiz is next");
    drop(ana.press(&told, "Quiz").await.fine());
    world.end().await;
}

#[tokio::test]
async fn in_ones_quiz_thread_help_goes_on_with_the_quiz_and_in_anothers_it_does_not() {
    let world = demo().await;
    let ana = world.ana();
    let manage_threads = 1 << 34;
    world
        .keeper()
        .set_overwrite("lessons", "mod", manage_threads, 0)
        .await
        .expect("mod manages threads");
    let quiz = ana.slash("lessons", "/quiz module:M1").await.fine();
    let question = open_question(&quiz).expect("a question");
    let thread = question["channel_id"].as_str().unwrap_or_default().to_owned();
    drop(help(ana, &thread).await.says("question 1 of 3 of **M1**"));
    drop(answer(ana, &question, Knowing::Right).await);
    let told = help(ana, &thread).await.says("question 2 of 3 of **M1**");
    drop(ana.press(&told, "Go on").await.fine());
    let told = help(world.mod_(), &thread).await.says("somebody else's");
    assert!(!told.has_button("Go on"), "{told}");
    world.end().await;
}

#[tokio::test]
async fn in_the_lab_help_begins_with_an_exercise_and_goes_on_with_the_one_in_hand() {
    let world = demo().await;
    let ana = world.ana();
    let told = help(ana, "lab").await.says("Your own AWS");
    let told = told.says("A good first step: the exercise **M1 · ");
    drop(ana.press(&told, "Begin M1").await.fine().says("0 of 4 steps"));
    drop(ana.slash("lab", "/exercise start module:M2").await.fine());
    let told = help(ana, "lab").await.says("You are at the exercise **M2 · ");
    drop(ana.press(&told, "Go on with M2").await.fine().says("M2 · "));
    // Help on anything can be had anywhere.
    drop(
        ana.slash("lab", "/help about:quizzes")
            .await
            .fine()
            .says("70 % passes"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_moderator_is_told_what_waits() {
    let world = demo().await;
    let told = help(world.mod_(), "moderators").await.says("You run demo");
    let told = told
        .says("The next lesson comes to")
        .says("No answer waits for you");
    assert!(!told.has_button("Review"), "{told}");
    drop(
        world
            .mod_()
            .press(&told, "Show the cohort")
            .await
            .fine()
            .says("Members (2)"),
    );
    world.end().await;
}
