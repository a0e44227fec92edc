//! `tributary doctor`: looks at everything a running bot needs and says in plain words what is wrong and how to mend it.
//! It changes nothing, needs no running bot and disturbs none. No secret is ever part of what it says.

mod connection;
mod house;
mod permissions;

use std::io::{self, Stdout, Write};
use std::process::ExitCode;

use crate::settings::{Settings, Sources};

/// What was found, told line by line as it is found.
struct Report {
    out: Stdout,
    wrong: usize,
}

impl Report {
    /// As it should be.
    fn fine(&mut self, what: &str, words: impl AsRef<str>) {
        self.thing('✓', what, words.as_ref());
    }

    /// To be mended; the words say how.
    fn wrong(&mut self, what: &str, words: impl AsRef<str>) {
        self.wrong += 1;
        self.thing('✗', what, words.as_ref());
    }

    /// Neither: it could not be looked at, or there is nothing to look at yet.
    fn open(&mut self, what: &str, words: impl AsRef<str>) {
        self.thing('–', what, words.as_ref());
    }

    /// One thing, one line, whatever an error's words hold.
    fn thing(&mut self, mark: char, what: &str, words: &str) {
        let words: Vec<&str> = words.split_whitespace().collect();
        self.say(&format!("{mark} {what}: {}", words.join(" ")));
    }

    fn say(&mut self, line: &str) {
        // A reader who has gone away is no reason to stop: the exit code still says how it stands.
        let _ = writeln!(self.out, "{line}");
    }

    fn conclude(mut self) -> ExitCode {
        let wrong = self.wrong;
        self.say(&match wrong {
            0 => "\nAll is well.".to_owned(),
            1 => "\nOne thing is to be mended.".to_owned(),
            many => format!("\n{many} things are to be mended."),
        });
        if wrong == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// Looks at everything. Fails where something is to be mended.
pub async fn doctor(sources: &Sources) -> anyhow::Result<ExitCode> {
    let mut report = Report {
        out: io::stdout(),
        wrong: 0,
    };
    if let Some(settings) = house::settings(&mut report, sources) {
        examine(&mut report, settings).await;
    } else {
        house::content(&mut report);
        report.open(
            "the rest",
            "was not looked at, because the settings can't be read",
        );
    }
    Ok(report.conclude())
}

async fn examine(report: &mut Report, mut settings: Settings) {
    super::lend_token(&mut settings);
    let connection = connection::open(report, &settings).await;
    let store = house::database(report, &settings.database.url).await;
    match (&connection, &store) {
        (Some(connection), Some(store)) => connection.cohorts(report, store).await,
        (_, None) => report.open("cohorts", "none known yet"),
        (None, _) => report.open(
            "cohorts",
            "not looked at: their channels can only be seen with an accepted token",
        ),
    }
    house::content(report);
    house::sandbox(report, &settings).await;
    match &connection {
        Some(_) => connection::clock(report, &settings).await,
        None => report.open("clock", "not compared with Discord's, which did not let us in"),
    }
    if let Some(store) = store {
        store.close().await;
    }
    if let Some(connection) = connection {
        connection.close().await;
    }
}
