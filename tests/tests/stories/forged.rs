//! Ids that the bot never gave out, ids of others, and ids of what is over: each is refused in words, and nothing moves.

use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use tests::answer::{components, words};
use tests::quiz::{Knowing, answer, answer_all, open_question};
use tests::{Answer, Person, World};

use crate::demo;

/// Sends a press with this custom id, whatever is on the message.
async fn forge(person: Person<'_>, message: &str, custom_id: &str) -> Answer {
    let act = json!({"message": message, "click": custom_id, "forged": true});
    person.act(act).await.fine()
}

async fn forge_choice(person: Person<'_>, message: &str, custom_id: &str, value: &str) -> Answer {
    let act = json!({"message": message, "select": custom_id, "values": [value], "forged": true});
    person.act(act).await.fine()
}

async fn forge_form(person: Person<'_>, modal: &Value, custom_id: &str, field: &str, text: &str) -> Answer {
    let act = json!({"modal": modal, "custom_id": custom_id, "fields": {field: text}, "forged": true});
    person.act(act).await.fine()
}

/// Somebody's id, as custom ids write an owner.
async fn owner(world: &World, name: &str) -> String {
    let state = world.state().await;
    let users = state["users"].as_array().cloned().unwrap_or_default();
    let user = users.iter().find(|user| user["name"] == name);
    let id = user
        .and_then(|user| user["id"].as_str())
        .and_then(|id| id.parse::<u64>().ok());
    let mut rest = id.unwrap_or_else(|| panic!("nobody is called {name}"));
    let mut digits = Vec::new();
    while rest > 0 {
        digits.push(char::from_digit((rest % 36) as u32, 36).unwrap_or_default());
        rest /= 36;
    }
    digits.into_iter().rev().collect()
}

/// The custom ids on a message, open or not.
fn ids(message: &Value) -> Vec<String> {
    let id = |it: &&Value| it["custom_id"].as_str().map(str::to_owned);
    components(message).iter().filter_map(id).collect()
}

/// Presses or chooses on a message as the component is made, whatever is open there.
async fn forge_again(person: Person<'_>, message: &str, component: &Value) -> Answer {
    let id = component["custom_id"].as_str().unwrap_or_default();
    match component["options"][0]["value"].as_str() {
        Some(value) => forge_choice(person, message, id, value).await,
        None => forge(person, message, id).await,
    }
}

/// Everything in the quiz threads that stands there for more than one to see.
async fn threads(world: &World) -> Vec<String> {
    let all = world.quiz_threads().await;
    let stands = all
        .iter()
        .flat_map(|(_, messages)| messages)
        .filter(|it| it["ephemeral_to"].is_null());
    stands.map(Value::to_string).collect()
}

/// Answers rightly up to the explanation, and opens its form.
async fn form_of_explanation(person: Person<'_>) -> (Answer, Answer) {
    let mut seen = person.slash("lessons", "/quiz module:M1").await.fine();
    for _ in 0..2 {
        let question = open_question(&seen).expect("a question");
        seen = answer(person, &question, Knowing::Right).await;
    }
    let opened = person.press(&seen, "Answer").await.fine();
    (seen, opened)
}

/// Leaves M1's explanation to a moderator; the review's id.
async fn leave_to_moderator(world: &World, person: Person<'_>) -> String {
    let (mut seen, _) = form_of_explanation(person).await;
    while let Some(message) = open_question(&seen) {
        seen = answer(person, &message, Knowing::Wrong).await;
        let again = person.press(&seen, "Try again").await.fine();
        seen = person
            .submit(&again, "It never really stops coming, so you keep going.")
            .await
            .fine();
    }
    let review = world
        .mod_()
        .slash("lessons", "/moderate review cohort:demo")
        .await
        .fine();
    let accept = ids(&review.messages()[0]).remove(0);
    accept.rsplit(':').next().unwrap_or_default().to_owned()
}

/// Ids in every shape, of verbs that are there and that never were, with too few, too many and odd arguments.
fn forgeries(me: &str) -> Vec<String> {
    let verbs = [
        "lesson:page",
        "lesson:open",
        "lesson:pick",
        "lesson:list",
        "quiz:start",
        "quiz:again",
        "quiz:pick",
        "quiz:choose",
        "quiz:answer",
        "quiz:say",
        "quiz:hint",
        "quiz:results",
        "quiz:dispute",
        "quiz:contest",
        "quiz:accept",
        "quiz:refuse",
        "quiz:refused",
        "quiz:waiting",
        "cohort:join",
        "cohort:show",
        "cohort:leave",
        "cohort:stay",
        "quiz:nothing",
        "lesson:nothing",
        "cohort:nothing",
        "moderate:create",
        "stream:delete",
        "queue:ack",
        "queue:all",
        "queue:back",
        "queue:delete",
        "queue:keep",
        "queue:nothing",
        "topic:delete",
        "topic:keep",
        "table:delete",
        "table:keep",
        "webhook:delete",
        "webhook:keep",
        "webhook:nothing",
        "sandbox:credentials",
    ];
    let arguments = [
        String::new(),
        ":".into(),
        ":NOPE".into(),
        ":M1:-1".into(),
        ":M9999:99999999999999999999".into(),
        ":'; DROP TABLE attempt; --:0".into(),
        format!(":{}", "x".repeat(60)),
        ":a:b:c:d:e:f:g:h".into(),
        ":%3A%25%ZZ:🦀".into(),
    ];
    let mut forged: Vec<String> = [
        "x",
        ":",
        "::::",
        "@",
        "quiz",
        "quiz:",
        "quiz:pick@",
        "quiz:pick@zzzzzzzzzzzzzzzzzzzz:a:0",
        "QUIZ:PICK",
        "@everyone",
        "../../etc/passwd",
        "null",
        "{\"a\":1}",
        "🦀",
        "\u{202e}",
        "%00",
    ]
    .map(str::to_owned)
    .to_vec();
    forged.push("y".repeat(100));
    for (verb, argument) in verbs
        .iter()
        .flat_map(|verb| arguments.iter().map(move |argument| (verb, argument)))
    {
        forged.push(format!("{verb}@{me}{argument}"));
    }
    forged
}

#[tokio::test]
async fn any_string_as_a_custom_id_is_answered_in_words() {
    let world = demo().await;
    let me = owner(&world, "ana").await;
    let (seen, opened) = form_of_explanation(world.ana()).await;
    let message = seen.with_button("Answer");
    let modal = &opened.modal()["id"];
    let before = threads(&world).await;
    let forged = forgeries(&me);
    let press = async |id: &String| {
        let id: String = id.chars().take(100).collect();
        let (pressed, chosen, sent) = tokio::join!(
            forge(world.ana(), &message, &id),
            forge_choice(world.ana(), &message, &id, "🦀:%"),
            forge_form(world.ana(), modal, &id, "note", "x"),
        );
        for answer in [&pressed, &chosen, &sent] {
            let said = answer.text();
            let has_words = !said.is_empty() || answer.0["modal"].is_object();
            assert!(
                has_words && !said.contains("oute"),
                "{id} was answered with: {answer}"
            );
        }
    };
    for some in forged.chunks(12) {
        futures::future::join_all(some.iter().map(press)).await;
    }
    assert!(forged.len() > 200, "{}", forged.len());
    let after = threads(&world).await;
    assert_eq!(after.len(), before.len(), "nothing new in the thread");
    drop(
        world
            .ana()
            .slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("Nobody has points yet"),
    );
    drop(
        world
            .ana()
            .slash("lessons", "/cohort show")
            .await
            .fine()
            .says("demo"),
    );
    world.end().await;
}

#[tokio::test]
async fn ben_moves_nothing_of_anas_with_her_ids_or_with_his_name_in_them() {
    let world = demo().await;
    let (ana, ben) = (world.ana(), world.ben());
    let (anas, bens) = (owner(&world, "ana").await, owner(&world, "ben").await);
    let page = ana.slash("lessons", "/lesson next").await.fine();
    let leaving = ana.slash("lessons", "/cohort leave").await.fine();
    let (seen, opened) = form_of_explanation(ana).await;
    let own = ben.slash("lessons", "/lesson next").await.fine().last();
    let question = open_question(&seen).expect("a question");
    let before = threads(&world).await;
    let form = opened.modal()["custom_id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let attempt = form.split(':').nth(2).unwrap_or_default().to_owned();
    let mut hers: Vec<String> = [&page.messages()[0], &leaving.messages()[0], &question]
        .into_iter()
        .flat_map(ids)
        .collect();
    hers.push(form.clone());
    for verb in ["pick", "hint", "results", "dispute", "contest", "say"] {
        hers.push(format!("quiz:{verb}@{anas}:{attempt}:0:0"));
    }
    for id in hers.iter().filter(|id| id.contains('@')) {
        drop(
            forge(ben, &own, id)
                .await
                .privately()
                .says("belongs to someone else"),
        );
        // Her form is in her thread, where he sees no answer.
        drop(forge_form(ben, &opened.modal()["id"], id, "answer", "mine").await);
        if id.starts_with("quiz:") {
            let renamed = id.replace(&format!("@{anas}"), &format!("@{bens}"));
            let answered = forge(ben, &own, &renamed).await;
            assert!(
                answered.text().contains("not there any more"),
                "{renamed}: {answered}"
            );
            drop(
                forge_choice(ben, &own, &renamed, "0")
                    .await
                    .says("not there any more"),
            );
            drop(forge_form(ben, &opened.modal()["id"], &renamed, "answer", "mine").await);
        }
    }
    assert_eq!(threads(&world).await, before, "her thread stands as it was");
    drop(ana.slash("lessons", "/cohort show").await.fine().says("ana"));
    let opened = ana.press(&seen, "Answer").await.fine();
    drop(
        ana.submit(&opened, "I do not know.")
            .await
            .fine()
            .says("Think on"),
    );
    world.end().await;
}

#[tokio::test]
async fn who_moderates_nothing_decides_nothing_with_forged_buttons() {
    let world = demo().await;
    let review = leave_to_moderator(&world, world.ana()).await;
    let cohort = {
        let shown = world
            .mod_()
            .slash("lab", "/moderate pause cohort:demo")
            .await
            .fine();
        drop(shown);
        drop(
            world
                .mod_()
                .slash("lab", "/moderate resume cohort:demo")
                .await
                .fine(),
        );
        cohort_id(&world, "demo").await
    };
    for name in ["ana", "ben", "chloe"] {
        let person = world.person(name);
        let me = owner(&world, name).await;
        let message = person.slash("lab", "/stream list").await.fine().last();
        for verb in ["accept", "refuse", "refused"] {
            drop(
                forge(person, &message, &format!("quiz:{verb}@{me}:{review}"))
                    .await
                    .does_not_say("Accepted")
                    .does_not_say("Refused"),
            );
        }
        drop(
            forge(person, &message, &format!("quiz:waiting@{me}:{cohort}:0"))
                .await
                .privately()
                .says("Only the moderators of demo")
                .does_not_say("never really stops"),
        );
    }
    drop(
        world
            .ana()
            .slash("lessons", "/progress")
            .await
            .fine()
            .says("provisional"),
    );
    world.end().await;
}

async fn database(world: &World) -> SqliteConnection {
    let path = world.folder().join("tributary.db");
    SqliteConnection::connect(&format!("sqlite:{}", path.display()))
        .await
        .expect("the database")
}

async fn cohort_id(world: &World, name: &'static str) -> String {
    let mut database = database(world).await;
    let (id,): (String,) = sqlx::query_as("SELECT id FROM cohort WHERE name = $1")
        .bind(name)
        .fetch_one(&mut database)
        .await
        .expect("the cohort");
    id
}

#[tokio::test]
async fn a_moderator_of_spring_does_nothing_in_demo() {
    let world = demo().await;
    let spring = "/moderate create name:spring track:streams-15 channel:#general days:weekdays time:09:00 \
                  timezone:Europe/Berlin moderators:@Moderators";
    let moderator = world.mod_();
    drop(moderator.slash("general", spring).await.fine());
    let review = leave_to_moderator(&world, world.ana()).await;
    let message = moderator.slash("lab", "/stream list").await.fine().last();
    let (me, demo, spring) = (
        owner(&world, "mod").await,
        cohort_id(&world, "demo").await,
        cohort_id(&world, "spring").await,
    );
    // In #lab mod does not manage the server, and is what spring's moderator role makes of them.
    let manage_server = 1 << 5;
    let keeper = world.keeper();
    keeper
        .set_overwrite("lab", "mod", 0, manage_server)
        .await
        .expect("mod manages nothing here");
    drop(
        forge(moderator, &message, &format!("quiz:waiting@{me}:{spring}:0"))
            .await
            .says("Nothing waits"),
    );
    let refused = "Only the moderators of demo";
    drop(
        forge(moderator, &message, &format!("quiz:waiting@{me}:{demo}:0"))
            .await
            .says(refused),
    );
    drop(
        forge(moderator, &message, &format!("quiz:accept@{me}:{review}"))
            .await
            .says(refused),
    );
    drop(
        world
            .ana()
            .slash("lessons", "/progress")
            .await
            .fine()
            .says("provisional"),
    );
    world.end().await;
}

#[tokio::test]
async fn another_guilds_cohort_is_not_there() {
    let world = demo().await;
    let review = leave_to_moderator(&world, world.ana()).await;
    let demo = cohort_id(&world, "demo").await;
    // No person here can be in another guild: the whole cohort is taken there instead.
    let mut there = database(&world).await;
    for table in ["cohort", "attempt", "review", "learning_event"] {
        let sql = format!("UPDATE {table} SET guild_id = 4242");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&mut there)
            .await
            .expect("it is moved");
    }
    there.close().await.expect("it is written");
    let (ana, moderator) = (world.ana(), world.mod_());
    for command in [
        "/progress",
        "/lesson next",
        "/quiz",
        "/leaderboard",
        "/cohort leave",
        "/today",
    ] {
        drop(
            ana.slash("lessons", command)
                .await
                .fine()
                .says("no cohort here yet"),
        );
    }
    for command in [
        "/progress cohort:demo",
        "/leaderboard cohort:demo",
        "/cohort join cohort:demo",
        "/cohort show cohort:demo",
    ] {
        drop(
            ana.slash("lessons", command)
                .await
                .fine()
                .privately()
                .does_not_say("Mon"),
        );
    }
    for command in ["review", "schedule", "pause", "skip", "post"] {
        drop(
            moderator
                .slash("lessons", &format!("/moderate {command} cohort:demo"))
                .await
                .fine()
                .says("You moderate no cohort"),
        );
    }
    for (line, person) in [
        ("/cohort join cohort:", ana),
        ("/moderate review cohort:", moderator),
        ("/quiz module:", ana),
    ] {
        assert_eq!(person.complete("lab", line).await, Vec::<Value>::new(), "{line}");
    }
    let (me, message) = (
        owner(&world, "mod").await,
        moderator.slash("lab", "/stream list").await.fine().last(),
    );
    for verb in ["join", "show"] {
        drop(
            forge(moderator, &message, &format!("cohort:{verb}:{demo}"))
                .await
                .says("That cohort is gone"),
        );
    }
    drop(
        forge(moderator, &message, &format!("cohort:leave@{me}:{demo}"))
            .await
            .says("That cohort is gone"),
    );
    drop(
        forge(moderator, &message, &format!("quiz:waiting@{me}:{demo}:0"))
            .await
            .does_not_say("never really stops"),
    );
    drop(
        forge(moderator, &message, &format!("quiz:accept@{me}:{review}"))
            .await
            .does_not_say("Accepted"),
    );
    let mut there = database(&world).await;
    let (open,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM review WHERE state = 'open'")
        .fetch_one(&mut there)
        .await
        .expect("it counts");
    assert_eq!(open, 1, "nobody here decided it");
    world.end().await;
}

#[tokio::test]
async fn buttons_of_what_is_over_move_nothing() {
    let world = demo().await;
    let ana = world.ana();
    let begun = ana.slash("lessons", "/quiz module:M1").await.fine();
    let first = open_question(&begun).expect("a question");
    let old = components(&first);
    let message = first["id"].as_str().unwrap_or_default().to_owned();
    let mut seen = answer(ana, &first, Knowing::Right).await;
    let before = threads(&world).await.len();
    for component in &old {
        drop(forge_again(ana, &message, component).await.says("Right."));
    }
    assert_eq!(
        threads(&world).await.len(),
        before,
        "the second question stands once"
    );
    seen = answer_all(ana, seen, Knowing::Right).await.says("M1 passed");
    drop(seen);
    for component in &old {
        drop(
            forge_again(ana, &message, component)
                .await
                .does_not_say("Question 2"),
        );
    }
    let results = |messages: &[Value]| {
        messages
            .iter()
            .filter(|it| words(it).contains("M1 passed"))
            .count()
    };
    assert_eq!(results(&world.quiz_threads().await[0].1), 1, "and one result");
    drop(
        ana.slash("lessons", "/leaderboard")
            .await
            .fine()
            .says("ana** · 25 points"),
    );
    // A module or page that a newer track has no more.
    let me = owner(&world, "ana").await;
    drop(
        forge(ana, &message, &format!("lesson:open@{me}:M99"))
            .await
            .does_not_say("Page"),
    );
    drop(
        forge(ana, &message, &format!("lesson:page@{me}:M1:999"))
            .await
            .says("Page"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_quiz_whose_questions_were_rewritten_is_closed_and_a_cohort_that_was_deleted_is_gone() {
    let world = demo().await;
    let ana = world.ana();
    let begun = ana.slash("lessons", "/quiz module:M1").await.fine();
    let question = open_question(&begun).expect("a question");
    let mut there = database(&world).await;
    sqlx::query("UPDATE asked SET question_version = question_version + 1")
        .execute(&mut there)
        .await
        .expect("it is rewritten");
    there.close().await.expect("it is written");
    let message = question["id"].as_str().unwrap_or_default();
    let asked = components(&question);
    drop(forge_again(ana, message, asked[0]).await.says("rewritten"));
    let page = ana.slash("lessons", "/lesson next").await.fine();
    let (post, demo) = (page.last(), cohort_id(&world, "demo").await);
    let mut there = database(&world).await;
    sqlx::query("PRAGMA foreign_keys = ON")
        .execute(&mut there)
        .await
        .expect("rows go with it");
    sqlx::query("DELETE FROM cohort")
        .execute(&mut there)
        .await
        .expect("it is deleted");
    there.close().await.expect("it is written");
    // A list of tracks and an exercise in one's own sandbox need no cohort.
    let needs_none = |id: &Value| {
        ["lesson:list", "exercise:"]
            .iter()
            .any(|it| id.to_string().contains(it))
    };
    for component in components(&page.messages()[0])
        .iter()
        .chain(&asked)
        .filter(|it| !needs_none(&it["custom_id"]))
    {
        let answer = forge_again(ana, &post, component).await.privately();
        assert!(
            answer.text().contains("no cohort here") || answer.text().contains("not there any more"),
            "{component}: {answer}"
        );
    }
    drop(
        forge(ana, &post, &format!("cohort:join:{demo}"))
            .await
            .says("That cohort is gone"),
    );
    world.end().await;
}
