//! Whatever is typed: an answer or a refusal, soon, and nothing changed.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use sandbox::lab::QueryError;
use tokio::runtime::Runtime;

use crate::common::World;
use crate::house::{lines, streams, try_ask};

/// Pieces that statements are made of, and pieces that do harm where they are let.
const PIECES: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "*",
    "records",
    "streams",
    "messages",
    "calls",
    "views",
    "data",
    "count(*)",
    "(",
    ")",
    ",",
    ";",
    "WITH",
    "RECURSIVE",
    "n(i)",
    "AS",
    "UNION ALL",
    "i + 1",
    "n",
    "1",
    "'x'",
    "ORDER BY 1",
    "GROUP BY 1",
    "LIMIT 5",
    "OVER ()",
    "JOIN",
    "ON 1",
    "json_each(data)",
    "tumble(1, 2)",
    "hops(10, 5, 1)",
    "session(1, 2)",
    "printf('%99999d', 1)",
    "||",
    "INSERT INTO",
    "VALUES",
    "UPDATE",
    "SET",
    "DELETE",
    "ATTACH '/etc/passwd' AS p",
    "DETACH",
    "PRAGMA",
    "writable_schema",
    "= 1",
    "CREATE TABLE",
    "TEMP",
    "VIEW",
    "TRIGGER",
    "DROP TABLE",
    "ALTER TABLE",
    "RENAME TO",
    "VACUUM INTO '/tmp/out.db'",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "REPLACE INTO",
    "RETURNING *",
    "load_extension('x')",
    "readfile('/etc/passwd')",
    "sqlite_master",
    "pragma_database_list",
    "fts5",
    "USING",
    "EXPLAIN",
    "QUERY PLAN",
    "ANALYZE",
    "REINDEX",
    "--",
    "/*",
    "*/",
    "\0",
    "é",
    "\"",
    "'",
    "?",
    ":a",
    "$b",
    "@c",
    "x'00'",
    "NULL",
    "-9223372036854775808",
    "1e999",
    "CAST(1 AS BLOB)",
    "->>",
    "'$.a'",
];

struct House {
    runtime: Runtime,
    world: World,
    before: Vec<String>,
}

const STATE: &str =
    "SELECT s.name, s.open_shards, r.sequence, r.data FROM streams s JOIN records r ON r.stream = s.name";

/// One world for all cases: nothing may change it.
fn house() -> &'static House {
    static HOUSE: OnceLock<House> = OnceLock::new();
    HOUSE.get_or_init(|| {
        let runtime = Runtime::new().unwrap();
        let (world, before) = runtime.block_on(async {
            let world = World::new().await;
            streams(&world).create("orders", 1).await.unwrap();
            streams(&world).put("orders", "a", br#"{"a": 1}"#).await.unwrap();
            let before = lines(&world, STATE).await;
            (world, before)
        });
        House {
            runtime,
            world,
            before,
        }
    })
}

fn holds(sql: &str) -> Result<(), TestCaseError> {
    let house = house();
    house.runtime.block_on(async {
        let begun = Instant::now();
        let answer = try_ask(&house.world, sql).await;
        prop_assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{sql}: {:?}",
            begun.elapsed()
        );
        if let Err(QueryError::Internal(error)) = &answer {
            return Err(TestCaseError::fail(format!("{sql}: {error}")));
        }
        prop_assert_eq!(&lines(&house.world, STATE).await, &house.before, "{}", sql);
        Ok(())
    })
}

proptest! {
    #[test]
    fn any_pieces_in_any_order_change_nothing(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 1..14)) {
        holds(&pieces.join(" "))?;
    }

    #[test]
    fn any_pieces_after_a_select_change_nothing(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 1..10)) {
        holds(&format!("SELECT {}", pieces.join(" ")))?;
    }

    #[test]
    fn any_characters_at_all_change_nothing(text in "\\PC{0,200}") {
        holds(&text)?;
    }
}
