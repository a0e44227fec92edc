//! Nothing but reading: each thing that SQLite could do besides is refused, and named in the refusal.

use sandbox::lab::QueryError as E;

use crate::common::World;
use crate::house::{ask, lines, refused};

#[tokio::test]
async fn writing_attaching_and_setting_are_refused() {
    let world = World::new().await;
    for (sql, said) in [
        ("INSERT INTO streams (name) VALUES ('x')", "INSERT"),
        (
            "WITH x AS (SELECT 1) INSERT INTO streams (name) SELECT 'x' FROM x",
            "INSERT",
        ),
        ("UPDATE records SET data = 'x'", "UPDATE"),
        ("DELETE FROM messages", "DELETE"),
        ("CREATE TABLE mine (a)", "CREATE"),
        ("CREATE TEMP TABLE mine (a)", "CREATE"),
        ("CREATE VIRTUAL TABLE t USING fts5(a)", "CREATE"),
        ("DROP TABLE records", "DROP"),
        ("ALTER TABLE records RENAME TO r", "ALTER"),
        ("ATTACH '/etc/passwd' AS p", "ATTACH"),
        ("DETACH main", "DETACH"),
        ("PRAGMA database_list", "PRAGMA"),
        ("PRAGMA writable_schema = ON", "PRAGMA"),
        ("BEGIN", "transaction"),
        ("SAVEPOINT s", "transaction"),
        ("ANALYZE", "CREATE"),
        ("REINDEX", "statement"),
        ("VACUUM", "statement"),
        ("VACUUM INTO '/tmp/lab-test-out.db'", "statement"),
        ("EXPLAIN INSERT INTO streams (name) VALUES ('x')", "INSERT"),
    ] {
        match refused(&world, sql).await {
            E::ReadOnly { what } => assert!(what.contains(said), "{sql}: {what}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
    assert!(!std::path::Path::new("/tmp/lab-test-out.db").exists());
}

#[tokio::test]
async fn functions_that_reach_outside_or_make_much_of_nothing_are_refused() {
    let world = World::new().await;
    for function in [
        "load_extension('x.so')",
        "readfile('/etc/passwd')",
        "writefile('/tmp/x', 'y')",
        "edit('x')",
        "randomblob(100)",
        "zeroblob(1000000000)",
        "random()",
        "sqlite_version()",
        "sqlite_compileoption_get(1)",
        "fts3_tokenizer('simple')",
        "last_insert_rowid()",
        "sqlite_log(1, 'x')",
    ] {
        let name = function.split('(').next().unwrap();
        match refused(&world, &format!("SELECT {function}")).await {
            E::Function { name: said } => assert_eq!(said, name),
            other => panic!("{function}: {other:?}"),
        }
    }
    assert!(matches!(
        refused(&world, "SELECT 'a' REGEXP 'b'").await,
        E::Function { .. }
    ));
}

#[tokio::test]
async fn tables_about_the_database_itself_are_not_there() {
    let world = World::new().await;
    for table in [
        "sqlite_master",
        "sqlite_schema",
        "sqlite_temp_master",
        "main.sqlite_master",
        "pragma_database_list",
        "pragma_table_info('records')",
        "dbstat",
    ] {
        for what in ["*", "count(*)"] {
            let sql = format!("SELECT {what} FROM {table}");
            let error = refused(&world, &sql).await;
            assert!(
                matches!(error, E::NoSuchTable { .. } | E::ReadOnly { .. }),
                "{sql}: {error:?}"
            );
        }
    }
}

#[tokio::test]
async fn one_statement_at_a_time() {
    let world = World::new().await;
    assert!(matches!(refused(&world, "SELECT 1; SELECT 2").await, E::Several));
    assert!(matches!(
        refused(&world, "SELECT 1; DROP TABLE records").await,
        E::Several | E::ReadOnly { .. }
    ));
    assert!(matches!(refused(&world, " -- nothing\n").await, E::Empty));
    assert_eq!(lines(&world, "SELECT 1; -- done").await, ["1"]);
}

#[tokio::test]
async fn a_slip_is_named() {
    let world = World::new().await;
    match refused(&world, "SELECT * FROM recods").await {
        E::NoSuchTable { name } => assert_eq!(name, "recods"),
        other => panic!("{other:?}"),
    }
    match refused(&world, "SELECT dat FROM records").await {
        E::NoSuchColumn { name, tables } => {
            assert_eq!((name.as_str(), &*tables), ("dat", &["records".to_owned()][..]));
        }
        other => panic!("{other:?}"),
    }
    match refused(&world, "SELECT count( FROM records").await {
        E::Syntax(said) => assert!(said.contains("FROM"), "{said}"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        refused(&world, "SELECT json_extract('hello', '$.x')").await,
        E::NotJson
    ));
    match refused(&world, "SELECT tumble(1, 0)").await {
        E::Syntax(said) => assert!(said.contains("seconds(60)"), "{said}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_lessons_need_is_allowed() {
    let world = World::new().await;
    for sql in [
        "WITH w AS (SELECT 1 AS a) SELECT count(*) FROM w",
        "SELECT count(*) FROM (SELECT 1 UNION SELECT 2)",
        "SELECT value FROM json_each('[1,2,3]')",
        "SELECT key, value FROM records, json_tree(records.data)",
        "SELECT '{\"a\":1}' ->> '$.a', '{\"a\":1}' -> 'a'",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT sum(i) FROM n",
        "SELECT row_number() OVER (ORDER BY arrived_at), lag(data) OVER (ORDER BY arrived_at) FROM records",
        "SELECT r.data FROM records r LEFT JOIN shards s ON s.shard = r.shard WHERE r.data LIKE 'a%' OR r.data GLOB 'b*'",
        "SELECT partition_key, count(*) FROM records GROUP BY 1 HAVING count(*) > 1 ORDER BY 2 DESC LIMIT 3",
        "SELECT strftime('%H:%M', arrived_at / 1000, 'unixepoch'), CAST('1' AS INTEGER), x'00' FROM records",
        "SELECT EXISTS (SELECT 1 FROM queues), CASE WHEN 1 THEN 2 END, 3 IN (SELECT 3)",
        "VALUES (1, 2)",
    ] {
        ask(&world, sql).await;
    }
}
