//! Who sent a delivery: HMAC-SHA256 of the body with the secret that only the sender and we know. Pure.

use ring::hmac::{HMAC_SHA256, Key, verify};
use secrecy::{ExposeSecret, SecretString};

/// What a signature begins with: the name of its algorithm.
const ALGORITHM: &str = "sha256=";

/// Whether `header` (`sha256=` and hexadecimal digits) is the body's signature. Takes as long whatever is wrong with it.
pub fn is_of(header: &str, secret: &SecretString, body: &[u8]) -> bool {
    let Some(signature) = header
        .trim()
        .strip_prefix(ALGORITHM)
        .and_then(|digits| hex::decode(digits).ok())
    else {
        return false;
    };
    let key = Key::new(HMAC_SHA256, secret.expose_secret().as_bytes());
    verify(&key, body, &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_known_by_its_signature_alone() {
        // RFC 4231, test case 2.
        let secret = SecretString::from("Jefe");
        let body = b"what do ya want for nothing?";
        let signature = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert!(is_of(signature, &secret, body));
        assert!(is_of(
            &signature.to_uppercase().replace("SHA256", "sha256"),
            &secret,
            body
        ));
        assert!(!is_of(signature, &secret, b"what do ya want for something?"));
        assert!(!is_of(signature, &SecretString::from("jefe"), body));
        for odd in [
            "",
            "sha256=",
            "sha256=zz",
            "sha1=5bdc",
            &signature[7..],
            &signature[..40],
        ] {
            assert!(!is_of(odd, &secret, body), "{odd}");
        }
    }
}
