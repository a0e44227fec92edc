//! A process under measurement, as Linux's `/proc` tells of it.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;

/// A running process; it ends when this is dropped.
pub struct Process(Child);

impl Process {
    pub fn start(command: &mut Command, log: &std::path::Path) -> anyhow::Result<Self> {
        let log = fs::File::options().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(Self(command.spawn().context("the bot could not be started")?))
    }

    /// CPU time used so far, in user and system.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        // The name in brackets may hold spaces; the fields after it do not.
        let fields: Vec<&str> = stat
            .rsplit_once(')')
            .context("an odd stat file")?
            .1
            .split_whitespace()
            .collect();
        let ticks = |index: usize| -> anyhow::Result<u64> {
            Ok(fields.get(index).context("a short stat file")?.parse()?)
        };
        // utime and stime, in hundredths of a second on every Linux of today (USER_HZ).
        Ok(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
    }

    /// Resident memory now, in MiB: all of it, pages of the program's file included.
    pub fn memory(&self) -> anyhow::Result<f64> {
        self.status("VmRSS:")
    }

    /// What of it is the process's own, in MiB. The rest the system shares, and takes back when it needs room.
    pub fn own_memory(&self) -> anyhow::Result<f64> {
        self.status("RssAnon:")
    }

    fn status(&self, what: &'static str) -> anyhow::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(what));
        let kib: f64 = line.context(what)?.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib / 1_024.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be gone already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
