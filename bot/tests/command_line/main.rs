//! The command line as an author or operator meets it: the real binary, its words and its exit codes.
//! What the subcommands decide is tested beside them.

mod check;
mod doctor;
mod grade;
mod program;
mod words;
