//! A playground, the bot beside it as a process of its own, and the demo cohort; free ports and a folder of its own.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use playground::{Keeper, Playground, PlaygroundSettings};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::program::{Program, SECRET_TOKEN, port};
use crate::{Discord, always};

/// How often and how long a condition is looked for. Not a fixed wait: most are met at the first look.
const LOOK: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_mins(1);

/// A Monday morning in Berlin, two hours before the demo cohort's post.
pub const MONDAY: &str = "2026-11-23T07:00:00+01:00";

/// The playground, the bot, and a folder with all they keep.
pub struct World {
    folder: TempDir,
    program: PathBuf,
    discord: Discord,
    /// Where the bot's AWS endpoint is.
    pub aws_port: u16,
    /// Where its health pages are.
    pub health_port: u16,
    heartbeat: Option<Duration>,
    /// What the bot is told besides, in its environment.
    told: Vec<(String, String)>,
    served: Option<Served>,
    bot: Option<Program>,
    /// The story provokes failures of ours: the log may hold errors.
    trouble: bool,
    /// A power cut may have torn the log's last line, and taken an interaction's.
    killed: bool,
    ended: bool,
}

/// The playground at work.
struct Served {
    keeper: Keeper,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl World {
    /// The demo world on a Monday at seven, with the bot and its cohort; `program` is the binary under test.
    pub async fn demo(program: &str) -> Self {
        Self::demo_on(program, MONDAY).await
    }

    /// The same at another time.
    pub async fn demo_on(program: &str, now: &str) -> Self {
        Self::empty(program, now).await.with_demo().await
    }

    /// Tells the bot something in its environment, from its next start on.
    pub fn tell(&mut self, name: &str, value: &str) {
        self.told.push((name.to_owned(), value.to_owned()));
    }

    /// The bot with its cohort, among people and channels that are there.
    pub async fn with_demo(mut self) -> Self {
        self.start_bot().await;
        let made = self
            .mod_()
            .slash(
                "lessons",
                "/moderate create name:demo track:streams-15 channel:#lessons days:weekdays time:09:00 timezone:Europe/Berlin",
            )
            .await
            .fine();
        drop(made);
        for person in [self.ana(), self.ben()] {
            drop(person.slash("lessons", "/cohort join").await.fine());
        }
        self
    }

    /// People and channels, and nobody else.
    pub async fn empty(program: &str, now: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let discord = Discord::at(
            format!("http://127.0.0.1:{}", port()),
            &folder.path().join("traffic.jsonl"),
        );
        let mut world = Self {
            folder,
            program: PathBuf::from(program),
            discord,
            aws_port: port(),
            health_port: port(),
            heartbeat: None,
            told: Vec::new(),
            served: None,
            bot: None,
            trouble: false,
            killed: false,
            ended: false,
        };
        world.start_discord().await;
        world.clock(json!({"set": now})).await;
        world
    }

    /// This story provokes failures: errors in the log are expected.
    pub fn expect_trouble(&mut self) {
        self.trouble = true;
    }

    /// Opens the playground anew, with a gateway that asks for heartbeats this often, so that a story of silence is short.
    pub async fn with_heartbeats(&mut self, every: Duration) {
        self.heartbeat = Some(every);
        self.stop_discord().await;
        self.start_discord().await;
    }

    /// Opens the playground on its data, where it was before.
    pub async fn start_discord(&mut self) {
        let settings = PlaygroundSettings {
            data: Some(self.folder.path().to_owned()),
            record: Some(self.folder.path().join("traffic.jsonl")),
            heartbeat: self.heartbeat,
            ..Default::default()
        };
        let discord = Playground::open(settings).await.expect("the playground opens");
        let keeper = discord.keeper();
        let address = self.discord.base.trim_start_matches("http://");
        let listener = TcpListener::bind(address).await.expect("its port");
        let stop = CancellationToken::new();
        let end = stop.clone().cancelled_owned();
        let task = tokio::spawn(async move { discord.serve(listener, end).await.expect("it is served") });
        self.served = Some(Served { keeper, stop, task });
    }

    /// Takes the playground away.
    pub async fn stop_discord(&mut self) {
        if let Some(served) = self.served.take() {
            served.stop.cancel();
            served.task.await.expect("the playground ends well");
        }
    }

    /// For setting scenes that no person could.
    pub fn keeper(&self) -> &Keeper {
        &self.served.as_ref().expect("the playground is there").keeper
    }

    /// Starts the bot and waits until it is connected and its commands are there.
    pub async fn start_bot(&mut self) {
        self.begin_bot();
        until("the bot is connected", async || {
            self.bot.as_mut().expect("a bot was started").assert_alive();
            self.discord.has_bot().await
        })
        .await;
    }

    /// Starts the bot and waits for nothing.
    pub fn begin_bot(&mut self) {
        let folder = self.folder.path();
        let database = format!("sqlite:{}", folder.join("tributary.db").display());
        let sandbox = folder.join("sandbox").display().to_string();
        let (aws, health) = (
            format!("127.0.0.1:{}", self.aws_port),
            format!("127.0.0.1:{}", self.health_port),
        );
        let environment = [
            ("DISCORD_API_BASE", self.discord.base.as_str()),
            ("DISCORD_TOKEN", SECRET_TOKEN),
            ("DATABASE_URL", &database),
            ("TRIBUTARY_SANDBOX__DATA", &sandbox),
            ("TRIBUTARY_SANDBOX__LISTEN", &aws),
            ("TRIBUTARY_HTTP__LISTEN", &health),
            ("TRIBUTARY_LOG__FORMAT", "json"),
        ];
        let told = self
            .told
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let environment: Vec<_> = environment.into_iter().chain(told).collect();
        self.bot = Some(Program::start(&self.program, folder, &["run"], &environment));
    }

    /// Kills the bot as a power cut would.
    pub async fn kill_bot(&mut self) {
        if let Some(mut bot) = self.bot.take() {
            bot.assert_local();
            bot.kill();
            self.killed = true;
        }
        until("the gateway has lost the bot", async || {
            self.state().await["bot"]["connected"] != true
        })
        .await;
    }

    /// The running bot.
    pub fn bot(&mut self) -> &mut Program {
        self.bot.as_mut().expect("a bot runs")
    }

    /// Kills the bot and starts it again on the same data.
    pub async fn restart_bot(&mut self) {
        self.kill_bot().await;
        self.start_bot().await;
    }

    /// Asks the bot to stop with SIGTERM; how long that took.
    pub fn stop_bot(&mut self) -> Duration {
        self.bot.take().expect("a bot runs").terminate()
    }

    /// Runs another of the program's commands on the same database; what it printed.
    pub fn command(&self, arguments: &[&str]) -> String {
        let database = format!("sqlite:{}", self.folder.path().join("tributary.db").display());
        let ended = Command::new(&self.program)
            .args(arguments)
            .env_clear()
            .env("DATABASE_URL", database)
            .current_dir(self.folder.path())
            .output()
            .expect("it runs");
        let printed = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert!(
            ended.status.success(),
            "{printed}{}",
            String::from_utf8_lossy(&ended.stderr)
        );
        printed
    }

    /// What `/readyz` says; `None` where nobody answers.
    pub async fn readiness(&self) -> Option<(u16, String)> {
        self.health("readyz").await
    }

    /// What `/metrics` says, for Prometheus to read.
    pub async fn metrics(&self) -> String {
        self.health("metrics").await.expect("somebody answers").1
    }

    async fn health(&self, page: &str) -> Option<(u16, String)> {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let answer = client
            .get(format!("http://127.0.0.1:{}/{page}", self.health_port))
            .send()
            .await
            .ok()?;
        Some((answer.status().as_u16(), answer.text().await.unwrap_or_default()))
    }

    /// What the bot has logged, over all its lives.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("bot.log")).unwrap_or_default()
    }

    /// The folder of both databases.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends the world, after a look at what must hold of every run.
    pub async fn end(mut self) {
        self.ended = true;
        if let Some(bot) = &mut self.bot {
            bot.assert_alive();
            bot.assert_local();
        }
        self.bot = None;
        always::keep(&self.discord);
        let traffic = self.discord.traffic();
        always::check_log(&self.log(), &traffic, self.trouble);
        always::check_words(&self.log(), &self.discord.typed());
        if !self.killed {
            always::check_lines(&self.log(), &traffic, self.trouble);
        }
        always::check_mentions(&traffic);
        if !self.trouble {
            always::check_answers(&self.discord);
        }
        self.stop_discord().await;
    }
}

/// A world is a Discord with more around it: people act in it just so.
impl Deref for World {
    type Target = Discord;

    fn deref(&self) -> &Discord {
        &self.discord
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // What a member was told has a reference: the line that explains it is here.
            for line in self
                .log()
                .lines()
                .filter(|line| line.contains("\"ERROR\"") || line.contains("\"WARN\""))
            {
                eprintln!("{line}");
            }
        }
        assert!(
            self.ended || std::thread::panicking(),
            "finish a world with `end`: it looks at what must hold of every run"
        );
    }
}

/// Waits until a condition holds, looking often; fails with `what` after a minute.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        sleep(LOOK).await;
    }
}
