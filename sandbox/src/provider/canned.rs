//! An AWS whose answers are written down: what moto never does, a real one may.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use serde_json::{Value, json};

use super::names::Names;
use super::terms::{Pace, Terms};
use crate::client::behavior;
use crate::region::Region;
use crate::sandbox::Quotas;

/// A status and a body.
type Written = (u16, Value);

/// Answers by operation: each is given once, but the last again and again.
#[derive(Debug, Clone)]
struct Canned(Arc<Mutex<BTreeMap<&'static str, VecDeque<Written>>>>);

impl HttpClient for Canned {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let mut all = self.0.lock().unwrap();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let answers = all.get_mut(operation);
        let answers = answers.unwrap_or_else(|| panic!("nothing is written down for {target}"));
        let (status, body) = match answers.len() {
            1 => answers[0].clone(),
            _ => answers.pop_front().expect("an answer"),
        };
        let status = status.try_into().expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body.to_string()))))
    }
}

fn config(answers: Vec<(&'static str, Vec<Written>)>) -> SdkConfig {
    let answers = answers
        .into_iter()
        .map(|(operation, all)| (operation, all.into()));
    let keys = Credentials::new("key", "secret", None, None, "test");
    SdkConfig::builder()
        .behavior_version(behavior())
        .region(aws_types::region::Region::new(Region::default().as_str()))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .endpoint_url("http://aws.invalid")
        .retry_config(RetryConfig::disabled())
        .http_client(Canned(Arc::new(Mutex::new(answers.collect()))))
        .build()
}

/// A member's terms, with pauses that nobody notices.
fn terms() -> Terms {
    let names = Names::of_tenant(&"main".parse().unwrap(), &"111122223333".parse().unwrap());
    let pace = Pace::steady(Duration::from_millis(1), Duration::from_millis(50));
    Terms {
        change: pace,
        throttled: pace,
        ..Terms::shared(names, Vec::new(), Quotas::default())
    }
}

fn missing(kind: &str) -> Written {
    (400, json!({"__type": kind, "message": "not found"}))
}

fn stream(status: &str) -> Written {
    let summary = json!({
        "StreamName": "tributary-main-111122223333-orders", "StreamARN": "arn:aws:kinesis:us-east-1:1:stream/x", "StreamStatus": status,
        "RetentionPeriodHours": 24, "StreamCreationTimestamp": 1, "EnhancedMonitoring": [], "OpenShardCount": 1,
    });
    (200, json!({ "StreamDescriptionSummary": summary }))
}

#[tokio::test]
async fn a_stream_that_is_not_seen_at_once_and_then_takes_its_time_is_waited_for() {
    const THROTTLED: &str = "LimitExceededException";
    let client = aws_sdk_kinesis::Client::new(&config(vec![
        (
            "ListStreams",
            vec![(200, json!({"StreamNames": [], "HasMoreStreams": false}))],
        ),
        ("CreateStream", vec![(200, json!({}))]),
        (
            "DescribeStreamSummary",
            vec![
                missing("ResourceNotFoundException"),
                (
                    400,
                    json!({"__type": THROTTLED, "message": "Rate exceeded for stream orders"}),
                ),
                stream("CREATING"),
                stream("ACTIVE"),
            ],
        ),
        ("ListShards", vec![(200, json!({"Shards": []}))]),
    ]));
    let made = crate::streams::Streams::new(client, terms())
        .create("orders", 1)
        .await
        .unwrap();
    assert_eq!(
        (made.name.as_str(), made.status),
        ("orders", crate::streams::Status::Active)
    );
}

#[tokio::test]
async fn a_stream_that_never_comes_is_given_up() {
    let client = aws_sdk_kinesis::Client::new(&config(vec![
        (
            "ListStreams",
            vec![(200, json!({"StreamNames": [], "HasMoreStreams": false}))],
        ),
        ("CreateStream", vec![(200, json!({}))]),
        ("DescribeStreamSummary", vec![stream("CREATING")]),
        ("ListShards", vec![(200, json!({"Shards": []}))]),
    ]));
    let told = crate::streams::Streams::new(client, terms())
        .create("orders", 1)
        .await;
    assert!(
        told.unwrap_err()
            .to_string()
            .contains("did not become ACTIVE in time")
    );
}

#[tokio::test]
async fn a_table_and_a_queue_that_are_not_seen_at_once_are_waited_for() {
    use crate::tables::{KeyKind, KeyPart, NewTable, Tables};
    let table = json!({
        "TableStatus": "ACTIVE", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    });
    let config = config(vec![
        ("ListTables", vec![(200, json!({"TableNames": []}))]),
        ("CreateTable", vec![(200, json!({}))]),
        (
            "DescribeTable",
            vec![
                missing("ResourceNotFoundException"),
                (200, json!({ "Table": table })),
            ],
        ),
        ("ListQueues", vec![(200, json!({}))]),
        (
            "CreateQueue",
            vec![(200, json!({"QueueUrl": "http://sqs/1/work"}))],
        ),
        (
            "GetQueueAttributes",
            vec![
                missing("com.amazonaws.sqs#QueueDoesNotExist"),
                (
                    200,
                    json!({"Attributes": {"QueueArn": "arn:aws:sqs:us-east-1:1:work"}}),
                ),
            ],
        ),
    ]);
    let streams = aws_sdk_dynamodbstreams::Client::new(&config);
    let tables = Tables::new(aws_sdk_dynamodb::Client::new(&config), streams, terms());
    let partition = KeyPart {
        name: "id".into(),
        kind: KeyKind::Text,
    };
    let new = NewTable {
        name: "users".into(),
        partition,
        sort: None,
        view: None,
    };
    assert_eq!(tables.create(&new).await.unwrap().name, "users");
    let queues = crate::queues::Queues::new(aws_sdk_sqs::Client::new(&config), terms());
    let new = crate::queues::NewQueue {
        name: "work".into(),
        ..Default::default()
    };
    assert_eq!(queues.create(&new).await.unwrap().name, "work");
}
