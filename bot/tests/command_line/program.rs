//! Runs the binary: with an empty folder as its home and no environment but what a test gives, so that nothing on this
//! machine changes a result.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// What a run came to.
pub struct Outcome {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Outcome {
    /// Everything that was said.
    pub fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// The line of stdout that holds this.
    pub fn line(&self, part: &str) -> &str {
        self.out
            .lines()
            .find(|line| line.contains(part))
            .unwrap_or_else(|| panic!("no line holds {part:?}:\n{}", self.all()))
    }
}

fn command(home: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tributary"));
    command
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .envs(environment.iter().copied());
    command
}

/// Runs it to its end in `home`.
pub fn run_in(home: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Outcome {
    let output = command(home, arguments, environment).output().unwrap();
    Outcome {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs it to its end in an empty folder.
pub fn run(arguments: &[&str]) -> Outcome {
    run_in(tempfile::tempdir().unwrap().path(), arguments, &[])
}

/// Runs it with this on stdin.
pub fn feed(arguments: &[&str], input: &[u8]) -> Outcome {
    let home = tempfile::tempdir().unwrap();
    let mut child = command(home.path(), arguments, &[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    Outcome {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A playground that runs until it is dropped.
pub struct Playground {
    child: Child,
    /// Kept open: with nobody at its other end, the next line it prints would be its last.
    _out: BufReader<ChildStdout>,
    /// Where it serves, e.g. `http://127.0.0.1:41234`.
    pub base: String,
}

impl Playground {
    /// Starts one on a port of the system's choice; ready when it has said where it is.
    pub fn start(home: &Path, arguments: &[&str]) -> Self {
        let arguments = [&["playground", "--port", "0"], arguments].concat();
        let mut child = command(home, &arguments, &[])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let base = out
            .by_ref()
            .lines()
            .map_while(Result::ok)
            .find_map(|line| Some(line.trim().strip_prefix("page")?.trim().to_owned()))
            .expect("the playground says where its page is");
        Self {
            child,
            _out: out,
            base,
        }
    }
}

impl Drop for Playground {
    fn drop(&mut self) {
        // It may have ended by itself, which the test then tells.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
