//! The AWS regions a sandbox has. Friendly names ("Sydney") belong to whoever talks to people.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A region of the sandbox. A tenant's things in one region are invisible from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Region {
    /// Northern Virginia, where one starts.
    #[default]
    #[serde(rename = "us-east-1")]
    UsEast1,
    /// Ireland.
    #[serde(rename = "eu-west-1")]
    EuWest1,
    /// Frankfurt.
    #[serde(rename = "eu-central-1")]
    EuCentral1,
    /// Sydney.
    #[serde(rename = "ap-southeast-2")]
    ApSoutheast2,
}

impl Region {
    /// All regions, the default one first.
    pub const ALL: [Region; 4] = [
        Region::UsEast1,
        Region::EuWest1,
        Region::EuCentral1,
        Region::ApSoutheast2,
    ];

    /// The name AWS uses, as in an ARN.
    pub fn as_str(self) -> &'static str {
        match self {
            Region::UsEast1 => "us-east-1",
            Region::EuWest1 => "eu-west-1",
            Region::EuCentral1 => "eu-central-1",
            Region::ApSoutheast2 => "ap-southeast-2",
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text named no region of ours.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("there is no region {0:?} here")]
pub struct UnknownRegion(pub String);

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Region::ALL
            .into_iter()
            .find(|r| r.as_str() == text)
            .ok_or_else(|| UnknownRegion(text.to_owned()))
    }
}
