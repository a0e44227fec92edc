//! `/stream sql`.
#![allow(
    missing_docs,
    reason = "poise makes a command's doc comment its description in Discord"
)]

use ::sandbox::lab::{Answer, View};
use discord::{Card, Failure, Picture, Visibility, mistake, text};
use serenity::builder::{AutocompleteChoice, CreateAutocompleteResponse};

use super::{cards, windows};
use crate::call::{Call, Context};
use crate::tenant;

/// Ask your sandbox in SQL: streams, records, queues and the rest are tables
#[poise::command(slash_command, guild_only)]
pub async fn sql(
    ctx: Context<'_>,
    #[description = "A SELECT, such as SELECT * FROM records; without it, the tables there are"]
    query: Option<String>,
    #[description = "Keep the query as a view of this name"] save: Option<String>,
    #[description = "A view you kept, brought up to date"]
    #[autocomplete = "names"]
    view: Option<String>,
    #[description = "A view to drop"]
    #[rename = "drop"]
    #[autocomplete = "names"]
    gone: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.expect_public();
    let card = match (query, view, gone) {
        (Some(sql), None, None) => asked(&call, &sql, save.as_deref()).await?,
        (None, Some(name), None) if save.is_none() => shown(&call, &name).await?,
        (None, None, Some(name)) if save.is_none() => dropped(&call, &name).await?,
        (None, None, None) if save.is_none() => {
            let tenant = tenant::of(&call).await?;
            let card = cards::contents(&super::views(&call.app, &tenant).await?);
            return Ok(call.to.reply(&card, Visibility::Private).await?);
        }
        _ => {
            return Err(mistake(
                "One thing at a time: `query:` (with `save:name` if you want to keep it), or `view:`, or `drop:`.",
            ));
        }
    };
    Ok(call.to.reply(&card, Visibility::Public).await?)
}

async fn asked(call: &Call, sql: &str, save: Option<&str>) -> Result<Card, Failure> {
    let name = save.map(super::view_name).transpose()?;
    let tenant = tenant::of(call).await?;
    let answer = super::ask(&call.app, &tenant, sql).await?;
    if let Some(name) = &name {
        super::keep(call, &tenant, name, sql, &answer).await?;
    }
    let picture = picture(sql, &answer).await?;
    Ok(cards::answer(sql, &answer, name.as_deref(), picture))
}

async fn shown(call: &Call, name: &str) -> Result<Card, Failure> {
    let tenant = tenant::of(call).await?;
    let all = super::refreshed(&call.app, &tenant).await?;
    let view = all.iter().find(|view| view.name == name.trim());
    let view = view.ok_or_else(|| unknown(name, &all))?;
    let picture = picture(&view.sql, &view.answer).await?;
    Ok(cards::answer(&view.sql, &view.answer, Some(&view.name), picture))
}

async fn dropped(call: &Call, name: &str) -> Result<Card, Failure> {
    let tenant = tenant::of(call).await?;
    if super::forget(&call.app, &tenant, name.trim()).await? {
        return Ok(cards::dropped(name.trim()));
    }
    Err(unknown(name, &super::views(&call.app, &tenant).await?))
}

fn unknown(name: &str, views: &[View]) -> Failure {
    let names: Vec<String> = views.iter().map(|view| format!("`{}`", view.name)).collect();
    let there = if names.is_empty() {
        "You keep none yet: `/stream sql query:… save:name` keeps one.".to_owned()
    } else {
        format!("You keep {}.", text::listed(&names))
    };
    mistake(format!(
        "You keep no view {}. {there}",
        text::code(&text::cut(name, 40))
    ))
}

/// The windows as bars, where the answer is an aggregation over windows.
async fn picture(sql: &str, answer: &Answer) -> Result<Option<Picture>, Failure> {
    let Some(chart) = windows::chart(sql, answer) else {
        return Ok(None);
    };
    let picture = tokio::task::spawn_blocking(move || pictures::window_chart(&chart)).await??;
    Ok(Some(Picture {
        name: "windows.png".to_owned(),
        png: picture.png,
        alt: picture.alt,
    }))
}

/// The caller's views, for completion.
async fn names(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let names = match own_names(ctx).await {
        Ok(names) => names,
        Err(error) => {
            tracing::warn!(%error, "views could not be suggested");
            Vec::new()
        }
    };
    let fitting = names.into_iter().filter(|name| name.contains(typed)).take(25);
    CreateAutocompleteResponse::new().set_choices(
        fitting
            .map(|name| AutocompleteChoice::new(name.clone(), name))
            .collect(),
    )
}

async fn own_names(ctx: Context<'_>) -> Result<Vec<String>, Failure> {
    let app = ctx.data();
    let Some(guild) = ctx.interaction.guild_id else {
        return Ok(Vec::new());
    };
    let tenant = tenant::of_member(&app.store, &app.seal, guild.get(), ctx.interaction.user.id.get()).await?;
    let views = super::views(app, &tenant).await?;
    Ok(views.into_iter().map(|view| view.name).collect())
}
