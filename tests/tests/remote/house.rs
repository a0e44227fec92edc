//! A sandbox at moto's server, and the two members that every story has.

use std::sync::Arc;

use sandbox::{NoTenants, ProviderSettings, Quotas, Region, Resource, Sandbox, SandboxSettings, Tenant};
use tempfile::TempDir;
use tests::Moto;

pub const HERE: Region = Region::UsEast1;

/// Moto, a sandbox there, and two members of it.
pub struct House {
    pub sandbox: Sandbox,
    pub ana: Tenant,
    pub ben: Tenant,
    moto: Moto,
    folder: TempDir,
}

impl House {
    /// The sandbox as it is by default; `None` where there is no moto.
    pub async fn open() -> Option<Self> {
        Self::with(Quotas::default()).await
    }

    /// The same with other quotas.
    pub async fn with(quotas: Quotas) -> Option<Self> {
        let (moto, folder) = (Moto::start()?, tempfile::tempdir().expect("a folder"));
        Some(Self {
            sandbox: sandbox(&moto, &folder, "main", quotas).await,
            ana: Tenant::generate("ana"),
            ben: Tenant::generate("ben"),
            moto,
            folder,
        })
    }

    /// Another installation in the same account.
    pub async fn another(&self, prefix: &str) -> Sandbox {
        sandbox(&self.moto, &self.folder, prefix, Quotas::default()).await
    }

    /// Everything of this installation's in a region.
    pub async fn everything(&self, region: Region) -> Vec<Resource> {
        self.sandbox.leftovers(region).await.expect("it is listed")
    }
}

async fn sandbox(moto: &Moto, folder: &TempDir, prefix: &str, quotas: Quotas) -> Sandbox {
    let settings = SandboxSettings {
        quotas,
        provider: ProviderSettings::Endpoint {
            url: moto.url.clone(),
            prefix: prefix.parse().expect("a prefix"),
        },
        ..SandboxSettings::new(folder.path())
    };
    Sandbox::open(settings, Arc::new(NoTenants))
        .await
        .expect("it opens")
}
