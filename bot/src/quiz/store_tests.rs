//! The quiz's rows, on `SQLite` always and on `PostgreSQL` where `TRIBUTARY_TEST_POSTGRES_URL` names a server.

use ::store::Store;
use lessons::ModuleId;

use super::store::{self as rows, MessageRow, Part};
use super::{Answer, Mark, ReviewState, State};
use crate::membership::{self, Cohort};

const ANA: u64 = 1 << 62;

/// A database on each engine that is to be had, with a cohort in it.
async fn settings() -> Vec<(Store, Cohort, Option<tempfile::TempDir>)> {
    let mut settings = Vec::new();
    for (store, folder) in crate::testing::stores().await {
        let cohort = cohort(&store).await;
        settings.push((store, cohort, folder));
    }
    settings
}

async fn cohort(store: &Store) -> Cohort {
    let mut tx = store.begin().await.unwrap();
    sqlx::query(
        "INSERT INTO cohort (id, guild_id, name, name_key, track, path, channel_id, cron, timezone,
                             modules_per_post, state, decided_until, created_by, created_at)
         VALUES ('demo', 1, 'demo', 'demo', 'streams-15', 'full-coverage', 7, '0 9 * * 1-5', 'Europe/Berlin',
                 1, 'active', 0, 9, 0)",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    membership::by_id(store, "demo").await.unwrap().unwrap()
}

fn m1() -> ModuleId {
    ModuleId::new("M1")
}

async fn begin(store: &Store, cohort: &Cohort, now: i64) -> bool {
    let drawn = [("q-one".to_owned(), 1), ("q-two".to_owned(), 3)];
    let mut tx = store.begin().await.unwrap();
    let begun = rows::begin(&mut tx, cohort, ANA, &m1(), u64::MAX - 1, &drawn, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    begun
}

fn said(mark: Mark) -> Answer {
    Answer {
        given: "it’s a *stream*".into(),
        mark,
        score: 0.25,
        feedback: "Why?".into(),
    }
}

async fn answer(store: &Store, position: usize, mark: Mark, now: i64) {
    let mut tx = store.begin().await.unwrap();
    let open = rows::open_attempt(store, "demo", ANA).await.unwrap().unwrap();
    rows::answer(&mut tx, &open, position, &said(mark), now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_attempt_reads_back_as_it_was_written_and_there_is_one_at_a_time() {
    for (store, cohort, _folder) in settings().await {
        assert!(begin(&store, &cohort, 10).await);
        assert!(!begin(&store, &cohort, 11).await, "one at a time");
        answer(&store, 0, Mark::Retry, 20).await;
        let open = rows::open_attempt(&store, "demo", ANA).await.unwrap().unwrap();
        assert_eq!(open.position, 0, "another try at the same question");
        answer(&store, 0, Mark::Right, 30).await;
        let open = rows::open_attempt(&store, "demo", ANA).await.unwrap().unwrap();
        assert_eq!((open.position, open.touched_at, open.number), (1, 30, 1));
        assert_eq!((open.seed, open.first_ever), (u64::MAX - 1, true));
        assert_eq!(open.asked[0].answers, [said(Mark::Retry), said(Mark::Right)]);
        assert_eq!(
            (open.asked[1].question.as_str(), open.asked[1].version),
            ("q-two", 3)
        );
        let history = {
            let mut tx = store.begin().await.unwrap();
            rows::history(&mut tx, "demo", ANA, &m1()).await.unwrap()
        };
        assert_eq!(history, ["q-one", "q-two"]);
        assert!(rows::open_attempt(&store, "demo", 5).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn hints_stop_where_there_are_no_more() {
    for (store, cohort, _folder) in settings().await {
        begin(&store, &cohort, 10).await;
        let open = rows::open_attempt(&store, "demo", ANA).await.unwrap().unwrap();
        for _ in 0..5 {
            let mut tx = store.begin().await.unwrap();
            rows::show_hint(&mut tx, &open.id, 0, 2, 20).await.unwrap();
            tx.commit().await.unwrap();
        }
        let open = rows::open_attempt(&store, "demo", ANA).await.unwrap().unwrap();
        assert_eq!(open.asked[0].hints_shown, 2);
    }
}

#[tokio::test]
async fn an_expired_attempt_makes_room_and_counts_for_nothing() {
    for (store, cohort, _folder) in settings().await {
        begin(&store, &cohort, 10).await;
        let first = rows::open_attempt(&store, "demo", ANA).await.unwrap().unwrap();
        rows::expire(&store, &first.id, 99).await.unwrap();
        assert!(begin(&store, &cohort, 100).await);
        let second = rows::open_attempt(&store, "demo", ANA).await.unwrap().unwrap();
        assert_eq!(
            (second.number, second.finished_before, second.first_ever),
            (2, 0, false)
        );
        let past = rows::past(&store, "demo", ANA, &m1()).await.unwrap();
        assert_eq!(past.len(), 1);
        assert_eq!((past[0].state, past[0].finished_at), (State::Expired, Some(99)));
        rows::expire(&store, &first.id, 200).await.unwrap();
        let past = rows::past(&store, "demo", ANA, &m1()).await.unwrap();
        assert_eq!(past[0].finished_at, Some(99), "it ends once");
    }
}

#[tokio::test]
async fn a_moderators_word_is_asked_and_given_once_and_its_member_is_owed_it() {
    for (store, cohort, _folder) in settings().await {
        begin(&store, &cohort, 10).await;
        let open = rows::open_attempt(&store, "demo", ANA).await.unwrap().unwrap();
        for expected in [true, false] {
            let mut tx = store.begin().await.unwrap();
            let asked = rows::ask_moderator(&mut tx, 1, &open, 1, 50).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(asked, expected);
        }
        let mut tx = store.begin().await.unwrap();
        rows::settle(&mut tx, &open.id, State::Provisional, 1.0, 0, 60)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(owed(&store).await, [Part::Result]);

        let waiting = rows::open_reviews(&store, "demo").await.unwrap();
        assert_eq!(waiting.len(), 1);
        for (by, expected) in [(8, true), (9, false)] {
            let mut tx = store.begin().await.unwrap();
            let decided = rows::decide(&mut tx, &waiting[0].id, false, Some("look again"), by, 70)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            assert_eq!(decided, expected);
        }
        assert!(rows::open_reviews(&store, "demo").await.unwrap().is_empty());
        let after = rows::attempt(&store, &open.id).await.unwrap().unwrap();
        let review = after.asked[1].review.clone().unwrap();
        assert_eq!(
            (review.state, review.note.as_deref()),
            (ReviewState::Refused, Some("look again"))
        );
        assert_eq!(owed(&store).await, [Part::Result, Part::Said(1)]);
    }
}

async fn owed(store: &Store) -> Vec<Part> {
    let owed = rows::owed(store, "demo", ANA).await.unwrap();
    owed.into_iter().map(|owed| owed.part).collect()
}

#[tokio::test]
async fn a_message_is_owed_until_its_id_is_known() {
    for (store, cohort, _folder) in settings().await {
        begin(&store, &cohort, 10).await;
        let open = rows::open_attempt(&store, "demo", ANA).await.unwrap().unwrap();
        let mut tx = store.begin().await.unwrap();
        rows::settle(&mut tx, &open.id, State::Failed, 0.0, 0, 60)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        rows::sending(&store, &open.id, Part::Result, 5, "nonce")
            .await
            .unwrap();
        assert_eq!(
            owed(&store).await,
            [Part::Result],
            "sent perhaps: still to be seen to"
        );
        rows::sent(&store, &open.id, Part::Result, 77).await.unwrap();
        assert_eq!(owed(&store).await, []);
        let row = rows::message(&store, &open.id, Part::Result).await.unwrap();
        let known = MessageRow {
            thread_id: 5,
            nonce: "nonce".into(),
            message_id: Some(77),
        };
        assert_eq!(row, Some(known));
        rows::sending(&store, &open.id, Part::Result, 6, "other")
            .await
            .unwrap();
        let row = rows::message(&store, &open.id, Part::Result)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (row.thread_id, row.message_id),
            (6, None),
            "in a new thread it is not there yet"
        );
    }
}

#[tokio::test]
async fn a_threads_code_stays_whatever_becomes_of_the_thread() {
    for (store, _cohort, _folder) in settings().await {
        let first = rows::thread(&store, "demo", ANA, 7).await.unwrap();
        assert_eq!((first.thread_id, first.tried), (None, false));
        rows::opening_thread(&store, "demo", ANA, 7).await.unwrap();
        let trying = rows::thread(&store, "demo", ANA, 7).await.unwrap();
        assert_eq!(
            (trying.thread_id, trying.tried, &trying.code),
            (None, true, &first.code)
        );
        rows::opened_thread(&store, "demo", ANA, 7, 99).await.unwrap();
        let open = rows::thread(&store, "demo", ANA, 7).await.unwrap();
        assert_eq!((open.thread_id, open.tried), (Some(99), false));
        rows::no_thread(&store, "demo", ANA, 7).await.unwrap();
        let gone = rows::thread(&store, "demo", ANA, 7).await.unwrap();
        assert_eq!(gone, first);
        let other = rows::thread(&store, "demo", ANA + 1, 7).await.unwrap();
        assert_ne!(other.code, first.code);
    }
}
