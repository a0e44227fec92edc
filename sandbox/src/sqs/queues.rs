//! Queues themselves: created, found, set, emptied, deleted. Source: Amazon SQS API Reference.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::engine::Changing;
use super::queue::{Definition, Queue};
use super::settings::Settings;
use super::state::{Change, NAME_REST, State};
use super::{Context, name, refusal, tags};
use crate::wire::{Refusal, Reply};

/// How long a queue may not be emptied again, in milliseconds.
const PURGE_REST: i64 = 60_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateQueue {
    queue_name: Option<String>,
    #[serde(default)]
    attributes: Option<BTreeMap<String, String>>,
    // The one field of SQS that begins small.
    #[serde(default, rename = "tags", alias = "Tags")]
    tags: Option<BTreeMap<String, String>>,
}

pub async fn create(context: &Context, input: CreateQueue) -> Result<Reply, Refusal> {
    let name = input
        .queue_name
        .filter(|name| !name.is_empty())
        .ok_or_else(|| refusal::missing("QueueName"))?;
    let attributes = input.attributes.unwrap_or_default();
    let settings = Settings::created(&attributes)?;
    name::check(&name, settings.fifo.is_some())?;
    let tags = input.tags.unwrap_or_default();
    tags::check(&tags)?;
    let most = context.account.sqs.most_queues;
    let (existing, _) = context.account.sqs.usage().await;
    context
        .engine
        .change(|changing| {
            if let Some(queue) = changing.state.queue(&name) {
                let differs = queue
                    .definition
                    .settings
                    .first_difference(&settings, attributes.keys());
                return match differs {
                    Some(attribute) => Err(refusal::name_exists(attribute)),
                    None => Ok(()),
                };
            }
            let now = changing.now;
            if changing
                .state
                .removed_at(&name)
                .is_some_and(|removed| removed + NAME_REST > now)
            {
                return Err(refusal::deleted_recently());
            }
            if existing >= most {
                return Err(refusal::over_limit(format!(
                    "Your sandbox has {existing} queues and may have {most}. Delete one first."
                )));
            }
            check_redrive(changing.state, context, &name, &settings)?;
            changing.make(Change::Defined(Box::new(Definition {
                incarnation: changing.state.next_number(),
                name: name.clone(),
                settings,
                tags,
                created: now,
                modified: now,
                purged: None,
            })));
            Ok(())
        })
        .await?;
    Ok(Reply::Value(
        json!({ "QueueUrl": context.engine.place.url(&context.host, &name) }),
    ))
}

/// A dead-letter queue must be there, be of the same kind, and allow this source.
fn check_redrive(state: &State, context: &Context, name: &str, settings: &Settings) -> Result<(), Refusal> {
    let Some(redrive) = &settings.redrive else {
        return Ok(());
    };
    let wrong = |reason: &str| refusal::invalid_parameter("RedrivePolicy", &redrive.target, reason);
    let target = context
        .engine
        .place
        .name_in_arn(&redrive.target)
        .and_then(|target| state.queue(target))
        .ok_or_else(|| wrong("Dead letter target does not exist."))?;
    if target.definition.name == name {
        return Err(wrong("A queue cannot be its own dead-letter queue."));
    }
    if target.is_fifo() != settings.fifo.is_some() {
        return Err(wrong(
            "Dead-letter queue must be same type of queue as the source.",
        ));
    }
    let source = context.engine.place.arn(name);
    match &target.definition.settings.redrive_allow {
        Some(allow) if !allow.allows(&source) => Err(wrong(
            "The dead-letter queue's redrive allow policy does not allow this queue.",
        )),
        _ => Ok(()),
    }
}

/// Most operations are about one queue.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OneQueue {
    pub queue_url: Option<String>,
}

pub async fn delete(context: &Context, input: OneQueue) -> Result<Reply, Refusal> {
    let queue = context.queue_at(input.queue_url.as_deref())?.to_owned();
    context
        .engine
        .change(|changing| {
            changing.state.queue(&queue).ok_or_else(refusal::no_such_queue)?;
            let at = changing.now;
            changing.make(Change::Removed { queue, at });
            Ok(Reply::Empty)
        })
        .await
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetQueueUrl {
    queue_name: Option<String>,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    owner: Option<String>,
}

pub fn url(context: &Context, input: &GetQueueUrl) -> Result<Reply, Refusal> {
    let name = input
        .queue_name
        .as_deref()
        .ok_or_else(|| refusal::missing("QueueName"))?;
    let place = &context.engine.place;
    let foreign = input
        .owner
        .as_deref()
        .filter(|owner| *owner != place.account.as_str());
    if foreign.is_some() || context.engine.look(|state, _| state.queue(name).is_none()) {
        return Err(refusal::no_such_queue());
    }
    Ok(Reply::Value(
        json!({ "QueueUrl": place.url(&context.host, name) }),
    ))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListQueues {
    queue_name_prefix: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// Which part of a list is asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    max_results: Option<i64>,
    next_token: Option<String>,
}

impl Page {
    /// The names of this page, and the token of the next one. A token is the last name given, sealed.
    fn of(&self, context: &Context, names: Vec<String>) -> Result<(Vec<String>, Option<String>), Refusal> {
        const MOST: usize = 1_000;
        let most = match self.max_results {
            None => MOST,
            Some(most @ 1..=1_000) => most.unsigned_abs() as usize,
            Some(most) => {
                return Err(refusal::invalid_parameter(
                    "MaxResults",
                    most,
                    "MaxResults must be an integer between 1 and 1000.",
                ));
            }
        };
        let after = match self.next_token.as_deref() {
            None | Some("") => None,
            Some(token) => Some(context.sealer.open(token).ok_or_else(|| {
                refusal::invalid_parameter("NextToken", token, "It is not a token of this list.")
            })?),
        };
        let mut rest = names
            .into_iter()
            .filter(|name| after.is_none_or(|after| name.as_str() > after));
        let page: Vec<String> = rest.by_ref().take(most).collect();
        let next = match page.last() {
            Some(last) if rest.next().is_some() && self.max_results.is_some() => context.sealer.seal(last),
            _ => None,
        };
        Ok((page, next))
    }
}

pub fn list(context: &Context, input: &ListQueues) -> Result<Reply, Refusal> {
    let prefix = input.queue_name_prefix.as_deref().unwrap_or_default();
    let names = context.engine.look(|state, _| {
        let names = state.queues().map(|q| q.definition.name.clone());
        names.filter(|name| name.starts_with(prefix)).collect()
    });
    paged(context, &input.page, names, "QueueUrls", false)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListSources {
    queue_url: Option<String>,
    #[serde(flatten)]
    page: Page,
}

pub fn dead_letter_sources(context: &Context, input: &ListSources) -> Result<Reply, Refusal> {
    let target = context.queue_at(input.queue_url.as_deref())?;
    let names = context.engine.look(|state, _| {
        state.queue(target).ok_or_else(refusal::no_such_queue)?;
        Ok::<_, Refusal>(sources_of(context, state, target))
    })?;
    // The model spells this field small.
    paged(context, &input.page, names, "queueUrls", true)
}

/// The names of the queues whose dead letters go to `target`.
pub fn sources_of(context: &Context, state: &State, target: &str) -> Vec<String> {
    let arn = context.engine.place.arn(target);
    let is_source = |queue: &&Queue| {
        let redrive = queue.definition.settings.redrive.as_ref();
        redrive.is_some_and(|redrive| redrive.target == arn)
    };
    state
        .queues()
        .filter(is_source)
        .map(|q| q.definition.name.clone())
        .collect()
}

/// A page of queue URLs. Where there is none, most lists leave the field out.
fn paged(
    context: &Context,
    page: &Page,
    names: Vec<String>,
    field: &str,
    even_if_empty: bool,
) -> Result<Reply, Refusal> {
    let (names, next) = page.of(context, names)?;
    let mut answer = json!({});
    if even_if_empty || !names.is_empty() {
        let urls = names
            .iter()
            .map(|name| context.engine.place.url(&context.host, name));
        answer[field] = urls.collect();
    }
    if let Some(next) = next {
        answer["NextToken"] = json!(next);
    }
    Ok(Reply::Value(answer))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAttributes {
    queue_url: Option<String>,
    #[serde(default)]
    attribute_names: Option<Vec<String>>,
}

/// The attributes that nobody sets.
const OBSERVED: [&str; 6] = [
    "QueueArn",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
];

/// Those that can be asked for though they are not set.
const SETTABLE: [&str; 16] = [
    "All",
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
    "Policy",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
    "FifoQueue",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
];

pub fn attributes(context: &Context, input: &GetAttributes) -> Result<Reply, Refusal> {
    let name = context.queue_at(input.queue_url.as_deref())?;
    let wanted = input.attribute_names.as_deref().unwrap_or_default();
    let all = context.engine.look(|state, now| {
        let queue = state.settled(name, now).ok_or_else(refusal::no_such_queue)?;
        Ok::<_, Refusal>(observed(queue, context.engine.place.arn(name)))
    })?;
    let unknown = |name: &&String| !OBSERVED.contains(&name.as_str()) && !SETTABLE.contains(&name.as_str());
    if let Some(unknown) = wanted.iter().find(unknown) {
        return Err(refusal::unknown_attribute(unknown));
    }
    let asked = |name: &str| wanted.iter().any(|wanted| wanted == "All" || wanted == name);
    let shown: Map<String, Value> = all
        .into_iter()
        .filter(|(name, _)| asked(name))
        .map(|(name, value)| (name.to_owned(), Value::String(value)))
        .collect();
    Ok(Reply::Value(if shown.is_empty() {
        json!({})
    } else {
        json!({ "Attributes": shown })
    }))
}

fn observed(queue: &Queue, arn: String) -> HashMap<&'static str, String> {
    let counts = queue.counts();
    let definition = &queue.definition;
    let values = [
        arn,
        counts.ready.to_string(),
        counts.in_flight.to_string(),
        counts.delayed.to_string(),
        (definition.created / 1_000).to_string(),
        (definition.modified / 1_000).to_string(),
    ];
    let mut all: HashMap<&'static str, String> = OBSERVED.into_iter().zip(values).collect();
    all.extend(definition.settings.texts());
    all
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetAttributes {
    queue_url: Option<String>,
    #[serde(default)]
    attributes: Option<BTreeMap<String, String>>,
}

pub async fn set_attributes(context: &Context, input: SetAttributes) -> Result<Reply, Refusal> {
    let name = context.queue_at(input.queue_url.as_deref())?;
    let attributes = input
        .attributes
        .ok_or_else(|| refusal::missing("Attribute.Name"))?;
    context
        .engine
        .change(|changing| {
            redefine(changing, name, |definition, state| {
                definition.settings.change(&attributes)?;
                check_redrive(state, context, name, &definition.settings)
            })
        })
        .await?;
    Ok(Reply::Empty)
}

/// Changes a queue's definition, all of it or nothing.
pub fn redefine(
    changing: &mut Changing<'_>,
    name: &str,
    change: impl FnOnce(&mut Definition, &State) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let queue = changing.state.queue(name).ok_or_else(refusal::no_such_queue)?;
    let mut definition = queue.definition.clone();
    change(&mut definition, changing.state)?;
    definition.modified = changing.now;
    changing.make(Change::Defined(Box::new(definition)));
    // A shorter wait or a new redrive policy may matter to those who wait.
    if let Some(bell) = changing.state.bell(name) {
        bell.notify_waiters();
    }
    Ok(())
}

pub async fn purge(context: &Context, input: OneQueue) -> Result<Reply, Refusal> {
    let name = context.queue_at(input.queue_url.as_deref())?;
    context
        .engine
        .change(|changing| {
            let queue = changing.state.queue(name).ok_or_else(refusal::no_such_queue)?;
            let now = changing.now;
            if queue.definition.purged.is_some_and(|at| at + PURGE_REST > now) {
                return Err(refusal::purge_in_progress(name));
            }
            changing.make(Change::Purged {
                queue: name.to_owned(),
                at: now,
            });
            Ok(Reply::Empty)
        })
        .await
}
