//! Requests signed by hand, so that each part can be got wrong, and sent over a bare socket.

use std::net::SocketAddr;

use chrono::{DateTime, Utc};
use rustack_auth::hash_payload;
use rustack_auth::sigv4::{build_string_to_sign, compute_signature, derive_signing_key};
use sandbox::Tenant;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A request as it is signed, and what is changed after that.
pub struct Signed {
    key: String,
    secret: SecretString,
    target: String,
    body: Vec<u8>,
    content_type: &'static str,
    at: DateTime<Utc>,
    scope: [String; 3],
    unsigned: Vec<&'static str>,
    sent_body: Option<Vec<u8>>,
    sent_headers: Vec<(&'static str, String)>,
    more: Vec<String>,
}

impl Signed {
    pub fn new(tenant: &Tenant, target: &str, body: &Value) -> Self {
        Self {
            key: tenant.access_key_id.clone(),
            secret: tenant.secret_access_key.clone(),
            target: target.to_owned(),
            body: body.to_string().into_bytes(),
            content_type: "application/x-amz-json-1.1",
            at: Utc::now(),
            scope: [String::new(), "us-east-1".to_owned(), "kinesis".to_owned()],
            unsigned: Vec::new(),
            sent_body: None,
            sent_headers: Vec::new(),
            more: Vec::new(),
        }
    }

    /// The same, in CBOR, as Java's SDK would send it.
    pub fn cbor(mut self, body: &ciborium::Value) -> Self {
        self.content_type = "application/x-amz-cbor-1.1";
        self.body.clear();
        ciborium::into_writer(body, &mut self.body).unwrap();
        self
    }

    /// The same, in the JSON that SQS and DynamoDB are spoken to in.
    pub fn json_1_0(mut self) -> Self {
        self.content_type = "application/x-amz-json-1.0";
        self
    }

    pub fn at(mut self, at: DateTime<Utc>) -> Self {
        self.at = at;
        self
    }

    /// Leaves a header out of the signature.
    pub fn without(mut self, header: &'static str) -> Self {
        self.unsigned.push(header);
        self
    }

    pub fn scope_date(mut self, date: &str) -> Self {
        date.clone_into(&mut self.scope[0]);
        self
    }

    pub fn scope_region(mut self, region: &str) -> Self {
        region.clone_into(&mut self.scope[1]);
        self
    }

    pub fn scope_service(mut self, service: &str) -> Self {
        service.clone_into(&mut self.scope[2]);
        self
    }

    /// Sends another body than the one signed.
    pub fn then_body(mut self, body: &str) -> Self {
        self.sent_body = Some(body.as_bytes().to_vec());
        self
    }

    /// Sends another value than the one signed.
    pub fn then_header(mut self, name: &'static str, value: &str) -> Self {
        self.sent_headers.push((name, value.to_owned()));
        self
    }

    /// Sends one header line more.
    pub fn then_more(mut self, line: &str) -> Self {
        self.more.push(line.to_owned());
        self
    }
}

/// The request's bytes.
pub fn sign(address: SocketAddr, signed: Signed) -> Vec<u8> {
    let stamp = signed.at.format("%Y%m%dT%H%M%SZ").to_string();
    let [date, region, service] = &signed.scope;
    let date = if date.is_empty() { &stamp[..8] } else { date };
    let mut headers = vec![
        ("content-type", signed.content_type.to_owned()),
        ("host", address.to_string()),
        ("x-amz-date", stamp.clone()),
        ("x-amz-target", signed.target.clone()),
    ];
    let covered: Vec<_> = headers
        .iter()
        .filter(|(name, _)| !signed.unsigned.contains(name))
        .collect();
    let names = covered
        .iter()
        .map(|(name, _)| *name)
        .collect::<Vec<_>>()
        .join(";");
    let mut lines = String::new();
    for (name, value) in &covered {
        lines.extend([name, ":", value, "\n"]);
    }
    let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", hash_payload(&signed.body));
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let to_sign = build_string_to_sign(&stamp, &scope, &hash_payload(canonical.as_bytes()));
    let key = derive_signing_key(signed.secret.expose_secret(), date, region, service).unwrap();
    let signature = compute_signature(&key, &to_sign).unwrap();
    let credential = format!("Credential={}/{scope}", signed.key);
    let authorization =
        format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, Signature={signature}");
    headers.push(("authorization", authorization));
    for (name, value) in signed.sent_headers {
        headers
            .iter_mut()
            .filter(|(n, _)| *n == name)
            .for_each(|(_, v)| v.clone_from(&value));
    }
    let body = signed.sent_body.unwrap_or(signed.body);
    let mut lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    lines.extend(signed.more);
    let head = lines.join("\r\n");
    let length = body.len();
    let request =
        format!("POST / HTTP/1.1\r\n{head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    let mut request = request.into_bytes();
    request.extend(body);
    request
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    body: Value,
    bytes: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// A body in JSON.
    pub fn json(&self) -> &Value {
        &self.body
    }

    /// A body in CBOR.
    pub fn cbor(&self) -> ciborium::Value {
        ciborium::from_reader(&self.bytes[..]).unwrap()
    }

    /// The exception's name, as the body has it and, it is checked, the header too.
    pub fn kind(&self) -> String {
        let kind = self.body["__type"].as_str().unwrap_or_default().to_owned();
        assert_eq!(
            self.header("x-amzn-errortype"),
            Some(kind.as_str()).filter(|k| !k.is_empty())
        );
        kind
    }

    pub fn message(&self) -> String {
        self.body["message"]
            .as_str()
            .or(self.body["Message"].as_str())
            .unwrap_or_default()
            .to_owned()
    }
}

/// Sends bytes and reads the answer to the end of the connection.
pub async fn send(address: SocketAddr, request: &[u8]) -> Answer {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let (mut read, mut write) = socket.split();
    let mut bytes = Vec::new();
    // A server that refuses early may close before all is written; its answer is what matters.
    let (_, received) = tokio::join!(write.write_all(request), read.read_to_end(&mut bytes));
    drop(received);
    let end = bytes
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .expect("an HTTP answer");
    let (head, body) = (std::str::from_utf8(&bytes[..end]).unwrap(), &bytes[end + 4..]);
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|l| l.split_once(": ").unwrap())
        .map(|(n, v)| (n.to_lowercase(), v.to_owned()))
        .collect();
    Answer {
        status,
        headers,
        bytes: body.to_vec(),
        body: serde_json::from_slice(body).unwrap_or_default(),
    }
}
