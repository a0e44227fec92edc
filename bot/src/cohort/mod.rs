//! Groups of learners: making them, joining, leaving, and what comes next for one. Its rules: joining is open to
//! everyone in the guild; leaving keeps all progress and the member's own path, so that coming back goes on where it
//! stopped; a name is unique in its guild, ignoring case.
//!
//! Which cohort a caller means is decided here for those who need not be in it ([`meant`]), and in `membership` for
//! those who are. Changing a cohort's schedule is the moderate feature's business.

use ::store::{Store, Tx};
use chrono::{DateTime, Utc};
use discord::{Route, text};

use crate::app::App;
use crate::membership::{self, Cohort, CohortState};
use crate::schedule::{Occurrence, PlanError, Schedule, ScheduleError, preview};

pub mod cards;
pub mod commands;
mod name;
mod store;
#[cfg(test)]
mod tests;

pub use name::{CohortName, NameError};
pub use store::{Joining, join, leave};

/// How many cohorts a guild may have: as many as one autocompletion shows.
pub const MOST: usize = 25;

/// What makes a cohort.
#[derive(Clone, Debug)]
pub struct NewCohort {
    /// Its guild.
    pub guild_id: u64,
    /// What people will call it.
    pub name: CohortName,
    /// The track's id.
    pub track: String,
    /// The id of the path that its posts follow.
    pub path: String,
    /// Where it posts.
    pub channel_id: u64,
    /// Who may moderate it, beside those who manage the server.
    pub moderator_role_id: Option<u64>,
    /// Whom a post pings.
    pub ping_role_id: Option<u64>,
    /// When it posts.
    pub schedule: Schedule,
    /// 1 to 3.
    pub modules_per_post: usize,
    /// Who makes it.
    pub created_by: u64,
}

/// Why a cohort was not made, and what to do instead.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The guild is full.
    #[error(
        "This server has {MOST} cohorts already, and that is the most. Use one of them for the new group."
    )]
    TooMany,
    /// Another cohort is called so.
    #[error("There is a cohort called {0} here already. Choose another name.")]
    NameTaken(CohortName),
    /// The database.
    #[error("the database failed: {0}")]
    Store(#[from] sqlx::Error),
}

/// Makes a cohort that posts from `now` on. Its id.
pub async fn create(tx: &mut Tx, cohort: &NewCohort, now: DateTime<Utc>) -> Result<String, CreateError> {
    if store::count(tx, cohort.guild_id).await? >= MOST {
        return Err(CreateError::TooMany);
    }
    // The name was free or taken a statement ago, in this same transaction, and writers take turns.
    store::insert(tx, cohort, now)
        .await?
        .ok_or_else(|| CreateError::NameTaken(cohort.name.clone()))
}

/// The cohort that a caller means who need not be in it.
#[derive(Debug, PartialEq, Eq)]
pub enum Meant<'a> {
    /// This one.
    One(&'a Cohort),
    /// None is called so.
    Unknown,
    /// One of these; ask which.
    Several(Vec<&'a Cohort>),
    /// The guild has none.
    Nobody,
}

/// The one named; else the one whose channel (or a thread of it) this is; else the only one that still posts, or the
/// only one there is.
pub fn meant<'a>(cohorts: &'a [Cohort], named: Option<&str>, home_channel: u64) -> Meant<'a> {
    if cohorts.is_empty() {
        return Meant::Nobody;
    }
    if let Some(name) = named {
        let wanted = name.trim().to_lowercase();
        let found = cohorts.iter().find(|cohort| cohort.name.to_lowercase() == wanted);
        return found.map_or(Meant::Unknown, Meant::One);
    }
    let here = |cohort: &&Cohort| cohort.channel_id == home_channel;
    let posts = |cohort: &&Cohort| cohort.state != CohortState::Finished;
    for narrowed in [
        cohorts.iter().filter(here).collect::<Vec<_>>(),
        cohorts.iter().filter(posts).collect(),
    ] {
        match narrowed.as_slice() {
            [] => {}
            [only] => return Meant::One(only),
            _ => return Meant::Several(narrowed),
        }
    }
    match cohorts {
        [only] => Meant::One(only),
        _ => Meant::Several(cohorts.iter().collect()),
    }
}

/// What comes next in a cohort's channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A post, then.
    Post(Occurrence),
    /// Nothing until a moderator resumes it.
    Paused,
    /// Nothing: everything was posted.
    Finished,
    /// Nothing: the schedule names no more times.
    Never,
}

/// What comes next in a cohort's channel after `now`; posts that a moderator has skipped are passed over.
pub async fn next(store: &Store, cohort: &Cohort, now: DateTime<Utc>) -> Result<Next, PlanError> {
    /// Skipping further ahead than this shows as no next post; `/moderate schedule` shows the same number.
    const LOOK_AHEAD: usize = 25;
    match cohort.state {
        CohortState::Paused => return Ok(Next::Paused),
        CohortState::Finished => return Ok(Next::Finished),
        CohortState::Active => {}
    }
    let upcoming = preview(store, &cohort.id, LOOK_AHEAD, now).await?;
    let next = upcoming.into_iter().find(|one| !one.skipped);
    Ok(next.map_or(Next::Never, |one| Next::Post(one.occurrence)))
}

/// A cohort's schedule in words, `weekdays at 09:00, Europe/Berlin`; the bare line where it can't be read any more.
pub fn schedule_in_words(cohort: &Cohort) -> String {
    Schedule::parse(&cohort.cron, cohort.timezone.name()).map_or_else(
        |_| format!("`{}`, {}", cohort.cron, cohort.timezone),
        |schedule| schedule.to_string(),
    )
}

/// A sentence on what comes next, in the reader's own time.
pub fn next_in_words(cohort: &Cohort, next: Next) -> String {
    let place = text::channel(cohort.channel_id);
    match next {
        Next::Post(occurrence) => {
            let at = occurrence.at.timestamp_millis();
            format!(
                "The next lesson comes to {place} on {} ({}).",
                text::moment(at, 'F'),
                text::moment(at, 'R')
            )
        }
        Next::Paused => format!("Its lessons in {place} are paused; a moderator lets them go on."),
        Next::Finished => {
            format!("All its lessons have been posted in {place}. You read them at your own pace.")
        }
        Next::Never => format!("No lesson is planned for {place} at the moment."),
    }
}

/// The route by which anyone joins a cohort.
pub fn join_route(cohort_id: &str) -> Route {
    Route::new("cohort", "join").arg(cohort_id)
}

/// The names that hold what was typed, for completion.
pub fn matching(cohorts: &[Cohort], typed: &str) -> Vec<String> {
    let typed = typed.trim().to_lowercase();
    cohorts
        .iter()
        .filter(|cohort| cohort.name.to_lowercase().contains(&typed))
        .take(MOST)
        .map(|cohort| cohort.name.clone())
        .collect()
}

/// Why the demo cohort was not made.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// Its name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Its schedule.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// Making it.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The database.
    #[error("the database failed: {0}")]
    Store(#[from] sqlx::Error),
}

/// The playground's cohort: `demo` on `streams-15`, weekdays at nine in Berlin, with these members. Does nothing
/// where the guild has a cohort already; says whether it did something.
pub async fn seed_demo(
    app: &App,
    guild_id: u64,
    lessons_channel: u64,
    members: &[u64],
    moderator_role: Option<u64>,
) -> Result<bool, SeedError> {
    if !membership::in_guild(&app.store, guild_id).await?.is_empty() {
        return Ok(false);
    }
    let demo = NewCohort {
        guild_id,
        name: CohortName::parse("demo")?,
        track: "streams-15".to_owned(),
        path: "full-coverage".to_owned(),
        channel_id: lessons_channel,
        moderator_role_id: moderator_role,
        ping_role_id: None,
        schedule: Schedule::from_days("weekdays", "09:00", "Europe/Berlin")?,
        modules_per_post: 1,
        created_by: app.bot_id,
    };
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let id = create(&mut tx, &demo, now).await?;
    for member in members {
        join(&mut tx, &id, *member, now).await?;
    }
    tx.commit().await?;
    app.plans_changed.notify_waiters();
    Ok(true)
}
