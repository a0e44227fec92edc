//! The act of saying something: an ordinary message, with names turned into mentions.

use serde_json::json;

use super::{
    act::{Act, Begun, channel, may},
    lookup::{Refused, refuse},
};
use crate::{
    id::Id,
    upload::Upload,
    world::{Change, Draft, bare, permission},
};

pub fn begin(
    change: &mut Change<'_>,
    person: Id,
    act: &Act,
    text: &str,
    uploads: &[Upload],
) -> Result<Begun, Refused> {
    let channel = channel(change, person, act)?;
    let bits = if channel.thread.is_some() {
        permission::SEND_MESSAGES_IN_THREADS
    } else {
        permission::SEND_MESSAGES
    };
    may(change, person, &channel, bits, "write")?;
    if text.trim().is_empty() && uploads.is_empty() {
        return refuse("There is nothing to say.");
    }
    if text.chars().count() > 2_000 {
        return refuse("A message has 2,000 characters at most.");
    }
    let content = with_mentions(change, person, text);
    let draft = Draft {
        channel: channel.id,
        author: person,
        kind: 0,
        cause: None,
        ephemeral_to: None,
        reference: None,
    };
    let everyone = change.permissions(person, &channel) & permission::MENTION_EVERYONE != 0;
    let allowed = if everyone {
        json!(["users", "roles", "everyone"])
    } else {
        json!(["users"])
    };
    let body = json!({"content": content, "allowed_mentions": {"parse": allowed}});
    let message = change.write_message(draft, &body, uploads);
    let said = message.id;
    change.deliver(&message, None);
    Ok(Begun {
        person,
        channel: channel.id,
        interaction: None,
        said: Some(said),
    })
}

/// The text with `@name` and `#name` as the client would send them, where they name something.
fn with_mentions(change: &Change<'_>, person: Id, text: &str) -> String {
    let word = |word: &str| {
        let name = bare(word).trim_end_matches(|letter: char| ".,;:!?".contains(letter));
        let rest = &bare(word)[name.len()..];
        let mention = match word.chars().next() {
            Some('@') => {
                let user = change
                    .users
                    .values()
                    .find(|user| user.name.eq_ignore_ascii_case(name));
                user.map(|user| format!("<@{}>{rest}", user.id))
            }
            Some('#') => change
                .channel_named(name, person)
                .map(|channel| format!("<#{}>{rest}", channel.id)),
            _ => None,
        };
        mention.unwrap_or_else(|| word.to_owned())
    };
    let mut said = String::with_capacity(text.len());
    for piece in text.split_inclusive(char::is_whitespace) {
        let trimmed = piece.trim_end();
        said.push_str(&word(trimmed));
        said.push_str(&piece[trimmed.len()..]);
    }
    said
}
