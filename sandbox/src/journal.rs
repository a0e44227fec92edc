//! A file that makes one tenant's state in one service and region outlive the process and the machine.
//!
//! It is a log: a magic word, then frames of `length u32 · crc32 u32 · payload`; what a payload says is its service's
//! [`Entry`]. An append is answered only when the bytes are on the disk; appends that wait together share one
//! `fdatasync`. A frame torn by a crash was never answered, so reading stops there and the file is cut. Knows
//! nothing of any service.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::{mpsc, oneshot};

/// Says whose journal a file is, and of which version.
pub type Magic = &'static [u8; 8];

const NAME: &str = "journal";

/// One thing that a service journals.
pub trait Entry: Sized {
    /// Appends the entry's bytes.
    fn write(&self, payload: &mut Vec<u8>);

    /// The entry in these bytes; `None` if they are not one.
    fn read(payload: &[u8]) -> Option<Self>;

    /// The entry as a frame, ready for the file.
    fn frame(&self) -> Vec<u8> {
        let mut frame = vec![0; FRAME_HEAD];
        self.write(&mut frame);
        let (head, payload) = frame.split_at_mut(FRAME_HEAD);
        let (length, sum) = head.split_at_mut(4);
        length.copy_from_slice(&(payload.len() as u32).to_le_bytes());
        sum.copy_from_slice(&crc32fast::hash(payload).to_le_bytes());
        frame
    }
}

/// Bytes before a frame's payload: its length and its checksum.
const FRAME_HEAD: usize = 8;

/// The whole frames at the start of a journal's bytes, and how many bytes they take.
fn read_frames<E: Entry>(bytes: &[u8], magic: Magic) -> (Vec<E>, usize) {
    let mut entries = Vec::new();
    let Some(mut rest) = bytes.strip_prefix(magic.as_slice()) else {
        return (entries, 0);
    };
    let mut good = magic.len();
    while let Some((entry, after)) = next_frame(rest) {
        good += rest.len() - after.len();
        rest = after;
        entries.push(entry);
    }
    (entries, good)
}

fn next_frame<E: Entry>(bytes: &[u8]) -> Option<(E, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<4>()?;
    let (payload, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    if crc32fast::hash(payload) != u32::from_le_bytes(*sum) {
        return None;
    }
    Some((E::read(payload)?, rest))
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
    pub fn load<E: Entry>(folder: &Path, magic: Magic) -> io::Result<(Loaded, Vec<E>)> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join(NAME);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let (entries, good) = read_frames(&bytes, magic);
        if good == 0 {
            if bytes.len() >= magic.len() {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the file is not one of our journals",
                ));
            }
            // Nothing yet, or a file whose very first write was torn.
            replace(&path, magic, &[])?;
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
                magic,
                bytes: good.max(magic.len()) as u64,
            },
            entries,
        ))
    }

    /// Adds a frame, now; the future answers when it is on the disk. Dropping it takes nothing back.
    ///
    /// After an error nothing more is taken: what is in memory and what is on the disk may differ, and only a
    /// fresh load makes them one again.
    pub fn append(&self, frame: Vec<u8>) -> impl Future<Output = io::Result<()>> + use<> {
        self.order(Work::Append(frame))
    }

    /// Puts these frames in place of the whole journal, at once or not at all.
    pub fn replace(&self, frames: Vec<u8>) -> impl Future<Output = io::Result<()>> + use<> {
        self.order(Work::Replace(frames))
    }

    /// The file's length.
    pub fn bytes(&self) -> u64 {
        self.state.bytes.load(Ordering::Relaxed)
    }

    /// Whether a write has failed.
    pub fn has_failed(&self) -> bool {
        self.state.failed.load(Ordering::Relaxed)
    }

    fn order(&self, work: Work) -> impl Future<Output = io::Result<()>> + use<> {
        let (done, answer) = oneshot::channel();
        // A journal that has failed has nobody to take the order, and so nobody to answer it.
        drop(self.orders.send(Order { work, done }));
        async move {
            answer
                .await
                .map_err(|_| io::Error::other("the journal is closed"))?
        }
    }
}

/// A journal that was read and is ready to be written.
pub struct Loaded {
    path: PathBuf,
    file: File,
    magic: Magic,
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
                replace(&file.path, file.magic, &frames)?;
                file.file = OpenOptions::new().append(true).open(&file.path)?;
                file.bytes = (file.magic.len() + frames.len()) as u64;
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
fn replace(path: &Path, magic: Magic, frames: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(magic)?;
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

    const MAGIC: Magic = b"TESTING1";

    impl Entry for String {
        fn write(&self, payload: &mut Vec<u8>) {
            payload.extend_from_slice(self.as_bytes());
        }

        fn read(payload: &[u8]) -> Option<Self> {
            String::from_utf8(payload.to_vec()).ok()
        }
    }

    fn entry(text: &str) -> String {
        text.to_owned()
    }

    fn load(folder: &Path) -> io::Result<(Loaded, Vec<String>)> {
        Journal::load(folder, MAGIC)
    }

    #[tokio::test]
    async fn what_was_answered_is_there_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let entries = [entry("orders"), entry("")];
        let journal = load(folder.path()).unwrap().0.start();
        for e in &entries {
            journal.append(e.frame()).await.unwrap();
        }
        drop(journal);
        assert_eq!(load(folder.path()).unwrap().1, entries);
    }

    #[tokio::test]
    async fn replacing_leaves_only_the_new_frames_and_appends_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let journal = load(folder.path()).unwrap().0.start();
        journal.append(entry("old").frame()).await.unwrap();
        journal.replace(entry("new").frame()).await.unwrap();
        journal.append(entry("newer").frame()).await.unwrap();
        assert_eq!(
            journal.bytes(),
            std::fs::metadata(folder.path().join(NAME)).unwrap().len()
        );
        assert_eq!(load(folder.path()).unwrap().1, [entry("new"), entry("newer")]);
    }

    #[tokio::test]
    async fn after_a_failed_write_nothing_more_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let (mut loaded, _) = load(folder.path()).unwrap();
        // A disk that refuses: the file is open for reading only.
        loaded.file = File::open(&loaded.path).unwrap();
        let journal = loaded.start();
        assert!(journal.append(entry("orders").frame()).await.is_err());
        assert!(journal.has_failed());
        assert!(journal.append(entry("orders").frame()).await.is_err());
        assert_eq!(load(folder.path()).unwrap().1, [""; 0]);
    }

    #[test]
    fn a_foreign_file_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(NAME), "somebody's notes").unwrap();
        assert!(load(folder.path()).is_err());
        assert_eq!(
            std::fs::read(folder.path().join(NAME)).unwrap(),
            b"somebody's notes"
        );
    }

    proptest! {
        #[test]
        fn a_torn_end_loses_only_the_torn_frame(cut in 1_usize..20) {
            let folder = tempfile::tempdir().unwrap();
            let (first, second) = (entry("orders"), entry("clicks"));
            let mut bytes = MAGIC.to_vec();
            bytes.extend(first.frame());
            let whole = bytes.len();
            bytes.extend(second.frame());
            let cut = cut.min(second.frame().len());
            std::fs::write(folder.path().join(NAME), &bytes[..bytes.len() - cut]).unwrap();
            let (_, entries) = load(folder.path()).unwrap();
            prop_assert_eq!(entries, vec![first]);
            prop_assert_eq!(std::fs::metadata(folder.path().join(NAME)).unwrap().len(), whole as u64);
        }

        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut file = MAGIC.to_vec();
            file.extend(&bytes);
            let (_, good) = read_frames::<String>(&file, MAGIC);
            prop_assert!(good <= file.len());
        }
    }
}
