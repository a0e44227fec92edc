//! The place inside the process: every tenant has an account of its own, kept in the data folder. The SDK's requests go through
//! our own front without a socket.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_types::SdkConfig;
use axum::Router;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::{Provider, ProviderKind, Terms};
use crate::accounts::{Accounts, Held};
use crate::client;
use crate::front;
use crate::kinesis::Behaviour;
use crate::lab::Lab;
use crate::region::Region;
use crate::sandbox::{OpenError, SandboxError, SandboxSettings};
use crate::tenant::{AccountId, Tenant, TenantDirectory};

/// How often idle tenants are looked for and old records forgotten.
const ROUND: Duration = Duration::from_mins(1);

/// All tenants' accounts, and the front before them.
pub(crate) struct Embedded {
    /// Who is in memory.
    pub accounts: Arc<Accounts>,
    /// Their state as tables.
    pub lab: Lab,
    /// The AWS endpoint.
    pub router: Router,
    /// Held for as long as the sandbox is open.
    _lock: File,
}

impl Embedded {
    /// Opens the folder. Needs a Tokio runtime, on which a small task keeps house until the last clone is gone.
    pub async fn open(
        settings: SandboxSettings,
        tenants: Arc<dyn TenantDirectory>,
    ) -> Result<Self, OpenError> {
        let folder = settings.data_dir.clone();
        let lock = match tokio::task::spawn_blocking(move || lock_folder(&folder)).await {
            Ok(lock) => lock?,
            Err(error) => {
                return Err(OpenError::Folder {
                    folder: settings.data_dir,
                    source: std::io::Error::other(error),
                });
            }
        };
        let behaviour = Behaviour {
            delay: settings.stream_delay,
            shard_limits: settings.shard_limits,
            shards: settings.quotas.shards,
            clock: settings.clock.clone(),
        };
        let accounts = Arc::new(Accounts::new(
            settings.data_dir,
            behaviour,
            settings.quotas,
            settings.most_loaded,
            Held::up_to(settings.bytes_in_all),
            settings.clock,
        ));
        keep_house(&accounts, settings.idle_after);
        Ok(Self {
            router: front::router(Arc::clone(&accounts), tenants),
            lab: Lab::new(Arc::clone(&accounts)),
            accounts,
            _lock: lock,
        })
    }
}

impl Provider for Embedded {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Embedded
    }

    fn config(&self, tenant: &Tenant, region: Region) -> SdkConfig {
        client::config(self.router.clone(), tenant, region)
    }

    fn terms(&self, _: &Tenant) -> Terms {
        Terms::embedded()
    }

    fn delete_tenant<'a>(&'a self, account: &'a AccountId) -> BoxFuture<'a, Result<(), SandboxError>> {
        async { Ok(self.accounts.delete(account).await?) }.boxed()
    }

    fn inside(&self) -> Result<&Embedded, SandboxError> {
        Ok(self)
    }
}

fn lock_folder(folder: &Path) -> Result<File, OpenError> {
    let unusable = |source| OpenError::Folder {
        folder: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(unusable)?;
    let file = File::create(folder.join("lock")).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
            folder: folder.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

fn keep_house(accounts: &Arc<Accounts>, idle_after: Duration) {
    let accounts = Arc::downgrade(accounts);
    tokio::spawn(async move {
        let mut rounds = tokio::time::interval(ROUND);
        loop {
            rounds.tick().await;
            let Some(accounts) = accounts.upgrade() else {
                return;
            };
            accounts.put_away(idle_after);
            accounts.tidy().await;
        }
    });
}
