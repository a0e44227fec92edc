//! Reads what a person types after `/` and turns it into the `data` of a Discord interaction.
//! Pure: the registered commands and whoever knows names come in as values. Sending the interaction
//! and checking who may use a command happen elsewhere.
//!
//! # Grammar
//!
//! ```text
//! line    = "/" command [ group ] [ subcommand ] { option }     words are separated by white space
//! option  = name ":" value                  name: one that this (sub)command declares
//! value   = quoted | bare
//! quoted  = '"' { any but " and \ | "\" any } '"'               and then an option or the end
//! bare    = everything up to the next option or the end, trimmed; spaces and colons are fine
//! ```
//!
//! In quotes `\"` is a quote and `\\` a backslash; a backslash before anything else stands for itself.
//! A quote that is never closed, or is closed in the middle of a value, is an ordinary character, so
//! `data:"a" or "b"` needs no escaping. What a value means depends on the option's type:
//!
//! ```text
//! string      the text, or one of the choices by name or by value
//! integer     42                       number       0.5
//! boolean     true, false, yes, no
//! user        @ana, ana, <@1>, 1       role         @mods, mods, <@&1>, 1
//! channel     #lab, lab, <#1>, 1       mentionable  a user or a role
//! attachment  the name of a file sent along
//! ```

mod error;
mod value;

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

pub use error::SlashError;
use value::Resolved;

const SUBCOMMAND: u64 = 1;
const GROUP: u64 = 2;

/// Looks up the things a line can name. `name` is a name or an id, without `@`, `#` or brackets.
pub trait Resolve {
    /// A person, as `{"user": …, "member": …}`.
    fn user(&self, name: &str) -> Option<Value>;
    /// A channel or thread, as a Discord channel object.
    fn channel(&self, name: &str) -> Option<Value>;
    /// A role object.
    fn role(&self, name: &str) -> Option<Value>;
    /// An attachment object, for a file that came with the line.
    fn attachment(&self, name: &str) -> Option<Value>;
}

/// A line understood: what goes into an interaction's `data`.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The command's id, as registered.
    pub command_id: String,
    /// The command's own name, without subcommands.
    pub name: String,
    /// The command's type: 1, since only chat commands are typed.
    pub kind: u64,
    /// `data.options`: an array, nested for groups and subcommands.
    pub options: Value,
    /// `data.resolved`: `users`, `members`, `channels`, `roles`, `attachments`, each present where used.
    pub resolved: Value,
    /// The option being typed; only [`parse_partial`] sets it.
    pub focused: Option<String>,
}

impl Parsed {
    /// The name with its group and subcommand, e.g. `stream put`: what Discord shows above the answer.
    pub fn full_name(&self) -> String {
        let mut name = self.name.clone();
        let mut option = self.options.get(0);
        // 1 is a subcommand, 2 a group of them; each stands alone.
        while let Some(below) = option.filter(|it| matches!(it["type"].as_u64(), Some(1 | 2))) {
            name.push(' ');
            name.push_str(below["name"].as_str().unwrap_or_default());
            option = below["options"].get(0);
        }
        name
    }
}

/// Reads a whole line, as if the person had pressed Enter: every rule of the command is checked.
pub fn parse(text: &str, commands: &[Value], lookup: &dyn Resolve) -> Result<Parsed, SlashError> {
    let line = Line::open(text, commands)?;
    let mut resolved = Resolved::default();
    let mut options = Vec::new();
    for given in line.given()? {
        options.push(value::read(&given, lookup, &mut resolved)?);
    }
    let is_given = |spec: &Value| options.iter().any(|option| option["name"] == spec["name"]);
    if let Some(missing) = line
        .declared
        .iter()
        .find(|spec| spec["required"] == true && !is_given(spec))
    {
        return Err(SlashError::Missing {
            path: line.path,
            option: word(missing, "name").to_owned(),
            description: word(missing, "description").to_owned(),
        });
    }
    Ok(line.finish(options, resolved, None))
}

/// Reads a line that is still being typed. Its last option is the one to complete: it is marked
/// `focused`, and its value is the text so far, always as a string, as Discord sends it. Earlier
/// options that do not read are left out, because the bot could not read them either.
pub fn parse_partial(text: &str, commands: &[Value], lookup: &dyn Resolve) -> Result<Parsed, SlashError> {
    let line = Line::open(text, commands)?;
    let mut given = line.given()?;
    let Some(last) = given.pop() else {
        return Err(SlashError::NothingToComplete {
            path: line.path.clone(),
            known: names(line.declared),
        });
    };
    let focused = word(last.spec, "name").to_owned();
    if last.spec["autocomplete"] != true {
        return Err(SlashError::NotCompleted { option: focused });
    }
    let mut resolved = Resolved::default();
    let mut options: Vec<Value> = given
        .iter()
        .filter_map(|given| value::read(given, lookup, &mut resolved).ok())
        .collect();
    let typed = last
        .value
        .strip_prefix('"')
        .filter(|_| !last.quoted)
        .unwrap_or(&last.value);
    options.push(json!({"name": focused, "type": last.spec["type"], "value": typed, "focused": true}));
    Ok(line.finish(options, resolved, Some(focused)))
}

/// One option as typed: its declaration and its text.
struct Given<'a> {
    spec: &'a Value,
    value: String,
    quoted: bool,
}

/// A line whose command and subcommand are known and whose options are still text.
struct Line<'a> {
    command: &'a Value,
    /// Group and subcommand, outermost first.
    within: Vec<&'a Value>,
    declared: &'a [Value],
    /// How the person calls it: `/stream put`.
    path: String,
    rest: &'a str,
}

impl<'a> Line<'a> {
    fn open(text: &'a str, commands: &'a [Value]) -> Result<Self, SlashError> {
        let (name, mut rest) = first_word(
            text.trim_start()
                .strip_prefix('/')
                .ok_or(SlashError::NotACommand)?,
        );
        if name.is_empty() {
            return Err(SlashError::NotACommand);
        }
        let chat: Vec<&Value> = commands
            .iter()
            .filter(|command| command["type"].as_u64().unwrap_or(1) == 1)
            .collect();
        let command = chat
            .iter()
            .copied()
            .find(|command| word(command, "name") == name)
            .ok_or_else(|| {
                let known: Vec<String> = chat
                    .iter()
                    .map(|command| word(command, "name").to_owned())
                    .collect();
                SlashError::UnknownCommand {
                    name: name.to_owned(),
                    nearest: nearest(name, &known),
                }
            })?;
        let mut line = Line {
            command,
            within: Vec::new(),
            declared: options_of(command),
            path: format!("/{name}"),
            rest,
        };
        while line.declared.iter().any(is_nested) {
            let (name, after) = first_word(rest);
            let inner = line.descend(name)?;
            rest = after;
            line.path = format!("{} {name}", line.path);
            line.within.push(inner);
            line.declared = options_of(inner);
        }
        line.rest = rest.trim();
        Ok(line)
    }

    fn descend(&self, name: &str) -> Result<&'a Value, SlashError> {
        let (path, known) = (self.path.clone(), names(self.declared));
        if name.is_empty() {
            return Err(SlashError::MissingSubcommand { path, known });
        }
        self.declared
            .iter()
            .find(|spec| is_nested(spec) && word(spec, "name") == name)
            .ok_or_else(|| SlashError::UnknownSubcommand {
                path,
                name: name.to_owned(),
                nearest: nearest(name, &known),
                known,
            })
    }

    /// Splits the rest of the line into options, in the order typed.
    fn given(&self) -> Result<Vec<Given<'a>>, SlashError> {
        let mut given: Vec<Given<'a>> = Vec::new();
        let mut rest = self.rest;
        while !rest.is_empty() {
            let (spec, after) = self.option_at(rest).ok_or_else(|| self.no_option(rest))?;
            if given.iter().any(|earlier| earlier.spec["name"] == spec["name"]) {
                return Err(SlashError::Twice {
                    option: word(spec, "name").to_owned(),
                });
            }
            let (value, quoted, left) = self.value_at(after);
            given.push(Given { spec, value, quoted });
            rest = left;
        }
        Ok(given)
    }

    /// The option that opens at the start of `text`, and what follows its colon.
    fn option_at<'t>(&self, text: &'t str) -> Option<(&'a Value, &'t str)> {
        self.declared.iter().find_map(|spec| {
            let name = Some(word(spec, "name")).filter(|name| !name.is_empty())?;
            Some((spec, text.strip_prefix(name)?.strip_prefix(':')?))
        })
    }

    /// The value that `text` begins with, whether it stood in quotes, and the line's remainder.
    fn value_at<'t>(&self, text: &'t str) -> (String, bool, &'t str) {
        let (whole, text) = (text, text.trim_start());
        if let Some((value, left)) = unquote(text) {
            let next = left.trim_start();
            if next.is_empty() || (next.len() < left.len() && self.option_at(next).is_some()) {
                return (value, true, next);
            }
        }
        let end = self.end_of_bare(text, text.len() < whole.len());
        (text[..end].trim_end().to_owned(), false, text[end..].trim_start())
    }

    fn end_of_bare(&self, text: &str, mut after_space: bool) -> usize {
        for (at, letter) in text.char_indices() {
            if after_space && !letter.is_whitespace() && self.option_at(&text[at..]).is_some() {
                return at;
            }
            after_space = letter.is_whitespace();
        }
        text.len()
    }

    fn no_option(&self, rest: &str) -> SlashError {
        let (path, known) = (self.path.clone(), names(self.declared));
        let (first, _) = first_word(rest);
        match first.split_once(':') {
            _ if known.is_empty() => SlashError::TakesNone {
                path,
                text: shown(rest),
            },
            Some((name, _)) => SlashError::UnknownOption {
                path,
                nearest: nearest(name, &known),
                name: shown(name),
                known,
            },
            None => SlashError::NotAnOption {
                path,
                text: shown(first),
                known,
            },
        }
    }

    fn finish(&self, options: Vec<Value>, resolved: Resolved, focused: Option<String>) -> Parsed {
        let nest = |inner: Vec<Value>, outer: &&Value| {
            vec![json!({"name": outer["name"], "type": outer["type"], "options": inner})]
        };
        Parsed {
            command_id: word(self.command, "id").to_owned(),
            name: word(self.command, "name").to_owned(),
            kind: 1,
            options: Value::Array(self.within.iter().rev().fold(options, nest)),
            resolved: resolved.into_value(),
            focused,
        }
    }
}

/// The quoted text at the start of `text` and what follows it; none where no quote opens, or none closes.
fn unquote(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut letters = inner.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &inner[at + 1..])),
            '\\' => match letters.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            _ => value.push(letter),
        }
    }
    None
}

fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

fn word<'a>(spec: &'a Value, field: &str) -> &'a str {
    spec[field].as_str().unwrap_or_default()
}

fn options_of(spec: &Value) -> &[Value] {
    spec["options"].as_array().map_or(&[], Vec::as_slice)
}

fn is_nested(spec: &Value) -> bool {
    matches!(spec["type"].as_u64(), Some(SUBCOMMAND | GROUP))
}

fn names(specs: &[Value]) -> Vec<String> {
    specs.iter().map(|spec| word(spec, "name").to_owned()).collect()
}

/// The known name a person most likely meant, if any is close enough to offer.
fn nearest(name: &str, known: &[String]) -> Option<String> {
    let scored = known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate));
    scored
        .filter(|(score, _)| *score > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.clone())
}

/// Text as an error may repeat it: one line, not long.
fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST).chain(['…']).collect()
}
