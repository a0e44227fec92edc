//! Functions that queries have besides SQLite's own: windows in time, and moments as text. Some of SQLite's are replaced
//! by ones whose time does not grow with the product of their arguments: nothing looks at the clock inside one call.

use chrono::{DateTime, SecondsFormat};
use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags, WindowAggregate};
use rusqlite::types::ValueRef;

/// The most windows that one moment may be in.
const MOST_HOPS: i64 = 1_000;

/// Registers them all.
pub fn register(db: &Connection) -> rusqlite::Result<()> {
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    for (name, unit) in [("seconds", 1_000), ("minutes", 60_000), ("hours", 3_600_000)] {
        db.create_scalar_function(name, 1, pure, move |it| Ok(duration(number(it, 0)?, unit)))?;
    }
    db.create_scalar_function("tumble", 2, pure, |it| {
        let size = positive(it, 1, "tumble(at, size)")?;
        Ok(whole(it, 0)?.map(|at| at - at.rem_euclid(size)))
    })?;
    db.create_scalar_function("hops", 3, pure, |it| {
        let (size, step) = (positive(it, 1, HOPS)?, positive(it, 2, HOPS)?);
        let Some(at) = whole(it, 0)? else { return Ok(None) };
        if size / step > MOST_HOPS {
            return Err(wrong(format!(
                "{HOPS}: at most {MOST_HOPS} windows hold one moment"
            )));
        }
        Ok(Some(hops(at, size, step)))
    })?;
    db.create_scalar_function("iso", 1, pure, |it| {
        let at = whole(it, 0)?.and_then(DateTime::from_timestamp_millis);
        Ok(at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)))
    })?;
    db.create_scalar_function("ms", 1, pure, |it| {
        let at = text(it, 0).and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
        Ok(at.map(|at| at.timestamp_millis()))
    })?;
    db.create_window_function("session", 2, FunctionFlags::SQLITE_UTF8, Session)?;
    replace_slow(db, pure)
}

const HOPS: &str = "hops(at, size, step)";

fn duration(amount: Option<f64>, unit: i64) -> Option<i64> {
    amount.map(|amount| (amount * unit as f64).round() as i64)
}

/// The starts of the windows of `size`, one each `step`, that hold a moment: a JSON array, oldest first.
fn hops(at: i64, size: i64, step: i64) -> String {
    let last = at - at.rem_euclid(step);
    let mut starts = Vec::new();
    let mut start = last;
    while start > at.saturating_sub(size) {
        starts.push(start.to_string());
        start -= step;
    }
    starts.reverse();
    format!("[{}]", starts.join(","))
}

/// `session(at, gap) OVER (PARTITION BY … ORDER BY at)`: the moment at which the row's session began. A session ends
/// when nothing came for longer than `gap`.
struct Session;

#[derive(Clone, Copy)]
struct Open {
    start: i64,
    last: i64,
}

impl Aggregate<Option<Open>, Option<i64>> for Session {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Option<Open>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, open: &mut Option<Open>) -> rusqlite::Result<()> {
        let gap = positive(context, 1, "session(at, gap)")?;
        let Some(at) = whole(context, 0)? else {
            return Ok(());
        };
        *open = Some(match *open {
            Some(Open { start, last }) if at.saturating_sub(last) <= gap => Open { start, last: at },
            _ => Open { start: at, last: at },
        });
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, open: Option<Option<Open>>) -> rusqlite::Result<Option<i64>> {
        Ok(open.flatten().map(|open| open.start))
    }
}

impl WindowAggregate<Option<Open>, Option<i64>> for Session {
    fn value(&self, open: Option<&mut Option<Open>>) -> rusqlite::Result<Option<i64>> {
        Ok(open.and_then(|open| open.map(|open| open.start)))
    }

    fn inverse(&self, _: &mut Context<'_>, _: &mut Option<Open>) -> rusqlite::Result<()> {
        Err(wrong(
            "session(at, gap) goes with OVER (PARTITION BY … ORDER BY at), without ROWS or RANGE",
        ))
    }
}

/// SQLite looks for a needle at every place of the hay, and for each character of a text among all that are to be trimmed.
fn replace_slow(db: &Connection, pure: FunctionFlags) -> rusqlite::Result<()> {
    db.create_scalar_function("instr", 2, pure, |it| {
        let (Some(hay), Some(needle)) = (text(it, 0), text(it, 1)) else {
            return Ok(None);
        };
        let at = hay.find(&needle);
        Ok(Some(at.map_or(0, |at| hay[..at].chars().count() as i64 + 1)))
    })?;
    db.create_scalar_function("replace", 3, pure, |it| {
        let (Some(hay), Some(needle), Some(with)) = (text(it, 0), text(it, 1), text(it, 2)) else {
            return Ok(None);
        };
        if needle.is_empty() {
            return Ok(Some(hay));
        }
        let found = hay.matches(&needle).count();
        if hay.len() + found * with.len() > LARGEST_REPLACED {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_TOOBIG),
                None,
            ));
        }
        Ok(Some(hay.replace(&needle, &with)))
    })?;
    for (name, left, right) in [
        ("trim", true, true),
        ("ltrim", true, false),
        ("rtrim", false, true),
    ] {
        db.create_scalar_function(name, 2, pure, move |it| {
            let (Some(hay), Some(these)) = (text(it, 0), text(it, 1)) else {
                return Ok(None);
            };
            let these: std::collections::HashSet<char> = these.chars().collect();
            let mut rest = hay.as_str();
            if left {
                rest = rest.trim_start_matches(|c| these.contains(&c));
            }
            if right {
                rest = rest.trim_end_matches(|c| these.contains(&c));
            }
            Ok(Some(rest.to_owned()))
        })?;
    }
    Ok(())
}

/// The longest text that `replace` makes, in bytes; no value may be longer anyway.
const LARGEST_REPLACED: usize = 2 * 1024 * 1024;

fn wrong(words: impl Into<String>) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(words.into().into())
}

/// An argument as a number; text counts if it is one, as it does in SQL's arithmetic.
fn number(context: &Context<'_>, index: usize) -> rusqlite::Result<Option<f64>> {
    match context.get_raw(index) {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(number) => Ok(Some(number as f64)),
        ValueRef::Real(number) => Ok(Some(number)),
        ValueRef::Text(_) | ValueRef::Blob(_) => {
            match text(context, index).and_then(|text| text.trim().parse().ok()) {
                Some(number) => Ok(Some(number)),
                None => Err(wrong(
                    "a time or a duration is a number of milliseconds; ms('2026-11-23T09:00:00Z') makes one",
                )),
            }
        }
    }
}

fn whole(context: &Context<'_>, index: usize) -> rusqlite::Result<Option<i64>> {
    if let ValueRef::Integer(number) = context.get_raw(index) {
        return Ok(Some(number));
    }
    Ok(number(context, index)?.map(|number| number.floor() as i64))
}

fn positive(context: &Context<'_>, index: usize, usage: &str) -> rusqlite::Result<i64> {
    match whole(context, index)? {
        Some(number) if number > 0 => Ok(number),
        _ => Err(wrong(format!(
            "{usage}: durations are milliseconds above 0, such as seconds(60)"
        ))),
    }
}

/// An argument as text, as SQL would turn it into one.
fn text(context: &Context<'_>, index: usize) -> Option<String> {
    match context.get_raw(index) {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}
