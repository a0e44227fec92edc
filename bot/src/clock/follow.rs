//! Following the playground's clock: each of its steps sets ours, what is due is done, and only then is it answered.
//! Used where the API base is loopback, and never otherwise: nobody else may tell this bot the time.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::{SinkExt, StreamExt};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::schedule::Scheduler;

/// How long to wait before asking a playground again that was not there.
const AGAIN: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
struct Step {
    seq: u64,
    now: i64,
}

#[derive(Serialize)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    next: Option<i64>,
}

/// Follows until `stop`; `told` is cancelled once the first step is answered. A playground that goes away is asked for again; meanwhile our clock runs on.
pub async fn run(
    app: Arc<App>,
    scheduler: Arc<Scheduler>,
    base: Url,
    told: CancellationToken,
    stop: CancellationToken,
) {
    let mut address = base;
    if address.set_scheme("ws").is_err() {
        return;
    }
    address.set_path("/api/clock/follow");
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => return,
            ended = follow(&app, &scheduler, &address, &told) => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "the playground's clock is not to be had");
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}

async fn follow(
    app: &App,
    scheduler: &Scheduler,
    address: &Url,
    told: &CancellationToken,
) -> Result<(), tungstenite::Error> {
    let (mut socket, _) = tokio_tungstenite::connect_async(address.as_str()).await?;
    // Made before anything is awaited: a change while a step is worked on is not missed.
    let mut changed = Box::pin(app.plans_changed.notified());
    loop {
        let answer = tokio::select! {
            message = socket.next() => {
                let Some(message) = message else { return Ok(()) };
                let Message::Text(text) = message? else { continue };
                let Ok(step) = serde_json::from_str::<Step>(&text) else { continue };
                app.clock.set(step.now);
                Answer { seq: Some(step.seq), next: due(app, scheduler).await }
            }
            () = &mut changed => {
                changed = Box::pin(app.plans_changed.notified());
                Answer { seq: None, next: due(app, scheduler).await }
            }
        };
        let Ok(text) = serde_json::to_string(&answer) else {
            continue;
        };
        socket.send(Message::text(text)).await?;
        told.cancel();
    }
}

async fn due(app: &App, scheduler: &Scheduler) -> Option<i64> {
    scheduler
        .run_due(app.clock.now())
        .await
        .map(|next: DateTime<Utc>| next.timestamp_millis())
}
