//! `/moderate …`: reads what was asked, checks who asks, lets the features act, answers privately.
#![allow(
    missing_docs,
    clippy::unused_async,
    reason = "poise makes a command's doc comment its description in Discord, and takes async functions alone"
)]

use std::time::Duration;

use discord::{Card, Failure, Visibility, mistake, text};
use serenity::builder::{AutocompleteChoice, CreateAutocompleteResponse};
use serenity::model::Permissions;
use serenity::model::application::ResolvedValue;
use serenity::model::channel::PartialChannel;
use serenity::model::guild::Role;

use super::create::Typed;
use super::{Wanted, cards};
use crate::app::App;
use crate::call::{Call, Context};
use crate::clock::real_ms;
use crate::cohort;
use crate::membership::{self, Cohort, CohortState};
use crate::schedule::{self, Outcome, suggest_zones};

/// How long `/moderate post` waits to tell how it went.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often it looks.
const GLANCE: Duration = Duration::from_millis(200);

/// Run your cohorts
#[poise::command(
    slash_command,
    guild_only,
    default_member_permissions = "MANAGE_GUILD",
    subcommands("create", "schedule", "pause", "resume", "post", "skip"),
    subcommand_required
)]
pub async fn moderate(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Make a cohort that posts lessons in a channel
#[expect(clippy::too_many_arguments, reason = "each is an option of the command")]
#[poise::command(slash_command, guild_only)]
async fn create(
    ctx: Context<'_>,
    #[description = "What people will call it, such as spring"]
    #[max_length = 100]
    name: String,
    #[description = "What it learns"]
    #[autocomplete = "tracks"]
    track: String,
    #[description = "Where it posts"]
    #[channel_types("Text")]
    channel: PartialChannel,
    #[description = "Whose clock counts, such as Europe/Berlin"]
    #[autocomplete = "zones"]
    timezone: String,
    #[description = "weekdays, daily, or names like mon,wed,fri"]
    #[autocomplete = "days"]
    #[rename = "days"]
    on: Option<String>,
    #[description = "Hours and minutes, such as 09:00"] time: Option<String>,
    #[description = "The path its posts follow; the whole track, if left out"]
    #[autocomplete = "paths"]
    path: Option<String>,
    #[description = "Five cron fields instead of days and time, such as 0 9 * * 1-5"] cron: Option<String>,
    #[description = "How many modules a post holds; 1, if left out"]
    #[min = 1]
    #[max = 3]
    modules_per_post: Option<usize>,
    #[description = "Who may moderate it, beside those who manage the server"] moderators: Option<Role>,
    #[description = "Whom each post pings; nobody, if left out"] ping: Option<Role>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let typed = Typed {
        name: &name,
        track: &track,
        path: path.as_deref(),
        channel: &channel,
        timezone: &timezone,
        when: Wanted {
            days: on.as_deref(),
            time: time.as_deref(),
            timezone: Some(&timezone),
            cron: cron.as_deref(),
        },
        modules_per_post,
        moderators: moderators.as_ref(),
        ping: ping.as_ref(),
    };
    let card = super::create::create(&call, &typed).await?;
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// See the next five posts, or change when they come
#[poise::command(slash_command, guild_only)]
async fn schedule(
    ctx: Context<'_>,
    #[description = "Which cohort, where you moderate several"]
    #[autocomplete = "cohorts"]
    cohort: Option<String>,
    #[description = "weekdays, daily, or names like mon,wed,fri"]
    #[autocomplete = "days"]
    #[rename = "days"]
    on: Option<String>,
    #[description = "Hours and minutes, such as 09:00"] time: Option<String>,
    #[description = "Whose clock counts, such as Europe/Berlin"]
    #[autocomplete = "zones"]
    timezone: Option<String>,
    #[description = "Five cron fields instead of days and time, such as 0 9 * * 1-5"] cron: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let cohort = membership::moderated(&call, cohort.as_deref()).await?;
    let wanted = Wanted {
        days: on.as_deref(),
        time: time.as_deref(),
        timezone: timezone.as_deref(),
        cron: cron.as_deref(),
    };
    let name = text::escape(&cohort.name);
    if wanted.is_nothing() {
        return answer_with_plan(&call, &cohort, format!("The schedule of {name}"), "").await;
    }
    refuse_finished(&cohort)?;
    let new = wanted.changed_schedule(&cohort.cron, cohort.timezone.name())?;
    let app = &call.app;
    if let Some(mut tx) = app.store.begin_once(call.id, real_ms()).await? {
        schedule::reschedule(&mut tx, &app.installation, &cohort.id, &new, app.clock.now()).await?;
        tx.commit().await?;
        app.plans_changed.notify_one();
    }
    answer_with_plan(
        &call,
        &cohort,
        format!("{name} has a new schedule"),
        "It counts from now on.",
    )
    .await
}

/// Post no lessons until you resume
#[poise::command(slash_command, guild_only)]
async fn pause(
    ctx: Context<'_>,
    #[description = "Which cohort, where you moderate several"]
    #[autocomplete = "cohorts"]
    cohort: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let cohort = membership::moderated(&call, cohort.as_deref()).await?;
    refuse_finished(&cohort)?;
    let app = &call.app;
    if let Some(mut tx) = app.store.begin_once(call.id, real_ms()).await? {
        schedule::pause(&mut tx, &app.installation, &cohort.id, app.clock.now()).await?;
        tx.commit().await?;
        app.plans_changed.notify_one();
    }
    let name = text::escape(&cohort.name);
    let title = if cohort.state == CohortState::Paused {
        format!("{name} is paused already")
    } else {
        format!("{name} is paused")
    };
    let said = "Nothing is skipped: with `/moderate resume` the lessons go on where they stopped.";
    answer_with_plan(&call, &cohort, title, said).await
}

/// Let a paused cohort's lessons go on
#[poise::command(slash_command, guild_only)]
async fn resume(
    ctx: Context<'_>,
    #[description = "Which cohort, where you moderate several"]
    #[autocomplete = "cohorts"]
    cohort: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let cohort = membership::moderated(&call, cohort.as_deref()).await?;
    refuse_finished(&cohort)?;
    let app = &call.app;
    if let Some(mut tx) = app.store.begin_once(call.id, real_ms()).await? {
        schedule::resume(&mut tx, &app.installation, &cohort.id, app.clock.now()).await?;
        tx.commit().await?;
        app.plans_changed.notify_one();
    }
    let name = text::escape(&cohort.name);
    let (title, said) = if cohort.state == CohortState::Active {
        (format!("{name} was not paused"), "")
    } else {
        (format!("{name} goes on"), "With the module where it stopped.")
    };
    answer_with_plan(&call, &cohort, title, said).await
}

/// Post the next lesson now, beside the schedule
#[poise::command(slash_command, guild_only)]
async fn post(
    ctx: Context<'_>,
    #[description = "Which cohort, where you moderate several"]
    #[autocomplete = "cohorts"]
    cohort: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let cohort = membership::moderated(&call, cohort.as_deref()).await?;
    refuse_finished(&cohort)?;
    call.to.defer(Visibility::Private).await?;
    let app = &call.app;
    let outcome = match app.store.begin_once(call.id, real_ms()).await? {
        None => Outcome::Underway,
        Some(mut tx) => {
            let post = schedule::post_now(&mut tx, &app.installation, &cohort.id, app.clock.now()).await?;
            tx.commit().await?;
            app.plans_changed.notify_one();
            outcome_of(app, &post).await?
        }
    };
    let next = cohort::next(&app.store, &cohort, app.clock.now()).await?;
    let card = cards::posted(&cohort, &outcome, next);
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// Skip the next post; its lesson comes with the one after it
#[poise::command(slash_command, guild_only)]
async fn skip(
    ctx: Context<'_>,
    #[description = "Which cohort, where you moderate several"]
    #[autocomplete = "cohorts"]
    cohort: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let cohort = membership::moderated(&call, cohort.as_deref()).await?;
    refuse_finished(&cohort)?;
    let app = &call.app;
    let Some(mut tx) = app.store.begin_once(call.id, real_ms()).await? else {
        let title = format!("The schedule of {}", text::escape(&cohort.name));
        return answer_with_plan(&call, &cohort, title, "").await;
    };
    let skipped = schedule::skip_next(&mut tx, &app.installation, &cohort.id, app.clock.now()).await?;
    tx.commit().await?;
    app.plans_changed.notify_one();
    let title = match skipped {
        Some(occurrence) => format!("Skipped: {}", cards::local(&occurrence)),
        None => "There is nothing to skip".to_owned(),
    };
    let said = "No lesson is lost: it comes with the next post.";
    answer_with_plan(&call, &cohort, title, said).await
}

/// A cohort whose path is over has nothing left to plan.
fn refuse_finished(cohort: &Cohort) -> Result<(), Failure> {
    if cohort.state == CohortState::Finished {
        return Err(mistake(format!(
            "{} has posted its whole path; nothing is left to plan. A new group gets a cohort of its own with `/moderate \
             create`.",
            text::escape(&cohort.name)
        )));
    }
    Ok(())
}

/// The schedule as it is now, under a title that says what happened.
async fn answer_with_plan(call: &Call, cohort: &Cohort, title: String, said: &str) -> Result<(), Failure> {
    let card = plan(&call.app, cohort, title, said).await?;
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

async fn plan(app: &App, cohort: &Cohort, title: String, said: &str) -> Result<Card, Failure> {
    let now = membership::by_id(&app.store, &cohort.id).await?;
    let cohort = now.as_ref().unwrap_or(cohort);
    let upcoming = schedule::preview(&app.store, &cohort.id, cards::SHOWN, app.clock.now()).await?;
    Ok(cards::plan(title, said, cohort, &upcoming))
}

/// How a post goes, watched for a while.
async fn outcome_of(app: &App, post: &str) -> Result<Outcome, Failure> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let outcome = schedule::outcome(&app.store, post)
            .await?
            .unwrap_or(Outcome::Underway);
        if outcome != Outcome::Underway || tokio::time::Instant::now() >= deadline {
            return Ok(outcome);
        }
        tokio::time::sleep(GLANCE).await;
    }
}

fn choices(names: impl IntoIterator<Item = (String, String)>) -> CreateAutocompleteResponse {
    let choices = names
        .into_iter()
        .take(25)
        .map(|(shown, value)| AutocompleteChoice::new(text::cut(&shown, 100), value))
        .collect();
    CreateAutocompleteResponse::new().set_choices(choices)
}

async fn zones(_: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    choices(
        suggest_zones(typed)
            .into_iter()
            .map(|zone| (zone.to_owned(), zone.to_owned())),
    )
}

async fn days(_: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    choices(
        super::suggest_days(typed)
            .into_iter()
            .map(|days| (days.clone(), days)),
    )
}

async fn tracks(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let typed = typed.trim().to_lowercase();
    let matching = ctx.data().library.tracks().iter().filter(|track| {
        track.id.to_lowercase().contains(&typed) || track.title.to_lowercase().contains(&typed)
    });
    choices(matching.map(|track| (track.title.clone(), track.id.clone())))
}

/// The paths of the track that is typed already, or of all.
async fn paths(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
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

async fn cohorts(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
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
