//! The disk is full, or the database is in other hands: the bot says so, loses nothing that it acknowledged, and goes on by
//! itself once it can.

use sqlx::{Connection, SqliteConnection};
use tests::{World, until};

use crate::{PROGRAM, demo};

async fn ready(world: &World) -> bool {
    world.readiness().await.is_some_and(|(status, _)| status == 200)
}

#[tokio::test]
async fn a_full_disk_is_told_and_what_was_acknowledged_before_it_stands() {
    let mut world = demo().await;
    world.expect_trouble();
    drop(
        world
            .ana()
            .slash("lessons", "/lesson done module:M1")
            .await
            .fine(),
    );
    until("it is ready", async || ready(&world).await).await;

    world.bot().fill_the_disk(Some(1));
    let refused = world.ben().slash("lessons", "/lesson done module:M1").await;
    drop(refused.says("something broke on our side").privately());
    let (status, why) = world.readiness().await.expect("it answers");
    assert_eq!(status, 503);
    assert!(why.contains("database"), "{why}");
    drop(
        world
            .ana()
            .slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("ana** · 5 points"),
    );

    world.bot().fill_the_disk(None);
    drop(
        world
            .ben()
            .slash("lessons", "/lesson done module:M1")
            .await
            .fine()
            .says("+5 points"),
    );
    until("it is ready again", async || ready(&world).await).await;
    world.restart_bot().await;
    drop(
        world
            .ben()
            .slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("ben** · 5 points")
            .says("ana · 5 points"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_database_in_other_hands_at_the_start_is_told_in_a_sentence() {
    let mut world = World::empty(PROGRAM, tests::MONDAY).await;
    world.expect_trouble();
    let path = world.folder().join("tributary.db");
    let url = format!("sqlite:{}?mode=rwc", path.display());
    let mut other = SqliteConnection::connect(&url).await.expect("a database");
    sqlx::query("CREATE TABLE notes (text TEXT)")
        .execute(&mut other)
        .await
        .expect("a table");
    sqlx::query("BEGIN EXCLUSIVE")
        .execute(&mut other)
        .await
        .expect("alone with it");
    world.begin_bot();
    let (well, log) = world.bot().ended();
    assert!(!well);
    assert!(
        log.contains("tributary: ") && log.contains("held by another program"),
        "{log}"
    );
    assert!(!log.contains("panicked"), "{log}");
    // What is said before the log begins is no line of it.
    std::fs::remove_file(world.folder().join("bot.log")).expect("it is gone");
    drop(other);
    world.start_bot().await;
    world.end().await;
}
