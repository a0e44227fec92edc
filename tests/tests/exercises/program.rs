//! An exercise done by its program: a real Python, a real boto3, the real endpoint.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use sandbox::exercises::{Exercise, program};
use tests::World;
use tokio::process::Command;

use crate::{PROGRAM, check, exercise, steps_done};

/// Longer than the slowest program waits for anything.
const PATIENCE: Duration = Duration::from_mins(4);

/// The Python that has boto3.
const PYTHON: &str = "TRIBUTARY_TEST_PYTHON";

/// The program does all steps; before, none holds.
pub async fn run(module: &str) {
    let Ok(python) = std::env::var(PYTHON) else {
        eprintln!("{PYTHON} is not set: {module}'s program is not run here, its steps in chat are");
        return;
    };
    let exercise = exercise(module);
    let world = World::demo(PROGRAM).await;
    assert_eq!(steps_done(&check(&world, module).await), 0);
    let folder = tempfile::tempdir().expect("a folder");
    hand_out(&exercise, folder.path());
    let said = execute(&python, &exercise, folder.path(), &world, "--all").await;
    let passed = check(&world, module).await;
    assert_eq!(steps_done(&passed), exercise.steps.len(), "{passed}\n{said}");
    drop(passed.says("+15 points"));
    execute(&python, &exercise, folder.path(), &world, "--clean").await;
    world.end().await;
}

/// What a program says where its environment is wrong: whose sandbox it is, is asked before anything is made.
pub async fn in_words(module: &str, endpoint: Option<&str>, expected: &str) {
    let Ok(python) = std::env::var(PYTHON) else {
        eprintln!("{PYTHON} is not set: what {module}'s program says is not read here");
        return;
    };
    let exercise = exercise(module);
    let folder = tempfile::tempdir().expect("a folder");
    hand_out(&exercise, folder.path());
    let mut command = program_command(&python, &exercise, folder.path(), "--all");
    command
        .env_remove("AWS_ENDPOINT_URL")
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "no secret");
    if let Some(endpoint) = endpoint {
        command.env("AWS_ENDPOINT_URL", endpoint);
    }
    let (succeeded, said) = output(command, &exercise.program).await;
    assert!(!succeeded, "{module}:\n{said}");
    assert!(said.contains(expected), "{module}:\n{said}");
    assert!(!said.contains("Traceback"), "{module}:\n{said}");
}

/// The files as `/exercise program` gives them.
fn hand_out(exercise: &Exercise, folder: &Path) {
    for name in std::iter::once(&exercise.program).chain(&exercise.beside) {
        let text = program(name).unwrap_or_else(|| panic!("no {name}"));
        std::fs::write(folder.join(name), text).expect("it is written");
    }
}

/// Runs the program with ana's keys in its environment; what it said.
async fn execute(python: &str, exercise: &Exercise, folder: &Path, world: &World, flag: &str) -> String {
    let shown = world
        .ana()
        .slash("lab", "/sandbox credentials")
        .await
        .fine()
        .text();
    let value = |name: &str| {
        let start = format!("{name} = ");
        let found = shown.lines().find_map(|line| line.strip_prefix(&start));
        found
            .unwrap_or_else(|| panic!("no {name} in:\n{shown}"))
            .to_owned()
    };
    let mut command = program_command(python, exercise, folder, flag);
    command
        .env("AWS_ENDPOINT_URL", value("endpoint_url"))
        .env("AWS_ACCESS_KEY_ID", value("aws_access_key_id"))
        .env("AWS_SECRET_ACCESS_KEY", value("aws_secret_access_key"))
        .env("AWS_REGION", value("region"))
        .env("AWS_DEFAULT_REGION", value("region"));
    let (succeeded, said) = output(command, &exercise.program).await;
    assert!(succeeded, "{} {flag}:\n{said}", exercise.program);
    said
}

fn program_command(python: &str, exercise: &Exercise, folder: &Path, flag: &str) -> Command {
    let mut command = Command::new(python);
    command
        .arg(&exercise.program)
        .arg(flag)
        .current_dir(folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env_remove("AWS_PROFILE")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Whether it succeeded, and all that it said.
async fn output(mut command: Command, program: &str) -> (bool, String) {
    let output = tokio::time::timeout(PATIENCE, command.output())
        .await
        .unwrap_or_else(|_| panic!("{program} did not end"))
        .expect("Python runs");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.success(), said)
}
