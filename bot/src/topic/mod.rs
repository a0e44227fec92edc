//! A member's SNS topics from chat: what is published goes to every queue that subscribes, unless a filter keeps it out,
//! and the picture shows which got it. Mistakes are told to the member alone.

use discord::Failure;
use sandbox::queues::Queues;
use sandbox::topics::{Topic, Topics};
use sandbox::{Region, Tenant};

use crate::call::Call;
use crate::tenant::TenantError;

mod cards;
pub mod commands;
mod filter;
mod pictures;
mod words;

/// The caller's topics in a region, and the queues there.
struct Own {
    tenant: Tenant,
    region: Region,
    topics: Topics,
    queues: Queues,
}

impl Own {
    async fn of(call: &Call, region: Region) -> Result<Self, TenantError> {
        let tenant = crate::tenant::of(call).await?;
        let sandbox = &call.app.sandbox;
        Ok(Self {
            topics: sandbox.topics(&tenant, region),
            queues: sandbox.queues(&tenant, region),
            tenant,
            region,
        })
    }

    /// The topic of this name, or words on how to get one.
    async fn find(&self, name: &str) -> Result<Topic, Failure> {
        self.topics.find(name).await.map_err(words::failure)
    }
}
