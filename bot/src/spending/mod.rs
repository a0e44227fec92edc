//! Money on a real AWS account: what things cost, who may spend how much, and what is removed when its time is over. Only
//! where the sandbox's provider is `aws`; elsewhere nothing costs anything, and nothing here is asked.
//!
//! A command that creates something is held back and its cost told; a press of *Create it* reserves the money in the ledger
//! and lets the command run. The reservation becomes what it really cost when the thing goes: by its owner, or by the
//! reaper at the end of its life. `docs/aws.md` tells it to operators.

use discord::{Failure, mistake};
use sandbox::ProviderKind;
use sandbox::streams::Streams;

use crate::app::App;
use crate::call::Call;
use crate::settings::aws::Aws;
use crate::stream::words;

mod cards;
mod ceiling;
pub mod commands;
pub mod hold;
mod ledger;
mod price;
pub mod reaper;
mod store;
mod wish;

use ceiling::Ceilings;
pub use commands::{console, usage};

/// What the operator allows.
struct Policy<'a> {
    aws: &'a Aws,
    ceilings: Ceilings,
    life_hours: u32,
}

impl<'a> Policy<'a> {
    /// None where nothing costs money.
    fn of(app: &'a App) -> Option<Self> {
        let aws = &app.settings.sandbox.aws;
        (app.sandbox.provider() == ProviderKind::Aws).then_some(Self {
            aws,
            ceilings: Ceilings {
                member: aws.member_dollars,
                guild: aws.guild_dollars,
                all: aws.month_dollars,
                things: aws.things,
            },
            life_hours: aws.life_hours,
        })
    }

    /// Whether the operator lets this member use AWS. The role that everyone has goes by the server's own id.
    fn admits(&self, call: &Call) -> bool {
        let mut roles = call.roles.iter().chain([&call.guild_id]);
        self.aws.guilds.has(call.guild_id) && roles.any(|role| self.aws.roles.has(*role))
    }

    fn admit(&self, call: &Call) -> Result<(), Failure> {
        if self.admits(call) {
            return Ok(());
        }
        Err(mistake(if self.aws.guilds.has(call.guild_id) {
            "The sandbox here is on real AWS and costs money, so only members with a role that the operator chose may use it. Ask a \
             moderator for that role. What you have you may always delete."
        } else {
            "The sandbox is on real AWS and costs money, and the operator of Tributary has not opened it to this server."
        }))
    }
}

/// What decides the price of a stream that is there.
async fn facts(streams: &Streams, name: &str) -> Result<price::Stream, Failure> {
    let stream = streams.describe(name).await.map_err(words::failure)?;
    let consumers = streams.consumers(&stream).await.map_err(words::failure)?;
    Ok(price::Stream {
        shards: stream.open_shards().count() as u32,
        on_demand: stream.on_demand,
        retention_hours: stream.retention_hours,
        consumers: consumers.len() as u32,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    /// What an operator gives the bot, and the console's user.
    const POLICIES: [&str; 2] = [
        include_str!("../../../deploy/aws-policy.json"),
        include_str!("../../../deploy/aws-console-policy.json"),
    ];

    fn texts(value: &Value) -> Vec<&str> {
        match value {
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        }
    }

    #[test]
    fn the_policies_reach_what_bears_our_prefix_and_only_list_beside_it() {
        for policy in POLICIES {
            let policy: Value = serde_json::from_str(policy).unwrap();
            for statement in policy["Statement"].as_array().unwrap() {
                let (actions, resources) = (texts(&statement["Action"]), texts(&statement["Resource"]));
                assert!(!actions.is_empty() && !resources.is_empty(), "{statement}");
                if statement["Effect"] == "Deny" {
                    continue;
                }
                let looks = |action: &&str| {
                    ["List", "Describe", "GetMetricData"]
                        .iter()
                        .any(|verb| action.split(':').nth(1).is_some_and(|it| it.starts_with(verb)))
                };
                let ours = |resource: &&str| {
                    resource.contains("/tributary-PREFIX-") || resource.contains(":tributary-PREFIX-")
                };
                let fine = if resources == ["*"] {
                    actions.iter().all(looks)
                } else {
                    resources.iter().all(ours)
                };
                assert!(
                    fine && actions.iter().all(|action| !action.contains('*')),
                    "{statement}"
                );
            }
        }
    }

    #[test]
    fn the_consoles_user_changes_nothing() {
        let policy: Value = serde_json::from_str(POLICIES[1]).unwrap();
        for statement in policy["Statement"].as_array().unwrap() {
            for action in texts(&statement["Action"]) {
                let verb = action.split(':').nth(1).unwrap();
                let reads = ["Get", "List", "Describe", "Query", "Scan"]
                    .iter()
                    .any(|it| verb.starts_with(it));
                assert!(reads || statement["Effect"] == "Deny", "{action}");
            }
        }
    }
}
