//! A stream as a picture: its data brought into the shape the `pictures` crate draws, off the async threads.

use discord::{Failure, Picture};
use pictures::{Landing, Shard, ShardMap};
use sandbox::streams::{Put, Stream};

/// The shard map of a stream, with where a put landed.
pub async fn shard_map(stream: &Stream, landed: Option<(&str, &Put)>) -> Result<Picture, Failure> {
    let map = ShardMap {
        stream: stream.name.clone(),
        shards: stream.shards.iter().map(shard).collect(),
        landing: landed.map(|(key, put)| Landing {
            key: key.to_owned(),
            hash: put.hash.0,
            shard: put.shard.clone(),
        }),
    };
    let picture = tokio::task::spawn_blocking(move || pictures::shard_map(&map)).await??;
    Ok(Picture {
        name: "shard-map.png".to_owned(),
        png: picture.png,
        alt: picture.alt,
    })
}

fn shard(shard: &sandbox::streams::Shard) -> Shard {
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
        load: None,
        records: None,
    }
}
