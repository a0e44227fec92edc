//! SNS as one tenant sees it. Our own engine: topics whose messages go straight into the tenant's own queues of the same
//! region, and nowhere else: no request ever leaves for an address that a member chose. Who the tenant is was settled
//! before, in `front`.
//!
//! A call is read by its operation's file (`topics`, `subscriptions`, `publish`, `permissions`, `tags`), decided on the
//! [`state`] at a given time, and becomes changes: made in memory, appended to the journal, and only then answered.
//! Behaviour follows the Amazon SNS API Reference and Developer Guide.

mod account;
mod arn;
mod attribute;
mod engine;
mod envelope;
mod filter;
mod message;
mod pattern;
mod permissions;
mod publish;
mod refusal;
pub mod rows;
mod state;
mod subscription;
mod subscriptions;
mod tags;
mod topic;
mod topics;
mod wildcard;

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

pub use account::Account;

use crate::query::{Params, Xml};
use crate::region::Region;
use crate::sqs;
use crate::tenant::Tenant;
use crate::token::Sealer;
use crate::wire::{Refusal, Reply};
use engine::Engine;
use state::State;

/// One authenticated request.
pub struct Call {
    pub tenant: Tenant,
    pub region: Region,
    /// The operation's name, as in `Action`.
    pub operation: String,
    pub body: Value,
    /// The host the caller used; it goes into the URL for unsubscribing.
    pub host: String,
}

/// What an operation works with.
struct Context {
    account: Arc<crate::account::Account>,
    engine: Arc<Engine>,
    /// The queues of the same account and region.
    queues: Arc<sqs::Engine>,
    sealer: Sealer,
    operation: String,
    params: Params,
    host: String,
}

/// What an operation answers: many answer nothing.
type Answer = Result<Option<Xml>, Refusal>;

/// Serves a call on its tenant's loaded account.
pub async fn serve(account: Arc<crate::account::Account>, call: Call) -> Result<Reply, Refusal> {
    let Call {
        tenant,
        region,
        operation,
        body,
        host,
    } = call;
    let loaded = async {
        Ok((
            account.sns.engine(region).await?,
            account.sqs.engine(region).await?,
        ))
    };
    let (engine, queues) = loaded.await.map_err(|error: crate::regional::LoadError| {
        tracing::error!(account = %tenant.account_id, %region, error = &error as &dyn std::error::Error, "topics could not be loaded");
        Refusal::internal()
    })?;
    let context = Context {
        account,
        engine,
        queues,
        sealer: Sealer::new(&tenant, region, "sns"),
        operation,
        params: Params::of(body),
        host,
    };
    let result = perform(&context).await?;
    Ok(Reply::Xml {
        operation: context.operation,
        result,
    })
}

async fn perform(context: &Context) -> Answer {
    match context.operation.as_str() {
        "CreateTopic" => topics::create(context).await,
        "DeleteTopic" => topics::delete(context).await,
        "ListTopics" => topics::list(context),
        "GetTopicAttributes" => topics::attributes(context),
        "SetTopicAttributes" => topics::set_attribute(context).await,
        "Subscribe" => subscriptions::subscribe(context).await,
        "ConfirmSubscription" => subscriptions::confirm(context),
        "Unsubscribe" => subscriptions::unsubscribe(context).await,
        "ListSubscriptions" => subscriptions::list(context),
        "ListSubscriptionsByTopic" => subscriptions::list_by_topic(context),
        "GetSubscriptionAttributes" => subscriptions::attributes(context),
        "SetSubscriptionAttributes" => subscriptions::set_attribute(context).await,
        "Publish" => publish::one(context).await,
        "PublishBatch" => publish::batch(context).await,
        "AddPermission" => permissions::add(context).await,
        "RemovePermission" => permissions::remove(context).await,
        "TagResource" => tags::tag(context).await,
        "UntagResource" => tags::untag(context).await,
        "ListTagsForResource" => tags::list(context),
        "" => Err(Refusal::new(
            "MissingAction",
            "The request is missing an action or a required parameter.",
        )),
        operation => Err(unknown(operation)),
    }
}

fn unknown(operation: &str) -> Refusal {
    let shown: String = operation
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(64)
        .collect();
    Refusal::new(
        "InvalidAction",
        format!(
            "The sandbox has no operation {shown} of SNS: it has topics and queues, not text messages, mail or mobile \
             devices."
        ),
    )
}

impl Context {
    /// The name of the topic that is called for.
    fn topic(&self) -> Result<&str, Refusal> {
        let arn = self.params.text("TopicArn").unwrap_or_default();
        self.engine.place.topic_in(arn, "TopicArn", &self.operation)
    }

    /// The attributes given with a creation.
    fn attributes(&self) -> BTreeMap<String, String> {
        let pairs = self.params.pairs("Attributes.entry", "key", "value");
        pairs.into_iter().collect()
    }

    /// Refuses what the account has no room for.
    async fn check_room(&self, bytes: u64) -> Result<(), Refusal> {
        if bytes <= self.account.room().await {
            Ok(())
        } else {
            Err(refusal::full())
        }
    }

    /// A page of a list of elements by name: up to a hundred, and the token of the next. A token is the last name given,
    /// sealed.
    fn page(&self, name: &str, names: impl FnOnce(&State) -> Vec<(String, Xml)>) -> Answer {
        const PAGE: usize = 100;
        let after = match self.params.text("NextToken") {
            None | Some("") => None,
            Some(token) => Some(
                self.open(token)
                    .ok_or_else(|| refusal::because("NextToken", "It is not a token of this list"))?,
            ),
        };
        let mut rest = self.engine.look(names).into_iter();
        let mut rest = rest
            .by_ref()
            .filter(|(name, _)| after.as_ref().is_none_or(|after| name > after));
        let page: Vec<(String, Xml)> = rest.by_ref().take(PAGE).collect();
        let next = match page.last() {
            Some((end, _)) if rest.next().is_some() => self.sealer.seal(end).map(|t| STANDARD.encode(t)),
            _ => None,
        };
        let answer = Xml::new().list(name, page.into_iter().map(|(_, element)| element));
        Ok(Some(answer.maybe("NextToken", next.as_deref())))
    }
    fn open(&self, token: &str) -> Option<String> {
        let whole = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
        self.sealer.open(&whole).map(str::to_owned)
    }
}
