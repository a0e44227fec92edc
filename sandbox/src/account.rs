//! One tenant as loaded in memory: its account in each service, and what they have in common.

use std::path::Path;
use std::sync::Arc;

use crate::accounts::Held;
use crate::dynamodb;
use crate::history::History;
use crate::kinesis::{self, Behaviour};
use crate::regional::LoadError;
use crate::sandbox::{Clock, Quotas};
use crate::sns;
use crate::sqs;
use crate::tenant::AccountId;

/// What a tenant holds, over all regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Streams, those on their way included.
    pub streams: u32,
    /// Open shards, those on their way included.
    pub shards: u32,
    /// Queues.
    pub queues: u32,
    /// Tables.
    pub tables: u32,
    /// Topics.
    pub topics: u32,
    /// Subscriptions to topics.
    pub subscriptions: u32,
    /// Bytes of records, messages and tables as stored: a record's data (as base64, a third larger), its key and a few
    /// bytes besides; a message's body and attributes; a topic's and a subscription's settings; the databases of tables,
    /// their indexes and streams.
    pub bytes: u64,
}

/// A loaded tenant.
pub struct Account {
    /// Its streams.
    pub kinesis: kinesis::Account,
    /// Its queues.
    pub sqs: sqs::Account,
    /// Its topics.
    pub sns: sns::Account,
    /// What was asked of it.
    pub history: History,
    /// Held while a query of the lab runs: one at a time.
    pub asking: tokio::sync::Mutex<()>,
    /// Its tables.
    pub dynamodb: dynamodb::Account,
    /// What all tenants hold together.
    pub held: Arc<Held>,
    quotas: Quotas,
}

impl Account {
    /// Loads what was kept of every service and region.
    pub async fn load(
        folder: &Path,
        id: AccountId,
        behaviour: Behaviour,
        quotas: Quotas,
        held: &Arc<Held>,
        clock: &Clock,
    ) -> Result<Self, LoadError> {
        let kinesis = folder.join("kinesis");
        let sqs = folder.join("sqs");
        let sns = folder.join("sns");
        let dynamodb = folder.join("dynamodb");
        Ok(Self {
            kinesis: kinesis::Account::load(kinesis, id.clone(), behaviour, quotas).await?,
            sqs: sqs::Account::load(sqs, id.clone(), quotas, clock.clone()).await?,
            sns: sns::Account::load(sns, id.clone(), quotas, clock.clone()).await?,
            dynamodb: dynamodb::Account::new(dynamodb, id, quotas, clock.clone()),
            history: History::load(folder).await,
            asking: tokio::sync::Mutex::default(),
            held: Arc::clone(held),
            quotas,
        })
    }

    /// Lets go of everything for good, before the tenant's folder is removed.
    pub async fn close(&self) {
        self.kinesis.engines().close().await;
        self.sqs.engines().close().await;
        self.history.close();
        self.sns.engines().close().await;
        self.dynamodb.close().await;
    }

    /// Whether something can no longer be written.
    pub async fn has_failed(&self) -> bool {
        self.kinesis.engines().has_failed().await
            || self.sqs.engines().has_failed().await
            || self.sns.engines().has_failed().await
            || self.dynamodb.engines().has_failed().await
    }

    /// Whether something outside still uses a part of it.
    pub fn is_at_work(&self) -> bool {
        self.kinesis.engines().is_at_work()
            || self.sqs.engines().is_at_work()
            || self.sns.engines().is_at_work()
            || self.dynamodb.engines().is_at_work()
    }

    /// What the tenant holds.
    pub async fn usage(&self) -> Usage {
        let (streams, shards) = self.kinesis.usage().await;
        let (queues, messages) = self.sqs.usage().await;
        let topics = self.sns.usage().await;
        Usage {
            streams,
            shards,
            queues,
            tables: self.dynamodb.tables().await.unwrap_or_default(),
            topics: topics.topics,
            subscriptions: topics.subscriptions,
            bytes: self.kinesis.bytes().await + messages + topics.bytes + self.dynamodb.bytes().await,
        }
    }

    /// Bytes of records and messages held in memory. (Tables are in files.)
    pub async fn in_memory(&self) -> u64 {
        self.kinesis.bytes().await + self.sqs.usage().await.1
    }

    /// How many bytes more the tenant may store: within its quota, and within what all may hold together.
    pub async fn room(&self) -> u64 {
        let held = self.kinesis.bytes().await
            + self.sqs.usage().await.1
            + self.sns.usage().await.bytes
            + self.dynamodb.bytes().await;
        self.quotas.bytes.saturating_sub(held).min(self.held.room())
    }

    /// Retention and compaction.
    pub async fn tidy(&self) {
        self.kinesis.tidy().await;
        self.sqs.tidy().await;
        self.history.tidy().await;
        self.sns.tidy().await;
        self.dynamodb.tidy().await;
    }
}
