//! What the operator can set: defaults < `tributary.toml` < environment < flags. Reading only; nothing is opened here.
//!
//! A key in the file, e.g. `listen` under `[sandbox]`, is `TRIBUTARY_SANDBOX__LISTEN` in the environment. An unknown key
//! is an error that names the nearest known one, so that a typing mistake is never a silent default.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

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
}

/// The members' private AWS.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Sandbox {
    /// Where members' own AWS clients connect.
    pub listen: SocketAddr,
    /// What `/sandbox credentials` prints; `http://` and `listen` where absent.
    pub public_url: Option<String>,
    /// The folder for streams and for the key file.
    pub data: PathBuf,
    /// 64 hexadecimal digits that seal members' secrets. Where absent, a key file of mode 600 is made in `data`.
    pub key: Option<SecretString>,
}

/// How the log is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Log {
    /// A filter, e.g. `info` or `info,discord=debug`.
    pub filter: String,
    /// Lines of JSON rather than text.
    pub json: bool,
}

/// Every key, as `section.name`. The unit test below fails when a field is added and this is not.
const KEYS: [&str; 10] = [
    "database.url",
    "discord.api_base",
    "discord.token",
    "http.listen",
    "log.filter",
    "log.json",
    "sandbox.data",
    "sandbox.key",
    "sandbox.listen",
    "sandbox.public_url",
];

/// Environment variables with names of their own, because other tools use them too.
const SHORTHANDS: [(&str, &str); 3] = [
    ("DISCORD_TOKEN", "discord.token"),
    ("DISCORD_API_BASE", "discord.api_base"),
    ("DATABASE_URL", "database.url"),
];

const PREFIX: &str = "TRIBUTARY_";

/// serenity's own spans hold interaction tokens, and its REST warnings the addresses with them.
const LOG: &str = "info,serenity=warn,serenity::http=error";

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
        }
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4566)),
            public_url: None,
            data: PathBuf::from("tributary-sandbox"),
            key: None,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: LOG.to_owned(),
            json: false,
        }
    }
}

impl Settings {
    /// Reads `file` where it exists, then the environment given as name and value.
    pub fn read(
        file: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, SettingsError> {
        let mut table = match std::fs::read_to_string(file) {
            Ok(text) => {
                toml::from_str::<toml::Table>(&text).map_err(|error| not_toml(file, &text, &error))?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => toml::Table::new(),
            Err(cause) => {
                return Err(SettingsError::Unreadable {
                    path: file.to_owned(),
                    cause,
                });
            }
        };
        for (section, value) in &table {
            check_keys(section, value, &file.display().to_string())?;
        }
        for (name, text) in environment {
            let key = match SHORTHANDS.iter().find(|(short, _)| *short == name) {
                Some((_, key)) => (*key).to_owned(),
                None => match name.strip_prefix(PREFIX) {
                    // Switches of the test suite and the build, not of the bot.
                    Some(rest) if rest.starts_with("TEST_") => continue,
                    Some(rest) => rest.to_lowercase().replace("__", "."),
                    None => continue,
                },
            };
            known(&key, &name)?;
            set(&mut table, &key, &text);
        }
        table.try_into().map_err(SettingsError::WrongValue)
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

fn check_keys(section: &str, value: &toml::Value, source: &str) -> Result<(), SettingsError> {
    match value {
        toml::Value::Table(table) => {
            for name in table.keys() {
                known(&format!("{section}.{name}"), source)?;
            }
            Ok(())
        }
        _ => known(section, source),
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
    let Some((section, name)) = key.split_once('.') else {
        return;
    };
    let value = match text {
        "true" => toml::Value::Boolean(true),
        "false" => toml::Value::Boolean(false),
        _ => toml::Value::String(text.to_owned()),
    };
    let section = table
        .entry(section)
        .or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let toml::Value::Table(section) = section {
        section.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tributary.toml");
        std::fs::write(&file, text).unwrap();
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::read(&file, environment)
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_default() {
        let settings = read(
            "[sandbox]\nlisten = \"127.0.0.1:1\"\n[http]\nlisten = \"127.0.0.1:2\"\n",
            &[
                ("TRIBUTARY_SANDBOX__LISTEN", "127.0.0.1:3"),
                ("HOME", "/"),
                ("DATABASE_URL", "sqlite:x.db"),
            ],
        )
        .unwrap();
        assert_eq!(settings.sandbox.listen.port(), 3);
        assert_eq!(settings.http.listen.port(), 2);
        assert_eq!(settings.database.url, "sqlite:x.db");
        assert_eq!(settings.log.filter, LOG);
    }

    #[test]
    fn a_misspelt_key_names_the_nearest() {
        let error = read("[sandbox]\nlissten = \"127.0.0.1:1\"\n", &[])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("`sandbox.lissten`") && error.contains("`sandbox.listen`"),
            "{error}"
        );
        let error = read("", &[("TRIBUTARY_DATABASE__URI", "x")])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("TRIBUTARY_DATABASE__URI") && error.contains("`database.url`"),
            "{error}"
        );
    }

    #[test]
    fn a_sqlite_database_has_a_folder() {
        let folder = |url: &str| {
            let mut settings = Settings::default();
            settings.database.url = url.to_owned();
            settings.database_folder()
        };
        assert_eq!(folder("sqlite:tributary.db"), Some(PathBuf::from(".")));
        assert_eq!(
            folder("sqlite:///var/lib/t/x.db?mode=rwc"),
            Some(PathBuf::from("/var/lib/t"))
        );
        assert_eq!(folder("postgres://localhost/t"), None);
    }

    #[test]
    fn a_file_that_is_not_toml_is_told_by_line_without_showing_it() {
        let error = read("[discord]\ntoken = \"opensesame\n", &[]).unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(told.contains("line 2") && !told.contains("opensesame"), "{told}");
    }

    #[test]
    fn a_wrong_value_is_said() {
        let error = read("[http]\nlisten = \"nowhere\"\n", &[])
            .unwrap_err()
            .to_string();
        assert!(error.contains("wrong value"), "{error}");
    }

    #[test]
    fn every_key_is_accepted_and_none_shows_the_token() {
        let all: Vec<(String, String)> = keys()
            .map(|key| {
                let value = match key {
                    key if key.ends_with("listen") => "127.0.0.1:9",
                    "log.json" => "true",
                    _ => "opensesame",
                };
                (
                    format!("{PREFIX}{}", key.to_uppercase().replace('.', "__")),
                    value.to_owned(),
                )
            })
            .collect();
        let settings = Settings::read(Path::new("absent.toml"), all).unwrap();
        let shown = format!("{:?} {:?}", settings.discord.token, settings.sandbox.key);
        assert!(!shown.contains("opensesame"), "{shown}");
    }
}
