//! What the gate leaves behind, in logs at their most talkative and in metrics: routes and numbers, no secrets.

mod gate_support;

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use discord::gate::Gate;
use gate_support::{Nobody, Reply, Upstream};
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const BOT: &str = "MTk4NjIyNDgzNDcxOTI1MjQ4.secret";
const INTERACTION: &str = "aW50ZXJhY3Rpb246MTIzNDU2";

/// A log that can be read afterwards.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that was logged and measured while this ran, all of it on this thread.
fn observe(story: impl Future<Output = ()>) -> (String, String) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let recorder = PrometheusBuilder::new().build_recorder();
    let measured = recorder.handle();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    metrics::with_local_recorder(&recorder, || {
        tracing::subscriber::with_default(subscriber, || runtime.block_on(story));
    });
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    (logged, measured.render())
}

/// A call by hand: an HTTP client in this thread would log in our place.
async fn call(gate: &Gate, method: &str, path: &str) {
    let mut stream = TcpStream::connect(gate.url().trim_start_matches("http://"))
        .await
        .unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: gate\r\nauthorization: Bot {BOT}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
}

async fn all_sorts_of_calls(gate: &Gate) {
    call(
        gate,
        "POST",
        &format!("/api/v10/interactions/1/{INTERACTION}/callback"),
    )
    .await;
    call(gate, "POST", &format!("/api/v10/webhooks/2/{INTERACTION}")).await;
    call(
        gate,
        "PATCH",
        &format!("/api/v10/webhooks/2/{INTERACTION}/messages/@original"),
    )
    .await;
    call(gate, "POST", "/api/v10/channels/112233/messages").await;
    call(gate, "GET", &format!("/elsewhere/{INTERACTION}")).await;
}

#[test]
fn no_token_is_ever_logged_or_measured() {
    let (logged, measured) = observe(async {
        let nobody = Nobody::there();
        all_sorts_of_calls(&nobody.gate().await).await;
        for reply in [
            Reply::Hang,
            Reply::Cut,
            Reply::json(429, &serde_json::json!({"retry_after": 60})),
        ] {
            let upstream = Upstream::start(move |_, _| reply.clone()).await;
            let gate = upstream
                .gate_with(|settings| {
                    settings.request_timeout = Duration::from_millis(20);
                    settings.callback_window = Duration::from_millis(20);
                })
                .await;
            all_sorts_of_calls(&gate).await;
        }

        let upstream = Upstream::start(|before, _| Reply::status(if before < 3 { 500 } else { 204 })).await;
        all_sorts_of_calls(&upstream.gate().await).await;
    });
    for secret in [BOT, INTERACTION] {
        let line = logged.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "in the log");
        assert!(!measured.contains(secret), "in the metrics:\n{measured}");
    }
    assert!(
        logged.contains("interactions/{id}/{token}/callback"),
        "the route is logged:\n{logged}"
    );
}

#[test]
fn the_metrics_count_requests_by_route_and_status_and_say_what_was_repeated() {
    let (_, measured) = observe(async {
        let upstream = Upstream::start(|before, _| Reply::status(if before == 0 { 500 } else { 204 })).await;
        let gate = upstream.gate().await;
        call(&gate, "GET", "/api/v10/channels/112233/messages").await;
        call(&gate, "GET", "/api/v10/channels/445566/messages").await;
        call(&gate, "GET", "/metrics").await;
    });
    for line in [
        r#"discord_requests_total{method="GET",route="channels/{id}/messages",status="204"} 2"#,
        r#"discord_request_retries_total{route="channels/{id}/messages",reason="5xx"} 1"#,
        "discord_gate_refused_total 1",
        "discord_limit_wait_seconds_count 3",
    ] {
        assert!(measured.contains(line), "{line} is not in\n{measured}");
    }
}
