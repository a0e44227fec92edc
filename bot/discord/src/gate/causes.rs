//! Errors of HTTP calls in words that may be logged: with their causes, without addresses. What they mean for the
//! caller is in `delivery`.

use std::error::Error;
use std::fmt;

/// An error and its causes on one line, without the addresses that HTTP errors carry: those of interactions and
/// webhooks hold a token. (`Debug` of such an error shows the address; log this instead.)
#[derive(Clone, Copy)]
pub struct Causes<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = words(self.0);
        f.write_str(&last)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            // Wrappers often repeat what they wrap.
            let next = words(error);
            if next != last {
                write!(f, ": {next}")?;
                last = next;
            }
            cause = error.source();
        }
        Ok(())
    }
}

fn words(error: &(dyn Error + 'static)) -> String {
    let words = error.to_string();
    match error
        .downcast_ref::<reqwest::Error>()
        .and_then(reqwest::Error::url)
    {
        Some(url) => words.replace(url.as_str(), "…"),
        None => words,
    }
}
