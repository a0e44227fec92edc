//! What the operator can set: defaults < `tributary.toml` < environment < flags. Reading only; nothing is opened here.
//!
//! A key in the file, e.g. `listen` under `[sandbox]`, is `TRIBUTARY_SANDBOX__LISTEN` in the environment. An unknown key
//! is an error that names the nearest known one, so that a typing mistake is never a silent default.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ::sandbox::ProviderKind;
use secrecy::SecretString;
use serde::Deserialize;

/// Every setting, with the name it has in the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// `[discord]`
    pub discord: Discord,
    /// `[database]`
    pub database: Database,
    /// `[http]`
    pub http: Http,
    /// `[sandbox]`
    pub sandbox: Sandbox,
    /// `[log]`
    pub log: Log,
}

/// Which Discord, and as whom.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Discord {
    /// The bot's token; usually `DISCORD_TOKEN`.
    pub token: Option<SecretString>,
    /// Another Discord; usually `DISCORD_API_BASE`. REST and gateway are both taken from there.
    pub api_base: Option<String>,
}

/// Where what must last is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Database {
    /// `sqlite:path` or `postgres://…`; usually `DATABASE_URL`.
    pub url: String,
}

/// The bot's own web server: health, readiness, metrics.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Http {
    /// Where it listens.
    pub listen: SocketAddr,
    /// What the addresses of webhooks begin with; `http://` and `listen` where absent.
    pub public_url: Option<String>,
}

/// The members' private AWS; `provider` says where it is.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Sandbox {
    /// Where members' own AWS clients connect.
    pub listen: SocketAddr,
    /// What `/sandbox credentials` prints; `http://` and `listen` where absent.
    pub public_url: Option<String>,
    /// The folder for streams and for the key file.
    pub data: PathBuf,
    /// Where members' streams, queues, topics and tables are: in this process, at an AWS-compatible server, or in AWS.
    pub provider: ProviderKind,
    /// The AWS-compatible server's URL; with `aws`, another place that is to be taken for AWS.
    pub endpoint: Option<String>,
    /// What our names begin with, after `tributary-`, where all members share one account.
    pub prefix: Option<String>,
    /// `[sandbox.aws]`: who may spend how much, where the provider is `aws`.
    pub aws: aws::Aws,
    /// 64 hexadecimal digits that seal members' secrets. Where absent, a key file of mode 600 is made in `data`.
    pub key: Option<SecretString>,
}

/// What the log holds, and how it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Log {
    /// A filter, e.g. `info` or `info,discord=debug`.
    pub filter: String,
    /// Lines for people, or for programs.
    pub format: LogFormat,
}

/// What a line of the log looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One line of text, for people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// Every key, as `section.name`, the sandbox's of AWS one level deeper. The unit test below fails when a field is added and this
/// is not.
const KEYS: [&str; 24] = [
    "database.url",
    "discord.api_base",
    "discord.token",
    "http.listen",
    "http.public_url",
    "log.filter",
    "log.format",
    "sandbox.aws.console",
    "sandbox.aws.guild_dollars",
    "sandbox.aws.guilds",
    "sandbox.aws.life_hours",
    "sandbox.aws.member_dollars",
    "sandbox.aws.month_dollars",
    "sandbox.aws.password",
    "sandbox.aws.roles",
    "sandbox.aws.things",
    "sandbox.aws.username",
    "sandbox.data",
    "sandbox.endpoint",
    "sandbox.key",
    "sandbox.listen",
    "sandbox.prefix",
    "sandbox.provider",
    "sandbox.public_url",
];

/// Environment variables with names of their own, because other tools use them too.
const SHORTHANDS: [(&str, &str); 7] = [
    ("DISCORD_TOKEN", "discord.token"),
    ("DISCORD_API_BASE", "discord.api_base"),
    ("DATABASE_URL", "database.url"),
    ("RUST_LOG", "log.filter"),
    ("console", "sandbox.aws.console"),
    ("username", "sandbox.aws.username"),
    ("password", "sandbox.aws.password"),
];

const PREFIX: &str = "TRIBUTARY_";

/// Our own lines, and what libraries warn of; `log` holds them to it.
const LOG: &str = "info";

/// Where settings come from, the weakest first.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The file.
    pub file: File,
    /// The environment, as name and value.
    pub environment: Vec<(String, String)>,
    /// Flags, as `key=value`.
    pub flags: Vec<String>,
}

/// The settings' file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum File {
    /// Where one is looked for unless the operator says otherwise; it may be missing.
    Usual(PathBuf),
    /// One that the operator named; it must be there.
    Named(PathBuf),
}

impl File {
    /// Where it is.
    pub fn path(&self) -> &Path {
        match self {
            Self::Usual(path) | Self::Named(path) => path,
        }
    }
}

/// Why the settings could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is there but can't be read.
    #[error("{path} can't be read: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's word.
        cause: std::io::Error,
    },
    /// The file is not TOML. The line itself is not shown: it may hold a secret.
    #[error("{path} is not valid TOML, in line {line}: {words}")]
    NotToml {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong.
        words: String,
    },
    /// A key that does not exist.
    #[error("there is no setting `{key}` (from {source_name}). Did you mean `{nearest}`?")]
    UnknownKey {
        /// As written.
        key: String,
        /// The file, or the variable.
        source_name: String,
        /// The known key that looks most like it.
        nearest: &'static str,
    },
    /// A flag that is no pair.
    #[error("`--set {0}` is no setting: write `--set key=value`, such as `--set http.listen=127.0.0.1:8090`")]
    NotAFlag(String),
    /// Settings of the sandbox that do not go together.
    #[error(transparent)]
    Provider(#[from] provider::NoProvider),
    /// A value of the wrong type or form.
    #[error("a setting has a wrong value: {0}")]
    WrongValue(toml::de::Error),
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: "sqlite:tributary.db".to_owned(),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8090)),
            public_url: None,
        }
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4566)),
            public_url: None,
            data: PathBuf::from("tributary-sandbox"),
            provider: ProviderKind::Embedded,
            endpoint: None,
            prefix: None,
            aws: aws::Aws::default(),
            key: None,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: LOG.to_owned(),
            format: LogFormat::Text,
        }
    }
}

impl Settings {
    /// Reads the file, then the environment, then the flags: what comes later wins.
    pub fn read(sources: &Sources) -> Result<Self, SettingsError> {
        let mut table = table(&sources.file)?;
        for (section, value) in &table {
            check_keys(section, value, &sources.file.path().display().to_string())?;
        }
        // A name that other tools use too is less clearly meant for us than one of our own.
        let shared = |name: &str| SHORTHANDS.iter().find(|(short, _)| *short == name);
        let (short, own): (Vec<_>, Vec<_>) = sources
            .environment
            .iter()
            .filter(|(name, _)| shared(name).is_some() || name.starts_with(PREFIX))
            .partition(|(name, _)| shared(name).is_some());
        for (name, text) in short.into_iter().chain(own) {
            let key = match (shared(name), name.strip_prefix(PREFIX)) {
                (Some((_, key)), _) => (*key).to_owned(),
                // Switches of the test suite and the build, not of the bot.
                (None, Some(rest)) if rest.starts_with("TEST_") => continue,
                (None, rest) => rest.unwrap_or_default().to_lowercase().replace("__", "."),
            };
            known(&key, name)?;
            set(&mut table, &key, text);
        }
        for flag in &sources.flags {
            let (key, text) = flag
                .split_once('=')
                .ok_or_else(|| SettingsError::NotAFlag(flag.clone()))?;
            known(key.trim(), "--set")?;
            set(&mut table, key.trim(), text.trim());
        }
        let settings: Self = table.try_into().map_err(SettingsError::WrongValue)?;
        provider::of(&settings.sandbox)?;
        Ok(settings)
    }

    /// The folder that a SQLite database is in; `None` for another engine.
    pub fn database_folder(&self) -> Option<PathBuf> {
        let folder = sqlite_path(&self.database.url)?.parent()?;
        Some(if folder.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            folder.to_owned()
        })
    }

    /// What members' AWS clients are told to connect to.
    pub fn sandbox_url(&self) -> String {
        self.sandbox
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", self.sandbox.listen))
    }
}

/// The path in `sqlite:path?options`.
pub(crate) fn sqlite_path(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?.split('?').next()?;
    Some(Path::new(path.strip_prefix("//").unwrap_or(path)))
}

/// What stands in the file. One that nobody named may be missing.
fn table(file: &File) -> Result<toml::Table, SettingsError> {
    let path = file.path();
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).map_err(|error| not_toml(path, &text, &error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && matches!(file, File::Usual(_)) => {
            Ok(toml::Table::new())
        }
        Err(cause) => Err(SettingsError::Unreadable {
            path: path.to_owned(),
            cause,
        }),
    }
}

fn not_toml(file: &Path, text: &str, error: &toml::de::Error) -> SettingsError {
    let at = error.span().map_or(0, |span| span.start);
    SettingsError::NotToml {
        path: file.to_owned(),
        line: text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1,
        words: error.message().to_owned(),
    }
}

fn keys() -> impl Iterator<Item = &'static str> {
    KEYS.into_iter()
}

fn check_keys(key: &str, value: &toml::Value, source: &str) -> Result<(), SettingsError> {
    match value {
        toml::Value::Table(table) => table
            .iter()
            .try_for_each(|(name, value)| check_keys(&format!("{key}.{name}"), value, source)),
        _ => known(key, source),
    }
}

fn known(key: &str, source: &str) -> Result<(), SettingsError> {
    if keys().any(|known| known == key) {
        return Ok(());
    }
    let nearest = keys()
        .max_by(|a, b| strsim::jaro_winkler(a, key).total_cmp(&strsim::jaro_winkler(b, key)))
        .unwrap_or("database.url");
    Err(SettingsError::UnknownKey {
        key: key.to_owned(),
        source_name: source.to_owned(),
        nearest,
    })
}

/// Puts a value from the environment in its place, as a flag or number where it reads as one.
fn set(table: &mut toml::Table, key: &str, text: &str) {
    let value = match text {
        "true" => toml::Value::Boolean(true),
        "false" => toml::Value::Boolean(false),
        _ => toml::Value::String(text.to_owned()),
    };
    put(table, key, value);
}

fn put(table: &mut toml::Table, key: &str, value: toml::Value) {
    let Some((section, below)) = key.split_once('.') else {
        table.insert(key.to_owned(), value);
        return;
    };
    let section = table
        .entry(section)
        .or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let toml::Value::Table(section) = section {
        put(section, below, value);
    }
}

pub mod aws;
pub mod provider;

#[cfg(test)]
mod tests;
