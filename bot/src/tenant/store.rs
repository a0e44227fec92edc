//! Tenants in the database, their secrets sealed.

use ::store::Store;
use sandbox::Tenant;
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
