//! Reading cohorts and enrolments. What changes them is in `cohort/store.rs` and, for schedules, in `schedule`.

use std::str::FromStr;

use chrono_tz::Tz;
use sqlx::Row;
use sqlx::any::AnyRow;
use store::Store;

use super::{Cohort, CohortState, Membership};

const COLUMNS: &str = "c.id, c.guild_id, c.name, c.track, c.path, c.channel_id, c.moderator_role_id, c.ping_role_id, \
     c.cron, c.timezone, c.modules_per_post, c.state, c.decided_until";

/// Every cohort of a guild, by name.
pub async fn in_guild(store: &Store, guild_id: u64) -> Result<Vec<Cohort>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM cohort c WHERE c.guild_id = $1 ORDER BY c.name_key");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(guild_id as i64)
        .fetch_all(store.read())
        .await?;
    rows.iter().map(cohort).collect()
}

/// One cohort.
pub async fn by_id(store: &Store, id: &str) -> Result<Option<Cohort>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM cohort c WHERE c.id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(id)
        .fetch_optional(store.read())
        .await?;
    row.as_ref().map(cohort).transpose()
}

/// One cohort of a guild by its name, ignoring case.
pub async fn by_name(store: &Store, guild_id: u64, name: &str) -> Result<Option<Cohort>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM cohort c WHERE c.guild_id = $1 AND c.name_key = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(guild_id as i64)
        .bind(name.trim().to_lowercase())
        .fetch_optional(store.read())
        .await?;
    row.as_ref().map(cohort).transpose()
}

/// Every cohort that is on its schedule, in every guild.
pub async fn all_active(store: &Store) -> Result<Vec<Cohort>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM cohort c WHERE c.state = 'active' ORDER BY c.id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .fetch_all(store.read())
        .await?;
    rows.iter().map(cohort).collect()
}

/// Every cohort there is, on its schedule or not.
pub async fn all(store: &Store) -> Result<Vec<Cohort>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM cohort c ORDER BY c.guild_id, c.name_key");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .fetch_all(store.read())
        .await?;
    rows.iter().map(cohort).collect()
}

/// A member's cohorts in a guild, the one joined last first.
pub async fn of_member(store: &Store, guild_id: u64, member_id: u64) -> Result<Vec<Membership>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS}, e.path AS own_path FROM cohort c JOIN enrolment e ON e.cohort_id = c.id
         WHERE c.guild_id = $1 AND e.member_id = $2 AND e.left_at IS NULL ORDER BY e.joined_at DESC, c.id"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(guild_id as i64)
        .bind(member_id as i64)
        .fetch_all(store.read())
        .await?;
    rows.iter()
        .map(|row| {
            let cohort = cohort(row)?;
            let own: Option<String> = row.try_get("own_path")?;
            Ok(Membership {
                path: own.unwrap_or_else(|| cohort.path.clone()),
                cohort,
            })
        })
        .collect()
}

/// Whether a member is in a cohort now.
pub async fn enrolled(store: &Store, cohort_id: &str, member_id: u64) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT joined_at FROM enrolment WHERE cohort_id = $1 AND member_id = $2 AND left_at IS NULL",
    )
    .bind(cohort_id)
    .bind(member_id as i64)
    .fetch_optional(store.read())
    .await?;
    Ok(row.is_some())
}

/// Who is in a cohort now, in the order they joined.
pub async fn members(store: &Store, cohort_id: &str) -> Result<Vec<u64>, sqlx::Error> {
    let rows: Vec<(i64,)> = sqlx::query_as(
        "SELECT member_id FROM enrolment WHERE cohort_id = $1 AND left_at IS NULL ORDER BY joined_at, member_id",
    )
    .bind(cohort_id)
    .fetch_all(store.read())
    .await?;
    Ok(rows.into_iter().map(|(id,)| id as u64).collect())
}

fn cohort(row: &AnyRow) -> Result<Cohort, sqlx::Error> {
    let id = |name: &str| {
        row.try_get::<Option<i64>, _>(name)
            .map(|id| id.map(|id| id as u64))
    };
    let timezone: String = row.try_get("timezone")?;
    let state: String = row.try_get("state")?;
    Ok(Cohort {
        id: row.try_get("id")?,
        guild_id: row.try_get::<i64, _>("guild_id")? as u64,
        name: row.try_get("name")?,
        track: row.try_get("track")?,
        path: row.try_get("path")?,
        channel_id: row.try_get::<i64, _>("channel_id")? as u64,
        moderator_role_id: id("moderator_role_id")?,
        ping_role_id: id("ping_role_id")?,
        cron: row.try_get("cron")?,
        timezone: Tz::from_str(&timezone).map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        modules_per_post: row.try_get::<i64, _>("modules_per_post")? as usize,
        state: match state.as_str() {
            "paused" => CohortState::Paused,
            "finished" => CohortState::Finished,
            _ => CohortState::Active,
        },
        decided_until: row.try_get("decided_until")?,
    })
}
