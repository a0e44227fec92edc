//! `POST /api/act`: one person does one thing, and hears what came of it. Each kind of act checks what
//! Discord's client would check, then sends the bot what Discord would send.
//!
//! For tests of what a bot does with ids it never gave out, `"forged": true` skips the client's part on a `click`,
//! `select` or `modal`: the custom id and values are sent as they are, on any message or form there is, whoever sees
//! it and whether or not it has such a component. `"custom_id"` then stands in for the form's own.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Instant,
};

use axum::{Json, body::Bytes, extract::State};
use base64::Engine;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    autocomplete,
    lookup::{Names, Refused, refuse},
    say,
    send::{Deed, send},
    touch,
    wait::{Outcome, Waiting},
};
use crate::{
    form,
    id::Id,
    press,
    rest::direct_channel,
    shared::Shared,
    slash,
    upload::Upload,
    world::{Change, Channel, Modal, permission},
};

const COMMAND: u8 = 2;
const COMPONENT: u8 = 3;
const SUBMIT: u8 = 5;

/// One act, as it is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    #[serde(rename = "as")]
    pub who: String,
    pub channel: Option<String>,
    pub slash: Option<String>,
    pub message: Option<Id>,
    pub click: Option<String>,
    pub select: Option<String>,
    #[serde(default)]
    pub values: Vec<String>,
    /// An emoji, put on `message`.
    pub react: Option<String>,
    /// An emoji, taken back from `message`.
    pub unreact: Option<String>,
    /// Answers to the poll of `message`, by number or text; none takes the vote back.
    pub vote: Option<Vec<String>>,
    pub modal: Option<Id>,
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    pub say: Option<String>,
    pub autocomplete: Option<String>,
    pub context: Option<String>,
    pub user: Option<String>,
    /// Without the client's checks; see the module.
    #[serde(default)]
    pub forged: bool,
    /// In place of a forged form's own.
    pub custom_id: Option<String>,
    /// File name → base64.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

/// What an accepted act set going.
pub struct Begun {
    pub person: Id,
    pub channel: Id,
    pub interaction: Option<Id>,
    /// The person's own message, if they said something.
    pub said: Option<Id>,
}

pub async fn act(State(shared): State<Arc<Shared>>, body: Bytes) -> Json<Value> {
    let outcome = match serde_json::from_slice::<Act>(&body) {
        Ok(act) => perform(&shared, act).await,
        Err(why) => Outcome::refused(format!("This is no act: {why}.")),
    };
    Json(outcome.json())
}

async fn perform(shared: &Shared, act: Act) -> Outcome {
    shared.await_bot().await;
    // Listening starts before the bot can hear of it.
    let mut waiting = Waiting::start(shared);
    let begun = shared
        .change(|change| {
            let begun = begin(change, &act)?;
            waiting.is_for(&begun);
            Ok(begun)
        })
        .await;
    match begun {
        Ok(begun) => waiting.finish(begun, Instant::now()).await,
        Err(Refused(why)) => Outcome::refused(why),
    }
}

fn begin(change: &mut Change<'_>, act: &Act) -> Result<Begun, Refused> {
    let person = change
        .user_named(&act.who)
        .filter(|user| !user.bot)
        .map(|user| user.id);
    let person = person.ok_or_else(|| Refused(format!("There is nobody called `{}`.", act.who)))?;
    if act.forged {
        return forged(change, person, act);
    }
    let uploads = uploads(&act.files)?;
    match act {
        Act {
            slash: Some(text), ..
        } => slash_command(change, person, act, text, &uploads),
        Act {
            autocomplete: Some(text),
            ..
        } => {
            let channel = channel(change, person, act)?;
            autocomplete::begin(change, person, channel, text)
        }
        Act {
            click: Some(wanted),
            message: Some(message),
            ..
        } => {
            let (message, channel) = change.message_for(*message, person)?;
            let data = press::click(&message, wanted).map_err(Refused)?;
            Ok(component(change, person, channel, message.id, data))
        }
        Act {
            select: Some(wanted),
            message: Some(message),
            ..
        } => {
            let (message, channel) = change.message_for(*message, person)?;
            let names = Names {
                world: change,
                person,
                channel: &channel,
                files: &HashMap::new(),
            };
            let data = press::select(&message, wanted, &act.values, &names).map_err(Refused)?;
            Ok(component(change, person, channel, message.id, data))
        }
        Act {
            modal: Some(modal), ..
        } => submit(change, person, *modal, &act.fields),
        Act {
            context: Some(name), ..
        } => context_menu(change, person, act, name),
        Act { say: Some(text), .. } => say::begin(change, person, act, text, &uploads),
        Act {
            message: Some(message),
            ..
        } if act.react.is_some() || act.unreact.is_some() || act.vote.is_some() => {
            touch::begin(change, person, *message, act)
        }
        Act { click: Some(_), .. } | Act { select: Some(_), .. } => refuse("Say which `message` it is on."),
        _ => refuse(
            "Say what to do: slash, click, select, modal, say, autocomplete, context, react, unreact or vote.",
        ),
    }
}

fn uploads(files: &BTreeMap<String, String>) -> Result<Vec<Upload>, Refused> {
    let read = |(name, text): (&String, &String)| {
        let bytes = base64::engine::general_purpose::STANDARD.decode(text.trim());
        let bytes = bytes.map_err(|_| Refused(format!("The file `{name}` is not base64.")))?;
        Ok(Upload::new(String::new(), name.clone(), None, bytes.into()))
    };
    files.iter().map(read).collect()
}

/// The channel an act names; `dm` is the person's conversation with the bot, opened on the way.
pub fn channel(change: &mut Change<'_>, person: Id, act: &Act) -> Result<Channel, Refused> {
    match act.channel.as_deref() {
        Some("dm") => Ok(direct_channel(change, person)),
        Some(name) => change.channel_for(name, person),
        None => refuse("Say in which `channel`."),
    }
}

fn slash_command(
    change: &mut Change<'_>,
    person: Id,
    act: &Act,
    text: &str,
    uploads: &[Upload],
) -> Result<Begun, Refused> {
    let channel = channel(change, person, act)?;
    may(
        change,
        person,
        &channel,
        permission::USE_APPLICATION_COMMANDS,
        "use commands",
    )?;
    let mut files = HashMap::new();
    let mut kept = Vec::new();
    for upload in uploads {
        let id = change.next_id();
        let attachment = upload.attachment(id, None);
        files.insert(
            upload.filename.clone(),
            change.attachment_json(channel.id, &attachment),
        );
        kept.push((id, upload.bytes.clone()));
    }
    let commands = change.commands_for(1, person, &channel);
    let names = Names {
        world: change,
        person,
        channel: &channel,
        files: &files,
    };
    let parsed = slash::parse(text, &commands, &names).map_err(|why| Refused(why.to_string()))?;
    let data = command_data(&commands, &parsed);
    for (id, bytes) in kept {
        change.keep_file(id, bytes);
    }
    let deed = Deed {
        kind: COMMAND,
        person,
        channel: channel.clone(),
        name: parsed.full_name(),
        data,
        source: None,
        modal: None,
    };
    let interaction = send(change, deed);
    Ok(Begun {
        person,
        channel: channel.id,
        interaction: Some(interaction),
        said: None,
    })
}

/// An interaction's `data` for a parsed command.
pub fn command_data(commands: &[Value], parsed: &slash::Parsed) -> Value {
    let mut data = json!({
        "id": parsed.command_id, "name": parsed.name, "type": parsed.kind, "options": parsed.options,
        "resolved": parsed.resolved,
    });
    let registered = commands
        .iter()
        .find(|command| command["id"] == parsed.command_id.as_str());
    if let Some(guild) = registered.and_then(|command| command.get("guild_id")) {
        data["guild_id"] = guild.clone();
    }
    data
}

/// Refuses unless the person has all of `bits` here and the thread, if it is one, is open to them.
pub fn may(change: &Change<'_>, person: Id, channel: &Channel, bits: u64, what: &str) -> Result<(), Refused> {
    let name = &channel.name;
    if change.permissions(person, channel) & bits != bits {
        return refuse(format!("You may not {what} in #{name}."));
    }
    let Some(thread) = channel.thread.as_ref().filter(|thread| thread.locked) else {
        return Ok(());
    };
    let manages = change.permissions(person, channel) & permission::MANAGE_THREADS != 0;
    if thread.locked && !manages {
        refuse(format!("The thread {name} is locked."))
    } else {
        Ok(())
    }
}

fn component(change: &mut Change<'_>, person: Id, channel: Channel, message: Id, data: Value) -> Begun {
    let id = channel.id;
    let deed = Deed {
        kind: COMPONENT,
        person,
        channel,
        name: String::new(),
        data,
        source: Some(message),
        modal: None,
    };
    Begun {
        person,
        channel: id,
        interaction: Some(send(change, deed)),
        said: None,
    }
}

/// A press or form that no client would send.
fn forged(change: &mut Change<'_>, person: Id, act: &Act) -> Result<Begun, Refused> {
    if let Some(modal) = act.modal {
        let shown = change.modals.get(&modal).cloned();
        let shown = shown.ok_or_else(|| Refused(format!("There was never a form {modal}.")))?;
        let data = form::forge(act.custom_id.as_deref().unwrap_or(&shown.custom_id), &act.fields);
        return send_form(change, person, &shown, data);
    }
    let message = act.message.and_then(|id| change.find_message(id)).cloned();
    let message = message.ok_or_else(|| Refused("Say on which `message` there is.".to_owned()))?;
    let channel = change.channels.get(&message.channel).cloned();
    let channel = channel.ok_or_else(|| Refused("The channel of this message is gone.".to_owned()))?;
    let data = match (&act.click, &act.select) {
        (Some(id), _) => press::forge(id, None),
        (None, Some(id)) => press::forge(id, Some(&act.values)),
        (None, None) => return refuse("Only a click, a select or a modal can be forged."),
    };
    Ok(component(change, person, channel, message.id, data))
}

fn submit(
    change: &mut Change<'_>,
    person: Id,
    modal: Id,
    fields: &BTreeMap<String, String>,
) -> Result<Begun, Refused> {
    let shown = change
        .modals
        .get(&modal)
        .filter(|modal| modal.user == person)
        .cloned();
    let modal = shown.ok_or_else(|| Refused(format!("There is no form {modal} in front of you.")))?;
    if modal.closed {
        return refuse("This form has been sent already.");
    }
    let data = form::fill(&modal, fields).map_err(Refused)?;
    send_form(change, person, &modal, data)
}

fn send_form(change: &mut Change<'_>, person: Id, modal: &Modal, data: Value) -> Result<Begun, Refused> {
    let channel = change.channels.get(&modal.channel).cloned();
    let channel = channel.ok_or_else(|| Refused("The channel of this form is gone.".to_owned()))?;
    let id = channel.id;
    let deed = Deed {
        kind: SUBMIT,
        person,
        channel,
        name: String::new(),
        data,
        source: modal.source,
        modal: Some(modal.id),
    };
    Ok(Begun {
        person,
        channel: id,
        interaction: Some(send(change, deed)),
        said: None,
    })
}

fn context_menu(change: &mut Change<'_>, person: Id, act: &Act, name: &str) -> Result<Begun, Refused> {
    let (kind, target, channel, resolved) = if let Some(message) = act.message {
        let (message, channel) = change.message_for(message, person)?;
        let json = change.message_json(&message);
        (
            3,
            message.id,
            channel,
            json!({"messages": {message.id.to_string(): json}}),
        )
    } else if let Some(user) = &act.user {
        let target = change.user_named(user).map(|user| user.id);
        let target = target.ok_or_else(|| Refused(format!("There is nobody called `{user}`.")))?;
        let channel = match act.channel {
            Some(_) => channel(change, person, act)?,
            None => change.channel_for("general", person)?,
        };
        let (user, member) = change.resolved_user(target, &channel);
        let key = target.to_string();
        (
            2,
            target,
            channel,
            json!({"users": {key.clone(): user}, "members": {key: member}}),
        )
    } else {
        return refuse("Say on which `message` or `user`.");
    };
    let commands = change.commands_for(kind, person, &channel);
    let command = commands.iter().find(|command| command["name"] == name);
    let command = command.ok_or_else(|| Refused(format!("There is no menu entry `{name}` here.")))?;
    let mut data = json!({
        "id": command["id"], "name": name, "type": kind, "target_id": target, "resolved": resolved, "options": [],
    });
    if let Some(guild) = command.get("guild_id") {
        data["guild_id"] = guild.clone();
    }
    let id = channel.id;
    let deed = Deed {
        kind: COMMAND,
        person,
        channel,
        name: name.to_owned(),
        data,
        source: None,
        modal: None,
    };
    Ok(Begun {
        person,
        channel: id,
        interaction: Some(send(change, deed)),
        said: None,
    })
}
