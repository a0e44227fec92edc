//! `tributary check`: authors' files, sound and broken.

use std::path::Path;

use crate::program::{Outcome, run, run_in};

const LESSON: &str = r#"+++
title = "A lesson"
reading = { book = "A book", chapter = "1", section = "The start" }
+++

An opening.

## Ideas {#concepts}

Type `/straem list` to see them.
"#;

/// Checks one file with this text, named as its author would.
fn check(name: &str, text: &str) -> Outcome {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    run_in(home.path(), &["check", name], &[])
}

#[test]
fn everything_built_in_is_sound() {
    let checked = run(&["check"]);
    assert_eq!(checked.code, 0, "{}", checked.all());
    let summary = checked.line("lessons ready");
    assert!(summary.contains(" 0 errors"), "{summary}");
}

#[test]
fn the_repository_itself_can_be_checked_as_a_folder() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folders = ["lessons", "quizzes/bank", "sandbox/exercises"].map(|folder| root.join(folder));
    let folders = folders.each_ref().map(|folder| folder.to_str().unwrap());
    let checked = run(&[&["check"][..], &folders].concat());
    assert_eq!(checked.code, 0, "{}", checked.all());
    let built_in = run(&["check"]);
    assert_eq!(
        checked.out.lines().last().unwrap(),
        built_in.out.lines().last().unwrap(),
        "the folders are what is built in"
    );
}

#[test]
fn a_broken_exercise_is_told_with_its_place() {
    let checked = check("exercises/m01.toml", EXERCISE);
    assert_eq!(checked.code, 1, "{}", checked.all());
    checked.line("exercises/m01.toml:4:11: error: there is no programs/m01.py");
    checked.line("exercises/m01.toml:10:9: error: the check can't be asked: there is no table steps");
}

const EXERCISE: &str = r#"module = "M1"
title = "First events"
story = "Mira runs a café."
program = "m01.py"
tidy = ["/stream delete name:orders"]

[[step]]
id = "stream"
do = "Create a stream."
check = "SELECT count(*) FROM steps"
not_yet = "There is none."
hints = ["a", "b", "c"]
solution = ["/stream create name:orders shards:2"]
cli = ["aws kinesis create-stream --stream-name orders --shard-count 2"]
"#;

#[test]
fn a_broken_lesson_is_told_line_by_line() {
    let checked = check("mine/a-lesson.md", LESSON);
    assert_eq!(checked.code, 1, "{}", checked.all());
    checked.line("mine/a-lesson.md:10:7: error: the bot has no command `/straem`");
    checked.line("Type `/straem list` to see them.");
    checked.line("did you mean `/stream`?");
    assert!(
        !checked.all().contains('\u{1b}'),
        "no colours where nobody looks at a terminal"
    );
}

#[test]
fn an_option_that_a_command_does_not_have_is_advice() {
    let checked = check(
        "a-lesson.md",
        &LESSON.replace("/straem list", "/stream put name:x partition:y data:z"),
    );
    checked.line("a-lesson.md:10:26: advice: `/stream put` has no option `partition`");
}

#[test]
fn a_broken_track_is_told_with_its_place() {
    let track =
        "id = \"mine\"\ntitle = \"Mine\"\n\n[[modules]]\nid = \"A\"\ntitle = \"First\"\nstatus = \"reddy\"\n";
    let checked = check("tracks/mine.toml", track);
    assert_eq!(checked.code, 1, "{}", checked.all());
    assert!(
        checked.line("tracks/mine.toml:").contains(": error: "),
        "{}",
        checked.out
    );
}

#[test]
fn a_broken_glossary_is_told_whatever_it_is_called() {
    let checked = check(
        "words.toml",
        "[[terms]]\nterm = \"log\"\ndefinition = \"\"\nsee = 1\n",
    );
    assert_eq!(checked.code, 1, "{}", checked.all());
    checked.line("words.toml:4:1: error: ");
}

#[test]
fn a_broken_quiz_is_told_with_its_place() {
    let quiz = r#"module = "M1"

[[questions]]
id = "one"
version = 1
type = "MultipleChoice"
concepts = ["events"]
prompt.prompt = "Which?"
prompt.distractors = ["this", "This "]
answer.answer = "that"
"#;
    let checked = check("m1.toml", quiz);
    assert_eq!(checked.code, 1, "{}", checked.all());
    checked.line("m1.toml:9:31: error: ");
    checked.line("prompt.distractors = [\"this\", \"This \"]");
}

#[test]
fn a_quiz_written_for_mdbook_passes_as_it_is() {
    let quiz = include_str!("../../../quizzes/tests/foreign/quiz.toml");
    let checked = check("quiz.toml", quiz);
    assert_eq!(checked.code, 0, "{}", checked.all());
    checked.line("5 questions, 0 errors");
}

#[test]
fn a_module_and_its_questions_must_fit() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let home = tempfile::tempdir().unwrap();
    let bank = home.path().join("bank");
    std::fs::create_dir_all(&bank).unwrap();
    for module in ["m1", "m3"] {
        let name = format!("{module}.toml");
        let text = std::fs::read_to_string(root.join("quizzes/bank").join(&name)).unwrap();
        let text = text.replace("module = \"M3\"", "module = \"M33\"");
        std::fs::write(bank.join(name), text).unwrap();
    }
    let lessons = root.join("lessons");
    let checked = run_in(home.path(), &["check", lessons.to_str().unwrap(), "bank"], &[]);
    assert_eq!(checked.code, 1);
    let told = checked.line("error: M2 is ready but has no questions");
    assert!(told.contains("tracks/streams-15.toml:"), "{told}");
    checked.line("error: no track has a module M33");
}

#[test]
fn what_cannot_be_read_is_said_and_is_not_a_finding() {
    let missing = run(&["check", "nowhere.md"]);
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    assert!(
        missing.err.contains("nowhere.md can't be read"),
        "{}",
        missing.err
    );
    let empty = tempfile::tempdir().unwrap();
    let nothing = run_in(empty.path(), &["check", "."], &[]);
    assert!(
        nothing.code == 2 && nothing.err.contains("no lesson"),
        "{}",
        nothing.err
    );
    let unknown = check("Cargo.toml", "[package]\n");
    assert!(
        unknown.code == 1 && unknown.out.contains("Cargo.toml:1:1: error: "),
        "{}",
        unknown.all()
    );
}
