//! Draws a sample of every picture, to look at: `cargo run -p pictures --example samples -- DIR`.

use std::path::Path;
use std::{env, fs};

use pictures::{
    Arc, Key, KeyRing, LagChart, LagLook, Landing, Latencies, Leaderboard, LoadChart, LoadSecond, Picture,
    ProgressMap, Shard, ShardMap, Stage, Standing, Tile, TileState, Window, WindowChart, key_ring, lag,
    leaderboard, load, progress, shard_map, window_chart,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = env::args().nth(1).ok_or("say which folder the pictures go to")?;
    fs::create_dir_all(&dir)?;
    let dir = Path::new(&dir);
    save(
        dir,
        "shard-map-put",
        &shard_map(&put(2, "user-1", 0x93ab_41c2 << 96))?,
    )?;
    save(
        dir,
        "shard-map-four",
        &shard_map(&put(
            4,
            "sensor/🌡/kitchen-with-a-very-long-name-that-goes-on",
            0x8f << 112,
        ))?,
    )?;
    save(dir, "shard-map-edge", &shard_map(&put(1, "k", u128::MAX - 9))?)?;
    save(
        dir,
        "shard-map-fifty",
        &shard_map(&put(50, "order-4711", 0x1234_5678 << 96))?,
    )?;
    save(dir, "shard-map-tree", &shard_map(&tree(true))?)?;
    save(dir, "shard-map-records", &shard_map(&tree(false))?)?;
    save(dir, "shard-map-deep", &shard_map(&deep())?)?;
    let empty = ShardMap {
        stream: "new".into(),
        shards: vec![],
        landing: None,
    };
    save(dir, "shard-map-empty", &shard_map(&empty)?)?;
    save(dir, "key-ring", &key_ring(&ring(4, 9))?)?;
    save(dir, "key-ring-crowded", &key_ring(&ring(12, 60))?)?;
    save(dir, "key-ring-one", &key_ring(&ring(1, 1))?)?;
    save(dir, "lag", &lag(&growing_and_falling(90))?)?;
    save(dir, "lag-begun", &lag(&growing_and_falling(4))?)?;
    save(dir, "load-hot-key", &load(&hot_key())?)?;
    save(dir, "leaderboard", &leaderboard(&board())?)?;
    save(dir, "progress", &progress(&course())?)?;
    save(dir, "windows", &window_chart(&windows(&[None], 9))?)?;
    save(
        dir,
        "windows-groups",
        &window_chart(&windows(&[Some("ana"), Some("ben"), Some("chloe")], 6))?,
    )?;
    save(dir, "windows-many", &window_chart(&windows(&[None], 40))?)?;
    Ok(())
}

fn save(dir: &Path, name: &str, picture: &Picture) -> std::io::Result<()> {
    println!("{name}: {}×{}\n  {}", picture.width, picture.height, picture.alt);
    fs::write(dir.join(format!("{name}.png")), &picture.png)
}

fn windows(groups: &[Option<&str>], minutes: i64) -> WindowChart {
    let window = |minute: i64, at: usize, group: Option<&str>| Window {
        start_ms: 1_795_424_400_000 + minute * 60_000,
        group: group.map(str::to_owned),
        value: ((minute * 37 + at as i64 * 11) % 23 + 1) as f64,
    };
    let all = (0..minutes).flat_map(|minute| {
        groups
            .iter()
            .enumerate()
            .map(move |(at, group)| window(minute, at, *group))
    });
    WindowChart {
        value: "orders".into(),
        windows: all.collect(),
    }
}

fn shard(id: u32, parents: &[u32], from: f64, to: f64) -> Shard {
    let at = |share: f64| {
        if share >= 1.0 {
            u128::MAX
        } else {
            (share * 2f64.powi(64)) as u128 * (1 << 64)
        }
    };
    Shard {
        id: format!("shardId-{id:012}"),
        parents: parents.iter().map(|id| format!("shardId-{id:012}")).collect(),
        start: at(from),
        end: if to >= 1.0 { u128::MAX } else { at(to) - 1 },
        open: true,
        load: None,
        records: Some(u64::from(id * 37 % 11) * 3),
        iterator_age_ms: None,
    }
}

fn put(shards: u32, key: &str, hash: u128) -> ShardMap {
    let n = f64::from(shards);
    let shards: Vec<_> = (0..shards)
        .map(|i| shard(i, &[], f64::from(i) / n, f64::from(i + 1) / n))
        .collect();
    let landed = shards
        .iter()
        .find(|shard| shard.start <= hash && hash <= shard.end);
    let shard = landed.map(|shard| shard.id.clone()).unwrap_or_default();
    ShardMap {
        stream: "orders".into(),
        shards,
        landing: Some(Landing {
            key: key.into(),
            hash,
            shard,
        }),
    }
}

fn tree(loaded: bool) -> ShardMap {
    let mut shards = vec![
        shard(0, &[], 0.0, 0.5),
        shard(1, &[], 0.5, 1.0),
        shard(2, &[0], 0.0, 0.25),
        shard(3, &[0], 0.25, 0.5),
        shard(4, &[1], 0.5, 0.75),
        shard(5, &[1], 0.75, 1.0),
        shard(6, &[3], 0.25, 0.375),
        shard(7, &[3, 4], 0.375, 0.75),
    ];
    let loads = [(2, 0.42), (5, 0.67), (6, 1.08), (7, 0.55)];
    for (at, shard) in shards.iter_mut().enumerate() {
        let load = loads.iter().find(|(id, _)| *id == at);
        shard.open = load.is_some();
        shard.load = load.map(|(_, load)| *load).filter(|_| loaded);
        shard.records = Some(at as u64 * 1_204);
        shard.iterator_age_ms = Some(at as u64 * 1_700).filter(|_| loaded);
    }
    let hash = 0x4321_0000 << 96;
    let landing = Landing {
        key: "user-7".into(),
        hash,
        shard: "shardId-000000000006".into(),
    };
    ShardMap {
        stream: "clickstream".into(),
        shards,
        landing: Some(landing).filter(|_| !loaded),
    }
}

fn deep() -> ShardMap {
    let mut shards = vec![shard(0, &[], 0.0, 1.0)];
    let mut from = 0.0;
    for step in 0..10_u32 {
        let middle = f64::midpoint(from, 1.0);
        let parent = if step == 0 { 0 } else { step * 2 };
        if let Some(last) = shards.last_mut() {
            last.open = false;
        }
        shards.push(shard(step * 2 + 1, &[parent], from, middle));
        shards.push(shard(step * 2 + 2, &[parent], middle, 1.0));
        from = middle;
    }
    ShardMap {
        stream: "a-stream-with-a-long-history".into(),
        shards,
        landing: None,
    }
}

fn board() -> Leaderboard {
    let rows = [
        (1, "ana", 1_230, false),
        (2, "Zoë Ødegård", 985, false),
        (2, "chloe <script>&", 985, false),
        (4, "a name that is much too long for its row", 410, false),
        (5, "王小明", 88, false),
        (37, "ben", 15, true),
    ];
    let standing = |(rank, name, points, own): (u64, &str, u64, bool)| Standing {
        rank,
        name: name.into(),
        points,
        own,
    };
    Leaderboard {
        title: "Demo".into(),
        window: "This week, since Monday 16 November".into(),
        standings: rows.into_iter().map(standing).collect(),
    }
}

fn course() -> ProgressMap {
    use TileState::{Complete, Draft, Locked, Open, Provisional, Read};
    let stage = |title: &str, tiles: &[(&str, &str, TileState)]| Stage {
        title: title.into(),
        modules: tiles
            .iter()
            .map(|&(id, title, state)| Tile {
                id: id.into(),
                title: title.into(),
                state,
            })
            .collect(),
    };
    ProgressMap {
        member: "ana".into(),
        course: "Streams in fifteen modules · Full coverage".into(),
        stages: vec![
            stage(
                "Foundation",
                &[
                    ("M1", "What are streams?", Complete),
                    ("M2", "Producers and consumers", Complete),
                ],
            ),
            stage(
                "Messaging basics",
                &[
                    ("M3", "Backpressure and durability", Provisional),
                    ("M4", "Direct messaging", Read),
                    ("M5", "Message brokers", Open),
                ],
            ),
            stage(
                "Partitioned logs",
                &[
                    ("M6", "Partitioned logs", Locked),
                    ("M7", "Partitions and ordering", Locked),
                    ("M8", "Load balancing vs fan-out", Draft),
                ],
            ),
        ],
    }
}

fn ring(shards: u32, keys: u32) -> KeyRing {
    let arc = |i: u32| {
        shard(
            i,
            &[],
            f64::from(i) / f64::from(shards),
            f64::from(i + 1) / f64::from(shards),
        )
    };
    KeyRing {
        stream: "orders".into(),
        shards: (0..shards)
            .map(arc)
            .map(|shard| Arc {
                shard: shard.id,
                start: shard.start,
                end: shard.end,
            })
            .collect(),
        keys: (0..keys)
            .map(|n| Key {
                key: if n == 3 {
                    "sensor/🌡/kitchen-with-a-very-long-name".into()
                } else {
                    format!("user-{n}")
                },
                // A stride that spreads well, as MD5 does.
                hash: u128::from(n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
                records: u64::from(700 / (n + 1)),
            })
            .collect(),
    }
}

fn growing_and_falling(seconds: u64) -> LagChart {
    let look = |at: u64| LagLook {
        at_ms: at * 1_000,
        waiting: if at < 40 {
            at * at / 2
        } else {
            800_u64.saturating_sub((at - 40) * 25)
        },
        age_ms: if at < 44 {
            at * 600
        } else {
            26_400_u64.saturating_sub((at - 44) * 900)
        },
    };
    LagChart {
        stream: "clickstream".into(),
        reader: "your reading position".into(),
        looks: (0..=seconds).step_by(3).map(look).collect(),
        seconds: 90,
    }
}

fn hot_key() -> LoadChart {
    let second = |at: u64| LoadSecond {
        taken: 1_300 + at * 17 % 90,
        throttled: 600 + at * 31 % 120,
    };
    let bucket = |at: i32| {
        let middle = f64::from(at - 9) / 4.0;
        (0.4 * 1.25_f64.powi(at), (300.0 * (-middle * middle).exp()) as u64)
    };
    LoadChart {
        stream: "clickstream".into(),
        plan: "2,000 records a second, four of five with the key user-1".into(),
        seconds: (0..20).map(second).collect(),
        limit: 2_000,
        latencies: Latencies {
            buckets: (0..24).map(bucket).collect(),
            p50: 2.9,
            p95: 5.4,
            p99: 7.1,
        },
    }
}
