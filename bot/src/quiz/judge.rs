//! What one answer is worth and what an attempt came to: pure, over the question, the tries so far and the answer.

use std::borrow::Cow;

use quizzes::attempt::{Outcome, QuizKind, Score, outcome};
use quizzes::flow::{Event, Say, Stage};
use quizzes::grade::{Graded, TraceAnswer, Verdict, grade_choice, grade_explain, grade_short, grade_trace};
use quizzes::{Bank, Choice, Kind, MatchRule, Question, QuestionId, Response, Short};

use super::{Answer, Asked, Attempt, Mark, ReviewState, State};

/// What a member answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Options, as indexes into the question's.
    Picked(Vec<usize>),
    /// Words.
    Typed(String),
    /// What a program does.
    Traced(TraceAnswer),
}

/// What is said to a member whose words wait for a moderator.
const WAITING: &str =
    "Thank you. A moderator will read this. Carry on meanwhile: it counts as right until they have decided.";
const CLOSE: &str = "Part of it is there. Say it once more, as exactly as you can; if it stays unclear, a moderator will \
     read it.";

/// Judges an answer, `tries` earlier ones having been made at the same question. `None` where it does not fit the
/// question: a forged or outdated press.
pub fn judge(question: &Question, tries: usize, given: &Given) -> Option<Answer> {
    match (&question.kind, given) {
        (Kind::Choice(choice), Given::Picked(picked)) => pick(choice, picked),
        (Kind::Short(short), Given::Typed(words)) => Some(typed_short(&question.prompt, short, tries, words)),
        (Kind::Explain(explain), Given::Typed(words)) => {
            let graded = grade_explain(&question.prompt, explain, words);
            Some(explained(tries, words, &graded))
        }
        (Kind::Trace(trace), Given::Traced(answer)) => {
            let graded = grade_trace(trace, answer);
            let mark = if graded.verdict == Verdict::Pass {
                Mark::Right
            } else {
                Mark::Wrong
            };
            Some(Answer {
                given: trace_in_words(answer),
                mark,
                score: graded.score,
                feedback: graded.why,
            })
        }
        _ => None,
    }
}

fn pick(choice: &Choice, picked: &[usize]) -> Option<Answer> {
    let texts: Option<Vec<&str>> = picked
        .iter()
        .map(|at| choice.options.get(*at).map(|option| option.text.as_str()))
        .collect();
    let texts = texts.filter(|texts| !texts.is_empty())?;
    let grade = grade_choice(choice, picked);
    let mut lines: Vec<String> = grade
        .whys
        .iter()
        .filter_map(|(at, why)| {
            let option = choice.options.get(*at)?;
            Some(if choice.many {
                format!("*{}*: {why}", option.text)
            } else {
                why.clone()
            })
        })
        .collect();
    if choice.many && grade.missed > 0 {
        lines.push(match grade.missed {
            1 => "One right option was left out.".to_owned(),
            missed => format!("{missed} right options were left out."),
        });
    }
    Some(Answer {
        given: serde_json::json!(texts).to_string(),
        mark: if grade.right { Mark::Right } else { Mark::Wrong },
        score: grade.score,
        feedback: lines.join("\n"),
    })
}

/// What may be right gets another try, and then a person; what shows nothing of the answer is wrong, and can be
/// disputed.
fn typed_short(prompt: &str, short: &Short, tries: usize, words: &str) -> Answer {
    let graded = grade_short(prompt, short, words);
    let (mark, feedback) = match (graded.verdict, tries) {
        (Verdict::Pass, _) => (Mark::Right, String::new()),
        (Verdict::Review, 0) => (Mark::Retry, CLOSE.to_owned()),
        (Verdict::Retry, 0) => (Mark::Wrong, graded.why),
        _ => (Mark::Moderator, WAITING.to_owned()),
    };
    Answer {
        given: words.to_owned(),
        mark,
        score: graded.score,
        feedback,
    }
}

fn explained(tries: usize, words: &str, graded: &Graded) -> Answer {
    let stage = if tries == 0 { Stage::Asked } else { Stage::Probed };
    let (mark, feedback) = match stage.step(&Event::Answered(graded)).1 {
        Say::Right => (Mark::Right, String::new()),
        Say::Ask(question) => (Mark::Retry, question),
        _ => (Mark::Moderator, WAITING.to_owned()),
    };
    Answer {
        given: words.to_owned(),
        mark,
        score: graded.score,
        feedback,
    }
}

fn trace_in_words(answer: &TraceAnswer) -> String {
    match answer {
        TraceAnswer::Prints(output) => format!("It prints:\n{output}"),
        TraceAnswer::Fails(Some(line)) => format!("It does not compile, because of line {line}."),
        TraceAnswer::Fails(None) => "It does not compile.".to_owned(),
    }
}

/// The question as it was asked: `None` where it has left the bank or its meaning has changed since.
pub fn current<'a>(bank: &'a Bank, asked: &Asked) -> Option<&'a Question> {
    bank.question(&QuestionId::from(asked.question.as_str()))
        .filter(|question| question.version == asked.version)
}

/// What an attempt comes to as its answers stand now.
pub fn tally(bank: &Bank, attempt: &Attempt) -> Outcome {
    let questions: Vec<(Cow<'_, Question>, Score)> = attempt
        .asked
        .iter()
        .map(|asked| {
            let known = bank.question(&QuestionId::from(asked.question.as_str()));
            let question = known.map_or_else(|| Cow::Owned(withdrawn(asked)), Cow::Borrowed);
            (question, settled(asked))
        })
        .collect();
    let answers: Vec<(&Question, Score)> = questions
        .iter()
        .map(|(question, score)| (question.as_ref(), *score))
        .collect();
    outcome(QuizKind::Module, &answers)
}

/// The state that an outcome puts a finished attempt in.
pub fn ending(outcome: &Outcome) -> State {
    match (outcome.passed, outcome.provisional) {
        (true, false) => State::Passed,
        (true, true) => State::Provisional,
        (false, _) => State::Failed,
    }
}

/// What one question brought so far. A disputed answer stays wrong until a moderator says otherwise.
pub fn settled(asked: &Asked) -> Score {
    let Some(last) = asked.last() else {
        return Score::Settled(0.0);
    };
    match (asked.review.as_ref().map(|review| review.state), last.mark) {
        (Some(ReviewState::Accepted), _) => Score::Settled(1.0),
        (Some(ReviewState::Refused), Mark::Moderator) | (_, Mark::Retry) => Score::Settled(0.0),
        (_, Mark::Moderator) => Score::Provisional,
        (_, Mark::Right | Mark::Wrong) => Score::Settled(last.score),
    }
}

/// Stands for a question that has left the bank, so that its answer still counts.
fn withdrawn(asked: &Asked) -> Question {
    Question {
        id: QuestionId::from(asked.question.as_str()),
        version: asked.version,
        concepts: Vec::new(),
        prompt: "This question has been withdrawn since.".to_owned(),
        hints: Vec::new(),
        context: None,
        preamble: None,
        asks_why: false,
        kind: Kind::Short(Short {
            accepted: Vec::new(),
            rule: MatchRule::Exact,
            response: Response::Short,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Review;
    use super::*;

    fn question<'a>(bank: &'a Bank, id: &str) -> &'a Question {
        bank.question(&QuestionId::from(id)).unwrap()
    }

    fn asked(mark: Mark, score: f64, review: Option<ReviewState>) -> Asked {
        Asked {
            question: "gone".into(),
            version: 1,
            hints_shown: 0,
            answers: vec![Answer {
                given: String::new(),
                mark,
                score,
                feedback: String::new(),
            }],
            review: review.map(|state| Review { state, note: None }),
        }
    }

    fn attempt(asked: Vec<Asked>) -> Attempt {
        Attempt {
            id: "a".into(),
            cohort_id: "c".into(),
            member_id: 1,
            module: lessons::ModuleId::new("M1"),
            number: 1,
            seed: 7,
            state: State::Open,
            position: 0,
            score: None,
            points: 0,
            touched_at: 0,
            finished_at: None,
            finished_before: 0,
            first_ever: true,
            asked,
        }
    }

    #[test]
    fn a_wrong_choice_says_why_it_is_wrong_and_keeps_the_words_chosen() {
        let bank = Bank::embedded();
        let question = question(&bank, "m1-which-is-unbounded");
        let Kind::Choice(choice) = &question.kind else {
            panic!("a choice")
        };
        let wrong = choice.options.iter().position(|option| !option.correct).unwrap();
        let answer = judge(question, 0, &Given::Picked(vec![wrong])).unwrap();
        assert_eq!(answer.mark, Mark::Wrong);
        assert_eq!(Some(&answer.feedback), choice.options[wrong].why.as_ref());
        assert!(answer.given.contains(&choice.options[wrong].text));
    }

    #[test]
    fn a_forged_option_is_no_answer() {
        let bank = Bank::embedded();
        let choice = question(&bank, "m1-which-is-unbounded");
        assert_eq!(judge(choice, 0, &Given::Picked(vec![99])), None);
        assert_eq!(judge(choice, 0, &Given::Picked(vec![])), None);
        assert_eq!(judge(choice, 0, &Given::Typed("x".into())), None);
    }

    #[test]
    fn an_explanation_is_asked_back_once_and_then_goes_to_a_person_and_never_fails_here() {
        let bank = Bank::embedded();
        let question = question(&bank, "m1-explain-never-ends");
        let Kind::Explain(explain) = &question.kind else {
            panic!("an explanation")
        };
        let vague = Given::Typed("I am not sure about this program".into());
        let first = judge(question, 0, &vague).unwrap();
        assert_eq!(first.mark, Mark::Retry);
        assert!(first.feedback.contains('?'), "{}", first.feedback);
        assert_eq!(judge(question, 1, &vague).unwrap().mark, Mark::Moderator);
        let good = Given::Typed(explain.references[0].clone());
        assert_eq!(judge(question, 0, &good).unwrap().mark, Mark::Right);
        assert_eq!(judge(question, 1, &good).unwrap().mark, Mark::Right);
    }

    #[test]
    fn a_provisional_answer_counts_until_a_moderator_has_decided() {
        let bank = Bank::embedded();
        let right = || asked(Mark::Right, 1.0, None);
        let state = |last: Asked| ending(&tally(&bank, &attempt(vec![right(), right(), last])));
        assert_eq!(
            state(asked(Mark::Moderator, 0.4, Some(ReviewState::Open))),
            State::Provisional
        );
        assert_eq!(
            state(asked(Mark::Moderator, 0.4, Some(ReviewState::Accepted))),
            State::Passed
        );
        assert_eq!(
            state(asked(Mark::Moderator, 0.4, Some(ReviewState::Refused))),
            State::Failed
        );
    }

    #[test]
    fn a_dispute_changes_nothing_until_it_is_accepted() {
        let bank = Bank::embedded();
        let right = || asked(Mark::Right, 1.0, None);
        let state = |review| {
            let last = asked(Mark::Wrong, 0.0, review);
            ending(&tally(&bank, &attempt(vec![right(), right(), last])))
        };
        assert_eq!(state(Some(ReviewState::Open)), State::Failed);
        assert_eq!(state(Some(ReviewState::Refused)), State::Failed);
        assert_eq!(state(Some(ReviewState::Accepted)), State::Passed);
    }
}
