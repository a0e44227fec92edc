//! Carrying an attempt forward: begin, answer, hint, and seeing that the thread has what the database says. Each step
//! commits first and shows then; whatever dies in between, the next click or `/quiz` shows what is missing.

use discord::{Card, Failure, Visibility, mistake};
use lessons::Module;
use quizzes::QuestionId;
use quizzes::attempt::QuizKind;
use rand::Rng;
use store::Tx;

use super::judge::{self, Given};
use super::question_card::{self, View};
use super::store::{self as rows, Owed, Part};
use super::thread::{Desk, Letter};
use super::{Attempt, Door, Facts, Mark, State, cards, door, has_expired, review};
use crate::app::App;
use crate::call::Call;
use crate::clock::real_ms;
use crate::lesson::Reader;
use crate::membership::Cohort;
use crate::progress::{self, Fact};

const REWRITTEN: &str =
    "The questions of the quiz you had open were rewritten since, so it was closed; it does not count.";
const WAITED: &str = "The quiz you had open waited for seven days and was closed; it does not count.";

/// Resumes the open attempt at this module or begins one, or says what stands before it.
pub async fn start(call: &Call, reader: &Reader<'_>, module: &Module, again: bool) -> Result<(), Failure> {
    let cohort = &reader.membership.cohort;
    let (open, closed) = still_open(&call.app, cohort, call.member_id).await?;
    let past = rows::past(&call.app.store, &cohort.id, call.member_id, &module.id).await?;
    let found = door(Facts {
        module,
        has_questions: !call.app.bank.pool(module.id.as_str()).is_empty(),
        open: open.map(|attempt| attempt.module),
        missing: reader.missing(module),
        past: &past,
        again,
        now: call.app.clock.now_ms(),
    });
    let card = match found {
        Door::Resume => return show(call, reader, closed).await,
        Door::Open => {
            begin(call, cohort, module).await?;
            return show(call, reader, closed).await;
        }
        shut => reader.about(cards::shut(call.member_id, module, &past, shut)),
    };
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// Takes the member back to their open attempt.
pub async fn resume(call: &Call, reader: &Reader<'_>) -> Result<(), Failure> {
    let (open, closed) = still_open(&call.app, &reader.membership.cohort, call.member_id).await?;
    if open.is_none() {
        let closed = closed.map(|words| format!("{words} ")).unwrap_or_default();
        return Err(mistake(format!(
            "{closed}You have no quiz open. `/quiz` starts the next one."
        )));
    }
    show(call, reader, closed).await
}

/// The member's open attempt, and what to say where one was closed just now.
pub async fn still_open(
    app: &App,
    cohort: &Cohort,
    member_id: u64,
) -> Result<(Option<Attempt>, Option<&'static str>), Failure> {
    let Some(attempt) = rows::open_attempt(&app.store, &cohort.id, member_id).await? else {
        return Ok((None, None));
    };
    match why_closed(app, &attempt) {
        None => Ok((Some(attempt), None)),
        Some(why) => {
            rows::expire(&app.store, &attempt.id, app.clock.now_ms()).await?;
            Ok((None, Some(why)))
        }
    }
}

/// Why an attempt can't go on: it waited too long, or a question still to come is not what was drawn.
fn why_closed(app: &App, attempt: &Attempt) -> Option<&'static str> {
    if has_expired(attempt, app.clock.now_ms()) {
        return Some(WAITED);
    }
    let rewritten = attempt
        .asked
        .iter()
        .any(|asked| !asked.is_settled() && judge::current(&app.bank, asked).is_none());
    (attempt.state == State::Open && rewritten).then_some(REWRITTEN)
}

async fn begin(call: &Call, cohort: &Cohort, module: &Module) -> Result<(), Failure> {
    let Some(mut tx) = call.app.store.begin_once(call.id, real_ms()).await? else {
        return Ok(());
    };
    let history: Vec<QuestionId> = rows::history(&mut tx, &cohort.id, call.member_id, &module.id)
        .await?
        .iter()
        .map(|id| QuestionId::from(id.as_str()))
        .collect();
    let pool = call.app.bank.pool(module.id.as_str());
    let seed: u64 = rand::rng().random();
    let drawn: Vec<(String, u32)> = QuizKind::Module
        .draw(&pool, seed, &history)
        .iter()
        .filter_map(|id| call.app.bank.question(id))
        .map(|question| (question.id.to_string(), question.version))
        .collect();
    let now = call.app.clock.now_ms();
    rows::begin(&mut tx, cohort, call.member_id, &module.id, seed, &drawn, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Sees that the thread has the question, and tells the member where.
async fn show(call: &Call, reader: &Reader<'_>, closed: Option<&str>) -> Result<(), Failure> {
    call.to.defer(Visibility::Private).await?;
    let thread = carry_on(call, reader, true).await?;
    let card = cards::where_it_is(thread, thread == call.channel_id, closed);
    Ok(call.to.reply(&card, Visibility::Private).await?)
}

/// Sees that the caller's thread has all that it should have, and returns it.
pub async fn carry_on(call: &Call, reader: &Reader<'_>, check: bool) -> Result<u64, Failure> {
    let desk = Desk {
        app: &call.app,
        cohort: &reader.membership.cohort,
        member_id: call.member_id,
        name: &call.name,
    };
    deliver(&desk, reader, call.channel_id, check).await
}

/// The same for any member: `here` is the channel they are in, 0 where that is not known.
pub async fn deliver(desk: &Desk<'_>, reader: &Reader<'_>, here: u64, check: bool) -> Result<u64, Failure> {
    let owed = rows::owed(&desk.app.store, &desk.cohort.id, desk.member_id).await?;
    let mut letters = Vec::with_capacity(owed.len());
    for Owed { attempt_id, part } in owed {
        let Some(attempt) = rows::attempt(&desk.app.store, &attempt_id).await? else {
            continue;
        };
        if let Some(card) = draw(desk.app, reader, &attempt, part).await? {
            letters.push(Letter {
                attempt_id,
                part,
                card,
            });
        }
    }
    desk.deliver(here, &letters, check).await
}

async fn draw(
    app: &App,
    reader: &Reader<'_>,
    attempt: &Attempt,
    part: Part,
) -> Result<Option<Card>, Failure> {
    Ok(match part {
        Part::Question(position) => attempt.asked.get(position).and_then(|asked| {
            let question = judge::current(&app.bank, asked)?;
            Some(question_card::question(&View {
                attempt,
                position,
                question,
            }))
        }),
        Part::Result => {
            let cohort = &reader.membership.cohort.id;
            let earlier = rows::past(&app.store, cohort, attempt.member_id, &attempt.module).await?;
            Some(cards::result(reader, &app.bank, attempt, &earlier))
        }
        Part::Said(position) => cards::said(reader, &app.bank, attempt, position),
    })
}

/// What became of a press on a question.
enum Step {
    /// It is committed, now or before.
    Done,
    /// That question is not in hand any more.
    Past,
    /// The attempt is closed.
    Closed(&'static str),
}

/// An answer came in.
pub async fn answer(
    call: &Call,
    reader: &Reader<'_>,
    attempt: &Attempt,
    position: usize,
    given: &Given,
) -> Result<(), Failure> {
    if matches!(given, Given::Typed(words) if words.trim().is_empty()) {
        return Err(mistake(
            "There was nothing in your answer. Press the button again and write a few words; this did not count as a try.",
        ));
    }
    let cohort = &reader.membership.cohort;
    let (step, waits) = match call.app.store.begin_once(call.id, real_ms()).await? {
        Some(tx) => record(call, cohort, tx, &attempt.id, position, given).await?,
        None => (Step::Done, false),
    };
    let shown = after(call, reader, attempt, position, step).await;
    if waits {
        review::tell_that_one_waits(&call.app, cohort).await;
    }
    shown
}

/// What became of the answer, and whether it waits for a moderator now.
async fn record(
    call: &Call,
    cohort: &Cohort,
    mut tx: Tx,
    attempt_id: &str,
    position: usize,
    given: &Given,
) -> Result<(Step, bool), Failure> {
    let app = &call.app;
    let Some(attempt) = rows::load(&mut tx, attempt_id).await? else {
        return Ok((Step::Closed(WAITED), false));
    };
    if attempt.state != State::Open || attempt.position != position {
        return Ok((Step::Past, false));
    }
    if let Some(why) = why_closed(app, &attempt) {
        return Ok((Step::Closed(why), false));
    }
    let judged = attempt.asked.get(position).and_then(|asked| {
        let question = judge::current(&app.bank, asked)?;
        judge::judge(question, asked.answers.len(), given)
    });
    let Some(answer) = judged else {
        return Err(mistake(
            "That answer does not fit this question any more. `/quiz` shows it afresh.",
        ));
    };
    let now = app.clock.now_ms();
    rows::answer(&mut tx, &attempt, position, &answer, now).await?;
    if answer.mark == Mark::Moderator {
        rows::ask_moderator(&mut tx, cohort.guild_id, &attempt, position, now).await?;
    }
    if answer.mark != Mark::Retry && position + 1 == attempt.asked.len() {
        finish(app, &mut tx, cohort, attempt_id).await?;
    }
    tx.commit().await?;
    Ok((Step::Done, answer.mark == Mark::Moderator))
}

/// Settles an attempt by its answers and reviews as they stand in this write, and records what that means: at its end,
/// and again after each word of a moderator.
pub async fn finish(app: &App, tx: &mut Tx, cohort: &Cohort, attempt_id: &str) -> Result<(), Failure> {
    let Some(attempt) = rows::load(tx, attempt_id).await? else {
        return Ok(());
    };
    let now = app.clock.now();
    let outcome = judge::tally(&app.bank, &attempt);
    let score = outcome.percent / 100.0;
    let state = judge::ending(&outcome);
    let mut points = 0;
    for fact in facts(&attempt, state, score) {
        points += progress::record(tx, cohort, attempt.member_id, &attempt.module, now, &fact).await?;
    }
    rows::settle(tx, attempt_id, state, score, points, now.timestamp_millis()).await?;
    Ok(())
}

/// What to record when an attempt comes to this state and score. A provisional score is recorded when it is decided.
fn facts(attempt: &Attempt, state: State, score: f64) -> Vec<Fact> {
    let brilliant = attempt.finished_before == 0 && score >= 0.9;
    let risen = attempt.score.is_none_or(|before| score > before);
    match (attempt.state, state) {
        (before, State::Passed) if before != State::Passed => {
            vec![Fact::QuizFinished(score), Fact::QuizPassed { brilliant }]
        }
        (State::Open | State::Failed, State::Provisional) => vec![Fact::QuizProvisional],
        (State::Provisional, State::Failed) => vec![Fact::QuizFinished(score), Fact::QuizRefused],
        (_, State::Passed | State::Failed) if risen => vec![Fact::QuizFinished(score)],
        _ => Vec::new(),
    }
}

/// A hint was asked for.
pub async fn hint(
    call: &Call,
    reader: &Reader<'_>,
    attempt: &Attempt,
    position: usize,
) -> Result<(), Failure> {
    let step = if attempt.state != State::Open || attempt.position != position {
        Step::Past
    } else if let Some(why) = why_closed(&call.app, attempt) {
        Step::Closed(why)
    } else {
        let hints = attempt
            .asked
            .get(position)
            .and_then(|asked| judge::current(&call.app.bank, asked))
            .map_or(0, |question| question.hints.len());
        if let Some(mut tx) = call.app.store.begin_once(call.id, real_ms()).await? {
            let now = call.app.clock.now_ms();
            rows::show_hint(&mut tx, &attempt.id, position, hints, now).await?;
            tx.commit().await?;
        }
        Step::Done
    };
    after(call, reader, attempt, position, step).await
}

/// The message shows what the database says, and then the thread does.
async fn after(
    call: &Call,
    reader: &Reader<'_>,
    attempt: &Attempt,
    position: usize,
    step: Step,
) -> Result<(), Failure> {
    let now = rows::attempt(&call.app.store, &attempt.id).await?;
    let drawn = match &now {
        Some(attempt) if attempt.state != State::Expired => {
            draw(&call.app, reader, attempt, Part::Question(position)).await?
        }
        _ => None,
    };
    match step {
        Step::Closed(why) => {
            rows::expire(&call.app.store, &attempt.id, call.app.clock.now_ms()).await?;
            return Ok(call.to.update(&cards::closed(attempt, why)).await?);
        }
        Step::Past if drawn.is_none() => {
            return Ok(call.to.update(&cards::closed(attempt, WAITED)).await?);
        }
        Step::Done | Step::Past => {}
    }
    let shown = match &drawn {
        Some(card) => call.to.update(card).await,
        None => Ok(()),
    };
    // The answer is committed: what comes next is not held up by a press that can't be answered any more.
    carry_on(call, reader, false).await?;
    shown?;
    if matches!(step, Step::Past) {
        call.to
            .reply(&cards::answered_before(), Visibility::Private)
            .await?;
    }
    Ok(())
}

/// The modal for a typed answer, where the question is still in hand.
pub async fn form(
    call: &Call,
    reader: &Reader<'_>,
    attempt: &Attempt,
    position: usize,
) -> Result<(), Failure> {
    let asked = attempt
        .asked
        .get(position)
        .filter(|_| attempt.state == State::Open && attempt.position == position);
    let Some(asked) = asked else {
        return after(call, reader, attempt, position, Step::Past).await;
    };
    if let Some(why) = why_closed(&call.app, attempt) {
        return after(call, reader, attempt, position, Step::Closed(why)).await;
    }
    let Some(question) = judge::current(&call.app.bank, asked) else {
        return after(call, reader, attempt, position, Step::Closed(REWRITTEN)).await;
    };
    let form = question_card::form(&View {
        attempt,
        position,
        question,
    });
    if call.to.form(&form).await? {
        Ok(())
    } else {
        Err(mistake(
            "That took me too long to open. Please press the button once more.",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(state: State, score: Option<f64>, finished_before: i64) -> Attempt {
        Attempt {
            id: "a".into(),
            cohort_id: "c".into(),
            member_id: 1,
            module: lessons::ModuleId::new("M1"),
            number: 1,
            seed: 7,
            state,
            position: 3,
            score,
            points: 0,
            touched_at: 0,
            finished_at: None,
            finished_before,
            first_ever: true,
            asked: Vec::new(),
        }
    }

    #[test]
    fn a_first_attempt_with_ninety_percent_is_brilliant_and_a_second_is_not() {
        let passed = |brilliant| vec![Fact::QuizFinished(1.0), Fact::QuizPassed { brilliant }];
        assert_eq!(
            facts(&attempt(State::Open, None, 0), State::Passed, 1.0),
            passed(true)
        );
        assert_eq!(
            facts(&attempt(State::Open, None, 1), State::Passed, 1.0),
            passed(false)
        );
    }

    #[test]
    fn a_provisional_pass_is_scored_when_a_moderator_has_decided() {
        let waiting = attempt(State::Provisional, Some(1.0), 0);
        assert_eq!(
            facts(&attempt(State::Open, None, 0), State::Provisional, 1.0),
            [Fact::QuizProvisional]
        );
        assert_eq!(
            facts(&waiting, State::Passed, 1.0),
            [Fact::QuizFinished(1.0), Fact::QuizPassed { brilliant: true }]
        );
        assert_eq!(
            facts(&waiting, State::Failed, 2.0 / 3.0),
            [Fact::QuizFinished(2.0 / 3.0), Fact::QuizRefused]
        );
        assert_eq!(facts(&waiting, State::Provisional, 1.0), []);
    }

    #[test]
    fn a_word_that_changes_nothing_records_nothing() {
        let failed = attempt(State::Failed, Some(0.5), 0);
        assert_eq!(facts(&failed, State::Failed, 0.5), []);
        assert_eq!(facts(&failed, State::Failed, 0.6), [Fact::QuizFinished(0.6)]);
    }
}
