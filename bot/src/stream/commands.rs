//! `/stream …` and `/sandbox credentials`.
#![allow(
    missing_docs,
    reason = "poise makes a command's doc comment its description in Discord"
)]

use ::sandbox::streams::{self as aws, Read, Reading};
use discord::{Failure, Visibility, mistake};
use serenity::builder::CreateAutocompleteResponse;

use super::cards::{self, Began};
use super::{pictures, store, streams, words};
use crate::call::{Call, Context};
use crate::place::{self, Place, region};

/// Where a reading begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poise::ChoiceParameter)]
pub enum Start {
    #[name = "where I stopped"]
    Position,
    #[name = "oldest (TRIM_HORIZON)"]
    Oldest,
    #[name = "newest (LATEST)"]
    Newest,
    #[name = "at a sequence number"]
    At,
    #[name = "after a sequence number"]
    After,
}

/// Your own Kinesis streams
#[poise::command(
    slash_command,
    guild_only,
    subcommands(
        "create",
        "put",
        "read",
        "list",
        "describe",
        "delete",
        "crate::lab::commands::sql"
    ),
    subcommand_required
)]
pub async fn stream(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Create a stream
#[poise::command(slash_command, guild_only)]
async fn create(
    ctx: Context<'_>,
    #[description = "Letters, digits, _ . and -, such as orders"] name: String,
    #[description = "How many shards, 1 to 50"]
    #[min = 1]
    #[max = 50]
    shards: u32,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let region = region(place);
    let (_, streams) = streams(&call, region).await?;
    once(&call).await?;
    let stream = streams.create(&name, shards).await.map_err(words::failure)?;
    let picture = pictures::shard_map(&stream, None).await?;
    Ok(call
        .to
        .reply(&cards::created(&stream, region, picture), Visibility::Public)
        .await?)
}

/// Put a record, and see which shard it goes to and why
#[poise::command(slash_command, guild_only)]
async fn put(
    ctx: Context<'_>,
    #[description = "The stream"]
    #[autocomplete = "names"]
    name: String,
    #[description = "The partition key: its hash decides the shard"] key: String,
    #[description = "What happened"] data: String,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let region = region(place);
    let (_, streams) = streams(&call, region).await?;
    once(&call).await?;
    let put = streams
        .put(&name, &key, data.as_bytes())
        .await
        .map_err(words::failure)?;
    let stream = streams.describe(&name).await.map_err(words::failure)?;
    let picture = pictures::shard_map(&stream, Some((&key, &put))).await?;
    let card = cards::put(&stream, region, &key, data.len(), &put, picture);
    Ok(call.to.reply(&card, Visibility::Public).await?)
}

/// Read records: from the oldest at first, then from where you stopped
#[poise::command(slash_command, guild_only)]
async fn read(
    ctx: Context<'_>,
    #[description = "The stream"]
    #[autocomplete = "names"]
    name: String,
    #[description = "Where to begin (where you stopped, if left out)"] from: Option<Start>,
    #[description = "One shard only, such as 0"] shard: Option<String>,
    #[description = "The sequence number to begin at or after; needs a shard"] sequence: Option<String>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let region = region(place);
    let (tenant, streams) = streams(&call, region).await?;
    let app = &call.app;
    let stream = streams.describe(&name).await.map_err(words::failure)?;
    let position = store::position(&app.store, &tenant, region, &name, stream.created_at).await?;
    let began = began(from, sequence.as_deref());
    let from = start(from, sequence, shard.as_deref(), position)?;
    let reading: Reading = streams
        .read(
            &name,
            Read {
                from,
                shard,
                limit: cards::SHOWN,
            },
        )
        .await
        .map_err(words::failure)?;
    store::put_position(
        &app.store,
        &tenant,
        region,
        &name,
        stream.created_at,
        &reading.position,
    )
    .await?;
    Ok(call
        .to
        .reply(&cards::read(&name, region, &reading, began), Visibility::Public)
        .await?)
}

fn began(from: Option<Start>, sequence: Option<&str>) -> Began {
    match from {
        Some(Start::Newest) => Began::Newest,
        Some(Start::Position) => Began::Position,
        None if sequence.is_none() => Began::Position,
        _ => Began::Elsewhere,
    }
}

/// What was asked, as the sandbox reads it. A sequence number alone means: at it.
fn start(
    from: Option<Start>,
    sequence: Option<String>,
    shard: Option<&str>,
    position: aws::Position,
) -> Result<aws::From, Failure> {
    let from = from.unwrap_or(if sequence.is_some() {
        Start::At
    } else {
        Start::Position
    });
    match (from, sequence) {
        (Start::Position, None) => Ok(aws::From::Position(position)),
        (Start::Oldest, None) => Ok(aws::From::Oldest),
        (Start::Newest, None) => Ok(aws::From::Newest),
        (Start::At, Some(number)) if shard.is_some() => Ok(aws::From::At(number)),
        (Start::After, Some(number)) if shard.is_some() => Ok(aws::From::After(number)),
        (Start::At | Start::After, Some(_)) => Err(mistake(
            "A sequence number means something within one shard only: add `shard:` with the shard it is from.",
        )),
        (Start::At | Start::After, None) => Err(mistake(
            "Add `sequence:` with the number to begin at; `/stream read` and `/stream put` show them.",
        )),
        (_, Some(_)) => Err(mistake(
            "A sequence number goes with `from:at a sequence number` or `from:after a sequence number`. Leave one of them out.",
        )),
    }
}

/// List your streams
#[poise::command(slash_command, guild_only)]
async fn list(
    ctx: Context<'_>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let region = region(place);
    let (_, streams) = streams(&call, region).await?;
    let names = streams.list().await.map_err(words::failure)?;
    Ok(call
        .to
        .reply(&cards::list(&names, region), Visibility::Public)
        .await?)
}

/// Show a stream with its shards
#[poise::command(slash_command, guild_only)]
async fn describe(
    ctx: Context<'_>,
    #[description = "The stream"]
    #[autocomplete = "names"]
    name: String,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let region = region(place);
    let (_, streams) = streams(&call, region).await?;
    let stream = streams.describe(&name).await.map_err(words::failure)?;
    let picture = pictures::shard_map(&stream, None).await?;
    Ok(call
        .to
        .reply(&cards::described(&stream, region, picture), Visibility::Public)
        .await?)
}

/// Delete a stream and all its records
#[poise::command(slash_command, guild_only)]
async fn delete(
    ctx: Context<'_>,
    #[description = "The stream"]
    #[autocomplete = "names"]
    name: String,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let region = region(place);
    let (_, streams) = streams(&call, region).await?;
    once(&call).await?;
    streams.delete(&name).await.map_err(words::failure)?;
    Ok(call
        .to
        .reply(&cards::deleted(&name, region), Visibility::Public)
        .await?)
}

/// Your private AWS
#[poise::command(slash_command, guild_only, subcommands("credentials"), subcommand_required)]
pub async fn sandbox(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// The keys and address for your own AWS programs; only you see them
#[poise::command(slash_command, guild_only)]
async fn credentials(ctx: Context<'_>) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let tenant = super::tenant(&call).await?;
    let card = cards::credentials(&tenant, &call.app.settings.sandbox_url());
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// Does it once, however often Discord sends it.
async fn once(call: &Call) -> Result<(), Failure> {
    call.once("`/stream describe` and `/stream read` show what is there.")
        .await
}

/// The caller's streams, for completion.
async fn names(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    place::complete(ctx, typed, async |tenant, region| {
        Ok(ctx.data().sandbox.streams(tenant, region).list().await?)
    })
    .await
}
