//! A filter policy in short words, for a line of a picture or a list: `country: de or fr, price: ≥ 100`. It only shows
//! what SNS decides by; nothing here decides. Source: Amazon SNS Developer Guide, "Subscription filter policies". Pure.

use serde_json::Value;

/// The whole policy.
pub fn in_words(policy: &Value) -> String {
    match policy {
        Value::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(name, rule)| field(name, rule)).collect();
            fields.join(", ")
        }
        other => other.to_string(),
    }
}

fn field(name: &str, rule: &Value) -> String {
    match (name, rule) {
        ("$or", Value::Array(choices)) => {
            let choices: Vec<String> = choices
                .iter()
                .map(|choice| format!("({})", in_words(choice)))
                .collect();
            choices.join(" or ")
        }
        (_, Value::Array(allowed)) => {
            let allowed: Vec<String> = allowed.iter().map(condition).collect();
            format!("{name}: {}", allowed.join(" or "))
        }
        (_, Value::Object(_)) => format!("{name} ({})", in_words(rule)),
        (_, other) => format!("{name}: {other}"),
    }
}

fn condition(rule: &Value) -> String {
    match rule {
        Value::String(text) => text.clone(),
        Value::Object(rule) => {
            let parts: Vec<String> = rule.iter().map(|(name, value)| operator(name, value)).collect();
            parts.join(" and ")
        }
        other => other.to_string(),
    }
}

fn operator(name: &str, value: &Value) -> String {
    match (name, value) {
        ("exists", Value::Bool(true)) => "anything".to_owned(),
        ("exists", Value::Bool(false)) => "absent".to_owned(),
        ("prefix", value) => format!("{}…", condition(value)),
        ("suffix", value) => format!("…{}", condition(value)),
        ("equals-ignore-case", value) => format!("{} in any case", condition(value)),
        ("anything-but", Value::Array(list)) => {
            let list: Vec<String> = list.iter().map(condition).collect();
            format!("anything but {}", list.join(" or "))
        }
        ("anything-but", value) => format!("anything but {}", condition(value)),
        ("cidr", value) => format!("within {}", condition(value)),
        ("numeric", Value::Array(parts)) => numeric(parts),
        (name, value) => format!("{name} {value}"),
    }
}

/// `[">=", 100, "<", 200]` as `≥ 100 and < 200`.
fn numeric(parts: &[Value]) -> String {
    let pairs: Vec<String> = parts
        .chunks(2)
        .map(|pair| {
            let sign = match pair.first().and_then(Value::as_str) {
                Some(">=") => "≥",
                Some("<=") => "≤",
                Some(sign) => sign,
                None => "",
            };
            let number = pair.get(1).map(Value::to_string).unwrap_or_default();
            format!("{sign} {number}")
        })
        .collect();
    pairs.join(" and ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn policies_read_as_people_say_them() {
        for (policy, words) in [
            (json!({"country": ["de", "fr"]}), "country: de or fr"),
            (
                json!({"amount": [{"numeric": [">=", 100, "<", 200]}]}),
                "amount: ≥ 100 and < 200",
            ),
            (
                json!({"store": [{"anything-but": ["a", "b"]}]}),
                "store: anything but a or b",
            ),
            (
                json!({"store": [{"anything-but": {"prefix": "eu-"}}]}),
                "store: anything but eu-…",
            ),
            (
                json!({"vip": [{"exists": true}], "test": [{"exists": false}]}),
                "test: absent, vip: anything",
            ),
            (json!({"customer": {"plan": ["pro"]}}), "customer (plan: pro)"),
            (json!({"$or": [{"a": [1]}, {"b": [null]}]}), "(a: 1) or (b: null)"),
            (
                json!({"ip": [{"cidr": "10.0.0.0/8"}], "n": [{"suffix": "x"}]}),
                "ip: within 10.0.0.0/8, n: …x",
            ),
        ] {
            assert_eq!(in_words(&policy), words);
        }
        // What was not foreseen shows as it was typed.
        assert_eq!(in_words(&json!({"a": [{"new": 1}]})), "a: new 1");
    }
}
