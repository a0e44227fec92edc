//! One question as a message: open, asked back, or answered. Drawn from what is stored alone, so that it looks the same
//! whenever it is drawn again.

use discord::{Button, Card, Form, Input, Pick, Route, Style, Tone, text};
use quizzes::attempt::{Layout, OPTIONS_MAX, layout};
use quizzes::{Choice, Kind, Question, Response};

use super::{Answer, Asked, Attempt, Mark, ReviewState};

/// The longest answer a member can type.
const WORDS_MAX: usize = 1_500;
/// How much of it a card shows again.
const SHOWN_MAX: usize = 900;
/// Up to here each option is a button with its words on it, and each has its own line.
const LINES_MAX: usize = 4;
/// Up to here the options are buttons, in rows of five with one row left for the hint.
const BUTTONS_MAX: usize = 20;

const INTRODUCTION: &str = "Welcome to your quiz thread. It is private: you, me, and those who manage threads on this \
    server can see it. Take your time; you can stop and come back with `/quiz`.";

/// What the card needs to know.
pub struct View<'a> {
    pub attempt: &'a Attempt,
    pub position: usize,
    pub question: &'a Question,
}

impl View<'_> {
    fn asked(&self) -> Option<&Asked> {
        self.attempt.asked.get(self.position)
    }

    fn route(&self, verb: &str) -> Route {
        Route::new("quiz", verb)
            .owned_by(self.attempt.member_id)
            .arg(&self.attempt.id)
            .arg(self.position)
    }

    fn title(&self) -> String {
        format!(
            "{} · Question {} of {}",
            self.attempt.module,
            self.position + 1,
            self.attempt.asked.len()
        )
    }

    /// What is asked, in paragraphs.
    fn prompt(&self) -> Vec<String> {
        let mut prompt: Vec<String> = self.question.preamble.iter().cloned().collect();
        prompt.push(self.question.prompt.clone());
        if let Kind::Trace(trace) = &self.question.kind {
            prompt.push(fenced(&trace.program));
        }
        prompt
    }
}

fn fenced(code: &str) -> String {
    format!("```\n{}\n```", code.replace("```", "'''"))
}

/// The question, as far as it has come.
pub fn question(view: &View<'_>) -> Card {
    let settled = view.asked().is_some_and(Asked::is_settled);
    let mut card = if settled { answered(view) } else { unanswered(view) };
    if view.attempt.first_ever && view.position == 0 {
        card.text = Some(INTRODUCTION.to_owned());
    }
    card
}

fn unanswered(view: &View<'_>) -> Card {
    let mut body = view.prompt();
    let last = view.asked().and_then(Asked::last);
    if let Kind::Choice(choice) = &view.question.kind {
        let layout = layout(&view.question.id, choice, view.attempt.seed);
        if is_lettered(choice, &layout) {
            body.push(lettered(choice, &layout));
        }
    }
    if let Some(last) = last {
        body.push(format!("You said:\n{}", own_words(last)));
        body.push(format!("**Think on.** {}", last.feedback));
    }
    body.extend(hints(view));
    let tone = if last.is_some() { Tone::Think } else { Tone::Plain };
    let card = Card::framed(view.title(), body.join("\n\n")).tone(tone);
    if let Kind::Choice(choice) = &view.question.kind {
        return options(view, choice, card);
    }
    let (label, footer) = match last {
        Some(_) => ("Try again", "One more try; after that a moderator reads it"),
        None if matches!(view.question.kind, Kind::Explain(_)) => {
            ("Answer", "In your own words, a few sentences")
        }
        None => ("Answer", "A few words"),
    };
    let mut row = vec![Button::new(label, Style::Primary, &view.route("answer"))];
    row.extend(hint_button(view));
    card.footer(footer).buttons(row)
}

/// Whether the buttons carry letters and the text the options.
fn is_lettered(choice: &Choice, layout: &Layout) -> bool {
    layout.lettered || choice.options.len() > 5
}

fn lettered(choice: &Choice, layout: &Layout) -> String {
    let lines: Vec<String> = layout
        .order
        .iter()
        .enumerate()
        .map(|(place, at)| format!("**{}** {}", Layout::letter(place), choice.options[*at].text))
        .collect();
    lines.join("\n")
}

fn options(view: &View<'_>, choice: &Choice, card: Card) -> Card {
    let layout = layout(&view.question.id, choice, view.attempt.seed);
    let letters = is_lettered(choice, &layout);
    let label = |place: usize, at: usize| {
        if letters {
            Layout::letter(place).to_string()
        } else {
            choice.options[at].text.clone()
        }
    };
    if choice.many || choice.options.len() > BUTTONS_MAX {
        let options = layout.order.iter().enumerate().take(OPTIONS_MAX);
        let count = options.len();
        let select = Pick {
            id: view.route("pick").id(),
            prompt: if choice.many {
                "Choose every right one"
            } else {
                "Choose one"
            }
            .to_owned(),
            options: options
                .map(|(place, at)| (at.to_string(), label(place, *at), None))
                .collect(),
            min: 1,
            max: if choice.many { count } else { 1 },
        };
        let footer = if choice.many {
            "Choose all the right ones together: your selection is your answer"
        } else {
            "Choose one"
        };
        return card
            .footer(footer)
            .select(select)
            .buttons(hint_button(view).into_iter().collect());
    }
    let buttons: Vec<Button> = layout
        .order
        .iter()
        .enumerate()
        .map(|(place, at)| Button::new(label(place, *at), Style::Secondary, &view.route("pick").arg(at)))
        .collect();
    let per_row = if !letters && buttons.len() <= LINES_MAX {
        1
    } else {
        5
    };
    buttons
        .chunks(per_row)
        .fold(card.footer("Choose one"), |card, row| card.buttons(row.to_vec()))
        .buttons(hint_button(view).into_iter().collect())
}

fn hint_button(view: &View<'_>) -> Option<Button> {
    let shown = view.asked().map_or(0, |asked| asked.hints_shown);
    let left = view.question.hints.len().saturating_sub(shown);
    let label = if shown == 0 { "Hint" } else { "Another hint" };
    (left > 0).then(|| Button::new(label, Style::Secondary, &view.route("hint")))
}

fn hints(view: &View<'_>) -> Option<String> {
    let shown = view.asked().map_or(0, |asked| asked.hints_shown);
    let hints: Vec<String> = view
        .question
        .hints
        .iter()
        .take(shown)
        .map(|hint| format!("💡 {hint}"))
        .collect();
    (!hints.is_empty()).then(|| hints.join("\n"))
}

fn answered(view: &View<'_>) -> Card {
    let Some((asked, last)) = view
        .asked()
        .and_then(|asked| asked.last().map(|last| (asked, last)))
    else {
        return Card::framed(view.title(), view.prompt().join("\n\n"));
    };
    let (verdict, tone) = verdict(asked, last);
    let mut body = view.prompt();
    body.push(match &view.question.kind {
        Kind::Choice(choice) => marked(view, choice, last),
        _ => own_words(last),
    });
    body.push(format!("**{verdict}** {}", last.feedback).trim_end().to_owned());
    if last.mark == Mark::Wrong {
        body.extend(key(&view.question.kind).map(|key| format!("The answer: {key}")));
    }
    body.extend(view.question.context.clone());
    Card::framed(view.title(), body.join("\n\n")).tone(tone)
}

fn verdict(asked: &Asked, last: &Answer) -> (&'static str, Tone) {
    let review = asked.review.as_ref().map(|review| review.state);
    match (last.mark, review) {
        (_, Some(ReviewState::Accepted)) => ("Accepted by a moderator.", Tone::Good),
        (Mark::Right, _) => ("Right.", Tone::Good),
        (Mark::Moderator, Some(ReviewState::Refused)) => ("A moderator says: not yet.", Tone::Think),
        (Mark::Moderator, _) => ("Recorded.", Tone::Plain),
        (Mark::Wrong | Mark::Retry, _) if last.score > 0.0 => ("Partly.", Tone::Think),
        (Mark::Wrong | Mark::Retry, _) => ("Not this one.", Tone::Think),
    }
}

/// The right answer of what is not a choice, in a line.
fn key(kind: &Kind) -> Option<String> {
    match kind {
        Kind::Short(short) => short.accepted.first().map(|key| format!("**{key}**")),
        Kind::Trace(trace) => match (&trace.stdout, trace.line) {
            (Some(stdout), _) => Some(format!("it prints\n{}", fenced(stdout))),
            (None, Some(line)) => Some(format!("it does not compile, because of line {line}.")),
            (None, None) => Some("it does not compile.".to_owned()),
        },
        Kind::Choice(_) | Kind::Explain(_) => None,
    }
}

/// The options as they were shown, with what was chosen and what is right.
fn marked(view: &View<'_>, choice: &Choice, last: &Answer) -> String {
    let chosen: Vec<String> = serde_json::from_str(&last.given).unwrap_or_default();
    let layout = layout(&view.question.id, choice, view.attempt.seed);
    let lines: Vec<String> = layout
        .order
        .iter()
        .map(|at| {
            let option = &choice.options[*at];
            let picked = chosen.contains(&option.text);
            let (mark, words) = match (option.correct, picked) {
                (true, _) => ("✅", format!("**{}**", option.text)),
                (false, true) => ("❌", option.text.clone()),
                (false, false) => ("▫️", option.text.clone()),
            };
            let yours = if picked { " ← you" } else { "" };
            format!("{mark} {words}{yours}")
        })
        .collect();
    lines.join("\n")
}

/// A member's typed words, safe to show.
pub fn own_words(answer: &Answer) -> String {
    text::quote(&text::cut(&answer.given, SHOWN_MAX))
}

/// The modal in which an answer is typed, with the words of the last try in it.
pub fn form(view: &View<'_>) -> Form {
    let last = view.asked().and_then(Asked::last);
    let inputs = match &view.question.kind {
        Kind::Trace(_) => vec![
            Input {
                required: false,
                min: 0,
                ..Input::paragraph("answer", "It prints", WORDS_MAX)
            },
            Input {
                required: false,
                min: 0,
                ..Input::line("line", "Or: the line that does not compile", 6)
            },
        ],
        Kind::Short(short) if short.response == Response::Short => {
            vec![Input::line("answer", "Your answer", 200)]
        }
        _ => vec![Input::paragraph("answer", "Your answer", WORDS_MAX).placeholder("In your own words")],
    };
    let inputs = inputs
        .into_iter()
        .map(|input| match last {
            Some(last) if input.id == "answer" => input.filled(&*last.given),
            _ => input,
        })
        .collect();
    Form {
        route: view.route("say"),
        title: text::cut(&view.title(), 45),
        inputs,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Review, State};
    use super::*;
    use quizzes::{Bank, QuestionId};

    fn attempt(question: &Question, answers: Vec<Answer>) -> Attempt {
        Attempt {
            id: "0123456789abcdef".into(),
            cohort_id: "c".into(),
            member_id: u64::MAX,
            module: lessons::ModuleId::new("M1"),
            number: 2,
            seed: 7,
            state: State::Open,
            position: 0,
            score: None,
            points: 0,
            touched_at: 0,
            finished_at: None,
            finished_before: 1,
            first_ever: false,
            asked: vec![Asked {
                question: question.id.to_string(),
                version: question.version,
                hints_shown: 0,
                answers,
                review: None,
            }],
        }
    }

    fn draw(question: &Question, attempt: &Attempt) -> serde_json::Value {
        let view = View {
            attempt,
            position: 0,
            question,
        };
        serde_json::Value::Object(super::question(&view).payload())
    }

    fn components(message: &serde_json::Value) -> Vec<serde_json::Value> {
        let rows = message["components"].as_array().unwrap();
        assert!(rows.len() <= 5);
        rows.iter()
            .flat_map(|row| row["components"].as_array().unwrap().clone())
            .collect()
    }

    #[test]
    fn every_question_can_be_shown_and_answered() {
        let bank = Bank::embedded();
        for entry in bank.entries() {
            let question = &entry.question;
            let message = draw(question, &attempt(question, Vec::new()));
            let parts = components(&message);
            let ids: std::collections::BTreeSet<&str> = parts
                .iter()
                .filter_map(|part| part["custom_id"].as_str())
                .collect();
            assert_eq!(ids.len(), parts.len(), "{}: one id each", question.id);
            assert!(ids.iter().all(|id| id.len() <= 100), "{}", question.id);
            match &question.kind {
                Kind::Choice(choice) if choice.many => {
                    let select = parts.iter().find(|part| part["type"] == 3).unwrap();
                    assert_eq!(select["max_values"], choice.options.len());
                }
                Kind::Choice(choice) => {
                    let picks = ids.iter().filter(|id| id.starts_with("quiz:pick@")).count();
                    assert_eq!(picks, choice.options.len(), "{}", question.id);
                }
                _ => assert!(ids.iter().any(|id| id.starts_with("quiz:answer@"))),
            }
            for part in parts.iter().filter(|part| part["type"] == 2) {
                let label = part["label"].as_str().unwrap();
                assert!(!label.ends_with('…'), "{}: {label} was cut", question.id);
            }
        }
    }

    #[test]
    fn an_answered_question_shows_what_was_chosen_and_takes_no_more() {
        let bank = Bank::embedded();
        let question = bank.question(&QuestionId::from("m1-which-is-unbounded")).unwrap();
        let answer = Answer {
            given: r#"["Ten years of archived sales receipts"]"#.into(),
            mark: Mark::Wrong,
            score: 0.0,
            feedback: "An archive has a last receipt.".into(),
        };
        let message = draw(question, &attempt(question, vec![answer]));
        assert_eq!(message["components"], serde_json::json!([]));
        let body = message["embeds"][0]["description"].as_str().unwrap();
        for part in [
            "❌ Ten years of archived sales receipts ← you",
            "✅ **Smoke alarms from one small flat**",
            "An archive has a last receipt.",
            "Unbounded means",
        ] {
            assert!(body.contains(part), "{part}: {body}");
        }
    }

    #[test]
    fn a_second_try_begins_with_the_words_of_the_first_and_cannot_ping() {
        let bank = Bank::embedded();
        let question = bank.question(&QuestionId::from("m1-explain-never-ends")).unwrap();
        let answer = Answer {
            given: "@everyone *it* waits".into(),
            mark: Mark::Retry,
            score: 0.3,
            feedback: "Why?".into(),
        };
        let attempt = attempt(question, vec![answer]);
        let message = draw(question, &attempt);
        let body = message["embeds"][0]["description"].as_str().unwrap();
        assert!(body.contains("> \\@everyone \\*it\\* waits"), "{body}");
        assert_eq!(components(&message)[0]["label"], "Try again");
        let view = View {
            attempt: &attempt,
            position: 0,
            question,
        };
        let modal = form(&view).payload();
        assert_eq!(
            modal["components"][0]["components"][0]["value"],
            "@everyone *it* waits"
        );
    }

    #[test]
    fn a_moderators_word_shows_on_the_answer() {
        let bank = Bank::embedded();
        let question = bank.question(&QuestionId::from("m1-explain-never-ends")).unwrap();
        let answer = Answer {
            given: "x".into(),
            mark: Mark::Moderator,
            score: 0.3,
            feedback: String::new(),
        };
        let mut attempt = attempt(question, vec![answer]);
        attempt.asked[0].review = Some(Review {
            state: ReviewState::Accepted,
            note: None,
        });
        let body = draw(question, &attempt)["embeds"][0]["description"].to_string();
        assert!(body.contains("Accepted by a moderator"), "{body}");
    }
}
