//! What moderators see: a new cohort, its schedule with the next posts, and how a post made by hand went.

use discord::{Button, Card, Style, Tone, text};
use lessons::{Path, Track};

use crate::cohort::{self, Next};
use crate::membership::{Cohort, CohortState};
use crate::schedule::{Occurrence, Outcome, Upcoming};

/// How many of the next posts a moderator is shown.
pub const SHOWN: usize = 5;

/// A new cohort, for who made it.
pub fn created(
    cohort: &Cohort,
    track: &Track,
    path: &Path,
    upcoming: &[Upcoming],
    warnings: &[String],
) -> Card {
    let ready = track.on_path(path).filter(|module| module.is_ready()).count();
    let written = if ready < path.modules.len() {
        format!(" {ready} of them are ready; the others are posted once they are written.")
    } else {
        String::new()
    };
    let body = format!(
        "It follows **{}** of **{}**, {}, and posts in {}.{written}",
        path.title,
        track.title,
        text::count(path.modules.len() as i64, "module", "modules"),
        text::channel(cohort.channel_id)
    );
    let card = Card::framed(format!("{} is set up", text::escape(&cohort.name)), body)
        .field("Schedule", schedule(cohort))
        .field("The next posts", lines(upcoming))
        .footer("/moderate schedule changes the time · /moderate post sends the next lesson now");
    if warnings.is_empty() {
        return card.tone(Tone::Good);
    }
    card.field("Please check", warnings.join("\n")).tone(Tone::Think)
}

/// The same cohort, for everyone in its channel.
pub fn announcement(cohort: &Cohort, track: &Track, path: &Path, next: Next) -> Card {
    let body = format!(
        "**{}** · {}, {}, {}.\n{}\nPress **Join** to take part: lessons to read and talk about, quizzes, and a sandbox of \
         your own.",
        track.title,
        path.title,
        text::count(path.modules.len() as i64, "module", "modules"),
        cohort::schedule_in_words(cohort),
        cohort::next_in_words(cohort, next)
    );
    Card::framed(format!("A new cohort: {}", text::escape(&cohort.name)), body).buttons(vec![Button::new(
        "Join",
        Style::Success,
        &cohort::join_route(&cohort.id),
    )])
}

/// A cohort's schedule under a heading that says what just happened.
pub fn plan(title: String, said: &str, cohort: &Cohort, upcoming: &[Upcoming]) -> Card {
    let next = match cohort.state {
        CohortState::Active => "The next posts",
        CohortState::Paused => "Paused; it would post",
        CohortState::Finished => "Finished; nothing more is posted",
    };
    let card = Card {
        title: Some(title),
        body: (!said.is_empty()).then(|| said.to_owned()),
        ..Card::default()
    }
    .field("Schedule", schedule(cohort));
    if cohort.state == CohortState::Finished {
        return card.footer(next);
    }
    card.field(next, lines(upcoming))
}

fn schedule(cohort: &Cohort) -> String {
    format!(
        "{}, {} a post, in {}",
        cohort::schedule_in_words(cohort),
        text::count(cohort.modules_per_post as i64, "module", "modules"),
        text::channel(cohort.channel_id)
    )
}

/// Each post in the cohort's own time, and in the reader's.
fn lines(upcoming: &[Upcoming]) -> String {
    if upcoming.is_empty() {
        return "None: the schedule names no more times.".to_owned();
    }
    let line = |one: &Upcoming| {
        let local = local(&one.occurrence);
        if one.skipped {
            return format!("~~{local}~~ skipped");
        }
        let at = one.occurrence.at.timestamp_millis();
        format!(
            "**{local}** · for you {} ({})",
            text::moment(at, 'f'),
            text::moment(at, 'R')
        )
    };
    upcoming.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// An occurrence on the cohort's own wall clock.
pub fn local(occurrence: &Occurrence) -> String {
    occurrence.planned_local.format("%a %-d %b %Y, %H:%M").to_string()
}

/// How a post made by hand went. `next` is what comes after it.
pub fn posted(cohort: &Cohort, outcome: &Outcome, next: Next) -> Card {
    let after = cohort::next_in_words(cohort, next);
    let name = text::escape(&cohort.name);
    match outcome {
        Outcome::Posted {
            channel_id,
            thread_id,
            ..
        } => {
            let thread = thread_id.map_or_else(
                || "It has no thread: allow me **Create Public Threads** there.".to_owned(),
                |thread| format!("The talk about it is in {}.", text::channel(thread)),
            );
            Card::framed(
                format!("Posted for {name}"),
                format!(
                    "The lesson is in {}. {thread}\n{after}",
                    text::channel(*channel_id)
                ),
            )
            .tone(Tone::Good)
        }
        Outcome::Skipped(why) => Card::framed(
            format!("Nothing to post for {name}"),
            format!(
                "There is nothing to post now: {}.\n{after}",
                why.trim_end_matches('.')
            ),
        )
        .tone(Tone::Think),
        Outcome::Failed(why) => {
            Card::framed(format!("The post for {name} did not go out"), why.clone()).tone(Tone::Bad)
        }
        Outcome::Underway => Card::framed(
            format!("The post for {name} is on its way"),
            format!(
                "Discord takes its time. It will be in {}, once, or the moderators are told why not.\n{after}",
                text::channel(cohort.channel_id)
            ),
        ),
    }
}
