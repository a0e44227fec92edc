//! What surrounds a stream: consumers registered for enhanced fan-out, and tags.

use std::collections::BTreeMap;

use discord::{Failure, mistake, text};
use sandbox::streams::StreamError;

use super::{
    Here,
    complete::{consumers_of, names, tag_keys},
    once,
};
use crate::call::Context;
use crate::place::Place;
use crate::stream::cards::upkeep as cards;
use crate::stream::words;

/// Consumers with enhanced fan-out: list them, register or remove one
#[poise::command(slash_command, guild_only)]
pub(super) async fn consumers(
    ctx: Context<'_>,
    #[description = "The stream"]
    #[autocomplete = "names"]
    name: String,
    #[description = "Register a consumer of this name, such as analytics"] register: Option<String>,
    #[description = "Remove the consumer of this name"]
    #[autocomplete = "consumers_of"]
    remove: Option<String>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let here = Here::of(ctx, place).await?;
    let stream = here.streams.describe(&name).await.map_err(words::failure)?;
    let done = match (register, remove) {
        (Some(_), Some(_)) => {
            return Err(mistake("One at a time: `register:` a consumer or `remove:` one."));
        }
        (Some(new), None) => {
            once(&here.call).await?;
            let registered = here.streams.register(&stream, &new).await;
            registered.map_err(|error| match error {
                StreamError::BadName { name } => mistake(format!(
                    "{} can't be a consumer's name: 1 to 128 letters, digits, `_`, `.` or `-`. For example `analytics`.",
                    text::code(&text::cut(&name, 60))
                )),
                error => words::failure(error),
            })?;
            Some(cards::Done::Registered(new))
        }
        (None, Some(old)) => {
            once(&here.call).await?;
            here.streams
                .deregister(&stream, &old)
                .await
                .map_err(words::failure)?;
            Some(cards::Done::Removed(old))
        }
        (None, None) => None,
    };
    let consumers = here.streams.consumers(&stream).await.map_err(words::failure)?;
    here.say(&cards::consumers(&stream, here.region, done.as_ref(), &consumers))
        .await
}

/// Tag a stream, such as dept=fin; or take a tag away
#[poise::command(slash_command, guild_only)]
pub(super) async fn tag(
    ctx: Context<'_>,
    #[description = "The stream"]
    #[autocomplete = "names"]
    name: String,
    #[description = "Tags to set: dept=fin, or several with commas: dept=fin, stage=test"]
    #[rename = "tag"]
    set: Option<String>,
    #[description = "The key of a tag to take away"]
    #[autocomplete = "tag_keys"]
    remove: Option<String>,
    #[description = "us-east-1, if left out"]
    #[rename = "region"]
    place: Option<Place>,
) -> Result<(), Failure> {
    let new = set.as_deref().map(pairs).transpose()?.unwrap_or_default();
    let here = Here::of(ctx, place).await?;
    let before = here.streams.tags(&name).await.map_err(words::failure)?;
    if let Some(key) = &remove
        && !before.contains_key(key)
    {
        return Err(mistake(format!(
            "{} has no tag {}. `/stream tag name:{}` shows its tags.",
            text::code(&name),
            text::code(&text::cut(key, 60)),
            text::cut(&name, 60)
        )));
    }
    if !new.is_empty() || remove.is_some() {
        once(&here.call).await?;
    }
    if !new.is_empty() {
        here.streams.tag(&name, &new).await.map_err(words::failure)?;
    }
    if let Some(key) = &remove {
        here.streams.untag(&name, key).await.map_err(words::failure)?;
    }
    let tags = here.streams.tags(&name).await.map_err(words::failure)?;
    here.say(&cards::tags(&name, here.region, &tags, &new, remove.as_deref()))
        .await
}

/// `dept=fin, stage=test` as tags.
fn pairs(typed: &str) -> Result<BTreeMap<String, String>, Failure> {
    let pair = |part: &str| {
        let (key, value) = part.split_once('=')?;
        let (key, value) = (key.trim(), value.trim());
        (!key.is_empty() && key.chars().count() <= 128 && value.chars().count() <= 256)
            .then(|| (key.to_owned(), value.to_owned()))
    };
    let parts = typed.split(',').filter(|part| !part.trim().is_empty());
    let pairs: Option<BTreeMap<_, _>> = parts.map(pair).collect();
    pairs.filter(|pairs| !pairs.is_empty()).ok_or_else(|| {
        mistake(
            "A tag is a key, `=` and a value: `tag:dept=fin`. The key has 1 to 128 characters, the value at most 256.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_people_write_them() {
        let read = |typed: &str| {
            pairs(typed)
                .map(|pairs| pairs.into_iter().collect::<Vec<_>>())
                .ok()
        };
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(read("dept=fin"), Some(vec![pair("dept", "fin")]));
        assert_eq!(
            read(" dept = fin , stage=test, "),
            Some(vec![pair("dept", "fin"), pair("stage", "test")])
        );
        assert_eq!(read("url=a=b"), Some(vec![pair("url", "a=b")]));
        assert_eq!(read("note="), Some(vec![pair("note", "")]));
        for bad in ["dept", "=fin", "", ",", &format!("{}=x", "k".repeat(129))] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
