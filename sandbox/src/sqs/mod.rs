//! SQS as one tenant sees it. Our own engine: what the lessons teach (visibility, order, redelivery, dead letters) is
//! what other emulators get wrong. Who the tenant is was settled before, in `front`.
//!
//! A call is read by its operation's file (`queues`, `send`, `receive`, `done`, `moves`), decided on the [`state`] at a given
//! time, and becomes changes: made in memory, appended to the journal, and only then answered. Behaviour follows the
//! Amazon SQS API Reference and Developer Guide.

mod account;
mod batch;
mod deliver;
mod done;
mod engine;
mod handle;
mod message;
mod moves;
mod name;
mod queue;
mod queues;
mod receive;
mod redrive;
mod refusal;
pub mod rows;
mod seen;
mod send;
mod settings;
mod state;
mod tags;
mod task;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use account::Account;
pub use deliver::{Delivery, Outcome};
pub use engine::Engine;
pub use message::{Attribute, Data};
pub use seen::{Seen, SeenState};

use crate::region::Region;
use crate::tenant::Tenant;
use crate::token::Sealer;
use crate::wire::{Refusal, Reply};

/// One authenticated request.
pub struct Call {
    pub tenant: Tenant,
    pub region: Region,
    /// The operation's name, as in `X-Amz-Target` after the dot.
    pub operation: String,
    pub body: Value,
    /// The host the caller used; it goes into queue URLs.
    pub host: String,
    /// Whether a standard queue, which promises no order, hands out its newest messages first.
    pub newest_first: bool,
}

/// What an operation works with.
struct Context {
    account: Arc<crate::account::Account>,
    engine: Arc<Engine>,
    sealer: Sealer,
    operation: String,
    host: String,
    newest_first: bool,
}

impl Context {
    /// The name of the queue that a URL is of.
    fn queue_at<'a>(&self, url: Option<&'a str>) -> Result<&'a str, Refusal> {
        let url = url
            .filter(|url| !url.is_empty())
            .ok_or_else(|| refusal::missing("QueueUrl"))?;
        self.engine.place.name_in_url(url, &self.operation)
    }
}

/// Serves a call on its tenant's loaded account.
pub async fn serve(account: Arc<crate::account::Account>, call: Call) -> Result<Reply, Refusal> {
    let Call {
        tenant,
        region,
        operation,
        body,
        host,
        newest_first,
    } = call;
    let engine = account.sqs.engine(region).await.map_err(|error| {
        tracing::error!(account = %tenant.account_id, %region, error = &error as &dyn std::error::Error, "queues could not be loaded");
        Refusal::internal()
    })?;
    let context = Context {
        account,
        engine,
        sealer: Sealer::new(&tenant, region, "sqs"),
        operation,
        host,
        newest_first,
    };
    match context.operation.as_str() {
        "CreateQueue" => queues::create(&context, input(body)?).await,
        "DeleteQueue" => queues::delete(&context, input(body)?).await,
        "GetQueueUrl" => queues::url(&context, &input(body)?),
        "ListQueues" => queues::list(&context, &input(body)?),
        "GetQueueAttributes" => queues::attributes(&context, &input(body)?),
        "SetQueueAttributes" => queues::set_attributes(&context, input(body)?).await,
        "PurgeQueue" => queues::purge(&context, input(body)?).await,
        "ListDeadLetterSourceQueues" => queues::dead_letter_sources(&context, &input(body)?),
        "TagQueue" => tags::tag(&context, input(body)?).await,
        "UntagQueue" => tags::untag(&context, input(body)?).await,
        "ListQueueTags" => tags::list(&context, &input(body)?),
        "AddPermission" => tags::add_permission(&context, input(body)?).await,
        "RemovePermission" => tags::remove_permission(&context, input(body)?).await,
        "SendMessage" => send::one(&context, input(body)?).await,
        "SendMessageBatch" => send::batch(&context, input(body)?).await,
        "ReceiveMessage" => receive::receive(&context, input(body)?).await,
        "DeleteMessage" => done::delete(&context, input(body)?).await,
        "DeleteMessageBatch" => done::delete_batch(&context, input(body)?).await,
        "ChangeMessageVisibility" => done::keep(&context, input(body)?).await,
        "ChangeMessageVisibilityBatch" => done::keep_batch(&context, input(body)?).await,
        "StartMessageMoveTask" => moves::start(&context, input(body)?).await,
        "ListMessageMoveTasks" => moves::list(&context, &input(body)?),
        "CancelMessageMoveTask" => moves::cancel(&context, input(body)?).await,
        _ => Err(Refusal::new(
            "UnknownOperationException",
            "SQS has no such operation.",
        )),
    }
}

/// A request's body as what its operation takes.
fn input<T: DeserializeOwned>(body: Value) -> Result<T, Refusal> {
    serde_json::from_value(body).map_err(|error| {
        Refusal::new(
            "SerializationException",
            format!("The request cannot be read: {error}."),
        )
    })
}
