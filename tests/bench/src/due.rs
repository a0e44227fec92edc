//! Many cohorts due in the same minute: how long until all have their lesson and its thread, beside what Discord's limit
//! of 50 requests a second would allow for as many requests.

use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::contender::{Contender, Libraries};
use crate::device::Device;
use crate::report::Report;
use crate::seed;

/// How posting is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Cohorts that are due at once
    #[arg(long, default_value_t = 1_000)]
    cohorts: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { cohorts: 1_000 }
    }
}

impl Options {
    /// The smallest that still does everything.
    pub fn tiny() -> Self {
        Self { cohorts: 5 }
    }
}

/// Discord's global limit.
const REQUESTS_A_SECOND: f64 = 50.0;
/// A moment at which all cohorts are due: Monday 2030-01-07, 09:00 UTC.
const DUE: i64 = 1_894_006_800_000;
const HOUR: i64 = 3_600_000;

pub async fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let url = seed::url(folder.path());
    seed::cohorts(&url, options.cohorts, "0 9 * * *", DUE - HOUR).await?;
    let device = Device::start().await?;
    let libraries = Libraries::none();
    let _bot = Contender::Tributary.start(&device, folder.path(), &libraries, None)?;
    device.bot_is_ready("leaderboard").await?;
    device.set_clock(DUE - HOUR / 2)?;
    device.posting();

    let begun = Instant::now();
    device.set_clock(DUE)?;
    let wait = Duration::from_secs_f64(options.cohorts as f64 / 5.0) + Duration::from_secs(30);
    let posting = loop {
        let so_far = device.posting_so_far();
        if so_far.messages >= options.cohorts && so_far.threads >= options.cohorts {
            break so_far;
        }
        anyhow::ensure!(begun.elapsed() < wait, "only {so_far:?} after {wait:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let last = posting.last.context("nothing was posted")?;
    let took = last.saturating_duration_since(begun).as_secs_f64();
    let needed = 2.0 * options.cohorts as f64;
    report.figure(
        &format!("{} cohorts due at once: all posted, with thread", options.cohorts),
        took,
        "s",
    );
    report.figure(
        "requests of each post",
        posting.requests as f64 / options.cohorts as f64,
        "",
    );
    report.figure(
        "time, to what 50 requests a second allow for these requests",
        took / (posting.requests as f64 / REQUESTS_A_SECOND),
        "×",
    );
    report.figure(
        "time, to what they allow for a message and a thread each",
        took / (needed / REQUESTS_A_SECOND),
        "×",
    );
    Ok(())
}
