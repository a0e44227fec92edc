//! Pressing buttons and choosing from selects, as a client allows it: finds the component on the
//! message and makes the interaction's `data`. Pure.

use serde_json::{Map, Value, json};

use crate::{
    slash::Resolve,
    world::{Message, bare},
};

const BUTTON: u64 = 2;
const STRING_SELECT: u64 = 3;
const USER_SELECT: u64 = 5;
const ROLE_SELECT: u64 = 6;
const MENTIONABLE_SELECT: u64 = 7;
const CHANNEL_SELECT: u64 = 8;
const LINK: u64 = 5;

fn components(message: &Message) -> impl Iterator<Item = &Value> {
    message
        .components
        .iter()
        .flat_map(|row| row["components"].as_array().into_iter().flatten())
}

/// Presses the button with this custom id or label.
pub fn click(message: &Message, wanted: &str) -> Result<Value, String> {
    let buttons = || components(message).filter(|it| it["type"] == BUTTON);
    let by_id = buttons().find(|it| it["custom_id"] == wanted);
    let button =
        by_id.or_else(|| buttons().find(|it| it["label"] == wanted || it["emoji"]["name"] == wanted));
    let Some(button) = button else {
        let labels: Vec<_> = buttons().filter_map(|it| it["label"].as_str()).collect();
        return Err(match labels[..] {
            [] => "This message has no buttons.".to_owned(),
            _ => format!(
                "This message has no button `{wanted}`; it has {}.",
                labels.join(", ")
            ),
        });
    };
    if button["disabled"] == true {
        return Err(format!("The button `{wanted}` is disabled."));
    }
    if button["style"] == LINK {
        return Err(format!("The button `{wanted}` only opens a link."));
    }
    Ok(json!({"custom_id": button["custom_id"], "component_type": BUTTON, "id": button["id"]}))
}

/// Chooses values in the select with this custom id. A value may be given by its label, or by the name
/// of a person, role or channel.
pub fn select(
    message: &Message,
    wanted: &str,
    values: &[String],
    names: &dyn Resolve,
) -> Result<Value, String> {
    let is_select = |it: &&Value| {
        it["type"]
            .as_u64()
            .is_some_and(|kind| kind == STRING_SELECT || kind >= USER_SELECT)
    };
    let mut selects = components(message).filter(is_select);
    let select = selects.find(|it| it["custom_id"] == wanted || it["placeholder"] == wanted);
    let select = select.ok_or_else(|| format!("This message has no select `{wanted}`."))?;
    if select["disabled"] == true {
        return Err(format!("The select `{wanted}` is disabled."));
    }
    let (least, most) = (
        select["min_values"].as_u64().unwrap_or(1),
        select["max_values"].as_u64().unwrap_or(1),
    );
    if !(least..=most).contains(&(values.len() as u64)) {
        return Err(format!(
            "The select `{wanted}` takes {least} to {most} values, not {}.",
            values.len()
        ));
    }
    let kind = select["type"].as_u64().unwrap_or(STRING_SELECT);
    let mut resolved = Map::new();
    let mut chosen = Vec::new();
    for value in values {
        let value = if kind == STRING_SELECT {
            option(select, value)
        } else {
            named(kind, value, names, &mut resolved)
        }?;
        if chosen.contains(&value) {
            return Err(format!("`{wanted}` cannot take the same value twice."));
        }
        chosen.push(value);
    }
    let mut data = json!({"custom_id": select["custom_id"], "component_type": kind, "id": select["id"], "values": chosen});
    if kind != STRING_SELECT {
        data["resolved"] = Value::Object(resolved);
    }
    Ok(data)
}

/// A press that no client would send: this custom id, and a string select's values where there are any.
pub fn forge(custom_id: &str, values: Option<&[String]>) -> Value {
    match values {
        None => json!({"custom_id": custom_id, "component_type": BUTTON, "id": 1}),
        Some(values) => {
            json!({"custom_id": custom_id, "component_type": STRING_SELECT, "id": 1, "values": values})
        }
    }
}

fn option(select: &Value, wanted: &str) -> Result<String, String> {
    let options = || select["options"].as_array().into_iter().flatten();
    let by_value = options().find(|it| it["value"] == wanted);
    let found = by_value.or_else(|| options().find(|it| it["label"] == wanted));
    let value = found.and_then(|it| it["value"].as_str()).map(str::to_owned);
    value.ok_or_else(|| format!("The select has no option `{wanted}`."))
}

fn named(
    kind: u64,
    name: &str,
    names: &dyn Resolve,
    resolved: &mut Map<String, Value>,
) -> Result<String, String> {
    let name = bare(name);
    let mut keep = |list: &str, thing: Value| {
        let id = thing["id"].as_str().unwrap_or_default().to_owned();
        resolved.entry(list).or_insert_with(|| json!({}))[&id] = thing;
        id
    };
    if matches!(kind, USER_SELECT | MENTIONABLE_SELECT)
        && let Some(found) = names.user(name)
    {
        let id = keep("users", found["user"].clone());
        if found["member"].is_object() {
            resolved.entry("members").or_insert_with(|| json!({}))[&id] = found["member"].clone();
        }
        return Ok(id);
    }
    let found = match kind {
        ROLE_SELECT | MENTIONABLE_SELECT => names.role(name).map(|role| keep("roles", role)),
        CHANNEL_SELECT => names.channel(name).map(|channel| keep("channels", channel)),
        _ => None,
    };
    found.ok_or_else(|| format!("There is no `{name}` to choose."))
}
