//! What is said to a person whose line is no command: one sentence, with what to type instead.
//! When it is said is decided where the line is read.

/// Why a line is no command, in words for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's sentence says what it means")]
pub enum SlashError {
    #[error("A command starts with `/`, for example `/help`.")]
    NotACommand,
    #[error("There is no command `/{name}`.{}", did_you_mean("/", nearest.as_deref()))]
    UnknownCommand { name: String, nearest: Option<String> },
    #[error("`{path}` needs one more word: {}.", listed(known))]
    MissingSubcommand { path: String, known: Vec<String> },
    #[error("`{path}` has no `{name}`; it has {}.{}", listed(known), did_you_mean("", nearest.as_deref()))]
    UnknownSubcommand {
        path: String,
        name: String,
        known: Vec<String>,
        nearest: Option<String>,
    },
    #[error("`{path}` takes no options, but the line goes on with `{text}`.")]
    TakesNone { path: String, text: String },
    #[error("`{path}` has no option `{name}`; it has {}.{}", listed(known), did_you_mean("", nearest.as_deref()))]
    UnknownOption {
        path: String,
        name: String,
        known: Vec<String>,
        nearest: Option<String>,
    },
    #[error(
        "`{text}` stands alone. Write options as `name:value`; `{path}` has {}.",
        listed(known)
    )]
    NotAnOption {
        path: String,
        text: String,
        known: Vec<String>,
    },
    #[error(
        "`{option}` is given twice. To write `{option}:` inside a value, put that value in double quotes."
    )]
    Twice { option: String },
    #[error("`{path}` needs `{option}`{}.", explained(description))]
    Missing {
        path: String,
        option: String,
        description: String,
    },
    #[error("`{option}` is empty: write a value after the colon.")]
    Empty { option: String },
    #[error("`{option}` must be {wanted}, and `{got}` is not.{}", undeclared(stray.as_deref()))]
    WrongType {
        option: String,
        wanted: &'static str,
        got: String,
        stray: Option<String>,
    },
    #[error("`{option}` must be one of {}; `{got}` is not.", listed(choices))]
    NotAChoice {
        option: String,
        got: String,
        choices: Vec<String>,
    },
    #[error("`{option}` must be {rule}; {got} is not.")]
    OutOfRange {
        option: String,
        rule: String,
        got: String,
    },
    #[error("`{option}`: there is no {what} `{name}` here.")]
    NotFound {
        option: String,
        what: &'static str,
        name: String,
    },
    #[error("`{option}` does not take this kind of channel.")]
    WrongChannel { option: String },
    #[error("`{option}` completes nothing by itself: its values are up to you.")]
    NotCompleted { option: String },
    #[error("Start an option first: `{path}` has {}.", listed(known))]
    NothingToComplete { path: String, known: Vec<String> },
}

fn did_you_mean(prefix: &str, nearest: Option<&str>) -> String {
    nearest
        .map(|name| format!(" Did you mean `{prefix}{name}`?"))
        .unwrap_or_default()
}

fn listed(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn explained(description: &str) -> String {
    if description.is_empty() {
        String::new()
    } else {
        format!(" ({})", description.trim_end_matches('.'))
    }
}

fn undeclared(name: Option<&str>) -> String {
    name.map(|name| format!(" There is no option `{name}`."))
        .unwrap_or_default()
}
