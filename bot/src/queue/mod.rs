//! A member's queues from chat: each command acts in the member's own sandbox and shows in the channel what the queue
//! did. A message that was received is kept with its receipt handle in the database, so that its button works whenever it
//! is pressed. Mistakes are told to the member alone.

use sandbox::queues::{Queue, Queues, Seen};
use sandbox::{Region, SandboxError, Tenant};

use crate::call::Call;
use crate::tenant::TenantError;

mod ack;
mod cards;
pub mod commands;
mod pictures;
mod press;
mod store;
mod words;

pub use press::press;
pub use words::failure;

/// The caller's queues in a region.
struct Own {
    tenant: Tenant,
    region: Region,
    queues: Queues,
}

impl Own {
    async fn of(call: &Call, region: Region) -> Result<Self, TenantError> {
        let tenant = crate::tenant::of(call).await?;
        let queues = call.app.sandbox.queues(&tenant, region);
        Ok(Self {
            tenant,
            region,
            queues,
        })
    }

    /// The queue of this name, or words on how to get one.
    async fn find(&self, name: &str) -> Result<Queue, discord::Failure> {
        self.queues.find(name).await.map_err(failure)
    }

    /// What is in a queue, without receiving it. `None` where the sandbox is in AWS, which shows nobody.
    async fn messages(&self, call: &Call, queue: &Queue) -> Result<Option<Vec<Seen>>, SandboxError> {
        let sandbox = &call.app.sandbox;
        match sandbox
            .messages(&self.tenant.account_id, self.region, &queue.name)
            .await
        {
            Err(SandboxError::OnlyEmbedded) => Ok(None),
            seen => seen.map(Some),
        }
    }
}
