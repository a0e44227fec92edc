//! The outside of a call: JSON 1.0, JSON 1.1, CBOR or form bodies, answers and refusals as AWS writes them.
//! Knows nothing of streams, queues or signatures.

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::{Map, Value, json};

use crate::query::{self, Xml};

const JSON: &str = "application/x-amz-json-1.1";
const JSON_1_0: &str = "application/x-amz-json-1.0";
const CBOR: &str = "application/x-amz-cbor-1.1";
const FORM: &str = "application/x-www-form-urlencoded";
const EVENTS: &str = "application/vnd.amazon.eventstream";

/// Whether an answer is an event stream, which may take minutes to come.
pub fn is_events(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|media| media == EVENTS)
}

/// The encoding of a request, and so of its answer. To Kinesis, boto3 and the Rust SDK speak JSON 1.1 and Java's SDK
/// CBOR; SQS is spoken to in JSON 1.0, SNS in forms that are answered in XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Json10,
    Cbor,
    Query,
}

impl Format {
    /// What the request says it is; `None` if it is something that is not spoken here.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let media = headers
            .get(CONTENT_TYPE)?
            .to_str()
            .ok()?
            .split(';')
            .next()?
            .trim();
        match media {
            JSON => Some(Self::Json),
            JSON_1_0 => Some(Self::Json10),
            CBOR => Some(Self::Cbor),
            FORM => Some(Self::Query),
            _ => None,
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => JSON,
            Self::Json10 => JSON_1_0,
            Self::Cbor => CBOR,
            Self::Query => "text/xml",
        }
    }

    /// A request body as a JSON object; bytes become base64 text, as in the JSON protocol, and a form an object of texts.
    pub fn read(self, body: &[u8]) -> Result<Value, Refusal> {
        let value = match self {
            Self::Json | Self::Json10 => serde_json::from_slice(body).ok(),
            Self::Cbor => ciborium::de::from_reader_with_recursion_limit::<ciborium::Value, _>(body, 32)
                .ok()
                .map(|value| ferrokinesis::server::cbor_to_json(&value))
                .map(|mut value| {
                    times_in_seconds(&mut value);
                    value
                }),
            Self::Query => {
                let fields = form_urlencoded::parse(body);
                Some(
                    fields
                        .map(|(name, value)| (name.into_owned(), value.into_owned()))
                        .collect(),
                )
            }
        };
        match value {
            Some(value @ Value::Object(_)) => Ok(value),
            _ => Err(Refusal::new(
                "SerializationException",
                "The request body could not be read.",
            )),
        }
    }

    /// What is said in XML is not a value, but text that is made elsewhere.
    pub fn write(self, value: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Json | Self::Json10 | Self::Query => out = value.to_string().into_bytes(),
            Self::Cbor => {
                // Writing to memory fails only for values that cannot be written at all, which JSON values can.
                if ciborium::into_writer(&Blobs { value, field: "" }, &mut out).is_err() {
                    out.clear();
                }
            }
        }
        out
    }
}

/// In CBOR times are milliseconds, in JSON seconds. Source: the Java SDK, `AwsCborProtocolFactory`.
const MILLIS: f64 = 1_000.0;

fn is_time(field: &str) -> bool {
    field.ends_with("Timestamp")
}

/// Turns the times of a request into seconds. They are near its surface.
fn times_in_seconds(value: &mut Value) {
    for (name, value) in value.as_object_mut().into_iter().flatten() {
        match value.as_f64() {
            Some(millis) if is_time(name) => *value = json!(millis / MILLIS),
            _ => times_in_seconds(value),
        }
    }
}

/// A JSON value as Kinesis writes it in CBOR: `Data` fields as byte strings, times in milliseconds.
struct Blobs<'a> {
    value: &'a Value,
    /// The field it is the value of.
    field: &'a str,
}

impl Serialize for Blobs<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::String(text) if self.field == "Data" => match STANDARD.decode(text) {
                Ok(bytes) => to.serialize_bytes(&bytes),
                Err(_) => to.serialize_str(text),
            },
            Value::Object(fields) => {
                let mut map = to.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, &Blobs { value, field: name })?;
                }
                map.end()
            }
            Value::Array(items) => {
                let mut list = to.serialize_seq(Some(items.len()))?;
                for value in items {
                    list.serialize_element(&Blobs { value, field: "" })?;
                }
                list.end()
            }
            Value::Number(time) if is_time(self.field) => {
                to.serialize_i64((time.as_f64().unwrap_or_default() * MILLIS).round() as i64)
            }
            plain => plain.serialize(to),
        }
    }
}

/// A request turned down: the exception's name, its words, and the HTTP status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: StatusCode,
    pub kind: String,
    pub message: String,
    /// What the exception was called in the older query protocol. SDKs that knew it then still go by it.
    pub query_code: Option<&'static str>,
    /// What the exception tells besides its message.
    pub fields: Map<String, Value>,
}

impl Refusal {
    /// A refusal that is the caller's to mend (400).
    pub fn new(kind: &str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: kind.to_owned(),
            message: message.into(),
            query_code: None,
            fields: Map::new(),
        }
    }

    /// One that is ours (500). The cause is logged by whoever found it, never sent.
    pub fn internal() -> Self {
        Self::new(
            "InternalFailure",
            "The request processing has failed because of an internal error.",
        )
        .with_status(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Too busy for now (503); SDKs try again by themselves.
    pub fn busy() -> Self {
        Self::new(
            "ServiceUnavailableException",
            "The sandbox is busy. Try again in a moment.",
        )
        .with_status(StatusCode::SERVICE_UNAVAILABLE)
    }

    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub fn with_query_code(mut self, code: &'static str) -> Self {
        self.query_code = Some(code);
        self
    }

    pub fn with_fields(mut self, fields: Map<String, Value>) -> Self {
        self.fields = fields;
        self
    }

    fn body(&self, format: Format, request_id: &str) -> Vec<u8> {
        match format {
            Format::Query => query::refused(self, request_id).into_bytes(),
            _ => format.write(&self.value()),
        }
    }

    fn value(&self) -> Value {
        // AWS writes the message of these two exceptions with a capital letter.
        let message = match self.kind.as_str() {
            "SerializationException" | "TransactionCanceledException" => "Message",
            _ => "message",
        };
        let mut body = self.fields.clone();
        body.insert("__type".to_owned(), json!(self.kind));
        body.insert(message.to_owned(), json!(self.message));
        Value::Object(body)
    }
}

impl From<ferrokinesis::error::KinesisErrorResponse> for Refusal {
    fn from(error: ferrokinesis::error::KinesisErrorResponse) -> Self {
        let status = StatusCode::from_u16(error.status_code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            // Its words may name files of ours.
            tracing::error!(
                kind = error.body.error_type,
                detail = error.body.message,
                "the Kinesis engine failed"
            );
            return Self::internal();
        }
        Self {
            status,
            kind: error.body.error_type,
            message: error.body.message.unwrap_or_default(),
            query_code: None,
            fields: Map::new(),
        }
    }
}

/// What a call answers when it went well.
pub enum Reply {
    /// Many operations answer nothing.
    Empty,
    Value(Value),
    /// The result of an operation of the query protocol.
    Xml {
        operation: String,
        result: Option<Xml>,
    },
    /// An event stream (`SubscribeToShard`).
    Events(Body),
}

/// The HTTP answer, with AWS's headers.
pub fn respond(result: Result<Reply, Refusal>, format: Format, request_id: &str) -> Response {
    let mut headers = HeaderMap::new();
    put_header(&mut headers, "x-amzn-requestid", request_id);
    let (status, body) = match result {
        Ok(Reply::Events(body)) => {
            put_header(&mut headers, "content-type", EVENTS);
            (StatusCode::OK, body)
        }
        Ok(Reply::Empty) => {
            put_header(&mut headers, "content-type", format.media_type());
            headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
            (StatusCode::OK, Body::empty())
        }
        Ok(Reply::Value(value)) => {
            put_header(&mut headers, "content-type", format.media_type());
            (StatusCode::OK, Body::from(format.write(&value)))
        }
        Ok(Reply::Xml { operation, result }) => {
            put_header(&mut headers, "content-type", Format::Query.media_type());
            let body = query::answer(&operation, result.as_ref(), request_id);
            (StatusCode::OK, Body::from(body))
        }
        Err(refusal) => {
            put_header(&mut headers, "content-type", format.media_type());
            put_header(&mut headers, "x-amzn-errortype", &refusal.kind);
            if let Some(code) = refusal.query_code {
                let fault = if refusal.status.is_server_error() {
                    "Receiver"
                } else {
                    "Sender"
                };
                put_header(&mut headers, "x-amzn-query-error", &format!("{code};{fault}"));
            }
            (refusal.status, Body::from(refusal.body(format, request_id)))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn put_header(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_travels_as_bytes_in_cbor_and_as_base64_in_json() {
        let value = json!({ "Records": [{ "Data": STANDARD.encode("hello"), "PartitionKey": "k" }] });
        let cbor = Format::Cbor.write(&value);
        assert!(
            cbor.windows(6).any(|w| w == [0x45, b'h', b'e', b'l', b'l', b'o']),
            "a byte string of five"
        );
        assert_eq!(Format::Cbor.read(&cbor).unwrap(), value);
        assert_eq!(Format::Json.read(&Format::Json.write(&value)).unwrap(), value);
    }

    #[test]
    fn times_are_seconds_in_json_and_milliseconds_in_cbor() {
        let value = json!({ "Records": [{ "ApproximateArrivalTimestamp": 1_800_000_000.123 }], "MillisBehindLatest": 7 });
        let cbor: ciborium::Value = ciborium::from_reader(&Format::Cbor.write(&value)[..]).unwrap();
        let written = ferrokinesis::server::cbor_to_json(&cbor);
        assert_eq!(
            written["Records"][0]["ApproximateArrivalTimestamp"],
            1_800_000_000_123_i64
        );
        assert_eq!(written["MillisBehindLatest"], 7);
        let asked = json!({ "Timestamp": 1_800_000_000_123_i64, "StartingPosition": { "Timestamp": 5_000 } });
        let mut bytes = Vec::new();
        ciborium::into_writer(&asked, &mut bytes).unwrap();
        let read = Format::Cbor.read(&bytes).unwrap();
        assert_eq!(
            read,
            json!({ "Timestamp": 1_800_000_000.123, "StartingPosition": { "Timestamp": 5.0 } })
        );
    }

    #[test]
    fn a_body_that_is_no_object_is_refused_in_words() {
        for body in [&b"[1]"[..], b"", b"\xff", b"{"] {
            for format in [Format::Json, Format::Cbor] {
                assert_eq!(format.read(body).unwrap_err().kind, "SerializationException");
            }
        }
    }

    #[test]
    fn a_deeply_nested_body_does_not_overflow_the_stack() {
        assert!(Format::Cbor.read(&vec![0x81; 100_000]).is_err());
        assert!(Format::Json.read("[".repeat(100_000).as_bytes()).is_err());
    }
}
