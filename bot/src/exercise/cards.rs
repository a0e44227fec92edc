//! What exercises look like: the list, one with its steps ticked, a hint, the hand-out, starting over.

use std::collections::BTreeMap;

use ::sandbox::exercises::{Exercise, Fate, Step, Thing};
use discord::{Attached, Button, Card, Pick, Route, Style, Tone, text};

use super::Checked;
use super::handout::Handout;
use super::store::Run;

/// Characters of a step that is done or still to come.
const SHORT: usize = 140;

fn route(verb: &str, member_id: u64, exercise: &Exercise) -> Route {
    Route::new("exercise", verb)
        .owned_by(member_id)
        .arg(&exercise.module)
}

fn title(exercise: &Exercise) -> String {
    format!("{} · {}", exercise.module, exercise.title)
}

fn done_of(exercise: &Exercise, run: &Run) -> usize {
    exercise
        .steps
        .iter()
        .filter(|step| run.has_passed(&step.id))
        .count()
}

/// All exercises, and how far the member is.
pub fn list(exercises: &[Exercise], runs: &BTreeMap<String, Run>, member_id: u64) -> Card {
    let none = Run::default();
    let line = |exercise: &Exercise| {
        let run = runs.get(&exercise.module).unwrap_or(&none);
        let (done, all) = (done_of(exercise, run), exercise.steps.len());
        let (sign, state) = match (run.passed_at, run.started_at) {
            (Some(_), _) => ("✅", "passed".to_owned()),
            (None, Some(_)) => ("🛠️", format!("{done} of {all} steps")),
            (None, None) => ("▫️", text::count(all as i64, "step", "steps")),
        };
        format!("{sign} **{}** {} · {state}", exercise.module, exercise.title)
    };
    let lines: Vec<String> = exercises.iter().map(line).collect();
    let options = exercises.iter().take(25).map(|exercise| {
        let label = text::cut(&title(exercise), 100);
        (exercise.module.clone(), label, None)
    });
    Card::framed("Exercises", lines.join("\n"))
        .footer("Each is checked in your own sandbox and worth 15 points. None is a gate")
        .select(Pick {
            id: Route::new("exercise", "pick").owned_by(member_id).id(),
            prompt: "Open an exercise".to_owned(),
            options: options.collect(),
            min: 1,
            max: 1,
        })
}

/// An exercise with its steps; `story` where it is opened.
pub fn exercise(exercise: &Exercise, run: &Run, member_id: u64) -> Card {
    let body = format!("{}\n\n{}", exercise.story, steps(exercise, run));
    framed(exercise, run, member_id, body)
}

/// The same after a check.
pub fn checked(exercise: &Exercise, checked: &Checked, member_id: u64) -> Card {
    let words = match (&checked.missing, checked.just_passed) {
        (Some(missing), _) => format!("**Not yet:** {missing}"),
        (None, true) if checked.points > 0 => format!(
            "**Passed: +{} points.** Your sandbox says so itself. *Tidy up* makes room in it for the next exercise.",
            checked.points
        ),
        (None, true) if !checked.first => "**Passed again**, for practice: points count once.".to_owned(),
        (None, true) => "**Passed.** Your sandbox says so itself. In a cohort that has this module it is worth 15 points: \
                         `/cohort join`, and check again."
            .to_owned(),
        (None, false) if checked.points > 0 => {
            format!("Passed, and now it counts: **+{} points**.", checked.points)
        }
        (None, false) => {
            "You have passed this one. `/exercise reset` starts it over, for practice.".to_owned()
        }
    };
    let body = format!("{}\n\n{words}", steps(exercise, &checked.run));
    let card = framed(exercise, &checked.run, member_id, body);
    if checked.missing.is_none() {
        card.tone(Tone::Good)
    } else {
        card.tone(Tone::Think)
    }
}

/// What the channel hears of a first pass.
pub fn passed(exercise: &Exercise, name: &str, points: i64) -> Card {
    let worth = if points > 0 {
        format!(" · +{points} points")
    } else {
        String::new()
    };
    Card::words(format!(
        "🛠️ **{}** did the exercise **{}**{worth}. Well built!",
        text::escape(name),
        title(exercise)
    ))
}

fn framed(exercise: &Exercise, run: &Run, member_id: u64, body: String) -> Card {
    let (done, all) = (done_of(exercise, run), exercise.steps.len());
    let is_open = done < all;
    let button = |label: &str, style, verb| Button::new(label, style, &route(verb, member_id, exercise));
    let mut buttons = vec![button(
        "Check",
        if is_open { Style::Primary } else { Style::Secondary },
        "check",
    )];
    if is_open {
        buttons.push(button("Hint", Style::Secondary, "hint"));
    }
    buttons.push(button("Program", Style::Secondary, "program"));
    if !is_open && !exercise.tidy.is_empty() {
        buttons.push(button("Tidy up", Style::Secondary, "tidy"));
    }
    if run.started_at.is_some() {
        buttons.push(button("Start over", Style::Secondary, "reset"));
    }
    Card::framed(title(exercise), body)
        .footer(format!(
            "{done} of {all} steps · do it here, with the program, or with any AWS client of yours"
        ))
        .buttons(buttons)
}

/// The steps: the one in hand in full, the others in short.
fn steps(exercise: &Exercise, run: &Run) -> String {
    let current = current(exercise, run);
    let line = |(at, step): (usize, &Step)| {
        let number = at + 1;
        if run.has_passed(&step.id) {
            format!("✅ {number}. {}", text::cut(&one_line(&step.task), SHORT))
        } else if current.is_some_and(|now| now.id == step.id) {
            format!("➡️ **{number}.** {}", step.task)
        } else {
            format!("◻️ {number}. {}", text::cut(&one_line(&step.task), SHORT))
        }
    };
    exercise
        .steps
        .iter()
        .enumerate()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

fn one_line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first step that is not done.
pub fn current<'a>(exercise: &'a Exercise, run: &Run) -> Option<&'a Step> {
    exercise.steps.iter().find(|step| !run.has_passed(&step.id))
}

/// The hints so far for the step in hand.
pub fn hint(exercise: &Exercise, step: &Step, shown: usize, member_id: u64) -> Card {
    let number = exercise
        .steps
        .iter()
        .position(|it| it.id == step.id)
        .map_or(1, |at| at + 1);
    let all = step.hints.len();
    let hints: Vec<String> = step
        .hints
        .iter()
        .take(shown)
        .enumerate()
        .map(|(at, hint)| format!("💡 **{}.** {hint}", at + 1))
        .collect();
    let card = Card::framed(
        format!("{} · a hint for step {number}", exercise.module),
        format!("> {}\n\n{}", one_line(&step.task), hints.join("\n\n")),
    );
    let again = Button::new(
        "Another hint",
        Style::Secondary,
        &route("hint", member_id, exercise),
    );
    if shown < all {
        card.footer(format!("Hint {shown} of {all}")).buttons(vec![again])
    } else {
        card.footer("That was the last hint. /exercise program has the whole solution as a program")
    }
}

/// The program with how to run it, then what goes with it: a card for each file.
pub fn handout(exercise: &Exercise, handout: Handout) -> Vec<Card> {
    let others = if exercise.beside.is_empty() {
        String::new()
    } else {
        let names: Vec<String> = exercise.beside.iter().map(|name| format!("`{name}`")).collect();
        format!(" Keep {} beside it.", text::listed(&names))
    };
    let words = Card::framed(
        format!("{} · the program", exercise.module),
        format!(
            "`{program}` is complete and commented, with a menu to experiment.{others} You need Python 3.10 or newer, and boto3 \
             (`pip install boto3`). `/sandbox credentials` tells you what to put here:\n```sh\nexport AWS_ENDPOINT_URL=… \
             AWS_REGION=us-east-1\nexport AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…\npython {program}\n```\
             With `--all` it does the exercise to its end, with `--clean` it removes what it made. `{cli}` does the same with the \
             AWS CLI, step by step.",
            program = exercise.program,
            cli = handout.cli_name,
        ),
    )
    .footer("What a program makes counts as what you make here: /exercise check afterwards");
    let mut words = Some(words);
    let one = |(name, text): (String, String)| Card {
        attached: Some(Attached {
            about: format!("{name}, for {}", title(exercise)),
            bytes: text.into_bytes(),
            name: name.clone(),
        }),
        ..words.take().unwrap_or_else(|| Card::words(format!("`{name}`")))
    };
    handout.files.into_iter().map(one).collect()
}

/// Asks before anything is removed so that the exercise can begin again.
pub fn ask_reset(exercise: &Exercise, things: &[Thing], member_id: u64) -> Card {
    let (title, remove) = (
        format!("Start {} over?", exercise.module),
        "Remove and start over",
    );
    let words = format!(
        "{}\n\nThe ticks go too; points that you have stay.",
        is_removed(things)
    );
    ask(exercise, title, words, (remove, "remove"), member_id)
}

/// Asks before anything is removed of an exercise that is done.
pub fn ask_tidy(exercise: &Exercise, things: &[Thing], member_id: u64) -> Card {
    let title = format!("Tidy up after {}?", exercise.module);
    let words = format!("{}\n\nTicks and points stay.", is_removed(things));
    ask(exercise, title, words, ("Remove", "clear"), member_id)
}

fn is_removed(things: &[Thing]) -> String {
    if things.is_empty() {
        return "Nothing in your sandbox is removed.".to_owned();
    }
    let lines: Vec<String> = things
        .iter()
        .map(|thing| format!("• {}", thing.words()))
        .collect();
    format!(
        "This removes from your sandbox, with all that is in them:\n{}",
        lines.join("\n")
    )
}

fn ask(exercise: &Exercise, title: String, words: String, remove: (&str, &str), member_id: u64) -> Card {
    let button = |label: &str, style, verb| Button::new(label, style, &route(verb, member_id, exercise));
    let (label, verb) = remove;
    Card::framed(title, words).tone(Tone::Think).buttons(vec![
        button(label, Style::Danger, verb),
        button("Keep everything", Style::Secondary, "open"),
    ])
}

/// What was removed before the exercise begins again.
pub fn was_reset(exercise: &Exercise, fates: &[(Thing, Fate)], member_id: u64) -> Card {
    Card::framed(format!("{} starts over", exercise.module), told(fates)).buttons(vec![Button::new(
        "Begin",
        Style::Primary,
        &route("open", member_id, exercise),
    )])
}

/// What was removed of an exercise that is done.
pub fn was_tidied(exercise: &Exercise, fates: &[(Thing, Fate)]) -> Card {
    Card::framed(format!("{} is tidied up", exercise.module), told(fates))
}

fn told(fates: &[(Thing, Fate)]) -> String {
    let line = |(thing, fate): &(Thing, Fate)| match fate {
        Fate::Removed => format!("✅ {} is removed", thing.words()),
        Fate::NotThere => format!("▫️ {} was not there", thing.words()),
        Fate::Elsewhere => format!(
            "➡️ Remove {} yourself: {}",
            thing.words(),
            text::code(&thing.command)
        ),
    };
    fates.iter().map(line).collect::<Vec<_>>().join("\n")
}
