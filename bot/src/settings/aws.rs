//! `[sandbox.aws]`: who may spend how much of the operator's money, and the shared AWS console.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use crate::money::Money;

/// What holds where the sandbox's provider is `aws`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Aws {
    /// Servers whose members may create things; none where it is empty.
    pub guilds: Ids,
    /// Roles of those servers that may; none where it is empty.
    pub roles: Ids,
    /// After so many hours a thing is removed; a week at most, which is longer than any lesson.
    #[serde(deserialize_with = "between::<_, 1, 168>")]
    pub life_hours: u32,
    /// What a member may spend in a month, in dollars.
    pub member_dollars: Money,
    /// What a server may.
    pub guild_dollars: Money,
    /// What all servers together may.
    pub month_dollars: Money,
    /// How many things a member may have at once.
    #[serde(deserialize_with = "between::<_, 1, 1000>")]
    pub things: u32,
    /// The console's address for members to look at; usually `console`.
    pub console: Option<String>,
    /// The name of its read-only user; usually `username`.
    pub username: Option<SecretString>,
    /// Its password; usually `password`.
    pub password: Option<SecretString>,
}

impl Default for Aws {
    fn default() -> Self {
        Self {
            guilds: Ids::default(),
            roles: Ids::default(),
            life_hours: 24,
            member_dollars: Money::micros(2_000_000),
            guild_dollars: Money::micros(20_000_000),
            month_dollars: Money::micros(50_000_000),
            things: 20,
            console: None,
            username: None,
            password: None,
        }
    }
}

/// Discord's ids: a list of them, as numbers or text; or text with commas, as it comes from the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ids(Vec<u64>);

impl Ids {
    /// Whether this id is one of them.
    pub fn has(&self, id: u64) -> bool {
        self.0.contains(&id)
    }
}

impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Id {
            Number(u64),
            Text(String),
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Several(Vec<Id>),
            One(Id),
        }
        let ids = match Written::deserialize(from)? {
            Written::Several(ids) => ids,
            Written::One(id) => vec![id],
        };
        let mut read = Vec::new();
        for id in ids {
            match id {
                Id::Number(id) => read.push(id),
                Id::Text(text) => {
                    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
                        let id = part.parse().map_err(|_| {
                            serde::de::Error::custom(
                                "an id of Discord's is a number, such as 1441022937190338580",
                            )
                        })?;
                        read.push(id);
                    }
                }
            }
        }
        Ok(Self(read))
    }
}

/// A number within bounds, also where it comes as text from the environment.
fn between<'de, D: Deserializer<'de>, const LEAST: u32, const MOST: u32>(from: D) -> Result<u32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u32),
        Text(String),
    }
    let number = match Written::deserialize(from)? {
        Written::Number(number) => Some(number),
        Written::Text(text) => text.trim().parse().ok(),
    };
    let fits = number.filter(|number| (LEAST..=MOST).contains(number));
    fits.ok_or_else(|| serde::de::Error::custom(format!("a number from {LEAST} to {MOST}")))
}
