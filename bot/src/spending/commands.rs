//! The buttons under an estimate, and what `/sandbox` tells on AWS.

use std::sync::Arc;

use discord::{Failure, Route, RouteError, Visibility, mistake};
use serenity::model::application::ComponentInteraction;

use super::ceiling::Which;
use super::ledger::Window;
use super::{Policy, cards, hold, reaper, store};
use crate::app::App;
use crate::call::Call;

/// A press under an estimate: it has an owner, who was looked at before.
pub async fn press(
    framework: poise::FrameworkContext<'_, Arc<App>, Failure>,
    press: &ComponentInteraction,
    call: &Arc<Call>,
    route: &Route,
) -> Result<(), Failure> {
    if route.owner.is_none() {
        return Err(RouteError.into());
    }
    match route.verb.as_str() {
        "create" => hold::release(framework, press, call, route.get(0)?).await,
        "leave" => hold::leave(call, route.get(0)?).await,
        _ => Err(RouteError.into()),
    }
}

/// `/sandbox usage` on AWS; whether this is AWS.
pub async fn usage(call: &Call) -> Result<bool, Failure> {
    let Some(policy) = Policy::of(&call.app) else {
        return Ok(false);
    };
    call.to.defer(Visibility::Private).await?;
    let (app, owner) = (&call.app, (call.guild_id, call.member_id));
    reaper::look(app, owner).await?;
    let now = app.clock.now();
    let (ledger, standing) = (
        store::ledger(&app.store, now).await?,
        store::standing(&app.store, Some(owner)).await?,
    );
    let (at, month, day) = (now.timestamp_millis(), Window::month_of(now), Window::day_of(now));
    let usage = cards::Usage {
        standing: &standing,
        now,
        today: ledger.so_far(Which::Member, owner, at, day)
            + store::used_today(&app.store, owner, now).await?,
        month: ledger.so_far(Which::Member, owner, at, month) + ledger.used(Which::Member, owner),
        taken: [Which::Member, Which::Guild, Which::All].map(|which| ledger.taken(which, owner, at, month)),
        ceilings: policy.ceilings,
        moderates: call.manages_guild(),
    };
    call.to.reply(&cards::usage(&usage), Visibility::Private).await?;
    Ok(true)
}

/// `/sandbox console`.
pub async fn console(call: &Call) -> Result<(), Failure> {
    let Some(policy) = Policy::of(&call.app) else {
        return Err(mistake(
            "There is no AWS console here: your sandbox is not in AWS. `/stream describe`, `/queue peek` and `/stream sql` show \
             what is in it.",
        ));
    };
    policy.admit(call)?;
    let aws = policy.aws;
    let address = aws.console.as_deref().ok_or_else(|| {
        mistake("The operator has set up no console for members. `/sandbox usage` and `/stream describe` show what is there.")
    })?;
    let card = cards::console(address, aws.username.as_ref(), aws.password.as_ref());
    Ok(call.to.reply(&card, Visibility::Private).await?)
}
