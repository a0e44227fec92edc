//! Sending an interaction to the bot: what a person did, in the shape the gateway carries.

use rand::Rng;
use serde_json::{Value, json};

use crate::{
    id::Id,
    world::{Answer, Change, Channel, ChannelKind, Interaction},
};

/// What somebody did.
pub struct Deed {
    /// 2 command, 3 component, 4 autocomplete, 5 modal.
    pub kind: u8,
    pub person: Id,
    pub channel: Channel,
    /// The command's name, if it is one.
    pub name: String,
    pub data: Value,
    /// The message whose component it is, or whose component opened the modal.
    pub source: Option<Id>,
    pub modal: Option<Id>,
}

const LOCALE: &str = "en-US";
const ATTACHMENT_BYTES: u64 = 10 * 1024 * 1024;

/// Keeps the interaction and tells the bot of it.
pub fn send(change: &mut Change<'_>, deed: Deed) -> Id {
    let id = change.next_id();
    let token = format!("{id}.{:032x}", rand::rng().random::<u128>());
    let app = change.guild.app;
    let channel = &deed.channel;
    let mut event = json!({
        "id": id, "application_id": app, "type": deed.kind, "data": deed.data, "token": token, "version": 1,
        "channel_id": channel.id, "channel": change.partial_channel_json(channel, deed.person),
        "app_permissions": change.permissions(app, channel).to_string(), "locale": LOCALE,
        "entitlements": [], "entitlement_sku_ids": [], "attachment_size_limit": ATTACHMENT_BYTES,
    });
    if channel.kind == ChannelKind::Dm {
        event["user"] = change.user_json(deed.person);
        event["context"] = json!(1);
        event["authorizing_integration_owners"] = json!({"0": "0"});
    } else {
        let guild = change.guild.id;
        let mut member = change.member_in_json(deed.person, channel);
        member["user"] = change.user_json(deed.person);
        member["unusual_dm_activity_until"] = Value::Null;
        event["member"] = member;
        event["guild_id"] = json!(guild);
        event["guild"] = json!({"id": guild, "locale": LOCALE, "features": []});
        event["guild_locale"] = json!(LOCALE);
        event["context"] = json!(0);
        event["authorizing_integration_owners"] = json!({"0": guild});
    }
    if let Some(message) = deed.source.and_then(|source| change.message(channel.id, source)) {
        event["message"] = change.message_json(message);
    }
    change.put_interaction(Interaction {
        id,
        token,
        kind: deed.kind,
        user: deed.person,
        channel: channel.id,
        name: deed.name,
        answer: Answer::None,
        source: deed.source,
        original: None,
        modal: deed.modal,
    });
    change.tell_bot("INTERACTION_CREATE", event, 0);
    id
}
