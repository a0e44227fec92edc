//! A member's thread against a Discord with sockets and permissions: the playground, the bot running beside it.

use std::net::{Ipv4Addr, SocketAddr};

use discord::{Button, Card, Route, Style};
use playground::{Keeper, Playground, PlaygroundSettings};
use serde_json::{Value, json};
use serenity::model::Permissions;
use serenity::model::id::{ChannelId, MessageId, UserId};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::store::{self as rows, Part};
use super::thread::{Desk, Letter};
use crate::app::App;
use crate::membership::{self, Cohort};
use crate::run::Running;
use crate::settings::Settings;

/// A playground being served, and the bot that runs beside it.
struct Place {
    base: String,
    keeper: Keeper,
    running: Running,
    cohort: Cohort,
    ana: u64,
    attempt: String,
    _stop: DropGuard,
    _folder: tempfile::TempDir,
}

impl Place {
    /// With ana's attempt begun, and no thread yet.
    async fn open() -> Self {
        let playground = Playground::open(PlaygroundSettings::default()).await.unwrap();
        let keeper = playground.keeper();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        tokio::spawn(playground.serve(listener, stop.clone().cancelled_owned()));
        let folder = tempfile::tempdir().unwrap();
        let running = crate::run::open(settings(&base, folder.path()), None)
            .await
            .unwrap()
            .connect()
            .await
            .unwrap();
        let app = &running.app;
        let guild = app.http.get_guilds(None, None).await.unwrap()[0].id;
        let channels = app.http.get_channels(guild).await.unwrap();
        let lessons = channels.iter().find(|channel| channel.name == "lessons").unwrap();
        let people = app.http.search_guild_members(guild, "ana", None).await.unwrap();
        let ana = people[0].user.id.get();
        crate::cohort::seed_demo(app, guild.get(), lessons.id.get(), &[ana], None)
            .await
            .unwrap();
        let cohort = membership::in_guild(&app.store, guild.get())
            .await
            .unwrap()
            .remove(0);
        let attempt = begin(app, &cohort, ana).await;
        Self {
            base,
            keeper,
            cohort,
            ana,
            attempt,
            _stop: stop.drop_guard(),
            _folder: folder,
            running,
        }
    }

    fn app(&self) -> &App {
        &self.running.app
    }

    fn desk(&self) -> Desk<'_> {
        Desk {
            app: self.app(),
            cohort: &self.cohort,
            member_id: self.ana,
            name: "ana",
        }
    }

    /// The first question, as any message that carries the marks of one.
    fn question(&self) -> Letter {
        let route = Route::new("quiz", "pick")
            .owned_by(self.ana)
            .arg(&self.attempt)
            .arg(0)
            .arg(1);
        let card = Card::framed("Question 1", "?").buttons(vec![Button::new("A", Style::Secondary, &route)]);
        Letter {
            attempt_id: self.attempt.clone(),
            part: Part::Question(0),
            card,
        }
    }

    /// Brings the thread up to date as `/quiz` does.
    async fn quiz(&self) -> Result<u64, discord::Failure> {
        self.desk().deliver(0, &[self.question()], true).await
    }

    async fn state(&self) -> Value {
        let state = reqwest::get(format!("{}/api/state", self.base)).await.unwrap();
        state.json().await.unwrap()
    }

    /// Ana's quiz threads that there are.
    async fn threads(&self) -> Vec<u64> {
        let state = self.state().await;
        let channels = state["channels"].as_array().unwrap();
        channels
            .iter()
            .filter(|channel| channel["name"].as_str().unwrap().starts_with("Quiz · ana"))
            .map(|channel| channel["id"].as_str().unwrap().parse().unwrap())
            .collect()
    }

    /// The messages with buttons in a thread.
    async fn questions(&self, thread: u64) -> Vec<u64> {
        let state = self.state().await;
        let messages = state["messages"][thread.to_string()].as_array().cloned();
        messages
            .unwrap_or_default()
            .iter()
            .filter(|message| {
                message["components"]
                    .as_array()
                    .is_some_and(|rows| !rows.is_empty())
            })
            .map(|message| message["id"].as_str().unwrap().parse().unwrap())
            .collect()
    }

    async fn fault(&self, fault: Value) {
        let client = reqwest::Client::new();
        let sent = client.post(format!("{}/api/fault", self.base)).json(&fault);
        assert!(sent.send().await.unwrap().status().is_success());
    }
}

fn settings(base: &str, folder: &std::path::Path) -> Settings {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut settings = Settings::default();
    settings.discord.api_base = Some(base.to_owned());
    settings.discord.token = Some("playground".into());
    settings.database.url = format!("sqlite:{}", folder.join("test.db").display());
    settings.sandbox.data = folder.join("sandbox");
    settings.sandbox.listen = anywhere;
    settings.http.listen = anywhere;
    settings
}

async fn begin(app: &App, cohort: &Cohort, member: u64) -> String {
    let mut tx = app.store.begin().await.unwrap();
    let drawn = [("q".to_owned(), 1)];
    rows::begin(
        &mut tx,
        cohort,
        member,
        &lessons::ModuleId::new("M1"),
        7,
        &drawn,
        1,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let open = rows::open_attempt(&app.store, &cohort.id, member).await.unwrap();
    open.unwrap().id
}

#[tokio::test]
async fn the_thread_is_private_and_stays_the_same() {
    let place = Place::open().await;
    let thread = place.quiz().await.unwrap();
    let state = place.state().await;
    let channels = state["channels"].as_array().unwrap();
    let shown = channels
        .iter()
        .find(|channel| channel["id"].as_str() == Some(&*thread.to_string()))
        .unwrap();
    assert_eq!(shown["kind"], "private_thread");
    assert_eq!(place.quiz().await.unwrap(), thread);
    assert_eq!(place.threads().await, [thread]);
    assert_eq!(
        place.questions(thread).await.len(),
        1,
        "the question is there once"
    );
    place.running.stop().await;
}

#[tokio::test]
async fn two_commands_at_once_open_one_thread() {
    let place = Place::open().await;
    let (one, two) = tokio::join!(place.quiz(), place.quiz());
    assert_eq!(one.unwrap(), two.unwrap());
    assert_eq!(place.threads().await.len(), 1);
    place.running.stop().await;
}

#[tokio::test]
async fn a_thread_whose_creation_was_not_heard_of_is_found_by_its_code_even_archived() {
    let place = Place::open().await;
    let (app, cohort) = (place.app(), &place.cohort);
    let thread = place.quiz().await.unwrap();
    for archived in [false, true] {
        // As after a death between the creation and its commit.
        rows::opening_thread(&app.store, &cohort.id, place.ana, cohort.channel_id)
            .await
            .unwrap();
        app.http
            .edit_thread(ChannelId::new(thread), &json!({"archived": archived}), None)
            .await
            .unwrap();
        assert_eq!(place.quiz().await.unwrap(), thread);
        assert_eq!(place.threads().await, [thread]);
    }
    place.running.stop().await;
}

#[tokio::test]
async fn a_question_whose_answer_was_lost_stands_once() {
    let place = Place::open().await;
    place.fault(json!({"drop_after_commit": true})).await;
    let thread = place.quiz().await.unwrap();
    assert_eq!(place.questions(thread).await.len(), 1);
    // As after a death between the message and its commit.
    let row = rows::message(&place.app().store, &place.attempt, Part::Question(0))
        .await
        .unwrap()
        .unwrap();
    let store = &place.app().store;
    rows::sending(store, &place.attempt, Part::Question(0), thread, &row.nonce)
        .await
        .unwrap();
    place.quiz().await.unwrap();
    assert_eq!(place.questions(thread).await, [row.message_id.unwrap()]);
    place.running.stop().await;
}

#[tokio::test]
async fn what_a_moderator_deletes_comes_back_when_asked_for() {
    let place = Place::open().await;
    let http = &place.app().http;
    let thread = place.quiz().await.unwrap();
    let question = place.questions(thread).await[0];
    http.delete_message(ChannelId::new(thread), MessageId::new(question), None)
        .await
        .unwrap();
    place.quiz().await.unwrap();
    let again = place.questions(thread).await;
    assert_eq!(again.len(), 1);
    assert_ne!(again[0], question);

    http.delete_channel(ChannelId::new(thread), None).await.unwrap();
    let other = place.quiz().await.unwrap();
    assert_ne!(other, thread);
    assert_eq!(place.questions(other).await.len(), 1);
    place.running.stop().await;
}

#[tokio::test]
async fn a_member_who_left_the_thread_is_brought_back() {
    let place = Place::open().await;
    let thread = place.quiz().await.unwrap();
    let http = &place.app().http;
    let (channel, ana) = (ChannelId::new(thread), UserId::new(place.ana));
    http.remove_thread_channel_member(channel, ana).await.unwrap();
    place.quiz().await.unwrap();
    let members = http.get_channel_thread_members(channel).await.unwrap();
    assert!(members.iter().any(|member| member.user_id == ana));
    place.running.stop().await;
}

#[tokio::test]
async fn a_missing_permission_is_told_with_its_name_and_the_attempt_is_kept() {
    let place = Place::open().await;
    let denied = Permissions::CREATE_PRIVATE_THREADS.bits();
    place
        .keeper
        .set_overwrite("lessons", "Tributary", 0, denied)
        .await
        .unwrap();
    let words = place.quiz().await.unwrap_err().into_words();
    assert!(words.contains("Create Private Threads"), "{words}");
    assert!(words.contains("is kept"), "{words}");
    place
        .keeper
        .set_overwrite("lessons", "Tributary", 0, 0)
        .await
        .unwrap();
    let thread = place.quiz().await.unwrap();
    assert_eq!(place.questions(thread).await.len(), 1);
    place.running.stop().await;
}
