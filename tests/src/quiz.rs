//! Somebody who knows the question banks and answers quizzes, right or wrong, from what is on the screen.

use serde_json::Value;

use crate::answer::{components, words};
use crate::{Answer, Person, until};

/// How to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowing {
    /// As the key says.
    Right,
    /// A distractor, or words that show nothing.
    Wrong,
}

/// The question in hand: the last message with one that can still be answered.
pub fn open_question(seen: &Answer) -> Option<Value> {
    let answerable = |message: &&Value| {
        components(message).iter().any(|it| {
            let id = it["custom_id"].as_str().unwrap_or_default();
            ["quiz:pick@", "quiz:choose@", "quiz:answer@"]
                .iter()
                .any(|verb| id.starts_with(verb))
        })
    };
    seen.messages().iter().rev().find(answerable).cloned()
}

/// Answers the question on this message; what came of it, the next screen included.
pub async fn answer(person: Person<'_>, message: &Value, how: Knowing) -> Answer {
    let seen = answer_now(person, message, how).await.fine();
    settled(person, message["channel_id"].as_str().unwrap_or_default(), seen).await
}

/// Discord takes five messages in five seconds: who answers faster than that waits for the next question.
async fn settled(person: Person<'_>, thread: &str, seen: Answer) -> Answer {
    let is_settled = |seen: &Answer| {
        open_question(seen).is_some() || seen.has_button("Results") || seen.has_button("Try again")
    };
    if is_settled(&seen) {
        return seen;
    }
    let mut later = seen.clone();
    until("the next question is there", async || {
        let state = person.world.state().await;
        let last = state["messages"][thread]
            .as_array()
            .and_then(|all| all.last().cloned());
        later = seen.clone();
        if let Some(messages) = later.0["messages"].as_array_mut() {
            messages.extend(last);
        }
        is_settled(&later)
    })
    .await;
    later
}

async fn answer_now(person: Person<'_>, message: &Value, how: Knowing) -> Answer {
    let question = bank_entry(message);
    let id = message["id"].as_str().unwrap_or_default();
    let parts = components(message);
    if let Some(select) = parts.iter().find(|it| it["type"] == 3) {
        let values = chosen(select, &question, how);
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        return person
            .select(id, select["custom_id"].as_str().unwrap_or_default(), &values)
            .await;
    }
    if question["type"].as_str() == Some("MultipleChoice") {
        let wanted = option(&question, how);
        let button = parts.iter().find(|it| {
            it["label"]
                .as_str()
                .is_some_and(|label| plain(label) == plain(&wanted))
        });
        let button = button.unwrap_or_else(|| panic!("no option {wanted:?} in {}", words(message)));
        return person
            .click(id, button["custom_id"].as_str().unwrap_or_default())
            .await;
    }
    let opened = person.click(id, "Answer").await.fine();
    person.submit(&opened, &said(&question, how)).await
}

/// Answers a whole quiz, from the screen that its first question is on; the last screen.
pub async fn answer_all(person: Person<'_>, mut seen: Answer, how: Knowing) -> Answer {
    while let Some(message) = open_question(&seen) {
        seen = answer(person, &message, how).await.fine();
        if how == Knowing::Wrong && seen.has_button("Try again") {
            let again = person.press(&seen, "Try again").await.fine();
            seen = person
                .submit(&again, "I really could not say, sorry.")
                .await
                .fine();
        }
    }
    seen
}

/// The bank's entry for the question on a message.
pub fn bank_entry(message: &Value) -> toml::Table {
    let shown = plain(&words(message));
    for file in ["m1", "m2", "m3"] {
        let path = format!("{}/../quizzes/bank/{file}.toml", env!("CARGO_MANIFEST_DIR"));
        let bank: toml::Table = std::fs::read_to_string(path)
            .expect("the bank")
            .parse()
            .expect("TOML");
        let questions = bank["questions"].as_array().cloned().unwrap_or_default();
        for question in questions.into_iter().filter_map(|it| it.as_table().cloned()) {
            if shown.contains(&plain(question["prompt"]["prompt"].as_str().unwrap_or_default())) {
                return question;
            }
        }
    }
    panic!("no question of the banks in: {}", words(message));
}

fn keys(question: &toml::Table) -> Vec<String> {
    match &question["answer"]["answer"] {
        toml::Value::Array(all) => all
            .iter()
            .filter_map(|it| it.as_str().map(str::to_owned))
            .collect(),
        one => vec![one.as_str().unwrap_or_default().to_owned()],
    }
}

fn option(question: &toml::Table, how: Knowing) -> String {
    match how {
        Knowing::Right => keys(question).remove(0),
        Knowing::Wrong => question["prompt"]["distractors"][0]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    }
}

fn chosen(select: &Value, question: &toml::Table, how: Knowing) -> Vec<String> {
    let keys: Vec<String> = match how {
        Knowing::Right => keys(question).iter().map(|key| plain(key)).collect(),
        Knowing::Wrong => vec![plain(&option(question, how))],
    };
    let options = select["options"].as_array().cloned().unwrap_or_default();
    let fits = |option: &&Value| {
        [&option["label"], &option["description"]]
            .iter()
            .any(|text| text.as_str().is_some_and(|text| keys.contains(&plain(text))))
    };
    let values: Vec<String> = options
        .iter()
        .filter(fits)
        .filter_map(|option| option["value"].as_str().map(str::to_owned))
        .collect();
    assert!(!values.is_empty(), "none of {keys:?} in {select}");
    values
}

fn said(question: &toml::Table, how: Knowing) -> String {
    match (how, question["type"].as_str()) {
        (Knowing::Wrong, _) => "Something with computers, I suppose.".to_owned(),
        (Knowing::Right, Some("Explain")) => question["answer"]["reference"][0]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        (Knowing::Right, _) => keys(question).remove(0),
    }
}

/// Words without markdown, spaces folded: how a person compares them.
fn plain(text: &str) -> String {
    let bare: String = text
        .chars()
        .filter(|letter| !matches!(letter, '*' | '_' | '`' | '\\' | '>'))
        .collect();
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}
