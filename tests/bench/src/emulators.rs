//! Batched puts over a socket, from one client: into the sandbox, into the bare emulator it is built on (no signatures,
//! no disk), and into moto's server where there is one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_kinesis::Client;
use ferrokinesis::store::StoreOptions;
use sandbox::{Quotas, Region, Sandbox, SandboxSettings, Tenant};
use tokio::net::TcpListener;

use crate::process::Process;
use crate::puts::{self, Only};
use crate::report::Report;

/// What is measured, and how.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Options {
    #[command(flatten)]
    puts: puts::Options,
    /// A Python that has moto's server (`pip install 'moto[server]'`)
    #[arg(long)]
    moto: Option<PathBuf>,
    /// How often each is measured, in turns
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

impl Options {
    /// The smallest that still does everything.
    pub fn tiny() -> Self {
        Self {
            puts: puts::Options::tiny(),
            moto: None,
            rounds: 1,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            puts: puts::Options::wide(),
            moto: None,
            rounds: 3,
        }
    }
}

pub async fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut settings = SandboxSettings::new(folder.path());
    settings.quotas = Quotas {
        shards: 1_000,
        requests_per_second: u32::MAX,
        bytes: u64::MAX,
        ..Quotas::default()
    };
    settings.bytes_in_all = u64::MAX;
    let tenant = Tenant::generate("bench");
    let sandbox = Sandbox::open(settings, Arc::new(Only(tenant.clone()))).await?;
    let ours = over_tcp(&sandbox, &tenant, serve(sandbox.router()?).await?);
    let (bare, _store) = ferrokinesis::create_app(StoreOptions {
        create_stream_ms: 10,
        shard_limit: 1_000,
        enforce_limits: true,
        ..StoreOptions::default()
    });
    let bare = over_tcp(&sandbox, &tenant, serve(bare).await?);
    let mut contenders = vec![("the sandbox", ours), ("bare ferrokinesis", bare)];
    let moto = if let Some(python) = &options.moto {
        Some(start_moto(python, folder.path()).await?)
    } else {
        report.note("moto was not asked for: --moto PYTHON".to_owned());
        None
    };
    if let Some((_, port)) = &moto {
        contenders.push(("moto", over_tcp(&sandbox, &tenant, *port)));
    }
    for (_, client) in &contenders {
        puts::create(client, puts::STREAM, options.puts.shards()).await?;
    }
    let mut rates = vec![Vec::new(); contenders.len()];
    for _ in 0..options.rounds {
        for ((_, client), rates) in contenders.iter().zip(&mut rates) {
            let (records, _, took) = puts::batches(client, &options.puts).await?;
            rates.push(records as f64 / took.as_secs_f64());
        }
    }
    let mut medians = Vec::new();
    for ((name, _), rates) in contenders.iter().zip(&mut rates) {
        let median = crate::leaderboards::quantile(rates, 0.5);
        report.figure(&format!("PutRecords over a socket, {name}"), median, "records/s");
        medians.push(median);
    }
    report.figure("the sandbox to the bare emulator", medians[0] / medians[1], "×");
    Ok(())
}

async fn serve(router: axum::Router) -> anyhow::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(port)
}

/// The SDK's client as a member's program has it.
fn over_tcp(sandbox: &Sandbox, tenant: &Tenant, port: u16) -> Client {
    let config = sandbox.kinesis(tenant, Region::UsEast1).config().to_builder();
    let http = aws_smithy_http_client::Builder::new().build_http();
    let config = config
        .endpoint_url(format!("http://127.0.0.1:{port}"))
        .http_client(http);
    Client::from_conf(config.build())
}

async fn start_moto(python: &Path, folder: &Path) -> anyhow::Result<(Process, u16)> {
    let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
    let mut command = Command::new(python);
    command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
    let process = Process::start(&mut command, &folder.join("moto.log"))?;
    for _ in 0..300 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Ok((process, port));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("moto's server did not start");
}
