//! What moderators do to posts: post, skip, pause, resume, another schedule, preview.

use std::time::Duration;

use super::super::{Outcome, Schedule, outcome, pause, post_now, preview, reschedule, resume, skip_next};
use super::world::{Ask, Fault};
use super::{FRIDAY, MONDAY, Setting, TUESDAY, at, on_each_engine};

const LONG: Duration = Duration::from_mins(1);

/// One of the moderators' writes, in a transaction of its own.
macro_rules! write {
    ($setting:expr, $call:ident ( $($argument:expr),* )) => {{
        let mut tx = $setting.store.begin().await.unwrap();
        let done = $call(&mut tx, "here", "demo", $($argument),*).await.unwrap();
        tx.commit().await.unwrap();
        done
    }};
}

async fn coming(setting: &Setting, now: &str) -> Vec<String> {
    let lines = preview(&setting.store, "demo", 5, at(now)).await.unwrap();
    lines
        .iter()
        .map(|line| {
            format!(
                "{}{}",
                line.occurrence.planned_local.format("%a %d %H:%M"),
                if line.skipped { " skipped" } else { "" }
            )
        })
        .collect()
}

#[tokio::test]
async fn a_moderator_posts_now_twice_in_a_minute_and_the_schedule_goes_on() {
    on_each_engine(|setting| async move {
        let bot = setting.process(LONG);
        let now = "2026-11-21T10:00:20Z";
        let first = write!(setting, post_now(at(now)));
        let second = write!(setting, post_now(at(now)));
        assert_eq!(
            outcome(&setting.store, &first).await.unwrap(),
            Some(Outcome::Underway)
        );
        bot.run_due(at(now)).await;
        assert_eq!(setting.titles(), ["M1", "M2"]);
        let Some(Outcome::Posted {
            channel_id: 7,
            thread_id: Some(_),
            ..
        }) = outcome(&setting.store, &second).await.unwrap()
        else {
            panic!("the second stands too")
        };
        bot.run_due(at(MONDAY)).await;
        assert_eq!(setting.titles(), ["M1", "M2", "M3"]);
        assert_eq!(outcome(&setting.store, "nothing").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_post_by_hand_in_the_schedules_own_minute_is_another_post() {
    on_each_engine(|setting| async move {
        let bot = setting.process(LONG);
        write!(setting, post_now(at(MONDAY)));
        bot.run_due(at(MONDAY)).await;
        assert_eq!(setting.titles(), ["M1", "M2"]);
    })
    .await;
}

#[tokio::test]
async fn a_refused_post_by_hand_says_what_to_do() {
    on_each_engine(|setting| async move {
        setting.fake.script(Ask::Send, [Fault::Refuse(403, 50_013)]);
        let post = write!(setting, post_now(at(FRIDAY)));
        setting.process(LONG).run_due(at(FRIDAY)).await;
        let Some(Outcome::Failed(words)) = outcome(&setting.store, &post).await.unwrap() else {
            panic!("refused")
        };
        assert!(words.contains("Send Messages"), "{words}");
    })
    .await;
}

#[tokio::test]
async fn a_skipped_post_is_shown_in_the_preview_and_its_module_comes_next_time() {
    on_each_engine(|setting| async move {
        let bot = setting.process(LONG);
        assert_eq!(
            coming(&setting, FRIDAY).await,
            [
                "Mon 23 09:00",
                "Tue 24 09:00",
                "Wed 25 09:00",
                "Thu 26 09:00",
                "Fri 27 09:00"
            ]
        );
        let skipped = write!(setting, skip_next(at(FRIDAY))).unwrap();
        assert_eq!(skipped.at, at(MONDAY));
        let another = write!(setting, skip_next(at(FRIDAY))).unwrap();
        assert_eq!(another.at, at(TUESDAY));
        assert_eq!(
            coming(&setting, FRIDAY).await[..3],
            ["Mon 23 09:00 skipped", "Tue 24 09:00 skipped", "Wed 25 09:00"]
        );
        for day in 23..=25 {
            bot.run_due(at(&format!("2026-11-{day}T08:00:00Z"))).await;
        }
        assert_eq!(setting.titles(), ["M1"]);
        assert_eq!(
            setting.rows().await[0],
            "2026-11-23T09:00 skip done skipped by a moderator"
        );
    })
    .await;
}

#[tokio::test]
async fn a_pause_shifts_the_sequence() {
    on_each_engine(|setting| async move {
        let bot = setting.process(LONG);
        bot.run_due(at(MONDAY)).await;
        assert!(write!(setting, pause(at("2026-11-23T12:00:00Z"))));
        assert!(
            !write!(setting, pause(at("2026-11-23T12:00:01Z"))),
            "it is paused already"
        );
        assert_eq!(
            bot.run_due(at(TUESDAY)).await,
            None,
            "nothing comes while it is paused"
        );
        assert!(write!(setting, resume(at("2026-11-25T12:00:00Z"))));
        assert!(
            !write!(setting, resume(at("2026-11-25T12:00:01Z"))),
            "it is running already"
        );
        bot.run_due(at("2026-11-26T08:00:00Z")).await;
        assert_eq!(setting.titles(), ["M1", "M2"], "no note: a pause is no downtime");
        assert_eq!(
            setting.rows().await[1..3],
            [
                "2026-11-24T09:00 skip done the cohort was paused",
                "2026-11-25T09:00 skip done the cohort was paused"
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn another_schedule_counts_from_now_on() {
    on_each_engine(|setting| async move {
        let bot = setting.process(LONG);
        bot.run_due(at(MONDAY)).await;
        let evening = Schedule::from_days("daily", "18:30", "America/New_York").unwrap();
        let mut tx = setting.store.begin().await.unwrap();
        reschedule(&mut tx, "here", "demo", &evening, at("2026-11-23T12:00:00Z"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            bot.run_due(at("2026-11-23T12:00:00Z")).await,
            Some(at("2026-11-23T23:30:00Z"))
        );
        bot.run_due(at("2026-11-23T23:30:00Z")).await;
        assert_eq!(setting.titles(), ["M1", "M2"]);
    })
    .await;
}

#[tokio::test]
async fn what_was_due_before_the_change_is_still_posted() {
    on_each_engine(|setting| async move {
        let bot = setting.process(LONG);
        write!(setting, pause(at("2026-11-23T08:00:01Z")));
        bot.run_due(at("2026-11-23T08:00:02Z")).await;
        assert_eq!(setting.titles(), ["M1"]);
    })
    .await;
}
