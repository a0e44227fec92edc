//! The gate as its callers and Discord see it, over real sockets: what is sent, how often, and what is said of it.

mod gate_support;

use std::time::{Duration, Instant};

use axum::http::Method;
use discord::gate::{Gate, GateError, GateSettings};
use gate_support::{Nobody, Reply, Upstream, call, caller};
use serde_json::json;

const MESSAGES: &str = "/api/v10/channels/1/messages";
const CALLBACK: &str = "/api/v10/interactions/1/aW50ZXJhY3Rpb24/callback";
const FOLLOW_UP: &str = "/api/v10/webhooks/9/aW50ZXJhY3Rpb24";

#[tokio::test]
async fn a_request_arrives_as_it_was_sent_and_the_answer_comes_back_whole() {
    let upstream = Upstream::start(|_, _| {
        Reply::json(201, &json!({"id": "5"}))
            .header("x-ratelimit-remaining", "3")
            .header("set-cookie", "a=b")
            .header("retry-after", "7")
    })
    .await;
    let gate = upstream.gate().await;
    let response = caller()
        .post(format!("{}{MESSAGES}?limit=5&after=%F0%9F%91%8D", gate.url()))
        .header("authorization", "Bot t")
        .header("user-agent", "DiscordBot (test)")
        .header("x-audit-log-reason", "tidy%20up")
        .header("content-type", "application/json")
        .header("cookie", "c=d")
        .body(r#"{"content":"hello"}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["x-ratelimit-remaining"], "3");
    assert_eq!(response.headers()["retry-after"], "7");
    assert!(!response.headers().contains_key("set-cookie"));
    assert_eq!(response.text().await.unwrap(), r#"{"id":"5"}"#);

    let seen = &upstream.seen()[0];
    assert_eq!(seen.path, format!("{MESSAGES}?limit=5&after=%F0%9F%91%8D"));
    assert_eq!(seen.headers["authorization"], "Bot t");
    assert_eq!(seen.headers["user-agent"], "DiscordBot (test)");
    assert_eq!(seen.headers["x-audit-log-reason"], "tidy%20up");
    assert_eq!(seen.headers["content-type"], "application/json");
    assert!(!seen.headers.contains_key("cookie"));
    assert_eq!(seen.body, r#"{"content":"hello"}"#);
}

#[tokio::test]
async fn a_picture_of_many_megabytes_passes_byte_for_byte() {
    let upstream = Upstream::start(|_, _| Reply::status(204)).await;
    let gate = upstream.gate().await;
    let body: Vec<u8> = (0..20_000_000_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let response = caller()
        .post(format!("{}{MESSAGES}", gate.url()))
        .header("content-type", "multipart/form-data; boundary=x")
        .body(body.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 204);
    let seen = &upstream.seen()[0];
    assert_eq!(seen.headers["content-type"], "multipart/form-data; boundary=x");
    assert!(seen.body == body, "the body changed on its way");
}

#[tokio::test]
async fn a_post_without_a_body_says_so() {
    let upstream = Upstream::start(|_, _| Reply::status(204)).await;
    let gate = upstream.gate().await;
    call(&gate, Method::POST, "/api/v10/channels/1/typing").await;
    // Discord answers 411 to a POST without this header.
    assert_eq!(upstream.seen()[0].headers["content-length"], "0");
}

#[tokio::test]
async fn a_full_bucket_is_waited_for_and_another_channel_is_not_held_up() {
    let wait = Duration::from_millis(400);
    let upstream = Upstream::start(move |before, seen| {
        let bucket = Reply::status(204)
            .header("x-ratelimit-bucket", "messages")
            .header("x-ratelimit-limit", "1");
        let spent = before == 0 || seen.path.contains("/2/");
        bucket
            .header("x-ratelimit-remaining", if spent { "0" } else { "1" })
            .header("x-ratelimit-reset-after", &wait.as_secs_f64().to_string())
    })
    .await;
    let gate = upstream.gate().await;
    call(&gate, Method::POST, MESSAGES).await;
    let (second, other) = tokio::join!(
        call(&gate, Method::POST, MESSAGES),
        call(&gate, Method::POST, "/api/v10/channels/2/messages")
    );
    assert_eq!((second.status.as_u16(), other.status.as_u16()), (204, 204));
    let seen = upstream.seen();
    assert!(seen[1].path.contains("/2/"), "channel 2 went ahead");
    assert!(
        seen[2].at - seen[0].at >= wait.mul_f64(0.95),
        "{:?}",
        seen[2].at - seen[0].at
    );
}

#[tokio::test]
async fn many_requests_at_once_are_spread_over_the_second() {
    let upstream = Upstream::start(|_, _| Reply::status(204)).await;
    let gate = upstream
        .gate_with(|settings| settings.global_per_second = 50)
        .await;
    let paths: Vec<_> = (1..=20)
        .map(|channel| format!("/api/v10/channels/{channel}/messages"))
        .collect();
    futures::future::join_all(paths.iter().map(|path| call(&gate, Method::POST, path))).await;
    let seen = upstream.seen();
    // A burst of three, then one about every 22 ms.
    let took = seen[19].at - seen[0].at;
    assert!(
        took >= Duration::from_millis(300),
        "twenty requests within {took:?}"
    );
}

#[tokio::test]
async fn after_a_429_a_message_is_sent_again_when_discord_said() {
    let upstream = Upstream::start(|before, _| match before {
        0 => Reply::json(
            429,
            &json!({"message": "slow", "retry_after": 0.2, "global": false}),
        )
        .header("x-ratelimit-bucket", "b")
        .header("x-ratelimit-scope", "user"),
        _ => Reply::json(200, &json!({"id": "1"})),
    })
    .await;
    let gate = upstream.gate().await;
    let told = call(&gate, Method::POST, MESSAGES).await;
    assert_eq!(told.status, 200);
    assert_eq!(told.outcome(), None);
    let seen = upstream.seen();
    assert_eq!(seen.len(), 2);
    assert!(seen[1].at - seen[0].at >= Duration::from_millis(200));
}

#[tokio::test]
async fn being_told_to_wait_is_no_failure_and_leaves_all_tries_for_those() {
    let upstream = Upstream::start(|before, _| match before {
        0..4 => Reply::json(429, &json!({"retry_after": 0.05})),
        4 => Reply::status(500),
        _ => Reply::status(204),
    })
    .await;
    let gate = upstream.gate_with(|settings| settings.tries = 2).await;
    assert_eq!(call(&gate, Method::GET, MESSAGES).await.status, 204);
    assert_eq!(upstream.seen().len(), 6);
}

#[tokio::test]
async fn a_global_429_holds_every_route_but_not_the_answers_to_members() {
    let upstream = Upstream::start(|before, _| match before {
        0 => Reply::json(429, &json!({"retry_after": 0.4, "global": true})),
        _ => Reply::status(204),
    })
    .await;
    let gate = upstream.gate().await;
    let first = call(&gate, Method::POST, MESSAGES);
    let others = async {
        while upstream.seen().is_empty() {
            tokio::task::yield_now().await;
        }
        // The 429 is on its way; these two arrive while it holds.
        call(&gate, Method::POST, CALLBACK).await;
        call(&gate, Method::POST, FOLLOW_UP).await;
        call(&gate, Method::GET, "/api/v10/guilds/7").await
    };
    let (first, guild) = tokio::join!(first, others);
    assert_eq!((first.status.as_u16(), guild.status.as_u16()), (204, 204));
    let seen = upstream.seen();
    let after = |part: &str| {
        let last = seen.iter().rfind(|seen| seen.path.contains(part)).unwrap();
        last.at - seen[0].at
    };
    assert!(after("interactions") < Duration::from_millis(400));
    assert!(after("webhooks") < Duration::from_millis(400));
    assert!(after("channels") >= Duration::from_millis(400));
    assert!(after("guilds") >= Duration::from_millis(400));
}

#[tokio::test]
async fn a_429_longer_than_we_can_wait_is_passed_on_as_not_sent() {
    let upstream =
        Upstream::start(|_, _| Reply::json(429, &json!({"retry_after": 60.0})).header("retry-after", "60"))
            .await;
    let gate = upstream.gate().await;
    let told = call(&gate, Method::POST, MESSAGES).await;
    assert_eq!(told.status, 429);
    assert_eq!(told.outcome(), Some("not-sent"));
    assert_eq!(told.headers["retry-after"], "60");
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test]
async fn a_queue_longer_than_we_can_wait_is_a_429_and_nothing_is_sent() {
    let upstream = Upstream::start(|_, _| {
        Reply::status(204)
            .header("x-ratelimit-bucket", "b")
            .header("x-ratelimit-limit", "1")
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset-after", "60")
    })
    .await;
    let gate = upstream
        .gate_with(|settings| settings.wait_limit = Duration::from_millis(50))
        .await;
    call(&gate, Method::POST, MESSAGES).await;
    let told = call(&gate, Method::POST, MESSAGES).await;
    assert_eq!((told.status.as_u16(), told.outcome()), (429, Some("not-sent")));
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test]
async fn what_its_caller_gave_up_waiting_for_is_not_sent_later() {
    let upstream = Upstream::start(|before, _| {
        Reply::status(204)
            .header("x-ratelimit-bucket", "b")
            .header("x-ratelimit-limit", "1")
            .header("x-ratelimit-remaining", if before == 0 { "0" } else { "1" })
            .header("x-ratelimit-reset-after", "0.5")
    })
    .await;
    let gate = upstream.gate().await;
    let send = |words: &'static str, patience: Duration| {
        caller()
            .post(format!("{}{MESSAGES}", gate.url()))
            .body(words)
            .timeout(patience)
            .send()
    };
    let long = Duration::from_secs(20);
    send("first", long).await.unwrap();
    assert!(
        send("given up", Duration::from_millis(100))
            .await
            .unwrap_err()
            .is_timeout()
    );
    send("third", long).await.unwrap();
    let seen: Vec<_> = upstream.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(seen, ["first", "third"]);
}

#[tokio::test]
async fn a_callback_is_tried_until_discord_takes_it() {
    let upstream = Upstream::start(|before, _| Reply::status(if before < 6 { 500 } else { 204 })).await;
    let gate = upstream.gate().await;
    assert_eq!(call(&gate, Method::POST, CALLBACK).await.status, 204);
    assert_eq!(upstream.seen().len(), 7);
}

#[tokio::test]
async fn already_acknowledged_after_our_own_retry_is_success() {
    for lost in [Reply::status(500), Reply::Cut] {
        let upstream = Upstream::start(move |before, _| match before {
            0 => lost.clone(),
            _ => Reply::json(400, &json!({"code": 40060, "message": "already acknowledged"})),
        })
        .await;
        let gate = upstream.gate().await;
        let told = call(&gate, Method::POST, CALLBACK).await;
        assert_eq!((told.status.as_u16(), told.body.as_str()), (204, ""));
    }
}

#[tokio::test]
async fn already_acknowledged_at_once_is_somebody_elses_answer_and_stays_an_error() {
    let upstream = Upstream::start(|_, _| Reply::json(400, &json!({"code": 40060, "message": "no"}))).await;
    let gate = upstream.gate().await;
    let told = call(&gate, Method::POST, CALLBACK).await;
    assert_eq!(told.status, 400);
    assert!(told.body.contains("40060"));
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test]
async fn a_callback_is_given_up_when_it_would_come_too_late() {
    let upstream = Upstream::start(|_, _| Reply::status(503)).await;
    let gate = upstream
        .gate_with(|settings| settings.callback_window = Duration::from_millis(100))
        .await;
    let began = Instant::now();
    let told = call(&gate, Method::POST, CALLBACK).await;
    assert_eq!((told.status.as_u16(), told.outcome()), (503, Some("unknown")));
    assert!(began.elapsed() < Duration::from_secs(2));
    let seen = upstream.seen();
    assert!(seen.len() > 1);
    assert!(seen.last().unwrap().at - seen[0].at <= Duration::from_secs(1));
}

#[tokio::test]
async fn a_message_is_never_sent_twice_on_a_guess() {
    for (reply, status) in [
        (Reply::status(500), 500),
        (Reply::status(503), 503),
        (Reply::Cut, 502),
    ] {
        for path in [MESSAGES, FOLLOW_UP] {
            let reply = reply.clone();
            let upstream = Upstream::start(move |_, _| reply.clone()).await;
            let gate = upstream.gate().await;
            let told = call(&gate, Method::POST, path).await;
            assert_eq!(
                (told.status.as_u16(), told.outcome()),
                (status, Some("unknown")),
                "{path}"
            );
            assert_eq!(upstream.seen().len(), 1, "{path}");
        }
    }
}

#[tokio::test]
async fn what_can_be_repeated_is_repeated_a_few_times() {
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        let upstream = Upstream::start(|before, _| match before {
            0 => Reply::status(502),
            1 => Reply::Cut,
            _ => Reply::status(204),
        })
        .await;
        let gate = upstream.gate().await;
        let told = call(&gate, method, "/api/v10/channels/1/messages/2").await;
        assert_eq!((told.status.as_u16(), told.outcome()), (204, None));
        assert_eq!(upstream.seen().len(), 3);
    }
}

#[tokio::test]
async fn a_discord_that_only_fails_is_not_asked_for_ever() {
    let upstream = Upstream::start(|_, _| Reply::status(500)).await;
    let gate = upstream.gate_with(|settings| settings.tries = 3).await;
    let told = call(&gate, Method::GET, MESSAGES).await;
    assert_eq!((told.status.as_u16(), told.outcome()), (500, Some("unknown")));
    assert_eq!(upstream.seen().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_passed_on_at_once() {
    for status in [400, 401, 403, 404] {
        let upstream = Upstream::start(move |_, _| Reply::json(status, &json!({"code": 50013}))).await;
        let gate = upstream.gate().await;
        let told = call(&gate, Method::GET, MESSAGES).await;
        assert_eq!((told.status.as_u16(), told.outcome()), (status, None));
        assert_eq!(upstream.seen().len(), 1);
    }
}

#[tokio::test]
async fn silence_is_an_unknown_outcome_and_does_not_block_the_route() {
    let upstream = Upstream::start(|before, _| {
        if before == 0 {
            Reply::Hang
        } else {
            Reply::status(204)
        }
    })
    .await;
    let gate = upstream
        .gate_with(|settings| settings.request_timeout = Duration::from_millis(400))
        .await;
    let told = call(&gate, Method::POST, MESSAGES).await;
    assert_eq!((told.status.as_u16(), told.outcome()), (504, Some("unknown")));
    assert_eq!(call(&gate, Method::POST, MESSAGES).await.status, 204);
}

#[tokio::test]
async fn nobody_listening_is_known_not_to_have_been_sent() {
    let nobody = Nobody::there();
    let gate = nobody.gate().await;
    for path in [MESSAGES, FOLLOW_UP, CALLBACK] {
        let told = call(&gate, Method::POST, path).await;
        assert_eq!(
            (told.status.as_u16(), told.outcome()),
            (502, Some("not-sent")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_not_handed_on() {
    let elsewhere = Upstream::start(|_, _| Reply::status(204)).await;
    let target = format!("{}api/v10/stolen", elsewhere.url);
    let upstream = Upstream::start(move |_, _| Reply::status(307).header("location", &target)).await;
    let gate = upstream.gate().await;
    let told = call(&gate, Method::POST, MESSAGES).await;
    assert_eq!(told.status, 502);
    assert!(!told.headers.contains_key("location"));
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn only_the_rest_of_discord_is_reached() {
    let upstream = Upstream::start(|_, _| Reply::status(204)).await;
    let gate = upstream.gate().await;
    // Sent as raw bytes: an HTTP client would tidy the dots away before they reach the gate.
    for target in [
        "/",
        "/metrics",
        "/api",
        "/api/../oauth2/token",
        "/api/v10/%2e%2e/%2E%2e/login",
        "//evil/api/x",
    ] {
        let answer = raw(
            &gate,
            &format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
        )
        .await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{target}: {answer}");
        assert!(answer.contains("x-gate-outcome: not-sent"), "{target}: {answer}");
    }
    // A proxy's way of asking names a host; ours is fixed.
    let answer = raw(
        &gate,
        "GET http://example.com/api/v10/gateway HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    let answer = raw(
        &gate,
        "TRACE /api/v10/gateway HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    let seen: Vec<_> = upstream.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(seen, ["/api/v10/gateway"]);
}

#[tokio::test]
async fn a_body_larger_than_discord_takes_is_refused_here() {
    let upstream = Upstream::start(|_, _| Reply::status(204)).await;
    let gate = upstream.gate_with(|settings| settings.max_body = 1_000).await;
    let send = |size: usize| {
        caller()
            .post(format!("{}{MESSAGES}", gate.url()))
            .body(vec![b'x'; size])
            .send()
    };
    assert_eq!(send(1_001).await.unwrap().status(), 413);
    assert_eq!(send(1_000).await.unwrap().status(), 204);
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test]
async fn the_gate_listens_on_loopback_and_stops_when_told() {
    use tokio::io::AsyncReadExt;
    let upstream = Upstream::start(|_, _| Reply::status(204)).await;
    let gate = upstream.gate().await;
    let address = gate.url().strip_prefix("http://").unwrap().to_owned();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let mut caller = tokio::net::TcpStream::connect(address).await.unwrap();
    gate.stop().await;
    let end = tokio::time::timeout(Duration::from_secs(5), caller.read(&mut [0])).await;
    assert!(
        matches!(end, Ok(Ok(0) | Err(_))),
        "the connection is still open: {end:?}"
    );
}

#[tokio::test]
async fn an_address_that_is_no_discord_is_refused_at_the_start() {
    let start = Gate::start(GateSettings::new("https://discord.com/api/v10".parse().unwrap())).await;
    assert!(matches!(start, Err(GateError::Upstream { .. })));
}

async fn raw(gate: &Gate, request: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = gate.url().trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
