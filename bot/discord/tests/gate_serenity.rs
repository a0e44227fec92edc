//! serenity's own client through the gate: posting, pictures, answering, and what its errors come to mean.

mod gate_support;

use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use discord::gate::{Causes, Delivery, Gate, classify};
use gate_support::{Nobody, Reply, Seen, Upstream};
use serde_json::json;
use serenity::all::{
    ApplicationId, ChannelId, CreateAttachment, CreateInteractionResponse, CreateInteractionResponseMessage,
    CreateMessage, Http, InteractionId, Message,
};
use serenity::http::HttpBuilder;

fn client(gate: &Gate) -> Http {
    gate.serenity("secret-bot-token").unwrap().build()
}

async fn post(http: &Http) -> serenity::Result<Message> {
    let picture = CreateAttachment::bytes(vec![0x89, b'P', b'N', b'G', 0, 255, 13, 10], "shards.png")
        .description("Two shards");
    let message = CreateMessage::new()
        .content("The lesson of the day")
        .add_file(picture);
    ChannelId::new(1).send_message(http, message).await
}

#[tokio::test]
async fn a_lesson_with_a_picture_is_posted() {
    let upstream = Upstream::start(|_, _| Reply::message()).await;
    let gate = upstream.gate().await;
    let posted = post(&client(&gate)).await.unwrap();
    assert_eq!(posted.id.get(), 5);

    let Seen {
        path, headers, body, ..
    } = &upstream.seen()[0];
    assert_eq!(path, "/api/v10/channels/1/messages");
    assert_eq!(headers["authorization"], "Bot secret-bot-token");
    assert!(
        headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("multipart/form-data; boundary=")
    );
    assert!(headers["user-agent"].to_str().unwrap().starts_with("DiscordBot"));
    let picture: &[u8] = &[0x89, b'P', b'N', b'G', 0, 255, 13, 10];
    assert!(body.windows(picture.len()).any(|part| part == picture));
    assert!(String::from_utf8_lossy(body).contains(r#""description":"Two shards""#));
}

#[tokio::test]
async fn a_member_is_answered_although_discord_stumbles() {
    let upstream = Upstream::start(|before, _| match before {
        0 | 1 => Reply::status(500),
        _ => Reply::json(
            400,
            &json!({"code": 40060, "message": "Interaction has already been acknowledged."}),
        ),
    })
    .await;
    let gate = upstream.gate().await;
    let reply =
        CreateInteractionResponse::Message(CreateInteractionResponseMessage::new().content("recorded"));
    client(&gate)
        .create_interaction_response(InteractionId::new(7), "aW50ZXJhY3Rpb24", &reply, Vec::new())
        .await
        .unwrap();
    let paths: Vec<_> = upstream.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, vec!["/api/v10/interactions/7/aW50ZXJhY3Rpb24/callback"; 3]);
}

/// What the poster learns when Discord answers like this.
async fn fate(reply: Reply) -> Delivery {
    let upstream = Upstream::start(move |_, _| reply.clone()).await;
    let gate = upstream
        .gate_with(|settings| settings.request_timeout = Duration::from_millis(250))
        .await;
    let fate = classify(&post(&client(&gate)).await.unwrap_err());
    assert_eq!(upstream.seen().len(), 1, "a message was sent more than once");
    fate
}

#[tokio::test]
async fn the_poster_learns_what_became_of_its_message() {
    let refused = |status, code| Delivery::Refused { status, code };
    let no = |status: u16, code: i64| Reply::json(status, &json!({"code": code, "message": "no"}));
    assert_eq!(fate(no(403, 50_013)).await, refused(403, 50_013));
    assert_eq!(fate(no(404, 10_003)).await, refused(404, 10_003));
    assert_eq!(fate(no(400, 50_035)).await, refused(400, 50_035));
    assert_eq!(fate(no(401, 0)).await, refused(401, 0));
    assert_eq!(
        fate(Reply::json(429, &json!({"retry_after": 90.0, "message": "slow"}))).await,
        Delivery::NotSent
    );
    assert_eq!(fate(Reply::status(500)).await, Delivery::Unknown);
    assert_eq!(
        fate(Reply::Says(502, Vec::new(), "<html>bad gateway</html>".into())).await,
        Delivery::Unknown
    );
    assert_eq!(fate(Reply::Hang).await, Delivery::Unknown);
    assert_eq!(fate(Reply::Cut).await, Delivery::Unknown);
    assert_eq!(
        fate(Reply::json(200, &json!({"not": "a message"}))).await,
        Delivery::Unknown
    );
}

#[tokio::test]
async fn a_message_to_a_discord_that_is_away_was_not_sent() {
    let nobody = Nobody::there();
    let gate = nobody.gate().await;
    assert_eq!(
        classify(&post(&client(&gate)).await.unwrap_err()),
        Delivery::NotSent
    );
}

#[tokio::test]
async fn without_its_gate_a_message_was_not_sent() {
    let nobody = Nobody::there();
    let http = HttpBuilder::new("secret-bot-token")
        .client(gate_support::caller())
        .proxy(nobody.url.as_str())
        .ratelimiter_disabled(true)
        .build();
    assert_eq!(classify(&post(&http).await.unwrap_err()), Delivery::NotSent);
}

#[tokio::test]
async fn an_error_is_told_with_its_causes_and_without_the_address() {
    let nobody = Nobody::there();
    let http = HttpBuilder::new("secret-bot-token")
        .client(gate_support::caller())
        .proxy(nobody.url.as_str())
        .ratelimiter_disabled(true)
        .application_id(ApplicationId::new(9))
        .build();
    let error = http
        .get_original_interaction_response("aW50ZXJhY3Rpb24")
        .await
        .unwrap_err();
    let told = Causes(&error).to_string();
    assert!(told.contains("onnection refused"), "{told}");
    assert!(!told.contains("aW50ZXJhY3Rpb24"), "{told}");
}

#[test]
fn a_system_proxy_never_sees_what_is_meant_for_loopback() {
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let proxy = format!("http://{}", trap.local_addr().unwrap());
    // The same story as above, in a process with a proxy in its environment.
    let mut story = Command::new(std::env::current_exe().unwrap());
    story.args(["--exact", "a_lesson_with_a_picture_is_posted"]);
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ] {
        story.env(name, &proxy);
    }
    story.env_remove("no_proxy").env_remove("NO_PROXY");
    let output = story.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    let visit = trap.accept().map(|(_, from)| from);
    assert!(
        visit.is_err(),
        "something went through the system's proxy: {visit:?}"
    );
}
