//! A name in a custom id: names may be longer than an id has room for, so a button carries a mark of the name instead,
//! and the press finds the name that has it.

use sha2::{Digest, Sha256};

/// The mark of a name: 12 hexadecimal digits.
pub fn of(name: &str) -> String {
    hex::encode(&Sha256::digest(name)[..6])
}

/// The name among these that has the mark.
pub fn find(names: Vec<String>, mark: &str) -> Option<String> {
    names.into_iter().find(|name| of(name) == mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_its_mark_alone() {
        let names = || ["orders".to_owned(), "n".repeat(128)].to_vec();
        assert_eq!(find(names(), &of(&"n".repeat(128))), Some("n".repeat(128)));
        assert_eq!(find(names(), &of("other")), None);
        assert_eq!(of("orders").len(), 12);
    }
}
