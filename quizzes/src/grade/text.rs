//! From what a person typed to tokens: letters made equal, words, stems, phrases of the lexicon,
//! sentences and clauses. What tokens mean to one another is in `matching`, `polarity`, `relations`.

use std::collections::HashSet;
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;

use super::lexicon::{LEXICON, Senses};
use super::numbers::{self, Quantity};
use super::polarity;

/// No answer is read further than this many characters.
pub(crate) const READ_MAX: usize = 4_000;
/// Nor further than this many words.
const WORDS_MAX: usize = 700;
/// A longer word is cut: it is no word.
const WORD_MAX: usize = 40;

/// One form for letters that look alike: Unicode's compatibility form, straight quotes and dashes,
/// no invisible characters. White space other than line ends becomes one space.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(READ_MAX));
    for c in text.chars().take(READ_MAX).nfkc().take(READ_MAX) {
        let c = match c {
            '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' | '\u{b4}' | '`' => '\'',
            '\u{201c}' | '\u{201d}' | '\u{201f}' | '\u{2033}' | '\u{ab}' | '\u{bb}' => '"',
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\r' => continue,
            '\n' => '\n',
            c if c.is_whitespace() => ' ',
            c => c,
        };
        if c == ' ' && out.ends_with([' ', '\n']) {
            continue;
        }
        out.push(c);
    }
    out.trim().to_owned()
}

/// A word as typed, in lower case, and what stood before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// The word.
    pub text: String,
    /// The break before it.
    pub gap: Gap,
}

/// What separates a word from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gap {
    /// Nothing but white space or a hyphen.
    None,
    /// A comma, a bracket, an arrow.
    Clause,
    /// A full stop, a line end.
    Sentence,
}

/// The words of a text, contractions opened (`can't` → `can not`).
pub(crate) fn words(text: &str) -> Vec<Word> {
    let text = plain(text).to_lowercase();
    let mut out: Vec<Word> = Vec::new();
    let mut gap = Gap::Sentence;
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < chars.len() && out.len() < WORDS_MAX {
        let c = chars[at];
        if !c.is_alphanumeric() && c != '%' {
            let arrow = (c == '-' || c == '=') && chars.get(at + 1) == Some(&'>');
            gap = gap.max(gap_of(c, arrow));
            at += 1;
            continue;
        }
        let start = at;
        while at < chars.len() && continues_word(&chars, start, at) {
            at += 1;
        }
        at = at.max(start + 1);
        let word: String = chars[start..at].iter().collect();
        for part in open_contraction(&word) {
            out.push(Word {
                text: part.chars().take(WORD_MAX).collect(),
                gap,
            });
            gap = Gap::None;
        }
    }
    out
}

fn gap_of(c: char, arrow: bool) -> Gap {
    match c {
        '.' | '!' | '?' | ';' | '\n' => Gap::Sentence,
        ',' | ':' | '(' | ')' | '[' | ']' | '"' | '|' | '/' | '\u{2192}' | '\u{21d2}' => Gap::Clause,
        '-' | '=' if arrow => Gap::Clause,
        _ => Gap::None,
    }
}

/// Letters and digits hold together; a `.` or `,` holds digits together, an apostrophe letters.
fn continues_word(chars: &[char], start: usize, at: usize) -> bool {
    let c = chars[at];
    if at == start || c.is_alphanumeric() || c == '%' {
        return true;
    }
    let before = chars[at - 1];
    let after = chars.get(at + 1).copied().unwrap_or(' ');
    match c {
        '.' => before.is_ascii_digit() && after.is_ascii_digit(),
        ',' => {
            before.is_ascii_digit()
                && chars.len() > at + 3
                && chars[at + 1..=at + 3].iter().all(char::is_ascii_digit)
        }
        '\'' => before.is_alphabetic() && after.is_alphabetic(),
        _ => false,
    }
}

fn open_contraction(word: &str) -> Vec<String> {
    let not = |verb: &str| vec![verb.to_owned(), "not".to_owned()];
    match word {
        "cannot" | "can't" | "cant" => return not("can"),
        "won't" | "wont" => return not("will"),
        "shan't" => return not("shall"),
        "dont" | "doesnt" | "didnt" | "isnt" | "arent" | "wasnt" | "werent" | "wouldnt" | "shouldnt"
        | "couldnt" | "hasnt" | "havent" | "hadnt" => return not(&word[..word.len() - 2]),
        "let's" => return vec!["let".into(), "us".into()],
        _ => {}
    }
    let Some((head, tail)) = word.split_once('\'') else {
        return vec![word.to_owned()];
    };
    match tail {
        "t" if head.ends_with('n') => not(&head[..head.len() - 1]),
        "re" => vec![head.into(), "are".into()],
        "ll" => vec![head.into(), "will".into()],
        "ve" => vec![head.into(), "have".into()],
        "s" if matches!(
            head,
            "it" | "that" | "there" | "what" | "which" | "here" | "he" | "she"
        ) =>
        {
            vec![head.into(), "is".into()]
        }
        "s" | "d" | "m" => vec![head.into()],
        _ => vec![head.to_owned(), tail.to_owned()],
    }
}

/// The stem of a lower-case word.
pub(crate) fn stem(word: &str) -> String {
    let stem = Stemmer::create(Algorithm::English).stem(word).into_owned();
    // The stemmer keeps apart what the field writes both ways.
    match stem.as_str() {
        "sent" => "send".into(),
        "wrote" | "written" => "write".into(),
        "went" | "gone" => "go".into(),
        "came" => "come".into(),
        "got" | "gotten" => "get".into(),
        "kept" => "keep".into(),
        "held" => "hold".into(),
        "grew" | "grown" => "grow".into(),
        "shrank" | "shrunk" => "shrink".into(),
        "broke" | "broken" => "break".into(),
        "built" => "build".into(),
        "told" => "tell".into(),
        "saw" | "seen" => "see".into(),
        "chose" | "chosen" => "choos".into(),
        "thrown" | "threw" => "throw".into(),
        "took" | "taken" => "take".into(),
        "gave" | "given" => "give".into(),
        "made" => "make".into(),
        "began" | "begun" => "begin".into(),
        "fell" | "fallen" => "fall".into(),
        "lost" => "lose".into(),
        "knew" | "known" => "know".into(),
        "left" => "leav".into(),
        "found" => "find".into(),
        "ran" => "run".into(),
        "happen" => "happen".into(),
        _ => stem,
    }
}

/// What part a token plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Carries meaning.
    Content,
    /// Holds the sentence together.
    Function,
}

/// A word, number or known phrase in its place.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// As typed, in lower case; a phrase joined by spaces.
    pub text: String,
    /// Its stem; a phrase's stems joined.
    pub stem: String,
    /// What the lexicon knows of it.
    pub senses: Senses,
    /// Its part.
    pub part: Part,
    /// How much it says.
    pub weight: f64,
    /// Under an odd number of negations.
    pub negated: bool,
    /// The number and unit it is, if it is one.
    pub quantity: Option<Quantity>,
    /// Which clause it is in, counted over the text.
    pub clause: usize,
    /// Which statement: a clause together with the relative clauses that hang on it.
    pub statement: usize,
    /// Which sentence.
    pub sentence: usize,
}

impl Token {
    pub(crate) fn is_content(&self) -> bool {
        self.part == Part::Content
    }
}

/// A text, read.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// Letters made equal and lower, white space and final punctuation gone.
    pub plain: String,
    /// All tokens, function words included.
    pub tokens: Vec<Token>,
}

impl Text {
    /// Reads a text.
    pub(crate) fn read(text: &str) -> Self {
        let words = words(text);
        let stems: Vec<String> = words.iter().map(|w| stem(&w.text)).collect();
        let stems: Vec<&str> = stems.iter().map(String::as_str).collect();
        let mut tokens: Vec<Token> = Vec::with_capacity(words.len());
        let (mut clause, mut statement, mut sentence, mut at) = (0, 0, 0, 0);
        while at < words.len() {
            if at > 0 {
                match words[at].gap {
                    Gap::Sentence => {
                        (clause, statement, sentence) = (clause + 1, statement + 1, sentence + 1);
                    }
                    Gap::Clause => (clause, statement) = (clause + 1, statement + 1),
                    Gap::None if polarity::opens_statement(&words[at].text) => {
                        (clause, statement) = (clause + 1, statement + 1);
                    }
                    Gap::None if polarity::opens_clause(&words[at].text) => clause += 1,
                    Gap::None => {}
                }
            }
            let (length, mut token) = next_token(&words[at..], &stems[at..]);
            (token.clause, token.statement, token.sentence) = (clause, statement, sentence);
            tokens.push(token);
            at += length;
        }
        polarity::mark(&mut tokens);
        let plain = words
            .iter()
            .map(|w| w.text.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        Self { plain, tokens }
    }

    /// The tokens that carry meaning.
    pub(crate) fn content(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter().filter(|t| t.is_content())
    }
}

fn next_token(words: &[Word], stems: &[&str]) -> (usize, Token) {
    let word = &words[0].text;
    let mut token = Token {
        text: word.clone(),
        stem: stems[0].to_owned(),
        senses: Senses::default(),
        part: Part::Content,
        weight: 1.0,
        negated: false,
        quantity: None,
        clause: 0,
        statement: 0,
        sentence: 0,
    };
    // A phrase does not reach over a full stop or a comma.
    let reach = 1 + words[1..].iter().take_while(|w| w.gap == Gap::None).count();
    let known = LEXICON.longest(&stems[..reach]);
    if let Some((taken, quantity)) = numbers::read(&words[..reach])
        && known.is_none_or(|(length, _)| length <= taken)
    {
        token.text = join(&words[..taken]);
        token.weight = 1.3;
        token.quantity = Some(quantity);
        return (taken, token);
    }
    match known {
        Some((length, senses)) if length > 1 => {
            token.text = join(&words[..length]);
            token.stem = stems[..length].join(" ");
            token.senses = senses.clone();
            return (length, token);
        }
        Some((_, senses)) if !is_function(word) || is_quantifier(word) => token.senses = senses.clone(),
        _ => {}
    }
    token.weight = if is_quantifier(word) {
        0.5
    } else if is_function(word) {
        token.part = Part::Function;
        0.0
    } else if LEXICON.is_common(&token.stem) {
        0.35
    } else if !token.senses.is_empty() || word.chars().count() >= 7 {
        1.0
    } else {
        0.85
    };
    (1, token)
}

fn join(words: &[Word]) -> String {
    words
        .iter()
        .map(|w| w.text.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Words that carry little but turn a claim round when exchanged.
pub(crate) fn is_quantifier(word: &str) -> bool {
    matches!(
        word,
        "only"
            | "every"
            | "each"
            | "all"
            | "same"
            | "one"
            | "single"
            | "none"
            | "never"
            | "always"
            | "once"
            | "first"
            | "last"
            | "more"
            | "less"
            | "before"
            | "after"
            | "within"
            | "across"
            | "until"
            | "both"
            | "either"
            | "different"
            | "any"
            | "most"
            | "least"
    )
}

/// Words that hold a sentence together.
pub(crate) fn is_function(word: &str) -> bool {
    FUNCTION_WORDS.contains(word)
}

static FUNCTION_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "a an the this that these those it its itself they them their theirs he she his her him we us our you \
     your yours i me my mine is are was were be been being am do does did done doing have has had having \
     will would shall should can could may might must of to in on at by for with from into onto over under \
     about above below between through during up down out off again against as than then and or nor but so \
     if because since while whereas although though unless until when where which who whom whose what how \
     why there here not no within without across before after also too very just only even still yet both \
     either neither each every all any some such other another more most much many few own same s t etc eg \
     ie e g vs via per upon however therefore thus hence instead rather already ever never always once else \
     whether let one"
        .split_whitespace()
        .collect()
});
