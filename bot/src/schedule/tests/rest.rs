//! The scheduler's requests against a Discord with sockets, limits and permissions: the playground, through the gate.

use std::sync::Arc;
use std::time::Duration;

use discord::gate::{Gate, GateSettings};
use discord::{Button, Card, Route, Style};
use playground::{Keeper, Playground, PlaygroundSettings};
use serde_json::{Value, json};
use serenity::http::Http;
use serenity::model::Permissions;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::super::channel::{Blind, Channel, Rest};
use super::super::content::{Composed, Frozen};
use super::super::protocol::{Answer, Refusal};
use super::super::store::Cohort;
use super::super::{Parts, Scheduler, Timing};
use super::{Clock, MONDAY, at, on_each_engine};

/// A playground being served, and the bot's way to it.
struct Place {
    base: String,
    keeper: Keeper,
    rest: Rest,
    guild: u64,
    lessons: u64,
    moderators: u64,
    _gate: Gate,
    _stop: DropGuard,
}

impl Place {
    async fn open() -> Self {
        let playground = Playground::open(PlaygroundSettings::default()).await.unwrap();
        let keeper = playground.keeper();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        tokio::spawn(playground.serve(listener, stop.clone().cancelled_owned()));
        let gate = Gate::start(GateSettings::new(base.parse().unwrap()))
            .await
            .unwrap();
        let http: Arc<Http> = Arc::new(gate.serenity("any").unwrap().build());
        let me = http.get_current_user().await.unwrap().id.get();
        let guild = http.get_guilds(None, None).await.unwrap()[0].id;
        let channels = http.get_channels(guild).await.unwrap();
        let named = |name: &str| {
            channels
                .iter()
                .find(|channel| channel.name == name)
                .unwrap()
                .id
                .get()
        };
        Self {
            keeper,
            rest: Rest::new(http, me),
            guild: guild.get(),
            lessons: named("lessons"),
            moderators: named("moderators"),
            base,
            _gate: gate,
            _stop: stop.drop_guard(),
        }
    }

    async fn state(&self) -> Value {
        reqwest::get(format!("{}/api/state", self.base))
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    async fn messages(&self, channel: u64) -> Vec<Value> {
        self.state().await["messages"][channel.to_string()]
            .as_array()
            .cloned()
            .unwrap_or_default()
    }

    async fn fault(&self, fault: Value) {
        let client = reqwest::Client::new();
        let answer = client
            .post(format!("{}/api/fault", self.base))
            .json(&fault)
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success());
    }

    async fn deny(&self, channel: &str, denied: Permissions) {
        self.keeper
            .set_overwrite(channel, "Tributary", 0, denied.bits())
            .await
            .unwrap();
    }
}

fn frozen() -> Frozen {
    let route = Route::new("lesson", "start").arg("M1").arg("p0st");
    let card = Card::framed("M1", "…").buttons(vec![Button::new("Start", Style::Primary, &route)]);
    Frozen::freeze(
        &Composed {
            card,
            thread: Some("talk".to_owned()),
        },
        "p0st",
    )
    .unwrap()
}

fn cohort(place: &Place) -> Cohort {
    Cohort {
        id: "demo".into(),
        guild_id: place.guild,
        name: "demo".into(),
        track: String::new(),
        path: String::new(),
        channel_id: place.lessons,
        ping_role_id: None,
        cron: String::new(),
        timezone: String::new(),
        modules_per_post: 1,
        state: "active".into(),
        decided_until: 0,
        told_of_drafts_at: None,
        created_by: 0,
    }
}

#[tokio::test]
async fn a_post_is_sent_found_threaded_and_deleted() {
    let place = Place::open().await;
    let (rest, lessons) = (&place.rest, place.lessons);
    let (frozen, nonce) = (frozen(), "0123456789abcdef01234567");
    let before = rest.floor(lessons).await.unwrap();
    assert_eq!(
        rest.search(place.guild, lessons, before, &frozen.mark).await,
        Ok(vec![])
    );
    let Answer::Sent(message) = rest.send(lessons, &frozen.body(nonce)).await else {
        panic!("it is permitted")
    };
    assert_eq!(
        rest.send(lessons, &frozen.body(nonce)).await,
        Answer::Sent(message),
        "the nonce holds"
    );
    // What was sent a moment ago tells the floor of every channel: not even a Discord that fails is asked.
    place.fault(json!({"rest": {"status": 500, "rate": 1.0}})).await;
    let floor = rest.floor(place.moderators).await.unwrap();
    place.fault(json!({})).await;
    let Answer::Sent(next) = rest
        .send(place.moderators, &frozen.body("000000000000000000000009"))
        .await
    else {
        panic!("it is permitted")
    };
    assert!(floor < message && message < next);
    assert_eq!(
        rest.search(place.guild, place.moderators, floor, &frozen.mark)
            .await,
        Ok(vec![next])
    );
    assert_eq!(
        rest.search(place.guild, lessons, before, &frozen.mark).await,
        Ok(vec![message])
    );
    assert_eq!(
        rest.search(place.guild, lessons, before, "another").await,
        Ok(vec![])
    );
    assert_eq!(
        rest.search(place.guild, lessons, message, &frozen.mark).await,
        Ok(vec![])
    );
    let thread = rest.open_thread(lessons, message, "talk").await;
    assert_eq!(thread, Answer::Thread(message));
    assert_eq!(
        rest.open_thread(lessons, message, "talk").await,
        thread,
        "one that exists is adopted"
    );
    assert!(rest.delete(lessons, message).await);
    assert!(rest.delete(lessons, message).await, "gone is gone");
    assert_eq!(
        rest.open_thread(lessons, message, "talk").await,
        Answer::MessageGone
    );
    assert!(place.messages(lessons).await.is_empty());
}

#[tokio::test]
async fn what_is_not_permitted_is_told_apart_from_what_is_not_there() {
    let place = Place::open().await;
    let (rest, lessons, frozen) = (&place.rest, place.lessons, frozen());
    assert!(matches!(
        rest.floor(1).await,
        Err(Answer::Refused(Refusal {
            status: 404,
            code: 10_003
        }))
    ));
    let Answer::Sent(message) = rest.send(lessons, &frozen.body("000000000000000000000001")).await else {
        panic!("it is permitted")
    };
    place.deny("lessons", Permissions::READ_MESSAGE_HISTORY).await;
    assert_eq!(
        rest.search(place.guild, lessons, 0, &frozen.mark).await,
        Err(Blind::NotPermitted)
    );
    place.deny("lessons", Permissions::CREATE_PUBLIC_THREADS).await;
    assert_eq!(rest.open_thread(lessons, message, "talk").await, Answer::NoThread);
    place.deny("lessons", Permissions::SEND_MESSAGES).await;
    let refused = rest.send(lessons, &frozen.body("000000000000000000000002")).await;
    assert!(
        matches!(refused, Answer::Refused(Refusal { status: 403, .. })),
        "{refused:?}"
    );
    place.deny("lessons", Permissions::empty()).await;
    place.fault(json!({"rest": {"status": 500, "rate": 1.0}})).await;
    assert_eq!(
        rest.search(place.guild, lessons, 0, &frozen.mark).await,
        Err(Blind::Failed)
    );
    assert_eq!(
        rest.send(lessons, &frozen.body("000000000000000000000003")).await,
        Answer::Lost
    );
}

#[tokio::test]
async fn moderators_are_told_in_their_channel_or_else_directly() {
    let place = Place::open().await;
    let state = place.state().await;
    let users = state["users"].as_array().unwrap();
    let created_by = users.iter().find(|user| user["name"] == "mod").unwrap()["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let cohort = Cohort {
        created_by,
        ..cohort(&place)
    };
    assert!(place.rest.tell(&cohort, "in the channel @everyone").await);
    assert_eq!(place.messages(place.moderators).await.len(), 1);
    place.deny("moderators", Permissions::SEND_MESSAGES).await;
    assert!(place.rest.tell(&cohort, "directly").await);
    let state = place.state().await;
    let everything = state["messages"].as_object().unwrap();
    let told = everything
        .values()
        .flat_map(|messages| messages.as_array().unwrap());
    let words: Vec<&str> = told.filter_map(|message| message["content"].as_str()).collect();
    assert!(words.contains(&"directly"), "{words:?}");
}

/// The whole way: the answer to the message is lost after Discord made it.
#[tokio::test]
async fn a_lost_answer_over_real_sockets_makes_no_second_lesson() {
    on_each_engine(|setting| async move {
        let place = Place::open().await;
        let mut tx = setting.store.begin().await.unwrap();
        sqlx::query("UPDATE cohort SET guild_id = $1, channel_id = $2")
            .bind(place.guild as i64)
            .bind(place.lessons as i64)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let bot = Scheduler::new(Parts {
            store: setting.store.clone(),
            library: Arc::clone(&setting.library),
            clock: Clock::system(),
            installation: "here".to_owned(),
            channel: place.rest.clone(),
            content: Arc::new(setting.fake.clone()),
            timing: Timing {
                settle: Duration::from_millis(50),
                ..Timing::default()
            },
        });
        place.fault(json!({"drop_after_commit": true})).await;
        bot.run_due(at(MONDAY)).await;
        assert_eq!(setting.rows().await, ["2026-11-23T09:00 due done M1"]);
        let messages = place.messages(place.lessons).await;
        assert_eq!(messages.len(), 1, "{messages:?}");
        let state = place.state().await;
        let threads = state["channels"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|channel| channel["kind"] == "public_thread");
        assert_eq!(threads.count(), 1);
    })
    .await;
}
