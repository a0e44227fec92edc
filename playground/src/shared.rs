//! What every connection shares: the world under its lock, the store, and who is listening.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::{
    clock::Followers,
    control::Host,
    fault::Faults,
    gateway::hub::Hub,
    rate::Limiter,
    record::Recorder,
    store::{Store, StoreError},
    world::{Change, World},
};

pub struct Shared {
    world: Mutex<World>,
    pub store: Store,
    pub hub: Arc<Hub>,
    pub faults: Faults,
    pub limiter: Limiter,
    pub recorder: Option<Recorder>,
    pub followers: Followers,
    pub closing: CancellationToken,
    /// `127.0.0.1:8080`, once served.
    address: RwLock<String>,
    expects_bot: bool,
    /// Who does its part when everything begins anew.
    pub host: Option<Host>,
    /// Held while it does.
    pub resetting: tokio::sync::Mutex<()>,
    /// How often bots must send a heartbeat.
    pub heartbeat: Duration,
}

impl Shared {
    pub fn new(
        world: World,
        store: Store,
        recorder: Option<Recorder>,
        expects_bot: bool,
        host: Option<Host>,
        heartbeat: Duration,
    ) -> Self {
        Self {
            world: Mutex::new(world),
            store,
            hub: Arc::default(),
            faults: Faults::default(),
            limiter: Limiter::default(),
            recorder,
            followers: Followers::default(),
            closing: CancellationToken::new(),
            address: RwLock::default(),
            expects_bot,
            host,
            resetting: tokio::sync::Mutex::default(),
            heartbeat,
        }
    }

    /// Waits for a bot that is on its way: one that is expected, or whose commands are here from before. Not for
    /// long, since it may be down on purpose.
    pub async fn await_bot(&self) {
        const PATIENCE: Duration = Duration::from_secs(5);
        const LOOK: Duration = Duration::from_millis(10);
        if !self.expects_bot && self.world().commands.is_empty() {
            return;
        }
        let begun = Instant::now();
        while !self.hub.has_bot() && begun.elapsed() < PATIENCE && !self.closing.is_cancelled() {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The world, to read. Never held across an await.
    pub fn world(&self) -> MutexGuard<'_, World> {
        // A handler that panicked has not stored its change; the rest of the world is whole.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a change, stores it, tells everybody, and only then returns. Where `make` refuses, it must
    /// not have changed anything.
    pub async fn change<T, E: From<StoreError>>(
        &self,
        make: impl FnOnce(&mut Change<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (outcome, stored) = {
            let mut world = self.world();
            let mut change = Change::new(&mut world);
            let outcome = make(&mut change)?;
            let (writes, news) = (
                std::mem::take(&mut change.writes),
                std::mem::take(&mut change.news),
            );
            if writes.is_empty() && news.is_empty() {
                return Ok(outcome);
            }
            // Submitted under the lock, so that changes are stored and told in the order they were made.
            (outcome, self.store.submit(writes, news))
        };
        match stored.await {
            Ok(true) => Ok(outcome),
            _ => Err(StoreError::NotStored.into()),
        }
    }

    /// Notes where the playground is served.
    pub fn serve_at(&self, address: &str) {
        address.clone_into(&mut self.address.write().unwrap_or_else(PoisonError::into_inner));
        self.world().base = format!("http://{address}");
    }

    pub fn gateway_url(&self) -> String {
        format!(
            "ws://{}/gateway",
            self.address.read().unwrap_or_else(PoisonError::into_inner)
        )
    }
}
