//! The real program as a child process, with its log in a file, and where its connections go.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::net::{IpAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// What is logged: every line of our own, since none may hold a secret or a member's words.
const FILTER: &str = "info,bot=trace,discord=trace,sandbox=trace,store=trace";

/// The program, running.
pub struct Program {
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts it with these arguments and this environment alone, in this folder.
    pub fn start(program: &Path, folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let log = folder.join("bot.log");
        let open = || {
            File::options()
                .create(true)
                .append(true)
                .open(&log)
                .expect("the log opens")
        };
        // A write that a full disk refuses must come back as an error, not as a signal: see `fill_the_disk`.
        let child = Command::new("env")
            .arg("--ignore-signal=XFSZ")
            .arg(program)
            .args(arguments)
            .env_clear()
            .envs(environment.iter().copied())
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

    /// Asks it to stop with SIGTERM; how long it took to end well.
    pub fn terminate(&mut self) -> Duration {
        let begun = Instant::now();
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .expect("kill runs");
        assert!(asked.success());
        let ended = self.child.wait().expect("it ends");
        assert!(ended.success(), "it ended with {ended}\n{}", self.log());
        begun.elapsed()
    }

    /// From now on no file of its can grow beyond this many bytes, as on a full disk; `None` makes room again.
    pub fn fill_the_disk(&self, bytes: Option<u64>) {
        let limit = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        let set = Command::new("prlimit")
            .arg(format!("--pid={}", self.child.id()))
            .arg(format!("--fsize={limit}:unlimited"))
            .status()
            .expect("prlimit runs");
        assert!(set.success());
    }

    /// Waits until it ends by itself; whether it ended well, and all it has logged.
    pub fn ended(&mut self) -> (bool, String) {
        let ended = self.child.wait().expect("it ends");
        (ended.success(), self.log())
    }

    /// Fails if it has ended by itself.
    pub fn assert_alive(&mut self) {
        let ended = self.child.try_wait().expect("it can be asked");
        assert!(ended.is_none(), "the program ended: {ended:?}\n{}", self.log());
    }

    /// All it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Fails if it is connected to anything but this machine.
    pub fn assert_local(&self) {
        let strangers: Vec<_> = self
            .connected_to()
            .into_iter()
            .filter(|address| !address.is_loopback())
            .collect();
        assert!(
            strangers.is_empty(),
            "connected beyond this machine: {strangers:?}"
        );
    }

    /// The remote addresses of its open TCP connections.
    fn connected_to(&self) -> BTreeSet<IpAddr> {
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

impl Drop for Program {
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

/// A port for a server that is found again after a restart: free now, and below those that the system gives to outgoing
/// connections, so that none takes it in between. Another program may; then ours says so and the test fails loudly.
pub fn port() -> u16 {
    const FIRST: u16 = 12_000;
    const COUNT: u16 = 20_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Two test programs at once begin at different places.
    let begin = (std::process::id() % 199) as u16 * 100;
    loop {
        let step = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + step % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
