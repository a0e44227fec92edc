//! Each rule of the linter shown to fire, in the words an author sees.

use std::fs;

use crate::{Library, LoadError, check, check_file};

const TRACK: &str = r#"
id = "t"
title = "A track"
[[groups]]
id = "g"
title = "G"
modules = ["M1", "M2"]
[[paths]]
id = "all"
title = "All"
modules = ["M1", "M2"]
[[modules]]
id = "M1"
title = "One"
status = "ready"
needs = []
minutes = 45
goals = ["a"]
concepts = ["b"]
discussion = "c"
hands_on = "d"
lesson = "one"
[[modules]]
id = "M2"
title = "Two"
status = "ready"
needs = ["M1"]
minutes = 45
goals = ["a"]
concepts = ["b"]
discussion = "c"
hands_on = "d"
lesson = "two"
"#;

const LESSON: &str = r#"+++
title = "One"
reading = { book = "DDIA", chapter = "11", section = "Transmitting Event Streams" }
+++

The opening.

## Ideas {#concepts}

Text.

## In numbers {#example}

```python
print("hello")
```

## Talk {#discussion}

Text.

## Do {#hands-on}

Text.

## Read on {#reading}

Text.
"#;

/// What the linter says of a track that differs from a good one in one place.
fn track_with(from: &str, to: &str) -> Vec<String> {
    said("tracks/t.toml", TRACK, from, to)
}

/// What the linter says of a lesson that differs from a good one in one place.
fn lesson_with(from: &str, to: &str) -> Vec<String> {
    said("library/one.md", LESSON, from, to)
}

fn said(name: &str, good: &str, from: &str, to: &str) -> Vec<String> {
    assert!(good.contains(from), "the sample does not hold {from:?}");
    check_file(name, &good.replacen(from, to, 1))
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[track_caller]
fn says(findings: &[String], words: &str) {
    assert!(
        findings.iter().any(|finding| finding.contains(words)),
        "nobody says {words:?} in {findings:#?}"
    );
}

#[test]
fn good_content_gets_no_findings() {
    assert!(track_with("A track", "A track").is_empty());
    assert!(lesson_with("One", "One").is_empty());
    assert!(
        check_file(
            "x/glossary.toml",
            "[[terms]]\nterm = \"log\"\ndefinition = \"A file.\""
        )
        .is_empty()
    );
}

#[test]
fn a_finding_points_at_the_word_it_speaks_of() {
    let findings = track_with(r#"needs = ["M1"]"#, r#"needs = ["M9"]"#);
    assert_eq!(
        findings,
        ["tracks/t.toml:27:10: error: M2 needs `M9`, and this track has no such module"]
    );
}

#[test]
fn names_that_lead_nowhere() {
    says(
        &track_with(r#"needs = ["M1"]"#, r#"needs = ["m1"]"#),
        "it has `M1`: case matters here",
    );
    says(
        &track_with(r#"["M1", "M2"]"#, r#"["M1", "M2", "M7"]"#),
        "the group `g` holds `M7`",
    );
    let path = "title = \"All\"\nmodules = [\"M1\", \"M2\"";
    says(
        &track_with(path, &format!("{path}, \"M8\"")),
        "the path `all` holds `M8`",
    );
}

#[test]
fn a_cycle_is_told_in_words() {
    let findings = track_with("needs = []", r#"needs = ["M2"]"#);
    says(
        &findings,
        "13:6: error: nobody can ever start here: M1 needs M2 needs M1 (take one",
    );
    assert_eq!(
        findings
            .iter()
            .filter(|finding| finding.contains("can ever start"))
            .count(),
        1
    );
    says(
        &track_with("needs = []", r#"needs = ["M1"]"#),
        "nobody can ever start here: M1 needs M1",
    );
}

#[test]
fn a_module_nobody_reaches() {
    says(
        &track_with(r#"["M1", "M2"]"#, r#"["M1"]"#),
        "nobody finds M2: it stands in no group",
    );
    let path = "title = \"All\"\nmodules = [\"M1\", \"M2\"]";
    says(
        &track_with(path, "title = \"All\"\nmodules = [\"M1\"]"),
        "nobody reaches M2: it is on no path",
    );
    says(
        &track_with("status = \"ready\"", "status = \"draft\""),
        "nobody can open M2 on the path `all`: it needs M1, which is a draft",
    );
}

#[test]
fn a_path_out_of_order() {
    let path = "title = \"All\"\nmodules = [\"M1\", \"M2\"]";
    let findings = track_with(path, "title = \"All\"\nmodules = [\"M2\", \"M1\"]");
    says(
        &findings,
        "the path `all` puts M2 before M1, which it needs (move M1 before M2)",
    );
    says(
        &track_with(path, "title = \"All\"\nmodules = []"),
        "the path `all` is empty",
    );
    says(
        &track_with(path, "title = \"All\"\nmodules = [\"M1\", \"M2\", \"M1\"]"),
        "on the path `all`, the module `M1` stands here twice",
    );
}

#[test]
fn a_path_that_leaves_a_prerequisite_out_is_its_own_waiver() {
    let short = "[[paths]]\nid = \"short\"\ntitle = \"Short\"\nmodules = [\"M2\"]\n[[paths]]";
    assert!(track_with("[[paths]]", short).is_empty());
}

#[test]
fn a_track_without_paths() {
    let empty = "id = \"t\"\ntitle = \"T\"\ngroups = []\nmodules = []\npaths = []";
    says(
        &said("tracks/t.toml", TRACK, TRACK, empty),
        "the track has no path",
    );
}

#[test]
fn ids_and_titles() {
    says(
        &track_with("id = \"M2\"", "id = \"M1\""),
        "the module `M1` stands here twice",
    );
    says(
        &track_with("id = \"M2\"", "id = \"M:2\""),
        "`M:2` cannot be an id",
    );
    says(
        &track_with("A track", &"x".repeat(81)),
        "the title has 81 characters; 80 fit",
    );
    says(&track_with("A track", ""), "the title is empty");
}

#[test]
fn drafts_are_counted_and_ready_modules_complete() {
    let draft = "title = \"Two\"\nstatus = \"draft\"";
    let findings = track_with("title = \"Two\"\nstatus = \"ready\"", draft);
    assert_eq!(
        findings,
        ["tracks/t.toml:2:6: advice: 1 of 2 modules are drafts: M2 (drafts are not posted or offered)"]
    );
    says(
        &track_with("lesson = \"two\"\n", ""),
        "M2 is ready and names no lesson",
    );
    says(
        &track_with("minutes = 45", "minutes = 0"),
        "M1 is ready: it has to say its minutes",
    );
}

#[test]
fn a_key_nobody_knows_is_an_error_at_its_place() {
    let findings = track_with("minutes = 45", "minuets = 45");
    says(
        &findings,
        "tracks/t.toml:17:1: error: unknown field `minuets`, expected one of",
    );
    let findings = lesson_with("title = \"One\"", "title = \"One\"\nauthor = \"me\"");
    says(&findings, "library/one.md:3:1: error: unknown field `author`");
}

#[test]
fn a_lesson_without_front_matter() {
    says(
        &said("library/one.md", LESSON, LESSON, "# Hello"),
        "a lesson starts with front matter",
    );
    says(
        &said("library/one.md", LESSON, LESSON, "+++\ntitle = \"x\""),
        "a lesson starts with front matter",
    );
}

#[test]
fn a_lesson_without_a_needed_section() {
    let findings = lesson_with("## Talk {#discussion}\n\nText.\n", "");
    says(
        &findings,
        "library/one.md:2:9: error: the lesson has no section with the role `discussion`",
    );
    says(
        &lesson_with("{#example}", "{#sample}"),
        "no section has the role `sample` (use one of concepts, ",
    );
    says(
        &lesson_with(" {#example}", ""),
        "this section does not say what it is for (end the heading with {#role}",
    );
    says(
        &lesson_with("{#discussion}\n\nText.\n", "{#discussion}\n"),
        "the section “Talk” is empty",
    );
}

#[test]
fn an_opening_that_is_missing_or_too_long() {
    says(&lesson_with("The opening.", ""), "the lesson has no opening");
    let findings = lesson_with("The opening.", &"ä".repeat(901));
    says(
        &findings,
        "library/one.md:6:1: error: the opening has 901 characters; a post in the channel holds 900",
    );
    assert!(lesson_with("The opening.", &"ä".repeat(900)).is_empty());
}

#[test]
fn a_section_too_long_for_discord() {
    let long = format!("{}\n\n", "word ".repeat(700)).repeat(4);
    says(
        &lesson_with("Text.", &long),
        "the section “Ideas” fills 4 Discord messages; 3 are the most",
    );
    let code = format!("```\n{}```", "x\n".repeat(2_001));
    says(
        &lesson_with("Text.", &code),
        "this code block has 4002 characters; one message holds 4000",
    );
}

#[test]
fn code_blocks_that_do_not_close_or_do_not_fit() {
    says(
        &lesson_with("\")\n```", "\")"),
        "library/one.md:14:1: error: this code block is never closed",
    );
    says(
        &lesson_with("Text.", "Write ```x``` here."),
        "Discord opens a code block in the middle of this line",
    );
    let wide = format!("```\n{}\n```", "-".repeat(59));
    says(
        &lesson_with("Text.", &wide),
        "error: this line is 59 characters wide; a phone shows 58",
    );
    let wide_code = format!("```python\n{}\n```", "-".repeat(59));
    says(
        &lesson_with("Text.", &wide_code),
        "advice: this line is 59 characters wide",
    );
    assert!(lesson_with("Text.", &wide.replacen('-', "", 1)).is_empty());
}

#[test]
fn what_discord_cannot_show() {
    let shows_no = |markdown: &str, what: &str| {
        says(
            &lesson_with("Text.", markdown),
            &format!("library/one.md:10:1: error: Discord does not show {what}"),
        );
    };
    shows_no("| a | b |\n|---|---|\n| 1 | 2 |", "tables");
    shows_no("![a](b.png)", "pictures in a text");
    shows_no("<b>bold</b>", "HTML");
    shows_no("***", "rules");
    shows_no("#### Deep", "headings below the third level");
}

#[test]
fn the_glossary() {
    let with = |more: &str| {
        said(
            "glossary.toml",
            "x",
            "x",
            &format!("[[terms]]\nterm = \"log\"\n{more}"),
        )
    };
    says(
        &with("definition = \"\""),
        "the definition of `log` has 0 characters",
    );
    says(
        &with("definition = \"d\"\nsee_also = [\"tree\"]"),
        "`log` says to see `tree`, which is not in the glossary",
    );
    says(
        &with("definition = \"d\"\naliases = [\"Log\"]"),
        "glossary.toml:4:12: error: the term `Log` stands here twice",
    );
}

#[test]
fn files_that_speak_of_each_other() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("library")).unwrap();
    fs::create_dir(dir.path().join("tracks")).unwrap();
    fs::write(dir.path().join("tracks/a.toml"), TRACK).unwrap();
    fs::write(dir.path().join("tracks/b.toml"), TRACK).unwrap();
    fs::write(dir.path().join("library/one.md"), LESSON).unwrap();
    fs::write(dir.path().join("library/three.md"), LESSON).unwrap();
    fs::write(
        dir.path().join("glossary.toml"),
        "[[terms]]\nterm = \"log\"\ndefinition = \"d\"\nmodules = [\"M3\"]",
    )
    .unwrap();
    let findings: Vec<_> = check(dir.path())
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    says(&findings, "the track `t` is already in");
    says(
        &findings,
        "there is no lesson `two` (write library/two.md, or correct the name)",
    );
    says(&findings, "advice: no track uses the lesson `three`");
    says(&findings, "no track has a module `M3`");
    let error = Library::load(dir.path()).unwrap_err();
    assert!(
        error.to_string().starts_with("the lessons have 4 errors\n  "),
        "{error}"
    );

    fs::remove_file(dir.path().join("tracks/b.toml")).unwrap();
    fs::write(dir.path().join("library/two.md"), LESSON).unwrap();
    fs::remove_file(dir.path().join("glossary.toml")).unwrap();
    let library = Library::load(dir.path()).unwrap();
    assert_eq!(library.advice().len(), 1);
    assert_eq!(
        library
            .lesson_of(library.track("T").unwrap().module("m2").unwrap())
            .unwrap()
            .slug,
        "two"
    );
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = Library::load(std::path::Path::new("/nowhere/at/all")).unwrap_err();
    assert!(matches!(error, LoadError::Read(_)));
    assert!(
        error
            .to_string()
            .starts_with("cannot read /nowhere/at/all/library: "),
        "{error}"
    );
}
