//! `POST /api/reset`: everything is forgotten, and the demo world begins anew. Where a program runs a bot in the same
//! process, it is asked to do its part: to stop the bot, to have the world wiped, and to start the bot again.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use crate::{gateway::hub::Trouble, shared::Shared, store::StoreError, world};

/// A wish to begin anew, for the program that runs the bot. Dropped unanswered, it has failed.
pub struct Reset {
    shared: Arc<Shared>,
    done: oneshot::Sender<Result<(), String>>,
}

impl Reset {
    /// Puts the demo world in place of this one. Bots that are still connected lose their session.
    pub async fn wipe(&self) -> Result<(), StoreError> {
        wipe(&self.shared).await
    }

    /// All is well again, or in words why not.
    pub fn done(self, outcome: Result<(), String>) {
        // Whoever asked may have gone away.
        let _ = self.done.send(outcome);
    }
}

/// Who is asked; without anybody, the world alone begins anew.
pub type Host = mpsc::Sender<Reset>;

pub async fn reset(State(shared): State<Arc<Shared>>) -> Response {
    let Ok(_alone) = shared.resetting.try_lock() else {
        let why = "It is being reset already; wait for that.";
        return (StatusCode::CONFLICT, Json(json!({"ok": false, "error": why}))).into_response();
    };
    match begin_anew(&shared).await {
        Ok(()) => Json(json!({"ok": true, "clock": shared.world().now()})).into_response(),
        Err(why) => {
            let body = json!({"ok": false, "error": why});
            (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
        }
    }
}

async fn begin_anew(shared: &Arc<Shared>) -> Result<(), String> {
    shared.faults.clear();
    shared.hub.mend();
    let Some(host) = &shared.host else {
        return wipe(shared).await.map_err(|why| why.to_string());
    };
    let (done, answer) = oneshot::channel();
    let wish = Reset {
        shared: Arc::clone(shared),
        done,
    };
    let gone = || "The program that runs the bot does not answer. Start the playground again.".to_owned();
    host.send(wish).await.map_err(|_| gone())?;
    answer.await.map_err(|_| gone())?
}

async fn wipe(shared: &Shared) -> Result<(), StoreError> {
    shared.hub.make(Trouble::InvalidSession);
    shared
        .change(|change| {
            change.start_over(world::demo::world());
            Ok(())
        })
        .await
}
