//! Points, places and what they are made of.

use std::fs;

use serde_json::json;
use tests::World;

use crate::{PROGRAM, demo};

#[tokio::test]
async fn equal_points_share_a_place() {
    let world = demo().await;
    let (ana, ben) = (world.ana(), world.ben());
    drop(
        ana.slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("Nobody has points yet"),
    );
    drop(ben.slash("lessons", "/lesson done module:M1").await.fine());
    drop(ana.slash("lessons", "/lesson done module:M1").await.fine());
    drop(
        ana.slash("lessons", "/leaderboard")
            .await
            .fine()
            .publicly()
            .says("🥇 ben · 5 points\n🥇 **ana** · 5 points ← you"),
    );
    drop(ana.slash("lessons", "/lesson done module:M2").await.fine());
    drop(
        ana.slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("🥇 **ana** · 10 points ← you\n🥈 ben · 5 points"),
    );
    world.end().await;
}

#[tokio::test]
async fn ana_always_sees_her_own_line() {
    let world = demo().await;
    let names: Vec<String> = (0..11).map(|number| format!("reader{number}")).collect();
    for name in &names {
        world.keeper().add_person(name, &[]).await.expect("a new member");
        let reader = world.person(name);
        drop(reader.slash("lessons", "/cohort join").await.fine());
        drop(reader.slash("lessons", "/lesson done module:M1").await.fine());
        drop(reader.slash("lessons", "/lesson done module:M2").await.fine());
    }
    drop(
        world
            .ana()
            .slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("You have no points here yet"),
    );
    drop(
        world
            .ana()
            .slash("lessons", "/lesson done module:M1")
            .await
            .fine(),
    );
    drop(
        world
            .ana()
            .slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("reader9")
            .does_not_say("reader10")
            .says("…\n12. **ana** · 5 points ← you"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_week_ends_on_sunday_night_in_the_cohorts_zone() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        world
            .clock(json!({"set": "2026-11-29T23:50:00+01:00"}))
            .await
            .fine(),
    );
    drop(ana.slash("lessons", "/lesson done module:M1").await.fine());
    drop(
        ana.slash("lessons", "/leaderboard window:week")
            .await
            .fine()
            .says("ana** · 5 points"),
    );
    drop(world.clock(json!({"advance": "11m"})).await.fine());
    drop(
        ana.slash("lessons", "/leaderboard window:week")
            .await
            .fine()
            .says("Nobody has points this week"),
    );
    drop(
        ana.slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("ana** · 5 points"),
    );
    drop(
        ana.slash("lessons", "/progress")
            .await
            .fine()
            .says("5 (0 this week)")
            .says("1 day"),
    );
    world.end().await;
}

#[tokio::test]
async fn rebuild_makes_the_same_totals_from_the_log() {
    let mut world = World::demo(PROGRAM).await;
    drop(
        world
            .ana()
            .slash("lessons", "/lesson done module:M1")
            .await
            .fine(),
    );
    drop(
        world
            .ben()
            .slash("lessons", "/lesson done module:M1")
            .await
            .fine(),
    );
    drop(
        world
            .ben()
            .slash("lessons", "/lesson undo module:M1")
            .await
            .fine(),
    );
    let before = world.ana().slash("lessons", "/leaderboard").await.fine().text();
    let progress = world.ana().slash("lessons", "/progress").await.fine().text();
    world.stop_bot();
    let database = format!("sqlite:{}", world.folder().join("tributary.db").display());
    let pool = sqlx::SqlitePool::connect(&database).await.expect("the database");
    for damage in [
        "UPDATE total SET points = 999",
        "DELETE FROM week_total",
        "DELETE FROM mark",
    ] {
        sqlx::query(damage).execute(&pool).await.expect("damage");
    }
    pool.close().await;
    assert!(world.command(&["rebuild"]).contains("Rebuilt"));
    world.start_bot().await;
    assert_eq!(
        world.ana().slash("lessons", "/leaderboard").await.fine().text(),
        before
    );
    assert_eq!(
        world.ana().slash("lessons", "/progress").await.fine().text(),
        progress
    );
    assert!(fs::exists(world.folder().join("tributary.db")).expect("a folder"));
    world.end().await;
}
