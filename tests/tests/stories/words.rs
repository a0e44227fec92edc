//! Whatever is typed, wherever words go: it is answered in time and in words, stored or refused, shown as typed, and
//! never read as a mention, a link, a date or markdown.

use serde_json::Value;
use tests::answer::words;
use tests::quiz::{Knowing, answer, open_question};
use tests::{Answer, Person, World};

use super::everything::{all, value};
use crate::demo;

/// What people paste, by accident or not.
fn odd() -> Vec<String> {
    [
        "@everyone @here <@1> <@!1> <@&2> <#3> </quiz:4> <:x:5>",
        "**bold** __u__ ~~s~~ ||spoiler|| # heading > quote - list",
        "`code` ``two`` ```rust\nfence``` ``` ` left open",
        "`@everyone` `<@1>` `**bold**`",
        "[text](https://evil.example) https://evil.example <https://evil.example>",
        "<t:0:R> <t:1:F>",
        "\u{202e}turned around\u{202c} \u{2066}isolated\u{2069} \u{200f}\u{200e}",
        "\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{645}\u{631}\u{62d}\u{628}\u{627} 123",
        "\u{200b}\u{200d}\u{2060}\u{feff}\u{fe0f}",
        "Z\u{334}\u{30d}\u{346}a\u{337}\u{30e}l\u{338}g\u{335}o\u{334}",
        "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{1f3f3}\u{fe0f}\u{200d}\u{1f308} \u{1f1e9}\u{1f1ea}",
        "nul\u{0}l \u{7}bell \u{1b}[31mred \u{85}\u{9b}",
        "'; DROP TABLE cohort; -- {} {0} %s %n ${HOME} ../../etc/passwd \\",
    ]
    .iter()
    .map(|text| (*text).to_owned())
    .chain([
        "x".repeat(2_000),
        "\u{1f980}".repeat(4_000),
        "*".repeat(4_000),
        "a\n".repeat(2_000),
    ])
    .collect()
}

/// What is left of a message once code is taken out and what is escaped: only that is read by Discord's client. Words
/// for who can't see a picture are read by nobody.
fn read_by_discord(message: &Value) -> String {
    let mut message = message.clone();
    message["attachments"] = Value::Null;
    let text = words(&message);
    let parts: Vec<&str> = text.split('`').collect();
    let outside: String = parts.iter().step_by(2).copied().collect();
    let mut plain = String::new();
    let mut letters = outside.chars();
    while let Some(letter) = letters.next() {
        if letter == '\\' {
            letters.next();
        } else {
            plain.push(letter);
        }
    }
    plain
}

/// Fails where a person's words are read by Discord, or anything of ours shows that is not for people.
fn shown_safely(answer: &Answer) {
    for message in answer.messages() {
        let read = read_by_discord(message);
        for words in [
            "@everyone",
            "@here",
            "<@1>",
            "<@!1>",
            "<@&2>",
            "<#3>",
            "</quiz:4>",
            "<:x:5>",
            "**bold**",
            "||spoiler||",
            "](https://evil",
            "<https://evil",
            "<t:0:R>",
            "<t:1:F>",
            "~~s~~",
        ] {
            assert!(
                !read.contains(words),
                "{words:?} is read by Discord in:\n{answer}"
            );
        }
        let all = words(message);
        for turning in ['\u{202e}', '\u{2066}', '\u{0}', '\u{1b}', '\u{7}'] {
            assert!(!all.contains(turning), "{turning:?} is shown in:\n{answer}");
        }
        for raw in [
            "Some(",
            "None)",
            "Err(",
            "sqlx",
            "serenity::",
            "src/",
            ".rs:",
            "panicked",
            "BadRequest",
        ] {
            assert!(!all.contains(raw), "{raw} in:\n{answer}");
        }
    }
}

async fn types(person: Person<'_>, text: &str) {
    let answer = person.slash("lab", text).await.fine();
    let ack = answer.0["ack_ms"].as_u64().unwrap_or(u64::MAX);
    assert!(ack < 3_000, "{text} was acknowledged after {ack} ms");
    shown_safely(&answer);
}

/// Every string option of every command there is.
async fn in_every_option(world: &World, odd: &str) {
    let strange = |option: &Value| {
        let is_free = option["type"] == 3 && option["choices"].as_array().is_none_or(Vec::is_empty);
        let most = option["max_length"].as_u64().unwrap_or(6_000) as usize;
        if is_free {
            odd.chars().take(most).collect()
        } else {
            value(option)
        }
    };
    for line in all(world, "mod").await {
        types(world.mod_(), &line.with(strange, None)).await;
        for option in line.optional().filter(|option| option["type"] == 3) {
            types(world.mod_(), &line.with(strange, Some(option))).await;
            if option["autocomplete"] == true {
                let name = option["name"].as_str().unwrap_or_default();
                let typed: String = odd.chars().take(100).collect();
                drop(
                    world
                        .mod_()
                        .complete("lab", &format!("/{} {name}:{typed}", line.text))
                        .await,
                );
            }
        }
    }
}

#[tokio::test]
async fn whatever_is_typed_into_a_command_is_answered_in_words() {
    let world = demo().await;
    let odd = odd();
    for some in odd.chunks(8) {
        futures::future::join_all(some.iter().map(|odd| in_every_option(&world, odd))).await;
    }
    drop(world.ana().slash("lab", "/lesson next").await.fine().says("M1 ·"));
    world.end().await;
}

/// A record's key and data, read back and drawn.
#[tokio::test]
async fn whatever_is_put_into_a_stream_is_shown_as_typed() {
    let world = demo().await;
    let ana = world.ana();
    drop(ana.slash("lab", "/stream create name:odd shards:1").await.fine());
    for odd in odd() {
        let key: String = odd.chars().take(256).collect();
        let put = ana
            .slash("lab", &format!("/stream put name:odd key:{key} data:{odd}"))
            .await
            .fine();
        shown_safely(&put);
        shown_safely(&ana.slash("lab", "/stream read name:odd").await.fine());
    }
    world.end().await;
}

/// Somebody called so explains a question so, twice, and is refused with such a note.
async fn explains(world: &World, odd: &str) {
    let called: String = odd.chars().filter(|letter| *letter != '\u{0}').take(32).collect();
    let id = world
        .keeper()
        .add_person(&called, &[])
        .await
        .expect("a person")
        .to_string();
    let person = world.person(&id);
    drop(person.slash("lessons", "/cohort join").await.fine());
    let mut seen = person.slash("lessons", "/quiz module:M1").await.fine();
    for _ in 0..2 {
        let question = open_question(&seen).expect("a question");
        seen = answer(person, &question, Knowing::Right).await;
    }
    for label in ["Answer", "Try again"] {
        let form = person.press(&seen, label).await.fine();
        let most = form.modal()["components"][0]["components"][0]["max_length"]
            .as_u64()
            .unwrap_or(4_000) as usize;
        let said: String = odd.chars().take(most).collect();
        seen = person.submit(&form, &said).await.fine();
        shown_safely(&seen);
        if !seen.has_button("Try again") {
            break;
        }
    }
    for command in ["/progress", "/today", "/quiz action:results", "/leaderboard"] {
        shown_safely(&person.slash("lessons", command).await.fine());
    }
}

#[tokio::test]
async fn whatever_members_are_called_and_explain_is_shown_as_typed() {
    let world = demo().await;
    let odd = odd();
    for some in odd.chunks(9) {
        futures::future::join_all(some.iter().map(|odd| explains(&world, odd))).await;
    }
    let moderator = world.mod_();
    let mut review = moderator.slash("lessons", "/moderate review").await.fine();
    for odd in &odd {
        if !review.has_button("Refuse") {
            break;
        }
        shown_safely(&review);
        let form = moderator.press(&review, "Refuse").await.fine();
        let note: String = odd.chars().take(800).collect();
        review = moderator.submit(&form, &note).await.fine();
    }
    shown_safely(&moderator.slash("lessons", "/cohort show").await.fine());
    for (_, messages) in world.quiz_threads().await {
        shown_safely(&Answer(serde_json::json!({"ok": true, "messages": messages})));
    }
    world.end().await;
}
