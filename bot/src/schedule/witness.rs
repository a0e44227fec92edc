//! Proof of death on one machine: each process holds a lock on a file of its own for as long as it lives, and the
//! kernel lets go of it with the process, however that ends. So a restart after a crash need not wait for the old
//! lease to die of silence, which takes a minute. Only where all processes share a folder, as with `SQLite`; the rule
//! of silence holds for all others, and where there is no file.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// This process's own file, and what it knows of the others'.
#[derive(Debug)]
pub(super) struct Witness {
    folder: PathBuf,
    /// Locked until this process ends.
    _alive: File,
    /// Owners that were dead when this process began.
    dead: HashSet<String>,
}

const PREFIX: &str = "scheduler-";
const SUFFIX: &str = ".alive";

impl Witness {
    /// Says that `me` is alive from now on, and buries those that are not.
    pub(super) fn begin(folder: &Path, me: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let dead = bury(folder)?;
        // Locked under another name first: a file that can be locked is a dead process's.
        let hidden = folder.join(format!("{PREFIX}{me}.starting"));
        let alive = File::create(&hidden)?;
        alive.try_lock().map_err(io::Error::from)?;
        fs::rename(&hidden, file(folder, me))?;
        Ok(Self {
            folder: folder.to_owned(),
            _alive: alive,
            dead,
        })
    }

    /// Whether this process is certainly dead.
    pub(super) fn saw_die(&self, owner: &str) -> bool {
        self.dead.contains(owner) || is_dead(&file(&self.folder, owner))
    }
}

fn file(folder: &Path, owner: &str) -> PathBuf {
    folder.join(format!("{PREFIX}{owner}{SUFFIX}"))
}

/// A file that can be opened and locked belongs to nobody alive. The lock is let go at once, with the file.
fn is_dead(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}

/// Removes the files of the dead; who they were.
fn bury(folder: &Path) -> io::Result<HashSet<String>> {
    let mut dead = HashSet::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let owner = name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX));
        if let Some(owner) = owner
            && is_dead(&entry.path())
        {
            dead.insert(owner.to_owned());
            fs::remove_file(entry.path())?;
        }
    }
    Ok(dead)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lives_is_never_taken_for_dead_and_who_died_is_known_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let one = Witness::begin(folder.path(), "one").unwrap();
        let two = Witness::begin(folder.path(), "two").unwrap();
        assert!(!one.saw_die("two") && !two.saw_die("one") && !one.saw_die("one"));
        assert!(!one.saw_die("nobody"), "without a file nothing is known");
        drop(two);
        assert!(one.saw_die("two"));
        let three = Witness::begin(folder.path(), "three").unwrap();
        assert!(three.saw_die("two"), "remembered, though its file is gone");
        assert!(!three.saw_die("one"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
