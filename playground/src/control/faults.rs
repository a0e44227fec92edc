//! `POST /api/fault`: trouble on demand.

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

use crate::{fault::RestFault, gateway::hub::Trouble, shared::Shared};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    rest: Option<RestFault>,
    gateway: Option<GatewayFault>,
    #[serde(default)]
    drop_after_commit: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum GatewayFault {
    Disconnect,
    InvalidSession,
    Reconnect,
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
        return Json(json!({"ok": true})).into_response();
    }
    let fault: Fault = match serde_json::from_value(fault) {
        Ok(fault) => fault,
        Err(why) => return refuse(format!("This is no fault: {why}.")),
    };
    if let Some(Err(why)) = fault.rest.map(|rest| shared.faults.arm(rest)) {
        return refuse(why.to_owned());
    }
    if fault.drop_after_commit {
        shared.faults.arm_lost_answer();
    }
    match fault.gateway {
        Some(GatewayFault::Disconnect) => shared.hub.make(Trouble::Disconnect),
        Some(GatewayFault::InvalidSession) => shared.hub.make(Trouble::InvalidSession),
        Some(GatewayFault::Reconnect) => shared.hub.make(Trouble::Reconnect),
        None => {}
    }
    Json(json!({"ok": true})).into_response()
}
