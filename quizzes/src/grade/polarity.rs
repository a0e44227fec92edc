//! What is said to be so and what is said not to be so: marks the tokens that stand under a negation.

use super::text::Token;

/// A word that opens a new clause: a negation does not reach past it.
pub(crate) fn opens_clause(word: &str) -> bool {
    matches!(
        word,
        "but"
            | "because"
            | "so"
            | "since"
            | "whereas"
            | "while"
            | "although"
            | "though"
            | "if"
            | "when"
            | "unless"
            | "until"
            | "then"
            | "which"
            | "who"
            | "that"
            | "what"
            | "and"
            | "where"
            | "yet"
            | "therefore"
            | "hence"
            | "however"
            | "as"
    )
}

/// A word that opens a new statement, with a subject of its own.
pub(crate) fn opens_statement(word: &str) -> bool {
    matches!(
        word,
        "but" | "because" | "so" | "since" | "whereas" | "while" | "although" | "though" | "and" | "however"
    )
}

/// Whether a token negates what follows, and how far.
fn reach(tokens: &[Token], at: usize) -> Option<Reach> {
    let text = tokens[at].text.as_str();
    let next = tokens.get(at + 1).map_or("", |t| t.text.as_str());
    match text {
        "not" if matches!(next, "only" | "just" | "merely" | "simply" | "necessarily") => None,
        "not" | "never" | "hardly" | "barely" | "rarely" | "neither" | "nor" | "fails" | "unable"
        | "refuses" | "lacks" | "nobody" | "nothing" | "avoid" | "avoids" | "avoiding" | "prevent"
        | "prevents" | "preventing" | "forbids" | "stops" | "eliminates" | "eliminating" | "removes" => {
            Some(Reach::Clause)
        }
        "no" | "without" | "zero" | "none" => Some(Reach::Phrase),
        "instead" | "rather" if matches!(next, "of" | "than") => Some(Reach::Phrase),
        _ => None,
    }
}

/// Words that carry meaning and stand under one negation.
const REACH: usize = 3;

enum Reach {
    /// The next words of the clause.
    Clause,
    /// Only the words that follow one another directly: `no lost messages`.
    Phrase,
}

/// Marks every token under an odd number of negations.
pub(crate) fn mark(tokens: &mut [Token]) {
    let mut flips = vec![false; tokens.len()];
    for at in 0..tokens.len() {
        let Some(reach) = reach(tokens, at) else {
            continue;
        };
        let (mut clause, statement) = (tokens[at].clause, tokens[at].statement);
        let mut left = REACH;
        for (ahead, token) in tokens.iter().enumerate().skip(at + 1) {
            // `is not when it happened`: a clause without a word of its own hands the negation on.
            let handed_on = left == REACH && token.statement == statement;
            if left == 0 || token.clause != clause && !handed_on {
                break;
            }
            clause = token.clause;
            if token.is_content() {
                flips[ahead] = !flips[ahead];
                left -= 1;
            } else if matches!(reach, Reach::Phrase) && left < REACH {
                break;
            }
        }
    }
    for (token, flip) in tokens.iter_mut().zip(flips) {
        token.negated = flip;
    }
}

/// Whether the word says no by itself.
pub(crate) fn is_negator(word: &str) -> bool {
    matches!(
        word,
        "not" | "no" | "never" | "without" | "neither" | "nor" | "none" | "nothing" | "nobody"
    )
}
