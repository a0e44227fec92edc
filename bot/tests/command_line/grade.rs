//! `tributary grade`: lines in, lines out.

use serde_json::{Value, json};

use crate::program::feed;

fn answers(input: &str) -> (i32, Vec<Value>) {
    let outcome = feed(&["grade"], input.as_bytes());
    let lines = outcome
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    (outcome.code, lines.collect())
}

#[test]
fn each_line_is_graded_in_its_place_with_its_own_id() {
    let right = json!({"id": 7, "question": "What marks a consumer's position?", "reference": ["offset"],
        "answer": "the offset", "kind": "short"});
    let wrong = json!({"id": {"row": "b"}, "question": "What marks a consumer's position?", "reference": "offset",
        "answer": "the weather", "kind": "short"});
    let explained = json!({"id": null, "question": "What is log compaction?", "kind": "explain",
        "reference": "Log compaction keeps only the latest record for each key and removes older ones.",
        "answer": "Log compaction keeps only the latest record for each key and removes older ones."});
    let (code, answers) = answers(&format!("{right}\n{wrong}\n\n{explained}"));
    assert_eq!(code, 0);
    let verdicts: Vec<(&Value, &Value)> = answers
        .iter()
        .map(|answer| (&answer["id"], &answer["verdict"]))
        .collect();
    assert_eq!(
        verdicts,
        [
            (&json!(7), &json!("pass")),
            (&json!({"row": "b"}), &json!("retry")),
            (&Value::Null, &json!("pass")),
        ]
    );
    for answer in &answers {
        let score = answer["score"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&score), "{answer}");
        assert!(
            answer["why"].as_str().is_some_and(|why| !why.is_empty()),
            "{answer}"
        );
    }
}

#[test]
fn a_bad_line_is_told_and_the_next_one_graded() {
    let good = r#"{"id":"ok","question":"?","reference":["offset"],"answer":"offset","kind":"short"}"#;
    let (code, answers) = answers(&format!(
        "{good}\nnonsense\n{{\"id\":3,\"answer\":\"x\",\"kind\":\"short\"}}\n{good}\n"
    ));
    assert_eq!(code, 1, "something could not be read");
    assert_eq!(answers.len(), 4);
    assert_eq!(
        (&answers[0]["verdict"], &answers[3]["verdict"]),
        (&json!("pass"), &json!("pass"))
    );
    assert_eq!(answers[1]["id"], Value::Null);
    assert!(
        answers[1]["error"].as_str().unwrap().starts_with("line 2: "),
        "{}",
        answers[1]
    );
    assert_eq!(answers[2]["id"], json!(3));
    assert!(
        answers[2]["error"].as_str().unwrap().starts_with("line 3: "),
        "{}",
        answers[2]
    );
}

#[test]
fn bytes_that_are_no_text_are_a_bad_line() {
    let outcome = feed(
        &["grade"],
        b"\xff\xfe\n{\"id\":1,\"reference\":\"a\",\"answer\":\"a\",\"kind\":\"short\"}\n",
    );
    assert_eq!(outcome.code, 1);
    let lines: Vec<&str> = outcome.out.lines().collect();
    assert!(
        lines[0].contains("line 1: ") && lines[1].contains("pass"),
        "{}",
        outcome.all()
    );
}
