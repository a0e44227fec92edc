//! Reading positions; watches are in `watch`.

pub mod watch;

use ::store::Store;
use sandbox::streams::Position;
use sandbox::{Region, Tenant};

/// How far a member has read this very stream; the beginning where it was not read yet.
pub async fn position(
    store: &Store,
    tenant: &Tenant,
    region: Region,
    stream: &str,
    created_at: i64,
) -> Result<Position, sqlx::Error> {
    let row: Option<(String,)> = sqlx::query_as(
        "SELECT position FROM stream_position
         WHERE account_id = $1 AND region = $2 AND stream = $3 AND created_at = $4",
    )
    .bind(tenant.account_id.as_str())
    .bind(region.as_str())
    .bind(stream)
    .bind(created_at)
    .fetch_optional(store.read())
    .await?;
    match row {
        Some((json,)) => serde_json::from_str(&json).map_err(|error| sqlx::Error::Decode(Box::new(error))),
        None => Ok(Position::default()),
    }
}

/// Forgets how far a member has read anything.
pub async fn forget_reading(store: &Store, tenant: &Tenant) -> Result<(), sqlx::Error> {
    let mut tx = store.begin().await?;
    sqlx::query("DELETE FROM stream_position WHERE account_id = $1")
        .bind(tenant.account_id.as_str())
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// Remembers how far a member has read.
pub async fn put_position(
    store: &Store,
    tenant: &Tenant,
    region: Region,
    stream: &str,
    created_at: i64,
    position: &Position,
) -> Result<(), sqlx::Error> {
    let json = serde_json::to_string(position).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let mut tx = store.begin().await?;
    sqlx::query(
        "INSERT INTO stream_position (account_id, region, stream, created_at, position) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account_id, region, stream) DO UPDATE SET
             created_at = excluded.created_at, position = excluded.position",
    )
    .bind(tenant.account_id.as_str())
    .bind(region.as_str())
    .bind(stream)
    .bind(created_at)
    .bind(json)
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}
