//! The moderators' part: what waits for them, their yes or no, and opening a module by hand. Whoever calls is checked
//! against the cohort again here, whatever the command's own permissions say.

use discord::{Card, Failure, Visibility, mistake, text};
use lessons::{Module, ModuleId};

use super::store as rows;
use super::thread::Desk;
use super::{Answer, Mark, play, review_cards};
use crate::app::App;
use crate::call::Call;
use crate::clock::real_ms;
use crate::lesson::Reader;
use crate::membership::{self, Cohort};
use crate::progress::{self, Fact};

/// The longest note of a moderator.
pub(super) const NOTE_MAX: usize = 800;

/// An answer that waits for a moderator.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// The review's id.
    pub id: String,
    /// Whose answer.
    pub member_id: u64,
    /// What they are called, safe to show.
    pub name: String,
    /// On which module.
    pub module: ModuleId,
    /// The question's id.
    pub question: String,
    /// What they answered, first to last.
    pub answers: Vec<Answer>,
    /// Graded wrong, and the member says it was right.
    pub disputed: bool,
    /// Since when, Unix milliseconds.
    pub since: i64,
}

/// What waits for a cohort's moderators, oldest first.
pub async fn reviews_waiting(app: &App, cohort: &Cohort) -> Result<Vec<Waiting>, Failure> {
    let open = rows::open_reviews(&app.store, &cohort.id).await?;
    let members: Vec<u64> = open.iter().map(|review| review.member_id).collect();
    let names = membership::names(&app.store, cohort.guild_id, &members).await?;
    let mut waiting = Vec::with_capacity(open.len());
    for review in open {
        let Some(attempt) = rows::attempt(&app.store, &review.attempt_id).await? else {
            continue;
        };
        let Some(asked) = attempt.asked.get(review.position) else {
            continue;
        };
        let name = names
            .get(&review.member_id)
            .cloned()
            .unwrap_or_else(|| text::member(review.member_id));
        waiting.push(Waiting {
            id: review.id,
            member_id: review.member_id,
            name,
            module: attempt.module.clone(),
            question: asked.question.clone(),
            answers: asked.answers.clone(),
            disputed: asked.last().is_some_and(|last| last.mark == Mark::Wrong),
            since: review.opened_at,
        });
    }
    Ok(waiting)
}

/// The card of `/moderate review`: the oldest answer that waits (or the one at `at`), with Accept, Refuse and Next.
pub async fn review_card(call: &Call, cohort: &Cohort, at: usize) -> Result<Card, Failure> {
    allowed(call, cohort)?;
    let list = reviews_waiting(&call.app, cohort).await?;
    Ok(review_cards::waiting(
        cohort,
        &list,
        at,
        call.member_id,
        &call.app.bank,
    ))
}

/// A moderator's yes or no. Settles the attempt anew, tells the member in their thread, and returns the card of what
/// waits next.
pub async fn decide(call: &Call, review_id: &str, accept: bool, note: Option<&str>) -> Result<Card, Failure> {
    let review = rows::review(&call.app.store, review_id).await?;
    let review = review.ok_or_else(|| mistake("That answer is not there any more."))?;
    let cohort = membership::by_id(&call.app.store, &review.cohort_id)
        .await?
        .ok_or_else(|| mistake("That cohort is not there any more."))?;
    allowed(call, &cohort)?;
    if review.member_id == call.member_id && has_other_moderator(call, &cohort).await? {
        return Err(mistake(
            "That answer is your own. Another moderator reads it, as you read theirs; `/moderate review` shows it to them.",
        ));
    }
    call.to.defer(Visibility::Private).await?;
    let note = note
        .map(str::trim)
        .filter(|note| !note.is_empty())
        .map(|note| text::cut(note, NOTE_MAX));
    let fresh = match call.app.store.begin_once(call.id, real_ms()).await? {
        None => true,
        Some(mut tx) => {
            let now = call.app.clock.now_ms();
            let fresh =
                rows::decide(&mut tx, &review.id, accept, note.as_deref(), call.member_id, now).await?;
            if fresh {
                play::finish(&call.app, &mut tx, &cohort, &review.attempt_id).await?;
            }
            tx.commit().await?;
            fresh
        }
    };
    let told = tell(&call.app, &cohort, review.member_id).await;
    let name = membership::names(&call.app.store, cohort.guild_id, &[review.member_id]).await?;
    let name = name.into_values().next().unwrap_or_default();
    let mut card = review_card(call, &cohort, 0).await?;
    card.text = Some(match (fresh, accept, told) {
        (false, ..) => "Another moderator has decided that one already.".to_owned(),
        (true, true, true) => format!("Accepted. {name} is told in their quiz thread."),
        (true, false, true) => {
            format!(
                "Refused. {name} is told in their quiz thread, kindly; nothing they have begun is locked."
            )
        }
        (true, _, false) => {
            format!(
                "Recorded. I could not reach {name}'s quiz thread now; they see it at their next `/quiz`."
            )
        }
    });
    Ok(card)
}

/// Opens a module's quiz for a member, whatever its prerequisites.
pub async fn unlock(call: &Call, cohort: &Cohort, member_id: u64, module: &Module) -> Result<Card, Failure> {
    allowed(call, cohort)?;
    if !membership::enrolled(&call.app.store, &cohort.id, member_id).await? {
        return Err(mistake(format!(
            "{} is not in the cohort {}. They can join with `/cohort join`.",
            text::member(member_id),
            text::escape(&cohort.name)
        )));
    }
    call.to.defer(Visibility::Private).await?;
    let before = progress::standing(&call.app.store, &cohort.id, member_id).await?;
    let new = !before.unlocked.contains(&module.id);
    if let Some(mut tx) = call.app.store.begin_once(call.id, real_ms()).await? {
        let now = call.app.clock.now();
        progress::record(&mut tx, cohort, member_id, &module.id, now, &Fact::Unlocked).await?;
        tx.commit().await?;
    }
    let name = membership::names(&call.app.store, cohort.guild_id, &[member_id]).await?;
    let name = name.into_values().next().unwrap_or_default();
    let told = new && tell_unlocked(&call.app, cohort, member_id, module, call.id).await;
    Ok(review_cards::unlocked(module, &name, new, told))
}

/// Whether somebody else is known to moderate here: made the cohort, or decided an answer in it. Discord tells a bot
/// without privileged intents no more. Who is alone decides their own answers too, or they would wait for ever.
async fn has_other_moderator(call: &Call, cohort: &Cohort) -> Result<bool, Failure> {
    let known = rows::moderators_known(&call.app.store, &cohort.id).await?;
    Ok(known
        .iter()
        .any(|id| ![call.member_id, call.app.bot_id].contains(id)))
}

fn allowed(call: &Call, cohort: &Cohort) -> Result<(), Failure> {
    if cohort.moderated_by(call) {
        return Ok(());
    }
    Err(mistake(format!(
        "Only the moderators of {} can do that.",
        text::escape(&cohort.name)
    )))
}

/// Says in a member's quiz thread that a module is open for them; says whether that worked.
async fn tell_unlocked(
    app: &App,
    cohort: &Cohort,
    member_id: u64,
    module: &Module,
    interaction: u64,
) -> bool {
    let said = async {
        let name = rows::name_of(&app.store, cohort.guild_id, member_id).await?;
        let desk = Desk {
            app,
            cohort,
            member_id,
            name: name.as_deref().unwrap_or("member"),
        };
        desk.say(&review_cards::opened(module), &format!("unlock/{interaction}"))
            .await
    };
    match said.await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%error, cohort = cohort.id, "a member could not be told that a module is open");
            false
        }
    }
}

/// Tells a cohort's moderators that an answer waits, where none waited before: once until all are read, in their
/// channel if the server has one, and pinging nobody. What fails here is only logged; `/moderate review` has it all.
pub async fn tell_that_one_waits(app: &App, cohort: &Cohort) {
    let waiting = match rows::open_reviews(&app.store, &cohort.id).await {
        Ok(open) => open.len(),
        Err(error) => {
            tracing::warn!(%error, cohort = cohort.id, "what waits could not be counted");
            return;
        }
    };
    if waiting != 1 {
        return;
    }
    let name = text::escape(&cohort.name);
    let words = format!(
        "An answer in **{name}** waits for a moderator's word: `/moderate review` shows it. I say this once until all are read."
    );
    crate::schedule::tell_moderators(app, cohort.guild_id, &words).await;
}

/// Brings a member's thread up to date; says whether that worked. What could not be told waits for their next `/quiz`.
async fn tell(app: &App, cohort: &Cohort, member_id: u64) -> bool {
    match try_tell(app, cohort, member_id).await {
        Ok(told) => told,
        Err(error) => {
            tracing::warn!(%error, cohort = cohort.id, "a member could not be told a moderator's word");
            false
        }
    }
}

async fn try_tell(app: &App, cohort: &Cohort, member_id: u64) -> Result<bool, Failure> {
    let mine = membership::of_member(&app.store, cohort.guild_id, member_id).await?;
    let Some(membership) = mine.into_iter().find(|one| one.cohort.id == cohort.id) else {
        return Ok(false);
    };
    let reader = Reader::within(app, membership, member_id).await?;
    let name = rows::name_of(&app.store, cohort.guild_id, member_id).await?;
    let desk = Desk {
        app,
        cohort,
        member_id,
        name: name.as_deref().unwrap_or("member"),
    };
    play::deliver(&desk, &reader, 0, false).await?;
    Ok(true)
}
