//! The parts of a question that differ by its type: options, forms, programs, rubrics.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Reader, Spans, Value, inner_span, integer};
use crate::question::{
    Choice, ChoiceOption, Explain, Idea, Kind, MatchRule, Misconception, OptionOrder, Response, Short, Trace,
};

impl Reader {
    pub(super) fn choice(
        &mut self,
        table: &DeTable<'_>,
        prompt: &DeTable<'_>,
        answer: &DeTable<'_>,
        spans: &mut Spans,
    ) -> Option<Kind> {
        self.known_keys_of(table, &["why"]);
        self.known_keys(prompt, &["prompt", "distractors", "answerIndex", "sortAnswers"]);
        self.known_keys(answer, &["answer"]);
        let right = self.need(answer, "answer", &spans.answer)?;
        spans.answer = right.span();
        let (right, many) = match right.get_ref() {
            DeValue::Array(_) => (self.spanned_strings(right, "answer.answer"), true),
            _ => (vec![(self.string(right, "answer.answer")?, right.span())], false),
        };
        let wrong = match prompt.get("distractors") {
            Some(v) => self.spanned_strings(v, "prompt.distractors"),
            None => Vec::new(),
        };
        let why_value = table.get("why");
        let mut why = why_value.map_or_else(Vec::new, |v| self.spanned_strings(v, "why"));
        spans.why = why_value.map(Spanned::span);
        spans.why_count = why.len();
        why.truncate(wrong.len());
        let mut why = why.into_iter().map(|(text, _)| text);
        let mut options = Vec::new();
        for (text, span) in right {
            spans.options.push(span);
            options.push(ChoiceOption {
                text: text.trim().to_owned(),
                correct: true,
                why: None,
            });
        }
        for (text, span) in wrong {
            spans.options.push(span);
            let why = why.next().map(|w| w.trim().to_owned()).filter(|w| !w.is_empty());
            options.push(ChoiceOption {
                text: text.trim().to_owned(),
                correct: false,
                why,
            });
        }
        let order = self.order(prompt, options.iter().filter(|o| !o.correct).count());
        Some(Kind::Choice(Choice { options, many, order }))
    }

    fn order(&mut self, prompt: &DeTable<'_>, distractors: usize) -> OptionOrder {
        let sort = prompt.get("sortAnswers");
        let Some(at) = prompt.get("answerIndex") else {
            let sorted = sort.and_then(|v| v.get_ref().as_bool()).unwrap_or(false);
            return if sorted {
                OptionOrder::Sorted
            } else {
                OptionOrder::Shuffled
            };
        };
        if let Some(sort) = sort {
            self.error(
                sort.span(),
                "Both `answerIndex` and `sortAnswers` are given.".into(),
                Some("Keep one of them.".into()),
            );
        }
        match integer(at).and_then(|n| usize::try_from(n).ok()) {
            Some(index) if index <= distractors => OptionOrder::AnswerAt(index),
            _ => {
                self.error(
                    at.span(),
                    format!("`answerIndex` should be from 0 to {distractors}."),
                    None,
                );
                OptionOrder::Shuffled
            }
        }
    }

    pub(super) fn short(
        &mut self,
        table: &DeTable<'_>,
        prompt: &DeTable<'_>,
        answer: &DeTable<'_>,
        spans: &mut Spans,
    ) -> Option<Kind> {
        self.known_keys_of(table, &["match"]);
        self.known_keys(prompt, &["prompt", "response"]);
        self.known_keys(answer, &["answer", "alternatives", "match"]);
        let right = self.need(answer, "answer", &spans.answer)?;
        spans.answer = right.span();
        let mut accepted = vec![(self.string(right, "answer.answer")?, right.span())];
        if let Some(more) = answer.get("alternatives") {
            accepted.extend(self.spanned_strings(more, "answer.alternatives"));
        }
        let rule = match table.get("match").or_else(|| answer.get("match")) {
            None => MatchRule::IgnoreCase,
            Some(v) => match self.string(v, "match")?.as_str() {
                "exact" => MatchRule::Exact,
                "ignore-case" => MatchRule::IgnoreCase,
                other => {
                    self.error(
                        v.span(),
                        format!("`{other}` is not a way to match."),
                        Some("Write \"exact\" or \"ignore-case\".".into()),
                    );
                    MatchRule::IgnoreCase
                }
            },
        };
        let response = match prompt.get("response") {
            None => Response::Short,
            Some(v) => match self.string(v, "prompt.response")?.as_str() {
                "short" => Response::Short,
                "long" => Response::Long,
                "code" => Response::Code,
                other => {
                    self.error(
                        v.span(),
                        format!("`{other}` is not a form of response."),
                        Some("Write \"short\", \"long\" or \"code\".".into()),
                    );
                    Response::Short
                }
            },
        };
        let (accepted, places) = accepted
            .into_iter()
            .map(|(t, s)| (t.trim().to_owned(), s))
            .unzip();
        spans.options = places;
        Some(Kind::Short(Short {
            accepted,
            rule,
            response,
        }))
    }

    pub(super) fn trace(
        &mut self,
        table: &DeTable<'_>,
        prompt: &DeTable<'_>,
        answer: &DeTable<'_>,
        spans: &Spans,
    ) -> Option<Kind> {
        self.known_keys_of(table, &[]);
        self.known_keys(prompt, &["prompt", "program"]);
        self.known_keys(answer, &["doesCompile", "stdout", "lineNumber"]);
        let program = self.need(prompt, "program", &spans.prompt)?;
        let program = self.string(program, "prompt.program")?;
        let compiles = self.need(answer, "doesCompile", &spans.answer)?;
        let Some(compiles) = compiles.get_ref().as_bool() else {
            self.error(
                compiles.span(),
                "`doesCompile` should be true or false.".into(),
                None,
            );
            return None;
        };
        let stdout = answer.get("stdout").and_then(|v| self.string(v, "answer.stdout"));
        let line = answer.get("lineNumber").and_then(|v| {
            let line = integer(v).and_then(|n| u32::try_from(n).ok());
            if line.is_none() {
                self.error(v.span(), "`lineNumber` should be a whole number.".into(), None);
            }
            line
        });
        Some(Kind::Trace(Trace {
            program,
            compiles,
            stdout,
            line,
        }))
    }

    pub(super) fn explain(
        &mut self,
        table: &DeTable<'_>,
        prompt: &DeTable<'_>,
        answer: &DeTable<'_>,
        spans: &mut Spans,
    ) -> Option<Kind> {
        self.known_keys_of(table, &["ideas", "misconceptions"]);
        self.known_keys(prompt, &["prompt"]);
        self.known_keys(answer, &["reference"]);
        let references = self.need(answer, "reference", &spans.answer)?;
        spans.answer = references.span();
        let references = match references.get_ref() {
            DeValue::String(one) => vec![one.trim().to_owned()],
            _ => self
                .spanned_strings(references, "answer.reference")
                .into_iter()
                .map(|(t, _)| t.trim().to_owned())
                .collect(),
        };
        let mut ideas = Vec::new();
        for value in self.list(table, "ideas") {
            if let Some(idea) = self.idea(value, ideas.len()) {
                spans.ideas.push(inner_span(value));
                ideas.push(idea);
            }
        }
        let mut misconceptions = Vec::new();
        for value in self.list(table, "misconceptions") {
            if let Some(one) = self.misconception(value) {
                spans.misconceptions.push(inner_span(value));
                misconceptions.push(one);
            }
        }
        Some(Kind::Explain(Explain {
            references,
            ideas,
            misconceptions,
        }))
    }

    fn idea(&mut self, value: Value<'_, '_>, index: usize) -> Option<Idea> {
        let table = self.table(value, "an idea")?;
        self.known_keys(table, &["id", "say", "accept", "required", "ask"]);
        let say = self.need(table, "say", &value.span())?;
        let say = self.string(say, "say")?.trim().to_owned();
        Some(Idea {
            id: table
                .get("id")
                .and_then(|v| self.string(v, "id"))
                .unwrap_or_else(|| format!("idea-{}", index + 1)),
            say,
            accept: self.strings(table, "accept"),
            required: table
                .get("required")
                .and_then(|v| v.get_ref().as_bool())
                .unwrap_or(true),
            ask: table.get("ask").and_then(|v| self.string(v, "ask")),
        })
    }

    fn misconception(&mut self, value: Value<'_, '_>) -> Option<Misconception> {
        let table = self.table(value, "a misconception")?;
        self.known_keys(table, &["wordings", "feedback"]);
        let feedback = self.need(table, "feedback", &value.span())?;
        Some(Misconception {
            wordings: self.strings(table, "wordings"),
            feedback: self.string(feedback, "feedback")?.trim().to_owned(),
        })
    }
}
