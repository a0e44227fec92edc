//! Around poise: each interaction once, in a span of its own, with one closing line and its figures. Ids and the names
//! of commands alone: what members typed, and what they are called, is in no line (`docs/operation.md`).

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use discord::{End, Failure, Route, Trail};
use metrics::{counter, histogram};
use serenity::async_trait;
use serenity::client::{Client, Context, FullEvent, RawEventHandler};
use serenity::model::application::{CommandDataOption, CommandDataOptionValue, Interaction};
use serenity::model::event::Event;
use tracing::Instrument as _;

use crate::app::App;

/// poise, watched.
pub struct Watched(pub poise::Framework<Arc<App>, Failure>);

#[async_trait]
impl serenity::framework::Framework for Watched {
    async fn init(&mut self, client: &Client) {
        self.0.init(client).await;
    }

    async fn dispatch(&self, ctx: Context, event: FullEvent) {
        let FullEvent::InteractionCreate { interaction } = &event else {
            return self.0.dispatch(ctx, event).await;
        };
        if !SEEN.first(interaction.id().get()) {
            tracing::debug!(id = %interaction.id(), "an interaction came again");
            return;
        }
        let arrival = Arrival::of(interaction);
        let span = arrival.span();
        async {
            let trail = Trail::begin();
            trail.follow(self.0.dispatch(ctx, event)).await;
            arrival.close(&trail);
        }
        .instrument(span)
        .await;
    }
}

/// What may be told of an interaction.
struct Arrival {
    id: u64,
    kind: &'static str,
    /// The path of a command, or the feature and verb of a button, select or modal.
    command: String,
    guild: Option<u64>,
    member: u64,
}

impl Arrival {
    fn of(interaction: &Interaction) -> Self {
        let (kind, command, guild, member) = match interaction {
            Interaction::Command(it) => (
                "command",
                path(&it.data.name, &it.data.options),
                it.guild_id,
                it.user.id,
            ),
            Interaction::Autocomplete(it) => {
                let command = path(&it.data.name, &it.data.options);
                ("autocomplete", command, it.guild_id, it.user.id)
            }
            Interaction::Component(it) => ("component", route(&it.data.custom_id), it.guild_id, it.user.id),
            Interaction::Modal(it) => ("modal", route(&it.data.custom_id), it.guild_id, it.user.id),
            _ => (
                "other",
                String::new(),
                None,
                serenity::model::id::UserId::default(),
            ),
        };
        Self {
            id: interaction.id().get(),
            kind,
            command,
            guild: guild.map(serenity::model::id::GuildId::get),
            member: member.get(),
        }
    }

    /// Ids are written as text: as numbers they are too large for many a reader of JSON.
    fn span(&self) -> tracing::Span {
        tracing::info_span!(
            "interaction",
            id = %self.id,
            kind = self.kind,
            command = self.command,
            guild = self.guild.map(|guild| guild.to_string()),
            member = %self.member,
        )
    }

    /// The one closing line, inside the span, and the figures.
    fn close(&self, trail: &Trail) {
        let done = trail.elapsed();
        // poise answers an autocompletion itself, last of all.
        let acknowledged = trail
            .acknowledged()
            .or_else(|| (self.kind == "autocomplete").then_some(done));
        let (outcome, reference) = match (trail.end(), acknowledged) {
            (End::Apology(reference), Some(_)) => ("apology", Some(reference)),
            (End::Apology(reference), None) => ("unanswered", Some(reference)),
            (_, None) => ("unanswered", None),
            (End::Mistake, Some(_)) => ("mistake", None),
            (End::Answered, Some(_)) => ("answered", None),
        };
        tracing::info!(
            outcome,
            reference,
            ack_ms = acknowledged.map(|it| it.as_millis() as u64),
            done_ms = done.as_millis() as u64,
            "interaction"
        );
        let command = LABELS.bounded(&self.command);
        counter!("interactions_total", "kind" => self.kind, "command" => command.clone(), "outcome" => outcome)
            .increment(1);
        if let Some(acknowledged) = acknowledged {
            histogram!("interaction_ack_seconds", "kind" => self.kind).record(acknowledged.as_secs_f64());
        }
        histogram!("interaction_done_seconds", "command" => command).record(done.as_secs_f64());
    }
}

/// `stream put`: the names that we registered, never an option's value.
fn path(name: &str, options: &[CommandDataOption]) -> String {
    let below = options.iter().find_map(|option| match &option.value {
        CommandDataOptionValue::SubCommand(options) | CommandDataOptionValue::SubCommandGroup(options) => {
            Some(path(&option.name, options))
        }
        _ => None,
    });
    match below {
        Some(below) => format!("{name} {below}"),
        None => name.to_owned(),
    }
}

/// `lesson.page`: who may press it and with what arguments is nobody's business here.
fn route(custom_id: &str) -> String {
    match Route::read(custom_id) {
        Ok(route) => format!("{}.{}", route.feature, route.verb),
        Err(_) => "unknown".to_owned(),
    }
}

static LABELS: Labels = Labels(Mutex::new(None));

/// The names of commands that figures are kept for. Custom ids come back from clients and may be forged: without a
/// bound, each forged one would be a series of figures for ever.
struct Labels(Mutex<Option<HashSet<String>>>);

impl Labels {
    /// More commands and routes than there are.
    const MOST: usize = 200;

    fn bounded(&self, name: &str) -> String {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = guard.get_or_insert_default();
        if known.len() < Self::MOST && !known.contains(name) {
            known.insert(name.to_owned());
        }
        if known.contains(name) { name } else { "other" }.to_owned()
    }
}

/// Interactions this process has begun to answer. The gateway may replay events when it resumes; what a replay
/// would write is refused by the database as well.
static SEEN: Seen = Seen(Mutex::new(None));

struct Seen(Mutex<Option<(HashSet<u64>, VecDeque<u64>)>>);

impl Seen {
    /// A replay reaches back minutes, not more than this many interactions.
    const KEPT: usize = 4_096;

    fn first(&self, id: u64) -> bool {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, order) = guard.get_or_insert_default();
        if !known.insert(id) {
            return false;
        }
        order.push_back(id);
        if order.len() > Self::KEPT
            && let Some(oldest) = order.pop_front()
        {
            known.remove(&oldest);
        }
        true
    }
}

/// Hears of every event before it is dispatched, also of those that serenity can't read and drops.
pub struct Listener;

#[async_trait]
impl RawEventHandler for Listener {
    async fn raw_event(&self, _: Context, event: Event) {
        match event {
            Event::Ready(_) => counter!("gateway_sessions_total", "kind" => "new").increment(1),
            Event::Resumed(_) => counter!("gateway_sessions_total", "kind" => "resumed").increment(1),
            // Discord has events that serenity does not know; but an interaction nobody could read is one nobody answers.
            Event::Unknown(event) if event.kind == "INTERACTION_CREATE" => {
                tracing::error!(kind = event.kind, "an event could not be read");
            }
            Event::Unknown(event) => tracing::debug!(kind = event.kind, "an event is not known"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interaction_that_comes_again_is_known_and_the_memory_is_bounded() {
        let seen = Seen(Mutex::new(None));
        assert!(seen.first(1));
        assert!(!seen.first(1));
        for id in 2..=Seen::KEPT as u64 + 1 {
            assert!(seen.first(id));
        }
        assert!(seen.first(1), "the oldest is forgotten");
    }

    #[test]
    fn forged_routes_do_not_grow_the_figures_without_end() {
        let labels = Labels(Mutex::new(None));
        assert_eq!(labels.bounded("lesson.page"), "lesson.page");
        for forged in 0..10 * Labels::MOST {
            labels.bounded(&format!("forged.{forged}"));
        }
        assert_eq!(labels.bounded("forged.new"), "other");
        assert_eq!(labels.bounded("lesson.page"), "lesson.page");
        assert_eq!(
            labels.0.lock().unwrap().as_ref().map(HashSet::len),
            Some(Labels::MOST)
        );
    }

    #[test]
    fn a_route_is_told_without_its_owner_and_arguments() {
        let id = Route::new("quiz", "pick").owned_by(7).arg("what ben typed").id();
        assert_eq!(route(&id), "quiz.pick");
        assert_eq!(route("What Ben typed"), "unknown");
    }
}
