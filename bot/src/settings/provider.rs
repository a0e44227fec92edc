//! Which provider the sandbox's settings mean, if they go together. Nothing is opened here.

use reqwest::Url;
use sandbox::{NotAPrefix, Prefix, ProviderKind, ProviderSettings};

use super::Sandbox;

/// What names at an emulator begin with, unless the operator says otherwise. In AWS it must be said: two bots with the same one
/// would tidy away each other's streams.
const USUAL: &str = "local";

/// Why the settings mean no provider. Each says what to set.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoProvider {
    /// No address.
    #[error(
        "`sandbox.provider` is `endpoint`, so `sandbox.endpoint` must be the server's URL, such as http://127.0.0.1:5000"
    )]
    NoEndpoint,
    /// An address that is none.
    #[error("`sandbox.endpoint` must be a URL such as http://127.0.0.1:5000")]
    BadEndpoint,
    /// An address that nobody uses.
    #[error(
        "`sandbox.endpoint` is set, but the sandbox is the built-in one: set `sandbox.provider` to `endpoint`, or leave the address out"
    )]
    UnusedEndpoint,
    /// No prefix in a real account.
    #[error(
        "`sandbox.provider` is `aws`, so `sandbox.prefix` must say what this bot's names begin with there, such as `cohort1`: small \
         letters and digits, and another one for each bot in the account"
    )]
    NoPrefix,
    /// A prefix that is none.
    #[error("`sandbox.prefix` has a wrong value: {0}, such as `cohort1`")]
    BadPrefix(#[from] NotAPrefix),
}

/// What the sandbox is opened with.
pub fn of(settings: &Sandbox) -> Result<ProviderSettings, NoProvider> {
    let prefix: Option<Prefix> = settings.prefix.as_deref().map(str::parse).transpose()?;
    let url = settings.endpoint.as_deref().map(endpoint).transpose()?;
    match (settings.provider, url) {
        (ProviderKind::Embedded, None) => Ok(ProviderSettings::Embedded),
        (ProviderKind::Embedded, Some(_)) => Err(NoProvider::UnusedEndpoint),
        (ProviderKind::Endpoint, None) => Err(NoProvider::NoEndpoint),
        (ProviderKind::Endpoint, Some(url)) => {
            let prefix = prefix.map_or_else(|| USUAL.parse(), Ok)?;
            Ok(ProviderSettings::Endpoint { url, prefix })
        }
        (ProviderKind::Aws, url) => {
            let prefix = prefix.ok_or(NoProvider::NoPrefix)?;
            Ok(ProviderSettings::Aws { url, prefix })
        }
    }
}

fn endpoint(text: &str) -> Result<String, NoProvider> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(text.to_owned()),
        _ => Err(NoProvider::BadEndpoint),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(provider: ProviderKind, endpoint: Option<&str>, prefix: Option<&str>) -> Sandbox {
        Sandbox {
            provider,
            endpoint: endpoint.map(str::to_owned),
            prefix: prefix.map(str::to_owned),
            ..Sandbox::default()
        }
    }

    #[test]
    fn what_goes_together_is_taken_and_the_rest_says_what_is_missing() {
        const MOTO: &str = "http://127.0.0.1:5000";
        let said = |provider, endpoint, prefix| of(&settings(provider, endpoint, prefix));
        let (local, cohort): (Prefix, Prefix) = ("local".parse().unwrap(), "cohort1".parse().unwrap());
        assert_eq!(
            said(ProviderKind::Embedded, None, None),
            Ok(ProviderSettings::Embedded)
        );
        assert_eq!(
            said(ProviderKind::Endpoint, Some(MOTO), None),
            Ok(ProviderSettings::Endpoint {
                url: MOTO.into(),
                prefix: local
            })
        );
        assert_eq!(
            said(ProviderKind::Aws, None, Some("cohort1")),
            Ok(ProviderSettings::Aws {
                url: None,
                prefix: cohort
            })
        );
        assert_eq!(
            said(ProviderKind::Embedded, Some(MOTO), None),
            Err(NoProvider::UnusedEndpoint)
        );
        assert_eq!(
            said(ProviderKind::Endpoint, None, None),
            Err(NoProvider::NoEndpoint)
        );
        assert_eq!(said(ProviderKind::Aws, None, None), Err(NoProvider::NoPrefix));
        for bad in ["127.0.0.1:5000", "ftp://x", ""] {
            assert_eq!(
                said(ProviderKind::Endpoint, Some(bad), None),
                Err(NoProvider::BadEndpoint),
                "{bad}"
            );
        }
        assert!(matches!(
            said(ProviderKind::Aws, None, Some("My-Bot")),
            Err(NoProvider::BadPrefix(_))
        ));
    }
}
