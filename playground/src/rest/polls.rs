//! `/channels/{id}/polls/{message}`: who voted for what, and an early end.

use serde_json::{Value, json};

use super::{Desk, Handled, Refusal, Reply, messages};
use crate::{id::Id, world::Message};

pub fn route(desk: &mut Desk, channel: Id, message: &str, rest: &[&str]) -> Handled {
    desk.change.channel_of_bot(channel)?;
    let message = messages::find(desk, channel, message)?;
    match (desk.call.method.as_str(), rest) {
        ("POST", ["expire"]) => end(desk, message),
        ("GET", ["answers", answer]) => voters(desk, &message, answer),
        _ => Err(Refusal::NOT_FOUND),
    }
}

fn end(desk: &mut Desk, mut message: Message) -> Handled {
    if message.author != desk.change.guild.app {
        return Err(Refusal::NOT_YOUR_POLL);
    }
    let now = desk.change.now();
    let poll = message.poll.as_mut().ok_or(Refusal::NOT_A_POLL)?;
    if desk.change.is_over(poll) {
        return Err(Refusal::POLL_OVER);
    }
    (poll.ended, poll.expiry) = (true, now);
    desk.change.put_message(&message, None);
    Ok(Reply::json(desk.change.message_json(&message)))
}

fn voters(desk: &Desk, message: &Message, answer: &str) -> Handled {
    let poll = message.poll.as_ref().ok_or(Refusal::NOT_A_POLL)?;
    let limit = desk
        .call
        .param("limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(25);
    let after: Id = desk
        .call
        .param("after")
        .and_then(|id| id.parse().ok())
        .unwrap_or(Id(0));
    let answer = answer
        .parse()
        .ok()
        .filter(|id| poll.answers.iter().any(|it| it["answer_id"] == *id));
    let answer: u64 = answer.ok_or(Refusal::UNKNOWN_ANSWER)?;
    let mut voters = poll.votes.get(&answer).cloned().unwrap_or_default();
    voters.sort_unstable();
    let page = voters.iter().filter(|voter| **voter > after).take(limit);
    let users: Vec<Value> = page.map(|voter| desk.change.user_json(*voter)).collect();
    Ok(Reply::json(json!({"users": users})))
}
