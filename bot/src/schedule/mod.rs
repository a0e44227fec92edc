//! When lessons come, and their posting, exactly once.
//!
//! ```text
//! civil   a cron line on a zone's wall clock → occurrences          (pure)
//! plan    occurrences since the last decision → due or skip         (pure)
//! store   one row an occurrence, written with the decision; leases
//! protocol  where a post stands × what Discord answered → next step (pure)
//! post    carries the steps out, holding the row's lease
//! ```
//!
//! The [`Scheduler`] here joins them: it decides what has come due, then works on every post that is not over. It may
//! die between any two statements, and several may run on one database. By-hand changes (`/moderate`) are writes in
//! [`post_now`] and its siblings; what a post says comes from the lesson feature through [`PostContent`].

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use ::store::{Store, id};
use chrono::{DateTime, Utc};
use lessons::Library;
use tokio::sync::{Mutex, Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

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
pub use store::Cohort;
pub use zones::{ZoneError, parse_zone, suggest_zones};

use post::{Stopped, Worker};
use store::{Lease, Post};
use witness::Witness;

/// How many posts are worked on at a time. Discord takes 50 requests a second; more in flight would only wait longer.
const AT_ONCE: usize = 32;
/// How long [`Scheduler::run_due`] waits for posts to be over: the playground's clock waits a minute for us.
const PATIENCE: Duration = Duration::from_secs(50);
/// The longest sleep: other processes' dead leases, untold failures and a changed system clock are noticed then.
const LONGEST_SLEEP: Duration = Duration::from_secs(15);
/// A clock set back by more than this lives its time again; less is two processes' clocks that differ.
const SET_BACK: chrono::Duration = chrono::Duration::minutes(1);
/// How long a follower of another clock waits to be told the time before it goes by its own.
const UNTOLD: Duration = Duration::from_secs(5);
/// The pause after a round that the database did not let through.
const AFTER_ERROR: Duration = Duration::from_secs(2);
/// How often finished posts are looked at for twins, and how far back.
const TWIN_CHECK: Duration = Duration::from_mins(10);
const TWIN_DAYS: i64 = 1;

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

    /// Decides what has come due and puts a worker on every open post.
    async fn round(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, PlanError> {
        let mut round = self.round.lock().await;
        while round.workers.try_join_next().is_some() {}
        let next = self.decide(now).await?;
        self.begin_work(&mut round).await?;
        drop(round);
        if self.busy.borrow().is_empty() {
            self.tell_failures().await?;
        }
        self.upcoming
            .send_if_modified(|known| std::mem::replace(known, next) != next);
        self.beat.store(real_ms(), Ordering::Relaxed);
        Ok(next)
    }

    /// Writes a row for every occurrence that has come, and returns the next one of all.
    async fn decide(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, PlanError> {
        let mut next: Option<DateTime<Utc>> = None;
        let mut due = Vec::new();
        for cohort in store::unfinished_cohorts(&self.store).await? {
            let schedule = match store::schedule_of(&cohort) {
                Ok(schedule) => schedule,
                Err(error) => {
                    tracing::error!(%error, cohort = cohort.id, "a stored schedule can't be read");
                    continue;
                }
            };
            let paused = cohort.state == "paused";
            let decided_until = DateTime::from_timestamp_millis(cohort.decided_until).unwrap_or(now);
            // What has been posted has its row and is not posted again; the rest of the time lived again counts.
            let set_back = decided_until > now + SET_BACK;
            // A clock set to nine sharp means nine's post, though it is read a moment later.
            let until = if set_back {
                now - chrono::Duration::seconds(1)
            } else {
                decided_until
            };
            let decided = plan::decide(&schedule, paused, until, now);
            if !decided.is_empty() || set_back {
                due.push((cohort, decided));
            }
            let coming = schedule
                .occurrences_after(now.max(until))
                .next()
                .map(|occurrence| occurrence.at);
            if !paused {
                next = next.into_iter().chain(coming).min();
            }
        }
        if !due.is_empty() {
            let mut tx = self.store.begin().await?;
            for (cohort, decided) in &due {
                store::write_decisions(&mut tx, &self.installation, cohort, decided, now).await?;
            }
            tx.commit().await?;
        }
        Ok(next)
    }

    /// Puts a worker on each cohort's first open post, and on posts that may have a twin.
    async fn begin_work(&self, round: &mut Round) -> Result<(), PlanError> {
        let mut first: BTreeMap<String, Post> = BTreeMap::new();
        for post in store::open_posts(&self.store).await? {
            first.entry(post.cohort_id.clone()).or_insert(post);
        }
        if round.twins_checked.is_none_or(|at| at.elapsed() >= TWIN_CHECK) {
            round.twins_checked = Some(Instant::now());
            for post in store::possible_twins(&self.store, real_ms() - TWIN_DAYS * 86_400_000).await? {
                first.entry(post.cohort_id.clone()).or_insert(post);
            }
        }
        round
            .seen
            .retain(|post_id, _| first.values().any(|post| post.id == *post_id));
        for (cohort_id, post) in first {
            if self.busy.borrow().contains(&cohort_id) || !self.is_free(round, &post) {
                continue;
            }
            self.busy.send_modify(|busy| {
                busy.insert(cohort_id.clone());
            });
            let Some(scheduler) = self.this.upgrade() else {
                break;
            };
            round.workers.spawn(async move {
                let _done = Done {
                    busy: &scheduler.busy,
                    cohort_id: &cohort_id,
                };
                scheduler.work(post).await;
            });
        }
        Ok(())
    }

    /// Whether a row may be claimed: nobody's, our own (its worker is gone), of a process that is dead, or of a lease
    /// that is dead by our clock.
    fn is_free(&self, round: &mut Round, post: &Post) -> bool {
        if post.owner.as_ref().is_none_or(|owner| *owner == self.me) {
            return true;
        }
        if post
            .owner
            .as_deref()
            .zip(self.witness.as_ref())
            .is_some_and(|(owner, witness)| witness.saw_die(owner))
        {
            return true;
        }
        let now = Instant::now();
        let seen = round
            .seen
            .entry(post.id.clone())
            .or_insert_with(|| (post.owner.clone(), post.lease, now));
        if (&seen.0, seen.1) != (&post.owner, post.lease) {
            *seen = (post.owner.clone(), post.lease, now);
        }
        self.timing.is_dead(now.duration_since(seen.2))
    }

    /// Claims a post and works on it until it is over.
    async fn work(&self, post: Post) {
        // Closed only with the scheduler itself.
        let Ok(_permit) = self.permits.acquire().await else {
            return;
        };
        let post_id = post.id.clone();
        match self.claim_and_run(post).await {
            Ok(()) => {}
            Err(Stopped::LeaseLost { sent }) => {
                tracing::warn!(post = post_id, sent, "another process took over a post");
                if sent {
                    // Ours may stand beside its: look at the next round.
                    self.round.lock().await.twins_checked = None;
                }
            }
            Err(error @ Stopped::Store(_)) => {
                tracing::error!(%error, post = post_id, "work on a post stopped");
            }
        }
    }

    async fn claim_and_run(&self, post: Post) -> Result<(), Stopped> {
        let Some(cohort) = store::cohort_by_id(&self.store, &post.cohort_id).await? else {
            return Ok(());
        };
        let renewed = Instant::now();
        let Some(number) = store::claim(&self.store, &post, &self.me).await? else {
            return Ok(());
        };
        let lease = Lease {
            post_id: post.id.clone(),
            owner: self.me.clone(),
            number,
        };
        let first = post::begin(&post);
        Worker {
            scheduler: self,
            cohort,
            post,
            lease,
            renewed,
            sent: false,
            told_blind: false,
        }
        .run(first)
        .await
    }

    /// Tells moderators of failed posts, once each.
    async fn tell_failures(&self) -> Result<(), PlanError> {
        for post in store::untold_failures(&self.store).await? {
            let Some(cohort) = store::cohort_by_id(&self.store, &post.cohort_id).await? else {
                continue;
            };
            let words = format!(
                "**{}**: the post planned for {} did not go out. {}",
                discord::text::escape(&cohort.name),
                post.planned_local.format("%A %-d %B, %H:%M"),
                post.failure.as_deref().unwrap_or_default()
            );
            let told = timeout(self.timing.request * 3, self.channel.tell(&cohort, &words)).await;
            if told == Ok(true) {
                store::told_of_failure(&self.store, &post.id, self.clock.now_ms()).await?;
            }
        }
        Ok(())
    }
}

/// Frees a cohort for its next post when its worker ends, however it ends.
struct Done<'a> {
    busy: &'a watch::Sender<HashSet<String>>,
    cohort_id: &'a str,
}

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.busy.send_modify(|busy| {
            busy.remove(self.cohort_id);
        });
    }
}

#[cfg(test)]
mod tests;
