//! A member's attempts: what is drawn, how it is shown, what it comes to, when the next opens.

use std::collections::HashSet;
use std::path::Path;

use proptest::prelude::*;
use quizzes::attempt::{Outcome, QuizKind, Score, best, draw, is_open, layout, outcome, retake_opens};
use quizzes::flow::{Event, Say, Stage};
use quizzes::grade::{Graded, Missing, Verdict, grade_choice};
use quizzes::{Bank, Kind, Question, QuestionId};

/// A pool of choices `c0…` and explanations `e0…`.
fn pool(choices: usize, explanations: usize) -> Bank {
    use std::fmt::Write as _;
    let mut text = String::from("module = \"M1\"\n");
    for n in 0..choices {
        write!(
            text,
            "[[questions]]\nid = \"c{n}\"\ntype = \"MultipleChoice\"\nconcepts = [\"concept {n}\", \"shared\"]\nprompt.prompt = \"{n}?\"\n\
             prompt.distractors = [\"a\", \"b\", \"c\"]\nanswer.answer = \"d\"\nwhy = [\"not a\", \"not b\", \"not c\"]\n"
        )
        .expect("a string takes it");
    }
    for n in 0..explanations {
        write!(
            text,
            "[[questions]]\nid = \"e{n}\"\ntype = \"Explain\"\nconcepts = [\"idea {n}\"]\nprompt.prompt = \"Why {n}?\"\nanswer.reference = [\"because\"]\n"
        )
        .expect("a string takes it");
    }
    let mut bank = Bank::default();
    bank.add(Path::new("m1.toml"), &text);
    bank
}

fn names(ids: &[QuestionId]) -> Vec<&str> {
    ids.iter().map(QuestionId::as_str).collect()
}

#[test]
fn a_quiz_has_three_questions_and_ends_with_an_explanation() {
    let bank = pool(6, 2);
    for seed in 0..50 {
        let drawn = QuizKind::Module.draw(&bank.pool("m1"), seed, &[]);
        let explained: Vec<bool> = names(&drawn).iter().map(|id| id.starts_with('e')).collect();
        assert_eq!(explained, [false, false, true], "{drawn:?}");
    }
}

#[test]
fn a_checkpoint_mixes_and_the_final_explains() {
    let bank = pool(9, 7);
    let checkpoint = QuizKind::Checkpoint.draw(&bank.pool("M1"), 3, &[]);
    assert_eq!(
        checkpoint
            .iter()
            .filter(|id| id.as_str().starts_with('e'))
            .count(),
        2
    );
    let last = QuizKind::Final.draw(&bank.pool("M1"), 3, &[]);
    assert_eq!(last.len(), 5);
    assert!(last.iter().all(|id| id.as_str().starts_with('e')));
}

#[test]
fn a_retake_asks_other_questions_and_then_the_ones_longest_ago() {
    let bank = pool(4, 2);
    let pool = bank.pool("M1");
    let first = draw(&pool, 1, 3, &[]);
    let second = draw(&pool, 2, 3, &first);
    assert!(
        second.iter().all(|id| !first.contains(id)),
        "{first:?} {second:?}"
    );
    let asked: Vec<QuestionId> = first.iter().chain(&second).cloned().collect();
    let third = draw(&pool, 3, 3, &asked);
    let sorted = |ids: &[QuestionId]| ids.iter().cloned().collect::<HashSet<_>>();
    assert_eq!(sorted(&third), sorted(&first));
}

#[test]
fn a_small_pool_gives_what_it_has() {
    let bank = pool(1, 1);
    assert_eq!(names(&draw(&bank.pool("M1"), 9, 3, &[])), ["c0", "e0"]);
    assert_eq!(draw(&[], 9, 3, &[]), []);
    let only_explanations = pool(0, 3);
    assert_eq!(draw(&only_explanations.pool("M1"), 9, 3, &[]).len(), 3);
}

proptest! {
    #[test]
    fn a_draw_never_repeats_and_does_not_depend_on_file_order(seed: u64, n in 0usize..8, choices in 0usize..8, explanations in 0usize..4) {
        let bank = pool(choices, explanations);
        let forward = bank.pool("M1");
        let backward: Vec<&Question> = forward.iter().rev().copied().collect();
        let drawn = draw(&forward, seed, n, &[]);
        prop_assert_eq!(&drawn, &draw(&backward, seed, n, &[]));
        prop_assert_eq!(drawn.len(), n.min(choices + explanations));
        prop_assert_eq!(drawn.iter().collect::<HashSet<_>>().len(), drawn.len());
    }

    #[test]
    fn options_are_a_permutation_that_a_restart_does_not_change(seed: u64) {
        let bank = pool(1, 0);
        let question = bank.pool("M1")[0];
        let Kind::Choice(choice) = &question.kind else { panic!("a choice") };
        let shown = layout(&question.id, choice, seed);
        prop_assert_eq!(&shown, &layout(&question.id, choice, seed));
        let mut sorted = shown.order.clone();
        sorted.sort_unstable();
        prop_assert_eq!(sorted, vec![0, 1, 2, 3]);
        prop_assert!(!shown.lettered);
    }
}

#[test]
fn the_answer_is_not_always_at_the_same_place() {
    let bank = pool(1, 0);
    let question = bank.pool("M1")[0];
    let Kind::Choice(choice) = &question.kind else {
        panic!("a choice")
    };
    let places: HashSet<Option<usize>> = (0..60)
        .map(|seed| {
            layout(&question.id, choice, seed)
                .order
                .iter()
                .position(|at| *at == 0)
        })
        .collect();
    assert_eq!(places.len(), 4);
}

#[test]
fn a_wrong_pick_is_told_why_and_many_need_all() {
    let bank = pool(1, 0);
    let Kind::Choice(mut choice) = bank.pool("M1")[0].kind.clone() else {
        panic!("a choice")
    };
    let graded = grade_choice(&choice, &[2]);
    assert!(!graded.right);
    assert_eq!(graded.whys, [(2, "not b".to_owned())]);
    choice.many = true;
    choice.options[1].correct = true;
    for (picked, score, right) in [
        (vec![0, 1], 1.0, true),
        (vec![1, 0, 0], 1.0, true),
        (vec![0], 0.5, false),
        (vec![0, 1, 2], 0.5, false),
        (vec![2, 3], 0.0, false),
        (vec![], 0.0, false),
        (vec![0, 99], 0.0, false),
    ] {
        let graded = grade_choice(&choice, &picked);
        assert!(
            (graded.score - score).abs() < 1e-9 && graded.right == right,
            "{picked:?} {graded:?}"
        );
    }
}

#[test]
fn pass_marks_and_concepts_to_review() {
    let bank = pool(5, 0);
    let questions = bank.pool("M1");
    let of = |kind: QuizKind, scores: &[Score]| {
        let answers: Vec<(&Question, Score)> =
            questions.iter().copied().zip(scores.iter().copied()).collect();
        outcome(kind, &answers)
    };
    let (one, zero, half) = (Score::Settled(1.0), Score::Settled(0.0), Score::Settled(0.5));
    assert!(of(QuizKind::Module, &[one, one, one]).passed);
    let failed = of(QuizKind::Module, &[one, zero, one]);
    assert!(!failed.passed);
    assert_eq!(failed.review, ["concept 1", "shared"]);
    assert!(
        of(QuizKind::Module, &[one, one, half]).passed,
        "83 % is above 70 %"
    );
    assert!(
        of(QuizKind::Checkpoint, &[one, one, one, one, zero]).passed,
        "80 % is enough"
    );
    assert!(!of(QuizKind::Checkpoint, &[one, one, one, half, zero]).passed);
    let waiting = of(QuizKind::Module, &[one, one, Score::Provisional]);
    assert!(waiting.passed && waiting.provisional);
    let sure = of(QuizKind::Checkpoint, &[one, one, one, one, Score::Provisional]);
    assert!(
        sure.passed && !sure.provisional,
        "it passes whatever the moderator says"
    );
    assert!(!of(QuizKind::Module, &[]).passed);
    assert!(!of(QuizKind::Module, &[Score::Settled(f64::NAN), one, one]).passed);
}

#[test]
fn the_best_attempt_counts() {
    let with = |percent: f64, provisional: bool| Outcome {
        percent,
        passed: percent >= 70.0,
        provisional,
        review: vec![],
    };
    let all = [
        with(66.0, false),
        with(100.0, true),
        with(100.0, false),
        with(33.0, false),
    ];
    assert_eq!(best(&all), Some(&all[2]));
    assert_eq!(best(&[]), None);
}

#[test]
fn retakes_open_at_once_then_after_an_hour_then_every_twelve() {
    const HOUR: i64 = 3_600_000;
    for (finished, wait) in [
        (0, 0),
        (1, 0),
        (2, HOUR),
        (3, 12 * HOUR),
        (4, 12 * HOUR),
        (90, 12 * HOUR),
    ] {
        assert_eq!(retake_opens(finished, 5_000), 5_000 + wait, "{finished} finished");
    }
    assert!(is_open(0, 7 * 24 * HOUR - 1));
    assert!(!is_open(0, 7 * 24 * HOUR));
    assert_eq!(retake_opens(3, i64::MAX), i64::MAX);
}

fn graded(verdict: Verdict) -> Graded {
    Graded {
        score: 0.5,
        verdict,
        why: "why".into(),
        missing: vec![Missing {
            id: "full".into(),
            ask: "Where do they wait?".into(),
        }],
        misconceptions: vec![],
    }
}

#[test]
fn free_text_is_never_failed_by_a_machine_alone() {
    let (pass, review, retry) = (
        graded(Verdict::Pass),
        graded(Verdict::Review),
        graded(Verdict::Retry),
    );
    let ask = || Say::Ask("Where do they wait?".into());
    let (yes, no) = (Event::Decided { accept: true }, Event::Decided { accept: false });
    let answer = |graded| Event::Answered(graded);
    for (stage, event, next, say) in [
        (Stage::Asked, answer(&pass), Stage::Passed, Say::Right),
        (Stage::Asked, answer(&review), Stage::Probed, ask()),
        (Stage::Asked, answer(&retry), Stage::Probed, ask()),
        (Stage::Asked, Event::Blank, Stage::Asked, Say::Nothing),
        (Stage::Probed, answer(&pass), Stage::Passed, Say::Right),
        (Stage::Probed, answer(&review), Stage::Moderator, Say::Waiting),
        (Stage::Probed, answer(&retry), Stage::Moderator, Say::Waiting),
        (Stage::Probed, Event::Blank, Stage::Probed, Say::Nothing),
        (Stage::Moderator, answer(&pass), Stage::Moderator, Say::Nothing),
        (Stage::Moderator, yes.clone(), Stage::Accepted, Say::Accepted),
        (Stage::Moderator, no.clone(), Stage::ToReview, Say::Review),
        (Stage::Accepted, no.clone(), Stage::Accepted, Say::Nothing),
        (Stage::Asked, yes.clone(), Stage::Asked, Say::Nothing),
        (Stage::Passed, answer(&retry), Stage::Passed, Say::Nothing),
    ] {
        assert_eq!(stage.step(&event), (next, say), "{stage:?} {event:?}");
    }
    assert!(Stage::Probed.takes_answers() && !Stage::Moderator.takes_answers());
}

#[test]
fn a_misconception_is_answered_before_a_missing_idea() {
    let mut graded = graded(Verdict::Review);
    graded.misconceptions.push("Does it know?".into());
    assert_eq!(
        Stage::Asked.step(&Event::Answered(&graded)).1,
        Say::Ask("Does it know?".into())
    );
}
