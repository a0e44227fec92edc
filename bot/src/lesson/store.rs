//! Bookmarks, the day's greeting, and a member's own path.

use ::store::Store;
use chrono::NaiveDate;
use lessons::ModuleId;

/// The page, from 0, on which a member stopped reading.
pub async fn bookmark(
    store: &Store,
    cohort_id: &str,
    member_id: u64,
    module: &ModuleId,
) -> Result<usize, sqlx::Error> {
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT page FROM bookmark WHERE cohort_id = $1 AND member_id = $2 AND module = $3")
            .bind(cohort_id)
            .bind(member_id as i64)
            .bind(module.as_str())
            .fetch_optional(store.read())
            .await?;
    Ok(row.map_or(0, |(page,)| usize::try_from(page).unwrap_or(0)))
}

/// Remembers where a member reads.
pub async fn put_bookmark(
    store: &Store,
    cohort_id: &str,
    member_id: u64,
    module: &ModuleId,
    page: usize,
    at: i64,
) -> Result<(), sqlx::Error> {
    let mut tx = store.begin().await?;
    sqlx::query(
        "INSERT INTO bookmark (cohort_id, member_id, module, page, at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (cohort_id, member_id, module) DO UPDATE SET page = excluded.page, at = excluded.at",
    )
    .bind(cohort_id)
    .bind(member_id as i64)
    .bind(module.as_str())
    .bind(page as i64)
    .bind(at)
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

/// Whether this is the member's first command on `today`; says yes once a day.
pub async fn greet_once(
    store: &Store,
    guild_id: u64,
    member_id: u64,
    today: NaiveDate,
) -> Result<bool, sqlx::Error> {
    let today = today.to_string();
    let row: Option<(String,)> =
        sqlx::query_as("SELECT local_date FROM greeting WHERE guild_id = $1 AND member_id = $2")
            .bind(guild_id as i64)
            .bind(member_id as i64)
            .fetch_optional(store.read())
            .await?;
    if row.is_some_and(|(day,)| day == today) {
        return Ok(false);
    }
    let mut tx = store.begin().await?;
    let done = sqlx::query(
        "INSERT INTO greeting (guild_id, member_id, local_date) VALUES ($1, $2, $3)
         ON CONFLICT (guild_id, member_id) DO UPDATE SET local_date = excluded.local_date
         WHERE greeting.local_date <> excluded.local_date",
    )
    .bind(guild_id as i64)
    .bind(member_id as i64)
    .bind(&today)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(done.rows_affected() == 1)
}

/// From now on the member follows this path.
pub async fn choose_path(
    store: &Store,
    cohort_id: &str,
    member_id: u64,
    path: &str,
) -> Result<(), sqlx::Error> {
    let mut tx = store.begin().await?;
    sqlx::query("UPDATE enrolment SET path = $3 WHERE cohort_id = $1 AND member_id = $2")
        .bind(cohort_id)
        .bind(member_id as i64)
        .bind(path)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}
