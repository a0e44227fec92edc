//! The log and its views, on SQLite always and on PostgreSQL where `TRIBUTARY_TEST_POSTGRES_URL` names a server.

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use store::Store;
use store::learning::{self, Event};

/// A database of this test's own on each engine that is to be had.
async fn stores() -> Vec<(Store, Option<tempfile::TempDir>)> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Store::open(&format!("sqlite:{}", folder.path().join("test.db").display()))
        .await
        .unwrap();
    let mut stores = vec![(sqlite, Some(folder))];
    if let Ok(server) = std::env::var("TRIBUTARY_TEST_POSTGRES_URL") {
        stores.push((Store::open(&schema(&server).await).await.unwrap(), None));
    }
    stores
}

/// A new schema on the server, so that tests run side by side.
async fn schema(server: &str) -> String {
    use sqlx::{AssertSqlSafe, Connection, Executor};
    sqlx::any::install_default_drivers();
    let name = format!("test_{}", store::id::row());
    let mut connection = sqlx::AnyConnection::connect(server).await.unwrap();
    connection
        .execute(AssertSqlSafe(format!("CREATE SCHEMA {name}")))
        .await
        .unwrap();
    let joint = if server.contains('?') { '&' } else { '?' };
    format!("{server}{joint}options=-c%20search_path%3D{name}")
}

fn event(kind: &str, subject: &str, points: i64, at: i64) -> Event {
    Event {
        guild_id: 1,
        cohort_id: "demo".into(),
        member_id: u64::MAX - 5,
        at,
        local_date: NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(),
        kind: kind.into(),
        subject: subject.into(),
        points,
        value: None,
        retracts: None,
        detail: None,
    }
}

type Views = (
    Vec<(i64, i64, i64)>,
    Vec<(String, i64, i64)>,
    Vec<(String, i64, i64)>,
    Vec<learning::Mark>,
    Vec<(String, i64, i64)>,
);

async fn views(store: &Store) -> Views {
    (
        sqlx::query_as("SELECT member_id, points, last_at FROM total ORDER BY member_id")
            .fetch_all(store.read())
            .await
            .unwrap(),
        sqlx::query_as("SELECT week, points, last_at FROM week_total ORDER BY week")
            .fetch_all(store.read())
            .await
            .unwrap(),
        sqlx::query_as("SELECT local_date, points, events FROM active_day ORDER BY local_date")
            .fetch_all(store.read())
            .await
            .unwrap(),
        learning::marks(store, "demo", u64::MAX - 5).await.unwrap(),
        sqlx::query_as("SELECT week, points, members FROM points_count ORDER BY week, points")
            .fetch_all(store.read())
            .await
            .unwrap(),
    )
}

#[tokio::test]
async fn views_rebuilt_from_the_log_are_the_same() {
    for (store, _folder) in stores().await {
        let mut tx = store.begin().await.unwrap();
        learning::append(&mut tx, &event("read", "M1", 5, 1_000))
            .await
            .unwrap();
        // A clock that stepped back: the order of the log counts, not its stamps.
        let undone = Event {
            retracts: Some("read".into()),
            ..event("read_undone", "M1", -5, 900)
        };
        learning::append(&mut tx, &undone).await.unwrap();
        assert!(
            learning::append_once(&mut tx, &event("read", "M1", 5, 950))
                .await
                .unwrap()
        );
        assert!(
            !learning::append_once(&mut tx, &event("read", "M1", 5, 960))
                .await
                .unwrap()
        );
        let scored = Event {
            value: Some(0.9),
            ..event("quiz_finished", "M1", 0, 2_000)
        };
        learning::append(&mut tx, &scored).await.unwrap();
        learning::append(
            &mut tx,
            &Event {
                value: Some(0.4),
                ..scored
            },
        )
        .await
        .unwrap();
        learning::append(&mut tx, &event("quiz_passed", "M1", 20, 2_000))
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let kept = views(&store).await;
        assert_eq!(kept.0, [((u64::MAX - 5) as i64, 25, 2_000)]);
        let one = |week: &str| (week.to_owned(), 25, 1);
        assert_eq!(kept.4, [one(""), one("2026-11-23")], "one member, with 25 points");
        let best = kept.3.iter().find(|mark| mark.kind == "quiz_finished").unwrap();
        assert_eq!((best.times, best.best), (2, Some(0.9)));
        assert_eq!(learning::rebuild(&store).await.unwrap(), 6);
        assert_eq!(views(&store).await, kept);
    }
}

#[tokio::test]
async fn an_interaction_writes_once() {
    for (store, _folder) in stores().await {
        let first = store.begin_once(77, 1).await.unwrap().expect("the first time");
        first.commit().await.unwrap();
        assert!(
            store.begin_once(77, 2).await.unwrap().is_none(),
            "the second time"
        );
        let undone = store.begin_once(78, 3).await.unwrap().expect("another");
        drop(undone);
        assert!(
            store.begin_once(78, 4).await.unwrap().is_some(),
            "what was not committed did not happen"
        );
    }
}

#[tokio::test]
async fn writers_take_turns() {
    for (store, _folder) in stores().await {
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut tx = store.begin().await.unwrap();
                    let (sum,): (i64,) =
                        sqlx::query_as("SELECT CAST(COALESCE(SUM(points), 0) AS BIGINT) FROM learning_event")
                            .fetch_one(&mut *tx)
                            .await
                            .unwrap();
                    learning::append(&mut tx, &event("step", &sum.to_string(), 1, 1))
                        .await
                        .unwrap();
                    tx.commit().await.unwrap();
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let marks = learning::marks(&store, "demo", u64::MAX - 5).await.unwrap();
        assert_eq!(marks.len(), 16, "each writer saw what the one before it wrote");
    }
}

#[tokio::test]
async fn the_installation_keeps_its_id_and_writing_can_be_tried() {
    for (store, _folder) in stores().await {
        let id = store.installation(1).await.unwrap();
        assert_eq!(store.installation(2).await.unwrap(), id);
        store.writable().await.unwrap();
        store.writable().await.unwrap();
        store.sweep_interactions(2).await.unwrap();
        assert!(
            store.begin_once(-1_i64 as u64, 5).await.unwrap().is_some(),
            "the sweep takes away what the try left behind"
        );
    }
}

#[tokio::test]
async fn an_unknown_engine_is_said_in_words() {
    let error = Store::open("mysql://somewhere").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "DATABASE_URL must begin with `sqlite:` or `postgres:`"
    );
}

/// One thing that a member does: who, what, about what, for how much, when, on which day, with what score, whether it
/// takes the first kind back, and whether it counts once.
type Step = (u64, usize, usize, i64, i64, u64, Option<f64>, bool, bool);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (
        1_u64..4,
        0_usize..4,
        0_usize..3,
        -20_i64..60,
        0_i64..100_000,
        0_u64..40,
        proptest::option::of(0.0..=1.0),
        any::<bool>(),
        any::<bool>(),
    );
    proptest::collection::vec(step, 0..60)
}

async fn lived(store: &Store, history: &[Step]) {
    const KINDS: [&str; 4] = ["read", "quiz_finished", "quiz_passed", "read_undone"];
    const SUBJECTS: [&str; 3] = ["M1", "M2", "P1"];
    for (member, kind, subject, points, at, day, value, retracts, once) in history {
        let monday = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let event = Event {
            member_id: *member,
            cohort_id: if member % 2 == 0 { "demo" } else { "spring" }.into(),
            local_date: monday + Days::new(*day),
            value: *value,
            retracts: retracts.then(|| KINDS[0].to_owned()),
            ..event(KINDS[*kind], SUBJECTS[*subject], *points, *at)
        };
        let mut tx = store.begin().await.unwrap();
        if *once {
            learning::append_once(&mut tx, &event).await.unwrap();
        } else {
            learning::append(&mut tx, &event).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

/// Every row of every view, as text.
async fn every_view(store: &Store) -> Vec<String> {
    let mut rows = Vec::new();
    for (view, columns) in [
        ("total", "cohort_id, member_id, points, last_at"),
        ("week_total", "cohort_id, week, member_id, points, last_at"),
        ("points_count", "cohort_id, week, points, members"),
        ("active_day", "cohort_id, member_id, local_date, points, events"),
        (
            "mark",
            "cohort_id, member_id, subject, kind, first_at, last_at, times, best",
        ),
    ] {
        let cast: Vec<String> = columns
            .split(", ")
            .map(|column| format!("COALESCE(CAST({column} AS TEXT), 'none')"))
            .collect();
        let sql = format!("SELECT {} FROM {view}", cast.join(" || ' ' || "));
        let found: Vec<(String,)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .fetch_all(store.read())
            .await
            .unwrap();
        rows.extend(found.into_iter().map(|(row,)| format!("{view} {row}")));
    }
    rows.sort();
    rows
}

/// `PROPTEST_CASES=2000 cargo test -p store any_history` looks longer.
#[test]
fn any_history_is_rebuilt_to_the_same_views() {
    let asked = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    proptest!(ProptestConfig::with_cases(asked.unwrap_or(16)), |(history in steps())| {
        runtime.block_on(async {
            for (store, _folder) in stores().await {
                lived(&store, &history).await;
                let kept = every_view(&store).await;
                learning::rebuild(&store).await.unwrap();
                assert_eq!(every_view(&store).await, kept);
            }
        });
    });
}
