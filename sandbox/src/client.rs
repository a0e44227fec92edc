//! The AWS SDK for Rust, pointed at our own front inside the process: it signs as ever, and no socket is used.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_kinesis::config::BehaviorVersion;
use aws_sdk_kinesis::config::retry::{ReconnectMode, RetryConfig};
use aws_sdk_kinesis::config::timeout::TimeoutConfig;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use aws_types::region::Region as SdkRegion;
use axum::Router;
use axum::body::Body;
use futures::StreamExt as _;
use http::{HeaderValue, Request, header};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use secrecy::ExposeSecret as _;
use tower::ServiceExt as _;

use crate::history::Source;
use crate::region::Region;
use crate::tenant::Tenant;
use crate::wire;

/// A name that resolves nowhere: a request that left the process by mistake would reach nobody.
const ENDPOINT: &str = "http://sandbox.invalid";

/// Longer than the front's own limits, so that its answer is what one sees.
const PATIENCE: Duration = Duration::from_mins(1);

/// Which of the SDK's ways of doing things we were written for.
pub fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// What every service's client of a tenant is made with: `Client::new(&…)`.
pub fn config(router: Router, tenant: &Tenant, region: Region) -> SdkConfig {
    let secret = tenant.secret_access_key.expose_secret();
    let credentials = Credentials::new(&tenant.access_key_id, secret, None, None, "tenant");
    SdkConfig::builder()
        .behavior_version(behavior())
        .region(SdkRegion::new(region.as_str()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(ENDPOINT)
        // There is no connection that a refusal could be a reason to close.
        .retry_config(RetryConfig::disabled().with_reconnect_mode(ReconnectMode::ReuseAllConnections))
        .timeout_config(TimeoutConfig::builder().operation_timeout(PATIENCE).build())
        .http_client(InProcess { router })
        .build()
}

/// Hands the SDK's requests to a router and collects the answer whole, but for event streams.
#[derive(Clone)]
struct InProcess {
    router: Router,
}

impl std::fmt::Debug for InProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InProcess")
    }
}

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let router = self.router.clone();
        HttpConnectorFuture::new(async move {
            let mut request = to_front(request)?;
            request.extensions_mut().insert(Source::Chat);
            let answer = match router.oneshot(request).await {
                Ok(answer) => answer,
                Err(never) => match never {},
            };
            let (parts, body) = answer.into_parts();
            let body = if wire::is_events(&parts.headers) {
                as_it_comes(body)
            } else {
                let whole = body.collect().await.map_err(|e| ConnectorError::io(e.into()))?;
                SdkBody::from(whole.to_bytes())
            };
            HttpResponse::try_from(http::Response::from_parts(parts, body))
                .map_err(|e| ConnectorError::other(e.into(), None))
        })
    }
}

/// An event stream, handed on as it comes until the SDK lets go of it.
fn as_it_comes(body: Body) -> SdkBody {
    let (events, mut read) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        let mut body = body.into_data_stream();
        loop {
            let event = tokio::select! {
                () = events.closed() => return,
                event = body.next() => event,
            };
            let Some(event) = event else { return };
            if events.send(event.map(Frame::data)).await.is_err() {
                return;
            }
        }
    });
    let stream = futures::stream::poll_fn(move |context| read.poll_recv(context));
    SdkBody::from_body_1_x(StreamBody::new(stream))
}

/// The SDK's request as one of the server's. Like an HTTP client it adds the host that was signed.
fn to_front(request: HttpRequest) -> Result<Request<Body>, ConnectorError> {
    let request = request
        .try_into_http1x()
        .map_err(|e| ConnectorError::user(e.into()))?;
    let mut request = request.map(Body::new);
    if !request.headers().contains_key(header::HOST) {
        let host = request
            .uri()
            .authority()
            .map(|a| a.as_str().to_owned())
            .unwrap_or_default();
        let host = HeaderValue::from_str(&host).map_err(|e| ConnectorError::user(e.into()))?;
        request.headers_mut().insert(header::HOST, host);
    }
    Ok(request)
}
