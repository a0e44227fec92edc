//! The grammar as a person meets it: what they type, what the bot gets, what they are told.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Parsed, Resolve, SlashError, parse, parse_partial};

struct Demo;

impl Resolve for Demo {
    fn user(&self, name: &str) -> Option<Value> {
        let found = json!({"user": {"id": "11", "username": "ana"}, "member": {"roles": []}});
        matches!(name, "ana" | "11").then_some(found)
    }
    fn channel(&self, name: &str) -> Option<Value> {
        match name {
            "lab" | "22" => Some(json!({"id": "22", "name": "lab", "type": 0})),
            "M1 · ana" => Some(json!({"id": "23", "name": "M1 · ana", "type": 12})),
            _ => None,
        }
    }
    fn role(&self, name: &str) -> Option<Value> {
        matches!(name, "learners" | "33").then(|| json!({"id": "33", "name": "learners"}))
    }
    fn attachment(&self, name: &str) -> Option<Value> {
        (name == "notes.json").then(|| json!({"id": "44", "filename": "notes.json"}))
    }
}

fn commands() -> Vec<Value> {
    let text = |name: &str| json!({"name": name, "type": 3, "description": "", "required": true});
    vec![
        json!({"id": "1", "name": "Show progress", "type": 2}),
        json!({"id": "2", "name": "today", "type": 1}),
        json!({"id": "3", "name": "stream", "options": [
            {"name": "put", "type": 1, "options": [text("name"), text("key"), text("data")]},
            {"name": "create", "type": 1, "options": [
                {"name": "name", "type": 3, "required": true, "min_length": 2, "max_length": 8,
                 "description": "What to call it."},
                {"name": "shards", "type": 4, "required": true, "min_value": 1, "max_value": 10},
                {"name": "mode", "type": 3,
                 "choices": [{"name": "On demand", "value": "ON_DEMAND"}, {"name": "Fixed", "value": "FIXED"}]},
            ]},
            {"name": "list", "type": 1, "options": []},
        ]}),
        json!({"id": "4", "name": "set", "options": [
            {"name": "quiet", "type": 2, "options": [{"name": "hours", "type": 1, "options": [
                {"name": "on", "type": 5}, {"name": "who", "type": 6}, {"name": "where", "type": 7, "channel_types": [0]},
                {"name": "role", "type": 8}, {"name": "ping", "type": 9}, {"name": "share", "type": 10},
                {"name": "file", "type": 11}]}]},
        ]}),
        json!({"id": "5", "name": "lesson", "options": [{"name": "show", "type": 1, "options": [
            {"name": "part", "type": 4, "autocomplete": true},
            {"name": "module", "type": 3, "required": true, "autocomplete": true, "min_length": 2}]}]}),
    ]
}

fn read(text: &str) -> Parsed {
    parse(text, &commands(), &Demo).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn told(text: &str) -> String {
    parse(text, &commands(), &Demo).expect_err(text).to_string()
}

/// The options of the innermost subcommand, as name → value.
fn values(parsed: &Parsed) -> Value {
    let mut options = &parsed.options;
    while matches!(options[0]["type"].as_u64(), Some(1 | 2)) {
        options = &options[0]["options"];
    }
    let all = options.as_array().expect("options are an array");
    all.iter()
        .map(|option| {
            (
                option["name"].as_str().unwrap().to_owned(),
                option["value"].clone(),
            )
        })
        .collect()
}

#[test]
fn a_record_is_put_with_its_options_nested_in_the_subcommand() {
    let parsed = read("/stream put name:orders key:user-1 data:hello");
    assert_eq!(
        (parsed.command_id.as_str(), parsed.name.as_str(), parsed.kind),
        ("3", "stream", 1)
    );
    assert_eq!(
        parsed.options,
        json!([{"name": "put", "type": 1, "options": [
            {"name": "name", "type": 3, "value": "orders"},
            {"name": "key", "type": 3, "value": "user-1"},
            {"name": "data", "type": 3, "value": "hello"}]}])
    );
    assert_eq!(parsed.resolved, json!({}));
}

#[test]
fn a_value_holds_spaces_and_colons_up_to_the_next_known_option() {
    let line = r#"/stream put data:{"at": "09:00", note: a b} key:name:x  name: orders "#;
    let wanted = json!({"data": r#"{"at": "09:00", note: a b}"#, "key": "name:x", "name": "orders"});
    assert_eq!(values(&read(line)), wanted);
}

#[test]
fn quotes_keep_what_would_end_a_value() {
    let line = r#"/stream put name:orders key:" padded " data:"say \"key: x\" in C:\temp\\""#;
    let wanted = json!({"name": "orders", "key": " padded ", "data": r#"say "key: x" in C:\temp\"#});
    assert_eq!(values(&read(line)), wanted);
}

#[test]
fn a_quote_that_closes_nothing_is_an_ordinary_character() {
    let line = r#"/stream put name:"orders key:"a" or "b" data:"x""#;
    let wanted = json!({"name": "\"orders", "key": r#""a" or "b""#, "data": "x"});
    assert_eq!(values(&read(line)), wanted);
}

#[test]
fn a_choice_goes_by_name_or_value() {
    for mode in ["On demand", "on demand", "ON_DEMAND", "\"On demand\""] {
        let parsed = read(&format!("/stream create name:orders shards:2 mode:{mode}"));
        assert_eq!(
            values(&parsed),
            json!({"name": "orders", "shards": 2, "mode": "ON_DEMAND"})
        );
    }
    assert_eq!(
        told("/stream create name:orders shards:2 mode:cheap"),
        "`mode` must be one of `On demand`, `Fixed`; `cheap` is not."
    );
}

#[test]
fn people_channels_roles_and_files_resolve_by_name_mention_or_id() {
    for (who, place, role, ping) in [
        ("@ana", "#lab", "@learners", "@ana"),
        ("ana", "lab", "learners", "11"),
        ("<@!11>", "<#22>", "<@&33>", "<@11>"),
    ] {
        let line =
            format!("/set quiet hours who:{who} where:{place} role:{role} ping:{ping} file:notes.json");
        let parsed = read(&line);
        assert_eq!(parsed.options[0]["type"], 2, "the group stands outside");
        let wanted = json!({"who": "11", "where": "22", "role": "33", "ping": "11", "file": "44"});
        assert_eq!(values(&parsed), wanted, "{line}");
        assert_eq!(parsed.resolved["users"]["11"]["username"], "ana");
        assert_eq!(parsed.resolved["members"]["11"], json!({"roles": []}));
        assert_eq!(parsed.resolved["channels"]["22"]["name"], "lab");
        assert_eq!(parsed.resolved["roles"]["33"]["name"], "learners");
        assert_eq!(parsed.resolved["attachments"]["44"]["filename"], "notes.json");
    }
    assert_eq!(
        values(&read("/set quiet hours ping:@learners")),
        json!({"ping": "33"})
    );
    assert_eq!(
        told("/set quiet hours who:@zoe"),
        "`who`: there is no member `@zoe` here."
    );
    assert_eq!(
        told("/set quiet hours where:#M1 · ana"),
        "`where` does not take this kind of channel."
    );
}

#[test]
fn values_have_their_types() {
    assert_eq!(
        values(&read("/set quiet hours on:True share:0.5")),
        json!({"on": true, "share": 0.5})
    );
    assert_eq!(
        told("/set quiet hours on:maybe"),
        "`on` must be true or false, and `maybe` is not."
    );
    assert_eq!(
        told("/set quiet hours share:NaN"),
        "`share` must be a number, and `NaN` is not."
    );
    assert_eq!(
        told("/stream create name:orders shards:2 colour:red"),
        "`shards` must be a whole number, and `2 colour:red` is not. There is no option `colour`."
    );
}

#[test]
fn limits_are_told_with_the_limit() {
    assert_eq!(
        told("/stream create name:orders shards:0"),
        "`shards` must be 1 or more; 0 is not."
    );
    assert_eq!(
        told("/stream create name:orders shards:11"),
        "`shards` must be 10 or less; 11 is not."
    );
    assert_eq!(
        told("/stream create name:x shards:1"),
        "`name` must be at least 2 characters long; a text of 1 is not."
    );
    assert_eq!(
        told("/stream create name:ordersorders shards:1"),
        "`name` must be at most 8 characters long; a text of 12 is not."
    );
}

#[test]
fn a_slip_names_what_was_likely_meant() {
    assert_eq!(told("hello"), "A command starts with `/`, for example `/help`.");
    assert_eq!(
        told("/strem put"),
        "There is no command `/strem`. Did you mean `/stream`?"
    );
    assert_eq!(
        told("/Show progress"),
        "There is no command `/Show`.",
        "context menus are not typed"
    );
    assert_eq!(
        told("/stream"),
        "`/stream` needs one more word: `put`, `create`, `list`."
    );
    assert_eq!(
        told("/stream pit"),
        "`/stream` has no `pit`; it has `put`, `create`, `list`. Did you mean `put`?"
    );
    assert_eq!(
        told("/stream create nam:orders"),
        "`/stream create` has no option `nam`; it has `name`, `shards`, `mode`. Did you mean `name`?"
    );
    assert_eq!(
        told("/stream create orders"),
        "`orders` stands alone. Write options as `name:value`; `/stream create` has `name`, `shards`, `mode`."
    );
    assert_eq!(
        told("/today now:1"),
        "`/today` takes no options, but the line goes on with `now:1`."
    );
    assert_eq!(
        told("/stream create shards:1"),
        "`/stream create` needs `name` (What to call it)."
    );
    assert_eq!(
        told("/stream create name: shards:1"),
        "`name` is empty: write a value after the colon."
    );
    assert!(told("/stream put name:a key:b key:c").starts_with("`key` is given twice."));
}

#[test]
fn completion_marks_the_last_option_and_asks_for_no_other() {
    let partial = |text: &str| parse_partial(text, &commands(), &Demo);
    let parsed = partial("/lesson show module:w").expect("an unfinished value is fine");
    assert_eq!(parsed.focused.as_deref(), Some("module"));
    assert_eq!(
        parsed.options[0]["options"],
        json!([{"name": "module", "type": 3, "value": "w", "focused": true}])
    );
    // Discord sends the focused value as a string whatever its type; libraries rely on it.
    let parsed = partial("/lesson show module:what part:two").expect("a wrong type may still become right");
    assert_eq!(values(&parsed), json!({"module": "what", "part": "two"}));
    assert_eq!(
        values(&partial("/lesson show module:").expect("nothing typed yet")),
        json!({"module": ""})
    );
    assert_eq!(
        values(&partial("/lesson show module:\"wh").expect("an open quote")),
        json!({"module": "wh"})
    );
    let without = partial("/lesson show part:two module:wh").expect("what does not read is left out");
    assert_eq!(values(&without), json!({"module": "wh"}));
    assert!(matches!(
        partial("/lesson show "),
        Err(SlashError::NothingToComplete { .. })
    ));
    assert!(matches!(
        partial("/stream put name:x"),
        Err(SlashError::NotCompleted { .. })
    ));
}

/// A value as a careful person would write it.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

proptest! {
    #[test]
    fn whatever_is_typed_nothing_panics(text in "\\PC*") {
        let _ = parse(&text, &commands(), &Demo);
        let _ = parse_partial(&text, &commands(), &Demo);
    }

    #[test]
    fn pieces_of_real_lines_in_any_order_do_not_panic(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "/", "stream", "put", "create", "set", "quiet", "hours", "lesson", "show", " ", "\t", "\"", "\\", ":",
                "name:", "key:", "data:", "shards:", "mode:", "who:", "where:", "part:", "module:", "@ana", "<#22>",
                "é", "\u{1f980}", "99999999999999999999", "-1", "1e999",
            ]),
            0..24,
        )
    ) {
        let text = pieces.concat();
        let _ = parse(&text, &commands(), &Demo);
        let _ = parse_partial(&text, &commands(), &Demo);
    }

    #[test]
    fn any_quoted_text_arrives_as_it_was(
        name in ".{1,40}",
        key in "[\\\\\" :a-z]{1,40}",
        data in "(key:|name:|data:|\"| |\\\\|x){1,12}",
    ) {
        let line = format!("/stream put data:{} name:{} key:{}", quoted(&data), quoted(&name), quoted(&key));
        let parsed = parse(&line, &commands(), &Demo);
        prop_assert!(parsed.is_ok(), "{line}: {parsed:?}");
        if let Ok(parsed) = parsed {
            prop_assert_eq!(values(&parsed), json!({"data": data, "name": name, "key": key}));
        }
    }

    #[test]
    fn any_bare_text_of_words_arrives_as_it_was(data in "[a-z0-9:{},.é-]{1,12}( [0-9{},.é-]{1,12}){0,5}") {
        let parsed = parse(&format!("/stream put name:orders data:{data} key:k"), &commands(), &Demo);
        prop_assert!(parsed.is_ok(), "{parsed:?}");
        if let Ok(parsed) = parsed {
            prop_assert_eq!(&values(&parsed)["data"], &json!(data));
        }
    }
}
