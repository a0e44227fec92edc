//! Kinesis as one tenant sees it: which operations are reads, puts or changes, and what is mended on the way
//! in and out (foreign ARNs, iterators, child shards). Who the tenant is was settled before, in `front`.

mod account;
mod arn;
mod changes;
mod consumers;
mod control;
mod describe;
mod engine;
mod entry;
mod get;
mod kept;
mod limits;
mod pages;
mod put;
pub mod rows;
mod rules;
mod subscribe;
mod subscriptions;
mod tags;

use std::sync::Arc;

use ferrokinesis::actions::Operation;
use serde_json::{Value, json};

pub use account::Account;
pub use arn::is_stream_name;
pub use engine::Behaviour;

use crate::region::Region;
use crate::tenant::Tenant;
use crate::token::Sealer;
use crate::wire::{Format, Refusal, Reply};
use engine::Engine;

/// One authenticated request.
pub struct Call {
    pub tenant: Tenant,
    pub region: Region,
    pub operation: Operation,
    pub body: Value,
    /// For the payloads of event streams.
    pub format: Format,
    /// Whether it only looks, for a picture: no reader has moved then, and nobody's share of a shard was used.
    pub look: bool,
}

/// Serves a call on its tenant's loaded account.
pub async fn serve(account: Arc<crate::account::Account>, call: Call) -> Result<Reply, Refusal> {
    let Call {
        tenant,
        region,
        operation,
        mut body,
        format,
        look,
    } = call;
    let engine = account.kinesis.engine(region).await.map_err(|error| {
        tracing::error!(account = %tenant.account_id, %region, error = &error as &dyn std::error::Error, "a sandbox could not be loaded");
        Refusal::internal()
    })?;
    let sealer = Sealer::new(&tenant, region, "kinesis");
    arn::own_only(operation, &mut body, &tenant.account_id, region)?;
    fill_in(operation, &mut body);
    open_iterator(operation, &mut body, &sealer)?;
    let body = rules::validated(operation, &body)?;
    let stream = control::stream_name(&body).to_owned();
    let answer = match operation {
        Operation::PutRecord | Operation::PutRecords => {
            let room = account.room().await;
            let (answer, stored) = account.kinesis.put(&engine, body, room).await?;
            account.held.more(stored);
            Some(answer)
        }
        Operation::SubscribeToShard => return subscribe::begin(account, engine, region, &body, format).await,
        Operation::DeregisterStreamConsumer => {
            consumers::deregister(&engine, body, &account.history, region).await?
        }
        Operation::GetRecords => {
            Some(get::records(&engine, &body, (!look).then_some(&account.history), region).await?)
        }
        operation if only_reads(operation) => {
            Some(read(&account.kinesis, &engine, operation, body, &sealer).await?)
        }
        operation => account.kinesis.change(&engine, operation, body).await?,
    };
    if operation == Operation::DeleteStream {
        account.history.forget_stream(region, &stream);
    }
    match answer {
        None => Ok(Reply::Empty),
        Some(mut value) => {
            seal_iterator(operation, &mut value, &sealer)?;
            Ok(Reply::Value(value))
        }
    }
}

/// What changes nothing.
async fn read(
    account: &Account,
    engine: &Engine,
    operation: Operation,
    body: Value,
    sealer: &Sealer,
) -> Result<Value, Refusal> {
    match operation {
        Operation::GetShardIterator => get::iterator(engine, body).await,
        Operation::DescribeStream => describe::stream(engine, &body).await,
        Operation::DescribeStreamSummary => describe::summary(engine, &body).await,
        Operation::DescribeLimits => Ok(describe::limits(engine, account.shard_quota()).await),
        Operation::DescribeStreamConsumer => consumers::describe(engine, &body).await,
        Operation::ListStreamConsumers => consumers::list(engine, &body, sealer).await,
        Operation::ListStreams => describe::streams(engine, &body, sealer).await,
        Operation::ListShards => describe::shards(engine, &body, sealer).await,
        Operation::ListTagsForStream => tags::list_of_stream(engine, &body).await,
        Operation::ListTagsForResource => control::tags_of_resource(engine, &body).await,
        Operation::GetResourcePolicy => control::policy_of(engine, &body).await,
        operation => Ok(engine.read(operation, body).await?.unwrap_or_else(|| json!({}))),
    }
}

fn only_reads(operation: Operation) -> bool {
    let name = operation.to_string();
    ["Describe", "Get", "List"]
        .iter()
        .any(|verb| name.starts_with(verb))
}

/// An on-demand stream may be asked for without a number of shards; AWS starts it with four.
fn fill_in(operation: Operation, body: &mut Value) {
    if operation == Operation::CreateStream
        && body["StreamModeDetails"]["StreamMode"] == "ON_DEMAND"
        && body["ShardCount"].is_null()
    {
        body["ShardCount"] = json!(4);
    }
}

/// An iterator comes in with a seal that only its tenant's requests can open, and goes out with one.
fn open_iterator(operation: Operation, body: &mut Value, sealer: &Sealer) -> Result<(), Refusal> {
    if operation == Operation::GetRecords
        && let Some(given) = body["ShardIterator"].as_str()
    {
        let token = sealer.open(given).ok_or_else(get::invalid_iterator)?;
        body["ShardIterator"] = json!(token);
    }
    Ok(())
}

fn seal_iterator(operation: Operation, answer: &mut Value, sealer: &Sealer) -> Result<(), Refusal> {
    let field = match operation {
        Operation::GetShardIterator => "ShardIterator",
        Operation::GetRecords => "NextShardIterator",
        _ => return Ok(()),
    };
    if let Some(token) = answer[field].as_str() {
        answer[field] = json!(sealer.seal(token).ok_or_else(Refusal::internal)?);
    }
    Ok(())
}
