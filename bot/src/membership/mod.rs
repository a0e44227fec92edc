//! Which cohorts there are and who is in them: what every feature needs to know of a caller before it acts.
//! Joining, leaving and scheduling are the cohort and moderate features' business.
//!
//! The cohort a command is about: the one named; else the one whose channel (or a thread of it) this is, where the
//! member is in it; else the member's only one.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use discord::{Failure, mistake, text};

use crate::app::App;
use crate::call::Call;

mod names;
mod store;

pub use names::{Names, call_member, names, shown};
pub use store::{all, all_active, by_id, by_name, enrolled, in_guild, members, of_member};

/// A group in one guild on one track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// Our own id.
    pub id: String,
    /// Its guild.
    pub guild_id: u64,
    /// What people call it; unique in the guild, ignoring case.
    pub name: String,
    /// The track's id.
    pub track: String,
    /// The id of the path that its posts follow.
    pub path: String,
    /// Where it posts.
    pub channel_id: u64,
    /// Who may moderate it, beside those who manage the server.
    pub moderator_role_id: Option<u64>,
    /// Whom a post pings, if a moderator chose so.
    pub ping_role_id: Option<u64>,
    /// When it posts: five fields, in local time.
    pub cron: String,
    /// Its zone.
    pub timezone: Tz,
    /// How many modules a post holds, 1 to 3.
    pub modules_per_post: usize,
    /// Whether it posts.
    pub state: CohortState,
    /// Every occurrence up to here is decided, Unix milliseconds.
    pub decided_until: i64,
}

/// Whether a cohort posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CohortState {
    /// On its schedule.
    Active,
    /// Not until a moderator resumes it.
    Paused,
    /// Everything was posted.
    Finished,
}

impl CohortState {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Finished => "finished",
        }
    }
}

/// A member's place in a cohort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The cohort.
    pub cohort: Cohort,
    /// The path the member follows: their own choice, else the cohort's.
    pub path: String,
}

impl Cohort {
    /// The civil day in the cohort's zone.
    pub fn local_date(&self, now: DateTime<Utc>) -> NaiveDate {
        now.with_timezone(&self.timezone).date_naive()
    }

    /// Whether the caller may moderate it.
    pub fn moderated_by(&self, call: &Call) -> bool {
        self.guild_id == call.guild_id
            && (call.manages_guild()
                || self
                    .moderator_role_id
                    .is_some_and(|role| call.roles.contains(&role)))
    }
}

/// The caller's place in the cohort that this call is about, by the rule above.
pub async fn current(call: &Call, named: Option<&str>) -> Result<Membership, Failure> {
    names::keep(call).await?;
    let mine = of_member(&call.app.store, call.guild_id, call.member_id).await?;
    if let Some(name) = named {
        return match mine
            .into_iter()
            .find(|one| one.cohort.name.to_lowercase() == name.trim().to_lowercase())
        {
            Some(one) => Ok(one),
            None => Err(mistake(format!(
                "You are in no cohort called {}. `/cohort show` lists the cohorts here, `/cohort join` takes you in.",
                text::code(&text::cut(name, 40))
            ))),
        };
    }
    let channel = call.home_channel();
    if let Some(here) = mine.iter().find(|one| one.cohort.channel_id == channel) {
        return Ok(here.clone());
    }
    match mine.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(nobody_yet(&call.app, call.guild_id).await?),
        several => {
            let choices: Vec<String> = several
                .iter()
                .map(|one| {
                    format!(
                        "{} in {}",
                        text::escape(&one.cohort.name),
                        text::channel(one.cohort.channel_id)
                    )
                })
                .collect();
            Err(mistake(format!(
                "You are in {}. Use the command in the channel of the one you mean.",
                text::listed(&choices)
            )))
        }
    }
}

/// A cohort of this guild that the caller may moderate, by name, or the only one there is to choose.
pub async fn moderated(call: &Call, named: Option<&str>) -> Result<Cohort, Failure> {
    let cohorts = in_guild(&call.app.store, call.guild_id).await?;
    let mut mine: Vec<Cohort> = cohorts
        .into_iter()
        .filter(|cohort| cohort.moderated_by(call))
        .collect();
    if let Some(name) = named {
        let wanted = name.trim().to_lowercase();
        return mine
            .into_iter()
            .find(|cohort| cohort.name.to_lowercase() == wanted)
            .ok_or_else(|| {
                mistake(format!(
                    "You moderate no cohort called {}.",
                    text::code(&text::cut(name, 40))
                ))
            });
    }
    let channel = call.home_channel();
    if let Some(at) = mine.iter().position(|cohort| cohort.channel_id == channel) {
        return Ok(mine.swap_remove(at));
    }
    match mine.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(mistake(
            "You moderate no cohort here. Someone who manages this server can make one with `/moderate create`.",
        )),
        several => {
            let choices: Vec<String> = several.iter().map(|cohort| text::escape(&cohort.name)).collect();
            Err(mistake(format!(
                "Which cohort? You moderate {}. Add `cohort:` with its name.",
                text::listed(&choices)
            )))
        }
    }
}

async fn nobody_yet(app: &App, guild_id: u64) -> Result<Failure, Failure> {
    let cohorts = in_guild(&app.store, guild_id).await?;
    let open: Vec<String> = cohorts
        .iter()
        .filter(|cohort| cohort.state != CohortState::Finished)
        .map(|cohort| {
            format!(
                "{} in {}",
                text::escape(&cohort.name),
                text::channel(cohort.channel_id)
            )
        })
        .collect();
    Ok(mistake(if open.is_empty() {
        "There is no cohort here yet. A moderator makes one with `/moderate create`; then you can join it."
            .to_owned()
    } else {
        format!(
            "You are not in a cohort yet. Join with `/cohort join`: {}.",
            text::listed(&open)
        )
    }))
}
