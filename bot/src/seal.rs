//! Secrets that must be recoverable (a sandbox's key signs requests) are sealed at rest, with a key from the settings
//! or from a key file of mode 600. Without that key the database alone gives nothing away.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::RngCore;
use secrecy::{ExposeSecret, SecretString};

/// The sealing key, ready to use.
#[derive(Clone)]
pub struct Seal(XChaCha20Poly1305);

/// Why a key could not be had, or a secret not be opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key in the settings has the wrong form.
    #[error("`sandbox.key` must be 64 hexadecimal digits (32 bytes); `openssl rand -hex 32` makes one")]
    BadKey,
    /// The key file can be read by others.
    #[error("{path} can be read by others (mode {mode:o}); run `chmod 600` on it")]
    Exposed {
        /// The key file.
        path: String,
        /// Its mode now.
        mode: u32,
    },
    /// The key file can't be read or made.
    #[error("the key file {path} can't be used: {cause}")]
    File {
        /// The key file.
        path: String,
        /// The system's word.
        cause: std::io::Error,
    },
    /// Sealed with another key, or changed since.
    #[error("a sealed secret can't be opened: it was sealed with another key")]
    WrongKey,
}

const NONCE: usize = 24;

impl Seal {
    /// Takes the key from the settings, else from `key` in `folder`, made where it is missing.
    pub fn open(key: Option<&SecretString>, folder: &Path) -> Result<Self, SealError> {
        match key {
            Some(key) => Self::from_hex(key.expose_secret()),
            None => Self::from_file(&folder.join("key")),
        }
    }

    fn from_hex(digits: &str) -> Result<Self, SealError> {
        let bytes = hex::decode(digits.trim()).map_err(|_| SealError::BadKey)?;
        let cipher = XChaCha20Poly1305::new_from_slice(&bytes).map_err(|_| SealError::BadKey)?;
        Ok(Self(cipher))
    }

    fn from_file(path: &Path) -> Result<Self, SealError> {
        let failed = |cause| SealError::File {
            path: path.display().to_string(),
            cause,
        };
        match std::fs::metadata(path) {
            Ok(facts) => {
                let mode = facts.permissions().mode() & 0o777;
                if mode & 0o077 != 0 {
                    return Err(SealError::Exposed {
                        path: path.display().to_string(),
                        mode,
                    });
                }
                Self::from_hex(&std::fs::read_to_string(path).map_err(failed)?)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut bytes = [0_u8; 32];
                rand::rng().fill_bytes(&mut bytes);
                let digits = hex::encode(bytes);
                write_whole(path, &digits).map_err(failed)?;
                Self::from_hex(&digits)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Seals `secret`; `owner` is bound to it, so that a sealed text copied to another row does not open there.
    pub fn seal(&self, secret: &SecretString, owner: &str) -> Result<String, SealError> {
        let mut nonce = [0_u8; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload {
            msg: secret.expose_secret().as_bytes(),
            aad: owner.as_bytes(),
        };
        let sealed = self
            .0
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| SealError::WrongKey)?;
        Ok(STANDARD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what [`Seal::seal`] made for the same owner.
    pub fn open_sealed(&self, sealed: &str, owner: &str) -> Result<SecretString, SealError> {
        let bytes = STANDARD.decode(sealed).map_err(|_| SealError::WrongKey)?;
        let (nonce, msg) = bytes.split_at_checked(NONCE).ok_or(SealError::WrongKey)?;
        let payload = Payload {
            msg,
            aad: owner.as_bytes(),
        };
        let secret = self
            .0
            .decrypt(XNonce::from_slice(nonce), payload)
            .map_err(|_| SealError::WrongKey)?;
        String::from_utf8(secret)
            .map(SecretString::from)
            .map_err(|_| SealError::WrongKey)
    }
}

/// A file that is there whole or not at all, and was never readable by others.
fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_owner_with_the_same_key_file_only() {
        let folder = tempfile::tempdir().unwrap();
        let seal = Seal::open(None, folder.path()).unwrap();
        let sealed = seal.seal(&"opensesame".into(), "ana").unwrap();
        assert!(!sealed.contains("opensesame"));
        let again = Seal::open(None, folder.path()).unwrap();
        assert_eq!(
            again.open_sealed(&sealed, "ana").unwrap().expose_secret(),
            "opensesame"
        );
        assert!(again.open_sealed(&sealed, "ben").is_err());
        let other = tempfile::tempdir().unwrap();
        assert!(
            Seal::open(None, other.path())
                .unwrap()
                .open_sealed(&sealed, "ana")
                .is_err()
        );
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        Seal::open(None, folder.path()).unwrap();
        let path = folder.path().join("key");
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = Seal::open(None, folder.path()).err().unwrap().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }

    #[test]
    fn a_key_of_the_wrong_form_is_said() {
        assert!(matches!(
            Seal::open(Some(&"abc".into()), Path::new(".")),
            Err(SealError::BadKey)
        ));
    }
}
