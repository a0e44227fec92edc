//! Time to live: items whose time is over are removed by the service, and their streams say so. AWS takes up to days;
//! here it happens at the next call after a second or so, so that a lesson can watch it.

use chrono::TimeDelta;
use dynoxide::DynoxideError;
use futures::FutureExt as _;

use super::database::Database;

/// The shortest time between two looks.
const PAUSE: TimeDelta = TimeDelta::seconds(1);
/// Looking takes at most one part in so many of the time.
const SHARE: i64 = 20;

/// What is known of the next item to expire.
#[derive(Debug, Default)]
pub struct Expiry {
    /// The earliest time in Unix seconds that an item expires at, as last seen.
    earliest: Option<i64>,
    /// Whether nothing was written since then.
    sure: bool,
    /// Not to look again before this, in Unix milliseconds.
    rest_until: i64,
}

impl Expiry {
    /// Something was written: an earlier time may have come.
    pub fn unsettle(&mut self) {
        self.sure = false;
    }
}

/// Removes what has expired, unless nothing can have or it was looked for a moment ago.
pub fn remove_expired(database: &mut Database) -> Result<(), DynoxideError> {
    let began = database.now();
    let none_due = database.expiry.sure && database.expiry.earliest.is_none_or(|at| at >= began / 1000);
    if none_due || began < database.expiry.rest_until {
        return Ok(());
    }
    let mut earliest = earliest(database)?;
    if earliest.is_some_and(|at| at < began / 1000) {
        sweep(database)?;
        earliest = self::earliest(database)?;
    }
    let took = (database.now() - began).max(0);
    database.expiry = Expiry {
        earliest,
        sure: true,
        rest_until: began + (took * SHARE).max(PAUSE.num_milliseconds()),
    };
    Ok(())
}

/// Each removal is a transaction of its own. One flush for all of them is enough: what a power cut takes back is
/// removed again, and nobody reads before the flush.
fn sweep(database: &Database) -> Result<(), DynoxideError> {
    let swept = database.lightly(|| dynoxide::ttl::sweep_expired_items(&database.storage).now_or_never())?;
    database
        .connection()
        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    swept.transpose().map(|_| ())
}

/// The earliest time at which an item expires.
fn earliest(database: &Database) -> Result<Option<i64>, DynoxideError> {
    let mut earliest = None;
    for table in database.storage.list_ttl_enabled_tables()? {
        let Some(attribute) = table.ttl_attribute else {
            continue;
        };
        if attribute.contains(['"', '\\']) {
            // A path of SQLite's cannot name it; whoever looks must read the items themselves.
            return Ok(Some(0));
        }
        let query = format!(
            r#"SELECT MIN(CAST(time AS INTEGER))
               FROM (SELECT json_extract(item_json, '$."' || ?1 || '".N') AS time FROM "{}")
               WHERE time <> '' AND time NOT GLOB '*[^0-9]*'"#,
            table.table_name
        );
        let first: Option<i64> = database
            .connection()
            .query_row(&query, [attribute], |row| row.get(0))?;
        earliest = earliest.into_iter().chain(first).min();
    }
    Ok(earliest)
}
