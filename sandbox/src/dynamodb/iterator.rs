//! Shard iterators: a place in a stream and the time it was asked for, sealed so that only its tenant can use it, in
//! its region. Pure.

use crate::token::Sealer;

/// Where a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub stream: i64,
    /// The first sequence number not yet read.
    pub next: i64,
    /// When the iterator was given out, in Unix milliseconds.
    pub made: i64,
}

impl Position {
    /// The iterator, which names its stream as AWS's do.
    pub fn seal(self, arn: &str, sealer: &Sealer) -> Option<String> {
        let Self { stream, next, made } = self;
        sealer.seal(&format!("{arn}|1|{stream}|{next}|{made}|"))
    }

    /// The place that an iterator stands for, if it is one of this tenant's.
    pub fn open(iterator: &str, sealer: &Sealer) -> Option<Self> {
        let mut parts = sealer.open(iterator)?.rsplit('|').skip(1);
        let made = parts.next()?.parse().ok()?;
        let next = parts.next()?.parse().ok()?;
        let stream = parts.next()?.parse().ok()?;
        Some(Self { stream, next, made })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::Region;
    use crate::tenant::Tenant;

    #[test]
    fn only_its_tenant_and_region_can_use_an_iterator() {
        let (ana, ben) = (Tenant::generate("ana"), Tenant::generate("ben"));
        let sealer = |tenant, region| Sealer::new(tenant, region, "dynamodbstreams");
        let here = sealer(&ana, Region::UsEast1);
        let position = Position {
            stream: 3,
            next: 17,
            made: 1_790_000_000_000,
        };
        let iterator = position
            .seal("arn:aws:dynamodb:us-east-1:1:table/t/stream/l", &here)
            .unwrap();
        assert_eq!(Position::open(&iterator, &here), Some(position));
        assert_eq!(Position::open(&iterator, &sealer(&ana, Region::EuWest1)), None);
        assert_eq!(Position::open(&iterator, &sealer(&ben, Region::UsEast1)), None);
        assert_eq!(Position::open(&iterator.replace("|17|", "|18|"), &here), None);
    }
}
