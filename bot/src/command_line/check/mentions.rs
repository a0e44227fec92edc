//! Commands that a text tells its reader to type, written as code: `` `/stream put name:orders key:a data:b` ``.
//! Whether they exist is asked of the commands the bot registers.

use std::ops::Range;

use crate::command_line::nearest;

/// A command or subcommand as members see it.
pub struct Known {
    name: String,
    options: Vec<String>,
    subcommands: Vec<Known>,
}

/// What is wrong with a mention.
pub struct Slip {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// What, in a sentence.
    pub message: String,
    /// What there is instead.
    pub help: String,
    /// The command can't be run as written; else an option alone is off.
    pub fatal: bool,
}

impl Known {
    /// The bot's slash commands.
    pub fn all() -> Vec<Self> {
        crate::run::commands().iter().map(Self::of).collect()
    }

    fn of<U, E>(command: &poise::Command<U, E>) -> Self {
        Self {
            name: command.name.to_string(),
            options: command
                .parameters
                .iter()
                .map(|parameter| parameter.name.to_string())
                .collect(),
            subcommands: command.subcommands.iter().map(Self::of).collect(),
        }
    }
}

/// Everything wrong with the commands that `text` mentions.
pub fn slips(text: &str, commands: &[Known]) -> Vec<Slip> {
    mentions(text)
        .into_iter()
        .flat_map(|span| slips_of(text, span, commands))
        .collect()
}

/// Where code begins with a command: its bytes, without the ticks.
fn mentions(text: &str) -> Vec<Range<usize>> {
    text.match_indices("`/")
        .filter_map(|(tick, _)| {
            let start = tick + 1;
            let line = text[start..].lines().next()?;
            let code = &line[..line.find('`')?];
            // A file's path goes on with another slash, or is none of our letters.
            let name = code[1..].split(char::is_whitespace).next()?;
            is_word(name).then_some(start..start + code.len())
        })
        .collect()
}

fn is_word(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
}

fn slips_of(text: &str, span: Range<usize>, commands: &[Known]) -> Vec<Slip> {
    let mut words = words(&text[span.clone()], span.start).into_iter().peekable();
    let Some((first, word)) = words.next() else {
        return Vec::new();
    };
    let name = word.trim_start_matches('/');
    let Some(mut command) = find(commands, name) else {
        return vec![unknown(first, "/", name, commands)];
    };
    let mut full = format!("/{name}");
    while let Some((place, word)) = words.peek() {
        if command.subcommands.is_empty() || !is_word(word) {
            break;
        }
        let Some(sub) = find(&command.subcommands, word) else {
            return vec![unknown(
                place.clone(),
                &format!("{full} "),
                word,
                &command.subcommands,
            )];
        };
        full = format!("{full} {word}");
        command = sub;
        words.next();
    }
    if !command.subcommands.is_empty() {
        return Vec::new();
    }
    words
        .filter_map(|(place, word)| {
            let option = word.split_once(':')?.0;
            let known = command.options.iter().any(|known| known == option);
            (is_word(option) && !known).then(|| Slip {
                span: place.start..place.start + option.len(),
                message: format!("`{full}` has no option `{option}`"),
                help: match command.options.as_slice() {
                    [] => "it takes none".to_owned(),
                    options => format!("it takes {}", options.join(", ")),
                },
                fatal: false,
            })
        })
        .collect()
}

fn find<'a>(commands: &'a [Known], name: &str) -> Option<&'a Known> {
    commands.iter().find(|command| command.name == name)
}

fn unknown(span: Range<usize>, before: &str, name: &str, known: &[Known]) -> Slip {
    let names: Vec<&str> = known.iter().map(|known| known.name.as_str()).collect();
    Slip {
        span,
        message: format!("the bot has no command `{before}{name}`"),
        help: match nearest(name, names.iter().copied()) {
            Some(nearest) => format!("did you mean `{before}{nearest}`?"),
            None => format!("there are {}", discord::text::listed(&names)),
        },
        fatal: true,
    }
}

/// The words of a text that starts at byte `offset`, with their places.
fn words(text: &str, offset: usize) -> Vec<(Range<usize>, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    for word in text.split(char::is_whitespace) {
        if !word.is_empty() {
            found.push((offset + at..offset + at + word.len(), word));
        }
        // White space here is one character, of any width.
        at += word.len() + text[at + word.len()..].chars().next().map_or(0, char::len_utf8);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, bool)> {
        slips(text, &Known::all())
            .into_iter()
            .map(|slip| (text[slip.span].to_owned(), slip.fatal))
            .collect()
    }

    #[test]
    fn commands_as_they_are_pass() {
        for text in [
            "`/stream put name:orders key:user-1 data:a: b`",
            "the `/stream` commands, `/today`, `/stream …`",
            "`/etc/passwd` and `GET /orders`, a/b, `/`",
            "a tick ` that never `/closes",
        ] {
            assert_eq!(told(text), [], "{text}");
        }
    }

    #[test]
    fn what_does_not_exist_is_marked_where_it_stands() {
        assert_eq!(told("Type `/straem list` now."), [("/straem".to_owned(), true)]);
        assert_eq!(told("ä `/stream putt name:x`"), [("putt".to_owned(), true)]);
        assert_eq!(
            told("`/stream put name:x  partition:y data:z`"),
            [("partition".to_owned(), false)]
        );
    }

    #[test]
    fn a_slip_names_the_nearest() {
        let slips = slips("`/stream descibe name:x`", &Known::all());
        assert_eq!(slips[0].help, "did you mean `/stream describe`?");
    }
}
