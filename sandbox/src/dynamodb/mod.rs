//! DynamoDB and DynamoDB Streams as one tenant sees them. Tables, items and expressions are dynoxide's; here is what
//! surrounds them: names and ARNs of the tenant's own, quotas, expiry, transactions that come twice, and the streams,
//! which are kept beside the tables in the same file (see [`database`]). Who the tenant is was settled before, in `front`.

mod account;
mod change;
mod database;
mod describe;
mod engine;
mod expiry;
mod iterator;
mod look;
mod name;
mod once;
mod projection;
mod refusal;
pub mod rows;
mod streams;
mod tables;

use std::sync::Arc;

use serde_json::Value;

pub use account::Account;
pub use look::{Table, TableChange};

use crate::region::Region;
use crate::tenant::Tenant;
use crate::token::Sealer;
use crate::wire::{Refusal, Reply};
use engine::Engine;

/// One authenticated request.
pub struct Call {
    pub tenant: Tenant,
    pub region: Region,
    /// Whether it is one of DynamoDB Streams.
    pub of_streams: bool,
    /// The operation's name, as in `X-Amz-Target` after the dot.
    pub operation: String,
    pub body: Value,
    /// How long the body was as it came.
    pub length: usize,
}

/// Serves a call on its tenant's loaded account.
pub async fn serve(account: Arc<crate::account::Account>, call: Call) -> Result<Reply, Refusal> {
    let engine = account.dynamodb.engine(call.region).await.map_err(|error| {
        tracing::error!(account = %call.tenant.account_id, region = %call.region, error = &error as &dyn std::error::Error, "tables could not be opened");
        refusal::internal()
    })?;
    let answer = if call.of_streams {
        of_streams(&engine, call).await
    } else {
        of_tables(&account, &engine, call).await
    };
    answer.map(Reply::Value)
}

async fn of_tables(account: &crate::account::Account, engine: &Engine, call: Call) -> Result<Value, Refusal> {
    let Call {
        operation,
        mut body,
        length,
        ..
    } = call;
    engine.place.own_tables(&operation, &mut body)?;
    if tables::stores(&operation) {
        account.dynamodb.within(length, account.room().await)?;
    }
    let creating = if operation == "CreateTable" {
        let alone = account.dynamodb.creating.lock().await;
        account.dynamodb.one_table_more().await?;
        Some(alone)
    } else {
        None
    };
    let place = engine.place.clone();
    let answer = engine
        .run(move |database| tables::perform(database, &place, &operation, body))
        .await;
    drop(creating);
    answer
}

async fn of_streams(engine: &Engine, call: Call) -> Result<Value, Refusal> {
    let asked = streams::Asked {
        place: engine.place.clone(),
        sealer: Sealer::new(&call.tenant, call.region, "dynamodbstreams"),
        operation: call.operation,
    };
    engine
        .run(move |database| asked.perform(database, &call.body))
        .await
}
