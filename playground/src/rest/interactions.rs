//! The first answer to an interaction: `POST /interactions/{id}/{token}/callback`. It must come within
//! three seconds, once, and be of a type that fits.

use serde_json::{Value, json};

use super::{Desk, Handled, Refusal, Reply};
use crate::{
    id::{Id, real_ms},
    limits::{self, Sending},
    world::{Answer, Cause, Draft, Effect, Interaction, Message, Modal, TOKEN_LIFE_MS, numbered},
};

/// How long the bot has for its first answer.
pub const ACKNOWLEDGE_WITHIN_MS: i64 = 3_000;

const COMPONENT: u8 = 3;
const AUTOCOMPLETE: u8 = 4;
const SUBMIT: u8 = 5;

pub fn callback(desk: &mut Desk, id: &str, token: &str) -> Handled {
    if desk.call.method != "POST" {
        return Err(Refusal::METHOD_NOT_ALLOWED);
    }
    let known = desk
        .change
        .interaction_by_token(token)
        .filter(|it| id.parse() == Ok(it.id));
    let interaction = known.cloned().ok_or(Refusal::UNKNOWN_INTERACTION)?;
    let age = real_ms() - interaction.id.made_at_ms();
    if age > TOKEN_LIFE_MS || (interaction.answer == Answer::None && age > ACKNOWLEDGE_WITHIN_MS) {
        return Err(Refusal::UNKNOWN_INTERACTION);
    }
    if interaction.answer != Answer::None {
        return Err(Refusal::ALREADY_ANSWERED);
    }
    let data = &desk.call.body["data"];
    let kind = desk.call.body["type"].as_u64();
    if !fits(kind, &interaction) {
        let why = "This type of response does not fit this interaction.";
        let error = json!({"_errors": [{"code": "BASE_TYPE_CHOICES", "message": why}]});
        return Err(Refusal::invalid(json!({"type": error})));
    }
    let message = match kind {
        Some(4) => Some(answer(desk, interaction.clone(), data)?),
        Some(5) => Some(defer(desk, interaction.clone(), data)),
        Some(6) => {
            settle(desk, interaction.clone(), Answer::DeferredUpdate);
            None
        }
        Some(7) => Some(update(desk, interaction.clone(), data)?),
        Some(8) => {
            limits::choices(data)?;
            complete(desk, interaction.clone(), &data["choices"]);
            None
        }
        _ => {
            limits::modal(data)?;
            show_modal(desk, interaction.clone(), data);
            None
        }
    };
    if !desk.call.flag("with_response") {
        return Ok(Reply::nothing());
    }
    Ok(Reply::json(told(desk, &interaction, kind, message.as_ref())))
}

/// Whether a response type answers this kind of interaction.
fn fits(response: Option<u64>, interaction: &Interaction) -> bool {
    let on_message = interaction.source.is_some() && matches!(interaction.kind, COMPONENT | SUBMIT);
    match response {
        Some(8) => interaction.kind == AUTOCOMPLETE,
        Some(4 | 5) => interaction.kind != AUTOCOMPLETE,
        Some(6 | 7) => on_message,
        Some(9) => !matches!(interaction.kind, AUTOCOMPLETE | SUBMIT),
        _ => false,
    }
}

/// A draft of a message that answers an interaction.
pub fn draft(desk: &Desk, interaction: &Interaction, ephemeral: bool) -> Draft {
    let reference = interaction.source.filter(|_| interaction.kind == COMPONENT);
    Draft {
        channel: interaction.channel,
        author: desk.change.guild.app,
        kind: match (interaction.kind, reference) {
            (_, Some(_)) => 19,
            (2, _) => 20,
            _ => 0,
        },
        cause: Some(Cause {
            interaction: interaction.id,
            kind: interaction.kind,
            name: interaction.name.clone(),
            user: interaction.user,
            source: interaction.source,
        }),
        ephemeral_to: ephemeral.then_some(interaction.user),
        reference,
    }
}

pub fn is_ephemeral(body: &Value) -> bool {
    body["flags"]
        .as_u64()
        .is_some_and(|flags| flags & Message::EPHEMERAL != 0)
}

fn answer(desk: &mut Desk, mut interaction: Interaction, data: &Value) -> Result<Message, Refusal> {
    limits::message(data, &desk.call.files, "data", Sending::New)?;
    let draft = draft(desk, &interaction, is_ephemeral(data));
    let message = desk.change.write_message(draft, data, &desk.call.files);
    interaction.original = Some(message.id);
    let id = interaction.id;
    settle(desk, interaction, Answer::Message);
    desk.change.deliver(&message, Some(id));
    Ok(message)
}

fn defer(desk: &mut Desk, mut interaction: Interaction, data: &Value) -> Message {
    let draft = draft(desk, &interaction, is_ephemeral(data));
    let mut message = desk.change.write_message(draft, &Value::Null, &[]);
    message.flags |= Message::LOADING;
    interaction.original = Some(message.id);
    let id = interaction.id;
    settle(desk, interaction, Answer::Deferred);
    desk.change.deliver(&message, Some(id));
    message
}

fn update(desk: &mut Desk, interaction: Interaction, data: &Value) -> Result<Message, Refusal> {
    let source = interaction
        .source
        .and_then(|id| desk.change.message(interaction.channel, id));
    let mut message = source.cloned().ok_or(Refusal::UNKNOWN_MESSAGE)?;
    limits::message(data, &desk.call.files, "data", Sending::Edit)?;
    super::messages::refuse_emptied(&message, data, desk.call.files.len())?;
    desk.change.fill_message(&mut message, data, &desk.call.files);
    message.edited_at = Some(desk.change.now());
    let id = interaction.id;
    settle(desk, interaction, Answer::Update);
    desk.change.put_message(&message, Some(id));
    Ok(message)
}

fn complete(desk: &mut Desk, mut interaction: Interaction, choices: &Value) {
    interaction.answer = Answer::Choices;
    let id = interaction.id;
    desk.change.put_interaction(interaction);
    let choices = Some(choices.clone())
        .filter(Value::is_array)
        .or_else(|| Some(json!([])));
    desk.change.effect(Effect::Acked {
        interaction: id,
        answer: Answer::Choices,
        modal: None,
        choices,
    });
}

fn show_modal(desk: &mut Desk, mut interaction: Interaction, data: &Value) {
    let text = |field: &str| data[field].as_str().unwrap_or_default().to_owned();
    let modal = Modal {
        id: desk.change.next_id(),
        user: interaction.user,
        channel: interaction.channel,
        source: interaction.source,
        custom_id: text("custom_id"),
        title: text("title"),
        components: numbered(&data["components"]),
        closed: false,
    };
    let effect = Effect::Acked {
        interaction: interaction.id,
        answer: Answer::Modal,
        modal: Some(modal.id),
        choices: None,
    };
    interaction.answer = Answer::Modal;
    desk.change.put_interaction(interaction);
    desk.change.put_modal(modal);
    desk.change.effect(effect);
}

/// Notes that an interaction has its answer, and closes the modal it came from.
fn settle(desk: &mut Desk, mut interaction: Interaction, answer: Answer) {
    interaction.answer = answer;
    interaction.original = interaction.original.or(interaction.source);
    if let Some(mut modal) = interaction
        .modal
        .and_then(|id| desk.change.modals.get(&id))
        .cloned()
    {
        modal.closed = true;
        desk.change.put_modal(modal);
    }
    let effect = Effect::Acked {
        interaction: interaction.id,
        answer,
        modal: None,
        choices: None,
    };
    desk.change.put_interaction(interaction);
    desk.change.effect(effect);
}

/// What `with_response=true` asks for.
fn told(desk: &Desk, interaction: &Interaction, kind: Option<u64>, message: Option<&Message>) -> Value {
    let mut body = json!({"interaction": {"id": interaction.id, "type": interaction.kind}});
    if let Some(message) = message {
        body["interaction"]["response_message_id"] = json!(message.id);
        body["interaction"]["response_message_loading"] = json!(message.is_loading());
        body["interaction"]["response_message_ephemeral"] = json!(message.ephemeral_to.is_some());
        body["resource"] = json!({"type": kind, "message": desk.change.message_json(message)});
    }
    body
}

/// The interaction whose token still works for follow-ups.
pub fn answered(desk: &Desk, app: &str, token: &str) -> Result<Interaction, Refusal> {
    if app.parse::<Id>() != Ok(desk.change.guild.app) {
        return Err(Refusal::UNKNOWN_WEBHOOK);
    }
    // A token begins with its interaction's id, so its age shows even after it has been forgotten.
    let id = token.split_once('.').and_then(|(id, _)| id.parse::<Id>().ok());
    if id.is_some_and(|id| real_ms() - id.made_at_ms() > TOKEN_LIFE_MS) {
        return Err(Refusal::DEAD_TOKEN);
    }
    let interaction = desk
        .change
        .interaction_by_token(token)
        .ok_or(Refusal::UNKNOWN_WEBHOOK)?;
    // Discord knows the token as a webhook only once the interaction is answered.
    if matches!(interaction.answer, Answer::None | Answer::Choices) {
        return Err(Refusal::UNKNOWN_WEBHOOK);
    }
    Ok(interaction.clone())
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::*;
    use crate::{
        rest::{Call, route},
        world::{Change, demo},
    };

    /// The bot posts `body` to `path`, where `{}` is the token of ana's command of `age_ms` ago.
    fn post(age_ms: i64, path: &str, body: Value) -> Result<Reply, Refusal> {
        let mut world = demo::world();
        let id = Id::at_ms(real_ms() - age_ms);
        let token = format!("{id}.secret");
        let (user, channel) = (
            world.user_named("ana").unwrap().id,
            *world.channels.keys().next().unwrap(),
        );
        let app = world.guild.app;
        let mut change = Change::new(&mut world);
        change.put_interaction(Interaction {
            id,
            token: token.clone(),
            kind: 2,
            user,
            channel,
            name: "go".to_owned(),
            answer: if path.starts_with("/webhooks") {
                Answer::Message
            } else {
                Answer::None
            },
            source: None,
            original: None,
            modal: None,
        });
        let path = path
            .replace("{id}", &id.to_string())
            .replace("{app}", &app.to_string())
            .replace("{}", &token);
        let call = Call {
            method: Method::POST,
            path,
            query: String::new(),
            content_type: None,
            body,
            files: Vec::new(),
            authorized: false,
        };
        route(
            &mut Desk {
                change: &mut change,
                call: &call,
            },
            &call.segments(),
        )
    }

    #[test]
    fn the_first_answer_has_three_seconds_and_the_token_fifteen_minutes() {
        let first = |age| {
            post(
                age,
                "/interactions/{id}/{}/callback",
                json!({"type": 4, "data": {"content": "x"}}),
            )
        };
        assert!(first(2_500).is_ok());
        assert_eq!(first(3_500).unwrap_err(), Refusal::UNKNOWN_INTERACTION);
        let later = |minutes: i64| post(minutes * 60_000, "/webhooks/{app}/{}", json!({"content": "x"}));
        assert!(later(14).is_ok());
        assert_eq!(later(16).unwrap_err(), Refusal::DEAD_TOKEN);
    }
}
