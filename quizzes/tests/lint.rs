//! Authors' stories: what the linter says, in which words, and what it lets pass.

use std::path::Path;

use quizzes::lint::lint;
use quizzes::{Bank, Finding, Severity};

fn findings(files: &[(&str, &str)]) -> Vec<Finding> {
    let mut bank = Bank::default();
    for (name, text) in files {
        bank.add(Path::new(name), text);
    }
    lint(&bank)
}

/// Lints one question of ours that is otherwise in order.
fn ours(question: &str) -> Vec<Finding> {
    let text = format!("module = \"M1\"\n{question}");
    findings(&[("m1.toml", &text)])
        .into_iter()
        .filter(|f| !f.message.starts_with("The pool of"))
        .collect()
}

fn says(findings: &[Finding], severity: Severity, words: &str) {
    assert!(
        findings
            .iter()
            .any(|f| f.severity == severity && f.message.contains(words)),
        "nothing says “{words}” as {severity:?} in {findings:#?}"
    );
}

fn choice(options: &str) -> String {
    format!(
        "[[questions]]\nid = \"q1\"\ntype = \"MultipleChoice\"\nconcepts = [\"c\"]\nhints = [\"h\"]\nprompt.prompt = \"Which?\"\n{options}\n"
    )
}

fn explain(rest: &str) -> String {
    format!(
        "[[questions]]\nid = \"q1\"\ntype = \"Explain\"\nconcepts = [\"c\"]\nhints = [\"h\"]\nprompt.prompt = \"What happens to the buffer?\"\n\
         answer.reference = [\"The buffer fills up because the consumer is slow, so messages are dropped.\"]\n{rest}\n"
    )
}

const IDEA: &str = "[[questions.ideas]]\nid = \"full\"\nsay = \"the buffer fills up\"\naccept = [\"buffer fills up\", \"it gets full\"]\nrequired = true\nask = \"Where do the messages wait?\"\n";

#[test]
fn a_good_question_hears_nothing() {
    let good = choice("prompt.distractors = [\"a\", \"b\"]\nanswer.answer = \"c\"\nwhy = [\"no\", \"no\"]");
    assert_eq!(ours(&good), []);
    let good = explain(&format!(
        "{IDEA}[[questions.misconceptions]]\nwordings = [\"the producer stops by itself\"]\nfeedback = \"Does it know?\""
    ));
    assert_eq!(ours(&good), []);
}

#[test]
fn ids_are_unique_over_all_files_and_the_other_file_is_named() {
    let one = choice("prompt.distractors = [\"a\"]\nanswer.answer = \"c\"");
    let found = findings(&[("a.toml", &one), ("b.toml", &one)]);
    says(&found, Severity::Error, "The id `q1` is taken.");
    let taken = found
        .iter()
        .find(|f| f.message.contains("is taken"))
        .expect("found above");
    assert_eq!(taken.file, Path::new("b.toml"));
    assert_eq!(&one[taken.span.clone()], "\"q1\"");
    assert!(taken.help.as_deref().is_some_and(|h| h.contains("a.toml")));
}

#[test]
fn options_differ_are_not_empty_and_do_not_hold_the_answer() {
    let found = ours(&choice(
        "prompt.distractors = [\"Log\", \" log \", \"\"]\nanswer.answer = \"c\"\nwhy = [\"1\", \"2\", \"3\"]",
    ));
    says(&found, Severity::Error, "“log” stands here twice.");
    says(&found, Severity::Error, "This option is empty.");
    let found = ours(&choice(
        "prompt.distractors = [\"A Log\", \"b\"]\nanswer.answer = \"a log\"\nwhy = [\"1\", \"2\"]",
    ));
    says(
        &found,
        Severity::Error,
        "The answer “a log” is also among the distractors.",
    );
    let found = ours(&choice(
        "prompt.distractors = [\"b\"]\nanswer.answer = []\nwhy = [\"1\"]",
    ));
    says(&found, Severity::Error, "No option is right.");
    let found = ours(&choice("answer.answer = \"b\""));
    says(&found, Severity::Error, "There is nothing to choose from.");
}

#[test]
fn none_of_the_above_needs_a_fixed_order() {
    let with = |order: &str| {
        ours(&choice(&format!(
            "prompt.distractors = [\"a\", \"None of the above\"]\nanswer.answer = \"c\"\nwhy = [\"1\", \"2\"]\n{order}"
        )))
    };
    says(
        &with(""),
        Severity::Error,
        "“None of the above” points at other options",
    );
    assert_eq!(with("prompt.answerIndex = 0"), []);
}

#[test]
fn discords_limits_are_told_before_discord_tells_them() {
    let long = "x".repeat(81);
    let found = ours(&choice(&format!(
        "prompt.distractors = [\"a\"]\nanswer.answer = \"{long}\"\nwhy = [\"1\"]"
    )));
    says(&found, Severity::Advice, "81 characters long, a button holds 80");
    assert!(found.iter().all(|f| !f.is_error()));
    let many: Vec<String> = (0..25).map(|n| format!("\"option {n}\"")).collect();
    let found = ours(&choice(&format!(
        "prompt.distractors = [{}]\nanswer.answer = \"c\"",
        many.join(",")
    )));
    says(&found, Severity::Error, "There are 26 options; Discord shows 25.");
    let wordy = choice("prompt.distractors = [\"a\"]\nanswer.answer = \"c\"\nwhy = [\"1\"]")
        .replace("Which?", &"Which? ".repeat(700));
    says(&ours(&wordy), Severity::Error, "Discord shows 4096");
    let hint = choice("prompt.distractors = [\"a\"]\nanswer.answer = \"c\"\nwhy = [\"1\"]")
        .replace("\"h\"", &format!("\"{}\"", "h".repeat(1_100)));
    says(&ours(&hint), Severity::Error, "1100 characters long; 1024 fit");
    let id = choice("prompt.distractors = [\"a\"]\nanswer.answer = \"c\"\nwhy = [\"1\"]")
        .replace("\"q1\"", "\"has space\"");
    says(&ours(&id), Severity::Error, "`has space` is no good id.");
}

#[test]
fn manners_are_errors_at_home_and_advice_abroad() {
    let bare = "[[questions]]\ntype = \"MultipleChoice\"\nprompt.prompt = \"Which?\"\nprompt.distractors = [\"a\"]\nanswer.answer = \"b\"\nextra = 1\n";
    let abroad = findings(&[("quiz.toml", bare)]);
    let home = ours(bare);
    for words in [
        "has no id",
        "There are no hints",
        "No concepts",
        "why the distractors are wrong",
        "`extra` means nothing here",
    ] {
        says(&abroad, Severity::Advice, words);
        says(&home, Severity::Error, words);
    }
    assert!(abroad.iter().all(|f| !f.is_error()), "{abroad:#?}");
    let found = ours(&choice(
        "prompt.distractors = [\"a\", \"b\"]\nanswer.answer = \"c\"\nwhy = [\"1\"]",
    ));
    says(&found, Severity::Error, "There are 1 reasons for 2 distractors.");
}

#[test]
fn an_unknown_key_gets_the_nearest_known_one() {
    let found = ours(&choice("prompt.distractor = [\"a\"]\nanswer.answer = \"c\""));
    let unknown = found
        .iter()
        .find(|f| f.message.contains("`distractor`"))
        .expect("a finding");
    assert_eq!(unknown.help.as_deref(), Some("Did you mean `distractors`?"));
    let found = findings(&[(
        "x.toml",
        "[[questions]]\ntype = \"MultipleChoise\"\nprompt.prompt = \"\"\nanswer.answer = \"\"",
    )]);
    assert!(
        found
            .iter()
            .any(|f| f.help.as_deref() == Some("Did you mean `MultipleChoice`?"))
    );
}

#[test]
fn an_explanation_has_required_ideas_questions_and_wordings_that_the_grader_finds() {
    says(&ours(&explain("")), Severity::Error, "No idea is required");
    let found = ours(&explain(
        &IDEA.replace("ask = \"Where do the messages wait?\"\n", ""),
    ));
    says(
        &found,
        Severity::Error,
        "The idea `full` has no question to put when it is missing.",
    );
    let found = ours(&explain(&IDEA.replace("\"it gets full\"", "\"?!\"")));
    says(
        &found,
        Severity::Error,
        "The grader does not find the idea `full` in “?!”.",
    );
    let found = ours(&explain(&format!("{IDEA}{IDEA}")));
    says(&found, Severity::Error, "The idea `full` stands here twice.");
}

#[test]
fn a_misconception_never_passes_and_no_model_answer_holds_one() {
    let with = |wording: &str| {
        ours(&explain(&format!(
            "{IDEA}[[questions.misconceptions]]\nwordings = [\"{wording}\"]\nfeedback = \"Really?\""
        )))
    };
    says(
        &with("?!"),
        Severity::Error,
        "The grader does not recognise “?!”.",
    );
    says(
        &with("messages are dropped"),
        Severity::Error,
        "The grader does not pass the model answer",
    );
}

#[test]
fn short_keys_are_put_to_the_grader() {
    let short = |answer: &str| {
        ours(&format!(
            "[[questions]]\nid = \"q1\"\ntype = \"ShortAnswer\"\nconcepts = [\"c\"]\nhints = [\"h\"]\nprompt.prompt = \"What?\"\n{answer}\n"
        ))
    };
    assert_eq!(
        short("answer.answer = \"log\"\nanswer.alternatives = [\"commit log\"]"),
        []
    );
    assert_eq!(short("answer.answer = \"&mut\"\nmatch = \"exact\""), []);
    says(
        &short("answer.answer = \" \""),
        Severity::Error,
        "This answer is empty.",
    );
    says(
        &short("answer.answer = \"log\"\nanswer.alternatives = [\"log\"]"),
        Severity::Advice,
        "“log” stands here twice.",
    );
    says(
        &short("answer.answer = \"log\"\nmatch = \"loose\""),
        Severity::Error,
        "`loose` is not a way to match.",
    );
}

#[test]
fn a_trace_says_what_is_printed_or_which_line_is_wrong() {
    let trace = |answer: &str| {
        findings(&[(
            "t.toml",
            &format!(
                "[[questions]]\nid = \"t\"\ntype = \"Tracing\"\nprompt.program = \"fn main() {{}}\"\n{answer}\n"
            ),
        )])
    };
    says(
        &trace("answer.doesCompile = true"),
        Severity::Error,
        "does not say what it prints",
    );
    says(
        &trace("answer.doesCompile = false\nanswer.stdout = \"1\""),
        Severity::Error,
        "so it prints nothing",
    );
    says(
        &trace("answer.doesCompile = false"),
        Severity::Advice,
        "which line is to blame",
    );
    says(
        &trace("answer.doesCompile = false\nanswer.lineNumber = 9"),
        Severity::Error,
        "The program has no line 9.",
    );
}

#[test]
fn a_pool_holds_at_least_what_an_attempt_draws() {
    let text = format!(
        "module = \"M1\"\n{}",
        choice("prompt.distractors = [\"a\"]\nanswer.answer = \"c\"\nwhy = [\"1\"]")
    );
    let found = findings(&[("m1.toml", &text)]);
    says(
        &found,
        Severity::Error,
        "The pool of M1 has 1 of at least 3 questions.",
    );
}

#[test]
fn a_file_that_is_not_toml_or_has_no_questions_says_so() {
    says(
        &findings(&[("a.toml", "questions = [")]),
        Severity::Error,
        "This is not TOML",
    );
    says(
        &findings(&[("a.toml", "module = \"M1\"")]),
        Severity::Error,
        "This file has no questions.",
    );
    says(
        &findings(&[(
            "a.toml",
            "[[questions]]\ntype = \"MultipleChoice\"\nprompt = \"Ok\"\nanswer.answer = \"b\"",
        )]),
        Severity::Error,
        "`prompt` should be a table",
    );
}

#[test]
fn our_own_bank_has_no_errors() {
    let errors: Vec<Finding> = lint(&Bank::embedded())
        .into_iter()
        .filter(Finding::is_error)
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}
