//! `/lab`: what a stream does under load, seen while it happens. A load is a row in the database from its first moment to its
//! last: one a member, and one that a restart cut short says so in its message.

pub mod cards;
pub mod commands;
pub mod shape;
mod store;

use std::sync::Arc;
use std::time::Duration;

use discord::Failure;
use sandbox::Region;
use sandbox::streams::{Entry, Fate, StreamError, Streams};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::app::App;
use crate::clock::real_ms;
use crate::live::{self, EditError};
use shape::{Progress, SLICES, Shape};

/// Records a second, unless the member says.
pub const RATE: u32 = 500;
/// How many seconds, unless the member says.
pub const SECONDS: u32 = 15;
/// A record of a load has fewer bytes than this, key and data together.
pub const RECORD_BYTES: u64 = 200;
/// How often the message shows how far a load is.
const SHOWN_EVERY: Duration = Duration::from_secs(3);

/// A member's load.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Names it in its button.
    pub id: String,
    /// Whose.
    pub guild_id: u64,
    /// Whose.
    pub member_id: u64,
    /// Where its message is.
    pub channel_id: u64,
    /// Its message, once that is there.
    pub message_id: Option<u64>,
    /// Where its stream is.
    pub region: Region,
    /// Its stream.
    pub stream: String,
    /// What is sent.
    pub shape: Shape,
    /// What its open shards take in a second, in records.
    pub limit: u64,
    /// How far it is.
    pub progress: Progress,
}

/// Why a load is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All was sent.
    Done,
    /// The member pressed Stop.
    Stopped,
    /// The stream is gone.
    Gone,
    /// The sandbox has no room for more records.
    Full,
    /// The calls took so long that twice its time was over.
    Late,
    /// The bot was started anew meanwhile.
    CutShort,
}

/// Puts the load on the stream and shows it in its message, to the end.
pub async fn run(app: Arc<App>, streams: Streams, mut load: Load) {
    let end = drive(&app, &streams, &mut load).await;
    finish(&app, &load, end).await;
}

/// Says of every load that an earlier life of the bot began that it was cut short.
pub async fn resume(app: Arc<App>) {
    match store::all(&app.store).await {
        Ok(loads) => {
            for load in loads {
                finish(&app, &load, End::CutShort).await;
            }
        }
        Err(error) => tracing::warn!(%error, "the loads cut short could not be read"),
    }
}

async fn drive(app: &App, streams: &Streams, load: &mut Load) -> End {
    let mut slices = interval_at(Instant::now(), Duration::from_secs(1) / SLICES);
    slices.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let begun = Instant::now();
    let mut shown = begun;
    for slice in 0..load.shape.seconds * SLICES {
        slices.tick().await;
        if let Err(end) = send(streams, load, slice, begun).await {
            return end;
        }
        // Where every call is slow, a load would go on and on.
        if begun.elapsed() > Duration::from_secs(u64::from(load.shape.seconds) * 2) {
            return End::Late;
        }
        if shown.elapsed() >= SHOWN_EVERY {
            shown = Instant::now();
            match show(app, load).await {
                Ok(true) => {}
                Ok(false) => return End::Stopped,
                Err(error) => tracing::warn!(%error, "a load could not be shown"),
            }
        }
    }
    End::Done
}

/// Sends one slice of a second.
async fn send(streams: &Streams, load: &mut Load, slice: u32, begun: Instant) -> Result<(), End> {
    let records: Vec<Entry> = load.shape.slice(slice, real_ms());
    for batch in records.chunks(500) {
        let batch: Vec<&Entry> = batch.iter().collect();
        let sent = Instant::now();
        let fates = match streams.put_batch(&load.stream, &batch).await {
            Ok(fates) => fates,
            Err(StreamError::NoSuchStream { .. } | StreamError::NotReady { .. }) => return Err(End::Gone),
            Err(StreamError::OutOfSpace) => return Err(End::Full),
            Err(error) => {
                // A fault on purpose looks like this too; the load goes on, as a producer would.
                tracing::debug!(%error, "a batch of a load failed");
                vec![Fate::Failed; batch.len()]
            }
        };
        let second = begun.elapsed().as_secs() as usize;
        load.progress.note(second, &fates, sent.elapsed());
    }
    Ok(())
}

/// Keeps how far the load is, and shows it; false where the member wants it to end.
async fn show(app: &App, load: &Load) -> Result<bool, Failure> {
    if !store::put_progress(&app.store, load).await? {
        return Ok(false);
    }
    if let Some(message) = load.message_id {
        match live::edit(app, load.channel_id, message, &cards::running(load)).await {
            Ok(()) => {}
            // Nobody sees it any more.
            Err(EditError::Lost) => return Ok(false),
            Err(EditError::Failed(failure)) => return Err(failure),
        }
    }
    Ok(true)
}

async fn finish(app: &App, load: &Load, end: End) {
    if let Err(error) = tell(app, load, end).await {
        tracing::warn!(%error, "the end of a load could not be shown");
    }
    if let Err(error) = store::end(&app.store, &load.id).await {
        tracing::warn!(%error, "a load could not be ended");
    }
}

async fn tell(app: &App, load: &Load, end: End) -> Result<(), Failure> {
    let Some(message) = load.message_id else {
        return Ok(());
    };
    let card = cards::over(load, end).await?;
    match live::edit(app, load.channel_id, message, &card).await {
        Ok(()) | Err(EditError::Lost) => Ok(()),
        Err(EditError::Failed(failure)) => Err(failure),
    }
}
