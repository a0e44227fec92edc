//! A Discord for the scheduler's tests: channels with messages and threads, the nonce's window, and faults by script.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use discord::{Button, Card, Route, Style};
use futures::future::BoxFuture;
use lessons::ModuleId;
use serde_json::{Map, Value};
use tokio::sync::Notify;

use super::super::channel::{Blind, Channel};
use super::super::content::{ComposeError, Composed, PostContent};
use super::super::protocol::{Answer, Refusal};
use super::super::store::Cohort;

/// What the scheduler asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    Compose,
    Newest,
    Send,
    Search,
    Thread,
    Delete,
}

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Discord says no.
    Refuse(u16, isize),
    /// A rate limit, or no connection.
    NotSent,
    /// No answer, and nothing done.
    LostBefore,
    /// No answer, and done.
    LostAfter,
    /// No answer; done only when the test says so.
    Late,
    /// The process dies before the request leaves.
    DieBefore,
    /// The process dies after Discord has done it.
    DieAfter,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub id: u64,
    pub channel: u64,
    pub mark: String,
    pub title: String,
    nonce: String,
}

#[derive(Default)]
pub struct World {
    pub messages: Vec<Message>,
    pub threads: BTreeSet<u64>,
    pub told: Vec<String>,
    pub asked: Vec<Ask>,
    /// Whether the channel's history may be read; where not, Discord would show it empty.
    pub blind: bool,
    /// Whether the nonce's window is over.
    pub forgets_nonces: bool,
    late: Vec<Message>,
    last_id: u64,
    script: HashMap<Ask, VecDeque<Fault>>,
}

/// The world, shared by the processes of a test.
#[derive(Clone, Default)]
pub struct Fake {
    world: Arc<Mutex<World>>,
    pub died: Arc<Notify>,
}

impl Fake {
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// The next requests of this kind go wrong like this.
    pub fn script(&self, ask: Ask, faults: impl IntoIterator<Item = Fault>) {
        self.world().script.entry(ask).or_default().extend(faults);
    }

    /// What was on its way arrives.
    pub fn deliver_late(&self) {
        let mut world = self.world();
        for message in std::mem::take(&mut world.late) {
            world.put(message);
        }
    }

    /// How often this was asked.
    pub fn count(&self, ask: Ask) -> usize {
        self.world().asked.iter().filter(|asked| **asked == ask).count()
    }

    /// Does `work` unless the script says otherwise; `Err` holds the fault.
    async fn ask<T>(&self, ask: Ask, work: impl FnOnce(&mut World) -> T) -> Result<T, Fault> {
        let (fault, done) = {
            let mut world = self.world();
            world.asked.push(ask);
            let fault = world.script.get_mut(&ask).and_then(VecDeque::pop_front);
            let done =
                matches!(fault, None | Some(Fault::LostAfter | Fault::DieAfter)).then(|| work(&mut world));
            (fault, done)
        };
        match (fault, done) {
            (None, Some(done)) => Ok(done),
            (Some(Fault::DieBefore | Fault::DieAfter), _) => {
                self.died.notify_one();
                std::future::pending().await
            }
            (fault, _) => Err(fault.unwrap_or(Fault::LostBefore)),
        }
    }
}

impl World {
    fn put(&mut self, mut message: Message) -> u64 {
        let known = self.messages.iter().find(|known| known.nonce == message.nonce);
        if let Some(known) = known.filter(|_| !self.forgets_nonces) {
            return known.id;
        }
        self.last_id = self.last_id.max(1_000) + 1;
        message.id = self.last_id;
        self.messages.push(message);
        self.last_id
    }
}

fn read(channel: u64, body: &Map<String, Value>) -> Message {
    assert_eq!(body["enforce_nonce"], Value::Bool(true));
    assert_eq!(body["allowed_mentions"]["parse"], serde_json::json!([]));
    let nonce = body["nonce"].as_str().unwrap().to_owned();
    assert_eq!(nonce.len(), 24);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Message {
        id: 0,
        channel,
        mark: text(&body["components"][0]["components"][0]["custom_id"]),
        title: text(&body["embeds"][0]["title"]),
        nonce,
    }
}

impl Channel for Fake {
    async fn floor(&self, channel: u64) -> Result<u64, Answer> {
        let newest = |world: &mut World| {
            world
                .messages
                .iter()
                .filter(|message| message.channel == channel)
                .map(|message| message.id)
                .max()
        };
        match self.ask(Ask::Newest, newest).await {
            Ok(newest) => Ok(newest.unwrap_or_default()),
            Err(Fault::Refuse(status, code)) => Err(Answer::Refused(Refusal { status, code })),
            Err(_) => Err(Answer::NotPrepared),
        }
    }

    async fn send(&self, channel: u64, body: &Map<String, Value>) -> Answer {
        let message = read(channel, body);
        match self.ask(Ask::Send, |world| world.put(message.clone())).await {
            Ok(id) => Answer::Sent(id),
            Err(Fault::Refuse(status, code)) => Answer::Refused(Refusal { status, code }),
            Err(Fault::NotSent) => Answer::NotSent,
            Err(Fault::Late) => {
                self.world().late.push(message);
                Answer::Lost
            }
            Err(_) => Answer::Lost,
        }
    }

    async fn search(&self, _guild: u64, channel: u64, after: u64, mark: &str) -> Result<Vec<u64>, Blind> {
        let found = self.ask(Ask::Search, |world| {
            let hit =
                |message: &&Message| message.channel == channel && message.id > after && message.mark == mark;
            let ids = world
                .messages
                .iter()
                .filter(hit)
                .map(|message| message.id)
                .collect();
            if world.blind {
                Err(Blind::NotPermitted)
            } else {
                Ok(ids)
            }
        });
        found.await.unwrap_or(Err(Blind::Failed))
    }

    async fn open_thread(&self, _channel: u64, message: u64, _name: &str) -> Answer {
        let opened = self.ask(Ask::Thread, |world| {
            let stands = world.messages.iter().any(|known| known.id == message);
            // "Already exists" is adopted: the thread's id is its message's.
            stands.then(|| world.threads.insert(message))
        });
        match opened.await {
            Ok(Some(_)) => Answer::Thread(message),
            Ok(None) | Err(Fault::Refuse(404, _)) => Answer::MessageGone,
            Err(Fault::Refuse(..)) => Answer::NoThread,
            Err(_) => Answer::ThreadLost,
        }
    }

    async fn delete(&self, _channel: u64, message: u64) -> bool {
        let delete = |world: &mut World| {
            world.messages.retain(|known| known.id != message);
            world.threads.remove(&message);
        };
        self.ask(Ask::Delete, delete).await.is_ok()
    }

    async fn tell(&self, _cohort: &Cohort, words: &str) -> bool {
        self.world().told.push(words.to_owned());
        true
    }
}

impl PostContent for Fake {
    fn lesson<'a>(
        &'a self,
        _cohort: &'a Cohort,
        modules: &'a [ModuleId],
        post_id: &'a str,
        note: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Composed, ComposeError>> {
        let names: Vec<&str> = modules.iter().map(ModuleId::as_str).collect();
        let title = [Some(&*names.join("+")), note]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" | ");
        Box::pin(self.composed(title, post_id))
    }

    fn closing<'a>(
        &'a self,
        _cohort: &'a Cohort,
        post_id: &'a str,
    ) -> BoxFuture<'a, Result<Composed, ComposeError>> {
        Box::pin(self.composed("closing".to_owned(), post_id))
    }
}

impl Fake {
    async fn composed(&self, title: String, post_id: &str) -> Result<Composed, ComposeError> {
        let route = Route::new("lesson", "start").arg(post_id);
        let made = self.ask(Ask::Compose, |_| {
            let card = Card::framed(title, "…").buttons(vec![Button::new("Start", Style::Primary, &route)]);
            Composed {
                card,
                thread: Some("talk".to_owned()),
            }
        });
        made.await
            .map_err(|_| ComposeError::Source("the database was away".into()))
    }
}
