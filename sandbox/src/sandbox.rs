//! The sandbox as the rest of the house sees it: opened once, shared by cloning.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_types::SdkConfig;
use axum::Router;
use chrono::{DateTime, Utc};
use futures::FutureExt as _;
use tokio::net::TcpListener;

use crate::account::Usage;
use crate::accounts::AccountError;
use crate::dynamodb::{Table, TableChange};
use crate::fault::{Fault, InForce};
use crate::lab::Lab;
use crate::provider::{Embedded, Provider, ProviderKind, ProviderSettings, Remote, Resource, Terms};
use crate::queues::{Queues, Seen};
use crate::region::Region;
use crate::streams::Streams;
use crate::tables::Tables;
use crate::tenant::{AccountId, Tenant, TenantDirectory};
use crate::topics::Topics;

/// How much one tenant may have, over all regions together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Streams.
    pub streams: u32,
    /// Open shards.
    pub shards: u32,
    /// Requests a second; as many may come at once.
    pub requests_per_second: u32,
    /// Queues.
    pub queues: u32,
    /// Tables.
    pub tables: u32,
    /// Topics.
    pub topics: u32,
    /// Subscriptions to topics.
    pub subscriptions: u32,
    /// Bytes of records, messages and tables as stored (see [`Usage::bytes`]).
    pub bytes: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            streams: 10,
            shards: 50,
            queues: 250,
            tables: 20,
            topics: 250,
            subscriptions: 500,
            requests_per_second: 100,
            bytes: 64 * 1024 * 1024,
        }
    }
}

/// What a sandbox is opened with.
#[derive(Debug, Clone)]
pub struct SandboxSettings {
    /// Where all tenants' state lives; made if it is not there.
    pub data_dir: PathBuf,
    /// Each tenant's quotas.
    pub quotas: Quotas,
    /// How long a stream takes to become ACTIVE, to split, to go.
    pub stream_delay: Duration,
    /// Whether a shard takes at most 1 MiB and 1,000 records a second, as in AWS.
    pub shard_limits: bool,
    /// A tenant unused for this long leaves memory.
    pub idle_after: Duration,
    /// The most tenants in memory at once.
    pub most_loaded: usize,
    /// The most bytes of records and messages in memory, all tenants together. When it is nearly reached, the longest
    /// unused are put away; where that is not enough, nothing more is taken.
    pub bytes_in_all: u64,
    /// The time that queues and tables go by, each shard's limits, and faults.
    pub clock: Clock,
    /// Where tenants' things are. Elsewhere than in the process, everything above but the quotas is left to that place.
    pub provider: ProviderSettings,
}

/// A source of time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// A clock that shows what this says.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

impl SandboxSettings {
    /// The defaults, with state in `data_dir`.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            quotas: Quotas::default(),
            stream_delay: Duration::from_millis(100),
            shard_limits: true,
            idle_after: Duration::from_mins(10),
            most_loaded: 64,
            bytes_in_all: 1024 * 1024 * 1024,
            clock: Clock::new(Utc::now),
            provider: ProviderSettings::default(),
        }
    }
}

/// The sandbox could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data folder could not be made or written.
    #[error("the sandbox's folder {folder} cannot be used")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another process has it open. Two would spoil each other's journals.
    #[error("the sandbox's folder {folder} is in use by another process")]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
}

/// A tenant's state could not be reached or removed.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Inside the process: it could not be loaded, or its files not removed.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// This looks inside the embedded sandbox, and tenants' things are elsewhere.
    #[error("this looks inside the embedded sandbox, and tenants' things are elsewhere")]
    OnlyEmbedded,
    /// This is about an account that tenants share, and each has one of its own.
    #[error("this is about an account that tenants share, and each has one of its own")]
    OnlyRemote,
    /// The provider refused, or was not reached.
    #[error("{what}: {why}")]
    Remote {
        /// What was tried.
        what: &'static str,
        /// What came back, for the log.
        why: String,
    },
    /// A resource that is not the tenant's that it says.
    #[error("{real:?} is not the tenant's")]
    NotOurs {
        /// Its name at the provider.
        real: String,
    },
}

/// All members' private AWS accounts.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    provider: Box<dyn Provider>,
    quotas: Quotas,
}

/// How long open connections may go on after the end was asked for.
const FAREWELL: Duration = Duration::from_secs(1);

impl Sandbox {
    /// Opens the sandbox where the settings say. Needs a Tokio runtime.
    pub async fn open(
        settings: SandboxSettings,
        tenants: Arc<dyn TenantDirectory>,
    ) -> Result<Self, OpenError> {
        let quotas = settings.quotas;
        let provider: Box<dyn Provider> = match settings.provider.clone() {
            ProviderSettings::Embedded => Box::new(Embedded::open(settings, tenants).await?),
            ProviderSettings::Endpoint { url, prefix } => {
                Box::new(Remote::endpoint(&url, prefix, quotas).await)
            }
            ProviderSettings::Aws { url, prefix } => {
                Box::new(Remote::aws(url.as_deref(), prefix, quotas).await)
            }
        };
        Ok(Self {
            inner: Arc::new(Inner { provider, quotas }),
        })
    }

    /// Which kind of place tenants' things are in.
    pub fn provider(&self) -> ProviderKind {
        self.inner.provider.kind()
    }

    /// The AWS endpoint, for a server of one's own. Only where the sandbox is embedded.
    pub fn router(&self) -> Result<Router, SandboxError> {
        Ok(self.inside()?.router.clone())
    }

    fn inside(&self) -> Result<&Embedded, SandboxError> {
        self.inner.provider.inside()
    }

    fn config(&self, tenant: &Tenant, region: Region) -> SdkConfig {
        self.inner.provider.config(tenant, region)
    }

    fn terms(&self, tenant: &Tenant) -> Terms {
        self.inner.provider.terms(tenant)
    }

    /// Serves the AWS endpoint until `shutdown`; open connections then have a second to finish. Only where the sandbox is
    /// embedded: elsewhere it fails at once.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let shutdown = shutdown.boxed().shared();
        let router = self.router().map_err(std::io::Error::other)?;
        let serving = axum::serve(listener, router).with_graceful_shutdown(shutdown.clone());
        tokio::select! {
            result = serving.into_future() => result,
            () = async { shutdown.await; tokio::time::sleep(FAREWELL).await } => Ok(()),
        }
    }

    /// The SDK's client for a tenant's Kinesis. Where the sandbox is embedded, it signs, and its requests take the same way as
    /// any other, without a socket; it does not retry, since what the sandbox says is what the member should see. Elsewhere it
    /// retries, is given names as they are written there, and reaches nothing that is not the tenant's.
    pub fn kinesis(&self, tenant: &Tenant, region: Region) -> aws_sdk_kinesis::Client {
        aws_sdk_kinesis::Client::new(&self.config(tenant, region))
    }

    /// The same for a tenant's queues.
    pub fn sqs(&self, tenant: &Tenant, region: Region) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config(tenant, region))
    }

    /// The same for a tenant's topics.
    pub fn sns(&self, tenant: &Tenant, region: Region) -> aws_sdk_sns::Client {
        aws_sdk_sns::Client::new(&self.config(tenant, region))
    }

    /// The same for a tenant's tables.
    pub fn dynamodb(&self, tenant: &Tenant, region: Region) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config(tenant, region))
    }

    /// The same for the streams of a tenant's tables.
    pub fn dynamodb_streams(&self, tenant: &Tenant, region: Region) -> aws_sdk_dynamodbstreams::Client {
        aws_sdk_dynamodbstreams::Client::new(&self.config(tenant, region))
    }

    /// A tenant's streams, as chat commands use them.
    pub fn streams(&self, tenant: &Tenant, region: Region) -> Streams {
        Streams::new(self.kinesis(tenant, region), self.terms(tenant))
    }

    /// A tenant's queues, as chat commands use them.
    pub fn queues(&self, tenant: &Tenant, region: Region) -> Queues {
        Queues::new(self.sqs(tenant, region), self.terms(tenant))
    }

    /// A tenant's topics, as chat commands use them.
    pub fn topics(&self, tenant: &Tenant, region: Region) -> Topics {
        Topics::new(
            self.sns(tenant, region),
            self.sqs(tenant, region),
            self.terms(tenant),
        )
    }

    /// A tenant's tables, as chat commands use them.
    pub fn tables(&self, tenant: &Tenant, region: Region) -> Tables {
        Tables::new(
            self.dynamodb(tenant, region),
            self.dynamodb_streams(tenant, region),
            self.terms(tenant),
        )
    }

    /// How many messages a tenant's topic was given, and how many each of its queues got: AWS does not tell. Nothing where
    /// there is no such topic.
    pub async fn delivered(
        &self,
        account: &AccountId,
        region: Region,
        topic: &str,
    ) -> Result<(u64, Vec<(String, u64)>), SandboxError> {
        let account = self.inside()?.accounts.get(account).await?;
        let engine = account.sns.engine(region).await.map_err(AccountError::from)?;
        Ok(engine.delivered(topic))
    }

    /// What is in a tenant's queue, without receiving it: AWS has no such call. None where there is no such queue.
    pub async fn messages(
        &self,
        account: &AccountId,
        region: Region,
        queue: &str,
    ) -> Result<Vec<Seen>, SandboxError> {
        let account = self.inside()?.accounts.get(account).await?;
        let engine = account.sqs.engine(region).await.map_err(AccountError::from)?;
        Ok(engine.messages(queue))
    }

    /// A tenant's state as tables, to be asked in SQL. Only where the sandbox is embedded.
    pub fn lab(&self) -> Result<&Lab, SandboxError> {
        Ok(&self.inside()?.lab)
    }

    /// Lets something go wrong in a tenant's sandbox for a while, five minutes at most, in place of what did before. A
    /// restart ends it too. Only where the sandbox is embedded.
    pub fn begin_fault(
        &self,
        account: &AccountId,
        fault: Fault,
        lasting: Duration,
    ) -> Result<InForce, SandboxError> {
        Ok(self.inside()?.accounts.faults().begin(account, fault, lasting))
    }

    /// Nothing goes wrong on purpose any more.
    pub fn end_fault(&self, account: &AccountId) {
        if let Ok(embedded) = self.inside() {
            embedded.accounts.faults().end(account);
        }
    }

    /// What goes wrong in a tenant's sandbox on purpose.
    pub fn fault(&self, account: &AccountId) -> Option<InForce> {
        self.inside().ok()?.accounts.faults().of(account)
    }

    /// How much a tenant may have.
    pub fn quotas(&self) -> Quotas {
        self.inner.quotas
    }

    /// What a tenant holds. Loads it.
    pub async fn usage(&self, account: &AccountId) -> Result<Usage, SandboxError> {
        Ok(self.inside()?.accounts.get(account).await?.usage().await)
    }

    /// A tenant's tables of all regions. Loads it.
    pub async fn look_at_tables(&self, account: &AccountId) -> Result<Vec<Table>, SandboxError> {
        let account = self.inside()?.accounts.get(account).await?;
        Ok(account
            .dynamodb
            .look_at_tables()
            .await
            .map_err(AccountError::from)?)
    }

    /// A table's items as plain JSON, at most so many, in the order of their keys. None where there is no such table.
    pub async fn look_at_items(
        &self,
        account: &AccountId,
        region: Region,
        table: &str,
        most: usize,
    ) -> Result<Vec<serde_json::Value>, SandboxError> {
        let account = self.inside()?.accounts.get(account).await?;
        let items = account.dynamodb.look_at_items(region, table.to_owned(), most);
        Ok(items.await.map_err(AccountError::from)?)
    }

    /// The latest changes that the stream of a table holds, at most so many, oldest first. None where it has no stream.
    pub async fn look_at_changes(
        &self,
        account: &AccountId,
        region: Region,
        table: &str,
        most: usize,
    ) -> Result<Vec<TableChange>, SandboxError> {
        let account = self.inside()?.accounts.get(account).await?;
        let changes = account.dynamodb.look_at_changes(region, table.to_owned(), most);
        Ok(changes.await.map_err(AccountError::from)?)
    }

    /// Removes all that a tenant has, of every service and in every region. Its row in the directory is the caller's.
    pub async fn delete_tenant(&self, account: &AccountId) -> Result<(), SandboxError> {
        self.inner.provider.delete_tenant(account).await
    }

    /// What a tenant has in a region of the account that tenants share.
    pub async fn resources(&self, tenant: &Tenant, region: Region) -> Result<Vec<Resource>, SandboxError> {
        let shared = self.inner.provider.shared()?;
        shared.resources(&tenant.account_id, region).await
    }

    /// What all tenants of this installation have in a region of the account they share, those included that nobody knows any
    /// more.
    pub async fn leftovers(&self, region: Region) -> Result<Vec<Resource>, SandboxError> {
        self.inner.provider.shared()?.leftovers(region).await
    }

    /// Removes one thing from the account that tenants share. One that is gone already is no mistake.
    pub async fn remove(&self, region: Region, resource: &Resource) -> Result<(), SandboxError> {
        self.inner.provider.shared()?.remove(region, resource).await
    }

    /// How many tenants are in memory: none, where tenants' things are elsewhere.
    pub fn loaded(&self) -> usize {
        self.inside().map_or(0, |embedded| embedded.accounts.loaded())
    }

    /// Puts away tenants unused for this long, as happens by itself every minute; returns how many.
    pub fn put_away(&self, idle: Duration) -> usize {
        self.inside()
            .map_or(0, |embedded| embedded.accounts.put_away(idle))
    }
}
