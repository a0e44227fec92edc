//! Parts with a budget of their own: drawing a picture, grading an explanation.

use std::time::Instant;

use pictures::{Landing, Leaderboard, Shard, ShardMap, Standing};
use quizzes::grade::{Sample, SampleKind, grade_sample};

use crate::leaderboards::quantile;
use crate::report::Report;

/// How parts are measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// How often each part is done
    #[arg(long, default_value_t = 50)]
    times: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { times: 50 }
    }
}

impl Options {
    /// The smallest that still does everything.
    pub fn tiny() -> Self {
        Self { times: 2 }
    }
}

pub fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let shards = measure(options, |turn| {
        pictures::shard_map(&stream(turn))?;
        Ok(())
    })?;
    tell(report, "shard map of 8 shards, drawn", shards);
    let board = measure(options, |turn| {
        pictures::leaderboard(&standings(turn))?;
        Ok(())
    })?;
    tell(report, "leaderboard of 10, drawn", board);
    let grading = measure(options, |_| {
        grade_sample(&explanation());
        Ok(())
    })?;
    tell(report, "explanation, graded", grading);
    Ok(())
}

fn measure(options: &Options, work: impl Fn(usize) -> anyhow::Result<()>) -> anyhow::Result<Vec<f64>> {
    let mut millis = Vec::with_capacity(options.times);
    for turn in 0..options.times {
        let begun = Instant::now();
        work(turn)?;
        millis.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(millis)
}

fn tell(report: &mut Report, what: &str, mut millis: Vec<f64>) {
    report.figure(&format!("{what}, p50"), quantile(&mut millis, 0.5), "ms");
    report.figure(&format!("{what}, p99"), quantile(&mut millis, 0.99), "ms");
}

/// A stream of eight shards with a key that is another each time.
fn stream(turn: usize) -> ShardMap {
    const EACH: u128 = u128::MAX / 8;
    let id = |n: u128| format!("shardId-{n:012}");
    let shard = |n: u128| Shard {
        id: id(n),
        parents: Vec::new(),
        start: n * EACH,
        end: (n + 1) * EACH - 1,
        open: true,
        load: None,
        records: Some(n as u64 * 10),
        iterator_age_ms: None,
    };
    ShardMap {
        stream: "orders".to_owned(),
        shards: (0..8).map(shard).collect(),
        landing: Some(Landing {
            key: format!("user-{turn}"),
            hash: EACH / 2,
            shard: id(0),
        }),
    }
}

fn standings(turn: usize) -> Leaderboard {
    let standing = |n: u64| Standing {
        rank: n + 1,
        name: format!("member-{n}"),
        points: 500 - n * 20 + turn as u64,
        own: n == 4,
    };
    Leaderboard {
        title: "Demo".to_owned(),
        window: "all time".to_owned(),
        standings: (0..10).map(standing).collect(),
    }
}

fn explanation() -> Sample {
    let text = str::to_owned;
    Sample {
        question: text("Why does a hot partition key limit a stream's throughput?"),
        reference: vec![text(
            "All records with one key go to the same shard, and a shard takes at most 1,000 records or 1 MiB a second; \
             adding shards does not help, because the key still maps to one of them.",
        )],
        answer: text(
            "Because the key is hashed and always ends up in the same shard. That shard has a fixed limit per second, so \
             even when you add more shards the traffic of that key stays where it is.",
        ),
        kind: SampleKind::Explain,
    }
}
