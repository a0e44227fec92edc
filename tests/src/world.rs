//! A playground with the bot in it and the demo cohort, on free ports and in a folder of its own.

use std::fs;
use std::net::TcpListener as Probe;
use std::path::{Path, PathBuf};
use std::time::Duration;

use playground::{Keeper, Playground, PlaygroundSettings};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::bot_process::{BotProcess, SECRET_TOKEN};
use crate::{Answer, Person};

/// How often and how long a condition is looked for. Not a fixed wait: most are met at the first look.
const LOOK: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_mins(1);

/// A Monday morning in Berlin, two hours before the demo cohort's post.
pub const MONDAY: &str = "2026-11-23T07:00:00+01:00";

/// The playground, the bot, and a folder with all they keep.
pub struct World {
    folder: TempDir,
    program: PathBuf,
    /// Where the playground is.
    pub base: String,
    /// Where the bot's AWS endpoint is.
    pub aws_port: u16,
    /// For setting scenes that no person could.
    pub keeper: Keeper,
    http: reqwest::Client,
    stop: CancellationToken,
    served: Option<JoinHandle<()>>,
    bot: Option<BotProcess>,
    /// The story provokes failures of ours: the log may hold errors.
    trouble: bool,
}

impl World {
    /// The demo world on a Monday at seven, with the bot and its cohort; `program` is the binary under test.
    pub async fn demo(program: &str) -> Self {
        let mut world = Self::empty(program).await;
        world.start_bot().await;
        let made = world
            .mod_()
            .slash(
                "lessons",
                "/moderate create name:demo track:streams-15 channel:#lessons days:weekdays time:09:00 timezone:Europe/Berlin",
            )
            .await
            .fine();
        drop(made);
        for person in [world.ana(), world.ben()] {
            drop(person.slash("lessons", "/cohort join").await.fine());
        }
        world
    }

    /// People and channels, on a Monday at seven, and nobody else.
    pub async fn empty(program: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = PlaygroundSettings {
            data: Some(folder.path().to_owned()),
            record: Some(folder.path().join("traffic.jsonl")),
            expects_bot: false,
        };
        let discord = Playground::open(settings).await.expect("the playground opens");
        let keeper = discord.keeper();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let stop = CancellationToken::new();
        let end = stop.clone().cancelled_owned();
        let served = tokio::spawn(async move { discord.serve(listener, end).await.expect("it is served") });
        let world = Self {
            folder,
            program: PathBuf::from(program),
            base,
            aws_port: free_port(),
            keeper,
            http: reqwest::Client::builder().no_proxy().build().expect("a client"),
            stop,
            served: Some(served),
            bot: None,
            trouble: false,
        };
        world.clock(json!({"set": MONDAY})).await;
        world
    }

    /// This story provokes failures: errors in the log are expected.
    pub fn expect_trouble(&mut self) {
        self.trouble = true;
    }

    /// The learner ana.
    pub fn ana(&self) -> Person<'_> {
        self.person("ana")
    }

    /// The learner ben.
    pub fn ben(&self) -> Person<'_> {
        self.person("ben")
    }

    /// The learner chloe, who has not joined.
    pub fn chloe(&self) -> Person<'_> {
        self.person("chloe")
    }

    /// The moderator.
    pub fn mod_(&self) -> Person<'_> {
        self.person("mod")
    }

    /// Anyone.
    pub fn person<'a>(&'a self, name: &'a str) -> Person<'a> {
        Person { world: self, name }
    }

    /// Starts the bot and waits until it is connected, its commands are there and it follows the clock.
    pub async fn start_bot(&mut self) {
        let bot = BotProcess::start(&self.program, self.folder.path(), &self.base, self.aws_port);
        self.bot = Some(bot);
        let begun = Instant::now();
        loop {
            if let Some(bot) = &mut self.bot {
                bot.assert_alive();
            }
            let state = self.state().await;
            let commands = state["commands"].as_array().map_or(0, Vec::len);
            if state["bot"]["connected"] == true && commands > 0 {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "the bot did not connect:\n{}",
                self.log()
            );
            sleep(LOOK).await;
        }
    }

    /// Kills the bot as a power cut would.
    pub async fn kill_bot(&mut self) {
        if let Some(mut bot) = self.bot.take() {
            bot.kill();
        }
        until("the gateway has lost the bot", async || {
            self.state().await["bot"]["connected"] != true
        })
        .await;
    }

    /// Kills the bot and starts it again on the same data.
    pub async fn restart_bot(&mut self) {
        self.kill_bot().await;
        self.start_bot().await;
    }

    /// Asks the bot to stop with SIGTERM; how long that took.
    pub fn stop_bot(&mut self) -> Duration {
        let begun = Instant::now();
        let mut bot = self.bot.take().expect("a bot runs");
        assert!(bot.terminate(), "it ends well");
        begun.elapsed()
    }

    /// Sets the clock or moves it on; what was posted meanwhile.
    pub async fn clock(&self, to: Value) -> Answer {
        let answer = self.post("/api/clock", &to).await;
        Answer(
            json!({"ok": answer["clock"].is_string(), "messages": answer["posted"], "error": answer["error"]}),
        )
    }

    /// Puts a fault in force, or clears all with `{}`.
    pub async fn fault(&self, fault: Value) {
        self.post("/api/fault", &fault).await;
    }

    /// The whole state.
    pub async fn state(&self) -> Value {
        let answer = self
            .http
            .get(format!("{}/api/state", self.base))
            .send()
            .await
            .expect("it answers");
        answer.json().await.expect("it is JSON")
    }

    /// A channel's messages, oldest first; by name, threads too.
    pub async fn channel(&self, name: &str) -> Vec<Value> {
        let state = self.state().await;
        let channels = state["channels"].as_array().cloned().unwrap_or_default();
        let found = channels.iter().find(|channel| channel["name"] == name);
        let id = found
            .and_then(|channel| channel["id"].as_str())
            .unwrap_or_default();
        state["messages"][id].as_array().cloned().unwrap_or_default()
    }

    /// The posts of lessons in #lessons: messages of the bot with a Start button.
    pub async fn posts(&self) -> Vec<Value> {
        let mut messages = self.channel("lessons").await;
        messages.retain(|message| {
            crate::answer::components(message).iter().any(|it| {
                it["custom_id"]
                    .as_str()
                    .is_some_and(|id| id.starts_with("lesson:open:"))
            }) && message["ephemeral_to"].is_null()
        });
        messages
    }

    /// Every REST request that Discord has seen, in order.
    pub fn traffic(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.path().join("traffic.jsonl")).unwrap_or_default();
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
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
        if let Some(bot) = &mut self.bot {
            bot.assert_alive();
            let strangers: Vec<_> = bot
                .connected_to()
                .into_iter()
                .filter(|address| !address.is_loopback())
                .collect();
            assert!(
                strangers.is_empty(),
                "connected beyond this machine: {strangers:?}"
            );
        }
        self.bot = None;
        let log = self.log();
        assert!(
            !log.contains("An unknown event was received"),
            "serenity did not understand an event:\n{log}"
        );
        assert!(!log.contains(SECRET_TOKEN), "the token is in the log");
        assert!(!log.contains("panicked"), "{log}");
        assert!(
            self.trouble || !log.contains("ERROR"),
            "an error was logged:\n{log}"
        );
        self.stop.cancel();
        if let Some(served) = self.served.take() {
            served.await.expect("the playground ends well");
        }
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let sent = self
            .http
            .post(format!("{}{path}", self.base))
            .json(body)
            .send()
            .await
            .expect("it answers");
        sent.json().await.expect("it is JSON")
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

/// A port that is free now. Another process may take it first; then the bot says so and the test fails loudly.
fn free_port() -> u16 {
    Probe::bind("127.0.0.1:0")
        .and_then(|probe| probe.local_addr())
        .map(|address| address.port())
        .expect("a port")
}
