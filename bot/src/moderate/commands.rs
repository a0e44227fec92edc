//! `/moderate …`: reads what was asked, checks who asks, lets the features act, answers privately.
#![allow(
    missing_docs,
    clippy::unused_async,
    reason = "poise makes a command's doc comment its description in Discord, and takes async functions alone"
)]

use std::time::Duration;

use discord::{Card, Failure, Visibility, mistake, text};
use serenity::model::channel::PartialChannel;
use serenity::model::guild::Role;
use serenity::model::user::User;

use super::create::Typed;
use super::{Wanted, cards, complete};
use crate::app::App;
use crate::call::{Call, Context};
use crate::clock::real_ms;
use crate::cohort;
use crate::lesson;
use crate::membership::{self, Cohort, CohortState};
use crate::quiz;
use crate::schedule::{self, Outcome};

/// How long `/moderate post` waits to tell how it went.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often it looks.
const GLANCE: Duration = Duration::from_millis(200);

/// Run your cohorts
#[poise::command(
    slash_command,
    guild_only,
    default_member_permissions = "MANAGE_GUILD",
    subcommands("create", "schedule", "pause", "resume", "post", "skip", "review", "unlock"),
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
    #[autocomplete = "complete::tracks"]
    track: String,
    #[description = "Where it posts"]
    #[channel_types("Text")]
    channel: PartialChannel,
    #[description = "Whose clock counts, such as Europe/Berlin"]
    #[autocomplete = "complete::zones"]
    timezone: String,
    #[description = "weekdays, daily, or names like mon,wed,fri"]
    #[autocomplete = "complete::days"]
    #[rename = "days"]
    on: Option<String>,
    #[description = "Hours and minutes, such as 09:00"] time: Option<String>,
    #[description = "The path its posts follow; the whole track, if left out"]
    #[autocomplete = "complete::paths"]
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
    #[autocomplete = "complete::cohorts"]
    cohort: Option<String>,
    #[description = "weekdays, daily, or names like mon,wed,fri"]
    #[autocomplete = "complete::days"]
    #[rename = "days"]
    on: Option<String>,
    #[description = "Hours and minutes, such as 09:00"] time: Option<String>,
    #[description = "Whose clock counts, such as Europe/Berlin"]
    #[autocomplete = "complete::zones"]
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
        app.plans_changed.notify_waiters();
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
    #[autocomplete = "complete::cohorts"]
    cohort: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let cohort = membership::moderated(&call, cohort.as_deref()).await?;
    refuse_finished(&cohort)?;
    let app = &call.app;
    if let Some(mut tx) = app.store.begin_once(call.id, real_ms()).await? {
        schedule::pause(&mut tx, &app.installation, &cohort.id, app.clock.now()).await?;
        tx.commit().await?;
        app.plans_changed.notify_waiters();
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
    #[autocomplete = "complete::cohorts"]
    cohort: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let cohort = membership::moderated(&call, cohort.as_deref()).await?;
    refuse_finished(&cohort)?;
    let app = &call.app;
    if let Some(mut tx) = app.store.begin_once(call.id, real_ms()).await? {
        schedule::resume(&mut tx, &app.installation, &cohort.id, app.clock.now()).await?;
        tx.commit().await?;
        app.plans_changed.notify_waiters();
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
    #[autocomplete = "complete::cohorts"]
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
            app.plans_changed.notify_waiters();
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
    #[autocomplete = "complete::cohorts"]
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
    app.plans_changed.notify_waiters();
    let title = match skipped {
        Some(occurrence) => format!("Skipped: {}", cards::local(&occurrence)),
        None => "There is nothing to skip".to_owned(),
    };
    let said = "No lesson is lost: it comes with the next post.";
    answer_with_plan(&call, &cohort, title, said).await
}

/// Read the explanations that wait for you, one at a time
#[poise::command(slash_command, guild_only)]
async fn review(
    ctx: Context<'_>,
    #[description = "Which cohort, where you moderate several"]
    #[autocomplete = "complete::cohorts"]
    cohort: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let cohort = membership::moderated(&call, cohort.as_deref()).await?;
    let card = quiz::review_card(&call, &cohort, 0).await?;
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// Open a module's quiz for a member, whatever comes before it
#[poise::command(slash_command, guild_only)]
async fn unlock(
    ctx: Context<'_>,
    #[description = "For whom"] member: User,
    #[description = "The module, such as M3"]
    #[autocomplete = "complete::modules"]
    module: String,
    #[description = "Which cohort, where you moderate several"]
    #[autocomplete = "complete::cohorts"]
    cohort: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let cohort = membership::moderated(&call, cohort.as_deref()).await?;
    let module = lesson::find_module(call.app.track(&cohort.track)?, &module)?;
    lesson::lesson_of(&call.app, module)?;
    let card = quiz::unlock(&call, &cohort, member.id.get(), module).await?;
    Ok(call.to.reply(&card, Visibility::Private).await?)
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
