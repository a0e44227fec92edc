//! The benchmarks, as one command: `cargo run --release -p bench -- all`. What they are held against is in
//! docs/performance.md. Nothing here passes or fails; tests do that.

mod bare_poise;
mod contender;
mod device;
mod due;
mod emulators;
mod interactions;
mod leaderboards;
mod load;
mod parts;
mod process;
mod puts;
mod report;
mod seed;
mod tenants;
mod world;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use report::Report;

/// Measures Tributary.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
    /// Also writes the figures here, as JSON
    #[arg(long, global = true)]
    json: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
enum What {
    /// Everything below, one after the other
    All(interactions::Options),
    /// Throughput, latency, CPU, memory and start, beside bare bots
    Interactions(interactions::Options),
    /// The queries of the leaderboard over a million members
    Leaderboards(leaderboards::Options),
    /// A thousand cohorts due in the same minute
    Due(due::Options),
    /// Records into the sandbox
    Puts(puts::Options),
    /// The same over a socket, beside the bare emulator and moto's server
    Emulators(emulators::Options),
    /// A thousand members' sandboxes at once, and queues
    Tenants(tenants::Options),
    /// Pictures and grading, by themselves
    Parts(parts::Options),
    /// Everything, as small as it goes: does it still run?
    Smoke(interactions::Options),
}

fn main() -> ExitCode {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == contender::AS) {
        // As another program: drop our own name and the flag.
        arguments.drain(..2);
        return if arguments
            .first()
            .is_some_and(|name| name == contender::BARE_POISE)
        {
            told(bare_poise::main())
        } else {
            bot::command_line::main_with(arguments.into_iter())
        };
    }
    told(measure(Arguments::parse()))
}

fn told(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn measure(arguments: Arguments) -> anyhow::Result<()> {
    sqlx::any::install_default_drivers();
    let mut report = Report::default();
    match arguments.what {
        What::All(options) => {
            interactions::run(&options, &mut report).await?;
            leaderboards::run(&leaderboards::Options::default(), &mut report).await?;
            puts::run(&puts::Options::default(), &mut report).await?;
            emulators::run(&emulators::Options::default(), &mut report).await?;
            tenants::run(&tenants::Options::default(), &mut report).await?;
            parts::run(&parts::Options::default(), &mut report)?;
            due::run(&due::Options::default(), &mut report).await?;
        }
        What::Interactions(options) => interactions::run(&options, &mut report).await?,
        What::Leaderboards(options) => leaderboards::run(&options, &mut report).await?,
        What::Due(options) => due::run(&options, &mut report).await?,
        What::Puts(options) => puts::run(&options, &mut report).await?,
        What::Emulators(options) => emulators::run(&options, &mut report).await?,
        What::Tenants(options) => tenants::run(&options, &mut report).await?,
        What::Parts(options) => parts::run(&options, &mut report)?,
        What::Smoke(mut options) => {
            options.tiny();
            interactions::run(&options, &mut report).await?;
            leaderboards::run(&leaderboards::Options::tiny(), &mut report).await?;
            puts::run(&puts::Options::tiny(), &mut report).await?;
            emulators::run(&emulators::Options::tiny(), &mut report).await?;
            tenants::run(&tenants::Options::tiny(), &mut report).await?;
            parts::run(&parts::Options::tiny(), &mut report)?;
            due::run(&due::Options::tiny(), &mut report).await?;
        }
    }
    println!("{}", report.text());
    if let Some(path) = arguments.json {
        std::fs::write(path, serde_json::to_vec_pretty(&report)?)?;
    }
    Ok(())
}
