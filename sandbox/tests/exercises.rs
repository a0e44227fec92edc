//! Exercises as their authors write them: what the linter says, and what a check says of a sandbox.

mod common;

use common::World;
use sandbox::Region;
use sandbox::exercises::{Exercises, File, Outcome, embedded_files, lint, program};

const GOOD: &str = r#"
module = "M1"
title = "First events"
story = "Mira runs a café."
program = "m01.py"
tidy = ["/stream delete name:orders"]

[[step]]
id = "stream"
do = "Create a stream named `orders`."
check = "SELECT count(*) > 0 AS ok, count(*) AS n, max(name) AS name FROM streams WHERE name = 'orders'"
not_yet = "There are {n} streams named `orders` ({name})."
hints = ["a", "b", "c"]
solution = ["/stream create name:orders shards:2"]
cli = ["aws kinesis create-stream --stream-name orders --shard-count 2"]
"#;

fn file(name: &str, text: &str) -> File {
    File {
        name: name.to_owned(),
        text: text.to_owned(),
    }
}

/// The findings about an exercise beside its program: `line: message`.
fn findings(text: &str) -> Vec<String> {
    let files = [file("m01.toml", text), file("programs/m01.py", "print()")];
    lint(&files)
        .iter()
        .map(|finding| {
            let line = text[..finding.span.start].matches('\n').count() + 1;
            format!("{line}: {}", finding.message)
        })
        .collect()
}

#[test]
fn every_exercise_built_in_is_sound() {
    let files = embedded_files();
    let wrong: Vec<String> = lint(&files)
        .iter()
        .filter(|finding| finding.is_error())
        .map(|finding| format!("{}: {:?} {}", finding.file, finding.span, finding.message))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let exercises = Exercises::embedded();
    assert!(!exercises.all().is_empty() && exercises.findings().is_empty());
    for exercise in exercises.all() {
        assert!(program(&exercise.program).is_some(), "{}", exercise.program);
        assert_eq!(
            exercises.of_module(&exercise.module.to_lowercase()),
            Some(exercise)
        );
    }
}

#[test]
fn a_sound_exercise_has_no_findings() {
    assert_eq!(findings(GOOD), [""; 0]);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    for (from, to, said) in [
        ("title = ", "titel = ", "3: unknown field `titel`"),
        ("Mira runs a café.", "", "4: the story is empty"),
        ("m01.py", "m02.py", "5: there is no programs/m02.py"),
        ("tidy = [\"/stream", "tidy = [\"stream", "6: this is no command"),
        (
            "id = \"stream\"",
            "id = \"The stream\"",
            "9: this is no step's id",
        ),
        (
            "FROM streams",
            "FROM steams",
            "11: the check can't be asked: there is no table steams",
        ),
        (
            "count(*) > 0",
            "count(*) = 0",
            "11: the check holds on an empty sandbox",
        ),
        (
            "WHERE name = 'orders'\"",
            "WHERE name = 'orders' GROUP BY name\"",
            "11: on an empty sandbox the check gives no row",
        ),
        (
            "SELECT count(*) > 0 AS ok, count(*) AS n, max(name) AS name FROM",
            "DELETE FROM",
            "11: the check can't be asked",
        ),
        ("({name})", "({nam})", "12: the check has no column `nam`"),
        (", \"c\"]", "]", "9: a step has 3 hints or more, this one has 2"),
        (
            "solution = [\"/stream create name:orders shards:2\"]",
            "solution = []",
            "9: the step has no solution",
        ),
    ] {
        let told = findings(&GOOD.replace(from, to));
        assert!(
            told.iter().any(|it| it.starts_with(said)),
            "{from} → {to}: {told:?}"
        );
    }
    let twice = format!("{GOOD}{}", &GOOD[GOOD.find("[[step]]").unwrap()..]);
    assert!(
        findings(&twice)
            .iter()
            .any(|it| it.ends_with("there are two steps `stream`"))
    );
    let files = [
        file("m01.toml", GOOD),
        file("m02.toml", GOOD),
        file("programs/m01.py", ""),
    ];
    assert_eq!(lint(&files)[0].message, "M1 has an exercise already");
    assert_eq!(
        Exercises::of_files(&[file("m01.toml", "module = 1")])
            .findings()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_check_says_what_was_found_until_the_step_is_done() {
    let world = World::new().await;
    let exercises = Exercises::of_files(&[file("m01.toml", GOOD)]);
    let step = &exercises.all()[0].steps[0];
    let check = async || {
        step.check(world.sandbox.lab().unwrap(), &world.ana.account_id, &[])
            .await
            .unwrap()
    };
    let found = Outcome::NotYet("There are 0 streams named `orders` (none).".to_owned());
    assert_eq!(check().await, found);
    world
        .sandbox
        .streams(&world.ana, Region::EuWest1)
        .create("orders", 1)
        .await
        .unwrap();
    assert_eq!(check().await, Outcome::Done);
}
