//! Ids made by the application, for rows that Discord does not name.

use rand::Rng;

/// Crockford's alphabet in lower case: no letter is taken for a digit when read aloud.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A new id of `length` characters, 5 random bits each.
pub fn random(length: usize) -> String {
    let mut rng = rand::rng();
    (0..length)
        .map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]))
        .collect()
}

/// An id for a row: 16 characters, 80 random bits.
pub fn row() -> String {
    random(16)
}
