//! Changes to streams, as AWS allows them: what is checked before the engine is asked, and what the engine does not do,
//! or not so. Runs while nothing else changes. Source: the API reference of each operation.

use ferrokinesis::actions::{Operation, dispatch};
use ferrokinesis::types::{Stream, StreamMode, StreamStatus};
use serde_json::{Value, json};

use super::changes::is_open;
use super::engine::Engine;
use super::{arn, consumers, tags};
use crate::wire::Refusal;

/// The shortest and the longest that records are kept, in hours.
const SHORTEST_RETENTION: i64 = 24;
const LONGEST_RETENTION: i64 = 8_760;
/// Shards of one stream, closed ones included. AWS forgets those in time; here they are numbered by their places.
const MOST_SHARDS_EVER: usize = 2_000;
/// The largest resource policy, in bytes.
const LARGEST_POLICY: usize = 20 * 1024;

/// What may be done only so often in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rare {
    Scaling,
    ModeSwitch,
}

impl Rare {
    /// The kind of an operation, if it is one.
    pub fn of(operation: Operation) -> Option<Self> {
        match operation {
            Operation::UpdateShardCount => Some(Self::Scaling),
            Operation::UpdateStreamMode => Some(Self::ModeSwitch),
            _ => None,
        }
    }

    /// How often in a rolling day.
    pub fn most(self) -> usize {
        match self {
            Self::Scaling => 10,
            Self::ModeSwitch => 2,
        }
    }

    /// The refusal of one too many.
    pub fn refusal(self, stream: &str) -> Refusal {
        let (what, most) = match self {
            Self::Scaling => ("UpdateShardCount", self.most()),
            Self::ModeSwitch => ("UpdateStreamMode", self.most()),
        };
        Refusal::new(
            "LimitExceededException",
            format!("{what} can be called {most} times per rolling 24-hour period for the stream {stream}."),
        )
    }
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("InvalidArgumentException", message)
}

/// The stream that a request names, by name or by ARN.
pub fn stream_name(body: &Value) -> &str {
    let by_arn = || {
        let arn = body["StreamARN"].as_str().or(body["ResourceARN"].as_str())?;
        arn.split('/').nth(1)
    };
    body["StreamName"].as_str().or_else(by_arn).unwrap_or_default()
}

/// Refuses what AWS refuses.
pub async fn check(engine: &Engine, operation: Operation, body: &Value) -> Result<(), Refusal> {
    match operation {
        Operation::CreateStream => {
            if !body["Tags"].is_null() {
                tags::check(&body["Tags"])?;
            }
            return Ok(());
        }
        Operation::UpdateAccountSettings | Operation::DeregisterStreamConsumer => return Ok(()),
        _ => {}
    }
    let stream = engine.store().get_stream(stream_name(body)).await?;
    match operation {
        Operation::DeleteStream => deletable(engine, &stream, body).await,
        Operation::SplitShard => {
            reshardable(engine, &stream)?;
            open_shard(engine, &stream, &body["ShardToSplit"])
        }
        Operation::MergeShards => {
            reshardable(engine, &stream)?;
            open_shard(engine, &stream, &body["ShardToMerge"])?;
            open_shard(engine, &stream, &body["AdjacentShardToMerge"])
        }
        Operation::UpdateShardCount => reshardable(engine, &stream),
        Operation::IncreaseStreamRetentionPeriod | Operation::DecreaseStreamRetentionPeriod => {
            active(engine, &stream)?;
            sensible_retention(body["RetentionPeriodHours"].as_i64().unwrap_or_default())
        }
        Operation::UpdateStreamMode
        | Operation::EnableEnhancedMonitoring
        | Operation::DisableEnhancedMonitoring => active(engine, &stream),
        Operation::UpdateStreamWarmThroughput => {
            active(engine, &stream)?;
            on_demand_only(&stream)
        }
        Operation::RegisterStreamConsumer => {
            active(engine, &stream)?;
            consumers::check_registration(engine, body).await
        }
        Operation::TagResource
        | Operation::UntagResource
        | Operation::PutResourcePolicy
        | Operation::DeleteResourcePolicy => resource(engine, body).await,
        _ => Ok(()),
    }
}

fn active(engine: &Engine, stream: &Stream) -> Result<(), Refusal> {
    if stream.stream_status == StreamStatus::Active {
        return Ok(());
    }
    Err(Refusal::new(
        "ResourceInUseException",
        format!(
            "Stream {} under account {} not ACTIVE, instead in state {}",
            stream.stream_name,
            engine.account(),
            stream.stream_status
        ),
    ))
}

/// A stream with consumers goes only if they may go with it.
async fn deletable(engine: &Engine, stream: &Stream, body: &Value) -> Result<(), Refusal> {
    if stream.stream_status != StreamStatus::Updating {
        active(engine, stream)?;
    }
    let consumers = consumers::settled(engine, &stream.stream_arn).await?;
    if consumers.is_empty() || body["EnforceConsumerDeletion"] == true {
        return Ok(());
    }
    Err(Refusal::new(
        "ResourceInUseException",
        format!(
            "Stream {} under account {} has {} registered consumers. Deregister them, or set EnforceConsumerDeletion.",
            stream.stream_name,
            engine.account(),
            consumers.len()
        ),
    ))
}

/// Whether a stream may be split, merged or scaled: it is provisioned, and ready.
fn reshardable(engine: &Engine, stream: &Stream) -> Result<(), Refusal> {
    if stream.stream_mode_details.stream_mode == StreamMode::OnDemand {
        return Err(Refusal::new(
            "ValidationException",
            format!(
                "Stream {} is in on-demand capacity mode, in which AWS manages the shards.",
                stream.stream_name
            ),
        ));
    }
    active(engine, stream)?;
    if stream.shards.len() < MOST_SHARDS_EVER {
        return Ok(());
    }
    Err(Refusal::new(
        "LimitExceededException",
        format!(
            "Stream {} has had {MOST_SHARDS_EVER} shards, which is the most a sandbox keeps.",
            stream.stream_name
        ),
    ))
}

fn on_demand_only(stream: &Stream) -> Result<(), Refusal> {
    if stream.stream_mode_details.stream_mode == StreamMode::OnDemand {
        return Ok(());
    }
    Err(Refusal::new(
        "ValidationException",
        format!(
            "Stream {} is in provisioned capacity mode, which has no warm throughput.",
            stream.stream_name
        ),
    ))
}

/// A shard that is closed cannot be split or merged again. One that is not there is left to the engine to say.
fn open_shard(engine: &Engine, stream: &Stream, id: &Value) -> Result<(), Refusal> {
    let number = id.as_str().and_then(arn::shard_number);
    let shard = number.and_then(|number| stream.shards.get(number as usize));
    match shard {
        Some(shard) if !is_open(shard) => Err(invalid(format!(
            "Shard {} in stream {} under account {} has already been merged or split, and thus is not eligible for \
             merging or splitting.",
            shard.shard_id,
            stream.stream_name,
            engine.account()
        ))),
        _ => Ok(()),
    }
}

fn sensible_retention(hours: i64) -> Result<(), Refusal> {
    if hours < SHORTEST_RETENTION {
        return Err(invalid(format!(
            "Minimum allowed retention period is {SHORTEST_RETENTION} hours. Requested retention period ({hours} hours) \
             is too short."
        )));
    }
    if hours > LONGEST_RETENTION {
        return Err(invalid(format!(
            "Maximum allowed retention period is {LONGEST_RETENTION} hours. Requested retention period ({hours} hours) \
             is too long."
        )));
    }
    Ok(())
}

/// That a policy or a tag has something to be on. The stream was looked at; a consumer is looked at here.
pub async fn resource(engine: &Engine, body: &Value) -> Result<(), Refusal> {
    let arn = body["ResourceARN"].as_str().unwrap_or_default();
    if arn.contains("/consumer/") {
        consumers::named(engine, &json!({ "ConsumerARN": arn })).await?;
    }
    let Some(policy) = body["Policy"].as_str() else {
        return Ok(());
    };
    let statements = serde_json::from_str::<Value>(policy).ok();
    if policy.len() > LARGEST_POLICY || !statements.is_some_and(|policy| policy.is_object()) {
        return Err(invalid(format!(
            "The policy is not a JSON object of at most {LARGEST_POLICY} bytes."
        )));
    }
    Ok(())
}

/// Makes a change: ours where the engine has none, else the engine's.
pub async fn make(engine: &Engine, operation: Operation, body: Value) -> Result<Option<Value>, Refusal> {
    match operation {
        Operation::AddTagsToStream | Operation::TagResource => {
            let more = tags::check(&body["Tags"])?;
            change_tags(engine, &body, |tags| tags::add(tags, more)).await?;
            Ok(None)
        }
        Operation::RemoveTagsFromStream | Operation::UntagResource => {
            let keys = tags::keys(&body)?;
            change_tags(engine, &body, |tags| {
                tags.retain(|key, _| !keys.contains(key));
                Ok(())
            })
            .await?;
            Ok(None)
        }
        Operation::RegisterStreamConsumer => register(engine, body).await,
        Operation::UpdateShardCount => {
            let name = stream_name(&body).to_owned();
            let mut answer = dispatch(engine.store(), operation, body)
                .await?
                .unwrap_or_default();
            answer["StreamARN"] = json!(engine.arn_of(&name));
            Ok(Some(answer))
        }
        operation => Ok(dispatch(engine.store(), operation, body).await?),
    }
}

async fn change_tags(
    engine: &Engine,
    body: &Value,
    change: impl FnOnce(&mut std::collections::BTreeMap<String, String>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let store = engine.store();
    match body["ResourceARN"].as_str() {
        Some(arn) if arn.contains("/consumer/") => {
            let mut tags = store.get_resource_tags(arn).await;
            change(&mut tags)?;
            store.put_resource_tags(arn, &tags).await?;
        }
        _ => {
            let name = stream_name(body);
            let mut tags = store.get_stream(name).await?.tags;
            change(&mut tags)?;
            store
                .update_stream(name, |stream| {
                    stream.tags = tags;
                    Ok(())
                })
                .await?;
        }
    }
    Ok(())
}

/// The engine registers; the tags that come with it are ours to set.
async fn register(engine: &Engine, body: Value) -> Result<Option<Value>, Refusal> {
    let given = if body["Tags"].is_null() {
        None
    } else {
        Some(tags::check(&body["Tags"])?)
    };
    let answer = dispatch(engine.store(), Operation::RegisterStreamConsumer, body).await?;
    let arn = answer
        .as_ref()
        .and_then(|answer| answer["Consumer"]["ConsumerARN"].as_str());
    if let (Some(tags), Some(arn)) = (given, arn) {
        engine.store().put_resource_tags(arn, &tags).await?;
    }
    Ok(answer)
}

/// `ListTagsForResource`.
pub async fn tags_of_resource(engine: &Engine, body: &Value) -> Result<Value, Refusal> {
    let stream = engine.stream(stream_name(body)).await?;
    resource(engine, body).await?;
    let arn = body["ResourceARN"].as_str().unwrap_or_default();
    let tags = if arn.contains("/consumer/") {
        engine.store().get_resource_tags(arn).await
    } else {
        stream.tags
    };
    let listed: Vec<Value> = tags::listed(&tags).map(|(_, tag)| tag).collect();
    Ok(json!({ "Tags": listed }))
}

/// `GetResourcePolicy`.
pub async fn policy_of(engine: &Engine, body: &Value) -> Result<Value, Refusal> {
    engine.stream(stream_name(body)).await?;
    resource(engine, body).await?;
    let arn = body["ResourceARN"].as_str().unwrap_or_default();
    let policy = engine.store().get_policy(arn).await;
    Ok(json!({ "Policy": policy.unwrap_or_default() }))
}
