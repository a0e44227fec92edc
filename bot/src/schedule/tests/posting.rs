//! A lesson is posted once, whatever dies when, and whatever Discord answers.

use std::time::Duration;

use super::super::Timing;
use super::super::protocol;
use super::world::{Ask, Fault};
use super::{
    FRIDAY, MONDAY, Setting, TUESDAY, at, kill, on_each_engine, on_each_engine_with, short_library,
    until_over,
};

const LONG: Duration = Duration::from_mins(1);
/// Longer than any statement here takes, so that nobody alive is taken for dead.
const SOON: Duration = Duration::from_millis(400);

/// A process that takes others for dead soon, and itself sends whenever it likes.
fn heir(setting: &Setting) -> std::sync::Arc<super::Scheduler<super::Fake>> {
    setting.process_with(Timing {
        lease_dead: SOON,
        request: Duration::from_millis(150),
        settle: Duration::from_millis(5),
        back_off: Duration::from_millis(1),
        back_off_most: Duration::from_millis(20),
    })
}

#[tokio::test]
async fn a_lesson_with_its_thread_comes_on_time_and_once() {
    on_each_engine(|setting| async move {
        let bot = setting.process(LONG);
        assert_eq!(bot.run_due(at(FRIDAY)).await, Some(at(MONDAY)));
        assert!(setting.titles().is_empty());
        assert_eq!(bot.run_due(at(MONDAY)).await, Some(at(TUESDAY)));
        bot.run_due(at(MONDAY)).await;
        assert_eq!(setting.titles(), ["M1"]);
        assert_eq!(setting.fake.world().threads.len(), 1);
        bot.run_due(at(TUESDAY)).await;
        assert_eq!(setting.titles(), ["M1", "M2"]);
        assert_eq!(
            setting.rows().await,
            ["2026-11-23T09:00 due done M1", "2026-11-24T09:00 due done M2"]
        );
        assert_eq!(
            setting.fake.count(Ask::Search),
            0,
            "where every answer arrived there is nothing to look for"
        );
    })
    .await;
}

#[tokio::test]
async fn whatever_dies_when_the_lesson_stands_once() {
    for ask in [Ask::Compose, Ask::Newest, Ask::Send, Ask::Thread] {
        for death in [Fault::DieBefore, Fault::DieAfter] {
            on_each_engine(|setting| async move {
                // Without the nonce's help: its window may be over.
                setting.fake.world().forgets_nonces = true;
                setting.fake.script(ask, [death]);
                let first = setting.process(LONG);
                tokio::select! {
                    _ = first.run_due(at(MONDAY)) => panic!("{ask:?} {death:?}: it should have died"),
                    () = setting.fake.died.notified() => {}
                }
                kill(&first).await;
                until_over(&heir(&setting), MONDAY).await;
                assert_eq!(setting.titles(), ["M1"], "{ask:?} {death:?}");
                assert_eq!(setting.fake.world().threads.len(), 1, "{ask:?} {death:?}");
                assert_eq!(
                    setting.rows().await,
                    ["2026-11-23T09:00 due done M1"],
                    "{ask:?} {death:?}"
                );
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_second_death_while_looking_changes_nothing() {
    on_each_engine(|setting| async move {
        setting.fake.script(Ask::Send, [Fault::LostAfter]);
        setting.fake.script(Ask::Search, [Fault::DieBefore]);
        setting.fake.world().forgets_nonces = true;
        let first = setting.process(LONG);
        tokio::select! {
            _ = first.run_due(at(MONDAY)) => panic!("it should have died"),
            () = setting.fake.died.notified() => {}
        }
        kill(&first).await;
        until_over(&heir(&setting), MONDAY).await;
        assert_eq!(
            (setting.titles(), setting.fake.count(Ask::Send)),
            (vec!["M1".to_owned()], 1)
        );
    })
    .await;
}

#[tokio::test]
async fn lost_answers_never_make_two_lessons() {
    use Fault::{LostAfter, LostBefore, NotSent};
    for sends in [
        vec![NotSent, NotSent],
        vec![LostBefore],
        vec![LostAfter],
        vec![LostBefore, NotSent, LostAfter],
        vec![LostBefore, LostBefore, LostBefore],
    ] {
        on_each_engine(|setting| {
            let sends = sends.clone();
            async move {
                // Without the nonce's help: its window may be over.
                setting.fake.world().forgets_nonces = true;
                setting.fake.script(Ask::Send, sends.clone());
                setting.fake.script(Ask::Search, [LostBefore, LostBefore]);
                setting.fake.script(Ask::Newest, [LostBefore]);
                setting.fake.script(Ask::Thread, [LostAfter]);
                until_over(&setting.process(LONG), MONDAY).await;
                assert_eq!(setting.titles(), ["M1"], "{sends:?}");
                assert_eq!(
                    setting.rows().await,
                    ["2026-11-23T09:00 due done M1"],
                    "{sends:?}"
                );
            }
        })
        .await;
    }
}

#[tokio::test]
async fn without_the_right_to_look_nothing_is_sent_again_and_moderators_hear_why() {
    on_each_engine(|setting| async move {
        setting.fake.script(Ask::Send, [Fault::LostAfter]);
        setting.fake.world().blind = true;
        let bot = setting.process(LONG);
        let waiting = tokio::time::timeout(Duration::from_millis(300), bot.run_due(at(MONDAY))).await;
        assert!(waiting.is_err(), "it waits for the permission");
        assert!(setting.fake.count(Ask::Search) > 1);
        assert_eq!(setting.fake.count(Ask::Send), 1);
        let told = setting.fake.world().told.clone();
        assert!(
            matches!(&told[..], [words] if words.contains("Read Message History")),
            "{told:?}"
        );
        setting.fake.world().blind = false;
        until_over(&bot, MONDAY).await;
        assert_eq!(
            (setting.titles(), setting.fake.count(Ask::Send)),
            (vec!["M1".to_owned()], 1)
        );
    })
    .await;
}

#[tokio::test]
async fn a_clear_no_is_told_once_and_costs_no_module() {
    for (ask, no, hint) in [
        (Ask::Send, Fault::Refuse(403, 50_013), "Send Messages"),
        (Ask::Newest, Fault::Refuse(403, 50_001), "View Channel"),
        (Ask::Newest, Fault::Refuse(404, 10_003), "another one"),
        (Ask::Send, Fault::Refuse(400, 50_035), "log"),
        (Ask::Send, Fault::Refuse(401, 0), "token"),
    ] {
        on_each_engine(|setting| async move {
            setting.fake.script(ask, [no]);
            let bot = setting.process(LONG);
            bot.run_due(at(MONDAY)).await;
            bot.run_due(at(MONDAY)).await;
            let told = setting.fake.world().told.clone();
            assert!(
                matches!(&told[..], [words] if words.contains(hint) && words.contains("demo")),
                "{told:?}"
            );
            bot.run_due(at(TUESDAY)).await;
            assert_eq!(setting.titles(), ["M1"], "Tuesday brings what Monday could not");
        })
        .await;
    }
}

#[tokio::test]
async fn the_thread_may_fail_and_the_lesson_stands() {
    for (faults, threads) in [
        (vec![Fault::Refuse(403, 50_013)], 0),
        (vec![Fault::Refuse(400, 160_006)], 0),
        (vec![Fault::LostBefore; protocol::THREAD_TRIES as usize], 0),
        (vec![Fault::LostBefore, Fault::NotSent], 1),
    ] {
        on_each_engine(|setting| {
            let faults = faults.clone();
            async move {
                setting.fake.script(Ask::Thread, faults.clone());
                until_over(&setting.process(LONG), MONDAY).await;
                assert_eq!(setting.titles(), ["M1"], "{faults:?}");
                assert_eq!(setting.fake.world().threads.len(), threads, "{faults:?}");
                assert!(setting.fake.world().told.is_empty());
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_lesson_that_someone_deleted_is_never_posted_again() {
    on_each_engine(|setting| async move {
        setting.fake.script(Ask::Thread, [Fault::DieBefore]);
        let first = setting.process(LONG);
        tokio::select! {
            _ = first.run_due(at(MONDAY)) => panic!("it should have died"),
            () = setting.fake.died.notified() => {}
        }
        kill(&first).await;
        setting.fake.world().messages.clear();
        until_over(&heir(&setting), MONDAY).await;
        assert!(setting.titles().is_empty());
        assert_eq!(setting.rows().await, ["2026-11-23T09:00 due done M1"]);
    })
    .await;
}

/// A process frozen between its check and its send, for longer than the nonce's window.
#[tokio::test]
async fn of_two_lessons_only_the_first_remains() {
    on_each_engine(|setting| async move {
        setting.fake.world().forgets_nonces = true;
        setting.fake.script(Ask::Send, [Fault::Late]);
        let bot = setting.process(LONG);
        until_over(&bot, MONDAY).await;
        let first = setting.fake.world().messages[0].id;
        setting.fake.deliver_late();
        assert_eq!(setting.titles(), ["M1", "M1"]);
        // The next process looks when it starts, this one every ten minutes.
        setting.process(LONG).run_due(at(MONDAY)).await;
        let ids: Vec<u64> = setting
            .fake
            .world()
            .messages
            .iter()
            .map(|message| message.id)
            .collect();
        assert_eq!(ids, [first]);
        assert_eq!(setting.fake.world().threads.len(), 1);
        assert_eq!(setting.rows().await, ["2026-11-23T09:00 due done M1"]);
    })
    .await;
}

/// The late one arrives before the thread is opened, and is the first of the two.
#[tokio::test]
async fn the_row_follows_the_message_that_remains() {
    on_each_engine(|setting| async move {
        setting.fake.world().forgets_nonces = true;
        setting.fake.script(Ask::Send, [Fault::Late, Fault::DieBefore]);
        let first = setting.process(LONG);
        tokio::select! {
            _ = first.run_due(at(MONDAY)) => panic!("it should have died"),
            () = setting.fake.died.notified() => {}
        }
        kill(&first).await;
        setting.fake.deliver_late();
        until_over(&heir(&setting), MONDAY).await;
        assert_eq!(setting.titles(), ["M1"]);
        let (message,): (i64,) = sqlx::query_as("SELECT message_id FROM post")
            .fetch_one(setting.store.read())
            .await
            .unwrap();
        assert_eq!(message as u64, setting.fake.world().messages[0].id);
    })
    .await;
}

#[tokio::test]
async fn two_processes_share_the_work_and_no_lesson_comes_twice() {
    on_each_engine(|setting| async move {
        for index in 0..20 {
            setting
                .cohort(&format!("cohort-{index}"), 100 + index, "full-coverage")
                .await;
        }
        setting.fake.world().forgets_nonces = true;
        let (one, two) = (setting.process(LONG), setting.process(LONG));
        tokio::join!(one.run_due(at(MONDAY)), two.run_due(at(MONDAY)));
        until_over(&one, MONDAY).await;
        let world = setting.fake.world();
        let channels: std::collections::BTreeSet<u64> =
            world.messages.iter().map(|message| message.channel).collect();
        assert_eq!((world.messages.len(), channels.len()), (21, 21));
    })
    .await;
}

#[tokio::test]
async fn a_process_that_stops_in_good_order_leaves_no_lease_to_wait_for() {
    on_each_engine(|setting| async move {
        setting.fake.script(Ask::Thread, [Fault::DieBefore]);
        let first = setting.process(LONG);
        tokio::select! {
            _ = first.run_due(at(MONDAY)) => panic!("the thread never answers"),
            () = setting.fake.died.notified() => {}
        }
        first.stop().await;
        let second = setting.process(LONG);
        second.run_due(at(MONDAY)).await;
        assert_eq!(setting.rows().await, ["2026-11-23T09:00 due done M1"]);
    })
    .await;
}

#[tokio::test]
async fn a_lease_is_left_alone_while_it_lives() {
    on_each_engine(|setting| async move {
        setting.fake.script(Ask::Send, [Fault::DieBefore]);
        let first = setting.process(LONG);
        tokio::select! {
            _ = first.run_due(at(MONDAY)) => panic!("the send never answers"),
            () = setting.fake.died.notified() => {}
        }
        let second = setting.process(LONG);
        second.run_due(at(MONDAY)).await;
        second.run_due(at(MONDAY)).await;
        assert_eq!(setting.rows().await, ["2026-11-23T09:00 due sending M1"]);
        kill(&first).await;
    })
    .await;
}

#[tokio::test]
async fn after_downtime_the_one_next_lesson_comes_with_a_note() {
    on_each_engine(|setting| async move {
        let bot = setting.process(LONG);
        bot.run_due(at(MONDAY)).await;
        bot.run_due(at("2026-11-27T10:00:00Z")).await;
        let titles = setting.titles();
        assert_eq!(titles.len(), 2);
        assert!(titles[1].starts_with("M2 | I was away"), "{titles:?}");
        assert_eq!(
            setting.rows().await,
            [
                "2026-11-23T09:00 due done M1",
                "2026-11-24T09:00 skip done the bot was away",
                "2026-11-25T09:00 skip done the bot was away",
                "2026-11-26T09:00 skip done the bot was away",
                "2026-11-27T09:00 due done M2",
            ]
        );
    })
    .await;
}

/// The process died in the middle of Monday's post and came back on Wednesday.
#[tokio::test]
async fn a_post_left_half_done_gives_way_to_the_newer_one() {
    for (death, expected) in [(Fault::DieBefore, "M1"), (Fault::DieAfter, "M2")] {
        on_each_engine(|setting| async move {
            setting.fake.script(Ask::Send, [death]);
            let first = setting.process(LONG);
            tokio::select! {
                _ = first.run_due(at(MONDAY)) => panic!("it should have died"),
                () = setting.fake.died.notified() => {}
            }
            kill(&first).await;
            until_over(&heir(&setting), "2026-11-25T08:00:00Z").await;
            let titles = setting.titles();
            assert!(
                titles.last().unwrap().starts_with(expected),
                "{death:?}: {titles:?}"
            );
            let unique: std::collections::BTreeSet<&str> = titles.iter().map(|title| &title[..2]).collect();
            assert_eq!(unique.len(), titles.len(), "{death:?}: {titles:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_post_that_could_not_be_composed_gives_way_too() {
    on_each_engine(|setting| async move {
        setting.fake.script(Ask::Compose, [Fault::DieBefore]);
        let first = setting.process(LONG);
        tokio::select! {
            _ = first.run_due(at(MONDAY)) => panic!("it should have died"),
            () = setting.fake.died.notified() => {}
        }
        kill(&first).await;
        until_over(&heir(&setting), TUESDAY).await;
        assert_eq!(setting.titles(), ["M1"]);
        assert_eq!(
            setting.rows().await,
            [
                "2026-11-23T09:00 skip done the next post came first",
                "2026-11-24T09:00 due done M1"
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn modules_that_are_not_written_are_not_posted_and_moderators_hear_it_once() {
    on_each_engine(|setting| async move {
        let bot = setting.process(LONG);
        for day in 23..=27 {
            bot.run_due(at(&format!("2026-11-{day}T08:00:00Z"))).await;
        }
        assert_eq!(setting.titles(), ["M1", "M2", "M3"]);
        let rows = setting.rows().await;
        assert_eq!(
            rows[3],
            "2026-11-26T09:00 skip done the next module is not written yet"
        );
        let told = setting.fake.world().told.clone();
        assert!(
            matches!(&told[..], [words] if words.contains("M4") && words.contains("not written")),
            "{told:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn after_the_last_module_comes_a_closing_post_and_then_nothing() {
    on_each_engine_with(short_library(), |setting| async move {
        let bot = setting.process(LONG);
        bot.run_due(at(MONDAY)).await;
        assert_eq!(
            bot.run_due(at(TUESDAY)).await,
            None,
            "a finished cohort has no next post"
        );
        assert_eq!(setting.titles(), ["A", "closing"]);
        bot.run_due(at("2026-11-25T08:00:00Z")).await;
        assert_eq!(setting.titles().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn it_runs_by_the_clock_wakes_for_changes_and_stops_at_once() {
    on_each_engine(|setting| async move {
        let bot = setting.process(LONG);
        bot.clock.set(at(FRIDAY).timestamp_millis());
        assert_eq!(bot.last_beat(), None);
        let (changed, stop) = (
            std::sync::Arc::new(tokio::sync::Notify::new()),
            tokio_util::sync::CancellationToken::new(),
        );
        let running = {
            let (bot, changed, stop) = (bot.clone(), changed.clone(), stop.clone());
            tokio::spawn(async move { bot.run(&changed, &stop).await })
        };
        let mut upcoming = bot.upcoming();
        upcoming.wait_for(|next| *next == Some(at(MONDAY))).await.unwrap();
        assert!(bot.last_beat().is_some_and(|beat| beat < LONG));
        // The thread never answers: a stop must not wait for it.
        setting.fake.script(Ask::Thread, [Fault::DieBefore]);
        bot.clock.set(at(MONDAY).timestamp_millis());
        changed.notify_waiters();
        setting.fake.died.notified().await;
        stop.cancel();
        tokio::time::timeout(Duration::from_secs(3), running)
            .await
            .expect("it stops in time")
            .unwrap();
        assert_eq!(setting.rows().await, ["2026-11-23T09:00 due posted M1"]);
    })
    .await;
}

#[tokio::test]
async fn beside_a_file_a_crashed_process_is_known_to_be_dead_at_once() {
    on_each_engine(|setting| async move {
        if setting.folder.is_none() {
            return;
        }
        setting.fake.script(Ask::Send, [Fault::DieAfter]);
        let first = setting.process(LONG);
        tokio::select! {
            _ = first.run_due(at(MONDAY)) => panic!("it should have died"),
            () = setting.fake.died.notified() => {}
        }
        kill(&first).await;
        drop(first);
        setting.process(LONG).run_due(at(MONDAY)).await;
        assert_eq!(setting.rows().await, ["2026-11-23T09:00 due done M1"]);
        assert_eq!(
            (setting.titles(), setting.fake.count(Ask::Send)),
            (vec!["M1".to_owned()], 1)
        );
    })
    .await;
}

#[tokio::test]
async fn a_clock_set_back_posts_nothing_again_and_goes_on_where_it_was() {
    on_each_engine(|setting| async move {
        let bot = setting.process(LONG);
        bot.run_due(at(MONDAY)).await;
        bot.run_due(at("2026-11-21T12:00:00Z")).await;
        bot.run_due(at(MONDAY)).await;
        assert_eq!(setting.titles(), ["M1"]);
        assert_eq!(bot.run_due(at(MONDAY)).await, Some(at(TUESDAY)));
        bot.run_due(at(TUESDAY)).await;
        assert_eq!(setting.titles(), ["M1", "M2"]);
    })
    .await;
}

#[tokio::test]
async fn a_cohort_made_in_the_future_of_a_clock_set_back_posts_all_the_same() {
    on_each_engine(|setting| async move {
        let bot = setting.process(LONG);
        bot.run_due(at("2027-03-01T12:00:00Z")).await;
        let posted = setting.titles().len();
        assert_eq!(bot.run_due(at(FRIDAY)).await, Some(at(MONDAY)));
        assert_eq!(setting.titles().len(), posted + 1, "Friday's, at nine sharp");
        bot.run_due(at(MONDAY)).await;
        assert_eq!(setting.titles().len(), posted + 2);
    })
    .await;
}

/// On the playground, whose clock may be far from the system's.
#[tokio::test]
async fn a_follower_decides_nothing_before_it_is_told_the_time() {
    on_each_engine(|setting| async move {
        let bot = setting.process(LONG);
        // What the system's clock says, before the playground has said otherwise.
        bot.clock.set(at("2026-12-24T08:00:00Z").timestamp_millis());
        bot.follow();
        let (changed, stop) = (
            tokio::sync::Notify::new(),
            tokio_util::sync::CancellationToken::new(),
        );
        let told = async {
            tokio::task::yield_now().await;
            assert_eq!(bot.last_beat(), None);
            bot.clock.set(at(FRIDAY).timestamp_millis());
            bot.run_due(at(FRIDAY)).await;
            stop.cancel();
        };
        tokio::join!(bot.run(&changed, &stop), told);
        assert!(setting.rows().await.is_empty());
    })
    .await;
}
