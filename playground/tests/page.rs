//! The page as files: it needs nothing but itself, and text from the server never becomes markup. How it
//! looks and behaves is judged in a browser, not here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The page's files by name.
fn files() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
    let all = fs::read_dir(folder)
        .expect("the page's folder")
        .map(|entry| entry.expect("an entry").path());
    all.map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, fs::read_to_string(&path).expect("text"))
    })
    .collect()
}

/// The kind of a file, by its name's end.
fn kind(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, kind)| kind)
}

/// What stands between `open` and the next `close`, for every `open` in the text.
fn between<'a>(text: &'a str, open: &str, close: char) -> Vec<&'a str> {
    text.split(open)
        .skip(1)
        .filter_map(|rest| rest.split(close).next())
        .collect()
}

#[test]
fn every_file_the_page_asks_for_is_there_and_none_lies_idle() {
    let files = files();
    let mut asked = BTreeSet::from(["index.html".to_owned()]);
    for (name, text) in &files {
        let wanted = match kind(name) {
            "html" => [between(text, "src=\"", '"'), between(text, "href=\"", '"')].concat(),
            "js" => [between(text, "from \"", '"'), between(text, "src: \"", '"')].concat(),
            _ => Vec::new(),
        };
        for file in wanted.into_iter().filter(|file| !file.starts_with('#')) {
            let file = file.trim_start_matches("./").to_owned();
            assert!(files.contains_key(&file), "{name} asks for {file}");
            asked.insert(file);
        }
    }
    let idle: Vec<_> = files.keys().filter(|file| !asked.contains(*file)).collect();
    assert!(idle.is_empty(), "nothing asks for {idle:?}");
}

#[test]
fn text_never_becomes_markup_or_code() {
    for (name, text) in files().iter().filter(|(name, _)| kind(name) == "js") {
        for way in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "DOMParser",
            "eval(",
            "new Function",
        ] {
            assert!(!text.contains(way), "{name} uses {way}");
        }
    }
}

#[test]
fn the_page_holds_to_a_strict_content_policy() {
    let files = files();
    let index = &files["index.html"];
    let policy = between(index, "http-equiv=\"Content-Security-Policy\" content=\"", '"');
    let policy = policy.first().expect("the page states its policy");
    assert!(
        policy.starts_with("default-src 'none';"),
        "what is not allowed is forbidden: {policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    // Under it these would silently do nothing.
    for inline in ["<style", " style=\"", " onclick=\"", "<script>"] {
        assert!(!index.contains(inline), "index.html holds {inline}");
    }
}

#[test]
fn every_control_the_scripts_look_for_stands_in_the_page() {
    let files = files();
    let ids: BTreeSet<&str> = between(&files["index.html"], " id=\"", '"').into_iter().collect();
    for (name, text) in files.iter().filter(|(name, _)| kind(name) == "js") {
        for id in between(text, "byId(\"", '"') {
            assert!(ids.contains(id), "{name} looks for #{id}");
        }
    }
}
