//! A member's DynamoDB tables from chat: items are typed as plain JSON, and the table's stream is shown as a timeline of
//! changes, before and after. Mistakes are told to the member alone.

use discord::Failure;
use sandbox::tables::{Table, Tables};
use sandbox::{Region, Tenant};

use crate::call::Call;
use crate::tenant::TenantError;

mod cards;
pub mod commands;
mod pictures;
mod words;

/// The caller's tables in a region.
struct Own {
    region: Region,
    tables: Tables,
}

impl Own {
    async fn of(call: &Call, region: Region) -> Result<Self, TenantError> {
        let tenant: Tenant = crate::tenant::of(call).await?;
        let tables = call.app.sandbox.tables(&tenant, region);
        Ok(Self { region, tables })
    }

    /// The table of this name, or words on how to get one.
    async fn find(&self, name: &str) -> Result<Table, Failure> {
        self.tables.find(name).await.map_err(words::failure)
    }
}
