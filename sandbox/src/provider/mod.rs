//! Where tenants' things are: inside the process, at an AWS-compatible endpoint, or in a real AWS account. A [`Provider`]
//! says what a tenant's clients are made with, and on what [`Terms`] they work. What is done with the clients is not here.

#[cfg(test)]
mod canned;
mod embedded;
mod guard;
mod names;
mod remote;
mod resources;
mod terms;

use std::fmt;

use aws_types::SdkConfig;
use futures::future::BoxFuture;
use serde::Deserialize;

pub(crate) use embedded::Embedded;
pub(crate) use names::Names;
pub use names::{NotAPrefix, Prefix};
pub(crate) use remote::Remote;
pub use resources::{Resource, ResourceKind};
pub(crate) use terms::{OWN_TAGS, Terms};

use crate::region::Region;
use crate::sandbox::SandboxError;
use crate::tenant::{AccountId, Tenant};

/// Which kind of place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// Inside the process: an account for each tenant, nothing leaves the machine.
    #[default]
    Embedded,
    /// A server that speaks AWS's protocols, such as moto's.
    Endpoint,
    /// A real AWS account, which all tenants share.
    Aws,
}

impl ProviderKind {
    /// All of them, the default first.
    pub const ALL: [Self; 3] = [Self::Embedded, Self::Endpoint, Self::Aws];

    /// Its name in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Endpoint => "endpoint",
            Self::Aws => "aws",
        }
    }

    /// Whether tenants' things are elsewhere, in one account that they share.
    pub fn is_remote(self) -> bool {
        self != Self::Embedded
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where tenants' things are to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ProviderSettings {
    /// Inside the process.
    #[default]
    Embedded,
    /// A server that speaks AWS's protocols. Signed with `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` where they are set,
    /// else with keys that emulators take.
    Endpoint {
        /// Where it is.
        url: String,
        /// What the names there begin with.
        prefix: Prefix,
    },
    /// A real account: credentials as the AWS SDK looks for them.
    Aws {
        /// Another place that is to be taken for AWS.
        url: Option<String>,
        /// What the names there begin with.
        prefix: Prefix,
    },
}

/// A place for tenants' things.
pub(crate) trait Provider: Send + Sync + 'static {
    /// Which kind it is.
    fn kind(&self) -> ProviderKind;

    /// What every service's client of a tenant is made with: `Client::new(&…)`. Such a client reaches the tenant's own alone.
    fn config(&self, tenant: &Tenant, region: Region) -> SdkConfig;

    /// How a tenant's names are written there, what is tagged, how patiently it is waited.
    fn terms(&self, tenant: &Tenant) -> Terms;

    /// Removes all that a tenant has, in every region.
    fn delete_tenant<'a>(&'a self, account: &'a AccountId) -> BoxFuture<'a, Result<(), SandboxError>>;

    /// The engines themselves, where they are ours to look into.
    fn inside(&self) -> Result<&Embedded, SandboxError> {
        Err(SandboxError::OnlyEmbedded)
    }

    /// The account that tenants share, where they share one.
    fn shared(&self) -> Result<&Remote, SandboxError> {
        Err(SandboxError::OnlyRemote)
    }
}
