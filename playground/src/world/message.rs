//! Writing messages: from the JSON a bot sends to a stored message, and what changes when it is
//! edited. Whether the JSON is within Discord's limits is checked before, in `limits`.

use serde_json::{Value, json};

use super::{Attachment, Cause, Change, ChannelKind, Id, Message, World, permission::VIEW_CHANNEL};
use crate::upload::Upload;

/// Where a message goes and on whose behalf.
#[derive(Debug, Clone)]
pub struct Draft {
    pub channel: Id,
    pub author: Id,
    pub kind: u8,
    pub cause: Option<Cause>,
    pub ephemeral_to: Option<Id>,
    pub reference: Option<Id>,
}

impl Change<'_> {
    /// A new message from a body such as `POST /channels/{id}/messages` takes. It is not yet in the world.
    pub fn write_message(&mut self, draft: Draft, body: &Value, files: &[Upload]) -> Message {
        let mut message = Message {
            id: self.next_id(),
            channel: draft.channel,
            author: draft.author,
            kind: draft.kind,
            content: String::new(),
            embeds: Vec::new(),
            components: Vec::new(),
            attachments: Vec::new(),
            flags: body["flags"].as_u64().unwrap_or(0) & Message::SETTABLE & !Message::EPHEMERAL,
            sent_at: self.now(),
            edited_at: None,
            nonce: Some(&body["nonce"]).filter(|nonce| !nonce.is_null()).cloned(),
            mentions: Vec::new(),
            mention_roles: Vec::new(),
            mention_everyone: false,
            reference: draft.reference,
            cause: draft.cause,
            ephemeral_to: draft.ephemeral_to,
            reactions: Vec::new(),
            pinned: false,
            poll: self.new_poll(&body["poll"]),
        };
        if draft.ephemeral_to.is_some() {
            message.flags |= Message::EPHEMERAL;
        }
        self.fill_message(&mut message, body, files);
        message
    }

    /// Puts a new message where it belongs: an archived thread wakes, its author joins it, and into a
    /// private thread come those it mentions.
    pub fn deliver(&mut self, message: &Message, via: Option<Id>) {
        let (channel, author, mentions) = (message.channel, message.author, message.mentions.clone());
        let home = self.channels.get(&channel).cloned();
        let thread = home.as_ref().and_then(|home| home.thread.as_ref());
        let Some((home, thread)) = home
            .as_ref()
            .zip(thread)
            .filter(|_| message.ephemeral_to.is_none())
        else {
            self.put_message(message, via);
            return;
        };
        if thread.archived {
            self.archive(channel, false, thread.locked);
        }
        self.set_thread_member(channel, author, true);
        if home.kind == ChannelKind::PrivateThread {
            let may_enter = |user: &Id| self.permissions(*user, home) & VIEW_CHANNEL != 0;
            let entering: Vec<Id> = mentions.into_iter().filter(may_enter).collect();
            for user in entering {
                self.set_thread_member(channel, user, true);
            }
        }
        self.put_message(message, via);
    }

    /// Replaces the parts of a message that `body` names, as an edit does.
    pub fn fill_message(&mut self, message: &mut Message, body: &Value, files: &[Upload]) {
        if let Some(content) = body.get("content") {
            content
                .as_str()
                .unwrap_or_default()
                .trim()
                .clone_into(&mut message.content);
        }
        if let Some(embeds) = body.get("embeds") {
            message.embeds = embeds.as_array().cloned().unwrap_or_default();
        }
        if let Some(components) = body.get("components") {
            message.components = numbered(components);
        }
        self.attach(message, body, files);
        self.find_mentions(message, &body["allowed_mentions"]);
    }

    /// Keeps the attachments that an edit lists (all of them where it lists none) and adds the new files.
    fn attach(&mut self, message: &mut Message, body: &Value, files: &[Upload]) {
        let listed = body["attachments"].as_array();
        if let Some(listed) = listed {
            message
                .attachments
                .retain(|old| listed.iter().any(|it| Id::read(&it["id"]) == Some(old.id)));
        }
        for file in files {
            let told = listed.and_then(|listed| {
                listed
                    .iter()
                    .find(|it| Id::read(&it["id"]).is_some_and(|id| file.field == format!("files[{id}]")))
            });
            let id = self.next_id();
            message.attachments.push(file.attachment(id, told));
            self.keep_file(id, file.bytes.clone());
        }
    }

    /// Reads who is mentioned, as far as `allowed` lets them be.
    fn find_mentions(&self, message: &mut Message, allowed: &Value) {
        let permits = |kind: &str, id: Option<Id>| {
            let Some(rule) = allowed.as_object() else {
                return true;
            };
            let listed = |field: &str| {
                rule.get(field)
                    .and_then(Value::as_array)
                    .is_some_and(|ids| ids.iter().any(|it| Id::read(it) == id && id.is_some()))
            };
            rule.get("parse")
                .and_then(Value::as_array)
                .is_some_and(|all| all.iter().any(|it| it == kind))
                || listed(kind)
        };
        message.mentions = mentioned(&message.content, &["@", "@!"]);
        message
            .mentions
            .retain(|id| self.users.contains_key(id) && permits("users", Some(*id)));
        message.mention_roles = mentioned(&message.content, &["@&"]);
        message
            .mention_roles
            .retain(|id| self.roles.contains_key(id) && permits("roles", Some(*id)));
        let everyone = message.content.contains("@everyone") || message.content.contains("@here");
        message.mention_everyone = everyone && permits("everyone", None);
        let replied = allowed["replied_user"] == true || allowed.is_null();
        let author = message
            .reference
            .and_then(|id| self.message(message.channel, id))
            .map(|it| it.author);
        if let Some(author) = author.filter(|_| replied && message.kind == 19) {
            message.mentions.push(author);
        }
        message.mentions.sort_unstable();
        message.mentions.dedup();
    }
}

impl World {
    /// A message the author sent to this channel with this nonce within the last minutes.
    pub fn sent_with_nonce(&self, channel: Id, author: Id, nonce: &Value) -> Option<&Message> {
        const WINDOW_MS: i64 = 3 * 60 * 1000;
        let oldest = Id::at_ms(crate::id::real_ms() - WINDOW_MS);
        let recent = self
            .messages
            .get(&channel)?
            .range(oldest..)
            .rev()
            .map(|(_, message)| message);
        recent
            .into_iter()
            .find(|it| it.author == author && it.nonce.as_ref().is_some_and(|own| same_nonce(own, nonce)))
    }
}

fn same_nonce(a: &Value, b: &Value) -> bool {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text(a) == text(b)
}

/// The ids mentioned in a text as `<@1>`, `<@!1>` or `<@&1>`, by the given marks.
fn mentioned(text: &str, marks: &[&str]) -> Vec<Id> {
    let inner = text
        .split('<')
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('>')?.0));
    inner
        .filter_map(|inner| {
            marks
                .iter()
                .find_map(|mark| inner.strip_prefix(mark)?.parse().ok())
        })
        .collect()
}

/// Components with the numeric ids Discord gives to those that have none.
pub fn numbered(components: &Value) -> Vec<Value> {
    fn number(component: &mut Value, next: &mut u32) {
        if component.is_object() && component.get("id").is_none() {
            component["id"] = json!(*next);
        }
        *next += 1;
        for inner in component["components"].as_array_mut().into_iter().flatten() {
            number(inner, next);
        }
    }
    let mut rows = components.as_array().cloned().unwrap_or_default();
    let mut next = 1;
    for row in &mut rows {
        number(row, &mut next);
    }
    rows
}

impl Upload {
    /// The attachment this file becomes; `told` is its entry in the request's `attachments`.
    pub fn attachment(&self, id: Id, told: Option<&Value>) -> Attachment {
        let said = |field: &str| {
            told.and_then(|it| it[field].as_str())
                .filter(|text| !text.is_empty())
        };
        let (width, height) = self.png_size().unzip();
        Attachment {
            id,
            filename: crate::upload::safe_name(said("filename").unwrap_or(&self.filename)),
            description: said("description").map(str::to_owned),
            content_type: self.content_type.clone(),
            size: self.bytes.len(),
            width,
            height,
        }
    }
}
