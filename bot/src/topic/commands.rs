//! `/topic …` and the buttons of its answers.
#![allow(
    missing_docs,
    reason = "poise makes a command's doc comment its description in Discord"
)]

use std::collections::HashMap;

use discord::{Card, Failure, Route, Visibility, mistake};
use pictures::Outcome;
use sandbox::topics::{FIFO, Publication, Subscription, Topic, Wishes};
use sandbox::{Region, SandboxError};
use serenity::builder::CreateAutocompleteResponse;

use super::words::failure;
use super::{Own, cards, pictures as draw};
use crate::attributes;
use crate::call::{Call, Context};
use crate::clock::real_ms;
use crate::mark;
use crate::place::{self, Place, region};

/// Topics listed in one answer, each with its subscriptions.
const LISTED: usize = 15;

/// What a filter looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poise::ChoiceParameter)]
pub enum Scope {
    #[name = "attributes"]
    Attributes,
    #[name = "body"]
    Body,
}

/// Your own SNS topics
#[poise::command(
    slash_command,
    guild_only,
    subcommands("create", "list", "subscribe", "publish", "delete"),
    subcommand_required
)]
pub async fn topic(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Create a topic
#[poise::command(slash_command, guild_only)]
async fn create(
    ctx: Context<'_>,
    #[description = "Letters, digits, - and _, such as news"] name: String,
    #[description = "Keep the order within groups and refuse duplicates; the name then ends in .fifo"]
    fifo: Option<bool>,
    #[description = "FIFO: take messages with the same body for duplicates"]
    #[rename = "content-dedup"]
    content_dedup: Option<bool>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let name = match (fifo, name.ends_with(FIFO)) {
        (Some(true), false) => format!("{name}{FIFO}"),
        (Some(false), true) => {
            return Err(mistake(
                "A name that ends in `.fifo` is a FIFO topic's: take another name, or leave `fifo:False` out.",
            ));
        }
        _ => name,
    };
    if content_dedup == Some(true) && !name.ends_with(FIFO) {
        return Err(mistake(
            "Only a FIFO topic looks for duplicates: add `fifo:True`, or leave `content-dedup:` out.",
        ));
    }
    let own = Own::of(&call, region(place)).await?;
    once(&call).await?;
    let topic = own
        .topics
        .create(&name, content_dedup == Some(true))
        .await
        .map_err(failure)?;
    show(&call, &cards::created(&topic, own.region)).await
}

/// List your topics with the queues that subscribe
#[poise::command(slash_command, guild_only)]
async fn list(
    ctx: Context<'_>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let own = Own::of(&call, region(place)).await?;
    let names = own.topics.list().await.map_err(failure)?;
    let mut topics = Vec::new();
    for name in names.iter().take(LISTED) {
        let topic = own.find(name).await?;
        let subscriptions = own.topics.subscriptions(&topic).await.map_err(failure)?;
        topics.push((name.clone(), subscriptions));
    }
    let more = names.len() - topics.len();
    show(&call, &cards::list(&topics, more, own.region)).await
}

/// Subscribe a queue: it gets a copy of everything, or of what its filter takes
#[poise::command(slash_command, guild_only)]
async fn subscribe(
    ctx: Context<'_>,
    #[description = "The topic"]
    #[autocomplete = "names"]
    name: String,
    #[description = "The queue that gets the messages"]
    #[autocomplete = "queues"]
    queue: String,
    #[description = "A filter policy, such as {\"country\":[\"de\",\"fr\"]}"] filter: Option<String>,
    #[description = "What the filter looks at (attributes, if left out)"] scope: Option<Scope>,
    #[description = "Whether the queue gets the body alone, without the envelope"] raw: Option<bool>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    if scope.is_some() && filter.is_none() {
        return Err(mistake(
            "`scope:` says what a filter looks at, so give the filter too: `filter:{\"country\":[\"de\"]}`.",
        ));
    }
    let own = Own::of(&call, region(place)).await?;
    let topic = own.find(&name).await?;
    let queue = own.queues.find(&queue).await.map_err(crate::queue::failure)?;
    once(&call).await?;
    let before = own.topics.subscriptions(&topic).await.map_err(failure)?;
    let already = before.iter().any(|one| one.queue == queue.name);
    let wishes = Wishes {
        filter,
        on_body: scope == Some(Scope::Body),
        raw: raw == Some(true),
    };
    let subscription = own
        .topics
        .subscribe(&topic, &queue, &wishes)
        .await
        .map_err(failure)?;
    let all = own.topics.subscriptions(&topic).await.map_err(failure)?;
    let branches: Vec<_> = all.into_iter().map(|one| (one, Outcome::Waiting)).collect();
    let picture = draw::tree(&topic, None, &branches).await?;
    show(
        &call,
        &cards::subscribed(&topic, own.region, &subscription, already, picture),
    )
    .await
}

/// Publish a message, and see which queues get it
#[poise::command(slash_command, guild_only)]
#[expect(
    clippy::too_many_arguments,
    reason = "poise makes each argument an option of the command"
)]
async fn publish(
    ctx: Context<'_>,
    #[description = "The topic"]
    #[autocomplete = "names"]
    name: String,
    #[description = "What it says"] message: String,
    #[description = "What filters look at, such as country=de,amount=12; or JSON"]
    #[rename = "attributes"]
    typed: Option<String>,
    #[description = "A subject, for the envelope"] subject: Option<String>,
    #[description = "FIFO: messages of one group keep their order"] group: Option<String>,
    #[description = "FIFO: a repeat with this id within 5 minutes is not delivered twice"]
    deduplication: Option<String>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let message = Publication {
        body: message,
        subject,
        attributes: typed
            .as_deref()
            .map(attributes::read)
            .transpose()?
            .unwrap_or_default(),
        group,
        deduplication,
    };
    let own = Own::of(&call, region(place)).await?;
    let topic = own.find(&name).await?;
    let subscriptions = own.topics.subscriptions(&topic).await.map_err(failure)?;
    once(&call).await?;
    let before = delivered(&call, &own, &topic).await?;
    let published = own.topics.publish(&topic, &message).await.map_err(failure)?;
    let after = delivered(&call, &own, &topic).await?;
    let counts = before.zip(after);
    // A duplicate is the one message that leaves even the topic's own count as it was.
    let same = |(before, after): &(Delivered, Delivered)| after.published == before.published;
    let duplicate = topic.fifo && counts.as_ref().is_some_and(same);
    let mut branches = Vec::new();
    for subscription in subscriptions {
        let outcome = match &counts {
            Some((before, after)) if !duplicate => became(&own, &subscription, before, after).await,
            _ => Outcome::Waiting,
        };
        branches.push((subscription, outcome));
    }
    let picture = draw::tree(&topic, Some(&message), &branches).await?;
    let publishing = cards::Publishing {
        topic: &topic,
        region: own.region,
        message: &message,
        published: &published,
        branches: &branches,
        counted: counts.is_some(),
        duplicate,
    };
    show(&call, &cards::published(&publishing, picture)).await
}

/// How many messages a topic took, and how many each queue got of them.
struct Delivered {
    published: u64,
    queues: HashMap<String, u64>,
}

/// `None` where the sandbox is in AWS, which does not count so finely.
async fn delivered(call: &Call, own: &Own, topic: &Topic) -> Result<Option<Delivered>, Failure> {
    let account = &own.tenant.account_id;
    let counted = call.app.sandbox.delivered(account, own.region, &topic.name).await;
    match counted {
        Ok((published, queues)) => Ok(Some(Delivered {
            published,
            queues: queues.into_iter().collect(),
        })),
        Err(SandboxError::OnlyEmbedded) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What became of a message at one subscription, seen from the counts before and after.
async fn became(own: &Own, subscription: &Subscription, before: &Delivered, after: &Delivered) -> Outcome {
    let count = |delivered: &Delivered| {
        delivered
            .queues
            .get(&subscription.queue)
            .copied()
            .unwrap_or_default()
    };
    if own.queues.find(&subscription.queue).await.is_err() {
        Outcome::Undeliverable
    } else if count(after) > count(before) {
        Outcome::Delivered
    } else {
        Outcome::Filtered
    }
}

/// Delete a topic with its subscriptions; the queues stay
#[poise::command(slash_command, guild_only)]
async fn delete(
    ctx: Context<'_>,
    #[description = "The topic"]
    #[autocomplete = "names"]
    name: String,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let own = Own::of(&call, region(place)).await?;
    let topic = own.find(&name).await?;
    let subscriptions = own.topics.subscriptions(&topic).await.map_err(failure)?;
    show(
        &call,
        &cards::deleting(&topic, subscriptions.len(), own.region, call.member_id),
    )
    .await
}

/// A button of the question before a topic is deleted.
pub async fn press(call: &Call, route: &Route) -> Result<(), Failure> {
    let region: Region = route.parse(0)?;
    let own = Own::of(call, region).await?;
    let gone = || mistake("That topic is gone already. `/topic list` shows those that are there.");
    let names = own.topics.list().await.map_err(failure)?;
    let name = mark::find(names, route.get(1)?).ok_or_else(gone)?;
    let card = match route.verb.as_str() {
        "keep" => cards::kept(&name, region),
        "delete" => {
            let topic = own.find(&name).await?;
            if let Some(tx) = call.app.store.begin_once(call.id, real_ms()).await? {
                tx.commit().await?;
                own.topics.delete(&topic).await.map_err(failure)?;
            }
            cards::deleted(&name, region)
        }
        _ => return Err(discord::RouteError.into()),
    };
    Ok(call.to.update(&card).await?)
}

async fn show(call: &Call, card: &Card) -> Result<(), Failure> {
    Ok(call.to.reply(card, Visibility::Public).await?)
}

async fn once(call: &Call) -> Result<(), Failure> {
    call.once("`/topic list` and `/queue peek` show what is there.")
        .await
}

/// The caller's topics, for completion.
async fn names(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    place::complete(ctx, typed, async |tenant, region| {
        Ok(ctx.data().sandbox.topics(tenant, region).list().await?)
    })
    .await
}

/// The caller's queues, for completion.
async fn queues(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    place::complete(ctx, typed, async |tenant, region| {
        Ok(ctx.data().sandbox.queues(tenant, region).list().await?)
    })
    .await
}
