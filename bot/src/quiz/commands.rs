//! `/quiz` and the buttons, selects and modals of quizzes: reads what was asked, lets the feature decide, answers.
#![allow(
    missing_docs,
    reason = "poise makes a command's doc comment its description in Discord"
)]

use discord::{Failure, Form, Input as Field, InputStyle, Route, Visibility, mistake};
use lessons::Module;
use quizzes::grade::TraceAnswer;
use quizzes::{Kind, QuestionId};
use serenity::builder::{AutocompleteChoice, CreateAutocompleteResponse};

use super::judge::Given;
use super::review::NOTE_MAX;
use super::{Attempt, State, cards, play, review, store as rows};
use crate::call::{Call, Context, Input};
use crate::clock::real_ms;
use crate::lesson::Reader;
use crate::membership;

/// What to do with a quiz.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
pub enum Action {
    #[name = "start"]
    Start,
    #[name = "resume"]
    Resume,
    #[name = "results"]
    Results,
    #[name = "dispute"]
    Dispute,
}

/// Take a module's quiz, or go on with the one you began
#[poise::command(slash_command, guild_only)]
pub async fn quiz(
    ctx: Context<'_>,
    #[description = "The module, such as M1; the one you are at, if left out"]
    #[autocomplete = "modules"]
    module: Option<String>,
    #[description = "Start or resume (if left out), see your results, or dispute an answer"] action: Option<
        Action,
    >,
    #[description = "Which cohort, where you are in several"] cohort: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let reader = Reader::of(&call, cohort.as_deref()).await?;
    let named = module
        .as_deref()
        .map(|module| reader.module(module))
        .transpose()?;
    match action {
        Some(Action::Resume) => play::resume(&call, &reader).await,
        Some(Action::Results) => {
            let module = tried(&call, &reader, named).await?;
            results(&call, &reader, module).await
        }
        Some(Action::Dispute) => {
            let module = tried(&call, &reader, named).await?;
            let cohort = &reader.membership.cohort.id;
            let past = rows::past(&call.app.store, cohort, call.member_id, &module.id).await?;
            let last = past.iter().rfind(|past| past.state.is_finished());
            dispute(&call, last.map(|past| past.id.as_str())).await
        }
        Some(Action::Start) | None => {
            let again = matches!(action, Some(Action::Start));
            let module = match named {
                Some(module) => module,
                None => at_hand(&call, &reader).await?,
            };
            play::start(&call, &reader, module, again).await
        }
    }
}

/// The module of the open attempt, else the one that `/lesson next` would open.
async fn at_hand<'a>(call: &Call, reader: &Reader<'a>) -> Result<&'a Module, Failure> {
    let cohort = &reader.membership.cohort;
    if let (Some(open), _) = play::still_open(&call.app, cohort, call.member_id).await? {
        return reader.module(open.module.as_str());
    }
    reader.next().ok_or_else(|| {
        mistake(
            "You have passed every quiz that is written. To take one again, name it: `/quiz module:M1 action:start`.",
        )
    })
}

/// The module named, else the one whose quiz was taken last.
async fn tried<'a>(
    call: &Call,
    reader: &Reader<'a>,
    named: Option<&'a Module>,
) -> Result<&'a Module, Failure> {
    if let Some(module) = named {
        return Ok(module);
    }
    let cohort = &reader.membership.cohort.id;
    let tried = rows::tried(&call.app.store, cohort, call.member_id).await?;
    match tried.first() {
        Some(module) => reader.module(module.as_str()),
        None => Err(mistake("You have not taken a quiz yet. `/quiz` starts one.")),
    }
}

/// A button, select or modal of a quiz. Questions are their member's; `start` is anyone's; the moderators' part is
/// checked against the cohort.
pub async fn press(call: &Call, route: &Route, input: &Input) -> Result<(), Failure> {
    match route.verb.as_str() {
        "start" | "again" => {
            let reader = Reader::pressed(call, route).await?;
            let module = reader.module(route.get(0)?)?;
            play::start(call, &reader, module, route.verb == "again").await
        }
        "resume" => play::resume(call, &Reader::pressed(call, route).await?).await,
        "pick" | "answer" | "say" | "hint" => on_question(call, route, input).await,
        "results" => {
            let (reader, attempt) = own(call, route.get(0)?).await?;
            let module = reader.module(attempt.module.as_str())?;
            results(call, &reader, module).await
        }
        "dispute" => dispute(call, Some(route.get(0)?)).await,
        "contest" => contest(call, route.get(0)?, input).await,
        "accept" | "refuse" | "refused" | "waiting" => moderate(call, route, input).await,
        _ => Err(stale()),
    }
}

fn stale() -> Failure {
    mistake("This button is from an older version of Tributary. `/quiz` gives you a fresh one.")
}

/// An attempt of the caller's own, with the reader it belongs to.
async fn own<'a>(call: &'a Call, attempt_id: &str) -> Result<(Reader<'a>, Attempt), Failure> {
    let attempt = rows::attempt(&call.app.store, attempt_id).await?;
    let attempt = attempt
        .filter(|attempt| attempt.member_id == call.member_id)
        .ok_or_else(|| mistake("That quiz is not there any more. `/quiz` takes you to the one that is."))?;
    let mine = membership::of_member(&call.app.store, call.guild_id, call.member_id).await?;
    let membership = mine
        .into_iter()
        .find(|one| one.cohort.id == attempt.cohort_id)
        .ok_or_else(|| {
            mistake("You have left the cohort of that quiz. `/cohort join` takes you back, with all you did.")
        })?;
    let reader = Reader::within(&call.app, membership, call.member_id).await?;
    Ok((reader, attempt))
}

async fn on_question(call: &Call, route: &Route, input: &Input) -> Result<(), Failure> {
    let (reader, attempt) = own(call, route.get(0)?).await?;
    let position: usize = route.parse(1)?;
    match route.verb.as_str() {
        "hint" => play::hint(call, &reader, &attempt, position).await,
        "answer" => play::form(call, &reader, &attempt, position).await,
        "pick" => {
            let picked = match input.chosen() {
                [] => vec![route.parse(2)?],
                chosen => chosen.iter().filter_map(|at| at.parse().ok()).collect(),
            };
            play::answer(call, &reader, &attempt, position, &Given::Picked(picked)).await
        }
        _ => {
            let given = typed(call, &attempt, position, input);
            play::answer(call, &reader, &attempt, position, &given).await
        }
    }
}

fn typed(call: &Call, attempt: &Attempt, position: usize, input: &Input) -> Given {
    let words = input.field("answer").to_owned();
    let question = attempt
        .asked
        .get(position)
        .and_then(|asked| call.app.bank.question(&QuestionId::from(asked.question.as_str())));
    if !question.is_some_and(|question| matches!(question.kind, Kind::Trace(_))) {
        return Given::Typed(words);
    }
    let line = input.field("line").trim();
    Given::Traced(if line.is_empty() && !words.trim().is_empty() {
        TraceAnswer::Prints(words)
    } else {
        TraceAnswer::Fails(line.parse().ok())
    })
}

async fn results(call: &Call, reader: &Reader<'_>, module: &Module) -> Result<(), Failure> {
    let cohort = &reader.membership.cohort;
    let past = rows::past(&call.app.store, &cohort.id, call.member_id, &module.id).await?;
    let (open, _) = play::still_open(&call.app, cohort, call.member_id).await?;
    let open = open.is_some_and(|attempt| attempt.module == module.id);
    Ok(call
        .to
        .reply(&cards::results(module, &past, open), Visibility::Private)
        .await?)
}

async fn dispute(call: &Call, attempt_id: Option<&str>) -> Result<(), Failure> {
    let card = match attempt_id {
        Some(id) => cards::dispute(&call.app.bank, &own(call, id).await?.1),
        None => None,
    };
    let card = card.ok_or_else(|| {
        mistake(
            "There is no answer to dispute: only the wrong ones of your last finished quiz can be, each once. \
             `/quiz action:results` shows your quizzes.",
        )
    })?;
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

async fn contest(call: &Call, attempt_id: &str, input: &Input) -> Result<(), Failure> {
    let (reader, attempt) = own(call, attempt_id).await?;
    let position: Option<usize> = input.chosen().first().and_then(|at| at.parse().ok());
    let asked = position.and_then(|at| attempt.asked.get(at));
    let (Some(position), Some(asked)) = (position, asked) else {
        return Err(stale());
    };
    let disputable = cards::is_disputable(asked) && attempt.state != State::Open;
    let mut new = false;
    if disputable && let Some(mut tx) = call.app.store.begin_once(call.id, real_ms()).await? {
        let now = call.app.clock.now_ms();
        new = rows::ask_moderator(&mut tx, call.guild_id, &attempt, position, now).await?;
        tx.commit().await?;
    }
    call.to.update(&cards::disputed(new)).await?;
    if new {
        review::tell_that_one_waits(&call.app, &reader.membership.cohort).await;
    }
    Ok(())
}

async fn moderate(call: &Call, route: &Route, input: &Input) -> Result<(), Failure> {
    let subject = route.get(0)?;
    let card = match route.verb.as_str() {
        "accept" => review::decide(call, subject, true, None).await?,
        "refused" => review::decide(call, subject, false, Some(input.field("note"))).await?,
        "waiting" => {
            let cohort = membership::by_id(&call.app.store, subject).await?;
            let cohort = cohort.ok_or_else(stale)?;
            review::review_card(call, &cohort, route.parse(1)?).await?
        }
        _ => return ask_for_note(call, subject).await,
    };
    Ok(call.to.update(&card).await?)
}

/// A no comes with a word for the member.
async fn ask_for_note(call: &Call, review_id: &str) -> Result<(), Failure> {
    let form = Form {
        route: Route::new("quiz", "refused")
            .owned_by(call.member_id)
            .arg(review_id),
        title: "Not yet".to_owned(),
        inputs: vec![Field {
            id: "note".to_owned(),
            label: "What should they look at again?".to_owned(),
            style: InputStyle::Paragraph,
            value: None,
            placeholder: Some("A kind sentence; it is shown to them".to_owned()),
            min: 0,
            max: NOTE_MAX,
            required: false,
        }],
    };
    if call.to.form(&form).await? {
        Ok(())
    } else {
        Err(mistake(
            "That took me too long to open. Please press the button once more.",
        ))
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

/// Modules whose quiz is written, of the track of the cohort here, else of the one joined last.
async fn complete(ctx: Context<'_>, typed: &str) -> Result<Vec<AutocompleteChoice>, Failure> {
    let app = ctx.data();
    let Some(guild) = ctx.interaction.guild_id else {
        return Ok(Vec::new());
    };
    let mine = membership::of_member(&app.store, guild.get(), ctx.interaction.user.id.get()).await?;
    let here = ctx.interaction.channel_id.get();
    let membership = mine
        .iter()
        .find(|one| one.cohort.channel_id == here)
        .or_else(|| mine.first());
    let Some(membership) = membership else {
        return Ok(Vec::new());
    };
    let track = app.track(&membership.cohort.track)?;
    Ok(track
        .matching(typed)
        .into_iter()
        .filter(|module| module.is_ready() && !app.bank.pool(module.id.as_str()).is_empty())
        .take(25)
        .map(|module| {
            AutocompleteChoice::new(format!("{} · {}", module.id, module.title), module.id.as_str())
        })
        .collect())
}
