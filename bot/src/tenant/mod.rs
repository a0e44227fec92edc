//! A member's sandbox as the database knows it: its account id and keys, made at first use, the secret sealed. What is in the
//! sandbox is not here.

use ::store::Store;
use sandbox::Tenant;

use crate::call::Call;
use crate::seal::{Seal, SealError};

mod directory;
mod store;

pub use directory::Tenants;

/// Why a member's sandbox could not be had.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// The database.
    #[error("the tenant could not be read or written")]
    Database(#[from] sqlx::Error),
    /// The secret.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A row that was not written by us.
    #[error("the tenant's account id is not one")]
    Account(#[from] sandbox::NotAnAccountId),
}

/// The caller's own sandbox, made at first use.
pub async fn of(call: &Call) -> Result<Tenant, TenantError> {
    of_member(&call.app.store, &call.app.seal, call.guild_id, call.member_id).await
}

/// A member's sandbox in a guild, made at first use. One for each guild, so that no guild sees another's data.
pub async fn of_member(
    store: &Store,
    seal: &Seal,
    guild_id: u64,
    member_id: u64,
) -> Result<Tenant, TenantError> {
    if let Some(tenant) = store::tenant(store, seal, guild_id, member_id).await? {
        return Ok(tenant);
    }
    // Another process may make it at the same moment: whoever writes first wins, and both read what was written.
    // A drawn account id that is taken already is simply drawn again at the next try.
    store::insert(store, seal, guild_id, member_id).await?;
    store::tenant(store, seal, guild_id, member_id)
        .await?
        .ok_or_else(|| sqlx::Error::RowNotFound.into())
}
