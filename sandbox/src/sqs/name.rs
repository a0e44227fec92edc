//! Queue names, ARNs and URLs, and whose they are. A foreign one is refused here, before any queue is looked at. Pure.

use super::refusal;
use crate::region::Region;
use crate::tenant::AccountId;
use crate::wire::Refusal;

/// What the name of a FIFO queue ends in.
const FIFO: &str = ".fifo";

/// Refuses what AWS refuses in a queue's name.
pub fn check(name: &str, fifo: bool) -> Result<(), Refusal> {
    let stem = if fifo { name.strip_suffix(FIFO) } else { Some(name) };
    let fine = stem.is_some_and(|stem| {
        !stem.is_empty()
            && name.len() <= 80
            && stem
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    });
    match (fine, fifo) {
        (true, _) => Ok(()),
        (false, true) => Err(refusal::invalid_value(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end \
             with .fifo suffix and be 1 to 80 in length",
        )),
        (false, false) => Err(refusal::invalid_value(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        )),
    }
}

/// Whose queues are meant, and where.
#[derive(Debug, Clone)]
pub struct Place {
    /// The tenant's account.
    pub account: AccountId,
    /// The region called.
    pub region: Region,
}

impl Place {
    /// A queue's ARN.
    pub fn arn(&self, queue: &str) -> String {
        format!("arn:aws:sqs:{}:{}:{queue}", self.region, self.account)
    }

    /// The name of the queue whose ARN this is; `None` for another account's, another region's, or no ARN at all.
    pub fn name_in_arn<'a>(&self, arn: &'a str) -> Option<&'a str> {
        let mut parts = arn.splitn(6, ':');
        let own = ["arn", "aws", "sqs", self.region.as_str(), self.account.as_str()]
            .into_iter()
            .all(|expected| parts.next() == Some(expected));
        parts
            .next()
            .filter(|name| own && !name.is_empty() && !name.contains(':'))
    }

    /// A queue's URL, on the host that the caller used.
    pub fn url(&self, host: &str, queue: &str) -> String {
        format!("http://{host}/{}/{queue}", self.account)
    }

    /// The name of the queue whose URL this is. Only the path counts: a caller behind a tunnel sees another host.
    pub fn name_in_url<'a>(&self, url: &'a str, operation: &str) -> Result<&'a str, Refusal> {
        let path = match url.split_once("://") {
            Some((_, rest)) => rest.split_once('/').map(|(_, path)| path),
            None => url.strip_prefix('/'),
        };
        let parts = path.and_then(|path| path.split_once('/'));
        let Some((account, name)) = parts.filter(|(_, name)| !name.is_empty() && !name.contains('/')) else {
            return Err(refusal::invalid_address(url));
        };
        if account.parse::<AccountId>().is_err() {
            return Err(refusal::invalid_address(url));
        }
        if account != self.account.as_str() {
            let arn = format!("arn:aws:sqs:{}:{account}:{name}", self.region);
            return Err(refusal::access_denied(self.account.as_str(), operation, &arn));
        }
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            account: "123456789012".parse().unwrap(),
            region: Region::UsEast1,
        }
    }

    #[test]
    fn names_are_those_aws_takes() {
        for (name, fifo, fine) in [
            ("orders", false, true),
            ("a-b_C1", false, true),
            (&"n".repeat(80), false, true),
            (&"n".repeat(81), false, false),
            ("", false, false),
            ("two words", false, false),
            ("orders.fifo", false, false),
            ("orders.fifo", true, true),
            ("orders", true, false),
            (".fifo", true, false),
        ] {
            assert_eq!(check(name, fifo).is_ok(), fine, "{name}");
        }
    }

    #[test]
    fn an_own_url_is_known_on_any_host_and_anothers_is_denied() {
        let place = place();
        for url in [
            "http://localhost:4566/123456789012/orders",
            "https://sqs.us-east-1.amazonaws.com/123456789012/orders",
            "/123456789012/orders",
        ] {
            assert_eq!(place.name_in_url(url, "SendMessage").unwrap(), "orders");
        }
        let denied = place
            .name_in_url("http://localhost/999999999999/orders", "SendMessage")
            .unwrap_err();
        assert_eq!(denied.kind, "AccessDeniedException");
        for odd in [
            "",
            "orders",
            "http://localhost",
            "http://localhost/orders",
            "http://localhost/123456789012/",
            "http://localhost/123456789012/a/b",
        ] {
            let refused = place.name_in_url(odd, "SendMessage").unwrap_err();
            assert_eq!(refused.kind, "InvalidAddress", "{odd}");
        }
    }

    #[test]
    fn only_an_arn_of_this_account_and_region_names_a_queue() {
        let place = place();
        assert_eq!(place.name_in_arn(&place.arn("orders")), Some("orders"));
        for foreign in [
            "arn:aws:sqs:us-east-1:999999999999:orders",
            "arn:aws:sqs:eu-west-1:123456789012:orders",
            "arn:aws:sns:us-east-1:123456789012:orders",
            "arn:aws:sqs:us-east-1:123456789012:",
            "arn:aws:sqs:us-east-1:123456789012:a:b",
            "orders",
        ] {
            assert_eq!(place.name_in_arn(foreign), None, "{foreign}");
        }
    }
}
