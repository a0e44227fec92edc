//! `/queue …`: queues themselves, and a look into them; `message` sends, receives and acknowledges. The buttons of the answers
//! are in `queue::press`.
#![allow(
    missing_docs,
    reason = "poise makes a command's doc comment its description in Discord"
)]

mod message;

use discord::{Card, Failure, Visibility, mistake};
use pictures::Flow;
use sandbox::queues::{DeadLetters, FIFO, Moved, NewQueue};
use serenity::builder::CreateAutocompleteResponse;

use message::{ack, receive, send};

use super::{Own, cards, failure, pictures as draw};
use crate::call::{Call, Context};
use crate::place::{self, Place, region};

/// Queues listed in one answer, each asked for its counts.
const LISTED: usize = 20;

/// How often a message may be received before it is a dead letter, unless the member says.
const MAX_RECEIVES: u32 = 3;

/// Your own SQS queues
#[poise::command(
    slash_command,
    guild_only,
    subcommands("create", "list", "send", "receive", "ack", "peek", "redrive", "delete"),
    subcommand_required
)]
pub async fn queue(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Create a queue
#[poise::command(slash_command, guild_only)]
#[expect(
    clippy::too_many_arguments,
    reason = "poise makes each argument an option of the command"
)]
async fn create(
    ctx: Context<'_>,
    #[description = "Letters, digits, - and _, such as orders"] name: String,
    #[description = "Seconds a received message is hidden (30, if left out)"]
    #[min = 0]
    #[max = 43_200]
    visibility: Option<u32>,
    #[description = "Seconds each message is held back first (0, if left out)"]
    #[min = 0]
    #[max = 900]
    delay: Option<u32>,
    #[description = "Keep the order within groups and refuse duplicates; the name then ends in .fifo"]
    fifo: Option<bool>,
    #[description = "FIFO: take messages with the same body for duplicates"]
    #[rename = "content-dedup"]
    content_dedup: Option<bool>,
    #[description = "The queue for messages that fail again and again"]
    #[rename = "dead-letters"]
    #[autocomplete = "names"]
    dead_letters: Option<String>,
    #[description = "How many receives before a message is a dead letter (3, if left out)"]
    #[rename = "max-receives"]
    #[min = 1]
    #[max = 1_000]
    max_receives: Option<u32>,
    #[description = "Seconds a message is kept (345600 = 4 days, if left out)"]
    #[min = 60]
    #[max = 1_209_600]
    retention: Option<u32>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let name = fifo_name(name, fifo)?;
    if content_dedup == Some(true) && !name.ends_with(FIFO) {
        return Err(mistake(
            "Only a FIFO queue looks for duplicates: add `fifo:True`, or leave `content-dedup:` out.",
        ));
    }
    if max_receives.is_some() && dead_letters.is_none() {
        return Err(mistake(
            "`max-receives:` says when a message goes to the dead-letter queue, so name that too: `dead-letters:orders-dead` (create \
             it first).",
        ));
    }
    let own = Own::of(&call, region(place)).await?;
    once(&call).await?;
    let already = own.queues.find(&name).await.is_ok();
    let new = NewQueue {
        name,
        visibility,
        delay,
        retention,
        content_deduplication: content_dedup == Some(true),
        dead_letters: dead_letters.map(|queue| DeadLetters {
            queue,
            max_receives: max_receives.unwrap_or(MAX_RECEIVES),
        }),
    };
    let queue = own.queues.create(&new).await.map_err(failure)?;
    let picture = draw::states(&call, &own, &queue, None).await?;
    show(&call, &cards::created(&queue, own.region, already, picture)).await
}

/// The name with the ending that FIFO queues have, where the member asked for one.
fn fifo_name(name: String, fifo: Option<bool>) -> Result<String, Failure> {
    match (fifo, name.ends_with(FIFO)) {
        (Some(true), false) => Ok(format!("{name}{FIFO}")),
        (Some(false), true) => Err(mistake(
            "A name that ends in `.fifo` is a FIFO queue's: take another name, or leave `fifo:False` out.",
        )),
        _ => Ok(name),
    }
}

/// List your queues with what is in them
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
    let names = own.queues.list().await.map_err(failure)?;
    let mut queues = Vec::new();
    for name in names.iter().take(LISTED) {
        queues.push(own.find(name).await?);
    }
    let more = names.len() - queues.len();
    show(&call, &cards::list(&queues, more, own.region)).await
}

/// Look into a queue without receiving
#[poise::command(slash_command, guild_only)]
async fn peek(
    ctx: Context<'_>,
    #[description = "The queue"]
    #[autocomplete = "names"]
    name: String,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let own = Own::of(&call, region(place)).await?;
    let queue = own.find(&name).await?;
    let sandbox = &call.app.sandbox;
    let seen = sandbox
        .messages(&own.tenant.account_id, own.region, &queue.name)
        .await?;
    let picture = draw::states(&call, &own, &queue, None).await?;
    show(&call, &cards::peeked(&queue, own.region, &seen, picture)).await
}

/// Move dead letters back to where they came from
#[poise::command(slash_command, guild_only)]
async fn redrive(
    ctx: Context<'_>,
    #[description = "The dead-letter queue"]
    #[autocomplete = "names"]
    name: String,
    #[description = "Another queue to move them to (where each came from, if left out)"]
    #[autocomplete = "names"]
    to: Option<String>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let own = Own::of(&call, region(place)).await?;
    let dead = own.find(&name).await?;
    let to = match to {
        Some(to) => Some(own.find(&to).await?),
        None => None,
    };
    once(&call).await?;
    let moved = own.queues.redrive(&dead, to.as_ref()).await.map_err(failure)?;
    let targets = match &to {
        Some(to) => vec![to.name.clone()],
        None => own.queues.sources_of(&dead).await.map_err(failure)?,
    };
    let flow = (moved != Moved::All(0)).then_some(Flow::Redriven);
    let picture = match targets.first() {
        Some(target) => {
            let target = own.find(target).await?;
            Some(draw::states(&call, &own, &target, flow).await?)
        }
        None => None,
    };
    show(
        &call,
        &cards::redriven(&dead, &targets, &moved, own.region, picture),
    )
    .await
}

/// Delete a queue and all its messages
#[poise::command(slash_command, guild_only)]
async fn delete(
    ctx: Context<'_>,
    #[description = "The queue"]
    #[autocomplete = "names"]
    name: String,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let own = Own::of(&call, region(place)).await?;
    let queue = own.find(&name).await?;
    show(&call, &cards::deleting(&queue, own.region, call.member_id)).await
}

async fn show(call: &Call, card: &Card) -> Result<(), Failure> {
    Ok(call.to.reply(card, Visibility::Public).await?)
}

async fn once(call: &Call) -> Result<(), Failure> {
    call.once("`/queue peek` shows what is there.").await
}

/// The caller's queues, for completion.
async fn names(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    place::complete(ctx, typed, async |tenant, region| {
        Ok(ctx.data().sandbox.queues(tenant, region).list().await?)
    })
    .await
}
