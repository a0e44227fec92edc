//! Threads: opening, entering, falling asleep and waking up.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Change, Channel, ChannelKind, Id, Message, Thread, World};

/// Discord's own limit on threads that are not archived, per guild.
const MOST_ACTIVE: usize = 1_000;

/// A thread about to be opened.
pub struct NewThread {
    pub parent: Id,
    pub name: String,
    pub kind: ChannelKind,
    pub owner: Id,
    /// The message it starts from, which gives it its id.
    pub from: Option<Id>,
    pub auto_archive: u32,
    pub invitable: bool,
    /// A forum post's tags and the like.
    pub details: Map<String, Value>,
}

impl World {
    /// Whether the guild has as many open threads as Discord allows.
    pub fn is_full_of_threads(&self) -> bool {
        let threads = self
            .channels
            .values()
            .filter_map(|channel| channel.thread.as_ref());
        threads.filter(|thread| !thread.archived).count() >= MOST_ACTIVE
    }
}

impl Change<'_> {
    /// Opens a thread with its owner inside, and returns its id.
    pub fn open_thread(&mut self, new: NewThread) -> Id {
        let id = new.from.unwrap_or_else(|| self.next_id());
        let now = self.now();
        self.add_channel(&Channel {
            id,
            kind: new.kind,
            name: new.name,
            topic: None,
            position: 0,
            parent: Some(new.parent),
            overwrites: Vec::new(),
            recipient: None,
            last_message: None,
            thread: Some(Thread {
                owner: new.owner,
                archived: false,
                locked: false,
                invitable: new.invitable,
                auto_archive: new.auto_archive,
                archive_changed_at: now.clone(),
                created_at: now.clone(),
                members: BTreeMap::from([(new.owner, now)]),
                message_count: 0,
                total_sent: 0,
            }),
            details: new.details,
        });
        if let Some(mut message) = new.from.and_then(|from| self.message(new.parent, from)).cloned() {
            message.flags |= Message::HAS_THREAD;
            self.put_message(&message, None);
        }
        id
    }

    /// Archives a thread or wakes it, with or without a lock.
    pub fn archive(&mut self, id: Id, archived: bool, locked: bool) {
        let now = self.now();
        self.edit_channel(id, |channel| {
            if let Some(thread) = &mut channel.thread {
                if thread.archived != archived {
                    thread.archive_changed_at = now;
                }
                thread.archived = archived;
                thread.locked = locked;
            }
        });
    }

    /// Archives the threads that have been quiet for longer than they allow, by the playground's clock.
    pub fn archive_quiet_threads(&mut self) {
        let now = self.now_ms();
        let quiet: Vec<Id> = self
            .channels
            .values()
            .filter(|channel| self.is_quiet(channel, now))
            .map(|channel| channel.id)
            .collect();
        for id in quiet {
            let locked = self
                .channels
                .get(&id)
                .and_then(|it| it.thread.as_ref())
                .is_some_and(|thread| thread.locked);
            self.archive(id, true, locked);
        }
    }
}

impl World {
    fn is_quiet(&self, channel: &Channel, now: i64) -> bool {
        let Some(thread) = channel.thread.as_ref().filter(|thread| !thread.archived) else {
            return false;
        };
        let last = channel.last_message.and_then(|id| self.message(channel.id, id));
        let stamps = [
            Some(&thread.archive_changed_at),
            last.map(|message| &message.sent_at),
        ];
        let latest = stamps
            .into_iter()
            .flatten()
            .filter_map(|text| chrono::DateTime::parse_from_rfc3339(text).ok());
        let awake_until = latest.map(|at| at.timestamp_millis()).max().unwrap_or(now);
        awake_until + i64::from(thread.auto_archive) * 60_000 < now
    }
}
