//! Interactions: throughput, latency, CPU, memory and start, of Tributary and of bare bots, in turns.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::FutureExt as _;
use serde_json::json;

use crate::contender::{Contender, Libraries};
use crate::device::Device;
use crate::load::{self, Outcome, Work};
use crate::process::Process;
use crate::report::{Report, Row, median};
use crate::seed;

/// How interactions are measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(flatten)]
    libraries: Libraries,
    /// How often each bot is measured, in turns; medians are told
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds of each load
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Interactions under way at once, for throughput
    #[arg(long, default_value_t = 32)]
    at_once: usize,
    /// Interactions a second, for latency
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// Members of the cohort
    #[arg(long, default_value_t = 1_000)]
    members: u64,
    /// The cores that bots run on, as taskset has them; the load then runs on the others
    #[arg(long)]
    cores: Option<String>,
}

impl Options {
    /// The smallest that still does everything.
    pub fn tiny(&mut self) {
        (self.rounds, self.seconds, self.members) = (1, 1, 50);
    }
}

/// Measures every bot that is installed.
pub async fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    for contender in Contender::ALL {
        if !contender.is_installed(&options.libraries) {
            report.note(format!("{} is not installed and was left out.", contender.name()));
        }
    }
    let installed: Vec<Contender> = Contender::ALL
        .into_iter()
        .filter(|contender| contender.is_installed(&options.libraries))
        .collect();
    let mut rounds: Vec<Vec<Row>> = vec![Vec::new(); installed.len()];
    for round in 0..options.rounds {
        for (turn, contender) in installed.iter().enumerate() {
            eprintln!("round {} of {}: {}", round + 1, options.rounds, contender.name());
            rounds[turn].push(measure(*contender, options).await?);
        }
    }
    let medians: Vec<Row> = rounds.iter().map(|rows| median(rows)).collect();
    for (contender, row) in installed.iter().zip(&medians) {
        report.row(contender.name(), row.clone());
    }
    if let [tributary, poise, ..] = medians.as_slice() {
        let ratio = tributary.get("leaderboard/s") / poise.get("leaderboard/s");
        report.figure("throughput of /leaderboard, Tributary to bare poise", ratio, "×");
    }
    Ok(())
}

async fn measure(contender: Contender, options: &Options) -> anyhow::Result<Row> {
    let folder = tempfile::tempdir()?;
    seed::cohort(&seed::url(folder.path()), options.members).await?;
    if contender == Contender::DiscordJs {
        seed::without_wal(&seed::url(folder.path())).await?;
    }
    let device = Device::start().await?;
    let started = Instant::now();
    let process = contender.start(
        &device,
        folder.path(),
        &options.libraries,
        options.cores.as_deref(),
    )?;
    let result = drive(contender, options, &device, &process, started).await;
    result.with_context(|| log_of(contender, folder.path()))
}

/// The end of a bot's log, for when it does not do what it should.
fn log_of(contender: Contender, folder: &Path) -> String {
    let log = std::fs::read_to_string(folder.join(format!("{}.log", contender.name()))).unwrap_or_default();
    // Some libraries print their whole source when they fall.
    let lines: Vec<String> = log.lines().map(|line| line.chars().take(200).collect()).collect();
    let end = lines.len().saturating_sub(15);
    format!(
        "{} could not be measured:\n{}",
        contender.name(),
        lines[end..].join("\n")
    )
}

async fn drive(
    contender: Contender,
    options: &Options,
    device: &Device,
    process: &Process,
    started: Instant,
) -> anyhow::Result<Row> {
    let how_long = Duration::from_secs(options.seconds);
    device.bot_is_ready("leaderboard").await?;
    device.slash(seed::FIRST_MEMBER, "leaderboard", json!([])).await?;
    let mut row = Row::default();
    row.put("start ms", started.elapsed().as_secs_f64() * 1_000.0);
    tokio::time::sleep(Duration::from_secs(1)).await;
    row.put("idle MiB", process.memory()?);
    row.put("its own, idle MiB", process.own_memory()?);

    let leaderboard = slash(device, "leaderboard", options.members);
    load::closed(&leaderboard, options.at_once, how_long / 4).await?;
    let before = process.cpu()?;
    let flat_out = load::closed(&leaderboard, options.at_once, how_long).await?;
    let cpu = process.cpu()?.saturating_sub(before);
    row.put("leaderboard/s", flat_out.per_second());
    row.put(
        "CPU µs each",
        cpu.as_secs_f64() * 1e6 / flat_out.answered.max(1) as f64,
    );
    let steady = load::open(&leaderboard, options.rate, how_long).await?;
    row.put("p50 ms", steady.millis(0.5));
    row.put("p99 ms", steady.millis(0.99));
    row.put("failed", (flat_out.failed + steady.failed) as f64);
    if contender == Contender::Tributary {
        more(options, device, &mut row, how_long).await?;
    }
    row.put("after MiB", process.memory()?);
    Ok(row)
}

/// What only Tributary does: another read, a write, and a picture.
async fn more(options: &Options, device: &Device, row: &mut Row, how_long: Duration) -> anyhow::Result<()> {
    let progress = slash(device, "progress", options.members);
    let reads = load::open(&progress, options.rate, how_long).await?;
    row.put("progress p99 ms", reads.millis(0.99));

    let writes = load::open(&done(device, options.members), options.rate, how_long).await?;
    row.put("write p50 ms", writes.millis(0.5));
    row.put("write p99 ms", writes.millis(0.99));

    let member = seed::FIRST_MEMBER;
    let option = |name: &str, value: &str| json!({ "name": name, "type": 3, "value": value });
    let create = json!([{ "name": "create", "type": 1, "options": [
        option("name", "orders"), { "name": "shards", "type": 4, "value": 4 },
    ] }]);
    device.slash(member, "stream", create).await?;
    let drawn = Arc::new(AtomicU64::new(0));
    let pictures: Work = {
        let (device, drawn) = (device.clone(), Arc::clone(&drawn));
        Arc::new(move |_| {
            let (device, n) = (device.clone(), drawn.fetch_add(1, Ordering::Relaxed));
            let key = format!("user-{n}");
            async move {
                let put = json!([{ "name": "put", "type": 1, "options": [
                    option("name", "orders"), option("key", &key), option("data", "hello"),
                ] }]);
                device.slash(member, "stream", put).await
            }
            .boxed()
        })
    };
    // Ten pictures a second, while others read at half the rate: drawing must not hold up reading.
    let reading = slash(device, "leaderboard", options.members);
    let (pictures, beside) = tokio::join!(
        load::open(&pictures, 10, how_long),
        load::open(&reading, options.rate / 2, how_long)
    );
    let (pictures, beside): (Outcome, Outcome) = (pictures?, beside?);
    row.put("picture p50 ms", pictures.millis(0.5));
    row.put("picture p99 ms", pictures.millis(0.99));
    row.put(
        "picture acknowledged p99 ms",
        pictures.acknowledged.value_at_quantile(0.99) as f64 / 1_000.0,
    );
    row.put("read p99 ms while drawing", beside.millis(0.99));
    row.put(
        "failed",
        row.get("failed") + (reads.failed + writes.failed + pictures.failed + beside.failed) as f64,
    );
    Ok(())
}

/// A command without options, each time by another member.
fn slash(device: &Device, command: &'static str, members: u64) -> Work {
    let device = device.clone();
    Arc::new(move |number| {
        let (device, member) = (device.clone(), seed::FIRST_MEMBER + number % members);
        async move { device.slash(member, command, json!([])).await }.boxed()
    })
}

/// The first lesson marked as read, each time by another member: an event, its views, a commit to the disk. Once all have
/// done so, they take it back, and so on.
fn done(device: &Device, members: u64) -> Work {
    let device = device.clone();
    Arc::new(move |number| {
        let member = seed::FIRST_MEMBER + number % members;
        let verb = if (number / members).is_multiple_of(2) {
            "done"
        } else {
            "undo"
        };
        let module = json!({ "name": "module", "type": 3, "value": "M1" });
        let options = json!([{ "name": verb, "type": 1, "options": [module] }]);
        let device = device.clone();
        async move { device.slash(member, "lesson", options).await }.boxed()
    })
}
