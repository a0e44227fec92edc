//! What a quiz says around its questions: where it is, what stands before it, its result, a moderator's word.
//! The questions are `question_card`'s, what moderators see `review_cards`'.

use discord::{Button, Card, Pick, Route, Style, Tone, text};
use lessons::{Module, unlocked_by};
use quizzes::attempt::Score;
use quizzes::{Bank, QuestionId};

use super::question_card::own_words;
use super::store::Part;
use super::{Asked, Attempt, Door, Mark, Past, ReviewState, State, judge, retake_at};
use crate::lesson::Reader;

fn lesson_button(label: impl Into<String>, style: Style, module: &lessons::ModuleId) -> Button {
    Button::new(label, style, &Route::new("lesson", "open").arg(module))
}

fn quiz_button(label: impl Into<String>, style: Style, module: &lessons::ModuleId) -> Button {
    Button::new(label, style, &Route::new("quiz", "start").arg(module))
}

/// A button on one of an attempt's messages; by its arguments the message is known as ours.
fn marked(label: &str, verb: &str, attempt: &Attempt, part: Part) -> Button {
    let route = Route::new("quiz", verb)
        .owned_by(attempt.member_id)
        .arg(&attempt.id)
        .arg(part.name());
    Button::new(label, Style::Secondary, &route)
}

fn percent(score: f64) -> String {
    format!("{:.0} %", score * 100.0)
}

/// Where the quiz is.
pub fn where_it_is(thread: u64, here: bool, closed: Option<&str>) -> Card {
    let words = if here {
        "Your question is right here in this thread.".to_owned()
    } else {
        format!(
            "Your quiz is in {}. Only you see this link.",
            text::channel(thread)
        )
    };
    Card::words(match closed {
        Some(closed) => format!("{closed} {words}"),
        None => words,
    })
}

/// Why the quiz does not begin, and what does.
pub(super) fn shut(member_id: u64, module: &Module, past: &[Past], door: Door<'_>) -> Card {
    let name = format!("{} · {}", module.id, module.title);
    match door {
        Door::Busy(other) => Card::framed(
            format!("Your quiz on {other} is still open"),
            format!("One quiz at a time: finish it, then {name} is next. What you answered is kept."),
        )
        .buttons(vec![Button::new(
            format!("Continue {other}"),
            Style::Primary,
            &Route::new("quiz", "resume").owned_by(member_id),
        )]),
        Door::Locked(missing) => locked(&name, &missing),
        Door::WithModerators => Card::framed(
            format!("{name} is with the moderators"),
            "They will read your explanation and decide. Carry on meanwhile: what comes next is open to you.",
        ),
        Door::Passed => {
            let best = past.iter().filter_map(|past| past.score).fold(0.0, f64::max);
            Card::framed(
                format!("You have passed {}", module.id),
                format!("**{name}**, {} at best. You may take it again; the best attempt counts.", percent(best)),
            )
            .tone(Tone::Good)
            .buttons(vec![Button::new(
                "Take it again",
                Style::Secondary,
                &Route::new("quiz", "again").owned_by(member_id).arg(&module.id),
            )])
        }
        Door::Later(opens) => Card::framed(
            format!("The next attempt at {} opens {}", module.id, text::moment(opens, 'R')),
            format!(
                "At {}. Some time in between helps more than trying again at once; the lesson is a good place to spend it.",
                text::moment(opens, 'f')
            ),
        )
        .tone(Tone::Think)
        .buttons(vec![lesson_button("Lesson", Style::Primary, &module.id)]),
        // The others are not shut; said so rather than left blank.
        Door::Unwritten | Door::Resume | Door::Open => Card::words(format!(
            "The quiz on {name} is still being written. `/quiz` without a module opens what is ready for you."
        )),
    }
}

fn locked(name: &str, missing: &[&Module]) -> Card {
    let names: Vec<String> = missing
        .iter()
        .map(|module| format!("**{} · {}**", module.id, module.title))
        .collect();
    let ready: Vec<Button> = missing
        .iter()
        .filter(|module| module.is_ready())
        .take(2)
        .flat_map(|module| {
            [
                lesson_button(format!("Lesson {}", module.id), Style::Secondary, &module.id),
                quiz_button(format!("Quiz {}", module.id), Style::Primary, &module.id),
            ]
        })
        .collect();
    Card::framed(
        format!("The quiz on {name} is not open yet"),
        format!(
            "It opens when you have passed {}. You can read its lesson already.",
            text::listed(&names)
        ),
    )
    .buttons(ready)
}

/// A button of a question that was answered.
pub fn answered_before() -> Card {
    Card::words(
        "That question is answered already, and your answer is kept. Where the quiz stands is further down.",
    )
}

/// A message of an attempt that was closed.
pub fn closed(attempt: &Attempt, why: &str) -> Card {
    Card::framed(format!("{} · closed", attempt.module), why).buttons(vec![quiz_button(
        "Start again",
        Style::Primary,
        &attempt.module,
    )])
}

/// How an attempt ended: what each question brought, what it opens, or what to look at again.
pub fn result(reader: &Reader<'_>, bank: &Bank, attempt: &Attempt, past: &[Past]) -> Card {
    let outcome = judge::tally(bank, attempt);
    let lines: Vec<String> = attempt
        .asked
        .iter()
        .enumerate()
        .map(|(at, asked)| line(bank, at, asked))
        .collect();
    let score = percent(outcome.percent / 100.0);
    let mut body = vec![lines.join("\n")];
    let mut buttons = Vec::new();
    let (title, tone) = match attempt.state {
        State::Passed => {
            body.extend(earned(attempt));
            onward(reader, attempt, &mut body, &mut buttons);
            (format!("{} passed · {score}", attempt.module), Tone::Good)
        }
        State::Provisional => {
            body.push(
                "A moderator will read what is marked ⏳. Carry on meanwhile: the points follow when they accept it."
                    .to_owned(),
            );
            onward(reader, attempt, &mut body, &mut buttons);
            (
                format!("{} passed provisionally · {score}", attempt.module),
                Tone::Good,
            )
        }
        _ => {
            again(attempt, &outcome.review, past, &mut body, &mut buttons);
            (format!("{}: not yet · {score}", attempt.module), Tone::Think)
        }
    };
    buttons.push(marked("Results", "results", attempt, Part::Result));
    if attempt.asked.iter().any(is_disputable) {
        buttons.push(marked("Dispute", "dispute", attempt, Part::Result));
    }
    Card::framed(title, body.join("\n\n")).tone(tone).buttons(buttons)
}

/// The points an attempt brought, if any.
fn earned(attempt: &Attempt) -> Option<String> {
    let points = text::count(attempt.points, "point", "points");
    match attempt.points {
        ..=0 => None,
        1..=20 => Some(format!("**+{points}**")),
        _ => Some(format!(
            "**+{points}**, five of them for a first attempt like this"
        )),
    }
}

/// What a pass opens.
fn onward(reader: &Reader<'_>, attempt: &Attempt, body: &mut Vec<String>, buttons: &mut Vec<Button>) {
    let mut before = reader.standing.complete();
    before.remove(&attempt.module);
    let opened = unlocked_by(reader.track, reader.path, &attempt.module, &before);
    if !opened.is_empty() {
        let names: Vec<String> = opened
            .iter()
            .map(|module| format!("**{} · {}**", module.id, module.title))
            .collect();
        body.push(format!("This opens {}.", text::listed(&names)));
    }
    match opened.first().copied().or_else(|| reader.next()) {
        Some(next) => buttons.push(lesson_button("Next lesson", Style::Primary, &next.id)),
        None => body.push("You have passed everything that is written. Well done.".to_owned()),
    }
}

/// What to look at again, and when the next attempt opens.
fn again(
    attempt: &Attempt,
    concepts: &[String],
    past: &[Past],
    body: &mut Vec<String>,
    buttons: &mut Vec<Button>,
) {
    body.extend(another_look(concepts));
    let this = attempt.finished_at.unwrap_or_default();
    let when = match retake_at(past).filter(|opens| *opens > this) {
        Some(opens) => text::moment(opens, 'R'),
        None => "right away".to_owned(),
    };
    body.push(format!("You can take it again {when}, with other questions."));
    buttons.push(lesson_button("Lesson", Style::Primary, &attempt.module));
    buttons.push(quiz_button("Retake", Style::Secondary, &attempt.module));
}

fn another_look(concepts: &[String]) -> Option<String> {
    (!concepts.is_empty()).then(|| format!("Worth another look: **{}**.", text::listed(concepts)))
}

fn line(bank: &Bank, at: usize, asked: &Asked) -> String {
    let mark = match judge::settled(asked) {
        Score::Provisional => "⏳",
        Score::Settled(score) if score >= 1.0 => "✅",
        Score::Settled(score) if score > 0.0 => "🟡",
        Score::Settled(_) => "❌",
    };
    let concepts = bank
        .question(&QuestionId::from(asked.question.as_str()))
        .map_or_else(String::new, |question| question.concepts.join(", "));
    let hints = match asked.hints_shown {
        0 => String::new(),
        hints => format!(" ({})", text::count(hints as i64, "hint", "hints")),
    };
    format!("{mark} Question {} · {concepts}{hints}", at + 1)
}

/// Whether a member may send this answer to the moderators.
pub fn is_disputable(asked: &Asked) -> bool {
    asked.review.is_none() && asked.last().is_some_and(|last| last.mark == Mark::Wrong)
}

/// A moderator's word, told in the member's thread.
pub fn said(reader: &Reader<'_>, bank: &Bank, attempt: &Attempt, position: usize) -> Option<Card> {
    let asked = attempt.asked.get(position)?;
    let review = asked.review.as_ref()?;
    let question = bank.question(&QuestionId::from(asked.question.as_str()));
    let mut body: Vec<String> = question
        .iter()
        .map(|question| text::cut(&question.prompt, 600))
        .collect();
    body.extend(asked.last().map(words_of));
    if let Some(note) = &review.note {
        body.push(format!("They write:\n{}", text::quote(note)));
    }
    let part = Part::Said(position);
    let mut buttons = Vec::new();
    let (title, tone) = if review.state == ReviewState::Accepted {
        if attempt.state == State::Passed {
            body.push(format!("**{}** is passed.", attempt.module));
            body.extend(earned(attempt));
            onward(reader, attempt, &mut body, &mut buttons);
        }
        ("A moderator accepted your answer", Tone::Good)
    } else {
        body.extend(question.and_then(|question| another_look(&question.concepts)));
        body.push("Nothing you have begun is locked: come back to this when you like.".to_owned());
        buttons.push(lesson_button("Lesson", Style::Primary, &attempt.module));
        if attempt.state == State::Failed {
            buttons.push(quiz_button("Retake", Style::Secondary, &attempt.module));
        }
        ("A moderator has read your answer: not quite yet", Tone::Think)
    };
    buttons.push(marked("Results", "results", attempt, part));
    Some(
        Card::framed(format!("{} · {title}", attempt.module), body.join("\n\n"))
            .tone(tone)
            .buttons(buttons),
    )
}

/// An answer's words; a choice's texts are one line each.
pub fn words_of(answer: &super::Answer) -> String {
    match serde_json::from_str::<Vec<String>>(&answer.given) {
        Ok(chosen) => chosen
            .iter()
            .map(|text| format!("> {text}"))
            .collect::<Vec<_>>()
            .join("\n"),
        Err(_) => own_words(answer),
    }
}

/// A member's attempts at a module.
pub fn results(module: &Module, past: &[Past], open: bool) -> Card {
    let mut lines: Vec<String> = past
        .iter()
        .map(|past| {
            let how = match past.state {
                State::Passed => "✅ passed",
                State::Provisional => "☑️ passed provisionally",
                State::Failed => "❌ not passed",
                State::Open | State::Expired => "▫️ closed, does not count",
            };
            let score = past
                .score
                .map_or_else(String::new, |score| format!(" · {}", percent(score)));
            let when = past
                .finished_at
                .map_or_else(String::new, |at| format!(" · {}", text::moment(at, 'D')));
            format!("{}. {how}{score}{when}", past.number)
        })
        .collect();
    if open {
        lines.push("One attempt is open: `/quiz` takes you back to it.".to_owned());
    }
    if lines.is_empty() {
        lines.push("No attempt yet. `/quiz` starts one.".to_owned());
    }
    let best = past
        .iter()
        .filter(|past| past.state.is_finished())
        .filter_map(|past| past.score)
        .reduce(f64::max);
    let card = Card::framed(
        format!("Your quizzes on {} · {}", module.id, module.title),
        lines.join("\n"),
    );
    match best {
        Some(best) => card.footer(format!("Best: {}; the best attempt counts", percent(best))),
        None => card,
    }
}

/// Which wrong answer of an attempt should a moderator read?
pub fn dispute(bank: &Bank, attempt: &Attempt) -> Option<Card> {
    let options: Vec<(String, String, Option<String>)> = attempt
        .asked
        .iter()
        .enumerate()
        .filter(|(_, asked)| is_disputable(asked))
        .map(|(at, asked)| {
            let question = bank.question(&QuestionId::from(asked.question.as_str()));
            let prompt = question.map_or_else(String::new, |question| question.prompt.clone());
            (
                at.to_string(),
                format!("Question {}", at + 1),
                Some(prompt).filter(|prompt| !prompt.is_empty()),
            )
        })
        .collect();
    if options.is_empty() {
        return None;
    }
    let route = Route::new("quiz", "contest")
        .owned_by(attempt.member_id)
        .arg(&attempt.id);
    Some(
        Card::framed(
            format!("{} · which answer was right after all?", attempt.module),
            "A moderator reads it and decides. Until then the result stays as it is.",
        )
        .select(Pick {
            id: route.id(),
            prompt: "Choose an answer".to_owned(),
            options,
            min: 1,
            max: 1,
        }),
    )
}

/// A dispute is on its way.
pub fn disputed(new: bool) -> Card {
    Card::words(if new {
        "Sent. A moderator will read your answer, and I'll tell you in your quiz thread what they say."
    } else {
        "That answer is with the moderators already. I'll tell you in your quiz thread what they say."
    })
}
