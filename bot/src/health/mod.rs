//! `/healthz`, `/readyz` and `/metrics`. Ready means: the gateway is alive, the database can be written, the scheduler
//! beats (promise 10). Alive means only that this process answers.

mod pulse;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::{Value, json};
use serenity::gateway::{ConnectionStage, ShardManager};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::schedule::Scheduler;
pub use pulse::Pulse;

/// The scheduler's rounds are at most 15 s apart, and a round that posts may take a minute.
const STALL: Duration = Duration::from_mins(2);
/// The longest that a look at the database may take.
const PROBE: Duration = Duration::from_secs(2);
/// How often the gateway is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// A part with which all is well.
const OK: &str = "ok";

/// What the health page asks.
pub struct Health {
    /// For the database.
    pub app: Arc<App>,
    /// For the gateway.
    pub shards: Arc<ShardManager>,
    /// What was last seen of the gateway.
    pub pulse: Mutex<Pulse>,
    /// For the scheduler.
    pub scheduler: Arc<Scheduler>,
    /// For the metrics; absent where another recorder is installed.
    pub metrics: Option<PrometheusHandle>,
}

/// The routes.
pub fn router(health: Arc<Health>) -> Router {
    Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(health)
}

/// Each part: `ok`, or what is wrong with it.
async fn ready(State(health): State<Arc<Health>>) -> (StatusCode, Json<Value>) {
    let gateway = health.gateway();
    let database = health.database().await;
    let scheduler = match health.scheduler.last_beat() {
        Some(ago) if ago <= STALL => OK,
        Some(_) => "its rounds have stopped",
        None => "it has not begun",
    };
    let ready = [gateway, database, scheduler].iter().all(|part| *part == OK);
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let parts = json!({"ready": ready, "gateway": gateway, "database": database, "scheduler": scheduler});
    (status, Json(parts))
}

impl Health {
    fn gateway(&self) -> &'static str {
        let pulse = self.pulse.lock().unwrap_or_else(PoisonError::into_inner);
        if pulse.is_alive(Instant::now()) {
            OK
        } else {
            "not connected, or its heartbeats are not acknowledged"
        }
    }

    /// Takes the writer's turn and writes a row that is taken back.
    async fn database(&self) -> &'static str {
        match tokio::time::timeout(PROBE, self.app.store.writable()).await {
            Ok(Ok(())) => OK,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the database can't be written");
                "it can't be written"
            }
            Err(_) => "it does not answer, or a write holds it up",
        }
    }

    /// Watches the gateway's heartbeats until `stop`.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let (connected, latency) = {
                let runners = self.shards.runners.lock().await;
                let connected = !runners.is_empty()
                    && runners
                        .values()
                        .all(|runner| runner.stage == ConnectionStage::Connected);
                (connected, runners.values().find_map(|runner| runner.latency))
            };
            self.pulse
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .see(connected, latency, Instant::now());
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}

/// Every shard is connected. serenity leaves this stage as soon as a heartbeat goes unanswered.
pub async fn gateway_is_alive(shards: &ShardManager) -> bool {
    let runners = shards.runners.lock().await;
    !runners.is_empty()
        && runners
            .values()
            .all(|runner| runner.stage == ConnectionStage::Connected)
}

async fn metrics(State(health): State<Arc<Health>>) -> String {
    health
        .metrics
        .as_ref()
        .map(PrometheusHandle::render)
        .unwrap_or_default()
}
