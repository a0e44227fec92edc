//! The little world of the measuring device, as Discord's JSON: one guild, one channel, one bot, members without number.
//! Shapes as in <https://discord.com/developers/docs/resources>.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

/// The guild in which everything happens.
pub const GUILD: u64 = 1_300_000_000_000_000_001;
/// Its one channel.
pub const CHANNEL: u64 = 1_300_000_000_000_000_002;
/// The application that every bot is; its user has the same id.
pub const APPLICATION: u64 = 1_300_000_000_000_000_003;
/// An id as Discord would make it now: milliseconds since 2015 above 22 bits of its own.
pub fn id_of_now() -> u64 {
    const DISCORD_EPOCH_MS: u64 = 1_420_070_400_000;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (now.as_millis() as u64).saturating_sub(DISCORD_EPOCH_MS) << 22
}

const JOINED: &str = "2026-01-01T00:00:00+00:00";
/// Everything but managing the server.
const PERMISSIONS: &str = "2248473465835073";

fn user(id: u64, name: &str, bot: bool) -> Value {
    json!({
        "id": id.to_string(), "username": name, "discriminator": "0", "global_name": null, "avatar": null, "bot": bot,
        "system": false, "public_flags": 0, "flags": 0, "banner": null, "accent_color": null,
    })
}

pub fn bot_user() -> Value {
    user(APPLICATION, "bench", true)
}

fn member(id: u64) -> Value {
    json!({
        "user": user(id, &format!("member-{id}"), false), "roles": [], "joined_at": JOINED, "nick": null, "avatar": null,
        "premium_since": null, "deaf": false, "mute": false, "flags": 0, "pending": false,
        "communication_disabled_until": null, "permissions": PERMISSIONS,
    })
}

pub fn channel(id: u64) -> Value {
    json!({
        "id": id.to_string(), "type": 0, "guild_id": GUILD.to_string(), "name": "bench", "topic": null, "position": 0,
        "parent_id": null, "nsfw": false, "rate_limit_per_user": 0, "last_message_id": null, "flags": 0,
        "permission_overwrites": [], "permissions": PERMISSIONS,
    })
}

/// The thread of a message.
pub fn thread(parent: &str, message: &str) -> Value {
    json!({
        "id": message, "type": 11, "guild_id": GUILD.to_string(), "name": "thread", "parent_id": parent,
        "owner_id": APPLICATION.to_string(), "last_message_id": null, "message_count": 0, "total_message_sent": 0,
        "member_count": 1, "rate_limit_per_user": 0, "flags": 0,
        "thread_metadata": {
            "archived": false, "locked": false, "auto_archive_duration": 10_080, "archive_timestamp": JOINED,
            "create_timestamp": JOINED,
        },
    })
}

pub fn guild() -> Value {
    let mut bot = member(APPLICATION);
    bot["user"] = bot_user();
    let everyone = json!({
        "id": GUILD.to_string(), "name": "@everyone", "permissions": PERMISSIONS, "position": 0, "color": 0,
        "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null },
        "hoist": false, "managed": false, "mentionable": false, "flags": 0,
    });
    let mut guild = json!({
        "id": GUILD.to_string(), "name": "Bench", "owner_id": "1", "region": "deprecated", "afk_timeout": 300,
        "verification_level": 0, "default_message_notifications": 1, "explicit_content_filter": 0, "mfa_level": 0,
        "system_channel_flags": 0, "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US",
        "nsfw_level": 0, "premium_progress_bar_enabled": false, "roles": [everyone], "joined_at": JOINED, "large": false,
        "unavailable": false, "member_count": 2, "members": [bot], "channels": [channel(CHANNEL)],
    });
    for none in [
        "icon",
        "splash",
        "discovery_splash",
        "afk_channel_id",
        "application_id",
        "system_channel_id",
    ]
    .into_iter()
    .chain([
        "rules_channel_id",
        "vanity_url_code",
        "description",
        "banner",
        "public_updates_channel_id",
    ]) {
        guild[none] = Value::Null;
    }
    for empty in [
        "emojis",
        "stickers",
        "features",
        "voice_states",
        "presences",
        "stage_instances",
        "threads",
    ]
    .into_iter()
    .chain(["guild_scheduled_events", "soundboard_sounds"])
    {
        guild[empty] = json!([]);
    }
    guild
}

pub fn application() -> Value {
    json!({
        "id": APPLICATION.to_string(), "name": "bench", "icon": null, "description": "", "summary": "", "type": null,
        "bot_public": true, "bot_require_code_grant": false, "verify_key": "0".repeat(64), "flags": 0,
        "owner": user(1, "owner", false), "team": null, "rpc_origins": [], "redirect_uris": [], "tags": [],
        "bot": bot_user(),
    })
}

pub fn ready(address: &str) -> Value {
    json!({
        "v": 10, "user": bot_user(), "guilds": [{ "id": GUILD.to_string(), "unavailable": true }], "session_id": "bench",
        "session_type": "normal", "resume_gateway_url": format!("ws://{address}/gateway"), "shard": [0, 1],
        "application": { "id": APPLICATION.to_string(), "flags": 0 }, "private_channels": [], "relationships": [],
        "user_settings": {}, "_trace": [],
    })
}

/// A command as Discord gives it back.
pub fn registered(id: u64, command: Value) -> Value {
    let mut registered = json!({
        "type": 1, "description": "", "default_member_permissions": null, "dm_permission": true, "nsfw": false,
        "options": [], "contexts": null, "integration_types": [0],
    });
    if let (Value::Object(into), Value::Object(from)) = (&mut registered, command) {
        into.extend(from);
    }
    registered["id"] = json!(id.to_string());
    registered["version"] = json!(id.to_string());
    registered["application_id"] = json!(APPLICATION.to_string());
    // Numbers are what the description of the API has and bots send; libraries read text.
    if let Some(bits) = registered["default_member_permissions"].as_u64() {
        registered["default_member_permissions"] = json!(bits.to_string());
    }
    registered
}

pub fn message(id: &str) -> Value {
    json!({
        "id": id, "channel_id": CHANNEL.to_string(), "type": 0, "author": bot_user(), "content": "", "timestamp": JOINED,
        "edited_timestamp": null, "tts": false, "mention_everyone": false, "mention_roles": [], "mentions": [],
        "attachments": [], "embeds": [], "components": [], "pinned": false, "flags": 0,
    })
}

/// An interaction as the gateway carries it.
pub fn interaction(id: u64, member_id: u64, kind: u8, data: &Value) -> Value {
    json!({
        "id": id.to_string(), "application_id": APPLICATION.to_string(), "type": kind, "data": data,
        "token": format!("{id}.token"), "version": 1, "guild_id": GUILD.to_string(),
        "guild": { "id": GUILD.to_string(), "locale": "en-US", "features": [] }, "guild_locale": "en-US",
        "channel_id": CHANNEL.to_string(), "channel": channel(CHANNEL), "member": member(member_id),
        "app_permissions": PERMISSIONS, "locale": "en-US", "entitlements": [], "entitlement_sku_ids": [],
        "attachment_size_limit": 10_485_760, "context": 0,
        "authorizing_integration_owners": { "0": GUILD.to_string() },
    })
}
