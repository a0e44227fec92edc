//! `tributary playground`, one process with everything in it, as people start it: killed and started again on its data.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::program::{Program, port};
use crate::world::until;
use crate::{Discord, always};

/// The program, and a folder with all it keeps.
pub struct Whole {
    folder: TempDir,
    program: PathBuf,
    ports: (u16, u16),
    discord: Discord,
    running: Option<Program>,
}

impl Whole {
    /// Starts it on a new folder.
    pub async fn start(program: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ports = (port(), port());
        let record = folder.path().join("traffic.jsonl");
        let discord = Discord::at(format!("http://127.0.0.1:{}", ports.0), &record);
        let mut whole = Self {
            folder,
            program: PathBuf::from(program),
            ports,
            discord,
            running: None,
        };
        whole.begin().await;
        whole
    }

    /// A power cut, and on again.
    pub async fn cut(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.assert_alive();
            running.assert_local();
            running.kill();
        }
        self.begin().await;
    }

    /// SIGTERM; how long it took to end.
    pub fn stop(&mut self) -> Duration {
        let mut running = self.running.take().expect("it runs");
        running.terminate()
    }

    /// Ends it, after a look at what must hold of every run.
    pub fn end(mut self) {
        if let Some(running) = &mut self.running {
            running.assert_alive();
            running.assert_local();
        }
        self.running = None;
        always::keep(&self.discord);
        let traffic = self.discord.traffic();
        always::check_log(&self.log(), &traffic, false);
        always::check_mentions(&traffic);
        always::check_answers(&self.discord);
    }

    async fn begin(&mut self) {
        let (page, aws) = (self.ports.0.to_string(), self.ports.1.to_string());
        let data = self.folder.path().join("data");
        let record = self.folder.path().join("traffic.jsonl");
        let path = |path: &Path| path.to_str().expect("a plain path").to_owned();
        let (data, record) = (path(&data), path(&record));
        let arguments = [
            "playground",
            "--port",
            &page,
            "--aws-port",
            &aws,
            "--data",
            &data,
            "--record",
            &record,
        ];
        let starts = self.starts();
        let mut running = Program::start(&self.program, self.folder.path(), &arguments, &[]);
        // It says so once the bot is connected and the demo cohort is there.
        until("the playground is open", async || {
            running.assert_alive();
            self.starts() > starts
        })
        .await;
        until("the bot is connected", async || self.discord.has_bot().await).await;
        self.running = Some(running);
    }

    fn starts(&self) -> usize {
        self.log().matches("Open the page").count()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("bot.log")).unwrap_or_default()
    }
}

impl Deref for Whole {
    type Target = Discord;

    fn deref(&self) -> &Discord {
        &self.discord
    }
}
