//! A database as Tributary keeps it, filled: made by Tributary's own migrations, then by plain statements.

use std::path::Path;

use sqlx::AnyConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use store::Store;

use crate::world::{CHANNEL, GUILD};

/// The cohort that interactions are about.
pub const COHORT: &str = "bench";
/// The first member's id; the others follow.
pub const FIRST_MEMBER: u64 = 1_200_000_000_000_000_000;
/// The Monday of a week long ago, whose totals are filled too.
pub const WEEK: &str = "2026-01-05";

/// Where the database in a folder is.
pub fn url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("tributary.db").display())
}

/// Makes a database with one cohort of this many members, each with points and a name.
pub async fn cohort(url: &str, members: u64) -> anyhow::Result<()> {
    Store::open(url).await?.close().await;
    let mut db = AnyConnection::connect(url).await?;
    insert_cohort(&mut db, COHORT, "bench", CHANNEL, "0 9 * * 1", i64::MAX / 4).await?;
    // One statement per table: a recursive count is the same on SQLite and PostgreSQL.
    let count =
        format!("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {members})");
    let points = "(i * 7919) % 1021 + 1";
    for (table, columns, values) in [
        (
            "enrolment",
            "cohort_id, member_id, joined_at",
            format!("'{COHORT}', {FIRST_MEMBER} + i, i"),
        ),
        (
            "member_name",
            "guild_id, member_id, name",
            format!("{GUILD}, {FIRST_MEMBER} + i, 'member-' || CAST({FIRST_MEMBER} + i AS TEXT)"),
        ),
        (
            "total",
            "cohort_id, member_id, points, last_at",
            format!("'{COHORT}', {FIRST_MEMBER} + i, {points}, i"),
        ),
        (
            "week_total",
            "cohort_id, week, member_id, points, last_at",
            format!("'{COHORT}', '{WEEK}', {FIRST_MEMBER} + i, {points}, i"),
        ),
    ] {
        let sql = format!("{count} INSERT INTO {table} ({columns}) SELECT {values} FROM n");
        sqlx::query(AssertSqlSafe(sql)).execute(&mut db).await?;
    }
    for (week, table) in [("''", "total"), ("week", "week_total")] {
        let sql = format!(
            "INSERT INTO points_count (cohort_id, week, points, members)
             SELECT cohort_id, {week}, points, COUNT(*) FROM {table} GROUP BY cohort_id, {week}, points"
        );
        sqlx::query(AssertSqlSafe(sql)).execute(&mut db).await?;
    }
    db.close().await?;
    Ok(())
}

/// Gives a database its old journal back: the SQLite of WebAssembly, which Node uses here, cannot read a write-ahead log.
pub async fn without_wal(url: &str) -> anyhow::Result<()> {
    let mut db = AnyConnection::connect(url).await?;
    sqlx::query("PRAGMA journal_mode = DELETE")
        .execute(&mut db)
        .await?;
    db.close().await?;
    Ok(())
}

/// Makes a database with this many cohorts, each with a channel of its own and the same cron line.
pub async fn cohorts(url: &str, count: u64, cron: &str, decided_until: i64) -> anyhow::Result<()> {
    Store::open(url).await?.close().await;
    let mut db = AnyConnection::connect(url).await?;
    let mut all = db.begin().await?;
    for n in 0..count {
        let (id, channel) = (format!("cohort-{n}"), CHANNEL + 1_000 + n);
        insert_cohort(&mut all, &id, &id, channel, cron, decided_until).await?;
    }
    all.commit().await?;
    db.close().await?;
    Ok(())
}

async fn insert_cohort(
    db: &mut AnyConnection,
    id: &str,
    name: &str,
    channel: u64,
    cron: &str,
    decided_until: i64,
) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO cohort (id, guild_id, name, name_key, track, path, channel_id, cron, timezone, modules_per_post,
             state, decided_until, created_by, created_at)
         VALUES ($1, $2, $3, $3, 'streams-15', 'full-coverage', $4, $5, 'UTC', 1, 'active', $6, 1, 0)",
    )
    .bind(id)
    .bind(GUILD as i64)
    .bind(name)
    .bind(channel as i64)
    .bind(cron)
    .bind(decided_until)
    .execute(db)
    .await?;
    Ok(())
}
