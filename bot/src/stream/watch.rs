//! Lag, watched: a message that is edited every few seconds for a while, showing what waits grow and fall.
//!
//! A watch is a row in the database with all that was seen so far. One task goes through the rows and is the only one
//! that edits their messages, so that a Stop and a look never race. After a restart it goes on where it was.

use std::sync::Arc;
use std::time::Duration;

use discord::Failure;
use sandbox::Region;
use sandbox::streams::StreamError;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::cards::lag as cards;
use super::store::watch as store;
use super::{look, pictures};
use crate::app::App;
use crate::clock::real_ms;
use crate::live::{self, EditError};
use crate::tenant;

/// How often a watched stream is looked at, where no other is watched in its channel.
const PACE: Duration = Duration::from_secs(3);
/// With more of them in a channel each comes less often: so many edits a second are gentle.
const EDITS_A_SECOND: usize = 1;
/// A message that could not be edited for this long is left as it is.
const GIVE_UP_MS: i64 = 60_000;
/// A gap this long between two looks is told.
const GAP_MS: u64 = 20_000;

/// A member's watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
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
    /// When that was created, Unix seconds.
    pub created_at: i64,
    /// When it began, Unix ms.
    pub began_at: i64,
    /// When it ends by itself, Unix ms.
    pub ends_at: i64,
    /// Whether the member pressed Stop.
    pub stopped: bool,
    /// What was seen, oldest first.
    pub looks: Vec<Seen>,
}

/// What was seen at one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Milliseconds since the watch began.
    pub at_ms: u64,
    /// Records that wait.
    pub waiting: u64,
    /// How long the oldest of them has waited, in ms.
    pub age_ms: u64,
}

/// Why a watch is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its time was up.
    Time,
    /// The member pressed Stop.
    Stopped,
    /// The stream is gone.
    Gone,
}

impl Watch {
    /// How long it is in all, in seconds.
    pub fn seconds(&self) -> u32 {
        u32::try_from((self.ends_at - self.began_at) / 1_000).unwrap_or_default()
    }

    /// Whether the bot was away so long that the picture has a hole.
    pub fn has_a_gap(&self) -> bool {
        self.looks
            .windows(2)
            .any(|pair| pair[1].at_ms - pair[0].at_ms > GAP_MS)
    }

    /// What is to be done now. `others` are the watches in its channel, this one included.
    fn due(&self, now: i64, others: usize) -> Due {
        if self.message_id.is_none() {
            let lost = now - self.began_at > GIVE_UP_MS;
            return if lost { Due::Forget } else { Due::Later };
        }
        if self.stopped {
            return Due::End(End::Stopped);
        }
        if now >= self.ends_at {
            return Due::End(End::Time);
        }
        let pace = PACE
            .max(Duration::from_secs((others / EDITS_A_SECOND) as u64))
            .as_millis() as i64;
        let last = self.looks.last().map_or(0, |seen| seen.at_ms as i64);
        if now - self.began_at - last >= pace {
            Due::Look
        } else {
            Due::Later
        }
    }
}

/// What is to be done with a watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Later,
    Look,
    End(End),
    Forget,
}

/// Goes through all watches until the end.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    loop {
        let watched = match store::all(&app.store).await {
            Ok(watches) => round(&app, watches).await,
            Err(error) => {
                tracing::warn!(%error, "the watches could not be read");
                true
            }
        };
        let rest = async {
            if watched {
                tokio::time::sleep(Duration::from_millis(500)).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = app.watches_changed.notified() => {}
            () = rest => {}
        }
    }
}

/// Does what is due; whether there is anything to come back for.
async fn round(app: &App, watches: Vec<Watch>) -> bool {
    let now = real_ms();
    let steps = watches.iter().map(|watch| {
        let others = watches
            .iter()
            .filter(|other| other.channel_id == watch.channel_id)
            .count();
        let due = watch.due(now, others);
        async move {
            if let Err(error) = step(app, watch.clone(), due, now).await {
                tracing::warn!(%error, "a watch could not go on");
            }
        }
    });
    futures::future::join_all(steps).await;
    !watches.is_empty()
}

async fn step(app: &App, mut watch: Watch, due: Due, now: i64) -> Result<(), Failure> {
    let end = match due {
        Due::Later => return Ok(()),
        Due::Forget => return Ok(store::end(&app.store, &watch.id).await?),
        Due::End(end) => Some(end),
        Due::Look => match see(app, &watch, now).await {
            Ok(Some(seen)) => {
                watch.looks.push(seen);
                store::put_looks(&app.store, &watch).await?;
                None
            }
            Ok(None) => Some(End::Gone),
            // The picture then has one look less; the end comes all the same.
            Err(failure) => return Err(failure),
        },
    };
    let edited = edit(app, &watch, end).await;
    let given_up = now - watch.ends_at > GIVE_UP_MS;
    match edited {
        Ok(()) if end.is_none() => Ok(()),
        Err(EditError::Failed(failure)) if !given_up => Err(failure),
        // Its end is told, or nobody sees its message any more.
        Ok(()) | Err(_) => Ok(store::end(&app.store, &watch.id).await?),
    }
}

/// Looks at the stream; `None` where it is gone.
pub async fn see(app: &App, watch: &Watch, now: i64) -> Result<Option<Seen>, Failure> {
    let tenant = tenant::of_member(&app.store, &app.seal, watch.guild_id, watch.member_id).await?;
    let streams = app.sandbox.streams(&tenant, watch.region);
    let stream = match streams.describe(&watch.stream).await {
        Ok(stream) if stream.created_at == watch.created_at => stream,
        Ok(_) | Err(StreamError::NoSuchStream { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let unread = look::unread(app, &tenant, watch.region, &streams, &stream).await?;
    Ok(unread.map(|unread| Seen {
        at_ms: (now - watch.began_at).max(0) as u64,
        waiting: unread.iter().map(|held| held.records).sum(),
        age_ms: unread
            .iter()
            .map(|held| held.age_ms(now))
            .max()
            .unwrap_or_default(),
    }))
}

async fn edit(app: &App, watch: &Watch, end: Option<End>) -> Result<(), EditError> {
    let Some(message) = watch.message_id else {
        return Ok(());
    };
    let picture = pictures::lag(watch).await.map_err(EditError::Failed)?;
    let card = match end {
        None => cards::watching(watch, picture),
        Some(end) => cards::watched(watch, end, picture),
    };
    live::edit(app, watch.channel_id, message, &card).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> Watch {
        Watch {
            id: "w".into(),
            guild_id: 1,
            member_id: 2,
            channel_id: 3,
            message_id: Some(4),
            region: Region::UsEast1,
            stream: "orders".into(),
            created_at: 0,
            began_at: 100_000,
            ends_at: 190_000,
            stopped: false,
            looks: vec![Seen {
                at_ms: 6_000,
                waiting: 0,
                age_ms: 0,
            }],
        }
    }

    #[test]
    fn a_watch_looks_at_its_pace_and_ends_at_its_time() {
        let watch = watch();
        assert_eq!(watch.due(108_000, 1), Due::Later);
        assert_eq!(watch.due(109_000, 1), Due::Look);
        assert_eq!(
            watch.due(109_000, 20),
            Due::Later,
            "twenty in a channel come less often"
        );
        assert_eq!(watch.due(126_000, 20), Due::Look);
        assert_eq!(watch.due(190_000, 1), Due::End(End::Time));
        assert_eq!(
            watch.due(900_000, 1),
            Due::End(End::Time),
            "however long the bot was away"
        );
    }

    #[test]
    fn stop_comes_first_and_a_watch_without_a_message_is_forgotten() {
        let stopped = Watch {
            stopped: true,
            ..watch()
        };
        assert_eq!(stopped.due(100_001, 1), Due::End(End::Stopped));
        let unsaid = Watch {
            message_id: None,
            ..watch()
        };
        assert_eq!(unsaid.due(110_000, 1), Due::Later);
        assert_eq!(unsaid.due(170_000, 1), Due::Forget);
    }
}
