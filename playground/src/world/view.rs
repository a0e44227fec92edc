//! How people, channels and messages look on the wire: Discord's JSON objects, and the few the control side adds to.
//! Field names and nulls follow <https://discord.com/developers/docs/resources>.

use serde_json::{Map, Value, json};

use super::{Attachment, Channel, ChannelKind, Command, Message, World};
use crate::id::Id;

impl World {
    pub fn user_json(&self, id: Id) -> Value {
        let user = self.users.get(&id);
        json!({
            "id": id, "username": user.map_or("deleted_user", |user| &user.name), "discriminator": "0",
            "global_name": user.filter(|user| !user.bot).map(|user| &user.name),
            "avatar": null, "banner": null, "accent_color": null, "bot": user.is_some_and(|user| user.bot),
            "system": false, "public_flags": 0, "flags": 0,
        })
    }

    /// A member without its user, as messages and `resolved` carry it.
    pub fn partial_member_json(&self, user: Id) -> Value {
        let member = self.members.get(&user);
        json!({
            "roles": member.map_or(&[][..], |member| &member.roles),
            "joined_at": member.map(|member| &member.joined_at),
            "nick": member.and_then(|member| member.nick.as_ref()), "avatar": null, "banner": null,
            "premium_since": null, "deaf": false, "mute": false, "flags": 0, "pending": false,
            "communication_disabled_until": member.and_then(|member| member.timeout_until.as_ref()),
        })
    }

    pub fn member_json(&self, user: Id) -> Value {
        let mut member = self.partial_member_json(user);
        member["user"] = self.user_json(user);
        member
    }

    /// A member with its permissions in a channel, as interactions carry it.
    pub fn member_in_json(&self, user: Id, channel: &Channel) -> Value {
        let mut member = self.partial_member_json(user);
        member["permissions"] = json!(self.permissions(user, channel).to_string());
        member
    }

    /// A channel, thread or direct conversation as the bot sees it.
    pub fn channel_json(&self, channel: &Channel) -> Value {
        let mut json = match (&channel.thread, channel.kind) {
            (Some(_), _) => self.thread_json(channel),
            (None, ChannelKind::Dm) => json!({
                "id": channel.id, "type": channel.kind.number(), "last_message_id": channel.last_message,
                "flags": 0, "recipients": channel.recipient.map(|user| vec![self.user_json(user)]).unwrap_or_default(),
            }),
            (None, _) => json!({
                "id": channel.id, "type": channel.kind.number(), "guild_id": self.guild.id, "name": channel.name,
                "topic": channel.topic, "position": channel.position, "parent_id": channel.parent, "nsfw": false,
                "rate_limit_per_user": 0, "last_message_id": channel.last_message, "last_pin_timestamp": null,
                "flags": 0,
                "permission_overwrites": channel.overwrites.iter().map(|it| json!({
                    "id": it.id, "type": it.kind, "allow": it.allow.to_string(), "deny": it.deny.to_string(),
                })).collect::<Vec<_>>(),
            }),
        };
        if channel.kind == ChannelKind::Forum {
            json["available_tags"] = json!([]);
            json["default_reaction_emoji"] = Value::Null;
            json["default_sort_order"] = Value::Null;
            json["default_forum_layout"] = json!(0);
        }
        if channel.kind == ChannelKind::Voice {
            for (field, value) in [
                ("bitrate", json!(64_000)),
                ("user_limit", json!(0)),
                ("rtc_region", Value::Null),
            ] {
                json[field] = value;
            }
        }
        for (field, value) in &channel.details {
            json[field] = value.clone();
        }
        json
    }

    fn thread_json(&self, channel: &Channel) -> Value {
        let Some(thread) = &channel.thread else {
            return Value::Null;
        };
        let mut json = json!({
            "id": channel.id, "type": channel.kind.number(), "guild_id": self.guild.id, "name": channel.name,
            "parent_id": channel.parent, "owner_id": thread.owner, "last_message_id": channel.last_message,
            "message_count": thread.message_count, "total_message_sent": thread.total_sent,
            "member_count": thread.members.len().min(50), "rate_limit_per_user": 0, "flags": 0,
            "thread_metadata": {
                "archived": thread.archived, "locked": thread.locked, "invitable": thread.invitable,
                "auto_archive_duration": thread.auto_archive, "archive_timestamp": thread.archive_changed_at,
                "create_timestamp": thread.created_at,
            },
        });
        if thread.members.contains_key(&self.guild.app) {
            json["member"] = thread_member_json(channel, self.guild.app);
        }
        json
    }

    /// A channel as interactions carry it.
    pub fn partial_channel_json(&self, channel: &Channel, user: Id) -> Value {
        let mut json = self.channel_json(channel);
        json["permissions"] = json!(self.permissions(user, channel).to_string());
        json
    }

    pub fn attachment_json(&self, channel: Id, attachment: &Attachment) -> Value {
        let url = format!(
            "{}/attachments/{channel}/{}/{}",
            self.base, attachment.id, attachment.filename
        );
        let mut json = json!({
            "id": attachment.id, "filename": attachment.filename, "size": attachment.size, "url": url,
            "proxy_url": url, "content_type": attachment.content_type,
        });
        if let Some(description) = &attachment.description {
            json["description"] = json!(description);
        }
        if let (Some(width), Some(height)) = (attachment.width, attachment.height) {
            json["width"] = json!(width);
            json["height"] = json!(height);
        }
        json
    }

    pub fn message_json(&self, message: &Message) -> Value {
        let attachments = message
            .attachments
            .iter()
            .map(|it| self.attachment_json(message.channel, it));
        let mut json = json!({
            "id": message.id, "channel_id": message.channel, "type": message.kind,
            "author": self.user_json(message.author), "content": message.content,
            "timestamp": message.sent_at, "edited_timestamp": message.edited_at, "tts": false,
            "mention_everyone": message.mention_everyone, "mention_roles": message.mention_roles,
            "mentions": message.mentions.iter().map(|user| self.user_json(*user)).collect::<Vec<_>>(),
            "attachments": attachments.collect::<Vec<_>>(),
            "embeds": message.embeds.iter().map(|embed| self.embed_json(message, embed)).collect::<Vec<_>>(),
            "components": message.components, "pinned": message.pinned, "flags": message.flags,
        });
        if let Some(nonce) = &message.nonce {
            json["nonce"] = nonce.clone();
        }
        if let Some(poll) = &message.poll {
            json["poll"] = self.poll_json(poll);
        }
        if !message.reactions.is_empty() {
            let app = self.guild.app;
            json["reactions"] = message
                .reactions
                .iter()
                .map(|it| {
                    json!({
                        "count": it.users.len(), "count_details": {"burst": 0, "normal": it.users.len()},
                        "me": it.users.contains(&app), "me_burst": false, "burst_colors": [],
                        "emoji": {"id": null, "name": it.emoji},
                    })
                })
                .collect();
        }
        self.add_context(message, &mut json);
        json
    }

    /// The thread, the message replied to, and the interaction answered.
    fn add_context(&self, message: &Message, json: &mut Value) {
        if let Some(thread) = self.channels.get(&message.id) {
            json["thread"] = self.thread_json(thread);
        }
        if let Some(reference) = message.reference {
            json["message_reference"] = json!({"type": 0, "channel_id": message.channel, "guild_id": self.guild.id, "message_id": reference});
        }
        if message.author == self.guild.app && message.cause.is_some() {
            json["application_id"] = json!(self.guild.app);
            json["webhook_id"] = json!(self.guild.app);
        }
        if let Some(cause) = &message.cause {
            let user = self.user_json(cause.user);
            let metadata = |kind: u8| {
                let mut it = json!({
                    "id": cause.interaction, "type": kind, "user": user,
                    "authorizing_integration_owners": {"0": self.guild.id},
                });
                if kind == 3 {
                    it["interacted_message_id"] = json!(cause.source);
                }
                it
            };
            json["interaction_metadata"] = metadata(cause.kind);
            if cause.kind == 5 {
                let opened_by = if cause.source.is_some() { 3 } else { 2 };
                json["interaction_metadata"]["triggering_interaction_metadata"] = metadata(opened_by);
            }
            if cause.kind == 2 {
                json["interaction"] =
                    json!({"id": cause.interaction, "type": cause.kind, "name": cause.name, "user": user});
            }
        }
    }

    /// An embed with `attachment://` links resolved to where the file is served.
    fn embed_json(&self, message: &Message, embed: &Value) -> Value {
        let mut embed = embed.clone();
        embed["type"] = json!("rich");
        for (part, key) in [
            ("image", "url"),
            ("thumbnail", "url"),
            ("author", "icon_url"),
            ("footer", "icon_url"),
        ] {
            let named = embed[part][key]
                .as_str()
                .and_then(|url| url.strip_prefix("attachment://"));
            let Some(file) = named.and_then(|name| message.attachments.iter().find(|it| it.filename == name))
            else {
                continue;
            };
            let shown = self.attachment_json(message.channel, file);
            embed[part][key] = shown["url"].clone();
            if key == "url" {
                for size in ["width", "height"] {
                    if !shown[size].is_null() {
                        embed[part][size] = shown[size].clone();
                    }
                }
            }
        }
        embed
    }

    /// A message as the gateway carries it, with its guild and the author's membership.
    pub fn message_event_json(&self, message: &Message) -> Value {
        let mut json = self.message_json(message);
        if self
            .channels
            .get(&message.channel)
            .is_some_and(|channel| channel.kind != ChannelKind::Dm)
        {
            json["guild_id"] = json!(self.guild.id);
            if self.members.contains_key(&message.author) {
                json["member"] = self.partial_member_json(message.author);
            }
        }
        json
    }

    /// A message as the control side shows it: also who alone sees it, who reacted and who voted, by name.
    pub fn shown_message_json(&self, message: &Message) -> Value {
        let mut json = self.message_json(message);
        for (at, reaction) in message.reactions.iter().enumerate() {
            json["reactions"][at]["users"] = self.names(&reaction.users);
        }
        if let Some(poll) = &message.poll {
            for (at, answer) in poll.answers.iter().enumerate() {
                let voters = answer["answer_id"].as_u64().and_then(|id| poll.votes.get(&id));
                json["poll"]["results"]["answer_counts"][at]["voters"] =
                    self.names(voters.map_or(&[][..], Vec::as_slice));
            }
        }
        if let Some(user) = message.ephemeral_to.and_then(|user| self.users.get(&user)) {
            json["ephemeral_to"] = json!(user.name);
        }
        json
    }

    fn names(&self, users: &[Id]) -> Value {
        users
            .iter()
            .filter_map(|id| self.users.get(id))
            .map(|user| user.name.as_str())
            .collect()
    }

    /// A channel as the control side shows it; `visible_to` lists the people who see it.
    pub fn shown_channel_json(&self, channel: &Channel) -> Value {
        let people = self.users.values().filter(|user| !user.bot);
        let mut json = json!({
            "id": channel.id, "name": channel.name, "kind": channel.kind.word(), "type": channel.kind.number(),
            "parent_id": channel.parent, "topic": channel.topic,
            "visible_to": people.filter(|user| self.sees(user.id, channel)).map(|user| &user.name).collect::<Vec<_>>(),
        });
        for field in ["available_tags", "applied_tags"] {
            if let Some(tags) = channel.details.get(field) {
                json[field] = tags.clone();
            }
        }
        if let Some(thread) = &channel.thread {
            json["archived"] = json!(thread.archived);
            json["locked"] = json!(thread.locked);
            let names = thread
                .members
                .keys()
                .filter_map(|id| self.users.get(id))
                .map(|user| &user.name);
            json["members"] = names.map(String::as_str).collect();
        }
        json
    }

    pub fn command_json(&self, command: &Command) -> Value {
        let mut json = Map::new();
        for (field, default) in [
            ("type", json!(1)),
            ("description", json!("")),
            ("name_localizations", Value::Null),
            ("description_localizations", Value::Null),
            ("default_member_permissions", Value::Null),
            ("dm_permission", json!(true)),
            ("contexts", Value::Null),
            ("integration_types", json!([0])),
            ("nsfw", json!(false)),
            ("options", json!([])),
        ] {
            json.insert(field.to_owned(), default);
        }
        if let Value::Object(body) = &command.body {
            json.extend(body.iter().map(|(field, value)| (field.clone(), value.clone())));
        }
        let needed = command.needed_permissions().map(|bits| bits.to_string());
        json.insert("default_member_permissions".to_owned(), json!(needed));
        json.insert("id".to_owned(), json!(command.id));
        json.insert("application_id".to_owned(), json!(self.guild.app));
        json.insert("version".to_owned(), json!(command.id));
        if let Some(guild) = command.guild {
            json.insert("guild_id".to_owned(), json!(guild));
        }
        Value::Object(json)
    }
}

/// A user's membership of a thread.
pub fn thread_member_json(channel: &Channel, user: Id) -> Value {
    let joined = channel
        .thread
        .as_ref()
        .and_then(|thread| thread.members.get(&user));
    json!({"id": channel.id, "user_id": user, "join_timestamp": joined, "flags": 1})
}
