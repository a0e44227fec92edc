//! `/users`: the bot itself, other people, and conversations with them.

use serde_json::json;

use super::{Desk, Handled, Refusal, Reply};
use crate::{
    id::Id,
    world::{Change, Channel, ChannelKind},
};

pub fn route(desk: &mut Desk, rest: &[&str]) -> Handled {
    let app = desk.change.guild.app;
    match (desk.call.method.as_str(), rest) {
        ("GET", ["@me"]) => Ok(Reply::json(desk.change.own_user_json())),
        ("GET", ["@me", "guilds"]) => {
            let guild = &desk.change.guild;
            let bits = desk.change.guild_permissions(app).to_string();
            Ok(Reply::json(json!([{
                "id": guild.id, "name": guild.name, "icon": null, "banner": null, "owner": false,
                "permissions": bits, "features": [],
            }])))
        }
        ("POST", ["@me", "channels"]) => {
            let to = Id::read(&desk.call.body["recipient_id"]).ok_or(Refusal::UNKNOWN_USER)?;
            let user = desk.change.users.get(&to).ok_or(Refusal::UNKNOWN_USER)?;
            if user.bot {
                return Err(Refusal::CANNOT_DM);
            }
            let channel = direct_channel(desk.change, to);
            Ok(Reply::json(desk.change.channel_json(&channel)))
        }
        ("GET", [id]) => {
            let id = id.parse().map_err(|_| Refusal::UNKNOWN_USER)?;
            if desk.change.users.contains_key(&id) {
                Ok(Reply::json(desk.change.user_json(id)))
            } else {
                Err(Refusal::UNKNOWN_USER)
            }
        }
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// The conversation between the bot and a person, opened if there is none yet.
pub fn direct_channel(change: &mut Change, person: Id) -> Channel {
    let open = change
        .channels
        .values()
        .find(|channel| channel.recipient == Some(person));
    if let Some(channel) = open {
        return channel.clone();
    }
    let name = change
        .users
        .get(&person)
        .map_or_else(String::new, |user| user.name.clone());
    let channel = Channel {
        id: change.next_id(),
        kind: ChannelKind::Dm,
        name,
        topic: None,
        position: 0,
        parent: None,
        overwrites: Vec::new(),
        recipient: Some(person),
        last_message: None,
        thread: None,
        details: serde_json::Map::new(),
    };
    change.add_channel(&channel);
    channel
}
