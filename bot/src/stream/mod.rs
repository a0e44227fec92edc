//! A member's streams from chat: each command acts in the member's own sandbox and shows in the channel what the stream
//! did. Mistakes and credentials are told to the member alone.

use sandbox::streams::Streams;
use sandbox::{Region, Tenant};

use crate::call::Call;
use crate::tenant::{self, TenantError};

pub mod cards;
pub mod commands;
mod load;
mod look;
mod moment;
mod pictures;
pub mod say;
mod store;
pub mod watch;
pub mod words;

/// The caller's streams in a region.
pub async fn streams(call: &Call, region: Region) -> Result<(Tenant, Streams), TenantError> {
    let tenant = tenant::of(call).await?;
    let streams = call.app.sandbox.streams(&tenant, region);
    Ok((tenant, streams))
}
