//! A region's tables as they lie on the disk: dynoxide's storage, and beside it in the same file the streams, which
//! are our own. Everything here blocks; `engine` sees to it that it runs off the async threads.
//!
//! dynoxide notes every write in `_stream_records` within the write's own transaction. Triggers carry each note over
//! to the stream that is open on its table, in that same transaction: a change is in the stream exactly once, or the
//! write did not happen. dynoxide is made to note both images always (a stream's view is applied when it is read), so
//! that a write that changed nothing can be told and left out, as AWS leaves it out.

use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::storage::Storage;
use dynoxide::{AttributeValue, Item};
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use super::expiry::Expiry;
use crate::sandbox::Clock;

/// A table's name on the disk has no colon, so no member's table can be one of these.
const SCHEMA: &str = r#"
CREATE TABLE IF NOT EXISTS "tributary:stream" (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    table_name TEXT NOT NULL,
    table_id TEXT NOT NULL,
    label TEXT NOT NULL,
    shard TEXT NOT NULL,
    view_type TEXT NOT NULL,
    key_schema TEXT NOT NULL,
    opened INTEGER NOT NULL,
    closed INTEGER,
    first_sequence INTEGER NOT NULL,
    last_sequence INTEGER,
    trimmed_to INTEGER NOT NULL DEFAULT 0,
    UNIQUE (table_name, label)
);
CREATE TABLE IF NOT EXISTS "tributary:change" (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    stream INTEGER NOT NULL,
    event TEXT NOT NULL,
    event_id TEXT NOT NULL,
    keys TEXT NOT NULL,
    new_image TEXT,
    old_image TEXT,
    at INTEGER NOT NULL,
    by_service INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS "tributary:change of a stream" ON "tributary:change" (stream, sequence);
CREATE TABLE IF NOT EXISTS "tributary:once" (
    operation TEXT NOT NULL,
    token TEXT NOT NULL,
    request BLOB NOT NULL,
    answer TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (operation, token)
);
"#;

/// These live with the connection, as the functions they call do.
const TRIGGERS: &str = r#"
CREATE TEMP TRIGGER stream_opened AFTER UPDATE OF stream_enabled, stream_label ON main._tables
WHEN NEW.stream_enabled = 1
BEGIN
    INSERT INTO "tributary:stream" (table_name, table_id, label, shard, view_type, key_schema, opened,
                                    first_sequence)
    SELECT NEW.table_name,
           NEW.table_id,
           strftime('%Y-%m-%dT%H:%M:%f', moment / 1000.0, 'unixepoch'),
           'shardId-' || printf('%020d', moment) || '-' || lower(hex(randomblob(4))),
           NEW.stream_view_type,
           NEW.key_schema,
           moment,
           1 + COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'tributary:change'), 0)
    FROM (SELECT MAX(now_ms(), COALESCE(1 + MAX(opened), 0)) AS moment
          FROM "tributary:stream" WHERE table_name = NEW.table_name);
    UPDATE _tables SET stream_view_type = 'NEW_AND_OLD_IMAGES' WHERE table_name = NEW.table_name;
END;
CREATE TEMP TRIGGER stream_disabled AFTER UPDATE OF stream_enabled ON main._tables
WHEN NEW.stream_enabled = 0
BEGIN
    UPDATE "tributary:stream"
    SET closed = now_ms(),
        last_sequence = COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'tributary:change'), 0)
    WHERE table_name = NEW.table_name AND closed IS NULL;
END;
CREATE TEMP TRIGGER stream_orphaned AFTER DELETE ON main._tables
BEGIN
    UPDATE "tributary:stream"
    SET closed = now_ms(),
        last_sequence = COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'tributary:change'), 0)
    WHERE table_name = OLD.table_name AND closed IS NULL;
END;
CREATE TEMP TRIGGER change_made AFTER INSERT ON main._stream_records
BEGIN
    INSERT INTO "tributary:change" (stream, event, event_id, keys, new_image, old_image, at, by_service)
    SELECT id, NEW.event_name, NEW.event_id, NEW.keys_json, NEW.new_image, NEW.old_image, now_ms(),
           NEW.user_identity IS NOT NULL
    FROM "tributary:stream"
    WHERE table_name = NEW.table_name AND closed IS NULL
      AND NOT (NEW.event_name = 'MODIFY' AND same_item(NEW.old_image, NEW.new_image));
    DELETE FROM _stream_records WHERE id = NEW.id;
END;
"#;

/// One region's tables and their streams.
pub struct Database {
    pub storage: Storage,
    /// What dynoxide remembers of vector indexes that are being made.
    pub lifecycle: VectorIndexLifecycle,
    pub clock: Clock,
    pub expiry: Expiry,
}

impl Database {
    /// Opens the file in this folder, or begins it.
    pub fn open(folder: &Path, clock: Clock) -> Result<Self, dynoxide::DynoxideError> {
        let failed = |error: std::io::Error| dynoxide::DynoxideError::InternalServerError(error.to_string());
        std::fs::create_dir_all(folder).map_err(failed)?;
        let path = folder.join("tables.db");
        let path = path
            .to_str()
            .ok_or_else(|| failed(std::io::Error::other("the data folder's name is not text")))?;
        let storage = Storage::new(path)?.with_clock(Arc::new(Seconds(clock.clone())));
        let connection = storage.conn();
        // An acknowledged write stands through a power cut. The cache is kept small: there may be many tenants.
        connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA cache_size = -1024;")?;
        register_functions(connection, &clock)?;
        connection.execute_batch(SCHEMA)?;
        connection.execute_batch(TRIGGERS)?;
        Ok(Self {
            storage,
            lifecycle: VectorIndexLifecycle::new(),
            clock,
            expiry: Expiry::default(),
        })
    }

    pub fn connection(&self) -> &Connection {
        self.storage.conn()
    }

    /// Now, in Unix milliseconds.
    pub fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }

    /// Bytes in use; free pages of the file do not count.
    pub fn bytes(&self) -> rusqlite::Result<u64> {
        self.connection().query_row(
            "SELECT (page_count - freelist_count) * page_size \
             FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()",
            [],
            |row| row.get(0),
        )
    }

    /// How many tables there are.
    pub fn tables(&self) -> Result<u32, dynoxide::DynoxideError> {
        Ok(self.storage.table_count()? as u32)
    }

    /// Does all of this or nothing.
    pub fn at_once<T>(
        &self,
        work: impl FnOnce() -> Result<T, dynoxide::DynoxideError>,
    ) -> Result<T, dynoxide::DynoxideError> {
        self.storage.begin_transaction()?;
        match work() {
            Ok(done) => self.storage.commit().map(|()| done),
            Err(error) => {
                // The first error is the one to tell; `leave_tidy` sees to a transaction still open.
                drop(self.storage.rollback());
                Err(error)
            }
        }
    }

    /// Does this without waiting for the disk: what it writes survives the process's death, not the machine's.
    pub fn lightly<T>(&self, work: impl FnOnce() -> T) -> rusqlite::Result<T> {
        self.connection().execute_batch("PRAGMA synchronous = NORMAL")?;
        let done = work();
        self.connection().execute_batch("PRAGMA synchronous = FULL")?;
        Ok(done)
    }

    /// Ends a transaction that something left open; true if there was one.
    pub fn leave_tidy(&self) -> bool {
        let open = !self.connection().is_autocommit();
        if open {
            drop(self.storage.rollback());
        }
        open
    }

    /// Gives back to the disk what a deleted table leaves free, once it is much.
    pub fn shrink(&self) -> rusqlite::Result<()> {
        let (free, pages): (i64, i64) = self.connection().query_row(
            "SELECT freelist_count, page_count FROM pragma_freelist_count(), pragma_page_count()",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        if free > MUCH_FREE && free > pages / 2 {
            self.connection().execute_batch("VACUUM")?;
        }
        Ok(())
    }

    /// Forgets streams and changes that AWS keeps no longer, and tokens whose time is over.
    pub fn trim(&self) -> rusqlite::Result<()> {
        let connection = self.connection();
        let horizon = self.now() - KEPT.num_milliseconds();
        let old: bool = connection.query_row(
            r#"SELECT EXISTS (SELECT 1 FROM (SELECT at FROM "tributary:change" ORDER BY sequence LIMIT 1) WHERE at <= ?1)
                   OR EXISTS (SELECT 1 FROM "tributary:stream" WHERE closed <= ?1)"#,
            [horizon],
            |row| row.get(0),
        )?;
        if old {
            let trimming = connection.unchecked_transaction()?;
            trimming.execute(
                r#"UPDATE "tributary:stream" SET trimmed_to = COALESCE(
                       (SELECT MAX(sequence) FROM "tributary:change" WHERE stream = id AND at <= ?1), trimmed_to)"#,
                [horizon],
            )?;
            trimming.execute(r#"DELETE FROM "tributary:change" WHERE at <= ?1"#, [horizon])?;
            trimming.execute(
                r#"DELETE FROM "tributary:change" WHERE stream IN (SELECT id FROM "tributary:stream" WHERE closed <= ?1)"#,
                [horizon],
            )?;
            trimming.execute(r#"DELETE FROM "tributary:stream" WHERE closed <= ?1"#, [horizon])?;
            trimming.commit()?;
        }
        Ok(())
    }
}

/// Pages of 4 KiB that make it worth while to write the file anew.
const MUCH_FREE: i64 = 1024;

/// How long a change can be read, and a stream after it was closed. Source: the Amazon DynamoDB Developer Guide,
/// "Data retention limit for DynamoDB Streams".
const KEPT: TimeDelta = TimeDelta::hours(24);

fn register_functions(connection: &Connection, clock: &Clock) -> rusqlite::Result<()> {
    let clock = clock.clone();
    connection.create_scalar_function("now_ms", 0, FunctionFlags::SQLITE_UTF8, move |_| {
        Ok(clock.now().timestamp_millis())
    })?;
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("same_item", 2, pure, |context| {
        let read = |index| context.get_raw(index).as_str().ok().and_then(read_item);
        Ok(match (read(0), read(1)) {
            (Some(before), Some(after)) => same_item(&before, &after),
            _ => false,
        })
    })
}

fn read_item(json: &str) -> Option<Item> {
    serde_json::from_str(json).ok()
}

/// Whether two items are the same to DynamoDB: sets have no order, and a number is its value.
fn same_item(one: &Item, other: &Item) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .all(|(name, value)| other.get(name).is_some_and(|twin| same_value(value, twin)))
}

fn same_value(one: &AttributeValue, other: &AttributeValue) -> bool {
    use AttributeValue::{BS, L, M, N, NS, SS};
    match (one, other) {
        (N(one), N(other)) => number(one) == number(other),
        (SS(one), SS(other)) => sorted(one.iter()) == sorted(other.iter()),
        (BS(one), BS(other)) => sorted(one.iter()) == sorted(other.iter()),
        (NS(one), NS(other)) => {
            sorted(one.iter().map(|n| number(n))) == sorted(other.iter().map(|n| number(n)))
        }
        (L(one), L(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same_value(one, other))
        }
        (M(one), M(other)) => same_item(one, other),
        (one, other) => one == other,
    }
}

fn number(text: &str) -> String {
    dynoxide::types::normalize_number_for_sort(text)
}

fn sorted<T: Ord>(members: impl Iterator<Item = T>) -> Vec<T> {
    let mut members: Vec<T> = members.collect();
    members.sort();
    members
}

/// The sandbox's clock, for dynoxide.
struct Seconds(Clock);

impl dynoxide::storage_backend::Clock for Seconds {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from(self.0.now().timestamp()).unwrap_or_default()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.0.now().timestamp_micros() as f64 / 1_000_000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_a_set_and_the_spelling_of_a_number_change_nothing() {
        let item = |json: &str| read_item(json).unwrap();
        let one = item(r#"{"n":{"N":"1.0"},"s":{"SS":["a","b"]},"m":{"M":{"x":{"NS":["1","20"]}}}}"#);
        let same = item(r#"{"m":{"M":{"x":{"NS":["2e1","1"]}}},"s":{"SS":["b","a"]},"n":{"N":"1"}}"#);
        assert!(same_item(&one, &same));
        for other in [
            r#"{"n":{"N":"1.0"},"s":{"SS":["a","b"]}}"#,
            r#"{"n":{"S":"1.0"},"s":{"SS":["a","b"]},"m":{"M":{"x":{"NS":["1","20"]}}}}"#,
            r#"{"n":{"N":"1.0"},"s":{"SS":["a","c"]},"m":{"M":{"x":{"NS":["1","20"]}}}}"#,
        ] {
            assert!(!same_item(&one, &item(other)), "{other}");
        }
        let list = |json: &str| item(&format!(r#"{{"l":{{"L":{json}}}}}"#));
        assert!(!same_item(
            &list(r#"[{"S":"a"},{"S":"b"}]"#),
            &list(r#"[{"S":"b"},{"S":"a"}]"#)
        ));
    }

    #[test]
    fn a_file_that_was_large_becomes_small_again_and_goes_on_working() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path(), Clock::new(chrono::Utc::now)).unwrap();
        let connection = database.connection();
        let fill = "CREATE TABLE large (data BLOB); INSERT INTO large VALUES (zeroblob(8000000));";
        connection.execute_batch(fill).unwrap();
        assert!(database.bytes().unwrap() > 8_000_000);
        connection.execute_batch("DROP TABLE large").unwrap();
        assert!(
            database.bytes().unwrap() < 1_000_000,
            "what is free does not count"
        );
        let pages = || connection.query_row("PRAGMA page_count", [], |row| row.get::<_, i64>(0));
        assert!(pages().unwrap() > 1_000);
        database.shrink().unwrap();
        assert!(pages().unwrap() < 100);
        assert_eq!(database.tables().unwrap(), 0);
    }
}
