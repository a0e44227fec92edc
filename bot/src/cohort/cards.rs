//! What cohorts look like: the welcome, the goodbye, a cohort at a glance, and which one is meant.

use discord::{Button, Card, Pick, Route, Style, Tone, text};
use lessons::{Module, PathProgress};

use super::{Joining, Next};
use crate::membership::Cohort;

/// Members shown by name on a cohort's card.
pub const NAMED: usize = 20;

fn join_button(cohort_id: &str) -> Button {
    Button::new("Join", Style::Success, &super::join_route(cohort_id))
}

/// What a member who joined has before them.
pub struct Start<'a> {
    /// The cohort.
    pub cohort: &'a Cohort,
    /// How it came.
    pub joining: Joining,
    /// The track's title.
    pub track: &'a str,
    /// The title of the member's path.
    pub path: &'a str,
    /// How far the member is on it.
    pub progress: PathProgress,
    /// What the channel gets next.
    pub next: Next,
    /// What `/lesson next` opens.
    pub module: Option<&'a Module>,
}

/// After joining: what happens next.
pub fn joined(start: &Start<'_>) -> Card {
    let name = text::escape(&start.cohort.name);
    let title = match start.joining {
        Joining::New => format!("Welcome to {name}"),
        Joining::Back => format!("Welcome back to {name}"),
        Joining::Already => format!("You are in {name} already"),
    };
    let mut lines = vec![format!(
        "**{}**, on the path **{}**: {}.",
        start.track,
        start.path,
        how_far(start.progress)
    )];
    lines.push(super::next_in_words(start.cohort, start.next));
    lines.push(match (start.module, start.progress.complete) {
        (Some(module), 0) => format!(
            "No need to wait: **{} · {}** is open to you now, about {} minutes. Reading ahead is always fine.",
            module.id, module.title, module.minutes
        ),
        (Some(module), _) => format!("Next for you: **{} · {}**.", module.id, module.title),
        (None, _) => "You have completed everything that is written.".to_owned(),
    });
    let buttons = start.module.map(|module| {
        Button::new(
            format!("Open {}", module.id),
            Style::Primary,
            &Route::new("lesson", "open").arg(&module.id),
        )
    });
    Card::framed(title, lines.join("\n"))
        .tone(Tone::Good)
        .footer("/lesson next goes on reading · /today shows where you stand")
        .buttons(buttons.into_iter().collect())
}

fn how_far(progress: PathProgress) -> String {
    let modules = text::count(progress.total as i64, "module", "modules");
    let written = if progress.written < progress.total {
        format!(", {} of them ready so far", progress.written)
    } else {
        String::new()
    };
    match progress.complete {
        0 => format!("{modules}{written}"),
        done => format!("{modules}{written}, {done} of them completed"),
    }
}

/// Asks before leaving.
pub fn leaving(cohort: &Cohort, member_id: u64) -> Card {
    let route = |verb: &str| Route::new("cohort", verb).owned_by(member_id).arg(&cohort.id);
    Card::framed(
        format!("Leave {}?", text::escape(&cohort.name)),
        "What you read, passed and earned is kept. You can come back any time with `/cohort join` and go on where you \
         stopped.",
    )
    .tone(Tone::Think)
    .buttons(vec![
        Button::new("Leave", Style::Danger, &route("leave")),
        Button::new("Stay", Style::Secondary, &route("stay")),
    ])
}

/// After leaving.
pub fn left(cohort: &Cohort) -> Card {
    Card::words(format!(
        "You have left {}. Your progress is kept; **Join** brings you back.",
        text::escape(&cohort.name)
    ))
    .buttons(vec![join_button(&cohort.id)])
}

/// After thinking better of it.
pub fn stayed(cohort: &Cohort) -> Card {
    Card::words(format!(
        "Good. You stay in {}; nothing changed.",
        text::escape(&cohort.name)
    ))
}

/// A cohort at a glance.
pub struct Glance<'a> {
    /// The cohort.
    pub cohort: &'a Cohort,
    /// The track's title.
    pub track: &'a str,
    /// The path's title and length.
    pub path: (&'a str, usize),
    /// What the channel gets next.
    pub next: Next,
    /// How many are in it.
    pub members: usize,
    /// The first of them, shown as Discord shows them.
    pub names: Vec<String>,
    /// The caller's own path, where they are in it.
    pub own_path: Option<&'a str>,
}

/// `/cohort show`.
pub fn glance(glance: &Glance<'_>) -> Card {
    let cohort = glance.cohort;
    let members = if glance.members > glance.names.len() {
        let more = glance.members - glance.names.len();
        format!("{} and {more} more", glance.names.join(", "))
    } else if glance.names.is_empty() {
        "Nobody yet. Be the first!".to_owned()
    } else {
        text::listed(&glance.names)
    };
    let moderators = cohort.moderator_role_id.map_or_else(
        || "Those who manage this server".to_owned(),
        |role| format!("<@&{role}>, and those who manage this server"),
    );
    let card = Card::framed(
        text::escape(&cohort.name),
        super::next_in_words(cohort, glance.next),
    )
    .field(
        "Track",
        format!(
            "{} · {} ({})",
            glance.track,
            glance.path.0,
            text::count(glance.path.1 as i64, "module", "modules")
        ),
    )
    .field("Posts", super::schedule_in_words(cohort))
    .field(format!("Members ({})", glance.members), members)
    .field("Moderators", moderators);
    match glance.own_path {
        Some(path) => card.footer(format!("You are in it, on the path {path}.")),
        None => card.buttons(vec![join_button(&cohort.id)]),
    }
}

/// Which one? A select whose `verb` does the rest.
pub fn which(question: &str, verb: &str, cohorts: &[&Cohort], member_id: u64) -> Card {
    let options = cohorts
        .iter()
        .map(|cohort| {
            (
                cohort.id.clone(),
                cohort.name.clone(),
                Some(super::schedule_in_words(cohort)),
            )
        })
        .collect();
    let lines: Vec<String> = cohorts
        .iter()
        .map(|cohort| {
            format!(
                "**{}** in {}",
                text::escape(&cohort.name),
                text::channel(cohort.channel_id)
            )
        })
        .collect();
    Card::framed(question, lines.join("\n")).select(Pick {
        id: Route::new("cohort", verb).owned_by(member_id).id(),
        prompt: "Choose a cohort".to_owned(),
        options,
        min: 1,
        max: 1,
    })
}
