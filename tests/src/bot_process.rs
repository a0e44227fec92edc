//! The real program as a child process, with its log in a file.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What is logged: our own words, and serenity's notice of an event it did not understand.
const FILTER: &str = "info,serenity=warn,serenity::http=error,serenity::client::dispatch=debug";

/// A running bot.
pub struct BotProcess {
    child: Child,
    log: PathBuf,
}

impl BotProcess {
    /// Starts `tributary run` on what is in `folder`.
    pub fn start(program: &Path, folder: &Path, discord: &str, aws_port: u16) -> Self {
        let log = folder.join("bot.log");
        let open = || {
            File::options()
                .create(true)
                .append(true)
                .open(&log)
                .expect("the log opens")
        };
        let child = Command::new(program)
            .arg("run")
            .env_clear()
            .env("DISCORD_API_BASE", discord)
            .env("DISCORD_TOKEN", SECRET_TOKEN)
            .env(
                "DATABASE_URL",
                format!("sqlite:{}", folder.join("tributary.db").display()),
            )
            .env("TRIBUTARY_SANDBOX__DATA", folder.join("sandbox"))
            .env("TRIBUTARY_SANDBOX__LISTEN", format!("127.0.0.1:{aws_port}"))
            .env("TRIBUTARY_HTTP__LISTEN", "127.0.0.1:0")
            .env("RUST_LOG", FILTER)
            .env("NO_COLOR", "1")
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(open())
            .stderr(open())
            .spawn()
            .expect("the program starts");
        Self { child, log }
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it is gone");
    }

    /// Asks it to stop, and says whether it ended well.
    pub fn terminate(&mut self) -> bool {
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .expect("kill runs");
        assert!(asked.success());
        self.child.wait().expect("it ends").success()
    }

    /// Fails if it has ended by itself.
    pub fn assert_alive(&mut self) {
        let ended = self.child.try_wait().expect("it can be asked");
        assert!(ended.is_none(), "the bot ended: {ended:?}\n{}", self.log());
    }

    /// All it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The remote addresses of its open TCP connections.
    pub fn connected_to(&self) -> BTreeSet<IpAddr> {
        let own = sockets(self.child.id());
        let mut addresses = BTreeSet::new();
        for table in ["tcp", "tcp6"] {
            let text =
                fs::read_to_string(format!("/proc/{}/net/{table}", self.child.id())).unwrap_or_default();
            for line in text.lines().skip(1) {
                let columns: Vec<&str> = line.split_whitespace().collect();
                let (Some(remote), Some(inode)) = (columns.get(2), columns.get(9)) else {
                    continue;
                };
                if own.contains(*inode)
                    && let Some(address) = remote.split(':').next().and_then(address)
                    && !address.is_unspecified()
                {
                    addresses.insert(address);
                }
            }
        }
        addresses
    }
}

impl Drop for BotProcess {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A token that must never be seen again.
pub const SECRET_TOKEN: &str = "the-token-that-no-log-may-hold";

/// The inodes of a process's sockets.
fn sockets(process: u32) -> BTreeSet<String> {
    let files = fs::read_dir(format!("/proc/{process}/fd"))
        .into_iter()
        .flatten()
        .flatten();
    files
        .filter_map(|file| fs::read_link(file.path()).ok())
        .filter_map(|target| {
            Some(
                target
                    .to_str()?
                    .strip_prefix("socket:[")?
                    .strip_suffix(']')?
                    .to_owned(),
            )
        })
        .collect()
}

/// An address as the kernel writes it: words of four bytes, each little-endian.
fn address(hex: &str) -> Option<IpAddr> {
    let mut bytes = Vec::new();
    for word in 0..hex.len() / 8 {
        bytes.extend(
            u32::from_str_radix(hex.get(word * 8..word * 8 + 8)?, 16)
                .ok()?
                .to_le_bytes(),
        );
    }
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes)
            .ok()
            .map(|bytes| IpAddr::from(bytes).to_canonical()),
        _ => None,
    }
}
