//! Who may do what where: Discord's permission bits and its way of adding them up.
//! <https://discord.com/developers/docs/topics/permissions>

use super::{Channel, ChannelKind, Id, World};

pub const ADD_REACTIONS: u64 = 1 << 6;
pub const ADMINISTRATOR: u64 = 1 << 3;
pub const MANAGE_CHANNELS: u64 = 1 << 4;
pub const MANAGE_GUILD: u64 = 1 << 5;
pub const VIEW_CHANNEL: u64 = 1 << 10;
pub const SEND_MESSAGES: u64 = 1 << 11;
pub const MANAGE_MESSAGES: u64 = 1 << 13;
pub const EMBED_LINKS: u64 = 1 << 14;
pub const ATTACH_FILES: u64 = 1 << 15;
pub const READ_MESSAGE_HISTORY: u64 = 1 << 16;
pub const MENTION_EVERYONE: u64 = 1 << 17;
pub const MANAGE_NICKNAMES: u64 = 1 << 27;
pub const MANAGE_ROLES: u64 = 1 << 28;
pub const USE_APPLICATION_COMMANDS: u64 = 1 << 31;
pub const MANAGE_EVENTS: u64 = 1 << 33;
pub const MANAGE_THREADS: u64 = 1 << 34;
pub const CREATE_PUBLIC_THREADS: u64 = 1 << 35;
pub const CREATE_PRIVATE_THREADS: u64 = 1 << 36;
pub const SEND_MESSAGES_IN_THREADS: u64 = 1 << 38;
pub const MODERATE_MEMBERS: u64 = 1 << 40;
pub const CREATE_EVENTS: u64 = 1 << 44;
pub const SEND_POLLS: u64 = 1 << 49;

/// What everyone may do unless a channel says otherwise.
pub const EVERYONE: u64 = VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | ADD_REACTIONS
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS
    | SEND_POLLS;

/// What the invite link of a bot like ours asks for.
pub const BOT: u64 = EVERYONE | CREATE_PRIVATE_THREADS | MANAGE_THREADS | MANAGE_MESSAGES;

/// Bits as a request says them: digits in a string, or a number.
pub fn read(value: &serde_json::Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

const ALL: u64 = (1 << 50) - 1;

impl World {
    /// A member's permissions in the whole guild.
    pub fn guild_permissions(&self, user: Id) -> u64 {
        let Some(member) = self.members.get(&user) else {
            return 0;
        };
        if self.guild.owner == user {
            return ALL;
        }
        let everyone = self.roles.get(&self.guild.id).map_or(0, |role| role.permissions);
        let bits = member
            .roles
            .iter()
            .filter_map(|role| self.roles.get(role))
            .fold(everyone, |bits, role| bits | role.permissions);
        if bits & ADMINISTRATOR != 0 {
            ALL
        } else if member
            .timeout_until
            .as_ref()
            .is_some_and(|until| *until > self.now())
        {
            bits & (VIEW_CHANNEL | READ_MESSAGE_HISTORY)
        } else {
            bits
        }
    }

    /// A user's permissions in a channel; a thread takes its parent's, a direct conversation allows
    /// its two sides all of it.
    pub fn permissions(&self, user: Id, channel: &Channel) -> u64 {
        if channel.kind == ChannelKind::Dm {
            let sides = [channel.recipient, Some(self.guild.app)];
            return if sides.contains(&Some(user)) { EVERYONE } else { 0 };
        }
        let base = self.guild_permissions(user);
        if base == ALL {
            return ALL;
        }
        let home = channel
            .parent
            .filter(|_| channel.thread.is_some())
            .and_then(|parent| self.channels.get(&parent))
            .unwrap_or(channel);
        let bits = self.overwritten(user, home, base);
        if bits & VIEW_CHANNEL == 0 { 0 } else { bits }
    }

    /// `base` after the channel's overwrites: everyone's, then the roles' together, then the member's own.
    fn overwritten(&self, user: Id, home: &Channel, base: u64) -> u64 {
        let roles = self.members.get(&user).map_or(&[][..], |member| &member.roles);
        let mut bits = base;
        if let Some(everyone) = home
            .overwrites
            .iter()
            .find(|overwrite| overwrite.id == self.guild.id)
        {
            bits = (bits & !everyone.deny) | everyone.allow;
        }
        let of_roles = home
            .overwrites
            .iter()
            .filter(|it| it.kind == 0 && roles.contains(&it.id));
        let (allow, deny) = of_roles.fold((0, 0), |(allow, deny), it| (allow | it.allow, deny | it.deny));
        bits = (bits & !deny) | allow;
        if let Some(own) = home.overwrites.iter().find(|it| it.kind == 1 && it.id == user) {
            bits = (bits & !own.deny) | own.allow;
        }
        bits
    }

    /// Whether a user sees a channel. Private threads show to their members and to thread managers.
    pub fn sees(&self, user: Id, channel: &Channel) -> bool {
        let bits = self.permissions(user, channel);
        if bits & VIEW_CHANNEL == 0 {
            return false;
        }
        let inside = channel
            .thread
            .as_ref()
            .is_some_and(|thread| thread.members.contains_key(&user));
        channel.kind != ChannelKind::PrivateThread || inside || bits & MANAGE_THREADS != 0
    }
}
