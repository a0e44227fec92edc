//! The rubrics of our own bank against answers people gave: what is right is not sent back, what is
//! wrong does not pass. Prints what differs from the author's judgement.

use std::fs;
use std::path::Path;

use quizzes::grade::{Graded, Sample, SampleKind, Verdict, grade_explain, grade_sample, grade_short};
use quizzes::{Bank, Kind, Question, QuestionId};
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    question: String,
    answer: String,
    expect: Expect,
}

/// What the author of an answer expects of the grader.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Expect {
    Pass,
    Review,
    Retry,
    ReviewOrRetry,
}

fn answers(module: &str) -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/answers")
        .join(format!("{module}.jsonl"));
    fs::read_to_string(path)
        .expect("answers")
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).expect("an answer a line"))
        .collect()
}

fn by_rubric(question: &Question, answer: &str) -> Graded {
    match &question.kind {
        Kind::Explain(explain) => grade_explain(&question.prompt, explain, answer),
        Kind::Short(short) => grade_short(&question.prompt, short, answer),
        _ => panic!("{} takes no text", question.id),
    }
}

fn by_references(question: &Question, answer: &str) -> Graded {
    let (reference, kind) = match &question.kind {
        Kind::Explain(explain) => (explain.references.clone(), SampleKind::Explain),
        Kind::Short(short) => (short.accepted.clone(), SampleKind::Short),
        _ => panic!("{} takes no text", question.id),
    };
    grade_sample(&Sample {
        question: question.prompt.clone(),
        reference,
        answer: answer.to_owned(),
        kind,
    })
}

/// Rows: pass, review, retry, review or retry expected; columns: pass, review, retry graded.
fn table(module: &str, grade: fn(&Question, &str) -> Graded) -> [[u32; 3]; 4] {
    let bank = Bank::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("bank")).expect("the bank");
    let mut table = [[0; 3]; 4];
    for row in answers(module) {
        let question = bank
            .question(&QuestionId(row.question.clone()))
            .expect("a question of the bank");
        let graded = grade(question, &row.answer);
        table[row.expect as usize][graded.verdict as usize] += 1;
        let right = row.expect == Expect::Pass;
        if right != (graded.verdict == Verdict::Pass) {
            println!(
                "{module} expect {:?} got {:?} {:.2} | {} | {}",
                row.expect, graded.verdict, graded.score, row.answer, graded.why
            );
        }
    }
    println!("{module}: {table:?}");
    table
}

/// Right answers by verdict, and how many of the others passed, of how many.
fn figures(grade: fn(&Question, &str) -> Graded) -> ([u32; 3], u32, u32) {
    let (mut right, mut passed, mut others) = ([0; 3], 0, 0);
    for module in ["m1", "m2", "m3"] {
        let [expected_pass, rest @ ..] = table(module, grade);
        for (sum, count) in right.iter_mut().zip(expected_pass) {
            *sum += count;
        }
        passed += rest.iter().map(|row| row[Verdict::Pass as usize]).sum::<u32>();
        others += rest.iter().flatten().sum::<u32>();
    }
    (right, passed, others)
}

#[test]
fn rubrics_agree_with_their_authors() {
    let (right, passed, others) = figures(by_rubric);
    let all: u32 = right.iter().sum();
    assert!(
        passed * 50 <= others,
        "{passed} of {others} answers passed that should not"
    );
    assert!(
        right[Verdict::Retry as usize] * 20 <= all,
        "right answers sent back: {right:?}"
    );
    assert!(
        right[Verdict::Pass as usize] * 2 >= all,
        "right answers that pass: {right:?}"
    );
}

#[test]
fn model_answers_alone_are_careful() {
    let (right, passed, others) = figures(by_references);
    assert!(
        passed * 50 <= others,
        "{passed} of {others} answers passed that should not"
    );
    assert!(
        right[Verdict::Retry as usize] * 20 <= right.iter().sum::<u32>(),
        "right answers sent back: {right:?}"
    );
}

#[test]
fn a_series_of_figures_is_right_figure_by_figure() {
    let verdict = |answer: &str| {
        let sample = Sample {
            question: "The events are 4, 9, 2, 11, in this order. Which maxima are printed?".into(),
            reference: vec!["4, 9, 9, 11".into()],
            answer: answer.into(),
            kind: SampleKind::Short,
        };
        grade_sample(&sample).verdict
    };
    for right in [
        "4 9 9 11.",
        "4, 9, 9 and 11",
        "4; 9; 9; 11",
        "4, then 9, then 9 again, then 11",
    ] {
        assert_eq!(verdict(right), Verdict::Pass, "{right}");
    }
    for wrong in [
        "4, 9, 11",
        "4, 9, 2, 11",
        "4, 9, 11, 9",
        "11, 9, 9, 4",
        "4, 9, 9, 11, 11",
        "11",
    ] {
        assert_eq!(verdict(wrong), Verdict::Retry, "{wrong}");
    }
}
