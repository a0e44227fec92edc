//! `/applications/{id}`: registering commands, everywhere or for the guild.

use serde_json::{Value, json};

use super::{Desk, Handled, Refusal, Reply};
use crate::{
    gateway::intent,
    id::Id,
    limits,
    world::{Command, permission},
};

pub fn route(desk: &mut Desk, app: &str, rest: &[&str]) -> Handled {
    if app.parse::<Id>() != Ok(desk.change.guild.app) {
        return Err(Refusal::UNKNOWN_APPLICATION);
    }
    match (desk.call.method.as_str(), rest) {
        (_, ["commands", rest @ ..]) => in_scope(desk, None, rest),
        (
            "GET",
            ["guilds", _, "commands", "permissions"]
            | ["entitlements" | "skus"]
            | ["role-connections", "metadata"],
        ) => Ok(Reply::json(json!([]))),
        (_, ["guilds", guild, "commands", rest @ ..]) => {
            let guild = guild.parse::<Id>().ok().filter(|id| *id == desk.change.guild.id);
            in_scope(desk, Some(guild.ok_or(Refusal::MISSING_ACCESS)?), rest)
        }
        ("GET", ["emojis"]) => Ok(Reply::json(json!({"items": []}))),
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// The application itself. Of what Discord lets an application change about itself, two things matter here: the flags
/// that permit privileged intents, and the permissions of its invitation, with which it is at once invited anew.
pub fn application(desk: &mut Desk) -> Handled {
    match (desk.call.method.as_str(), desk.call.body["flags"].as_u64()) {
        ("PATCH", Some(flags)) => desk.change.set_app_flags(flags & intent::SETTABLE_FLAGS),
        ("GET" | "PATCH", _) => {}
        _ => return Err(Refusal::METHOD_NOT_ALLOWED),
    }
    let asked = &desk.call.body["install_params"]["permissions"];
    if let Some(permissions) = permission::read(asked).filter(|_| desk.call.method == "PATCH") {
        desk.change.invite_again(permissions);
    }
    Ok(Reply::json(desk.change.application_json()))
}

fn in_scope(desk: &mut Desk, guild: Option<Id>, rest: &[&str]) -> Handled {
    let find = |desk: &Desk, id: &str| {
        let found = id.parse().ok().and_then(|id: Id| desk.change.commands.get(&id));
        found
            .filter(|command| command.guild == guild)
            .cloned()
            .ok_or(Refusal::UNKNOWN_COMMAND)
    };
    match (desk.call.method.as_str(), rest) {
        ("GET", []) => Ok(Reply::json(list(desk, guild))),
        ("PUT", []) => replace_all(desk, guild),
        ("POST", []) => {
            limits::command(&desk.call.body)?;
            let before = desk.change.commands.len();
            let command = put(desk, guild, desk.call.body.clone());
            desk.change.notice(json!({"type": "commands"}));
            let json = desk.change.command_json(&command);
            Ok(if desk.change.commands.len() > before {
                Reply::created(json)
            } else {
                Reply::json(json)
            })
        }
        ("GET", [id]) => Ok(Reply::json(desk.change.command_json(&find(desk, id)?))),
        ("PATCH", [id]) => {
            let mut command = find(desk, id)?;
            for (field, value) in desk.call.body.as_object().into_iter().flatten() {
                command.body[field] = value.clone();
            }
            limits::command(&command.body)?;
            desk.change.put_command(command.clone());
            desk.change.notice(json!({"type": "commands"}));
            Ok(Reply::json(desk.change.command_json(&command)))
        }
        ("DELETE", [id]) => {
            let command = find(desk, id)?;
            desk.change.remove_command(command.id);
            desk.change.notice(json!({"type": "commands"}));
            Ok(Reply::nothing())
        }
        _ => Err(Refusal::NOT_FOUND),
    }
}

fn list(desk: &Desk, guild: Option<Id>) -> Value {
    let all = desk
        .change
        .commands
        .values()
        .filter(|command| command.guild == guild);
    all.map(|command| desk.change.command_json(command)).collect()
}

fn replace_all(desk: &mut Desk, guild: Option<Id>) -> Handled {
    limits::commands(&desk.call.body)?;
    let new = desk.call.body.as_array().cloned().unwrap_or_default();
    let kept: Vec<Id> = new.into_iter().map(|body| put(desk, guild, body).id).collect();
    let all = desk
        .change
        .commands
        .values()
        .filter(|it| it.guild == guild && !kept.contains(&it.id));
    let gone: Vec<Id> = all.map(|command| command.id).collect();
    for id in gone {
        desk.change.remove_command(id);
    }
    desk.change.notice(json!({"type": "commands"}));
    Ok(Reply::json(list(desk, guild)))
}

/// Registers a command under the id of the one with its name and type, if there is one.
fn put(desk: &mut Desk, guild: Option<Id>, body: Value) -> Command {
    let kind = |body: &Value| body["type"].as_u64().unwrap_or(1);
    let same =
        |it: &&Command| it.guild == guild && it.body["name"] == body["name"] && kind(&it.body) == kind(&body);
    let old = desk.change.commands.values().find(same).map(|command| command.id);
    let id = old.unwrap_or_else(|| desk.change.next_id());
    let command = Command { id, guild, body };
    desk.change.put_command(command.clone());
    command
}
