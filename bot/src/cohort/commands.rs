//! `/cohort join leave show`, the Join button and the cohorts' other buttons.
#![allow(
    missing_docs,
    clippy::unused_async,
    reason = "poise makes a command's doc comment its description in Discord, and takes async functions alone"
)]

use discord::{Card, Failure, Route, Visibility, mistake, text};
use lessons::path_progress;
use serenity::builder::{AutocompleteChoice, CreateAutocompleteResponse};

use super::{Joining, Meant, cards};
use crate::call::{Call, Context, Input};
use crate::lesson::Reader;
use crate::membership::{self, Cohort};

/// Join, leave and look at cohorts
#[poise::command(
    slash_command,
    guild_only,
    subcommands("join", "leave", "show"),
    subcommand_required
)]
pub async fn cohort(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Take part in a cohort
#[poise::command(slash_command, guild_only)]
async fn join(
    ctx: Context<'_>,
    #[description = "Which cohort, where there are several"]
    #[autocomplete = "all"]
    cohort: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let cohorts = membership::in_guild(&call.app.store, call.guild_id).await?;
    let card = match meant(&call, &cohorts, cohort.as_deref())? {
        Ok(cohort) => enter(&call, cohort).await?,
        Err(several) => cards::which(
            "Which cohort would you like to join?",
            "join",
            &several,
            call.member_id,
        ),
    };
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// Leave a cohort; your progress is kept
#[poise::command(slash_command, guild_only)]
async fn leave(
    ctx: Context<'_>,
    #[description = "Which cohort, where you are in several"]
    #[autocomplete = "own"]
    cohort: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let cohort = membership::current(&call, cohort.as_deref()).await?.cohort;
    let card = cards::leaving(&cohort, call.member_id);
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// Who is in a cohort, and when its next lesson comes
#[poise::command(slash_command, guild_only)]
async fn show(
    ctx: Context<'_>,
    #[description = "Which cohort, where there are several"]
    #[autocomplete = "all"]
    cohort: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let cohorts = membership::in_guild(&call.app.store, call.guild_id).await?;
    let card = match meant(&call, &cohorts, cohort.as_deref())? {
        Ok(cohort) => glance(&call, cohort).await?,
        Err(several) => cards::which("The cohorts here", "show", &several, call.member_id),
    };
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// A button or select of a cohort. `join` is anyone's; the rest belong to who asked.
pub async fn press(call: &Call, route: &Route, input: &Input) -> Result<(), Failure> {
    let id = match input.chosen().first() {
        Some(chosen) => chosen,
        None => route.get(0)?,
    };
    let cohort = membership::by_id(&call.app.store, id)
        .await?
        .filter(|cohort| cohort.guild_id == call.guild_id)
        .ok_or_else(|| mistake("That cohort is gone. `/cohort show` lists those that are here."))?;
    match route.verb.as_str() {
        "join" => {
            let card = enter(call, &cohort).await?;
            Ok(call.to.reply(&card, Visibility::Private).await?)
        }
        "show" => {
            let card = glance(call, &cohort).await?;
            Ok(call.to.reply(&card, Visibility::Private).await?)
        }
        "leave" => Ok(call.to.update(&exit(call, &cohort).await?).await?),
        "stay" => Ok(call.to.update(&cards::stayed(&cohort)).await?),
        _ => Err(mistake(
            "This button is from an older version of Tributary. `/cohort show` gives you a fresh one.",
        )),
    }
}

/// The cohort meant, or those to choose from; a sentence where there is none.
fn meant<'a>(
    call: &Call,
    cohorts: &'a [Cohort],
    named: Option<&str>,
) -> Result<Result<&'a Cohort, Vec<&'a Cohort>>, Failure> {
    match super::meant(cohorts, named, call.home_channel()) {
        Meant::One(cohort) => Ok(Ok(cohort)),
        Meant::Several(cohorts) => Ok(Err(cohorts)),
        Meant::Nobody => Err(mistake(
            "There is no cohort here yet. Someone who manages this server makes one with `/moderate create`.",
        )),
        Meant::Unknown => {
            let known: Vec<String> = cohorts.iter().map(|cohort| text::code(&cohort.name)).collect();
            Err(mistake(format!(
                "There is no cohort called {} here. There is {}.",
                text::code(&text::cut(named.unwrap_or_default(), 40)),
                text::listed(&known)
            )))
        }
    }
}

/// Takes the caller in, and tells what happens next.
async fn enter(call: &Call, cohort: &Cohort) -> Result<Card, Failure> {
    let app = &call.app;
    let now = app.clock.now();
    let joining = match app.store.begin_once(call.id, crate::clock::real_ms()).await? {
        None => Joining::Already,
        Some(mut tx) => {
            let joining = super::join(&mut tx, &cohort.id, call.member_id, now).await?;
            tx.commit().await?;
            joining
        }
    };
    let membership = membership::current(call, Some(&cohort.name)).await?;
    let reader = Reader::within(app, membership, call.member_id).await?;
    Ok(cards::joined(&cards::Start {
        cohort,
        joining,
        track: &reader.track.title,
        path: &reader.path.title,
        progress: path_progress(reader.track, reader.path, &reader.standing.complete()),
        next: super::next(&app.store, cohort, now).await?,
        module: reader.next(),
    }))
}

async fn exit(call: &Call, cohort: &Cohort) -> Result<Card, Failure> {
    let app = &call.app;
    if let Some(mut tx) = app.store.begin_once(call.id, crate::clock::real_ms()).await? {
        super::leave(&mut tx, &cohort.id, call.member_id, app.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(cards::left(cohort))
}

async fn glance(call: &Call, cohort: &Cohort) -> Result<Card, Failure> {
    let app = &call.app;
    let track = app.track(&cohort.track)?;
    let path = app.path(track, &cohort.path)?;
    let members = membership::members(&app.store, &cohort.id).await?;
    let first = &members[..members.len().min(cards::NAMED)];
    let names = membership::names(&app.store, call.guild_id, first).await?;
    let own = membership::of_member(&app.store, call.guild_id, call.member_id)
        .await?
        .into_iter()
        .find(|one| one.cohort.id == cohort.id);
    let own_path = match &own {
        Some(own) => Some(&*app.path(track, &own.path)?.title),
        None => None,
    };
    Ok(cards::glance(&cards::Glance {
        cohort,
        track: &track.title,
        path: (&path.title, path.modules.len()),
        next: super::next(&app.store, cohort, app.clock.now()).await?,
        members: members.len(),
        names: first
            .iter()
            .filter_map(|member| names.get(member).cloned())
            .collect(),
        own_path,
    }))
}

/// Completes the names of all cohorts of the guild.
async fn all(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some(guild) = ctx.interaction.guild_id else {
        return CreateAutocompleteResponse::new();
    };
    complete(membership::in_guild(&ctx.data().store, guild.get()).await, typed)
}

/// Completes the names of the caller's own cohorts.
async fn own(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some(guild) = ctx.interaction.guild_id else {
        return CreateAutocompleteResponse::new();
    };
    let member = ctx.interaction.user.id.get();
    let mine = membership::of_member(&ctx.data().store, guild.get(), member).await;
    complete(
        mine.map(|mine| mine.into_iter().map(|one| one.cohort).collect()),
        typed,
    )
}

fn complete(cohorts: Result<Vec<Cohort>, sqlx::Error>, typed: &str) -> CreateAutocompleteResponse {
    let cohorts = cohorts.unwrap_or_else(|error| {
        tracing::warn!(%error, "cohorts could not be suggested");
        Vec::new()
    });
    let choices = super::matching(&cohorts, typed)
        .into_iter()
        .map(|name| AutocompleteChoice::new(name.clone(), name))
        .collect();
    CreateAutocompleteResponse::new().set_choices(choices)
}
