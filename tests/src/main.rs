//! The program `tributary`, built for the tests that start and kill it.

use std::process::ExitCode;

fn main() -> ExitCode {
    bot::command_line::main()
}
