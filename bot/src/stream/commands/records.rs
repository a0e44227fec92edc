//! Filling and reading streams: put, load, read.

use std::time::Duration;

use ::sandbox::streams::{self as aws, Read, Reading};
use discord::{Failure, mistake};

use super::{
    Here,
    complete::{names, shards},
};
use crate::call::Context;
use crate::clock::real_ms;
use crate::place::Place;
use crate::stream::cards::records::{self as cards, Began};
use crate::stream::load::{Plan, Spread};
use crate::stream::{moment, pictures, store, words};

/// How long a load goes on sending again what was refused. Discord waits longer for an answer.
const PATIENCE: Duration = Duration::from_secs(12);

/// Where a reading begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poise::ChoiceParameter)]
pub enum Start {
    #[name = "where I stopped"]
    Position,
    #[name = "oldest (TRIM_HORIZON)"]
    Oldest,
    #[name = "newest (LATEST)"]
    Newest,
    #[name = "at a time (AT_TIMESTAMP)"]
    Time,
    #[name = "at a sequence number"]
    At,
    #[name = "after a sequence number"]
    After,
}

/// How a load's records are spread over its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poise::ChoiceParameter)]
pub enum Pattern {
    #[name = "evenly"]
    Evenly,
    #[name = "hot-key"]
    HotKey,
    #[name = "random"]
    Random,
}

/// Put a record, and see which shard it goes to and why
#[poise::command(slash_command, guild_only)]
pub(super) async fn put(
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
    let here = Here::once(ctx, place).await?;
    let put = here
        .streams
        .put(&name, &key, data.as_bytes())
        .await
        .map_err(words::failure)?;
    let stream = here.streams.describe(&name).await.map_err(words::failure)?;
    let marks = pictures::Marks {
        landed: Some((key.clone(), put.clone())),
        ..Default::default()
    };
    let picture = pictures::shard_map(&stream, &marks).await?;
    here.say(&cards::put(&stream, here.region, &key, data.len(), &put, picture))
        .await
}

/// Put many records at once, and see how they spread over the shards
#[poise::command(slash_command, guild_only)]
pub(super) async fn load(
    ctx: Context<'_>,
    #[description = "The stream"]
    #[autocomplete = "names"]
    name: String,
    #[description = "How many records, 1 to 5000"]
    #[min = 1]
    #[max = 5000]
    count: u32,
    #[description = "How many different keys, user-1, user-2, …; 10, if left out"]
    #[min = 1]
    #[max = 1000]
    keys: Option<u32>,
    #[description = "How the records spread over the keys; evenly, if left out. hot-key: four of five have user-1"]
    pattern: Option<Pattern>,
    #[description = "What is in a record; {n}, {key}, {random} and {time} are filled in"] data: Option<
        String,
    >,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let plan = Plan {
        count,
        keys: keys.unwrap_or(10),
        spread: match pattern {
            Some(Pattern::Evenly) | None => Spread::Evenly,
            Some(Pattern::HotKey) => Spread::HotKey,
            Some(Pattern::Random) => Spread::Random,
        },
        data,
    };
    let here = Here::once(ctx, place).await?;
    let records = plan.records(&mut rand::rng(), real_ms());
    let many = here
        .streams
        .put_many(&name, &records, PATIENCE)
        .await
        .map_err(words::failure)?;
    let stream = here.streams.describe(&name).await.map_err(words::failure)?;
    let picture = pictures::key_ring(&stream, &records, &many).await?;
    here.say(&cards::loaded(&stream, here.region, &records, &many, picture))
        .await
}

/// Read records: from the oldest at first, then from where you stopped
#[allow(clippy::too_many_arguments, reason = "each is an option of the command")]
#[poise::command(slash_command, guild_only)]
pub(super) async fn read(
    ctx: Context<'_>,
    #[description = "The stream"]
    #[autocomplete = "names"]
    name: String,
    #[description = "Where to begin (where you stopped, if left out)"] from: Option<Start>,
    #[description = "One shard only, such as 0"]
    #[autocomplete = "shards"]
    shard: Option<String>,
    #[description = "The sequence number to begin at or after; needs a shard"] sequence: Option<String>,
    #[description = "How many at most; 15, if left out, and more are read but not all shown"]
    #[min = 1]
    #[max = 10000]
    count: Option<u32>,
    #[description = "The time to begin at: 5m (ago), 14:30 or 2026-11-23 14:30 (UTC)"] time: Option<String>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let here = Here::of(ctx, place).await?;
    let (app, region) = (&here.call.app, here.region);
    let stream = here.streams.describe(&name).await.map_err(words::failure)?;
    let position = store::position(&app.store, &here.tenant, region, &name, stream.created_at).await?;
    let asked = Asked {
        from,
        sequence,
        time,
        in_a_shard: shard.is_some(),
    };
    let (from, began) = asked.start(position)?;
    let reading: Reading = here
        .streams
        .read(
            &name,
            Read {
                from,
                shard,
                limit: count.map_or(cards::SHOWN, |count| count as usize),
            },
        )
        .await
        .map_err(words::failure)?;
    store::put_position(
        &app.store,
        &here.tenant,
        region,
        &name,
        stream.created_at,
        &reading.position,
    )
    .await?;
    here.say(&cards::read(&name, region, &reading, began)).await
}

/// Where a reading was asked to begin.
struct Asked {
    from: Option<Start>,
    sequence: Option<String>,
    time: Option<String>,
    in_a_shard: bool,
}

impl Asked {
    /// As the sandbox reads it. A sequence number alone means: at it; a time alone: from it on.
    fn start(self, position: aws::Position) -> Result<(aws::From, Began), Failure> {
        let from = self.from.unwrap_or(match (&self.sequence, &self.time) {
            (Some(_), _) => Start::At,
            (None, Some(_)) => Start::Time,
            (None, None) => Start::Position,
        });
        match (from, self.sequence, self.time) {
            (Start::Position, None, None) => Ok((aws::From::Position(position), Began::Position)),
            (Start::Oldest, None, None) => Ok((aws::From::Oldest, Began::Elsewhere)),
            (Start::Newest, None, None) => Ok((aws::From::Newest, Began::Newest)),
            (Start::Time, None, Some(time)) => {
                let at = moment::read(&time, real_ms())?;
                Ok((aws::From::Time(at), Began::Time(at)))
            }
            (Start::Time, None, None) => Err(mistake(
                "Add `time:` with when to begin: `5m` for five minutes ago, `14:30`, or `2026-11-23 14:30` (UTC).",
            )),
            (Start::At, Some(number), None) if self.in_a_shard => {
                Ok((aws::From::At(number), Began::Elsewhere))
            }
            (Start::After, Some(number), None) if self.in_a_shard => {
                Ok((aws::From::After(number), Began::Elsewhere))
            }
            (Start::At | Start::After, Some(_), None) => Err(mistake(
                "A sequence number means something within one shard only: add `shard:` with the shard it is from.",
            )),
            (Start::At | Start::After, None, None) => Err(mistake(
                "Add `sequence:` with the number to begin at; `/stream read` and `/stream put` show them.",
            )),
            (_, Some(_), None) => Err(mistake(
                "A sequence number goes with `from:at a sequence number` or `from:after a sequence number`. Leave one of them out.",
            )),
            (_, _, Some(_)) => Err(mistake(
                "A time goes with `from:at a time (AT_TIMESTAMP)` and with nothing else. Leave one of them out.",
            )),
        }
    }
}
