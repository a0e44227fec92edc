//! Many members' sandboxes at once: what a tenant costs in memory, idle and busy, how a thousand fare together, and how
//! many messages go through queues.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use sandbox::{DirectoryError, Quotas, Region, Sandbox, SandboxSettings, Tenant, TenantDirectory};
use tokio::task::JoinSet;

use crate::leaderboards::quantile;
use crate::report::Report;

/// How many members, and how long queues are measured.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Options {
    /// Members at once
    #[arg(long, default_value_t = 1_000)]
    members: usize,
    /// Seconds of messages
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            members: 1_000,
            seconds: 5,
        }
    }
}

impl Options {
    /// The smallest that still does everything.
    pub fn tiny() -> Self {
        Self {
            members: 20,
            seconds: 1,
        }
    }
}

/// Tenants by their keys.
struct Members(HashMap<String, Tenant>);

impl TenantDirectory for Members {
    fn find<'a>(&'a self, access_key_id: &'a str) -> BoxFuture<'a, Result<Option<Tenant>, DirectoryError>> {
        let found = self.0.get(access_key_id).cloned();
        async move { Ok(found) }.boxed()
    }
}

const HERE: Region = Region::UsEast1;
const STREAM: &str = "bench";
/// A busy tenant's records: a thousand of a hundred bytes.
const BATCHES: usize = 10;
const BATCH: usize = 100;

pub async fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let members: Vec<Tenant> = (0..options.members)
        .map(|n| Tenant::generate(n.to_string()))
        .collect();
    let mut settings = SandboxSettings::new(folder.path());
    settings.most_loaded = options.members + 1;
    settings.quotas = Quotas {
        requests_per_second: u32::MAX,
        bytes: u64::MAX,
        ..Quotas::default()
    };
    let by_key = members
        .iter()
        .map(|t| (t.access_key_id.clone(), t.clone()))
        .collect();
    let sandbox = Sandbox::open(settings, Arc::new(Members(by_key))).await?;

    let before = memory()?;
    let begun = Instant::now();
    all(&members, |tenant| create(sandbox.clone(), tenant)).await?;
    let made = begun.elapsed();
    let idle = memory()?;
    let begun = Instant::now();
    let mut latencies = all(&members, |tenant| fill(sandbox.clone(), tenant)).await?;
    let filled = begun.elapsed();
    let busy = memory()?;
    let count = options.members as f64;
    let each = |from: f64, to: f64| (to - from) * 1_024.0 / count;
    report.figure(
        "memory of a tenant with a stream of 2 shards and no records",
        each(before, idle),
        "KiB",
    );
    report.figure(
        "memory for 1,000 records of 100 bytes more",
        each(idle, busy),
        "KiB",
    );
    report.figure(
        &format!("{count} members create a stream at once, all done"),
        made.as_secs_f64(),
        "s",
    );
    let records = count * (BATCHES * BATCH) as f64;
    report.figure(
        &format!("{count} members put at once"),
        records / filled.as_secs_f64(),
        "records/s",
    );
    report.figure("a batch among them, p50", quantile(&mut latencies, 0.5), "ms");
    report.figure("a batch among them, p99", quantile(&mut latencies, 0.99), "ms");
    queues(
        &sandbox,
        &members[..members.len().min(8)],
        options.seconds,
        report,
    )
    .await
}

/// Does something for all members at once; what it measured.
async fn all<F>(members: &[Tenant], what: impl Fn(Tenant) -> F) -> anyhow::Result<Vec<f64>>
where
    F: Future<Output = anyhow::Result<Vec<f64>>> + Send + 'static,
{
    let mut work = JoinSet::new();
    for tenant in members {
        work.spawn(what(tenant.clone()));
    }
    let mut measured = Vec::new();
    while let Some(done) = work.join_next().await {
        measured.extend(done??);
    }
    Ok(measured)
}

async fn create(sandbox: Sandbox, tenant: Tenant) -> anyhow::Result<Vec<f64>> {
    sandbox.streams(&tenant, HERE).create(STREAM, 2).await?;
    Ok(Vec::new())
}

async fn fill(sandbox: Sandbox, tenant: Tenant) -> anyhow::Result<Vec<f64>> {
    let kinesis = sandbox.kinesis(&tenant, HERE);
    let mut took = Vec::new();
    for batch in 0..BATCHES {
        let mut records = Vec::with_capacity(BATCH);
        for n in 0..BATCH {
            let entry = PutRecordsRequestEntry::builder().partition_key(format!("user-{batch}-{n}"));
            records.push(entry.data(Blob::new([b'x'; 100])).build()?);
        }
        let begun = Instant::now();
        let put = kinesis
            .put_records()
            .stream_name(STREAM)
            .set_records(Some(records));
        put.send().await?;
        took.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(took)
}

/// Messages sent, received and deleted, each on the disk before it is answered.
async fn queues(
    sandbox: &Sandbox,
    members: &[Tenant],
    seconds: u64,
    report: &mut Report,
) -> anyhow::Result<()> {
    let how_long = Duration::from_secs(seconds);
    let begun = Instant::now();
    let mut work = JoinSet::new();
    for tenant in members {
        let sqs = sandbox.sqs(tenant, HERE);
        work.spawn(async move {
            let made = sqs.create_queue().queue_name(STREAM).send().await?;
            let url = made.queue_url.context("a queue has a URL")?;
            let mut rounds = 0_u64;
            while begun.elapsed() < how_long {
                sqs.send_message()
                    .queue_url(&url)
                    .message_body("hello")
                    .send()
                    .await?;
                let received = sqs.receive_message().queue_url(&url).send().await?;
                let message = received.messages().first().context("what was sent is there")?;
                let handle = message.receipt_handle().context("a message has a handle")?;
                sqs.delete_message()
                    .queue_url(&url)
                    .receipt_handle(handle)
                    .send()
                    .await?;
                rounds += 1;
            }
            anyhow::Ok(rounds)
        });
    }
    let mut rounds = 0;
    while let Some(done) = work.join_next().await {
        rounds += done??;
    }
    report.figure(
        &format!("SQS send, receive and delete, {} queues at once", members.len()),
        rounds as f64 / begun.elapsed().as_secs_f64(),
        "rounds/s",
    );
    Ok(())
}

/// This process' resident memory, in MiB.
fn memory() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1_024.0)
}
