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
use futures::FutureExt as _;
use http::request::Parts;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::Value;

use crate::account::Account;
use crate::accounts::{AccountError, Accounts};
use crate::dynamodb;
use crate::fault::{self, Fault};
use crate::history::Source;
use crate::kinesis;
use crate::region::Region;
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

/// A request whose sender is known.
#[derive(Clone)]
struct Asked {
    service: Service,
    operation: String,
    region: Region,
    tenant: Tenant,
    body: Value,
    /// The body's, in bytes.
    length: usize,
    format: Format,
    /// By which the caller knows this endpoint.
    host: String,
    /// Whether it only looks, for a picture.
    look: bool,
    /// Whether a standard queue hands out its newest messages first.
    newest_first: bool,
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
        let length = body.len();
        let body = format.read(&body)?;
        let source = parts.extensions.get().copied().unwrap_or(Source::Program);
        let asked = Asked {
            operation: match service {
                Service::Sns => Service::operation_in(&body),
                _ => operation,
            },
            service,
            region: claims.region,
            tenant,
            body,
            length,
            format,
            host: host(&parts),
            look: source == Source::Chat && parts.headers.contains_key(LOOK),
            newest_first: false,
        };
        let (id, operation, look) = (
            asked.tenant.account_id.clone(),
            asked.operation.clone(),
            asked.look,
        );
        let result = if within_rate {
            self.with_fault(asked, request_id).await
        } else {
            Err(too_fast(service, &operation))
        };
        if result.is_ok()
            && !look
            && let Ok(account) = self.accounts.get(&id).await
        {
            let now = Utc::now().timestamp_millis();
            account
                .history
                .called(claims.region, service.scope(), &operation, source, now);
        }
        result
    }

    /// Does what was asked, with what its tenant wants to go wrong.
    async fn with_fault(&self, mut asked: Asked, request_id: &str) -> Result<Reply, Refusal> {
        let faults = self.accounts.faults();
        let id = asked.tenant.account_id.clone();
        // A picture shows what is there, whatever goes wrong.
        let fault = if asked.look {
            None
        } else {
            faults.meets(&id, asked.service, &asked.operation)
        };
        match fault {
            None => self.dispatch(asked, request_id).await,
            Some(Fault::Delay(delay)) => {
                tokio::time::sleep(delay).await;
                self.dispatch(asked, request_id).await
            }
            Some(Fault::Throttle) => Err(fault::throttled(too_fast(asked.service, &asked.operation))),
            Some(Fault::Crash) => self.to_a_reader_that_crashes(asked, request_id).await,
            Some(Fault::Duplicate) => {
                let first = self.dispatch(asked.clone(), request_id).await?;
                // What was taken once is taken, even where there was no room for it twice.
                Ok(self.dispatch(asked, request_id).await.unwrap_or(first))
            }
            Some(Fault::Reorder) => {
                asked.newest_first = true;
                fault::reordered(&mut asked.body);
                let mut reply = self.dispatch(asked, request_id).await?;
                fault::put_back(&mut reply);
                Ok(reply)
            }
        }
    }

    /// Reads for somebody who dies with what was read. Of a stream that is no reading, and the lag stays what it was; a queue's
    /// messages are in flight.
    async fn to_a_reader_that_crashes(&self, asked: Asked, request_id: &str) -> Result<Reply, Refusal> {
        let id = asked.tenant.account_id.clone();
        let is_stream = asked.service == Service::Kinesis;
        let given = Asked {
            look: is_stream,
            ..asked.clone()
        };
        let given = self.dispatch(given, request_id).await?;
        if self.accounts.faults().crashes(&id, &given) {
            Err(fault::crashed())
        } else if is_stream {
            self.dispatch(asked, request_id).await
        } else {
            Ok(given)
        }
    }

    /// Hands a request to its service.
    async fn dispatch(&self, asked: Asked, request_id: &str) -> Result<Reply, Refusal> {
        let Asked {
            service,
            operation,
            region,
            tenant,
            body,
            length,
            format,
            host,
            look,
            newest_first,
        } = asked;
        let id = tenant.account_id.clone();
        match service {
            Service::Kinesis => {
                let operation = operation.parse().map_err(|()| unknown_operation())?;
                let call = kinesis::Call {
                    tenant,
                    region,
                    operation,
                    body,
                    format,
                    look,
                };
                let account = self.account(&id, request_id).await?;
                finish(tokio::spawn(kinesis::serve(account, call)), request_id).await
            }
            Service::Sqs => {
                let call = sqs::Call {
                    tenant,
                    region,
                    operation,
                    body,
                    host,
                    newest_first,
                };
                let account = self.account(&id, request_id).await?;
                // A receiver that hangs up while it waits must not be given messages. What is under way is in
                // memory and handed to the journal in one go, so that stopping here tears nothing.
                let work = AssertUnwindSafe(sqs::serve(account, call)).catch_unwind();
                finish(work.map(|caught| caught.map_err(|_| "it panicked")), request_id).await
            }
            Service::Sns => {
                let call = sns::Call {
                    tenant,
                    region,
                    operation,
                    body,
                    host,
                };
                let account = self.account(&id, request_id).await?;
                finish(tokio::spawn(sns::serve(account, call)), request_id).await
            }
            Service::DynamoDb | Service::DynamoDbStreams => {
                let call = dynamodb::Call {
                    of_streams: service == Service::DynamoDbStreams,
                    tenant,
                    region,
                    operation,
                    body,
                    length,
                };
                let account = self.account(&id, request_id).await?;
                let work = AssertUnwindSafe(dynamodb::serve(account, call)).catch_unwind();
                finish(work.map(|caught| caught.map_err(|_| "it panicked")), request_id).await
            }
        }
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

/// What is told of too much at once. Kinesis answers data operations with the one and control operations with the other;
/// SDKs retry all of them.
fn too_fast(service: Service, operation: &str) -> Refusal {
    let kind = match (service, operation) {
        (Service::Kinesis, "PutRecord" | "PutRecords" | "GetRecords" | "GetShardIterator") => {
            "ProvisionedThroughputExceededException"
        }
        (Service::DynamoDb | Service::DynamoDbStreams, _) => "ThrottlingException",
        _ => "LimitExceededException",
    };
    Refusal::new(kind, "Rate exceeded for your sandbox. Slow down and retry.")
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
