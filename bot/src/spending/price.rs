//! What things cost on AWS, and nothing of who may spend it. US East (Virginia), November 2026; `docs/aws.md` tells the sources.
//! Where the planner's table and AWS' page differ, the dearer figure stands here: an estimate may be too high, never too low.

use sandbox::Region;

use crate::money::Money;

/// A provisioned shard, by the hour.
pub const SHARD_HOUR: Money = Money::micros(15_000);
/// An on-demand stream, by the hour.
pub const ON_DEMAND_HOUR: Money = Money::micros(40_000);
/// What is written to an on-demand stream, by the gigabyte.
pub const ON_DEMAND_IN: Money = Money::micros(80_000);
/// What is read from an on-demand stream, by the gigabyte.
pub const ON_DEMAND_OUT: Money = Money::micros(40_000);
/// A million payload units written to a provisioned stream.
pub const MILLION_PUTS: Money = Money::micros(14_000);
/// Keeping records for more than a day, by the shard and hour.
pub const RETENTION_HOUR: Money = Money::micros(23_000);
/// A registered consumer, by the shard and hour.
pub const CONSUMER_HOUR: Money = Money::micros(15_000);
/// What is pushed to a registered consumer, by the gigabyte.
pub const CONSUMER_OUT: Money = Money::micros(13_000);
/// A million requests to standard queues.
pub const MILLION_REQUESTS: Money = Money::micros(400_000);
/// A million requests to FIFO queues.
pub const MILLION_FIFO_REQUESTS: Money = Money::micros(500_000);
/// A million messages published to topics.
pub const MILLION_PUBLISHES: Money = Money::micros(500_000);
/// A million items of up to 1 KB written to tables by the request.
pub const MILLION_WRITES: Money = Money::micros(625_000);
/// A million strong reads of up to 4 KB from tables by the request.
pub const MILLION_READS: Money = Money::micros(125_000);
/// A million reads of tables' streams.
pub const MILLION_CHANGE_READS: Money = Money::micros(200_000);

/// A payload unit of a provisioned stream, in bytes.
pub const PAYLOAD_UNIT: u64 = 25 * 1_024;
/// Records of an on-demand stream are counted in steps of so many bytes.
pub const ON_DEMAND_STEP: u64 = 1_024;
/// How many shards an on-demand stream begins with.
pub const ON_DEMAND_SHARDS: u32 = 4;
/// Retention up to this many hours costs nothing.
pub const FREE_RETENTION: u32 = 24;

/// How many requests of the dearest kind one command may stand for: it looks around before and after what it does.
const REQUESTS_A_COMMAND: u64 = 100;
/// How many commands are allowed for where something costs by the request alone.
const COMMANDS_PLANNED: u64 = 100;
const MILLION: u64 = 1_000_000;
const GIGABYTE: u64 = 1_000_000_000;
/// Other regions are dearer than Virginia, by up to a third in 2026. Half is added, in percent.
const ELSEWHERE: u64 = 150;

/// What decides what a stream costs while it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Open shards.
    pub shards: u32,
    /// Whether AWS chooses their number.
    pub on_demand: bool,
    /// How long records are kept, in hours.
    pub retention_hours: u32,
    /// Registered consumers.
    pub consumers: u32,
}

impl Stream {
    /// As it is created.
    pub fn new(shards: u32, on_demand: bool) -> Self {
        Self {
            shards: if on_demand { ON_DEMAND_SHARDS } else { shards },
            on_demand,
            retention_hours: FREE_RETENTION,
            consumers: 0,
        }
    }

    /// By the hour, used or not.
    pub fn an_hour(&self, region: Region) -> Money {
        let shards = u64::from(self.shards);
        let standing = if self.on_demand {
            ON_DEMAND_HOUR
        } else {
            SHARD_HOUR.times(shards)
        };
        let kept = if self.retention_hours > FREE_RETENTION {
            RETENTION_HOUR.times(shards)
        } else {
            Money::ZERO
        };
        let pushed = CONSUMER_HOUR.times(shards).times(u64::from(self.consumers));
        here(standing + kept + pushed, region)
    }

    /// So many records of so many bytes, written once and read once by each registered consumer and one reader.
    pub fn load(&self, records: u64, bytes: u64, region: Region) -> Money {
        let written = if self.on_demand {
            let counted = records.saturating_mul(bytes.div_ceil(ON_DEMAND_STEP).max(1) * ON_DEMAND_STEP);
            ON_DEMAND_IN.per(GIGABYTE, counted) + ON_DEMAND_OUT.per(GIGABYTE, counted)
        } else {
            MILLION_PUTS.per(
                MILLION,
                records.saturating_mul(bytes.div_ceil(PAYLOAD_UNIT).max(1)),
            )
        };
        let pushed = CONSUMER_OUT.per(GIGABYTE, records.saturating_mul(bytes));
        here(written + pushed.times(u64::from(self.consumers)), region)
    }
}

/// What one command on things that cost by the request may cost at most, with all it looks at before and after.
pub fn command(region: Region) -> Money {
    let dearest = [
        MILLION_REQUESTS,
        MILLION_FIFO_REQUESTS,
        MILLION_PUBLISHES,
        MILLION_WRITES,
        MILLION_READS,
        MILLION_CHANGE_READS,
    ];
    let dearest = dearest.into_iter().max().unwrap_or_default();
    here(dearest.per(MILLION, REQUESTS_A_COMMAND), region)
}

/// What is allowed for the use of a queue, topic or table, which cost nothing while they stand.
pub fn planned_use(region: Region) -> Money {
    command(region).times(COMMANDS_PLANNED)
}

fn here(in_virginia: Money, region: Region) -> Money {
    if region == Region::UsEast1 {
        in_virginia
    } else {
        in_virginia.per(100, ELSEWHERE)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HERE: Region = Region::UsEast1;

    fn a_day(stream: Stream) -> String {
        stream.an_hour(HERE).times(24).to_string()
    }

    #[test]
    fn what_a_stream_costs_in_a_day() {
        let with = |shards, retention_hours, consumers| Stream {
            retention_hours,
            consumers,
            ..Stream::new(shards, false)
        };
        for (stream, cost) in [
            (Stream::new(1, false), "$0.36"),
            (Stream::new(50, false), "$18.00"),
            (Stream::new(0, true), "$0.96"),
            (with(2, 25, 0), "$1.83"),
            (with(2, 24, 1), "$1.44"),
            (with(2, 168, 2), "$3.27"),
        ] {
            assert_eq!(a_day(stream), cost, "{stream:?}");
        }
        assert_eq!(
            Stream::new(1, false).an_hour(Region::ApSoutheast2),
            Money::micros(22_500)
        );
    }

    #[test]
    fn what_a_load_costs() {
        let (provisioned, on_demand) = (Stream::new(2, false), Stream::new(0, true));
        // A million payload units.
        assert_eq!(provisioned.load(1_000_000, 60, HERE), MILLION_PUTS);
        assert_eq!(provisioned.load(500_000, PAYLOAD_UNIT + 1, HERE), MILLION_PUTS);
        // A record of 60 bytes is counted as 1,024, in and out: 1.024 GB each way.
        assert_eq!(
            on_demand.load(1_000_000, 60, HERE),
            Money::micros(81_920 + 40_960)
        );
        let fan_out = Stream {
            consumers: 2,
            ..provisioned
        };
        assert_eq!(
            fan_out.load(1_000_000, 1_000, HERE),
            MILLION_PUTS + CONSUMER_OUT.times(2)
        );
        assert_eq!(provisioned.load(1, 1, HERE), Money::micros(1), "rounded up");
    }

    #[test]
    fn a_command_covers_a_hundred_requests_of_any_kind() {
        assert_eq!(command(HERE), Money::micros(63));
        for price in [
            MILLION_REQUESTS,
            MILLION_FIFO_REQUESTS,
            MILLION_PUBLISHES,
            MILLION_WRITES,
            MILLION_READS,
            MILLION_CHANGE_READS,
        ] {
            assert!(command(HERE) >= price.per(MILLION, 100), "{price}");
        }
        assert_eq!(planned_use(HERE).to_string(), "less than $0.01");
    }

    proptest! {
        #[test]
        fn more_of_anything_never_costs_less(shards in 1..50_u32, consumers in 0..20_u32, hours in 24..200_u32, on_demand: bool) {
            let stream = Stream { shards, consumers, retention_hours: hours, on_demand };
            for region in Region::ALL {
                let price = stream.an_hour(region);
                for more in [
                    Stream { shards: shards + 1, ..stream },
                    Stream { consumers: consumers + 1, ..stream },
                    Stream { retention_hours: hours + 1, ..stream },
                ] {
                    prop_assert!(more.an_hour(region) >= price);
                    prop_assert!(more.load(1_000, 2_000, region) >= stream.load(1_000, 2_000, region));
                }
                prop_assert!(price >= stream.an_hour(HERE));
            }
        }
    }
}
