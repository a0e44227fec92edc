//! Reactions with ordinary emoji.

use super::{Desk, Handled, Refusal, Reply, decoded, messages};
use crate::{id::Id, world::permission};

pub fn route(desk: &mut Desk, channel: Id, message: &str, rest: &[&str]) -> Handled {
    let home = desk.change.channel_of_bot(channel)?.clone();
    let message = messages::find(desk, channel, message)?;
    if home.thread.as_ref().is_some_and(|thread| thread.archived) && desk.call.method != "GET" {
        return Err(Refusal::THREAD_ARCHIVED);
    }
    let manage = permission::MANAGE_MESSAGES;
    match (desk.call.method.as_str(), rest) {
        ("PUT", [emoji, "@me"]) => {
            desk.change.bot_needs(
                &home,
                permission::ADD_REACTIONS | permission::READ_MESSAGE_HISTORY,
            )?;
            let me = desk.change.guild.app;
            desk.change.react(message, &decoded(emoji), me);
            Ok(Reply::nothing())
        }
        ("DELETE", [emoji, user]) => {
            let me = desk.change.guild.app;
            let user = if *user == "@me" {
                me
            } else {
                user.parse().map_err(|_| Refusal::UNKNOWN_USER)?
            };
            if user != me {
                desk.change.bot_needs(&home, manage)?;
            }
            desk.change.take_reaction(message, &decoded(emoji), user);
            Ok(Reply::nothing())
        }
        ("DELETE", [emoji]) => {
            desk.change.bot_needs(&home, manage)?;
            let emoji = decoded(emoji);
            desk.change.clear_reactions(message, Some(&emoji));
            Ok(Reply::nothing())
        }
        ("DELETE", []) => {
            desk.change.bot_needs(&home, manage)?;
            desk.change.clear_reactions(message, None);
            Ok(Reply::nothing())
        }
        ("GET", [emoji]) => {
            let emoji = decoded(emoji);
            let users = message
                .reactions
                .iter()
                .filter(|it| it.emoji == emoji)
                .flat_map(|it| &it.users);
            Ok(Reply::json(
                users.map(|user| desk.change.user_json(*user)).collect(),
            ))
        }
        _ => Err(Refusal::NOT_FOUND),
    }
}
