//! Waiting for the bot: what an act caused, until nothing more has come for a moment.
//!
//! What the bot does with an interaction's token belongs to that interaction. What it does besides
//! (a message in a thread it opened, say) carries no mark, so it is taken to belong to the one act
//! under way; with several under way, only what is in this act's channel or among this person's
//! threads and direct messages counts.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use super::act::Begun;
use crate::{
    id::Id,
    shared::Shared,
    world::{Answer, Effect, Message, World},
};

/// Discord's three seconds, and a little for the answer to be stored and told.
const ACKNOWLEDGE: Duration = Duration::from_millis(3_250);
const QUIET: Duration = Duration::from_millis(150);
const LONGEST: Duration = Duration::from_secs(15);

/// What came of an act.
#[derive(Debug, Default)]
pub struct Outcome {
    error: Option<String>,
    ack_ms: Option<u64>,
    done_ms: Option<u64>,
    acked: Option<Answer>,
    messages: Vec<Value>,
    modal: Value,
    choices: Vec<Value>,
}

impl Outcome {
    pub fn refused(why: String) -> Self {
        Self {
            error: Some(why),
            ..Self::default()
        }
    }

    pub fn json(self) -> Value {
        let acked = match self.acked {
            None | Some(Answer::None) => "none",
            Some(Answer::Message) => "message",
            Some(Answer::Deferred | Answer::DeferredUpdate) => "deferred",
            Some(Answer::Update) => "update",
            Some(Answer::Modal) => "modal",
            Some(Answer::Choices) => "autocomplete",
        };
        json!({
            "ok": self.error.is_none(), "error": self.error, "ack_ms": self.ack_ms, "done_ms": self.done_ms,
            "acked": acked, "messages": self.messages, "modal": self.modal, "choices": self.choices,
        })
    }
}

/// An act's ear, open from before the act.
pub struct Waiting<'a> {
    shared: &'a Shared,
    key: u64,
    interaction: Option<Id>,
    effects: UnboundedReceiver<Effect>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.shared.hub.acts.end(self.key, self.interaction);
    }
}

/// What has been heard so far.
struct Heard {
    begun: Begun,
    start: Instant,
    answer: Option<Answer>,
    ack: Option<Instant>,
    last: Instant,
    /// The bot has promised more: it deferred and has not come back.
    promised: bool,
    modal: Option<Id>,
    choices: Vec<Value>,
    messages: BTreeSet<(Id, Id)>,
}

impl<'a> Waiting<'a> {
    pub fn start(shared: &'a Shared) -> Self {
        let (key, effects) = shared.hub.acts.begin();
        Self {
            shared,
            key,
            interaction: None,
            effects,
        }
    }

    /// Says which interaction the act became; called before the bot hears of it.
    pub fn is_for(&mut self, begun: &Begun) {
        self.interaction = begun.interaction;
        if let Some(interaction) = begun.interaction {
            self.shared.hub.acts.is_for(self.key, interaction);
        }
    }

    /// Listens until the bot is done, and tells what came of it. `start` is when the bot was told.
    pub async fn finish(mut self, begun: Begun, start: Instant) -> Outcome {
        let mut heard = Heard::new(begun, start);
        while let Some(until) = heard.until() {
            let next = tokio::select! {
                next = tokio::time::timeout_at(until.into(), self.effects.recv()) => next.ok().flatten(),
                () = self.shared.closing.cancelled() => None,
            };
            let Some(effect) = next else { break };
            heard.take(&effect, self.shared);
        }
        heard.outcome(self.shared)
    }
}

impl Heard {
    fn new(begun: Begun, start: Instant) -> Self {
        Self {
            begun,
            start,
            answer: None,
            ack: None,
            last: start,
            promised: false,
            modal: None,
            choices: Vec::new(),
            messages: BTreeSet::new(),
        }
    }

    /// When to stop listening; none where everything has been said.
    fn until(&self) -> Option<Instant> {
        let end = self.start + LONGEST;
        if self.begun.interaction.is_some() && self.ack.is_none() {
            return Some(self.start + ACKNOWLEDGE);
        }
        match self.answer {
            Some(Answer::Choices) => None,
            _ if self.promised => Some(end),
            _ => Some(end.min(self.last + QUIET)),
        }
    }

    fn take(&mut self, effect: &Effect, shared: &Shared) {
        let own = self.begun.interaction;
        match effect {
            Effect::Acked {
                interaction,
                answer,
                modal,
                choices,
            } if Some(*interaction) == own => {
                (self.answer, self.ack, self.modal) = (Some(*answer), Some(Instant::now()), *modal);
                self.choices = choices
                    .as_ref()
                    .and_then(Value::as_array)
                    .cloned()
                    .unwrap_or_default();
                self.promised = matches!(answer, Answer::Deferred | Answer::DeferredUpdate);
            }
            Effect::Message {
                channel,
                id,
                interaction,
                ..
            } => {
                let direct = interaction.is_some() && *interaction == own;
                let belongs = direct || (interaction.is_none() && self.concerns(*channel, shared));
                if !belongs {
                    return;
                }
                self.messages.insert((*channel, *id));
                let still_thinking = shared
                    .world()
                    .message(*channel, *id)
                    .is_some_and(Message::is_loading);
                let settles = direct || self.answer == Some(Answer::DeferredUpdate);
                self.promised &= still_thinking || !settles;
            }
            Effect::Removed { id, interaction } => {
                let direct = interaction.is_some() && *interaction == own;
                if !direct && !self.messages.iter().any(|(_, known)| known == id) {
                    return;
                }
                self.messages.retain(|(_, known)| known != id);
                self.promised &= !direct;
            }
            Effect::Thread { id } if self.concerns(*id, shared) => {}
            _ => return,
        }
        self.last = Instant::now();
    }

    /// Whether something without a mark, in this channel, belongs to this act.
    fn concerns(&self, channel: Id, shared: &Shared) -> bool {
        let world = shared.world();
        let alone = shared.hub.acts.under_way() == 1;
        let Some(channel) = world.channels.get(&channel) else {
            return false;
        };
        let person = self.begun.person;
        let near = channel.id == self.begun.channel
            || channel.recipient == Some(person)
            || channel
                .thread
                .as_ref()
                .is_some_and(|thread| thread.members.contains_key(&person));
        if alone {
            world.sees(person, channel) || channel.parent == Some(self.begun.channel)
        } else {
            near
        }
    }

    fn outcome(self, shared: &Shared) -> Outcome {
        let since = |moment: Instant| moment.duration_since(self.start).as_millis() as u64;
        let world = shared.world();
        let missing = self.begun.interaction.is_some() && self.ack.is_none();
        let error = missing.then(|| {
            let why = if shared.hub.has_bot() {
                ""
            } else {
                " No bot is connected."
            };
            format!("The application did not respond within 3 seconds.{why}")
        });
        let mut messages: Vec<&Message> = self
            .messages
            .iter()
            .filter_map(|(channel, id)| world.message(*channel, *id))
            .collect();
        messages.extend(
            self.begun
                .said
                .and_then(|said| world.message(self.begun.channel, said)),
        );
        messages.retain(|message| !message.is_loading() && visible(&world, message, self.begun.person));
        messages.sort_by_key(|message| message.id);
        let modal = self.modal.and_then(|id| world.modals.get(&id)).map(|modal| {
            json!({
                "id": modal.id, "title": modal.title, "components": modal.components, "custom_id": modal.custom_id,
            })
        });
        Outcome {
            error,
            ack_ms: self.ack.map(since),
            done_ms: Some(since(self.last)),
            acked: self.answer,
            messages: messages
                .into_iter()
                .map(|message| world.shown_message_json(message))
                .collect(),
            modal: modal.unwrap_or(Value::Null),
            choices: self.choices,
        }
    }
}

fn visible(world: &World, message: &Message, person: Id) -> bool {
    let channel = world.channels.get(&message.channel);
    message.ephemeral_to.is_none_or(|only| only == person)
        && channel.is_some_and(|channel| world.sees(person, channel))
}
