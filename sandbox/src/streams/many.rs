//! Putting many records: in batches as `PutRecords` takes them, what a shard refuses sent again a little later, as
//! every producer has to.

use std::time::Duration;

use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use tokio::time::Instant;

use super::{StreamError, Streams, check_name, check_record};

/// AWS's most records and most bytes a call.
const BATCH: usize = 500;
const BATCH_BYTES: usize = 5 * 1024 * 1024;

/// How long a producer waits before it sends again what was refused; at most, and at first.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_millis(400);

/// A record to put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its partition key.
    pub key: String,
    /// Its data.
    pub data: Vec<u8>,
}

impl Entry {
    fn size(&self) -> usize {
        self.key.len() + self.data.len()
    }
}

/// What became of one record of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is in this shard.
    Taken {
        /// The shard's id.
        shard: String,
    },
    /// Its shard was full for this second, or the sandbox's allowance was used up.
    Throttled,
    /// Something else went wrong with it; sending it again may help.
    Failed,
}

/// What became of many records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Many {
    /// For each record, in order: the shard it is in; `None` where it was not taken in time.
    pub placed: Vec<Option<String>>,
    /// How often a record was refused, and sent again.
    pub refused: u64,
    /// How long it took.
    pub took: Duration,
}

impl Streams {
    /// One call of `PutRecords` with these records, at most 500: for each, what became of it.
    pub async fn put_batch(&self, name: &str, entries: &[&Entry]) -> Result<Vec<Fate>, StreamError> {
        check_name(name)?;
        let mut records = Vec::with_capacity(entries.len());
        for entry in entries {
            check_record(&entry.key, &entry.data)?;
            let record = PutRecordsRequestEntry::builder()
                .partition_key(&entry.key)
                .data(Blob::new(entry.data.clone()))
                .build()
                .map_err(|error| StreamError::other(error.to_string()))?;
            records.push(record);
        }
        let sent = self
            .client
            .put_records()
            .stream_name(self.real(name))
            .set_records(Some(records))
            .send()
            .await;
        let answer = match sent.map_err(|e| StreamError::from_sdk(name, &e)) {
            Ok(answer) => answer,
            Err(error) if error.is_throttled() => return Ok(vec![Fate::Throttled; entries.len()]),
            Err(error) => return Err(error),
        };
        let fates =
            answer
                .records
                .into_iter()
                .map(|result| match (result.shard_id, result.error_code.as_deref()) {
                    (Some(shard), None) => Fate::Taken { shard },
                    (_, Some("ProvisionedThroughputExceededException")) => Fate::Throttled,
                    _ => Fate::Failed,
                });
        Ok(fates.collect())
    }

    /// Puts all of them, sending again what was refused, until all are taken or `patience` is over.
    pub async fn put_many(
        &self,
        name: &str,
        entries: &[Entry],
        patience: Duration,
    ) -> Result<Many, StreamError> {
        let begun = Instant::now();
        let mut placed = vec![None; entries.len()];
        let mut waiting: Vec<usize> = (0..entries.len()).collect();
        let (mut refused, mut wait) = (0, FIRST_WAIT);
        loop {
            let mut again = Vec::new();
            for batch in batches(entries, &waiting) {
                let sent: Vec<&Entry> = batch.iter().map(|&at| &entries[at]).collect();
                let fates = self.put_batch(name, &sent).await?;
                for (&at, fate) in batch.iter().zip(fates) {
                    match fate {
                        Fate::Taken { shard } => placed[at] = Some(shard),
                        Fate::Throttled | Fate::Failed => again.push(at),
                    }
                }
            }
            refused += again.len() as u64;
            if again.is_empty() || begun.elapsed() + wait > patience {
                break;
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
            waiting = again;
        }
        Ok(Many {
            placed,
            refused,
            took: begun.elapsed(),
        })
    }
}

/// The records at these places, in batches that one call takes.
fn batches<'a>(entries: &[Entry], waiting: &'a [usize]) -> Vec<&'a [usize]> {
    let (mut batches, mut from, mut bytes) = (Vec::new(), 0, 0);
    for (at, &place) in waiting.iter().enumerate() {
        let size = entries[place].size();
        if at > from && (at - from == BATCH || bytes + size > BATCH_BYTES) {
            batches.push(&waiting[from..at]);
            (from, bytes) = (at, 0);
        }
        bytes += size;
    }
    if from < waiting.len() {
        batches.push(&waiting[from..]);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(sizes: &[usize]) -> Vec<Entry> {
        let record = |size: &usize| Entry {
            key: "k".into(),
            data: vec![0; size - 1],
        };
        sizes.iter().map(record).collect()
    }

    #[test]
    fn batches_hold_what_one_call_takes() {
        let lengths = |sizes: &[usize]| -> Vec<usize> {
            let all: Vec<usize> = (0..sizes.len()).collect();
            batches(&records(sizes), &all)
                .into_iter()
                .map(<[usize]>::len)
                .collect()
        };
        assert_eq!(lengths(&[]), Vec::<usize>::new());
        assert_eq!(lengths(&[10; 1_001]), [500, 500, 1]);
        assert_eq!(lengths(&[1024 * 1024; 12]), [5, 5, 2]);
    }
}
