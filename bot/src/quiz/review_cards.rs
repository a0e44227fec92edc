//! What moderators see: the answers that wait for them, one at a time, and what they did.

use discord::{Button, Card, Route, Style, Tone, text};
use quizzes::{Bank, Kind, Question, QuestionId};

use super::Waiting;
use super::cards::words_of;
use crate::membership::Cohort;
use lessons::Module;

/// One answer that waits, for a moderator; the others by Next.
pub fn waiting(cohort: &Cohort, list: &[Waiting], at: usize, moderator: u64, bank: &Bank) -> Card {
    let title = format!("{} · answers to read", text::escape(&cohort.name));
    let at = if at < list.len() { at } else { 0 };
    let Some(one) = list.get(at) else {
        return Card::framed(title, "Nothing waits. All explanations are read.").tone(Tone::Good);
    };
    let question = bank.question(&QuestionId::from(one.question.as_str()));
    let disputed = if one.disputed { ", disputed" } else { "" };
    let since = text::moment(one.since, 'R');
    let prompt = question.map_or("This question has been withdrawn since.", |question| {
        question.prompt.as_str()
    });
    let mut body = vec![
        format!("**{}** on {}{disputed}, {since}", one.name, one.module),
        prompt.to_owned(),
    ];
    for (number, answer) in one.answers.iter().enumerate() {
        let heading = if one.answers.len() > 1 {
            format!("Try {}", number + 1)
        } else {
            "Answer".to_owned()
        };
        body.push(format!("**{heading}**\n{}", words_of(answer)));
    }
    if let Some(question) = question {
        body.push(format!("**Good answers**\n{}", good_answers(question)));
    }
    let route = |verb: &str| Route::new("quiz", verb).owned_by(moderator).arg(&one.id);
    let mut buttons = vec![
        Button::new("Accept", Style::Success, &route("accept")),
        Button::new("Refuse", Style::Danger, &route("refuse")),
    ];
    if list.len() > 1 {
        let next = Route::new("quiz", "waiting")
            .owned_by(moderator)
            .arg(&cohort.id)
            .arg((at + 1) % list.len());
        buttons.push(Button::new("Next", Style::Secondary, &next));
    }
    Card::framed(title, body.join("\n\n"))
        .footer(format!("{} of {}, oldest first", at + 1, list.len()))
        .buttons(buttons)
}

fn good_answers(question: &Question) -> String {
    let lines: Vec<String> = match &question.kind {
        Kind::Explain(explain) => explain.references.iter().take(2).cloned().collect(),
        Kind::Short(short) => short.accepted.iter().take(3).cloned().collect(),
        Kind::Choice(choice) => choice
            .options
            .iter()
            .filter(|option| option.correct)
            .map(|option| option.text.clone())
            .collect(),
        Kind::Trace(trace) => vec![trace.stdout.as_deref().map_or_else(
            || "It does not compile.".to_owned(),
            |output| format!("It prints {}", text::code(output)),
        )],
    };
    lines
        .iter()
        .map(|line| format!("• {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A moderator opened a module for a member, who was told of it or not.
pub fn unlocked(module: &Module, name: &str, new: bool, told: bool) -> Card {
    let what = format!("The quiz on **{} · {}**", module.id, module.title);
    Card::words(match (new, told) {
        (false, _) => format!("{what} was open for {name} already; nothing changed."),
        (true, true) => format!(
            "{what} is open for {name} now, whatever comes before it. They are told in their quiz thread."
        ),
        (true, false) => format!(
            "{what} is open for {name} now, whatever comes before it. I could not reach their quiz thread; please tell them."
        ),
    })
}

/// The same, for the member.
pub fn opened(module: &Module) -> Card {
    let quiz = Route::new("quiz", "start").arg(&module.id);
    Card::framed(
        format!("{} · {} is open for you", module.id, module.title),
        "A moderator opened its quiz, whatever comes before it.",
    )
    .tone(Tone::Good)
    .buttons(vec![Button::new("Quiz", Style::Primary, &quiz)])
}
