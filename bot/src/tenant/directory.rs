//! Who signed a request to the sandbox: the tenants in our database, as the sandbox asks for them.

use ::store::Store;
use futures::FutureExt;
use futures::future::BoxFuture;
use sandbox::{DirectoryError, Tenant, TenantDirectory};

use super::store;
use crate::seal::Seal;

/// The database as the sandbox's directory of tenants.
pub struct Tenants {
    store: Store,
    seal: Seal,
}

impl Tenants {
    /// Over this database, with the key that its secrets are sealed with.
    pub fn new(store: Store, seal: Seal) -> Self {
        Self { store, seal }
    }
}

impl TenantDirectory for Tenants {
    fn find<'a>(&'a self, access_key_id: &'a str) -> BoxFuture<'a, Result<Option<Tenant>, DirectoryError>> {
        async move {
            store::by_access_key(&self.store, &self.seal, access_key_id)
                .await
                .map_err(|error| DirectoryError(Box::new(error)))
        }
        .boxed()
    }
}
