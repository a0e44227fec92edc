//! Tags of topics. Source: Amazon SNS API Reference, `TagResource`.

use std::collections::BTreeMap;

use super::topics::redefine;
use super::{Answer, Context, refusal};
use crate::query::Xml;
use crate::wire::Refusal;

/// The most tags of a topic.
const MOST: usize = 50;

/// The tags in a request.
pub fn given(context: &Context) -> Result<BTreeMap<String, String>, Refusal> {
    let pairs = context.params.pairs("Tags.member", "Key", "Value");
    let count = pairs.len();
    let tags: BTreeMap<_, _> = pairs.into_iter().collect();
    if tags.len() < count {
        return Err(refusal::invalid("Duplicated keys are not allowed."));
    }
    Ok(tags)
}

/// Refuses tags that AWS refuses.
pub fn check(tags: &BTreeMap<String, String>) -> Result<(), Refusal> {
    if tags.len() > MOST {
        return Err(refusal::too_many_tags());
    }
    for (key, value) in tags {
        let fine = (1..=128).contains(&key.chars().count())
            && value.chars().count() <= 256
            && !key.to_ascii_lowercase().starts_with("aws:");
        if !fine {
            let shown: String = key.chars().take(200).collect();
            return Err(refusal::because(
                "Tags",
                format!(
                    "The tag '{shown}' cannot be taken: a key has 1 to 128 characters and does not begin with aws:, a \
                     value has up to 256"
                ),
            ));
        }
    }
    Ok(())
}

pub async fn tag(context: &Context) -> Answer {
    let name = resource(context)?;
    let tags = given(context)?;
    let size: usize = tags.iter().map(|(key, value)| key.len() + value.len()).sum();
    context.check_room(size as u64).await?;
    context
        .engine
        .change(|changing| {
            changing.state.topic(name).ok_or_else(refusal::no_resource)?;
            redefine(changing, name, |definition| {
                definition.tags.extend(tags);
                check(&definition.tags)
            })
        })
        .await?;
    Ok(Some(Xml::new()))
}

pub async fn untag(context: &Context) -> Answer {
    let name = resource(context)?;
    let keys = context.params.texts("TagKeys.member");
    context
        .engine
        .change(|changing| {
            changing.state.topic(name).ok_or_else(refusal::no_resource)?;
            redefine(changing, name, |definition| {
                definition.tags.retain(|key, _| !keys.contains(key));
                Ok(())
            })
        })
        .await?;
    Ok(Some(Xml::new()))
}

pub fn list(context: &Context) -> Answer {
    let name = resource(context)?;
    let tags = context.engine.look(|state| {
        let topic = state.topic(name).ok_or_else(refusal::no_resource)?;
        Ok::<_, Refusal>(topic.definition.tags.clone())
    })?;
    let tags = tags
        .iter()
        .map(|(key, value)| Xml::new().text("Key", key).text("Value", value));
    Ok(Some(Xml::new().list("Tags", tags)))
}

fn resource(context: &Context) -> Result<&str, Refusal> {
    let arn = context.params.text("ResourceArn").unwrap_or_default();
    context
        .engine
        .place
        .topic_in(arn, "ResourceArn", &context.operation)
}
