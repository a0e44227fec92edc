//! What is on the disk: the control state journaled whole after each change, records forgotten past their retention, and the
//! journal written anew when it is mostly garbage.

use std::collections::HashMap;
use std::io;

use ferrokinesis::types::Stream;

use super::place::engine_key;
use super::{Engine, now_ms};
use crate::journal::Entry as _;
use crate::kinesis::entry::{Entry, Record};
use crate::kinesis::get::arrived_ms;
use crate::kinesis::kept::{Control, kept_record};
use crate::wire::Refusal;

/// A journal is rewritten when it is this large and twice what it holds.
const WORTH_COMPACTING: u64 = 8 * 1024 * 1024;

/// How many records are looked at, at once, for being too old.
const TRIMMED_AT_ONCE: usize = 1_000;

impl Engine {
    /// Forgets records past their stream's retention, and rewrites the journal when it is mostly garbage.
    pub async fn tidy(&self) -> io::Result<()> {
        for name in self.store.list_stream_names().await {
            if let Ok(stream) = self.store.get_stream(&name).await {
                self.trim(&stream).await;
            }
        }
        let size = self.journal.bytes();
        if size < WORTH_COMPACTING || size < 2 * self.bytes() {
            Ok(())
        } else {
            self.compact().await
        }
    }

    /// Records are in the order of their arrival, so that only those to be forgotten are looked at.
    async fn trim(&self, stream: &Stream) {
        let oldest = now_ms() as i64 - i64::from(stream.retention_period_hours) * 3_600_000;
        for shard in 0..stream.shards.len() as u32 {
            loop {
                let first = self
                    .records(&stream.stream_name, shard, "", TRIMMED_AT_ONCE)
                    .await;
                let keys: Vec<String> = first
                    .iter()
                    .take_while(|(_, record)| arrived_ms(record) < oldest)
                    .map(|(sequence, _)| engine_key(shard, sequence))
                    .collect();
                self.store.delete_record_keys(&stream.stream_name, &keys).await;
                if keys.len() < TRIMMED_AT_ONCE {
                    break;
                }
            }
        }
    }

    /// Writes the journal anew from what is in memory.
    async fn compact(&self) -> io::Result<()> {
        let _alone = self.gate.write().await;
        self.still_right()
            .map_err(|refusal| io::Error::other(refusal.message))?;
        let (mut frames, _) = self
            .control_frame()
            .await
            .map_err(|refusal| io::Error::other(refusal.message))?;
        for stream in self.store.list_stream_names().await {
            let records = self.store.get_record_store(&stream).await;
            let records: Vec<Record> = records
                .into_iter()
                .filter_map(|(key, r)| kept_record(&key, r))
                .collect();
            for some in records.chunks(1_000) {
                frames.extend(
                    Entry::Records {
                        stream: stream.clone(),
                        records: some.to_vec(),
                    }
                    .frame(),
                );
            }
        }
        self.journal.replace(frames).await
    }

    /// An engine that has lost its way takes no write any more, and must write none either: a fresh one takes its place.
    fn still_right(&self) -> Result<(), Refusal> {
        self.store.check_ready().map_err(|error| {
            tracing::error!(%error, "a Kinesis engine is to be loaded afresh");
            Refusal::internal()
        })
    }

    /// Journals the control state. Only then are its shards known to be in the journal.
    pub(super) async fn journal_control(&self) -> Result<(), Refusal> {
        self.still_right()?;
        let (frame, shards) = self.control_frame().await?;
        self.journal
            .append(frame)
            .await
            .map_err(|_| Refusal::internal())?;
        self.changes().journaled = shards;
        Ok(())
    }

    /// The control state as a frame, and how many shards of each stream it names.
    async fn control_frame(&self) -> Result<(Vec<u8>, HashMap<String, usize>), Refusal> {
        let pending = self.changes().pending.clone();
        let rare = self.changes().rare.clone();
        let control = Control::capture(&self.store, pending, rare, |stream, shard| {
            self.flow().counters.next(stream, shard)
        })
        .await;
        let json = serde_json::to_vec(&control).map_err(|error| {
            tracing::error!(%error, "the control state could not be written");
            Refusal::internal()
        })?;
        let shards = control.shards();
        Ok((Entry::Control(json).frame(), shards))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use ferrokinesis::actions::Operation;
    use serde_json::json;

    use super::*;
    use crate::kinesis::Behaviour;
    use crate::kinesis::put::{Offered, Placed};
    use crate::region::Region;
    use crate::sandbox::Clock;

    async fn open(folder: &Path) -> Arc<Engine> {
        let behaviour = Behaviour {
            delay: Duration::from_millis(1),
            shard_limits: false,
            shards: 50,
            clock: Clock::new(chrono::Utc::now),
        };
        let account = "123456789012".parse().unwrap();
        Engine::load(folder, &account, Region::UsEast1, behaviour)
            .await
            .unwrap()
    }

    async fn put(engine: &Engine, key: &str) -> String {
        let offered = Offered {
            key: key.to_owned(),
            data: "eA==".to_owned(),
            hash: crate::ring::HashKey::of(key).0,
        };
        match engine.put("orders", vec![offered]).await.unwrap().remove(0) {
            Placed::Taken { sequence, .. } => sequence,
            Placed::Refused { shard } => panic!("shard {shard} has no limits here"),
        }
    }

    #[tokio::test]
    async fn a_compacted_journal_holds_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let engine = open(folder.path()).await;
        let body = json!({ "StreamName": "orders", "ShardCount": 2 });
        engine.change(Operation::CreateStream, body, 2).await.unwrap();
        while engine.is_changing("orders").await {
            tokio::task::yield_now().await;
        }
        for n in 0..30 {
            put(&engine, &format!("user-{n}")).await;
        }
        for hours in 25..45 {
            let body = json!({ "StreamName": "orders", "RetentionPeriodHours": hours });
            engine
                .change(Operation::IncreaseStreamRetentionPeriod, body, 0)
                .await
                .unwrap();
        }
        let (size, held) = (
            engine.journal.bytes(),
            engine.store.get_record_store("orders").await,
        );
        engine.compact().await.unwrap();
        assert!(engine.journal.bytes() < size / 2);
        let last = put(&engine, "user-1").await;
        drop(engine);

        let engine = open(folder.path()).await;
        let back = engine.store.get_record_store("orders").await;
        assert_eq!(back.len(), held.len() + 1);
        for (key, record) in held {
            let back = &back[&key];
            assert_eq!(
                (&back.partition_key, &back.data),
                (&record.partition_key, &record.data)
            );
        }
        assert_eq!(
            engine
                .store
                .get_stream("orders")
                .await
                .unwrap()
                .retention_period_hours,
            44
        );
        assert!(put(&engine, "user-1").await > last);
    }
}
