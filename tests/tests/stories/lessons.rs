//! Reading.

use serde_json::json;

use crate::demo;

#[tokio::test]
async fn ana_pages_through_a_lesson_and_back_and_it_remembers_where_she_stopped() {
    let world = demo().await;
    let ana = world.ana();
    let first = ana
        .slash("lessons", "/lesson next")
        .await
        .fine()
        .privately()
        .says("M1 · What are streams?")
        .says("Page 1 of");
    assert!(!first.has_button("Previous"), "nothing is before the first page");
    let second = ana.press(&first, "Next").await.fine().says("Page 2 of");
    let third = ana.press(&second, "Next").await.fine().says("Page 3 of");
    let back = ana.press(&third, "Previous").await.fine().says("Page 2 of");
    drop(back);
    drop(
        ana.slash("lessons", "/lesson show module:M1")
            .await
            .fine()
            .says("Page 2 of"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_restart_between_two_pages_changes_nothing() {
    let mut world = demo().await;
    let first = world.ana().slash("lessons", "/lesson next").await.fine();
    world.restart_bot().await;
    drop(world.ana().press(&first, "Next").await.fine().says("Page 2 of"));
    world.end().await;
}

#[tokio::test]
async fn done_counts_once_and_undo_takes_it_back() {
    let world = demo().await;
    let ana = world.ana();
    let page = ana.slash("lessons", "/lesson next").await.fine();
    drop(
        ana.press(&page, "Done")
            .await
            .fine()
            .says("+5 points")
            .says("· read"),
    );
    drop(
        ana.slash("lessons", "/lesson done module:M1")
            .await
            .fine()
            .says("was marked as read before"),
    );
    drop(
        ana.slash("lessons", "/leaderboard")
            .await
            .fine()
            .publicly()
            .says("ana** · 5 points")
            .says("ben · 0 points"),
    );
    drop(
        ana.slash("lessons", "/lesson undo module:M1")
            .await
            .fine()
            .says("-5 points"),
    );
    drop(
        ana.slash("lessons", "/leaderboard")
            .await
            .fine()
            .does_not_say("5 points ←"),
    );
    drop(
        ana.slash("lessons", "/lesson done module:m1")
            .await
            .fine()
            .says("+5 points"),
    );
    drop(
        ana.slash("lessons", "/progress")
            .await
            .fine()
            .privately()
            .says("M1 · What are streams? · 📖 read"),
    );
    world.end().await;
}

#[tokio::test]
async fn the_first_command_of_a_day_opens_with_where_ana_stands() {
    let world = demo().await;
    let ana = world.ana();
    let standing = "0 of 15 modules";
    drop(ana.slash("lessons", "/lesson list").await.fine().says(standing));
    drop(
        ana.slash("lessons", "/lesson list")
            .await
            .fine()
            .does_not_say(standing),
    );
    drop(world.clock(json!({"advance": "24h"})).await.fine());
    drop(ana.slash("lessons", "/lesson list").await.fine().says(standing));
    drop(
        ana.slash("lessons", "/today")
            .await
            .fine()
            .says(standing)
            .says("Next: M1"),
    );
    world.end().await;
}

#[tokio::test]
async fn reading_ahead_is_allowed_and_drafts_are_not_offered() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lessons", "/lesson show module:M3")
            .await
            .fine()
            .says("M3 ·"),
    );
    drop(
        ana.slash("lessons", "/lesson show module:M9")
            .await
            .fine()
            .says("still being written"),
    );
    drop(
        ana.slash("lessons", "/lesson show module:M77")
            .await
            .fine()
            .says("There is no module `M77`"),
    );
    let choices = ana.complete("lessons", "/lesson show module:m").await;
    assert_eq!(choices.len(), 3, "the three that are written: {choices:?}");
    world.end().await;
}

#[tokio::test]
async fn ana_takes_another_path() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lessons", "/lesson path")
            .await
            .fine()
            .says("fast-track")
            .says("← yours"),
    );
    drop(
        ana.slash("lessons", "/lesson path name:scenic")
            .await
            .fine()
            .says("There is no path `scenic`")
            .says("`fast-track`"),
    );
    drop(
        ana.slash("lessons", "/lesson path name:database-focus")
            .await
            .fine()
            .says("Next for you: **M1"),
    );
    drop(
        ana.slash("lessons", "/lesson list")
            .await
            .fine()
            .says("of 7 modules")
            .does_not_say("M3 ·"),
    );
    drop(
        world
            .ben()
            .slash("lessons", "/lesson list")
            .await
            .fine()
            .says("of 15 modules"),
    );
    world.end().await;
}

#[tokio::test]
async fn chloe_is_told_how_to_join_and_ben_cannot_turn_anas_pages() {
    let world = demo().await;
    drop(
        world
            .chloe()
            .slash("lessons", "/lesson next")
            .await
            .fine()
            .privately()
            .says("/cohort join"),
    );
    let page = world.ana().slash("lessons", "/lesson next").await.fine();
    drop(world.ben().press(&page, "Next").await.impossible());
    world.end().await;
}
