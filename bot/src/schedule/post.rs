//! One post, carried out: `protocol` decides, this asks Discord and commits, holding the post's lease throughout.
//! No transaction is open across a request, and every request has its time limit.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::Scheduler;
use super::channel::{Blind, Channel, in_words};
use super::content::{Binding, Composed, Frozen, bind};
use super::plan::skip;
use super::protocol::{self, Action, Answer, Next, Pause, Phase, Record};
use super::store::{self, Cohort, Freeze, Lease, Post};
use crate::clock::real_ms;

/// Why work on a post ended before the post did. The row says how far it came; whoever claims it next goes on there.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stopped {
    /// Another process holds the lease now. `sent` where a message of ours may stand beside its.
    #[error("another process took over the post")]
    LeaseLost {
        /// Whether this process has sent the message.
        sent: bool,
    },
    /// The database.
    #[error("the database failed: {0}")]
    Store(#[from] sqlx::Error),
}

/// This process at work on one post.
pub(super) struct Worker<'a, C> {
    pub(super) scheduler: &'a Scheduler<C>,
    pub(super) cohort: Cohort,
    pub(super) post: Post,
    pub(super) lease: Lease,
    /// When the lease was last renewed, at the latest.
    pub(super) renewed: Instant,
    pub(super) sent: bool,
    /// Whether the moderators know that the channel can't be searched.
    pub(super) told_blind: bool,
}

impl<C: Channel> Worker<'_, C> {
    /// Works until the post is over.
    pub(super) async fn run(mut self, first: Next) -> Result<(), Stopped> {
        let mut next = first;
        let mut failures = 0;
        loop {
            if let Some(record) = next.record.take() {
                self.commit(&record).await?;
            }
            self.wait(self.scheduler.timing.length(next.pause, failures))
                .await?;
            let action = protocol::action(next.phase);
            if action == Action::Rest {
                return Ok(());
            }
            let answer = self.act(action).await?;
            let then = protocol::after(next.phase, &answer, failures + 1);
            failures = if then.pause == Pause::BackOff {
                failures + 1
            } else {
                0
            };
            tracing::debug!(post = self.post.id, ?answer, phase = ?then.phase, "a step of a post");
            next = then;
        }
    }

    async fn act(&mut self, action: Action) -> Result<Answer, Stopped> {
        match action {
            Action::Prepare => self.prepare().await,
            Action::Send => self.send().await,
            Action::Search => self.search().await,
            Action::OpenThread => Ok(self.open_thread().await),
            Action::CheckTwins => self.check_twins().await,
            Action::Rest => Ok(Answer::NoTwins),
        }
    }

    /// Binds, composes, reads where the channel stands, and commits all that.
    async fn prepare(&mut self) -> Result<Answer, Stopped> {
        let store = &self.scheduler.store;
        let posted = store::bound_modules(store, &self.cohort.id).await?;
        let binding = match bind(&self.scheduler.library, &self.cohort, &posted) {
            Ok(binding) => binding,
            Err(error) => return Ok(self.not_composed(&error)),
        };
        let (modules, closing) = match binding {
            Binding::Modules(modules, passed_over) => {
                self.tell_of_drafts(
                    &passed_over,
                    "They are left out for now and come as soon as they are.",
                )
                .await?;
                (modules, false)
            }
            Binding::Drafts(drafts) => {
                self.tell_of_drafts(&drafts, "Until they are, I have nothing to post.")
                    .await?;
                return Ok(Answer::NothingToPost(skip::DRAFTS));
            }
            Binding::Finished if store::is_closed(store, &self.cohort.id).await? => {
                return Ok(Answer::NothingToPost(skip::FINISHED));
            }
            Binding::Finished => (Vec::new(), true),
        };
        let content = &self.scheduler.content;
        let composed = if closing {
            content.closing(&self.cohort, &self.post.id).await
        } else {
            content
                .lesson(&self.cohort, &modules, &self.post.id, self.post.note.as_deref())
                .await
        };
        let frozen = composed.and_then(|composed: Composed| Frozen::freeze(&composed, &self.post.id));
        let body = match frozen {
            Ok(body) => body,
            Err(error) => return Ok(self.not_composed(&error)),
        };
        let channel_id = self.cohort.channel_id;
        let after_id = match self.limited(self.scheduler.channel.floor(channel_id)).await {
            Some(Ok(floor)) => floor,
            Some(Err(answer)) => return Ok(answer),
            None => return Ok(Answer::NotPrepared),
        };
        let modules: Vec<String> = modules.iter().map(ToString::to_string).collect();
        let freeze = Freeze {
            body: &body,
            modules: &modules,
            closing,
            channel_id,
            after_id,
        };
        let begun = Instant::now();
        let held = self.lease.freeze(store, &freeze).await?;
        self.renewed(held, begun)?;
        self.post.body = Some(body);
        self.post.channel_id = Some(channel_id);
        self.post.after_id = after_id;
        Ok(Answer::Prepared)
    }

    fn not_composed(&self, error: &super::ComposeError) -> Answer {
        tracing::error!(error = %discord::gate::Causes(error), post = self.post.id, "a post could not be composed");
        Answer::NotPrepared
    }

    /// Tells the moderators, once for a cohort, of modules that are not written yet.
    async fn tell_of_drafts(&self, drafts: &[lessons::ModuleId], then: &str) -> Result<(), Stopped> {
        let scheduler = self.scheduler;
        if drafts.is_empty() || self.cohort.told_of_drafts_at.is_some() {
            return Ok(());
        }
        let now = scheduler.clock.now_ms();
        if store::claim_telling_of_drafts(&scheduler.store, &self.cohort.id, now).await? {
            let names: Vec<&str> = drafts.iter().map(lessons::ModuleId::as_str).collect();
            let words = format!(
                "**{}**: these modules of its path are not written yet: {}. {then}",
                discord::text::escape(&self.cohort.name),
                names.join(", ")
            );
            // Told at most once: a message that gets lost here is a nicety, twice is a nuisance.
            self.limited(scheduler.channel.tell(&self.cohort, &words)).await;
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<Answer, Stopped> {
        let Some((body, channel)) = self.post.body.as_ref().zip(self.post.channel_id) else {
            return Ok(Answer::NotSent);
        };
        let body = body.body(&self.post.nonce);
        let begun = Instant::now();
        let held = self.lease.begin_send(&self.scheduler.store, real_ms()).await?;
        self.renewed(held, begun)?;
        self.post.attempts += 1;
        // The deadline, right before the send: a commit that took too long leaves no room for a request.
        if !self.scheduler.timing.may_send(self.renewed.elapsed()) {
            return Ok(Answer::NotSent);
        }
        self.sent = true;
        Ok(self
            .limited(self.scheduler.channel.send(channel, &body))
            .await
            .unwrap_or(Answer::Lost))
    }

    async fn search(&mut self) -> Result<Answer, Stopped> {
        let found = match self.marked().await {
            Ok(found) => found,
            Err(blind) => {
                self.tell_blind(blind).await;
                return Ok(Answer::NotSearched);
            }
        };
        if let Some(first) = found.first() {
            return Ok(Answer::Found(*first));
        }
        // Nothing was sent; and where the next occurrence is due already, this one gives way.
        let newer = store::has_newer(&self.scheduler.store, &self.post).await?;
        Ok(if newer {
            Answer::NothingToPost(skip::SUPERSEDED)
        } else {
            Answer::NotFound
        })
    }

    /// Our messages with this post's mark, oldest first.
    async fn marked(&self) -> Result<Vec<u64>, Blind> {
        let (body, channel) = self
            .post
            .body
            .as_ref()
            .zip(self.post.channel_id)
            .ok_or(Blind::Failed)?;
        let search =
            self.scheduler
                .channel
                .search(self.cohort.guild_id, channel, self.post.after_id, &body.mark);
        // Several requests, each with its own limit in the gate.
        timeout(self.scheduler.timing.request * 3, search)
            .await
            .unwrap_or(Err(Blind::Failed))
    }

    /// A post that can't be looked for stands still until someone lets us look: say so, once.
    async fn tell_blind(&mut self, blind: Blind) {
        if blind == Blind::NotPermitted && !self.told_blind {
            let words = format!(
                "**{}**: Discord did not tell me whether the last post arrived, and I can't look: allow me View Channel \
                 and Read Message History in <#{}>. I wait until then, so that nothing is posted twice.",
                discord::text::escape(&self.cohort.name),
                self.post.channel_id.unwrap_or(self.cohort.channel_id)
            );
            let told = self
                .limited(self.scheduler.channel.tell(&self.cohort, &words))
                .await;
            self.told_blind = told == Some(true);
        }
    }

    async fn open_thread(&self) -> Answer {
        let post = &self.post;
        let (Some(message), Some(channel)) = (post.message_id, post.channel_id) else {
            return Answer::NoThread;
        };
        let Some(name) = post.body.as_ref().and_then(|body| body.thread.as_deref()) else {
            return Answer::NoThread;
        };
        self.limited(self.scheduler.channel.open_thread(channel, message, name))
            .await
            .unwrap_or(Answer::ThreadLost)
    }

    /// Of two messages with one mark, keeps the first. Two can only be where sending began twice.
    async fn check_twins(&self) -> Result<Answer, Stopped> {
        let (Some(message), Some(channel)) = (self.post.message_id, self.post.channel_id) else {
            return Ok(Answer::NoTwins);
        };
        if self.post.attempts < 2 {
            return Ok(Answer::NoTwins);
        }
        let Ok(found) = self.marked().await else {
            return Ok(Answer::TwinsLost);
        };
        let Some((first, twins)) = found.split_first() else {
            return Ok(Answer::NoTwins);
        };
        for twin in twins {
            tracing::warn!(
                post = self.post.id,
                kept = first,
                deleted = twin,
                "a post stood twice; the second is deleted"
            );
            if self.limited(self.scheduler.channel.delete(channel, *twin)).await != Some(true) {
                return Ok(Answer::TwinsLost);
            }
        }
        Ok(if *first == message {
            Answer::NoTwins
        } else {
            Answer::Found(*first)
        })
    }

    async fn commit(&mut self, record: &Record) -> Result<(), Stopped> {
        let words = match record {
            Record::Failed(refusal) => Some(in_words(*refusal, self.cohort.channel_id)),
            _ => None,
        };
        let begun = Instant::now();
        let held = self
            .lease
            .record(&self.scheduler.store, record, words.as_deref())
            .await?;
        self.renewed(held, begun)?;
        match record {
            Record::Posted(message) => self.post.message_id = Some(*message),
            Record::Threaded(thread) => self.post.thread_id = *thread,
            Record::Skip(_) | Record::Done | Record::Failed(_) => {}
        }
        Ok(())
    }

    /// Waits, saying "still here" often enough that nobody takes the lease for dead.
    async fn wait(&mut self, length: Duration) -> Result<(), Stopped> {
        let until = Instant::now() + length;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            sleep(left.min(self.scheduler.timing.lease_dead / 4)).await;
            let begun = Instant::now();
            let held = self.lease.renew(&self.scheduler.store).await?;
            self.renewed(held, begun)?;
        }
    }

    fn renewed(&mut self, held: bool, begun: Instant) -> Result<(), Stopped> {
        if held {
            self.renewed = begun;
            return Ok(());
        }
        Err(Stopped::LeaseLost { sent: self.sent })
    }

    async fn limited<T>(&self, request: impl Future<Output = T>) -> Option<T> {
        timeout(self.scheduler.timing.request, request).await.ok()
    }
}

/// Where a claimed row goes on: a finished one is only looked at for twins.
pub(super) fn begin(post: &Post) -> Next {
    let next = protocol::begin(post.state);
    if next.phase == Phase::Over && post.message_id.is_some() {
        protocol::begin_check()
    } else {
        next
    }
}
