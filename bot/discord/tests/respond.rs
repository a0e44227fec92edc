//! Answering one interaction, as Discord sees it: which calls are made, in which order, and who can see what.

mod gate_support;

use std::sync::Arc;
use std::time::Duration;

use discord::gate::Gate;
use discord::{
    Button, Card, Failure, Form, Input, Origin, Picture, Responder, Route, Style, Visibility, mistake,
};
use gate_support::{Reply, Seen, Upstream};
use serde_json::json;
use serenity::model::id::ApplicationId;

/// A Discord where everything works, and one interaction in it.
struct Scene {
    upstream: Upstream,
    _gate: Gate,
    responder: Arc<Responder>,
}

impl Scene {
    async fn of(origin: Origin) -> Self {
        let upstream = Upstream::start(|_, seen| {
            if seen.path.ends_with("/callback") || seen.method == "DELETE" {
                Reply::status(204)
            } else {
                Reply::message()
            }
        })
        .await;
        let gate = upstream.gate().await;
        let http = gate
            .serenity("token")
            .unwrap()
            .application_id(ApplicationId::new(9))
            .build();
        let responder = Responder::begin(Arc::new(http), gate.direct(), 7, "tok3n".to_owned(), origin);
        Self {
            upstream,
            _gate: gate,
            responder,
        }
    }

    /// The calls made so far, e.g. `callback 4`, `PATCH @original`, `POST follow-up`.
    fn calls(&self) -> Vec<String> {
        self.upstream.seen().iter().map(name).collect()
    }
}

fn name(seen: &Seen) -> String {
    match seen.path.strip_prefix("/api/v10/").unwrap() {
        "interactions/7/tok3n/callback" => format!("callback {}", seen.json()["type"]),
        "webhooks/9/tok3n/messages/@original" => format!("{} @original", seen.method),
        "webhooks/9/tok3n" => format!("{} follow-up", seen.method),
        other => panic!("nobody should call {} {other}", seen.method),
    }
}

fn words(text: &str) -> Card {
    Card::words(text)
}

fn form() -> Form {
    Form {
        route: Route::new("quiz", "answer").owned_by(3),
        title: "Your answer".to_owned(),
        inputs: vec![Input::paragraph("text", "In your own words", 1_000)],
    }
}

#[tokio::test]
async fn an_answer_in_time_is_one_call_seen_by_whom_it_should_be() {
    for (visibility, flags) in [(Visibility::Public, 0), (Visibility::Private, 64)] {
        let scene = Scene::of(Origin::Command).await;
        scene.responder.reply(&words("hello"), visibility).await.unwrap();
        assert_eq!(scene.calls(), ["callback 4"]);
        let data = &scene.upstream.seen()[0].json()["data"];
        assert_eq!(
            (&data["content"], &data["flags"]),
            (&json!("hello"), &json!(flags))
        );
        assert_eq!(data["allowed_mentions"], json!({"parse": []}));
    }
}

#[tokio::test]
async fn a_feature_that_takes_long_is_covered_within_three_seconds() {
    let scene = Scene::of(Origin::Command).await;
    let seen = tokio::time::timeout(Duration::from_secs(3), scene.upstream.arrivals(1))
        .await
        .unwrap();
    assert_eq!(name(&seen[0]), "callback 5");
    // And what it says afterwards takes the place of "thinking".
    scene
        .responder
        .reply(&words("done"), Visibility::Private)
        .await
        .unwrap();
    assert_eq!(scene.calls(), ["callback 5", "PATCH @original"]);
}

#[tokio::test]
async fn once_answered_nothing_is_kept_waiting() {
    let scene = Scene::of(Origin::Command).await;
    scene
        .responder
        .reply(&words("hello"), Visibility::Public)
        .await
        .unwrap();
    let gone = async {
        while Arc::strong_count(&scene.responder) > 1 {
            tokio::task::yield_now().await;
        }
    };
    let soon = Duration::from_secs(1);
    tokio::time::timeout(soon, gone)
        .await
        .expect("the watch would have slept for 1.5 s");
}

#[tokio::test]
async fn a_slow_answer_for_everyone_is_promised_so_and_then_filled_in() {
    let scene = Scene::of(Origin::Command).await;
    scene.responder.defer(Visibility::Public).await.unwrap();
    scene.responder.defer(Visibility::Private).await.unwrap();
    scene
        .responder
        .reply(&words("first"), Visibility::Public)
        .await
        .unwrap();
    scene
        .responder
        .reply(&words("second"), Visibility::Private)
        .await
        .unwrap();
    assert_eq!(scene.calls(), ["callback 5", "PATCH @original", "POST follow-up"]);
    let seen = scene.upstream.seen();
    assert_eq!(seen[0].json()["data"]["flags"], 0);
    assert_eq!(seen[2].json()["flags"], 64);
}

#[tokio::test]
async fn an_answer_seen_by_others_than_was_promised_still_reaches_only_them() {
    let scene = Scene::of(Origin::Command).await;
    scene.responder.defer(Visibility::Public).await.unwrap();
    scene
        .responder
        .reply(&words("a secret"), Visibility::Private)
        .await
        .unwrap();
    assert_eq!(
        scene.calls(),
        [
            "callback 5",
            "PATCH @original",
            "POST follow-up",
            "DELETE @original"
        ]
    );
    for seen in scene
        .upstream
        .seen()
        .iter()
        .filter(|seen| seen.text().contains("a secret"))
    {
        assert_eq!(seen.json()["flags"], 64, "{}", name(seen));
    }
}

#[tokio::test]
async fn a_pressed_button_changes_its_own_message() {
    let scene = Scene::of(Origin::Component).await;
    scene.responder.update(&words("page 2")).await.unwrap();
    scene.responder.update(&words("page 3")).await.unwrap();
    scene
        .responder
        .reply(&words("by the way"), Visibility::Private)
        .await
        .unwrap();
    assert_eq!(scene.calls(), ["callback 7", "PATCH @original", "POST follow-up"]);
}

#[tokio::test]
async fn a_slow_button_leaves_its_message_as_it_is_until_the_answer() {
    for origin in [Origin::Component, Origin::Modal { on_message: true }] {
        let scene = Scene::of(origin).await;
        scene.responder.defer(Visibility::Private).await.unwrap();
        scene
            .responder
            .reply(&words("graded"), Visibility::Private)
            .await
            .unwrap();
        scene.responder.update(&words("next")).await.unwrap();
        assert_eq!(scene.calls(), ["callback 6", "POST follow-up", "PATCH @original"]);
    }
}

#[tokio::test]
async fn a_modal_opens_only_as_the_first_answer_and_never_from_a_modal() {
    let scene = Scene::of(Origin::Component).await;
    assert!(scene.responder.form(&form()).await.unwrap());
    assert!(!scene.responder.form(&form()).await.unwrap());
    assert_eq!(scene.calls(), ["callback 9"]);
    assert_eq!(
        scene.upstream.seen()[0].json()["data"]["custom_id"],
        form().route.id()
    );

    let late = Scene::of(Origin::Command).await;
    late.responder.defer(Visibility::Private).await.unwrap();
    assert!(!late.responder.form(&form()).await.unwrap());
    let modal = Scene::of(Origin::Modal { on_message: true }).await;
    assert!(!modal.responder.form(&form()).await.unwrap());
    assert!(modal.calls().is_empty());
}

#[tokio::test]
async fn a_failure_is_told_to_the_member_alone_in_words() {
    let scene = Scene::of(Origin::Command).await;
    scene
        .responder
        .fail(mistake("There is no stream `x`; try `/stream list`."))
        .await;
    let data = &scene.upstream.seen()[0].json()["data"];
    assert_eq!(data["content"], "There is no stream `x`; try `/stream list`.");
    assert_eq!(data["flags"], 64);

    let scene = Scene::of(Origin::Component).await;
    scene.responder.defer(Visibility::Private).await.unwrap();
    scene
        .responder
        .fail(Failure::from(std::io::Error::other("disk on fire")))
        .await;
    let told = scene.upstream.seen()[1].json();
    assert_eq!(told["flags"], 64);
    let text = told["content"].as_str().unwrap();
    assert!(text.contains("reference") && !text.contains("fire"), "{text}");
}

#[tokio::test]
async fn a_picture_travels_with_its_description() {
    let scene = Scene::of(Origin::Command).await;
    let picture = Picture {
        name: "orders.png".to_owned(),
        png: b"\x89PNG".to_vec(),
        alt: "Two shards".to_owned(),
    };
    let button = Button::new("Again", Style::Primary, &Route::new("stream", "describe"));
    let card = Card::framed("orders", "2 shards")
        .picture(picture)
        .buttons(vec![button]);
    scene.responder.reply(&card, Visibility::Public).await.unwrap();
    let seen = &scene.upstream.seen()[0];
    let data = &seen.json()["data"];
    assert_eq!(
        data["attachments"],
        json!([{"id": "0", "filename": "orders.png", "description": "Two shards"}])
    );
    assert_eq!(
        data["components"][0]["components"][0]["custom_id"],
        "stream:describe"
    );
    let body = seen.text();
    assert!(
        body.contains(r#"name="files[0]"; filename="orders.png""#),
        "{body}"
    );
}
