//! The bots that are compared, and how each is started. Tributary and the bare poise bot are this very program under
//! another name; the other two need their libraries installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::device::Device;
use crate::process::Process;
use crate::seed;

/// Names under which this program is another.
pub const TRIBUTARY: &str = "tributary";
/// See [`TRIBUTARY`].
pub const BARE_POISE: &str = "bare-poise";

/// A bot that can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    Tributary,
    BarePoise,
    DiscordJs,
    DiscordPy,
}

/// Where the other languages' libraries are.
#[derive(Debug, Clone, clap::Args)]
pub struct Libraries {
    /// The folder with bot.js and its `node_modules` (`npm ci` in tests/bench/baselines/js)
    #[arg(long, default_value = "tests/bench/baselines/js")]
    js: PathBuf,
    /// A Python that has discord.py (`pip install -r tests/bench/baselines/py/requirements.txt`)
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// The folder with bot.py
    #[arg(long, default_value = "tests/bench/baselines/py")]
    py: PathBuf,
}

impl Libraries {
    /// For bots that need none.
    pub fn none() -> Self {
        Self {
            js: PathBuf::new(),
            python: PathBuf::new(),
            py: PathBuf::new(),
        }
    }
}

impl Contender {
    pub const ALL: [Self; 4] = [Self::Tributary, Self::BarePoise, Self::DiscordJs, Self::DiscordPy];

    pub fn name(self) -> &'static str {
        match self {
            Self::Tributary => TRIBUTARY,
            Self::BarePoise => BARE_POISE,
            Self::DiscordJs => "discord.js",
            Self::DiscordPy => "discord.py",
        }
    }

    /// Whether its library is there.
    pub fn is_installed(self, libraries: &Libraries) -> bool {
        match self {
            Self::Tributary | Self::BarePoise => true,
            Self::DiscordJs => {
                libraries.js.join("node_modules/discord.js").is_dir() && runs("node", &["--version"])
            }
            Self::DiscordPy => runs(&libraries.python, &["-c", "import discord"]),
        }
    }

    /// Starts it on this database, connected to the device. `cores` is a list for taskset.
    pub fn start(
        self,
        device: &Device,
        folder: &Path,
        libraries: &Libraries,
        cores: Option<&str>,
    ) -> anyhow::Result<Process> {
        let me = std::env::current_exe().context("this program's own path")?;
        let own = |name: &str| (me.clone(), vec![AS.to_owned(), name.to_owned()]);
        let script = |path: PathBuf| vec![path.display().to_string()];
        let (program, mut arguments) = match self {
            Self::Tributary | Self::BarePoise => own(self.name()),
            Self::DiscordJs => (PathBuf::from("node"), script(libraries.js.join("bot.js"))),
            Self::DiscordPy => (libraries.python.clone(), script(libraries.py.join("bot.py"))),
        };
        if self == Self::Tributary {
            arguments.push("run".to_owned());
        }
        let mut command = match cores {
            None => Command::new(&program),
            Some(cores) => {
                let mut command = Command::new("taskset");
                command.args(["-c", cores]).arg(&program);
                command
            }
        };
        let api = format!("http://{}", device.address());
        command
            .args(arguments)
            .env("BENCH_API", &api)
            .env("BENCH_DB", seed::url(folder))
            .env("BENCH_COHORT", seed::COHORT)
            .env("DISCORD_TOKEN", "bench")
            .env("DISCORD_API_BASE", &api)
            .env("DATABASE_URL", seed::url(folder))
            .env("TRIBUTARY_HTTP__LISTEN", "127.0.0.1:0")
            .env("TRIBUTARY_SANDBOX__LISTEN", "127.0.0.1:0")
            .env("TRIBUTARY_SANDBOX__DATA", folder.join("sandbox"));
        Process::start(&mut command, &folder.join(format!("{}.log", self.name())))
    }
}

/// The first argument with which this program is another: `bench --as tributary run`.
pub const AS: &str = "--as";

fn runs(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
