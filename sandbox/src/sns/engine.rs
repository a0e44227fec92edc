//! One tenant's topics in one region: the state in memory, its journal on the disk, and the clock.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::arn::Place;
use super::state::{Change, MAGIC, State};
use crate::journal::{Entry as _, Journal};
use crate::regional::{self, LoadError, load_journal};
use crate::sandbox::Clock;
use crate::wire::Refusal;

/// A journal is rewritten when it is this large and twice what it holds.
const WORTH_COMPACTING: u64 = 1024 * 1024;

/// One tenant's topics in one region.
pub struct Engine {
    pub place: Place,
    state: Mutex<State>,
    journal: Journal,
    clock: Clock,
}

/// Changes in the making: each is done in memory and noted for the journal, in the same order.
pub struct Changing<'a> {
    pub state: &'a mut State,
    frames: Vec<u8>,
}

impl Changing<'_> {
    pub fn make(&mut self, change: Change) {
        self.frames.extend(change.frame());
        self.state.apply(change);
    }
}

impl Engine {
    /// Brings the topics back from `folder`, or begins without any.
    pub async fn load(folder: &Path, place: Place, clock: Clock) -> Result<Arc<Self>, LoadError> {
        let (loaded, changes) = load_journal(folder, MAGIC).await?;
        let mut state = State::default();
        for change in changes {
            state.apply(change);
        }
        Ok(Arc::new(Self {
            place,
            state: Mutex::new(state),
            journal: loaded.start(),
            clock,
        }))
    }

    /// Looks at the topics.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// How many messages a topic was given, and how many each of its queues got.
    pub fn delivered(&self, topic: &str) -> (u64, Vec<(String, u64)>) {
        self.look(|state| {
            let published = state.topic(topic).map_or(0, |topic| topic.published);
            let each = state
                .subscribers_of(topic)
                .map(|subscriber| (subscriber.subscription.queue.clone(), subscriber.delivered));
            (published, each.collect())
        })
    }

    /// Changes the topics. Answers when the changes are on the disk.
    pub async fn change<T>(
        &self,
        work: impl FnOnce(&mut Changing<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let (result, written) = {
            let mut state = self.lock();
            let mut changing = Changing {
                state: &mut state,
                frames: Vec::new(),
            };
            let result = work(&mut changing);
            let frames = changing.frames;
            // Handed over under the lock, so that the journal's order is the order of the changes.
            let written = (!frames.is_empty()).then(|| self.journal.append(frames));
            (result, written)
        };
        if let Some(written) = written {
            written.await.map_err(|_| Refusal::internal())?;
        }
        result
    }

    /// Works on the topics and hands back what is to be kept later, by [`Engine::keep`].
    pub fn work<T>(&self, work: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = self.now();
        work(&mut self.lock(), now)
    }

    /// Writes down what was done in memory before.
    pub async fn keep(&self, changes: &[Change]) -> Result<(), Refusal> {
        if changes.is_empty() {
            return Ok(());
        }
        let frames = changes.iter().flat_map(Change::frame).collect();
        let written = self.journal.append(frames);
        written.await.map_err(|_| Refusal::internal())
    }

    /// How many topics and subscriptions there are, and the bytes they take.
    pub fn holds(&self) -> (u32, u32, u64) {
        self.look(|state| {
            let (topics, subscriptions) = (state.topics().count(), state.subscribers().count());
            (topics as u32, subscriptions as u32, state.size())
        })
    }

    /// Forgets what is too old, and rewrites the journal when it is mostly garbage.
    pub async fn tidy(&self) -> std::io::Result<()> {
        let written = {
            let mut state = self.lock();
            state.forget(self.now());
            let size = self.journal.bytes();
            if size < WORTH_COMPACTING || size < 2 * state.size() {
                return Ok(());
            }
            let frames = state.as_changes().iter().flat_map(Change::frame).collect();
            self.journal.replace(frames)
        };
        written.await
    }

    /// Unix milliseconds.
    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl regional::Engine for Engine {
    /// After a panic under the lock, memory may be ahead of the journal; so it is read again then, too.
    fn has_failed(&self) -> bool {
        self.journal.has_failed() || self.state.is_poisoned()
    }
}
