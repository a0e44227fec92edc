//! Who may use the playground: programs and pages of this machine. A page from elsewhere that is open
//! in the same browser must not drive the playground, nor one that has pointed its own name here.

use axum::{
    Json,
    extract::Request,
    http::{HeaderMap, StatusCode, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;

pub async fn local_only(request: Request, next: Next) -> Response {
    match refusal(request.headers(), request.uri()) {
        None => next.run(request).await,
        Some(why) => (StatusCode::FORBIDDEN, Json(json!({"ok": false, "error": why}))).into_response(),
    }
}

fn refusal(headers: &HeaderMap, uri: &Uri) -> Option<&'static str> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let host = text(header::HOST).or_else(|| uri.authority().map(Authority::as_str));
    if !host.is_some_and(is_local) {
        return Some("The playground answers only to 127.0.0.1 and localhost.");
    }
    let local_page = |origin: &str| origin.strip_prefix("http://").is_some_and(is_local);
    match text(header::ORIGIN) {
        Some(origin) if !local_page(origin) => Some("Pages from elsewhere may not use the playground."),
        _ => None,
    }
}

/// Whether `host[:port]` is this machine.
fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        refusal(&headers, &Uri::from_static("/api/act")).is_none()
    }

    #[test]
    fn only_this_machine_drives_the_playground() {
        assert!(asked("127.0.0.1:8080", None));
        assert!(asked("localhost:8080", Some("http://localhost:8080")));
        assert!(asked("[::1]:8080", Some("http://[::1]:8080")));
        assert!(!asked("evil.example", None));
        assert!(!asked("evil.example:8080", Some("http://evil.example:8080")));
        assert!(!asked("127.0.0.1:8080", Some("https://evil.example")));
        assert!(!asked("127.0.0.1:8080", Some("null")));
        assert!(!asked("127.0.0.1.evil.example", None));
    }
}
