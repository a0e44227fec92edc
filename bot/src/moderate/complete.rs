//! What Discord offers while a moderator types. Nothing here decides: what is typed is checked when the command runs.
#![allow(clippy::unused_async, reason = "poise takes async functions alone")]

use discord::text;
use serenity::builder::{AutocompleteChoice, CreateAutocompleteResponse};
use serenity::model::Permissions;
use serenity::model::application::ResolvedValue;

use crate::call::Context;
use crate::cohort;
use crate::membership::{self, Cohort};
use crate::schedule::suggest_zones;

fn choices(names: impl IntoIterator<Item = (String, String)>) -> CreateAutocompleteResponse {
    let choices = names
        .into_iter()
        .take(25)
        .map(|(shown, value)| AutocompleteChoice::new(text::cut(&shown, 100), value))
        .collect();
    CreateAutocompleteResponse::new().set_choices(choices)
}

/// Time zones by their IANA names.
pub async fn zones(_: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    choices(
        suggest_zones(typed)
            .into_iter()
            .map(|zone| (zone.to_owned(), zone.to_owned())),
    )
}

/// Ways of saying days.
pub async fn days(_: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    choices(
        super::suggest_days(typed)
            .into_iter()
            .map(|days| (days.clone(), days)),
    )
}

/// The tracks there are.
pub async fn tracks(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let typed = typed.trim().to_lowercase();
    let matching = ctx.data().library.tracks().iter().filter(|track| {
        track.id.to_lowercase().contains(&typed) || track.title.to_lowercase().contains(&typed)
    });
    choices(matching.map(|track| (track.title.clone(), track.id.clone())))
}

/// The paths of the track that is typed already, or of all.
pub async fn paths(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let chosen = ctx.args.iter().find_map(|option| match option.value {
        ResolvedValue::String(value) if option.name == "track" => Some(value),
        _ => None,
    });
    let library = &ctx.data().library;
    let track = chosen.and_then(|chosen| super::find_track(library, chosen).ok());
    let typed = typed.trim().to_lowercase();
    let matching = library
        .tracks()
        .iter()
        .filter(|one| track.is_none_or(|track| track.id == one.id))
        .flat_map(|track| &track.paths)
        .filter(|path| path.id.contains(&typed) || path.title.to_lowercase().contains(&typed));
    choices(matching.map(|path| (path.title.clone(), path.id.clone())))
}

/// The modules of the cohorts that the caller moderates, those that can be opened.
pub async fn modules(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let library = &ctx.data().library;
    let mut tracks: Vec<String> = moderated(ctx)
        .await
        .into_iter()
        .map(|cohort| cohort.track)
        .collect();
    tracks.dedup();
    let tracks = tracks.iter().filter_map(|id| library.track(id));
    let ready = tracks
        .flat_map(|track| track.matching(typed))
        .filter(|module| module.is_ready());
    choices(ready.map(|module| (format!("{} · {}", module.id, module.title), module.id.to_string())))
}

/// The cohorts that the caller may moderate.
pub async fn cohorts(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let names = cohort::matching(&moderated(ctx).await, typed);
    choices(names.into_iter().map(|name| (name.clone(), name)))
}

/// The cohorts that the caller may moderate: what is completed shows nothing of the others.
async fn moderated(ctx: Context<'_>) -> Vec<Cohort> {
    let (Some(guild), Some(member)) = (ctx.interaction.guild_id, ctx.interaction.member.as_deref()) else {
        return Vec::new();
    };
    let manages = member
        .permissions
        .is_some_and(|may| may.intersects(Permissions::MANAGE_GUILD | Permissions::ADMINISTRATOR));
    match membership::in_guild(&ctx.data().store, guild.get()).await {
        Ok(mut cohorts) => {
            cohorts.retain(|cohort| {
                let role = cohort.moderator_role_id;
                manages || role.is_some_and(|role| member.roles.iter().any(|have| have.get() == role))
            });
            cohorts
        }
        Err(error) => {
            tracing::warn!(%error, "cohorts could not be suggested");
            Vec::new()
        }
    }
}
