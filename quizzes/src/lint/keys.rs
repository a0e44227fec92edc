//! Keys of free answers: each is put to our own grader, which must judge it as the author does.

use std::collections::HashSet;

use super::Desk;
use crate::grade::{Verdict, grade_explain, grade_short, meets_idea, shows_misconception};
use crate::parse::Spans;
use crate::question::{Explain, Short};

impl Desk<'_> {
    pub(super) fn short(&mut self, prompt: &str, short: &Short, spans: &Spans) {
        let mut seen = HashSet::new();
        for (form, span) in short.accepted.iter().zip(&spans.options) {
            if form.is_empty() {
                self.error(span, "This answer is empty.", "");
            } else if !seen.insert(form) {
                self.advice(span, format!("“{form}” stands here twice."), "");
            } else if grade_short(prompt, short, form).verdict != Verdict::Pass {
                self.error(
                    span,
                    format!("The grader does not accept “{form}”."),
                    "An answer needs at least one letter or digit to compare.",
                );
            }
        }
    }

    pub(super) fn explain(&mut self, prompt: &str, explain: &Explain, spans: &Spans) {
        if !explain.ideas.iter().any(|idea| idea.required) {
            self.error(
                &spans.answer,
                "No idea is required, so nothing decides what a right answer holds.",
                "Add [[questions.ideas]] with `required = true`.",
            );
        }
        self.references(prompt, explain, spans);
        self.ideas(explain, spans);
        self.misconceptions(prompt, explain, spans);
    }

    fn references(&mut self, prompt: &str, explain: &Explain, spans: &Spans) {
        if explain.references.iter().all(String::is_empty) {
            self.error(
                &spans.answer,
                "There is no model answer.",
                "Add `answer.reference`.",
            );
            return;
        }
        for reference in &explain.references {
            let graded = grade_explain(prompt, explain, reference);
            if graded.verdict != Verdict::Pass {
                self.error(
                    &spans.answer,
                    format!(
                        "The grader does not pass the model answer “{}”: {}",
                        start(reference),
                        graded.why
                    ),
                    "It holds a misconception's wording: change one of the two.",
                );
            }
        }
    }

    fn ideas(&mut self, explain: &Explain, spans: &Spans) {
        let mut ids = HashSet::new();
        for (idea, span) in explain.ideas.iter().zip(&spans.ideas) {
            if !ids.insert(&idea.id) {
                self.error(span, format!("The idea `{}` stands here twice.", idea.id), "");
            }
            if idea.required && idea.ask.as_ref().is_none_or(|ask| ask.trim().is_empty()) {
                self.error(
                    span,
                    format!(
                        "The idea `{}` has no question to put when it is missing.",
                        idea.id
                    ),
                    "Add `ask`: a Socratic question.",
                );
            }
            if idea.accept.is_empty() {
                self.error(
                    span,
                    format!("The idea `{}` has no accepted wordings.", idea.id),
                    "Add a few in `accept`, as people would say it.",
                );
            }
            for wording in idea.accept.iter().filter(|w| !meets_idea(idea, w)) {
                self.error(
                    span,
                    format!("The grader does not find the idea `{}` in “{wording}”.", idea.id),
                    "Say it with at least one word that means something.",
                );
            }
        }
    }

    fn misconceptions(&mut self, prompt: &str, explain: &Explain, spans: &Spans) {
        for (misconception, span) in explain.misconceptions.iter().zip(&spans.misconceptions) {
            if misconception.wordings.is_empty() {
                self.error(
                    span,
                    "This misconception has no wordings.",
                    "Add a few, as people would say it.",
                );
            }
            for wording in &misconception.wordings {
                if grade_explain(prompt, explain, wording).verdict == Verdict::Pass {
                    self.error(
                        span,
                        format!("The grader passes the misconception “{wording}”."),
                        "Make the ideas' accepted wordings more exact.",
                    );
                } else if !shows_misconception(misconception, wording) {
                    self.error(
                        span,
                        format!("The grader does not recognise “{wording}”."),
                        "Say it with at least one word that means something.",
                    );
                }
            }
        }
    }
}

fn start(text: &str) -> String {
    let mut out: String = text.chars().take(40).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}
