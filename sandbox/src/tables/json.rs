//! Plain JSON and DynamoDB's typed values. A set, which JSON has not, reads as a list; bytes read as base64 text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value};

use super::Item;

/// A number as DynamoDB writes it. One that JSON cannot hold stays text.
fn number(text: &str) -> Value {
    let whole = text.parse::<i64>().map(Number::from).ok();
    let number = whole.or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64));
    number.map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

/// The two services have the same values under two types.
macro_rules! values {
    ($name:ident, $from:path, $type:path) => {
        /// An item as plain JSON.
        pub fn $name(item: std::collections::HashMap<String, $type>) -> Item {
            item.into_iter()
                .map(|(name, value)| (name, $from(value)))
                .collect()
        }
    };
}

macro_rules! plain {
    ($name:ident, $type:path) => {
        fn $name(value: $type) -> Value {
            use $type as V;
            let texts = |all: Vec<String>| Value::Array(all.into_iter().map(Value::String).collect());
            match value {
                V::S(text) => Value::String(text),
                V::N(text) => number(&text),
                V::Bool(flag) => Value::Bool(flag),
                V::Null(_) => Value::Null,
                V::B(bytes) => Value::String(STANDARD.encode(bytes)),
                V::L(list) => Value::Array(list.into_iter().map($name).collect()),
                V::M(map) => Value::Object(
                    map.into_iter()
                        .map(|(name, value)| (name, $name(value)))
                        .collect::<Map<_, _>>(),
                ),
                V::Ss(all) => texts(all),
                V::Ns(all) => Value::Array(all.iter().map(|text| number(text)).collect()),
                V::Bs(all) => texts(
                    all.into_iter()
                        .map(|bytes| STANDARD.encode(bytes))
                        .collect(),
                ),
                _ => Value::Null,
            }
        }
    };
}

plain!(of_table, aws_sdk_dynamodb::types::AttributeValue);
plain!(of_stream, aws_sdk_dynamodbstreams::types::AttributeValue);
values!(item_of_table, of_table, aws_sdk_dynamodb::types::AttributeValue);
values!(
    item_of_stream,
    of_stream,
    aws_sdk_dynamodbstreams::types::AttributeValue
);

/// A plain value with its type.
pub fn typed(value: &Value) -> aws_sdk_dynamodb::types::AttributeValue {
    use aws_sdk_dynamodb::types::AttributeValue as V;
    match value {
        Value::Null => V::Null(true),
        Value::Bool(flag) => V::Bool(*flag),
        Value::Number(number) => V::N(number.to_string()),
        Value::String(text) => V::S(text.clone()),
        Value::Array(list) => V::L(list.iter().map(typed).collect()),
        Value::Object(map) => V::M(
            map.iter()
                .map(|(name, value)| (name.clone(), typed(value)))
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::primitives::Blob;
    use aws_sdk_dynamodb::types::AttributeValue as V;
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_json_comes_back_as_it_was() {
        let item =
            json!({"s": "ana", "n": 3, "f": 2.5, "t": true, "null": null, "l": [1, "x", {"deep": []}]});
        assert_eq!(of_table(typed(&item)), item);
    }

    #[test]
    fn what_json_has_not_reads_as_the_nearest() {
        assert_eq!(of_table(V::Ss(vec!["a".into()])), json!(["a"]));
        assert_eq!(of_table(V::Ns(vec!["1".into(), "1.5".into()])), json!([1, 1.5]));
        assert_eq!(of_table(V::B(Blob::new("hi"))), json!("aGk="));
        assert_eq!(
            of_table(V::N("12345678901234567890123".into())),
            json!(1.234_567_890_123_456_8e22)
        );
    }
}
