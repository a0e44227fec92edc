//! Topics themselves: created, found, set, deleted. Source: Amazon SNS API Reference.

use std::collections::BTreeMap;

use super::engine::Changing;
use super::state::Change;
use super::topic::{Definition, Wrong, asks_for_fifo};
use super::{Answer, Context, arn, refusal, tags};
use crate::query::Xml;
use crate::wire::Refusal;

pub async fn create(context: &Context) -> Answer {
    let name = context.params.needed("Name")?;
    let attributes = context.attributes();
    arn::check_name(name, asks_for_fifo(&attributes))?;
    if context.params.text("DataProtectionPolicy").is_some() {
        return Err(refusal::because(
            "DataProtectionPolicy",
            "the sandbox has no message data protection",
        ));
    }
    let tags = tags::given(context)?;
    tags::check(&tags)?;
    let wrong = |wrong: Wrong| {
        let reason = wrong.unwrap_or_else(|| "Unknown attribute".to_owned());
        refusal::because("Attributes", reason)
    };
    let definition = Definition::created(name, 0, &attributes, tags).map_err(wrong)?;
    context.check_room(definition.size()).await?;
    let existing = context.account.sns.usage().await.topics;
    let most = context.account.sns.most_topics;
    context
        .engine
        .change(|changing| {
            if let Some(topic) = changing.state.topic(name) {
                return is_the_same(context, &topic.definition, &attributes, &definition.tags);
            }
            if existing >= most {
                return Err(refusal::too_many_topics(most));
            }
            changing.make(Change::Defined(Box::new(Definition {
                incarnation: changing.state.next_number(),
                ..definition
            })));
            Ok(())
        })
        .await?;
    let arn = context.engine.place.topic(name);
    Ok(Some(Xml::new().text("TopicArn", &arn)))
}

/// A topic may be created again as long as nothing about it would change.
fn is_the_same(
    context: &Context,
    topic: &Definition,
    attributes: &BTreeMap<String, String>,
    tags: &BTreeMap<String, String>,
) -> Result<(), Refusal> {
    if !topic.agrees(attributes, &context.engine.place) {
        return Err(refusal::because(
            "Attributes",
            "Topic already exists with different attributes",
        ));
    }
    if tags.iter().any(|(key, value)| topic.tags.get(key) != Some(value)) {
        return Err(refusal::because(
            "Tags",
            "Topic already exists with different tags",
        ));
    }
    Ok(())
}

/// Deleting what is not there is no mistake.
pub async fn delete(context: &Context) -> Answer {
    let topic = context.topic()?.to_owned();
    context
        .engine
        .change(|changing| {
            if changing.state.topic(&topic).is_some() {
                changing.make(Change::Removed { topic });
            }
            Ok(None)
        })
        .await
}

pub fn list(context: &Context) -> Answer {
    let place = &context.engine.place;
    context.page("Topics", |state| {
        let names = state.topics().map(|topic| topic.definition.name.clone());
        names
            .map(|name| {
                let element = Xml::new().text("TopicArn", &place.topic(&name));
                (name, element)
            })
            .collect()
    })
}

pub fn attributes(context: &Context) -> Answer {
    let name = context.topic()?;
    let shown = context.engine.look(|state| {
        let topic = state.topic(name).ok_or_else(refusal::no_topic)?;
        let mut shown = topic.definition.shown(&context.engine.place);
        let confirmed = state.subscribers_of(name).count();
        let numbers = [
            ("SubscriptionsConfirmed", confirmed.to_string()),
            ("SubscriptionsPending", "0".to_owned()),
            ("SubscriptionsDeleted", topic.definition.ended.to_string()),
        ];
        shown.extend(numbers.map(|(name, value)| (name.to_owned(), value)));
        Ok::<_, Refusal>(shown)
    })?;
    Ok(Some(Xml::new().map("Attributes", shown)))
}

pub async fn set_attribute(context: &Context) -> Answer {
    let name = context.topic()?;
    let attribute = context.params.needed("AttributeName")?;
    let value = context.params.text("AttributeValue").unwrap_or_default();
    context.check_room(value.len() as u64).await?;
    context
        .engine
        .change(|changing| {
            redefine(changing, name, |definition| {
                let wrong = |wrong: Wrong| refusal::invalid(wrong.as_deref().unwrap_or("AttributeName"));
                if attribute == "FifoTopic" {
                    return Err(wrong(None));
                }
                definition.set(attribute, value).map_err(wrong)
            })
        })
        .await?;
    Ok(None)
}

/// Changes a topic's definition, all of it or nothing.
pub fn redefine(
    changing: &mut Changing<'_>,
    name: &str,
    change: impl FnOnce(&mut Definition) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let topic = changing.state.topic(name).ok_or_else(refusal::no_topic)?;
    let mut definition = topic.definition.clone();
    change(&mut definition)?;
    if definition != topic.definition {
        changing.make(Change::Defined(Box::new(definition)));
    }
    Ok(())
}
