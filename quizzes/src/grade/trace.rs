//! Traced programs: does it compile, and what then.

use super::text::plain;
use super::{Graded, Verdict};
use crate::question::Trace;

/// What a member says about a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceAnswer {
    /// It compiles and prints this.
    Prints(String),
    /// It does not; the error is on this line, where they said one.
    Fails(Option<u32>),
}

/// Grades a trace. Output is compared line by line, white space at line ends aside; the line of an
/// error counts only where the key names one.
pub fn grade_trace(trace: &Trace, answer: &TraceAnswer) -> Graded {
    let right = |why: &str| Graded::new(1.0, Verdict::Pass, why);
    let wrong = |score: f64, why: &str| Graded::new(score, Verdict::Retry, why);
    match (trace.compiles, answer) {
        (true, TraceAnswer::Prints(said)) => {
            let key = trace.stdout.as_deref().unwrap_or_default();
            if lines(key) == lines(said) {
                right("Yes, that is what it prints.")
            } else {
                wrong(
                    0.5,
                    "It does compile, but it prints something else: follow it line by line.",
                )
            }
        }
        (false, TraceAnswer::Fails(said)) => {
            if trace.line.is_none() || trace.line == *said {
                right("Yes, the compiler refuses it there.")
            } else {
                wrong(
                    0.5,
                    "Right, it does not compile; look again at which line is to blame.",
                )
            }
        }
        (true, TraceAnswer::Fails(_)) => wrong(0.0, "The compiler has nothing against this one."),
        (false, TraceAnswer::Prints(_)) => wrong(0.0, "It never runs: the compiler refuses it."),
    }
}

fn lines(output: &str) -> Vec<String> {
    plain(output.trim())
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}
