//! `/lab …` and its buttons.
#![allow(
    missing_docs,
    reason = "poise makes a command's doc comment its description in Discord"
)]

use std::sync::Arc;
use std::time::Duration;

use discord::{Failure, Route, RouteError, Visibility, mistake};
use sandbox::Fault;
use serenity::builder::CreateAutocompleteResponse;

use super::shape::{Pattern, Progress, Shape};
use super::{Load, RATE, SECONDS, cards, store};
use crate::call::{Call, Context};
use crate::clock::real_ms;
use crate::place::{self, Place};
use crate::{stream, tenant};

/// How much longer everything takes under that fault: enough to feel, far from a time-out.
const DELAY: Duration = Duration::from_millis(500);
/// The most records of one load.
const MOST_RECORDS: u64 = 60_000;

/// How a load comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poise::ChoiceParameter)]
pub enum Choice {
    #[name = "steady"]
    Steady,
    #[name = "burst"]
    Burst,
    #[name = "ramp"]
    Ramp,
    #[name = "hot-key"]
    HotKey,
}

/// Try out what your streams take, and what your programs survive
#[poise::command(slash_command, guild_only, subcommands("load", "fault"), subcommand_required)]
pub async fn lab(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Put a load on a stream, and watch throughput, throttling and latency
#[poise::command(slash_command, guild_only)]
async fn load(
    ctx: Context<'_>,
    #[description = "The stream"]
    #[autocomplete = "names"]
    name: String,
    #[description = "Records a second, 1 to 5000; 500, if left out"]
    #[min = 1]
    #[max = 5000]
    rate: Option<u32>,
    #[description = "How many seconds, 5 to 60; 15, if left out"]
    #[min = 5]
    #[max = 60]
    duration: Option<u32>,
    #[description = "steady, if left out; burst: all of five seconds in one; ramp: rising; hot-key: four of five one key"]
    pattern: Option<Choice>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let shape = Shape {
        rate: rate.unwrap_or(RATE),
        seconds: duration.unwrap_or(SECONDS),
        pattern: match pattern {
            Some(Choice::Steady) | None => Pattern::Steady,
            Some(Choice::Burst) => Pattern::Burst,
            Some(Choice::Ramp) => Pattern::Ramp,
            Some(Choice::HotKey) => Pattern::HotKey,
        },
    };
    if shape.total() > MOST_RECORDS {
        return Err(mistake(format!(
            "That would be {} records; a load has at most 60,000. Take a lower `rate:` or a shorter `duration:`.",
            stream::say::thousands(shape.total())
        )));
    }
    begin(&call, &name, place, shape).await
}

async fn begin(call: &Arc<Call>, name: &str, place: Option<Place>, shape: Shape) -> Result<(), Failure> {
    let region = place::region(place);
    let (_, streams) = stream::streams(call, region).await?;
    let described = streams.describe(name).await.map_err(stream::words::failure)?;
    let mut load = Load {
        id: ::store::id::row(),
        guild_id: call.guild_id,
        member_id: call.member_id,
        channel_id: call.channel_id,
        message_id: None,
        region,
        stream: described.name.clone(),
        shape,
        limit: described.open_shards().count() as u64 * 1_000,
        progress: Progress::default(),
    };
    let Some(mut tx) = call.app.store.begin_once(call.id, real_ms()).await? else {
        return Err(mistake("Discord sent me this command twice, so I began it once."));
    };
    if !store::claim(&mut tx, &load).await? {
        return Err(mistake(
            "Your last load is still running; one at a time. Press its Stop, or wait for its end: a minute at most.",
        ));
    }
    tx.commit().await?;
    let said = call.to.reply(&cards::running(&load), Visibility::Public).await;
    let message = match said {
        Ok(()) => call.to.message().await,
        Err(error) => Err(error),
    };
    let message = match message {
        Ok(message) => message.id.get(),
        Err(error) => {
            store::end(&call.app.store, &load.id).await?;
            return Err(error.into());
        }
    };
    store::put_message(&call.app.store, &load.id, message).await?;
    load.message_id = Some(message);
    tokio::spawn(super::run(Arc::clone(&call.app), streams, load));
    Ok(())
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poise::ChoiceParameter)]
pub enum Wrong {
    #[name = "duplicate"]
    Duplicate,
    #[name = "crash a consumer"]
    Crash,
    #[name = "reorder"]
    Reorder,
    #[name = "throttle"]
    Throttle,
    #[name = "delay"]
    Delay,
    #[name = "none"]
    None,
}

/// Let something go wrong in your own sandbox for a while, and see what your programs do
#[poise::command(slash_command, guild_only)]
async fn fault(
    ctx: Context<'_>,
    #[description = "What goes wrong; none ends it. Left out: what is wrong now"] kind: Option<Wrong>,
    #[description = "How many seconds, 10 to 300; 60, if left out"]
    #[min = 10]
    #[max = 300]
    duration: Option<u32>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let account = tenant::of(&call).await?.account_id;
    let sandbox = &call.app.sandbox;
    let fault = match kind {
        None => {
            let now = cards::fault(sandbox.fault(&account), call.member_id);
            return Ok(call.to.reply(&now, Visibility::Public).await?);
        }
        Some(Wrong::None) => None,
        Some(Wrong::Delay) => Some(Fault::Delay(DELAY)),
        Some(Wrong::Throttle) => Some(Fault::Throttle),
        Some(Wrong::Crash) => Some(Fault::Crash),
        Some(Wrong::Duplicate) => Some(Fault::Duplicate),
        Some(Wrong::Reorder) => Some(Fault::Reorder),
    };
    call.once("`/lab fault` shows what is wrong now.").await?;
    let lasting = Duration::from_secs(u64::from(duration.unwrap_or(60)));
    let begin = |fault| sandbox.begin_fault(&account, fault, lasting);
    let fault = fault.map(begin).transpose()?;
    if fault.is_none() {
        sandbox.end_fault(&account);
    }
    let now = cards::fault(fault, call.member_id);
    Ok(call.to.reply(&now, Visibility::Public).await?)
}

/// A press of a load's or a fault's button: it has an owner, who was looked at before.
pub async fn press(call: &Call, route: &Route) -> Result<(), Failure> {
    match (route.verb.as_str(), route.owner) {
        ("stop", Some(_)) => {
            let id = route.get(0)?;
            if !store::stop(&call.app.store, id, call.guild_id, call.member_id).await? {
                return Err(mistake("That load is over already. `/lab load` begins another."));
            }
            // Whoever sends it shows its end in this message.
            Ok(call.to.defer(Visibility::Private).await?)
        }
        ("mend", Some(owner)) => {
            let account = tenant::of(call).await?.account_id;
            call.app.sandbox.end_fault(&account);
            Ok(call.to.update(&cards::fault(None, owner)).await?)
        }
        _ => Err(RouteError.into()),
    }
}

/// The caller's streams, for completion.
async fn names(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    place::complete(ctx, typed, async |tenant, region| {
        Ok(ctx.data().sandbox.streams(tenant, region).list().await?)
    })
    .await
}
