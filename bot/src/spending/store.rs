//! The ledger, and the commands held back, in the database. Whatever decides on money reads and writes in one transaction of
//! the one writer, so that two who spend at the same moment are seen by each other.

use ::store::{Store, Tx};
use chrono::{DateTime, Utc};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::ceiling::{Ceilings, Change, Ledger, No};
use super::ledger::{Entry, Kind, State, Thing, Window};
use crate::money::Money;

/// A command held back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// In its buttons.
    pub id: String,
    /// Whose.
    pub guild_id: u64,
    /// Whose.
    pub member_id: u64,
    /// The command with its options, as Discord sent them.
    pub command: String,
    /// What its member was told that it costs at most.
    pub cost: Money,
    /// When, Unix milliseconds.
    pub asked_at: i64,
}

/// What became of a change to the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The money is reserved, or spent.
    Done,
    /// It may not be.
    No(No),
    /// The command was said yes to before.
    Twice,
}

const COLUMNS: &str = "id, guild_id, member_id, account_id, region, kind, name, state, stretches, allowance, planned_at, reserved_until, \
                       ended_at, attempts, due_at, told";

/// Holds a command back. One that comes twice is held back once.
pub async fn ask(store: &Store, ask: &Ask) -> Result<(), sqlx::Error> {
    let mut tx = store.begin().await?;
    sqlx::query(
        "INSERT INTO spending_ask (id, guild_id, member_id, command, cost, asked_at, taken)
         VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT (id) DO NOTHING",
    )
    .bind(&ask.id)
    .bind(ask.guild_id as i64)
    .bind(ask.member_id as i64)
    .bind(&ask.command)
    .bind(ask.cost.as_micros())
    .bind(ask.asked_at)
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

/// A member's command that is still held back.
pub async fn asked(
    store: &Store,
    id: &str,
    guild_id: u64,
    member_id: u64,
) -> Result<Option<Ask>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT id, guild_id, member_id, command, cost, asked_at FROM spending_ask
         WHERE id = $1 AND guild_id = $2 AND member_id = $3 AND taken = 0",
    )
    .bind(id)
    .bind(guild_id as i64)
    .bind(member_id as i64)
    .fetch_optional(store.read())
    .await?;
    let read = |row: &AnyRow| {
        Ok(Ask {
            id: row.try_get("id")?,
            guild_id: unsigned(row, "guild_id")?,
            member_id: unsigned(row, "member_id")?,
            command: row.try_get("command")?,
            cost: Money::micros(row.try_get("cost")?),
            asked_at: row.try_get("asked_at")?,
        })
    };
    row.as_ref().map(read).transpose()
}

/// Takes a held command, for a yes or a no; false where that was done before.
pub async fn take(tx: &mut Tx, id: &str) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("UPDATE spending_ask SET taken = 1 WHERE id = $1 AND taken = 0")
        .bind(id)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets commands that were held back before a moment.
pub async fn sweep(store: &Store, before: i64) -> Result<(), sqlx::Error> {
    let mut tx = store.begin().await?;
    sqlx::query("DELETE FROM spending_ask WHERE asked_at < $1")
        .bind(before)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// Makes a change, if every ceiling allows it; with `ask`, only where that command is still held back, which it then is no more.
pub async fn spend(
    store: &Store,
    ceilings: &Ceilings,
    change: &Change,
    owner: (u64, u64),
    ask: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Outcome, sqlx::Error> {
    let mut tx = store.begin().await?;
    if let Some(ask) = ask
        && !take(&mut tx, ask).await?
    {
        return Ok(Outcome::Twice);
    }
    let ledger = ledger_in(&mut tx, now).await?;
    if let Err(no) = ledger.allows(ceilings, change, owner, now) {
        return Ok(Outcome::No(no));
    }
    match change {
        Change::New(entry) => insert(&mut tx, entry).await?,
        Change::Raise { id, an_hour } => {
            if let Some(mut entry) = find(&mut tx, id).await? {
                entry.reprice(now.timestamp_millis(), entry.an_hour().max(*an_hour));
                put(&mut tx, &entry).await?;
            }
        }
        Change::Use(cost) => add_use(&mut tx, owner, *cost, now).await?,
    }
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// Changes one entry that has not ended; nothing where it has.
pub async fn change<T>(
    store: &Store,
    id: &str,
    change: impl FnOnce(&mut Entry) -> T,
) -> Result<Option<(Entry, T)>, sqlx::Error> {
    let mut tx = store.begin().await?;
    let Some(mut entry) = find(&mut tx, id)
        .await?
        .filter(|entry| entry.state != State::Gone)
    else {
        return Ok(None);
    };
    let done = change(&mut entry);
    put(&mut tx, &entry).await?;
    tx.commit().await?;
    Ok(Some((entry, done)))
}

/// The ledger of this month: what stands, and what has ended or was used in it.
pub async fn ledger(store: &Store, now: DateTime<Utc>) -> Result<Ledger, sqlx::Error> {
    let mut connection = store.read().acquire().await?;
    read_ledger(&mut connection, now).await
}

async fn ledger_in(tx: &mut Tx, now: DateTime<Utc>) -> Result<Ledger, sqlx::Error> {
    read_ledger(tx, now).await
}

async fn read_ledger(
    connection: &mut sqlx::AnyConnection,
    now: DateTime<Utc>,
) -> Result<Ledger, sqlx::Error> {
    let from = Window::month_of(now).from;
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM spending_entry WHERE ended_at IS NULL OR ended_at >= $1 ORDER BY planned_at, id"
    )))
    .bind(from)
    .fetch_all(&mut *connection)
    .await?;
    let entries = rows.iter().map(read).collect::<Result<_, _>>()?;
    let rows = sqlx::query(
        "SELECT guild_id, member_id, CAST(SUM(micros) AS BIGINT) AS micros FROM spending_use
         WHERE day >= $1 GROUP BY guild_id, member_id",
    )
    .bind(from)
    .fetch_all(&mut *connection)
    .await?;
    let read_use = |row: &AnyRow| {
        let micros = Money::micros(row.try_get("micros")?);
        Ok((unsigned(row, "guild_id")?, unsigned(row, "member_id")?, micros))
    };
    let uses = rows.iter().map(read_use).collect::<Result<_, sqlx::Error>>()?;
    Ok(Ledger { entries, uses })
}

/// What a member used up on the day of `now`.
pub async fn used_today(store: &Store, owner: (u64, u64), now: DateTime<Utc>) -> Result<Money, sqlx::Error> {
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT micros FROM spending_use WHERE guild_id = $1 AND member_id = $2 AND day = $3")
            .bind(owner.0 as i64)
            .bind(owner.1 as i64)
            .bind(Window::day_of(now).from)
            .fetch_optional(store.read())
            .await?;
    Ok(row.map_or(Money::ZERO, |(micros,)| Money::micros(micros)))
}

/// What is due, the longest due first.
pub async fn due(store: &Store, now: i64) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM spending_entry WHERE state <> 'gone' AND due_at <= $1 ORDER BY due_at, id LIMIT 100"
    )))
    .bind(now)
    .fetch_all(store.read())
    .await?;
    rows.iter().map(read).collect()
}

/// Everything that has not ended; of one member, where one is named.
pub async fn standing(store: &Store, owner: Option<(u64, u64)>) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM spending_entry WHERE state <> 'gone' ORDER BY planned_at, id"
    )))
    .fetch_all(store.read())
    .await?;
    let entries: Vec<Entry> = rows.iter().map(read).collect::<Result<_, _>>()?;
    let wanted = |entry: &Entry| owner.is_none_or(|owner| (entry.guild_id, entry.member_id) == owner);
    Ok(entries.into_iter().filter(wanted).collect())
}

/// Has everything of a member looked at again at the next round.
pub async fn look_again(store: &Store, owner: (u64, u64), now: i64) -> Result<(), sqlx::Error> {
    let mut tx = store.begin().await?;
    sqlx::query(
        "UPDATE spending_entry SET due_at = $3 WHERE guild_id = $1 AND member_id = $2 AND state = 'live'",
    )
    .bind(owner.0 as i64)
    .bind(owner.1 as i64)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

async fn add_use(tx: &mut Tx, owner: (u64, u64), cost: Money, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO spending_use (guild_id, member_id, day, micros) VALUES ($1, $2, $3, $4)
         ON CONFLICT (guild_id, member_id, day) DO UPDATE SET micros = spending_use.micros + excluded.micros",
    )
    .bind(owner.0 as i64)
    .bind(owner.1 as i64)
    .bind(Window::day_of(now).from)
    .bind(cost.as_micros())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn find(tx: &mut Tx, id: &str) -> Result<Option<Entry>, sqlx::Error> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM spending_entry WHERE id = $1"
    )))
    .bind(id)
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref().map(read).transpose()
}

async fn insert(tx: &mut Tx, entry: &Entry) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO spending_entry (id, guild_id, member_id, account_id, region, kind, name, state, stretches, allowance,
                                     planned_at, reserved_until, ended_at, attempts, due_at, told)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(&entry.id)
    .bind(entry.guild_id as i64)
    .bind(entry.member_id as i64)
    .bind(entry.thing.account.as_str())
    .bind(entry.thing.region.as_str())
    .bind(entry.thing.kind.word())
    .bind(&entry.thing.name)
    .bind(state_word(entry.state))
    .bind(json(&entry.stretches)?)
    .bind(entry.allowance.as_micros())
    .bind(entry.planned_at)
    .bind(entry.reserved_until)
    .bind(entry.ended_at)
    .bind(i64::from(entry.attempts))
    .bind(entry.due_at)
    .bind(i64::from(entry.told))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn put(tx: &mut Tx, entry: &Entry) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE spending_entry SET state = $2, stretches = $3, ended_at = $4, attempts = $5, due_at = $6, told = $7 WHERE id = $1",
    )
    .bind(&entry.id)
    .bind(state_word(entry.state))
    .bind(json(&entry.stretches)?)
    .bind(entry.ended_at)
    .bind(i64::from(entry.attempts))
    .bind(entry.due_at)
    .bind(i64::from(entry.told))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Entry, sqlx::Error> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let (account, region): (String, String) = (text("account_id")?, text("region")?);
    let (kind, state) = (text("kind")?, text("state")?);
    Ok(Entry {
        id: text("id")?,
        guild_id: unsigned(row, "guild_id")?,
        member_id: unsigned(row, "member_id")?,
        thing: Thing {
            account: account.parse().map_err(unreadable)?,
            region: region.parse().map_err(unreadable)?,
            kind: kind_of(&kind)?,
            name: text("name")?,
        },
        state: state_of(&state)?,
        stretches: serde_json::from_str(&text("stretches")?).map_err(unreadable)?,
        allowance: Money::micros(row.try_get("allowance")?),
        planned_at: row.try_get("planned_at")?,
        reserved_until: row.try_get("reserved_until")?,
        ended_at: row.try_get("ended_at")?,
        attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).map_err(unreadable)?,
        due_at: row.try_get("due_at")?,
        told: row.try_get::<i64, _>("told")? != 0,
    })
}

fn unsigned(row: &AnyRow, column: &str) -> Result<u64, sqlx::Error> {
    Ok(row.try_get::<i64, _>(column)? as u64)
}

fn json(value: &impl serde::Serialize) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

/// A word in the database that was not written by us.
#[derive(Debug, thiserror::Error)]
#[error("the ledger holds a word that is none of ours")]
struct UnknownWord;

fn kind_of(word: &str) -> Result<Kind, sqlx::Error> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word);
    kind.ok_or_else(|| unreadable(UnknownWord))
}

const STATES: [(State, &str); 5] = [
    (State::Planned, "planned"),
    (State::Live, "live"),
    (State::Going, "going"),
    (State::Quarantined, "quarantined"),
    (State::Gone, "gone"),
];

fn state_word(state: State) -> &'static str {
    STATES
        .into_iter()
        .find(|(known, _)| *known == state)
        .map_or("gone", |(_, word)| word)
}

fn state_of(word: &str) -> Result<State, sqlx::Error> {
    let state = STATES.into_iter().find(|(_, known)| *known == word);
    state
        .map(|(state, _)| state)
        .ok_or_else(|| unreadable(UnknownWord))
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
