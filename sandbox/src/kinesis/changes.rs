//! Changes to streams that are accepted now and take effect later, and what the engine leaves out of them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use ferrokinesis::actions::Operation;
use ferrokinesis::store::Store;
use ferrokinesis::types::{Shard, Stream, StreamMode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::control::Rare;
use crate::wire::Refusal;

/// A change that was accepted and has not taken effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    pub operation: String,
    pub stream: String,
    pub body: Value,
    /// Open shards it will add; counted against the quota meanwhile.
    pub shards: u32,
    /// How many shards the stream had when the change was asked for.
    pub known: usize,
    /// Those of them that were open.
    pub open: Vec<String>,
}

impl Pending {
    /// Names the parents of the shards that this change made. The engine does so for splits and merges, and
    /// forgets it when it changes the number of shards; readers need it to keep a key's records in order.
    ///
    /// AWS has room for two parents: the two that gave most.
    pub fn name_parents(&self, stream: &mut Stream) {
        if self.operation != Operation::UpdateShardCount.to_string() || stream.shards.len() <= self.known {
            return;
        }
        let (before, made) = stream.shards.split_at_mut(self.known);
        for shard in made {
            let mut parents: Vec<(u128, &Shard)> = before
                .iter()
                .filter(|parent| self.open.contains(&parent.shard_id))
                .filter_map(|parent| Some((shared_hashes(parent, shard)?, parent)))
                .collect();
            parents.sort_by_key(|(shared, _)| Reverse(*shared));
            parents.truncate(2);
            parents.sort_by_key(|(_, parent)| parent.hash_key_range.start_u128());
            let mut ids = parents.into_iter().map(|(_, parent)| parent.shard_id.clone());
            shard.parent_shard_id = ids.next();
            shard.adjacent_parent_shard_id = ids.next();
        }
    }
}

/// How many hash keys (less one) two shards have in common; `None` if none.
fn shared_hashes(a: &Shard, b: &Shard) -> Option<u128> {
    let start = a.hash_key_range.start_u128().max(b.hash_key_range.start_u128());
    let end = a.hash_key_range.end_u128().min(b.hash_key_range.end_u128());
    end.checked_sub(start)
}

/// Whether a shard takes records.
pub fn is_open(shard: &Shard) -> bool {
    shard.sequence_number_range.ending_sequence_number.is_none()
}

/// Whether a change takes effect only after a delay.
pub fn takes_effect_later(operation: Operation) -> bool {
    use Operation::{
        CreateStream, DeleteStream, MergeShards, SplitShard, StartStreamEncryption, StopStreamEncryption,
        UpdateShardCount,
    };
    matches!(
        operation,
        CreateStream
            | DeleteStream
            | MergeShards
            | SplitShard
            | StartStreamEncryption
            | StopStreamEncryption
            | UpdateShardCount
    )
}

/// When the changes that may be made only so often in a day were made, Unix milliseconds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RareChanges {
    scalings: BTreeMap<String, Vec<i64>>,
    mode_switches: BTreeMap<String, Vec<i64>>,
}

const DAY_MS: i64 = 24 * 3_600 * 1_000;

impl RareChanges {
    /// Whether another is allowed now.
    pub fn may(&self, kind: Rare, stream: &str, now: i64) -> bool {
        let made = match kind {
            Rare::Scaling => self.scalings.get(stream),
            Rare::ModeSwitch => self.mode_switches.get(stream),
        };
        let lately = made.into_iter().flatten().filter(|at| now - **at < DAY_MS);
        lately.count() < kind.most()
    }

    /// Remembers one.
    pub fn happened(&mut self, kind: Rare, stream: &str, now: i64) {
        let all = match kind {
            Rare::Scaling => &mut self.scalings,
            Rare::ModeSwitch => &mut self.mode_switches,
        };
        let made = all.entry(stream.to_owned()).or_default();
        made.retain(|at| now - *at < DAY_MS);
        made.push(now);
    }

    /// Forgets a stream that is gone.
    pub fn forget(&mut self, stream: &str) {
        self.scalings.remove(stream);
        self.mode_switches.remove(stream);
    }
}

/// What `CreateStream` is asked for and ferrokinesis leaves out.
pub struct Extras {
    on_demand: bool,
    tags: BTreeMap<String, String>,
    largest_kib: Option<u32>,
    warm_mibps: Option<u32>,
}

impl Extras {
    pub fn of(body: &Value) -> Self {
        let tags = body["Tags"].as_object().into_iter().flatten();
        let number = |field: &str| body[field].as_u64().map(|number| number as u32);
        Self {
            largest_kib: number("MaxRecordSizeInKiB"),
            warm_mibps: number("WarmThroughputMiBps"),
            on_demand: body["StreamModeDetails"]["StreamMode"] == "ON_DEMAND",
            tags: tags
                .filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned())))
                .collect(),
        }
    }

    pub async fn apply(self, store: &Store, stream: &str) -> Result<(), Refusal> {
        store
            .update_stream(stream, |stream| {
                if self.on_demand {
                    stream.stream_mode_details.stream_mode = StreamMode::OnDemand;
                }
                stream.tags = self.tags;
                stream.max_record_size_kib = self.largest_kib.unwrap_or(stream.max_record_size_kib);
                stream.warm_throughput_mibps = self.warm_mibps.unwrap_or(stream.warm_throughput_mibps);
                Ok(())
            })
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_scaled_ten_times_a_day() {
        let mut rare = RareChanges::default();
        for n in 0..10 {
            assert!(rare.may(Rare::Scaling, "orders", n));
            rare.happened(Rare::Scaling, "orders", n);
        }
        assert!(!rare.may(Rare::Scaling, "orders", 10));
        assert!(rare.may(Rare::Scaling, "clicks", 10));
        assert!(rare.may(Rare::ModeSwitch, "orders", 10));
        assert!(
            rare.may(Rare::Scaling, "orders", DAY_MS),
            "the first is a day ago"
        );
    }
}
