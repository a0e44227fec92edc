//! `POST /api/fault`: trouble on demand, as `fault` describes it.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    fault::{Lost, RestFault},
    gateway::hub::Trouble,
    shared::Shared,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    rest: Option<RestFault>,
    gateway: Option<GatewayFault>,
    drop_after_commit: Option<LostAnswer>,
    #[serde(default)]
    repeat: bool,
    #[serde(default)]
    again: bool,
}

/// `true` is a message's answer.
#[derive(Deserialize)]
#[serde(untagged)]
enum LostAnswer {
    Next(bool),
    To(Lost),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum GatewayFault {
    Disconnect,
    InvalidSession,
    InvalidSessionResumable,
    Reconnect,
    Hang,
}

pub async fn fault(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let refuse =
        |why: String| (StatusCode::BAD_REQUEST, Json(json!({"ok": false, "error": why}))).into_response();
    let fault: Value = match serde_json::from_slice(&body) {
        Ok(fault) => fault,
        Err(why) => return refuse(format!("This is not JSON: {why}.")),
    };
    if fault.as_object().is_some_and(serde_json::Map::is_empty) {
        shared.faults.clear();
        shared.hub.mend();
        return Json(json!({"ok": true})).into_response();
    }
    let fault: Fault = match serde_json::from_value(fault) {
        Ok(fault) => fault,
        Err(why) => return refuse(format!("This is no fault: {why}.")),
    };
    if let Some(Err(why)) = fault.rest.map(|rest| shared.faults.arm(rest)) {
        return refuse(why.to_owned());
    }
    match fault.drop_after_commit {
        Some(LostAnswer::To(lost)) => shared.faults.lose_next(lost),
        Some(LostAnswer::Next(true)) => shared.faults.lose_next(Lost::Message),
        Some(LostAnswer::Next(false)) | None => {}
    }
    if fault.repeat {
        shared.hub.repeat_next();
    }
    if fault.again && !shared.hub.repeat_last() {
        return refuse("There was nothing yet that could come again.".to_owned());
    }
    match fault.gateway {
        Some(GatewayFault::Disconnect) => shared.hub.make(Trouble::Disconnect),
        Some(GatewayFault::InvalidSession) => shared.hub.make(Trouble::InvalidSession),
        Some(GatewayFault::InvalidSessionResumable) => shared.hub.make(Trouble::InvalidButResumable),
        Some(GatewayFault::Reconnect) => shared.hub.make(Trouble::Reconnect),
        Some(GatewayFault::Hang) => shared.hub.hang(),
        None => {}
    }
    Json(json!({"ok": true})).into_response()
}
