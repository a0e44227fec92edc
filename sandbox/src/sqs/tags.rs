//! Tags and permissions of queues: kept and shown. Source: Amazon SQS API Reference, `TagQueue` and `AddPermission`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::queues::{OneQueue, redefine};
use super::{Context, refusal};
use crate::wire::{Refusal, Reply};

/// The most tags of a queue.
const MOST: usize = 50;

/// The actions that may be permitted to others; `*` is all of them.
const PERMITTED: [&str; 9] = [
    "*",
    "SendMessage",
    "ReceiveMessage",
    "DeleteMessage",
    "ChangeMessageVisibility",
    "GetQueueAttributes",
    "GetQueueUrl",
    "PurgeQueue",
    "ListDeadLetterSourceQueues",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagQueue {
    queue_url: Option<String>,
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagQueue {
    queue_url: Option<String>,
    tag_keys: Option<Vec<String>>,
}

/// Refuses tags that AWS refuses.
pub fn check(tags: &BTreeMap<String, String>) -> Result<(), Refusal> {
    if tags.len() > MOST {
        return Err(refusal::invalid_value(format!(
            "Too many tags: a queue has at most {MOST}."
        )));
    }
    for (key, value) in tags {
        let fine = (1..=128).contains(&key.chars().count())
            && value.chars().count() <= 256
            && !key.to_ascii_lowercase().starts_with("aws:");
        if !fine {
            return Err(refusal::invalid_value(format!(
                "The tag '{key}' cannot be taken: a key has 1 to 128 characters and does not begin with aws:, a \
                 value has up to 256."
            )));
        }
    }
    Ok(())
}

pub async fn tag(context: &Context, input: TagQueue) -> Result<Reply, Refusal> {
    let name = context.queue_at(input.queue_url.as_deref())?;
    let tags = input
        .tags
        .filter(|tags| !tags.is_empty())
        .ok_or_else(|| refusal::missing("Tags"))?;
    context
        .engine
        .change(|changing| {
            redefine(changing, name, |definition, _| {
                definition.tags.extend(tags);
                check(&definition.tags)
            })
        })
        .await?;
    Ok(Reply::Empty)
}

pub async fn untag(context: &Context, input: UntagQueue) -> Result<Reply, Refusal> {
    let name = context.queue_at(input.queue_url.as_deref())?;
    let keys = input.tag_keys.ok_or_else(|| refusal::missing("TagKeys"))?;
    context
        .engine
        .change(|changing| {
            redefine(changing, name, |definition, _| {
                definition.tags.retain(|key, _| !keys.contains(key));
                Ok(())
            })
        })
        .await?;
    Ok(Reply::Empty)
}

pub fn list(context: &Context, input: &OneQueue) -> Result<Reply, Refusal> {
    let name = context.queue_at(input.queue_url.as_deref())?;
    let tags = context.engine.look(|state, _| {
        let queue = state.queue(name).ok_or_else(refusal::no_such_queue)?;
        Ok::<_, Refusal>(queue.definition.tags.clone())
    })?;
    Ok(Reply::Value(if tags.is_empty() {
        json!({})
    } else {
        json!({ "Tags": tags })
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddPermission {
    queue_url: Option<String>,
    label: Option<String>,
    #[serde(rename = "AWSAccountIds")]
    accounts: Option<Vec<String>>,
    actions: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemovePermission {
    queue_url: Option<String>,
    label: Option<String>,
}

pub async fn add_permission(context: &Context, input: AddPermission) -> Result<Reply, Refusal> {
    let name = context.queue_at(input.queue_url.as_deref())?;
    let label = input.label.ok_or_else(|| refusal::missing("Label"))?;
    let accounts = input.accounts.ok_or_else(|| refusal::missing("AWSAccountIds"))?;
    let actions = input.actions.ok_or_else(|| refusal::missing("Actions"))?;
    let arn = context.engine.place.arn(name);
    let principals: Vec<String> = accounts
        .iter()
        .map(|id| format!("arn:aws:iam::{id}:root"))
        .collect();
    if let Some(unknown) = actions.iter().find(|name| !PERMITTED.contains(&name.as_str())) {
        let reason = "Only the queue owner is allowed to invoke this action.";
        return Err(refusal::invalid_parameter(
            "ActionName",
            format!("SQS:{unknown}"),
            reason,
        ));
    }
    let actions: Vec<String> = actions.iter().map(|action| format!("SQS:{action}")).collect();
    let statement = json!({
        "Sid": label, "Effect": "Allow", "Principal": { "AWS": one_or_list(principals) },
        "Action": one_or_list(actions), "Resource": arn,
    });
    context
        .engine
        .change(|changing| {
            redefine(changing, name, |definition, _| {
                let mut policy = read_policy(definition.settings.policy.as_deref(), &arn);
                let statements = statements(&mut policy);
                if statements.iter().any(|s| s["Sid"] == label.as_str()) {
                    let reason = "Already exists.";
                    return Err(refusal::invalid_parameter("Label", &label, reason));
                }
                statements.push(statement);
                definition.settings.policy = Some(policy.to_string());
                Ok(())
            })
        })
        .await?;
    Ok(Reply::Empty)
}

pub async fn remove_permission(context: &Context, input: RemovePermission) -> Result<Reply, Refusal> {
    let name = context.queue_at(input.queue_url.as_deref())?;
    let label = input.label.ok_or_else(|| refusal::missing("Label"))?;
    let arn = context.engine.place.arn(name);
    context
        .engine
        .change(|changing| {
            redefine(changing, name, |definition, _| {
                let mut policy = read_policy(definition.settings.policy.as_deref(), &arn);
                let statements = statements(&mut policy);
                let before = statements.len();
                statements.retain(|s| s["Sid"] != label.as_str());
                if statements.len() == before {
                    let reason = "Can't find label on existing policy.";
                    return Err(refusal::invalid_parameter("Label", &label, reason));
                }
                let empty = statements.is_empty();
                definition.settings.policy = (!empty).then(|| policy.to_string());
                Ok(())
            })
        })
        .await?;
    Ok(Reply::Empty)
}

/// A policy writes a list of one as that one.
fn one_or_list(mut names: Vec<String>) -> Value {
    if names.len() == 1 {
        names.pop().into()
    } else {
        names.into()
    }
}

fn read_policy(text: Option<&str>, arn: &str) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok())
        .filter(Value::is_object)
        .unwrap_or_else(
            || json!({ "Version": "2012-10-17", "Id": format!("{arn}/SQSDefaultPolicy"), "Statement": [] }),
        )
}

/// A policy's statements, as a list even where it has just one.
fn statements(policy: &mut Value) -> &mut Vec<Value> {
    let statement = &mut policy["Statement"];
    if !statement.is_array() {
        *statement = match statement.take() {
            Value::Null => json!([]),
            one => json!([one]),
        };
    }
    match statement {
        Value::Array(list) => list,
        _ => unreachable!("it was just made a list"),
    }
}
