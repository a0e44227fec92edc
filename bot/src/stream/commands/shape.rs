//! Making streams and changing their shape: create, list, describe, shards, split, merge, retention, delete.

use discord::{Button, Failure, Style, Visibility, mistake};

use super::{
    Here,
    complete::{names, new_names, open_shards},
    confirm,
};
use crate::call::Context;
use crate::place::Place;
use crate::stream::cards::shape as cards;
use crate::stream::{look, pictures, words};

/// Who chooses the number of shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poise::ChoiceParameter)]
pub enum Mode {
    #[name = "provisioned"]
    Provisioned,
    #[name = "on-demand"]
    OnDemand,
}

/// Create a stream
#[poise::command(slash_command, guild_only)]
pub(super) async fn create(
    ctx: Context<'_>,
    #[description = "Letters, digits, _ . and -, such as orders"]
    #[autocomplete = "new_names"]
    name: String,
    #[description = "How many shards, 1 to 50; 1, if left out"]
    #[min = 1]
    #[max = 50]
    shards: Option<u32>,
    #[description = "provisioned (you choose the shards), if left out; or on-demand (it chooses)"]
    mode: Option<Mode>,
    #[description = "us-east-1 Virginia, if left out; eu-west-1 Ireland, eu-central-1 Frankfurt, ap-southeast-2 Sydney"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    if mode == Some(Mode::OnDemand) && shards.is_some() {
        return Err(mistake(
            "An on-demand stream chooses its number of shards by itself and begins with 4: leave `shards:` out, or take \
             `mode:provisioned`.",
        ));
    }
    let here = Here::once(ctx, place).await?;
    let created = match mode {
        Some(Mode::OnDemand) => here.streams.create_on_demand(&name).await,
        Some(Mode::Provisioned) | None => here.streams.create(&name, shards.unwrap_or(1)).await,
    };
    let stream = created.map_err(words::failure)?;
    let picture = pictures::shard_map(&stream, &pictures::Marks::default()).await?;
    here.say(&cards::created(&stream, here.region, picture)).await
}

/// List your streams
#[poise::command(slash_command, guild_only)]
pub(super) async fn list(
    ctx: Context<'_>,
    #[description = "us-east-1 Virginia, if left out; eu-west-1 Ireland, eu-central-1 Frankfurt, ap-southeast-2 Sydney"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let here = Here::of(ctx, place).await?;
    let mut streams = Vec::new();
    for name in here.streams.list().await.map_err(words::failure)? {
        match here.streams.describe(&name).await {
            Ok(stream) => streams.push(stream),
            // Deleted between the two looks.
            Err(sandbox::streams::StreamError::NoSuchStream { .. }) => {}
            Err(error) => return Err(words::failure(error)),
        }
    }
    here.say(&cards::list(&streams, here.region)).await
}

/// Show a stream: its shards, settings, tags and consumers
#[poise::command(slash_command, guild_only)]
pub(super) async fn describe(
    ctx: Context<'_>,
    #[description = "The stream"]
    #[autocomplete = "names"]
    name: String,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let here = Here::of(ctx, place).await?;
    let stream = here.streams.describe(&name).await.map_err(words::failure)?;
    let tags = here.streams.tags(&name).await.map_err(words::failure)?;
    let consumers = here.streams.consumers(&stream).await.map_err(words::failure)?;
    let look = look::at(&here.call.app, &here.tenant, here.region, &here.streams, stream).await?;
    let picture = pictures::shard_map(&look.stream, &look.marks()).await?;
    here.say(&cards::described(&look, here.region, &tags, &consumers, picture))
        .await
}

/// List a stream's shards: what each owns, holds, takes, and came from
#[poise::command(slash_command, guild_only)]
pub(super) async fn shards(
    ctx: Context<'_>,
    #[description = "The stream"]
    #[autocomplete = "names"]
    name: String,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let here = Here::of(ctx, place).await?;
    let stream = here.streams.describe(&name).await.map_err(words::failure)?;
    let look = look::at(&here.call.app, &here.tenant, here.region, &here.streams, stream).await?;
    let picture = pictures::shard_map(&look.stream, &look.marks()).await?;
    here.say(&cards::shards(&look, here.region, picture)).await
}

/// Split a shard in two, so that the stream takes more
#[poise::command(slash_command, guild_only)]
pub(super) async fn split(
    ctx: Context<'_>,
    #[description = "The stream"]
    #[autocomplete = "names"]
    name: String,
    #[description = "The open shard to split, such as 0"]
    #[autocomplete = "open_shards"]
    shard: String,
    #[description = "How much of its range the first half takes, in percent; 50, if left out"]
    #[min = 1]
    #[max = 99]
    at: Option<u8>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let here = Here::once(ctx, place).await?;
    let split = here
        .streams
        .split(&name, &shard, at.unwrap_or(50))
        .await
        .map_err(words::failure)?;
    let look = look::at(
        &here.call.app,
        &here.tenant,
        here.region,
        &here.streams,
        split.stream.clone(),
    )
    .await?;
    let picture = pictures::shard_map(&look.stream, &look.marks()).await?;
    here.say(&cards::split(&split, here.region, picture)).await
}

/// Merge two neighbouring shards into one, so that the stream costs less
#[poise::command(slash_command, guild_only)]
pub(super) async fn merge(
    ctx: Context<'_>,
    #[description = "The stream"]
    #[autocomplete = "names"]
    name: String,
    #[description = "One open shard, such as 0"]
    #[autocomplete = "open_shards"]
    shard: String,
    #[description = "The open shard beside it on the ring, such as 1"]
    #[autocomplete = "open_shards"]
    with: String,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let here = Here::once(ctx, place).await?;
    let merged = here
        .streams
        .merge(&name, &shard, &with)
        .await
        .map_err(words::failure)?;
    let look = look::at(
        &here.call.app,
        &here.tenant,
        here.region,
        &here.streams,
        merged.stream.clone(),
    )
    .await?;
    let picture = pictures::shard_map(&look.stream, &look.marks()).await?;
    here.say(&cards::merged(&merged, here.region, picture)).await
}

/// Set how long records are kept
#[poise::command(slash_command, guild_only)]
pub(super) async fn retention(
    ctx: Context<'_>,
    #[description = "The stream"]
    #[autocomplete = "names"]
    name: String,
    #[description = "24 to 8760 hours: a day to a year"] hours: u32,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let here = Here::once(ctx, place).await?;
    let (before, stream) = here
        .streams
        .set_retention(&name, hours)
        .await
        .map_err(words::failure)?;
    here.say(&cards::retention(&stream, before, here.region)).await
}

/// Delete a stream and all its records; asks first
#[poise::command(slash_command, guild_only)]
pub(super) async fn delete(
    ctx: Context<'_>,
    #[description = "The stream"]
    #[autocomplete = "names"]
    name: String,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let here = Here::of(ctx, place).await?;
    let stream = here.streams.describe(&name).await.map_err(words::failure)?;
    let held = here
        .streams
        .survey(
            &stream,
            &sandbox::streams::Position::default(),
            crate::clock::real_ms(),
        )
        .await;
    let held = held.map_err(words::failure)?;
    let route = confirm::delete_route(&here.call, here.region, &name, stream.created_at);
    let card = cards::ask_delete(&stream, held.as_deref(), here.region).buttons(vec![
        Button::new("Delete it", Style::Danger, &route),
        Button::new("Keep it", Style::Secondary, &confirm::keep_route(&here.call)),
    ]);
    Ok(here.call.to.reply(&card, Visibility::Private).await?)
}
