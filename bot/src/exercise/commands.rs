//! `/exercise …` and the buttons of exercises.
#![allow(
    missing_docs,
    reason = "poise makes a command's doc comment its description in Discord"
)]

use ::sandbox::exercises::{Exercise, Fate, Kind, Thing};
use discord::{Card, Failure, Route, Visibility, mistake};
use serenity::builder::{AutocompleteChoice, CreateAutocompleteResponse};

use super::{Checked, cards, chosen, handout, named, run_of, store};
use crate::call::{Call, Context, Input};
use crate::clock::real_ms;
use crate::{lab, tenant};

/// Hands-on exercises in your own sandbox
#[poise::command(
    slash_command,
    guild_only,
    subcommands("list", "start", "check", "hint", "program", "reset"),
    subcommand_required
)]
pub async fn exercise(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// All exercises, and how far you are
#[poise::command(slash_command, guild_only)]
async fn list(ctx: Context<'_>) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let runs = store::runs(&call.app.store, call.guild_id, call.member_id).await?;
    let card = cards::list(call.app.exercises.all(), &runs, call.member_id);
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// Open an exercise: its story and its steps
#[poise::command(slash_command, guild_only)]
async fn start(
    ctx: Context<'_>,
    #[description = "The module, such as M1"]
    #[autocomplete = "modules"]
    module: String,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let card = open(&call, named(&call.app, &module)?).await?;
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// See which steps are done: your sandbox is asked, not you
#[poise::command(slash_command, guild_only)]
async fn check(
    ctx: Context<'_>,
    #[description = "The module; the exercise you are at, if left out"]
    #[autocomplete = "modules"]
    module: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    call.to.defer(Visibility::Private).await?;
    let exercise = chosen(&call, module.as_deref()).await?;
    let checked = super::check(&call, exercise).await?;
    let card = cards::checked(exercise, &checked, call.member_id);
    call.to.reply(&card, Visibility::Private).await?;
    celebrate(&call, exercise, &checked).await
}

/// A hint for the step you are at; ask again for a clearer one
#[poise::command(slash_command, guild_only)]
async fn hint(
    ctx: Context<'_>,
    #[description = "The module; the exercise you are at, if left out"]
    #[autocomplete = "modules"]
    module: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let card = one_more_hint(&call, chosen(&call, module.as_deref()).await?).await?;
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// The exercise as a Python program, and for the AWS CLI
#[poise::command(slash_command, guild_only)]
async fn program(
    ctx: Context<'_>,
    #[description = "The module; the exercise you are at, if left out"]
    #[autocomplete = "modules"]
    module: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    hand_out(&call, chosen(&call, module.as_deref()).await?).await
}

/// Start an exercise over; asks before it removes anything
#[poise::command(slash_command, guild_only)]
async fn reset(
    ctx: Context<'_>,
    #[description = "The module; the exercise you are at, if left out"]
    #[autocomplete = "modules"]
    module: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let card = ask_reset(&call, chosen(&call, module.as_deref()).await?);
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// A button or select of an exercise. `show` is a lesson's and anyone's; the others are their member's.
pub async fn press(call: &Call, route: &Route, input: &Input) -> Result<(), Failure> {
    let module = match route.verb.as_str() {
        "pick" => input.chosen().first().map_or("", String::as_str),
        _ => route.get(0)?,
    };
    let exercise = named(&call.app, module)?;
    match route.verb.as_str() {
        "show" | "pick" => {
            let card = open(call, exercise).await?;
            Ok(call.to.reply(&card, Visibility::Private).await?)
        }
        "open" => Ok(call.to.update(&open(call, exercise).await?).await?),
        "check" => {
            call.to.defer(Visibility::Private).await?;
            let checked = super::check(call, exercise).await?;
            let card = cards::checked(exercise, &checked, call.member_id);
            call.to.update(&card).await?;
            celebrate(call, exercise, &checked).await
        }
        "hint" => {
            let card = one_more_hint(call, exercise).await?;
            Ok(call.to.reply(&card, Visibility::Private).await?)
        }
        "program" => hand_out(call, exercise).await,
        "reset" => Ok(call
            .to
            .reply(&ask_reset(call, exercise), Visibility::Private)
            .await?),
        "remove" => {
            call.to.defer(Visibility::Private).await?;
            Ok(call.to.update(&start_over(call, exercise).await?).await?)
        }
        "tidy" => {
            let card = cards::ask_tidy(exercise, &exercise.makes(), call.member_id);
            Ok(call.to.reply(&card, Visibility::Private).await?)
        }
        "clear" => {
            call.to.defer(Visibility::Private).await?;
            let fates = remove_all(call, exercise).await?;
            Ok(call.to.update(&cards::was_tidied(exercise, &fates)).await?)
        }
        _ => Err(mistake(
            "This button is from an older version of Tributary. `/exercise list` gives you a fresh one.",
        )),
    }
}

async fn open(call: &Call, exercise: &Exercise) -> Result<Card, Failure> {
    let run = super::start(call, exercise).await?;
    Ok(cards::exercise(exercise, &run, call.member_id))
}

/// Tells the channel of an exercise that was passed for the first time; nobody, in a thread that only a few see.
async fn celebrate(call: &Call, exercise: &Exercise, checked: &Checked) -> Result<(), Failure> {
    if !checked.first || call.in_private_thread {
        return Ok(());
    }
    let card = cards::passed(exercise, &call.name, checked.points);
    Ok(call.to.reply(&card, Visibility::Public).await?)
}

async fn one_more_hint(call: &Call, exercise: &Exercise) -> Result<Card, Failure> {
    let run = run_of(call, exercise).await?;
    let Some(step) = cards::current(exercise, &run) else {
        return Err(mistake(format!(
            "Every step of {} is done: there is nothing left to hint at.",
            exercise.module
        )));
    };
    if run.hints(&step.id) < step.hints.len()
        && let Some(mut tx) = call.app.store.begin_once(call.id, real_ms()).await?
    {
        let (guild, member, module) = (call.guild_id, call.member_id, &exercise.module);
        store::start(&mut tx, guild, member, module, real_ms()).await?;
        store::hint(&mut tx, guild, member, module, &step.id).await?;
        tx.commit().await?;
    }
    let shown = run_of(call, exercise).await?.hints(&step.id);
    Ok(cards::hint(exercise, step, shown, call.member_id))
}

async fn hand_out(call: &Call, exercise: &Exercise) -> Result<(), Failure> {
    for card in cards::handout(exercise, handout::of(exercise)?) {
        call.to.reply(&card, Visibility::Private).await?;
    }
    Ok(())
}

fn ask_reset(call: &Call, exercise: &Exercise) -> Card {
    cards::ask_reset(exercise, &exercise.makes(), call.member_id)
}

/// Removes what the exercise made, then the ticks.
async fn start_over(call: &Call, exercise: &Exercise) -> Result<Card, Failure> {
    let fates = remove_all(call, exercise).await?;
    if let Some(mut tx) = call.app.store.begin_once(call.id, real_ms()).await? {
        store::start_over(&mut tx, call.guild_id, call.member_id, &exercise.module).await?;
        tx.commit().await?;
    }
    Ok(cards::was_reset(exercise, &fates, call.member_id))
}

/// Removes what the exercise made, and says what became of each. Removing again what is gone does nothing, so a repeat is
/// harmless.
async fn remove_all(call: &Call, exercise: &Exercise) -> Result<Vec<(Thing, Fate)>, Failure> {
    let tenant = tenant::of(call).await?;
    let mut fates = Vec::new();
    for thing in exercise.makes() {
        let fate = if thing.kind != Kind::View {
            thing.remove(&call.app.sandbox, &tenant).await?
        } else if lab::forget(&call.app, &tenant, &thing.name).await? {
            Fate::Removed
        } else {
            Fate::NotThere
        };
        fates.push((thing, fate));
    }
    Ok(fates)
}

async fn modules(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let typed = typed.to_lowercase();
    let choices = ctx.data().exercises.all().iter().map(|exercise| {
        let name = format!("{} · {}", exercise.module, exercise.title);
        (name, exercise.module.clone())
    });
    let fitting = choices
        .filter(|(name, _)| name.to_lowercase().contains(&typed))
        .take(25);
    CreateAutocompleteResponse::new().set_choices(
        fitting
            .map(|(name, module)| AutocompleteChoice::new(discord::text::cut(&name, 100), module))
            .collect(),
    )
}
