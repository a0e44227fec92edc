//! What one shard takes and gives in a second, as AWS limits it. Pure: the time comes in as milliseconds.
//! Source: the Kinesis Data Streams developer guide, "Quotas and limits", and the API reference of `GetRecords`.

use std::collections::HashMap;
use std::time::Duration;

use super::arn::shard_id;
use crate::wire::Refusal;

/// What a shard takes or gives in a second.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Records written, or calls that read.
    count: u32,
    bytes: u64,
}

/// What may be written.
pub const WRITES: Limit = Limit {
    count: 1_000,
    bytes: 1024 * 1024,
};

/// What may be read with `GetRecords`, by all readers together.
pub const READS: Limit = Limit {
    count: 5,
    bytes: 2 * 1024 * 1024,
};

const SECOND: u64 = Duration::from_secs(1).as_millis() as u64;

/// What was used of one shard's limit, lately.
///
/// More than a second's bytes may be used at once (a record of 10 MiB, a page of 10 MiB); the shard then rests until
/// as many seconds have paid for them.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    since: u64,
    count: u32,
    bytes: u64,
}

impl Used {
    /// Forgets what time has paid for.
    fn at(&mut self, now: u64, limit: Limit) {
        let seconds = now.saturating_sub(self.since) / SECOND;
        if seconds == 0 {
            return;
        }
        self.count = 0;
        self.bytes = self.bytes.saturating_sub(seconds.saturating_mul(limit.bytes));
        self.since = if self.bytes == 0 {
            now
        } else {
            self.since + seconds * SECOND
        };
    }

    /// Takes a record; false if it must wait.
    fn write(&mut self, now: u64, bytes: u64) -> bool {
        self.at(now, WRITES);
        let fits = self.bytes == 0 || self.bytes + bytes <= WRITES.bytes;
        let taken = fits && self.count < WRITES.count;
        if taken {
            self.count += 1;
            self.bytes += bytes;
        }
        taken
    }

    /// Begins a read; false if it must wait.
    fn begin_read(&mut self, now: u64) -> bool {
        self.at(now, READS);
        let may = self.count < READS.count && self.bytes < READS.bytes;
        if may {
            self.count += 1;
        }
        may
    }
}

/// All shards of one tenant in one region, reads or writes.
#[derive(Debug, Default)]
pub struct Shards {
    streams: HashMap<String, HashMap<u32, Used>>,
}

impl Shards {
    /// Takes a record of so many bytes; false if the shard has had its fill.
    pub fn write(&mut self, stream: &str, shard: u32, now: u64, bytes: u64) -> bool {
        self.used(stream, shard).write(now, bytes)
    }

    /// Begins a `GetRecords`; false if the shard was read as much as it may be.
    pub fn begin_read(&mut self, stream: &str, shard: u32, now: u64) -> bool {
        self.used(stream, shard).begin_read(now)
    }

    /// Counts what a `GetRecords` brought.
    pub fn has_read(&mut self, stream: &str, shard: u32, bytes: u64) {
        self.used(stream, shard).bytes += bytes;
    }

    /// Forgets a stream that is gone.
    pub fn forget(&mut self, stream: &str) {
        self.streams.remove(stream);
    }

    fn used(&mut self, stream: &str, shard: u32) -> &mut Used {
        self.streams
            .entry(stream.to_owned())
            .or_default()
            .entry(shard)
            .or_default()
    }
}

/// AWS's words for both.
pub fn exceeded(stream: &str, shard: u32, account: &str) -> Refusal {
    Refusal::new(
        "ProvisionedThroughputExceededException",
        format!(
            "Rate exceeded for shard {} in stream {stream} under account {account}.",
            shard_id(shard)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    #[test]
    fn a_shard_takes_a_thousand_records_a_second() {
        let mut shards = Shards::default();
        let taken = (0..1_200)
            .filter(|n| shards.write("orders", 0, 5_000 + n / 10, 10))
            .count();
        assert_eq!(taken, 1_000);
        assert!(shards.write("orders", 1, 5_000, 10), "another shard has its own");
        assert!(shards.write("clicks", 0, 5_000, 10), "so has another stream's");
        assert!(!shards.write("orders", 0, 5_999, 10));
        assert!(shards.write("orders", 0, 6_000, 10), "a second later");
    }

    #[test]
    fn a_shard_takes_a_mebibyte_a_second() {
        let mut shards = Shards::default();
        assert!(shards.write("orders", 0, 0, MIB / 2));
        assert!(shards.write("orders", 0, 10, MIB / 2));
        assert!(!shards.write("orders", 0, 20, 1));
        assert!(shards.write("orders", 0, 1_020, MIB / 2));
    }

    #[test]
    fn a_large_record_is_paid_for_by_the_seconds_after_it() {
        let mut shards = Shards::default();
        assert!(shards.write("orders", 0, 0, 5 * MIB));
        assert!(!shards.write("orders", 0, 4_900, 10));
        assert!(shards.write("orders", 0, 5_000, 10));
    }

    #[test]
    fn a_shard_is_read_five_times_a_second() {
        let mut shards = Shards::default();
        let begun = (0..8).filter(|n| shards.begin_read("orders", 0, n * 50)).count();
        assert_eq!(begun, 5);
        assert!(shards.begin_read("orders", 0, 1_000));
    }

    #[test]
    fn ten_mebibytes_in_one_read_are_five_seconds_of_rest() {
        let mut shards = Shards::default();
        assert!(shards.begin_read("orders", 0, 0));
        shards.has_read("orders", 0, 10 * MIB);
        assert!(!shards.begin_read("orders", 0, 4_999));
        assert!(shards.begin_read("orders", 0, 5_000));
    }
}
