//! What a query may do and how much it may take. Everything is refused that is not named here.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;

/// The longest statement, in bytes. A Discord option holds 6,000 characters.
pub const LONGEST_SQL: usize = 8_000;
/// How deeply expressions may nest.
const DEEPEST: i32 = 60;
/// The largest value or row, in bytes: a record of 1 MiB in base64 fits with room.
const LARGEST_VALUE: i32 = 2 * 1024 * 1024;
/// A search for `%a%b%c%` tries many ways to fit; a short pattern keeps that short.
const LONGEST_PATTERN: i32 = 200;
/// How long a query may run.
pub const LONGEST_RUN: Duration = Duration::from_secs(2);
/// Steps of SQLite's machine that a query may take.
const MOST_STEPS: u64 = 100_000_000;
/// How many steps are made between two looks at time and memory.
const LOOK_EVERY: u16 = 500;
/// How much the process may grow while a query runs, in bytes. SQLite's own limits bound one value, not a sorter full of them.
const MOST_GROWTH: usize = 256 * 1024 * 1024;

/// The functions that a query may call: they only compute. `random…`, `zeroblob` and all that reach outside are missing.
const FUNCTIONS: &[&str] = &[
    "->",
    "->>",
    "abs",
    "avg",
    "ceil",
    "ceiling",
    "char",
    "coalesce",
    "concat",
    "concat_ws",
    "count",
    "cume_dist",
    "current_date",
    "current_time",
    "current_timestamp",
    "date",
    "datetime",
    "dense_rank",
    "exp",
    "first_value",
    "floor",
    "format",
    "glob",
    "group_concat",
    "hex",
    "hours",
    "hops",
    "if",
    "ifnull",
    "iif",
    "instr",
    "iso",
    "json",
    "json_array",
    "json_array_length",
    "json_extract",
    "json_group_array",
    "json_group_object",
    "json_insert",
    "json_object",
    "json_patch",
    "json_quote",
    "json_remove",
    "json_replace",
    "json_set",
    "json_type",
    "json_valid",
    "julianday",
    "lag",
    "last_value",
    "lead",
    "length",
    "like",
    "ln",
    "log",
    "log10",
    "log2",
    "lower",
    "ltrim",
    "max",
    "min",
    "minutes",
    "mod",
    "ms",
    "nth_value",
    "ntile",
    "nullif",
    "octet_length",
    "percent_rank",
    "pow",
    "power",
    "printf",
    "quote",
    "rank",
    "replace",
    "round",
    "row_number",
    "rtrim",
    "seconds",
    "session",
    "sign",
    "sqrt",
    "strftime",
    "string_agg",
    "substr",
    "substring",
    "sum",
    "time",
    "timediff",
    "total",
    "trim",
    "trunc",
    "tumble",
    "typeof",
    "unicode",
    "unixepoch",
    "upper",
];

/// Table-valued functions that a query may read from.
const TABLE_FUNCTIONS: &[&str] = &["json_each", "json_tree"];

/// What a statement named, and why it was refused.
#[derive(Debug, Default)]
pub struct Seen {
    /// Tables of the lab.
    pub tables: BTreeSet<String>,
    /// The first thing that was not allowed.
    pub denied: Option<Denied>,
}

/// Something that a statement may not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// To call this function.
    Function(String),
    /// To read this table.
    Table(String),
    /// To do this at all.
    Action(&'static str),
}

/// What the guard of a connection notices.
pub type Notes = Arc<Mutex<Seen>>;

/// Puts the guard up: from now on the connection only reads, and only these tables.
pub fn raise(db: &Connection, readable: Vec<String>) -> Notes {
    let notes = Notes::default();
    let seen = Arc::clone(&notes);
    db.authorizer(Some(move |context: AuthContext<'_>| {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        match judge(context.action, &readable) {
            Ok(table) => {
                seen.tables.extend(table);
                Authorization::Allow
            }
            Err(denied) => {
                seen.denied.get_or_insert(denied);
                Authorization::Deny
            }
        }
    }));
    notes
}

/// Allows an action, with the table of the lab it reads; or says why not.
fn judge(action: AuthAction<'_>, readable: &[String]) -> Result<Option<String>, Denied> {
    match action {
        AuthAction::Select | AuthAction::Recursive => Ok(None),
        AuthAction::Read {
            table_name,
            column_name,
        } => may_read(table_name, column_name, readable),
        AuthAction::Function { function_name } => {
            if FUNCTIONS.contains(&function_name.to_ascii_lowercase().as_str()) {
                Ok(None)
            } else {
                Err(Denied::Function(function_name.to_owned()))
            }
        }
        other => Err(Denied::Action(name(other))),
    }
}

fn may_read(table: &str, column: &str, readable: &[String]) -> Result<Option<String>, Denied> {
    if let Some(known) = readable.iter().find(|name| name.eq_ignore_ascii_case(table)) {
        return Ok(Some(known.clone()));
    }
    let lower = table.to_ascii_lowercase();
    if TABLE_FUNCTIONS.contains(&lower.as_str()) {
        return Ok(None);
    }
    // A part of the query itself (WITH x AS …) is announced by its name alone, without a column.
    let internal = ["sqlite_", "pragma_", "dbstat", "fts"]
        .iter()
        .any(|prefix| lower.starts_with(prefix));
    if column.is_empty() && !internal {
        Ok(None)
    } else {
        Err(Denied::Table(table.to_owned()))
    }
}

/// What a forbidden action is called in SQL. What changes the schema is announced as a change to its table first.
fn name(action: AuthAction<'_>) -> &'static str {
    let is_schema = |table: &str| table.starts_with("sqlite_");
    match action {
        AuthAction::Insert { table_name } if is_schema(table_name) => "CREATE",
        AuthAction::Delete { table_name } if is_schema(table_name) => "DROP",
        AuthAction::Update { table_name, .. } if is_schema(table_name) => "ALTER",
        AuthAction::Insert { .. } => "INSERT",
        AuthAction::Update { .. } => "UPDATE",
        AuthAction::Delete { .. } => "DELETE",
        AuthAction::Attach { .. } => "ATTACH",
        AuthAction::Detach { .. } => "DETACH",
        AuthAction::Pragma { .. } => "PRAGMA",
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => "a transaction",
        AuthAction::CreateTable { .. }
        | AuthAction::CreateTempTable { .. }
        | AuthAction::CreateView { .. }
        | AuthAction::CreateTempView { .. }
        | AuthAction::CreateIndex { .. }
        | AuthAction::CreateTempIndex { .. }
        | AuthAction::CreateTrigger { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::CreateVtable { .. } => "CREATE",
        AuthAction::DropTable { .. }
        | AuthAction::DropTempTable { .. }
        | AuthAction::DropView { .. }
        | AuthAction::DropTempView { .. }
        | AuthAction::DropIndex { .. }
        | AuthAction::DropTempIndex { .. }
        | AuthAction::DropTrigger { .. }
        | AuthAction::DropTempTrigger { .. }
        | AuthAction::DropVtable { .. } => "DROP",
        AuthAction::AlterTable { .. } => "ALTER",
        AuthAction::Analyze { .. } => "ANALYZE",
        AuthAction::Reindex { .. } => "REINDEX",
        _ => "that statement",
    }
}

/// Bounds what a statement may be like.
pub fn bound(db: &Connection) -> rusqlite::Result<()> {
    for (limit, most) in [
        (Limit::SQLITE_LIMIT_LENGTH, LARGEST_VALUE),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, LONGEST_SQL as i32),
        (Limit::SQLITE_LIMIT_COLUMN, 100),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, DEEPEST),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 20),
        (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
        (Limit::SQLITE_LIMIT_FUNCTION_ARG, 20),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LONGEST_PATTERN),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 0),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        db.set_limit(limit, most)?;
    }
    Ok(())
}

/// Why a run was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Time or steps.
    TooLong,
    /// Memory.
    TooLarge,
}

/// Starts the watch over a run; it says afterwards whether it had to end it.
pub fn watch(db: &Connection) -> Arc<Mutex<Option<Ended>>> {
    let ended = Arc::new(Mutex::new(None));
    let told = Arc::clone(&ended);
    let until = Instant::now() + LONGEST_RUN;
    let before = memory();
    let mut looks = 0_u64;
    let stop = move || {
        looks += 1;
        let reason = if Instant::now() >= until || looks * u64::from(LOOK_EVERY) >= MOST_STEPS {
            Some(Ended::TooLong)
        } else if memory().saturating_sub(before) > MOST_GROWTH {
            Some(Ended::TooLarge)
        } else {
            None
        };
        if reason.is_some() {
            *told.lock().unwrap_or_else(PoisonError::into_inner) = reason;
        }
        reason.is_some()
    };
    db.progress_handler(i32::from(LOOK_EVERY), Some(stop));
    ended
}

/// What the process has in memory, in bytes; 0 where the system does not tell.
fn memory() -> usize {
    memory_stats::memory_stats().map_or(0, |now| now.physical_mem)
}
