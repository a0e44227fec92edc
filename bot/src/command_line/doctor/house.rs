//! What this machine can tell: settings, database, content, the sandbox's folder, key and port. Looking leaves no trace,
//! and takes no lock that a running bot needs.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ::sandbox::{NoTenants, Region, SandboxSettings};
use discord::text;
use store::{Store, Tables};
use tokio::net::TcpListener;

use super::Report;
use crate::command_line::check;
use crate::seal::Seal;
use crate::settings::{Sandbox, Settings, Sources, sqlite_path};

/// How long a database may take to let us in.
const PATIENCE: Duration = Duration::from_secs(10);

/// The settings, where they can be read.
pub fn settings(report: &mut Report, sources: &Sources) -> Option<Settings> {
    let file = sources.file.path();
    match Settings::read(sources) {
        Ok(settings) => {
            let read = if file.exists() {
                format!("{} and the environment, every key known", file.display())
            } else {
                format!("no {} here; the environment and defaults", file.display())
            };
            report.fine("settings", read);
            Some(settings)
        }
        Err(error) => {
            report.wrong("settings", error.to_string());
            None
        }
    }
}

/// The database as it is, opened, where its tables are this program's.
pub async fn database(report: &mut Report, url: &str) -> Option<Store> {
    const WHAT: &str = "database";
    if let Some(file) = sqlite_path(url)
        && !file.exists()
    {
        match probe(file.parent().unwrap_or(Path::new("."))) {
            Ok(()) => report.fine(
                WHAT,
                format!("{} will be made at the first start", file.display()),
            ),
            Err(error) => report.wrong(
                WHAT,
                format!(
                    "{} can't be made: {error}. Set DATABASE_URL to a place that can be written",
                    file.display()
                ),
            ),
        }
        return None;
    }
    let store = match tokio::time::timeout(PATIENCE, Store::open_as_it_is(url)).await {
        Ok(Ok(store)) => store,
        Err(_) => {
            report.wrong(
                WHAT,
                format!(
                    "no answer within {} seconds. Check DATABASE_URL and the network",
                    PATIENCE.as_secs()
                ),
            );
            return None;
        }
        Ok(Err(error)) => {
            report.wrong(
                WHAT,
                format!("{error}. Check DATABASE_URL, and who may read and write there"),
            );
            return None;
        }
    };
    match store.tables().await {
        Ok(Tables::Current) => match store.writable().await {
            Ok(()) => {
                report.fine(WHAT, "opens, can be written, tables are up to date");
                return Some(store);
            }
            Err(error) => report.wrong(
                WHAT,
                format!(
                    "it opens but can't be written: {error}. Check the disk's space and who may write there"
                ),
            ),
        },
        Ok(Tables::Behind(steps)) => report.fine(
            WHAT,
            format!("opens; the next start brings its tables up to date ({steps} to go)"),
        ),
        Ok(Tables::Foreign) => report.wrong(
            WHAT,
            "its tables are from another version of Tributary. Start that version, or bring back a backup",
        ),
        Err(error) => report.wrong(WHAT, format!("it opens but can't be read: {error}")),
    }
    store.close().await;
    None
}

/// The content inside the binary.
pub fn content(report: &mut Report) {
    let (summary, errors) = check::errors_built_in();
    match errors.first() {
        None => report.fine("content", summary),
        Some(first) => report.wrong(
            "content",
            format!("{summary}, the first at {first}. `tributary check` shows all"),
        ),
    }
}

/// The members' private AWS: where it is kept, what seals its keys, where it listens. And the bot's own port.
pub async fn sandbox(report: &mut Report, settings: &Settings) {
    let Sandbox { data, listen, .. } = &settings.sandbox;
    let in_use = folder(report, data);
    key(report, &settings.sandbox);
    let running = in_use || is_alive(settings.http.listen).await;
    if settings.sandbox.provider.is_remote() {
        provider(report, &settings.sandbox).await;
    } else {
        port(report, "AWS port", *listen, "sandbox.listen", running).await;
    }
    port(
        report,
        "health port",
        settings.http.listen,
        "http.listen",
        running,
    )
    .await;
}

/// Asks for what begins with our prefix, which takes the address, the credentials and the rights.
async fn provider(report: &mut Report, settings: &Sandbox) {
    const WHAT: &str = "provider";
    let kind = settings.provider;
    let asked = async {
        let settings = SandboxSettings {
            provider: crate::settings::provider::of(settings).map_err(|error| error.to_string())?,
            ..SandboxSettings::new(&settings.data)
        };
        let sandbox = ::sandbox::Sandbox::open(settings, Arc::new(NoTenants)).await;
        let sandbox = sandbox.map_err(|error| error.to_string())?;
        let found = sandbox.leftovers(Region::default()).await;
        found.map(|found| found.len()).map_err(|error| error.to_string())
    };
    let answered = tokio::time::timeout(PATIENCE, asked).await;
    let why = match answered {
        Ok(Ok(found)) => {
            let things = text::count(found as i64, "thing", "things");
            return report.fine(
                WHAT,
                format!("`{kind}` answers; members have {things} in {}", Region::default()),
            );
        }
        Ok(Err(why)) => text::cut(&why, 300),
        Err(_) => format!("no answer within {} seconds", PATIENCE.as_secs()),
    };
    report.wrong(
        WHAT,
        format!(
            "`{kind}` can't be used: {why}. Check `sandbox.endpoint` and the network, the credentials (AWS_ACCESS_KEY_ID and the like), and \
             their rights (deploy/aws-policy.json)"
        ),
    );
}

/// Tells of the sandbox's folder; whether a bot has it open.
fn folder(report: &mut Report, data: &Path) -> bool {
    const WHAT: &str = "sandbox";
    if let Err(error) = probe(data) {
        report.wrong(
            WHAT,
            format!(
                "the folder {} can't be written: {error}. Set `sandbox.data` to one that can",
                data.display()
            ),
        );
        return false;
    }
    let in_use = is_locked(&data.join("lock"));
    report.fine(
        WHAT,
        if in_use {
            format!("the folder {} is in use by a running bot", data.display())
        } else if data.exists() {
            format!("the folder {} can be written", data.display())
        } else {
            format!("the folder {} will be made at the first start", data.display())
        },
    );
    in_use
}

/// Asks with a shared lock, given back at once: a running bot holds an exclusive one and does not notice.
fn is_locked(lock: &Path) -> bool {
    File::open(lock).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn key(report: &mut Report, sandbox: &Sandbox) {
    const WHAT: &str = "sealing key";
    let file = sandbox.data.join("key");
    if sandbox.key.is_none() && !file.exists() {
        report.fine(
            WHAT,
            format!(
                "{} will be made at the first start, readable by you alone",
                file.display()
            ),
        );
        return;
    }
    match Seal::open(sandbox.key.as_ref(), &sandbox.data) {
        Ok(_) if sandbox.key.is_some() => report.fine(WHAT, "`sandbox.key` is set and well formed"),
        Ok(_) => report.fine(WHAT, format!("{} is readable by you alone", file.display())),
        Err(error) => report.wrong(WHAT, error.to_string()),
    }
}

async fn port(report: &mut Report, what: &str, address: SocketAddr, setting: &str, running: bool) {
    match TcpListener::bind(address).await {
        Ok(_) => report.fine(what, format!("{address} is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && running => {
            report.fine(what, format!("{address} is in use, as a bot is running"));
        }
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => report.wrong(
            what,
            format!("{address} is taken by another program. Stop that, or set `{setting}` to another port"),
        ),
        Err(error) => report.wrong(
            what,
            format!("{address} can't be listened on: {error}. Set `{setting}` to an address of this machine"),
        ),
    }
}

/// Whether a bot answers where ours would.
async fn is_alive(address: SocketAddr) -> bool {
    let ask = async {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(1))
            .build()?;
        client
            .get(format!("http://{address}/healthz"))
            .send()
            .await?
            .text()
            .await
    };
    ask.await.is_ok_and(|words| words.trim() == "alive")
}

/// Whether files can be made in this folder, or, where it is not there yet, in the nearest one above it that is.
fn probe(folder: &Path) -> io::Result<()> {
    let here = Path::new(".");
    let there = folder
        .ancestors()
        .map(|path| if path.as_os_str().is_empty() { here } else { path })
        .find(|path| path.exists())
        .unwrap_or(here);
    let file = there.join(format!(".tributary-{}", store::id::random(8)));
    OpenOptions::new().write(true).create_new(true).open(&file)?;
    fs::remove_file(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_at_a_folder_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        probe(&folder.path().join("not/yet")).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(probe(&folder.path().join("file")).is_err());
    }
}
