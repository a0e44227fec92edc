//! What wins over what, and what is said of a mistake.

use super::*;

fn read(text: &str, environment: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tributary.toml");
    std::fs::write(&file, text).unwrap();
    from(File::Named(file), environment, &[])
}

fn from(file: File, environment: &[(&str, &str)], flags: &[&str]) -> Result<Settings, SettingsError> {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Settings::read(&Sources {
        file,
        environment: environment.iter().map(pair).collect(),
        flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
    })
}

fn absent() -> File {
    File::Usual(PathBuf::from("absent.toml"))
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
    let environment = keys()
        .map(|key| {
            let value = match key {
                key if key.ends_with("listen") => "127.0.0.1:9",
                "log.format" => "json",
                "sandbox.provider" => "endpoint",
                "sandbox.endpoint" => "http://127.0.0.1:9",
                "sandbox.aws.guilds" | "sandbox.aws.roles" => "7, 8",
                "sandbox.aws.things" | "sandbox.aws.life_hours" => "5",
                key if key.ends_with("dollars") => "2.50",
                _ => "opensesame",
            };
            (
                format!("{PREFIX}{}", key.to_uppercase().replace('.', "__")),
                value.to_owned(),
            )
        })
        .collect();
    let settings = Settings::read(&Sources {
        file: absent(),
        environment,
        flags: Vec::new(),
    })
    .unwrap();
    let shown = format!(
        "{:?} {:?} {:?} {:?}",
        settings.discord.token,
        settings.sandbox.key,
        settings.sandbox.aws.username,
        settings.sandbox.aws.password
    );
    assert!(!shown.contains("opensesame"), "{shown}");
}

#[test]
fn who_may_spend_how_much_is_read_as_operators_write_it() {
    let aws = |text: &str, environment: &[(&str, &str)]| read(text, environment).map(|read| read.sandbox.aws);
    let default = aws("", &[]).unwrap();
    assert!(!default.guilds.has(1), "nobody, unless somebody is named");
    let written = aws(
        "[sandbox.aws]\nguilds = [1441022937190338580, \"2\"]\nroles = \"3, 4\"\nlife_hours = 8\nmember_dollars = 2.5\n",
        &[("TRIBUTARY_SANDBOX__AWS__MONTH_DOLLARS", "7"), ("console", "https://example.signin.aws.amazon.com/console")],
    )
    .unwrap();
    assert!(written.guilds.has(1_441_022_937_190_338_580) && written.guilds.has(2));
    assert!(written.roles.has(3) && written.roles.has(4) && !written.roles.has(34));
    assert_eq!(written.life_hours, 8);
    assert_eq!(
        (
            written.member_dollars.to_string(),
            written.month_dollars.to_string()
        ),
        ("$2.50".into(), "$7.00".into())
    );
    assert!(written.console.is_some());
    for wrong in [
        "guilds = \"demo\"",
        "life_hours = 0",
        "life_hours = 169",
        "member_dollars = -1",
        "guild_dollars = \"much\"",
        "roles = [-1]",
    ] {
        assert!(aws(&format!("[sandbox.aws]\n{wrong}\n"), &[]).is_err(), "{wrong}");
    }
    let told = aws("[sandbox.aws]\nguild = 1\n", &[]).unwrap_err().to_string();
    assert!(
        told.contains("`sandbox.aws.guild`") && told.contains("`sandbox.aws.guilds`"),
        "{told}"
    );
}

#[test]
fn a_flag_wins_over_all_and_our_own_names_over_shared_ones() {
    let environment = [
        ("TRIBUTARY_DATABASE__URL", "sqlite:ours.db"),
        ("DATABASE_URL", "sqlite:shared.db"),
        ("RUST_LOG", "warn"),
    ];
    let settings = from(absent(), &environment, &[]).unwrap();
    assert_eq!(settings.database.url, "sqlite:ours.db");
    assert_eq!(settings.log.filter, "warn");
    let settings = from(
        absent(),
        &environment,
        &["database.url=sqlite:flag.db", "log.format = json"],
    )
    .unwrap();
    assert_eq!(settings.database.url, "sqlite:flag.db");
    assert_eq!(settings.log.format, LogFormat::Json);
}

#[test]
fn a_flag_that_is_none_and_a_named_file_that_is_missing_are_said() {
    let told = |flag| from(absent(), &[], &[flag]).unwrap_err().to_string();
    assert!(
        told("http.listen").contains("key=value"),
        "{}",
        told("http.listen")
    );
    assert!(told("http.lissten=x").contains("`http.listen`"));
    let named = File::Named(PathBuf::from("absent.toml"));
    let told = from(named, &[], &[]).unwrap_err().to_string();
    assert!(told.contains("absent.toml"), "{told}");
}
