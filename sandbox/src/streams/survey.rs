//! Looking over a stream without moving a reader: how much lies in each shard after a place, how old it is, and how
//! fast it came. It reads the records, as any consumer would, so that it works on every provider.

use aws_sdk_kinesis::types::ShardIteratorType;

use super::{Position, Shard, Stream, StreamError, Streams};

/// The most records read in one survey; a shard reached after that is not counted to its end.
const MOST: usize = 20_000;
const PAGE: usize = 10_000;
/// The most shards of a survey: each costs two calls of the member's allowance.
const MOST_SHARDS: usize = 24;
/// Marks a look: who reads how far is told by real reads alone.
pub(crate) const LOOK: &str = "x-tributary-look";
/// How far back the busiest second is looked for.
const RECENT_MS: i64 = 60_000;
/// What a shard takes in a second.
const RECORDS_A_SECOND: f64 = 1_000.0;
const BYTES_A_SECOND: f64 = 1_048_576.0;

/// What lies in a shard after a place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Held {
    /// The shard's id.
    pub shard: String,
    /// How many records.
    pub records: u64,
    /// Their data and keys, in bytes.
    pub bytes: u64,
    /// Whether there are more than were counted.
    pub more: bool,
    /// When the first of them arrived, Unix milliseconds.
    pub oldest_at: Option<i64>,
    /// The busiest second of the last minute, as a share of what a shard takes: 1.0 is 1,000 records or 1 MiB.
    pub load: f64,
}

impl Held {
    /// How long the first of them has waited at `now` (Unix milliseconds): the reader's lag. 0 where nothing waits.
    pub fn age_ms(&self, now: i64) -> u64 {
        self.oldest_at
            .map_or(0, |at| now.saturating_sub(at).max(0) as u64)
    }
}

impl Streams {
    /// What lies after a position, shard by shard in the stream's order; all of it where the position is empty. `None`
    /// where the stream has too many shards to look through.
    pub async fn survey(
        &self,
        stream: &Stream,
        after: &Position,
        now: i64,
    ) -> Result<Option<Vec<Held>>, StreamError> {
        if stream.shards.len() > MOST_SHARDS {
            return Ok(None);
        }
        let mut room = MOST;
        let mut all = Vec::with_capacity(stream.shards.len());
        for shard in &stream.shards {
            let held = self
                .held(stream, shard, after.after(&shard.id), room, now)
                .await?;
            room = room.saturating_sub(held.records as usize);
            all.push(held);
        }
        Ok(Some(all))
    }

    async fn held(
        &self,
        stream: &Stream,
        shard: &Shard,
        after: Option<&str>,
        room: usize,
        now: i64,
    ) -> Result<Held, StreamError> {
        let mut counting = Counting::new(shard, now);
        let start = after.map(|sequence| (ShardIteratorType::AfterSequenceNumber, sequence.to_owned()));
        let mut iterator = Some(
            self.iterator(&stream.name, shard, start.map(super::read::Start::Number))
                .await?,
        );
        // At least one page, so that a lag is never shown as none.
        let mut left = room.max(1);
        while let Some(current) = iterator {
            let wanted = left.min(PAGE);
            let request = self
                .client
                .get_records()
                .shard_iterator(current)
                .limit(wanted as i32);
            let page = self
                .patiently(|| {
                    let looking = request.clone().customize().mutate_request(|request| {
                        request.headers_mut().insert(LOOK, "true");
                    });
                    async {
                        looking
                            .send()
                            .await
                            .map_err(|e| StreamError::from_sdk(&stream.name, &e))
                    }
                })
                .await?;
            let count = page.records.len();
            for record in &page.records {
                counting.take(record);
            }
            left -= count.min(left);
            let behind = page.millis_behind_latest.unwrap_or_default() > 0;
            if left == 0 {
                counting.held.more = behind;
                break;
            }
            iterator = page.next_shard_iterator.filter(|_| count >= wanted || behind);
        }
        Ok(counting.done())
    }
}

/// A count under way.
struct Counting {
    held: Held,
    since: i64,
    /// The second being counted, with its records and bytes. Records come in the order they arrived in.
    second: (i64, f64, f64),
}

impl Counting {
    fn new(shard: &Shard, now: i64) -> Self {
        Self {
            held: Held {
                shard: shard.id.clone(),
                records: 0,
                bytes: 0,
                more: false,
                oldest_at: None,
                load: 0.0,
            },
            since: now - RECENT_MS,
            second: (i64::MIN, 0.0, 0.0),
        }
    }

    fn take(&mut self, record: &aws_sdk_kinesis::types::Record) {
        let key = record.partition_key.as_deref().unwrap_or_default();
        let bytes = (record.data.as_ref().len() + key.len()) as u64;
        let at = record
            .approximate_arrival_timestamp
            .and_then(|at| at.to_millis().ok());
        self.count(at, bytes);
    }

    fn count(&mut self, at: Option<i64>, bytes: u64) {
        self.held.records += 1;
        self.held.bytes += bytes;
        let Some(at) = at else { return };
        if self.held.oldest_at.is_none() {
            self.held.oldest_at = Some(at);
        }
        if at < self.since {
            return;
        }
        if self.second.0 != at.div_euclid(1_000) {
            self.close_second();
            self.second = (at.div_euclid(1_000), 0.0, 0.0);
        }
        self.second.1 += 1.0;
        self.second.2 += bytes as f64;
    }

    fn close_second(&mut self) {
        let (_, records, bytes) = self.second;
        let load = (records / RECORDS_A_SECOND).max(bytes / BYTES_A_SECOND);
        // A shard never takes more; what counts its second from another moment on may let a little more into ours.
        self.held.load = self.held.load.max(load.min(1.0));
    }

    fn done(mut self) -> Held {
        self.close_second();
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_load_is_the_busiest_second_of_the_last_minute() {
        let shard = Shard {
            id: "shardId-000000000000".into(),
            hashes: 0..=u128::MAX,
            open: true,
            parent: None,
            adjacent_parent: None,
        };
        let mut counting = Counting::new(&shard, 100_000);
        for _ in 0..900 {
            counting.count(Some(39_000), 10);
        }
        for at in [50_000, 50_100, 50_999, 51_000] {
            counting.count(Some(at), 100);
        }
        counting.count(Some(60_000), 524_288);
        let held = counting.done();
        assert_eq!((held.records, held.oldest_at), (905, Some(39_000)));
        assert!((held.load - 0.5).abs() < 1e-9, "{}", held.load);
        assert_eq!((held.age_ms(40_500), held.age_ms(0)), (1_500, 0));
    }
}
