//! Shard iterators, receipt handles and page tokens bound to one tenant, region and service. ferrokinesis' own iterators
//! name only stream, shard and position, under a key that is the same everywhere: another tenant with a stream of the
//! same name could use them. Here each carries a seal that only its tenant's requests can open. Pure.

use rustack_auth::sigv4::compute_signature;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use crate::region::Region;
use crate::tenant::Tenant;

/// Hexadecimal digits of the seal: 128 bits.
const SEAL: usize = 32;

/// Seals and opens tokens for one tenant in one region of one service.
pub struct Sealer {
    key: SecretString,
    context: String,
}

impl Sealer {
    pub fn new(tenant: &Tenant, region: Region, service: &str) -> Self {
        Self {
            key: tenant.secret_access_key.clone(),
            context: format!("token/{service}/{}/{region}/", tenant.account_id),
        }
    }

    /// The token with its seal at the end.
    pub fn seal(&self, token: &str) -> Option<String> {
        Some(format!("{token}{}", self.seal_of(token)?))
    }

    /// The token without its seal, if the seal is ours.
    pub fn open<'a>(&self, sealed: &'a str) -> Option<&'a str> {
        let (token, seal) = sealed.split_at_checked(sealed.len().checked_sub(SEAL)?)?;
        let expected = self.seal_of(token)?;
        bool::from(expected.as_bytes().ct_eq(seal.as_bytes())).then_some(token)
    }

    fn seal_of(&self, token: &str) -> Option<String> {
        let text = format!("{}{token}", self.context);
        let mut mac = compute_signature(self.key.expose_secret().as_bytes(), &text).ok()?;
        mac.truncate(SEAL);
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_tenant_and_region_open_a_token() {
        let (ana, ben) = (Tenant::generate("ana"), Tenant::generate("ben"));
        let here = Sealer::new(&ana, Region::UsEast1, "kinesis");
        let sealed = here.seal("AAAAAAAAAAE=").unwrap();
        assert_eq!(here.open(&sealed), Some("AAAAAAAAAAE="));
        assert_eq!(Sealer::new(&ana, Region::EuWest1, "kinesis").open(&sealed), None);
        assert_eq!(Sealer::new(&ben, Region::UsEast1, "kinesis").open(&sealed), None);
        for broken in [
            "",
            "short",
            "ééééééééééééééééééé",
            &sealed[1..],
            &sealed[..sealed.len() - 1],
        ] {
            assert_eq!(here.open(broken), None, "{broken}");
        }
    }
}
