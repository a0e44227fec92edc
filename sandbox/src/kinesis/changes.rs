//! Changes to streams that are accepted now and take effect later, and what the engine leaves out of them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use ferrokinesis::actions::Operation;
use ferrokinesis::store::Store;
use ferrokinesis::types::{Shard, Stream, StreamMode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

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

/// What `CreateStream` is asked for and ferrokinesis leaves out.
pub struct Extras {
    on_demand: bool,
    tags: BTreeMap<String, String>,
}

impl Extras {
    pub fn of(body: &Value) -> Self {
        let tags = body["Tags"].as_object().into_iter().flatten();
        Self {
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
                Ok(())
            })
            .await?;
        Ok(())
    }
}
