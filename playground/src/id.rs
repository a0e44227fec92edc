//! Snowflakes: Discord's ids, unique, rising and dated. They are made from real time, whatever the
//! playground's clock says. What an id names is the world's affair.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Discord's first millisecond, 2015-01-01T00:00:00Z, in Unix milliseconds.
const EPOCH_MS: u64 = 1_420_070_400_000;

/// A snowflake. On the wire it is a string of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub u64);

impl Id {
    /// When this id was made, in real Unix milliseconds.
    pub fn made_at_ms(self) -> i64 {
        ((self.0 >> 22) + EPOCH_MS) as i64
    }

    /// The smallest id of a real moment.
    pub fn at_ms(unix_ms: i64) -> Self {
        Self((unix_ms.max(0) as u64).saturating_sub(EPOCH_MS) << 22)
    }

    /// The id a JSON value holds: digits in a string, or a number.
    pub fn read(value: &serde_json::Value) -> Option<Self> {
        value.as_u64().map(Self).or_else(|| value.as_str()?.parse().ok())
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Id {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Self::read(&value).ok_or_else(|| D::Error::custom("not a snowflake"))
    }
}

/// Real time in Unix milliseconds.
pub fn real_ms() -> i64 {
    chrono::Utc::now().timestamp_millis()
}

/// Hands out ids that rise even when the machine's clock steps back.
#[derive(Debug, Clone, Default)]
pub struct Mint {
    last: u64,
}

impl Mint {
    /// A mint that continues after `last`.
    pub fn after(last: Id) -> Self {
        Self { last: last.0 }
    }

    /// The next id.
    pub fn next(&mut self) -> Id {
        self.last = Id::at_ms(real_ms()).0.max(self.last + 1);
        Id(self.last)
    }
}
