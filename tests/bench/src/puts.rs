//! Records into the embedded sandbox: through signatures, quotas and the journal, and beside them the bare emulator.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use sandbox::{DirectoryError, Quotas, Region, Sandbox, SandboxSettings, Tenant, TenantDirectory};
use tokio::task::JoinSet;

use crate::leaderboards::quantile;
use crate::report::Report;

/// How puts are measured.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Options {
    /// Seconds of each load
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Shards of the stream
    #[arg(long, default_value_t = 64)]
    shards: i32,
    /// Records of a batch
    #[arg(long, default_value_t = 500)]
    batch: usize,
    /// Batches under way at once
    #[arg(long, default_value_t = 8)]
    at_once: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seconds: 5,
            shards: 64,
            batch: 500,
            at_once: 8,
        }
    }
}

impl Options {
    /// More shards than their limits could hold anything up in.
    pub fn wide() -> Self {
        Self {
            shards: 256,
            ..Self::default()
        }
    }

    pub fn shards(&self) -> i32 {
        self.shards
    }

    /// The smallest that still does everything.
    pub fn tiny() -> Self {
        Self {
            seconds: 1,
            shards: 4,
            ..Self::default()
        }
    }
}

/// One tenant.
pub struct Only(pub Tenant);

impl TenantDirectory for Only {
    fn find<'a>(&'a self, access_key_id: &'a str) -> BoxFuture<'a, Result<Option<Tenant>, DirectoryError>> {
        let found = (self.0.access_key_id == access_key_id).then(|| self.0.clone());
        async move { Ok(found) }.boxed()
    }
}

pub async fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut settings = SandboxSettings::new(folder.path());
    settings.quotas = Quotas {
        shards: 256,
        requests_per_second: u32::MAX,
        bytes: u64::MAX,
        ..Quotas::default()
    };
    settings.bytes_in_all = u64::MAX;
    let tenant = Tenant::generate("bench");
    let sandbox = Sandbox::open(settings, Arc::new(Only(tenant.clone()))).await?;
    let kinesis = sandbox.kinesis(&tenant, Region::UsEast1);
    create(&kinesis, STREAM, options.shards).await?;
    // The batches leave no room in theirs.
    create(&kinesis, SINGLES, options.shards).await?;

    let (records, throttled, took) = batches(&kinesis, options).await?;
    report.figure(
        &format!(
            "PutRecords of {}, {} shards, limits on",
            options.batch, options.shards
        ),
        records as f64 / took.as_secs_f64(),
        "records/s",
    );
    report.figure("of them throttled and sent again", throttled as f64, "records");

    let mut singles = Vec::new();
    for n in 0..500 {
        let begun = Instant::now();
        let put = kinesis
            .put_record()
            .stream_name(SINGLES)
            .partition_key(format!("user-{n}"));
        put.data(Blob::new(DATA)).send().await?;
        singles.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    report.figure(
        "PutRecord, on the disk before it is answered, p50",
        quantile(&mut singles, 0.5),
        "ms",
    );
    report.figure(
        "PutRecord, on the disk before it is answered, p99",
        quantile(&mut singles, 0.99),
        "ms",
    );
    Ok(())
}

pub const STREAM: &str = "batches";
const SINGLES: &str = "singles";
/// A hundred bytes: a small event.
const DATA: &[u8] = &[b'x'; 100];

pub async fn create(kinesis: &Client, name: &str, shards: i32) -> anyhow::Result<()> {
    kinesis
        .create_stream()
        .stream_name(name)
        .shard_count(shards)
        .send()
        .await?;
    loop {
        let stream = kinesis.describe_stream_summary().stream_name(name).send().await?;
        let summary = stream.stream_description_summary();
        if summary.is_some_and(|s| s.stream_status().as_str() == "ACTIVE") {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Records taken, records refused by a shard's limit, and the time.
pub async fn batches(kinesis: &Client, options: &Options) -> anyhow::Result<(u64, u64, Duration)> {
    let begun = Instant::now();
    let how_long = Duration::from_secs(options.seconds);
    let mut workers = JoinSet::new();
    for worker in 0..options.at_once {
        let (kinesis, batch) = (kinesis.clone(), options.batch);
        workers.spawn(async move {
            let (mut taken, mut throttled, mut n) = (0_u64, 0_u64, worker * 1_000_000);
            while begun.elapsed() < how_long {
                let mut records = Vec::with_capacity(batch);
                for _ in 0..batch {
                    n += 1;
                    let entry = PutRecordsRequestEntry::builder().partition_key(format!("user-{n}"));
                    records.push(entry.data(Blob::new(DATA)).build()?);
                }
                let put = kinesis
                    .put_records()
                    .stream_name(STREAM)
                    .set_records(Some(records));
                let failed = u64::try_from(put.send().await?.failed_record_count().unwrap_or_default())?;
                throttled += failed;
                taken += batch as u64 - failed;
            }
            anyhow::Ok((taken, throttled))
        });
    }
    let (mut taken, mut throttled) = (0, 0);
    while let Some(worker) = workers.join_next().await {
        let (t, f) = worker??;
        taken += t;
        throttled += f;
    }
    Ok((taken, throttled, begun.elapsed()))
}
