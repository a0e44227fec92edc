//! How the guild, its roles, the bot and its application look on the wire. Channels, people and messages are in `view`.

use serde_json::{Value, json};

use super::{Channel, ChannelKind, Role, World, permission};
use crate::id::Id;

impl World {
    /// The bot as it sees itself.
    pub fn own_user_json(&self) -> Value {
        let mut user = self.user_json(self.guild.app);
        for (field, value) in [
            ("verified", json!(true)),
            ("mfa_enabled", json!(false)),
            ("email", Value::Null),
            ("locale", json!("en-US")),
        ] {
            user[field] = value;
        }
        user
    }

    /// A member's presence: everybody is here.
    pub fn presence_json(&self, user: Id) -> Value {
        json!({
            "user": {"id": user}, "guild_id": self.guild.id, "status": "online", "activities": [],
            "client_status": {"desktop": "online"},
        })
    }

    pub fn role_json(&self, role: &Role) -> Value {
        let mut json = json!({
            "id": role.id, "name": role.name, "permissions": role.permissions.to_string(),
            "position": role.position, "color": role.color,
            "colors": {"primary_color": role.color, "secondary_color": null, "tertiary_color": null},
            "hoist": role.position > 1, "managed": role.managed, "mentionable": role.mentionable,
            "icon": null, "unicode_emoji": null, "flags": 0,
        });
        if role.managed {
            json["tags"] = json!({"bot_id": self.guild.app});
        }
        json
    }

    /// The guild as REST gives it.
    pub fn guild_json(&self) -> Value {
        let guild = &self.guild;
        json!({
            "id": guild.id, "name": guild.name, "icon": null, "splash": null, "discovery_splash": null,
            "owner_id": guild.owner, "region": "deprecated", "afk_channel_id": null, "afk_timeout": 300,
            "widget_enabled": false, "widget_channel_id": null, "verification_level": 0,
            "default_message_notifications": 1, "explicit_content_filter": 0, "emojis": [], "stickers": [],
            "features": ["COMMUNITY"], "mfa_level": 0, "application_id": null, "system_channel_id": null,
            "system_channel_flags": 0, "rules_channel_id": null, "max_presences": null, "max_members": 500_000,
            "vanity_url_code": null, "description": null, "banner": null, "premium_tier": 0,
            "premium_subscription_count": 0, "preferred_locale": "en-US", "public_updates_channel_id": null,
            "max_video_channel_users": 25, "max_stage_video_channel_users": 50, "nsfw_level": 0, "nsfw": false,
            "premium_progress_bar_enabled": false, "safety_alerts_channel_id": null, "incidents_data": null,
            "approximate_member_count": self.members.len(), "approximate_presence_count": self.members.len(),
            "roles": self.roles.values().map(|role| self.role_json(role)).collect::<Vec<_>>(),
        })
    }

    /// The guild as the gateway's `GUILD_CREATE` gives it.
    /// `everybody` tells of all members and their presence, which takes the presences intent.
    pub fn guild_create_json(&self, everybody: bool) -> Value {
        let app = self.guild.app;
        let seen = |channel: &&Channel| channel.kind != ChannelKind::Dm && self.sees(app, channel);
        let (threads, channels): (Vec<_>, Vec<_>) = self
            .channels
            .values()
            .filter(seen)
            .partition(|channel| channel.thread.is_some());
        let open = threads
            .iter()
            .filter(|it| it.thread.as_ref().is_some_and(|thread| !thread.archived));
        let people: Vec<Id> = if everybody {
            self.members.keys().copied().collect()
        } else {
            vec![app]
        };
        let mut json = self.guild_json();
        for (field, value) in [
            ("joined_at", json!(self.guild.created_at)),
            ("large", json!(false)),
            ("unavailable", json!(false)),
            ("member_count", json!(self.members.len())),
            ("voice_states", json!([])),
            (
                "presences",
                people
                    .iter()
                    .filter(|_| everybody)
                    .map(|id| self.presence_json(*id))
                    .collect(),
            ),
            ("stage_instances", json!([])),
            (
                "guild_scheduled_events",
                self.events.values().map(|event| self.event_json(event)).collect(),
            ),
            ("soundboard_sounds", json!([])),
            ("members", people.iter().map(|id| self.member_json(*id)).collect()),
            (
                "channels",
                channels
                    .iter()
                    .map(|channel| self.channel_json(channel))
                    .collect(),
            ),
            (
                "threads",
                open.map(|channel| self.channel_json(channel)).collect(),
            ),
        ] {
            json[field] = value;
        }
        json
    }

    /// The application as `GET /applications/@me` gives it.
    pub fn application_json(&self) -> Value {
        json!({
            "id": self.guild.app, "name": self.users.get(&self.guild.app).map(|user| &user.name), "icon": null,
            "description": "", "summary": "", "type": null, "bot_public": true, "bot_require_code_grant": false,
            "terms_of_service_url": null, "privacy_policy_url": null, "verify_key": "0".repeat(64), "flags": self.guild.app_flags,
            "owner": self.user_json(self.guild.owner), "team": null, "rpc_origins": [], "redirect_uris": [],
            "interactions_endpoint_url": null, "role_connections_verification_url": null, "tags": [],
            "bot": self.user_json(self.guild.app), "approximate_guild_count": 1,
            "install_params": {
                "scopes": ["bot", "applications.commands"],
                "permissions": self.bot_role().map_or(permission::BOT, |role| role.permissions).to_string(),
            },
            "integration_types_config": {"0": {}},
        })
    }
}
