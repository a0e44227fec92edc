//! Nothing runs away: time, steps, memory, rows, bytes, length and depth all have an end, and it comes soon.

use std::time::{Duration, Instant};

use sandbox::lab::QueryError as E;

use crate::common::World;
use crate::house::{ask, lines, refused, streams};

/// A query is ended after two seconds; a machine under tests is slow.
const SOON: Duration = Duration::from_secs(20);

const FOREVER: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";

#[tokio::test]
async fn a_query_without_end_is_ended() {
    let world = World::new().await;
    for tail in [
        "SELECT count(*) FROM n",
        "SELECT max(length(n.i)) FROM n, n AS m",
        "SELECT i FROM n WHERE i < 0",
    ] {
        let begun = Instant::now();
        let error = refused(&world, &format!("{FOREVER} {tail}")).await;
        // What the tests beside this one hoard counts too: memory is the whole process'.
        assert!(matches!(error, E::TooLong | E::TooLarge), "{tail}: {error:?}");
        assert!(begun.elapsed() < SOON, "{tail}: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_query_that_hoards_is_ended() {
    let world = World::new().await;
    let large = "printf('%1000000d', i)";
    for tail in [
        format!("SELECT {large} AS a FROM n ORDER BY a DESC"),
        format!("SELECT count(DISTINCT {large}) FROM n"),
        format!("SELECT group_concat({large}) FROM n"),
        format!("SELECT json_group_array({large}) FROM n"),
        format!(", m AS MATERIALIZED (SELECT {large} AS a FROM n) SELECT count(*) FROM m, m AS k"),
        format!("SELECT lag({large}) OVER (ORDER BY i DESC) FROM n"),
    ] {
        let begun = Instant::now();
        let error = refused(&world, &format!("{FOREVER} {tail}")).await;
        assert!(matches!(error, E::TooLarge | E::TooLong), "{tail}: {error:?}");
        assert!(begun.elapsed() < SOON, "{tail}: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn no_single_call_takes_long() {
    let world = World::new().await;
    let (hay, needle) = (
        "replace(printf('%1000000d', 1), ' ', 'a')",
        "replace(printf('%500000d', 1), ' ', 'a') || 'b'",
    );
    for call in [
        format!("instr({hay}, {needle})"),
        format!("length(replace({hay}, {needle}, 'c'))"),
        format!("length(trim({hay}, {needle}))"),
        format!("length(ltrim({hay}, {needle}))"),
        format!("{hay} LIKE '%a%a%a%a%a%a%a%a%a%b'"),
        format!("{hay} GLOB '*a*a*a*a*a*a*a*a*a*b'"),
    ] {
        let begun = Instant::now();
        let rows = ask(&world, &format!("SELECT {call}")).await.rows;
        assert_eq!(rows.len(), 1);
        assert!(begun.elapsed() < SOON, "{call}: {:?}", begun.elapsed());
    }
    let error = refused(&world, &format!("SELECT {hay} LIKE '{}'", "%a".repeat(200))).await;
    assert!(matches!(error, E::TooComplex), "{error:?}");
}

#[tokio::test]
async fn the_functions_that_were_replaced_say_what_sqlites_say() {
    let world = World::new().await;
    assert_eq!(
        lines(
            &world,
            "SELECT instr('übung', 'ung'), instr('abc', 'x'), instr(NULL, 'x'), replace('a-b-c', '-', '+'), replace('abc', '', 'x'),
                    trim('xxhixx', 'x'), ltrim('xyhi', 'yx'), rtrim('hi..', '.'), trim('  hi ')"
        )
        .await,
        ["3|0|NULL|a+b+c|abc|hi|hi|hi|hi"]
    );
}

#[tokio::test]
async fn long_deep_and_wide_statements_are_refused() {
    let world = World::new().await;
    let long = format!("SELECT '{}'", "x".repeat(9_000));
    let deep = format!("SELECT {}1{}", "(1 + ".repeat(200), ")".repeat(200));
    let selects = vec!["SELECT 1"; 50].join(" UNION ");
    let wide = format!("SELECT {}", vec!["1"; 200].join(", "));
    let joins = format!("SELECT 1 FROM {}", vec!["records"; 80].join(", "));
    for sql in [long, deep, selects, wide] {
        let error = refused(&world, &sql).await;
        assert!(matches!(error, E::TooComplex), "{}…: {error:?}", &sql[..40]);
    }
    assert!(matches!(
        refused(&world, &joins).await,
        E::Syntax(_) | E::TooComplex
    ));
}

#[tokio::test]
async fn an_answer_ends_where_nobody_would_read_on() {
    let world = World::new().await;
    let many = ask(&world, &format!("{FOREVER} SELECT i FROM n LIMIT 5000")).await;
    assert_eq!((many.rows.len(), many.more), (1_000, true));
    let large = ask(
        &world,
        &format!("{FOREVER} SELECT printf('%100000d', i) FROM n LIMIT 500"),
    )
    .await;
    assert!(large.more && large.rows.len() < 20, "{}", large.rows.len());
    let all = ask(&world, &format!("{FOREVER} SELECT i FROM n LIMIT 1000")).await;
    assert!(!all.more);
}

#[tokio::test]
async fn others_are_answered_while_one_runs_away() {
    let world = World::new().await;
    streams(&world).create("orders", 1).await.unwrap();
    let forever = format!("{FOREVER} SELECT count(*) FROM n");
    let runaway = async {
        for _ in 0..3 {
            refused(&world, &forever).await;
        }
    };
    let lab = world.sandbox.lab().unwrap();
    let ben = async {
        let begun = Instant::now();
        lab.query(&world.ben.account_id, "SELECT count(*) FROM streams", &[])
            .await
            .unwrap();
        begun.elapsed()
    };
    let ((), waited) = tokio::join!(runaway, ben);
    assert!(waited < Duration::from_secs(5), "{waited:?}");
}

#[tokio::test]
async fn a_full_tenant_can_be_asked() {
    let world = World::new().await;
    streams(&world).create("orders", 4).await.unwrap();
    let kinesis = world.sandbox.kinesis(&world.ana, sandbox::Region::UsEast1);
    for batch in 0..20 {
        let entries = (0..100).map(|n| {
            let data = format!(
                r#"{{"at": {n}, "user": "user-{}", "note": "{}"}}"#,
                n % 7,
                "x".repeat(1_000)
            );
            aws_sdk_kinesis::types::PutRecordsRequestEntry::builder()
                .partition_key(format!("user-{}", (batch + n) % 13))
                .data(aws_sdk_kinesis::primitives::Blob::new(data))
                .build()
                .unwrap()
        });
        let put = kinesis
            .put_records()
            .stream_name("orders")
            .set_records(Some(entries.collect()));
        assert_eq!(put.send().await.unwrap().failed_record_count, Some(0));
    }
    assert_eq!(
        lines(
            &world,
            "SELECT count(*), count(DISTINCT data ->> '$.user') FROM records"
        )
        .await,
        ["2000|7"]
    );
}
