//! How a tenant's names are written where tenants share an account: after a prefix that is the tenant's alone. A name that
//! does not begin so is another's, and is neither shown nor touched.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::tenant::AccountId;

/// What all names of one installation begin with, between `tributary-` and the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix(String);

/// A queue's name has 80 characters at most: this leaves the member 40.
const LONGEST: usize = 16;

impl Prefix {
    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text cannot begin names.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("a prefix is 1 to {LONGEST} small letters and digits")]
pub struct NotAPrefix;

impl FromStr for Prefix {
    type Err = NotAPrefix;

    /// No dash: `a` and `a-1` would share names.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if (1..=LONGEST).contains(&text.len()) && text.bytes().all(fine) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAPrefix)
        }
    }
}

/// How names are written; cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    before: Arc<str>,
}

impl Names {
    /// As members write them: the account is the tenant's own.
    pub fn plain() -> Self {
        Self { before: "".into() }
    }

    /// All of an installation's.
    pub fn of_installation(prefix: &Prefix) -> Self {
        Self {
            before: format!("tributary-{prefix}-").into(),
        }
    }

    /// A tenant's among an installation's.
    pub fn of_tenant(prefix: &Prefix, account: &AccountId) -> Self {
        Self {
            before: format!("tributary-{prefix}-{account}-").into(),
        }
    }

    /// What each begins with.
    pub fn before(&self) -> &str {
        &self.before
    }

    /// Whether names are written otherwise than members write them.
    pub fn is_plain(&self) -> bool {
        self.before.is_empty()
    }

    /// As it is written there.
    pub fn real<'a>(&self, short: &'a str) -> Cow<'a, str> {
        if self.is_plain() {
            Cow::Borrowed(short)
        } else {
            Cow::Owned(format!("{}{short}", self.before))
        }
    }

    /// As the member writes it; `None` for what is not theirs.
    pub fn short<'a>(&self, real: &'a str) -> Option<&'a str> {
        real.strip_prefix(&*self.before).filter(|short| !short.is_empty())
    }

    /// As the member writes what an ARN or a URL leads to; `None` for what is not theirs.
    pub fn short_of<'a>(&self, address: &'a str) -> Option<&'a str> {
        self.short(name_in(address))
    }

    /// Whether an ARN, a URL or a name leads to something of theirs.
    pub fn own(&self, address: &str) -> bool {
        self.short_of(address).is_some()
    }

    /// How long a member's name may be where AWS takes so many characters.
    pub fn room(&self, most: usize) -> usize {
        most.saturating_sub(self.before.len())
    }
}

/// The name of the stream, queue, topic or table that an ARN, a URL or a name leads to, in part (a consumer, a subscription, a
/// table's stream) or as a whole.
pub(crate) fn name_in(address: &str) -> &str {
    if let Some(arn) = address.strip_prefix("arn:") {
        // partition:service:region:account:resource
        let resource = arn.splitn(5, ':').nth(4).unwrap_or_default();
        let resource = ["stream/", "table/"]
            .iter()
            .find_map(|kind| resource.strip_prefix(kind))
            .unwrap_or(resource);
        resource.split(['/', ':']).next().unwrap_or_default()
    } else if address.contains("://") {
        address.rsplit('/').next().unwrap_or_default()
    } else {
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ana() -> Names {
        Names::of_tenant(&"main".parse().unwrap(), &"111122223333".parse().unwrap())
    }

    #[test]
    fn a_name_goes_out_with_the_tenant_and_comes_back_without() {
        let names = ana();
        let real = names.real("orders.fifo");
        assert_eq!(real, "tributary-main-111122223333-orders.fifo");
        assert_eq!(names.short(&real), Some("orders.fifo"));
        assert_eq!(names.room(80), 80 - 28);
        assert_eq!(Names::plain().real("orders"), "orders");
        assert_eq!(Names::plain().short("orders"), Some("orders"));
    }

    #[test]
    fn every_address_of_a_thing_leads_to_its_name() {
        let real = "tributary-main-111122223333-orders";
        for address in [
            real.to_owned(),
            format!("arn:aws:kinesis:us-east-1:1:stream/{real}"),
            format!("arn:aws:kinesis:us-east-1:1:stream/{real}/consumer/fraud:1700000000"),
            format!("arn:aws:sqs:us-east-1:1:{real}"),
            format!("arn:aws:sns:us-east-1:1:{real}:0b5a"),
            format!("arn:aws:dynamodb:us-east-1:1:table/{real}/stream/2026-01-01T00:00:00.000"),
            format!("https://sqs.us-east-1.amazonaws.com/1/{real}"),
        ] {
            assert_eq!(ana().short_of(&address), Some("orders"), "{address}");
        }
    }

    #[test]
    fn what_is_another_s_is_not_hers() {
        for address in [
            "orders",
            "",
            "tributary-main-111122223333-",
            "tributary-main-444455556666-orders",
            "tributary-other-111122223333-orders",
            "x-tributary-main-111122223333-orders",
            "arn:aws:sqs:us-east-1:1:tributary-main-444455556666-orders",
            "arn:aws:kinesis:us-east-1:1:stream/x/consumer/tributary-main-111122223333-orders:1",
            "arn:aws:sns:us-east-1:1:x:tributary-main-111122223333-orders",
            "https://sqs.us-east-1.amazonaws.com/tributary-main-111122223333-orders/x",
            "arn:tributary-main-111122223333-orders",
        ] {
            assert!(!ana().own(address), "{address}");
        }
    }

    #[test]
    fn a_prefix_leaves_no_doubt_where_it_ends() {
        for good in ["a", "main", "cohort2026"] {
            assert_eq!(good.parse::<Prefix>().map(|p| p.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "a-1", "Main", "a.b", "ünder", "seventeenletters0"] {
            assert_eq!(bad.parse::<Prefix>(), Err(NotAPrefix), "{bad}");
        }
    }
}
