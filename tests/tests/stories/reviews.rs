//! What a machine alone does not decide: explanations, disputes and locks, with the moderators.

use tests::answer::{components, words};
use tests::quiz::{Knowing, answer, answer_all, open_question};
use tests::{Answer, Person, until};

use crate::demo;

/// Answers rightly up to the explanation, which comes last, and that one so that a moderator is asked.
async fn leave_to_moderator(person: Person<'_>, mut seen: Answer) -> Answer {
    while let Some(message) = open_question(&seen) {
        if !words(&message).contains("In your own words") {
            seen = answer(person, &message, Knowing::Right).await;
            continue;
        }
        seen = answer(person, &message, Knowing::Wrong).await;
        let again = person.press(&seen, "Try again").await.fine();
        seen = person
            .submit(&again, "It never really stops coming, so you keep going.")
            .await
            .fine();
    }
    seen
}

#[tokio::test]
async fn mod_reads_anas_explanation_and_the_pass_is_no_longer_provisional() {
    let world = demo().await;
    let ana = world.ana();
    let mut seen = ana.slash("lessons", "/quiz").await.fine();
    while let Some(message) = open_question(&seen) {
        let explains = words(&message).contains("In your own words");
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
    let told = world.mod_().slash("moderators", "/help").await.fine();
    let told = told.says("**1 answer waits for a moderator.**");
    drop(
        world
            .mod_()
            .press(&told, "Review")
            .await
            .fine()
            .says("never really stops"),
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
            .says("M3")
            .says("They are told in their quiz thread"),
    );
    let told = world.quiz_threads().await.remove(0).1;
    assert!(
        words(&told[0]).contains("M3 · ") && words(&told[0]).contains("is open for you"),
        "{told:?}"
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
async fn a_moderators_no_is_a_kind_word_and_no_lock() {
    let world = demo().await;
    let (ana, moderator) = (world.ana(), world.mod_());
    let begun = ana.slash("lessons", "/quiz module:M1").await.fine();
    drop(leave_to_moderator(ana, begun).await.says("passed provisionally"));
    drop(
        ana.slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("Nobody has points yet"),
    );
    let second = ana
        .slash("lessons", "/quiz module:M2")
        .await
        .fine()
        .says("M2 · Question 1 of 3");
    let review = moderator.slash("lessons", "/moderate review").await.fine();
    let form = moderator.press(&review, "Refuse").await.fine();
    drop(
        moderator
            .submit(&form, "Look at what *a count* needs, @everyone.")
            .await
            .fine()
            .says("Refused.")
            .says("Nothing waits"),
    );
    // In her thread, and nobody is pinged.
    until("ana is told", async || {
        let thread = world.quiz_threads().await.remove(0).1;
        let mut told = thread.iter().map(words);
        told.any(|it| it.contains("not quite yet") && it.contains("\\@everyone"))
    })
    .await;
    drop(
        ana.slash("lessons", "/progress")
            .await
            .fine()
            .does_not_say("✅ passed")
            .does_not_say("provisional"),
    );
    let question = open_question(&second).expect("the quiz she had begun");
    drop(
        answer(ana, &question, Knowing::Right)
            .await
            .says("Question 2 of 3"),
    );
    world.end().await;
}

#[tokio::test]
async fn ana_disputes_an_answer_and_a_moderator_agrees() {
    let world = demo().await;
    let (ana, moderator) = (world.ana(), world.mod_());
    let begun = ana.slash("lessons", "/quiz module:M1").await.fine();
    let question = open_question(&begun).expect("a question");
    let seen = answer(ana, &question, Knowing::Wrong).await;
    let result = answer_all(ana, seen, Knowing::Right).await.says("not yet · 67 %");
    let choice = ana.press(&result, "Dispute").await.fine().privately();
    let select = components(&choice.messages()[0])[0];
    let (id, value) = (
        select["custom_id"].as_str().unwrap_or_default(),
        select["options"][0]["value"].as_str().unwrap_or_default(),
    );
    drop(
        ana.select(&choice.last(), id, &[value])
            .await
            .fine()
            .says("Sent."),
    );
    let review = moderator
        .slash("lessons", "/moderate review")
        .await
        .fine()
        .says("disputed")
        .says("ana");
    drop(moderator.press(&review, "Accept").await.fine().says("Accepted."));
    drop(
        ana.slash("lessons", "/progress")
            .await
            .fine()
            .says("M1 · What are streams? · ✅ passed · best 100 %"),
    );
    // Asked again with the same old button, a moderator hears that it is over.
    drop(moderator.press(&review, "Accept").await.impossible());
    world.end().await;
}

#[tokio::test]
async fn who_is_no_moderator_any_more_decides_nothing() {
    let world = demo().await;
    let begun = world.ana().slash("lessons", "/quiz module:M1").await.fine();
    drop(leave_to_moderator(world.ana(), begun).await);
    let review = world.mod_().slash("lessons", "/moderate review").await.fine();
    let manage_server = 1 << 5;
    world
        .keeper()
        .set_overwrite("lessons", "mod", 0, manage_server)
        .await
        .expect("mod is no moderator here");
    drop(
        world
            .mod_()
            .press(&review, "Accept")
            .await
            .fine()
            .privately()
            .does_not_say("Accepted"),
    );
    drop(
        world
            .ana()
            .slash("lessons", "/progress")
            .await
            .fine()
            .says("provisional"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_moderator_who_learns_does_not_decide_their_own_answer_where_there_is_another() {
    let world = demo().await;
    world
        .keeper()
        .add_person("rita", &["Moderators"])
        .await
        .expect("rita");
    let (rita, moderator) = (world.person("rita"), world.mod_());
    drop(rita.slash("lessons", "/cohort join").await.fine());
    let begun = rita.slash("lessons", "/quiz module:M1").await.fine();
    drop(leave_to_moderator(rita, begun).await.says("passed provisionally"));
    let review = rita.slash("lessons", "/moderate review").await.fine();
    drop(
        rita.press(&review, "Accept")
            .await
            .fine()
            .privately()
            .says("That answer is your own"),
    );
    drop(
        rita.slash("lessons", "/progress")
            .await
            .fine()
            .says("provisional"),
    );
    let review = moderator.slash("lessons", "/moderate review").await.fine();
    drop(moderator.press(&review, "Accept").await.fine().says("Accepted."));
    // Nobody else is known to moderate here: mod made the cohort and has decided everything.
    drop(moderator.slash("lessons", "/cohort join").await.fine());
    let begun = moderator.slash("lessons", "/quiz module:M1").await.fine();
    drop(
        leave_to_moderator(moderator, begun)
            .await
            .says("passed provisionally"),
    );
    let review = moderator.slash("lessons", "/moderate review").await.fine();
    drop(moderator.press(&review, "Accept").await.fine().says("Accepted."));
    world.end().await;
}

#[tokio::test]
async fn moderators_hear_once_and_quietly_that_answers_wait() {
    let world = demo().await;
    let notices = async || {
        let all = world.channel("moderators").await;
        all.iter()
            .filter(|it| words(it).contains("waits for a moderator's word"))
            .count()
    };
    for (person, told) in [(world.ana(), 1), (world.ben(), 1)] {
        let begun = person.slash("lessons", "/quiz module:M1").await.fine();
        drop(leave_to_moderator(person, begun).await);
        until("the moderators are told", async || notices().await == told).await;
    }
    let moderator = world.mod_();
    let mut review = moderator.slash("lessons", "/moderate review").await.fine();
    while review.has_button("Accept") {
        review = moderator.press(&review, "Accept").await.fine();
    }
    assert_eq!(notices().await, 1, "two waited, and one notice was enough");
    let chloe = world.chloe();
    drop(chloe.slash("lessons", "/cohort join").await.fine());
    let begun = chloe.slash("lessons", "/quiz module:M1").await.fine();
    drop(leave_to_moderator(chloe, begun).await);
    until("they are told anew", async || notices().await == 2).await;
    world.end().await;
}
