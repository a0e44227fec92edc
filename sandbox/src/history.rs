//! What was asked of a tenant's sandbox, and how far its streams were read: facts that no engine keeps, for the lab's
//! tables. Kept in a small file beside the engines' journals. What is new there is written at once, mere counts each
//! minute and at the end: a crash may cost a minute's counting, never the fact that something was done.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::lab::Row;
use crate::region::Region;

const NAME: &str = "history.json";

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A chat command, in-process.
    Chat,
    /// A program, over a socket.
    Program,
}

impl Source {
    fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Program => "program",
        }
    }
}

/// Who reads a shard.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reader {
    pub region: Region,
    pub stream: String,
    pub shard: String,
    /// A registered consumer's name; `None` for `GetRecords`, which does not say who it is.
    pub consumer: Option<String>,
}

/// How far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// The last record handed out.
    pub position: Option<String>,
    /// The sequence number from which it goes on.
    pub next: String,
    /// Records handed out, repeats counted.
    pub records: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Call {
    region: Region,
    service: String,
    operation: String,
    source: Source,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Count {
    count: u64,
    last_at: i64,
}

#[derive(Debug, Default)]
struct State {
    calls: BTreeMap<Call, Count>,
    readers: BTreeMap<Reader, Read>,
    changed: bool,
    closed: bool,
}

/// The file's form: JSON has no maps with keys like ours.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    calls: Vec<(Call, Count)>,
    readers: Vec<(Reader, Read)>,
}

/// What was seen of one tenant. Dropped, it is written a last time, and what still runs writes nothing more: the tenant may
/// be loaded again at once.
#[derive(Debug)]
pub struct History(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    state: Mutex<State>,
    /// Held while the file is written, so that an older state never replaces a newer one.
    writing: Mutex<()>,
}

impl History {
    /// What is kept in the tenant's folder. A file that cannot be read costs these facts, not the sandbox.
    pub async fn load(folder: &Path) -> Self {
        let path = folder.join(NAME);
        let kept = match tokio::fs::read(&path).await {
            Ok(bytes) => serde_json::from_slice::<Kept>(&bytes).unwrap_or_else(|error| {
                tracing::warn!(%error, "what was seen of a sandbox could not be read");
                Kept::default()
            }),
            Err(_) => Kept::default(),
        };
        let state = State {
            calls: kept.calls.into_iter().collect(),
            readers: kept.readers.into_iter().collect(),
            ..State::default()
        };
        Self(Arc::new(Inner {
            path,
            state: Mutex::new(state),
            writing: Mutex::default(),
        }))
    }

    /// Notes an operation that was answered.
    pub fn called(&self, region: Region, service: &str, operation: &str, source: Source, at: i64) {
        let call = Call {
            region,
            service: service.to_owned(),
            operation: operation.to_owned(),
            source,
        };
        let mut state = self.0.lock();
        let count = state.calls.entry(call).or_default();
        count.count += 1;
        count.last_at = at;
        let is_new = count.count == 1;
        self.changed(state, is_new);
    }

    /// Notes that records of a shard were handed out.
    pub fn read(&self, reader: Reader, last: Option<String>, next: String, records: usize) {
        let mut state = self.0.lock();
        let read = state.readers.entry(reader).or_default();
        let is_new = read.next.is_empty() || (read.records == 0 && records > 0);
        // Who reads again from the start has still been further. A shard's numbers are all of the same length.
        if last > read.position {
            read.position = last;
        }
        if next > read.next {
            read.next = next;
        }
        read.records += records as u64;
        self.changed(state, is_new);
    }

    /// Forgets who read a stream that is gone.
    pub fn forget_stream(&self, region: Region, stream: &str) {
        let mut state = self.0.lock();
        let before = state.readers.len();
        state
            .readers
            .retain(|reader, _| reader.region != region || reader.stream != stream);
        let fewer = state.readers.len() < before;
        self.changed(state, fewer);
    }

    /// Forgets a consumer that is gone.
    pub fn forget_consumer(&self, region: Region, stream: &str, name: &str) {
        let mut state = self.0.lock();
        let is_theirs = |reader: &Reader| {
            reader.region == region && reader.stream == stream && reader.consumer.as_deref() == Some(name)
        };
        state.readers.retain(|reader, _| !is_theirs(reader));
        self.changed(state, true);
    }

    fn changed(&self, mut state: std::sync::MutexGuard<'_, State>, write_now: bool) {
        state.changed = true;
        drop(state);
        if write_now {
            let history = Arc::clone(&self.0);
            tokio::task::spawn_blocking(move || history.save());
        }
    }

    /// Who reads a stream, and how far.
    pub fn readers(&self, region: Region, stream: &str) -> Vec<(Reader, Read)> {
        let state = self.0.lock();
        let of_stream = |reader: &Reader| reader.region == region && reader.stream == stream;
        state
            .readers
            .iter()
            .filter(|(reader, _)| of_stream(reader))
            .map(|(reader, read)| (reader.clone(), read.clone()))
            .collect()
    }

    /// Rows of the lab's table of calls.
    pub fn calls(&self) -> Vec<Row> {
        let state = self.0.lock();
        let row = |(call, count): (&Call, &Count)| {
            vec![
                call.region.as_str().into(),
                call.service.as_str().into(),
                call.operation.as_str().into(),
                call.source.as_str().into(),
                count.count.into(),
                count.last_at.into(),
            ]
        };
        state.calls.iter().map(row).collect()
    }

    /// Writes what has changed, off the async threads.
    pub async fn tidy(&self) {
        let history = Arc::clone(&self.0);
        // It logs what goes wrong itself.
        drop(tokio::task::spawn_blocking(move || history.save()).await);
    }

    /// Writes nothing more: the tenant's folder is about to go.
    pub fn close(&self) {
        self.0.lock().closed = true;
        // Whoever is writing now has finished when this is had.
        drop(self.0.writing.lock());
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self) {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = {
            let mut state = self.lock();
            if !state.changed || state.closed {
                return;
            }
            state.changed = false;
            Kept {
                calls: state.calls.iter().map(|(k, v)| (k.clone(), *v)).collect(),
                readers: state
                    .readers
                    .iter()
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect(),
            }
        };
        if let Err(error) = write(&self.path, &kept) {
            tracing::warn!(%error, "what was seen of a sandbox could not be written");
        }
    }
}

/// Replaces the file at once or not at all.
fn write(path: &Path, kept: &Kept) -> std::io::Result<()> {
    use std::io::Write as _;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let fresh = path.with_extension("new");
    let mut file = std::fs::File::create(&fresh)?;
    file.write_all(&serde_json::to_vec(kept)?)?;
    file.sync_data()?;
    std::fs::rename(&fresh, path)
}

impl Drop for History {
    fn drop(&mut self) {
        self.0.save();
        self.0.lock().closed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(stream: &str) -> Reader {
        Reader {
            region: Region::default(),
            stream: stream.to_owned(),
            shard: "shardId-000000000000".to_owned(),
            consumer: None,
        }
    }

    #[tokio::test]
    async fn what_was_seen_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::load(folder.path()).await;
        for at in 1..=3 {
            history.called(Region::default(), "kinesis", "PutRecord", Source::Program, at);
        }
        history.read(reader("orders"), Some("17".to_owned()), "18".to_owned(), 2);
        history.read(reader("gone"), None, "1".to_owned(), 0);
        history.forget_stream(Region::default(), "gone");
        history.tidy().await;
        let again = History::load(folder.path()).await;
        assert_eq!(again.calls(), history.calls());
        assert_eq!(again.calls()[0][4], crate::lab::Cell::Integer(3));
        again.read(reader("orders"), Some("12".to_owned()), "13".to_owned(), 1);
        let readers = again.readers(Region::default(), "orders");
        assert_eq!(readers[0].1.position.as_deref(), Some("17"));
        assert!(again.readers(Region::default(), "gone").is_empty());
    }

    #[tokio::test]
    async fn a_removed_tenants_file_does_not_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::load(folder.path()).await;
        history.close();
        history.called(Region::default(), "sqs", "SendMessage", Source::Chat, 1);
        history.tidy().await;
        drop(history);
        assert!(!folder.path().join(NAME).exists());
    }
}
