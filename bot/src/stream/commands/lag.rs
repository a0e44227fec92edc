//! How far readers are behind: once, and watched for a while.

use discord::{Failure, Route, Visibility, mistake};

use super::{Here, complete::names};
use crate::call::{Call, Context};
use crate::clock::real_ms;
use crate::place::Place;
use crate::stream::cards::lag as cards;
use crate::stream::store::watch as store;
use crate::stream::watch::{self, Watch};
use crate::stream::{look, pictures, words};

/// How far behind reading is, shard by shard
#[poise::command(slash_command, guild_only)]
pub(super) async fn lag(
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
    here.say(&cards::lag(&look, here.region, picture)).await
}

/// Watch the lag of a stream grow and fall, in one message
#[poise::command(slash_command, guild_only)]
pub(super) async fn watch(
    ctx: Context<'_>,
    #[description = "The stream"]
    #[autocomplete = "names"]
    name: String,
    #[description = "How long, 15 to 120 seconds; 90, if left out"]
    #[min = 15]
    #[max = 120]
    seconds: Option<u32>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let here = Here::of(ctx, place).await?;
    let stream = here.streams.describe(&name).await.map_err(words::failure)?;
    let (call, now) = (&here.call, real_ms());
    let mut watch = Watch {
        id: ::store::id::row(),
        guild_id: call.guild_id,
        member_id: call.member_id,
        channel_id: call.channel_id,
        message_id: None,
        region: here.region,
        stream: name,
        created_at: stream.created_at,
        began_at: now,
        ends_at: now + i64::from(seconds.unwrap_or(90)) * 1_000,
        stopped: false,
        looks: Vec::new(),
    };
    watch.looks.extend(watch::see(&call.app, &watch, now).await?);
    let Some(mut tx) = call.app.store.begin_once(call.id, now).await? else {
        return Err(mistake("Discord sent me this command twice, so I began it once."));
    };
    if !store::claim(&mut tx, &watch).await? {
        return Err(mistake(
            "You are watching a stream already; one at a time. Press its Stop, or wait for its end: two minutes at most.",
        ));
    }
    tx.commit().await?;
    let picture = pictures::lag(&watch).await?;
    let said = here.say(&cards::watching(&watch, picture)).await;
    let message = match said {
        Ok(()) => call.to.message().await.map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    match message {
        Ok(message) => store::put_message(&call.app.store, &watch.id, message.id.get()).await?,
        Err(failure) => {
            store::end(&call.app.store, &watch.id).await?;
            return Err(failure);
        }
    }
    call.app.watches_changed.notify_one();
    Ok(())
}

/// Ends a watch. Whoever looks shows the end in its message.
pub(super) async fn stop(call: &Call, route: &Route) -> Result<(), Failure> {
    if !store::stop(&call.app.store, route.get(0)?, call.guild_id, call.member_id).await? {
        return Err(mistake(
            "That watch is over already. `/stream watch` begins another.",
        ));
    }
    call.to.defer(Visibility::Private).await?;
    call.app.watches_changed.notify_one();
    Ok(())
}
