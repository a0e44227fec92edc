//! Stands between a tenant's clients and the network where tenants share an account. A request leaves only if every stream,
//! queue, topic and table that it names is the tenant's; an operation that is not known here does not leave at all.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use serde_json::{Map, Value};

use super::names::Names;

/// A request that names what is not the tenant's, or that nobody here should make.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a request to {operation} was held back: {why}")]
struct HeldBack {
    operation: String,
    why: &'static str,
}

/// An HTTP client that lets through what names a tenant's own alone.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    inner: SharedHttpClient,
    names: Names,
}

impl Guard {
    /// Before this client, for these names.
    pub fn before(inner: SharedHttpClient, names: Names) -> Self {
        Self { inner, names }
    }
}

impl HttpClient for Guard {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Guarded {
            inner: self.inner.http_connector(settings, components),
            names: self.names.clone(),
        })
    }
}

#[derive(Debug, Clone)]
struct Guarded {
    inner: SharedHttpConnector,
    names: Names,
}

impl HttpConnector for Guarded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match read(&request).and_then(|asked| asked.check(&self.names)) {
            Ok(()) => self.inner.call(request),
            Err(held_back) => HttpConnectorFuture::ready(Err(ConnectorError::user(held_back.into()))),
        }
    }
}

/// What a request asks for.
#[derive(Debug)]
struct Asked {
    operation: String,
    parameters: Map<String, Value>,
}

/// Where an operation names what it is about.
enum About {
    /// In at least one of these, and in all that are there.
    Named(&'static [&'static str]),
    /// The same; or it only goes on with a token that an earlier answer gave out.
    NamedOr(&'static [&'static str], &'static str),
    /// Nowhere: it lists all there is.
    All,
}

/// The parameters that name what an operation is about.
const STREAM: &[&str] = &["StreamName", "StreamARN", "ConsumerARN"];
const QUEUE: &[&str] = &["QueueUrl", "QueueName"];
const TOPIC: &[&str] = &["TopicArn", "SubscriptionArn", "Name"];
const TABLE: &[&str] = &["TableName"];
const CHANGES: &[&str] = &["StreamArn"];

/// Everything that the handles ask. `deploy/aws-policy.json` allows the same.
const OPERATIONS: &[(&str, About)] = &[
    ("Kinesis_20131202.CreateStream", About::Named(STREAM)),
    ("Kinesis_20131202.DeleteStream", About::Named(STREAM)),
    ("Kinesis_20131202.DescribeStreamSummary", About::Named(STREAM)),
    ("Kinesis_20131202.PutRecord", About::Named(STREAM)),
    ("Kinesis_20131202.PutRecords", About::Named(STREAM)),
    ("Kinesis_20131202.GetShardIterator", About::Named(STREAM)),
    ("Kinesis_20131202.SplitShard", About::Named(STREAM)),
    ("Kinesis_20131202.MergeShards", About::Named(STREAM)),
    (
        "Kinesis_20131202.IncreaseStreamRetentionPeriod",
        About::Named(STREAM),
    ),
    (
        "Kinesis_20131202.DecreaseStreamRetentionPeriod",
        About::Named(STREAM),
    ),
    ("Kinesis_20131202.ListStreamConsumers", About::Named(STREAM)),
    ("Kinesis_20131202.RegisterStreamConsumer", About::Named(STREAM)),
    ("Kinesis_20131202.DeregisterStreamConsumer", About::Named(STREAM)),
    ("Kinesis_20131202.AddTagsToStream", About::Named(STREAM)),
    ("Kinesis_20131202.RemoveTagsFromStream", About::Named(STREAM)),
    ("Kinesis_20131202.ListTagsForStream", About::Named(STREAM)),
    ("Kinesis_20131202.ListShards", About::NamedOr(STREAM, "NextToken")),
    (
        "Kinesis_20131202.GetRecords",
        About::NamedOr(STREAM, "ShardIterator"),
    ),
    ("Kinesis_20131202.ListStreams", About::All),
    ("AmazonSQS.CreateQueue", About::Named(QUEUE)),
    ("AmazonSQS.DeleteQueue", About::Named(QUEUE)),
    ("AmazonSQS.GetQueueUrl", About::Named(QUEUE)),
    ("AmazonSQS.GetQueueAttributes", About::Named(QUEUE)),
    ("AmazonSQS.SetQueueAttributes", About::Named(QUEUE)),
    ("AmazonSQS.ListDeadLetterSourceQueues", About::Named(QUEUE)),
    ("AmazonSQS.SendMessage", About::Named(QUEUE)),
    ("AmazonSQS.ReceiveMessage", About::Named(QUEUE)),
    ("AmazonSQS.DeleteMessage", About::Named(QUEUE)),
    ("AmazonSQS.ChangeMessageVisibility", About::Named(QUEUE)),
    (
        "AmazonSQS.StartMessageMoveTask",
        About::Named(&["SourceArn", "DestinationArn"]),
    ),
    ("AmazonSQS.ListMessageMoveTasks", About::Named(&["SourceArn"])),
    ("AmazonSQS.ListQueues", About::All),
    ("CreateTopic", About::Named(TOPIC)),
    ("DeleteTopic", About::Named(TOPIC)),
    ("GetTopicAttributes", About::Named(TOPIC)),
    ("ListSubscriptionsByTopic", About::Named(TOPIC)),
    ("GetSubscriptionAttributes", About::Named(TOPIC)),
    ("Publish", About::Named(TOPIC)),
    ("Subscribe", About::Named(&["TopicArn", "Endpoint"])),
    ("ListTopics", About::All),
    ("DynamoDB_20120810.CreateTable", About::Named(TABLE)),
    ("DynamoDB_20120810.DeleteTable", About::Named(TABLE)),
    ("DynamoDB_20120810.DescribeTable", About::Named(TABLE)),
    ("DynamoDB_20120810.PutItem", About::Named(TABLE)),
    ("DynamoDB_20120810.GetItem", About::Named(TABLE)),
    ("DynamoDB_20120810.DeleteItem", About::Named(TABLE)),
    ("DynamoDB_20120810.Scan", About::Named(TABLE)),
    ("DynamoDB_20120810.ListTables", About::All),
    ("DynamoDBStreams_20120810.DescribeStream", About::Named(CHANGES)),
    ("DynamoDBStreams_20120810.GetShardIterator", About::Named(CHANGES)),
    (
        "DynamoDBStreams_20120810.GetRecords",
        About::NamedOr(CHANGES, "ShardIterator"),
    ),
];

fn about(operation: &str) -> Option<&'static About> {
    let known = OPERATIONS.iter().find(|(name, _)| *name == operation);
    known.map(|(_, about)| about)
}

impl Asked {
    fn check(&self, names: &Names) -> Result<(), HeldBack> {
        let (keys, token): (&[&str], _) = match about(&self.operation) {
            Some(&About::Named(keys)) => (keys, None),
            Some(&About::NamedOr(keys, token)) => (keys, Some(token)),
            Some(About::All) => return Ok(()),
            None => return Err(self.held_back("it is not one that the sandbox makes")),
        };
        let stated: Vec<&Value> = keys.iter().filter_map(|key| self.parameters.get(*key)).collect();
        let goes_on = token.is_some_and(|token| self.parameters.contains_key(token));
        if stated.is_empty() && !goes_on {
            return Err(self.held_back("it does not say what it is about"));
        }
        // A redrive policy names a queue inside an attribute.
        let dead_letters = self.dead_letters();
        let own = |value: &Value| value.as_str().is_some_and(|address| names.own(address));
        if stated.into_iter().chain(&dead_letters).all(own) {
            Ok(())
        } else {
            Err(self.held_back("it is about something that is not the tenant's"))
        }
    }

    /// Where a queue's dead letters are to go; a policy that cannot be read counts as nobody's.
    fn dead_letters(&self) -> Option<Value> {
        let policy = self
            .parameters
            .get("Attributes")?
            .get("RedrivePolicy")?
            .as_str()?;
        let policy: Value = serde_json::from_str(policy).unwrap_or_default();
        Some(policy.get("deadLetterTargetArn").cloned().unwrap_or_default())
    }

    fn held_back(&self, why: &'static str) -> HeldBack {
        HeldBack {
            operation: self.operation.clone(),
            why,
        }
    }
}

/// What a request says: JSON under a target, or a form.
fn read(request: &HttpRequest) -> Result<Asked, HeldBack> {
    let target = request.headers().get("x-amz-target").map(str::to_owned);
    let unread = |why| HeldBack {
        operation: target.clone().unwrap_or_default(),
        why,
    };
    let body = request
        .body()
        .bytes()
        .ok_or_else(|| unread("its body is not in memory"))?;
    if let Some(operation) = &target {
        return Ok(Asked {
            operation: operation.clone(),
            parameters: serde_json::from_slice(body).map_err(|_| unread("its body is not JSON"))?,
        });
    }
    let mut parameters: Map<String, Value> = form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect();
    let Some(Value::String(operation)) = parameters.remove("Action") else {
        return Err(unread("it names no operation"));
    };
    Ok(Asked {
        operation,
        parameters,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    fn ana() -> Names {
        Names::of_tenant(&"main".parse().unwrap(), &"111122223333".parse().unwrap())
    }

    fn json_request(operation: &str, body: &Value) -> HttpRequest {
        let mut request = HttpRequest::new(body.to_string().into());
        request.headers_mut().insert("x-amz-target", operation.to_owned());
        request
    }

    fn form(pairs: &[(&str, &str)]) -> HttpRequest {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        HttpRequest::new(body.into())
    }

    fn passes(request: &HttpRequest) -> bool {
        read(request).and_then(|asked| asked.check(&ana())).is_ok()
    }

    const HERS: &str = "tributary-main-111122223333-orders";
    const BENS: &str = "tributary-main-444455556666-orders";

    /// A request's body, about a stream, queue, topic or table of this name.
    type About = fn(&str) -> Value;

    #[test]
    fn what_is_hers_passes_and_what_is_another_s_does_not() {
        let asks: [(&str, About); 9] = [
            (
                "Kinesis_20131202.PutRecord",
                |name| json!({"StreamName": name, "Data": "", "PartitionKey": "k"}),
            ),
            (
                "Kinesis_20131202.DeregisterStreamConsumer",
                |name| json!({"ConsumerARN": format!("arn:aws:kinesis:us-east-1:1:stream/{name}/consumer/c:1")}),
            ),
            ("Kinesis_20131202.ListShards", |name| json!({"StreamName": name})),
            (
                "AmazonSQS.DeleteQueue",
                |name| json!({"QueueUrl": format!("https://sqs/1/{name}")}),
            ),
            ("AmazonSQS.StartMessageMoveTask", |name| {
                let arn = |name: &str| format!("arn:aws:sqs:us-east-1:1:{name}");
                json!({"SourceArn": arn(HERS), "DestinationArn": arn(name)})
            }),
            ("AmazonSQS.CreateQueue", |name| {
                let policy = json!({"deadLetterTargetArn": format!("arn:aws:sqs:us-east-1:1:{name}"), "maxReceiveCount": 3});
                json!({"QueueName": HERS, "Attributes": {"RedrivePolicy": policy.to_string()}})
            }),
            ("DynamoDB_20120810.Scan", |name| json!({"TableName": name})),
            (
                "DynamoDB_20120810.Scan",
                |name| json!({"TableName": format!("arn:aws:dynamodb:us-east-1:1:table/{name}")}),
            ),
            (
                "DynamoDBStreams_20120810.GetShardIterator",
                |name| json!({"StreamArn": format!("arn:aws:dynamodb:us-east-1:1:table/{name}/stream/2026")}),
            ),
        ];
        for (operation, body) in asks {
            assert!(passes(&json_request(operation, &body(HERS))), "{operation} hers");
            for other in [BENS, "orders", ""] {
                assert!(
                    !passes(&json_request(operation, &body(other))),
                    "{operation} {other:?}"
                );
            }
        }
    }

    #[test]
    fn topics_and_who_they_deliver_to_are_hers() {
        let arn = |service: &str, name: &str| format!("arn:aws:{service}:us-east-1:1:{name}");
        let subscribe = |topic: &str, queue: &str| {
            form(&[
                ("Action", "Subscribe"),
                ("TopicArn", &arn("sns", topic)),
                ("Endpoint", &arn("sqs", queue)),
            ])
        };
        assert!(passes(&subscribe(HERS, HERS)));
        assert!(!passes(&subscribe(BENS, HERS)));
        assert!(!passes(&subscribe(HERS, BENS)));
        assert!(passes(&form(&[("Action", "ListTopics")])));
        assert!(!passes(&form(&[
            ("Action", "Publish"),
            ("TargetArn", &arn("sns", HERS))
        ])));
        assert!(!passes(&form(&[("TopicArn", &arn("sns", HERS))])));
    }

    #[test]
    fn what_nobody_here_asks_does_not_leave() {
        for operation in [
            "Kinesis_20131202.PutResourcePolicy",
            "AmazonSQS.AddPermission",
            "DynamoDB_20120810.BatchWriteItem",
            "",
        ] {
            let body = json!({"StreamName": HERS, "QueueUrl": HERS, "TableName": HERS});
            assert!(!passes(&json_request(operation, &body)), "{operation}");
        }
        assert!(!passes(&json_request(
            "Kinesis_20131202.PutRecord",
            &json!({"Data": ""})
        )));
        assert!(!passes(&json_request(
            "Kinesis_20131202.PutRecord",
            &json!({"StreamName": 7})
        )));
    }

    #[test]
    fn the_policy_for_aws_allows_what_is_asked_and_no_more() {
        // A creation with tags needs one right more.
        const TAGS: [&str; 3] = ["sqs:TagQueue", "sns:TagResource", "dynamodb:TagResource"];
        let policy = include_str!("../../../deploy/aws-policy.json");
        let policy: Value = serde_json::from_str(policy).unwrap();
        let allowed: BTreeSet<&str> = policy["Statement"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|statement| statement["Action"].as_array().unwrap())
            .map(|action| action.as_str().unwrap())
            .collect();
        let action = |operation: &str| {
            let (api, name) = operation.split_once('.').unwrap_or(("sns", operation));
            let service = match api {
                "Kinesis_20131202" => "kinesis",
                "AmazonSQS" => "sqs",
                "sns" => "sns",
                _ => "dynamodb",
            };
            format!("{service}:{name}")
        };
        let asked: BTreeSet<String> = OPERATIONS
            .iter()
            .map(|(operation, _)| action(operation))
            .collect();
        let asked: BTreeSet<&str> = asked.iter().map(String::as_str).chain(TAGS).collect();
        assert_eq!(allowed, asked);
    }
}
