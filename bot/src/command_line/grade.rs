//! `tributary grade`: the quizzes' own grader over lines of JSON, for authors to try on sample answers.
//! One line in, one line out, at once. How an answer is judged is [`quizzes::grade`]'s.

use std::io::{self, BufRead, ErrorKind, Write};
use std::process::ExitCode;

use quizzes::grade::{Sample, SampleKind, Verdict, grade_sample};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the lines look like, for `--help`.
pub const FORM: &str = r#"In, one JSON object a line:
  {"id": 1, "question": "…", "reference": ["a model answer", "…"], "answer": "…", "kind": "short" | "explain"}
Out, in the same order:
  {"id": 1, "score": 0.0 to 1.0, "verdict": "pass" | "review" | "retry", "why": "…"}
A line that can't be read gives {"id", "error"} and exit code 1 at the end."#;

/// Grades stdin to stdout. Fails at the end where some line could not be read.
pub fn grade() -> anyhow::Result<ExitCode> {
    match lines(io::stdin().lock(), io::stdout().lock()) {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::FAILURE),
        // Whoever read us has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error.into()),
    }
}

/// Whether every line could be read.
fn lines(mut input: impl BufRead, mut output: impl Write) -> io::Result<bool> {
    let mut all_read = true;
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let answer = answer(&line, number);
        all_read &= matches!(answer, Answer::Graded { .. });
        serde_json::to_writer(&mut output, &answer)?;
        output.write_all(b"\n")?;
        // A program that feeds us a line at a time waits for this one.
        output.flush()?;
    }
    Ok(all_read)
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Graded {
        id: Value,
        score: f64,
        verdict: Verdict,
        why: String,
    },
    Unread {
        id: Value,
        error: String,
    },
}

/// What a line says, but for its id, which is echoed whatever it is.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    question: String,
    reference: OneOrMany,
    answer: String,
    kind: SampleKind,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`reference` must be a text or a list of texts")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

fn answer(line: &[u8], number: u64) -> Answer {
    let unread = |id, error: &dyn std::fmt::Display| Answer::Unread {
        id,
        error: format!("line {number}: {error}"),
    };
    let value: Value = match serde_json::from_slice(line) {
        Ok(value) => value,
        Err(error) => {
            return unread(
                Value::Null,
                &format!("this is not JSON: {}", in_this_line(&error)),
            );
        }
    };
    let id = value.get("id").cloned().unwrap_or(Value::Null);
    if !value.is_object() {
        return unread(
            id,
            &"a line must be an object: {\"id\", \"question\", \"reference\", \"answer\", \"kind\"}",
        );
    }
    let line: Line = match serde_json::from_value(value) {
        Ok(line) => line,
        Err(error) => return unread(id, &error),
    };
    let reference = match line.reference {
        OneOrMany::One(text) => vec![text],
        OneOrMany::Many(texts) => texts,
    };
    if reference.iter().all(|text| text.trim().is_empty()) {
        return unread(id, &"`reference` holds no model answer to grade by");
    }
    let graded = grade_sample(&Sample {
        question: line.question,
        reference,
        answer: line.answer,
        kind: line.kind,
    });
    Answer::Graded {
        id,
        score: graded.score,
        verdict: graded.verdict,
        why: graded.why,
    }
}

/// serde's words without its line number, which is always 1 here and would contradict ours.
fn in_this_line(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let column = error.column();
    match words.split_once(" at line ") {
        Some((what, _)) => format!("{what} at column {column}"),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that takes each answer before it writes the next line must not wait for ever.
    #[derive(Default)]
    struct Flushed {
        waiting: Vec<u8>,
        seen: Vec<Vec<u8>>,
    }

    impl Write for Flushed {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.waiting.extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            self.seen.push(std::mem::take(&mut self.waiting));
            Ok(())
        }
    }

    #[test]
    fn every_answer_leaves_before_the_next_line_is_read() {
        let line = r#"{"id":1,"question":"?","reference":"offset","answer":"the offset","kind":"short"}"#;
        let mut output = Flushed::default();
        let all_read = lines(format!("{line}\n\n{line}").as_bytes(), &mut output).unwrap();
        assert!(all_read);
        assert_eq!(output.seen.len(), 2, "blank lines are passed over");
        assert!(output.seen.iter().all(|line| line.ends_with(b"\n")));
    }

    #[test]
    fn a_line_that_says_too_little_is_told_with_its_id_and_number() {
        for (line, id, expected) in [
            ("{", Value::Null, "line 7: this is not JSON"),
            ("[1]", Value::Null, "line 7: a line must be an object"),
            (
                r#"{"id":"a","answer":"x","kind":"short"}"#,
                "a".into(),
                "`reference`",
            ),
            (
                r#"{"id":2,"reference":3,"answer":"x","kind":"short"}"#,
                2.into(),
                "`reference` must be",
            ),
            (
                r#"{"id":2,"reference":[" "],"answer":"x","kind":"short"}"#,
                2.into(),
                "no model answer",
            ),
            (
                r#"{"id":2,"reference":"r","answer":"x","kind":"long"}"#,
                2.into(),
                "`explain`",
            ),
        ] {
            let Answer::Unread { id: echoed, error } = answer(line.as_bytes(), 7) else {
                panic!("{line} was graded");
            };
            assert_eq!(echoed, id, "{line}");
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
