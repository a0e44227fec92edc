//! One option's text as the JSON value its type asks for, with the limits its declaration sets.
//! Where an option begins and ends is decided in the parent module.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Given, Resolve, SlashError, shown, word};

const STRING: u64 = 3;
const INTEGER: u64 = 4;
const BOOLEAN: u64 = 5;
const USER: u64 = 6;
const CHANNEL: u64 = 7;
const ROLE: u64 = 8;
const MENTIONABLE: u64 = 9;
const NUMBER: u64 = 10;
const ATTACHMENT: u64 = 11;

/// Discord's bounds for integers and numbers: what a double holds exactly.
const LARGEST: i64 = (1 << 53) - 1;
/// Discord's bound for text without a `max_length`.
const LONGEST: u64 = 6000;

/// `data.resolved` as it grows: kind → id → thing.
#[derive(Default)]
pub(super) struct Resolved(BTreeMap<&'static str, Map<String, Value>>);

impl Resolved {
    /// Files `thing` under its own id and gives the id back.
    fn keep(&mut self, kind: &'static str, thing: Value) -> Value {
        let id = word(&thing, "id").to_owned();
        self.file(kind, &id, thing);
        id.into()
    }

    fn file(&mut self, kind: &'static str, id: &str, thing: Value) {
        self.0.entry(kind).or_default().insert(id.to_owned(), thing);
    }

    pub(super) fn into_value(self) -> Value {
        json!(self.0)
    }
}

/// The option as it stands in `data.options`; what it names is added to `resolved`.
pub(super) fn read(
    given: &Given<'_>,
    lookup: &dyn Resolve,
    resolved: &mut Resolved,
) -> Result<Value, SlashError> {
    let option = Typed {
        spec: given.spec,
        name: word(given.spec, "name"),
        text: &given.value,
    };
    if option.text.is_empty() {
        return Err(SlashError::Empty {
            option: option.name.to_owned(),
        });
    }
    let value = if let Some(choices) = given.spec["choices"].as_array().filter(|all| !all.is_empty()) {
        option.choice(choices)?
    } else {
        match given.spec["type"].as_u64().unwrap_or_default() {
            STRING => option.string()?,
            INTEGER => option.integer()?,
            NUMBER => option.number()?,
            BOOLEAN => option.boolean()?,
            USER | CHANNEL | ROLE | MENTIONABLE | ATTACHMENT => option.named(lookup, resolved)?,
            _ => return Err(option.wrong("of a type this playground knows")),
        }
    };
    Ok(json!({"name": option.name, "type": given.spec["type"], "value": value}))
}

struct Typed<'a> {
    spec: &'a Value,
    name: &'a str,
    text: &'a str,
}

impl Typed<'_> {
    fn choice(&self, choices: &[Value]) -> Result<Value, SlashError> {
        let by_name = choices.iter().find(|choice| word(choice, "name") == self.text);
        let by_value = || choices.iter().find(|choice| plain(&choice["value"]) == self.text);
        let folded = self.text.to_lowercase();
        let by_folded_name = || {
            choices
                .iter()
                .find(|choice| word(choice, "name").to_lowercase() == folded)
        };
        match by_name.or_else(by_value).or_else(by_folded_name) {
            Some(choice) => Ok(choice["value"].clone()),
            None => Err(SlashError::NotAChoice {
                option: self.name.to_owned(),
                got: shown(self.text),
                choices: choices
                    .iter()
                    .map(|choice| word(choice, "name").to_owned())
                    .collect(),
            }),
        }
    }

    fn string(&self) -> Result<Value, SlashError> {
        let length = self.text.chars().count() as u64;
        let least = self.spec["min_length"].as_u64().unwrap_or(0);
        let most = self.spec["max_length"].as_u64().unwrap_or(LONGEST);
        let got = || format!("a text of {length}");
        if length < least {
            return Err(self.out_of_range(format!("at least {least} characters long"), got()));
        }
        if length > most {
            return Err(self.out_of_range(format!("at most {most} characters long"), got()));
        }
        Ok(self.text.into())
    }

    fn integer(&self) -> Result<Value, SlashError> {
        let number: i64 = self.text.parse().map_err(|_| self.wrong("a whole number"))?;
        let least = self.spec["min_value"]
            .as_f64()
            .map_or(-LARGEST, |least| least as i64);
        let most = self.spec["max_value"]
            .as_f64()
            .map_or(LARGEST, |most| most as i64);
        if number < least {
            return Err(self.out_of_range(format!("{least} or more"), number.to_string()));
        }
        if number > most {
            return Err(self.out_of_range(format!("{most} or less"), number.to_string()));
        }
        Ok(number.into())
    }

    fn number(&self) -> Result<Value, SlashError> {
        let number: f64 = self.text.parse().map_err(|_| self.wrong("a number"))?;
        if !number.is_finite() {
            return Err(self.wrong("a number"));
        }
        let least = self.spec["min_value"].as_f64().unwrap_or(-(LARGEST as f64));
        let most = self.spec["max_value"].as_f64().unwrap_or(LARGEST as f64);
        if number < least {
            return Err(self.out_of_range(format!("{least} or more"), number.to_string()));
        }
        if number > most {
            return Err(self.out_of_range(format!("{most} or less"), number.to_string()));
        }
        Ok(number.into())
    }

    fn boolean(&self) -> Result<Value, SlashError> {
        match self.text.to_lowercase().as_str() {
            "true" | "yes" => Ok(true.into()),
            "false" | "no" => Ok(false.into()),
            _ => Err(self.wrong("true or false")),
        }
    }

    /// A thing with an id: looked up by name or id, and copied into `resolved`.
    fn named(&self, lookup: &dyn Resolve, resolved: &mut Resolved) -> Result<Value, SlashError> {
        let (what, found) = match self.spec["type"].as_u64().unwrap_or_default() {
            USER => ("member", self.user(lookup, resolved)),
            CHANNEL => ("channel", self.channel(lookup, resolved)?),
            ROLE => ("role", self.role(lookup, resolved)),
            ATTACHMENT => (
                "file",
                lookup
                    .attachment(self.text)
                    .map(|file| resolved.keep("attachments", file)),
            ),
            _ => (
                "member or role",
                self.user(lookup, resolved)
                    .or_else(|| self.role(lookup, resolved)),
            ),
        };
        found.ok_or_else(|| SlashError::NotFound {
            option: self.name.to_owned(),
            what,
            name: shown(self.text),
        })
    }

    fn user(&self, lookup: &dyn Resolve, resolved: &mut Resolved) -> Option<Value> {
        let mention = self
            .text
            .strip_prefix("<@")
            .and_then(|rest| rest.strip_suffix('>'));
        let name = match mention {
            Some(id) => id.strip_prefix('!').unwrap_or(id),
            None => self.text.strip_prefix('@').unwrap_or(self.text),
        };
        let mut found = lookup.user(name)?;
        let (user, member) = (found["user"].take(), found["member"].take());
        let id = resolved.keep("users", user);
        if let (true, Some(key)) = (member.is_object(), id.as_str()) {
            resolved.file("members", key, member);
        }
        Some(id)
    }

    fn channel(&self, lookup: &dyn Resolve, resolved: &mut Resolved) -> Result<Option<Value>, SlashError> {
        let mention = self
            .text
            .strip_prefix("<#")
            .and_then(|rest| rest.strip_suffix('>'));
        let name = mention.unwrap_or_else(|| self.text.strip_prefix('#').unwrap_or(self.text));
        let Some(channel) = lookup.channel(name) else {
            return Ok(None);
        };
        let allowed = self.spec["channel_types"].as_array();
        if allowed.is_some_and(|types| !types.is_empty() && !types.contains(&channel["type"])) {
            return Err(SlashError::WrongChannel {
                option: self.name.to_owned(),
            });
        }
        Ok(Some(resolved.keep("channels", channel)))
    }

    fn role(&self, lookup: &dyn Resolve, resolved: &mut Resolved) -> Option<Value> {
        let mention = self
            .text
            .strip_prefix("<@&")
            .and_then(|rest| rest.strip_suffix('>'));
        let name = mention.unwrap_or_else(|| self.text.strip_prefix('@').unwrap_or(self.text));
        Some(resolved.keep("roles", lookup.role(name)?))
    }

    fn wrong(&self, wanted: &'static str) -> SlashError {
        // `shards:2 colour:red` reads as one value; say which word was likely meant as an option.
        let stray = self
            .text
            .split_whitespace()
            .skip(1)
            .find_map(|word| Some(word.split_once(':')?.0));
        SlashError::WrongType {
            option: self.name.to_owned(),
            wanted,
            got: shown(self.text),
            stray: stray.filter(|name| !name.is_empty()).map(shown),
        }
    }

    fn out_of_range(&self, rule: String, got: String) -> SlashError {
        SlashError::OutOfRange {
            option: self.name.to_owned(),
            rule,
            got,
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
