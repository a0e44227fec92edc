//! The one way in: every request, from a socket or from the process itself, is authenticated here, counted
//! against its tenant's rate and handed to the service. Nothing behind this file checks a signature.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use chrono::Utc;
use ferrokinesis::actions::Operation;
use futures::FutureExt as _;
use http::request::Parts;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::account::Account;
use crate::accounts::{AccountError, Accounts};
use crate::dynamodb;
use crate::history::Source;
use crate::kinesis;
use crate::service::Service;
use crate::sigv4::{self, Claims};
use crate::sns;
use crate::sqs;
use crate::streams::LOOK;
use crate::tenant::{AccountId, Tenant, TenantDirectory};
use crate::wire::{Format, Refusal, Reply, respond};

/// How long a caller may take to send its body.
const SLOWEST_BODY: Duration = Duration::from_secs(20);
/// How long an operation may take.
const SLOWEST_WORK: Duration = Duration::from_secs(30);

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
    let target = match format {
        Some(Format::Query) => Some(Service::of_forms()),
        _ => Service::and_operation(request.headers()).map(|(service, name)| (service, name.to_owned())),
    };
    let result = match (format, target) {
        (Some(format), Some((service, operation))) if service.speaks(format) => {
            let served = front
                .serve(request, service, operation, format, &request_id)
                .await;
            served.map_err(|refusal| service.word(refusal))
        }
        _ => Err(not_spoken(request.headers())),
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
        service: Service,
        operation: String,
        format: Format,
        request_id: &str,
    ) -> Result<Reply, Refusal> {
        let (parts, body) = request.into_parts();
        if parts.method != Method::POST {
            return Err(unknown_operation());
        }
        let claims = Claims::read(&parts, service.scope(), Utc::now())?;
        let tenant = self.tenant(&claims.access_key_id, request_id).await?;
        let body = read_body(body, service.largest_body()).await?;
        sigv4::verify(&parts, &body, &tenant)?;
        let within_rate = self.accounts.within_rate(&tenant.account_id);
        let account = tenant.account_id.clone();
        let length = body.len();
        let body = format.read(&body)?;
        let operation = match service {
            Service::Sns => Service::operation_in(&body),
            _ => operation,
        };
        let (id, region, asked) = (account.clone(), claims.region, operation.clone());
        let source = parts.extensions.get().copied().unwrap_or(Source::Program);
        let look = source == Source::Chat && parts.headers.contains_key(LOOK);
        let result = match service {
            Service::Kinesis => {
                let operation = operation.parse().map_err(|()| unknown_operation())?;
                if !within_rate {
                    return Err(too_fast(operation));
                }
                let call = kinesis::Call {
                    region: claims.region,
                    tenant,
                    operation,
                    body,
                    format,
                    look,
                };
                let account = self.account(&account, request_id).await?;
                finish(tokio::spawn(kinesis::serve(account, call)), request_id).await
            }
            Service::Sqs => {
                if !within_rate {
                    return Err(too_fast_for_control());
                }
                let call = sqs::Call {
                    region: claims.region,
                    tenant,
                    operation,
                    body,
                    host: host(&parts),
                };
                let account = self.account(&account, request_id).await?;
                // A receiver that hangs up while it waits must not be given messages. What is under way is in
                // memory and handed to the journal in one go, so that stopping here tears nothing.
                let work = AssertUnwindSafe(sqs::serve(account, call)).catch_unwind();
                finish(work.map(|caught| caught.map_err(|_| "it panicked")), request_id).await
            }
            Service::Sns => {
                if !within_rate {
                    return Err(too_fast_for_control());
                }
                let call = sns::Call {
                    region: claims.region,
                    tenant,
                    operation,
                    body,
                    host: host(&parts),
                };
                let account = self.account(&account, request_id).await?;
                finish(tokio::spawn(sns::serve(account, call)), request_id).await
            }
            Service::DynamoDb | Service::DynamoDbStreams => {
                if !within_rate {
                    return Err(too_fast_for_tables());
                }
                let call = dynamodb::Call {
                    of_streams: service == Service::DynamoDbStreams,
                    region: claims.region,
                    tenant,
                    operation,
                    body,
                    length,
                };
                let account = self.account(&account, request_id).await?;
                let work = AssertUnwindSafe(dynamodb::serve(account, call)).catch_unwind();
                finish(work.map(|caught| caught.map_err(|_| "it panicked")), request_id).await
            }
        };
        if result.is_ok()
            && !look
            && let Ok(account) = self.accounts.get(&id).await
        {
            let now = Utc::now().timestamp_millis();
            account
                .history
                .called(region, service.scope(), &asked, source, now);
        }
        result
    }

    /// The tenant with this key.
    async fn tenant(&self, access_key_id: &str, request_id: &str) -> Result<Tenant, Refusal> {
        match self.tenants.find(access_key_id).await {
            Ok(Some(tenant)) => Ok(tenant),
            Ok(None) => Err(sigv4::unknown_key()),
            Err(error) => {
                tracing::error!(
                    request_id,
                    error = &error as &dyn std::error::Error,
                    "tenants could not be read"
                );
                Err(Refusal::internal())
            }
        }
    }

    /// The tenant, loaded.
    async fn account(&self, id: &AccountId, request_id: &str) -> Result<Arc<Account>, Refusal> {
        self.accounts.get(id).await.map_err(|error| match error {
            AccountError::Full => Refusal::busy(),
            error => {
                tracing::error!(request_id, account = %id, error = &error as &dyn std::error::Error, "a sandbox could not be loaded");
                Refusal::internal()
            }
        })
    }
}

/// The host by which the caller knows this endpoint.
fn host(parts: &Parts) -> String {
    let header = parts
        .headers
        .get(http::header::HOST)
        .and_then(|host| host.to_str().ok());
    header
        .or(parts.uri.authority().map(http::uri::Authority::as_str))
        .unwrap_or("localhost")
        .to_owned()
}

/// Waits for the work. Kinesis' and SNS's runs in a task of its own: a caller that hangs up must not stop a put between
/// memory and disk, or a topic between its queues and its own journal. A panic in an engine must not end the connection
/// without an answer.
async fn finish<E: std::fmt::Display>(
    work: impl Future<Output = Result<Result<Reply, Refusal>, E>>,
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

async fn read_body(body: Body, largest: usize) -> Result<bytes::Bytes, Refusal> {
    let reading = Limited::new(body, largest).collect();
    match tokio::time::timeout(SLOWEST_BODY, reading).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::new(
            "SerializationException",
            format!("The request body is larger than {largest} bytes."),
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

fn unknown_operation() -> Refusal {
    Refusal::new(
        "UnknownOperationException",
        "This endpoint speaks Kinesis, SQS, DynamoDB and DynamoDB Streams (POST with X-Amz-Target \
         Kinesis_20131202.…, AmazonSQS.…, DynamoDB_20120810.… or DynamoDBStreams_20120810.…) and SNS (POST of a form with \
         Action=…).",
    )
}

/// What a request to no service of ours is told: a browser, say, or the SDK of another service.
fn not_spoken(headers: &HeaderMap) -> Refusal {
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
        _ => too_fast_for_control(),
    }
}

fn too_fast_for_control() -> Refusal {
    Refusal::new(
        "LimitExceededException",
        "Rate exceeded for your sandbox. Slow down and retry.",
    )
}

fn too_fast_for_tables() -> Refusal {
    Refusal::new(
        "ThrottlingException",
        "Rate exceeded for your sandbox. Slow down and retry.",
    )
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
