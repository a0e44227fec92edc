//! The command line. Reads what was typed, and hands over to the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    bot::command_line::main()
}
