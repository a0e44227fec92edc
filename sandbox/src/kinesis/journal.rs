//! The file that makes one tenant's Kinesis in one region outlive the process and the machine.
//!
//! It is a log: a magic word, then frames of `length u32 · crc32 u32 · payload`. A payload is either the whole
//! control state (streams, shards, tags: small, so always whole) or a batch of records. An append is answered
//! only when the bytes are on the disk; appends that wait together share one `fdatasync`. A frame torn by a
//! crash was never answered, so reading stops there and the file is cut. Knows nothing of the engine.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::{mpsc, oneshot};

const MAGIC: &[u8; 8] = b"TRIBKIN1";
const NAME: &str = "journal";
const CONTROL: u8 = 0;
const RECORDS: u8 = 1;

/// One thing that was journaled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// The control state, as the engine writes it (JSON).
    Control(Vec<u8>),
    /// Records of one stream, in the order they were taken.
    Records { stream: String, records: Vec<Record> },
}

/// A record as kept: `data` is the base64 text that the engine works with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub shard: u32,
    pub sequence: String,
    pub key: String,
    pub data: String,
}

impl Entry {
    /// The entry as a frame, ready for the file.
    pub fn frame(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        match self {
            Self::Control(json) => {
                payload.push(CONTROL);
                payload.extend_from_slice(json);
            }
            Self::Records { stream, records } => {
                payload.push(RECORDS);
                put_text(&mut payload, stream);
                for record in records {
                    payload.extend_from_slice(&record.shard.to_le_bytes());
                    put_text(&mut payload, &record.sequence);
                    put_text(&mut payload, &record.key);
                    put_text(&mut payload, &record.data);
                }
            }
        }
        let mut frame = Vec::with_capacity(payload.len() + 8);
        frame.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        frame.extend_from_slice(&crc32fast::hash(&payload).to_le_bytes());
        frame.extend_from_slice(&payload);
        frame
    }

    fn parse(payload: &[u8]) -> Option<Self> {
        let (kind, mut rest) = payload.split_first()?;
        match *kind {
            CONTROL => Some(Self::Control(rest.to_vec())),
            RECORDS => {
                let stream = take_text(&mut rest)?;
                let mut records = Vec::new();
                while !rest.is_empty() {
                    records.push(Record {
                        shard: take_u32(&mut rest)?,
                        sequence: take_text(&mut rest)?,
                        key: take_text(&mut rest)?,
                        data: take_text(&mut rest)?,
                    });
                }
                Some(Self::Records { stream, records })
            }
            _ => None,
        }
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn take_u32(from: &mut &[u8]) -> Option<u32> {
    let (head, rest) = from.split_first_chunk::<4>()?;
    *from = rest;
    Some(u32::from_le_bytes(*head))
}

fn take_text(from: &mut &[u8]) -> Option<String> {
    let length = take_u32(from)? as usize;
    let (head, rest) = from.split_at_checked(length)?;
    *from = rest;
    String::from_utf8(head.to_vec()).ok()
}

/// The whole frames at the start of a journal's bytes, and how many bytes they take.
fn read_frames(bytes: &[u8]) -> (Vec<Entry>, usize) {
    let mut entries = Vec::new();
    let Some(mut rest) = bytes.strip_prefix(MAGIC.as_slice()) else {
        return (entries, 0);
    };
    let mut good = MAGIC.len();
    while let Some((entry, after)) = next_frame(rest) {
        good += rest.len() - after.len();
        rest = after;
        entries.push(entry);
    }
    (entries, good)
}

fn next_frame(mut bytes: &[u8]) -> Option<(Entry, &[u8])> {
    let length = take_u32(&mut bytes)? as usize;
    let sum = take_u32(&mut bytes)?;
    let (payload, rest) = bytes.split_at_checked(length)?;
    if crc32fast::hash(payload) != sum {
        return None;
    }
    Some((Entry::parse(payload)?, rest))
}

/// An open journal. Cloning is not needed: one engine writes one journal.
#[derive(Debug)]
pub struct Journal {
    orders: mpsc::UnboundedSender<Order>,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    bytes: AtomicU64,
    failed: AtomicBool,
}

#[derive(Debug)]
struct Order {
    work: Work,
    done: oneshot::Sender<io::Result<()>>,
}

#[derive(Debug)]
enum Work {
    Append(Vec<u8>),
    /// Put these frames in place of everything.
    Replace(Vec<u8>),
}

impl Journal {
    /// Opens (or begins) the journal in `folder` and returns what it holds. Blocking: file I/O.
    pub fn load(folder: &Path) -> io::Result<(Loaded, Vec<Entry>)> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join(NAME);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let (entries, good) = read_frames(&bytes);
        if good == 0 {
            if bytes.len() >= MAGIC.len() {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the file is not one of our journals",
                ));
            }
            // Nothing yet, or a file whose very first write was torn.
            replace(&path, &[])?;
        } else if good < bytes.len() {
            set_aside(&path, &bytes[good..])?;
            let file = OpenOptions::new().write(true).open(&path)?;
            file.set_len(good as u64)?;
            file.sync_all()?;
        }
        let file = OpenOptions::new().append(true).open(&path)?;
        Ok((
            Loaded {
                path,
                file,
                bytes: good.max(MAGIC.len()) as u64,
            },
            entries,
        ))
    }

    /// Adds a frame; returns when it is on the disk.
    ///
    /// After an error nothing more is taken: what is in memory and what is on the disk may differ, and only a
    /// fresh load makes them one again.
    pub async fn append(&self, frame: Vec<u8>) -> io::Result<()> {
        self.order(Work::Append(frame)).await
    }

    /// Puts these frames in place of the whole journal, at once or not at all.
    pub async fn replace(&self, frames: Vec<u8>) -> io::Result<()> {
        self.order(Work::Replace(frames)).await
    }

    /// The file's length.
    pub fn bytes(&self) -> u64 {
        self.state.bytes.load(Ordering::Relaxed)
    }

    /// Whether a write has failed.
    pub fn has_failed(&self) -> bool {
        self.state.failed.load(Ordering::Relaxed)
    }

    async fn order(&self, work: Work) -> io::Result<()> {
        let gone = || io::Error::other("the journal is closed");
        let (done, answer) = oneshot::channel();
        self.orders.send(Order { work, done }).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// A journal that was read and is ready to be written.
pub struct Loaded {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Loaded {
    /// Starts the task that writes. It ends when the [`Journal`] is dropped.
    pub fn start(self) -> Journal {
        let (orders, inbox) = mpsc::unbounded_channel();
        let state = Arc::new(State {
            bytes: AtomicU64::new(self.bytes),
            failed: AtomicBool::new(false),
        });
        tokio::spawn(write_all(self, inbox, Arc::clone(&state)));
        Journal { orders, state }
    }
}

/// Takes what waits, writes it in one go, syncs once, answers all.
async fn write_all(mut file: Loaded, mut inbox: mpsc::UnboundedReceiver<Order>, state: Arc<State>) {
    let mut waiting = Vec::new();
    while inbox.recv_many(&mut waiting, 256).await > 0 {
        let batch = std::mem::take(&mut waiting);
        let (work, answers): (Vec<Work>, Vec<_>) = batch.into_iter().map(|o| (o.work, o.done)).unzip();
        let written = tokio::task::spawn_blocking(move || {
            let result = perform(&mut file, work);
            (file, result)
        })
        .await;
        let Ok((back, result)) = written else {
            state.failed.store(true, Ordering::Relaxed);
            return;
        };
        file = back;
        state.bytes.store(file.bytes, Ordering::Relaxed);
        let failure = result.err();
        if let Some(error) = &failure {
            state.failed.store(true, Ordering::Relaxed);
            tracing::error!(path = %file.path.display(), %error, "a sandbox journal could not be written");
        }
        for answer in answers {
            let copy = failure
                .as_ref()
                .map_or(Ok(()), |e| Err(io::Error::new(e.kind(), e.to_string())));
            // A caller that went away needs no answer.
            drop(answer.send(copy));
        }
        if failure.is_some() {
            return;
        }
    }
}

fn perform(file: &mut Loaded, work: Vec<Work>) -> io::Result<()> {
    let mut pending = Vec::new();
    for item in work {
        match item {
            Work::Append(frame) => pending.extend_from_slice(&frame),
            Work::Replace(frames) => {
                // What was appended before is part of what replaces it.
                pending.clear();
                replace(&file.path, &frames)?;
                file.file = OpenOptions::new().append(true).open(&file.path)?;
                file.bytes = (MAGIC.len() + frames.len()) as u64;
            }
        }
    }
    if !pending.is_empty() {
        file.file.write_all(&pending)?;
        file.file.sync_data()?;
        file.bytes += pending.len() as u64;
    }
    Ok(())
}

/// Writes a new journal beside the old one and swaps them.
fn replace(path: &Path, frames: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(MAGIC)?;
    file.write_all(frames)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Keeps the bytes that could not be read, for a person to look at. Normally they are one torn write.
fn set_aside(path: &Path, bytes: &[u8]) -> io::Result<()> {
    tracing::warn!(path = %path.display(), bytes = bytes.len(), "cut the unreadable end of a sandbox journal");
    std::fs::write(path.with_extension("damaged"), bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(stream: &str, data: &str) -> Entry {
        let record = Record {
            shard: 3,
            sequence: "495".into(),
            key: "user-1".into(),
            data: data.into(),
        };
        Entry::Records {
            stream: stream.into(),
            records: vec![record.clone(), record],
        }
    }

    #[tokio::test]
    async fn what_was_answered_is_there_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let entries = [entry("orders", "aGVsbG8="), Entry::Control(b"{}".to_vec())];
        let journal = Journal::load(folder.path()).unwrap().0.start();
        for e in &entries {
            journal.append(e.frame()).await.unwrap();
        }
        drop(journal);
        assert_eq!(Journal::load(folder.path()).unwrap().1, entries);
    }

    #[tokio::test]
    async fn replacing_leaves_only_the_new_frames_and_appends_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::load(folder.path()).unwrap().0.start();
        journal.append(entry("old", "eA==").frame()).await.unwrap();
        journal.replace(entry("new", "eA==").frame()).await.unwrap();
        journal.append(entry("newer", "eA==").frame()).await.unwrap();
        assert_eq!(
            journal.bytes(),
            std::fs::metadata(folder.path().join(NAME)).unwrap().len()
        );
        assert_eq!(
            Journal::load(folder.path()).unwrap().1,
            [entry("new", "eA=="), entry("newer", "eA==")]
        );
    }

    #[tokio::test]
    async fn after_a_failed_write_nothing_more_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let (mut loaded, _) = Journal::load(folder.path()).unwrap();
        // A disk that refuses: the file is open for reading only.
        loaded.file = File::open(&loaded.path).unwrap();
        let journal = loaded.start();
        assert!(journal.append(entry("orders", "eA==").frame()).await.is_err());
        assert!(journal.has_failed());
        assert!(journal.append(entry("orders", "eA==").frame()).await.is_err());
        assert_eq!(Journal::load(folder.path()).unwrap().1, []);
    }

    #[test]
    fn a_foreign_file_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(NAME), "somebody's notes").unwrap();
        assert!(Journal::load(folder.path()).is_err());
        assert_eq!(
            std::fs::read(folder.path().join(NAME)).unwrap(),
            b"somebody's notes"
        );
    }

    proptest! {
        #[test]
        fn a_torn_end_loses_only_the_torn_frame(cut in 1_usize..120) {
            let folder = tempfile::tempdir().unwrap();
            let (first, second) = (entry("orders", "aGVsbG8="), entry("clicks", "eA=="));
            let mut bytes = MAGIC.to_vec();
            bytes.extend(first.frame());
            let whole = bytes.len();
            bytes.extend(second.frame());
            let cut = cut.min(second.frame().len());
            std::fs::write(folder.path().join(NAME), &bytes[..bytes.len() - cut]).unwrap();
            let (_, entries) = Journal::load(folder.path()).unwrap();
            prop_assert_eq!(entries, vec![first]);
            prop_assert_eq!(std::fs::metadata(folder.path().join(NAME)).unwrap().len(), whole as u64);
        }

        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut file = MAGIC.to_vec();
            file.extend(&bytes);
            let (_, good) = read_frames(&file);
            prop_assert!(good <= file.len());
        }
    }
}
