//! Exercises: a member's way through a module's hands-on. Its rules: a step is done when the sandbox says so, and stays done;
//! an exercise is passed when every step was, once, for points in each cohort whose track has the module; it is never a
//! gate, and starting over takes nothing back.

use ::sandbox::exercises::{Exercise, Outcome};
use ::sandbox::lab::View;
use discord::{Failure, mistake, text};
use lessons::ModuleId;

use crate::app::App;
use crate::call::Call;
use crate::clock::real_ms;
use crate::progress::{self, Fact};
use crate::{lab, membership, tenant};

mod cards;
pub mod commands;
mod handout;
mod store;

use store::Run;

/// What a check came to.
struct Checked {
    /// The way so far, this check included.
    run: Run,
    /// What the first step that is not done still lacks.
    missing: Option<String>,
    /// All steps are done now, and were not before.
    just_passed: bool,
    /// The points that brought.
    points: i64,
    /// It was passed for the first time ever.
    first: bool,
}

/// An exercise by what was typed: a module's id, or nothing for the one under way.
async fn chosen<'a>(call: &'a Call, typed: Option<&str>) -> Result<&'a Exercise, Failure> {
    if let Some(typed) = typed {
        return named(&call.app, typed);
    }
    under_way(call).await?.ok_or_else(|| {
        mistake("Which exercise? Add `module:` with its id, such as M1; `/exercise list` shows them all.")
    })
}

/// The exercise that the caller is at: begun last, and not passed.
pub async fn in_hand(call: &Call) -> Result<Option<&Exercise>, Failure> {
    let Some(exercise) = under_way(call).await? else {
        return Ok(None);
    };
    let is_open = run_of(call, exercise).await?.passed_at.is_none();
    Ok(is_open.then_some(exercise))
}

/// The exercise that the caller began last, one that is not passed first.
async fn under_way(call: &Call) -> Result<Option<&Exercise>, Failure> {
    let module = store::latest_open(&call.app.store, call.guild_id, call.member_id).await?;
    Ok(module.and_then(|module| call.app.exercises.of_module(&module)))
}

fn named<'a>(app: &'a App, typed: &str) -> Result<&'a Exercise, Failure> {
    let typed = typed.trim();
    app.exercises.of_module(typed).ok_or_else(|| {
        mistake(format!(
            "There is no exercise for {}. `/exercise list` shows those there are.",
            text::code(&text::cut(typed, 40))
        ))
    })
}

/// Begins an exercise, or goes on with it.
async fn start(call: &Call, exercise: &Exercise) -> Result<Run, Failure> {
    if let Some(mut tx) = call.app.store.begin_once(call.id, real_ms()).await? {
        store::start(
            &mut tx,
            call.guild_id,
            call.member_id,
            &exercise.module,
            real_ms(),
        )
        .await?;
        tx.commit().await?;
    }
    run_of(call, exercise).await
}

async fn run_of(call: &Call, exercise: &Exercise) -> Result<Run, Failure> {
    Ok(store::run(&call.app.store, call.guild_id, call.member_id, &exercise.module).await?)
}

/// Asks the sandbox about each step that is not done yet, and keeps what it says.
async fn check(call: &Call, exercise: &Exercise) -> Result<Checked, Failure> {
    let before = run_of(call, exercise).await?;
    let (done, missing) = look(call, exercise, &before).await?;
    let all_done = missing.is_none();
    let mut points = 0;
    let Some(mut tx) = call.app.store.begin_once(call.id, real_ms()).await? else {
        return Ok(Checked {
            run: before,
            missing,
            just_passed: false,
            points,
            first: false,
        });
    };
    let (guild, member, now) = (call.guild_id, call.member_id, real_ms());
    store::start(&mut tx, guild, member, &exercise.module, now).await?;
    for step in &done {
        store::pass_step(&mut tx, guild, member, &exercise.module, step, now).await?;
    }
    if all_done {
        store::pass(&mut tx, guild, member, &exercise.module, now).await?;
        points = record(call, &mut tx, exercise).await?;
    }
    tx.commit().await?;
    Ok(Checked {
        run: run_of(call, exercise).await?,
        missing,
        just_passed: all_done && !done.is_empty(),
        points,
        first: all_done && before.passed_at.is_none(),
    })
}

/// The steps that hold now and did not before, and what the first of the others lacks.
async fn look(call: &Call, exercise: &Exercise, run: &Run) -> Result<(Vec<String>, Option<String>), Failure> {
    let tenant = tenant::of(call).await?;
    let open = || exercise.steps.iter().filter(|step| !run.has_passed(&step.id));
    let views: Vec<View> = if open().any(::sandbox::exercises::Step::asks_views) {
        lab::refreshed(&call.app, &tenant).await?
    } else {
        Vec::new()
    };
    let (mut done, mut missing) = (Vec::new(), None);
    for step in open() {
        let outcome = step
            .check(call.app.sandbox.lab()?, &tenant.account_id, &views)
            .await;
        match outcome {
            Ok(Outcome::Done) => done.push(step.id.clone()),
            Ok(Outcome::NotYet(words)) => {
                missing.get_or_insert(words);
            }
            Err(error) if error.is_busy() => {
                return Err(mistake(
                    "Many are checking at once. Give it a few seconds and check again.",
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok((done, missing))
}

/// A passed exercise is a learning event in every cohort of the member's whose track has the module: the sandbox is one for
/// all of them. Says how many points it brought in one.
async fn record(call: &Call, tx: &mut ::store::Tx, exercise: &Exercise) -> Result<i64, Failure> {
    let mut points = 0;
    for mine in membership::of_member(&call.app.store, call.guild_id, call.member_id).await? {
        let module = ModuleId::new(&*exercise.module);
        let is_taught = call
            .app
            .track(&mine.cohort.track)
            .is_ok_and(|track| track.module(&exercise.module).is_some());
        if is_taught {
            let now = call.app.clock.now();
            let brought = progress::record(
                tx,
                &mine.cohort,
                call.member_id,
                &module,
                now,
                &Fact::ExercisePassed,
            )
            .await?;
            points = points.max(brought);
        }
    }
    Ok(points)
}
