//! One tenant's queues in one region: the state in memory, its journal on the disk, and the clock.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::{BoxFuture, FutureExt as _, TryFutureExt as _};

use super::moves;
use super::name::Place;
use super::state::{Change, MAGIC, State};
use crate::journal::{Entry as _, Journal};
use crate::regional::{self, LoadError, load_journal};
use crate::sandbox::Clock;
use crate::wire::Refusal;

/// A journal is rewritten when it is this large and twice what it holds.
const WORTH_COMPACTING: u64 = 8 * 1024 * 1024;

/// One tenant's queues in one region.
pub struct Engine {
    pub place: Place,
    state: Mutex<State>,
    journal: Journal,
    clock: Clock,
}

/// Changes in the making: each is done in memory and noted for the journal, in the same order.
pub struct Changing<'a> {
    pub state: &'a mut State,
    /// Unix milliseconds.
    pub now: i64,
    frames: Vec<u8>,
}

impl Changing<'_> {
    pub fn make(&mut self, change: Change) {
        self.frames.extend(change.frame());
        self.state.apply(change);
    }
}

impl Engine {
    /// Brings the queues back from `folder`, or begins without any.
    pub async fn load(folder: &Path, place: Place, clock: Clock) -> Result<Arc<Self>, LoadError> {
        let (loaded, changes) = load_journal(folder, MAGIC).await?;
        let mut state = State::default();
        for change in changes {
            state.apply(change);
        }
        let engine = Arc::new(Self {
            place,
            state: Mutex::new(state),
            journal: loaded.start(),
            clock,
        });
        moves::go_on(&engine);
        Ok(engine)
    }

    /// Looks at the queues, and changes nothing but what time has done anyway.
    pub fn look<T>(&self, look: impl FnOnce(&mut State, i64) -> T) -> T {
        look(&mut self.lock(), self.now())
    }

    /// Changes the queues. Answers when the changes are on the disk; a caller that stops waiting takes nothing back.
    ///
    /// What a refusal comes after is kept too: a batch may be refused in part.
    pub async fn change<T>(
        &self,
        work: impl FnOnce(&mut Changing<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let (result, written) = self.made(work);
        if let Some(written) = written {
            written.await.map_err(|_| Refusal::internal())?;
        }
        result
    }

    /// Changes the queues now. The future answers when the changes, and all made before, are on the disk.
    pub fn begin<T>(
        &self,
        work: impl FnOnce(&mut Changing<'_>) -> T,
    ) -> (T, BoxFuture<'static, Result<(), Refusal>>) {
        let (result, written) = self.made(work);
        // Appends are answered in order: an empty one waits for those before it.
        let written = written.unwrap_or_else(|| self.journal.append(Vec::new()).boxed());
        (result, written.map_err(|_| Refusal::internal()).boxed())
    }

    /// Makes changes in memory and hands them to the journal, if there are any.
    fn made<T>(
        &self,
        work: impl FnOnce(&mut Changing<'_>) -> T,
    ) -> (T, Option<BoxFuture<'static, std::io::Result<()>>>) {
        let mut state = self.lock();
        let mut changing = Changing {
            state: &mut state,
            now: self.now(),
            frames: Vec::new(),
        };
        let result = work(&mut changing);
        let frames = changing.frames;
        // Handed over under the lock, so that the journal's order is the order of the changes.
        let written = (!frames.is_empty()).then(|| self.journal.append(frames).boxed());
        (result, written)
    }

    /// How many queues there are, and how many bytes of messages are in them.
    pub fn holds(&self) -> (u32, u64) {
        self.look(|state, _| {
            (
                state.queues().count() as u32,
                state.queues().map(super::queue::Queue::bytes).sum(),
            )
        })
    }

    /// Forgets what is past retention, and rewrites the journal when it is mostly garbage.
    pub async fn tidy(&self) -> std::io::Result<()> {
        let written = {
            let mut state = self.lock();
            let names: Vec<String> = state.queues().map(|q| q.definition.name.clone()).collect();
            for name in names {
                state.settled(&name, self.now());
            }
            let held: u64 = state.queues().map(super::queue::Queue::bytes).sum();
            let size = self.journal.bytes();
            if size < WORTH_COMPACTING || size < 2 * held {
                return Ok(());
            }
            let frames = state.as_changes().iter().flat_map(Change::frame).collect();
            self.journal.replace(frames)
        };
        written.await
    }

    /// Unix milliseconds.
    pub fn now(&self) -> i64 {
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
