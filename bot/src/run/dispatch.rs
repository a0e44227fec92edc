//! From an interaction to the feature that answers it: the owner's alone, and every failure in words.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use discord::gate::Causes;
use discord::{Failure, Route, RouteError, mistake};
use futures::FutureExt as _;
use serenity::client::FullEvent;
use serenity::model::application::{ComponentInteraction, Interaction};

use super::{commands, route, stale};
use crate::app::App;
use crate::call::{self, Call, Input};
use crate::elsewhere;
use crate::spending::{self, hold};

/// How poise hands commands over.
pub fn options() -> poise::FrameworkOptions<Arc<App>, Failure> {
    poise::FrameworkOptions {
        commands: commands(),
        command_check: Some(|ctx| Box::pin(begin(ctx))),
        post_command: |ctx| Box::pin(end(ctx)),
        on_error: |error| Box::pin(tell(error)),
        event_handler: |framework, event| Box::pin(component_or_modal(framework, event)),
        allowed_mentions: Some(serenity::builder::CreateAllowedMentions::new()),
        initialize_owners: false,
        ..Default::default()
    }
}

/// Makes the call before the command runs, so that the watch over its answer starts at once, and asks whether it may run:
/// what costs money is held back. poise asks for a command and for each one above it; the first time is enough.
async fn begin(ctx: poise::Context<'_, Arc<App>, Failure>) -> Result<bool, Failure> {
    let poise::Context::Application(inner) = ctx else {
        return Ok(true);
    };
    if !hold::is_command(inner) || ctx.invocation_data::<Arc<Call>>().await.is_some() {
        return Ok(true);
    }
    let call = hold::released().or_else(|| Call::from_command(inner.data(), inner.interaction).map(Arc::new));
    // Outside of a server there is none, and the command says so.
    let Some(call) = call else { return Ok(true) };
    ctx.set_invocation_data(Arc::clone(&call)).await;
    hold::before(&call, inner).await
}

/// A command has done its work.
async fn end(ctx: poise::Context<'_, Arc<App>, Failure>) {
    let call = ctx
        .invocation_data::<Arc<Call>>()
        .await
        .map(|call| Arc::clone(&call));
    if let Some(call) = call
        && let Err(error) = hold::after(&call, &ctx.command().qualified_name).await
    {
        tracing::warn!(%error, "what a command changed is not looked at yet");
    }
}

/// What poise could not do, or a feature refused: in words, to the member.
async fn tell(error: poise::FrameworkError<'_, Arc<App>, Failure>) {
    let (ctx, failure) = match error {
        poise::FrameworkError::Command { error, ctx, .. } => (ctx, elsewhere::told(error)),
        poise::FrameworkError::ArgumentParse { error, ctx, .. } => (ctx, mistake(error.to_string())),
        poise::FrameworkError::CommandCheckFailed {
            error: Some(error),
            ctx,
            ..
        } => (ctx, error),
        // Held back: its member is asked.
        poise::FrameworkError::CommandCheckFailed { error: None, .. } => return,
        poise::FrameworkError::CommandPanic { ctx, .. } => (ctx, Failure::from(Panicked)),
        other => {
            // Its words may quote what was typed.
            let kind = std::mem::discriminant(&other);
            tracing::warn!(?kind, "poise could not dispatch");
            return;
        }
    };
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
            Call::from_component(app, press),
        ),
        Interaction::Modal(modal) => (
            &modal.data.custom_id,
            call::submitted(modal),
            Call::from_modal(app, modal),
        ),
        _ => return Ok(()),
    };
    let Some(call) = call else { return Ok(()) };
    let call = Arc::new(call);
    let press = match interaction {
        Interaction::Component(press) => Some(press),
        _ => None,
    };
    let done = AssertUnwindSafe(dispatch(framework, press, &call, id, &input))
        .catch_unwind()
        .await;
    if let Err(failure) = done.unwrap_or_else(panicked) {
        call.to.fail(elsewhere::told(failure)).await;
    }
    Ok(())
}

/// Something in a feature panicked. Where is in the log's line before; its words may quote what a member typed.
#[derive(Debug, thiserror::Error)]
#[error("a panic, told in the line before")]
struct Panicked;

fn panicked(_words: Box<dyn Any + Send>) -> Result<(), Failure> {
    Err(Failure::from(Panicked))
}

/// The owner check stands here, once, before any feature sees the press (promise 4).
async fn dispatch(
    framework: poise::FrameworkContext<'_, Arc<App>, Failure>,
    press: Option<&ComponentInteraction>,
    call: &Arc<Call>,
    id: &str,
    input: &Input,
) -> Result<(), Failure> {
    let target = Route::read(id).map_err(|_| stale())?;
    if target.owner.is_some_and(|owner| owner != call.member_id) {
        return Err(mistake(
            "That button belongs to someone else. Run the command yourself and you get your own.",
        ));
    }
    let done = match press {
        // A yes to what it costs runs a command, which needs poise.
        Some(press) if target.feature == "spending" => {
            spending::commands::press(framework, press, call, &target).await
        }
        _ => taken(call, &target, input).await,
    };
    done.map_err(|failure| match failure {
        // Arguments that are missing or make no sense: another version's id, or a forged one.
        Failure::Ours(cause) if cause.is::<RouteError>() => stale(),
        other => other,
    })
}

/// Takes a route, with what its press costs.
async fn taken(call: &Call, target: &Route, input: &Input) -> Result<(), Failure> {
    hold::press(call, &target.feature, &target.verb).await?;
    let done = route(call, target, input).await;
    hold::pressed(call, &target.verb).await?;
    done
}
