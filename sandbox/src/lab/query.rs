//! One query from its text to its rows, on a connection of its own. Blocking: called off the async threads.

use std::sync::PoisonError;

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Connection, Statement, params_from_iter};

use super::answer::{Answer, Cell, View};
use super::error::QueryError;
use super::gather::Row;
use super::guard::{self, Denied, Ended, Notes};
use super::{functions, tables};

/// The most rows of an answer.
pub const MOST_ROWS: usize = 1_000;
/// The most bytes of an answer's text.
const MOST_BYTES: usize = 1024 * 1024;

/// A statement that was found to be fine, on a connection whose tables are still empty.
pub struct Prepared {
    db: Connection,
    sql: String,
    readable: Vec<String>,
    /// The tables it reads, views among them.
    pub tables: Vec<String>,
}

/// Looks at a statement: what it reads, and that it does nothing else. `views` are tables too.
pub fn prepare(sql: String, views: &[View]) -> Result<Prepared, QueryError> {
    if sql.trim().is_empty() {
        return Err(QueryError::Empty);
    }
    if sql.len() > guard::LONGEST_SQL {
        return Err(QueryError::TooComplex);
    }
    let db = Connection::open_in_memory().map_err(internal)?;
    functions::register(&db).map_err(internal)?;
    create_tables(&db, views).map_err(internal)?;
    guard::bound(&db).map_err(internal)?;
    let readable: Vec<String> = tables::ALL
        .iter()
        .map(|table| table.name.to_owned())
        .chain(views.iter().map(|view| view.name.clone()))
        .collect();
    let notes = guard::raise(&db, readable.clone());
    let checked = only_statement(&db, &sql).map(drop);
    let tables: Vec<String> = lock(&notes).tables.iter().cloned().collect();
    checked.map_err(|fault| fault.explained(&notes, None, &mentioned(&sql, &readable)))?;
    Ok(Prepared {
        db,
        sql,
        readable,
        tables,
    })
}

impl Prepared {
    /// Fills the tables and runs the statement.
    pub fn run(self, filled: Vec<(String, Vec<Row>)>) -> Result<Answer, QueryError> {
        let Self {
            db,
            sql,
            readable,
            tables,
        } = self;
        lower_guard(&db);
        fill(&db, filled).map_err(internal)?;
        let notes = guard::raise(&db, readable);
        let ended = guard::watch(&db);
        let answer = only_statement(&db, &sql).and_then(|mut statement| Ok(collect(&mut statement)?));
        let ended = *ended.lock().unwrap_or_else(PoisonError::into_inner);
        answer.map_err(|fault| fault.explained(&notes, ended, &tables))
    }
}

/// A query's answer over a sandbox with nothing in it.
pub fn on_nothing(sql: &str) -> Result<Answer, QueryError> {
    prepare(sql.to_owned(), &[])?.run(Vec::new())
}

/// Whether a saved query may be called this: a plain word that is no table's and not SQLite's own.
pub fn is_view_name(name: &str) -> bool {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    plain
        && (1..=40).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && tables::named(name).is_none()
        && !["sqlite_", "pragma_", "json_", "dbstat", "fts"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

/// The tables whose names stand in a statement: a guess for one that was not understood.
fn mentioned(sql: &str, readable: &[String]) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let words: Vec<&str> = sql.split(|c| !is_part(c)).collect();
    let is_named = |name: &&String| words.iter().any(|word| word.eq_ignore_ascii_case(name));
    readable.iter().filter(is_named).cloned().collect()
}

fn internal(error: rusqlite::Error) -> QueryError {
    QueryError::Internal(Box::new(error))
}

fn lock(notes: &Notes) -> std::sync::MutexGuard<'_, guard::Seen> {
    notes.lock().unwrap_or_else(PoisonError::into_inner)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Makes the empty tables: the lab's and the views'.
fn create_tables(db: &Connection, views: &[View]) -> rusqlite::Result<()> {
    let mut schema = String::new();
    for table in tables::ALL {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| format!("{} {}", quoted(column.name), column.kind.sql()))
            .collect();
        schema.push_str(&format!("CREATE TABLE {} ({});", table.name, columns.join(", ")));
    }
    for view in views.iter().filter(|view| !view.answer.columns.is_empty()) {
        let columns: Vec<String> = view.answer.columns.iter().map(|name| quoted(name)).collect();
        schema.push_str(&format!(
            "CREATE TABLE {} ({});",
            quoted(&view.name),
            columns.join(", ")
        ));
    }
    db.execute_batch(&schema)
}

fn lower_guard(db: &Connection) {
    db.authorizer(None::<fn(rusqlite::hooks::AuthContext<'_>) -> rusqlite::hooks::Authorization>);
}

fn fill(db: &Connection, filled: Vec<(String, Vec<Row>)>) -> rusqlite::Result<()> {
    let all = db.unchecked_transaction()?;
    for (table, rows) in filled {
        let Some(width) = rows.first().map(Vec::len) else {
            continue;
        };
        let places = vec!["?"; width].join(", ");
        let mut insert = all.prepare(&format!("INSERT INTO {} VALUES ({places})", quoted(&table)))?;
        for row in rows {
            insert.execute(params_from_iter(row.iter().map(Bound)))?;
        }
    }
    all.commit()
}

/// A value on its way into SQLite.
struct Bound<'a>(&'a Cell);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(match self.0 {
            Cell::Null => rusqlite::types::Null.into(),
            Cell::Integer(number) => (*number).into(),
            Cell::Real(number) => (*number).into(),
            Cell::Text(text) => text.as_str().into(),
        })
    }
}

/// What stood in a statement's way.
enum Fault {
    Several,
    Writes,
    Empty,
    Parameters,
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// The one statement of the text, which only reads.
fn only_statement<'a>(db: &'a Connection, sql: &'a str) -> Result<Statement<'a>, Fault> {
    let mut statements = Batch::new(db, sql);
    let first = statements.next()?.ok_or(Fault::Empty)?;
    if !first.readonly() || first.column_count() == 0 {
        return Err(Fault::Writes);
    }
    if first.parameter_count() > 0 {
        return Err(Fault::Parameters);
    }
    match statements.next() {
        Ok(None) => Ok(first),
        Ok(Some(_)) | Err(_) => Err(Fault::Several),
    }
}

fn collect(statement: &mut Statement<'_>) -> rusqlite::Result<Answer> {
    let columns = distinct(statement.column_names());
    let width = columns.len();
    let mut answer = Answer {
        columns,
        ..Answer::default()
    };
    let mut bytes = 0;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if answer.rows.len() == MOST_ROWS || bytes > MOST_BYTES {
            answer.more = true;
            break;
        }
        let cells: Vec<Cell> = (0..width)
            .map(|index| row.get_ref(index).map(cell))
            .collect::<rusqlite::Result<_>>()?;
        bytes += cells
            .iter()
            .map(|cell| match cell {
                Cell::Text(text) => text.len(),
                _ => 8,
            })
            .sum::<usize>();
        answer.rows.push(cells);
    }
    Ok(answer)
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(bytes) => Cell::Text(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Cell::Text(format!("x'{}'", hex::encode(bytes))),
    }
}

/// Names by which the columns can be told apart, as a saved view needs.
fn distinct(names: Vec<&str>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let taken =
            |wanted: &str, so_far: &[String]| so_far.iter().any(|other| other.eq_ignore_ascii_case(wanted));
        let mut wanted = name.to_owned();
        let mut number = 2;
        while taken(&wanted, &distinct) {
            wanted = format!("{name}_{number}");
            number += 1;
        }
        distinct.push(wanted);
    }
    distinct
}

impl Fault {
    /// The fault in the domain's terms.
    fn explained(self, notes: &Notes, ended: Option<Ended>, tables: &[String]) -> QueryError {
        let error = match self {
            Self::Empty => return QueryError::Empty,
            Self::Several => return QueryError::Several,
            Self::Writes => {
                return QueryError::ReadOnly {
                    what: "that statement".to_owned(),
                };
            }
            Self::Parameters => {
                return QueryError::Syntax(
                    "it has a place for a value (`?`, `:name`) and no value".to_owned(),
                );
            }
            Self::Sqlite(error) => error,
        };
        match ended {
            Some(Ended::TooLong) => return QueryError::TooLong,
            Some(Ended::TooLarge) => return QueryError::TooLarge,
            None => {}
        }
        match lock(notes).denied.take() {
            Some(Denied::Function(name)) => return QueryError::Function { name },
            Some(Denied::Table(name)) => return QueryError::NoSuchTable { name },
            Some(Denied::Action(what)) => {
                return QueryError::ReadOnly {
                    what: what.to_owned(),
                };
            }
            None => {}
        }
        from_sqlite(error, tables)
    }
}

fn from_sqlite(error: rusqlite::Error, tables: &[String]) -> QueryError {
    use rusqlite::ErrorCode;
    let (code, message) = match &error {
        rusqlite::Error::SqliteFailure(cause, message) => (cause.code, message.clone().unwrap_or_default()),
        rusqlite::Error::SqlInputError {
            error: cause, msg, ..
        } => (cause.code, msg.clone()),
        _ => return internal(error),
    };
    let after = |start: &str| message.strip_prefix(start).map(|rest| rest.trim().to_owned());
    match code {
        ErrorCode::TooBig | ErrorCode::OutOfMemory => return QueryError::TooLarge,
        ErrorCode::OperationInterrupted => return QueryError::TooLong,
        _ => {}
    }
    if let Some(name) = after("no such table:") {
        QueryError::NoSuchTable { name }
    } else if let Some(name) = after("no such column:") {
        let tables = tables.to_vec();
        QueryError::NoSuchColumn { name, tables }
    } else if let Some(name) = after("no such function:") {
        QueryError::Function { name }
    } else if message.contains("malformed JSON") {
        QueryError::NotJson
    } else if [
        "too large",
        "too many",
        "too deep",
        "too complex",
        "stack overflow",
        "maximum depth",
    ]
    .iter()
    .any(|words| message.contains(words))
    {
        QueryError::TooComplex
    } else {
        QueryError::Syntax(message)
    }
}
