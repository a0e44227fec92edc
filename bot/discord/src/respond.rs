//! Answering one interaction: within 3 s whatever happens, then as often as needed.
//!
//! A [`Responder`] knows how far the answer has come, so a feature just says `reply`, `update` or `form`. A watch
//! defers by itself when the feature has not answered in time (promise 3). What a deferral can't change later
//! (public or private) is decided by the feature before anything slow: [`Responder::defer`].

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};
use serenity::http::Http;
use serenity::model::channel::Message;
use serenity::model::id::InteractionId;
use tokio::sync::Mutex;
use tokio::task::AbortHandle;
use tracing::Instrument as _;

use crate::card::{Card, Form};
use crate::failure::Failure;
use crate::gate::{Causes, Direct};
use crate::trail::Trail;

/// Who sees an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// The whole channel.
    Public,
    /// The member alone.
    Private,
}

/// What the member used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A slash command or context menu.
    Command,
    /// A button or select.
    Component,
    /// A modal. `on_message` where a button opened it, so that there is a message to update.
    Modal {
        /// Whether a message is behind it.
        on_message: bool,
    },
}

/// How long a feature may take before the watch defers for it: half of Discord's 3 s, so that a retry still fits.
const PATIENCE: Duration = Duration::from_millis(1_500);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Fresh,
    Deferred(Visibility),
    DeferredUpdate,
    Answered,
}

/// The answer to one interaction.
pub struct Responder {
    http: Arc<Http>,
    gate: Direct,
    id: u64,
    token: String,
    origin: Origin,
    state: Mutex<State>,
    /// The last message that was added beside the first answer.
    beside: Mutex<Option<Message>>,
    /// Whom the watch defers for: public where the feature said so.
    public: AtomicBool,
    /// Where it is noted that Discord has taken the first answer.
    trail: Option<Arc<Trail>>,
    /// What defers when nothing was said in time; needless once something was.
    watch: OnceLock<AbortHandle>,
}

const EPHEMERAL: u64 = 64;

impl Responder {
    /// Begins to answer; from now on the watch runs.
    pub fn begin(http: Arc<Http>, gate: Direct, id: u64, token: String, origin: Origin) -> Arc<Self> {
        let responder = Arc::new(Self {
            http,
            gate,
            id,
            token,
            origin,
            state: Mutex::new(State::Fresh),
            beside: Mutex::new(None),
            public: AtomicBool::new(false),
            trail: Trail::current(),
            watch: OnceLock::new(),
        });
        let watched = Arc::clone(&responder);
        let watch = async move {
            tokio::time::sleep(PATIENCE).await;
            let visibility = if watched.public.load(Ordering::Relaxed) {
                Visibility::Public
            } else {
                Visibility::Private
            };
            if let Err(error) = watched.defer(visibility).await {
                tracing::warn!(error = %Causes(&error), "an interaction could not be deferred");
            }
        };
        let watch = tokio::spawn(watch.in_current_span()).abort_handle();
        // Nobody else has seen this responder yet.
        let _ = responder.watch.set(watch);
        responder
    }

    /// The answer will be public: should it take long, so is the sign that it comes.
    pub fn expect_public(&self) {
        self.public.store(true, Ordering::Relaxed);
    }

    /// Says that an answer will come, where it was not said before. A component's message stays as it is meanwhile.
    pub async fn defer(&self, visibility: Visibility) -> Result<(), serenity::Error> {
        let mut state = self.state.lock().await;
        if *state != State::Fresh {
            return Ok(());
        }
        let (body, next) = match self.origin {
            Origin::Component | Origin::Modal { on_message: true } => {
                (json!({"type": 6}), State::DeferredUpdate)
            }
            Origin::Command | Origin::Modal { on_message: false } => (
                json!({"type": 5, "data": {"flags": flags(visibility)}}),
                State::Deferred(visibility),
            ),
        };
        self.callback(&body, Vec::new()).await?;
        *state = next;
        Ok(())
    }

    /// A new message for this interaction; the first one is its answer.
    pub async fn reply(&self, card: &Card, visibility: Visibility) -> Result<(), serenity::Error> {
        let mut state = self.state.lock().await;
        match *state {
            State::Fresh => {
                let mut data = card.payload();
                data.insert("flags".into(), json!(flags(visibility)));
                self.callback(&json!({"type": 4, "data": data}), card.files())
                    .await?;
            }
            State::Deferred(promised) if promised == visibility => {
                self.edit(card).await?;
            }
            State::Deferred(_) => {
                // The deferral fixed who sees the first message, and a follow-up would fill it while it is still
                // "thinking": fill it, answer beside it, and take it away.
                self.edit(&Card::words("…")).await?;
                self.follow_up(card, visibility).await?;
                if let Err(error) = self.http.delete_original_interaction_response(&self.token).await {
                    tracing::warn!(error = %Causes(&error), "a deferral could not be taken away");
                }
            }
            State::DeferredUpdate | State::Answered => {
                self.follow_up(card, visibility).await?;
            }
        }
        self.answered(&mut state);
        Ok(())
    }

    /// Replaces the message that the button, select or modal is on; a command's own answer where there is none.
    /// Update first and reply then: once a component has been answered with a new message, that one is replaced.
    pub async fn update(&self, card: &Card) -> Result<(), serenity::Error> {
        let mut state = self.state.lock().await;
        match (*state, self.origin) {
            (State::Fresh, Origin::Component | Origin::Modal { on_message: true }) => {
                self.callback(&json!({"type": 7, "data": card.payload()}), card.files())
                    .await?;
            }
            (State::Fresh, _) => {
                let mut data = card.payload();
                data.insert("flags".into(), json!(EPHEMERAL));
                self.callback(&json!({"type": 4, "data": data}), card.files())
                    .await?;
            }
            _ => {
                self.edit(card).await?;
            }
        }
        self.answered(&mut state);
        Ok(())
    }

    /// Opens a modal. It must be the first answer; says whether it still could be.
    pub async fn form(&self, form: &Form) -> Result<bool, serenity::Error> {
        let mut state = self.state.lock().await;
        if *state != State::Fresh || matches!(self.origin, Origin::Modal { .. }) {
            return Ok(false);
        }
        self.callback(&json!({"type": 9, "data": form.payload()}), Vec::new())
            .await?;
        self.answered(&mut state);
        Ok(true)
    }

    /// Tells the member in words why it did not work. What goes wrong here can only be logged.
    pub async fn fail(&self, failure: Failure) {
        let card = Card::words(failure.into_words());
        if let Err(error) = self.reply(&card, Visibility::Private).await {
            tracing::error!(error = %Causes(&error), "a failure could not be told");
        }
    }

    /// The message that answers this interaction last, or that its button is on.
    pub async fn message(&self) -> Result<Message, serenity::Error> {
        if let Some(beside) = &*self.beside.lock().await {
            return Ok(beside.clone());
        }
        self.http.get_original_interaction_response(&self.token).await
    }

    /// Nothing is left to watch over: the task goes, rather than sleep on.
    fn answered(&self, state: &mut State) {
        *state = State::Answered;
        if let Some(watch) = self.watch.get() {
            watch.abort();
        }
    }

    async fn callback(
        &self,
        body: &Value,
        files: Vec<serenity::builder::CreateAttachment>,
    ) -> Result<(), serenity::Error> {
        if files.is_empty() {
            let sent = self.gate.callback(self.id, &self.token, body).await;
            sent.map_err(io::Error::other)?;
        } else {
            self.http
                .create_interaction_response(InteractionId::new(self.id), &self.token, body, files)
                .await?;
        }
        if let Some(trail) = &self.trail {
            trail.acknowledge();
        }
        Ok(())
    }

    async fn edit(&self, card: &Card) -> Result<(), serenity::Error> {
        arrived(
            self.http
                .edit_original_interaction_response(&self.token, &card.payload(), card.files())
                .await,
        )
    }

    async fn follow_up(&self, card: &Card, visibility: Visibility) -> Result<(), serenity::Error> {
        let mut data = card.payload();
        data.insert("flags".into(), json!(flags(visibility)));
        let sent = self
            .http
            .create_followup_message(&self.token, &data, card.files())
            .await;
        if let Ok(message) = &sent {
            *self.beside.lock().await = Some(message.clone());
        }
        arrived(sent)
    }
}

/// The message is not used here, so an answer that Discord has extended beyond what serenity can read is as good.
#[expect(clippy::result_large_err, reason = "serenity's error is as large as it is")]
fn arrived(answer: Result<Message, serenity::Error>) -> Result<(), serenity::Error> {
    match answer {
        Ok(_) | Err(serenity::Error::Json(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

fn flags(visibility: Visibility) -> u64 {
    match visibility {
        Visibility::Public => 0,
        Visibility::Private => EPHEMERAL,
    }
}
