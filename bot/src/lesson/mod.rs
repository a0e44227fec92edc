//! Reading: what a member may read next, where they stopped, and Done. Its rules: reading ahead is always allowed, only
//! quizzes have prerequisites; *read* is Done pressed, and can be taken back; drafts are shown as such and never opened.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use discord::{Card, Failure, Route, mistake, text};
use lessons::{Lesson, Module, ModuleId, Path, Track};

use crate::app::App;
use crate::call::Call;
use crate::membership::Membership;
use crate::progress::{self, Fact, Standing};

pub mod cards;
pub mod commands;
pub mod post;
mod store;

/// A member in a cohort, with the content their path names and what they have done: what each command here needs.
pub struct Reader<'a> {
    /// The cohort and the member's path in it.
    pub membership: Membership,
    /// The cohort's track.
    pub track: &'a Track,
    /// The member's path.
    pub path: &'a Path,
    /// What they did.
    pub standing: Standing,
}

impl<'a> Reader<'a> {
    /// The caller, in the cohort that the call is about.
    pub async fn of(call: &'a Call, cohort: Option<&str>) -> Result<Self, Failure> {
        let membership = crate::membership::current(call, cohort).await?;
        Self::within(&call.app, membership, call.member_id).await
    }

    /// The caller, in the cohort that a button is about; where it names none, or one they have left, by the place.
    pub async fn pressed(call: &'a Call, route: &Route) -> Result<Self, Failure> {
        let mine = crate::membership::of_member(&call.app.store, call.guild_id, call.member_id).await?;
        let named = |one: &Membership| route.cohort.as_ref() == Some(&one.cohort.id);
        match mine.into_iter().find(named) {
            Some(membership) => Self::within(&call.app, membership, call.member_id).await,
            None => Self::of(call, None).await,
        }
    }

    /// The same card, with its buttons about this reader's cohort.
    pub fn about(&self, card: Card) -> Card {
        card.about_cohort(&self.membership.cohort.id)
    }

    /// A member of a known cohort.
    pub async fn within(app: &'a App, membership: Membership, member_id: u64) -> Result<Self, Failure> {
        let track = app.track(&membership.cohort.track)?;
        let path = app.path(track, &membership.path)?;
        let standing = progress::standing(&app.store, &membership.cohort.id, member_id).await?;
        Ok(Self {
            membership,
            track,
            path,
            standing,
        })
    }

    /// The module that `/lesson next` opens, by the rule of DESIGN §6.
    pub fn next(&self) -> Option<&'a Module> {
        lessons::next_module(self.track, self.path, &self.standing.complete())
    }

    /// What must be passed before this module's quiz opens; nothing where a moderator has unlocked it. A prerequisite
    /// that a moderator refused after the member had gone on does not lock them out again.
    pub fn missing(&self, module: &Module) -> Vec<&'a Module> {
        if self.standing.unlocked.contains(&module.id) {
            return Vec::new();
        }
        let open: BTreeSet<ModuleId> = self
            .standing
            .complete()
            .union(&self.standing.refused)
            .cloned()
            .collect();
        lessons::missing_prerequisites(self.track, self.path, module, &open)
    }

    /// A module by what was typed, or a sentence that helps.
    pub fn module(&self, typed: &str) -> Result<&'a Module, Failure> {
        find_module(self.track, typed)
    }
}

/// A module of a track by id, or by the start of its id or title.
pub fn find_module<'a>(track: &'a Track, typed: &str) -> Result<&'a Module, Failure> {
    let wanted = typed.trim();
    if let Some(module) = track.module(wanted) {
        return Ok(module);
    }
    match track.matching(wanted).as_slice() {
        [only] if !wanted.is_empty() => Ok(*only),
        _ => {
            let first = track.modules.first().map_or("M1", |module| module.id.as_str());
            let last = track.modules.last().map_or("M15", |module| module.id.as_str());
            Err(mistake(format!(
                "There is no module {} on {}. Modules go from {first} to {last}; `/lesson list` shows them all.",
                text::code(&text::cut(wanted, 40)),
                track.title
            )))
        }
    }
}

/// A module's lesson, or the sentence that it is not yet written.
pub fn lesson_of<'a>(app: &'a App, module: &Module) -> Result<&'a Lesson, Failure> {
    app.library.lesson_of(module).ok_or_else(|| {
        mistake(format!(
            "{} · {} is still being written. `/lesson next` opens what is ready for you.",
            module.id, module.title
        ))
    })
}

/// Marks a module read, once. Says how many points that brought: none where it was read before.
pub async fn done(call: &Call, membership: &Membership, module: &ModuleId) -> Result<i64, Failure> {
    note(call, membership, module, &Fact::Read).await
}

/// Takes Done back. Says how many points went with it: none where it was not read.
pub async fn undo(call: &Call, membership: &Membership, module: &ModuleId) -> Result<i64, Failure> {
    note(call, membership, module, &Fact::ReadUndone).await
}

async fn note(call: &Call, membership: &Membership, module: &ModuleId, fact: &Fact) -> Result<i64, Failure> {
    let Some(mut tx) = call
        .app
        .store
        .begin_once(call.id, crate::clock::real_ms())
        .await?
    else {
        return Ok(0);
    };
    let now = call.app.clock.now();
    let points = progress::record(&mut tx, &membership.cohort, call.member_id, module, now, fact).await?;
    tx.commit().await?;
    Ok(points)
}

/// The first command of a member's day opens with where they stand: puts those two lines above the card.
pub async fn greet(call: &Call, reader: &Reader<'_>, card: Card) -> Result<Card, Failure> {
    let today: NaiveDate = reader.membership.cohort.local_date(call.app.clock.now());
    if card.text.is_some()
        || !store::greet_once(&call.app.store, call.guild_id, call.member_id, today).await?
    {
        return Ok(card);
    }
    let lines = cards::two_lines(call, reader, today).await?;
    Ok(Card {
        text: Some(lines),
        ..card
    })
}
