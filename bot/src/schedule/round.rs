//! A round of the scheduler: decides what has come due, puts a worker on every post that is not over, and tells
//! moderators of failures. When rounds happen is in the module above; what a worker does is in `post`.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::post::{self, Stopped, Worker};
use super::store::{self, Lease, Post};
use super::{Channel, PlanError, Round, Scheduler, plan};
use crate::clock::real_ms;

/// A clock set back by more than this lives its time again; less is two processes' clocks that differ.
const SET_BACK: chrono::Duration = chrono::Duration::minutes(1);
/// How often finished posts are looked at for twins, and how far back.
const TWIN_CHECK: Duration = Duration::from_mins(10);
const TWIN_DAYS: i64 = 1;
impl<C: Channel> Scheduler<C> {
    /// Decides what has come due and puts a worker on every open post.
    pub(super) async fn round(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, PlanError> {
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
    pub(super) async fn tell_failures(&self) -> Result<(), PlanError> {
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
