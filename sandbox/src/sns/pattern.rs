//! One condition on one value in a filter policy: how it is read, what AWS says of one that is wrong, and what it matches.
//! Source: Amazon SNS Developer Guide, "Filter policy operators"; the words are those of its rule compiler. Pure.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Map, Value};

use super::wildcard::Wildcard;

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    Text(String),
    Number(f64),
    Bool(bool),
    Null,
    Prefix(String),
    Suffix(String),
    EqualsIgnoreCase(String),
    Wildcard(Wildcard),
    Range {
        least: Option<Bound>,
        most: Option<Bound>,
    },
    Cidr(IpNet),
    AnythingBut(Vec<Self>),
    /// Whether there is a value at all.
    Exists(bool),
}

/// An end of a range of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    value: f64,
    /// Whether the value itself is in the range.
    included: bool,
}

/// What is wrong with a policy, in AWS's words.
pub type Wrong = String;

impl Pattern {
    /// Reads one member of a list of conditions.
    pub fn read(value: &Value) -> Result<Self, Wrong> {
        match value {
            Value::Object(expression) => Self::expression(expression),
            plain => Self::plain(plain)
                .ok_or_else(|| "Match value must be String, number, true, false, or null".to_owned()),
        }
    }

    fn plain(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Number(number) => number.as_f64().map(Self::Number),
            Value::Bool(flag) => Some(Self::Bool(*flag)),
            Value::Null => Some(Self::Null),
            Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn expression(expression: &Map<String, Value>) -> Result<Self, Wrong> {
        let mut members = expression.iter();
        let (Some((operator, value)), None) = (members.next(), members.next()) else {
            return Err(if expression.is_empty() {
                "Empty match expression".to_owned()
            } else {
                "Only one key allowed in match expression".to_owned()
            });
        };
        match operator.as_str() {
            "exists" => match value {
                Value::Bool(flag) => Ok(Self::Exists(*flag)),
                _ => Err("exists match pattern must be either true or false.".to_owned()),
            },
            "numeric" => Self::numeric(value),
            "anything-but" => Self::anything_but(value),
            operator => Self::textual(operator, value)
                .unwrap_or_else(|| Err(format!("Unrecognized match type {operator}"))),
        }
    }

    /// The operators that take a text; `None` if this is none of them.
    fn textual(operator: &str, value: &Value) -> Option<Result<Self, Wrong>> {
        let make: fn(&str) -> Result<Self, Wrong> = match operator {
            "prefix" => |text| Ok(Self::Prefix(text.to_owned())),
            "suffix" => |text| Ok(Self::Suffix(text.to_owned())),
            "equals-ignore-case" => |text| Ok(Self::EqualsIgnoreCase(text.to_lowercase())),
            "wildcard" => |text| Wildcard::read(text).map(Self::Wildcard),
            "cidr" => |text| cidr(text).map(Self::Cidr),
            _ => return None,
        };
        // AWS says "prefix" of an address range, too.
        let shown = if operator == "cidr" { "prefix" } else { operator };
        let text = value.as_str();
        Some(text.map_or_else(|| Err(format!("{shown} match pattern must be a string")), make))
    }

    fn anything_but(value: &Value) -> Result<Self, Wrong> {
        let plain = |value: &Value| match value {
            Value::String(_) | Value::Number(_) => Self::plain(value),
            _ => None,
        };
        let wrong = || "Inside anything but list, start|null|boolean is not supported.".to_owned();
        let patterns = match value {
            Value::Array(list) if list.is_empty() => return Err("Empty arrays are not allowed".to_owned()),
            Value::Array(list) => list.iter().map(plain).collect::<Option<_>>().ok_or_else(wrong)?,
            Value::Object(inner) => Self::anything_but_expression(inner)?,
            value => vec![plain(value).ok_or_else(|| {
                "Value of anything-but must be an array or single string/number value.".to_owned()
            })?],
        };
        Ok(Self::AnythingBut(patterns))
    }

    /// `{"prefix": "a"}`, or `{"prefix": ["a", "b"]}`, and the same of the other operators that may stand there.
    fn anything_but_expression(inner: &Map<String, Value>) -> Result<Vec<Self>, Wrong> {
        let mut members = inner.iter();
        let (Some((operator, value)), None) = (members.next(), members.next()) else {
            return Err("Only one key allowed in match expression".to_owned());
        };
        if !["prefix", "suffix", "equals-ignore-case", "wildcard"].contains(&operator.as_str()) {
            return Err(format!("Unsupported anything-but pattern: {operator}"));
        }
        let one = |value: &Value| {
            Self::textual(operator, value)
                .unwrap_or_else(|| Err(format!("Unsupported anything-but pattern: {operator}")))
        };
        match value {
            Value::Array(list) if list.is_empty() => Err("Empty arrays are not allowed".to_owned()),
            Value::Array(list) => list.iter().map(one).collect(),
            value => Ok(vec![one(value)?]),
        }
    }

    /// `["=", 5]`, `["<", 5]`, or `[">=", 0, "<", 5]`.
    fn numeric(value: &Value) -> Result<Self, Wrong> {
        let Value::Array(terms) = value else {
            return Err("Value of numeric must be an array.".to_owned());
        };
        let shown = |term: Option<&Value>| match term {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => "]".to_owned(),
        };
        let Some(Value::String(operator)) = terms.first() else {
            return Err(format!(
                "Invalid member in numeric match: {}",
                shown(terms.first())
            ));
        };
        if !["=", "<", "<=", ">", ">="].contains(&operator.as_str()) {
            return Err(format!("Unrecognized numeric range operator: {operator}"));
        }
        let number = |at: usize, of: &str| {
            let of = if of == "=" { "equals" } else { of };
            terms
                .get(at)
                .and_then(Value::as_f64)
                .ok_or_else(|| format!("Value of {of} must be numeric"))
        };
        let first = Bound {
            value: number(1, operator)?,
            included: operator.ends_with('='),
        };
        let upper = operator.starts_with('<');
        if terms.len() == 2 {
            return Ok(Self::Range {
                least: (!upper).then_some(first),
                most: (upper || operator == "=").then_some(first),
            });
        }
        if !operator.starts_with('>') {
            return Err("Too many elements in numeric expression".to_owned());
        }
        let Some(Value::String(second)) = terms.get(2) else {
            return Err(format!("Bad value in numeric range: {}", shown(terms.get(2))));
        };
        if !["<", "<="].contains(&second.as_str()) {
            return Err(format!("Bad numeric range operator: {second}"));
        }
        let most = Bound {
            value: number(3, second)?,
            included: second == "<=",
        };
        if terms.len() > 4 {
            return Err("Too many terms in numeric range expression".to_owned());
        }
        if most.value <= first.value {
            return Err("Bottom must be less than top".to_owned());
        }
        Ok(Self::Range {
            least: Some(first),
            most: Some(most),
        })
    }

    /// Whether one of the values that stand in a place fulfils this. There may be none.
    pub fn holds(&self, values: &[&Value]) -> bool {
        match self {
            Self::Exists(wanted) => *wanted != values.is_empty(),
            pattern => values.iter().any(|value| pattern.matches(value)),
        }
    }

    fn matches(&self, value: &Value) -> bool {
        let text = value.as_str();
        let number = || value.as_f64();
        match self {
            Self::Text(wanted) => text == Some(wanted),
            Self::Number(wanted) => number().is_some_and(|n| same(n, *wanted)),
            Self::Bool(wanted) => value.as_bool() == Some(*wanted),
            Self::Null => value.is_null(),
            Self::Prefix(prefix) => text.is_some_and(|text| text.starts_with(prefix)),
            Self::Suffix(suffix) => text.is_some_and(|text| text.ends_with(suffix)),
            Self::EqualsIgnoreCase(wanted) => text.is_some_and(|text| text.to_lowercase() == *wanted),
            Self::Wildcard(wildcard) => text.is_some_and(|text| wildcard.fits(text)),
            Self::Range { least, most } => number().is_some_and(|n| {
                least.is_none_or(|b| n > b.value || b.included && same(n, b.value))
                    && most.is_none_or(|b| n < b.value || b.included && same(n, b.value))
            }),
            Self::Cidr(net) => text
                .and_then(|text| text.parse::<IpAddr>().ok())
                .is_some_and(|address| net.contains(&address)),
            Self::AnythingBut(unwanted) => !unwanted.iter().any(|pattern| pattern.matches(value)),
            Self::Exists(wanted) => *wanted,
        }
    }
}

/// Numbers are compared to five digits after the point, as in AWS.
fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.000_005
}

fn cidr(text: &str) -> Result<IpNet, Wrong> {
    let parts: Vec<&str> = text.split('/').collect();
    let [address, mask] = parts[..] else {
        return Err("Malformed CIDR, one '/' required".to_owned());
    };
    let mask: u32 = mask
        .parse()
        .map_err(|_| "Malformed CIDR, mask bits must be an integer".to_owned())?;
    let address: IpAddr = address
        .parse()
        .map_err(|_| format!("Nonstandard IP address: {address}"))?;
    u8::try_from(mask)
        .ok()
        .and_then(|mask| IpNet::new(address, mask).ok())
        .ok_or_else(|| "Malformed CIDR, mask bits out of range".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_operator_matches_what_the_guide_says() {
        for (pattern, value, fits) in [
            (json!("a"), json!("a"), true),
            (json!("a"), json!("A"), false),
            (json!("100"), json!(100), false),
            (json!(100), json!(100.0), true),
            (json!(301.5), json!(3.015e2), true),
            (json!(true), json!(true), true),
            (json!(true), json!("true"), false),
            (json!(null), json!(null), true),
            (json!({"prefix": "au"}), json!("auto"), true),
            (json!({"prefix": "au"}), json!("bauto"), false),
            (json!({"prefix": "1"}), json!(100), false),
            (json!({"suffix": ".png"}), json!("a.png"), true),
            (json!({"suffix": ".png"}), json!("a.png.gz"), false),
            (json!({"equals-ignore-case": "Tennis"}), json!("tENNIS"), true),
            (
                json!({"equals-ignore-case": "Tennis"}),
                json!("table tennis"),
                false,
            ),
            (json!({"wildcard": "*/src/*.rs"}), json!("a/b/src/c/d.rs"), true),
            (json!({"wildcard": "*/src/*.rs"}), json!("src/c.rs"), false),
            (json!({"wildcard": "a\\*b"}), json!("a*b"), true),
            (json!({"wildcard": "a\\*b"}), json!("axb"), false),
            (json!({"numeric": ["=", 5]}), json!(5.0), true),
            (json!({"numeric": ["<", 5]}), json!(5), false),
            (json!({"numeric": ["<=", 5]}), json!(5), true),
            (json!({"numeric": [">", 0, "<", 5]}), json!(0), false),
            (json!({"numeric": [">=", 0, "<", 5]}), json!(0), true),
            (json!({"numeric": [">=", 0]}), json!("1"), false),
            (json!({"cidr": "10.0.0.0/24"}), json!("10.0.0.255"), true),
            (json!({"cidr": "10.0.0.0/24"}), json!("10.0.1.0"), false),
            (json!({"cidr": "2001:db8::/32"}), json!("2001:db8:1::1"), true),
            (json!({"cidr": "10.0.0.0/24"}), json!("here"), false),
            (json!({"anything-but": ["a", 1]}), json!("b"), true),
            (json!({"anything-but": ["a", 1]}), json!(1), false),
            (json!({"anything-but": "a"}), json!("a"), false),
            (
                json!({"anything-but": {"prefix": "order-"}}),
                json!("bill-1"),
                true,
            ),
            (
                json!({"anything-but": {"prefix": "order-"}}),
                json!("order-1"),
                false,
            ),
            (
                json!({"anything-but": {"suffix": ["a", "b"]}}),
                json!("xb"),
                false,
            ),
            (
                json!({"anything-but": {"wildcard": "*@example.com"}}),
                json!("a@example.com"),
                false,
            ),
            (
                json!({"anything-but": {"wildcard": "*@example.com"}}),
                json!("a@example.org"),
                true,
            ),
            (
                json!({"anything-but": {"equals-ignore-case": "a"}}),
                json!("A"),
                false,
            ),
        ] {
            let read = Pattern::read(&pattern).unwrap();
            assert_eq!(read.holds(&[&value]), fits, "{pattern} on {value}");
        }
    }

    #[test]
    fn only_exists_false_holds_where_there_is_nothing() {
        for (pattern, holds) in [
            (json!({"exists": false}), true),
            (json!({"exists": true}), false),
            (json!({"anything-but": ["a"]}), false),
            (json!(null), false),
        ] {
            assert_eq!(Pattern::read(&pattern).unwrap().holds(&[]), holds, "{pattern}");
        }
    }

    #[test]
    fn one_of_several_values_is_enough() {
        let (rugby, football) = (json!("rugby"), json!("football"));
        let not_rugby = Pattern::read(&json!({"anything-but": ["rugby"]})).unwrap();
        assert!(not_rugby.holds(&[&rugby, &football]));
        assert!(!not_rugby.holds(&[&rugby]));
    }

    #[test]
    fn what_is_wrong_is_said_as_aws_says_it() {
        for (pattern, said) in [
            (
                json!(["a"]),
                "Match value must be String, number, true, false, or null",
            ),
            (json!({"like": "a"}), "Unrecognized match type like"),
            (
                json!({"suffix": "a", "prefix": "b"}),
                "Only one key allowed in match expression",
            ),
            (json!({"suffix": 100}), "suffix match pattern must be a string"),
            (json!({"cidr": ["a"]}), "prefix match pattern must be a string"),
            (json!({"cidr": "a"}), "Malformed CIDR, one '/' required"),
            (json!({"cidr": "a/64"}), "Nonstandard IP address: a"),
            (
                json!({"cidr": "10.0.0.0/x"}),
                "Malformed CIDR, mask bits must be an integer",
            ),
            (
                json!({"exists": "no"}),
                "exists match pattern must be either true or false.",
            ),
            (json!({"numeric": []}), "Invalid member in numeric match: ]"),
            (
                json!({"numeric": [1, "<="]}),
                "Invalid member in numeric match: 1",
            ),
            (
                json!({"numeric": ["near"]}),
                "Unrecognized numeric range operator: near",
            ),
            (json!({"numeric": ["=", "0"]}), "Value of equals must be numeric"),
            (json!({"numeric": [">="]}), "Value of >= must be numeric"),
            (
                json!({"numeric": ["<", 100, ">", 10]}),
                "Too many elements in numeric expression",
            ),
            (
                json!({"numeric": [">", 20, 30]}),
                "Bad value in numeric range: 30",
            ),
            (
                json!({"numeric": [">=", 1, ">", 2]}),
                "Bad numeric range operator: >",
            ),
            (json!({"numeric": [">", 20, "<="]}), "Value of <= must be numeric"),
            (
                json!({"numeric": [">", 3, "<", 1]}),
                "Bottom must be less than top",
            ),
            (
                json!({"numeric": [">", 1, "<", 3, "<", 4]}),
                "Too many terms in numeric range expression",
            ),
            (
                json!({"anything-but": {"exists": true}}),
                "Unsupported anything-but pattern: exists",
            ),
            (json!({"anything-but": []}), "Empty arrays are not allowed"),
            (
                json!({"wildcard": "a**b"}),
                "Consecutive wildcard characters at pos 1",
            ),
        ] {
            assert_eq!(Pattern::read(&pattern).unwrap_err(), said, "{pattern}");
        }
    }
}
