//! The scheduler's requests to Discord, and what their answers mean to the protocol.
//! [`Channel`] is all that posting needs of Discord; [`Rest`] asks the real thing, through the gate.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use discord::gate::{Causes, Delivery, classify};
use serde_json::{Map, Value, json};
use serenity::http::{Http, LightMethod, Request, Route};
use serenity::model::Permissions;
use serenity::model::channel::{Channel as AnyChannel, ChannelType, GuildChannel};
use serenity::model::id::{ChannelId, GuildId, MessageId, RoleId, UserId};

use super::protocol::{Answer, Refusal};
use super::store::Cohort;

/// What posting asks of Discord. Every method may take as long as it likes; its caller sets the limit.
pub trait Channel: Send + Sync + 'static {
    /// An id below that of any message sent to the channel from now on: where a search for it begins.
    fn floor(&self, channel: u64) -> impl Future<Output = Result<u64, Answer>> + Send;

    /// Sends a message: `Sent`, `Refused`, `NotSent` or `Lost`.
    fn send(&self, channel: u64, body: &Map<String, Value>) -> impl Future<Output = Answer> + Send;

    /// All our messages after `after` that carry the mark, oldest first.
    fn search(
        &self,
        guild: u64,
        channel: u64,
        after: u64,
        mark: &str,
    ) -> impl Future<Output = Result<Vec<u64>, Blind>> + Send;

    /// Opens the thread of a message: `Thread`, `NoThread`, `MessageGone` or `ThreadLost`.
    fn open_thread(&self, channel: u64, message: u64, name: &str) -> impl Future<Output = Answer> + Send;

    /// Deletes a message of ours and its thread, if it has one; whether the message is certainly gone.
    fn delete(&self, channel: u64, message: u64) -> impl Future<Output = bool> + Send;

    /// Tells a cohort's moderators something; whether it certainly reached them.
    fn tell(&self, cohort: &Cohort, words: &str) -> impl Future<Output = bool> + Send;
}

/// Why nothing is known of a channel's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blind {
    /// The search failed this time.
    Failed,
    /// We may not read the channel's history: Discord would show it empty.
    NotPermitted,
}

/// Discord's REST interface.
#[derive(Clone)]
pub struct Rest {
    http: Arc<Http>,
    me: u64,
    /// The last message sent to any channel.
    latest: Arc<AtomicU64>,
}

/// Discord's words in numbers.
const THREAD_EXISTS: isize = 160_004;
const NOT_FOUND: u16 = 404;
const PAGE: usize = 100;
/// The upper bits of an id: milliseconds since Discord's own beginning, 2015-01-01.
const TIME_SHIFT: u32 = 22;
const DISCORD_EPOCH_MS: i64 = 1_420_070_400_000;
/// How far apart the clocks of Discord's own machines may be.
const LEEWAY_MS: i64 = 10_000;
/// How old a message may be that tells the floor of other channels.
const RECENT_MS: i64 = 60_000;
/// A week: members come back to a lesson's discussion; Discord archives it by itself after that.
const ARCHIVE_MINUTES: u32 = 10_080;
/// What a search needs: without the second, Discord answers with an empty list and no error.
const TO_SEARCH: Permissions = Permissions::VIEW_CHANNEL.union(Permissions::READ_MESSAGE_HISTORY);
const TO_TELL: Permissions = Permissions::VIEW_CHANNEL.union(Permissions::SEND_MESSAGES);
/// What moderators call their channel where the server names none in its settings.
const MODERATORS_CHANNELS: [&str; 3] = ["moderators", "mods", "moderator-only"];

impl Rest {
    /// Through this client, whose user is `me`.
    pub fn new(http: Arc<Http>, me: u64) -> Self {
        Self {
            http,
            me,
            latest: Arc::default(),
        }
    }

    /// Discord's ids begin with the time, the same in all channels. So what was sent a moment ago anywhere tells the floor
    /// of every channel, and where many posts are due at once, each needs a request less.
    fn floor_by_time(&self, now_ms: i64) -> Option<u64> {
        let latest = self.latest.load(Ordering::Relaxed);
        let sent_ms = (latest >> TIME_SHIFT) as i64 + DISCORD_EPOCH_MS;
        // An old one is a floor too, but makes for long searches.
        (now_ms - sent_ms < RECENT_MS).then(|| latest.saturating_sub((LEEWAY_MS as u64) << TIME_SHIFT))
    }

    /// Says something where a server's moderators read, if it has such a channel; whether it did.
    pub async fn tell_in_their_channel(&self, guild: u64, words: &str) -> Result<bool, serenity::Error> {
        let Some(channel) = self.moderators_channel(guild).await? else {
            return Ok(false);
        };
        let body = json!({"content": discord::text::cut(words, 2_000), "allowed_mentions": {"parse": []}});
        self.http
            .send_message(ChannelId::new(channel), Vec::new(), &body)
            .await?;
        Ok(true)
    }

    async fn page(&self, channel: u64, after: u64) -> Result<Vec<Value>, serenity::Error> {
        // Read as plain JSON: one message of a kind serenity can't parse must not end the search.
        let params = vec![("limit", PAGE.to_string()), ("after", after.to_string())];
        let route = Route::ChannelMessages {
            channel_id: ChannelId::new(channel),
        };
        self.http
            .fire(Request::new(route, LightMethod::Get).params(Some(params)))
            .await
    }

    /// Our permissions in a channel, from the roles and overwrites as they are now.
    async fn permissions(&self, guild: u64, channel: &GuildChannel) -> Result<Permissions, serenity::Error> {
        let partial = self.http.get_guild(GuildId::new(guild)).await?;
        let member = self
            .http
            .get_member(GuildId::new(guild), UserId::new(self.me))
            .await?;
        Ok(partial.user_permissions_in(channel, &member))
    }

    async fn may_search(&self, guild: u64, channel: u64) -> Result<bool, serenity::Error> {
        let AnyChannel::Guild(channel) = self.http.get_channel(ChannelId::new(channel)).await? else {
            return Ok(false);
        };
        Ok(self.permissions(guild, &channel).await?.contains(TO_SEARCH))
    }

    async fn try_search(
        &self,
        guild: u64,
        channel: u64,
        after: u64,
        mark: &str,
    ) -> Result<Result<Vec<u64>, Blind>, serenity::Error> {
        if !self.may_search(guild, channel).await? {
            return Ok(Err(Blind::NotPermitted));
        }
        let mut search = Search {
            from: after,
            found: Vec::new(),
        };
        loop {
            let page = self.page(channel, search.from).await?;
            match search.look(&page, self.me, mark) {
                Ok(false) => {}
                Ok(true) => break,
                Err(blind) => return Ok(Err(blind)),
            }
        }
        search.found.sort_unstable();
        Ok(Ok(search.found))
    }

    /// The channel where a server's moderators read: the one its settings name for notices, else one called so.
    async fn moderators_channel(&self, guild: u64) -> Result<Option<u64>, serenity::Error> {
        let partial = self.http.get_guild(GuildId::new(guild)).await?;
        if let Some(channel) = partial.public_updates_channel_id {
            return Ok(Some(channel.get()));
        }
        let member = self
            .http
            .get_member(GuildId::new(guild), UserId::new(self.me))
            .await?;
        let channels = self.http.get_channels(GuildId::new(guild)).await?;
        // Not into a channel that everyone reads, whatever it is called.
        let everyone = RoleId::new(guild);
        let private = |channel: &GuildChannel| {
            channel.permission_overwrites.iter().any(|overwrite| {
                overwrite.kind == serenity::model::channel::PermissionOverwriteType::Role(everyone)
                    && overwrite.deny.contains(Permissions::VIEW_CHANNEL)
            })
        };
        let named = |channel: &&GuildChannel| {
            channel.kind == ChannelType::Text
                && MODERATORS_CHANNELS.contains(&channel.name.as_str())
                && partial.user_permissions_in(channel, &member).contains(TO_TELL)
        };
        let mut candidates: Vec<&GuildChannel> = channels.iter().filter(named).collect();
        candidates.sort_by_key(|channel| !private(channel));
        Ok(candidates.first().map(|channel| channel.id.get()))
    }

    async fn try_tell(&self, cohort: &Cohort, words: &str) -> Result<(), serenity::Error> {
        let body = json!({"content": discord::text::cut(words, 2_000), "allowed_mentions": {"parse": []}});
        if let Ok(Some(channel)) = self.moderators_channel(cohort.guild_id).await
            && self
                .http
                .send_message(ChannelId::new(channel), Vec::new(), &body)
                .await
                .is_ok()
        {
            return Ok(());
        }
        let direct = self
            .http
            .create_private_channel(&json!({"recipient_id": cohort.created_by.to_string()}))
            .await?;
        self.http.send_message(direct.id, Vec::new(), &body).await?;
        Ok(())
    }
}

impl Channel for Rest {
    async fn floor(&self, channel: u64) -> Result<u64, Answer> {
        if let Some(floor) = self.floor_by_time(crate::clock::real_ms()) {
            return Ok(floor);
        }
        let route = Route::Channel {
            channel_id: ChannelId::new(channel),
        };
        match self
            .http
            .fire::<Value>(Request::new(route, LightMethod::Get))
            .await
        {
            Ok(found) => Ok(found["last_message_id"]
                .as_str()
                .and_then(|id| id.parse().ok())
                .unwrap_or_default()),
            Err(error) => Err(match classify(&error) {
                Delivery::Refused { status, code } => Answer::Refused(Refusal { status, code }),
                Delivery::NotSent | Delivery::Unknown => Answer::NotPrepared,
            }),
        }
    }

    async fn send(&self, channel: u64, body: &Map<String, Value>) -> Answer {
        match self
            .http
            .send_message(ChannelId::new(channel), Vec::new(), body)
            .await
        {
            Ok(message) => {
                let id = message.id.get();
                self.latest.fetch_max(id, Ordering::Relaxed);
                Answer::Sent(id)
            }
            Err(error) => match classify(&error) {
                Delivery::Refused { status, code } => {
                    tracing::warn!(error = %Causes(&error), channel, "Discord refused a post");
                    Answer::Refused(Refusal { status, code })
                }
                Delivery::NotSent => Answer::NotSent,
                Delivery::Unknown => Answer::Lost,
            },
        }
    }

    async fn search(&self, guild: u64, channel: u64, after: u64, mark: &str) -> Result<Vec<u64>, Blind> {
        match self.try_search(guild, channel, after, mark).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(error = %Causes(&error), channel, "a channel could not be searched for a post");
                Err(Blind::Failed)
            }
        }
    }

    async fn open_thread(&self, channel: u64, message: u64, name: &str) -> Answer {
        let body = json!({"name": discord::text::cut(name, 100), "auto_archive_duration": ARCHIVE_MINUTES});
        let (channel, id) = (ChannelId::new(channel), MessageId::new(message));
        match self
            .http
            .create_thread_from_message(channel, id, &body, None)
            .await
        {
            Ok(thread) => Answer::Thread(thread.id.get()),
            Err(error) => match classify(&error) {
                // The thread's id is its message's.
                Delivery::Refused {
                    code: THREAD_EXISTS, ..
                } => Answer::Thread(message),
                Delivery::Refused {
                    status: NOT_FOUND, ..
                } => Answer::MessageGone,
                Delivery::Refused { .. } => {
                    tracing::warn!(error = %Causes(&error), %channel, "a post stands without a thread");
                    Answer::NoThread
                }
                Delivery::NotSent | Delivery::Unknown => Answer::ThreadLost,
            },
        }
    }

    async fn delete(&self, channel: u64, message: u64) -> bool {
        // The thread first: with its message gone it would stand alone. Mostly there is none, and a thread that
        // can't be deleted is no reason to keep a second lesson.
        if let Err(error) = self.http.delete_channel(ChannelId::new(message), None).await {
            tracing::debug!(error = %Causes(&error), message, "a twin's thread was not deleted");
        }
        match self
            .http
            .delete_message(ChannelId::new(channel), MessageId::new(message), None)
            .await
        {
            Ok(()) => true,
            Err(error) => matches!(
                classify(&error),
                Delivery::Refused {
                    status: NOT_FOUND,
                    ..
                }
            ),
        }
    }

    async fn tell(&self, cohort: &Cohort, words: &str) -> bool {
        match self.try_tell(cohort, words).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(error = %Causes(&error), cohort = cohort.id, "the moderators could not be told");
                false
            }
        }
    }
}

/// A search through a channel, a page at a time. A page holds the oldest messages after an id, in any order.
struct Search {
    /// The last message looked at.
    from: u64,
    /// Our marked messages so far.
    found: Vec<u64>,
}

impl Search {
    /// Looks at a page; whether that was the last one. An error where a message can't be read: then nothing is known.
    fn look(&mut self, page: &[Value], me: u64, mark: &str) -> Result<bool, Blind> {
        let ids: Vec<u64> = page.iter().filter_map(snowflake).collect();
        if ids.len() < page.len() {
            return Err(Blind::Failed);
        }
        self.found.extend(
            page.iter()
                .filter(|message| is_marked(message, me, mark))
                .filter_map(snowflake),
        );
        let last = ids.into_iter().max().unwrap_or_default();
        // Every page moves on, so the search ends with the channel's last message.
        let ended = page.len() < PAGE || last <= self.from;
        self.from = self.from.max(last);
        Ok(ended)
    }
}

fn snowflake(message: &Value) -> Option<u64> {
    message["id"].as_str()?.parse().ok()
}

/// Whether a message is ours and has a component with this custom id.
fn is_marked(message: &Value, me: u64, mark: &str) -> bool {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    message["author"]["id"].as_str() == Some(&*me.to_string())
        && list(&message["components"])
            .iter()
            .flat_map(|row| list(&row["components"]))
            .any(|component| component["custom_id"].as_str() == Some(mark))
}

/// What Discord's no means, and what a moderator can do about it.
pub fn in_words(refusal: Refusal, channel: u64) -> String {
    let place = format!("<#{channel}>");
    match refusal {
        Refusal { status: 401, .. } => {
            "Discord no longer accepts my token. The operator has to give me a new one.".to_owned()
        }
        Refusal { code: 10_003, .. }
        | Refusal {
            status: NOT_FOUND, ..
        } => "The channel is gone. Give the cohort another one, then use `/moderate post`.".to_owned(),
        Refusal { code: 50_001, .. } => {
            format!("I can't see {place}. Allow me View Channel there, then use `/moderate post`.")
        }
        Refusal { status: 403, .. } => format!(
            "I may not post in {place}. Allow me View Channel, Send Messages, Embed Links and Create Public Threads \
             there, then use `/moderate post`."
        ),
        _ => "Discord refused the message itself. The operator finds the reason in my log.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_message_with_the_mark_is_ours() {
        let message = |author: &str, id: &str| {
            json!({"id": "9", "author": {"id": author}, "components": [
                {"type": 1, "components": [{"type": 2, "custom_id": "lesson:start:M1:other"}]},
                {"type": 1, "components": [{"type": 2, "url": "x"}, {"type": 2, "custom_id": id}]}
            ]})
        };
        assert!(is_marked(
            &message("5", "lesson:start:M1:p"),
            5,
            "lesson:start:M1:p"
        ));
        assert!(!is_marked(
            &message("6", "lesson:start:M1:p"),
            5,
            "lesson:start:M1:p"
        ));
        assert!(!is_marked(
            &message("5", "lesson:start:M1:q"),
            5,
            "lesson:start:M1:p"
        ));
        assert!(!is_marked(
            &json!({"id": "9", "author": {"id": "5"}}),
            5,
            "lesson:start:M1:p"
        ));
    }

    #[test]
    fn a_search_goes_through_to_the_end_of_a_busy_channel() {
        let message = |id: u64| {
            let mark = if id == 140 || id == 351 { "mark" } else { "other" };
            json!({"id": id.to_string(), "author": {"id": "5"}, "components": [
                {"type": 1, "components": [{"type": 2, "custom_id": mark}]}]})
        };
        for (after, expected) in [(51, vec![140, 351]), (151, vec![351]), (351, vec![])] {
            let mut search = Search {
                from: after,
                found: Vec::new(),
            };
            loop {
                // Newest first, as Discord answers.
                let mut page: Vec<Value> = (search.from + 1..=351).take(PAGE).map(message).collect();
                page.reverse();
                if search.look(&page, 5, "mark").unwrap() {
                    break;
                }
            }
            assert_eq!(search.found, expected, "after {after}");
        }
    }

    #[test]
    fn a_page_that_cannot_be_read_says_nothing() {
        let mut search = Search {
            from: 1,
            found: Vec::new(),
        };
        assert_eq!(
            search.look(&[json!({"message": "odd"})], 5, "mark"),
            Err(Blind::Failed)
        );
    }

    #[test]
    fn a_no_says_what_a_moderator_can_do() {
        for (status, code, hint) in [
            (401, 0, "token"),
            (403, 50_013, "Send Messages"),
            (403, 50_001, "View Channel"),
            (404, 10_003, "another one"),
            (400, 50_035, "log"),
        ] {
            let words = in_words(Refusal { status, code }, 7);
            assert!(words.contains(hint), "{status} {code}: {words}");
        }
    }
}
