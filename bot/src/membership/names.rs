//! What members are called. Kept because Discord shows a mention by name only to who has met the member.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use ::store::Store;
use discord::text;
use sqlx::AssertSqlSafe;

use crate::app::App;
use crate::call::Call;

/// What was written last in this process, by (guild, member); bounded by starting over.
#[derive(Debug, Default)]
pub struct Names(Mutex<HashMap<(u64, u64), String>>);

/// More members than this, and the memory is started afresh: it only spares writes.
const KEPT: usize = 100_000;

impl Names {
    /// Whether this name is new, and from now on known.
    fn changed(&self, guild_id: u64, member_id: u64, name: &str) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known
            .get(&(guild_id, member_id))
            .is_some_and(|before| before == name)
        {
            return false;
        }
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert((guild_id, member_id), name.to_owned());
        true
    }
}

/// Writes down what the caller is called, where that changed.
pub(super) async fn keep(call: &Call) -> Result<(), sqlx::Error> {
    call_member(&call.app, call.guild_id, call.member_id, &call.name).await
}

/// Writes down what a member is called, where that changed.
pub async fn call_member(app: &App, guild_id: u64, member_id: u64, name: &str) -> Result<(), sqlx::Error> {
    if !app.names.changed(guild_id, member_id, name) {
        return Ok(());
    }
    let mut tx = app.store.begin().await?;
    sqlx::query(
        "INSERT INTO member_name (guild_id, member_id, name) VALUES ($1, $2, $3)
         ON CONFLICT (guild_id, member_id) DO UPDATE SET name = excluded.name",
    )
    .bind(guild_id as i64)
    .bind(member_id as i64)
    .bind(name)
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

/// How to show a member: by name, escaped; by mention where no name is known, or nothing of it can be seen.
pub fn shown(name: Option<&str>, member_id: u64) -> String {
    name.and_then(|name| text::name(name, 40))
        .unwrap_or_else(|| text::member(member_id))
}

/// How to show these members.
pub async fn names(
    store: &Store,
    guild_id: u64,
    members: &[u64],
) -> Result<BTreeMap<u64, String>, sqlx::Error> {
    let mut known: BTreeMap<u64, String> = members.iter().map(|id| (*id, shown(None, *id))).collect();
    for some in members.chunks(AT_ONCE) {
        // Always as many placeholders, so that it stays one prepared statement; nobody has the id 0.
        let holes: Vec<String> = (2..AT_ONCE + 2).map(|n| format!("${n}")).collect();
        let sql = format!(
            "SELECT member_id, name FROM member_name WHERE guild_id = $1 AND member_id IN ({})",
            holes.join(", ")
        );
        let mut query = sqlx::query_as(AssertSqlSafe(sql)).bind(guild_id as i64);
        for place in 0..AT_ONCE {
            query = query.bind(some.get(place).map_or(0, |id| *id as i64));
        }
        let rows: Vec<(i64, String)> = query.fetch_all(store.read()).await?;
        for (member, name) in rows {
            known.insert(member as u64, shown(Some(&name), member as u64));
        }
    }
    Ok(known)
}

/// How many members one query names: a leaderboard's ten, and who asked.
const AT_ONCE: usize = 11;
