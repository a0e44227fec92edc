//! Changing a stream's shape: on-demand streams, splitting and merging shards, how long records are kept. Each waits
//! until the change has taken effect, so that what is shown afterwards is the new shape.

use aws_sdk_kinesis::types::{StreamMode, StreamModeDetails};

use super::{Shard, Status, Stream, StreamError, Streams, check_name};

/// The shortest and the longest retention, in hours.
pub const RETENTION_HOURS: std::ops::RangeInclusive<u32> = 24..=8_760;

/// What a split or merge made of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reshaped {
    /// The shards it closed, by id.
    pub closed: Vec<String>,
    /// The shards it opened, by id.
    pub opened: Vec<String>,
    /// The stream as it is now.
    pub stream: Stream,
}

impl Stream {
    /// The shard of this id or number (`0` is `shardId-000000000000`).
    pub fn shard(&self, asked: &str) -> Result<&Shard, StreamError> {
        let asked = asked.trim();
        let number = asked.parse::<u32>().ok();
        self.shards
            .iter()
            .find(|shard| shard.id == asked || (number.is_some() && shard.number() == number))
            .ok_or_else(|| StreamError::UnknownShard {
                shard: asked.to_owned(),
            })
    }

    /// The open shard of this id or number.
    fn open_shard(&self, asked: &str) -> Result<&Shard, StreamError> {
        match self.shard(asked)? {
            shard if shard.open => Ok(shard),
            shard => Err(StreamError::ShardClosed {
                shard: shard.id.clone(),
            }),
        }
    }

    /// The open shards that lie beside this one on the ring: those it can be merged with.
    pub fn neighbours(&self, shard: &Shard) -> Vec<&Shard> {
        let beside = |other: &&Shard| {
            other.hashes.end().checked_add(1) == Some(*shard.hashes.start())
                || shard.hashes.end().checked_add(1) == Some(*other.hashes.start())
        };
        self.open_shards().filter(beside).collect()
    }
}

impl Streams {
    /// Creates a stream that chooses its own number of shards, and waits until it is ACTIVE.
    pub async fn create_on_demand(&self, name: &str) -> Result<Stream, StreamError> {
        check_name(name)?;
        let mode = StreamModeDetails::builder()
            .stream_mode(StreamMode::OnDemand)
            .build()
            .map_err(|error| StreamError::other(error.to_string()))?;
        self.created(name, self.client.create_stream().stream_mode_details(mode))
            .await
    }

    /// Splits an open shard in two. `percent` is how much of its range the first of them takes, 1 to 99.
    pub async fn split(&self, name: &str, shard: &str, percent: u8) -> Result<Reshaped, StreamError> {
        let before = self.describe(name).await?;
        let shard = before.open_shard(shard)?;
        let place = split_place(shard, percent).ok_or_else(|| StreamError::TooNarrow {
            shard: shard.id.clone(),
        })?;
        self.shards_left(1).await?;
        self.client
            .split_shard()
            .stream_name(self.real(name))
            .shard_to_split(&shard.id)
            .new_starting_hash_key(place.to_string())
            .send()
            .await
            .map_err(|e| StreamError::from_sdk(name, &e))?;
        self.reshaped(&before).await
    }

    /// Merges two open shards that lie beside each other into one.
    pub async fn merge(&self, name: &str, one: &str, other: &str) -> Result<Reshaped, StreamError> {
        let before = self.describe(name).await?;
        let (one, other) = (before.open_shard(one)?, before.open_shard(other)?);
        let neighbours = before.neighbours(one);
        if !neighbours.contains(&other) {
            return Err(StreamError::NotAdjacent {
                shard: one.id.clone(),
                other: other.id.clone(),
                neighbours: neighbours.into_iter().map(|shard| shard.id.clone()).collect(),
            });
        }
        // Either order is the same merge; emulators know only the order of the ring.
        let (one, other) = if one.hashes.start() < other.hashes.start() {
            (one, other)
        } else {
            (other, one)
        };
        self.client
            .merge_shards()
            .stream_name(self.real(name))
            .shard_to_merge(&one.id)
            .adjacent_shard_to_merge(&other.id)
            .send()
            .await
            .map_err(|e| StreamError::from_sdk(name, &e))?;
        self.reshaped(&before).await
    }

    /// Sets how long records are kept, in hours; what it was before.
    pub async fn set_retention(&self, name: &str, hours: u32) -> Result<(u32, Stream), StreamError> {
        if !RETENTION_HOURS.contains(&hours) {
            return Err(StreamError::BadRetention { hours });
        }
        let before = self.describe(name).await?;
        let kept = before.retention_hours;
        let asked = hours as i32;
        let told = |error| StreamError::from_sdk(name, &error);
        match hours.cmp(&kept) {
            std::cmp::Ordering::Equal => return Ok((kept, before)),
            std::cmp::Ordering::Greater => {
                let call = self.client.increase_stream_retention_period();
                call.stream_name(self.real(name))
                    .retention_period_hours(asked)
                    .send()
                    .await
                    .map_err(told)?;
            }
            std::cmp::Ordering::Less => {
                let call = self.client.decrease_stream_retention_period();
                let sent = call
                    .stream_name(self.real(name))
                    .retention_period_hours(asked)
                    .send()
                    .await;
                sent.map_err(|error| StreamError::from_sdk(name, &error))?;
            }
        }
        Ok((kept, self.until_active(name).await?))
    }

    /// Waits until the stream is ACTIVE.
    pub(super) async fn until_active(&self, name: &str) -> Result<Stream, StreamError> {
        let mut waiting = self.terms.change.waiting();
        loop {
            // While many are changed at once, asking may be throttled; the change is on its way all the same.
            match self.patiently(|| self.describe(name)).await {
                Ok(stream) if stream.status == Status::Active => return Ok(stream),
                Ok(_) => {}
                // AWS may not know yet what it has just taken.
                Err(StreamError::NoSuchStream { .. }) if !self.terms.at_once => {}
                Err(error) => return Err(error),
            }
            if !waiting.again().await {
                return Err(StreamError::other("the stream did not become ACTIVE in time"));
            }
        }
    }

    async fn reshaped(&self, before: &Stream) -> Result<Reshaped, StreamError> {
        let stream = self.until_active(&before.name).await?;
        let was = |id: &str| before.shards.iter().find(|shard| shard.id == id);
        let (mut closed, mut opened) = (Vec::new(), Vec::new());
        for shard in &stream.shards {
            match was(&shard.id) {
                Some(known) if known.open && !shard.open => closed.push(shard.id.clone()),
                None => opened.push(shard.id.clone()),
                _ => {}
            }
        }
        Ok(Reshaped {
            closed,
            opened,
            stream,
        })
    }
}

/// The first hash key of the second half, where each half would have more than one key; AWS wants that much.
fn split_place(of: &Shard, percent: u8) -> Option<u128> {
    let (start, end) = (*of.hashes.start(), *of.hashes.end());
    let width = end - start;
    // In two steps: the width times a hundred does not fit.
    let part = u128::from(percent.clamp(1, 99));
    let place = start + width / 100 * part + width % 100 * part / 100 + 1;
    (place > start + 1 && place < end).then_some(place)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shard(start: u128, end: u128) -> Shard {
        Shard {
            id: "shardId-000000000000".into(),
            hashes: start..=end,
            open: true,
            parent: None,
            adjacent_parent: None,
        }
    }

    #[test]
    fn a_split_in_the_middle_halves_the_ring() {
        assert_eq!(split_place(&shard(0, u128::MAX), 50), Some(1 << 127));
        assert_eq!(split_place(&shard(5, 8), 50), Some(7));
        assert_eq!(split_place(&shard(5, 6), 50), None, "two keys are too few");
    }

    proptest! {
        #[test]
        fn a_split_leaves_something_on_both_sides(start: u128, end: u128, percent in 1_u8..100) {
            prop_assume!(start < end);
            if let Some(place) = split_place(&shard(start, end), percent) {
                prop_assert!(place > start + 1 && place < end);
                let share = (place - start) as f64 / (end - start) as f64;
                prop_assert!(end - start < 10_000 || (share - f64::from(percent) / 100.0).abs() < 0.001);
            }
        }
    }
}
