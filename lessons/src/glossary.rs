//! The words of the field: one term, its other names, and what it means.

use serde::Deserialize;
use toml::Spanned;

/// One entry of the glossary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The word.
    pub term: String,
    /// What else it is called.
    pub aliases: Vec<String>,
    /// What it means, in Discord markdown.
    pub definition: String,
    /// Other terms worth reading next.
    pub see_also: Vec<String>,
    /// The ids of the modules that teach it.
    pub modules: Vec<String>,
}

impl Term {
    /// Whether a person who says `word` means this term; case does not matter.
    pub fn is_called(&self, word: &str) -> bool {
        names_it(word, &self.term, self.aliases.iter().map(String::as_str))
    }
}

fn names_it<'a>(word: &str, term: &'a str, aliases: impl Iterator<Item = &'a str>) -> bool {
    let word = word.trim().to_lowercase();
    aliases
        .chain([term])
        .any(|name| name.trim().to_lowercase() == word)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GlossaryFile {
    #[serde(default)]
    pub terms: Vec<TermEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TermEntry {
    pub term: Spanned<String>,
    #[serde(default)]
    pub aliases: Vec<Spanned<String>>,
    pub definition: Spanned<String>,
    #[serde(default)]
    pub see_also: Vec<Spanned<String>>,
    #[serde(default)]
    pub modules: Vec<Spanned<String>>,
}

impl TermEntry {
    pub(crate) fn is_called(&self, word: &str) -> bool {
        names_it(
            word,
            self.term.get_ref(),
            self.aliases.iter().map(|alias| alias.get_ref().as_str()),
        )
    }

    pub(crate) fn into_term(self) -> Term {
        let plain = |list: Vec<Spanned<String>>| list.into_iter().map(Spanned::into_inner).collect();
        Term {
            term: self.term.into_inner(),
            aliases: plain(self.aliases),
            definition: self.definition.into_inner(),
            see_also: plain(self.see_also),
            modules: plain(self.modules),
        }
    }
}
