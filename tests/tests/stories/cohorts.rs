//! Cohorts: made, joined, left, and run by their moderators.

use crate::demo;

#[tokio::test]
async fn chloe_joins_by_the_button_and_leaves() {
    let world = demo().await;
    let chloe = world.chloe();
    let lessons = world.channel("lessons").await;
    let card = lessons.iter().find(|message| {
        tests::answer::components(message).iter().any(|it| {
            it["custom_id"]
                .as_str()
                .is_some_and(|id| id.starts_with("cohort:join:"))
        })
    });
    let id = card
        .and_then(|message| message["id"].as_str())
        .expect("a card to join by");
    drop(chloe.click(id, "cohort:join:").await.0);
    drop(chloe.slash("lessons", "/cohort join").await.fine());
    drop(chloe.slash("lessons", "/cohort show").await.fine().says("demo"));
    drop(chloe.slash("lessons", "/lesson next").await.fine().says("M1 ·"));
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
