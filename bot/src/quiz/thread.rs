//! A member's private quiz thread, and the messages in it: all that this feature asks of Discord beside answering.
//!
//! Opening a thread can't carry a nonce: the row is committed first, its short code is in the thread's name, and before
//! another try the thread is looked for by that code. A message carries a nonce and is looked for by the attempt and
//! part in its custom ids. So a death, or an answer lost on the way, at any point leaves one thread and one message.

use discord::gate::{Causes, Delivery, classify};
use discord::{Card, Failure, Route as Address, mistake, text};
use serde_json::{Value, json};
use serenity::http::{LightMethod, Request, Route};
use serenity::model::id::{ChannelId, GuildId, MessageId, UserId};
use sha2::{Digest, Sha256};
use tokio::sync::{Mutex, MutexGuard};

use super::store::{self, MessageRow, Part, ThreadRow};
use crate::app::App;
use crate::membership::Cohort;

/// Discord's name for a private thread, in numbers.
const PRIVATE_THREAD: u64 = 12;
/// A day: a quiz is short, and the thread comes back on the next use.
const ARCHIVE_MINUTES: u32 = 1_440;
const UNKNOWN_CHANNEL: isize = 10_003;
const ARCHIVED: isize = 50_083;
const TOO_MANY_THREADS: isize = 160_006;
const NOT_FOUND: u16 = 404;
/// How far back a message is looked for: it was the last thing sent, or nearly.
const LOOK_BACK: usize = 50;

/// Within this process, one visit to a member's thread at a time: two clicks at once must not open two threads.
/// Members share a turn now and then, which costs them a moment.
static TURNS: [Mutex<()>; 64] = [const { Mutex::const_new(()) }; 64];

/// One member's thread in one cohort.
pub struct Desk<'a> {
    pub app: &'a App,
    pub cohort: &'a Cohort,
    pub member_id: u64,
    /// What the member is called, for the thread's name.
    pub name: &'a str,
}

/// A message that the thread should have.
pub struct Letter {
    pub attempt_id: String,
    pub part: Part,
    pub card: Card,
}

/// Why a thread or message could not be had.
#[derive(Debug)]
enum Trouble {
    /// The thread was deleted, or can't be seen any more.
    Gone,
    /// It sleeps: wake it first.
    Archived,
    /// Discord said no.
    Refused { status: u16, code: isize },
    /// No answer. The next look will tell what happened.
    Silence(serenity::Error),
    /// Ours.
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<serenity::Error> for Trouble {
    fn from(error: serenity::Error) -> Self {
        match classify(&error) {
            Delivery::Refused {
                code: UNKNOWN_CHANNEL,
                ..
            } => Self::Gone,
            Delivery::Refused { code: ARCHIVED, .. } => Self::Archived,
            Delivery::Refused { status, code } => {
                tracing::warn!(error = %Causes(&error), "Discord refused a step of a quiz");
                Self::Refused { status, code }
            }
            Delivery::NotSent | Delivery::Unknown => Self::Silence(error),
        }
    }
}

impl Desk<'_> {
    /// Sees that the thread has these messages, and returns it. `here` is the channel the member is in: in their own
    /// thread it need not be looked for. With `check`, messages that were sent before are looked up as well, in case a
    /// moderator deleted one.
    pub async fn deliver(&self, here: u64, letters: &[Letter], check: bool) -> Result<u64, Failure> {
        let _turn = self.turn().await;
        let row = self.row().await?;
        let mut thread = match row.thread_id {
            Some(thread) if thread == here => thread,
            _ => self.open().await.map_err(|trouble| self.in_words(trouble))?,
        };
        for letter in letters {
            let posted = match self.post(thread, letter, check).await {
                Err(Trouble::Gone | Trouble::Archived) => {
                    thread = self.open().await.map_err(|trouble| self.in_words(trouble))?;
                    self.post(thread, letter, check).await
                }
                other => other,
            };
            posted.map_err(|trouble| self.in_words(trouble))?;
        }
        Ok(thread)
    }

    /// Says something that no attempt needs, once for each `about`.
    pub async fn say(&self, card: &Card, about: &str) -> Result<(), Failure> {
        let thread = self.deliver(0, &[], false).await?;
        let mut body = card.payload();
        let name = format!(
            "say/{}/{}/{thread}/{about}",
            self.app.installation, self.member_id
        );
        body.insert("nonce".into(), json!(short_hash(&name)));
        body.insert("enforce_nonce".into(), json!(true));
        let sent = self
            .app
            .http
            .send_message(ChannelId::new(thread), Vec::new(), &body)
            .await;
        sent.map_err(|error| self.in_words(Trouble::from(error)))?;
        Ok(())
    }

    async fn turn(&self) -> MutexGuard<'static, ()> {
        TURNS[(self.member_id % TURNS.len() as u64) as usize].lock().await
    }

    async fn row(&self) -> Result<ThreadRow, sqlx::Error> {
        store::thread(
            &self.app.store,
            &self.cohort.id,
            self.member_id,
            self.cohort.channel_id,
        )
        .await
    }

    /// The thread, awake and with the member in it.
    async fn open(&self) -> Result<u64, Trouble> {
        let row = self.row().await?;
        let thread = match row.thread_id {
            Some(known) => self.wake(known).await?,
            None => None,
        };
        let thread = match thread {
            Some(thread) => thread,
            None => self.create(&row).await?,
        };
        // Harmless where they are in it already; brings back who had left it.
        self.app
            .http
            .add_thread_channel_member(ChannelId::new(thread), UserId::new(self.member_id))
            .await?;
        Ok(thread)
    }

    /// A known thread, unarchived where needed; `None` where it was deleted.
    async fn wake(&self, thread: u64) -> Result<Option<u64>, Trouble> {
        let route = Route::Channel {
            channel_id: ChannelId::new(thread),
        };
        let found: Value = match self.app.http.fire(Request::new(route, LightMethod::Get)).await {
            Ok(found) => found,
            Err(error) => {
                return match Trouble::from(error) {
                    Trouble::Gone
                    | Trouble::Refused {
                        status: NOT_FOUND, ..
                    } => {
                        let channel = self.cohort.channel_id;
                        store::no_thread(&self.app.store, &self.cohort.id, self.member_id, channel).await?;
                        Ok(None)
                    }
                    trouble => Err(trouble),
                };
            }
        };
        if found["thread_metadata"]["archived"] == json!(true) {
            self.unarchive(thread).await?;
        }
        Ok(Some(thread))
    }

    async fn unarchive(&self, thread: u64) -> Result<(), Trouble> {
        self.app
            .http
            .edit_thread(ChannelId::new(thread), &json!({"archived": false}), None)
            .await?;
        Ok(())
    }

    async fn create(&self, row: &ThreadRow) -> Result<u64, Trouble> {
        // An earlier try may have made it: look in the channel that it was made in.
        if row.tried
            && let Some(thread) = self.find(row).await?
        {
            self.keep(row.channel_id, thread).await?;
            return self.wake(thread).await?.ok_or(Trouble::Gone);
        }
        let channel = self.cohort.channel_id;
        store::opening_thread(&self.app.store, &self.cohort.id, self.member_id, channel).await?;
        let body = json!({
            "name": thread_name(self.name, &row.code),
            "type": PRIVATE_THREAD,
            "invitable": false,
            "auto_archive_duration": ARCHIVE_MINUTES,
        });
        let created = self
            .app
            .http
            .create_thread(ChannelId::new(channel), &body, None)
            .await
            .map_err(Trouble::from);
        let thread = match created {
            Ok(thread) => thread.id.get(),
            Err(Trouble::Silence(error)) => {
                let sent_into = ThreadRow {
                    channel_id: channel,
                    ..row.clone()
                };
                self.find(&sent_into).await?.ok_or(Trouble::Silence(error))?
            }
            // In a channel that is gone there is nothing to wake or to make anew.
            Err(Trouble::Gone) => {
                return Err(Trouble::Refused {
                    status: NOT_FOUND,
                    code: UNKNOWN_CHANNEL,
                });
            }
            Err(trouble) => return Err(trouble),
        };
        self.keep(channel, thread).await?;
        Ok(thread)
    }

    async fn keep(&self, channel: u64, thread: u64) -> Result<(), sqlx::Error> {
        store::opened_thread(&self.app.store, &self.cohort.id, self.member_id, channel, thread).await
    }

    /// Our thread with this code, among the active and the archived ones.
    async fn find(&self, row: &ThreadRow) -> Result<Option<u64>, Trouble> {
        let active: Value = self
            .app
            .http
            .fire(Request::new(
                Route::GuildThreadsActive {
                    guild_id: GuildId::new(self.cohort.guild_id),
                },
                LightMethod::Get,
            ))
            .await?;
        let ours = |list: &Value| {
            list["threads"]
                .as_array()
                .into_iter()
                .flatten()
                .find(|thread| is_ours(thread, row, self.app.bot_id))
                .and_then(snowflake)
        };
        if let Some(thread) = ours(&active) {
            return Ok(Some(thread));
        }
        // Those that we joined come without the right to manage threads; its maker has joined a thread.
        let archived: Value = self
            .app
            .http
            .fire(
                Request::new(
                    Route::ChannelJoinedPrivateThreads {
                        channel_id: ChannelId::new(row.channel_id),
                    },
                    LightMethod::Get,
                )
                .params(Some(vec![("limit", "100".to_owned())])),
            )
            .await?;
        Ok(ours(&archived))
    }

    /// Sees that the message stands in the thread.
    async fn post(&self, thread: u64, letter: &Letter, check: bool) -> Result<(), Trouble> {
        let (store, part) = (&self.app.store, letter.part);
        let known = store::message(store, &letter.attempt_id, part).await?;
        let nonce = match known.filter(|row| row.thread_id == thread) {
            Some(MessageRow {
                nonce,
                message_id: Some(message),
                ..
            }) => {
                if !check || self.stands(thread, message).await? {
                    return Ok(());
                }
                self.fresh_nonce(thread, letter, &nonce).await?
            }
            // Sent perhaps, by a process that died or was not answered.
            Some(MessageRow {
                nonce,
                message_id: None,
                ..
            }) => {
                if let Some(message) = self.look(thread, letter).await? {
                    return Ok(store::sent(store, &letter.attempt_id, part, message).await?);
                }
                nonce
            }
            None => self.fresh_nonce(thread, letter, "").await?,
        };
        let message = match self.send(thread, letter, &nonce).await {
            Err(Trouble::Silence(error)) => {
                tracing::warn!(error = %Causes(&error), thread, "looking whether a quiz message arrived");
                match self.look(thread, letter).await? {
                    Some(message) => message,
                    None => self.send(thread, letter, &nonce).await?,
                }
            }
            sent => sent?,
        };
        Ok(store::sent(store, &letter.attempt_id, part, message).await?)
    }

    /// `before` is the nonce of the message that was deleted: Discord still knows it for some minutes.
    async fn fresh_nonce(&self, thread: u64, letter: &Letter, before: &str) -> Result<String, Trouble> {
        let nonce = nonce(&self.app.installation, letter, thread, before);
        store::sending(&self.app.store, &letter.attempt_id, letter.part, thread, &nonce).await?;
        Ok(nonce)
    }

    async fn send(&self, thread: u64, letter: &Letter, nonce: &str) -> Result<u64, Trouble> {
        let mut body = letter.card.payload();
        body.insert("nonce".into(), json!(nonce));
        body.insert("enforce_nonce".into(), json!(true));
        let sent = self
            .app
            .http
            .send_message(ChannelId::new(thread), letter.card.files(), &body)
            .await?;
        Ok(sent.id.get())
    }

    async fn stands(&self, thread: u64, message: u64) -> Result<bool, Trouble> {
        let route = Route::ChannelMessage {
            channel_id: ChannelId::new(thread),
            message_id: MessageId::new(message),
        };
        let found: Result<Value, serenity::Error> =
            self.app.http.fire(Request::new(route, LightMethod::Get)).await;
        match found.map_err(Trouble::from) {
            Err(Trouble::Refused {
                status: NOT_FOUND, ..
            }) => Ok(false),
            // Where we may not read the history: believe that it stands rather than ask twice.
            Ok(_) | Err(Trouble::Refused { .. }) => Ok(true),
            Err(trouble) => Err(trouble),
        }
    }

    /// Our message for this part, where the thread has it.
    async fn look(&self, thread: u64, letter: &Letter) -> Result<Option<u64>, Trouble> {
        let route = Route::ChannelMessages {
            channel_id: ChannelId::new(thread),
        };
        let page: Vec<Value> = self
            .app
            .http
            .fire(Request::new(route, LightMethod::Get).params(Some(vec![("limit", LOOK_BACK.to_string())])))
            .await?;
        let part = letter.part.name();
        Ok(page
            .iter()
            .find(|message| is_marked(message, self.app.bot_id, &letter.attempt_id, &part))
            .and_then(snowflake))
    }

    /// What a member can do about it, or ask a moderator for.
    fn in_words(&self, trouble: Trouble) -> Failure {
        let place = text::channel(self.cohort.channel_id);
        match trouble {
            Trouble::Refused {
                code: TOO_MANY_THREADS,
                ..
            } => mistake(
                "This server has as many open threads as Discord allows, so I can't open one for your quiz. Please ask a \
                 moderator to archive some; then use `/quiz` again.",
            ),
            Trouble::Refused {
                code: UNKNOWN_CHANNEL,
                ..
            } => mistake(
                "Your cohort's channel is gone, so there is no place for your quiz. Please ask a moderator to give the \
                 cohort another channel.",
            ),
            Trouble::Refused { status: 403, .. } => mistake(format!(
                "I may not run quizzes in {place} yet. Please ask a moderator to allow me View Channel, Create Private \
                 Threads, Send Messages in Threads, Embed Links and Read Message History there; then use `/quiz` again. \
                 What you have answered is kept."
            )),
            Trouble::Gone | Trouble::Archived => mistake(
                "Your quiz thread was closed while I was writing in it. Use `/quiz` once more and it opens again; what \
                 you have answered is kept.",
            ),
            Trouble::Silence(error) => {
                tracing::warn!(error = %Causes(&error), "Discord did not answer a step of a quiz");
                mistake(
                    "Discord did not answer me just now. What you have answered is recorded; use `/quiz` in a few seconds \
                     to go on.",
                )
            }
            Trouble::Refused { status, code } => Failure::from(std::io::Error::other(format!(
                "Discord refused a quiz message: {status} {code}"
            ))),
            Trouble::Database(error) => Failure::from(error),
        }
    }
}

/// At most 100 characters, the code last and whole.
fn thread_name(name: &str, code: &str) -> String {
    let clean: String = name.chars().filter(|letter| !letter.is_control()).collect();
    format!("Quiz · {} · {code}", text::cut(clean.trim(), 60))
}

/// The first 24 hex digits of a hash: the same for the same message in the same thread, and for no other.
fn nonce(installation: &str, letter: &Letter, thread: u64, before: &str) -> String {
    let (attempt, part) = (&letter.attempt_id, letter.part.name());
    short_hash(&format!("quiz/{installation}/{attempt}/{part}/{thread}/{before}"))
}

fn short_hash(name: &str) -> String {
    let mut hex = hex::encode(Sha256::digest(name.as_bytes()));
    hex.truncate(24);
    hex
}

fn is_ours(thread: &Value, row: &ThreadRow, me: u64) -> bool {
    let id = |name: &str| thread[name].as_str().and_then(|id| id.parse::<u64>().ok());
    id("parent_id") == Some(row.channel_id)
        && id("owner_id") == Some(me)
        && thread["name"]
            .as_str()
            .is_some_and(|name| name.ends_with(&format!(" · {}", row.code)))
}

/// Whether a message is ours and one of its components belongs to this part of this attempt.
fn is_marked(message: &Value, me: u64, attempt_id: &str, part: &str) -> bool {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    message["author"]["id"].as_str() == Some(&*me.to_string())
        && list(&message["components"])
            .iter()
            .flat_map(|row| list(&row["components"]))
            .filter_map(|component| Address::read(component["custom_id"].as_str()?).ok())
            .any(|address| {
                address.feature == "quiz"
                    && address.args.first().is_some_and(|arg| arg == attempt_id)
                    && address.args.get(1).is_some_and(|arg| arg == part)
            })
}

fn snowflake(value: &Value) -> Option<u64> {
    value["id"].as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_known_by_its_code_its_channel_and_its_maker() {
        let row = ThreadRow {
            code: "k7q2".into(),
            channel_id: 5,
            thread_id: None,
            tried: true,
        };
        let thread = |name: &str, parent: &str, owner: &str| json!({"id": "9", "name": name, "parent_id": parent, "owner_id": owner});
        let name = thread_name("ana", "k7q2");
        assert_eq!(name, "Quiz · ana · k7q2");
        assert!(is_ours(&thread(&name, "5", "1"), &row, 1));
        assert!(
            !is_ours(&thread(&name, "6", "1"), &row, 1),
            "another cohort's channel"
        );
        assert!(
            !is_ours(&thread(&name, "5", "2"), &row, 1),
            "a member's imitation"
        );
        assert!(!is_ours(&thread("Quiz · ana · k7q3", "5", "1"), &row, 1));
    }

    #[test]
    fn a_long_name_leaves_room_for_the_code() {
        let name = thread_name(&"x".repeat(200), "k7q2");
        assert!(name.chars().count() <= 100);
        assert!(name.ends_with(" · k7q2"));
    }

    #[test]
    fn a_message_is_known_by_the_attempt_and_part_in_its_buttons() {
        let message = json!({"id": "9", "author": {"id": "1"}, "components": [
            {"type": 1, "components": [{"type": 2, "custom_id": "quiz:pick@2:abc:0:3"}]}
        ]});
        assert!(is_marked(&message, 1, "abc", "0"));
        assert!(!is_marked(&message, 1, "abc", "1"), "another question");
        assert!(!is_marked(&message, 1, "abd", "0"), "another attempt");
        assert!(!is_marked(&message, 2, "abc", "0"), "another's message");
    }

    #[test]
    fn nonces_fit_and_differ() {
        let letter = |part| Letter {
            attempt_id: "abc".into(),
            part,
            card: Card::default(),
        };
        let one = nonce("i", &letter(Part::Question(0)), 1, "");
        assert_eq!(one.len(), 24);
        assert_eq!(one, nonce("i", &letter(Part::Question(0)), 1, ""));
        assert_ne!(one, nonce("i", &letter(Part::Question(1)), 1, ""));
        assert_ne!(one, nonce("i", &letter(Part::Question(0)), 2, ""));
        assert_ne!(one, nonce("i", &letter(Part::Question(0)), 1, &one));
    }
}
