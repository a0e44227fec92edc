//! Which of AWS's services a request is for, and how each words what all of them say.

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::wire::{Format, Refusal};

/// A service that the endpoint speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Kinesis,
    Sqs,
    Sns,
    DynamoDb,
    DynamoDbStreams,
}

impl Service {
    /// The service and operation that `X-Amz-Target` names.
    pub fn and_operation(headers: &HeaderMap) -> Option<(Self, &str)> {
        let target = headers.get("x-amz-target")?.to_str().ok()?;
        let (api, operation) = target.split_once('.')?;
        let service = match api {
            "Kinesis_20131202" => Self::Kinesis,
            "AmazonSQS" => Self::Sqs,
            "DynamoDB_20120810" => Self::DynamoDb,
            "DynamoDBStreams_20120810" => Self::DynamoDbStreams,
            _ => return None,
        };
        Some((service, operation))
    }

    /// The service that a request in a form is for: only one speaks so. Its operation stands in the body.
    pub fn of_forms() -> (Self, String) {
        (Self::Sns, String::new())
    }

    /// The operation, where the headers have not named it.
    pub fn operation_in(body: &Value) -> String {
        body["Action"].as_str().unwrap_or_default().to_owned()
    }

    /// Its name in the scope of a signature.
    pub fn scope(self) -> &'static str {
        match self {
            Self::Kinesis => "kinesis",
            Self::Sqs => "sqs",
            Self::Sns => "sns",
            Self::DynamoDb | Self::DynamoDbStreams => "dynamodb",
        }
    }

    /// Whether it takes requests in this encoding.
    pub fn speaks(self, format: Format) -> bool {
        match self {
            Self::Kinesis => matches!(format, Format::Json | Format::Cbor),
            Self::Sqs | Self::DynamoDb | Self::DynamoDbStreams => format == Format::Json10,
            Self::Sns => format == Format::Query,
        }
    }

    /// The largest body it takes: Kinesis' is 10 MiB of records in base64, with room for keys; DynamoDB's is 16 MB
    /// of items in a batch.
    pub fn largest_body(self) -> usize {
        match self {
            Self::Kinesis => 15 * 1024 * 1024,
            Self::Sqs | Self::Sns => 8 * 1024 * 1024,
            Self::DynamoDb | Self::DynamoDbStreams => 16 * 1024 * 1024,
        }
    }

    /// A refusal of the front's in the service's own words. SNS speaks the query protocol, and SQS keeps the names of it
    /// that it once spoke. Source: the services' lists of common errors.
    pub fn word(self, refusal: Refusal) -> Refusal {
        let old = match (self, refusal.kind.as_str()) {
            (Self::Sqs | Self::Sns, "UnrecognizedClientException") => {
                ("InvalidClientTokenId", StatusCode::FORBIDDEN)
            }
            (Self::Sqs | Self::Sns, "InvalidSignatureException") => {
                ("SignatureDoesNotMatch", StatusCode::FORBIDDEN)
            }
            (Self::Sqs | Self::Sns, "MissingAuthenticationTokenException") => {
                ("MissingAuthenticationToken", StatusCode::FORBIDDEN)
            }
            (Self::Sqs | Self::Sns, "IncompleteSignatureException") => {
                ("IncompleteSignature", StatusCode::BAD_REQUEST)
            }
            (Self::Sqs, "LimitExceededException") => ("RequestThrottled", StatusCode::FORBIDDEN),
            (Self::Sns, "LimitExceededException") => ("Throttling", StatusCode::BAD_REQUEST),
            (Self::Sns, "ServiceUnavailableException") => {
                ("ServiceUnavailable", StatusCode::SERVICE_UNAVAILABLE)
            }
            (Self::Sns, "UnknownOperationException") => ("InvalidAction", StatusCode::BAD_REQUEST),
            _ => return refusal,
        };
        let (code, status) = old;
        Refusal::new(code, refusal.message)
            .with_query_code(code)
            .with_status(status)
    }
}
