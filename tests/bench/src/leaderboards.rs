//! The leaderboard's queries, as the bot makes them, over a cohort of a million members.

use std::time::Instant;

use bot::progress::{self, Window};
use store::Store;

use crate::report::Report;
use crate::seed;

/// How the queries are measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Members of the cohort
    #[arg(long, default_value_t = 1_000_000)]
    members: u64,
    /// How often each query is made
    #[arg(long, default_value_t = 200)]
    times: u64,
    /// The database; a new SQLite file if it is left out. It must be empty
    #[arg(long)]
    url: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            members: 1_000_000,
            times: 200,
            url: None,
        }
    }
}

impl Options {
    /// The smallest that still does everything.
    pub fn tiny() -> Self {
        Self {
            members: 1_000,
            times: 5,
            url: None,
        }
    }
}

pub async fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let url = options.url.clone().unwrap_or_else(|| seed::url(folder.path()));
    seed::cohort(&url, options.members).await?;
    let store = Store::open(&url).await?;
    let week = Window::Week(seed::WEEK.parse()?);
    for (window, name) in [(Window::AllTime, "all time"), (week, "of a week")] {
        let mut top = Vec::new();
        let mut own = Vec::new();
        for turn in 0..options.times {
            let begun = Instant::now();
            let places = progress::leaderboard(&store, seed::COHORT, window, 10).await?;
            anyhow::ensure!(places.len() == 10, "the leaderboard is not full");
            top.push(begun.elapsed().as_secs_f64() * 1_000.0);
            let member = seed::FIRST_MEMBER + turn * 7_919 % options.members;
            let begun = Instant::now();
            let (places, place) = progress::leaderboard_for(&store, seed::COHORT, window, 10, member).await?;
            anyhow::ensure!(places.len() == 10 && place.is_some(), "the member has no place");
            own.push(begun.elapsed().as_secs_f64() * 1_000.0);
        }
        let members = options.members;
        report.figure(
            &format!("top ten {name}, {members} members, p50"),
            quantile(&mut top, 0.5),
            "ms",
        );
        report.figure(
            &format!("top ten {name}, {members} members, p99"),
            quantile(&mut top, 0.99),
            "ms",
        );
        report.figure(
            &format!("top ten and own place {name}, {members} members, p50"),
            quantile(&mut own, 0.5),
            "ms",
        );
        report.figure(
            &format!("top ten and own place {name}, {members} members, p99"),
            quantile(&mut own, 0.99),
            "ms",
        );
    }
    store.close().await;
    Ok(())
}

/// The value that this share of values does not exceed.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values
        .get((last as f64 * share).round() as usize)
        .copied()
        .unwrap_or_default()
}
