//! After the first answer: `/webhooks/{application}/{token}`, for follow-ups and for changing what was
//! said. The token's life is checked where the interaction is found.

use super::{Desk, Handled, Refusal, Reply, interactions, messages};
use crate::{
    limits::{self, Sending},
    world::{Answer, Interaction, Message},
};

pub fn route(desk: &mut Desk, app: &str, token: &str, rest: &[&str]) -> Handled {
    let interaction = interactions::answered(desk, app, token)?;
    match (desk.call.method.as_str(), rest) {
        ("POST", []) => follow_up(desk, &interaction),
        ("GET", ["messages", id]) => {
            let message = own(desk, &interaction, id)?;
            Ok(Reply::json(desk.change.message_json(&message)))
        }
        ("PATCH", ["messages", id]) => {
            let message = own(desk, &interaction, id)?;
            edit(desk, &interaction, message)
        }
        ("DELETE", ["messages", id]) => {
            let message = own(desk, &interaction, id)?;
            desk.change
                .remove_message(message.channel, message.id, Some(interaction.id));
            Ok(Reply::nothing())
        }
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// A message that this interaction's token may touch.
fn own(desk: &Desk, interaction: &Interaction, id: &str) -> Result<Message, Refusal> {
    let id = if id == "@original" {
        interaction.original
    } else {
        id.parse().ok()
    };
    let message = id.and_then(|id| desk.change.message(interaction.channel, id));
    let mine = |message: &&Message| {
        interaction.original == Some(message.id)
            || message
                .cause
                .as_ref()
                .is_some_and(|cause| cause.interaction == interaction.id)
    };
    message.filter(mine).cloned().ok_or(Refusal::UNKNOWN_MESSAGE)
}

fn follow_up(desk: &mut Desk, interaction: &Interaction) -> Handled {
    let (body, files) = (&desk.call.body, &desk.call.files);
    limits::message(body, files, "", Sending::New)?;
    // The first follow-up after a deferral takes the place of the "thinking…" message, as it is.
    let waiting = own(desk, interaction, "@original")
        .ok()
        .filter(Message::is_loading);
    if let Some(message) = waiting.filter(|_| interaction.answer == Answer::Deferred) {
        return edit(desk, interaction, message);
    }
    let mut draft = interactions::draft(desk, interaction, interactions::is_ephemeral(body));
    if let Some(original) = interaction.original {
        (draft.kind, draft.reference) = (19, Some(original));
    }
    let message = desk.change.write_message(draft, body, files);
    let json = desk.change.message_json(&message);
    desk.change.deliver(&message, Some(interaction.id));
    Ok(Reply::json(json))
}

fn edit(desk: &mut Desk, interaction: &Interaction, mut message: Message) -> Handled {
    let (body, files) = (&desk.call.body, &desk.call.files);
    limits::message(body, files, "", Sending::Edit)?;
    messages::refuse_emptied(&message, body, files.len())?;
    desk.change.fill_message(&mut message, body, files);
    if message.is_loading() {
        message.flags &= !Message::LOADING;
    } else {
        message.edited_at = Some(desk.change.now());
    }
    let json = desk.change.message_json(&message);
    desk.change.put_message(&message, Some(interaction.id));
    Ok(Reply::json(json))
}
