//! Which AWS region a command is about: the `region` option that commands on the sandbox have in common, and the
//! completion of names in the region that is typed already.

use discord::{Failure, text};
use sandbox::{Region, Tenant};
use serenity::builder::{AutocompleteChoice, CreateAutocompleteResponse};
use serenity::model::application::ResolvedValue;

use crate::call::Context;

/// Where something is. The option's name in Discord is `region`.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
pub enum Place {
    /// Virginia; where everything is unless a member says otherwise.
    #[name = "us-east-1"]
    UsEast1,
    /// Ireland.
    #[name = "eu-west-1"]
    EuWest1,
    /// Frankfurt.
    #[name = "eu-central-1"]
    EuCentral1,
    /// Sydney.
    #[name = "ap-southeast-2"]
    ApSoutheast2,
}

/// The region that an option names, or the default one.
pub fn region(place: Option<Place>) -> Region {
    match place {
        Some(Place::UsEast1) | None => Region::default(),
        Some(Place::EuWest1) => Region::EuWest1,
        Some(Place::EuCentral1) => Region::EuCentral1,
        Some(Place::ApSoutheast2) => Region::ApSoutheast2,
    }
}

/// ` · eu-west-1 (Ireland)` after a title; nothing in the default region.
pub fn shown(region: Region) -> String {
    if region == Region::default() {
        String::new()
    } else {
        format!(" · {region} ({})", city(region))
    }
}

/// ` region:eu-west-1`, to type after a command; nothing in the default region.
pub fn typed(region: Region) -> String {
    if region == Region::default() {
        String::new()
    } else {
        format!(" region:{region}")
    }
}

/// Where a region is.
pub fn city(region: Region) -> &'static str {
    match region {
        Region::UsEast1 => "Virginia",
        Region::EuWest1 => "Ireland",
        Region::EuCentral1 => "Frankfurt",
        Region::ApSoutheast2 => "Sydney",
    }
}

/// A name in a title: names may be longer than a title has room for.
pub fn title(name: &str) -> String {
    text::cut(name, 100)
}

/// The region typed so far, while another option is being completed.
fn typed_region(ctx: Context<'_>) -> Region {
    let typed = ctx.args.iter().find(|option| option.name == "region");
    let place = match typed.map(|option| &option.value) {
        Some(ResolvedValue::Integer(at)) => usize::try_from(*at)
            .ok()
            .and_then(<Place as poise::ChoiceParameter>::from_index),
        _ => None,
    };
    region(place)
}

/// The text of another option typed so far, while one is being completed.
pub fn typed_text<'a>(ctx: Context<'a>, name: &str) -> Option<&'a str> {
    let typed = ctx.args.iter().find(|option| option.name == name)?;
    match typed.value {
        ResolvedValue::String(text) => Some(text),
        _ => None,
    }
}

/// Completes a name among those that `names` finds in the caller's own sandbox.
pub async fn complete(
    ctx: Context<'_>,
    typed: &str,
    names: impl AsyncFnOnce(&Tenant, Region) -> Result<Vec<String>, Failure>,
) -> CreateAutocompleteResponse {
    complete_with(ctx, typed, async |tenant, region| {
        let names = names(tenant, region).await?;
        Ok(names.into_iter().map(|name| (name.clone(), name)).collect())
    })
    .await
}

/// The same where what is shown is more than what is meant: (shown, meant).
pub async fn complete_with(
    ctx: Context<'_>,
    typed: &str,
    choices: impl AsyncFnOnce(&Tenant, Region) -> Result<Vec<(String, String)>, Failure>,
) -> CreateAutocompleteResponse {
    offered(of_caller(ctx, choices).await, typed)
}

/// Those of the choices (shown, meant) that hold what is typed, as many as Discord takes.
pub fn offered(choices: Vec<(String, String)>, typed: &str) -> CreateAutocompleteResponse {
    let fitting = choices
        .into_iter()
        .filter(|(shown, meant)| shown.contains(typed) && meant.chars().count() <= 100);
    let choices = fitting
        .take(25)
        .map(|(shown, meant)| AutocompleteChoice::new(text::cut(&shown, 100), meant));
    CreateAutocompleteResponse::new().set_choices(choices.collect())
}

/// What `find` finds in the caller's own sandbox, for a completion; nothing where that fails.
pub async fn of_caller<T>(
    ctx: Context<'_>,
    find: impl AsyncFnOnce(&Tenant, Region) -> Result<Vec<T>, Failure>,
) -> Vec<T> {
    let found = match tenant(ctx).await {
        Ok(Some(tenant)) => find(&tenant, typed_region(ctx)).await,
        Ok(None) => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    found.unwrap_or_else(|error| {
        tracing::warn!(%error, "nothing could be suggested");
        Vec::new()
    })
}

/// The caller's sandbox, while an option is being completed.
async fn tenant(ctx: Context<'_>) -> Result<Option<Tenant>, Failure> {
    let Some(guild) = ctx.interaction.guild_id else {
        return Ok(None);
    };
    let (app, member) = (ctx.data(), ctx.interaction.user.id.get());
    Ok(Some(
        crate::tenant::of_member(&app.store, &app.seal, guild.get(), member).await?,
    ))
}
