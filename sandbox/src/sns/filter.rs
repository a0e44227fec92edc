//! Filter policies: which messages a subscription is given. Source: Amazon SNS Developer Guide, "Message filtering", with
//! its constraints; the words for a wrong policy are those AWS answers with. Pure.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::pattern::{Pattern, Wrong};
use crate::sqs::Attribute;

/// The most names at the top of a policy.
const MOST_KEYS: usize = 5;
/// The most combinations of values.
const MOST_COMBINATIONS: u64 = 150;
/// The longest policy, in bytes.
const LONGEST: usize = 256 * 1024;

/// What a policy looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    #[default]
    MessageAttributes,
    MessageBody,
}

impl Scope {
    pub fn text(self) -> &'static str {
        match self {
            Self::MessageAttributes => "MessageAttributes",
            Self::MessageBody => "MessageBody",
        }
    }
}

/// A policy, ready for use.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    scope: Scope,
    rules: Rules,
}

/// All fields must hold, and of each `$or` one alternative.
#[derive(Debug, Clone, Default, PartialEq)]
struct Rules {
    fields: Vec<(String, Rule)>,
    either: Vec<Vec<Self>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Rule {
    /// One of these must hold.
    Value(Vec<Pattern>),
    Nested(Rules),
}

impl Filter {
    /// Reads a policy, or says what is wrong with it.
    pub fn read(text: &str, scope: Scope) -> Result<Self, Wrong> {
        let wrong = |what: &str| format!("FilterPolicy: {what}");
        if text.len() > LONGEST {
            return Err(wrong("Filter policy is too long"));
        }
        let policy: Value =
            serde_json::from_str(text).map_err(|error| wrong(&format!("failed to parse JSON. {error}")))?;
        let Value::Object(policy) = policy else {
            return Err(wrong("Filter is not an object"));
        };
        if policy.len() > MOST_KEYS {
            return Err(wrong("Filter policy can not have more than 5 keys"));
        }
        if scope == Scope::MessageAttributes && is_nested(&policy) {
            return Err(
                "Filter policy scope MessageAttributes does not support nested filter policy".to_owned(),
            );
        }
        let combinations = combinations(&policy, 1, 1).map_err(|what| wrong(&what))?;
        if combinations > MOST_COMBINATIONS {
            return Err(wrong("Filter policy is too complex"));
        }
        let policy = match scope {
            Scope::MessageAttributes => policy,
            Scope::MessageBody => undotted(policy),
        };
        let rules = Rules::read(&policy).map_err(|what| wrong(&what))?;
        Ok(Self { scope, rules })
    }

    /// Whether a message is let through. What is not JSON has no values to look at, and is let through by no body policy.
    pub fn accepts(&self, message: &Looked<'_>) -> bool {
        match self.scope {
            Scope::MessageAttributes => self.rules.hold(&message.attributes),
            Scope::MessageBody => message.body().is_some_and(|body| self.rules.hold(body)),
        }
    }
}

/// A message as filters look at it. Its text is read once for all of them, if one asks.
pub struct Looked<'a> {
    attributes: Map<String, Value>,
    text: &'a str,
    body: OnceCell<Option<Map<String, Value>>>,
}

impl<'a> Looked<'a> {
    pub fn at(attributes: &BTreeMap<String, Attribute>, text: &'a str) -> Self {
        Self {
            attributes: values_of(attributes),
            text,
            body: OnceCell::new(),
        }
    }

    fn body(&self) -> Option<&Map<String, Value>> {
        let read = || match serde_json::from_str(self.text) {
            Ok(Value::Object(body)) => Some(undotted(body)),
            _ => None,
        };
        self.body.get_or_init(read).as_ref()
    }
}

/// The alternatives, if a field is an `$or`: a list of two objects at least. Anything else of that name is a field.
fn alternatives<'a>(name: &str, value: &'a Value) -> Option<Vec<&'a Map<String, Value>>> {
    let list = value.as_array().filter(|list| name == "$or" && list.len() > 1)?;
    list.iter().map(Value::as_object).collect()
}

fn is_nested(policy: &Map<String, Value>) -> bool {
    policy
        .iter()
        .any(|(name, value)| match alternatives(name, value) {
            Some(alternatives) => alternatives.into_iter().any(is_nested),
            None => value.is_object(),
        })
}

/// How many combinations of values a policy has: the numbers of values multiplied, each times how deep it stands; the
/// alternatives of an `$or` are added up.
fn combinations(policy: &Map<String, Value>, depth: u64, so_far: u64) -> Result<u64, Wrong> {
    policy.iter().try_fold(so_far, |so_far, (name, value)| {
        if let Some(alternatives) = alternatives(name, value) {
            return alternatives.into_iter().try_fold(0_u64, |sum, policy| {
                Ok(sum.saturating_add(combinations(policy, depth, so_far)?))
            });
        }
        match value {
            Value::Object(inner) => combinations(inner, depth.saturating_add(1), so_far),
            Value::Array(list) if list.is_empty() => Err("Empty arrays are not allowed".to_owned()),
            Value::Array(list) => Ok(so_far.saturating_mul(list.len() as u64).saturating_mul(depth)),
            _ => Err(format!("\"{name}\" must be an object or an array")),
        }
    })
}

impl Rules {
    fn read(policy: &Map<String, Value>) -> Result<Self, Wrong> {
        let mut rules = Self::default();
        for (name, value) in policy {
            if let Some(alternatives) = alternatives(name, value) {
                let read: Result<_, _> = alternatives.into_iter().map(Self::read).collect();
                rules.either.push(read?);
                continue;
            }
            let rule = match value {
                Value::Object(inner) if inner.is_empty() => {
                    return Err("Empty objects are not allowed".to_owned());
                }
                Value::Object(inner) => Rule::Nested(Self::read(inner)?),
                Value::Array(list) => Rule::Value(list.iter().map(Pattern::read).collect::<Result<_, _>>()?),
                _ => return Err(format!("\"{name}\" must be an object or an array")),
            };
            rules.fields.push((name.clone(), rule));
        }
        Ok(rules)
    }

    fn hold(&self, values: &Map<String, Value>) -> bool {
        let of_field = |(name, rule): &(String, Rule)| match rule {
            Rule::Value(patterns) => {
                let mut plain = Vec::new();
                if let Some(value) = values.get(name) {
                    gather(value, &mut plain);
                }
                patterns.iter().any(|pattern| pattern.holds(&plain))
            }
            Rule::Nested(rules) => rules.hold_in(values.get(name)),
        };
        self.fields.iter().all(of_field)
            && self
                .either
                .iter()
                .all(|alternatives| alternatives.iter().any(|rules| rules.hold(values)))
    }

    /// Of a list, one element must fulfil all rules by itself.
    fn hold_in(&self, value: Option<&Value>) -> bool {
        match value {
            Some(Value::Object(fields)) => self.hold(fields),
            Some(Value::Array(list)) if !list.is_empty() => {
                list.iter().any(|value| self.hold_in(Some(value)))
            }
            _ => self.hold(&Map::new()),
        }
    }
}

/// The plain values in a value, through lists of lists.
fn gather<'a>(value: &'a Value, plain: &mut Vec<&'a Value>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| gather(value, plain)),
        Value::Object(_) => {}
        value => plain.push(value),
    }
}

/// Attributes as values. Binary ones are not looked at; a list that is no JSON has nothing in it.
fn values_of(attributes: &BTreeMap<String, Attribute>) -> Map<String, Value> {
    let value = |attribute: &Attribute| {
        let text = attribute.text()?;
        Some(match attribute.kind() {
            "Number" => serde_json::from_str(text)
                .ok()
                .filter(Value::is_number)
                .or_else(|| serde_json::Number::from_f64(text.parse().ok()?).map(Value::Number))
                .unwrap_or(Value::Null),
            _ if attribute.data_type == "String.Array" => match serde_json::from_str(text) {
                Ok(list @ Value::Array(_)) => list,
                _ => Value::Array(Vec::new()),
            },
            _ => Value::String(text.to_owned()),
        })
    };
    attributes
        .iter()
        .filter_map(|(name, attribute)| Some((name.clone(), value(attribute)?)))
        .collect()
}

/// The same with `{"a.b": …}` written as `{"a": {"b": …}}`: AWS takes the two for one.
fn undotted(fields: Map<String, Value>) -> Map<String, Value> {
    let mut whole = Map::new();
    for (name, value) in fields {
        put(&mut whole, &name, undotted_in(value));
    }
    whole
}

fn undotted_in(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(undotted(fields)),
        Value::Array(list) => Value::Array(list.into_iter().map(undotted_in).collect()),
        plain => plain,
    }
}

/// The most dots of a name that are levels. What is nested without end would be dropped and walked without end.
const MOST_LEVELS: usize = 16;

fn put(fields: &mut Map<String, Value>, name: &str, value: Value) {
    let levels = name
        .split_once('.')
        .filter(|(a, b)| !a.is_empty() && !b.is_empty());
    if let Some((first, rest)) = levels.filter(|(_, rest)| rest.matches('.').count() < MOST_LEVELS) {
        let inner = fields.entry(first).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(inner) = inner {
            put(inner, rest, value);
            return;
        }
    }
    match (fields.get_mut(name), value) {
        (Some(Value::Object(there)), Value::Object(more)) => {
            for (name, value) in more {
                put(there, &name, value);
            }
        }
        (_, value) => {
            fields.insert(name.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(policy: &Value, message: &Value) -> bool {
        let filter = Filter::read(&policy.to_string(), Scope::MessageBody).unwrap();
        filter.accepts(&Looked::at(&BTreeMap::new(), &message.to_string()))
    }

    fn wrong(policy: &Value, scope: Scope) -> String {
        Filter::read(&policy.to_string(), scope).unwrap_err()
    }

    #[test]
    fn nested_keys_and_lists_are_looked_into() {
        let policy = json!({"order": {"customer": {"city": ["Rome"]}, "items": {"sku": [{"prefix": "B-"}]}}});
        let order = |city: &str, items: Value| json!({"order": {"customer": {"city": city}, "items": items}});
        assert!(body(
            &policy,
            &order("Rome", json!([{"sku": "A-1"}, {"sku": "B-1"}]))
        ));
        assert!(!body(&policy, &order("Rome", json!([{"sku": "A-1"}]))));
        assert!(!body(&policy, &order("Oslo", json!([{"sku": "B-1"}]))));
        assert!(body(&json!({"tags": ["x"]}), &json!({"tags": ["y", ["x"]]})));
        assert!(!body(&json!({"tags": ["x"]}), &json!(["x"])));
    }

    #[test]
    fn one_element_of_a_list_must_fulfil_all() {
        let policy = json!({"records": {"name": ["a"], "size": [{"numeric": [">", 5]}]}});
        assert!(body(&policy, &json!({"records": [{"name": "a", "size": 9}]})));
        assert!(!body(
            &policy,
            &json!({"records": [{"name": "a", "size": 1}, {"name": "b", "size": 9}]})
        ));
    }

    #[test]
    fn one_alternative_of_each_or_must_hold() {
        let policy = json!({
            "source": ["a"],
            "$or": [{"kind": ["x"]}, {"size": [{"numeric": [">", 5]}]}],
        });
        assert!(body(&policy, &json!({"source": "a", "kind": "x"})));
        assert!(body(&policy, &json!({"source": "a", "size": 6})));
        assert!(!body(&policy, &json!({"source": "a", "size": 5})));
        assert!(!body(&policy, &json!({"source": "b", "kind": "x"})));
    }

    #[test]
    fn a_dot_is_a_level() {
        let policy = json!({"a.b.c": ["x"]});
        for message in [
            json!({"a": {"b": {"c": "x"}}}),
            json!({"a.b": {"c": "x"}}),
            json!({"a": {"b.c": "x"}}),
            json!({"a.b.c": "x"}),
        ] {
            assert!(body(&policy, &message), "{message}");
        }
    }

    #[test]
    fn absence_is_seen_at_any_depth() {
        let policy = json!({"a": {"b": [{"exists": false}]}});
        for (message, fits) in [
            (json!({}), true),
            (json!({"a": {}}), true),
            (json!({"a": {"b": {"c": 1}}}), true),
            (json!({"a": {"b": null}}), false),
            (json!({"a": {"b": 1}}), false),
        ] {
            assert_eq!(body(&policy, &message), fits, "{message}");
        }
    }

    #[test]
    fn a_policy_has_five_keys_and_150_combinations() {
        let list = |n: usize| (0..n).map(Value::from).collect::<Vec<_>>();
        let flat = |keys: usize| {
            let fields = (0..keys).map(|k| (k.to_string(), json!([1])));
            Value::Object(fields.collect())
        };
        for scope in [Scope::MessageAttributes, Scope::MessageBody] {
            let fine = |policy: Value| Filter::read(&policy.to_string(), scope).is_ok();
            assert!(fine(flat(5)));
            assert_eq!(
                wrong(&flat(6), scope),
                "FilterPolicy: Filter policy can not have more than 5 keys"
            );
            assert!(fine(json!({"a": list(10), "b": list(15)})));
            let many = json!({"a": list(151)});
            assert_eq!(wrong(&many, scope), "FilterPolicy: Filter policy is too complex");
            let either = |n| json!({"$or": [{"a": list(n)}, {"b": list(75)}]});
            assert!(fine(either(75)), "alternatives are added up");
            assert!(!fine(either(76)));
        }
        // The example of the guide: 3 × 3 × 4 × 2 × 3, as deep as they stand.
        let deep = json!({"a": {"b": {"c": list(4)}}, "d": {"e": list(3)}});
        assert!(Filter::read(&deep.to_string(), Scope::MessageBody).is_ok());
        let deeper = json!({"a": {"b": {"c": list(4)}}, "d": {"e": list(7)}});
        assert_eq!(
            wrong(&deeper, Scope::MessageBody),
            "FilterPolicy: Filter policy is too complex"
        );
    }

    #[test]
    fn what_is_no_policy_is_refused_in_words() {
        for (policy, said) in [
            (json!({"a": []}), "FilterPolicy: Empty arrays are not allowed"),
            (
                json!({"a": "b"}),
                "FilterPolicy: \"a\" must be an object or an array",
            ),
            (
                json!({"a": [["b"]]}),
                "FilterPolicy: Match value must be String, number, true, false, or null",
            ),
            (json!([]), "FilterPolicy: Filter is not an object"),
        ] {
            assert_eq!(wrong(&policy, Scope::MessageBody), said, "{policy}");
        }
        assert_eq!(
            wrong(&json!({"a": {"b": ["c"]}}), Scope::MessageAttributes),
            "Filter policy scope MessageAttributes does not support nested filter policy"
        );
        let broken = Filter::read("{a", Scope::MessageBody).unwrap_err();
        assert!(
            broken.starts_with("FilterPolicy: failed to parse JSON."),
            "{broken}"
        );
    }
}
