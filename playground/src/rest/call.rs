//! One REST request, read: path, query, JSON body and files, whichever way the body came.

use std::borrow::Cow;

use axum::{
    body::Body,
    extract::{FromRequest, Multipart, Request},
    http::{HeaderMap, HeaderName, Method, header},
};
use serde_json::Value;

use super::Refusal;
use crate::upload::Upload;

/// Discord's limit on a request as a whole, with some room for the parts' headers.
const REQUEST_BYTES: usize = 26 * 1024 * 1024;

/// See the module.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: Method,
    /// Without `/api/vN`.
    pub path: String,
    pub query: String,
    pub content_type: Option<String>,
    /// The JSON body, or a multipart body's `payload_json`; null where there is none.
    pub body: Value,
    pub files: Vec<Upload>,
    pub authorized: bool,
}

impl Call {
    /// Reads a request to its end. A body that cannot be read comes back as a refusal beside the call,
    /// so that the record holds it all the same.
    pub async fn read(request: Request) -> (Self, Result<(), Refusal>) {
        let content_type = text(request.headers(), &header::CONTENT_TYPE).map(str::to_owned);
        let authorized = text(request.headers(), &header::AUTHORIZATION).is_some_and(|value| {
            value
                .strip_prefix("Bot ")
                .is_some_and(|token| !token.trim().is_empty())
        });
        let mut call = Self {
            method: request.method().clone(),
            // `@me` and `@original` may come with their `@` escaped.
            path: without_version(request.uri().path()).replace("%40", "@"),
            query: request.uri().query().unwrap_or_default().to_owned(),
            content_type,
            body: Value::Null,
            files: Vec::new(),
            authorized,
        };
        let multipart = call
            .content_type
            .as_ref()
            .is_some_and(|kind| kind.starts_with("multipart/form-data"));
        let read = if multipart {
            call.read_parts(request).await
        } else {
            call.read_json(request.into_body()).await
        };
        (call, read)
    }

    async fn read_json(&mut self, body: Body) -> Result<(), Refusal> {
        let bytes = axum::body::to_bytes(body, REQUEST_BYTES)
            .await
            .map_err(|_| Refusal::TOO_LARGE)?;
        if !bytes.is_empty() {
            self.body = serde_json::from_slice(&bytes).map_err(|_| Refusal::BAD_JSON)?;
        }
        Ok(())
    }

    async fn read_parts(&mut self, request: Request) -> Result<(), Refusal> {
        let (parts, body) = request.into_parts();
        let bytes = axum::body::to_bytes(body, REQUEST_BYTES)
            .await
            .map_err(|_| Refusal::TOO_LARGE)?;
        let request = Request::from_parts(parts, Body::from(bytes));
        let mut multipart = Multipart::from_request(request, &())
            .await
            .map_err(|_| Refusal::BAD_JSON)?;
        while let Some(part) = multipart.next_field().await.map_err(|_| Refusal::BAD_JSON)? {
            let field = part.name().unwrap_or_default().to_owned();
            let filename = part.file_name().map(str::to_owned);
            let kind = part.content_type().map(str::to_owned);
            let bytes = part.bytes().await.map_err(|_| Refusal::BAD_JSON)?;
            match filename {
                None if field == "payload_json" => {
                    self.body = serde_json::from_slice(&bytes).map_err(|_| Refusal::BAD_JSON)?;
                }
                None => {}
                Some(filename) => self.files.push(Upload::new(field, filename, kind, bytes)),
            }
        }
        Ok(())
    }

    /// The path in pieces.
    pub fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// A query parameter, decoded.
    pub fn param(&self, name: &str) -> Option<Cow<'_, str>> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .into_iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| decoded(value))
    }

    pub fn flag(&self, name: &str) -> bool {
        self.param(name)
            .is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"))
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The path without `/api` and the version.
fn without_version(path: &str) -> String {
    let path = path.strip_prefix("/api").unwrap_or(path);
    let rest = path.trim_start_matches('/');
    let version = rest.split('/').next().unwrap_or_default();
    let is_version = version
        .strip_prefix('v')
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    if is_version {
        rest[version.len()..].to_owned()
    } else {
        path.to_owned()
    }
}

/// Percent-decoding, as far as Discord's paths and queries need it.
pub fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex
            .filter(|_| *first == b'%')
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(byte) = byte {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(if *first == b'+' { b' ' } else { *first });
            rest = after;
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_version_of_the_api_is_the_same_path() {
        assert_eq!(without_version("/api/v10/users/@me"), "/users/@me");
        assert_eq!(without_version("/api/users/@me"), "/users/@me");
        assert_eq!(without_version("/api/v9/voice/regions"), "/voice/regions");
    }

    #[test]
    fn an_emoji_in_a_path_is_read() {
        assert_eq!(decoded("%F0%9F%91%8D+a%zz"), "👍 a%zz");
    }
}
