//! Help, preview, and what is said of wrong settings.

use crate::program::{run, run_in};

#[test]
fn help_lists_every_subcommand() {
    let help = run(&["--help"]);
    assert_eq!(help.code, 0);
    for name in [
        "run",
        "playground",
        "check",
        "grade",
        "preview",
        "doctor",
        "rebuild",
    ] {
        assert!(
            help.out.lines().any(|line| line.trim().starts_with(name)),
            "{name} is missing:\n{}",
            help.out
        );
    }
}

#[test]
fn an_author_previews_a_module_as_members_see_it() {
    let shown = run(&["preview", "m1"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    for part in [
        "M1 · What are streams?",
        "── The post",
        "── Page 2 of",
        "### ",
        "── Quiz",
        "   ✓ ",
        "   ✗ ",
        "hint 1: ",
    ] {
        assert!(shown.out.contains(part), "{part:?} is missing:\n{}", shown.out);
    }
    assert_eq!(
        run(&["preview", "what-are-streams", "--track", "streams-15"]).out,
        shown.out
    );
}

#[test]
fn a_draft_is_called_one_and_an_unknown_module_gets_the_nearest() {
    let draft = run(&["preview", "M4"]);
    assert!(
        draft.code == 0 && draft.out.contains("is a draft"),
        "{}",
        draft.all()
    );
    let unknown = run(&["preview", "what-are-steams"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.err.contains("`what-are-streams`"), "{}", unknown.err);
    let track = run(&["preview", "M1", "--track", "streams-16"]);
    assert!(
        track.code == 1 && track.err.contains("`streams-15`"),
        "{}",
        track.err
    );
}

#[test]
fn a_misspelt_setting_stops_the_bot_with_the_nearest_name() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join("tributary.toml"),
        "[sandbox]\nlissten = \"127.0.0.1:1\"\n",
    )
    .unwrap();
    for command in ["run", "rebuild"] {
        let refused = run_in(home.path(), &[command], &[]);
        assert_eq!(refused.code, 1);
        assert!(
            refused.err.contains("`sandbox.lissten`") && refused.err.contains("`sandbox.listen`"),
            "{}",
            refused.err
        );
    }
    let refused = run_in(
        tempfile::tempdir().unwrap().path(),
        &["run"],
        &[("TRIBUTARY_LOG__FORMATT", "json")],
    );
    assert!(
        refused.code == 1
            && refused.err.contains("TRIBUTARY_LOG__FORMATT")
            && refused.err.contains("`log.format`"),
        "{}",
        refused.err
    );
}

#[test]
fn without_a_token_the_bot_says_where_to_get_one() {
    let refused = run(&["run"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("DISCORD_TOKEN"), "{}", refused.err);
}

#[test]
fn a_taken_port_is_told_with_its_flag() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = run(&["playground", "--no-bot", "--port", &port]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains(&port) && refused.err.contains("--port"),
        "{}",
        refused.err
    );
}
