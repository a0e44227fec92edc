//! How Kinesis chooses a shard: the partition key's MD5, read as a number, falls into one shard's hash range.
//! Pure arithmetic; the shards themselves come from [`crate::streams`].

use std::ops::RangeInclusive;

use md5::{Digest as _, Md5};

/// A place on the ring of 2¹²⁸ hash keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HashKey(pub u128);

impl HashKey {
    /// Where a partition key falls: its MD5 as a big-endian number.
    pub fn of(partition_key: &str) -> Self {
        Self(u128::from_be_bytes(Md5::digest(partition_key.as_bytes()).into()))
    }

    /// How far round the ring this is, from 0 to 1: for pictures.
    pub fn fraction(self) -> f64 {
        self.0 as f64 / 2_f64.powi(128)
    }
}

impl std::fmt::Display for HashKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What owns an arc of the ring and may take records: an open shard.
pub trait Arc {
    /// The hash keys it owns, both ends included.
    fn range(&self) -> RangeInclusive<u128>;
    /// Whether it still takes records. A closed parent shares its arc with its children.
    fn is_open(&self) -> bool;
}

/// The open shard that a record with this partition key goes to.
///
/// `None` only when no open shard owns the place, as while a stream is being created.
pub fn route<'a, S: Arc>(partition_key: &str, shards: &'a [S]) -> Option<&'a S> {
    owner(HashKey::of(partition_key), shards)
}

/// The open shard that owns a place on the ring.
pub fn owner<S: Arc>(hash: HashKey, shards: &[S]) -> Option<&S> {
    shards
        .iter()
        .find(|shard| shard.is_open() && shard.range().contains(&hash.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Slice(RangeInclusive<u128>, bool);

    impl Arc for Slice {
        fn range(&self) -> RangeInclusive<u128> {
            self.0.clone()
        }

        fn is_open(&self) -> bool {
            self.1
        }
    }

    fn even(count: u128) -> Vec<Slice> {
        // 2^128 / count, without 2^128 at hand.
        let width = if count == 1 {
            0
        } else {
            u128::MAX / count + u128::from(count.is_power_of_two())
        };
        (0..count)
            .map(|i| {
                let end = if i + 1 == count {
                    u128::MAX
                } else {
                    width * (i + 1) - 1
                };
                Slice(width * i..=end, true)
            })
            .collect()
    }

    #[test]
    fn hashes_are_those_of_aws() {
        // RFC 1321's test suite, and a key from the Kinesis developer guide's style of example.
        assert_eq!(HashKey::of("").0, 0xd41d_8cd9_8f00_b204_e980_0998_ecf8_427e);
        assert_eq!(HashKey::of("a").0, 0x0cc1_75b9_c0f1_b6a8_31c3_99e2_6977_2661);
        assert_eq!(
            HashKey::of("message digest").0,
            0xf96b_697d_7cb7_938d_525a_2f31_aaf1_61d0
        );
        assert_eq!(
            HashKey::of("user-1").to_string(),
            "285573413173782752570879317399258818820"
        );
    }

    #[test]
    fn a_key_goes_to_the_shard_that_owns_its_hash() {
        let shards = even(2);
        let a = route("a", &shards).expect("the ring is covered");
        assert_eq!(a.range(), 0..=(u128::MAX / 2), "0x0c… is in the lower half");
        let message = route("message digest", &shards).expect("the ring is covered");
        assert_eq!(message.range(), (u128::MAX / 2 + 1)..=u128::MAX);
    }

    #[test]
    fn a_closed_parent_takes_nothing() {
        let mut shards = even(1);
        shards[0].1 = false;
        assert!(route("a", &shards).is_none());
        shards.extend(even(2));
        assert!(route("a", &shards).is_some_and(Arc::is_open));
    }

    proptest! {
        #[test]
        fn every_key_has_exactly_one_owner(key in ".{1,40}", count in 1_u128..64) {
            let shards = even(count);
            let hash = HashKey::of(&key);
            let owners = shards.iter().filter(|s| s.range().contains(&hash.0)).count();
            prop_assert_eq!(owners, 1);
            prop_assert!((0.0..=1.0).contains(&hash.fraction()));
        }
    }
}
