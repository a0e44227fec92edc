//! The files that a member is given with an exercise: its program, what it needs beside it, and its form for the AWS CLI.

use ::sandbox::exercises::{self, Exercise};
use discord::{Failure, mistake};

/// What keeps a script off AWS itself, and tells version 1 of the CLI, which asks nobody, where SQS is.
const CLI_BEGINS: &str = r#": "${AWS_ENDPOINT_URL:?is not set, so this would run on AWS itself}"
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }
"#;

/// Files by name.
pub struct Handout {
    /// The program first.
    pub files: Vec<(String, String)>,
    /// The name of the file for the AWS CLI, one of them.
    pub cli_name: String,
}

/// An exercise's files.
pub fn of(exercise: &Exercise) -> Result<Handout, Failure> {
    let names = std::iter::once(&exercise.program).chain(&exercise.beside);
    let mut files = Vec::new();
    for name in names {
        let text = exercises::program(name)
            .ok_or_else(|| mistake(format!("The program of {} is not written yet.", exercise.module)))?;
        files.push((name.clone(), text.to_owned()));
    }
    let cli_name = format!("{}_cli.sh", exercise.program.trim_end_matches(".py"));
    files.push((cli_name.clone(), cli(exercise)));
    Ok(Handout { files, cli_name })
}

/// The steps as a shell script: each task as a comment, and its commands.
fn cli(exercise: &Exercise) -> String {
    let mut script = format!(
        "#!/bin/sh\n# {}: {}, with the AWS CLI.\n# AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and \
         AWS_DEFAULT_REGION say whose sandbox it is:\n# /sandbox credentials shows yours.\n{CLI_BEGINS}",
        exercise.module, exercise.title
    );
    for (at, step) in exercise.steps.iter().enumerate() {
        script.push_str(&format!("\n# {}. {}\n", at + 1, wrapped(&step.task)));
        for command in &step.cli {
            script.push_str(command.trim_end());
            script.push('\n');
        }
    }
    script
}

/// Words as comment lines of a readable width.
fn wrapped(words: &str) -> String {
    const WIDTH: usize = 96;
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        let line = lines.last_mut().filter(|line| line.len() + word.len() < WIDTH);
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => line.extend([" ", word]),
            None => lines.push(word.to_owned()),
        }
    }
    lines.join("\n#    ")
}
