//! How well the grader judges answers it was, and was not, tuned on. The floors are promises to
//! learners: a wrong answer hardly ever passes, a right one is hardly ever sent back.

use std::fs;
use std::path::Path;

use quizzes::grade::{Sample, SampleKind, Verdict, grade_sample};
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    samples: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    question: String,
    reference: Vec<String>,
    right: Vec<String>,
    wrong: Vec<String>,
}

#[derive(Default, Debug, Clone, Copy)]
struct Figures {
    right: [u32; 3],
    wrong: [u32; 3],
}

impl Figures {
    fn share(row: [u32; 3], verdict: Verdict) -> f64 {
        f64::from(row[verdict as usize]) / f64::from(row.iter().sum::<u32>().max(1))
    }

    fn pass_precision(&self) -> f64 {
        let passed = self.right[0] + self.wrong[0];
        f64::from(self.right[0]) / f64::from(passed.max(1))
    }

    fn add(&mut self, other: Self) {
        for at in 0..3 {
            self.right[at] += other.right[at];
            self.wrong[at] += other.wrong[at];
        }
    }
}

fn measure(file: &str, kind: SampleKind) -> Figures {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/samples")
        .join(file);
    let table: Table =
        toml::from_str(&fs::read_to_string(path).expect("samples")).expect("a table of samples");
    let mut figures = Figures::default();
    for row in &table.samples {
        for (answers, right) in [(&row.right, true), (&row.wrong, false)] {
            for answer in answers {
                let graded = grade_sample(&Sample {
                    question: row.question.clone(),
                    reference: row.reference.clone(),
                    answer: answer.clone(),
                    kind,
                });
                let counts = if right {
                    &mut figures.right
                } else {
                    &mut figures.wrong
                };
                counts[graded.verdict as usize] += 1;
                let odd = if right {
                    graded.verdict != Verdict::Pass
                } else {
                    graded.verdict == Verdict::Pass
                };
                if odd {
                    println!(
                        "{} {:?} {:.2} | {answer} | {}",
                        if right { "right" } else { "WRONG" },
                        graded.verdict,
                        graded.score,
                        graded.why
                    );
                }
            }
        }
    }
    println!(
        "{file}: right {:?} wrong {:?} (pass, review, retry) · pass precision {:.3}",
        figures.right,
        figures.wrong,
        figures.pass_precision()
    );
    figures
}

fn holds(figures: Figures) {
    assert!(figures.pass_precision() >= 0.97, "pass precision: {figures:?}");
    assert!(
        Figures::share(figures.wrong, Verdict::Pass) <= 0.02,
        "wrong answers that pass: {figures:?}"
    );
    assert!(
        Figures::share(figures.right, Verdict::Retry) <= 0.05,
        "right answers sent back: {figures:?}"
    );
    assert!(
        Figures::share(figures.right, Verdict::Pass) >= 0.60,
        "right answers that pass: {figures:?}"
    );
}

#[test]
fn answers_the_grader_was_tuned_on() {
    let mut figures = measure("explain_tuned.toml", SampleKind::Explain);
    figures.add(measure("short_tuned.toml", SampleKind::Short));
    holds(figures);
}

#[test]
fn answers_the_grader_never_saw() {
    let mut figures = measure("explain_held_out.toml", SampleKind::Explain);
    figures.add(measure("short_held_out.toml", SampleKind::Short));
    holds(figures);
}
