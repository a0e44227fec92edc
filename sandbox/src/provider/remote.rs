//! The places elsewhere, whose one account all tenants share: an AWS-compatible server, or AWS. Every tenant's clients write
//! names after the tenant's own prefix, and a guard stands before the network that lets through nothing else.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region as SdkRegion;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::guard::Guard;
use super::names::{Names, Prefix};
use super::{Provider, ProviderKind, Terms};
use crate::client::behavior;
use crate::region::Region;
use crate::sandbox::{Quotas, SandboxError};
use crate::tenant::{AccountId, Tenant};

/// How long one request may take, and how long all its attempts together.
const ATTEMPT: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_mins(1);
/// How often a request is tried, with growing pauses between.
const ATTEMPTS: u32 = 5;

/// What emulators take where the environment names no keys.
const TEST_KEY: &str = "test";

/// One account for all tenants.
pub(crate) struct Remote {
    kind: ProviderKind,
    prefix: Prefix,
    quotas: Quotas,
    /// Everything but the region and the guard.
    config: SdkConfig,
    http: SharedHttpClient,
}

impl Remote {
    /// A server that speaks AWS's protocols.
    pub async fn endpoint(url: &str, prefix: Prefix, quotas: Quotas) -> Self {
        let fallback = Credentials::new(TEST_KEY, TEST_KEY, None, None, "emulator");
        let keys =
            CredentialsProviderChain::first_try("environment", EnvironmentVariableCredentialsProvider::new())
                .or_else("emulator", fallback);
        let keys = SharedCredentialsProvider::new(keys);
        Self::with(ProviderKind::Endpoint, Some(url), Some(keys), prefix, quotas).await
    }

    /// AWS, with credentials as the SDK looks for them; or another place that is to be taken for it.
    pub async fn aws(url: Option<&str>, prefix: Prefix, quotas: Quotas) -> Self {
        Self::with(ProviderKind::Aws, url, None, prefix, quotas).await
    }

    async fn with(
        kind: ProviderKind,
        url: Option<&str>,
        keys: Option<SharedCredentialsProvider>,
        prefix: Prefix,
        quotas: Quotas,
    ) -> Self {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(PATIENCE);
        let mut loader = aws_config::defaults(behavior())
            .region(SdkRegion::new(Region::default().as_str()))
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts.build())
            .http_client(http.clone());
        if let Some(url) = url {
            loader = loader.endpoint_url(url);
        }
        if let Some(keys) = keys {
            loader = loader.credentials_provider(keys);
        }
        Self {
            kind,
            prefix,
            quotas,
            config: loader.load().await,
            http,
        }
    }

    /// What a client is made with that reaches these names alone.
    pub(super) fn config_for(&self, names: Names, region: Region) -> SdkConfig {
        let guarded = Guard::before(self.http.clone(), names);
        self.config
            .to_builder()
            .region(SdkRegion::new(region.as_str()))
            .http_client(guarded)
            .build()
    }

    /// What reaches a tenant's alone.
    pub fn config_of(&self, account: &AccountId, region: Region) -> SdkConfig {
        self.config_for(self.names_of(account), region)
    }

    /// How a tenant's names are written.
    pub fn names_of(&self, account: &AccountId) -> Names {
        Names::of_tenant(&self.prefix, account)
    }

    /// What all of this installation's names begin with.
    pub fn names_of_all(&self) -> Names {
        Names::of_installation(&self.prefix)
    }
}

impl Provider for Remote {
    fn kind(&self) -> ProviderKind {
        self.kind
    }

    fn config(&self, tenant: &Tenant, region: Region) -> SdkConfig {
        self.config_of(&tenant.account_id, region)
    }

    fn terms(&self, tenant: &Tenant) -> Terms {
        let tags = vec![
            (MANAGED, "true".to_owned()),
            (INSTALLATION, self.prefix.to_string()),
            (TENANT, tenant.account_id.to_string()),
            (MEMBER, tag_value(&tenant.member)),
        ];
        Terms::shared(self.names_of(&tenant.account_id), tags, self.quotas)
    }

    fn delete_tenant<'a>(&'a self, account: &'a AccountId) -> BoxFuture<'a, Result<(), SandboxError>> {
        self.delete_all_of(account).boxed()
    }

    fn shared(&self) -> Result<&Remote, SandboxError> {
        Ok(self)
    }
}

const MANAGED: &str = "tributary:managed";
const INSTALLATION: &str = "tributary:installation";
const TENANT: &str = "tributary:tenant";
const MEMBER: &str = "tributary:member";

/// What AWS takes as a tag's value, of whatever the caller calls a member.
fn tag_value(text: &str) -> String {
    let fine = |c: &char| c.is_ascii_alphanumeric() || " _.:/=+-@".contains(*c);
    text.chars().filter(fine).take(256).collect()
}

#[cfg(test)]
mod tests {
    use super::super::OWN_TAGS;
    use super::*;

    #[test]
    fn our_own_tags_are_told_by_their_beginning() {
        for tag in [MANAGED, INSTALLATION, TENANT, MEMBER] {
            assert!(tag.starts_with(OWN_TAGS), "{tag}");
        }
        assert_eq!(tag_value("1440/ana <3"), "1440/ana 3");
    }
}
