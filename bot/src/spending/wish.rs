//! What a command would have to do with money: nothing, a little by use, or so much that it is asked about first. Pure: a
//! command is its path and its options, so that what decides stands in one place beside the commands and not in each.

use std::collections::BTreeMap;

use sandbox::Region;
use serenity::model::application::{ResolvedOption, ResolvedValue};

use super::ledger::Kind;
use super::price;
use crate::load;
use crate::money::Money;
use crate::place::{self, Place};
use crate::stream::commands::Mode;

/// The ending of a FIFO queue's or topic's name.
const FIFO: &str = ".fifo";
/// The largest record that `/stream load` makes of what is typed, in bytes: an option has at most 6,000 characters.
const LOADED: u64 = 24_000;

/// What a command needs before it may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: it spends nothing, or takes away what costs.
    Nothing,
    /// This much is spent at most, and not asked about.
    Use(Money),
    /// It is held back until its member says yes.
    Ask(Wish),
}

/// What a member wishes for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Where.
    pub region: Region,
    /// What.
    pub what: What,
}

/// What can be wished for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A new stream that costs this.
    Stream(String, price::Stream),
    /// A new thing that costs nothing while it stands.
    Other(Kind, String),
    /// A change to what a stream costs.
    Change(String, Change),
    /// This many records put on a stream.
    Load(String, u64),
}

/// A change to what a stream costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A shard becomes two.
    Split,
    /// Records are kept for so many hours.
    Retention(u32),
    /// A registered consumer more.
    Consumer,
}

impl Change {
    /// What the stream is like after it.
    pub fn after(self, stream: price::Stream) -> price::Stream {
        match self {
            Self::Split => price::Stream {
                shards: stream.shards.saturating_add(1),
                ..stream
            },
            Self::Retention(hours) => price::Stream {
                retention_hours: hours,
                ..stream
            },
            Self::Consumer => price::Stream {
                consumers: stream.consumers.saturating_add(1),
                ..stream
            },
        }
    }
}

/// A command's options, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options(BTreeMap<String, Value>);

/// The value of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A number, or a choice by its place.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

impl Options {
    /// Those that Discord sent.
    pub fn of(sent: &[ResolvedOption<'_>]) -> Self {
        let read = |option: &ResolvedOption<'_>| {
            let value = match &option.value {
                ResolvedValue::String(text) => Value::Text((*text).to_owned()),
                ResolvedValue::Integer(number) => Value::Number(*number),
                ResolvedValue::Boolean(flag) => Value::Flag(*flag),
                _ => return None,
            };
            Some((option.name.to_owned(), value))
        };
        Self(sent.iter().filter_map(read).collect())
    }

    fn text(&self, name: &str) -> String {
        match self.0.get(name) {
            Some(Value::Text(text)) => text.clone(),
            _ => String::new(),
        }
    }

    fn number(&self, name: &str) -> Option<i64> {
        match self.0.get(name) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    fn count(&self, name: &str, left_out: u32) -> u32 {
        self.number(name)
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(left_out)
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A name with the ending that FIFO queues and topics have.
    fn fifo_name(&self) -> String {
        let name = self.text("name");
        if self.0.get("fifo") == Some(&Value::Flag(true)) && !name.ends_with(FIFO) {
            name + FIFO
        } else {
            name
        }
    }

    fn choice<C: poise::ChoiceParameter>(&self, name: &str) -> Option<C> {
        C::from_index(usize::try_from(self.number(name)?).ok()?)
    }

    fn region(&self) -> Region {
        place::region(self.choice::<Place>("region"))
    }
}

/// The commands whose subcommands reach AWS.
const REACHING: [&str; 7] = ["stream", "queue", "topic", "table", "lab", "webhook", "exercise"];

/// What a command needs. `path` is its name with its subcommand's, such as `stream create`.
pub fn need(path: &str, options: &Options) -> Need {
    let region = options.region();
    let name = || options.text("name");
    let ask = |what| Need::Ask(Wish { region, what });
    match path {
        "stream create" => {
            let on_demand = options.choice::<Mode>("mode") == Some(Mode::OnDemand);
            ask(What::Stream(
                name(),
                price::Stream::new(options.count("shards", 1), on_demand),
            ))
        }
        "stream split" => ask(What::Change(name(), Change::Split)),
        "stream retention" if options.count("hours", 0) > price::FREE_RETENTION => {
            ask(What::Change(name(), Change::Retention(options.count("hours", 0))))
        }
        "stream consumers" if options.has("register") => ask(What::Change(name(), Change::Consumer)),
        "stream load" => Need::Use(price::command(region) + loaded(options.count("count", 0), region)),
        "lab load" => {
            let (rate, seconds) = (
                options.count("rate", load::RATE),
                options.count("duration", load::SECONDS),
            );
            ask(What::Load(name(), u64::from(rate) * u64::from(seconds)))
        }
        "queue create" => ask(What::Other(Kind::Queue, options.fifo_name())),
        "topic create" => ask(What::Other(Kind::Topic, options.fifo_name())),
        "table create" => ask(What::Other(Kind::Table, name())),
        _ => of_another(path, region),
    }
}

/// Taking away and reading what the bot itself has is free; whatever else reaches AWS costs a few requests.
fn of_another(path: &str, region: Region) -> Need {
    let (command, below) = path.split_once(' ').unwrap_or((path, ""));
    let free = match (command, below) {
        (_, "delete") | ("webhook", "list" | "show") => true,
        ("exercise", below) => below != "check",
        ("lab", below) => below != "load",
        _ => !REACHING.contains(&command),
    };
    if free {
        Need::Nothing
    } else {
        Need::Use(price::command(region))
    }
}

/// Whether a command may have made a stream cheaper, so that its price is looked at again.
pub fn reprices(path: &str) -> bool {
    matches!(path, "stream merge" | "stream retention" | "stream consumers")
}

/// Whether a button takes away what costs.
pub fn frees(verb: &str) -> bool {
    matches!(verb, "delete" | "reset" | "remove")
}

/// What `/stream load` may cost, on the dearest of streams.
fn loaded(count: u32, region: Region) -> Money {
    let dearest = price::Stream {
        consumers: 5,
        ..price::Stream::new(0, true)
    };
    dearest.load(u64::from(count), LOADED, region)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(of: &[(&str, Value)]) -> Options {
        Options(
            of.iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
        )
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    fn asked(path: &str, of: &[(&str, Value)]) -> What {
        match need(path, &options(of)) {
            Need::Ask(wish) => wish.what,
            other => panic!("{path}: {other:?}"),
        }
    }

    #[test]
    fn what_creates_is_asked_about_with_what_it_would_cost() {
        let name = ("name", text("orders"));
        let stream = |shards, on_demand| What::Stream("orders".into(), price::Stream::new(shards, on_demand));
        for (path, of, what) in [
            ("stream create", vec![], stream(1, false)),
            (
                "stream create",
                vec![("shards", Value::Number(4))],
                stream(4, false),
            ),
            ("stream create", vec![("mode", Value::Number(1))], stream(0, true)),
            (
                "stream split",
                vec![],
                What::Change("orders".into(), Change::Split),
            ),
            (
                "stream retention",
                vec![("hours", Value::Number(25))],
                What::Change("orders".into(), Change::Retention(25)),
            ),
            (
                "stream consumers",
                vec![("register", text("x"))],
                What::Change("orders".into(), Change::Consumer),
            ),
            ("lab load", vec![], What::Load("orders".into(), 7_500)),
            (
                "lab load",
                vec![("rate", Value::Number(10)), ("duration", Value::Number(5))],
                What::Load("orders".into(), 50),
            ),
            ("queue create", vec![], What::Other(Kind::Queue, "orders".into())),
            (
                "queue create",
                vec![("fifo", Value::Flag(true))],
                What::Other(Kind::Queue, "orders.fifo".into()),
            ),
            (
                "topic create",
                vec![("fifo", Value::Flag(false))],
                What::Other(Kind::Topic, "orders".into()),
            ),
            ("table create", vec![], What::Other(Kind::Table, "orders".into())),
        ] {
            let of: Vec<_> = of.into_iter().chain([name.clone()]).collect();
            assert_eq!(asked(path, &of), what, "{path}");
        }
        let there = need("table create", &options(&[name, ("region", Value::Number(3))]));
        assert!(
            matches!(
                there,
                Need::Ask(Wish {
                    region: Region::ApSoutheast2,
                    ..
                })
            ),
            "{there:?}"
        );
    }

    #[test]
    fn what_only_uses_is_counted_and_what_takes_away_is_free() {
        let cost = |path: &str, of: &[(&str, Value)]| match need(path, &options(of)) {
            Need::Use(cost) => Some(cost),
            Need::Nothing => None,
            Need::Ask(wish) => panic!("{path}: {wish:?}"),
        };
        let command = Some(price::command(Region::UsEast1));
        for path in [
            "stream put",
            "stream read",
            "stream list",
            "stream merge",
            "queue send",
            "topic publish",
            "table changes",
        ] {
            assert_eq!(cost(path, &[]), command, "{path}");
        }
        assert_eq!(cost("stream retention", &[("hours", Value::Number(24))]), command);
        assert_eq!(cost("stream consumers", &[("remove", text("x"))]), command);
        assert_eq!(cost("exercise check", &[]), command);
        assert!(cost("stream load", &[("count", Value::Number(5_000))]) > command);
        for path in [
            "stream delete",
            "queue delete",
            "sandbox usage",
            "sandbox reset",
            "exercise list",
            "lesson show",
            "today",
            "webhook list",
        ] {
            assert_eq!(cost(path, &[]), None, "{path}");
        }
    }

    /// Whoever renames a command or an option of one that is asked about changes it here too.
    #[test]
    fn the_commands_and_options_that_are_asked_about_are_there() {
        let commands = crate::run::commands();
        for (path, options) in [
            ("stream create", ["name", "shards", "mode", "region"].as_slice()),
            ("stream split", &["name", "region"]),
            ("stream retention", &["name", "hours", "region"]),
            ("stream consumers", &["name", "register", "region"]),
            ("stream load", &["name", "count", "region"]),
            ("lab load", &["name", "rate", "duration", "region"]),
            ("queue create", &["name", "fifo", "region"]),
            ("topic create", &["name", "fifo", "region"]),
            ("table create", &["name", "region"]),
        ] {
            let (command, below) = path.split_once(' ').unwrap();
            let command = commands.iter().find(|it| it.name == command).unwrap();
            let below = command.subcommands.iter().find(|it| it.name == below);
            let below = below.unwrap_or_else(|| panic!("no {path}"));
            for option in options {
                assert!(
                    below.parameters.iter().any(|it| it.name == *option),
                    "{path} {option}"
                );
            }
        }
        for command in REACHING {
            assert!(commands.iter().any(|it| it.name == command), "{command}");
        }
    }
}
