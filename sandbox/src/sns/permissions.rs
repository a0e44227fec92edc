//! Permissions of topics: kept in the policy and shown. They are never consulted: a sandbox has one user, who may do
//! everything, and nobody else may do anything. Source: Amazon SNS API Reference, `AddPermission`.

use serde_json::{Value, json};

use super::topics::redefine;
use super::{Answer, Context, refusal};
use crate::query::missing;
use crate::tenant::AccountId;

/// What others may be allowed.
const ACTIONS: [&str; 9] = [
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
    "Receive",
];

pub async fn add(context: &Context) -> Answer {
    let name = context.topic()?;
    let label = context.params.needed("Label")?;
    let accounts = context.params.texts("AWSAccountId.member");
    let actions = context.params.texts("ActionName.member");
    if accounts.is_empty() {
        return Err(missing("aWSAccountId"));
    }
    if actions.is_empty() {
        return Err(missing("actionName"));
    }
    if let Some(odd) = accounts.iter().find(|id| id.parse::<AccountId>().is_err()) {
        return Err(refusal::because(
            "AWSAccountId",
            format!("{odd} is not an account id"),
        ));
    }
    if actions.iter().any(|action| !ACTIONS.contains(&action.as_str())) {
        return Err(refusal::invalid("Policy statement action out of service scope!"));
    }
    let arn = context.engine.place.topic(name);
    let statement = json!({
        "Sid": label,
        "Effect": "Allow",
        "Principal": { "AWS": one_or_all(accounts.iter().map(|id| format!("arn:aws:iam::{id}:root"))) },
        "Action": one_or_all(actions.iter().map(|action| format!("SNS:{action}"))),
        "Resource": arn,
    });
    context.check_room(statement.to_string().len() as u64).await?;
    change(context, name, |statements| {
        if statements.iter().any(|statement| statement["Sid"] == label) {
            return Err(refusal::invalid("Statement already exists"));
        }
        statements.push(statement);
        Ok(())
    })
    .await
}

/// Removing what is not there is no mistake.
pub async fn remove(context: &Context) -> Answer {
    let name = context.topic()?;
    let label = context.params.needed("Label")?;
    change(context, name, |statements| {
        statements.retain(|statement| statement["Sid"] != label);
        Ok(())
    })
    .await
}

/// Changes the statements of a topic's policy.
async fn change(
    context: &Context,
    name: &str,
    change: impl FnOnce(&mut Vec<Value>) -> Result<(), crate::wire::Refusal>,
) -> Answer {
    context
        .engine
        .change(|changing| {
            redefine(changing, name, |definition| {
                let mut policy = definition.policy(&context.engine.place);
                let mut statements = match policy["Statement"].take() {
                    Value::Array(list) => list,
                    Value::Null => Vec::new(),
                    one => vec![one],
                };
                change(&mut statements)?;
                policy["Statement"] = Value::Array(statements);
                definition
                    .set("Policy", &policy.to_string())
                    .map_err(|wrong| refusal::invalid(wrong.as_deref().unwrap_or("Policy")))
            })
        })
        .await?;
    Ok(None)
}

/// AWS writes a list of one without the list.
fn one_or_all(texts: impl Iterator<Item = String>) -> Value {
    let mut texts: Vec<String> = texts.collect();
    match texts.pop() {
        Some(only) if texts.is_empty() => json!(only),
        Some(last) => {
            texts.push(last);
            json!(texts)
        }
        None => json!([]),
    }
}
