//! Addresses on the bot's own web server that fill a member's stream or queue.

use reqwest::{Client, StatusCode};
use ring::hmac;
use serde_json::Value;
use tests::{Answer, World};

use crate::demo;

/// Ana's webhook `shop`: its address, and its secret where it has one.
struct Shop {
    url: String,
    secret: String,
    http: Client,
}

/// What a program that sends to a webhook is told.
struct Told {
    status: StatusCode,
    retry_after: bool,
    body: Value,
}

impl Shop {
    async fn open(world: &World, command: &str) -> Self {
        let made = world.ana().slash("lab", command).await.fine();
        Self::read(&made)
    }

    /// The address and secret, which only a message for ana alone shows.
    fn read(made: &Answer) -> Self {
        let line = |start: &str| {
            let private = made
                .messages()
                .iter()
                .filter(|message| message["ephemeral_to"].is_string());
            let found = private
                .filter_map(|message| message["content"].as_str())
                .find_map(|words| {
                    words
                        .lines()
                        .find_map(|line| line.strip_prefix(start).map(str::to_owned))
                });
            found.unwrap_or_default()
        };
        let public: Vec<_> = made
            .messages()
            .iter()
            .filter(|it| it["ephemeral_to"].is_null())
            .collect();
        assert!(
            public.iter().all(|it| !it.to_string().contains("/hooks/")),
            "{made}"
        );
        Self {
            url: line("url = "),
            secret: line("secret = "),
            http: Client::builder().no_proxy().build().expect("a client"),
        }
    }

    fn signature(&self, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let digits = hex::encode(hmac::sign(&key, body.as_bytes()));
        format!("sha256={digits}")
    }

    async fn send(&self, body: &str, headers: &[(&str, &str)]) -> Told {
        let mut request = self.http.post(&self.url).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.expect("an answer");
        Told {
            status: answer.status(),
            retry_after: answer.headers().contains_key("retry-after"),
            body: answer.json().await.expect("JSON"),
        }
    }

    async fn send_signed(&self, body: &str, key: &str) -> Told {
        let signature = self.signature(body);
        self.send(
            body,
            &[("X-Tributary-Signature", &signature), ("Idempotency-Key", key)],
        )
        .await
    }
}

#[tokio::test]
async fn a_signed_post_becomes_a_record_and_its_retry_does_not_become_another() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:orders shards:2")
            .await
            .fine(),
    );
    let shop = Shop::open(&world, "/webhook create name:shop to:orders key:user").await;
    let body = r#"{"user":"user-1","n":1}"#;
    let first = shop.send_signed(body, "order-1").await;
    assert_eq!(
        (first.status, &first.body["repeat"]),
        (StatusCode::OK, &Value::Bool(false))
    );
    assert_eq!(first.body["at"], "shard 1", "the field gives the partition key");
    let again = shop.send_signed(body, "order-1").await;
    assert_eq!(
        (again.status, &again.body["repeat"]),
        (StatusCode::OK, &Value::Bool(true))
    );
    let read = ana.slash("lab", "/stream read name:orders").await.fine();
    drop(read.says("1 record\n").says("user-1"));
    let shown = ana
        .slash("lab", "/webhook show name:shop")
        .await
        .fine()
        .publicly();
    drop(
        shown
            .says("key `order-1` · ✅ taken → shard 1")
            .says("came 1 time more, not taken again")
            .says("A retry"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_delivery_that_is_not_signed_as_it_should_be_changes_nothing() {
    let world = demo().await;
    let ana = world.ana();
    drop(ana.slash("lab", "/queue create name:orders").await.fine());
    let shop = Shop::open(&world, "/webhook create name:shop to:orders").await;
    let signature = shop.signature("hello");
    for headers in [
        &[][..],
        &[("X-Tributary-Signature", "sha256=00")],
        &[("X-Tributary-Signature", "nonsense")],
    ] {
        assert_eq!(shop.send("hello", headers).await.status, StatusCode::UNAUTHORIZED);
    }
    let changed = shop
        .send("hello!", &[("X-Tributary-Signature", &signature)])
        .await;
    assert_eq!(changed.status, StatusCode::UNAUTHORIZED);
    let peek = ana.slash("lab", "/queue peek name:orders").await.fine();
    drop(peek.says("holds 0 messages"));
    let shown = ana.slash("lab", "/webhook show name:shop").await.fine();
    drop(shown.says("⛔ refused").says("does not match the body"));
    let github = shop.send("hello", &[("X-Hub-Signature-256", &signature)]).await;
    assert_eq!(
        github.status,
        StatusCode::OK,
        "GitHub's header is known too: {}",
        github.body
    );
    let peek = ana.slash("lab", "/queue peek name:orders").await.fine();
    drop(peek.says("`hello` · visible"));
    assert!(!world.log().contains(&shop.secret), "the secret is in the log");
    let database = std::fs::read(world.folder().join("tributary.db")).expect("the database");
    let database = String::from_utf8_lossy(&database);
    let token = shop.url.rsplit('/').next().expect("a token");
    assert!(
        !database.contains(&shop.secret) && !database.contains(token),
        "sealed at rest"
    );
    assert!(!world.log().contains(token), "the address is in the log");
    world.end().await;
}

#[tokio::test]
async fn without_a_key_a_repeat_is_taken_twice_unless_a_fifo_queue_knows_it() {
    let world = demo().await;
    let ana = world.ana();
    drop(ana.slash("lab", "/queue create name:orders.fifo").await.fine());
    let shop = Shop::open(
        &world,
        "/webhook create name:shop to:orders.fifo signed:false key:user",
    )
    .await;
    assert!(shop.secret.is_empty());
    let body = r#"{"user":"two words"}"#;
    for _ in 0..2 {
        assert_eq!(shop.send(body, &[]).await.status, StatusCode::OK);
    }
    for _ in 0..2 {
        assert_eq!(
            shop.send(body, &[("Idempotency-Key", "1")]).await.status,
            StatusCode::OK
        );
    }
    let peek = ana.slash("lab", "/queue peek name:orders.fifo").await.fine();
    drop(peek.says("holds 3 messages"));
    let shown = ana.slash("lab", "/webhook show name:shop").await.fine();
    drop(shown.says("Without an `Idempotency-Key`").says("at-least-once"));
    world.end().await;
}

#[tokio::test]
async fn a_sender_is_told_whether_sending_again_is_worth_it() {
    let world = demo().await;
    let ana = world.ana();
    drop(ana.slash("lab", "/queue create name:orders").await.fine());
    let shop = Shop::open(&world, "/webhook create name:shop to:orders signed:false").await;
    let large = "x".repeat(256 * 1024 + 1);
    for (body, status) in [
        (large.as_str(), StatusCode::PAYLOAD_TOO_LARGE),
        ("", StatusCode::BAD_REQUEST),
        ("\u{1}", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let told = shop.send(body, &[]).await;
        assert_eq!((told.status, told.retry_after), (status, false), "{}", told.body);
    }
    let odd_key = shop.send("x", &[("Idempotency-Key", "two words")]).await;
    assert_eq!(odd_key.status, StatusCode::BAD_REQUEST);
    let flood: Vec<Told> =
        futures::future::join_all((0..40).map(|_| shop.send("x", &[("Idempotency-Key", "same")]))).await;
    let slow: Vec<&Told> = flood
        .iter()
        .filter(|told| told.status == StatusCode::TOO_MANY_REQUESTS)
        .collect();
    assert!(
        !slow.is_empty() && slow.iter().all(|told| told.retry_after),
        "{}",
        slow.len()
    );
    let peek = ana.slash("lab", "/queue peek name:orders").await.fine();
    drop(peek.says("holds 1 message\n"));
    let elsewhere = Shop {
        url: shop.url.replace("/hooks/", "/hooks/0"),
        secret: String::new(),
        http: shop.http.clone(),
    };
    assert_eq!(elsewhere.send("x", &[]).await.status, StatusCode::NOT_FOUND);
    let got = shop.http.get(&shop.url).send().await.expect("an answer");
    assert_eq!(got.status(), StatusCode::METHOD_NOT_ALLOWED);
    world.end().await;
}

#[tokio::test]
async fn a_webhook_survives_a_power_cut_and_ends_after_a_button() {
    let mut world = demo().await;
    drop(
        world
            .ana()
            .slash("lab", "/stream create name:orders shards:1")
            .await
            .fine(),
    );
    let shop = Shop::open(&world, "/webhook create name:shop to:orders").await;
    assert_eq!(shop.send_signed("one", "1").await.status, StatusCode::OK);
    world.restart_bot().await;
    assert_eq!(shop.send_signed("one", "1").await.body["repeat"], true);
    let ana = world.ana();
    let list = ana.slash("lab", "/webhook list").await.fine().privately();
    drop(
        list.says(&shop.url)
            .says("stream `orders`")
            .does_not_say(&shop.secret),
    );
    let nobody = world.ben().slash("lab", "/webhook list").await.fine().privately();
    drop(nobody.says("You have no webhooks"));
    let asked = ana.slash("lab", "/webhook delete name:shop").await.fine();
    let refused = world.ben().press(&asked, "Delete").await.fine();
    drop(refused.privately().says("belongs to someone else"));
    drop(ana.press(&asked, "Delete").await.fine().says("shop is deleted"));
    assert_eq!(shop.send_signed("two", "2").await.status, StatusCode::NOT_FOUND);
    world.end().await;
}

#[tokio::test]
async fn a_webhook_outlives_what_it_fills_and_says_so() {
    let world = demo().await;
    let ana = world.ana();
    drop(ana.slash("lab", "/queue create name:orders").await.fine());
    drop(
        ana.slash("lab", "/stream create name:orders shards:1")
            .await
            .fine(),
    );
    for (command, words) in [
        (
            "/webhook create name:two words to:orders",
            "can't be a webhook's name",
        ),
        (
            "/webhook create name:shop to:nope",
            "You have no stream or queue `nope`",
        ),
        (
            "/webhook create name:shop to:orders",
            "`kind:stream` or `kind:queue`",
        ),
        ("/webhook show name:nope", "You have no webhook `nope`"),
        ("/webhook delete name:nope", "You have no webhook `nope`"),
    ] {
        drop(ana.slash("lab", command).await.fine().privately().says(words));
    }
    let shop = Shop::open(&world, "/webhook create name:shop to:orders kind:queue").await;
    let again = ana
        .slash("lab", "/webhook create name:shop to:orders kind:queue")
        .await
        .fine();
    drop(again.privately().says("You have a webhook `shop` already"));
    let asked = ana.slash("lab", "/queue delete name:orders").await.fine();
    drop(ana.press(&asked, "Delete").await.fine());
    assert_eq!(shop.send_signed("late", "1").await.status, StatusCode::GONE);
    let shown = ana.slash("lab", "/webhook show name:shop").await.fine();
    drop(shown.says("❌ not taken").says("is not there any more"));
    world.end().await;
}
