//! A stream as a picture: its data brought into the shape the `pictures` crate draws, off the async threads.

use std::collections::BTreeMap;

use discord::{Failure, Picture};
use pictures::{Arc, Key, KeyRing, LagChart, LagLook, Landing, Shard, ShardMap};
use sandbox::ring::HashKey;
use sandbox::streams::{Entry, Many, Put, Stream};

use super::watch::{Seen, Watch};

/// What a shard map shows besides the shards.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// Where a key's record landed.
    pub landed: Option<(String, Put)>,
    /// How many records shards hold.
    pub records: BTreeMap<String, u64>,
    /// How hard they are written to; 1.0 is all they take.
    pub load: BTreeMap<String, f64>,
    /// How far the reader is behind in each, in ms.
    pub age_ms: BTreeMap<String, u64>,
}

/// The shard map of a stream.
pub async fn shard_map(stream: &Stream, marks: &Marks) -> Result<Picture, Failure> {
    let map = ShardMap {
        stream: stream.name.clone(),
        shards: stream.shards.iter().map(|shard| of_shard(shard, marks)).collect(),
        landing: marks.landed.as_ref().map(|(key, put)| Landing {
            key: key.clone(),
            hash: put.hash.0,
            shard: put.shard.clone(),
        }),
    };
    draw("shard-map.png", move || pictures::shard_map(&map)).await
}

/// Which keys of a load fell where.
pub async fn key_ring(stream: &Stream, records: &[Entry], many: &Many) -> Result<Picture, Failure> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (record, _) in records
        .iter()
        .zip(&many.placed)
        .filter(|(_, shard)| shard.is_some())
    {
        *counts.entry(&record.key).or_default() += 1;
    }
    let mut keys: Vec<Key> = counts
        .into_iter()
        .map(|(key, records)| Key {
            key: key.to_owned(),
            hash: HashKey::of(key).0,
            records,
        })
        .collect();
    keys.sort_by(|one, other| {
        other
            .records
            .cmp(&one.records)
            .then_with(|| one.key.cmp(&other.key))
    });
    let ring = KeyRing {
        stream: stream.name.clone(),
        shards: stream
            .open_shards()
            .map(|shard| Arc {
                shard: shard.id.clone(),
                start: *shard.hashes.start(),
                end: *shard.hashes.end(),
            })
            .collect(),
        keys,
    };
    draw("key-ring.png", move || pictures::key_ring(&ring)).await
}

/// A watched lag.
pub async fn lag(watch: &Watch) -> Result<Picture, Failure> {
    let look = |seen: &Seen| LagLook {
        at_ms: seen.at_ms,
        waiting: seen.waiting,
        age_ms: seen.age_ms,
    };
    let chart = LagChart {
        stream: watch.stream.clone(),
        reader: "whoever polls".to_owned(),
        looks: watch.looks.iter().map(look).collect(),
        seconds: watch.seconds(),
    };
    draw("lag.png", move || pictures::lag(&chart)).await
}

async fn draw(
    name: &str,
    drawing: impl FnOnce() -> Result<pictures::Picture, pictures::PictureError> + Send + 'static,
) -> Result<Picture, Failure> {
    let picture = tokio::task::spawn_blocking(drawing).await??;
    Ok(Picture {
        name: name.to_owned(),
        png: picture.png,
        alt: picture.alt,
    })
}

fn of_shard(shard: &sandbox::streams::Shard, marks: &Marks) -> Shard {
    Shard {
        id: shard.id.clone(),
        parents: [&shard.parent, &shard.adjacent_parent]
            .into_iter()
            .flatten()
            .cloned()
            .collect(),
        start: *shard.hashes.start(),
        end: *shard.hashes.end(),
        open: shard.open,
        load: marks.load.get(&shard.id).copied(),
        records: marks.records.get(&shard.id).copied(),
        iterator_age_ms: marks.age_ms.get(&shard.id).copied(),
    }
}
