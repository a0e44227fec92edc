//! `/stream …`, `/sandbox …` and their buttons: what they have in common. `shape` makes and changes streams, `records`
//! fills and reads them, `upkeep` is about tags and consumers, `lag` about readers, `own` about the sandbox as a whole.
#![allow(
    missing_docs,
    reason = "poise makes a command's doc comment its description in Discord"
)]

mod complete;
mod confirm;
mod lag;
mod own;
mod records;
mod shape;
mod upkeep;

use std::sync::Arc;

use ::sandbox::streams::Streams;
use ::sandbox::{Region, Tenant};
use discord::{Card, Failure, Route, RouteError, Visibility, mistake};

pub use own::sandbox;
pub use shape::Mode;

use crate::call::{Call, Context};
use crate::place::{Place, region};
use lag::{lag, watch};
use records::{load, put, read};
use shape::{create, delete, describe, list, merge, retention, shards, split};
use upkeep::{consumers, tag};

/// Your own Kinesis streams
#[poise::command(
    slash_command,
    guild_only,
    subcommands(
        "create",
        "put",
        "load",
        "read",
        "list",
        "describe",
        "shards",
        "split",
        "merge",
        "retention",
        "lag",
        "watch",
        "consumers",
        "tag",
        "delete",
        "crate::lab::commands::sql"
    ),
    subcommand_required
)]
pub async fn stream(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// A press of a stream's or the sandbox's button: each has an owner, who was looked at before.
pub async fn press(call: &Call, route: &Route) -> Result<(), Failure> {
    if route.owner.is_none() {
        return Err(RouteError.into());
    }
    match route.verb.as_str() {
        "delete" => confirm::delete(call, route).await,
        "reset" => confirm::reset(call).await,
        "keep" => confirm::keep(call).await,
        "stop" => lag::stop(call, route).await,
        _ => Err(mistake(
            "This button is from an older version of Tributary. Run the command again for a fresh one.",
        )),
    }
}

/// The caller's streams in a region, and the way to answer: publicly, unless something is wrong.
struct Here {
    call: Arc<Call>,
    tenant: Tenant,
    region: Region,
    streams: Streams,
}

impl Here {
    async fn of(ctx: Context<'_>, place: Option<Place>) -> Result<Self, Failure> {
        let call = Call::of(ctx).await?;
        call.to.expect_public();
        let region = region(place);
        let (tenant, streams) = super::streams(&call, region).await?;
        Ok(Self {
            call,
            tenant,
            region,
            streams,
        })
    }

    /// The same, for what changes something and must happen once.
    async fn once(ctx: Context<'_>, place: Option<Place>) -> Result<Self, Failure> {
        let here = Self::of(ctx, place).await?;
        once(&here.call).await?;
        Ok(here)
    }

    async fn say(&self, card: &Card) -> Result<(), Failure> {
        Ok(self.call.to.reply(card, Visibility::Public).await?)
    }
}

/// Does it once, however often Discord sends it.
async fn once(call: &Call) -> Result<(), Failure> {
    call.once("`/stream describe` and `/stream read` show what is there.")
        .await
}
