//! Changes to streams, shards, consumers and tags. One that takes effect later is pending until then; what the engine behind
//! leaves undone when it does is done here.

use std::sync::Arc;

use ferrokinesis::actions::Operation;
use ferrokinesis::types::{Consumer, ConsumerStatus, StreamStatus};
use serde_json::Value;

use super::Engine;
use crate::kinesis::changes::{Extras, Pending, is_open, takes_effect_later};
use crate::kinesis::control::{self, Rare};
use crate::wire::Refusal;

/// How often a pending change is looked at.
const SETTLE_STEP: std::time::Duration = std::time::Duration::from_millis(10);

impl Engine {
    /// Looks again if a change took effect meanwhile: a look in between would see shards without their parents.
    pub(super) async fn settled<T, F: Future<Output = T>>(&self, look: impl Fn() -> F) -> T {
        let before = self.changes().pending.clone();
        let seen = look().await;
        if before.is_empty() {
            return seen;
        }
        let alone = self.gate.write().await;
        self.settle_made().await;
        drop(alone);
        let same = self.changes().pending == before;
        if same { seen } else { look().await }
    }

    /// An operation that changes streams, shards, consumers or tags. `shards` is what it will add.
    pub async fn change(
        self: &Arc<Self>,
        operation: Operation,
        body: Value,
        shards: u32,
    ) -> Result<Option<Value>, Refusal> {
        let _alone = self.gate.write().await;
        self.settle_made().await;
        let stream = control::stream_name(&body).to_owned();
        control::check(self, operation, &body).await?;
        let rare = Rare::of(operation);
        if let Some(rare) = rare
            && !self.changes().rare.may(rare, &stream, self.clock_ms())
        {
            return Err(rare.refusal(&stream));
        }
        let pending = if takes_effect_later(operation) {
            Some(self.pending(operation, &stream, &body, shards).await)
        } else {
            None
        };
        let extras = (operation == Operation::CreateStream).then(|| Extras::of(&body));
        let answer = control::make(self, operation, body).await?;
        if let Some(rare) = rare {
            self.changes().rare.happened(rare, &stream, self.clock_ms());
        }
        if let Some(extras) = extras {
            extras.apply(&self.store, &stream).await?;
        }
        if let Some(pending) = pending {
            self.changes().pending.push(pending.clone());
            self.settle_later(pending);
        }
        self.journal_control().await?;
        Ok(answer)
    }

    async fn pending(&self, operation: Operation, stream: &str, body: &Value, shards: u32) -> Pending {
        let before = self
            .store
            .get_stream(stream)
            .await
            .map(|s| s.shards)
            .unwrap_or_default();
        Pending {
            operation: operation.to_string(),
            stream: stream.to_owned(),
            body: body.clone(),
            shards,
            known: before.len(),
            open: before
                .into_iter()
                .filter(is_open)
                .map(|shard| shard.shard_id)
                .collect(),
        }
    }

    /// Repeats a change that a stop interrupted.
    pub(super) async fn do_again(self: &Arc<Self>, change: Pending) {
        let Ok(operation) = change.operation.parse::<Operation>() else {
            tracing::warn!(
                operation = change.operation,
                "a pending change has an unknown name"
            );
            return;
        };
        if let Err(refusal) = self.change(operation, change.body, change.shards).await {
            tracing::warn!(
                ?refusal,
                operation = change.operation,
                "a pending change could not be repeated"
            );
        }
    }

    /// Waits (in a task that keeps this engine in memory) until a change has taken effect, then journals it.
    fn settle_later(self: &Arc<Self>, change: Pending) {
        let engine = Arc::clone(self);
        tokio::spawn(async move {
            while engine.is_changing(&change.stream).await {
                tokio::time::sleep(SETTLE_STEP).await;
            }
            let _alone = engine.gate.write().await;
            engine.settle_made().await;
            // A failure marks the journal as failed, and the next caller loads afresh.
            drop(engine.journal_control().await);
        });
    }

    /// Takes the changes that have taken effect off the list of pending ones. A stream has at most one that has
    /// not: the engine refuses to change it meanwhile.
    async fn settle_made(&self) {
        let pending = self.changes().pending.clone();
        for change in pending {
            if !self.is_changing(&change.stream).await {
                self.finish(&change).await;
                self.changes().pending.retain(|p| *p != change);
            }
        }
    }

    /// What the engine leaves undone when a change takes effect.
    async fn finish(&self, change: &Pending) {
        if change.operation == Operation::DeleteStream.to_string() {
            self.forget_consumers(&change.stream).await;
            self.flow().forget(&change.stream);
            self.changes().rare.forget(&change.stream);
        }
        let named = self.store.update_stream(&change.stream, |stream| {
            change.name_parents(stream);
            Ok(())
        });
        // A stream that is gone has no shards to name.
        drop(named.await);
    }

    pub(super) async fn is_changing(&self, stream: &str) -> bool {
        let status = self.store.get_stream(stream).await.map(|s| s.stream_status);
        status.is_ok_and(|status| status != StreamStatus::Active)
    }

    /// AWS drops a stream's consumers with it; otherwise they would turn up in its next namesake. One that is going
    /// already goes by itself: the engine would miss it, and take no write from then on.
    async fn forget_consumers(&self, stream: &str) {
        let arn = self.arn_of(stream);
        let consumers = self.store.list_consumers_for_stream(&arn).await;
        let stay = |consumer: &&Consumer| consumer.consumer_status != ConsumerStatus::Deleting;
        for consumer in consumers.iter().filter(stay) {
            if let Err(error) = self.store.delete_consumer(&consumer.consumer_arn).await {
                tracing::warn!(%error, "a deleted stream's consumer stays");
            }
        }
    }
}
