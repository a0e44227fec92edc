//! Each limit just kept and just broken.

use serde_json::{Value, json};

use super::*;

/// The place and code of the one thing that is wrong.
fn wrong(refused: Result<(), Refusal>) -> (String, String) {
    fn walk(place: &Value, path: &str) -> Option<(String, String)> {
        if let Some(code) = place["_errors"][0]["code"].as_str() {
            return Some((path.to_owned(), code.to_owned()));
        }
        let inner = place.as_object()?;
        inner
            .iter()
            .find_map(|(key, place)| walk(place, format!("{path}.{key}").trim_start_matches('.')))
    }
    let refusal = refused.expect_err("this should be refused");
    assert_eq!((refusal.code, &*refusal.message), (50035, "Invalid Form Body"));
    walk(&refusal.errors.unwrap(), "").unwrap()
}

fn is(place: &str, code: &str) -> (String, String) {
    (place.to_owned(), code.to_owned())
}

fn send(body: &Value) -> Result<(), Refusal> {
    message(body, &[], "", Sending::New)
}

fn button(id: &str) -> Value {
    json!({"type": 2, "style": 1, "label": "b", "custom_id": id})
}

fn rows(rows: &[Vec<Value>]) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| json!({"type": 1, "components": row}))
        .collect();
    json!({"content": "x", "components": rows})
}

#[test]
fn text_nonce_and_embeds_have_their_lengths() {
    assert_eq!(send(&json!({"content": "é".repeat(2_000)})), Ok(()));
    assert_eq!(
        wrong(send(&json!({"content": "x".repeat(2_001)}))),
        is("content", "BASE_TYPE_MAX_LENGTH")
    );
    assert_eq!(send(&json!({"content": "x", "nonce": "n".repeat(25)})), Ok(()));
    assert_eq!(
        wrong(send(&json!({"content": "x", "nonce": "n".repeat(26)}))),
        is("nonce", "NONCE_TYPE_INVALID_VALUE")
    );
    let titled = |length| json!({"embeds": [{"title": "t".repeat(length)}]});
    assert_eq!(send(&titled(256)), Ok(()));
    assert_eq!(
        wrong(send(&titled(257))),
        is("embeds.0.title", "BASE_TYPE_MAX_LENGTH")
    );
    let fields =
        |n: usize| json!({"embeds": [{"fields": vec![json!({"name": "n", "value": "v".repeat(999)}); n]}]});
    assert_eq!(send(&fields(6)), Ok(()));
    assert_eq!(wrong(send(&fields(7))), is("embeds", "MAX_EMBED_SIZE_EXCEEDED"));
    assert_eq!(send(&json!({"content": " \n"})), Err(Refusal::EMPTY_MESSAGE));
}

#[test]
fn rows_hold_five_buttons_or_one_select_and_no_custom_id_twice() {
    let numbered = |n: usize| (0..n).map(|n| button(&n.to_string())).collect::<Vec<_>>();
    let select = json!({"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}]});
    assert_eq!(send(&rows(&[numbered(5), vec![select.clone()]])), Ok(()));
    assert_eq!(
        wrong(send(&rows(&[numbered(6)]))),
        is("components.0.components", "BASE_TYPE_BAD_LENGTH")
    );
    let six: Vec<Vec<Value>> = numbered(6).into_iter().map(|button| vec![button]).collect();
    assert_eq!(wrong(send(&rows(&six))), is("components", "BASE_TYPE_BAD_LENGTH"));
    let mixed = rows(&[vec![select, button("b")]]);
    assert_eq!(
        wrong(send(&mixed)),
        is("components.0.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED")
    );
    let twice = rows(&[vec![button("a")], vec![button("a")]]);
    assert_eq!(
        wrong(send(&twice)),
        is(
            "components.1.components.0.custom_id",
            "COMPONENT_CUSTOM_ID_DUPLICATED"
        )
    );
    assert_eq!(send(&rows(&[vec![button(&"i".repeat(100))]])), Ok(()));
    let long = rows(&[vec![button(&"i".repeat(101))]]);
    assert_eq!(
        wrong(send(&long)),
        is("components.0.components.0.custom_id", "BASE_TYPE_BAD_LENGTH")
    );
}

#[test]
fn a_modal_has_one_to_five_fields_and_a_short_title() {
    let field = |n: usize| json!({"type": 1, "components": [{"type": 4, "style": 1, "label": "l", "custom_id": n.to_string()}]});
    let form = |title: &str, n: usize| json!({"title": title, "custom_id": "c", "components": (0..n).map(field).collect::<Vec<_>>()});
    assert_eq!(modal(&form(&"t".repeat(45), 5)), Ok(()));
    assert_eq!(
        wrong(modal(&form(&"t".repeat(46), 1))),
        is("data.title", "BASE_TYPE_BAD_LENGTH")
    );
    assert_eq!(
        wrong(modal(&form("t", 6))),
        is("data.components", "BASE_TYPE_BAD_LENGTH")
    );
    assert_eq!(
        wrong(modal(&form("t", 0))),
        is("data.components", "BASE_TYPE_BAD_LENGTH")
    );
}

#[test]
fn commands_have_proper_names_and_their_required_options_first() {
    let option = |name: &str, required: bool| json!({"type": 3, "name": name, "description": "d", "required": required});
    let with = |options: Value| json!({"name": "c", "description": "d", "options": options});
    assert_eq!(
        command(&with(json!([option("a", true), option("b", false)]))),
        Ok(())
    );
    assert_eq!(
        wrong(command(&with(json!([option("a", false), option("b", true)])))),
        is(
            "options.1.required",
            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
        )
    );
    assert_eq!(
        wrong(command(&with(json!([option("Upper", true)])))),
        is("options.0.name", "APPLICATION_COMMAND_INVALID_NAME")
    );
    assert_eq!(
        wrong(command(&json!({"name": "c", "description": ""}))),
        is("description", "BASE_TYPE_BAD_LENGTH")
    );
    let many: Vec<Value> = (0..26)
        .map(|n| json!({"name": n.to_string(), "value": n}))
        .collect();
    assert_eq!(
        wrong(choices(&json!({"choices": many}))),
        is("data.choices", "BASE_TYPE_BAD_LENGTH")
    );
    let menus: Vec<Value> = (0..6)
        .map(|n| json!({"type": 3, "name": format!("Menu {n}")}))
        .collect();
    assert_eq!(commands(&json!(menus[..5])), Ok(()));
    assert_eq!(wrong(commands(&json!(menus))), is("", "APPLICATION_COMMANDS_MAX"));
}
