//! Which tenants are in memory: loaded at first use, put away when idle, never more than a set number.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time;

use crate::account::Account;
use crate::fault::Faults;
use crate::kinesis::Behaviour;
use crate::regional::LoadError;
use crate::sandbox::{Clock, Quotas};
use crate::tenant::AccountId;

/// How long a tenant waits for another's to be put away, when as many are loaded as may be.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether one may be. What holds an account (a request, a stream being made) ends without a word.
const LOOK: Duration = Duration::from_millis(10);

/// Why a tenant's account cannot be used now.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Its state could not be read.
    #[error("the sandbox could not be loaded")]
    Load(#[from] LoadError),
    /// As many as may be are loaded, and all stayed at work.
    #[error("too many sandboxes are in use at once")]
    Full,
    /// Its files could not be removed.
    #[error("the sandbox's files could not be removed")]
    Remove(#[from] std::io::Error),
}

/// All tenants seen since the start, and those of them that are loaded.
pub struct Accounts {
    folder: PathBuf,
    behaviour: Behaviour,
    quotas: Quotas,
    clock: Clock,
    /// A permit for each tenant that may be in memory.
    room: Arc<Semaphore>,
    slots: Mutex<HashMap<AccountId, Arc<Slot>>>,
    held: Arc<Held>,
    faults: Faults,
}

/// Bytes of records and messages that all loaded tenants hold in memory, and the most they may.
#[derive(Debug)]
pub struct Held {
    bytes: AtomicU64,
    most: u64,
    weighed: Mutex<Instant>,
}

/// How often all is counted anew at most, while there is little room.
const WEIGH_AGAIN: Duration = Duration::from_secs(1);

impl Held {
    /// None are held yet.
    pub fn up_to(most: u64) -> Self {
        Self {
            bytes: AtomicU64::new(0),
            most,
            weighed: Mutex::new(Instant::now()),
        }
    }

    /// Whether it is time to make room.
    fn is_tight(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) > self.tight()
    }

    /// Of how many bytes on room is made.
    fn tight(&self) -> u64 {
        self.most / 10 * 9
    }

    /// Whether all may be counted anew.
    fn is_time(&self) -> bool {
        let mut weighed = lock(&self.weighed);
        let is_time = weighed.elapsed() >= WEIGH_AGAIN;
        if is_time {
            *weighed = Instant::now();
        }
        is_time
    }

    /// How many bytes more there is room for, all tenants together.
    pub fn room(&self) -> u64 {
        self.most.saturating_sub(self.bytes.load(Ordering::Relaxed))
    }

    /// Counts bytes that were stored, until all are counted anew.
    pub fn more(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// A tenant's place, loaded or not. Its lock is held while loading, so that a tenant is never loaded twice.
struct Slot {
    account: tokio::sync::Mutex<Option<Loaded>>,
    used: Mutex<Instant>,
    rate: Mutex<Bucket>,
}

/// A tenant in memory.
struct Loaded {
    account: Arc<Account>,
    _permit: OwnedSemaphorePermit,
}

impl Accounts {
    pub fn new(
        folder: PathBuf,
        behaviour: Behaviour,
        quotas: Quotas,
        most: usize,
        held: Held,
        clock: Clock,
    ) -> Self {
        Self {
            held: Arc::new(held),
            folder,
            behaviour,
            quotas,
            faults: Faults::new(clock.clone()),
            clock,
            room: Arc::new(Semaphore::new(most.max(1))),
            slots: Mutex::default(),
        }
    }

    /// What goes wrong on purpose.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Takes one request from the tenant's allowance; false when it is used up.
    pub fn within_rate(&self, id: &AccountId) -> bool {
        lock(&self.slot(id).rate).take(Instant::now(), f64::from(self.quotas.requests_per_second))
    }

    /// The tenant's account, loaded. While the caller keeps it, it is not put away.
    pub async fn get(&self, id: &AccountId) -> Result<Arc<Account>, AccountError> {
        if self.held.is_tight() && self.held.is_time() {
            self.weigh().await;
        }
        let slot = self.slot(id);
        *lock(&slot.used) = Instant::now();
        let mut place = slot.account.lock().await;
        if let Some(Loaded { account, .. }) = place.as_ref() {
            if !account.has_failed().await {
                return Ok(Arc::clone(account));
            }
            *place = None;
        }
        let permit = self.room().await?;
        let folder = self.folder.join(id.as_str());
        let account = Arc::new(
            Account::load(
                &folder,
                id.clone(),
                self.behaviour.clone(),
                self.quotas,
                &self.held,
                &self.clock,
            )
            .await?,
        );
        self.held.more(account.in_memory().await);
        *place = Some(Loaded {
            account: Arc::clone(&account),
            _permit: permit,
        });
        Ok(account)
    }

    /// Puts away what nobody has used for this long; returns how many.
    pub fn put_away(&self, idle: Duration) -> usize {
        let slots: Vec<_> = lock(&self.slots).values().cloned().collect();
        slots
            .iter()
            .filter(|slot| lock(&slot.used).elapsed() >= idle && slot.put_away())
            .count()
    }

    /// How many tenants are in memory.
    pub fn loaded(&self) -> usize {
        lock(&self.slots).values().filter(|slot| slot.is_loaded()).count()
    }

    /// Retention and compaction for what is loaded.
    pub async fn tidy(&self) {
        let slots: Vec<_> = lock(&self.slots).values().cloned().collect();
        for slot in slots {
            let account = slot
                .account
                .lock()
                .await
                .as_ref()
                .map(|loaded| Arc::clone(&loaded.account));
            if let Some(account) = account {
                account.tidy().await;
            }
        }
        self.weigh().await;
    }

    /// Counts what is held in memory, and puts away the longest unused while it is too much.
    async fn weigh(&self) {
        let slots = self.longest_unused_first();
        let mut weighed = Vec::new();
        for slot in slots {
            if let Some(account) = slot.loaded() {
                let bytes = account.in_memory().await;
                weighed.push((slot, bytes));
            }
        }
        let mut held: u64 = weighed.iter().map(|(_, bytes)| bytes).sum();
        let enough = if held > self.held.tight() {
            self.held.most / 4 * 3
        } else {
            u64::MAX
        };
        for (slot, bytes) in weighed {
            if held > enough && slot.put_away() {
                held -= bytes;
            }
        }
        self.held.bytes.store(held, Ordering::Relaxed);
    }

    /// Removes a tenant and all it holds.
    pub async fn delete(&self, id: &AccountId) -> Result<(), AccountError> {
        let slot = self.slot(id);
        let mut place = slot.account.lock().await;
        if let Some(loaded) = place.take() {
            loaded.account.close().await;
        }
        match tokio::fs::remove_dir_all(self.folder.join(id.as_str())).await {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        lock(&self.slots).remove(id);
        self.faults.end(id);
        Ok(())
    }

    fn slot(&self, id: &AccountId) -> Arc<Slot> {
        let mut slots = lock(&self.slots);
        if let Some(slot) = slots.get(id) {
            return Arc::clone(slot);
        }
        let slot = Arc::new(Slot {
            account: tokio::sync::Mutex::default(),
            used: Mutex::new(Instant::now()),
            rate: Mutex::new(Bucket::full(f64::from(self.quotas.requests_per_second))),
        });
        slots.insert(id.clone(), Arc::clone(&slot));
        slot
    }

    fn longest_unused_first(&self) -> Vec<Arc<Slot>> {
        let mut slots: Vec<_> = lock(&self.slots).values().cloned().collect();
        // Each is asked once: a tenant that goes to work meanwhile must not change the order under the sort's hands.
        slots.sort_by_cached_key(|slot| *lock(&slot.used));
        slots
    }

    /// Room for one more, waited for while all that are loaded are at work.
    async fn room(&self) -> Result<OwnedSemaphorePermit, AccountError> {
        let waiting = async {
            loop {
                match self.make_room() {
                    Some(permit) => break permit,
                    None => time::sleep(LOOK).await,
                }
            }
        };
        time::timeout(PATIENCE, waiting)
            .await
            .map_err(|_| AccountError::Full)
    }

    /// Puts away the longest unused until one more fits.
    fn make_room(&self) -> Option<OwnedSemaphorePermit> {
        let mut oldest = self.longest_unused_first().into_iter();
        loop {
            if let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() {
                return Some(permit);
            }
            if !oldest.any(|slot| slot.put_away()) {
                return None;
            }
        }
    }
}

impl Slot {
    /// The account, if it is loaded. A slot whose lock is taken is counted when it has been loaded.
    fn loaded(&self) -> Option<Arc<Account>> {
        let place = self.account.try_lock().ok()?;
        Some(Arc::clone(&place.as_ref()?.account))
    }

    /// A slot whose lock is taken is being loaded, or looked at for a moment.
    fn is_loaded(&self) -> bool {
        self.account.try_lock().is_ok_and(|place| place.is_some())
    }

    /// Drops the account unless somebody is using it. What it held is on the disk already.
    fn put_away(&self) -> bool {
        let Ok(mut place) = self.account.try_lock() else {
            return false;
        };
        let unused = place
            .as_ref()
            .is_some_and(|l| Arc::strong_count(&l.account) == 1 && !l.account.is_at_work());
        if unused {
            *place = None;
        }
        unused
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Each lock here guards a plain value that is whole between statements.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A token bucket: as many requests as a second allows may come at once.
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn full(rate: f64) -> Self {
        Self {
            tokens: rate,
            at: Instant::now(),
        }
    }

    fn take(&mut self, now: Instant, rate: f64) -> bool {
        let earned = now.saturating_duration_since(self.at).as_secs_f64() * rate;
        self.tokens = (self.tokens + earned).min(rate.max(1.0));
        self.at = now;
        let enough = self.tokens >= 1.0;
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::SandboxSettings;
    use crate::tenant::Tenant;

    #[test]
    fn who_is_longest_unused_can_be_asked_while_everybody_is_at_work() {
        let settings = SandboxSettings::new("unused");
        let behaviour = Behaviour {
            delay: settings.stream_delay,
            shard_limits: true,
            shards: settings.quotas.shards,
            clock: settings.clock.clone(),
        };
        let held = Held::up_to(settings.bytes_in_all);
        let accounts = Accounts::new(
            settings.data_dir,
            behaviour,
            settings.quotas,
            64,
            held,
            settings.clock,
        );
        let slots: Vec<_> = (0..400)
            .map(|n| accounts.slot(&Tenant::generate(n.to_string()).account_id))
            .collect();
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| {
                for _ in 0..200 {
                    assert_eq!(accounts.longest_unused_first().len(), slots.len());
                }
            });
            while !asked.is_finished() {
                // In another order than they were made.
                for n in 0..slots.len() {
                    *lock(&slots[n * 7 % slots.len()].used) = Instant::now();
                }
            }
        });
    }

    #[test]
    fn the_allowance_comes_back_with_time() {
        let mut bucket = Bucket::full(2.0);
        let start = bucket.at;
        assert!(bucket.take(start, 2.0));
        assert!(bucket.take(start, 2.0));
        assert!(!bucket.take(start, 2.0));
        assert!(bucket.take(start + Duration::from_millis(500), 2.0));
        assert!(!bucket.take(start + Duration::from_millis(500), 2.0));
        assert!(bucket.take(start + Duration::from_hours(1), 2.0));
    }
}
