//! What the bot may do in a cohort's channel, and what to say where something is missing.

use discord::gate::{Causes, Delivery, classify};
use discord::text;
use serenity::model::Permissions;
use serenity::model::channel::{Channel, GuildChannel};
use serenity::model::id::{ChannelId, GuildId, RoleId, UserId};

use crate::app::App;

/// What a cohort's channel needs, as Discord's settings call it.
const NEEDED: [(Permissions, &str); 7] = [
    (Permissions::VIEW_CHANNEL, "View Channel"),
    (Permissions::SEND_MESSAGES, "Send Messages"),
    (Permissions::EMBED_LINKS, "Embed Links"),
    (Permissions::READ_MESSAGE_HISTORY, "Read Message History"),
    (Permissions::CREATE_PUBLIC_THREADS, "Create Public Threads"),
    (Permissions::CREATE_PRIVATE_THREADS, "Create Private Threads"),
    (Permissions::SEND_MESSAGES_IN_THREADS, "Send Messages in Threads"),
];

/// What was found out about a channel.
#[derive(Debug)]
pub enum Look {
    /// It is there, and this is what the bot may do in it.
    Seen {
        /// The channel.
        channel: Box<GuildChannel>,
        /// The bot's permissions, after the channel's overwrites.
        permissions: Permissions,
    },
    /// Discord shows the bot no such channel.
    Hidden,
    /// Discord did not answer well enough to tell.
    Unknown,
}

/// Looks at a channel with the roles and overwrites as they are now.
pub async fn look(app: &App, guild_id: u64, channel_id: u64) -> Look {
    match try_look(app, guild_id, channel_id).await {
        Ok(look) => look,
        Err(error) => {
            if matches!(
                classify(&error),
                Delivery::Refused {
                    status: 403 | 404,
                    ..
                }
            ) {
                return Look::Hidden;
            }
            tracing::warn!(error = %Causes(&error), channel_id, "a channel's permissions could not be read");
            Look::Unknown
        }
    }
}

async fn try_look(app: &App, guild_id: u64, channel_id: u64) -> Result<Look, serenity::Error> {
    let Channel::Guild(channel) = app.http.get_channel(ChannelId::new(channel_id)).await? else {
        return Ok(Look::Hidden);
    };
    let guild = app.http.get_guild(GuildId::new(guild_id)).await?;
    let me = app
        .http
        .get_member(GuildId::new(guild_id), UserId::new(app.bot_id))
        .await?;
    let permissions = guild.user_permissions_in(&channel, &me);
    Ok(Look::Seen {
        channel: Box::new(channel),
        permissions,
    })
}

impl Look {
    /// Whether a message can be sent there.
    pub fn may_send(&self) -> bool {
        match self {
            Self::Seen { permissions, .. } => {
                permissions.contains(Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES)
            }
            Self::Hidden => false,
            // Trying tells.
            Self::Unknown => true,
        }
    }

    /// What a moderator should put right, each a sentence.
    pub fn warnings(&self, channel_id: u64) -> Vec<String> {
        let place = text::channel(channel_id);
        match self {
            Self::Seen { permissions, .. } => missing_in_words(*permissions, &place).into_iter().collect(),
            Self::Hidden => vec![format!(
                "I can't see {place}. Allow me **View Channel** there, or no lesson can be posted."
            )],
            Self::Unknown => vec![format!(
                "I could not check what I may do in {place}: Discord did not answer. `/moderate post` shows whether posts \
                 arrive."
            )],
        }
    }

    /// Whether a role can be pinged there: Discord sends no notice of a role that nobody may mention.
    pub fn ping_warning(&self, role: RoleId, mentionable: bool) -> Option<String> {
        match self {
            Self::Seen { permissions, .. }
                if !mentionable && !permissions.contains(Permissions::MENTION_EVERYONE) =>
            {
                Some(format!(
                    "A post would show <@&{role}> without a ping. Let anyone mention that role, or allow me **Mention \
                     Everyone**."
                ))
            }
            _ => None,
        }
    }
}

fn missing_in_words(permissions: Permissions, place: &str) -> Option<String> {
    // Without the first one the others say nothing.
    if !permissions.contains(Permissions::VIEW_CHANNEL) {
        return Some(format!(
            "I can't see {place}. Allow me **View Channel** there, or no lesson can be posted."
        ));
    }
    let missing: Vec<String> = NEEDED
        .iter()
        .filter(|(permission, _)| !permissions.contains(*permission))
        .map(|(_, name)| format!("**{name}**"))
        .collect();
    if missing.is_empty() {
        return None;
    }
    Some(format!(
        "In {place} I am missing {}. Please allow me that.",
        text::listed(&missing)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_as_discord_names_it() {
        let all = NEEDED
            .iter()
            .fold(Permissions::empty(), |all, (permission, _)| all | *permission);
        assert_eq!(missing_in_words(all, "<#7>"), None);
        assert_eq!(missing_in_words(Permissions::all(), "<#7>"), None);
        let words = missing_in_words(
            all - Permissions::SEND_MESSAGES - Permissions::CREATE_PRIVATE_THREADS,
            "<#7>",
        )
        .unwrap();
        assert!(
            words.contains("**Send Messages** and **Create Private Threads**"),
            "{words}"
        );
        let blind = missing_in_words(Permissions::empty(), "<#7>").unwrap();
        assert!(
            blind.contains("View Channel") && !blind.contains("Embed"),
            "{blind}"
        );
    }

    #[test]
    fn a_ping_that_would_not_ring_is_said() {
        let channel = serde_json::from_value(serde_json::json!({
            "id": "7", "guild_id": "1", "type": 0, "name": "lessons", "position": 0, "permission_overwrites": []
        }))
        .unwrap();
        let look = Look::Seen {
            channel: Box::new(channel),
            permissions: Permissions::SEND_MESSAGES,
        };
        let role = RoleId::new(5);
        assert!(look.ping_warning(role, false).unwrap().contains("<@&5>"));
        assert_eq!(look.ping_warning(role, true), None);
        assert!(Look::Unknown.may_send() && !Look::Hidden.may_send() && !look.may_send());
    }
}
