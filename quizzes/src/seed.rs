//! Chance that can be repeated: an attempt's seed and a name give the same number for ever, whatever
//! the order of the file. So shuffles survive restarts and added questions. No state lives here.

use sha2::{Digest, Sha256};

/// A number fixed by the seed and the parts of a name.
pub(crate) fn rank(seed: u64, parts: &[&str]) -> u64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let mut first = [0u8; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first)
}

/// A short name for a text, in hex.
pub(crate) fn fingerprint(text: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(text.as_bytes())
        .iter()
        .take(8)
        .fold(String::new(), |mut out, byte| {
            // Writing to a String cannot fail.
            let _ = write!(out, "{byte:02x}");
            out
        })
}
