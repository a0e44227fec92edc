//! Choices: what was picked against the key.

use crate::question::Choice;

/// A graded choice.
#[derive(Clone, Debug, PartialEq)]
pub struct ChoiceGrade {
    /// 1 for exactly the right ones; of many, each wrong pick takes back a right one; never below 0.
    pub score: f64,
    /// Exactly the right ones were picked.
    pub right: bool,
    /// Why each wrong pick is wrong, where the author said so, with the option's index.
    pub whys: Vec<(usize, String)>,
    /// How many right ones were not picked.
    pub missed: usize,
}

/// Grades picked options, given as indexes into [`Choice::options`]; unknown and repeated ones don't
/// count as right.
pub fn grade_choice(choice: &Choice, picked: &[usize]) -> ChoiceGrade {
    let mut seen: Vec<usize> = picked.to_vec();
    seen.sort_unstable();
    seen.dedup();
    let correct = |at: &usize| choice.options.get(*at).is_some_and(|o| o.correct);
    let keys = choice.options.iter().filter(|o| o.correct).count();
    let hits = seen.iter().filter(|at| correct(at)).count();
    let wrong = seen.len() - hits;
    let right = keys > 0 && hits == keys && wrong == 0;
    let score = if right {
        1.0
    } else if choice.many && keys > 0 {
        hits.saturating_sub(wrong) as f64 / keys as f64
    } else {
        0.0
    };
    let whys = seen
        .iter()
        .filter_map(|at| Some((*at, choice.options.get(*at)?.why.clone()?)))
        .collect();
    ChoiceGrade {
        score,
        right,
        whys,
        missed: keys - hits,
    }
}
