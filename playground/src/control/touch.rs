//! The acts on somebody else's message that are no interaction: a reaction, given or taken back, and a vote.

use super::{
    act::{Act, Begun, may},
    lookup::{Refused, refuse},
};
use crate::{
    id::Id,
    world::{Change, permission},
};

pub fn begin(change: &mut Change<'_>, person: Id, message: Id, act: &Act) -> Result<Begun, Refused> {
    let (message, channel) = change.message_for(message, person)?;
    if message.ephemeral_to.is_some() {
        return refuse("Only you see this message; nobody can react to it.");
    }
    if let Some(emoji) = &act.react {
        // Anyone may join a reaction that is there; a new one takes a permission.
        if !message.reactions.iter().any(|it| it.emoji == *emoji) {
            may(
                change,
                person,
                &channel,
                permission::ADD_REACTIONS,
                "add reactions",
            )?;
        }
        change.react(message.clone(), emoji, person);
    }
    if let Some(emoji) = &act.unreact {
        let mut given = message.reactions.iter();
        if !given.any(|it| it.emoji == *emoji && it.users.contains(&person)) {
            return refuse(format!("You have not reacted with {emoji}."));
        }
        change.take_reaction(message.clone(), emoji, person);
    }
    if let Some(answers) = &act.vote {
        change.vote(&message, person, answers).map_err(Refused)?;
    }
    Ok(Begun {
        person,
        channel: channel.id,
        interaction: None,
        said: Some(message.id),
    })
}
