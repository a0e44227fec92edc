//! What every feature may use: the store, the content, the sandbox, the clock, the settings, Discord's REST.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use discord::{Failure, mistake};
use lessons::{Library, Path, Track};
use quizzes::Bank;
use sandbox::Sandbox;
use sandbox::exercises::Exercises;
use serenity::http::Http;
use store::Store;

use crate::clock::Clock;
use crate::settings::Settings;

/// The one shared value behind every command, button and background task.
pub struct App {
    /// The database.
    pub store: Store,
    /// Tracks, lessons and the glossary.
    pub library: Arc<Library>,
    /// The members' private AWS.
    pub sandbox: Sandbox,
    /// The hands-on of every module.
    pub exercises: Arc<Exercises>,
    /// The questions of every module.
    pub bank: Arc<Bank>,
    /// What time it is for schedules, streaks and stamps.
    pub clock: Clock,
    /// What the operator set.
    pub settings: Settings,
    /// Discord's REST, through the gate.
    pub http: Arc<Http>,
    /// The short way to it, for answers.
    pub gate: discord::gate::Direct,
    /// This installation's id, part of every nonce.
    pub installation: String,
    /// The bot's own user: whose messages are ours.
    pub bot_id: u64,
    /// Seals members' secrets in the database.
    pub seal: crate::seal::Seal,
    /// What members were last called, so that a name is written only when it changed.
    pub names: crate::membership::Names,
    /// Where the bot's own web server listens, once it does.
    pub pages: OnceLock<SocketAddr>,
    /// Wakes the scheduler when a cohort's plan has changed.
    pub plans_changed: tokio::sync::Notify,
    /// Wakes the reaper when something that costs money may have changed or gone.
    pub spending_changed: tokio::sync::Notify,
    /// Wakes who goes through the watched streams when a watch begins or is stopped.
    pub watches_changed: tokio::sync::Notify,
}

impl App {
    /// Where others reach the bot's own web server: what the operator set, else the address it listens on, once it does.
    pub fn public_url(&self) -> Option<String> {
        let listening = || self.pages.get().map(|address| format!("http://{address}"));
        self.settings.http.public_url.clone().or_else(listening)
    }

    /// The track of a cohort. A track that has left the content is the operator's mistake, told to the moderators' face.
    pub fn track(&self, id: &str) -> Result<&Track, Failure> {
        self.library.track(id).ok_or_else(|| {
            mistake(format!(
                "The track `{id}` is no longer part of Tributary. A moderator can point the cohort at another one with \
                 `/moderate create`."
            ))
        })
    }

    /// A path of a track, or the track's default path where the name has left the content.
    pub fn path<'a>(&self, track: &'a Track, id: &str) -> Result<&'a Path, Failure> {
        track
            .path(id)
            .or_else(|| track.default_path())
            .ok_or_else(|| mistake(format!("The track `{}` has no path to follow yet.", track.id)))
    }
}
