//! `/today`, `/lesson …` and the buttons of lessons: reads what was asked, lets the feature decide, answers.
#![allow(
    missing_docs,
    reason = "poise makes a command's doc comment its description in Discord"
)]

use std::sync::Arc;

use discord::{Failure, Route, Visibility, mistake, text};
use lessons::{Module, ModuleId};
use serenity::builder::{AutocompleteChoice, CreateAutocompleteResponse};

use super::{Reader, cards, store};
use crate::call::{Call, Context, Input};

/// Where you stand today, and what you can do next
#[poise::command(slash_command, guild_only)]
pub async fn today(
    ctx: Context<'_>,
    #[description = "Which cohort, where you are in several"] cohort: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let reader = Reader::of(&call, cohort.as_deref()).await?;
    let day = reader.membership.cohort.local_date(call.app.clock.now());
    store::greet_once(&call.app.store, call.guild_id, call.member_id, day).await?;
    let card = reader.about(cards::today(&call, &reader).await?);
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// Read the lessons of your track
#[poise::command(
    slash_command,
    guild_only,
    subcommands("next", "show", "list", "path", "done", "undo"),
    subcommand_required
)]
pub async fn lesson(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Open the next lesson on your path
#[poise::command(slash_command, guild_only)]
async fn next(
    ctx: Context<'_>,
    #[description = "Which cohort, where you are in several"] cohort: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let reader = Reader::of(&call, cohort.as_deref()).await?;
    let card = match reader.next() {
        Some(module) => bookmarked(&call, &reader, module).await?,
        None => reader.about(cards::nothing_next(&reader)),
    };
    let card = super::greet(&call, &reader, card).await?;
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// Open any lesson; reading ahead is always fine
#[poise::command(slash_command, guild_only)]
async fn show(
    ctx: Context<'_>,
    #[description = "The module, such as M1"]
    #[autocomplete = "modules"]
    module: String,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let reader = Reader::of(&call, None).await?;
    let module = reader.module(&module)?;
    let card = bookmarked(&call, &reader, module).await?;
    let card = super::greet(&call, &reader, card).await?;
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// All lessons of your path, and where you stand
#[poise::command(slash_command, guild_only)]
async fn list(ctx: Context<'_>) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let reader = Reader::of(&call, None).await?;
    let card = super::greet(&call, &reader, cards::list(&call, &reader)).await?;
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// See the paths through your track, or switch to another
#[poise::command(slash_command, guild_only)]
async fn path(
    ctx: Context<'_>,
    #[description = "The path to follow from now on"]
    #[autocomplete = "paths"]
    name: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let reader = Reader::of(&call, None).await?;
    let Some(name) = name else {
        return Ok(call.to.reply(&cards::paths(&reader), Visibility::Private).await?);
    };
    let wanted = name.trim().to_lowercase();
    let known = reader
        .track
        .paths
        .iter()
        .find(|path| path.id == wanted || path.title.to_lowercase() == wanted);
    let Some(path) = known else {
        let names: Vec<String> = reader
            .track
            .paths
            .iter()
            .map(|path| format!("`{}`", path.id))
            .collect();
        return Err(mistake(format!(
            "There is no path {} on this track. The paths are {}.",
            text::code(&text::cut(&name, 40)),
            text::listed(&names)
        )));
    };
    store::choose_path(
        &call.app.store,
        &reader.membership.cohort.id,
        call.member_id,
        &path.id,
    )
    .await?;
    let reader = Reader::of(&call, Some(&reader.membership.cohort.name)).await?;
    Ok(call
        .to
        .reply(&cards::path_chosen(&reader), Visibility::Private)
        .await?)
}

/// Mark a lesson as read
#[poise::command(slash_command, guild_only)]
async fn done(
    ctx: Context<'_>,
    #[description = "The module; the one you are at, if left out"]
    #[autocomplete = "modules"]
    module: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let reader = Reader::of(&call, None).await?;
    let module = chosen(&reader, module.as_deref())?;
    super::lesson_of(&call.app, module)?;
    let points = super::done(&call, &reader.membership, &module.id).await?;
    Ok(call
        .to
        .reply(&reader.about(cards::done(module, points)), Visibility::Private)
        .await?)
}

/// Take Done back
#[poise::command(slash_command, guild_only)]
async fn undo(
    ctx: Context<'_>,
    #[description = "The module; the one you are at, if left out"]
    #[autocomplete = "modules"]
    module: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let reader = Reader::of(&call, None).await?;
    let module = chosen(&reader, module.as_deref())?;
    let points = super::undo(&call, &reader.membership, &module.id).await?;
    Ok(call
        .to
        .reply(&cards::undone(module, points), Visibility::Private)
        .await?)
}

/// A button or select of a lesson. `open` and `done` on a cohort's post are anyone's; pages are their reader's.
pub async fn press(call: &Call, route: &Route, input: &Input) -> Result<(), Failure> {
    let reader = Reader::pressed(call, route).await?;
    match route.verb.as_str() {
        "page" => {
            let module = reader.module(route.get(0)?)?;
            let (card, at) = cards::page(call, &reader, module, route.parse(1)?)?;
            keep(call, &reader, &module.id, at).await?;
            Ok(call.to.update(&card).await?)
        }
        "open" | "pick" => {
            let wanted = match route.verb.as_str() {
                "pick" => input.chosen().first().map_or("", String::as_str),
                _ => route.get(0)?,
            };
            let module = reader.module(wanted)?;
            let card = bookmarked(call, &reader, module).await?;
            Ok(call.to.reply(&card, Visibility::Private).await?)
        }
        "done" => pressed_done(call, &reader, route).await,
        "list" => Ok(call
            .to
            .reply(&cards::list(call, &reader), Visibility::Private)
            .await?),
        _ => Err(mistake(
            "This button is from an older version of Tributary. `/lesson next` gives you a fresh one.",
        )),
    }
}

/// On a reader's own page, the page shows that it is read; then, on both, what comes next.
async fn pressed_done(call: &Call, reader: &Reader<'_>, route: &Route) -> Result<(), Failure> {
    let module = reader.module(route.get(0)?)?;
    let points = super::done(call, &reader.membership, &module.id).await?;
    if route.owner.is_some() {
        let page = route.parse(1)?;
        let after = Reader::within(&call.app, reader.membership.clone(), call.member_id).await?;
        let (card, _) = cards::page(call, &after, module, page)?;
        call.to.update(&card).await?;
    }
    Ok(call
        .to
        .reply(&reader.about(cards::done(module, points)), Visibility::Private)
        .await?)
}

/// The module at the page where the member stopped.
async fn bookmarked(call: &Call, reader: &Reader<'_>, module: &Module) -> Result<discord::Card, Failure> {
    let cohort = &reader.membership.cohort.id;
    let page = store::bookmark(&call.app.store, cohort, call.member_id, &module.id).await?;
    Ok(cards::page(call, reader, module, page)?.0)
}

async fn keep(call: &Call, reader: &Reader<'_>, module: &ModuleId, page: usize) -> Result<(), Failure> {
    let cohort = &reader.membership.cohort.id;
    let now = call.app.clock.now_ms();
    Ok(store::put_bookmark(&call.app.store, cohort, call.member_id, module, page, now).await?)
}

/// The module named, else the one that `/lesson next` would open, else the last one read.
fn chosen<'a>(reader: &Reader<'a>, named: Option<&str>) -> Result<&'a Module, Failure> {
    match named {
        Some(name) => reader.module(name),
        None => reader
            .next()
            .or_else(|| {
                reader
                    .track
                    .on_path(reader.path)
                    .filter(|module| reader.standing.read.contains(&module.id))
                    .last()
            })
            .ok_or_else(|| mistake("Which module? Add `module:` with its id, such as M1.")),
    }
}

async fn modules(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let choices = match complete(ctx, typed).await {
        Ok(choices) => choices,
        Err(error) => {
            tracing::warn!(%error, "modules could not be suggested");
            Vec::new()
        }
    };
    CreateAutocompleteResponse::new().set_choices(choices)
}

async fn complete(ctx: Context<'_>, typed: &str) -> Result<Vec<AutocompleteChoice>, Failure> {
    let app: &Arc<crate::app::App> = ctx.data();
    let Some(guild) = ctx.interaction.guild_id else {
        return Ok(Vec::new());
    };
    let mine = crate::membership::of_member(&app.store, guild.get(), ctx.interaction.user.id.get()).await?;
    let Some(membership) = mine.first() else {
        return Ok(Vec::new());
    };
    let track = app.track(&membership.cohort.track)?;
    let ready = track
        .matching(typed)
        .into_iter()
        .filter(|module| module.is_ready());
    Ok(ready
        .take(25)
        .map(|module| {
            AutocompleteChoice::new(format!("{} · {}", module.id, module.title), module.id.as_str())
        })
        .collect())
}

async fn paths(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let app: &Arc<crate::app::App> = ctx.data();
    let typed = typed.to_lowercase();
    let choices = app
        .library
        .tracks()
        .iter()
        .flat_map(|track| &track.paths)
        .filter(|path| path.id.contains(&typed) || path.title.to_lowercase().contains(&typed))
        .take(25)
        .map(|path| AutocompleteChoice::new(path.title.clone(), path.id.clone()))
        .collect();
    CreateAutocompleteResponse::new().set_choices(choices)
}
