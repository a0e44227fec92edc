//! What must hold inside the glossary: a word means one thing, and every reference leads somewhere.

use std::sync::Arc;

use super::twice;
use crate::finding::{Findings, Source};
use crate::glossary::GlossaryFile;

/// A definition is read in passing.
const LONGEST_DEFINITION: usize = 1_000;

/// Checks the glossary on its own.
pub(crate) fn glossary(source: &Arc<Source>, file: &GlossaryFile, findings: &mut Findings) {
    twice(
        source,
        "the term",
        file.terms
            .iter()
            .flat_map(|term| [&term.term].into_iter().chain(&term.aliases)),
        findings,
    );
    for term in &file.terms {
        let name = term.term.get_ref();
        if name.trim().is_empty() || name.chars().count() > super::LONGEST_TITLE {
            let message = format!("a term has 1 to {} characters", super::LONGEST_TITLE);
            findings.error(source, term.term.span(), message);
        }
        let length = term.definition.get_ref().trim().chars().count();
        if length == 0 || length > LONGEST_DEFINITION {
            let message = format!(
                "the definition of `{name}` has {length} characters; it should have 1 to {LONGEST_DEFINITION}"
            );
            findings.error(source, term.definition.span(), message);
        }
        for other in &term.see_also {
            if !file.terms.iter().any(|term| term.is_called(other.get_ref())) {
                findings.error(
                    source,
                    other.span(),
                    format!(
                        "`{name}` says to see `{}`, which is not in the glossary",
                        other.get_ref()
                    ),
                );
            }
        }
    }
}
