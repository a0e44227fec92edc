//! `tributary doctor`: an operator's installation, from nothing to all is well.

use std::path::Path;

use crate::program::{Outcome, Playground, run, run_in};

/// Ports of the system's choice, so that tests run beside anything.
const PORTS: [(&str, &str); 2] = [
    ("TRIBUTARY_SANDBOX__LISTEN", "127.0.0.1:0"),
    ("TRIBUTARY_HTTP__LISTEN", "127.0.0.1:0"),
];

fn doctor(home: &Path, environment: &[(&str, &str)]) -> Outcome {
    run_in(home, &["doctor"], &[&PORTS, environment].concat())
}

#[test]
fn with_nothing_set_up_it_says_where_to_get_a_token_and_leaves_no_trace() {
    let home = tempfile::tempdir().unwrap();
    let told = doctor(home.path(), &[]);
    assert_eq!(told.code, 1);
    assert!(told.line("✗ token").contains("DISCORD_TOKEN"), "{}", told.out);
    assert!(
        told.line("invite link").contains("permissions=395137108992"),
        "{}",
        told.out
    );
    assert!(told.line("✓ database").contains("will be made"), "{}", told.out);
    told.line("One thing is to be mended.");
    assert_eq!(
        std::fs::read_dir(home.path()).unwrap().count(),
        0,
        "looking changes nothing"
    );
}

#[test]
fn beside_a_running_bot_all_is_well_and_the_bot_is_not_disturbed() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let playground = Playground::start(home.path(), &["--aws-port", "0", "--data", "data"]);
    let database = format!("sqlite:{}", data.join("tributary.db").display());
    let sandbox = data.join("sandbox");
    let told = doctor(
        home.path(),
        &[
            ("DISCORD_API_BASE", &playground.base),
            ("DATABASE_URL", &database),
            ("TRIBUTARY_SANDBOX__DATA", sandbox.to_str().unwrap()),
        ],
    );
    assert_eq!(told.code, 0, "{}", told.all());
    told.line("✓ token: accepted");
    told.line("✓ servers: Demo");
    told.line("✓ cohort demo: #lessons, with every permission");
    told.line("✓ database: opens, can be written, tables are up to date");
    assert!(
        told.line("✓ sandbox").contains("in use by a running bot"),
        "{}",
        told.out
    );
    told.line("✓ clock");
    told.line("All is well.");
}

#[test]
fn a_token_is_never_shown() {
    let home = tempfile::tempdir().unwrap();
    let playground = Playground::start(home.path(), &["--no-bot"]);
    let (token, base) = (("DISCORD_TOKEN", "opensesame"), playground.base.as_str());
    let accepted = doctor(home.path(), &[token, ("DISCORD_API_BASE", base)]);
    accepted.line("✓ token");
    // Nothing listens on a port that was just given back.
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let refused = doctor(
        home.path(),
        &[token, ("DISCORD_API_BASE", &format!("http://{gone}"))],
    );
    assert_eq!(refused.code, 1);
    assert!(
        refused.line("✗ token").contains("Check the network"),
        "{}",
        refused.out
    );
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join("tributary.toml"),
        "[discord]\ntoken = \"opensesame\n",
    )
    .unwrap();
    let broken = doctor(home.path(), &[]);
    assert!(broken.line("✗ settings").contains("line 2"), "{}", broken.out);
    for outcome in [accepted, refused, broken] {
        assert!(!outcome.all().contains("opensesame"), "{}", outcome.all());
    }
}

#[test]
fn a_misspelt_setting_is_told_with_the_nearest_and_stops_the_visit() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("tributary.toml"), "[databse]\nurl = \"x\"\n").unwrap();
    let told = doctor(home.path(), &[]);
    assert_eq!(told.code, 1);
    assert!(told.line("✗ settings").contains("`database.url`"), "{}", told.out);
    told.line("✓ content");
}

#[test]
fn a_key_that_others_can_read_and_a_taken_port_are_to_be_mended() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("tributary-sandbox");
    std::fs::create_dir(&folder).unwrap();
    let key = folder.join("key");
    std::fs::write(&key, "0".repeat(64)).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let told = run_in(
        home.path(),
        &["doctor"],
        &[PORTS[1], ("TRIBUTARY_SANDBOX__LISTEN", &address)],
    );
    assert!(told.line("✗ sealing key").contains("chmod 600"), "{}", told.out);
    assert!(
        told.line("✗ AWS port").contains("`sandbox.listen`"),
        "{}",
        told.out
    );
}

#[test]
fn a_database_of_another_kind_is_told() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join("notes.txt"),
        "not a database, and long enough to be read as one",
    )
    .unwrap();
    let told = doctor(home.path(), &[("DATABASE_URL", "sqlite:notes.txt")]);
    assert!(told.line("✗ database").contains("DATABASE_URL"), "{}", told.out);
    let told = doctor(home.path(), &[("DATABASE_URL", "mysql://x")]);
    assert!(told.line("✗ database").contains("sqlite:"), "{}", told.out);
}

#[test]
fn each_thing_is_told_in_one_line() {
    let told = run(&["doctor"]);
    let things = told.out.lines().take_while(|line| !line.is_empty());
    for line in things {
        assert!(
            line.starts_with(['✓', '✗', '–']) && line.contains(": "),
            "{line:?}"
        );
    }
}

#[test]
fn a_provider_that_does_not_answer_is_told_with_what_to_look_at() {
    let home = tempfile::tempdir().unwrap();
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (provider, endpoint) = ("TRIBUTARY_SANDBOX__PROVIDER", format!("http://{gone}"));
    let told = doctor(
        home.path(),
        &[(provider, "endpoint"), ("TRIBUTARY_SANDBOX__ENDPOINT", &endpoint)],
    );
    let line = told.line("✗ provider");
    assert!(
        line.contains("`endpoint` can't be used") && line.contains("`sandbox.endpoint`"),
        "{line}"
    );
    assert!(!line.contains('{'), "words, and nothing raw: {line}");
    assert!(
        !told.out.contains("AWS port"),
        "nobody connects here: {}",
        told.out
    );
    let told = doctor(home.path(), &[(provider, "aws")]);
    let line = told.line("✗ settings");
    assert!(line.contains("`sandbox.prefix` must say"), "{line}");
}
