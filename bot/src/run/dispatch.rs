//! From an interaction to the feature that answers it: each once, the owner's alone, and every failure in words.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use discord::gate::Causes;
use discord::{Failure, Route, RouteError, mistake};
use serenity::client::FullEvent;
use serenity::model::application::Interaction;

use super::{commands, route, stale};
use crate::app::App;
use crate::call::{self, Call, Input};

/// How poise hands commands over.
pub fn options() -> poise::FrameworkOptions<Arc<App>, Failure> {
    poise::FrameworkOptions {
        commands: commands(),
        pre_command: |ctx| Box::pin(begin(ctx)),
        on_error: |error| Box::pin(tell(error)),
        event_handler: |framework, event| Box::pin(component_or_modal(framework, event)),
        allowed_mentions: Some(serenity::builder::CreateAllowedMentions::new()),
        initialize_owners: false,
        ..Default::default()
    }
}

/// Left in place of a call where the interaction came a second time: the command then finds no call, and nothing is said.
struct Replay;

/// Makes the call before the command runs, so that the watch over its answer starts at once.
async fn begin(ctx: poise::Context<'_, Arc<App>, Failure>) {
    let poise::Context::Application(inner) = ctx else {
        return;
    };
    if !SEEN.first(inner.interaction.id.get()) {
        ctx.set_invocation_data(Replay).await;
    } else if let Some(call) = Call::from_command(inner.data(), inner.interaction) {
        ctx.set_invocation_data(Arc::new(call)).await;
    }
}

/// What poise could not do, or a feature refused: in words, to the member.
async fn tell(error: poise::FrameworkError<'_, Arc<App>, Failure>) {
    let (ctx, failure) = match error {
        poise::FrameworkError::Command { error, ctx, .. } => (ctx, error),
        poise::FrameworkError::ArgumentParse { error, ctx, .. } => (ctx, mistake(error.to_string())),
        poise::FrameworkError::CommandPanic { payload, ctx, .. } => {
            let words = payload.unwrap_or_else(|| "a command panicked".to_owned());
            (ctx, Failure::from(std::io::Error::other(words)))
        }
        other => {
            tracing::warn!(error = %other, "poise could not dispatch");
            return;
        }
    };
    if ctx.invocation_data::<Replay>().await.is_some() {
        return;
    }
    let call = ctx
        .invocation_data::<Arc<Call>>()
        .await
        .map(|call| Arc::clone(&call));
    if let Some(call) = call {
        call.to.fail(failure).await;
        return;
    }
    let words = poise::CreateReply::default()
        .content(failure.into_words())
        .ephemeral(true);
    if let Err(error) = ctx.send(words).await {
        tracing::error!(error = %Causes(&error), "a failure could not be told");
    }
}

async fn component_or_modal(
    framework: poise::FrameworkContext<'_, Arc<App>, Failure>,
    event: &FullEvent,
) -> Result<(), Failure> {
    let FullEvent::InteractionCreate { interaction } = event else {
        return Ok(());
    };
    let app = framework.user_data;
    let (id, input, call) = match interaction {
        Interaction::Component(press) => (
            &press.data.custom_id,
            call::pressed(&press.data.kind),
            SEEN.first(press.id.get())
                .then(|| Call::from_component(app, press))
                .flatten(),
        ),
        Interaction::Modal(modal) => (
            &modal.data.custom_id,
            call::submitted(modal),
            SEEN.first(modal.id.get())
                .then(|| Call::from_modal(app, modal))
                .flatten(),
        ),
        _ => return Ok(()),
    };
    let Some(call) = call else { return Ok(()) };
    if let Err(failure) = dispatch(&call, id, &input).await {
        call.to.fail(failure).await;
    }
    Ok(())
}

/// The owner check stands here, once, before any feature sees the press (promise 4).
async fn dispatch(call: &Call, id: &str, input: &Input) -> Result<(), Failure> {
    let target = Route::read(id).map_err(|_| stale())?;
    if target.owner.is_some_and(|owner| owner != call.member_id) {
        return Err(mistake(
            "That button belongs to someone else. Run the command yourself and you get your own.",
        ));
    }
    route(call, &target, input)
        .await
        .map_err(|failure| match failure {
            // Arguments that are missing or make no sense: another version's id, or a forged one.
            Failure::Ours(cause) if cause.is::<RouteError>() => stale(),
            other => other,
        })
}

/// Interactions this process has begun to answer. The gateway may replay events when it resumes; what a replay
/// would write is refused by the database as well.
static SEEN: Seen = Seen::new();

struct Seen(Mutex<Option<(HashSet<u64>, VecDeque<u64>)>>);

impl Seen {
    /// A replay reaches back minutes, not more than this many interactions.
    const KEPT: usize = 4_096;

    const fn new() -> Self {
        Self(Mutex::new(None))
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interaction_that_comes_again_is_known_and_the_memory_is_bounded() {
        let seen = Seen::new();
        assert!(seen.first(1));
        assert!(!seen.first(1));
        for id in 2..=Seen::KEPT as u64 + 1 {
            assert!(seen.first(id));
        }
        assert!(seen.first(1), "the oldest is forgotten");
    }
}
