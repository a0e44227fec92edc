//! How the log is written, and the two rules that no setting can change: libraries may say what went wrong, never what
//! they carried, and a panic is told by its place. `docs/operation.md` shows what a line of ours may hold.

use std::io::IsTerminal as _;
use std::panic::PanicHookInfo;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterFn, ParseError, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::settings::{Log, LogFormat};

/// Our own crates, which keep the rule of the log in every line, whatever its level.
const OURS: [&str; 8] = [
    "bot",
    "discord",
    "lessons",
    "pictures",
    "playground",
    "quizzes",
    "sandbox",
    "store",
];

/// Libraries' modules that put into their warnings what they carried: whole payloads, addresses with a token in them.
const TALKATIVE: [&str; 3] = ["serenity::gateway::ws", "serenity::http", "poise"];

/// Why the log could not be started.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter can't be read.
    #[error(
        "`log.filter` (or RUST_LOG) is no filter: {0}. Write a level, such as `info`, or `info,sandbox=debug`"
    )]
    Filter(#[from] ParseError),
    /// It was started before.
    #[error("the log was started before: {0}")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Starts the log, to stderr, so that what a command prints can be piped.
pub fn start(log: &Log) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(&log.filter)?;
    let colours =
        std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    tracing_subscriber::registry()
        .with(lines(log.format, colours, std::io::stderr))
        .with(filter)
        .with(harmless())
        .try_init()?;
    std::panic::set_hook(Box::new(tell_panic));
    Ok(())
}

/// Lines of text or of JSON; each carries the spans that it was written in.
fn lines<W>(format: LogFormat, colours: bool, to: W) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // A line that can't be written is lost. Told of by a further line, it would panic: a full disk must not do that.
    let lines = fmt::layer().log_internal_errors(false);
    match format {
        LogFormat::Text => lines.with_ansi(colours).with_writer(to).boxed(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_writer(to)
            .boxed(),
    }
}

fn harmless() -> FilterFn<fn(&Metadata<'_>) -> bool> {
    filter_fn(is_harmless)
}

/// Ours always; of a library only what it warns of, and no spans: serenity's and the AWS SDK's hold what is sent.
fn is_harmless(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let is_of = |name: &&'static str| {
        target
            .strip_prefix(*name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    if OURS.iter().any(is_of) {
        return true;
    }
    let most = if TALKATIVE.iter().any(is_of) {
        Level::ERROR
    } else {
        Level::WARN
    };
    metadata.is_event() && *metadata.level() <= most
}

/// A panic's words may quote what a member typed (a string cut at the wrong byte is quoted whole), so only words that
/// stand in the source are shown; the place finds the rest.
fn tell_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let words = panic.payload().downcast_ref::<&'static str>().copied();
    tracing::error!(place, words, "a task panicked");
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is written while this runs, with everything let through that can be.
    fn written(format: LogFormat, act: impl FnOnce()) -> String {
        let page = Page::default();
        let to = page.clone();
        let subscriber = tracing_subscriber::registry()
            .with(lines(format, false, move || to.clone()))
            .with(EnvFilter::new("trace"))
            .with(harmless());
        tracing::subscriber::with_default(subscriber, act);
        let bytes = page.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_of_json_carries_the_interaction_it_belongs_to() {
        let page = written(LogFormat::Json, || {
            let outer = tracing::info_span!("interaction", id = %7);
            let _outer = outer.enter();
            let inner = tracing::info_span!("request", route = "gateway");
            let _inner = inner.enter();
            tracing::info!(ack_ms = 3, "answered");
        });
        let line: serde_json::Value = serde_json::from_str(&page).unwrap();
        assert_eq!(line["message"], "answered");
        assert_eq!(line["ack_ms"], 3);
        assert_eq!(line["spans"][0]["name"], "interaction");
        assert_eq!(line["spans"][0]["id"], "7");
    }

    #[test]
    fn libraries_warn_and_say_no_more_whatever_the_filter() {
        let page = written(LogFormat::Text, || {
            let span =
                tracing::info_span!(target: "serenity::http::request", "request", token = "opensesame");
            let _in = span.enter();
            tracing::debug!(target: "serenity::client::dispatch", "opensesame");
            tracing::info!(target: "aws_smithy_runtime", "opensesame");
            tracing::warn!(target: "serenity::gateway::ws", "Err deserializing text: opensesame");
            tracing::warn!(target: "poise::dispatch::slash", "opensesame");
            tracing::warn!(target: "serenity::gateway::shard", "sequence off");
            tracing::error!(target: "poise::modal", "poise failed");
            tracing::trace!(target: "bot::run", "a step of ours");
            tracing::info!(target: "bottles", "opensesame");
        });
        assert!(!page.contains("opensesame"), "{page}");
        for told in ["sequence off", "poise failed", "a step of ours"] {
            assert!(page.contains(told), "{told}:\n{page}");
        }
    }

    #[test]
    fn a_filter_that_is_none_is_said_with_its_setting() {
        let log = Log {
            filter: "bot=loud".to_owned(),
            ..Log::default()
        };
        let told = start(&log).unwrap_err().to_string();
        assert!(told.contains("`log.filter`") && told.contains("`info`"), "{told}");
    }
}
