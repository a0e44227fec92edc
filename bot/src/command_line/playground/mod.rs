//! `tributary playground`: a Discord on this machine, and the bot connected to it over real sockets.

mod authors;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::Context as _;
use metrics_exporter_prometheus::PrometheusHandle;
use playground::{Playground, PlaygroundSettings, Reset};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::run::Running;
use crate::settings::Settings;

/// The flags of `tributary playground`.
#[derive(clap::Args)]
pub struct Flags {
    /// Where the page is.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Where members' AWS clients connect.
    #[arg(long, default_value_t = 4566)]
    aws_port: u16,
    /// Where everything is kept; a new temporary folder, if left out.
    #[arg(long)]
    data: Option<PathBuf>,
    /// People and channels only, without the demo cohort.
    #[arg(long)]
    empty: bool,
    /// Serve Discord alone, for `tributary run` with `DISCORD_API_BASE`.
    #[arg(long)]
    no_bot: bool,
    /// Write every REST request to this file, one JSON line each.
    #[arg(long)]
    record: Option<PathBuf>,
}

/// Serves until Ctrl-C or SIGTERM.
pub async fn playground(settings: Settings, flags: Flags) -> anyhow::Result<()> {
    let data = match &flags.data {
        Some(folder) => folder.clone(),
        None => std::env::temp_dir().join(format!("tributary-{}", store::id::random(8))),
    };
    std::fs::create_dir_all(&data).with_context(|| format!("the folder {} can't be made", data.display()))?;
    let listener = listen(flags.port, "--port").await?;
    let base = format!("http://{}", listener.local_addr()?);
    let (host, mut resets) = mpsc::channel(1);
    let discord = Playground::open(PlaygroundSettings {
        data: Some(data.clone()),
        record: flags.record.clone(),
        expects_bot: !flags.no_bot,
        host: (!flags.no_bot).then_some(host),
        beside: Some(authors::routes(authors::Content::here())),
        ..Default::default()
    })
    .await?;
    let stop = CancellationToken::new();
    let served = tokio::spawn(discord.serve(listener, stop.clone().cancelled_owned()));

    let mut running = None;
    let embedded = !settings.sandbox.provider.is_remote();
    let bot = Bot {
        settings: within(settings, &base, &data, flags.aws_port),
        data: data.clone(),
        empty: flags.empty,
        metrics: super::metrics(),
    };
    if !flags.no_bot {
        if embedded {
            // Asked for here as well, so that a port in use is told before anything starts.
            drop(listen(flags.aws_port, "--aws-port").await?);
        }
        running = Some(bot.start().await?);
    }
    println!("Tributary's playground\n");
    println!("  page  {base}");
    if running.is_some() && embedded {
        println!("  AWS   http://127.0.0.1:{}", flags.aws_port);
    }
    println!("  data  {}\n", data.display());
    println!("Open the page, choose a person and type /today. Ctrl-C stops.");

    let stopped = super::stopped();
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            () = &mut stopped => break,
            Some(reset) = resets.recv() => {
                if let Some(running) = running.take() {
                    running.stop().await;
                }
                let outcome = bot.begin_anew(&reset).await;
                if let Err(error) = &outcome {
                    tracing::error!("the playground could not begin anew: {error:#}");
                }
                let words = outcome.as_ref().map(|_| ()).map_err(|error| format!("{error:#}"));
                running = outcome.ok();
                reset.done(words);
            }
        }
    }
    if let Some(running) = running {
        running.stop().await;
    }
    stop.cancel();
    served.await??;
    Ok(())
}

/// The bot inside the playground: what it is started with, each time.
struct Bot {
    settings: Settings,
    data: PathBuf,
    empty: bool,
    metrics: Option<PrometheusHandle>,
}

impl Bot {
    async fn start(&self) -> anyhow::Result<Running> {
        let opened = crate::run::open(self.settings.clone(), self.metrics.clone()).await?;
        if !self.empty {
            seed(&opened.app).await?;
        }
        let running = opened.connect().await?;
        running.connected().await;
        Ok(running)
    }

    /// Forgets all that the stopped bot kept, then the world, and starts again.
    async fn begin_anew(&self, reset: &Reset) -> anyhow::Result<Running> {
        for name in ["tributary.db", "tributary.db-wal", "tributary.db-shm"] {
            gone(tokio::fs::remove_file(self.data.join(name)).await)?;
        }
        gone(tokio::fs::remove_dir_all(self.data.join("sandbox")).await)?;
        reset.wipe().await?;
        self.start().await
    }
}

/// What was not there is as good as removed.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The settings of a bot inside the playground: everything on this machine and in this folder.
fn within(mut settings: Settings, base: &str, data: &std::path::Path, aws_port: u16) -> Settings {
    settings.discord.api_base = Some(base.to_owned());
    settings.discord.token = Some("playground".into());
    settings.database.url = format!("sqlite:{}", data.join("tributary.db").display());
    settings.sandbox.data = data.join("sandbox");
    settings.sandbox.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, aws_port));
    settings.sandbox.public_url = None;
    settings.http.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    settings
}

async fn listen(port: u16, flag: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("port {port} is taken; choose another with {flag}"))
}

/// The demo cohort among the people of the demo world, where the world still has them: found by name, as a moderator
/// would.
async fn seed(app: &App) -> anyhow::Result<()> {
    for guild in app.http.get_guilds(None, None).await? {
        let channels = app.http.get_channels(guild.id).await?;
        let Some(lessons) = channels.iter().find(|channel| channel.name == "lessons") else {
            continue;
        };
        let mut members = Vec::new();
        for name in ["ana", "ben"] {
            let found = app.http.search_guild_members(guild.id, name, None).await?;
            if let Some(member) = found.iter().find(|member| member.user.name == name) {
                members.push(member.user.id.get());
                crate::membership::call_member(app, guild.id.get(), member.user.id.get(), name).await?;
            }
        }
        let roles = app.http.get_guild_roles(guild.id).await?;
        let moderators = roles.iter().find(|role| role.name == "Moderators");
        let moderators = moderators.map(|role| role.id.get());
        crate::cohort::seed_demo(app, guild.id.get(), lessons.id.get(), &members, moderators).await?;
    }
    Ok(())
}
