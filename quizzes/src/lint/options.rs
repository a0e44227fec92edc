//! Choices: options that can't be told apart, can't be shown, or give the game away.

use super::{Desk, NOTE_MAX};
use crate::attempt::{LABEL_MAX, OPTIONS_MAX};
use crate::grade::grade_choice;
use crate::parse::Spans;
use crate::question::{Choice, OptionOrder};

impl Desk<'_> {
    pub(super) fn choice(&mut self, choice: &Choice, spans: &Spans) {
        self.options(choice, spans);
        self.equal_options(choice, spans);
        self.above(choice, spans);
        self.whys(choice, spans);
        self.choice_key(choice, spans);
    }

    fn options(&mut self, choice: &Choice, spans: &Spans) {
        if !choice.options.iter().any(|o| o.correct) {
            self.error(
                &spans.answer,
                "No option is right.",
                "Name at least one in `answer.answer`.",
            );
        }
        if choice.options.iter().all(|o| o.correct) && !choice.many {
            self.error(
                &spans.answer,
                "There is nothing to choose from.",
                "Add `prompt.distractors`.",
            );
        }
        if choice.options.len() > OPTIONS_MAX {
            self.error(
                &spans.answer,
                format!(
                    "There are {} options; Discord shows {OPTIONS_MAX}.",
                    choice.options.len()
                ),
                "Three or four good ones teach more.",
            );
        }
        for (option, span) in choice.options.iter().zip(&spans.options) {
            let length = option.text.chars().count();
            if option.text.is_empty() {
                self.error(span, "This option is empty.", "");
            } else if length > LABEL_MAX {
                self.advice(
                    span,
                    format!("This option is {length} characters long, a button holds {LABEL_MAX}: all options will be lettered in the text."),
                    "Fine if it must be; shorter options are quicker to compare.",
                );
            }
        }
    }

    fn equal_options(&mut self, choice: &Choice, spans: &Spans) {
        let key = |text: &str| {
            text.split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .to_lowercase()
        };
        for (at, option) in choice.options.iter().enumerate() {
            let twin = choice.options[..at]
                .iter()
                .find(|o| key(&o.text) == key(&option.text) && !o.text.is_empty());
            let (Some(twin), Some(span)) = (twin, spans.options.get(at)) else {
                continue;
            };
            if twin.correct == option.correct {
                self.error(
                    span,
                    format!("“{}” stands here twice.", option.text),
                    "Case and spaces don't make a difference to the reader.",
                );
            } else {
                self.error(
                    span,
                    format!("The answer “{}” is also among the distractors.", twin.text),
                    "It can't be right and wrong.",
                );
            }
        }
    }

    fn above(&mut self, choice: &Choice, spans: &Spans) {
        if choice.order != OptionOrder::Shuffled {
            return;
        }
        for (option, span) in choice.options.iter().zip(&spans.options) {
            let text = option.text.to_lowercase();
            let points = [
                "of the above",
                "of these above",
                "both above",
                "the options above",
                "of the other options",
            ];
            if points.iter().any(|p| text.contains(p)) {
                self.error(
                    span,
                    format!(
                        "“{}” points at other options, and options are shuffled.",
                        option.text
                    ),
                    "Say what is meant, or keep the order with `prompt.answerIndex`.",
                );
            }
        }
    }

    fn whys(&mut self, choice: &Choice, spans: &Spans) {
        let wrong = choice.options.iter().filter(|o| !o.correct).count();
        match &spans.why {
            None if wrong > 0 => self.house_rule(
                &spans.answer,
                "Nothing says why the distractors are wrong.",
                "Add `why`, one text for each distractor, in their order.",
            ),
            Some(span) if spans.why_count != wrong => self.house_rule(
                span,
                format!("There are {} reasons for {wrong} distractors.", spans.why_count),
                "Write one for each, in their order.",
            ),
            Some(span) => {
                for option in choice.options.iter().filter(|o| !o.correct) {
                    let length = option.why.as_ref().map_or(0, |w| w.chars().count());
                    if length == 0 {
                        self.house_rule(span, format!("Why “{}” is wrong is empty.", option.text), "");
                    } else if length > NOTE_MAX {
                        self.house_rule(
                            span,
                            format!("A reason is {length} characters long; {NOTE_MAX} fit."),
                            "",
                        );
                    }
                }
            }
            None => {}
        }
    }

    /// The key passes our own grader, and no distractor does.
    fn choice_key(&mut self, choice: &Choice, spans: &Spans) {
        let right: Vec<usize> = (0..choice.options.len())
            .filter(|at| choice.options[*at].correct)
            .collect();
        if !right.is_empty() && !grade_choice(choice, &right).right {
            self.error(&spans.answer, "The grader does not accept the key.", "");
        }
        for at in (0..choice.options.len()).filter(|at| !choice.options[*at].correct) {
            if let (true, Some(span)) = (grade_choice(choice, &[at]).right, spans.options.get(at)) {
                self.error(span, "The grader accepts this distractor.", "");
            }
        }
    }
}
