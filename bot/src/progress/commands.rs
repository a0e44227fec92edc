//! `/progress` and `/leaderboard`.
#![allow(
    missing_docs,
    reason = "poise makes a command's doc comment its description in Discord"
)]

use discord::{Failure, Visibility};
use lessons::{Module, path_progress};

use super::cards::{self, Line};
use super::{Place, Standing, Window};
use crate::call::{Call, Context};
use crate::membership::{self, Cohort};

/// Lines a board shows before the caller's own.
const TOP: usize = 10;

/// Which points a leaderboard counts.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
pub enum Span {
    #[name = "week"]
    Week,
    #[name = "all time"]
    AllTime,
}

/// Who has how many points in your cohort
#[poise::command(slash_command, guild_only)]
pub async fn leaderboard(
    ctx: Context<'_>,
    #[description = "This week's points, or all of them (all time, if left out)"] window: Option<Span>,
    #[description = "Which cohort, where you are in several"] cohort: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let cohort = membership::current(&call, cohort.as_deref()).await?.cohort;
    let window = match window {
        Some(Span::Week) => Window::Week(cohort.local_date(call.app.clock.now())),
        Some(Span::AllTime) | None => Window::AllTime,
    };
    let (mut places, own) =
        super::leaderboard_for(&call.app.store, &cohort.id, window, TOP, call.member_id).await?;
    let room = (TOP - places.len()) as i64;
    if room > 0 {
        let rank = places.len() as i64 + 1;
        let rest = super::without_points(&call.app.store, &cohort.id, window, room).await?;
        places.extend(rest.into_iter().map(|member_id| Place {
            rank,
            member_id,
            points: 0,
            name: None,
        }));
    }
    let lines = lines(&call, places).await?;
    let own = own.map(|place| Line {
        name: membership::shown(Some(&call.name), place.member_id),
        place,
    });
    let card = cards::leaderboard(&cohort.name, window, &lines, own.as_ref(), call.member_id);
    Ok(call.to.reply(&card, Visibility::Public).await?)
}

/// The board's lines with names; those without points are the few whose names did not come with their place.
async fn lines(call: &Call, places: Vec<Place>) -> Result<Vec<Line>, Failure> {
    let unnamed: Vec<u64> = places
        .iter()
        .filter(|place| place.name.is_none())
        .map(|place| place.member_id)
        .collect();
    let names = membership::names(&call.app.store, call.guild_id, &unnamed).await?;
    let line = |place: Place| Line {
        name: match names.get(&place.member_id) {
            Some(name) => name.clone(),
            None => membership::shown(place.name.as_deref(), place.member_id),
        },
        place,
    };
    Ok(places.into_iter().map(line).collect())
}

/// What you have done so far, with the evidence
#[poise::command(slash_command, guild_only)]
pub async fn progress(
    ctx: Context<'_>,
    #[description = "Which cohort, where you are in several"] cohort: Option<String>,
) -> Result<(), Failure> {
    let call = Call::of(ctx).await?;
    let mine = membership::current(&call, cohort.as_deref()).await?;
    let page = page(&call, &mine.cohort, &mine.path).await?;
    Ok(call.to.reply(&cards::page(&page), Visibility::Private).await?)
}

async fn page(call: &Call, cohort: &Cohort, path: &str) -> Result<cards::Page, Failure> {
    let store = &call.app.store;
    let today = cohort.local_date(call.app.clock.now());
    let track = call.app.track(&cohort.track)?;
    let path = call.app.path(track, path)?;
    let standing = super::standing(store, &cohort.id, call.member_id).await?;
    let done = path_progress(track, path, &standing.complete());
    let since = today.checked_sub_days(chrono::Days::new(400)).unwrap_or(today);
    let days = super::active_days(store, &cohort.id, call.member_id, since).await?;
    let next = lessons::next_module(track, path, &standing.complete());
    Ok(cards::Page {
        cohort: cohort.name.clone(),
        path: path.title.clone(),
        modules: (done.complete, done.written, done.total),
        evidence: track
            .on_path(path)
            .filter_map(|module| evidence(&standing, module))
            .collect(),
        points: super::points(store, &cohort.id, Window::AllTime, call.member_id).await?,
        week: super::points(store, &cohort.id, Window::Week(today), call.member_id).await?,
        rank: super::own_place(store, &cohort.id, Window::AllTime, call.member_id)
            .await?
            .map(|place| place.rank),
        streak: super::streak(&days, today),
        next: next.map_or_else(
            || "You have completed everything that is written.".to_owned(),
            |module| format!("Next: **{} · {}** (`/lesson next`).", module.id, module.title),
        ),
    })
}

/// A line for a module that is begun; none for one that is not.
fn evidence(standing: &Standing, module: &Module) -> Option<String> {
    let score = standing
        .best
        .iter()
        .find(|(id, _)| *id == module.id)
        .map(|(_, score)| format!(" · best {:.0} %", score * 100.0));
    let score = score.unwrap_or_default();
    let exercised = standing.exercised.contains(&module.id);
    let state = if standing.passed.contains(&module.id) {
        "✅ passed"
    } else if standing.provisional.contains(&module.id) {
        "☑️ provisional: a moderator reads your explanation"
    } else if !score.is_empty() {
        "🔁 not passed yet"
    } else if standing.read.contains(&module.id) {
        "📖 read"
    } else if exercised {
        "▫️ not read yet"
    } else {
        return None;
    };
    let exercise = if exercised { " · 🛠️ exercise" } else { "" };
    Some(format!(
        "{} · {} · {state}{score}{exercise}",
        module.id, module.title
    ))
}
