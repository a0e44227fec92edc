//! A member's streams from chat: each command acts in the member's own sandbox and shows in the channel what the stream
//! did. Mistakes and credentials are told to the member alone.

use ::store::Store;
use sandbox::streams::Streams;
use sandbox::{Region, Tenant};

use crate::call::Call;
use crate::seal::{Seal, SealError};

pub mod cards;
pub mod commands;
mod load;
mod look;
mod moment;
mod pictures;
pub mod say;
mod store;
mod tenants;
pub mod watch;
pub mod words;

pub use tenants::Tenants;

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
pub async fn tenant(call: &Call) -> Result<Tenant, TenantError> {
    tenant_of(&call.app.store, &call.app.seal, call.guild_id, call.member_id).await
}

/// A member's sandbox in a guild, made at first use. One for each guild, so that no guild sees another's data.
pub async fn tenant_of(
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

/// The caller's streams in a region.
pub async fn streams(call: &Call, region: Region) -> Result<(Tenant, Streams), TenantError> {
    let tenant = tenant(call).await?;
    let streams = call.app.sandbox.streams(&tenant, region);
    Ok((tenant, streams))
}
