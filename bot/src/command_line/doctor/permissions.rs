//! What the bot asks of a server, and what each permission is for: nothing that is not used.

use serenity::model::Permissions;

/// A permission, its name in Discord's settings, and what the bot does with it.
pub struct Needed {
    /// Its bit.
    pub bit: Permissions,
    /// As Discord's settings call it.
    pub name: &'static str,
    /// What fails without it.
    pub reason: &'static str,
}

const fn needed(bit: Permissions, name: &'static str, reason: &'static str) -> Needed {
    Needed { bit, name, reason }
}

/// Every permission the bot needs in a cohort's channel.
pub const NEEDED: [Needed; 9] = [
    needed(Permissions::VIEW_CHANNEL, "View Channel", "to see the channel"),
    needed(Permissions::SEND_MESSAGES, "Send Messages", "to post lessons"),
    needed(
        Permissions::CREATE_PUBLIC_THREADS,
        "Create Public Threads",
        "for each lesson's discussion",
    ),
    needed(
        Permissions::CREATE_PRIVATE_THREADS,
        "Create Private Threads",
        "for members' quizzes",
    ),
    needed(
        Permissions::SEND_MESSAGES_IN_THREADS,
        "Send Messages in Threads",
        "to ask a quiz's questions",
    ),
    needed(
        Permissions::MANAGE_THREADS,
        "Manage Threads",
        "to bring an archived quiz thread back",
    ),
    needed(
        Permissions::EMBED_LINKS,
        "Embed Links",
        "to show lessons as cards",
    ),
    needed(
        Permissions::ATTACH_FILES,
        "Attach Files",
        "to show pictures of streams",
    ),
    needed(
        Permissions::READ_MESSAGE_HISTORY,
        "Read Message History",
        "to find a post whose answer was lost, so that none is posted twice",
    ),
];

/// The link that adds the bot to a server with these permissions, and its commands.
pub fn invite(application: &str) -> String {
    let bits = NEEDED
        .iter()
        .fold(Permissions::empty(), |all, needed| all | needed.bit)
        .bits();
    format!(
        "https://discord.com/oauth2/authorize?client_id={application}&scope=bot+applications.commands&permissions={bits}"
    )
}

/// The needed permissions that are not among these, each with what it is for.
pub fn missing(has: Permissions) -> Vec<String> {
    NEEDED
        .iter()
        .filter(|needed| !has.contains(needed.bit))
        .map(|needed| format!("{} ({})", needed.name, needed.reason))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_asks_for_what_is_used_and_nothing_more() {
        // 10, 11, 14, 15, 16, 34, 35, 36, 38: Discord's own numbers of the nine.
        let bits: u64 = [10, 11, 14, 15, 16, 34, 35, 36, 38]
            .iter()
            .map(|n| 1_u64 << n)
            .sum();
        assert!(
            invite("7").ends_with(&format!("permissions={bits}")),
            "{}",
            invite("7")
        );
    }

    #[test]
    fn each_missing_permission_is_named_with_its_reason() {
        let all = NEEDED
            .iter()
            .fold(Permissions::empty(), |all, needed| all | needed.bit);
        assert_eq!(missing(all), Vec::<String>::new());
        assert_eq!(
            missing(all - Permissions::EMBED_LINKS),
            ["Embed Links (to show lessons as cards)"]
        );
    }
}
