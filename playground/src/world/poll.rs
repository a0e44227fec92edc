//! Polls: asked with a message, voted on by people, ended by time or by the bot.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration};
use serde_json::{Value, json};

use super::{Change, ChannelKind, Message, Poll, World, stamp};
use crate::{gateway::intent, id::Id};

/// How long a poll runs unless it says otherwise.
const HOURS_BY_DEFAULT: i64 = 24;

impl World {
    /// A new poll from a message's body, which `limits` has checked.
    pub fn new_poll(&self, asked: &Value) -> Option<Poll> {
        let answers = asked["answers"].as_array()?;
        let hours = asked["duration"].as_i64().unwrap_or(HOURS_BY_DEFAULT);
        let end = self.now_ms() + Duration::hours(hours).num_milliseconds();
        let numbered = (1..)
            .zip(answers)
            .map(|(number, answer)| json!({"answer_id": number, "poll_media": answer["poll_media"]}));
        Some(Poll {
            question: asked["question"].clone(),
            answers: numbered.collect(),
            expiry: stamp(end),
            multiselect: asked["allow_multiselect"] == true,
            ended: false,
            votes: BTreeMap::new(),
        })
    }

    /// Whether nobody can vote any more.
    pub fn is_over(&self, poll: &Poll) -> bool {
        let end = DateTime::parse_from_rfc3339(&poll.expiry);
        poll.ended || end.is_ok_and(|end| end.timestamp_millis() <= self.now_ms())
    }

    pub fn poll_json(&self, poll: &Poll) -> Value {
        let count = |answer: &Value| {
            let voters = answer["answer_id"].as_u64().and_then(|id| poll.votes.get(&id));
            let voters = voters.map_or(&[][..], Vec::as_slice);
            json!({
                "id": answer["answer_id"], "count": voters.len(), "me_voted": voters.contains(&self.guild.app),
            })
        };
        json!({
            "question": poll.question, "answers": poll.answers, "expiry": poll.expiry,
            "allow_multiselect": poll.multiselect, "layout_type": 1,
            "results": {
                "is_finalized": self.is_over(poll),
                "answer_counts": poll.answers.iter().map(count).collect::<Vec<_>>(),
            },
        })
    }
}

impl Change<'_> {
    /// Gives somebody's votes, by answer or its text, in place of those given before; or says why not.
    pub fn vote(&mut self, message: &Message, user: Id, wanted: &[String]) -> Result<(), String> {
        let mut message = message.clone();
        let Some(poll) = &mut message.poll else {
            return Err("This message has no poll.".to_owned());
        };
        if self.is_over(poll) {
            return Err("This poll is over.".to_owned());
        }
        if wanted.len() > 1 && !poll.multiselect {
            return Err("This poll takes one answer.".to_owned());
        }
        let named = |answer: &&Value, name: &String| {
            answer["poll_media"]["text"] == name.as_str() || answer["answer_id"].as_u64() == name.parse().ok()
        };
        let find = |name: &String| {
            let answer = poll.answers.iter().find(|answer| named(answer, name));
            let id = answer.and_then(|answer| answer["answer_id"].as_u64());
            id.ok_or_else(|| format!("This poll has no answer `{name}`."))
        };
        let chosen = wanted.iter().map(find).collect::<Result<Vec<u64>, _>>()?;
        let mut changes = Vec::new();
        for id in poll
            .answers
            .iter()
            .filter_map(|answer| answer["answer_id"].as_u64())
        {
            let voters = poll.votes.entry(id).or_default();
            match (voters.contains(&user), chosen.contains(&id)) {
                (false, true) => {
                    voters.push(user);
                    changes.push(("MESSAGE_POLL_VOTE_ADD", id));
                }
                (true, false) => {
                    voters.retain(|voter| *voter != user);
                    changes.push(("MESSAGE_POLL_VOTE_REMOVE", id));
                }
                _ => {}
            }
        }
        self.note_message(&message);
        for (name, answer) in changes {
            self.tell_of_vote(name, &message, user, answer);
        }
        Ok(())
    }

    fn tell_of_vote(&mut self, name: &'static str, message: &Message, user: Id, answer: u64) {
        let mut data = json!({
            "user_id": user, "channel_id": message.channel, "message_id": message.id, "answer_id": answer,
        });
        let home = self.channels.get(&message.channel);
        let intents = if home.is_some_and(|home| home.kind == ChannelKind::Dm) {
            intent::DIRECT_MESSAGE_POLLS
        } else {
            data["guild_id"] = json!(self.guild.id);
            intent::GUILD_MESSAGE_POLLS
        };
        self.tell_bot(name, data, intents);
    }
}
