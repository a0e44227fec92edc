//! `/healthz`, `/readyz` and `/metrics`. Ready means: the gateway is alive, the database can be written, the scheduler
//! beats (promise 10). Alive means only that this process answers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use serenity::gateway::{ConnectionStage, ShardManager};

use crate::app::App;
use crate::schedule::Scheduler;

/// The scheduler's rounds are at most 15 s apart, and a round that posts may take a minute.
const STALL: Duration = Duration::from_mins(2);

/// What the health page asks.
pub struct Health {
    /// For the database.
    pub app: Arc<App>,
    /// For the gateway.
    pub shards: Arc<ShardManager>,
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

async fn ready(State(health): State<Arc<Health>>) -> (StatusCode, String) {
    let mut wrong = Vec::new();
    if !gateway_is_alive(&health.shards).await {
        wrong.push("the gateway is not connected".to_owned());
    }
    match tokio::time::timeout(Duration::from_secs(2), health.app.store.writable()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database can't be written");
            wrong.push("the database can't be written".to_owned());
        }
        Err(_) => wrong.push("the database does not answer".to_owned()),
    }
    if health.scheduler.last_beat().is_none_or(|ago| ago > STALL) {
        wrong.push("the scheduler has stopped".to_owned());
    }
    if wrong.is_empty() {
        (StatusCode::OK, "ready\n".to_owned())
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready: {}\n", wrong.join("; ")),
        )
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
