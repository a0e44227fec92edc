//! Cohorts: made, joined, left, and run by their moderators.

use serde_json::json;
use tests::Answer;

use crate::demo;

#[tokio::test]
async fn chloe_joins_by_the_button_leaves_and_finds_all_she_did_when_she_is_back() {
    let world = demo().await;
    let chloe = world.chloe();
    let lessons = Answer(json!({"messages": world.channel("lessons").await}));
    let welcome = chloe.press(&lessons, "Join").await.fine().privately();
    drop(welcome.says("Welcome to demo").says("M1 · What are streams?"));
    drop(
        chloe
            .slash("lessons", "/cohort show")
            .await
            .fine()
            .says("Members (3)")
            .says("chloe"),
    );
    drop(
        chloe
            .slash("lessons", "/lesson done module:M1")
            .await
            .fine()
            .says("+5 points"),
    );
    let asked = chloe.slash("lessons", "/cohort leave").await.fine().privately();
    drop(
        chloe
            .press(&asked, "Leave")
            .await
            .fine()
            .says("You have left demo"),
    );
    drop(
        chloe
            .slash("lessons", "/lesson next")
            .await
            .fine()
            .says("/cohort join"),
    );
    drop(
        world
            .ana()
            .slash("lessons", "/cohort show")
            .await
            .fine()
            .says("Members (2)"),
    );
    drop(
        chloe
            .slash("lessons", "/cohort join")
            .await
            .fine()
            .says("Welcome back to demo"),
    );
    drop(
        chloe
            .slash("lessons", "/progress")
            .await
            .fine()
            .says("M1 · What are streams? · 📖 read"),
    );
    drop(
        chloe
            .slash("lessons", "/cohort join")
            .await
            .fine()
            .says("You are in demo already"),
    );
    world.end().await;
}

#[tokio::test]
async fn who_is_in_two_cohorts_is_asked_which_and_neither_mixes_with_the_other() {
    let world = demo().await;
    let (ana, moderator) = (world.ana(), world.mod_());
    let make = "/moderate create name:evening track:streams-15 channel:#general days:daily time:18:00 timezone:Europe/Berlin";
    drop(
        moderator
            .slash("general", make)
            .await
            .fine()
            .says("evening is set up"),
    );
    drop(
        ana.slash("general", "/cohort join")
            .await
            .fine()
            .says("Welcome to evening"),
    );
    drop(
        ana.slash("general", "/lesson done module:M1")
            .await
            .fine()
            .says("+5 points"),
    );
    drop(
        ana.slash("lessons", "/leaderboard")
            .await
            .fine()
            .does_not_say("5 points ←"),
    );
    drop(
        ana.slash("general", "/leaderboard")
            .await
            .fine()
            .says("evening")
            .says("ana** · 5 points"),
    );
    drop(
        ana.slash("lab", "/lesson next")
            .await
            .fine()
            .says("demo")
            .says("evening"),
    );
    drop(
        moderator
            .slash("lab", "/moderate pause")
            .await
            .fine()
            .says("Which cohort?"),
    );
    drop(
        moderator
            .slash("lab", "/moderate pause cohort:evening")
            .await
            .fine()
            .says("evening is paused"),
    );
    drop(world.clock(json!({"advance": "24h"})).await.fine());
    assert_eq!(world.posts().await.len(), 1, "the other goes on");
    drop(ana.slash("lab", "/cohort join").await.fine().says("Which cohort"));
    world.end().await;
}

#[tokio::test]
async fn a_wrong_zone_day_or_line_is_told_with_what_to_type() {
    let world = demo().await;
    let moderator = world.mod_();
    let make = "/moderate create name:second track:streams-15 channel:#general";
    for (rest, words) in [
        ("days:weekdays time:09:00 timezone:Europe/Berlim", "Europe/Berlin"),
        ("days:someday time:09:00 timezone:Europe/Berlin", "mon"),
        ("days:weekdays time:25:00 timezone:Europe/Berlin", "25:00"),
        ("timezone:Europe/Berlin cron:* * * * *", "15 minutes"),
        ("timezone:Europe/Berlin cron:0 9 L * *", "L"),
    ] {
        drop(
            moderator
                .slash("general", &format!("{make} {rest}"))
                .await
                .fine()
                .privately()
                .says(words),
        );
    }
    drop(
        moderator
            .slash("general", "/cohort show")
            .await
            .fine()
            .does_not_say("second"),
    );
    let again =
        "/moderate create name:DEMO track:streams-15 channel:#general days:daily time:08:00 timezone:UTC";
    drop(moderator.slash("general", again).await.fine().privately());
    world.end().await;
}

#[tokio::test]
async fn learners_cannot_moderate() {
    let world = demo().await;
    for command in [
        "/moderate pause",
        "/moderate post",
        "/moderate schedule",
        "/moderate skip",
    ] {
        drop(world.ana().slash("lessons", command).await.impossible());
    }
    world.end().await;
}

#[tokio::test]
async fn mod_sees_the_next_five_posts_and_changes_them() {
    let world = demo().await;
    let moderator = world.mod_();
    let shown = moderator
        .slash("lessons", "/moderate schedule")
        .await
        .fine()
        .privately()
        .says("Mon 23 Nov 2026, 09:00");
    drop(shown.says("Fri 27 Nov 2026, 09:00"));
    let changed = moderator
        .slash(
            "lessons",
            "/moderate schedule days:tue,thu time:18:30 timezone:America/New_York",
        )
        .await
        .fine();
    drop(changed.says("Tue 24 Nov 2026, 18:30"));
    let zones = moderator
        .complete("lessons", "/moderate schedule timezone:berl")
        .await;
    assert!(
        zones.iter().any(|choice| choice["value"] == "Europe/Berlin"),
        "{zones:?}"
    );
    world.end().await;
}

#[tokio::test]
async fn in_two_cohorts_a_button_goes_on_in_its_own() {
    let world = demo().await;
    let ana = world.ana();
    let two =
        "/moderate create name:two track:streams-15 channel:#general days:daily time:10:00 timezone:UTC";
    drop(world.mod_().slash("lab", two).await.fine());
    drop(ana.slash("general", "/cohort join cohort:two").await.fine());
    // In neither's channel, the buttons know.
    let page = ana.slash("lab", "/lesson next cohort:two").await.fine();
    let page = ana.press(&page, "Next").await.fine().says("Page 2 of");
    drop(ana.press(&page, "Done").await.fine().says("+5 points"));
    drop(
        ana.slash("lab", "/leaderboard cohort:two")
            .await
            .fine()
            .says("ana** · 5 points"),
    );
    drop(
        ana.slash("lab", "/leaderboard cohort:demo")
            .await
            .fine()
            .does_not_say("5 points"),
    );
    drop(ana.press(&page, "Quiz").await.fine().says("Question 1 of 3"));
    let today = ana.slash("lab", "/today cohort:demo").await.fine();
    drop(ana.press(&today, "Continue").await.fine().says("Page 1 of"));
    world.end().await;
}
