//! Who a sandbox belongs to: one member's account id and keys, and how they are found by access key.
//! Where tenants are kept is the caller's business (a [`TenantDirectory`]); nothing here stores them.

use std::fmt;
use std::str::FromStr;

use futures::future::BoxFuture;
use rand::Rng as _;
use rand::distr::Distribution as _;
use secrecy::SecretString;

/// A twelve-digit AWS account id. Being digits only, it is also safe as a folder's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(String);

impl AccountId {
    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not twelve digits.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("an account id is twelve digits")]
pub struct NotAnAccountId;

impl FromStr for AccountId {
    type Err = NotAnAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        if digits {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAnAccountId)
        }
    }
}

/// One member's private AWS account.
#[derive(Clone)]
pub struct Tenant {
    /// Whose sandbox it is, in the caller's own words (a member's id); shown in logs, never on the wire.
    pub member: String,
    /// The account its ARNs carry.
    pub account_id: AccountId,
    /// The public half of the key pair.
    pub access_key_id: String,
    /// The secret half: it signs, and is never logged.
    pub secret_access_key: SecretString,
}

impl Tenant {
    /// A new tenant for `member`, with an account and keys drawn at random.
    ///
    /// Account ids are drawn from 9 × 10¹¹: keep a unique constraint on them and draw again on a clash.
    pub fn generate(member: impl Into<String>) -> Self {
        let mut rng = rand::rng();
        let account = rng.random_range(100_000_000_000_u64..1_000_000_000_000);
        Self {
            member: member.into(),
            account_id: AccountId(account.to_string()),
            access_key_id: format!("AKIA{}", letters(ACCESS_KEY_LETTERS, 16)),
            secret_access_key: letters(SECRET_LETTERS, 40).into(),
        }
    }

    /// The same tenant with a new key pair; the account and all that is in it stay.
    #[must_use]
    pub fn with_new_keys(&self) -> Self {
        let fresh = Self::generate(self.member.clone());
        Self {
            account_id: self.account_id.clone(),
            ..fresh
        }
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant")
            .field("member", &self.member)
            .field("account_id", &self.account_id)
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// The alphabet AWS uses for access key ids: base 32.
const ACCESS_KEY_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Without `+`, which people paste badly into URLs and shells; 40 of these are 238 bits.
const SECRET_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn letters(alphabet: &'static [u8], count: usize) -> String {
    let Ok(choose) = rand::distr::slice::Choose::new(alphabet) else {
        return String::new();
    };
    choose
        .sample_iter(rand::rng())
        .take(count)
        .map(|b| char::from(*b))
        .collect()
}

/// The directory could not be asked (as opposed to: it knows no such key).
#[derive(Debug, thiserror::Error)]
#[error("the tenant directory could not be read")]
pub struct DirectoryError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Where tenants are kept. Asked once for every request the sandbox gets, so it should answer quickly.
pub trait TenantDirectory: Send + Sync + 'static {
    /// The tenant with this access key, or `None` if nobody has it.
    fn find<'a>(&'a self, access_key_id: &'a str) -> BoxFuture<'a, Result<Option<Tenant>, DirectoryError>>;
}

/// A directory with nobody in it: where tenants share an account, no keys of theirs are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTenants;

impl TenantDirectory for NoTenants {
    fn find<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Tenant>, DirectoryError>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_new_tenant_looks_like_an_aws_account() {
        for _ in 0..200 {
            let tenant = Tenant::generate("ana");
            assert!(tenant.account_id.as_str().parse::<AccountId>().is_ok());
            assert!(!tenant.account_id.as_str().starts_with('0'));
            assert_eq!(tenant.access_key_id.len(), 20);
            assert!(tenant.access_key_id.starts_with("AKIA"));
            assert_eq!(tenant.secret_access_key.expose_secret().len(), 40);
        }
    }

    #[test]
    fn new_keys_keep_the_account() {
        let ana = Tenant::generate("ana");
        let again = ana.with_new_keys();
        assert_eq!(ana.account_id, again.account_id);
        assert_ne!(ana.access_key_id, again.access_key_id);
    }

    #[test]
    fn printing_a_tenant_does_not_print_its_secret() {
        let tenant = Tenant::generate("ana");
        assert!(!format!("{tenant:?}").contains(tenant.secret_access_key.expose_secret()));
    }

    #[test]
    fn an_account_id_is_no_path() {
        for text in [
            "../../../etc",
            "12345678901",
            "1234567890123",
            "12345678901a",
            "１２３４",
        ] {
            assert_eq!(text.parse::<AccountId>(), Err(NotAnAccountId), "{text}");
        }
    }
}
