//! `/help`, which knows where it is asked: in a lesson's thread, in a quiz's, in the lab, by a newcomer, by a moderator. Short,
//! with the next step as a button. It changes nothing; what it knows, it asks of the features.

use discord::Failure;
use lessons::Module;

use crate::call::Call;
use crate::lesson::Reader;
use crate::membership::{self, Cohort, CohortState, Membership};
use crate::{cohort, exercise, lesson, quiz, schedule};

mod cards;
pub mod commands;

/// What a help is about: asked for, or seen from the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Tributary as a whole.
    Everything,
    /// Lessons, and the thread of one.
    Lessons,
    /// Quizzes, and one's own thread for them.
    Quizzes,
    /// The sandbox and its exercises.
    Sandbox,
    /// Running a cohort.
    Moderating,
}

/// A thread of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thread {
    /// Of a cohort's post.
    Lesson,
    /// Somebody's, for quizzes.
    Quiz,
}

/// Where and by whom help is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Here {
    /// The thread, where it is one of ours.
    thread: Option<Thread>,
    /// The channel's name, or nothing.
    channel: String,
    /// Whether the caller is in a cohort.
    enrolled: bool,
    /// Whether the caller may run a cohort, or make one.
    moderates: bool,
}

impl Here {
    /// What somebody here most likely wants to know.
    fn about(&self) -> About {
        let named = |part: &str| self.channel.to_lowercase().contains(part);
        match self.thread {
            Some(Thread::Quiz) => About::Quizzes,
            Some(Thread::Lesson) => About::Lessons,
            None if named("lab") || named("sandbox") => About::Sandbox,
            None if self.moderates && (named("moderator") || !self.enrolled) => About::Moderating,
            None => About::Everything,
        }
    }
}

/// The help for somebody, here.
async fn help(call: &Call, wanted: Option<About>) -> Result<discord::Card, Failure> {
    let app = &call.app;
    let mine = membership::of_member(&app.store, call.guild_id, call.member_id).await?;
    let cohorts = membership::in_guild(&app.store, call.guild_id).await?;
    let post = schedule::modules_of_thread(&app.store, call.channel_id).await?;
    let desk = quiz::owner_of_thread(&app.store, call.channel_id).await?;
    let run: Vec<&Cohort> = cohorts
        .iter()
        .filter(|cohort| cohort.moderated_by(call))
        .collect();
    let here = Here {
        thread: match (&post, desk) {
            (_, Some(_)) => Some(Thread::Quiz),
            (Some(_), None) => Some(Thread::Lesson),
            (None, None) => None,
        },
        channel: call.channel_name.clone(),
        enrolled: !mine.is_empty(),
        moderates: call.manages_guild() || !run.is_empty(),
    };
    let reader = match the_one(call, mine) {
        Some(membership) => Some(Reader::within(app, membership, call.member_id).await?),
        None => None,
    };
    match wanted.unwrap_or_else(|| here.about()) {
        About::Moderating => moderating(call, &run).await,
        About::Sandbox => sandbox(call, reader.as_ref()).await,
        About::Quizzes => {
            let others = desk.is_some_and(|owner| owner != call.member_id);
            quizzes(call, reader.as_ref(), others).await
        }
        _ if reader.is_none() && !here.enrolled => Ok(cards::newcomer(&open(&cohorts), here.moderates)),
        About::Lessons => Ok(lessons(call, reader.as_ref(), post.as_deref())),
        About::Everything => Ok(cards::everything(reader.as_ref())),
    }
}

/// The member's place in the cohort of this channel, or in their only one.
fn the_one(call: &Call, mine: Vec<Membership>) -> Option<Membership> {
    let here = call.home_channel();
    let only = mine.len() == 1;
    mine.into_iter().find(|one| only || one.cohort.channel_id == here)
}

/// The cohorts that can be joined.
fn open(cohorts: &[Cohort]) -> Vec<&Cohort> {
    cohorts
        .iter()
        .filter(|cohort| cohort.state != CohortState::Finished)
        .collect()
}

/// In a lesson's thread: the first of its modules that is not complete.
fn lessons<'a>(call: &'a Call, reader: Option<&Reader<'a>>, post: Option<&[String]>) -> discord::Card {
    let Some(reader) = reader else {
        return cards::everything(None);
    };
    let of_post = post.unwrap_or_default();
    let modules: Vec<&Module> = of_post.iter().filter_map(|id| reader.track.module(id)).collect();
    let complete = reader.standing.complete();
    let in_hand = modules
        .iter()
        .find(|module| !complete.contains(&module.id))
        .or(modules.first())
        .copied()
        .or_else(|| reader.next());
    let Some(module) = in_hand else {
        return cards::everything(Some(reader));
    };
    let has_exercise = call.app.exercises.of_module(module.id.as_str()).is_some();
    let is_written = lesson::lesson_of(&call.app, module).is_ok();
    cards::lesson(reader, module, !modules.is_empty(), is_written, has_exercise)
}

async fn quizzes(call: &Call, reader: Option<&Reader<'_>>, others: bool) -> Result<discord::Card, Failure> {
    let Some(reader) = reader else {
        return Ok(cards::quizzes(None, None, others));
    };
    let attempt = quiz::in_hand(&call.app.store, &reader.membership.cohort.id, call.member_id).await?;
    Ok(cards::quizzes(Some(reader), attempt.as_ref(), others))
}

/// The exercise in hand, else that of the module in hand, else the first.
async fn sandbox(call: &Call, reader: Option<&Reader<'_>>) -> Result<discord::Card, Failure> {
    let in_hand = exercise::in_hand(call).await?;
    let begun = in_hand.is_some();
    let next = reader.and_then(Reader::next).map(|module| module.id.as_str());
    let exercises = &call.app.exercises;
    let exercise = in_hand
        .or_else(|| exercises.of_module(next?))
        .or_else(|| exercises.all().first());
    Ok(cards::sandbox(exercise, begun, call.app.sandbox.quotas()))
}

async fn moderating(call: &Call, run: &[&Cohort]) -> Result<discord::Card, Failure> {
    let home = call.home_channel();
    let cohort = run
        .iter()
        .find(|cohort| cohort.channel_id == home)
        .or(run.first());
    let Some(cohort) = cohort else {
        return Ok(cards::no_cohort(call.manages_guild()));
    };
    let next = cohort::next(&call.app.store, cohort, call.app.clock.now()).await?;
    let waiting = quiz::reviews_waiting(&call.app, cohort).await?.len();
    let next = cohort::next_in_words(cohort, next);
    Ok(cards::moderating(
        cohort,
        &next,
        waiting,
        run.len(),
        call.member_id,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_about_the_place_before_the_person() {
        let at = |channel: &str| Here {
            channel: channel.to_owned(),
            ..Here::default()
        };
        let moderator = |here: Here| Here {
            moderates: true,
            ..here
        };
        for (here, about) in [
            (at("general"), About::Everything),
            (at("the-Lab"), About::Sandbox),
            (moderator(at("lab")), About::Sandbox),
            (moderator(at("general")), About::Moderating),
            (
                Here {
                    enrolled: true,
                    ..moderator(at("general"))
                },
                About::Everything,
            ),
            (
                Here {
                    enrolled: true,
                    ..moderator(at("moderators"))
                },
                About::Moderating,
            ),
            (at("moderators"), About::Everything),
            (
                Here {
                    thread: Some(Thread::Lesson),
                    ..moderator(at("M1 lab"))
                },
                About::Lessons,
            ),
            (
                Here {
                    thread: Some(Thread::Quiz),
                    ..at("quiz")
                },
                About::Quizzes,
            ),
        ] {
            assert_eq!(here.about(), about, "{here:?}");
        }
    }
}
