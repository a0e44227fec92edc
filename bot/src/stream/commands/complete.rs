//! What is suggested while somebody types: their own streams, shards, consumers and tags, in the region they have
//! chosen already.

use discord::Failure;
use sandbox::streams::{Shard, Stream, StreamError, Streams};
use serenity::builder::CreateAutocompleteResponse;

use crate::call::Context;
use crate::place::{complete, complete_with, offered, typed_text};
use crate::stream::say;

/// The caller's streams, by name.
pub async fn names(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    complete(ctx, typed, async |tenant, region| {
        Ok(ctx.data().sandbox.streams(tenant, region).list().await?)
    })
    .await
}

/// A name for a new stream: what is typed, today's date, which many choose, and what the lessons use.
pub async fn new_names(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let today = ctx.data().clock.now().format("%Y-%m-%d").to_string();
    let usual = ["orders", "clickstream", "sensors"].map(|name| (name.to_owned(), name.to_owned()));
    let mut choices = vec![(format!("{today} · today's date"), today)];
    choices.extend(usual);
    choices.retain(|(shown, meant)| shown.contains(typed) && meant != typed);
    if !typed.trim().is_empty() {
        choices.insert(0, (typed.to_owned(), typed.to_owned()));
    }
    offered(choices, "")
}

/// The open shards of the stream named already.
pub async fn open_shards(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    of_stream(ctx, typed, async |_, stream| {
        Ok(stream.open_shards().map(of_shard).collect())
    })
    .await
}

/// All its shards.
pub async fn shards(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    of_stream(ctx, typed, async |_, stream| {
        Ok(stream.shards.iter().map(of_shard).collect())
    })
    .await
}

/// Its registered consumers.
pub async fn consumers_of(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    of_stream(ctx, typed, async |streams, stream| {
        let consumers = streams.consumers(stream).await?;
        Ok(consumers
            .into_iter()
            .map(|it| (it.name.clone(), it.name))
            .collect())
    })
    .await
}

/// The keys of its tags.
pub async fn tag_keys(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    of_stream(ctx, typed, async |streams, stream| {
        let tags = streams.tags(&stream.name).await?;
        Ok(tags
            .into_iter()
            .map(|(key, value)| (format!("{key}={value}"), key))
            .collect())
    })
    .await
}

/// Choices about the stream named already; none while its name is only begun.
async fn of_stream(
    ctx: Context<'_>,
    typed: &str,
    choices: impl AsyncFnOnce(&Streams, &Stream) -> Result<Vec<(String, String)>, Failure>,
) -> CreateAutocompleteResponse {
    complete_with(ctx, typed, async |tenant, region| {
        let streams = ctx.data().sandbox.streams(tenant, region);
        match streams
            .describe(typed_text(ctx, "name").unwrap_or_default())
            .await
        {
            Ok(stream) => choices(&streams, &stream).await,
            Err(StreamError::NoSuchStream { .. } | StreamError::BadName { .. }) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

fn of_shard(shard: &Shard) -> (String, String) {
    let number = shard
        .number()
        .map_or_else(|| shard.id.clone(), |number| number.to_string());
    let state = if shard.open { "" } else { " · closed" };
    (
        format!("{number} · {} of the ring{state}", say::arc(shard)),
        number,
    )
}
