//! Tags of streams and consumers: what may be one, and how many. Source: the API reference of `TagResource`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::engine::Engine;
use super::pages;
use crate::wire::Refusal;

/// The most tags of one thing.
const MOST: usize = 50;

type Tags = BTreeMap<String, String>;

/// Tags that somebody wants to set.
pub fn check(tags: &Value) -> Result<Tags, Refusal> {
    let given = tags.as_object().into_iter().flatten();
    let tags: Tags = given
        .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect();
    for text in tags.iter().flat_map(|(key, value)| [key, value]) {
        check_letters(text)?;
    }
    if let Some(reserved) = tags.keys().find(|key| key.to_lowercase().starts_with("aws:")) {
        return Err(invalid(format!(
            "Tag keys that begin with aws: are AWS's own: {reserved}"
        )));
    }
    if tags.len() > MOST {
        return Err(too_many());
    }
    Ok(tags)
}

fn check_letters(text: &str) -> Result<(), Refusal> {
    let fine = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    if text.chars().all(fine) {
        Ok(())
    } else {
        Err(invalid(
            "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . : / = + - @.",
        ))
    }
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("InvalidArgumentException", message)
}

fn too_many() -> Refusal {
    invalid(format!("A resource cannot have more than {MOST} tags."))
}

/// Sets tags beside those there are.
pub fn add(to: &mut Tags, more: Tags) -> Result<(), Refusal> {
    let all: BTreeSet<&String> = to.keys().chain(more.keys()).collect();
    if all.len() > MOST {
        return Err(too_many());
    }
    to.extend(more);
    Ok(())
}

/// The keys that a request removes.
pub fn keys(body: &Value) -> Result<Vec<String>, Refusal> {
    let keys: Vec<String> = body["TagKeys"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|key| key.as_str().map(str::to_owned))
        .collect();
    keys.iter().try_for_each(|key| check_letters(key))?;
    Ok(keys)
}

/// `ListTagsForStream`.
pub async fn list_of_stream(engine: &Engine, body: &Value) -> Result<Value, Refusal> {
    let stream = engine
        .stream(body["StreamName"].as_str().unwrap_or_default())
        .await?;
    let after = body["ExclusiveStartTagKey"].as_str();
    let mut tags: Vec<Value> = listed(&stream.tags)
        .filter(|(key, _)| after.is_none_or(|after| key.as_str() > after))
        .map(|(_, tag)| tag)
        .collect();
    let most = pages::size(&body["Limit"], MOST);
    let more = tags.len() > most;
    tags.truncate(most);
    Ok(json!({ "Tags": tags, "HasMoreTags": more }))
}

/// All tags, in the order of their keys, as answered.
pub fn listed(tags: &Tags) -> impl Iterator<Item = (&String, Value)> {
    tags.iter()
        .map(|(key, value)| (key, json!({ "Key": key, "Value": value })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_those_aws_takes() {
        for fine in [
            json!({"team": "blue"}),
            json!({"a:b": "ü 1_./=+-@"}),
            json!({"empty": ""}),
        ] {
            assert!(check(&fine).is_ok(), "{fine}");
        }
        for odd in [
            json!({"per%cent": "1"}),
            json!({"k": "semi;colon"}),
            json!({"AWS:cloud": "1"}),
        ] {
            assert_eq!(check(&odd).unwrap_err().kind, "InvalidArgumentException", "{odd}");
        }
    }

    #[test]
    fn a_thing_has_fifty_tags_at_most() {
        let numbered =
            |numbers: std::ops::Range<usize>| numbers.map(|n| (n.to_string(), String::new())).collect();
        let mut tags: Tags = numbered(0..40);
        assert!(add(&mut tags, numbered(30..50)).is_ok());
        assert!(add(&mut tags, numbered(50..51)).is_err());
        assert_eq!(tags.len(), 50);
    }
}
