//! Lessons posted on schedule, once.

use serde_json::{Value, json};
use tests::World;
use tests::answer::{components, words};

use crate::{PROGRAM, demo};

fn ids(message: &Value) -> Vec<String> {
    components(message)
        .iter()
        .filter_map(|it| it["custom_id"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn at_nine_on_monday_exactly_one_lesson_with_a_thread() {
    let world = demo().await;
    drop(
        world
            .clock(json!({"set": "2026-11-23T08:59:00+01:00"}))
            .await
            .fine(),
    );
    assert!(world.posts().await.is_empty(), "not before its time");
    drop(
        world
            .clock(json!({"set": "2026-11-23T09:00:00+01:00"}))
            .await
            .fine()
            .says("fraud report"),
    );
    let posts = world.posts().await;
    assert_eq!(posts.len(), 1, "{posts:?}");
    assert!(words(&posts[0]).contains("M1 · What are streams?"));
    let labels: Vec<&Value> = components(&posts[0]).iter().map(|it| &it["label"]).collect();
    assert_eq!(labels, ["Start", "Quiz", "Done", "Exercise"]);
    assert_eq!(posts[0]["thread"]["name"], "M1 · What are streams?");
    drop(world.clock(json!({"advance": "1h"})).await.fine());
    assert_eq!(world.posts().await.len(), 1);
    let started = world
        .ben()
        .click(posts[0]["id"].as_str().unwrap_or_default(), "Start")
        .await
        .fine();
    drop(started.privately().says("Page 1 of"));
    world.end().await;
}

#[tokio::test]
async fn three_days_bring_three_lessons_and_then_the_moderators_hear_of_drafts_once() {
    let world = demo().await;
    drop(world.clock(json!({"advance": "72h"})).await.fine());
    let posts = world.posts().await;
    let modules: Vec<String> = posts
        .iter()
        .flat_map(ids)
        .filter(|id| id.starts_with("lesson:open:"))
        .collect();
    assert_eq!(modules.len(), 3, "{modules:?}");
    for (id, module) in modules.iter().zip(["M1", "M2", "M3"]) {
        assert!(id.starts_with(&format!("lesson:open:{module}:")), "{id}");
    }
    drop(world.clock(json!({"advance": "96h"})).await.fine());
    assert_eq!(world.posts().await.len(), 3, "drafts are never posted");
    let told = world.channel("moderators").await;
    assert_eq!(told.len(), 1, "{told:?}");
    world.end().await;
}

#[tokio::test]
async fn after_downtime_the_one_next_lesson_comes_with_a_note() {
    let mut world = demo().await;
    world.kill_bot().await;
    drop(world.clock(json!({"advance": "75h"})).await.fine());
    world.start_bot().await;
    tests::until("the late lesson is posted", async || {
        !world.posts().await.is_empty()
    })
    .await;
    drop(world.clock(json!({"advance": "1m"})).await.fine());
    let posts = world.posts().await;
    assert_eq!(posts.len(), 1, "{posts:?}");
    assert!(words(&posts[0]).contains("M1 ·"), "nothing is skipped");
    assert!(
        posts[0]["content"].as_str().is_some_and(|note| !note.is_empty()),
        "a note says why it is late"
    );
    world.end().await;
}

#[tokio::test]
async fn pausing_shifts_and_skipping_leaves_one_out() {
    let world = demo().await;
    let moderator = world.mod_();
    drop(moderator.slash("lessons", "/moderate pause").await.fine());
    drop(world.clock(json!({"advance": "24h"})).await.fine());
    assert!(world.posts().await.is_empty(), "a paused cohort posts nothing");
    drop(moderator.slash("lessons", "/moderate resume").await.fine());
    drop(moderator.slash("lessons", "/moderate skip").await.fine());
    drop(world.clock(json!({"advance": "24h"})).await.fine());
    assert!(world.posts().await.is_empty(), "the skipped one");
    drop(world.clock(json!({"advance": "24h"})).await.fine());
    let posts = world.posts().await;
    assert_eq!(posts.len(), 1);
    assert!(words(&posts[0]).contains("M1 ·"), "nothing is lost");
    drop(moderator.slash("lessons", "/moderate post").await.fine());
    tests::until("the second is posted by hand", async || {
        world.posts().await.len() == 2
    })
    .await;
    world.end().await;
}

#[tokio::test]
async fn a_lost_answer_does_not_make_a_second_post() {
    let mut world = demo().await;
    world.expect_trouble();
    world.fault(json!({"drop_after_commit": true})).await;
    drop(
        world
            .clock(json!({"set": "2026-11-23T09:00:00+01:00"}))
            .await
            .fine(),
    );
    tests::until("it is posted with its thread", async || {
        let posts = world.posts().await;
        !posts.is_empty() && posts[0]["thread"].is_object()
    })
    .await;
    assert_eq!(world.posts().await.len(), 1);
    world.end().await;
}

async fn both_sides_of_a_change_of_clocks(friday: &str, monday: &str, offset: &str) {
    let world = World::demo_on(PROGRAM, &format!("{friday}T07:00:00+01:00")).await;
    let set = async |moment: String| drop(world.clock(json!({"set": moment})).await.fine());
    set(format!("{monday}T08:59:00{offset}")).await;
    assert_eq!(world.posts().await.len(), 1, "Friday's alone");
    set(format!("{monday}T09:00:00{offset}")).await;
    assert_eq!(world.posts().await.len(), 2, "at nine on the wall");
    set(format!("{monday}T11:00:00{offset}")).await;
    assert_eq!(world.posts().await.len(), 2, "and once");
    world.end().await;
}

#[tokio::test]
async fn nine_stays_nine_when_summer_time_begins() {
    both_sides_of_a_change_of_clocks("2027-03-26", "2027-03-29", "+02:00").await;
}

#[tokio::test]
async fn nine_stays_nine_when_summer_time_ends() {
    both_sides_of_a_change_of_clocks("2026-10-23", "2026-10-26", "+01:00").await;
}

/// How many posts there are at each of these moments, where the schedule says half past two every day.
async fn at_half_past_two(begin: &str, moments: &[(&str, usize)]) {
    let world = World::demo_on(PROGRAM, begin).await;
    let change = "/moderate schedule days:daily time:02:30";
    drop(world.mod_().slash("lessons", change).await.fine());
    for (moment, posts) in moments {
        drop(world.clock(json!({"set": moment})).await.fine());
        assert_eq!(world.posts().await.len(), *posts, "{moment}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_post_in_the_hour_that_does_not_exist_comes_at_the_next_valid_minute() {
    let moments = [
        ("2027-03-28T01:59:58+01:00", 0),
        ("2027-03-28T03:00:00+02:00", 1),
        ("2027-03-28T12:00:00+02:00", 1),
    ];
    at_half_past_two("2027-03-28T01:00:00+01:00", &moments).await;
}

#[tokio::test]
async fn a_post_in_the_hour_that_comes_twice_comes_once_at_the_first() {
    let moments = [
        ("2026-10-25T02:29:58+02:00", 0),
        ("2026-10-25T02:30:00+02:00", 1),
        ("2026-10-25T02:30:00+01:00", 1),
        ("2026-10-25T12:00:00+01:00", 1),
    ];
    at_half_past_two("2026-10-25T01:00:00+02:00", &moments).await;
}

#[tokio::test]
async fn what_the_preview_says_is_what_happens() {
    let world = demo().await;
    let shown = world
        .mod_()
        .slash("lessons", "/moderate schedule")
        .await
        .fine()
        .text();
    for day in ["23", "24", "25", "26", "27"] {
        assert!(shown.contains(&format!("{day} Nov 2026, 09:00")), "{shown}");
    }
    for (day, posts) in [("23", 1), ("24", 2), ("25", 3)] {
        drop(
            world
                .clock(json!({"set": format!("2026-11-{day}T08:59:59+01:00")}))
                .await
                .fine(),
        );
        assert_eq!(
            world.posts().await.len(),
            posts - 1,
            "not before nine on the {day}th"
        );
        drop(
            world
                .clock(json!({"set": format!("2026-11-{day}T09:00:00+01:00")}))
                .await
                .fine(),
        );
        assert_eq!(world.posts().await.len(), posts, "at nine on the {day}th");
    }
    world.end().await;
}

#[tokio::test]
async fn a_channel_that_takes_no_posts_is_told_to_the_moderators_and_mended_by_hand() {
    let mut world = demo().await;
    world.expect_trouble();
    let send_messages = 1 << 11;
    let deny = async |bits| {
        let done = world
            .keeper()
            .set_overwrite("lessons", "Tributary", 0, bits)
            .await;
        done.expect("a permission changes");
    };
    deny(send_messages).await;
    drop(
        world
            .clock(json!({"set": "2026-11-23T09:00:00+01:00"}))
            .await
            .fine(),
    );
    assert!(world.posts().await.is_empty());
    let told: Vec<String> = world.channel("moderators").await.iter().map(words).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("I may not post") && told[0].contains("Send Messages"),
        "{told:?}"
    );
    deny(0).await;
    drop(
        world
            .mod_()
            .slash("lessons", "/moderate post")
            .await
            .fine()
            .says("Posted for demo"),
    );
    let posts = world.posts().await;
    assert_eq!(posts.len(), 1);
    assert!(words(&posts[0]).contains("M1 ·"), "nothing was skipped");
    world.end().await;
}

#[tokio::test]
async fn without_leave_to_make_threads_the_post_stands_alone() {
    let world = demo().await;
    let create_public_threads = 1 << 35;
    let keeper = world.keeper();
    let done = keeper
        .set_overwrite("lessons", "Tributary", 0, create_public_threads)
        .await;
    done.expect("a permission changes");
    drop(
        world
            .clock(json!({"set": "2026-11-23T09:00:00+01:00"}))
            .await
            .fine(),
    );
    let posts = world.posts().await;
    assert_eq!(posts.len(), 1);
    assert!(!posts[0]["thread"].is_object());
    drop(world.clock(json!({"advance": "24h"})).await.fine());
    assert_eq!(world.posts().await.len(), 2, "and the next day has its own");
    world.end().await;
}
