//! docs/promises.md names a test for each promise; here it is held against the tests there are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The names of all functions in the Rust files below a folder.
fn functions(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir()
            && !["target", "node_modules", ".git"]
                .iter()
                .any(|skip| name == *skip)
        {
            functions(&path, names);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).expect("a file");
            let after = text.split("fn ").skip(1);
            names.extend(
                after
                    .filter_map(|rest| rest.split(['(', '<']).next())
                    .map(str::to_owned),
            );
        }
    }
}

#[test]
fn every_test_that_the_page_of_promises_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the project");
    let page = fs::read_to_string(root.join("docs/promises.md")).expect("the page");
    let mut known = BTreeSet::new();
    functions(root, &mut known);
    let named: Vec<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split_once("::"))
        .map(|(_, test)| test)
        .collect();
    assert!(named.len() > 40, "the page names {} tests", named.len());
    for test in named {
        let found = match test.strip_suffix('…') {
            Some(beginning) => known.iter().any(|name| name.starts_with(beginning)),
            // A whole module of tests: `crashes::quizzes`.
            None => known.contains(test) || test == "quizzes",
        };
        assert!(found, "docs/promises.md names {test}, and there is no such test");
    }
}
