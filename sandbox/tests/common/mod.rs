//! What the tests share: a directory of tenants in memory, and a sandbox in a folder of its own.

#![allow(dead_code, reason = "each test file uses a part")]

pub mod raw;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::Utc;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use sandbox::{Clock, DirectoryError, Sandbox, SandboxSettings, Tenant, TenantDirectory};
use tempfile::TempDir;

/// Tenants in memory.
#[derive(Default)]
pub struct Tenants(Mutex<Vec<Tenant>>);

impl Tenants {
    pub fn of(tenants: &[&Tenant]) -> Arc<Self> {
        Arc::new(Self(Mutex::new(tenants.iter().copied().cloned().collect())))
    }
}

impl TenantDirectory for Tenants {
    fn find<'a>(&'a self, access_key_id: &'a str) -> BoxFuture<'a, Result<Option<Tenant>, DirectoryError>> {
        let found = self
            .0
            .lock()
            .unwrap()
            .iter()
            .find(|t| t.access_key_id == access_key_id)
            .cloned();
        async move { Ok(found) }.boxed()
    }
}

/// Ana and Ben, and their sandbox.
pub struct World {
    pub folder: TempDir,
    pub settings: SandboxSettings,
    pub sandbox: Sandbox,
    pub ana: Tenant,
    pub ben: Tenant,
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut SandboxSettings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = SandboxSettings::new(folder.path());
        // Tests ask again at once where a person would wait.
        settings.quotas.requests_per_second = 100_000;
        settings.shard_limits = false;
        settings.stream_delay = Duration::from_millis(10);
        change(&mut settings);
        let (ana, ben) = (Tenant::generate("ana"), Tenant::generate("ben"));
        let sandbox = open(&settings, &[&ana, &ben]).await;
        Self {
            folder,
            settings,
            sandbox,
            ana,
            ben,
        }
    }

    /// A world with AWS's limits for each shard, in which one second lasts for the whole test.
    pub async fn in_one_second() -> Self {
        let now = Utc::now();
        Self::with(|settings| {
            settings.shard_limits = true;
            settings.clock = Clock::new(move || now);
        })
        .await
    }

    /// The same world after its process stopped and started again.
    pub async fn restarted(self) -> Self {
        let Self {
            folder,
            settings,
            sandbox,
            ana,
            ben,
        } = self;
        drop(sandbox);
        let sandbox = open(&settings, &[&ana, &ben]).await;
        Self {
            folder,
            settings,
            sandbox,
            ana,
            ben,
        }
    }
}

/// Opens a sandbox for these tenants, in a folder that may have been open a moment ago.
pub async fn open(settings: &SandboxSettings, tenants: &[&Tenant]) -> Sandbox {
    // The last clone may still be going with a connection's task.
    loop {
        match Sandbox::open(settings.clone(), Tenants::of(tenants)).await {
            Ok(sandbox) => return sandbox,
            Err(sandbox::OpenError::InUse { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}
