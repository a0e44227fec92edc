//! When lessons come, and their posting, exactly once.
//!
//! ```text
//! civil     a cron line on a zone's wall clock → occurrences           (pure)
//! plan      occurrences since the last decision → due or skip          (pure)
//! store     one row an occurrence, written with the decision; leases
//! protocol  where a post stands × what Discord answered → next step    (pure)
//! post      carries the steps out, holding the row's lease
//! ```
//!
//! The [`Scheduler`] here joins them, in rounds (`round`): it decides what has come due, then works on every post that
//! is not over. It may die between any two statements, and several may run on one database. By-hand changes
//! (`/moderate`) are writes in [`post_now`] and its siblings; what a post says comes from the lesson feature through
//! [`PostContent`].

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use ::store::{Store, id};
use chrono::{DateTime, Utc};
use discord::gate::Causes;
use lessons::Library;
use tokio::sync::{Mutex, Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::clock::{Clock, real_ms};

mod by_hand;
mod channel;
mod civil;
mod content;
mod cron_field;
mod cron_line;
mod days;
mod plan;
mod post;
mod protocol;
mod round;
mod store;
mod witness;
mod zones;

pub use by_hand::{
    Outcome, PlanError, Upcoming, outcome, pause, post_now, preview, reschedule, resume, skip_next,
};
pub use channel::{Blind, Channel, Rest};
pub use civil::{Occurrence, Occurrences, Schedule, ScheduleError, instant_of};
pub use content::{ComposeError, Composed, PostContent};
pub use cron_line::{CronError, CronLine, MIN_GAP_MINUTES};
pub use days::DaysError;
pub use protocol::Timing;
pub use store::{Cohort, modules_of_thread};
pub use zones::{ZoneError, parse_zone, suggest_zones};

use witness::Witness;

/// How many posts are worked on at a time. Discord takes 50 requests a second; more in flight would only wait longer.
const AT_ONCE: usize = 32;
/// How long [`Scheduler::run_due`] waits for posts to be over: the playground's clock waits a minute for us.
const PATIENCE: Duration = Duration::from_secs(50);
/// The longest sleep: other processes' dead leases, untold failures and a changed system clock are noticed then.
const LONGEST_SLEEP: Duration = Duration::from_secs(15);
/// How long a follower of another clock waits to be told the time before it goes by its own.
const UNTOLD: Duration = Duration::from_secs(5);
/// The pause after a round that the database did not let through.
const AFTER_ERROR: Duration = Duration::from_secs(2);

/// What the scheduler works with.
pub struct Parts<C> {
    /// The database.
    pub store: Store,
    /// Tracks and lessons.
    pub library: Arc<Library>,
    /// What time it is for schedules.
    pub clock: Clock,
    /// Part of every nonce.
    pub installation: String,
    /// Discord.
    pub channel: C,
    /// Composes the posts.
    pub content: Arc<dyn PostContent>,
    /// The protocol's times.
    pub timing: Timing,
}

/// Decides and posts. One in a process; several processes may share a database.
pub struct Scheduler<C = Rest> {
    /// Ourselves, for the tasks that work on posts.
    this: Weak<Self>,
    store: Store,
    library: Arc<Library>,
    clock: Clock,
    installation: String,
    channel: C,
    content: Arc<dyn PostContent>,
    timing: Timing,
    /// This process among those that share the database.
    me: String,
    witness: Option<Witness>,
    /// One round at a time.
    round: Mutex<Round>,
    /// Cohorts whose posts this process works on.
    busy: watch::Sender<HashSet<String>>,
    permits: Semaphore,
    upcoming: watch::Sender<Option<DateTime<Utc>>>,
    /// Whether the time is right: false while a follower has not been told it.
    told: watch::Sender<bool>,
    /// Real time of the last round that went through, Unix milliseconds.
    beat: AtomicI64,
}

/// What a round remembers for the next.
struct Round {
    workers: JoinSet<()>,
    /// Leases of others: owner and number as first seen, and when by our own monotonic clock.
    seen: HashMap<String, (Option<String>, i64, Instant)>,
    twins_checked: Option<Instant>,
}

impl<C: Channel> Scheduler<C> {
    /// A scheduler that has not begun.
    pub fn new(parts: Parts<C>) -> Arc<Self> {
        Self::beside(parts, None)
    }

    /// The same, with a folder that every process on this database shares: the one of a `SQLite` file. A crashed
    /// process is then known to be dead at once, instead of after a minute.
    pub fn beside(parts: Parts<C>, folder: Option<&Path>) -> Arc<Self> {
        let me = id::row();
        // Without a witness the rule of silence holds: slower, and as safe.
        let witness = folder.and_then(|folder| {
            let begun = Witness::begin(folder, &me);
            begun
                .inspect_err(|error| tracing::warn!(%error, "no proof of life can be given"))
                .ok()
        });
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            store: parts.store,
            library: parts.library,
            clock: parts.clock,
            installation: parts.installation,
            channel: parts.channel,
            content: parts.content,
            timing: parts.timing,
            witness,
            me,
            round: Mutex::new(Round {
                workers: JoinSet::new(),
                seen: HashMap::new(),
                twins_checked: None,
            }),
            busy: watch::Sender::new(HashSet::new()),
            permits: Semaphore::new(AT_ONCE),
            upcoming: watch::Sender::new(None),
            told: watch::Sender::new(true),
            beat: AtomicI64::new(0),
        })
    }

    /// Runs until `stop`: at every due moment, whenever `changed` says that a plan has, and every few seconds.
    pub async fn run(&self, changed: &Notify, stop: &CancellationToken) {
        self.wait_to_be_told(stop).await;
        while !stop.is_cancelled() {
            // Registered before the round begins, so that a change during it is not missed.
            let change = changed.notified();
            let pause = match self.round(self.clock.now()).await {
                Ok(next) => self.pause(next).await,
                Err(error) => {
                    tracing::error!(%error, "the scheduler's round failed");
                    AFTER_ERROR
                }
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = change => {}
                () = stop.cancelled() => break,
            }
        }
        self.stop().await;
    }

    /// For a clock that follows another: [`Scheduler::run`] waits for the first [`Scheduler::run_due`], so that nothing
    /// is decided by the wrong time meanwhile; not for long, in case nobody ever tells it.
    pub fn follow(&self) {
        self.told.send_replace(false);
    }

    async fn wait_to_be_told(&self, stop: &CancellationToken) {
        let mut told = self.told.subscribe();
        tokio::select! {
            // The sender is ours.
            _ = timeout(UNTOLD, told.wait_for(|told| *told)) => {}
            () = stop.cancelled() => {}
        }
    }

    /// Does everything that is due at `now` and waits until it is over, 50 s at most. The next due moment, if any.
    /// An error is logged; the running scheduler tries again by itself.
    pub async fn run_due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.told.send_replace(true);
        match timeout(PATIENCE, self.settle(now)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the scheduler's round failed"),
            Err(_) => tracing::warn!("posts are still under way"),
        }
        *self.upcoming.borrow()
    }

    async fn settle(&self, now: DateTime<Utc>) -> Result<(), PlanError> {
        let mut busy = self.busy.subscribe();
        // A cohort's second open post begins when its first is over. What is left after a few rounds is not done by
        // asking at once again: work that a failing database stops, or another process's.
        for _ in 0..4 {
            self.round(now).await?;
            if self.busy.borrow().is_empty() {
                break;
            }
            // The sender is ours: this ends with the last worker.
            let _ = busy.wait_for(HashSet::is_empty).await;
        }
        self.tell_failures().await
    }

    /// The next due moment, as it changes.
    pub fn upcoming(&self) -> watch::Receiver<Option<DateTime<Utc>>> {
        self.upcoming.subscribe()
    }

    /// How long ago the last round went through; `None` before the first.
    pub fn last_beat(&self) -> Option<Duration> {
        match self.beat.load(Ordering::Relaxed) {
            0 => None,
            at => Some(Duration::from_millis(real_ms().saturating_sub(at).max(0) as u64)),
        }
    }

    /// Ends all work between two steps, and gives the leases back: the next process goes on at once.
    pub async fn stop(&self) {
        let mut round = self.round.lock().await;
        round.workers.shutdown().await;
        self.busy.send_modify(HashSet::clear);
        if let Err(error) = store::release(&self.store, &self.me).await {
            tracing::warn!(%error, "leases were not given back; they die within a minute");
        }
    }

    /// How long nothing can come up: until the next occurrence, or until another's lease may be dead.
    async fn pause(&self, next: Option<DateTime<Utc>>) -> Duration {
        let due = next.map(|next| (next - self.clock.now()).to_std().unwrap_or_default());
        let round = self.round.lock().await;
        let death = round
            .seen
            .values()
            .map(|seen| self.timing.lease_dead.saturating_sub(seen.2.elapsed()))
            .min();
        // A lease that is kept alive is looked at once a second, not in a loop.
        let death = death.map(|left| left.max(Duration::from_secs(1)));
        due.into_iter().chain(death).fold(LONGEST_SLEEP, Duration::min)
    }
}

/// Says something quietly to a server's moderators, in their channel if it has one.
pub async fn tell_moderators(app: &App, guild_id: u64, words: &str) {
    let rest = Rest::new(Arc::clone(&app.http), app.bot_id);
    match rest.tell_in_their_channel(guild_id, words).await {
        Ok(told) => tracing::debug!(told, guild_id, "the moderators' channel"),
        Err(error) => tracing::warn!(error = %Causes(&error), guild_id, "the moderators could not be told"),
    }
}

#[cfg(test)]
mod tests;
