//! The one way in: every request, from a socket or from the process itself, is authenticated here, counted
//! against its tenant's rate and handed to the service. Nothing behind this file checks a signature.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use chrono::Utc;
use ferrokinesis::actions::Operation;
use http::request::Parts;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::accounts::{AccountError, Accounts};
use crate::kinesis::{self, Call};
use crate::sigv4::{self, Claims};
use crate::tenant::TenantDirectory;
use crate::wire::{Format, Refusal, Reply, respond};

/// The largest body read: 5 MiB of records in base64, with room for keys.
const LARGEST_BODY: usize = 8 * 1024 * 1024;
/// How long a caller may take to send its body.
const SLOWEST_BODY: Duration = Duration::from_secs(20);
/// How long an operation may take.
const SLOWEST_WORK: Duration = Duration::from_secs(30);

/// The API's name in `X-Amz-Target`.
const API: &str = "Kinesis_20131202";

struct Front {
    accounts: Arc<Accounts>,
    tenants: Arc<dyn TenantDirectory>,
}

/// The AWS endpoint.
pub fn router(accounts: Arc<Accounts>, tenants: Arc<dyn TenantDirectory>) -> Router {
    Router::new()
        .fallback(answer)
        .with_state(Arc::new(Front { accounts, tenants }))
}

async fn answer(State(front): State<Arc<Front>>, request: Request<Body>) -> Response {
    let request_id = request_id();
    let format = Format::of(request.headers());
    let result = match format {
        Some(format) => front.serve(request, format, &request_id).await,
        None => Err(not_kinesis(request.headers())),
    };
    if let Err(refusal) = &result {
        tracing::debug!(request_id, kind = refusal.kind, "an AWS request was refused");
    }
    respond(result, format.unwrap_or(Format::Json), &request_id)
}

impl Front {
    async fn serve(
        &self,
        request: Request<Body>,
        format: Format,
        request_id: &str,
    ) -> Result<Reply, Refusal> {
        let (parts, body) = request.into_parts();
        if parts.method != Method::POST {
            return Err(unknown_operation());
        }
        let claims = Claims::read(&parts, Utc::now())?;
        let tenant = match self.tenants.find(&claims.access_key_id).await {
            Ok(Some(tenant)) => tenant,
            Ok(None) => return Err(sigv4::unknown_key()),
            Err(error) => {
                tracing::error!(
                    request_id,
                    error = &error as &dyn std::error::Error,
                    "tenants could not be read"
                );
                return Err(Refusal::internal());
            }
        };
        let body = read_body(body).await?;
        sigv4::verify(&parts, &body, &tenant)?;
        let operation = operation(&parts)?;
        if !self.accounts.within_rate(&tenant.account_id) {
            return Err(too_fast(operation));
        }
        let body = format.read(&body)?;
        let account = self.accounts.get(&tenant.account_id).await.map_err(|error| match error {
            AccountError::Full => Refusal::busy(),
            error => {
                tracing::error!(request_id, account = %tenant.account_id, error = &error as &dyn std::error::Error, "a sandbox could not be loaded");
                Refusal::internal()
            }
        })?;
        let call = Call {
            region: claims.region,
            tenant,
            operation,
            body,
            format,
        };
        finish(tokio::spawn(kinesis::serve(account, call)), request_id).await
    }
}

/// Waits for the work. It runs in a task of its own: a caller that hangs up must not stop a put between
/// memory and disk, and a panic in the engine must not end the connection without an answer.
async fn finish(
    work: tokio::task::JoinHandle<Result<Reply, Refusal>>,
    request_id: &str,
) -> Result<Reply, Refusal> {
    match tokio::time::timeout(SLOWEST_WORK, work).await {
        Ok(Ok(result)) => result,
        Ok(Err(error)) => {
            tracing::error!(request_id, %error, "an AWS request broke its task");
            Err(Refusal::internal())
        }
        Err(_) => {
            tracing::error!(request_id, "an AWS request took too long");
            Err(Refusal::busy())
        }
    }
}

async fn read_body(body: Body) -> Result<bytes::Bytes, Refusal> {
    let reading = Limited::new(body, LARGEST_BODY).collect();
    match tokio::time::timeout(SLOWEST_BODY, reading).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::new(
            "SerializationException",
            format!("The request body is larger than {LARGEST_BODY} bytes."),
        )
        .with_status(StatusCode::PAYLOAD_TOO_LARGE)),
        Ok(Err(_)) => Err(Refusal::new(
            "SerializationException",
            "The request body did not arrive whole.",
        )),
        Err(_) => Err(
            Refusal::new("RequestTimeout", "The request body took too long to arrive.")
                .with_status(StatusCode::REQUEST_TIMEOUT),
        ),
    }
}

fn operation(parts: &Parts) -> Result<Operation, Refusal> {
    let target = parts
        .headers
        .get("x-amz-target")
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    target
        .split_once('.')
        .filter(|(api, _)| *api == API)
        .and_then(|(_, name)| name.parse().ok())
        .ok_or_else(unknown_operation)
}

fn unknown_operation() -> Refusal {
    Refusal::new(
        "UnknownOperationException",
        "This endpoint speaks Kinesis: POST with X-Amz-Target Kinesis_20131202.…",
    )
}

/// What a request in no format of Kinesis is told: a browser, say, or the SDK of another service.
fn not_kinesis(headers: &HeaderMap) -> Refusal {
    if headers.contains_key(http::header::AUTHORIZATION) {
        unknown_operation()
    } else {
        Refusal::new(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        )
    }
}

/// AWS answers data operations with the one and control operations with the other; SDKs retry both.
fn too_fast(operation: Operation) -> Refusal {
    match operation {
        Operation::PutRecord
        | Operation::PutRecords
        | Operation::GetRecords
        | Operation::GetShardIterator => Refusal::new(
            "ProvisionedThroughputExceededException",
            "Rate exceeded for your sandbox. Slow down and retry.",
        ),
        _ => Refusal::new(
            "LimitExceededException",
            "Rate exceeded for your sandbox. Slow down and retry.",
        ),
    }
}

/// An id in the shape of AWS's, to find a request's log lines by.
fn request_id() -> String {
    let hex = format!("{:032x}", rand::random::<u128>());
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}
