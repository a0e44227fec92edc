//! Tenants and reading positions; watches are in `watch`.

pub mod watch;

use ::store::Store;
use sandbox::streams::Position;
use sandbox::{Region, Tenant};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::TenantError;
use crate::clock::real_ms;
use crate::seal::Seal;

/// A member's tenant in a guild.
pub async fn tenant(
    store: &Store,
    seal: &Seal,
    guild_id: u64,
    member_id: u64,
) -> Result<Option<Tenant>, TenantError> {
    let row = sqlx::query(
        "SELECT guild_id, member_id, account_id, access_key, secret_sealed FROM tenant
         WHERE guild_id = $1 AND member_id = $2",
    )
    .bind(guild_id as i64)
    .bind(member_id as i64)
    .fetch_optional(store.read())
    .await?;
    row.map(|row| opened(&row, seal)).transpose()
}

/// The tenant with this access key.
pub async fn by_access_key(
    store: &Store,
    seal: &Seal,
    access_key: &str,
) -> Result<Option<Tenant>, TenantError> {
    let row = sqlx::query(
        "SELECT guild_id, member_id, account_id, access_key, secret_sealed FROM tenant WHERE access_key = $1",
    )
    .bind(access_key)
    .fetch_optional(store.read())
    .await?;
    row.map(|row| opened(&row, seal)).transpose()
}

/// Writes a new tenant, unless there is one already.
pub async fn insert(store: &Store, seal: &Seal, guild_id: u64, member_id: u64) -> Result<(), TenantError> {
    let fresh = Tenant::generate(member_id.to_string());
    let sealed = seal.seal(&fresh.secret_access_key, fresh.account_id.as_str())?;
    let mut tx = store.begin().await?;
    sqlx::query(
        "INSERT INTO tenant (guild_id, member_id, account_id, access_key, secret_sealed, created_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(guild_id as i64)
    .bind(member_id as i64)
    .bind(fresh.account_id.as_str())
    .bind(&fresh.access_key_id)
    .bind(sealed)
    .bind(real_ms())
    .execute(&mut *tx)
    .await?;
    Ok(tx.commit().await?)
}

fn opened(row: &AnyRow, seal: &Seal) -> Result<Tenant, TenantError> {
    let account: String = row.try_get("account_id")?;
    let sealed: String = row.try_get("secret_sealed")?;
    Ok(Tenant {
        member: (row.try_get::<i64, _>("member_id")? as u64).to_string(),
        secret_access_key: seal.open_sealed(&sealed, &account)?,
        account_id: account.parse()?,
        access_key_id: row.try_get("access_key")?,
    })
}

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
