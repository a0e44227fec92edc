//! Files written for mdbook-quiz load as they are.

use std::path::Path;

use quizzes::attempt::layout;
use quizzes::grade::{TraceAnswer, Verdict, grade_choice, grade_short, grade_trace};
use quizzes::lint::lint;
use quizzes::{Bank, Kind, MatchRule, OptionOrder, Question, Response};

fn bank() -> Bank {
    Bank::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/quiz.toml")).expect("the file")
}

fn questions(bank: &Bank) -> Vec<&Question> {
    bank.entries().iter().map(|e| &e.question).collect()
}

#[test]
fn every_question_is_there_and_nothing_is_an_error() {
    let bank = bank();
    assert_eq!(bank.entries().len(), 5);
    let errors: Vec<_> = lint(&bank)
        .into_iter()
        .filter(quizzes::Finding::is_error)
        .collect();
    assert_eq!(errors, []);
    assert!(bank.pools().is_empty(), "a foreign file belongs to no module");
}

#[test]
fn choices_keep_their_order_context_and_shared_text() {
    let bank = bank();
    let all = questions(&bank);
    let Kind::Choice(one) = &all[0].kind else {
        panic!("a choice")
    };
    assert_eq!(all[0].context.as_deref(), Some("Immutable means not changeable."));
    assert!(all[0].asks_why);
    assert!(!one.many);
    assert_eq!(one.order, OptionOrder::AnswerAt(1));
    let shown: Vec<bool> = layout(&all[0].id, one, 7)
        .order
        .iter()
        .map(|at| one.options[*at].correct)
        .collect();
    assert_eq!(shown, [false, true, false]);

    let Kind::Choice(many) = &all[1].kind else {
        panic!("a choice")
    };
    assert_eq!(all[1].preamble.as_deref(), Some("Say we have this program:"));
    let shown: Vec<&str> = layout(&all[1].id, many, 7)
        .order
        .iter()
        .map(|at| many.options[*at].text.as_str())
        .collect();
    assert_eq!(shown, ["2", "3", "4"]);
    assert!(grade_choice(many, &[0, 1]).right);
    assert!(!grade_choice(many, &[0]).right);
}

#[test]
fn short_answers_and_traces_are_graded() {
    let bank = bank();
    let all = questions(&bank);
    let Kind::Short(short) = &all[2].kind else {
        panic!("a short answer")
    };
    assert_eq!(
        (short.rule, short.response),
        (MatchRule::IgnoreCase, Response::Code)
    );
    assert_eq!(grade_short(&all[2].prompt, short, "`let`").verdict, Verdict::Pass);
    assert_eq!(grade_short(&all[2].prompt, short, "var").verdict, Verdict::Retry);

    let Kind::Trace(fails) = &all[3].kind else {
        panic!("a trace")
    };
    assert_eq!(
        grade_trace(fails, &TraceAnswer::Fails(Some(4))).verdict,
        Verdict::Pass
    );
    assert_eq!(
        grade_trace(fails, &TraceAnswer::Fails(Some(2))).verdict,
        Verdict::Retry
    );
    assert_eq!(
        grade_trace(fails, &TraceAnswer::Prints("1".into())).verdict,
        Verdict::Retry
    );
    let Kind::Trace(prints) = &all[4].kind else {
        panic!("a trace")
    };
    assert_eq!(
        grade_trace(prints, &TraceAnswer::Prints("hello\n".into())).verdict,
        Verdict::Pass
    );
    assert_eq!(
        grade_trace(prints, &TraceAnswer::Fails(None)).verdict,
        Verdict::Retry
    );
}

#[test]
fn an_id_that_is_missing_is_made_from_the_question_and_stays_when_others_move() {
    let ids: Vec<String> = questions(&bank()).iter().map(|q| q.id.to_string()).collect();
    assert!(ids[1].starts_with("q-"));
    assert_ne!(ids[3], ids[4], "two traces are two questions");
    let text = include_str!("foreign/quiz.toml");
    let moved = text.replacen("[[questions]]", "[[questions]]\ntype = \"ShortAnswer\"\nprompt.prompt = \"New?\"\nanswer.answer = \"a\"\n\n[[questions]]", 1);
    let mut other = Bank::default();
    other.add(Path::new("elsewhere.toml"), &moved);
    let after: Vec<String> = questions(&other).iter().map(|q| q.id.to_string()).collect();
    assert_eq!(after[1..], ids[..]);
}
