//! `tributary …`: the subcommands, their flags, and the words they end with. What they do is elsewhere.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::settings::{File, Settings, Sources};

mod check;
mod doctor;
mod grade;
mod playground;
mod preview;

/// The settings' file, in the folder where the program was started.
const SETTINGS: &str = "tributary.toml";

/// A Discord bot for team learning cohorts: lessons, quizzes and a private AWS sandbox.
#[derive(Parser)]
#[command(name = "tributary", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Connect to Discord and serve (needs `DISCORD_TOKEN`).
    Run(Given),
    /// A Discord of your own on this machine, with the bot in it. Needs no token.
    Playground(playground::Flags),
    /// Check lessons, tracks, the glossary and quizzes before members meet them.
    Check(check::Flags),
    /// Grade sample answers: JSON lines on stdin, a grade for each on stdout.
    #[command(after_help = grade::FORM)]
    Grade,
    /// Show a module as members see it.
    Preview(preview::Flags),
    /// Say what is wrong with this installation, and how to mend it.
    Doctor(Given),
    /// Make scores, streaks and leaderboards again from the event log.
    Rebuild(Given),
}

/// Settings by flag, the strongest of all.
#[derive(Default, clap::Args)]
struct Given {
    /// The settings' file; `tributary.toml` in this folder, if left out.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// One setting, such as `http.listen=127.0.0.1:8090`. May be given several times; wins over file and environment.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl Given {
    fn sources(&self) -> Sources {
        Sources {
            file: match &self.settings {
                Some(named) => File::Named(named.clone()),
                None => File::Usual(PathBuf::from(SETTINGS)),
            },
            environment: std::env::vars().collect(),
            flags: self.set.clone(),
        }
    }
}

/// Runs what was typed.
pub fn main() -> ExitCode {
    main_with(std::env::args_os())
}

/// The same with these arguments, the program's name first.
pub fn main_with(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments = Arguments::parse_from(arguments);
    let outcome = match arguments.command {
        Command::Run(given) => with_settings(&given, |settings| block_on(run(settings))),
        Command::Playground(flags) => with_settings(&Given::default(), |settings| {
            block_on(playground::playground(settings, flags))
        }),
        Command::Check(flags) => check::check(&flags),
        Command::Grade => grade::grade(),
        Command::Preview(flags) => preview::preview(&flags),
        Command::Doctor(given) => block_on(doctor::doctor(&given.sources())),
        Command::Rebuild(given) => with_settings(&given, |settings| block_on(rebuild(settings))),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("tributary: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn with_settings(
    given: &Given,
    act: impl FnOnce(Settings) -> anyhow::Result<()>,
) -> anyhow::Result<ExitCode> {
    let settings = Settings::read(&given.sources())?;
    crate::log::start(&settings.log)?;
    act(settings)?;
    Ok(ExitCode::SUCCESS)
}

/// The known name that looks most like what was written, where one does.
pub(crate) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LIKE: f64 = 0.7;
    let written = written.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&name.to_lowercase(), &written), name))
        .filter(|(likeness, _)| *likeness >= LIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

async fn run(mut settings: Settings) -> anyhow::Result<()> {
    lend_token(&mut settings);
    let running = crate::run::open(settings, metrics()).await?.connect().await?;
    tracing::info!("serving");
    stopped().await;
    running.stop().await;
    Ok(())
}

/// A Discord on this machine asks for no token; the public one does, and says so when it is missing.
fn lend_token(settings: &mut Settings) {
    let on_this_machine = settings
        .discord
        .api_base
        .as_deref()
        .is_some_and(|base| reqwest::Url::parse(base).is_ok_and(|base| crate::clock::is_loopback(&base)));
    if settings.discord.token.is_none() && on_this_machine {
        settings.discord.token = Some("playground".into());
    }
}

async fn rebuild(settings: Settings) -> anyhow::Result<()> {
    let store = store::Store::open(&settings.database.url).await?;
    let replayed = store::learning::rebuild(&store).await?;
    println!("Rebuilt every total from {replayed} learning events.");
    store.close().await;
    Ok(())
}

/// The one recorder of this process; without it the metrics page is empty, and all else works.
fn metrics() -> Option<PrometheusHandle> {
    match PrometheusBuilder::new().install_recorder() {
        Ok(handle) => Some(handle),
        Err(error) => {
            tracing::warn!(%error, "metrics are off");
            None
        }
    }
}

/// Waits for Ctrl-C or SIGTERM.
async fn stopped() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "SIGTERM can't be caught");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        () = terminated => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
